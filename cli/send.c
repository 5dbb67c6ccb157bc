#include "cli/send.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/outgoing.h"
#include "cli/send_wait.h"
#include "cli/shown.h"
#include "json/json.h"

struct sending {
    const char *key; /* that was asked for, or NULL */
    bool no_wait;    /* not even for what cannot wait */
    bool as_json;
    int status; /* the first that was not EXIT_OK */
    struct post post;
    size_t taken;
    struct waiting waiting;
};

static int
usage(FILE *out)
{
    fputs(
        "usage: kith send [--agent SOCKET] [--wait accepted|delivered] [--json]\n"
        "                 [--timeout SECONDS] [--no-wait] [--idempotency-key KEY]\n"
        "                 FILE...|-\n"
        "\n"
        "Publishes messages through the local agent.  A file holds one JSON message, an array\n"
        "of them, or one on each line; - is standard input.  Prints the id of each.\n"
        "\n"
        "The same message is not sent twice: a file of which some messages were refused can\n"
        "be corrected and sent again as a whole.\n"
        "\n"
        "A concern of immediate danger, or rated RED, is waited for until MASH has opened it;\n"
        "when MASH does not, it says whom to telephone.\n"
        "\n"
        "  --wait accepted  wait until the broker has every message durably (30 seconds)\n"
        "  --wait delivered wait until MASH has said that it opened them (10 minutes)\n"
        "  --timeout SECONDS  wait so long instead\n"
        "  --no-wait        for nothing, not even in immediate danger\n"
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
    status = agent_call(sending->waiting.socket, "POST", "/v1/messages", outgoing->text, key,
                        &response);
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

/* Immediate danger, or RED: a reply within the day is too late if nobody has read it. */
static bool
cannot_wait(const struct outgoing *outgoing)
{
    const json_t *concern;
    json_t *json;
    bool cannot;

    if (json_read(&json, outgoing->text, NULL))
        return false;
    concern = json_object_get(json, "concern");
    cannot = json_is_true(json_object_get(concern, "immediateDanger"))
             || strcmp(text_member(concern, "rag"), "RED") == 0;
    json_decref(json);
    return cannot;
}

static bool
anything_cannot_wait(const struct sending *sending)
{
    for (size_t i = 0; i < sending->post.count; i++)
        if (cannot_wait(&sending->post.list[i]))
            return true;
    return false;
}

static void
say_what_is_waited_for(const struct sending *sending)
{
    if (sending->taken == 0 || !isatty(STDERR_FILENO))
        return;
    if (sending->waiting.awaited == AWAIT_NOTHING)
        fputs("written down by the agent; `kith status` says whether they have gone out\n",
              stderr);
    if (sending->waiting.awaited == AWAIT_DELIVERED)
        fputs("waiting until MASH has opened it (Ctrl-C ends the waiting, not the message)\n",
              stderr);
}

static int
send_files(struct sending *sending, char **files, int count)
{
    for (int i = 0; i < count; i++)
        post_add_file(&sending->post, files[i]);
    note(sending, sending->post.status);
    if (!sending->no_wait && anything_cannot_wait(sending))
        sending->waiting.awaited = AWAIT_DELIVERED;
    send_all(sending);
    say_what_is_waited_for(sending);
    note(sending, wait_for_all(&sending->waiting, &sending->post));
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
        { "no-wait", no_argument, NULL, 'n' },
        { "timeout", required_argument, NULL, 't' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    struct sending sending = { .waiting.socket = agent_socket(NULL) };
    char *end;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'a': sending.waiting.socket = optarg; break;
        case 'j': sending.as_json = true; break;
        case 'k': sending.key = optarg; break;
        case 'w':
            if (strcmp(optarg, "accepted") != 0 && strcmp(optarg, "delivered") != 0)
                return complain(EXIT_USAGE, "--wait waits for 'accepted' or 'delivered'");
            sending.waiting.awaited = optarg[0] == 'a' ? AWAIT_ACCEPTED : AWAIT_DELIVERED;
            break;
        case 'n': sending.no_wait = true; break;
        case 't':
            sending.waiting.timeout_s = strtol(optarg, &end, 10);
            if (optarg[0] < '0' || optarg[0] > '9' || *end != 0 || sending.waiting.timeout_s < 1
                || sending.waiting.timeout_s > 24 * 60 * 60)
                return complain(EXIT_USAGE, "--timeout takes 1 to 86400 seconds");
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
