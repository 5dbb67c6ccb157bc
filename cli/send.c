#include "cli/send.h"

#include <getopt.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/outgoing.h"
#include "cli/shown.h"
#include "json/json.h"

enum { WAIT_MS = 30 * 1000, POLL_MS = 50 };

struct sending {
    const char *socket;
    const char *key; /* that was asked for, or NULL */
    bool wait;
    bool as_json;
    int status; /* the first that was not EXIT_OK */
    struct post post;
    size_t taken;
};

static int
usage(FILE *out)
{
    fputs(
        "usage: kith send [--agent SOCKET] [--wait accepted] [--json]\n"
        "                 [--idempotency-key KEY] FILE...|-\n"
        "\n"
        "Publishes messages through the local agent.  A file holds one JSON message, an array\n"
        "of them, or one on each line; - is standard input.  Prints the id of each.\n"
        "\n"
        "The same message is not sent twice: a file of which some messages were refused can\n"
        "be corrected and sent again as a whole.\n"
        "\n"
        "  --wait accepted  wait until the broker has every message durably\n"
        "  --idempotency-key KEY  know the message by KEY and not by what it says, so that\n"
        "                   the same can be sent once more; of several, KEY/1, KEY/2, ...\n"
        "  --json           print the agent's whole answer, one line a message\n"
        "  --agent SOCKET   the agent's socket (else $KITH_AGENT, else /run/kith/agent.sock)\n",
        out);
    return out == stdout ? EXIT_OK : EXIT_USAGE;
}

static void
note(struct sending *sending, int status)
{
    if (sending->status == EXIT_OK)
        sending->status = status;
}

/* --- Sending --------------------------------------------------------------------------------------- */

static void
take_answer(struct sending *sending, struct outgoing *outgoing,
            const struct http_response *response)
{
    json_t *json;

    sending->taken++;
    if (json_read(&json, buffer_bytes(&response->body), NULL)) {
        note(sending,
             complain(EXIT_FAILED, "%s: the agent did not answer in JSON", outgoing->about));
        return;
    }
    snprintf(outgoing->id, sizeof(outgoing->id), "%s", text_member(json, "id"));
    if (json_is_true(json_object_get(json, "repeated")))
        complain(EXIT_OK, "%s: was taken before, as %s; nothing new is sent", outgoing->about,
                 outgoing->id);
    if (sending->as_json)
        fwrite(response->body.data, 1, response->body.len, stdout);
    else
        puts(outgoing->id);
    fflush(stdout);
    json_decref(json);
}

/* False when the agent is out of reach, and so for the others. */
static bool
send_one(struct sending *sending, size_t number)
{
    struct outgoing *outgoing = &sending->post.list[number];
    struct http_response response;
    char key[KEY_MAX];
    int status;

    post_key(key, &sending->post, number, sending->key);
    status =
        agent_call(sending->socket, "POST", "/v1/messages", outgoing->text, key, &response);
    if (status != EXIT_OK) {
        note(sending, status);
        return false;
    }
    if (response.status == 202)
        take_answer(sending, outgoing, &response);
    else
        note(sending, complain_of_answer(outgoing->about, &response));
    buffer_clear(&response.body);
    return true;
}

static void
send_all(struct sending *sending)
{
    for (size_t i = 0; i < sending->post.count; i++)
        if (!send_one(sending, i))
            break;
    if (sending->post.count > 1 && sending->taken < sending->post.count)
        complain(sending->status,
                 "%zu of %zu messages were taken; correct the others and send all again, for "
                 "what was taken is not sent twice",
                 sending->taken, sending->post.count);
}

/* --- Waiting ---------------------------------------------------------------------------------------- */

static int64_t
steady_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What became of it so far.  late: it is not waited for any longer. */
static int
heed_fate(struct outgoing *outgoing, const json_t *answer, bool late)
{
    const char *state = text_member(answer, "state"), *fate = text_member(answer, "fate");

    outgoing->is_settled = true;
    if (strcmp(state, "accepted") == 0)
        return EXIT_OK;
    if (strcmp(state, "refused") == 0 || strcmp(state, "held") == 0)
        return complain(EXIT_REFUSED, "%s: %s", outgoing->id, fate);
    if (late)
        return complain(EXIT_OUT_OF_REACH, "%s: after %d seconds: %s", outgoing->id,
                        WAIT_MS / 1000, fate);
    outgoing->is_settled = false;
    return EXIT_OK;
}

static int
ask_fate(const struct sending *sending, struct outgoing *outgoing, bool late)
{
    struct http_response response;
    json_t *answer = NULL;
    char path[64];
    int status;

    snprintf(path, sizeof(path), "/v1/messages/%s", outgoing->id);
    status = agent_call(sending->socket, "GET", path, (struct bytes){ 0 }, NULL, &response);
    if (status != EXIT_OK)
        return status;
    if (json_read(&answer, buffer_bytes(&response.body), NULL))
        answer = NULL;
    status = heed_fate(outgoing, answer, late);
    json_decref(answer);
    buffer_clear(&response.body);
    return status;
}

/* All of them once; how many are still to be waited for. */
static size_t
ask_fates(struct sending *sending, bool late)
{
    size_t waiting = 0;

    for (size_t i = 0; i < sending->post.count; i++) {
        struct outgoing *outgoing = &sending->post.list[i];
        int status;

        if (outgoing->id[0] == 0 || outgoing->is_settled)
            continue;
        status = ask_fate(sending, outgoing, late);
        note(sending, status);
        if (status == EXIT_OUT_OF_REACH && !late)
            return 0; /* the agent is gone */
        waiting += !outgoing->is_settled;
    }
    return waiting;
}

/* All together: those that wait for the same thing wait for it once. */
static void
wait_for_all(struct sending *sending)
{
    const struct timespec pause = { 0, POLL_MS * 1000000L };
    int64_t end = steady_ms() + WAIT_MS;
    bool late = false;

    while (ask_fates(sending, late) > 0 && !late) {
        nanosleep(&pause, NULL);
        late = steady_ms() >= end;
    }
}

static int
send_files(struct sending *sending, char **files, int count)
{
    for (int i = 0; i < count; i++)
        post_add_file(&sending->post, files[i]);
    note(sending, sending->post.status);
    send_all(sending);
    if (sending->wait)
        wait_for_all(sending);
    else if (sending->taken > 0 && isatty(STDERR_FILENO))
        fputs("written down by the agent; `kith status` says whether they have gone out\n",
              stderr);
    post_clear(&sending->post);
    return sending->status;
}

int
send_command(int argc, char **argv)
{
    static const struct option options[] = {
        { "agent", required_argument, NULL, 'a' },
        { "wait", required_argument, NULL, 'w' },
        { "idempotency-key", required_argument, NULL, 'k' },
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    struct sending sending = { .socket = agent_socket(NULL) };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'a': sending.socket = optarg; break;
        case 'j': sending.as_json = true; break;
        case 'k': sending.key = optarg; break;
        case 'w':
            if (strcmp(optarg, "accepted") != 0)
                return complain(EXIT_USAGE, "--wait waits for 'accepted'");
            sending.wait = true;
            break;
        default: return usage(option == 'h' ? stdout : stderr);
        }
    }
    if (sending.key != NULL && (sending.key[0] == 0 || strlen(sending.key) > KEY_GIVEN_MAX))
        return complain(EXIT_USAGE, "--idempotency-key takes 1 to %d characters",
                        KEY_GIVEN_MAX);
    if (optind == argc)
        return usage(stderr);
    return send_files(&sending, argv + optind, argc - optind);
}
