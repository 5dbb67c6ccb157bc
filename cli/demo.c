#include "cli/demo.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/demo_lay_down.h"
#include "cli/demo_processes.h"
#include "cli/demo_scenario.h"
#include "cli/demo_search.h"
#include "cli/demo_show.h"
#include "core/file.h"
#include "core/mem.h"
#include "policy/policy.h"

enum { READY_MS = 10 * 1000, DELIVER_MS = 10 * 1000 };

struct demo {
    char folder[200]; /* short: Unix sockets have short names */
    char shared[512]; /* where scenario.json is */
    bool once, temporary;
    FILE *report;
    struct scenario *scenario;
    struct process broker;
    struct process agents[SCENARIO_MAX];
    json_t *inboxes[SCENARIO_MAX];
    size_t expectations, failures;
};

static volatile sig_atomic_t stopped;

static void
on_stop(int signal)
{
    (void)signal;
    stopped = 1;
}

/* On the terminal, and in the report. */
static void
say(struct demo *demo, const char *text)
{
    fputs(text, stdout);
    fflush(stdout);
    if (demo->report != NULL)
        fputs(text, demo->report);
}

static void expect(struct demo *demo, bool held, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
expect(struct demo *demo, bool held, const char *format, ...)
{
    char words[400], line[500];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    demo->expectations++;
    demo->failures += !held;
    snprintf(line, sizeof(line), "  %s  %s\n", held ? "yes" : "NO ", words);
    say(demo, line);
}

static struct instant
wall_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (struct instant){ (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 };
}

/* --- Laying down and starting -------------------------------------------------------------------- */

static enum err
make_folder(struct demo *demo, const char *asked, struct why *why)
{
    char template[] = "/tmp/kith-demo-XXXXXX";

    if (asked != NULL) {
        if (strlen(asked) >= sizeof(demo->folder))
            return because(why, ERR_TOO_BIG,
                           "%s: the path is too long for Unix sockets below it", asked);
        snprintf(demo->folder, sizeof(demo->folder), "%s", asked);
        return folder_make(demo->folder, 0700, why);
    }
    if (mkdtemp(template) == NULL)
        return because(why, ERR_IO, "/tmp: no folder can be made there");
    snprintf(demo->folder, sizeof(demo->folder), "%s", template);
    demo->temporary = true;
    return ERR_OK;
}

static enum err
lay_down(struct demo *demo, struct why *why)
{
    char policy_path[512];
    struct buffer agreement;
    enum err err;

    if ((err = find_shared(demo->shared, "demo", why)))
        return err;
    if ((err = find_shared(policy_path, "policy/jersey.policy", why)))
        return err;
    if ((err = scenario_read(&demo->scenario, demo->shared, why)))
        return err;
    buffer_init(&agreement, POLICY_TEXT_MAX);
    if ((err = file_read(&agreement, policy_path, why)) == ERR_OK)
        err = demo_lay_down(demo->scenario, demo->folder, buffer_bytes(&agreement),
                            wall_clock(), why);
    buffer_clear(&agreement);
    return err;
}

static bool
broker_is_ready(const void *context)
{
    const struct demo *demo = context;
    char path[FILE_PATH_MAX];

    snprintf(path, sizeof(path), "%s/broker/endpoint", demo->folder);
    return file_exists(path);
}

static enum err
start_broker(struct demo *demo, struct why *why)
{
    char configuration[FILE_PATH_MAX], log[FILE_PATH_MAX], program[512];
    enum err err;

    if ((err = find_program(program, "kith-broker", why)))
        return err;
    snprintf(configuration, sizeof(configuration), "%s/broker/broker.conf", demo->folder);
    snprintf(log, sizeof(log), "%s/broker/broker.log", demo->folder);
    err = process_start(&demo->broker, "the broker", program, configuration, log, why);
    return err ? err : process_await(&demo->broker, broker_is_ready, demo, READY_MS, why);
}

static void
socket_of(char path[FILE_PATH_MAX], const struct demo *demo, const char *agency)
{
    snprintf(path, FILE_PATH_MAX, "%s/agencies/%s/agent.sock", demo->folder, agency);
}

static int
call(const struct demo *demo, const char *agency, const char *method, const char *path,
     struct bytes body, const char *key, struct http_response *response)
{
    char socket[FILE_PATH_MAX];
    const struct http_call http = {
        .socket_path = socket,
        .method = method,
        .path = path,
        .body = body,
        .content_type = body.len > 0 ? "application/json" : NULL,
        .idempotency_key = key,
        .timeout_s = 10,
        .response_max = 64 * 1024 * 1024,
    };

    socket_of(socket, demo, agency);
    return http_call(&http, response, NULL) == ERR_OK ? response->status : 0;
}

struct readiness {
    const struct demo *demo;
    const char *agency;
};

static bool
agent_is_ready(const void *context)
{
    const struct readiness *readiness = context;
    struct http_response response;
    int status = call(readiness->demo, readiness->agency, "GET", "/readyz", (struct bytes){ 0 },
                      NULL, &response);

    if (status != 0)
        buffer_clear(&response.body);
    return status == 200;
}

static enum err
start_agents(struct demo *demo, struct why *why)
{
    char program[512];
    enum err err = find_program(program, "kith-agent", why);

    for (size_t i = 0; i < demo->scenario->agency_count && err == ERR_OK; i++) {
        const char *agency = demo->scenario->agencies[i];
        char configuration[FILE_PATH_MAX], log[FILE_PATH_MAX];

        snprintf(configuration, sizeof(configuration), "%s/agencies/%s/agent.conf",
                 demo->folder, agency);
        snprintf(log, sizeof(log), "%s/agencies/%s/agent.log", demo->folder, agency);
        err = process_start(&demo->agents[i], agency, program, configuration, log, why);
    }
    for (size_t i = 0; i < demo->scenario->agency_count && err == ERR_OK; i++) {
        const struct readiness readiness = { demo, demo->scenario->agencies[i] };

        err = process_await(&demo->agents[i], agent_is_ready, &readiness, READY_MS, why);
    }
    return err;
}

/* --- Publishing ------------------------------------------------------------------------------------ */

static enum err
keep_copy(const struct demo *demo, const struct scenario_message *message, struct bytes text,
          struct why *why)
{
    char path[FILE_PATH_MAX];

    snprintf(path, sizeof(path), "%s/messages/%s", demo->folder, message->file);
    return file_write(path, text, 0600, why);
}

static enum err
publish_text(struct demo *demo, struct scenario_message *message, struct bytes text,
             struct why *why)
{
    struct http_response response;
    json_t *answer;
    int status =
        call(demo, message->agency, "POST", "/v1/messages", text, message->file, &response);
    enum err err = ERR_OK;

    if (status == 0)
        return because(why, ERR_IO, "the agent of %s does not answer", message->agency);
    if (status != 202) {
        because(why, ERR_REFUSED, "%s: the agent of %s answered %d: %.300s", message->file,
                message->agency, status, buffer_text(&response.body));
        err = ERR_REFUSED;
    } else if ((err = json_read(&answer, buffer_bytes(&response.body), why)) == ERR_OK) {
        snprintf(message->id, sizeof(message->id), "%s", text_member(answer, "id"));
        json_decref(answer);
    }
    buffer_clear(&response.body);
    return err;
}

static enum err
publish(struct demo *demo, struct scenario_message *message, struct why *why)
{
    struct buffer text;
    enum err err;

    buffer_init(&text, 1024 * 1024);
    if ((err = file_read(&text, message->path, why)) == ERR_OK
        && (err = keep_copy(demo, message, buffer_bytes(&text), why)) == ERR_OK)
        err = publish_text(demo, message, buffer_bytes(&text), why);
    buffer_clear(&text);
    return err;
}

/* What the agent that sent a message says of it; NULL when it does not answer. */
static json_t *
fate_of(const struct demo *demo, const struct scenario_message *message)
{
    struct http_response response;
    json_t *fate = NULL;
    char path[64];

    snprintf(path, sizeof(path), "/v1/messages/%s", message->id);
    if (call(demo, message->agency, "GET", path, (struct bytes){ 0 }, NULL, &response) == 0)
        return NULL;
    if (json_read(&fate, buffer_bytes(&response.body), NULL))
        fate = NULL;
    buffer_clear(&response.body);
    return fate;
}

static size_t
count_told(const json_t *fate)
{
    const json_t *recipient;
    size_t i, told = 0;

    json_array_foreach(json_object_get(fate, "recipients"), i, recipient) told +=
        strcmp(text_member(recipient, "state"), "told") == 0;
    return told;
}

static json_t *
inbox_of(const struct demo *demo, const char *agency)
{
    struct http_response response;
    json_t *page = NULL, *list = NULL;

    if (call(demo, agency, "GET", "/v1/inbox?limit=200", (struct bytes){ 0 }, NULL, &response)
        == 0)
        return NULL;
    if (json_read(&page, buffer_bytes(&response.body), NULL) == ERR_OK) {
        list = json_incref(json_object_get(page, "messages"));
        json_decref(page);
    }
    buffer_clear(&response.body);
    return list;
}

static size_t
read_inboxes(struct demo *demo)
{
    size_t received = 0;

    for (size_t i = 0; i < demo->scenario->agency_count; i++) {
        json_decref(demo->inboxes[i]);
        demo->inboxes[i] = inbox_of(demo, demo->scenario->agencies[i]);
        received += json_array_size(demo->inboxes[i]);
    }
    return received;
}

/* Deliveries that the senders say there will be; SIZE_MAX while one is not accepted yet. */
static size_t
deliveries_announced(const struct demo *demo)
{
    size_t announced = 0;

    for (size_t m = 0; m < demo->scenario->message_count; m++) {
        json_t *fate = fate_of(demo, &demo->scenario->messages[m]);
        bool accepted = fate != NULL && strcmp(text_member(fate, "state"), "accepted") == 0;

        announced += fate == NULL ? 0 : count_told(fate);
        json_decref(fate);
        if (!accepted)
            return SIZE_MAX;
    }
    return announced;
}

static enum err
publish_all(struct demo *demo, struct why *why)
{
    for (size_t m = 0; m < demo->scenario->message_count; m++) {
        enum err err = publish(demo, &demo->scenario->messages[m], why);

        if (err)
            return err;
    }
    for (unsigned waited = 0; waited < DELIVER_MS; waited += 50) {
        size_t announced = deliveries_announced(demo);

        if (announced != SIZE_MAX && read_inboxes(demo) >= announced)
            return ERR_OK;
        pause_ms(50);
    }
    return because(why, ERR_IO, "not everything was delivered within %d seconds",
                   DELIVER_MS / 1000);
}

/* --- What must have come of it ------------------------------------------------------------------------- */

static size_t
agency_index(const struct scenario *scenario, const char *agency)
{
    size_t i = 0;

    while (i < scenario->agency_count && strcmp(scenario->agencies[i], agency) != 0)
        i++;
    return i;
}

static const struct scenario_message *
message_named(const struct scenario *scenario, const char *file)
{
    for (size_t m = 0; m < scenario->message_count; m++)
        if (strcmp(scenario->messages[m].file, file) == 0)
            return &scenario->messages[m];
    return NULL;
}

/* The form in which a field was given: "full", "age-band", …, or "hidden". */
static const char *
form_given(const json_t *received, const char *name)
{
    const struct field *field = schema_field_named(&kith_schema, name, strlen(name));
    const json_t *reduced;
    size_t i;

    if (received == NULL || field == NULL)
        return form_name(FORM_HIDDEN);
    if (field_given(received, field))
        return form_name(FORM_FULL);
    json_array_foreach(json_object_get(received, "reduced"), i,
                       reduced) if (strcmp(text_member(reduced, "field"), name)
                                    == 0) return text_member(reduced, "form");
    return form_name(FORM_HIDDEN);
}

static void
check_expectation(struct demo *demo, const json_t *expectation)
{
    const char *file = text_member(expectation, "message");
    const char *agency = text_member(expectation, "agency");
    const struct scenario_message *message = message_named(demo->scenario, file);
    size_t index = agency_index(demo->scenario, agency);
    const json_t *received, *form;
    const char *field;

    if (message == NULL || index == demo->scenario->agency_count) {
        expect(demo, false, "%s and %s are in the scenario", file, agency);
        return;
    }
    received = received_of(demo->inboxes[index], message);
    if (json_is_false(json_object_get(expectation, "told")))
        expect(demo, received == NULL, "%s is not told of %s", agency, file);
    else
        expect(demo, received != NULL, "%s is told of %s", agency, file);
    json_object_foreach(json_object_get(expectation, "sees"), field, form)
    {
        const char *wanted = json_string_value(form), *given = form_given(received, field);

        expect(demo, strcmp(wanted, given) == 0, "  %s: %s%s%s", field, wanted,
               strcmp(wanted, given) == 0 ? "" : ", but was given as ",
               strcmp(wanted, given) == 0 ? "" : given);
    }
}

static void
check_expectations(struct demo *demo)
{
    const json_t *expectation;
    size_t i;

    say(demo, "\nWhat must hold\n\n");
    json_array_foreach(json_object_get(demo->scenario->json, "expect"), i, expectation)
        check_expectation(demo, expectation);
}

/* --- Where nothing may be found -------------------------------------------------------------------------- */

static void
report_search(struct demo *demo, const char *where, const struct found *found, bool nothing)
{
    if (!found->checked)
        expect(demo, false, "%s: NOT CHECKED: %s", where, found->why.text);
    else if (nothing)
        expect(demo, found->needles == 0, "%s: %zu of the values (%.1f MB looked through)%s%s",
               where, found->needles, (double)found->bytes / 1e6,
               found->needles > 0 ? ", first at " : "", found->example);
    else
        expect(demo, found->needles > 0, "%s: %zu of the values (%.1f MB looked through)",
               where, found->needles, (double)found->bytes / 1e6);
}

static void
search(struct demo *demo)
{
    struct needles *needles = needles_new();
    char folder[FILE_PATH_MAX], line[300];
    struct found found;
    size_t public, reader = agency_index(demo->scenario, "mash");

    for (size_t m = 0; m < demo->scenario->message_count; m++)
        needles_add(needles, demo->scenario->messages[m].json);
    snprintf(folder, sizeof(folder), "%s/federation", demo->folder);
    public = needles_drop_public(needles, folder);
    snprintf(line, sizeof(line),
             "\nThe broker holds no plaintext: searched for %zu values of the messages\n"
             "(%zu more stand in public documents, such as names of agencies)\n\n",
             needles_count(needles), public);
    say(demo, line);
    snprintf(folder, sizeof(folder), "%s/broker", demo->folder);
    search_folder(&found, needles, folder);
    report_search(demo, "in the broker's files and log", &found, true);
    search_memory(&found, needles, demo->broker.pid);
    report_search(demo, "in the broker's memory", &found, true);
    say(demo, "  the same search where they must be found:\n");
    search_memory(&found, needles, demo->agents[reader].pid);
    report_search(demo, "in the memory of MASH's agent", &found, false);
    needles_free(&needles);
}

/* --- Telling ------------------------------------------------------------------------------------------------ */

/* A table goes to the terminal and to the report. */
static void
show(struct demo *demo, void (*table)(FILE *out, const struct demo *demo))
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    if (out == NULL)
        return;
    table(out, demo);
    fclose(out);
    say(demo, text);
    free(text);
}

