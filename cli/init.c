#include "cli/init.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "agreement/agreement.h"
#include "agreement/standing.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "core/file.h"
#include "core/mem.h"
#include "federation/directory.h"
#include "federation/make.h"

struct asked {
    const char *folder, *federation, *policy, *offline_file, *broker_file;
    bool demo;
};

static int
usage(FILE *out)
{
    fputs("usage: kith init FOLDER --policy FILE [--federation NAME] [--demo]\n"
          "                 [--passphrase-file FILE] [--broker-passphrase-file FILE]\n"
          "\n"
          "Lays down a new federation in FOLDER, which must not be there or be empty: three\n"
          "signers of the registry and three of the agreement, of whom two must sign; the\n"
          "broker and its keys; the agreement, signed.\n"
          "\n"
          "  --policy FILE      the sharing agreement (see `kith policy check`)\n"
          "  --federation NAME  its name, a-z, 0-9 and hyphens (else the folder's)\n"
          "  --passphrase-file FILE         of the signers' keys in FOLDER/offline\n"
          "  --broker-passphrase-file FILE  of the broker's keys\n"
          "  --demo             keys without a passphrase, for demonstrations only\n",
          out);
    return out == stdout ? EXIT_OK : EXIT_USAGE;
}

/* -1: go on; else the exit status. */
static int
read_options(struct asked *asked, int argc, char **argv)
{
    static const struct option options[] = {
        { "federation", required_argument, NULL, 'f' },
        { "policy", required_argument, NULL, 'p' },
        { "passphrase-file", required_argument, NULL, 'o' },
        { "broker-passphrase-file", required_argument, NULL, 'b' },
        { "demo", no_argument, NULL, 'd' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'f': asked->federation = optarg; break;
        case 'p': asked->policy = optarg; break;
        case 'o': asked->offline_file = optarg; break;
        case 'b': asked->broker_file = optarg; break;
        case 'd': asked->demo = true; break;
        default: return usage(option == 'h' ? stdout : stderr);
        }
    }
    if (optind + 1 == argc && asked->policy == NULL)
        complain(EXIT_USAGE, "init: --policy FILE is missing");
    if (optind + 1 != argc || asked->policy == NULL)
        return usage(stderr);
    asked->folder = argv[optind];
    return -1;
}

/* The last part of a path; the caller's, to be freed. */
static char *
last_part(const char *path)
{
    size_t len = strlen(path), start;

    while (len > 0 && path[len - 1] == '/')
        len--;
    for (start = len; start > 0 && path[start - 1] != '/'; start--)
        ;
    return mem_copy(path + start, len - start);
}

/* Nobody signs an agreement that does not hold together. */
static enum err
check_agreement(uint32_t *version, struct bytes text, const char *file, struct instant now,
                struct why *why)
{
    struct agreement *agreement = NULL;
    uint8_t digest[DIGEST];
    char words[STANDING_TEXT];
    enum err err;

    document_digest(digest, DOCUMENT_AGREEMENT, text);
    err = agreement_read(&agreement, text, digest, file, now, why);
    if (err)
        return err;
    *version = policy_version(agreement->policy);
    if (agreement_standing(words, agreement->policy, instant_day(now)))
        fprintf(stderr, "%s: the agreement %s\n", file, words);
    agreement_free(&agreement);
    return ERR_OK;
}

static enum err
make_with_passphrases(struct make_options *options, const struct asked *asked, struct why *why)
{
    struct passphrase offline, broker;
    enum err err;

    if (asked->demo)
        return federation_make(options, why);
    if ((err = ask_new_passphrase(&offline, asked->offline_file, "of the signers' keys", why)))
        return err;
    if (!(err = ask_new_passphrase(&broker, asked->broker_file, "of the broker's keys", why))) {
        options->offline_passphrase = offline.text;
        options->broker_passphrase = broker.text;
        err = federation_make(options, why);
    }
    wipe(&offline, sizeof(offline));
    wipe(&broker, sizeof(broker));
    return err;
}

static enum err
init(const struct asked *asked, const char *federation, struct why *why)
{
    struct make_options options = {
        .folder = asked->folder,
        .federation = federation,
        .now = wall_clock(),
    };
    struct buffer policy;
    enum err err;

    buffer_init(&policy, AGREEMENT_MAX);
    if (!(err = file_read(&policy, asked->policy, why))
        && !(err = check_agreement(&options.agreement_version, buffer_bytes(&policy),
                                   asked->policy, options.now, why))) {
        options.agreement = buffer_bytes(&policy);
        err = make_with_passphrases(&options, asked, why);
    }
    buffer_clear(&policy);
    return err;
}

int
init_command(int argc, char **argv)
{
    struct asked asked = { 0 };
    int status = read_options(&asked, argc, argv);
    struct why why = { "" };
    char *federation;
    enum err err;

    if (status >= 0)
        return status;
    federation =
        asked.federation == NULL ? last_part(asked.folder) : mem_text(asked.federation);
    err = init(&asked, federation, &why);
    if (err == ERR_OK)
        fprintf(stderr,
                "The federation '%s' lies in %s.  %s/offline belongs off this machine, with\n"
                "the signers.  Next: kith-broker %s/broker/broker.conf\n"
                "and for each agency: kith agency invite NAME --dir %s\n",
                federation, asked.folder, asked.folder, asked.folder, asked.folder);
    free(federation);
    return err == ERR_OK ? EXIT_OK : complain(EXIT_FAILED, "%s", why.text);
}
