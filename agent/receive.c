#include "agent/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/receipts.h"
#include "core/log.h"
#include "json/json.h"

/* Every compartment full of characters that JSON writes as six. */
enum { CONTENT_MAX = 16 * 1024 * 1024 };

/* --- Alarms ------------------------------------------------------------------------------------ */

static void
alarm_about(struct agent *agent, const struct arrival *arrival, const char *name,
            const char *words, struct moment now)
{
    char about[300], index[24];

    snprintf(about, sizeof(about), "from %s: %s", agency_name(agent, arrival->core.sender),
             words);
    snprintf(index, sizeof(index), "%" PRIu64, arrival->delivery->log_index);
    log_event(LOG_NOTICE, "alarm_concerns", "name", name, "log_index", index, NULL);
    raise_alarm(agent, name, about, 1, now);
}

static const char withheld_words[] = "parts that we should have did not come; ask the sender";
static const char under_wrapped_words[] =
    "it was not sealed for us in all that the agreement gives us; ask the sender";

static void
raise_noted_alarms(struct agent *agent, const struct arrival *arrival, struct moment now)
{
    if (arrival->over_wrapped)
        alarm_about(agent, arrival, "OVER-WRAP",
                    "it carried keys for parts that we may not have; they were not used", now);
    if (arrival->under_wrapped)
        alarm_about(agent, arrival, "UNDER-WRAP", under_wrapped_words, now);
    if (arrival->withheld)
        alarm_about(agent, arrival, "WITHHELD",
                    arrival->is_stub
                        ? "the broker gave us nothing of it, and it has not expired; ask the"
                          " sender"
                        : withheld_words,
                    now);
    if (arrival->misfiled)
        alarm_about(agent, arrival, "MISFILED",
                    "fields lay where they do not belong; they were left out", now);
}

/* --- Into the inbox --------------------------------------------------------------------------------------- */

/* False when it is too much to be shown. */
static bool
write_content(struct buffer *content, const struct arrival *arrival)
{
    struct buffer shown;
    json_t *json, *purposes;

    buffer_init(&shown, CONTENT_MAX);
    received_write_json(arrival->received, &shown);
    if (!buffer_is_whole(&shown) || json_read(&json, buffer_bytes(&shown), NULL) != ERR_OK) {
        buffer_clear(&shown);
        return false;
    }
    purposes = json_array();
    for (size_t i = 0; i < arrival->header.purpose_count; i++)
        json_array_append_new(purposes, json_string(arrival->header.purposes[i]));
    json_object_set_new(json, "purposes", purposes);
    json_write(content, json);
    json_decref(json);
    buffer_clear(&shown);
    return buffer_is_whole(content);
}

struct kept {
    struct bytes content;
    const char *kept_back; /* why it is not shown, or NULL */
    const char *in_part;   /* what is missing of what is shown, or NULL */
};

static enum err
keep(struct agent *agent, const struct arrival *arrival, const struct kept *kept,
     struct moment now)
{
    const struct delivery *delivery = arrival->delivery;
    const struct frame frame = { .verb = VERB_DELIVER, .delivery = *delivery };
    const char *reason = kept->kept_back != NULL ? kept->kept_back : kept->in_part;
    struct inbox_entry entry = {
        .position = delivery->position,
        .log_index = delivery->log_index,
        .accepted_ms = delivery->accepted_ms,
        .received_ms = (uint64_t)now.wall.ms,
        .sender = arrival->core.sender,
        .kind = arrival->core.kind,
        .revision = arrival->header.revision,
        .record = kept->kept_back == NULL ? arrival->record : 0,
        .quarantined = kept->kept_back != NULL,
        .in_part = kept->in_part != NULL,
        .reason = reason == NULL ? "" : reason,
        .content = kept->content,
    };
    struct buffer evidence;
    uint64_t number;
    bool fresh;
    enum err err;

    memcpy(entry.h, arrival->h, DIGEST);
    /* Unopened, it is known by its hash only. */
    memcpy(entry.notice_id, entry.quarantined ? entry.h : arrival->header.notice_id, NOTICE_ID);
    buffer_init(&evidence, FRAME_MAX);
    frame_write(&evidence, &frame);
    entry.evidence = buffer_bytes(&evidence);
    err = inbox_add(agent->store, &entry, &fresh, &number);
    buffer_clear(&evidence);
    return err;
}

static enum err
keep_back(struct agent *agent, const struct arrival *arrival, const char *why,
          struct moment now)
{
    const struct kept kept = { .kept_back = why };

    return keep(agent, arrival, &kept, now);
}

/* The sender was not sure, and sealed it again: nothing new.  Or it says two things under
   one id, and both are kept. */
static enum err
keep_same_notice(struct agent *agent, const struct arrival *arrival, struct bytes content,
                 struct bytes first, struct moment now)
{
    static const char words[] =
        "it sent two different messages under one id; the second is kept back";

    if (bytes_equal(content, first))
        return ERR_OK;
    alarm_about(agent, arrival, "EQUIVOCATION", words, now);
    return keep_back(agent, arrival, words, now);
}