static void
received_table(FILE *out, const struct demo *demo)
{
    show_who_received(out, demo->scenario, demo->inboxes);
}

static void
side_by_side_table(FILE *out, const struct demo *demo)
{
    const char *file = text_member(demo->scenario->json, "show");
    const struct scenario_message *message = message_named(demo->scenario, file);

    if (message != NULL)
        show_side_by_side(out, demo->scenario, demo->inboxes,
                          (size_t)(message - demo->scenario->messages));
}

static void
tell(struct demo *demo)
{
    char line[300];

    say(demo, "\nWho was told of what (· not told)\n\n");
    show(demo, received_table);
    snprintf(
        line, sizeof(line),
        "\nOne message side by side: %s\n(· not given, not even that there is something)\n\n",
        text_member(demo->scenario->json, "show"));
    say(demo, line);
    show(demo, side_by_side_table);
    check_expectations(demo);
    search(demo);
}

static void
say_what_to_try(struct demo *demo)
{
    char text[8192], socket[FILE_PATH_MAX];

    socket_of(socket, demo, "st-helier-primary");
    snprintf(text, sizeof(text),
             "\nEverything is running, in %s.  In another terminal:\n\n"
             "  kith status --agent %s\n"
             "  kith tail   --agent %s\n"
             "  kith send   --agent %s %s/%s\n"
             "  curl --unix-socket %s http://agent/v1/inbox\n"
             "  tail -f %s/broker/broker.log\n\n"
             "Ctrl-C ends it%s.\n",
             demo->folder, socket, socket, socket, demo->shared,
             demo->scenario->messages[0].file, socket, demo->folder,
             demo->temporary ? " and removes the folder" : "");
    say(demo, text);
}

