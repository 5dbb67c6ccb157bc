#include "cli/send.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/shown.h"
#include "core/file.h"
#include "core/lines.h"
#include "core/mem.h"
#include "crypto/hash.h"
#include "json/json.h"

enum {
    FILE_MAX = 64 * 1024 * 1024,
    WAIT_MS = 30 * 1000,
    POLL_MS = 50,
    KEY_GIVEN_MAX = 180, /* the agent takes 200, and the place may come on top */
    KEY_MAX = 256,
    ABOUT_MAX = 300
};

/* One message on its way. */
struct outgoing {
    struct bytes text; /* ours */
    char about[ABOUT_MAX];
    uint8_t digest[DIGEST]; /* of the text */
    size_t same_before;     /* in the same file */
    char id[33];            /* once it was taken */
    bool is_settled;        /* nothing more will become of it while we wait */
};

struct sending {
    const char *socket;
    const char *key; /* that was asked for, or NULL */
    bool wait;
    bool as_json;
    int status; /* the first that was not EXIT_OK */
    struct outgoing *list;
    size_t count, room, taken;
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
        "The same message is not sent twice: a file of which some messages were refused can "
        "be\n"
        "corrected and sent again as a whole.\n"
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

/* --- What is in the files ------------------------------------------------------------------------ */

/* first: of the same file.  The same text twice in a file is two messages. */
static void
collect(struct sending *sending, size_t first, const char *about, struct bytes text)
{
    struct outgoing *outgoing;

    if (sending->count == sending->room) {
        sending->room = 2 * sending->room + 16;
        sending->list = mem_resize(sending->list, sending->room, sizeof(*sending->list));
    }
    outgoing = &sending->list[sending->count++];
    *outgoing = (struct outgoing){ .text = bytes_of(mem_copy(text.data, text.len), text.len) };
    snprintf(outgoing->about, sizeof(outgoing->about), "%s", about);
    hash_of(outgoing->digest, DIGEST, "kith1.send.text", NULL, text);
    for (size_t i = first; i + 1 < sending->count; i++)
        outgoing->same_before += memcmp(sending->list[i].digest, outgoing->digest, DIGEST) == 0;
}

static void
collect_array(struct sending *sending, const char *file, const json_t *array)
{
    size_t i, first = sending->count;
    const json_t *element;

    if (json_array_size(array) == 0)
        note(sending, complain(EXIT_FAILED, "%s: an array without a message in it", file));
    json_array_foreach(array, i, element)
    {
        struct buffer text;
        char about[ABOUT_MAX];

        snprintf(about, sizeof(about), "%.200s, element %zu", file, i);
        buffer_init(&text, FILE_MAX);
        json_write(&text, element);
        collect(sending, first, about, buffer_bytes(&text));
        buffer_clear(&text);
    }
}

static bool
collect_lines(struct sending *sending, const char *file, struct bytes text)
{
    struct lines lines = lines_of(text);
    size_t objects = 0, first = sending->count;
    struct bytes line;

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
        char about[ABOUT_MAX];

        snprintf(about, sizeof(about), "%.200s:%u", file, lines.number);
        line = bytes_trim(line);
        if (line.len > 0)
            collect(sending, first, about, line);
    }
    return true;
}

/* What some editors put before a text, and no reader of JSON takes. */
static bool
begins_with_mark(struct bytes text)
{
    return bytes_start_with(text, bytes_of("\xef\xbb\xbf", 3))
           || bytes_start_with(text, bytes_of("\xff\xfe", 2))
           || bytes_start_with(text, bytes_of("\xfe\xff", 2));
}

static void
collect_text(struct sending *sending, const char *file, struct bytes text)
{
    json_t *json;

    if (begins_with_mark(text)) {
        note(sending, complain(EXIT_FAILED,
                               "%s: begins with a byte order mark (BOM), which JSON does not "
                               "have; save it as UTF-8 without one",
                               file));
        return;
    }
    if (collect_lines(sending, file, text))
        return;
    if (json_read(&json, text, NULL) == ERR_OK) {
        bool is_array = json_is_array(json);

        if (is_array)
            collect_array(sending, file, json);
        json_decref(json);
        if (is_array)
            return;
    }
    /* The agent says what is wrong with it, if anything is. */
    collect(sending, sending->count, file, text);
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
collect_file(struct sending *sending, const char *file)
{
    bool is_stdin = strcmp(file, "-") == 0;
    struct buffer text;
    struct why why;

    buffer_init(&text, FILE_MAX);
    if (is_stdin ? read_standard_input(&text, &why) : file_read(&text, file, &why))
        note(sending, complain(EXIT_FAILED, "%s", why.text));
    else
        collect_text(sending, is_stdin ? "standard input" : file, buffer_bytes(&text));
    buffer_clear(&text);
}

/* --- Sending --------------------------------------------------------------------------------------- */

/*
 * What the agent is to know the message by.  From what it says, and which of the same texts
 * of its file it is: sent again, be it in a file that was corrected elsewhere, it is the
 * message that it was.
 */
static void
write_key(char key[KEY_MAX], const struct sending *sending, size_t number)
{
    const struct outgoing *outgoing = &sending->list[number];
    uint8_t place[8], digest[16];
    struct hash hash;

    if (sending->key != NULL && sending->count == 1) {
        snprintf(key, KEY_MAX, "%s", sending->key);
    } else if (sending->key != NULL) {
        snprintf(key, KEY_MAX, "%s/%zu", sending->key, number + 1);
    } else {
        put_le64(place, outgoing->same_before);
        hash_begin(&hash, sizeof(digest), "kith1.send.key", NULL);
        hash_add(&hash, outgoing->digest, DIGEST);
        hash_add(&hash, place, sizeof(place));
        hash_end(&hash, digest, sizeof(digest));
        hex_write(key, digest, sizeof(digest));
    }
}

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
    struct outgoing *outgoing = &sending->list[number];
    struct http_response response;
    char key[KEY_MAX];
    int status;

    write_key(key, sending, number);
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
    for (size_t i = 0; i < sending->count; i++)
        if (!send_one(sending, i))
            break;
    if (sending->count > 1 && sending->taken < sending->count)
        complain(sending->status,
                 "%zu of %zu messages were taken; correct the others and send all again, for "
                 "what was taken is not sent twice",
                 sending->taken, sending->count);
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

    for (size_t i = 0; i < sending->count; i++) {
        struct outgoing *outgoing = &sending->list[i];
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

static void
clear(struct sending *sending)
{
    for (size_t i = 0; i < sending->count; i++)
        free((void *)(uintptr_t)sending->list[i].text.data);
    free(sending->list);
}

static int
send_files(struct sending *sending, char **files, int count)
{
    for (int i = 0; i < count; i++)
        collect_file(sending, files[i]);
    send_all(sending);
    if (sending->wait)
        wait_for_all(sending);
    else if (sending->taken > 0 && isatty(STDERR_FILENO))
        fputs("written down by the agent; `kith status` says whether they have gone out\n",
              stderr);
    clear(sending);
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
