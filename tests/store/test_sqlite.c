#include "survey.h"

#include <sqlite3.h>

/* What the file itself holds of an envelope, and for how long. */

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
    place_clear(*state);
    free(*state);
    return 0;
}

/* Closes the store, asks the file, and opens it again. */
static int
ask(struct place *place, const char *sql)
{
    sqlite3_stmt *statement;
    sqlite3 *sqlite;
    int answer;

    store_close(&place->store);
    assert_int_equal(sqlite3_open(place->path, &sqlite), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(sqlite, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    answer = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(sqlite);
    place_open(place);
    return answer;
}

static int
envelopes_in(struct place *place)
{
    return ask(place, "SELECT count(envelope) FROM content");
}

static int
stubs_in(struct place *place)
{
    return ask(place, "SELECT count(stub) FROM content");
}

static void
a_body_is_kept_until_the_last_one_has_it(void **state)
{
    struct place *place = *state;

    for (uint32_t i = 0; i < 3; i++)
        assert_ok(append_letter(place, i, 500, 2));
    assert_ok(append_ack(place, 1, 3));
    assert_int_equal(envelopes_in(place), 3);
    assert_ok(append_ack(place, 2, 2));
    assert_int_equal(envelopes_in(place), 1);
    assert_int_equal(stubs_in(place), 1);
    assert_ok(append_ack(place, 2, 3));
    assert_int_equal(stubs_in(place), 0);
    assert_int_equal(ask(place, "SELECT count(*) FROM record"), 3);
}

static void
a_body_goes_when_only_stubs_are_waited_for(void **state)
{
    struct place *place = *state;
    struct letter letter;

    letter_write(&letter, 1, 500, 2);
    letter.deliveries[1].stub = true;
    assert_ok(append_letters(place, &letter, 1, NULL));
    assert_int_equal(envelopes_in(place), 1);
    assert_ok(append_ack(place, 1, 1));
    assert_int_equal(envelopes_in(place), 0);
    assert_int_equal(stubs_in(place), 1);
    assert_ok(append_ack(place, 2, 1));
    assert_int_equal(stubs_in(place), 0);
}

static void
a_body_that_nobody_gets_is_never_written(void **state)
{
    struct place *place = *state;
    struct letter letter;

    letter_write(&letter, 1, 500, 0);
    assert_ok(append_letters(place, &letter, 1, NULL));
    assert_int_equal(stubs_in(place), 0);
    letter_write(&letter, 2, 500, 1);
    letter.deliveries[0].stub = true;
    assert_ok(append_letters(place, &letter, 1, NULL));
    assert_int_equal(envelopes_in(place), 0);
    assert_int_equal(stubs_in(place), 1);
}

static void
a_body_goes_when_it_expires(void **state)
{
    struct place *place = *state;

    assert_ok(append_letter(place, 0, 500, 2));
    assert_ok(append_letter(place, 1, 500, 2));
    assert_ok(store_expire(place->store, &place->head, 100000, NULL, NULL));
    assert_int_equal(envelopes_in(place), 1);
    assert_int_equal(stubs_in(place), 2);
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        HERE(a_body_is_kept_until_the_last_one_has_it),
        HERE(a_body_goes_when_only_stubs_are_waited_for),
        HERE(a_body_that_nobody_gets_is_never_written),
        HERE(a_body_goes_when_it_expires),
    };

    return RUN(tests);
}