static void
stay_up(struct demo *demo)
{
    struct why why;

    say_what_to_try(demo);
    while (!stopped) {
        if (process_check(&demo->broker, &why)) {
            complain(EXIT_FAILED, "%s", why.text);
            demo->failures++;
            return;
        }
        pause_ms(200);
    }
}

/* --- All of it -------------------------------------------------------------------------------------------------- */

static enum err
play(struct demo *demo, struct why *why)
{
    struct timespec begun, ended;
    char line[300];
    enum err err;

    clock_gettime(CLOCK_MONOTONIC, &begun);
    if ((err = lay_down(demo, why)))
        return err;
    snprintf(line, sizeof(line), "%s/report.txt", demo->folder);
    demo->report = fopen(line, "we");
    snprintf(line, sizeof(line), "A federation of %zu agencies and a broker, in %s\n",
             demo->scenario->agency_count, demo->folder);
    say(demo, line);
    if ((err = start_broker(demo, why)) || (err = start_agents(demo, why))
        || (err = publish_all(demo, why)))
        return err;
    tell(demo);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    snprintf(line, sizeof(line), "\n%zu of %zu expectations held; %.1f seconds\n",
             demo->expectations - demo->failures, demo->expectations,
             (double)(ended.tv_sec - begun.tv_sec)
                 + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9);
    say(demo, line);
    return ERR_OK;
}

