#include "cli/grant.h"

#include <getopt.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/command.h"
#include "core/file.h"
#include "federation/directory.h"
#include "federation/make.h"

enum { HANDLE_DIGITS = 2 * HANDLE };

struct asked {
    const char *folder, *offline_file, *action;
    const char *publisher, *recipient, *handle;
    bool demo;
};

static int
usage(FILE *out)
{
    fputs("usage: kith grant list --dir FOLDER\n"
          "       kith grant revoke PUBLISHER RECIPIENT [HANDLE] --dir FOLDER [--demo]\n"
          "                   [--passphrase-file FILE]\n"
          "\n"
          "A grant is the index's word that a record of one agency is about a child for whom\n"
          "another is responsible: the one is then told what the other publishes about it.\n"
          "\n"
          "list    the grants: publisher, handle, recipient, on what basis, until when\n"
          "revoke  ends those on that record of the publisher (without HANDLE: on all of its\n"
          "        records) to that recipient.  Signed with the index's key.  What the "
          "recipient\n"
          "        has not collected yet reaches it without its content\n"
          "\n"
          "  --dir FOLDER  the federation's folder, made by `kith init`\n"
          "  --passphrase-file FILE  of the keys in FOLDER/offline\n"
          "  --demo        keys without a passphrase, for demonstrations only\n",
          out);
    return out == stdout ? EXIT_OK : EXIT_USAGE;
}

/* -1: go on; else the exit status. */
static int
read_arguments(struct asked *asked, int count, char **arguments)
{
    bool is_list = count == 1 && strcmp(arguments[0], "list") == 0;
    bool is_revoke = (count == 3 || count == 4) && strcmp(arguments[0], "revoke") == 0;

    if (!is_list && !is_revoke)
        return usage(stderr);
    if (asked->folder == NULL)
        return complain(EXIT_USAGE, "grant: --dir FOLDER is missing");
    asked->action = arguments[0];
    asked->publisher = count > 1 ? arguments[1] : NULL;
    asked->recipient = count > 2 ? arguments[2] : NULL;
    asked->handle = count > 3 ? arguments[3] : NULL;
    return -1;
}

static int
read_options(struct asked *asked, int argc, char **argv)
{
    static const struct option options[] = {
        { "dir", required_argument, NULL, 'D' },
        { "passphrase-file", required_argument, NULL, 'o' },
        { "demo", no_argument, NULL, 'd' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'D': asked->folder = optarg; break;
        case 'o': asked->offline_file = optarg; break;
        case 'd': asked->demo = true; break;
        default: return usage(option == 'h' ? stdout : stderr);
        }
    }
    return read_arguments(asked, argc - optind, argv + optind);
}

static enum err
load(struct federation **federation, const struct asked *asked, struct why *why)
{
    char folder[FILE_PATH_MAX];
    enum err err;

    if ((err = path_in(folder, asked->folder, "federation", why)))
        return err;
    return federation_load(federation, folder, NULL, 0, 0, why);
}

/* --- list -------------------------------------------------------------------------------------- */

static const char *
name_of(const struct registry *registry, uint32_t number)
{
    const struct agency *agency = registry_agency(registry, number);

    return agency == NULL ? "-" : agency->name;
}

struct listing {
    const struct federation *federation;
    struct instant now;
};

static const char *
standing_of(const struct listing *listing, const struct grant *grant)
{
    if (grant->basis == BASIS_REVOKED)
        return "a revocation";
    if (grant_table_revoked(federation_grants(listing->federation), grant))
        return "revoked";
    if (grant->recipient == 0)
        return "the index knows the record";
    return grant_is_live(grant, listing->now) ? "live" : "not live";
}

static bool
print_grant(void *context, const struct held_grant *held)
{
    static const char *const bases[] = { "",           "enrolment",     "gp-register",
                                         "allocation", "open-referral", "other",
                                         "-" };
    const struct listing *listing = context;
    const struct registry *registry = federation_registry(listing->federation);
    const struct grant *grant = &held->grant;
    char handle[HANDLE_DIGITS + 1], last[DAY_TEXT];

    hex_write(handle, grant->handle, HANDLE);
    day_write(last, (struct day){ (int32_t)grant->to_day });
    printf("%s  %s  %s  %s  until %s  %s\n", name_of(registry, grant->publisher), handle,
           name_of(registry, grant->recipient), bases[grant->basis], last,
           standing_of(listing, grant));
    return true;
}

