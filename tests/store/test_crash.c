#include "disk.h"
#include "survey.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

/* A broker that dies in the middle of anything: what it had acknowledged is there. */

/* What the child says through the pipe. */
struct word {
    uint64_t trying, size; /* a batch that would make it `trying`; it has `size` */
    uint64_t acked;        /* by agency 2 */
};

static void
say(int pipe, const struct word *word)
{
    if (write(pipe, word, sizeof(*word)) != sizeof(*word))
        _exit(1);
}

/* Appends and acknowledges for ever. */
static void
live(struct place *place, int pipe, unsigned seed)
{
    struct store_cursor cursor;
    struct word word;

    if (store_open(&place->store, place->where, NULL)
        || store_acquire(place->store, 0, &place->head, NULL)
        || store_cursor(place->store, 2, &cursor))
        _exit(2);
    word = (struct word){ place->head.size, place->head.size, cursor.acked };
    for (;;) {
        size_t count = 1 + (seed = seed * 69069 + 1) / 65536 % 8;

        word.trying = word.size + count;
        say(pipe, &word);
        if (append_next(place, count))
            _exit(3);
        word.size = word.trying;
        say(pipe, &word);
        if (count == 8) {
            if (append_ack(place, 2, word.acked + (word.size - word.acked) / 2))
                _exit(4);
            word.acked += (word.size - word.acked) / 2;
            say(pipe, &word);
        }
    }
}

/* The last word of a child that has died. */
static struct word
last_word(int pipe, struct word word)
{
    struct word next;

    while (read(pipe, &next, sizeof(next)) == sizeof(next))
        word = next;
    return word;
}

static struct word
stands_at(struct place *place)
{
    struct store_cursor cursor;

    assert_ok(store_cursor(place->store, 2, &cursor));
    return (struct word){ place->head.size, place->head.size, cursor.acked };
}

/* ERR_OK when the store holds what was acknowledged, whole batches, and nothing else. */
static enum err
take_stock(struct place *place, const struct word *word)
{
    struct store_cursor cursor;
    enum err err;

    if ((err = store_open(&place->store, place->where, NULL)))
        return err;
    if ((err = store_acquire(place->store, word->size, &place->head, NULL))
        || (err = survey_store(place->store, place->head.size))
        || (err = store_cursor(place->store, 2, &cursor)))
        return err;
    if ((place->head.size != word->size && place->head.size != word->trying)
        || cursor.acked < word->acked)
        return ERR_FORGED;
    return ERR_OK;
}

/* --- Killed -------------------------------------------------------------------------------- */

static void
what_was_acknowledged_survives_kill_at_any_moment(void **state)
{
    struct place place;
    struct word word = { 0 };
    uint64_t appended = 0;
    (void)state;

    place_make(&place);
    for (unsigned round = 0; round < 40; round++) {
        struct timespec life = { .tv_nsec = 1000 * (500 + round * 7919 % 20000) };
        int ends[2], status;
        pid_t child;

        assert_int_equal(pipe(ends), 0);
        if ((child = fork()) == 0)
            live(&place, ends[1], round);
        close(ends[1]);
        nanosleep(&life, NULL);
        kill(child, SIGKILL);
        word = last_word(ends[0], word);
        close(ends[0]);
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status));

        assert_ok(take_stock(&place, &word));
        word = stands_at(&place);
        appended = word.size;
        store_close(&place.store);
    }
    assert_true(appended > 40);
    place_clear(&place);
}

/* --- Without power --------------------------------------------------------------------------- */

static enum err
cut_power(struct place *place, long at, bool lies, struct word *word)
{
    int ends[2], status;
    pid_t child;
    enum err err;

    assert_int_equal(pipe(ends), 0);
    if ((child = fork()) == 0) {
        disk.cut_at = disk.operations + at;
        disk.keeps = true;
        disk.lies = lies;
        disk.seed = (unsigned)at;
        live(place, ends[1], (unsigned)at);
    }
    close(ends[1]);
    *word = last_word(ends[0], *word);
    close(ends[0]);
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 9);
    if (!(err = take_stock(place, word)))
        *word = stands_at(place);
    store_close(&place->store);
    return err;
}

static void
what_was_acknowledged_survives_loss_of_power_at_any_write(void **state)
{
    struct place place;
    struct word word = { 0 };
    (void)state;

    place_make(&place);
    for (long round = 1; round <= 100; round++)
        assert_ok(cut_power(&place, round < 60 ? round : round * 7919 % 3000, false, &word));
    assert_true(word.size > 100);
    place_clear(&place);
}

/* That the test above can fail: on a disk that does not sync when it says so, it does. */
static void
a_disk_that_lies_about_syncing_loses_what_was_acknowledged(void **state)
{
    int lost = 0;
    (void)state;

    for (long round = 1; round <= 12; round++) {
        struct place place;
        struct word word = { 0 };

        place_make(&place);
        if (cut_power(&place, 100 + round * 31, true, &word))
            lost++;
        place_clear(&place);
    }
    assert_true(lost > 6);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_acknowledged_survives_kill_at_any_moment),
        cmocka_unit_test(what_was_acknowledged_survives_loss_of_power_at_any_write),
        cmocka_unit_test(a_disk_that_lies_about_syncing_loses_what_was_acknowledged),
    };

    return RUN(tests);
}
