#include "cli/send.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "core/file.h"
#include "core/lines.h"
#include "crypto/key.h"
#include "json/json.h"

enum { FILE_MAX = 64 * 1024 * 1024, WAIT_MS = 30 * 1000, POLL_MS = 50 };

struct sending {
    const char *socket;
    bool wait;
    bool as_json;
    int status; /* the worst so far */
    size_t sent;
};

static int
usage(FILE *out)
{
    fputs(
        "usage: kith send [--agent SOCKET] [--wait accepted] [--json] FILE...|-\n"
        "\n"
        "Publishes messages through the local agent.  A file holds one JSON message, an array\n"
        "of them, or one on each line; - is standard input.  Prints the id of each.\n"
        "\n"
        "  --wait accepted  wait until the broker has each message durably\n"
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

static void
say_answer(const struct sending *sending, const struct http_response *response)
{
    json_t *json;

    if (sending->as_json) {
        fwrite(response->body.data, 1, response->body.len, stdout);
    } else if (json_read(&json, buffer_bytes(&response->body), NULL) == ERR_OK) {
        puts(json_string_value(json_object_get(json, "id")));
        json_decref(json);
    }
    fflush(stdout);
}

/* The state of a message; *fate is to be freed. */
static int
ask_state(const struct sending *sending, const char *path, char state[16], char **fate)
{
    struct http_response response;
    json_t *json;
    int status = agent_call(sending->socket, "GET", path, (struct bytes){ 0 }, NULL, &response);

    if (status != EXIT_OK)
        return status;
    *fate = NULL;
    state[0] = 0;
    if (response.status == 200
        && json_read(&json, buffer_bytes(&response.body), NULL) == ERR_OK) {
        const char *text = json_string_value(json_object_get(json, "state"));
        const char *words = json_string_value(json_object_get(json, "fate"));

        snprintf(state, 16, "%s", text == NULL ? "" : text);
        *fate = strdup(words == NULL ? "" : words);
        json_decref(json);
    }
    buffer_clear(&response.body);
    return EXIT_OK;
}

static int
wait_until_accepted(const struct sending *sending, const char *id)
{
    const struct timespec pause = { 0, POLL_MS * 1000000L };
    char path[64], state[16], *fate = NULL;
    int status;

    snprintf(path, sizeof(path), "/v1/messages/%s", id);
    for (int waited = 0;; waited += POLL_MS) {
        if ((status = ask_state(sending, path, state, &fate)) != EXIT_OK)
            return status;
        if (strcmp(state, "accepted") == 0)
            break;
        if (strcmp(state, "refused") == 0 || strcmp(state, "held") == 0) {
            status = complain(EXIT_FAILED, "%s: %s", id, fate == NULL ? state : fate);
            break;
        }
        if (waited >= WAIT_MS) {
            status = complain(EXIT_OUT_OF_REACH, "%s: after 30 seconds: %s", id,
                              fate == NULL ? state : fate);
            break;
        }
        free(fate);
        nanosleep(&pause, NULL);
    }
    free(fate);
    return status;
}

static int
wait_for(const struct sending *sending, const struct http_response *response)
{
    json_t *json;
    int status = EXIT_FAILED;

    if (json_read(&json, buffer_bytes(&response->body), NULL) == ERR_OK) {
        status = wait_until_accepted(sending, json_string_value(json_object_get(json, "id")));
        json_decref(json);
    }
    return status;
}

/* A key of our own makes it safe to try once more when the answer is lost. */
static void
send_one(struct sending *sending, const char *about, struct bytes message)
{
    struct http_response response;
    uint8_t random[16];
    char key[33];
    int status;

    random_fill(random, sizeof(random));
    hex_write(key, random, sizeof(random));
    status = agent_call(sending->socket, "POST", "/v1/messages", message, key, &response);
    if (status != EXIT_OK) {
        note(sending, status);
        return;
    }
    if (response.status != 202) {
        note(sending, complain_of_answer(about, &response));
    } else {
        sending->sent++;
        say_answer(sending, &response);
        if (sending->wait)
            note(sending, wait_for(sending, &response));
    }
    buffer_clear(&response.body);
}

static void
send_array(struct sending *sending, const char *file, const json_t *array)
{
    const json_t *element;
    size_t i;

    if (json_array_size(array) == 0)
        note(sending, complain(EXIT_FAILED, "%s: an array without a message in it", file));
    json_array_foreach(array, i, element)
    {
        struct buffer text;
        char about[300];

        snprintf(about, sizeof(about), "%.200s, element %zu", file, i);
        buffer_init(&text, FILE_MAX);
        json_write(&text, element);
        send_one(sending, about, buffer_bytes(&text));
        buffer_clear(&text);
    }
}

static bool
send_lines(struct sending *sending, const char *file, struct bytes text)
{
    struct lines lines = lines_of(text);
    struct bytes line;
    size_t objects = 0;

    /* Only when every line that is not empty begins an object and ends one. */
    while (lines_next(&lines, &line)) {
        line = bytes_trim(line);
        if (line.len > 0 && (line.data[0] != '{' || line.data[line.len - 1] != '}'))
            return false;
        objects += line.len > 0;
    }
    if (objects < 2)
        return false;
    lines = lines_of(text);
    while (lines_next(&lines, &line)) {
        char about[300];

        snprintf(about, sizeof(about), "%.200s:%u", file, lines.number);
        line = bytes_trim(line);
        if (line.len > 0)
            send_one(sending, about, line);
    }
    return true;
}

static void
send_text(struct sending *sending, const char *file, struct bytes text)
{
    json_t *json;

    if (send_lines(sending, file, text))
        return;
    if (json_read(&json, text, NULL) == ERR_OK) {
        bool is_array = json_is_array(json);

        if (is_array)
            send_array(sending, file, json);
        json_decref(json);
        if (is_array)
            return;
    }
    send_one(sending, file, text); /* the agent says what is wrong with it, if anything is */
}

/* A pipe or a terminal as well as a file. */
static enum err
read_standard_input(struct buffer *text, struct why *why)
{
    char chunk[64 * 1024];
    size_t got;

    while ((got = fread(chunk, 1, sizeof(chunk), stdin)) > 0)
        buffer_add(text, chunk, got);
    if (ferror(stdin))
        return because(why, ERR_IO, "standard input: cannot be read: %s", strerror(errno));
    if (!buffer_is_whole(text))
        return because(why, ERR_TOO_BIG, "standard input: larger than %d bytes", FILE_MAX);
    return ERR_OK;
}

static void
send_file(struct sending *sending, const char *file)
{
    bool is_stdin = strcmp(file, "-") == 0;
    struct buffer text;
    struct why why;

    buffer_init(&text, FILE_MAX);
    if (is_stdin ? read_standard_input(&text, &why) : file_read(&text, file, &why))
        note(sending, complain(EXIT_FAILED, "%s", why.text));
    else
        send_text(sending, is_stdin ? "standard input" : file, buffer_bytes(&text));
    buffer_clear(&text);
}

int
send_command(int argc, char **argv)
{
    static const struct option options[] = { { "agent", required_argument, NULL, 'a' },
                                             { "wait", required_argument, NULL, 'w' },
                                             { "json", no_argument, NULL, 'j' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    struct sending sending = { .socket = agent_socket(NULL) };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'a': sending.socket = optarg; break;
        case 'j': sending.as_json = true; break;
        case 'w':
            if (strcmp(optarg, "accepted") != 0)
                return complain(EXIT_USAGE, "--wait waits for 'accepted'");
            sending.wait = true;
            break;
        default: return usage(option == 'h' ? stdout : stderr);
        }
    }
    if (optind == argc)
        return usage(stderr);
    for (int i = optind; i < argc; i++)
        send_file(&sending, argv[i]);
    if (sending.sent > 0 && !sending.wait && isatty(STDERR_FILENO))
        fputs("written down by the agent; `kith status` says whether they have gone out\n",
              stderr);
    return sending.status;
}
