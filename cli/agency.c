#include "cli/agency.h"

#include <getopt.h>
#include <string.h>
#include <time.h>

#include "agreement/agreement.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "core/file.h"
#include "core/text.h"
#include "federation/directory.h"
#include "federation/make.h"

struct asked {
    const char *action, *name, *folder, *offline_file, *agency_file;
    bool demo;
};

static int
usage(FILE *out)
{
    fputs(
        "usage: kith agency add NAME --dir FOLDER [--demo]\n"
        "                   [--passphrase-file FILE] [--agency-passphrase-file FILE]\n"
        "       kith agency renew NAME --dir FOLDER [--demo] [--agency-passphrase-file FILE]\n"
        "\n"
        "add    gives an agency a number, keys and a configuration in FOLDER/agencies/NAME,\n"
        "       and signs the registry that names it\n"
        "renew  gives it a fresh key to be sealed to, once a week at least\n"
        "\n"
        "  --dir FOLDER  the federation's folder, made by `kith init`\n"
        "  --passphrase-file FILE         of the signers' keys in FOLDER/offline\n"
        "  --agency-passphrase-file FILE  of the agency's own keys\n"
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
        { "passphrase-file", required_argument, NULL, 'o' },
        { "agency-passphrase-file", required_argument, NULL, 'a' },
        { "demo", no_argument, NULL, 'd' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'D': asked->folder = optarg; break;
        case 'o': asked->offline_file = optarg; break;
        case 'a': asked->agency_file = optarg; break;
        case 'd': asked->demo = true; break;
        default: return usage(option == 'h' ? stdout : stderr);
        }
    }
    if (optind + 2 == argc && asked->folder == NULL)
        complain(EXIT_USAGE, "agency: --dir FOLDER is missing");
    if (optind + 2 != argc || asked->folder == NULL)
        return usage(stderr);
    asked->action = argv[optind];
    asked->name = argv[optind + 1];
    return -1;
}

/* --- A word of warning --------------------------------------------------------------------- */

static bool
agreement_names(const struct federation *federation, const char *name, struct instant now)
{
    const struct signed_document *document =
        federation_document(federation, DOCUMENT_AGREEMENT);
    struct agreement *agreement = NULL;
    bool named = false;

    if (agreement_read(&agreement, document->text, document->digest, "agreement.policy", now,
                       NULL)
        == ERR_OK)
        named = policy_agency(agreement->policy, name) >= 0;
    agreement_free(&agreement);
    return named;
}

static void
warn_if_not_in_agreement(const struct asked *asked, struct instant now)
{
    struct federation *federation = NULL;
    char folder[FILE_PATH_MAX];

    if (path_in(folder, asked->folder, "federation", NULL)
        || federation_load(&federation, folder, NULL, 0, 0, NULL))
        return;
    if (!agreement_names(federation, asked->name, now))
        fprintf(stderr,
                "The agreement does not name '%s': until a signed version does, it is given\n"
                "nothing, and what it sends reaches MASH and children's social care only.\n",
                asked->name);
    federation_free(&federation);
}

/* --- Adding and renewing --------------------------------------------------------------------- */

static enum err
add(const struct asked *asked, struct instant now, uint32_t *number, struct why *why)
{
    struct offline offline = { .folder = asked->folder };
    struct new_agency agency = { .name = asked->name, .now = now };
    struct passphrase signers, own;
    enum err err;

    if (asked->demo)
        return federation_add_agency(&offline, &agency, number, why);
    if ((err = ask_passphrase(&signers, asked->offline_file, "of the signers' keys", why)))
        return err;
    if (!(err = ask_new_passphrase(&own, asked->agency_file, "of the agency's keys", why))) {
        offline.passphrase = signers.text;
        agency.passphrase = own.text;
        err = federation_add_agency(&offline, &agency, number, why);
    }
    wipe(&signers, sizeof(signers));
    wipe(&own, sizeof(own));
    return err;
}

static int
add_command(const struct asked *asked, struct instant now)
{
    struct why why = { "" };
    uint32_t number = 0;

    if (add(asked, now, &number, &why))
        return complain(EXIT_FAILED, "%s", why.text);
    printf("%u\n", (unsigned)number);
    warn_if_not_in_agreement(asked, now);
    fprintf(stderr,
            "%s is agency %u.  Next: kith-agent %s/agencies/%s/agent.conf\n"
            "(and SIGHUP to a broker and agents that are running)\n",
            asked->name, (unsigned)number, asked->folder, asked->name);
    return EXIT_OK;
}

static const char *
agency_at(const void *list, size_t i)
{
    const struct registry *registry = list;

    return i < registry_agency_count(registry) ? registry_agency_at(registry, i)->name : NULL;
}

/* Said before a passphrase is asked for.  What else is wrong with the folder is not ours to
   say here. */
static enum err
look_for_name(const struct asked *asked, struct why *why)
{
    struct federation *federation = NULL;
    char folder[FILE_PATH_MAX];
    const struct registry *registry;
    const char *meant;
    enum err err = ERR_OK;

    if (path_in(folder, asked->folder, "federation", NULL)
        || federation_load(&federation, folder, NULL, 0, 0, NULL))
        return ERR_OK;
    registry = federation_registry(federation);
    if (registry_agency_named(registry, asked->name) == NULL) {
        meant = text_nearest(asked->name, agency_at, registry);
        err = because(why, ERR_NOT_FOUND, "the registry names no agency '%s'%s%s%s",
                      asked->name, meant == NULL ? "" : "; did you mean '",
                      meant == NULL ? "" : meant, meant == NULL ? "" : "'?");
    }
    federation_free(&federation);
    return err;
}

static enum err
renew(const struct asked *asked, struct instant now, struct why *why)
{
    struct new_agency agency = { .name = asked->name, .now = now };
    struct passphrase own;
    enum err err;

    if ((err = look_for_name(asked, why)))
        return err;
    if (asked->demo)
        return federation_renew_intake(asked->folder, &agency, why);
    if ((err = ask_passphrase(&own, asked->agency_file, "of the agency's keys", why)))
        return err;
    agency.passphrase = own.text;
    err = federation_renew_intake(asked->folder, &agency, why);
    wipe(&own, sizeof(own));
    return err;
}

static int
renew_command(const struct asked *asked, struct instant now)
{
    struct why why = { "" };

    if (renew(asked, now, &why))
        return complain(EXIT_FAILED, "%s", why.text);
    fprintf(
        stderr,
        "%s has a fresh key.  Next: restart its agent, which reads keys only when it starts;\n"
        "then SIGHUP to the broker and to every other agent\n",
        asked->name);
    return EXIT_OK;
}

int
agency_command(int argc, char **argv)
{
    struct instant now = { (int64_t)time(NULL) * 1000 };
    struct asked asked = { 0 };
    int status = read_options(&asked, argc, argv);

    if (status >= 0)
        return status;
    if (strcmp(asked.action, "add") == 0)
        return add_command(&asked, now);
    if (strcmp(asked.action, "renew") == 0)
        return renew_command(&asked, now);
    return complain(EXIT_USAGE, "agency: 'add' or 'renew', not '%s'", asked.action);
}
