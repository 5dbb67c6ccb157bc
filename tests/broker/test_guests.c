#include "invited.h"

/* --- Asking ----------------------------------------------------------------------------------- */

static void
who_was_invited_asks_once_and_is_told_whose_signatures_count(void **state)
{
    const struct frame *joined;
    struct invited it;
    struct buffer trust;
    (void)state;

    invite(&it);
    asks_to_join(&it);
    joined = hears_in(&it.office, GUEST, VERB_JOINED);
    buffer_init(&trust, FRAME_MAX);
    trust_write(&trust, federation_trust(it.office.in_force->federation));
    assert_bytes(joined->joined, buffer_bytes(&trust));
    assert_int_equal(kept, 1);
    assert_bytes(buffer_bytes(&it.invite.request), buffer_bytes(&it.text));
    assert_int_equal(it.office.cut, 0);
    buffer_clear(&trust);
    invited_end(&it);
}

/* Its answer may have been lost. */
static void
the_same_request_again_gets_the_same_answer(void **state)
{
    struct invited it;
    (void)state;

    invite(&it);
    asks_to_join(&it);
    hears_in(&it.office, GUEST, VERB_JOINED);
    asks_to_join(&it);
    hears_in(&it.office, GUEST, VERB_JOINED);
    assert_int_equal(kept, 1);
    pass(&it.office.federate.now, HOURS(2));
    asks_to_join(&it);
    hears_in(&it.office, GUEST, VERB_JOINED);
    invited_end(&it);
}

static void
an_invite_works_once(void **state)
{
    struct exchange_secret secret;
    struct invited it;
    (void)state;

    invite(&it);
    asks_to_join(&it);
    hears_in(&it.office, GUEST, VERB_JOINED);
    exchange_make(&it.request.transport, &secret);
    write_request(&it);
    asks_to_join(&it);
    is_turned_away(&it, "has been used already");
    assert_int_equal(kept, 1);
    invited_end(&it);
}

static void
an_invite_runs_out(void **state)
{
    struct invited it;
    (void)state;

    invite(&it);
    pass(&it.office.federate.now, HOURS(1));
    asks_to_join(&it);
    is_turned_away(&it, "has run out");
    assert_int_equal(kept, 0);
    invited_end(&it);
}

static void
what_cannot_be_written_down_is_not_said_to_be(void **state)
{
    struct invited it;
    (void)state;

    invite(&it);
    keeps = ERR_IO;
    asks_to_join(&it);
    is_turned_away(&it, "cannot write the request down");
    assert_int_equal(it.invite.request.len, 0);
    invited_end(&it);
}

static void
a_request_that_does_not_hold_is_refused_in_words(void **state)
{
    struct sign_public other;
    struct invited it;
    (void)state;

    invite(&it);
    it.text.data[it.text.len - 10] ^= 1;
    asks_to_join(&it);
    hears_in(&it.office, GUEST, VERB_BYE);
    assert_int_equal(kept, 0);
    invited_end(&it);

    invite(&it);
    sign_make(&other, &it.secret);
    write_request(&it);
    asks_to_join(&it);
    is_turned_away(&it, "not signed by the signing key");
    invited_end(&it);

    invite(&it);
    strcpy(it.request.agency, "mash");
    write_request(&it);
    asks_to_join(&it);
    is_turned_away(&it, "not what this invite is for");
    invited_end(&it);

    invite(&it);
    pass(&it.office.federate.now, MINUTES(16));
    asks_to_join(&it);
    is_turned_away(&it, "clock");
    assert_int_equal(kept, 0);
    invited_end(&it);
}

/* --- What a guest is not ------------------------------------------------------------------------ */

