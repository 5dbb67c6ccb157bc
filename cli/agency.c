#include "cli/agency.h"

#include <getopt.h>
#include <string.h>

#include "agreement/agreement.h"
#include "agreement/suspended.h"
#include "cli/agency_join.h"
#include "cli/agency_rotate.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "core/file.h"
#include "core/lines.h"
#include "core/text.h"
#include "federation/directory.h"
#include "federation/make.h"

struct asked {
    const char *action, *name, *folder, *offline_file, *agency_file;
    unsigned signer; /* 0: any */
    bool demo;
};

static int
usage(FILE *out)
{
    fputs(
        "usage: kith agency add NAME --dir FOLDER [--demo]\n"
        "                   [--passphrase-file FILE] [--agency-passphrase-file FILE]\n"
        "       kith agency renew NAME --dir FOLDER [--demo] [--agency-passphrase-file FILE]\n"
        "       kith agency suspend NAME --dir FOLDER [--signer N] [--demo]\n"
        "                   [--passphrase-file FILE]\n"
        "       kith agency rotate LINE: see `kith agency rotate --help`\n"
        "       kith agency lift NAME --dir FOLDER [--demo] [--passphrase-file FILE]\n"
        "       kith agency invite|admit|list|withdraw: see `kith agency invite --help`\n"
        "\n"
        "add      gives an agency a number, keys and a configuration in FOLDER/agencies/NAME,\n"
        "         and signs the registry that names it: its keys are then where they were "
        "made.\n"
        "         `invite` lets an agency make its keys on its own machine\n"
        "renew    gives it a fresh key to be sealed to, once a week at least\n"
        "suspend  shuts an agency out, for a stolen machine: nothing of it is taken, nothing\n"
        "         given to it, nothing sealed to it.  One registry signer suffices; of an\n"
        "         agency of type mash or social-care two must sign: run it once for each\n"
        "lift     ends that; as many must sign as sign a registry\n"
        "\n"
        "  --dir FOLDER  the federation's folder, made by `kith init`\n"
        "  --signer N    sign with FOLDER/offline/registry-N.key (else the first there)\n"
        "  --passphrase-file FILE         of the signers' keys in FOLDER/offline\n"
        "  --agency-passphrase-file FILE  of the agency's own keys\n"
        "  --demo        keys without a passphrase, for demonstrations only\n",
        out);
    return out == stdout ? EXIT_OK : EXIT_USAGE;
}

static bool
read_signer(unsigned *signer, const char *text)
{
    uint64_t number;

    if (!word_number(&number, bytes_of_text(text), SIGNERS_MAX) || number == 0)
        return false;
    *signer = (unsigned)number;
    return true;
}

