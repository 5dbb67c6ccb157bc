#include "cli/tail.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/command.h"
#include "cli/shown.h"
#include "core/instant.h"
#include "core/mem.h"
#include "policy/policy.h"
#include "json/json.h"

enum { POLL_MS = 200 };

struct tailing {
    const char *socket;
    uint64_t after;
    bool as_json, once;
    bool no_content; /* on the MASH agent people read through views, which are logged */
};

static int
usage(FILE *out)
{
    fputs("usage: kith tail [--agent SOCKET] [--json] [--from N] [--once]\n"
          "\n"
          "Shows the messages that this agency has received, as they come.\n"
          "\n"
          "  --from N  begin with the N-th message received (default 1)\n"
          "  --once    show what there is and stop\n"
          "  --json    one line of JSON a message\n",
          out);
    return out == stdout ? EXIT_OK : EXIT_USAGE;
}

/* One line a field, in the order of the registry. */
static void
print_fields(const json_t *message)
{
    for (size_t i = 0; i < kith_schema.count; i++) {
        const json_t *value = field_given(message, &kith_schema.fields[i]);
        struct buffer text;

        if (value == NULL)
            continue;
        buffer_init(&text, 1024 * 1024);
        write_value(&text, value);
        printf("      %s: %s\n", kith_schema.fields[i].label, buffer_text(&text));
        buffer_clear(&text);
    }
}

static void
print_reduced(const json_t *list)
{
    const json_t *reduced;
    size_t i;

    json_array_foreach(list, i, reduced)
    {
        const char *text = text_member(reduced, "text"), *form = text_member(reduced, "form");

        if (strcmp(form, form_name(FORM_PRESENT)) == 0)
            printf("      %s: recorded, not shown\n", text_member(reduced, "label"));
        else
            printf("      %s: %s (%s only)\n", text_member(reduced, "label"), text, form);
    }
}

static void
print_content(const json_t *message)
{
    print_fields(message);
    print_reduced(json_object_get(message, "reduced"));
}

static void
print_message(const struct tailing *tailing, const json_t *message)
{
    char when[INSTANT_TEXT] = "";
    struct instant accepted;

    if (instant_read(&accepted, text_member(message, "acceptedAt")))
        instant_write_local(when, accepted);
    printf("#%" JSON_INTEGER_FORMAT "  %s  %s from %s\n",
           json_integer_value(json_object_get(message, "number")), when,
           text_member(message, "kind"), text_member(message, "from"));
    if (json_object_get(message, "quarantined") != NULL)
        printf("      kept back, unread: %s\n", text_member(message, "quarantined"));
    else if (tailing->no_content)
        printf("      (content is not shown on the MASH agent)\n");
    else
        print_content(message);
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

static int
get_json(const struct tailing *tailing, const char *path, json_t **json)
{
    struct http_response response;
    int status = agent_call(tailing->socket, "GET", path, (struct bytes){ 0 }, NULL, &response);

    if (status != EXIT_OK)
        return status;
    if (response.status != 200)
        status = complain_of_answer("the inbox", &response);
    else if (json_read(json, buffer_bytes(&response.body), NULL))
        status = complain(EXIT_FAILED, "the agent did not answer in JSON");
    buffer_clear(&response.body);
    return status;
}

static int
follow(struct tailing *tailing)
{
    const struct timespec pause = { 0, POLL_MS * 1000000L };

    for (;;) {
        json_t *page;
        char path[64];
        size_t count;
        int status;

        snprintf(path, sizeof(path), "/v1/inbox?after=%" PRIu64, tailing->after);
        if ((status = get_json(tailing, path, &page)) != EXIT_OK)
            return status;
        count = print_page(tailing, page);
        json_decref(page);
        if (count == 0 && tailing->once)
            return EXIT_OK;
        if (count == 0)
            nanosleep(&pause, NULL);
    }
}

static int
start(struct tailing *tailing)
{
    json_t *status_json;
    int status = get_json(tailing, "/v1/status", &status_json);

    if (status != EXIT_OK)
        return status;
    tailing->no_content = strcmp(text_member(status_json, "type"), TYPE_MASH) == 0;
    json_decref(status_json);
    return follow(tailing);
}

int
tail_command(int argc, char **argv)
{
    static const struct option options[] = {
        { "agent", required_argument, NULL, 'a' }, { "from", required_argument, NULL, 'f' },
        { "once", no_argument, NULL, 'o' },        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },        { 0 }
    };
    struct tailing tailing = { .socket = agent_socket(NULL) };
    char *end;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'a': tailing.socket = optarg; break;
        case 'j': tailing.as_json = true; break;
        case 'o': tailing.once = true; break;
        case 'f':
            tailing.after = strtoull(optarg, &end, 10);
            if (optarg[0] < '0' || optarg[0] > '9' || *end != 0 || tailing.after == 0
                || tailing.after > INT64_MAX)
                return complain(EXIT_USAGE, "--from takes a number from 1");
            tailing.after--;
            break;
        default: return usage(option == 'h' ? stdout : stderr);
        }
    }
    return optind == argc ? start(&tailing) : usage(stderr);
}
