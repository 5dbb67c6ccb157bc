#include "cli/tail.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/command.h"
#include "cli/entry.h"
#include "cli/plain.h"
#include "cli/shown.h"
#include "core/mem.h"
#include "policy/policy.h"
#include "json/json.h"

enum {
    POLL_MS = 200,
    RETRY_MS = 1000,
    TEXT_MAX = 4 * 1024 * 1024,
    LAST_MAX = 100000,
    PAGE = 50,
    PAGE_MAX = 200
};

struct tailing {
    const char *socket;
    uint64_t after;
    uint64_t last; /* from_the_end: begin with so many as there are now */
    bool from_the_end, as_json, once;
    bool no_content; /* on the MASH agent people read through views, which are logged */
    size_t printed;
};

static int
usage(FILE *out)
{
    fputs(
        "usage: kith tail [--agent SOCKET] [--json] [--from N|--last N] [--once]\n"
        "\n"
        "Shows the messages that this agency has received, as they come.  While the agent is\n"
        "away, it is waited for.\n"
        "\n"
        "  --from N  begin with the N-th message received (default 1)\n"
        "  --last N  begin with the last N that there are now (0: with the next to come)\n"
        "  --once    show what there is and stop\n"
        "  --json    one line of JSON a message\n",
        out);
    return out == stdout ? EXIT_OK : EXIT_USAGE;
}

static void
print_message(struct tailing *tailing, json_t *message)
{
    const struct entry_style style = { screen_width(), tailing->no_content };
    struct buffer text;

    buffer_init(&text, TEXT_MAX);
    entry_write(&text, message, &style);
    if (tailing->printed++ > 0)
        putchar('\n');
    fputs(buffer_text(&text), stdout);
    buffer_clear(&text);
}

static void
print_as_json(const struct tailing *tailing, json_t *message)
{
    char *text;

    if (tailing->no_content) {
        json_object_del(message, "concern");
        json_object_del(message, "needs");
        json_object_del(message, "circumstances");
        json_object_del(message, "reduced");
    }
    text = json_dumps(message, JSON_COMPACT);
    puts(text == NULL ? "{}" : text);
    free(text);
}

static size_t
print_page(struct tailing *tailing, const json_t *page)
{
    json_t *list = json_object_get(page, "messages"), *message;
    size_t i;

    json_array_foreach(list, i, message)
    {
        if (tailing->as_json)
            print_as_json(tailing, message);
        else
            print_message(tailing, message);
    }
    fflush(stdout);
    tailing->after = (uint64_t)json_integer_value(json_object_get(page, "next"));
    return json_array_size(list);
}

/* --- Asking the agent ------------------------------------------------------------------------------- */

static int
read_answer(struct http_response *response, json_t **json)
{
    int status = EXIT_OK;

    if (response->status != 200)
        status = complain_of_answer("the inbox", response);
    else if (json_read(json, buffer_bytes(&response->body), NULL))
        status = complain(EXIT_FAILED, "the agent did not answer in JSON");
    buffer_clear(&response->body);
    return status;
}

static int
get_json(const struct tailing *tailing, const char *path, json_t **json)
{
    struct http_response response;
    int status = agent_call(tailing->socket, "GET", path, (struct bytes){ 0 }, NULL, &response);

    return status == EXIT_OK ? read_answer(&response, json) : status;
}

static void
pause_for(long ms)
{
    const struct timespec pause = { ms / 1000, ms % 1000 * 1000000L };

    nanosleep(&pause, NULL);
}

/* As get_json, but an agent that is being started again is waited for. */
static int
await_json(const struct tailing *tailing, const char *path, json_t **json)
{
    struct http_response response;
    struct why why = { "" };
    bool waited = false;

    while (
        agent_try(tailing->socket, "GET", path, (struct bytes){ 0 }, NULL, &response, &why)) {
        if (!waited)
            complain(EXIT_OUT_OF_REACH, "%s; waiting for it", why.text);
        waited = true;
        pause_for(RETRY_MS);
    }
    if (waited)
        complain(EXIT_OK, "the agent answers again");
    return read_answer(&response, json);
}

