/*
 * From an agency's system to MASH's: POST at one agent until the message is in the inbox of
 * another, through real processes, CURVE and two commits on the way, beside a bare CURVE
 * ROUTER/DEALER echo followed by one SQLite commit, in the same run.
 */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "cli/demo_lay_down.h"
#include "cli/demo_processes.h"
#include "core/file.h"
#include "core/mem.h"
#include "crypto/key.h"
#include "http/http.h"
#include "policy/policy.h"

enum { LIGHT = 300, HEAVY = 600, SENDERS = 3, ECHOES = 2000, FRAME = 16 * 1024 };

struct bench {
    char folder[64];
    struct scenario *scenario;
    struct process broker, agents[SCENARIO_MAX];
    struct buffer message; /* the JSON of a concern */
};

static double
now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void
must(enum err err, const struct why *why)
{
    if (err == ERR_OK)
        return;
    fprintf(stderr, "bench: %s\n", why->text);
    exit(1);
}

static int
ascending(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return left < right ? -1 : left > right;
}

struct percentiles {
    double median, p99;
};

static struct percentiles
percentiles_of(double *samples, size_t count)
{
    qsort(samples, count, sizeof(*samples), ascending);
    return (struct percentiles){ samples[count / 2], samples[count * 99 / 100] };
}

/* --- The reference --------------------------------------------------------------------------- */

struct curve {
    char public[41], secret[41];
};

static void
serve_echo(void *context, const struct curve *keys, int endpoint_pipe)
{
    void *router = zmq_socket(context, ZMQ_ROUTER);
    int server = 1;
    char endpoint[128];
    size_t len = sizeof(endpoint);

    zmq_setsockopt(router, ZMQ_CURVE_SERVER, &server, sizeof(server));
    zmq_setsockopt(router, ZMQ_CURVE_SECRETKEY, keys->secret, 41);
    zmq_bind(router, "tcp://127.0.0.1:*");
    zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, endpoint, &len);
    if (write(endpoint_pipe, endpoint, sizeof(endpoint)) < 0)
        _exit(1);
    for (;;) {
        zmq_msg_t part;
        int more = 1;

        while (more) {
            zmq_msg_init(&part);
            if (zmq_msg_recv(&part, router, 0) < 0)
                _exit(0);
            more = zmq_msg_more(&part);
            zmq_msg_send(&part, router, more ? ZMQ_SNDMORE : 0);
        }
    }
}

static sqlite3 *
open_database(const char *path)
{
    sqlite3 *db;

    sqlite3_open(path, &db);
    sqlite3_exec(db,
                 "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                 "CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)",
                 NULL, NULL, NULL);
    return db;
}

static void
commit_one(sqlite3_stmt *insert, const void *body)
{
    sqlite3_bind_blob(insert, 1, body, FRAME, SQLITE_STATIC);
    sqlite3_step(insert);
    sqlite3_reset(insert);
}

static void *
connect_echo(void *context, const char *endpoint, const struct curve *server)
{
    void *dealer = zmq_socket(context, ZMQ_DEALER);
    struct curve mine;

    zmq_curve_keypair(mine.public, mine.secret);
    zmq_setsockopt(dealer, ZMQ_CURVE_SERVERKEY, server->public, 41);
    zmq_setsockopt(dealer, ZMQ_CURVE_PUBLICKEY, mine.public, 41);
    zmq_setsockopt(dealer, ZMQ_CURVE_SECRETKEY, mine.secret, 41);
    zmq_connect(dealer, endpoint);
    return dealer;
}

