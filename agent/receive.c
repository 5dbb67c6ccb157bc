#include "agent/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/arrival.h"
#include "core/log.h"
#include "json/json.h"

/* --- Alarms ------------------------------------------------------------------------------------ */

void
raise_alarm(struct agent *agent, const char *name, const char *about, struct moment now)
{
    const struct alarm alarm = { .raised_ms = (uint64_t)now.wall.ms,
                                 .name = name,
                                 .about = about };

    log_event(LOG_ALARM, name, "about", about, NULL);
    /* An alarm that cannot be kept has been logged; the commit will say what is wrong with
       the store. */
    if (alarm_add(agent->store, &alarm))
        log_event(LOG_ERROR, "alarm_not_kept", "name", name, NULL);
}

static void
alarm_about(struct agent *agent, const struct arrival *arrival, const char *name,
            const char *words, struct moment now)
{
    char about[300];

    snprintf(about, sizeof(about), "message from %s, log index %" PRIu64 ": %s",
             agency_name(agent, arrival->core.sender), arrival->delivery->log_index, words);
    raise_alarm(agent, name, about, now);
}

static void
raise_noted_alarms(struct agent *agent, const struct arrival *arrival, struct moment now)
{
    if (arrival->over_wrapped)
        alarm_about(agent, arrival, "OVER-WRAP",
                    "it carried keys for parts that we may not have; they were not used", now);
    if (arrival->withheld)
        alarm_about(agent, arrival, "WITHHELD",
                    arrival->is_stub
                        ? "the broker gave us nothing of it, and it has not expired; ask the"
                          " sender"
                        : "parts that we should have did not come; ask the sender",
                    now);
    if (arrival->misfiled)
        alarm_about(agent, arrival, "MISFILED",
                    "fields lay where they do not belong; they were left out", now);
}

/* --- Into the inbox --------------------------------------------------------------------------------------- */

static void
write_content(struct buffer *content, const struct arrival *arrival)
{
    struct buffer shown;
    json_t *json, *purposes = json_array();

    buffer_init(&shown, 4 * MESSAGE_JSON_MAX);
    received_write_json(arrival->received, &shown);
    for (size_t i = 0; i < arrival->header.purpose_count; i++)
        json_array_append_new(purposes, json_string(arrival->header.purposes[i]));
    if (json_read(&json, buffer_bytes(&shown), NULL) != ERR_OK)
        json = json_object();
    json_object_set_new(json, "purposes", purposes);
    json_write(content, json);
    json_decref(json);
    buffer_clear(&shown);
}

static enum err
keep(struct agent *agent, const struct arrival *arrival, struct bytes content,
     const char *kept_back, struct moment now)
{
    const struct delivery *delivery = arrival->delivery;
    const struct frame frame = { .verb = VERB_DELIVER, .delivery = *delivery };
    struct inbox_entry entry = {
        .position = delivery->position,
        .log_index = delivery->log_index,
        .accepted_ms = delivery->accepted_ms,
        .received_ms = (uint64_t)now.wall.ms,
        .sender = arrival->core.sender,
        .kind = arrival->core.kind,
        .revision = arrival->header.revision,
        .record = arrival->record,
        .quarantined = kept_back != NULL,
        .reason = kept_back == NULL ? "" : kept_back,
        .content = content,
    };
    struct buffer evidence;
    uint64_t number;
    bool fresh;
    enum err err;

    header_hash(entry.h, delivery->envelope.core, delivery->envelope.capsule_digests);
    /* Unopened, it is known by its hash only. */
    memcpy(entry.notice_id, kept_back == NULL ? arrival->header.notice_id : entry.h, NOTICE_ID);
    buffer_init(&evidence, FRAME_MAX);
    frame_write(&evidence, &frame);
    entry.evidence = buffer_bytes(&evidence);
    err = inbox_add(agent->store, &entry, &fresh, &number);
    buffer_clear(&evidence);
    return err;
}

static enum err
keep_opened(struct agent *agent, const struct arrival *arrival, struct moment now)
{
    struct buffer content;
    enum err err;

    if (arrival->core.kind == KIND_CONTROL)
        return ERR_OK; /* a VOID has done its work by being counted */
    buffer_init(&content, 4 * MESSAGE_JSON_MAX);
    write_content(&content, arrival);
    err = keep(agent, arrival, buffer_bytes(&content), NULL, now);
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
    if (check)
        alarm_about(agent, arrival, check_name(check), check_text(check), now);
    raise_noted_alarms(agent, arrival, now);
    if (check)
        return keep(agent, arrival, (struct bytes){ 0 }, check_text(check), now);
    if (arrival->is_stub)
        return keep(agent, arrival, (struct bytes){ 0 }, stub_words, now);
    return keep_opened(agent, arrival, now);
}

static enum err
take_in(struct agent *agent, struct arrival *arrival, struct moment now)
{
    enum check check;
    enum err err = arrival_understand(arrival, agent, now.wall, &check);

    /* What did not open did not say its number, but it has come: it keeps its place. */
    if (err == ERR_OK && arrival->is_attributed)
        err = stream_step(agent, arrival->core.sender, arrival->stream_seq, now);
    return err ? err : keep_arrival(agent, arrival, check, now);
}

enum err
receive(struct agent *agent, const struct delivery *delivery, struct moment now)
{
    struct arrival arrival = { .delivery = delivery };
    char about[80];
    enum err err;

    if (delivery->position <= agent->arrived)
        return ERR_OK; /* sent again because our ACK was lost: ACK again at the next settling */
    if ((err = open_transaction(agent)))
        return err;
    if (delivery->position != agent->arrived + 1) {
        snprintf(about, sizeof(about), "the broker's queue jumped from %" PRIu64 " to %" PRIu64,
                 agent->arrived, delivery->position);
        raise_alarm(agent, "GAP", about, now);
    }
    err = take_in(agent, &arrival, now);
    arrival_clear(&arrival);
    if (err == ERR_OK)
        agent->arrived = delivery->position;
    return err;
}

/* --- What was kept back, once more ------------------------------------------------------------- */

struct second_look {
    struct agent *agent;
    struct moment now;
    enum err err;
};

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

static bool
look_again(void *context, const struct inbox_entry *entry)
{
    struct second_look *look = context;
    struct arrival arrival = { 0 };
    struct frame frame;
    enum check check;

    if ((look->err = frame_read(&frame, entry->evidence)))
        return false;
    arrival.delivery = &frame.delivery;
    look->err = arrival_understand(&arrival, look->agent, look->now.wall, &check);
    if (look->err == ERR_OK && check == CHECK_OK && !arrival.is_stub)
        look->err = let_in(look->agent, &arrival, entry->number, look->now);
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
