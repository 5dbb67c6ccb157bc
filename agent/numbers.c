#include "agent/numbers.h"

#include "crypto/key.h"

static bool
note(void *context, const struct told *told)
{
    struct numbers *numbers = context;

    if (told->stream_seq != 0 && numbers->count < RECIPIENTS_MAX) {
        numbers->list[numbers->count].agency = told->agency;
        numbers->list[numbers->count++].seq = told->stream_seq;
    }
    return true;
}

enum err
numbers_read(struct numbers *numbers, struct agent *agent, const uint8_t notice_id[NOTICE_ID])
{
    numbers->count = 0;
    return told_each(agent->store, notice_id, note, numbers);
}

enum err
numbers_take(struct numbers *numbers, struct agent *agent, uint32_t recipient, uint64_t *seq)
{
    for (size_t i = 0; i < numbers->count; i++)
        if (numbers->list[i].agency == recipient) {
            *seq = numbers->list[i].seq;
            numbers->list[i] = numbers->list[--numbers->count];
            return ERR_OK;
        }
    return stream_take(agent->store, recipient, seq);
}

enum err
control_queue(struct agent *agent, const struct control *control, uint32_t recipient,
              uint64_t seq, struct moment now)
{
    const uint8_t no_request[DIGEST] = { 0 };
    struct spooled entry = { .kind = KIND_CONTROL,
                             .state = SPOOL_QUEUED,
                             .reason = "",
                             .queued_ms = (uint64_t)now.wall.ms };
    struct buffer packed;
    const struct told told = {
        .agency = recipient, .state = TOLD_SEALED, .stream_seq = seq, .why = ""
    };
    uint8_t notice_id[NOTICE_ID];
    bool repeated;
    enum err err;

    random_fill(entry.notice_id, sizeof(entry.notice_id));
    buffer_init(&packed, 1024);
    control_pack(&packed, control);
    entry.message = buffer_bytes(&packed);
    err = spool_add(agent->store, &entry, "", no_request, notice_id, &repeated);
    buffer_clear(&packed);
    return err ? err : told_replace(agent->store, notice_id, &told, 1);
}

enum err
numbers_void_rest(struct numbers *numbers, struct agent *agent, struct moment now)
{
    const struct control nothing = { .type = CONTROL_VOID };
    enum err err = ERR_OK;

    for (size_t i = 0; i < numbers->count && err == ERR_OK; i++)
        err =
            control_queue(agent, &nothing, numbers->list[i].agency, numbers->list[i].seq, now);
    numbers->count = 0;
    return err;
}

enum err
numbers_give_up(struct agent *agent, const uint8_t notice_id[NOTICE_ID], struct moment now)
{
    struct numbers numbers;
    enum err err = numbers_read(&numbers, agent, notice_id);

    if (err || numbers.count == 0)
        return err;
    if ((err = numbers_void_rest(&numbers, agent, now)))
        return err;
    return told_replace(agent->store, notice_id, NULL, 0);
}
