#include "disk.h"
#include "survey.h"

#include <sys/mount.h>

/* What the broker's store does when the disk does not do as it should. */

static int
open_place(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    place_make(place);
    place_open(place);
    *state = place;
    return 0;
}

static int
close_place(void **state)
{
    disk_works_again();
    disk.keeps = false;
    place_clear(*state);
    free(*state);
    return 0;
}

static void
nothing_is_acknowledged_before_it_is_synced(void **state)
{
    struct place *place = *state;

    disk.keeps = true;
    for (int i = 0; i < 300; i++) {
        long syncs = disk.syncs;

        assert_ok(append_next(place, 3));
        assert_true(disk.syncs > syncs);
        assert_int_equal(disk.unsynced_count, 0);
    }
    assert_ok(append_ack(place, 1, 900));
    assert_int_equal(disk.unsynced_count, 0);
}

/* Fails from the n-th operation of an append on, for every n that there is. */
static void
a_full_disk_changes_nothing_and_is_survived(void **state)
{
    struct place *place = *state;
    long refused = 0, left_in_log = 0;

    for (long at = 1; at <= 260; at++) {
        uint64_t size = place->head.size;
        enum err err;

        disk_fails_from(1 + (at * 7) % 130, ENOSPC);
        err = append_next(place, 8);
        if (err) {
            assert_err(err, ERR_FULL);
            assert_true(disk.failed > 0);
            assert_int_equal(place->head.size, size);
            if (at % 16 == 0)
                assert_ok(survey_store(place->store, size));
            refused++;
        } else if (disk.failed > 0) {
            left_in_log++;
        }
        disk_works_again();
        if (err)
            assert_ok(append_next(place, 8));
        assert_int_equal(place->head.size, size + 8);
    }
    assert_true(refused > 20);
    assert_true(left_in_log > 0);
    assert_ok(survey_store(place->store, place->head.size));
    store_close(&place->store);
    place_open(place);
    assert_ok(survey_store(place->store, place->head.size));
}

static void
a_small_disk_fills_up_and_is_enlarged(void **state)
{
    struct place *place = *state, small;
    enum err err;
    uint64_t size;

    place_make(&small);
    if (mount("tmpfs", small.folder, "tmpfs", 0, "size=1m")) {
        rmdir(small.folder);
        skip();
    }
    place_open(&small);
    while (!(err = append_next(&small, 4)))
        assert_true(small.head.size < 10000);
    assert_err(err, ERR_FULL);
    size = small.head.size;
    assert_true(size > 0);
    assert_ok(survey_store(small.store, size));
    assert_err(append_next(&small, 16), ERR_FULL);
    assert_ok(survey_store(small.store, size));

    assert_int_equal(mount("tmpfs", small.folder, "tmpfs", MS_REMOUNT, "size=8m"), 0);
    assert_ok(append_next(&small, 16));
    assert_ok(survey_store(small.store, size + 16));
    store_close(&small.store);
    place_open(&small);
    assert_int_equal(small.head.size, size + 16);
    store_close(&small.store);
    umount(small.folder);
    rmdir(small.folder);
    (void)place;
}

/* A disk that says no once is not asked again: after a failed sync, what a second one says
   is worth nothing. */
static void
a_failing_disk_stops_the_store_and_loses_nothing(void **state)
{
    struct place *place = *state;
    struct store_cursor cursor;
    struct store_fate fate;
    uint8_t id[16] = { 0 };

    for (long at = 1; at <= 80; at++) {
        uint64_t size = place->head.size;
        enum err err;

        disk_fails_from(at, EIO);
        disk.only_once = true;
        err = append_next(place, 2);
        if (!err && disk.failed == 0)
            break;
        if (err) {
            assert_err(err, ERR_IO);
            assert_int_equal(place->head.size, size);
            assert_err(append_next(place, 1), ERR_IO);
            assert_err(store_lookup(place->store, 7, id, &fate), ERR_IO);
            assert_err(store_cursor(place->store, 1, &cursor), ERR_IO);
        }
        disk_works_again();
        store_close(&place->store);
        place_open(place);
        assert_true(place->head.size == size || place->head.size == size + 2);
        assert_ok(survey_store(place->store, place->head.size));
        assert_true(at < 80);
    }
    assert_ok(survey_store(place->store, place->head.size));
}

/* Moving the log into the database fails after the commit that began it: that one counts,
   and it is the last. */
static void
a_disk_that_fails_after_a_commit_stops_the_next(void **state)
{
    struct place *place = *state;
    long most = 0, before;
    uint64_t size;

    for (int i = 0; i < 5; i++) {
        before = disk.operations;
        assert_ok(append_next(place, 1));
        if (disk.operations - before > most)
            most = disk.operations - before;
    }
    do {
        assert_true(place->head.size < 5000);
        disk_fails_from(2 * most, EIO);
        assert_ok(append_next(place, 1));
    } while (disk.failed == 0);
    size = place->head.size;
    disk_works_again();
    assert_err(append_next(place, 1), ERR_IO);
    store_close(&place->store);
    place_open(place);
    assert_int_equal(place->head.size, size);
    assert_ok(survey_store(place->store, size));
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        HERE(nothing_is_acknowledged_before_it_is_synced),
        HERE(a_full_disk_changes_nothing_and_is_survived),
        HERE(a_small_disk_fills_up_and_is_enlarged),
        HERE(a_failing_disk_stops_the_store_and_loses_nothing),
        HERE(a_disk_that_fails_after_a_commit_stops_the_next),
    };

    return RUN(tests);
}