static struct percentiles
measure_reference(const char *folder)
{
    double *samples = mem_array(ECHOES, sizeof(*samples));
    char *body = mem_new(FRAME), *answer = mem_new(FRAME), path[128], endpoint[128];
    struct percentiles result;
    struct curve server;
    sqlite3_stmt *insert;
    sqlite3 *db;
    void *context, *dealer;
    int ends[2];
    pid_t child;

    zmq_curve_keypair(server.public, server.secret);
    if (pipe(ends) != 0)
        exit(1);
    child = fork();
    if (child == 0)
        serve_echo(zmq_ctx_new(), &server, ends[1]);
    if (read(ends[0], endpoint, sizeof(endpoint)) <= 0)
        exit(1);
    context = zmq_ctx_new();
    dealer = connect_echo(context, endpoint, &server);
    snprintf(path, sizeof(path), "%s/reference.db", folder);
    db = open_database(path);
    sqlite3_prepare_v2(db, "INSERT INTO t (body) VALUES (?)", -1, &insert, NULL);
    for (size_t i = 0; i < ECHOES; i++) {
        double begun = now_us();

        zmq_send(dealer, body, FRAME, 0);
        zmq_recv(dealer, answer, FRAME, 0);
        commit_one(insert, answer);
        samples[i] = now_us() - begun;
    }
    result = percentiles_of(samples, ECHOES);
    sqlite3_finalize(insert);
    sqlite3_close(db);
    zmq_close(dealer);
    zmq_ctx_destroy(context);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    free(samples);
    free(body);
    free(answer);
    return result;
}

/* --- The whole way ------------------------------------------------------------------------------ */

static int
call(const struct bench *bench, const char *agency, const char *method, const char *path,
     struct bytes body, struct http_response *response)
{
    char socket[FILE_PATH_MAX];
    const struct http_call http = { .socket_path = socket,
                                    .method = method,
                                    .path = path,
                                    .body = body,
                                    .content_type = body.len > 0 ? "application/json" : NULL,
                                    .timeout_s = 30,
                                    .response_max = 64 * 1024 * 1024 };

    snprintf(socket, sizeof(socket), "%s/agencies/%s/agent.sock", bench->folder, agency);
    return http_call(&http, response, NULL) == ERR_OK ? response->status : 0;
}

static bool
is_ready(const struct bench *bench, const char *agency)
{
    struct http_response response;
    int status = call(bench, agency, "GET", "/readyz", (struct bytes){ 0 }, &response);

    if (status != 0)
        buffer_clear(&response.body);
    return status == 200;
}

static void
start(struct bench *bench)
{
    const char *b = getenv("B") == NULL ? "build/release" : getenv("B");
    char program[600], configuration[600], log[600];
    struct why why;

    snprintf(program, sizeof(program), "%s/kith-broker", b);
    snprintf(configuration, sizeof(configuration), "%s/broker/broker.conf", bench->folder);
    snprintf(log, sizeof(log), "%s/broker/broker.log", bench->folder);
    must(process_start(&bench->broker, "broker", program, configuration, log, &why), &why);
    snprintf(program, sizeof(program), "%s/kith-agent", b);
    for (size_t i = 0; i < bench->scenario->agency_count; i++) {
        const char *agency = bench->scenario->agencies[i];

        snprintf(configuration, sizeof(configuration), "%s/agencies/%s/agent.conf",
                 bench->folder, agency);
        snprintf(log, sizeof(log), "%s/agencies/%s/agent.log", bench->folder, agency);
        must(process_start(&bench->agents[i], agency, program, configuration, log, &why), &why);
    }
    for (size_t i = 0; i < bench->scenario->agency_count; i++)
        for (unsigned tries = 0; !is_ready(bench, bench->scenario->agencies[i]); tries++) {
            if (tries == 1000) {
                fprintf(stderr, "bench: %s is not ready\n", bench->scenario->agencies[i]);
                exit(1);
            }
            pause_ms(10);
        }
}

static void
post(const struct bench *bench, const char *agency)
{
    struct http_response response;

    if (call(bench, agency, "POST", "/v1/concerns", buffer_bytes(&bench->message), &response)
        != 202) {
        fprintf(stderr, "bench: %s did not take a message\n", agency);
        exit(1);
    }
    buffer_clear(&response.body);
}

static uint64_t
received_by_mash(const struct bench *bench)
{
    struct http_response response;
    uint64_t received = 0;
    json_t *status;

    if (call(bench, "mash", "GET", "/v1/status", (struct bytes){ 0 }, &response) != 200)
        exit(1);
    if (json_read(&status, buffer_bytes(&response.body), NULL) == ERR_OK) {
        received = (uint64_t)json_integer_value(
            json_object_get(json_object_get(status, "inbox"), "received"));
        json_decref(status);
    }
    buffer_clear(&response.body);
    return received;
}

