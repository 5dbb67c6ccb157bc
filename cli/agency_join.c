#include "cli/agency_join.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/agency.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "cli/plain.h"
#include "cli/qr.h"
#include "core/file.h"
#include "core/lines.h"
#include "federation/joining.h"

enum { HOURS = 1, HOURS_MAX = 14 * 24, HOUR_MS = 60 * 60 * 1000 };

struct asked {
    const char *action, *name, *folder, *passphrase_file, *endpoint, *words;
    uint64_t hours;
    bool demo;
    struct instant now;
};

static int
usage(FILE *out)
{
    fputs(
        "usage: kith agency invite NAME --dir FOLDER [--hours N] [--broker ADDRESS]\n"
        "       kith agency admit NAME --dir FOLDER [--words \"SIX WORDS\"]\n"
        "       kith agency list --dir FOLDER\n"
        "       kith agency withdraw NAME --dir FOLDER\n"
        "\n"
        "invite    prints one line, for `kith join` on that agency's machine.  It works once.\n"
        "          It is handed over like a key: in person, or by a way that nobody else "
        "reads\n"
        "admit     when the agency has asked to join, and reads out the six words that are "
        "shown\n"
        "          here: signs the registry that names it\n"
        "list      the agencies, the invites that are open, and who waits to be admitted\n"
        "withdraw  takes an invite back, and the request with it\n"
        "\n"
        "  --dir FOLDER      the federation's folder, made by `kith init`, with the broker's\n"
        "  --hours N         how long the invite holds (else 1)\n"
        "  --broker ADDRESS  tcp://HOST:PORT, as the agency reaches the broker (else what the\n"
        "                    broker wrote into FOLDER/broker/endpoint)\n"
        "  --words WORDS     the words that the agency read out; else they are asked for\n"
        "  --passphrase-file FILE  of the signers' keys in FOLDER/offline\n"
        "  --demo            keys without a passphrase, for demonstrations only\n",
        out);
    return out == stdout ? EXIT_OK : EXIT_USAGE;
}

static int
take_option(struct asked *asked, int option, const char *argument)
{
    switch (option) {
    case 'D': asked->folder = argument; return -1;
    case 'o': asked->passphrase_file = argument; return -1;
    case 'b': asked->endpoint = argument; return -1;
    case 'w': asked->words = argument; return -1;
    case 'd': asked->demo = true; return -1;
    case 'H':
        if (word_number(&asked->hours, bytes_of_text(argument), HOURS_MAX))
            return -1;
        return complain(EXIT_USAGE, "agency: --hours: a number from 0 to %d, not '%s'",
                        HOURS_MAX, argument);
    default: return usage(option == 'h' ? stdout : stderr);
    }
}

