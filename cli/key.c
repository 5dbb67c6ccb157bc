#include "cli/key.h"

#include <getopt.h>
#include <string.h>

#include "agent/config.h"
#include "agreement/in_force.h"
#include "cli/command.h"
#include "core/file.h"
#include "federation/rotation.h"

struct asked {
    const char *action, *configuration;
};

/* What agent.conf leads to. */
struct holding {
    struct config config;
    struct federation *federation;
    struct node_keys *keys;
    const struct agency *agency;
    struct instant now;
};

static int
usage(FILE *out)
{
    fputs(
        "usage: kith key list AGENT.CONF\n"
        "       kith key rotate AGENT.CONF\n"
        "\n"
        "On the agency's own machine, as the user that its agent runs as:\n"
        "\n"
        "list    the agency's keys, until when they are valid, and what is to be done\n"
        "rotate  once a year: makes the next signing and transport keys here, and prints the\n"
        "        one line that the registry signers need (`kith agency rotate`).  Nothing in\n"
        "        it is secret.  Said again, it prints the same line.\n"
        "\n"
        "The keys that others seal to are renewed by the agent itself.\n",
        out);
    return out == stdout ? EXIT_OK : EXIT_USAGE;
}

static int
read_options(struct asked *asked, int argc, char **argv)
{
    static const struct option options[] = {
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int option = getopt_long(argc, argv, "", options, NULL);

    if (option != -1)
        return usage(option == 'h' ? stdout : stderr);
    if (optind + 2 != argc)
        return usage(stderr);
    asked->action = argv[optind];
    asked->configuration = argv[optind + 1];
    return -1;
}

/* --- What is there ----------------------------------------------------------------------------- */

static enum err
take_hold(struct holding *holding, const char *configuration, struct why *why)
{
    const struct config *config = &holding->config;
    char fetched[FILE_PATH_MAX];
    enum err err;

    if ((err = conf_load(&holding->config, agent_settings, configuration, why))
        || (err = in_force_fetched(fetched, config->archive, why))
        || (err = federation_load_fetched(&holding->federation, config->federation, fetched,
                                          NULL, 0, 0, why))
        || (err = node_keys_open(&holding->keys, config->keys, NODE_AGENCY,
                                 config->passphrase_file, config->demo, why)))
        return err;
    holding->agency =
        registry_agency_named(federation_registry(holding->federation), config->agency);
    if (holding->agency == NULL)
        return because(why, ERR_NOT_FOUND, "the registry names no agency '%s'", config->agency);
    return ERR_OK;
}

static void
let_go(struct holding *holding)
{
    node_keys_free(&holding->keys);
    federation_free(&holding->federation);
    conf_clear(&holding->config, agent_settings);
}

/* --- list -------------------------------------------------------------------------------------- */

enum { WARN_DAYS = 30 };

/* Half a sentence about its last day, as of today. */
static const char *
standing_of(struct day last, struct day today)
{
    if (today.number > last.number)
        return "has ended";
    return last.number - today.number < WARN_DAYS ? "ends soon" : "valid";
}

static void
list_signing(const struct holding *holding, const struct signing_key *key)
{
    const struct numbered_secret *ours = node_keys_signing(holding->keys, key->number);
    bool is_here = ours != NULL && memcmp(&ours->public, &key->key, sizeof(key->key)) == 0;
    struct day today = instant_day(holding->now);
    char first[DAY_TEXT], last[DAY_TEXT];

    day_write(first, key->first);
    day_write(last, key->last);
    printf("signing %-4u  %s to %s  %s%s\n", (unsigned)key->number, first, last,
           today.number < key->first.number ? "not valid yet" : standing_of(key->last, today),
           is_here ? "" : ", not on this machine");
}

static const char *
whose_transport(const struct holding *holding, const uint8_t key[32])
{
    const struct node_keys *keys = holding->keys;

    if (memcmp(key, keys->transport_public.bytes, 32) == 0)
        return "";
    if (keys->has_next_transport && memcmp(key, keys->next_transport_public.bytes, 32) == 0)
        return ", the agent is about to go over to it";
    return ", not on this machine any more";
}

static void
list_transport(const struct holding *holding, const struct transport_key *transport)
{
    char last[DAY_TEXT] = "no end    ";

    if (transport->last.number != DAY_NEVER)
        day_write(last, transport->last);
    printf("transport     until      %s  %s%s\n", last,
           standing_of(transport->last, instant_day(holding->now)),
           whose_transport(holding, transport->key));
}

static void
list_intake(const struct holding *holding)
{
    int64_t until_ms = federation_intake_until(holding->federation, holding->agency->number);
    char last[DAY_TEXT];

    if (until_ms == 0) {
        puts("to seal to    none is published: the agent makes one when it runs");
        return;
    }
    day_write(last, instant_day((struct instant){ until_ms }));
    printf("to seal to    until      %s  %s, renewed by the agent\n", last,
           until_ms < holding->now.ms ? "has ended" : "valid");
}

static bool
waits_for_registry(const struct holding *holding)
{
    return holding->keys->has_next_transport
           && registry_agency_by_transport(federation_registry(holding->federation),
                                           holding->keys->next_transport_public.bytes,
                                           instant_day(holding->now))
                  == NULL;
}

static bool
signing_ends_soon(const struct holding *holding)
{
    const struct agency *agency = holding->agency;
    int32_t today = instant_day(holding->now).number;

    for (size_t i = 0; i < agency->signing_count; i++)
        if (agency->signing[i].last.number - today >= WARN_DAYS)
            return false;
    return true;
}

static int
list_keys(const struct holding *holding)
{
    for (size_t i = 0; i < holding->agency->signing_count; i++)
        list_signing(holding, &holding->agency->signing[i]);
    for (size_t i = 0; i < holding->agency->transport_count; i++)
        list_transport(holding, &holding->agency->transport[i]);
    list_intake(holding);
    if (waits_for_registry(holding))
        fputs("The next keys are made and wait for the registry signers: `kith key rotate`\n"
              "prints the line for them again.\n",
              stderr);
    else if (signing_ends_soon(holding))
        fputs("It is time for the next signing and transport keys: `kith key rotate`.\n",
              stderr);
    return EXIT_OK;
}

/* --- rotate ------------------------------------------------------------------------------------ */

static int
rotate_keys(const struct holding *holding)
{
    const struct rotating rotating = {
        .folder = holding->config.keys,
        .agency = holding->config.agency,
        .keys = holding->keys,
        .now = holding->now,
    };
    struct rotation rotation;
    struct why why = { "" };
    struct buffer line;

    if (rotation_begin(&rotation, holding->federation, &rotating, &why))
        return complain(EXIT_FAILED, "%s", why.text);
    buffer_init(&line, ROTATION_MAX);
    rotation_write(&line, &rotation);
    puts(buffer_text(&line));
    buffer_clear(&line);
    fputs("The keys are here.  Next: a registry signer says `kith agency rotate`, with this\n"
          "line.  The agent goes over to them by itself when the registry names them.\n",
          stderr);
    return EXIT_OK;
}

int
key_command(int argc, char **argv)
{
    struct holding holding = { .now = wall_clock() };
    struct asked asked = { 0 };
    struct why why = { "" };
    int (*act)(const struct holding *holding) = NULL;
    int status = read_options(&asked, argc, argv);

    if (status >= 0)
        return status;
    if (strcmp(asked.action, "list") == 0)
        act = list_keys;
    if (strcmp(asked.action, "rotate") == 0)
        act = rotate_keys;
    if (act == NULL)
        return complain(EXIT_USAGE, "key: 'list' or 'rotate', not '%s'", asked.action);
    if (take_hold(&holding, asked.configuration, &why))
        status = complain(EXIT_FAILED, "%s", why.text);
    else
        status = act(&holding);
    let_go(&holding);
    return status;
}