static enum err
keep_content(struct agent *agent, const struct arrival *arrival, struct bytes content,
             struct moment now)
{
    const struct kept kept = { .content = content,
                               .in_part = arrival->withheld        ? withheld_words
                                          : arrival->under_wrapped ? under_wrapped_words
                                                                   : NULL };
    struct inbox_entry first;
    enum err err =
        inbox_find_notice(agent->store, arrival->core.sender, arrival->header.notice_id,
                          arrival->header.revision, &first);

    if (err == ERR_OK)
        return keep_same_notice(agent, arrival, content, first.content, now);
    return err == ERR_NOT_FOUND ? keep(agent, arrival, &kept, now) : err;
}

static enum err
keep_opened(struct agent *agent, const struct arrival *arrival, struct moment now)
{
    struct buffer content;
    enum err err;

    if (arrival->core.kind == KIND_CONTROL)
        return arrival->control.type == CONTROL_RECEIPT ? receipt_take(agent, arrival)
                                                        : ERR_OK; /* a VOID was counted */
    buffer_init(&content, CONTENT_MAX);
    if (write_content(&content, arrival)) {
        err = keep_content(agent, arrival, buffer_bytes(&content), now);
    } else {
        alarm_about(agent, arrival, "FORM", "it is too large to be shown", now);
        err = keep_back(agent, arrival, "it is too large to be shown", now);
    }
    buffer_clear(&content);
    return err;
}

static const char stub_words[] =
    "it came without its content: it had expired, or we are not told of this child any more."
    "  Ask the sender";

static enum err
keep_arrival(struct agent *agent, const struct arrival *arrival, enum check check,
             struct moment now)
{
    enum err err;

    if (check)
        alarm_about(agent, arrival, check_name(check), check_text(check), now);
    raise_noted_alarms(agent, arrival, now);
    if ((err = receipt_give(agent, arrival, check, now)))
        return err;
    if (check)
        return keep_back(agent, arrival, check_text(check), now);
    if (arrival->is_stub)
        return keep_back(agent, arrival, stub_words, now);
    return keep_opened(agent, arrival, now);
}

/* --- What comes ---------------------------------------------------------------------------- */

static enum err
take_in(struct agent *agent, struct arrival *arrival, struct moment now)
{
    enum check check;
    enum err err = arrival_understand(arrival, agent, now.wall, &check);

    if (err == ERR_OK && arrival->is_attributed)
        err = stream_step(agent, arrival->core.sender, arrival->stream_seq, now);
    return err ? err : keep_arrival(agent, arrival, check, now);
}

/* Under a new number, for whoever follows the inbox has read past the old one. */
static enum err
let_in(struct agent *agent, const struct arrival *arrival, uint64_t number, struct moment now)
{
    enum err err;

    if ((err = open_transaction(agent)) || (err = inbox_drop(agent->store, number)))
        return err;
    log_event(LOG_NOTICE, "opened_after_all", "sender",
              agency_name(agent, arrival->core.sender), NULL);
    return keep_arrival(agent, arrival, CHECK_OK, now);
}

/* We have this message, but not, or not whole: does this copy, or what we have by now, show
   more of it? */
static enum err
take_again(struct agent *agent, struct arrival *arrival, uint64_t number, bool opened,
           struct moment now)
{
    enum check check;
    enum err err = arrival_understand(arrival, agent, now.wall, &check);
    bool whole = !arrival->is_stub && !arrival->withheld;

    if (err || check || arrival->is_stub || (opened && !whole))
        return err;
    return let_in(agent, arrival, number, now);
}

/* A position that was heard before comes again when our ACK was lost. */
static void
note_position(struct agent *agent, uint64_t position, struct moment now)
{
    if (position > agent->arrived + 1)
        raise_alarm(agent, "GAP", "the broker's queue for us has a hole", 1, now);
    if (position > agent->arrived)
        agent->arrived = position;
}

enum err
receive(struct agent *agent, const struct delivery *delivery, struct moment now)
{
    struct arrival arrival = { .delivery = delivery };
    struct inbox_entry known;
    enum err err;

    if ((err = open_transaction(agent)))
        return err;
    note_position(agent, delivery->position, now);
    header_hash(arrival.h, delivery->envelope.core, delivery->envelope.capsule_digests);
    err = inbox_find(agent->store, arrival.h, &known);
    if (err == ERR_NOT_FOUND)
        err = take_in(agent, &arrival, now);
    else if (err == ERR_OK && (known.quarantined || known.in_part))
        err = take_again(agent, &arrival, known.number, known.in_part, now);
    arrival_clear(&arrival);
    return err;
}

/* --- What was kept back, once more ------------------------------------------------------------- */

struct second_look {
    struct agent *agent;
    struct moment now;
    enum err err;
};

static bool
look_again(void *context, const struct inbox_entry *entry)
{
    struct second_look *look = context;
    struct arrival arrival = { 0 };
    struct frame frame;

    if ((look->err = frame_read(&frame, entry->evidence)))
        return false;
    arrival.delivery = &frame.delivery;
    memcpy(arrival.h, entry->h, DIGEST);
    look->err = take_again(look->agent, &arrival, entry->number, false, look->now);
    arrival_clear(&arrival);
    frame_clear(&frame);
    return look->err == ERR_OK;
}

enum err
look_at_quarantine_again(struct agent *agent, struct moment now)
{
    struct second_look look = { agent, now, ERR_OK };
    enum err err = inbox_each_quarantined(agent->store, look_again, &look);

    return err ? err : look.err;
}
