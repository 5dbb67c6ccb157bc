#include "cli/status.h"

#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "cli/command.h"
#include "cli/plain.h"
#include "cli/shown.h"
#include "core/instant.h"
#include "json/json.h"

static int
usage(FILE *out)
{
    fputs(
        "usage: kith status [--agent SOCKET] [--json]\n"
        "\n"
        "How the local agent is, and what a person should look at.  Exit status 1 when there\n"
        "is something.\n"
        "\n"
        "  --json          the agent's whole answer; status 0 whatever it says\n"
        "  --agent SOCKET  the agent's socket (else $KITH_AGENT, else /run/kith/agent.sock)\n",
        out);
    return out == stdout ? EXIT_OK : EXIT_USAGE;
}

/* "Broker      connected since ...", broken before the screen's edge does it. */
static void
print_line(const char *label, const char *format, ...)
{
    enum { COLUMN = 12, TEXT_MAX = 32 * 1024 };
    struct buffer line;
    char text[4096];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    buffer_init(&line, TEXT_MAX);
    plain_write(
        &line, text,
        (struct layout){ .column = COLUMN, .indent = COLUMN + 2, .width = screen_width() });
    printf("%-*s%s\n", COLUMN, label, buffer_text(&line));
    buffer_clear(&line);
}

static long long
number_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static void
local_time(char text[INSTANT_TEXT], const char *rfc3339)
{
    struct instant instant;

    text[0] = 0;
    if (instant_read(&instant, rfc3339))
        instant_write_local(text, instant);
}

static bool
print_broker(const json_t *status)
{
    const char *broker = text_member(status, "broker");
    bool suspended = json_is_true(json_object_get(status, "suspended"));
    bool well = strcmp(broker, "connected") == 0 && !suspended;
    char since[INSTANT_TEXT];

    local_time(since, text_member(status, "brokerSince"));
    print_line("Broker", "%s since %s", broker, since);
    if (suspended)
        print_line("", "! this agency is suspended: nothing of it is taken and nothing given to"
                       " it until the signers of the registry lift that. Telephone what cannot"
                       " wait, and ask them");
    else if (!well)
        print_line("", "! messages are written down here and go out when it is back");
    return well;
}

static bool
print_agreement(const json_t *status)
{
    const json_t *agreement = json_object_get(status, "agreement");
    const char *standing = text_member(agreement, "standing");
    bool member = json_is_true(json_object_get(status, "inAgreement"));
    bool differs = json_is_true(json_object_get(status, "agreementDiffers"));

    print_line("Agreement", "%s, version %lld, until %s", text_member(agreement, "title"),
               number_of(agreement, "version"), text_member(agreement, "until"));
    if (standing[0] != 0)
        print_line("", "! it %s", standing);
    if (differs)
        print_line("", "! the broker has another agreement in force; ask the administrator");
    if (!member)
        print_line("", "! this agency is not in it: it is told nothing, and what it sends"
                       " reaches MASH and children's social care only");
    return standing[0] == 0 && !differs && member;
}

/* Ours, without which others believe nothing that comes from us. */
static bool
print_signing_key(const json_t *status)
{
    const json_t *key = json_object_get(status, "signingKey");
    const char *standing = text_member(key, "standing");

    if (standing[0] != 0)
        print_line("Signing", "! this agency's signing key %s", standing);
    return standing[0] == 0;
}

/* The key that others seal to; from two days before it ends a person is told. */
static bool
print_key(const json_t *status)
{
    const char *until = text_member(status, "keysUntil");
    const int64_t soon_ms = 2 * DAY_MS;
    struct instant end = { 0 };
    char when[INSTANT_TEXT];

    if (instant_read(&end, until) && end.ms - wall_clock().ms > soon_ms)
        return true;
    local_time(when, until);
    if (until[0] == 0)
        print_line("Key", "! nobody can send to this agency: it has published no key");
    else
        print_line("Key",
                   "! the key that others send to ends, or ended, on %s: renew it, or"
                   " this agency will not be told",
                   when);
    return false;
}

static bool
print_reload(const json_t *status)
{
    const char *why = text_member(status, "notReloaded");

    if (why[0] != 0)
        print_line("Reload", "! the last one changed nothing: %s", why);
    return why[0] == 0;
}

static bool
print_registry(const json_t *status)
{
    bool differs = json_is_true(json_object_get(status, "registryDiffers"));

    if (differs)
        print_line("Registry", "! the broker has another one in force; ask the administrator");
    return !differs;
}

/* Within reach the broker takes a message in a moment. */
static bool
waits_too_long(const json_t *status)
{
    const int64_t long_ms = 2 * 60 * 1000;
    char when[INSTANT_TEXT];
    struct instant since;

    if (strcmp(text_member(status, "broker"), "connected") != 0
        || !instant_read(&since, text_member(status, "waitingSince"))
        || wall_clock().ms - since.ms < long_ms)
        return false;
    instant_write_local(when, since);
    print_line("",
               "! one has waited since %s, and the broker does not take it: telephone what"
               " cannot wait",
               when);
    return true;
}

