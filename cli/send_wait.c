#include "cli/send_wait.h"

#include <string.h>
#include <time.h>

#include "cli/command.h"
#include "cli/shown.h"
#include "policy/policy.h"
#include "json/json.h"

enum {
    ACCEPTED_S = 30,       /* that we wait for the broker */
    DELIVERED_S = 10 * 60, /* and for MASH */
    POLL_MS = 50
};

static void
note(struct waiting *waiting, int status)
{
    if (waiting->status == EXIT_OK)
        waiting->status = status;
}

static int64_t
steady_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char *
state_at_mash(const json_t *answer)
{
    const json_t *recipient;
    size_t i;

    json_array_foreach(json_object_get(answer, "recipients"), i, recipient)
    {
        if (strcmp(text_member(recipient, "type"), TYPE_MASH) == 0)
            return text_member(recipient, "state");
    }
    return "";
}

/* What a person has to do now. */
static int
complain_of_mash(const struct waiting *waiting, const char *message, int status,
                 const char *what)
{
    return complain(status, "%s: MASH %s. TELEPHONE MASH%s%s", message, what,
                    waiting->telephone[0] == 0 ? "" : ": ", waiting->telephone);
}

/* The broker has it.  MASH itself waits for nobody. */
static int
heed_accepted(const struct waiting *waiting, struct outgoing *outgoing, const json_t *answer,
              bool late)
{
    const char *state = state_at_mash(answer);

    if (waiting->awaited != AWAIT_DELIVERED || state[0] == 0 || strcmp(state, "opened") == 0)
        return EXIT_OK;
    if (strcmp(state, "not opened") == 0)
        return complain_of_mash(waiting, outgoing->id, EXIT_FAILED, "cannot open it");
    if (late)
        return complain_of_mash(waiting, outgoing->id, EXIT_OUT_OF_REACH, "has not opened it");
    outgoing->is_settled = false;
    return EXIT_OK;
}

/* What became of it so far.  late: it is not waited for any longer. */
static int
heed_fate(const struct waiting *waiting, struct outgoing *outgoing, const json_t *answer,
          bool late)
{
    const char *state = text_member(answer, "state"), *fate = text_member(answer, "fate");

    outgoing->is_settled = true;
    if (strcmp(state, "accepted") == 0)
        return heed_accepted(waiting, outgoing, answer, late);
    if (strcmp(state, "refused") == 0 || strcmp(state, "held") == 0) {
        complain(EXIT_REFUSED, "%s: %s", outgoing->id, fate);
        return waiting->awaited == AWAIT_DELIVERED
                   ? complain_of_mash(waiting, outgoing->id, EXIT_REFUSED, "does not have it")
                   : EXIT_REFUSED;
    }
    if (late && waiting->awaited == AWAIT_DELIVERED)
        return complain_of_mash(waiting, outgoing->id, EXIT_OUT_OF_REACH, "does not have it");
    if (late)
        return complain(EXIT_OUT_OF_REACH, "%s: after %ld seconds: %s", outgoing->id,
                        waiting->timeout_s, fate);
    outgoing->is_settled = false;
    return EXIT_OK;
}

static int
ask_fate(const struct waiting *waiting, struct outgoing *outgoing, bool late)
{
    struct http_response response;
    json_t *answer = NULL;
    char path[64];
    int status;

    snprintf(path, sizeof(path), "/v1/messages/%s", outgoing->id);
    status = agent_call(waiting->socket, "GET", path, (struct bytes){ 0 }, NULL, &response);
    if (status != EXIT_OK) {
        outgoing->is_settled = true; /* the agent is gone */
        return waiting->awaited == AWAIT_DELIVERED
                   ? complain_of_mash(waiting, outgoing->id, status, "may not have it")
                   : status;
    }
    if (json_read(&answer, buffer_bytes(&response.body), NULL))
        answer = NULL;
    status = heed_fate(waiting, outgoing, answer, late);
    json_decref(answer);
    buffer_clear(&response.body);
    return status;
}

/* All of them once; how many are still to be waited for. */
static size_t
ask_fates(struct waiting *waiting, struct post *post, bool late)
{
    size_t open = 0;

    for (size_t i = 0; i < post->count; i++) {
        struct outgoing *outgoing = &post->list[i];

        if (outgoing->id[0] == 0 || outgoing->is_settled)
            continue;
        note(waiting, ask_fate(waiting, outgoing, late));
        open += !outgoing->is_settled;
    }
    return open;
}

/* In case that we wait in vain. */
static void
learn_telephone(struct waiting *waiting)
{
    struct http_response response;
    json_t *status;

    if (agent_call(waiting->socket, "GET", "/v1/status", (struct bytes){ 0 }, NULL, &response)
        != EXIT_OK)
        return;
    if (json_read(&status, buffer_bytes(&response.body), NULL) == ERR_OK) {
        snprintf(waiting->telephone, sizeof(waiting->telephone), "%s",
                 text_member(status, "mashTelephone"));
        json_decref(status);
    }
    buffer_clear(&response.body);
}

/* What was not taken does not reach MASH either. */
static void
complain_of_untaken(struct waiting *waiting, struct post *post)
{
    for (size_t i = 0; i < post->count; i++)
        if (post->list[i].id[0] == 0)
            note(waiting, complain_of_mash(waiting, post->list[i].about, EXIT_FAILED,
                                           "does not have it"));
}

int
wait_for_all(struct waiting *waiting, struct post *post)
{
    const struct timespec pause = { 0, POLL_MS * 1000000L };
    bool late = false;
    int64_t end;

    if (waiting->awaited == AWAIT_NOTHING)
        return EXIT_OK;
    if (waiting->timeout_s == 0)
        waiting->timeout_s = waiting->awaited == AWAIT_DELIVERED ? DELIVERED_S : ACCEPTED_S;
    if (waiting->awaited == AWAIT_DELIVERED) {
        learn_telephone(waiting);
        complain_of_untaken(waiting, post);
    }
    end = steady_ms() + waiting->timeout_s * 1000;
    while (ask_fates(waiting, post, late) > 0 && !late) {
        nanosleep(&pause, NULL);
        late = steady_ms() >= end;
    }
    return waiting->status;
}