/* -1: go on; else the exit status. */
static int
read_options(struct asked *asked, int argc, char **argv)
{
    static const struct option options[] = {
        { "dir", required_argument, NULL, 'D' },
        { "passphrase-file", required_argument, NULL, 'o' },
        { "agency-passphrase-file", required_argument, NULL, 'a' },
        { "signer", required_argument, NULL, 's' },
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
        case 's':
            if (!read_signer(&asked->signer, optarg))
                return complain(EXIT_USAGE,
                                "agency: --signer is a number from 1 to %d, not '%s'",
                                SIGNERS_MAX, optarg);
            break;
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

void
agency_warn_if_not_in_agreement(const char *dir, const char *name, struct instant now)
{
    struct federation *federation = NULL;
    char folder[FILE_PATH_MAX];

    if (path_in(folder, dir, "federation", NULL)
        || federation_load(&federation, folder, NULL, 0, 0, NULL))
        return;
    if (!agreement_names(federation, name, now))
        fprintf(stderr,
                "The agreement does not name '%s': until a signed version does, it is given\n"
                "nothing, and what it sends reaches MASH and children's social care only.\n",
                name);
    federation_free(&federation);
}

/* --- Adding and renewing --------------------------------------------------------------------- */

static enum err
add(const struct asked *asked, struct instant now, uint32_t *number, struct why *why)
{
    struct offline offline = { .folder = asked->folder };
    struct new_agency agency = { .name = asked->name, .now = now };
    struct passphrase signers, own = { 0 };
    enum err err;

    err = ask_offline(&offline, &signers, asked->demo, asked->offline_file,
                      "of the signers' keys", why);
    if (err == ERR_OK && !asked->demo) {
        err = ask_new_passphrase(&own, asked->agency_file, "of the agency's keys", why);
        agency.passphrase = own.text;
    }
    if (err == ERR_OK)
        err = federation_add_agency(&offline, &agency, number, why);
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
    agency_warn_if_not_in_agreement(asked->folder, asked->name, now);
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

/* --- Shutting out and letting in ------------------------------------------------------------- */

/* How many must sign to suspend it, and its type ("" when the agreement does not name it). */
static unsigned
signers_needed(const struct asked *asked, char type[AGENCY_NAME_MAX + 1], struct instant now)
{
    struct federation *federation = NULL;
    struct agreement *agreement = NULL;
    const struct signed_document *document;
    char folder[FILE_PATH_MAX];
    unsigned needed = 1;
    int place;

    type[0] = 0;
    if (path_in(folder, asked->folder, "federation", NULL)
        || federation_load(&federation, folder, NULL, 0, 0, NULL))
        return needed;
    document = federation_document(federation, DOCUMENT_AGREEMENT);
    if (agreement_read(&agreement, document->text, document->digest, "agreement.policy", now,
                       NULL)
            == ERR_OK
        && (place = policy_agency(agreement->policy, asked->name)) >= 0) {
        needed = suspension_signers_needed(agreement->policy, place);
        snprintf(type, AGENCY_NAME_MAX + 1, "%s", policy_agency_type(agreement->policy, place));
    }
    agreement_free(&agreement);
    federation_free(&federation);
    return needed;
}

static enum err
suspend(const struct asked *asked, struct instant now, struct suspension *result,
        struct why *why)
{
    const struct suspending suspending = { asked->name, asked->signer, now };
    struct offline offline = { .folder = asked->folder };
    struct passphrase signers = { 0 };
    enum err err;

    if ((err = look_for_name(asked, why)))
        return err;
    fprintf(stderr,
            "A suspended agency is shut out: nothing of it is taken, nothing given to it, and\n"
            "nothing sealed to it.  What waits for it will never reach it.\n");
    if (!(err = ask_offline(&offline, &signers, asked->demo, asked->offline_file,
                            "of the signers' keys", why)))
        err = federation_suspend(&offline, &suspending, result, why);
    wipe(&signers, sizeof(signers));
    return err;
}

static int
suspend_command(const struct asked *asked, struct instant now)
{
    char type[AGENCY_NAME_MAX + 1], since[INSTANT_TEXT];
    unsigned needed = signers_needed(asked, type, now);
    struct suspension suspension;
    struct why why = { "" };

    if (suspend(asked, now, &suspension, &why))
        return complain(EXIT_FAILED, "%s", why.text);
    instant_write_local(since, suspension.since);
    if (suspension.signers < needed) {
        fprintf(stderr,
                "%s is NOT suspended yet: an agency of type %s takes %u signers, and %u has\n"
                "signed.  Next: the same command with another signer (--signer N)\n",
                asked->name, type, needed, (unsigned)suspension.signers);
        return EXIT_OK;
    }
    fprintf(stderr,
            "%s is suspended, since %s, signed by %u.\n"
            "Next: put %s/federation/suspensions into the federation folder of the broker,\n"
            "which acts on it within a second and tells every agent\n",
            asked->name, since, (unsigned)suspension.signers, asked->folder);
    return EXIT_OK;
}

static enum err
lift(const struct asked *asked, struct instant now, struct why *why)
{
    struct offline offline = { .folder = asked->folder };
    struct passphrase signers = { 0 };
    enum err err;

    if ((err = look_for_name(asked, why)))
        return err;
    if (!(err = ask_offline(&offline, &signers, asked->demo, asked->offline_file,
                            "of the signers' keys", why)))
        err = federation_lift(&offline, asked->name, now, why);
    wipe(&signers, sizeof(signers));
    return err;
}

static int
lift_command(const struct asked *asked, struct instant now)
{
    struct why why = { "" };

    if (lift(asked, now, &why))
        return complain(EXIT_FAILED, "%s", why.text);
    fprintf(
        stderr,
        "The suspension of %s is lifted.\n"
        "Next: put %s/federation/suspensions into the federation folder of the broker, which\n"
        "tells every agent.  What waited for %s comes without its content: it must ask the\n"
        "senders\n",
        asked->name, asked->folder, asked->name);
    return EXIT_OK;
}

int
agency_command(int argc, char **argv)
{
    struct instant now = wall_clock();
    struct asked asked = { 0 };
    int status;

    if (argc > 1 && strcmp(argv[1], "rotate") == 0)
        return agency_rotate_command(argc - 1, argv + 1);
    if (argc > 1 && is_joining_action(argv[1]))
        return agency_join_command(argc, argv);
    if ((status = read_options(&asked, argc, argv)) >= 0)
        return status;
    if (strcmp(asked.action, "add") == 0)
        return add_command(&asked, now);
    if (strcmp(asked.action, "renew") == 0)
        return renew_command(&asked, now);
    if (strcmp(asked.action, "suspend") == 0)
        return suspend_command(&asked, now);
    if (strcmp(asked.action, "lift") == 0)
        return lift_command(&asked, now);
    return complain(EXIT_USAGE,
                    "agency: 'invite', 'admit', 'list', 'withdraw', 'add', 'renew', 'suspend' "
                    "or 'lift', not '%s'",
                    asked.action);
}
