#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crypto/key.h"
#include "store/agent_store.h"
#include "store/store.h"

/*
 * What the stores do in a second, beside what the disk and SQLite alone do, measured in the
 * same run: a disk is to be compared with itself.
 *
 * An envelope is 2 KiB, for six agencies.  It is in the log, in the index of message ids and
 * in six queues when it is acknowledged.
 */
enum {
    ENVELOPE = 2048,
    STUB = 400,
    AGENCIES = 6,
    BATCH = 64,
    ROUNDS = 5,
};

static const double seconds = 0.3; /* for each round */

/* The fastest round: others share the machine. */
#define BEST(rate, expression)                                                                 \
    do {                                                                                       \
        (rate) = 0;                                                                            \
        for (int round_ = 0; round_ < ROUNDS; round_++) {                                      \
            double rate_ = (expression);                                                       \
                                                                                               \
            clear_folder();                                                                    \
            if (rate_ > (rate))                                                                \
                (rate) = rate_;                                                                \
        }                                                                                      \
    } while (0)

static char folder[] = "/tmp/kith-bench-XXXXXX";

static void
stop(const char *what)
{
    fprintf(stderr, "bench_store: %s\n", what);
    exit(1);
}

static double
now(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static const char *
path_of(const char *name)
{
    static char path[320];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void
clear_folder(void)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.')
            unlink(path_of(entry->d_name));
    closedir(dir);
}

/* --- The disk and SQLite alone ------------------------------------------------------------- */

/* Syncs of 4 KiB in a second, written one after the other over a file that is there. */
static double
rate_of_fdatasync(void)
{
    static uint8_t page[4096];
    int fd = open(path_of("disk"), O_RDWR | O_CREAT, 0600);
    double begin;
    long count = 0;

    if (fd < 0)
        stop("cannot write");
    for (int i = 0; i < 256; i++)
        if (pwrite(fd, page, sizeof(page), i * 4096) < 0)
            stop("cannot write");
    if (fsync(fd))
        stop("cannot sync");
    for (begin = now(); now() < begin + seconds; count++) {
        page[0]++;
        if (pwrite(fd, page, sizeof(page), count % 256 * 4096) < 0 || fdatasync(fd))
            stop("cannot sync");
    }
    close(fd);
    return (double)count / (now() - begin);
}

/* Commits of one row of one envelope, with the settings of the store. */
static double
rate_of_sqlite(void)
{
    static uint8_t envelope[ENVELOPE];
    sqlite3 *sqlite;
    sqlite3_stmt *insert;
    double begin;
    long count = 0;

    if (sqlite3_open(path_of("bare.db"), &sqlite)
        || sqlite3_exec(sqlite,
                        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
                        "PRAGMA synchronous = FULL;"
                        "CREATE TABLE t (n INTEGER PRIMARY KEY, b BLOB)",
                        NULL, NULL, NULL)
        || sqlite3_prepare_v2(sqlite, "INSERT INTO t (b) VALUES (?)", -1, &insert, NULL))
        stop(sqlite3_errmsg(sqlite));
    sqlite3_bind_blob(insert, 1, envelope, sizeof(envelope), SQLITE_STATIC);
    for (begin = now(); now() < begin + seconds; count++)
        if (sqlite3_step(insert) != SQLITE_DONE || sqlite3_reset(insert))
            stop(sqlite3_errmsg(sqlite));
    sqlite3_finalize(insert);
    sqlite3_close(sqlite);
    return (double)count / (now() - begin);
}

/* --- The broker's store --------------------------------------------------------------------- */

struct broker {
    struct store *store;
    struct store_head head;
    uint64_t acked;
};

static void
open_broker(struct broker *broker, const char *name)
{
    char where[340];
    struct why why;

    *broker = (struct broker){ 0 };
    snprintf(where, sizeof(where), "sqlite:%s", path_of(name));
    if (store_open(&broker->store, where, &why)
        || store_acquire(broker->store, 0, &broker->head, &why))
        stop(why.text);
}

static void
append(struct broker *broker, size_t count, bool ack)
{
    static uint8_t envelope[ENVELOPE], stub[STUB];
    static struct store_delivery deliveries[AGENCIES];
    struct store_record records[BATCH];
    struct store_ack acks[AGENCIES];
    struct store_batch batch = { records, count, acks, ack ? AGENCIES : 0 };

    for (uint32_t i = 0; i < AGENCIES; i++) {
        deliveries[i].agency = i + 1;
        acks[i] = (struct store_ack){ .agency = i + 1, .position = broker->head.size };
    }
    for (size_t i = 0; i < count; i++) {
        records[i] = (struct store_record){
            .sender = 7,
            .kind = 1,
            .accepted_ms = broker->head.size,
            .expires_ms = broker->head.size + 1000000,
            .envelope = bytes_of(envelope, sizeof(envelope)),
            .stub = bytes_of(stub, sizeof(stub)),
            .deliveries = deliveries,
            .delivery_count = AGENCIES,
        };
        random_fill(records[i].msg_id, sizeof(records[i].msg_id));
        random_fill(records[i].h, sizeof(records[i].h));
    }
    if (store_append(broker->store, &broker->head, &batch, NULL))
        stop("append failed");
}

static double
rate_of_appends(size_t batch, bool acks)
{
    struct broker broker;
    double begin, rate;
    char name[32];

    snprintf(name, sizeof(name), "broker-%zu-%d.db", batch, acks);
    open_broker(&broker, name);
    for (begin = now(); now() < begin + seconds;)
        append(&broker, batch, acks);
    rate = (double)broker.head.size / (now() - begin);
    store_close(&broker.store);
    return rate;
}

static bool
count_one(void *context, const struct store_queued *queued)
{
    uint64_t *count = context;

    *count = queued->position;
    return true;
}

/* Deliveries read in a second, in pages of 1 MiB, of a queue of 20,000. */
static double
rate_of_reading(void)
{
    const uint64_t waiting = 20032;
    struct broker broker;
    uint64_t count = 0;
    double begin, rate;

    open_broker(&broker, "queue.db");
    while (broker.head.size < waiting)
        append(&broker, BATCH, false);
    begin = now();
    while (count < broker.head.size)
        if (store_read_queue(broker.store, 3, count, SIZE_MAX, 1024 * 1024, count_one, &count))
            stop("reading failed");
    rate = (double)count / (now() - begin);
    store_close(&broker.store);
    return rate;
}

/* --- The agent's store ------------------------------------------------------------------------ */

static double
rate_of_spooling(size_t batch)
{
    static const struct key master = { { 1 } };
    static const uint8_t request[32];
    static uint8_t message[1024];
    struct agent_store *store;
    struct own_record record;
    struct why why;
    uint64_t count = 0;
    double begin;
    char name[32];

    snprintf(name, sizeof(name), "agent-%zu.db", batch);
    if (agent_store_open(&store, path_of(name), &master, &why))
        stop(why.text);
    if (agent_store_begin(store) || record_take(store, "mis", "1", &record)
        || agent_store_commit(store))
        stop("cannot make a record");
    for (begin = now(); now() < begin + seconds;) {
        if (agent_store_begin(store))
            stop("begin failed");
        for (size_t i = 0; i < batch; i++, count++) {
            struct spooled entry = { .kind = 1,
                                     .state = SPOOL_QUEUED,
                                     .record = record.id,
                                     .message = bytes_of(message, sizeof(message)) };
            uint8_t notice_id[16];
            char key[32];
            bool repeated;

            random_fill(entry.notice_id, sizeof(entry.notice_id));
            snprintf(key, sizeof(key), "key-%llu", (unsigned long long)count);
            if (spool_add(store, &entry, key, request, notice_id, &repeated))
                stop("spooling failed");
        }
        if (agent_store_commit(store))
            stop("commit failed");
    }
    agent_store_close(&store);
    return (double)count / (now() - begin);
}

/* --- The table ----------------------------------------------------------------------------- */

/* rate: how many of `what` in a second; limit: at least so many, 0 for no limit. */
static void
print_row(const char *what, double rate, double bare, double limit)
{
    printf("%-42s %9.0f /s  %6.2f x", what, rate, rate / bare);
    if (limit > 0)
        printf("  at least %5.0f: %s", limit, rate >= limit ? "ok" : "MISSED");
    printf("\n");
}

int
main(void)
{
    double disk, bare, rate;

    if (!crypto_start() || mkdtemp(folder) == NULL)
        stop("cannot begin");
    BEST(disk, rate_of_fdatasync());
    BEST(bare, rate_of_sqlite());
    printf(
        "an fdatasync of 4 KiB takes %.0f us, a commit of one 2 KiB row in SQLite %.0f us\n\n",
        1e6 / disk, 1e6 / bare);
    print_row("bare SQLite, one 2 KiB row in a commit", bare, bare, 0);
    BEST(rate, rate_of_appends(1, false));
    print_row("broker: envelopes, 1 in a batch", rate, bare, 0);
    BEST(rate, rate_of_appends(8, false));
    print_row("broker: envelopes, 8 in a batch", rate, bare, 0);
    BEST(rate, rate_of_appends(BATCH, false));
    print_row("broker: envelopes, 64 in a batch", rate, bare, 5000);
    BEST(rate, rate_of_appends(BATCH, true));
    print_row("  and each acknowledged by six", rate, bare, 0);
    BEST(rate, rate_of_reading());
    print_row("broker: deliveries read from a queue", rate, bare, 0);
    BEST(rate, rate_of_spooling(1));
    print_row("agent: messages spooled, 1 in a commit", rate, bare, 0);
    BEST(rate, rate_of_spooling(BATCH));
    print_row("agent: messages spooled, 64 in a commit", rate, bare, 10000);
    rmdir(folder);
    return 0;
}