static int
list_grants(const struct asked *asked, struct instant now)
{
    struct listing listing = { .now = now };
    struct federation *federation = NULL;
    const struct registry *registry;
    struct why why = { "" };

    if (load(&federation, asked, &why))
        return complain(EXIT_FAILED, "%s", why.text);
    listing.federation = federation;
    registry = federation_registry(federation);
    for (size_t i = 0; i < registry_agency_count(registry); i++)
        grant_table_of_publisher(federation_grants(federation),
                                 registry_agency_at(registry, i)->number, print_grant,
                                 &listing);
    federation_free(&federation);
    return EXIT_OK;
}

/* --- revoke ------------------------------------------------------------------------------------ */

static enum err
find_agency(uint32_t *number, const struct registry *registry, const char *name,
            struct why *why)
{
    const struct agency *agency = registry_agency_named(registry, name);

    if (agency == NULL)
        return because(why, ERR_NOT_FOUND, "the registry names no agency '%s'", name);
    *number = agency->number;
    return ERR_OK;
}

static bool
counts(void *context, const struct held_grant *held)
{
    (void)held;
    ++*(size_t *)context;
    return true;
}

/* A mistyped handle must not look as if something had been ended. */
static enum err
check_handle(const struct grant *revocation, const struct federation *federation,
             struct why *why)
{
    size_t count = 0;

    grant_table_each(federation_grants(federation), revocation->publisher, revocation->handle,
                     counts, &count);
    return count > 0 ? ERR_OK
                     : because(why, ERR_NOT_FOUND, "no grant is on that record of that agency");
}

static enum err
fill(struct grant *revocation, const struct asked *asked, struct instant now, struct why *why)
{
    struct federation *federation = NULL;
    const struct registry *registry;
    enum err err;

    if ((err = load(&federation, asked, why)))
        return err;
    registry = federation_registry(federation);
    *revocation = (struct grant){
        .basis = BASIS_REVOKED,
        .from_ms = (uint64_t)now.ms,
        .to_day = (uint32_t)instant_day(now).number,
    };
    random_fill(revocation->id, sizeof(revocation->id));
    if (!(err = find_agency(&revocation->publisher, registry, asked->publisher, why))
        && !(err = find_agency(&revocation->recipient, registry, asked->recipient, why))
        && asked->handle != NULL)
        err = hex_read(revocation->handle, HANDLE, asked->handle)
                  ? check_handle(revocation, federation, why)
                  : because(why, ERR_MALFORMED, "'%.40s': a handle is %d hexadecimal digits",
                            asked->handle, HANDLE_DIGITS);
    federation_free(&federation);
    return err;
}

static enum err
revoke(const struct asked *asked, struct instant now, struct why *why)
{
    struct offline offline = { .folder = asked->folder };
    struct passphrase index;
    struct grant revocation;
    enum err err;

    if ((err = fill(&revocation, asked, now, why)))
        return err;
    err = ask_offline(&offline, &index, asked->demo, asked->offline_file, "of the offline keys",
                      why);
    if (err == ERR_OK)
        err = federation_sign_grants(&offline, &revocation, 1, now, why);
    wipe(&index, sizeof(index));
    return err;
}

static int
revoke_grants(const struct asked *asked, struct instant now)
{
    struct why why = { "" };

    if (revoke(asked, now, &why))
        return complain(EXIT_FAILED, "%s", why.text);
    fprintf(stderr,
            "Revoked.  Next: put %s/federation/grants into the broker's place and SIGHUP it:\n"
            "from then on %s is given nothing more under these grants\n",
            asked->folder, asked->recipient);
    return EXIT_OK;
}

int
grant_command(int argc, char **argv)
{
    struct instant now = wall_clock();
    struct asked asked = { 0 };
    int status = read_options(&asked, argc, argv);

    if (status >= 0)
        return status;
    return strcmp(asked.action, "list") == 0 ? list_grants(&asked, now)
                                             : revoke_grants(&asked, now);
}
