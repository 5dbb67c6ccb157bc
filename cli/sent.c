#include "cli/sent.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/plain.h"
#include "cli/shown.h"
#include "core/instant.h"
#include "json/json.h"

/* --- kith sent -------------------------------------------------------------------------------- */

static int
usage_of_sent(FILE *out)
{
    fputs("usage: kith sent [--agent SOCKET] [--json] STATE\n"
          "\n"
          "What this agency sent that is in that state, oldest first, and what became of it:\n"
          "\n"
          "  owed        has not gone to everybody whom it concerns\n"
          "  held        cannot be sent now; nobody was told\n"
          "  refused     the broker refused it; nobody was told\n"
          "  set-aside   nobody was told, and somebody has dealt with that (kith dismiss)\n"
          "  spooled, sealed, accepted\n",
          out);
    return out == stdout ? EXIT_OK : EXIT_USAGE;
}

static void
print_sent(const json_t *message)
{
    char when[INSTANT_TEXT] = "";
    struct instant spooled;

    if (instant_read(&spooled, text_member(message, "spooledAt")))
        instant_write_local(when, spooled);
    printf("%s  %s  %s\n", text_member(message, "id"), when, text_member(message, "kind"));
    print_plain(stdout, 4, text_member(message, "fate"));
}

static void
print_list(const json_t *list, bool as_json)
{
    const json_t *message;
    size_t i;

    json_array_foreach(list, i, message)
    {
        char *text = as_json ? json_dumps(message, JSON_COMPACT) : NULL;

        if (text != NULL)
            puts(text);
        else
            print_sent(message);
        free(text);
    }
}

static int
get_page(const char *socket, const char *state, uint64_t after, json_t **page)
{
    struct http_response response;
    char path[128];
    int status;

    snprintf(path, sizeof(path), "/v1/messages?state=%s&after=%" PRIu64, state, after);
    status = agent_call(socket, "GET", path, (struct bytes){ 0 }, NULL, &response);
    if (status != EXIT_OK)
        return status;
    if (response.status != 200)
        status = complain_of_answer("what was sent", &response);
    else if (json_read(page, buffer_bytes(&response.body), NULL))
        status = complain(EXIT_FAILED, "the agent did not answer in JSON");
    buffer_clear(&response.body);
    return status;
}

static int
show_all(const char *socket, const char *state, bool as_json)
{
    uint64_t after = 0;
    size_t count;

    do {
        json_t *page, *list;
        int status = get_page(socket, state, after, &page);

        if (status != EXIT_OK)
            return status;
        list = json_object_get(page, "messages");
        count = json_array_size(list);
        print_list(list, as_json);
        after = (uint64_t)json_integer_value(json_object_get(page, "next"));
        json_decref(page);
    } while (count > 0);
    return EXIT_OK;
}

/* What stands in a path stands for itself. */
static bool
is_a_word(const char *text)
{
    return text[0] != 0 && strlen(text) <= 40
           && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == 0;
}

int
sent_command(int argc, char **argv)
{
    static const struct option options[] = { { "agent", required_argument, NULL, 'a' },
                                             { "json", no_argument, NULL, 'j' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    const char *socket = agent_socket(NULL);
    bool as_json = false;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'a')
            socket = optarg;
        else if (option == 'j')
            as_json = true;
        else
            return usage_of_sent(option == 'h' ? stdout : stderr);
    }
    if (optind + 1 != argc || !is_a_word(argv[optind]))
        return usage_of_sent(stderr);
    return show_all(socket, argv[optind], as_json);
}

/* --- kith dismiss ----------------------------------------------------------------------------- */

static int
usage_of_dismiss(FILE *out)
{
    fputs(
        "usage: kith dismiss [--agent SOCKET] alarm NUMBER | message ID\n"
        "\n"
        "A person has dealt with it: an alarm of `kith status`, or a message that nobody was\n"
        "told of (`kith sent held`, `kith sent refused`), which is then not tried again.\n",
        out);
    return out == stdout ? EXIT_OK : EXIT_USAGE;
}

static int
dismiss(const char *socket, const char *what, const char *which)
{
    struct http_response response;
    char path[128];
    int status;

    snprintf(path, sizeof(path), "/v1/%ss/%s", what, which);
    status = agent_call(socket, "DELETE", path, (struct bytes){ 0 }, NULL, &response);
    if (status != EXIT_OK)
        return status;
    if (response.status != 200)
        status = complain_of_answer(which, &response);
    buffer_clear(&response.body);
    return status;
}

int
dismiss_command(int argc, char **argv)
{
    static const struct option options[] = { { "agent", required_argument, NULL, 'a' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    const char *socket = agent_socket(NULL), *what;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'a')
            socket = optarg;
        else
            return usage_of_dismiss(option == 'h' ? stdout : stderr);
    }
    if (optind + 2 != argc || !is_a_word(argv[optind + 1]))
        return usage_of_dismiss(stderr);
    what = argv[optind];
    if (strcmp(what, "alarm") != 0 && strcmp(what, "message") != 0)
        return usage_of_dismiss(stderr);
    return dismiss(socket, what, argv[optind + 1]);
}
