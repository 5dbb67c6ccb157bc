#ifndef KITH_TESTS_STORE_PLACE_H
#define KITH_TESTS_STORE_PLACE_H

/* A folder for one test, and envelopes to put into a store. */

#include "../check.h"

#include <dirent.h>
#include <unistd.h>

#include "store/store.h"

enum { PLACE_PATH = 400 };

struct place {
    char folder[64];
    char path[128];
    char where[160];
    struct store *store;
    struct store_head head;
};

static inline void
place_make(struct place *place)
{
    memset(place, 0, sizeof(*place));
    strcpy(place->folder, "/tmp/kith-store-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof(place->path), "%s/store.db", place->folder);
    snprintf(place->where, sizeof(place->where), "sqlite:%s", place->path);
}

static inline void
place_open(struct place *place)
{
    struct why why = { "" };

    if (store_open(&place->store, place->where, &why)
        || store_acquire(place->store, 0, &place->head, &why))
        fail_msg("%s", why.text);
}

static inline void
place_empty(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    char path[PLACE_PATH];

    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(path);
    }
    closedir(dir);
}

static inline void
place_clear(struct place *place)
{
    store_close(&place->store);
    place_empty(place->folder);
    rmdir(place->folder);
}

/* --- Envelopes: everything in one follows from its number -------------------------------- */

enum { LETTER_MAX = 4096, LETTER_AGENCIES = 8 };

struct letter {
    struct store_record record;
    struct store_delivery deliveries[LETTER_AGENCIES];
    uint8_t envelope[LETTER_MAX];
    uint8_t stub[64];
};

/* To agencies 1 … count. */
static inline void
letter_write(struct letter *letter, uint32_t number, size_t len, size_t count)
{
    memset(letter, 0, sizeof(*letter));
    for (size_t i = 0; i < len; i++)
        letter->envelope[i] = (uint8_t)(number * 31 + i * 7 + (i >> 8));
    memcpy(letter->envelope, &number, sizeof(number));
    memset(letter->stub, (int)(number % 251), sizeof(letter->stub));
    letter->record = (struct store_record){
        .sender = 7 + number % 3,
        .kind = 1 + number % 4,
        .accepted_ms = 1000 + number,
        .expires_ms = 100000 + number,
        .envelope = bytes_of(letter->envelope, len),
        .stub = bytes_of(letter->stub, sizeof(letter->stub)),
        .deliveries = letter->deliveries,
        .delivery_count = count,
    };
    memcpy(letter->record.msg_id, &number, sizeof(number));
    memset(letter->record.h, (int)(number % 253), 32);
    memcpy(letter->record.h, &number, sizeof(number));
    for (size_t i = 0; i < count; i++) {
        letter->deliveries[i].agency = (uint32_t)i + 1;
        memset(letter->deliveries[i].grant, (int)(number + i), 20);
    }
}

static inline enum err
append_letters(struct place *place, const struct letter *letters, size_t count,
               uint64_t *positions)
{
    struct store_record records[64];
    struct store_batch batch = { .records = records, .record_count = count };

    for (size_t i = 0; i < count; i++)
        records[i] = letters[i].record;
    return store_append(place->store, &place->head, &batch, positions);
}

static inline enum err
append_letter(struct place *place, uint32_t number, size_t len, size_t agencies)
{
    struct letter letter;

    letter_write(&letter, number, len, agencies);
    return append_letters(place, &letter, 1, NULL);
}

static inline enum err
append_ack(struct place *place, uint32_t agency, uint64_t position)
{
    struct store_ack ack = { .agency = agency, .position = position };
    struct store_batch batch = { .acks = &ack, .ack_count = 1 };

    return store_append(place->store, &place->head, &batch, NULL);
}

/* --- What a queue holds ---------------------------------------------------------------------- */

enum { HEARD_MAX = 256 };

struct heard {
    size_t count, stop_at;
    size_t bytes;
    struct {
        struct store_queued queued; /* its envelope has gone; len remains */
        uint32_t number;            /* the letter's, from its first bytes */
        bool as_sent;               /* bytes, sender, time are those of that letter */
    } items[HEARD_MAX];
};

static inline bool
hear(void *context, const struct store_queued *queued)
{
    struct heard *heard = context;
    struct letter letter;
    uint32_t number = 0;

    assert_true(heard->count < HEARD_MAX);
    if (queued->stub) {
        number = (uint32_t)queued->accepted_ms - 1000;
    } else {
        assert_true(queued->envelope.len >= sizeof(number));
        memcpy(&number, queued->envelope.data, sizeof(number));
    }
    letter_write(&letter, number, queued->stub ? 64 : queued->envelope.len, LETTER_AGENCIES);
    heard->items[heard->count].queued = *queued;
    heard->items[heard->count].number = number;
    heard->items[heard->count].as_sent =
        bytes_equal(queued->envelope,
                    queued->stub ? letter.record.stub : letter.record.envelope)
        && queued->sender == letter.record.sender
        && queued->accepted_ms == letter.record.accepted_ms
        && memcmp(queued->grant, letter.deliveries[queued->agency - 1].grant, 20) == 0;
    heard->bytes += queued->envelope.len;
    return ++heard->count != heard->stop_at;
}

#endif