static void
it_fetches_the_registry_and_the_agreement_and_nothing_else(void **state)
{
    struct frame fetch = { .verb = VERB_FETCH, .fetch = { .what = WANT_AGREEMENT } };
    struct invited it;
    (void)state;

    invite(&it);
    guest_says(&it, &fetch);
    assert_int_equal(hears_in(&it.office, GUEST, VERB_DOCUMENT)->document.what, WANT_AGREEMENT);
    for (int what = WANT_INTAKE; what < WANT_COUNT; what++) {
        fetch.fetch.what = (enum document_wanted)what;
        guest_says(&it, &fetch);
        assert_int_equal(hears_in(&it.office, GUEST, VERB_BYE)->bye.reason, BYE_PROTOCOL);
        assert_int_equal(it.office.cut, GUEST);
    }
    invited_end(&it);
}

static void
without_its_invite_it_is_nobody(void **state)
{
    struct frame fetch = { .verb = VERB_FETCH, .fetch = { .what = WANT_REGISTRY } };
    struct invites none = { 0 };
    struct invited it;
    (void)state;

    invite(&it);
    guest_says(&it, &fetch);
    hears_in(&it.office, GUEST, VERB_DOCUMENT);
    broker_invite(it.office.broker, &none);
    assert_int_equal(hears_in(&it.office, GUEST, VERB_BYE)->bye.reason, BYE_INVITE);
    assert_int_equal(it.office.cut, GUEST);
    it.office.cut = 0;
    guest_says(&it, &fetch);
    nothing_is_said(&it.office);
    assert_int_equal(it.office.cut, GUEST);
    invited_end(&it);
}

static void
who_was_turned_away_is_not_heard_any_more(void **state)
{
    struct invited it;
    (void)state;

    invite(&it);
    pass(&it.office.federate.now, HOURS(1));
    asks_to_join(&it);
    is_turned_away(&it, "has run out");
    asks_to_join(&it);
    hears_in(&it.office, GUEST, VERB_BYE);
    assert_int_equal(it.office.cut, GUEST);
    invited_end(&it);
}

static void
a_guest_that_says_too_much_is_put_out(void **state)
{
    struct frame fetch = { .verb = VERB_FETCH, .fetch = { .what = WANT_REGISTRY } };
    static uint8_t much[5000] = { VERB_JOIN };
    struct visitor visitor = { GUEST, NULL };
    struct invited it;
    (void)state;

    invite(&it);
    visitor.transport = it.invite.key.bytes;
    assert_ok(broker_hear(it.office.broker, &visitor, bytes_of(much, sizeof(much)),
                          it.office.federate.now));
    assert_says(hears_in(&it.office, GUEST, VERB_BYE)->bye.words, "credit");
    office_forget(&it.office);
    fetch.fetch.offset = UINT32_MAX; /* the least that is answered */
    for (int i = 0; i < GUEST_FRAMES; i++)
        guest_says(&it, &fetch);
    it.office.read = it.office.said_count;
    guest_says(&it, &fetch);
    nothing_is_said(&it.office);
    invited_end(&it);
}

static void
it_stays_while_another_registry_comes_into_force(void **state)
{
    struct invited it;
    (void)state;

    invite(&it);
    asks_to_join(&it);
    hears_in(&it.office, GUEST, VERB_JOINED);
    relist(&it.office.federate, it.office.in_force, SCHOOL, "  transport", "# transport");
    office_adopt(&it.office);
    assert_int_equal(it.office.cut, 0);
    nothing_is_said(&it.office);
    invited_end(&it);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_was_invited_asks_once_and_is_told_whose_signatures_count),
        cmocka_unit_test(the_same_request_again_gets_the_same_answer),
        cmocka_unit_test(an_invite_works_once),
        cmocka_unit_test(an_invite_runs_out),
        cmocka_unit_test(what_cannot_be_written_down_is_not_said_to_be),
        cmocka_unit_test(a_request_that_does_not_hold_is_refused_in_words),
        cmocka_unit_test(it_fetches_the_registry_and_the_agreement_and_nothing_else),
        cmocka_unit_test(without_its_invite_it_is_nobody),
        cmocka_unit_test(who_was_turned_away_is_not_heard_any_more),
        cmocka_unit_test(a_guest_that_says_too_much_is_put_out),
        cmocka_unit_test(it_stays_while_another_registry_comes_into_force),
    };

    return RUN(tests);
}
