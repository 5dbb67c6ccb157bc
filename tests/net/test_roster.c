/* Frames and socket events come in any order, and descriptors are used again: whose frame
   is it? */
#include "net/roster.h"

#include "pair.h"

static const uint8_t routing[ROUTING_ID] = { 0, 1, 2, 3, 4 };

static struct curve_public
key_of(uint8_t byte)
{
    struct curve_public key;

    memset(key.bytes, byte, sizeof(key.bytes));
    return key;
}

static struct connection *
let_in(struct roster *roster, uint8_t byte)
{
    struct curve_public key = key_of(byte);
    char user_id[USER_ID];

    roster_let_in(roster, &key, 1000, user_id);
    return roster_find(roster, user_id);
}

static void
a_user_id_names_its_connection_and_no_other_text_does(void **state)
{
    static const char *const others[] = {
        "",
        "0000000000000001",
        "x",
        "1",
        "0000000000000009"
        "0101010101010101010101010101010101010101010101010101010101010101",
        "zzzzzzzzzzzzzzzz"
        "0101010101010101010101010101010101010101010101010101010101010101",
        "0000000000000000"
        "0101010101010101010101010101010101010101010101010101010101010101",
    };
    struct roster roster = { .live = 0 };
    struct curve_public key = key_of(1);
    char user_id[USER_ID];

    (void)state;
    roster_let_in(&roster, &key, 0, user_id);
    assert_int_equal(strlen(user_id), USER_ID - 1);
    assert_non_null(roster_find(&roster, user_id));
    assert_memory_equal(&roster_find(&roster, user_id)->session.key, &key, sizeof(key));
    assert_null(roster_find(&roster, NULL)); /* libzmq let it in without asking us */
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        assert_null(roster_find(&roster, others[i]));
    roster_clear(&roster);
}

static void
a_connection_is_joined_to_its_descriptor_and_ends_with_it(void **state)
{
    struct roster roster = { .live = 0 };
    struct connection *connection;

    (void)state;
    roster_accepted(&roster, 7, 1000);
    connection = let_in(&roster, 1);
    roster_join(&roster, connection, 7, routing);
    assert_int_equal(connection->fd, 7);
    assert_int_equal(roster.live, 1);
    roster_disconnected(&roster, 7);
    assert_true(connection->ended);
    assert_int_equal(connection->fd, -1);
    assert_int_equal(roster.live, 0);
    roster_clear(&roster);
}

/* The frame waited while its connection was closed and another took its descriptor. */
static void
a_late_frame_is_not_taken_for_one_of_the_descriptors_next_connection(void **state)
{
    struct roster roster = { .live = 0 };
    struct connection *first, *second;

    (void)state;
    roster_accepted(&roster, 7, 1000);
    first = let_in(&roster, 1);
    roster_disconnected(&roster, 7);
    roster_accepted(&roster, 7, 1001);
    second = let_in(&roster, 2);
    roster_join(&roster, first, 7, routing);
    assert_true(first->ended);
    assert_int_equal(first->fd, -1);
    roster_join(&roster, second, 7, routing);
    assert_int_equal(second->fd, 7);
    assert_false(second->ended);
    roster_clear(&roster);
}

static void
a_frame_without_a_known_descriptor_ends_its_connection(void **state)
{
    struct roster roster = { .live = 0 };
    int unknown[] = { -1, 7, 1000000 };

    (void)state;
    roster_accepted(&roster, 3, 1000);
    for (size_t i = 0; i < 3; i++) {
        struct connection *connection = let_in(&roster, 1);

        roster_join(&roster, connection, unknown[i], routing);
        assert_true(connection->ended);
    }
    roster_clear(&roster);
}

static void
the_places_of_a_key_are_those_that_have_not_ended(void **state)
{
    struct roster roster = { .live = 0 };
    struct curve_public key = key_of(1);

    (void)state;
    for (int fd = 10; fd < 13; fd++) {
        roster_accepted(&roster, fd, 1000);
        roster_join(&roster, let_in(&roster, 1), fd, routing);
    }
    let_in(&roster, 1); /* not heard of yet: it may come */
    let_in(&roster, 2);
    assert_int_equal(roster_of_key(&roster, &key), 4);
    roster_disconnected(&roster, 11);
    assert_int_equal(roster_of_key(&roster, &key), 3);
    roster_clear(&roster);
}

static void
count_gone(void *self, const struct session *session)
{
    *(uint64_t *)self += session->number;
}

static void
who_has_ended_is_told_of_once_and_forgotten(void **state)
{
    struct roster roster = { .live = 0 };
    uint64_t gone = 0;

    (void)state;
    for (int fd = 10; fd < 13; fd++) {
        roster_accepted(&roster, fd, 1000);
        roster_join(&roster, let_in(&roster, 1), fd, routing);
    }
    roster_disconnected(&roster, 10);
    roster_disconnected(&roster, 12);
    roster_forget(&roster, count_gone, &gone);
    assert_int_equal(gone, 1 + 3);
    roster_forget(&roster, count_gone, &gone);
    assert_int_equal(gone, 1 + 3);
    assert_null(roster_get(&roster, 1));
    assert_non_null(roster_get(&roster, 2));
    roster_clear(&roster);
}

static void
who_says_nothing_is_found_and_gives_up_its_place(void **state)
{
    struct roster roster = { .live = 0 };
    uint64_t gone = 0;
    size_t at = 0;

    (void)state;
    roster_accepted(&roster, 5, 1000);
    roster_accepted(&roster, 6, 1000);
    roster_accepted(&roster, 7, 3000);
    roster_join(&roster, let_in(&roster, 1), 6, routing);
    let_in(&roster, 2);
    assert_int_equal(roster_next_silent(&roster, 2000, &at), 5);
    assert_int_equal(roster_next_silent(&roster, 2000, &at), -1);
    roster_expire(&roster, 1000);
    assert_int_equal(roster.live, 2);
    roster_expire(&roster, 1001);
    assert_int_equal(roster.live, 1);
    roster_forget(&roster, count_gone, &gone);
    assert_int_equal(gone, 2);
    roster_clear(&roster);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_id_names_its_connection_and_no_other_text_does),
        cmocka_unit_test(a_connection_is_joined_to_its_descriptor_and_ends_with_it),
        cmocka_unit_test(a_late_frame_is_not_taken_for_one_of_the_descriptors_next_connection),
        cmocka_unit_test(a_frame_without_a_known_descriptor_ends_its_connection),
        cmocka_unit_test(the_places_of_a_key_are_those_that_have_not_ended),
        cmocka_unit_test(who_has_ended_is_told_of_once_and_forgotten),
        cmocka_unit_test(who_says_nothing_is_found_and_gives_up_its_place),
    };

    return RUN(tests);
}
