#ifndef KITH_TESTS_STORE_SURVEY_H
#define KITH_TESTS_STORE_SURVEY_H

/* Whether a store holds what it should: letters 0, 1, 2, … in the order of their numbers,
   each to agencies 1 and 2. */

#include "place.h"

enum { SURVEY_AGENCIES = 2 };

struct survey {
    uint64_t next; /* the position and, less one, the letter that must come */
    bool wrong;
};

static inline bool
survey_one(void *context, const struct store_queued *queued)
{
    struct survey *survey = context;
    static struct letter letter;
    uint32_t number = (uint32_t)(survey->next - 1);

    letter_write(&letter, number, queued->envelope.len, SURVEY_AGENCIES);
    survey->wrong = queued->position != survey->next || queued->log_index != number
                    || queued->stub || queued->sender != letter.record.sender
                    || queued->accepted_ms != letter.record.accepted_ms
                    || !bytes_equal(queued->envelope, letter.record.envelope)
                    || memcmp(queued->grant, letter.deliveries[queued->agency - 1].grant, 20);
    survey->next++;
    return !survey->wrong;
}

/* ERR_FORGED when anything that it tells is not so; else the store's own error. */
static inline enum err
survey_store(struct store *store, uint64_t size)
{
    struct store_cursor cursor;
    struct store_fate fate;
    struct letter letter;
    enum err err;

    for (uint32_t i = 0; i < size; i++) {
        letter_write(&letter, i, 4, 0);
        err = store_lookup(store, letter.record.sender, letter.record.msg_id, &fate);
        if (err)
            return err == ERR_NOT_FOUND ? ERR_FORGED : err;
        if (fate.log_index != i || memcmp(fate.h, letter.record.h, 32))
            return ERR_FORGED;
    }
    letter_write(&letter, (uint32_t)size, 4, 0);
    if (!store_lookup(store, letter.record.sender, letter.record.msg_id, &fate))
        return ERR_FORGED;
    for (uint32_t agency = 1; agency <= SURVEY_AGENCIES; agency++) {
        struct survey survey = { 0 };

        if ((err = store_cursor(store, agency, &cursor)))
            return err;
        survey.next = cursor.acked + 1;
        err = store_read_queue(store, agency, 0, SIZE_MAX, SIZE_MAX, survey_one, &survey);
        if (err)
            return err;
        if (survey.wrong || survey.next != size + 1 || cursor.last != size)
            return ERR_FORGED;
    }
    return ERR_OK;
}

/* Appends the next count letters, in one batch. */
static inline enum err
append_next(struct place *place, size_t count)
{
    static struct letter letters[16];

    assert_true(count <= 16);
    for (size_t i = 0; i < count; i++) {
        uint32_t number = (uint32_t)(place->head.size + i);

        letter_write(&letters[i], number, 100 + number * 7 % 3000, SURVEY_AGENCIES);
    }
    return append_letters(place, letters, count, NULL);
}

#endif