static void
end(struct demo *demo)
{
    for (size_t i = 0; demo->scenario != NULL && i < demo->scenario->agency_count; i++) {
        process_end(&demo->agents[i]);
        json_decref(demo->inboxes[i]);
    }
    process_end(&demo->broker);
    scenario_free(&demo->scenario);
    if (demo->report != NULL)
        fclose(demo->report);
    if (demo->temporary && demo->failures == 0)
        folder_remove(demo->folder);
}

static int
run(struct demo *demo, const char *folder)
{
    struct why why = { "it did not work" };
    int status = EXIT_OK;
    enum err err = make_folder(demo, folder, &why);

    if (err == ERR_OK && (err = play(demo, &why)) == ERR_OK && !demo->once)
        stay_up(demo);
    if (err) {
        demo->failures++;
        complain(EXIT_FAILED, "%s", why.text);
    }
    if (demo->failures > 0) {
        complain(EXIT_FAILED, "the demonstration failed; everything is kept in %s",
                 demo->folder);
        status = EXIT_FAILED;
    }
    end(demo);
    return status;
}

static int
usage(FILE *out)
{
    fputs(
        "usage: kith demo [--once] [--dir D]\n"
        "\n"
        "A whole federation on this machine: police, schools, a hospital, children's services\n"
        "and MASH, each with its own agent, and a broker that cannot read what it carries.\n"
        "Throw-away keys; invented children.\n"
        "\n"
        "  --once   play the scenario, print what came of it, and stop: status 0 only if\n"
        "           every expectation held (as without a terminal)\n"
        "  --dir D  keep everything in D, which must not be there yet or be empty\n",
        out);
    return out == stdout ? EXIT_OK : EXIT_USAGE;
}

int
demo_command(int argc, char **argv)
{
    static const struct option options[] = { { "once", no_argument, NULL, 'o' },
                                             { "dir", required_argument, NULL, 'd' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    struct demo demo = { .once = !isatty(STDOUT_FILENO) };
    const struct sigaction stop = { .sa_handler = on_stop };
    const char *folder = NULL;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'o')
            demo.once = true;
        else if (option == 'd')
            folder = optarg;
        else
            return usage(option == 'h' ? stdout : stderr);
    }
    if (optind != argc)
        return usage(stderr);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    return run(&demo, folder);
}