static bool
print_sent(const json_t *status)
{
    const json_t *sent = json_object_get(status, "sent");
    long long waiting = number_of(sent, "spooled") + number_of(sent, "sealed");
    long long stuck = number_of(sent, "refused") + number_of(sent, "held");
    long long owed = number_of(status, "owed");
    const char *narrowed = text_member(status, "narrowed");

    print_line("Sent", "%lld taken by the broker, %lld waiting to go out",
               number_of(sent, "accepted"), waiting);
    if (stuck > 0)
        print_line("",
                   "! %lld that nobody was told of: see `kith sent held` and"
                   " `kith sent refused`",
                   stuck);
    if (narrowed[0] != 0)
        print_line("", "! only MASH and children's social care are told just now: %s",
                   narrowed);
    if (owed > 0)
        print_line("",
                   "%lld have not gone to everybody whom they concern: see `kith sent"
                   " owed`",
                   owed);
    return stuck == 0 && narrowed[0] == 0 && !waits_too_long(status);
}

static bool
print_inbox(const json_t *status)
{
    const json_t *inbox = json_object_get(status, "inbox");
    long long quarantined = number_of(inbox, "quarantined");

    print_line("Received", "%lld", number_of(inbox, "received"));
    if (quarantined > 0)
        print_line("", "! %lld kept back unread: `kith tail` says why", quarantined);
    return quarantined == 0;
}

static bool
print_alarms(const json_t *status)
{
    const json_t *alarms = json_object_get(status, "alarms"), *alarm;
    size_t i;

    json_array_foreach(alarms, i, alarm)
    {
        long long count = number_of(alarm, "count");
        char when[INSTANT_TEXT], label[32], times[40] = "";

        local_time(when, text_member(alarm, "lastAt"));
        snprintf(label, sizeof(label), "Alarm %lld", number_of(alarm, "number"));
        if (count > 1)
            snprintf(times, sizeof(times), " (%lld times)", count);
        print_line(label, "%s %s%s, last on %s", text_member(alarm, "name"),
                   text_member(alarm, "about"), times, when);
        if (text_member(alarm, "do")[0] != 0)
            print_line("", "%s", text_member(alarm, "do"));
    }
    if (json_array_size(alarms) > 0)
        print_line("", "When that is done: `kith dismiss alarm NUMBER`; more stands in"
                       " doc/operations.md");
    return json_array_size(alarms) == 0;
}

static bool
print_clock(const json_t *status)
{
    long long skew = number_of(status, "clockSkewMs") / 1000;

    if (skew > -60 && skew < 60)
        return true;
    print_line("Clock", "! ours and the broker's differ by %lld seconds: set the clock%s", skew,
               skew > -300 && skew < 300
                   ? ""
                   : "; until then only MASH and children's social care are told");
    return false;
}

/* Asked to join, and not in the registry yet. */
static int
print_waiting(const json_t *status)
{
    const char *agency = text_member(status, "agency");

    print_line("Agency", "%s in %s", agency, text_member(status, "federation"));
    print_line("Broker", "%s", text_member(status, "broker"));
    print_line("",
               "! waiting to be admitted: the administrator runs `kith agency admit %s`"
               " and compares these six words with you",
               agency);
    print_line("Six words", "%s", text_member(status, "sixWords"));
    return EXIT_FAILED;
}

static int
print_status(const json_t *status)
{
    bool well = true;

    if (json_is_true(json_object_get(status, "waitingToBeAdmitted")))
        return print_waiting(status);
    print_line("Agency", "%s (%s) in %s", text_member(status, "agency"),
               text_member(status, "type"), text_member(status, "federation"));
    well &= print_broker(status);
    well &= print_agreement(status);
    well &= print_registry(status);
    well &= print_reload(status);
    well &= print_signing_key(status);
    well &= print_key(status);
    well &= print_sent(status);
    well &= print_inbox(status);
    well &= print_clock(status);
    well &= print_alarms(status);
    if (well)
        puts("All is well.");
    return well ? EXIT_OK : EXIT_FAILED;
}

static int
show(const char *socket, bool as_json)
{
    struct http_response response;
    json_t *status;
    int exit_status =
        agent_call(socket, "GET", "/v1/status", (struct bytes){ 0 }, NULL, &response);

    if (exit_status != EXIT_OK)
        return exit_status;
    if (response.status != 200) {
        exit_status = complain_of_answer("status", &response);
    } else if (as_json) {
        fwrite(response.body.data, 1, response.body.len, stdout);
    } else if (json_read(&status, buffer_bytes(&response.body), NULL) == ERR_OK) {
        exit_status = print_status(status);
        json_decref(status);
    }
    buffer_clear(&response.body);
    return exit_status;
}

int
status_command(int argc, char **argv)
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
            return usage(option == 'h' ? stdout : stderr);
    }
    return optind == argc ? show(socket, as_json) : usage(stderr);
}