/* -1: go on; else the exit status. */
static int
read_options(struct asked *asked, int argc, char **argv)
{
    static const struct option options[] = {
        { "dir", required_argument, NULL, 'D' },
        { "passphrase-file", required_argument, NULL, 'o' },
        { "broker", required_argument, NULL, 'b' },
        { "words", required_argument, NULL, 'w' },
        { "hours", required_argument, NULL, 'H' },
        { "demo", no_argument, NULL, 'd' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int option, status, names = strcmp(argv[1], "list") == 0 ? 1 : 2;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if ((status = take_option(asked, option, optarg)) >= 0)
            return status;
    if (optind + names == argc && asked->folder == NULL)
        complain(EXIT_USAGE, "agency: --dir FOLDER is missing");
    if (optind + names != argc || asked->folder == NULL)
        return usage(stderr);
    asked->action = argv[optind];
    asked->name = names == 2 ? argv[optind + 1] : NULL;
    return -1;
}

/* --- Inviting -------------------------------------------------------------------------------- */

/* An address that says "this machine, whatever it is called" is none for another. */
static enum err
check_endpoint(const char *endpoint, struct why *why)
{
    if (strncmp(endpoint, "tcp://", 6) == 0 && strncmp(endpoint + 6, "0.0.0.0:", 8) != 0
        && endpoint[6] != '*' && strncmp(endpoint + 6, "[::]", 4) != 0)
        return ERR_OK;
    return because(why, ERR_MALFORMED,
                   "'%s' is no address by which another machine reaches the broker: say "
                   "--broker tcp://HOST:PORT",
                   endpoint);
}

static enum err
find_endpoint(struct buffer *endpoint, const struct asked *asked, struct why *why)
{
    char path[FILE_PATH_MAX], folder[FILE_PATH_MAX];
    struct bytes line;
    struct lines lines;
    enum err err;

    if (asked->endpoint != NULL) {
        buffer_add_text(endpoint, asked->endpoint);
        return check_endpoint(asked->endpoint, why);
    }
    if ((err = path_in(folder, asked->folder, "broker", why))
        || (err = path_in(path, folder, "endpoint", why)))
        return err;
    err = file_read(endpoint, path, why);
    if (err == ERR_NOT_FOUND)
        return because(why, err,
                       "%s: the broker has not written its address there; start it, or say "
                       "--broker tcp://HOST:PORT",
                       path);
    if (err)
        return err;
    lines = lines_of(buffer_bytes(endpoint));
    if (lines_next(&lines, &line))
        endpoint->len = line.len;
    return check_endpoint(buffer_text(endpoint), why);
}

static enum err
make_invite(struct invite *invite, const struct asked *asked, struct why *why)
{
    struct offline offline = { .folder = asked->folder };
    struct invitation invitation = { .agency = asked->name, .now = asked->now };
    struct passphrase signers = { 0 };
    struct buffer endpoint;
    enum err err;

    invitation.expires = instant_after(asked->now, (int64_t)asked->hours * HOUR_MS);
    buffer_init(&endpoint, ENDPOINT_MAX_LEN + 2);
    if (!(err = find_endpoint(&endpoint, asked, why))
        && !(err = ask_offline(&offline, &signers, asked->demo, asked->passphrase_file,
                               "of the signers' keys", why))) {
        invitation.endpoint = buffer_text(&endpoint);
        err = federation_invite(invite, &offline, &invitation, why);
    }
    wipe(&signers, sizeof(signers));
    buffer_clear(&endpoint);
    return err;
}

static int
invite_command(const struct asked *asked)
{
    struct why why = { "" };
    char until[INSTANT_TEXT];
    struct invite invite;
    struct buffer line;

    if (make_invite(&invite, asked, &why))
        return complain(EXIT_FAILED, "%s", why.text);
    buffer_init(&line, INVITE_LINE_MAX);
    invite_write(&line, &invite);
    if (isatty(STDOUT_FILENO))
        qr_print(stdout, buffer_text(&line), screen_width());
    printf("%s\n", buffer_text(&line));
    wipe(line.data, line.len);
    buffer_clear(&line);
    instant_write_local(until, invite.expires);
    fprintf(stderr,
            "\nThis line invites %s, once, until %s.  Hand it over as you would a key.\n"
            "There: kith join LINE --dir FOLDER\n"
            "Then here: kith agency admit %s --dir %s\n",
            invite.agency, until, invite.agency, asked->folder);
    wipe(&invite, sizeof(invite));
    return EXIT_OK;
}

/* --- Admitting ------------------------------------------------------------------------------- */

static bool
ask_words(char *typed, int size)
{
    fputs("Type the six words that the agency read out: ", stderr);
    fflush(stderr);
    return fgets(typed, size, stdin) != NULL;
}

/* Nobody compares what is shown to them with what they know, unless they have to type it. */
static enum err
compare_words(const struct asked *asked, const struct join_request *request, struct why *why)
{
    char words[SIX_WORDS_MAX], typed[256] = "";
    const char *given = asked->words;

    join_words(words, request);
    if (given == NULL) {
        fprintf(stderr,
                "%s asks to join %s as agency %u.  The six words of its request:\n\n    %s\n\n",
                request->agency, request->federation, (unsigned)request->number, words);
        if (!ask_words(typed, sizeof(typed)))
            return because(why, ERR_REFUSED, "no words were given; nothing was changed");
        given = typed;
    }
    if (join_words_match(words, given))
        return ERR_OK;
    return because(why, ERR_REFUSED,
                   "those are not the words of this request, which are: %s.  If the agency "
                   "reads out others, somebody else has used the invite: do not admit it, "
                   "`kith agency withdraw %s`, and find out who had the line",
                   words, request->agency);
}

static enum err
sign_admission(const struct asked *asked, const struct join_request *request, struct why *why)
{
    struct offline offline = { .folder = asked->folder };
    struct passphrase signers;
    enum err err;

    err = ask_offline(&offline, &signers, asked->demo, asked->passphrase_file,
                      "of the signers' keys", why);
    if (err == ERR_OK)
        err = federation_admit(&offline, request, why);
    wipe(&signers, sizeof(signers));
    return err;
}

static int
admit_command(const struct asked *asked)
{
    struct join_request request;
    struct why why = { "" };

    if (federation_request(&request, asked->folder, asked->name, &why))
        return complain(EXIT_FAILED, "%s", why.text);
    if (compare_words(asked, &request, &why))
        return complain(EXIT_REFUSED, "%s", why.text);
    if (sign_admission(asked, &request, &why))
        return complain(EXIT_FAILED, "%s", why.text);
    printf("%u\n", (unsigned)request.number);
    agency_warn_if_not_in_agreement(asked->folder, asked->name, asked->now);
    fprintf(
        stderr,
        "%s is agency %u.  A broker that is running on this folder takes the new registry up\n"
        "within seconds, and gives it to every agent.\n",
        request.agency, (unsigned)request.number);
    return EXIT_OK;
}

static int
withdraw_command(const struct asked *asked)
{
    char broker[FILE_PATH_MAX], folder[FILE_PATH_MAX];
    struct invites invites;
    struct why why = { "" }, odd;
    bool there;

    if (path_in(broker, asked->folder, "broker", &why)
        || path_in(folder, broker, "invites", &why)
        || invites_read(&invites, folder, &odd, &why))
        return complain(EXIT_FAILED, "%s", why.text);
    there = invites_named(&invites, asked->name) != NULL;
    invites_clear(&invites);
    if (!there)
        return complain(EXIT_FAILED, "there is no invite for '%s'", asked->name);
    if (invites_remove(folder, asked->name, &why))
        return complain(EXIT_FAILED, "%s", why.text);
    fprintf(stderr, "The invite for %s holds no more.\n", asked->name);
    return EXIT_OK;
}

/* --- Listing --------------------------------------------------------------------------------- */

static void
list_suspension(const struct suspension *suspension)
{
    char since[INSTANT_TEXT];

    instant_write_local(since, suspension->since);
    printf("  suspension since %s, signed by %u", since, (unsigned)suspension->signers);
}

static void
list_agencies(const struct federation *federation)
{
    const struct registry *registry = federation_registry(federation);

    for (size_t i = 0; i < registry_agency_count(registry); i++) {
        const struct agency *agency = registry_agency_at(registry, i);
        const struct suspension *suspension =
            federation_suspension_of(federation, agency->number);

        printf("%u  %s", (unsigned)agency->number, agency->name);
        if (agency->transport_count == 0)
            printf("  has left");
        if (suspension != NULL)
            list_suspension(suspension);
        putchar('\n');
    }
}

static void
list_invite(const struct open_invite *invite, struct instant now)
{
    struct join_request request;
    char words[SIX_WORDS_MAX], until[INSTANT_TEXT];
    struct why why = { "" };

    instant_write_local(until, invite->expires);
    printf("%u  %s  ", (unsigned)invite->number, invite->agency);
    if (invite->request.len > 0
        && invite_fits(&request, invite, bytes_of(invite->request.data, invite->request.len),
                       &why)
               == ERR_OK) {
        join_words(words, &request);
        printf("waits to be admitted: %s\n", words);
    } else if (invite->request.len > 0) {
        printf("has a request that does not hold: %s\n", why.text);
    } else if (instant_is_before(now, invite->expires)) {
        printf("invited, until %s\n", until);
    } else {
        printf("was invited, until %s, and has not joined\n", until);
    }
}

static int
list_command(const struct asked *asked)
{
    char broker[FILE_PATH_MAX], folder[FILE_PATH_MAX];
    struct federation *federation = NULL;
    struct why why = { "" }, odd = { "" };
    struct invites invites;

    if (path_in(folder, asked->folder, "federation", &why)
        || federation_load(&federation, folder, NULL, 0, 0, &why))
        return complain(EXIT_FAILED, "%s", why.text);
    list_agencies(federation);
    federation_free(&federation);
    if (path_in(broker, asked->folder, "broker", &why)
        || path_in(folder, broker, "invites", &why)
        || invites_read(&invites, folder, &odd, &why))
        return complain(EXIT_FAILED, "%s", why.text);
    for (size_t i = 0; i < invites.count; i++)
        list_invite(&invites.list[i], asked->now);
    invites_clear(&invites);
    return odd.text[0] == 0 ? EXIT_OK : complain(EXIT_FAILED, "%s", odd.text);
}

/* --- Which ----------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int (*run)(const struct asked *asked);
} actions[] = {
    { "invite", invite_command },
    { "admit", admit_command },
    { "list", list_command },
    { "withdraw", withdraw_command },
};

bool
is_joining_action(const char *action)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (strcmp(action, actions[i].name) == 0)
            return true;
    return false;
}

int
agency_join_command(int argc, char **argv)
{
    struct asked asked = { .hours = HOURS, .now = wall_clock() };
    int status = read_options(&asked, argc, argv);

    for (size_t i = 0; status < 0 && i < sizeof(actions) / sizeof(actions[0]); i++)
        if (strcmp(asked.action, actions[i].name) == 0)
            status = actions[i].run(&asked);
    return status < 0 ? usage(stderr) : status;
}
