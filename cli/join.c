#include "cli/join.h"

#include <getopt.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/command.h"
#include "cli/join_call.h"
#include "core/file.h"

struct asked {
    const char *line, *folder, *passphrase_file;
    bool demo;
};

static int
usage(FILE *out)
{
    fputs(
        "usage: kith join LINE --dir FOLDER [--passphrase-file FILE] [--demo]\n"
        "\n"
        "Joins a federation, with the line that its administrator got from `kith agency "
        "invite`.\n"
        "Makes this agency's keys in FOLDER, which must not be there or be empty; asks the\n"
        "broker to be admitted; and shows six words, to be compared with the administrator's.\n"
        "The same again goes on where it was.\n"
        "\n"
        "  LINE          kith1:…; - reads it from standard input, where nobody sees it\n"
        "  --dir FOLDER  where the agency's keys, configuration and messages will be\n"
        "  --passphrase-file FILE  of the keys; else it is asked for\n"
        "  --demo        keys without a passphrase, for demonstrations only\n",
        out);
    return out == stdout ? EXIT_OK : EXIT_USAGE;
}

/* -1: go on; else the exit status. */
static int
read_options(struct asked *asked, int argc, char **argv)
{
    static const struct option options[] = {
        { "dir", required_argument, NULL, 'D' },
        { "passphrase-file", required_argument, NULL, 'p' },
        { "demo", no_argument, NULL, 'd' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'D': asked->folder = optarg; break;
        case 'p': asked->passphrase_file = optarg; break;
        case 'd': asked->demo = true; break;
        default: return usage(option == 'h' ? stdout : stderr);
        }
    }
    if (optind + 1 == argc && asked->folder == NULL)
        complain(EXIT_USAGE, "join: --dir FOLDER is missing");
    if (optind + 1 != argc || asked->folder == NULL)
        return usage(stderr);
    asked->line = argv[optind];
    return -1;
}

/* --- The line -------------------------------------------------------------------------------- */

static enum err
read_line(struct invite *invite, const char *line, struct why *why)
{
    char typed[2 * INVITE_LINE_MAX];
    size_t len;
    enum err err;

    if (strcmp(line, "-") != 0)
        return invite_read(invite, bytes_of_text(line), why);
    len = fread(typed, 1, sizeof(typed), stdin);
    err = invite_read(invite, bytes_of(typed, len), why);
    wipe(typed, sizeof(typed));
    return err;
}

static enum err
check_invite(const struct invite *invite, const struct asked *asked, struct instant now,
             struct why *why)
{
    char until[INSTANT_TEXT];

    instant_write_local(until, invite->expires);
    if (!instant_is_before(now, invite->expires))
        return because(why, ERR_REFUSED,
                       "this invite ran out on %s: ask the administrator for another", until);
    if (asked->demo != invite->demonstration)
        return because(why, ERR_REFUSED, "%s %s a demonstration: join it %s --demo",
                       invite->federation, invite->demonstration ? "is" : "is not",
                       invite->demonstration ? "with" : "without");
    return ERR_OK;
}

/* --- The folder ------------------------------------------------------------------------------ */

static enum err
make_folder(const struct invite *invite, const struct asked *asked, struct instant now,
            struct why *why)
{
    struct passphrase own;
    enum err err;

    if (asked->demo)
        return joining_begin(asked->folder, invite, NULL, now, why);
    if ((err = ask_new_passphrase(&own, asked->passphrase_file, "of this agency's keys", why)))
        return err;
    err = joining_begin(asked->folder, invite, own.text, now, why);
    wipe(&own, sizeof(own));
    return err;
}

static enum err
read_request(struct buffer *text, struct join_request *request, const struct asked *asked,
             struct why *why)
{
    char keys[FILE_PATH_MAX];
    enum err err;

    buffer_reset(text);
    if ((err = path_in(keys, asked->folder, "keys", why)))
        return err;
    return joining_request(text, request, keys, why);
}

/* Was it made for this invite? */
static enum err
check_same(const struct join_request *request, const struct invite *invite,
           const struct asked *asked, struct why *why)
{
    struct exchange_public key;

    exchange_public_of(&key, &invite->secret);
    if (memcmp(&key, &request->invite, sizeof(key)) != 0)
        return because(why, ERR_CONFLICT,
                       "%s: the keys there were made for another invite; move it away, or name "
                       "another folder",
                       asked->folder);
    return ERR_OK;
}

/* The request of that folder: made now, or some time ago.  *fresh says which. */
static enum err
find_request(struct buffer *text, struct join_request *request, bool *fresh,
             const struct invite *invite, const struct asked *asked, struct why *why)
{
    struct instant now = wall_clock();
    enum err err = read_request(text, request, asked, why);

    *fresh = err == ERR_NOT_FOUND;
    if (err == ERR_OK)
        return check_same(request, invite, asked, why);
    if (err != ERR_NOT_FOUND)
        return err;
    if ((err = check_invite(invite, asked, now, why))
        || (err = make_folder(invite, asked, now, why)))
        return err;
    return read_request(text, request, asked, why);
}

/* --- Joining --------------------------------------------------------------------------------- */

static void
say_how_to_go_on(const struct asked *asked, const struct join_request *request)
{
    char words[SIX_WORDS_MAX];

    join_words(words, request);
    printf("%s\n", words);
    fprintf(stderr,
            "\n%s has asked to join %s.\n"
            "Read these six words to the administrator, in person or on the telephone:\n\n"
            "    %s\n\n"
            "They must be the same there.  Then %s is admitted.\n"
            "Next: kith-agent %s/agent.conf\n"
            "(it may be started now; until it is admitted, `kith status` says so)\n",
            request->agency, request->federation, words, request->agency, asked->folder);
}

static int
join(const struct invite *invite, const struct asked *asked)
{
    struct join_request request;
    struct why why = { "" };
    struct buffer text;
    bool fresh;
    int status;

    buffer_init(&text, JOIN_MAX);
    if (find_request(&text, &request, &fresh, invite, asked, &why))
        status = complain(EXIT_FAILED, "%s", why.text);
    else
        status = join_call(invite, buffer_bytes(&text), asked->folder);
    buffer_clear(&text);
    if (status == EXIT_OK)
        say_how_to_go_on(asked, &request);
    else if (status == EXIT_REFUSED && fresh)
        folder_remove(asked->folder); /* keys that nobody will ever know */
    else if (status == EXIT_OUT_OF_REACH)
        fputs("The keys are made; the same command again goes on from here.\n", stderr);
    return status;
}

int
join_command(int argc, char **argv)
{
    struct asked asked = { 0 };
    struct invite invite;
    struct why why = { "" };
    int status = read_options(&asked, argc, argv);

    if (status >= 0)
        return status;
    if (read_line(&invite, asked.line, &why))
        return complain(EXIT_FAILED, "%s", why.text);
    status = join(&invite, &asked);
    wipe(&invite, sizeof(invite));
    return status;
}