static struct percentiles
measure_light(const struct bench *bench, const char *agency)
{
    double samples[LIGHT];
    uint64_t before = received_by_mash(bench);

    for (size_t i = 0; i < LIGHT; i++) {
        double begun = now_us();

        post(bench, agency);
        while (received_by_mash(bench) < before + i + 1)
            continue;
        samples[i] = now_us() - begun;
    }
    return percentiles_of(samples, LIGHT);
}

static double
measure_heavy(const struct bench *bench, const char *const *senders)
{
    uint64_t before = received_by_mash(bench);
    double begun = now_us();

    for (size_t s = 0; s < SENDERS; s++)
        if (fork() == 0) {
            for (size_t i = 0; i < HEAVY; i++)
                post(bench, senders[s]);
            _exit(0);
        }
    while (received_by_mash(bench) < before + SENDERS * HEAVY)
        pause_ms(2);
    for (size_t s = 0; s < SENDERS; s++)
        wait(NULL);
    return SENDERS * HEAVY / ((now_us() - begun) / 1e6);
}

static double
resident_mb(pid_t pid)
{
    char path[64];
    unsigned long total = 0, resident = 0;
    FILE *statm;

    snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
    statm = fopen(path, "re");
    if (statm == NULL || fscanf(statm, "%lu %lu", &total, &resident) != 2)
        resident = 0;
    if (statm != NULL)
        fclose(statm);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static void
lay_down(struct bench *bench)
{
    struct timespec now;
    struct buffer agreement;
    struct why why = { "" };

    snprintf(bench->folder, sizeof(bench->folder), "/tmp/kith-bench-XXXXXX");
    if (mkdtemp(bench->folder) == NULL || !crypto_start())
        exit(1);
    clock_gettime(CLOCK_REALTIME, &now);
    buffer_init(&agreement, POLICY_TEXT_MAX);
    buffer_init(&bench->message, 1024 * 1024);
    must(file_read(&agreement, "policy/jersey.policy", &why), &why);
    must(scenario_read(&bench->scenario, "demo", &why), &why);
    must(file_read(&bench->message, bench->scenario->messages[0].path, &why), &why);
    must(demo_lay_down(bench->scenario, bench->folder, buffer_bytes(&agreement),
                       (struct instant){ (int64_t)now.tv_sec * 1000 }, &why),
         &why);
    buffer_clear(&agreement);
}

int
main(void)
{
    static const char *const senders[SENDERS] = { "states-police", "st-helier-primary",
                                                  "general-hospital" };
    struct percentiles light, reference;
    struct bench bench = { .scenario = NULL };
    double idle_broker, idle_agent, per_second;

    lay_down(&bench);
    start(&bench);
    idle_broker = resident_mb(bench.broker.pid);
    idle_agent = resident_mb(bench.agents[0].pid);
    reference = measure_reference(bench.folder);
    light = measure_light(&bench, senders[0]);
    per_second = measure_heavy(&bench, senders);
    printf(
        "\nEnd to end: POST at one agent until it is in the inbox of another\n\n"
        "                                           median us     p99 us\n"
        "  bare CURVE echo (16 KiB) + SQLite commit %9.0f  %9.0f\n"
        "  Kith, light load                         %9.0f  %9.0f   %.1f x the bare median\n\n"
        "  %d messages from %d agents at once: %.0f messages/s (%.0f deliveries/s)\n\n"
        "  memory: idle broker %.1f MB, idle agent %.1f MB; after the load %.1f and %.1f MB\n",
        reference.median, reference.p99, light.median, light.p99,
        light.median / reference.median, SENDERS * HEAVY, SENDERS, per_second, 3 * per_second,
        idle_broker, idle_agent, resident_mb(bench.broker.pid),
        resident_mb(bench.agents[0].pid));
    for (size_t i = 0; i < bench.scenario->agency_count; i++)
        process_end(&bench.agents[i]);
    process_end(&bench.broker);
    scenario_free(&bench.scenario);
    buffer_clear(&bench.message);
    folder_remove(bench.folder);
    return 0;
}