static int
get_page(const struct tailing *tailing, uint64_t after, unsigned limit, bool patient,
         json_t **page)
{
    char path[80];

    snprintf(path, sizeof(path), "/v1/inbox?after=%" PRIu64 "&limit=%u", after, limit);
    return patient ? await_json(tailing, path, page) : get_json(tailing, path, page);
}

/* --- Where to begin ----------------------------------------------------------------------------------- */

/* The numbers of the last entries, in a ring. */
struct numbers {
    uint64_t *ring;
    size_t size, count;
};

static void
note_numbers(struct numbers *numbers, const json_t *page)
{
    const json_t *entry;
    size_t i;

    json_array_foreach(json_object_get(page, "messages"), i, entry)
        numbers->ring[numbers->count++ % numbers->size] =
        (uint64_t)json_integer_value(json_object_get(entry, "number"));
}

/* Numbers can be missing, so what counts are the entries: of `received` the last ones all come
   after number received - last. */
static int
begin_before_the_end(struct tailing *tailing, uint64_t received)
{
    struct numbers numbers = { mem_array(tailing->last + 1, sizeof(uint64_t)),
                               (size_t)tailing->last + 1, 1 };
    uint64_t after = received > tailing->last ? received - tailing->last : 0;
    size_t before = 0;
    int status = EXIT_OK;

    numbers.ring[0] = after;
    while (before != numbers.count && status == EXIT_OK) {
        json_t *page;

        before = numbers.count;
        if ((status = get_page(tailing, after, PAGE_MAX, false, &page)) == EXIT_OK) {
            note_numbers(&numbers, page);
            after = (uint64_t)json_integer_value(json_object_get(page, "next"));
            json_decref(page);
        }
    }
    /* What stands before the last ones: the oldest that the ring still has. */
    tailing->after =
        numbers.ring[numbers.count < numbers.size ? 0 : numbers.count % numbers.size];
    free(numbers.ring);
    return status;
}

static int
follow(struct tailing *tailing)
{
    for (;;) {
        json_t *page;
        size_t count;
        int status = get_page(tailing, tailing->after, PAGE, !tailing->once, &page);

        if (status != EXIT_OK)
            return status;
        count = print_page(tailing, page);
        json_decref(page);
        if (count == 0 && tailing->once)
            return EXIT_OK;
        if (count == 0)
            pause_for(POLL_MS);
    }
}

static int
start(struct tailing *tailing)
{
    json_t *status_json;
    uint64_t received;
    int status = get_json(tailing, "/v1/status", &status_json);

    if (status != EXIT_OK)
        return status;
    tailing->no_content = strcmp(text_member(status_json, "type"), TYPE_MASH) == 0;
    received = (uint64_t)json_integer_value(
        json_object_get(json_object_get(status_json, "inbox"), "received"));
    json_decref(status_json);
    if (tailing->from_the_end && (status = begin_before_the_end(tailing, received)) != EXIT_OK)
        return status;
    return follow(tailing);
}

/* A whole number in decimal digits. */
static bool
read_number(uint64_t *number, const char *text, uint64_t least, uint64_t most)
{
    char *end;

    *number = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == 0 && *number >= least && *number <= most;
}

int
tail_command(int argc, char **argv)
{
    static const struct option options[] = { { "agent", required_argument, NULL, 'a' },
                                             { "from", required_argument, NULL, 'f' },
                                             { "last", required_argument, NULL, 'l' },
                                             { "once", no_argument, NULL, 'o' },
                                             { "json", no_argument, NULL, 'j' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    struct tailing tailing = { .socket = agent_socket(NULL) };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'a': tailing.socket = optarg; break;
        case 'j': tailing.as_json = true; break;
        case 'o': tailing.once = true; break;
        case 'f':
            if (!read_number(&tailing.after, optarg, 1, INT64_MAX))
                return complain(EXIT_USAGE, "--from takes a number from 1");
            tailing.after--;
            break;
        case 'l':
            if (!read_number(&tailing.last, optarg, 0, LAST_MAX))
                return complain(EXIT_USAGE, "--last takes a number to %d", LAST_MAX);
            tailing.from_the_end = true;
            break;
        default: return usage(option == 'h' ? stdout : stderr);
        }
    }
    return optind == argc ? start(&tailing) : usage(stderr);
}
