#include "gate.h"

#include "broker/accept.h"

/* A suspended agency: nothing is taken from it, nothing given to it, and nobody else waits. */

static void
is_put_out(struct office *office, uint32_t agency)
{
    const struct frame *bye = hears(office, agency, VERB_BYE);

    assert_int_equal(bye->bye.reason, BYE_SUSPENDED);
    assert_says(bye->bye.words, "suspended");
    assert_int_equal(office->cut, agency);
    office->cut = 0;
}

/* As many sign as must. */
static void
shut_out(struct office *office, uint32_t agency)
{
    suspend(&office->federate, agency, 0);
    if (agency == MASH || agency == SOCIAL_CARE)
        suspend(&office->federate, agency, 0);
    office_adopt(office);
}

static void
let_in(struct office *office, uint32_t agency)
{
    lift_suspension(&office->federate, agency);
    office_adopt(office);
}

static void
its_session_ends_and_the_others_go_on(void **state)
{
    struct office office;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    enter(&office, POLICE);
    shut_out(&office, SCHOOL);
    is_put_out(&office, SCHOOL);
    nothing_is_said(&office);
    assert_int_equal(broker_counts(office.broker).sessions, 1);
    office_close(&office);
}

/* While the rest of the folder is half changed. */
static void
it_is_put_out_when_only_the_suspensions_are_read_again(void **state)
{
    const struct frame fetch = { .verb = VERB_FETCH, .fetch = { .what = WANT_SUSPENSIONS } };
    uint8_t announced[DIGEST];
    char directory[FILE_PATH_MAX], archive[FILE_PATH_MAX];
    struct office office;
    struct why why = { "" };
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    enter(&office, POLICE);
    suspend(&office.federate, SCHOOL, 0);
    snprintf(directory, sizeof(directory), "%s/federation", office.federate.folder);
    snprintf(archive, sizeof(archive), "%s/archive-0", office.federate.folder);
    shell("echo x >%s/registry", directory);
    expect_ok(in_force_read_suspensions(office.in_force, directory, archive,
                                        office.federate.now.wall, &why),
              &why);
    broker_suspensions_changed(office.broker);
    is_put_out(&office, SCHOOL);
    memcpy(announced,
           hears(&office, POLICE, VERB_ANNOUNCE)->announce.digests[WANT_SUSPENSIONS].data,
           DIGEST);
    say(&office, POLICE, &fetch);
    assert_bytes(hears(&office, POLICE, VERB_DOCUMENT)->document.digest,
                 bytes_of(announced, DIGEST));
    nothing_is_said(&office);
    assert_int_equal(broker_counts(office.broker).sessions, 1);
    office_close(&office);
}

static void
its_hello_is_refused_until_it_is_lifted_also_over_a_restart(void **state)
{
    struct office office;
    struct frame hello;
    (void)state;

    office_open(&office);
    shut_out(&office, SCHOOL);
    for (int i = 0; i < 2; i++) {
        hello = a_hello(&office);
        say(&office, SCHOOL, &hello);
        is_put_out(&office, SCHOOL);
        nothing_is_said(&office);
        assert_int_equal(broker_counts(office.broker).sessions, 0);
        office_restart(&office);
    }
    let_in(&office, SCHOOL);
    enter(&office, SCHOOL);
    office_close(&office);
}

static void
its_messages_are_refused_by_a_check_of_that_name(void **state)
{
    struct root_cache *roots = root_cache_new(16);
    struct submission submission;
    struct case_of it;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    assert_int_equal(accept_sender(&submission, &it.letter.envelope, SCHOOL, it.office.in_force,
                                   roots, it.office.federate.now.wall),
                     CHECK_OK);
    shut_out(&it.office, SCHOOL);
    assert_string_equal(
        check_name(accept_sender(&submission, &it.letter.envelope, SCHOOL, it.office.in_force,
                                 roots, it.office.federate.now.wall)),
        "SUSPENDED");
    root_cache_free(&roots);
    end(&it);
}

/* What was checked before the suspension came, and is not on disk yet. */
static void
what_it_said_and_is_not_committed_is_not_accepted(void **state)
{
    struct case_of it;
    struct letter other;
    (void)state;

    begin(&it);
    enter(&it.office, HOSPITAL);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    submit(&it.office, SCHOOL, &it.letter);
    letter_begin(&other, &it.office.federate, it.office.in_force, HOSPITAL);
    letter_to_always_told(&other);
    letter_seal(&other);
    submit(&it.office, HOSPITAL, &other);
    shut_out(&it.office, SCHOOL);
    is_put_out(&it.office, SCHOOL);
    commit(&it.office);
    hears(&it.office, HOSPITAL, VERB_ACCEPTED);
    nothing_is_said(&it.office);
    assert_int_equal(broker_counts(it.office.broker).log_size, 1);
    letter_end(&other);
    end(&it);
}

/* --- Towards it ------------------------------------------------------------------------------ */

static const struct delivery *
delivery_to(struct office *office, uint32_t agency)
{
    return &hears(office, agency, VERB_DELIVER)->delivery;
}

static void
is_stub(const struct delivery *delivery)
{
    assert_true(delivery->envelope.capsule_digests.len > 0);
    assert_int_equal(delivery->envelope.capsule_count, 0);
    assert_int_equal(delivery->envelope.compartment_count, 0);
    assert_int_equal(delivery->envelope.route.len, 0);
    assert_false(delivery->has_grant);
}

static void
seal_for_police(struct case_of *it)
{
    letter_to_always_told(&it->letter);
    letter_to(&it->letter, POLICE, 1);
    letter_seal(&it->letter);
}

/* The sender has not heard of the suspension yet. */
static void
what_is_sealed_to_it_is_accepted_without_its_capsule(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    seal_for_police(&it);
    shut_out(&it.office, POLICE);
    sent_it_is_accepted(&it);
    enter(&it.office, MASH);
    commit(&it.office);
    assert_int_equal(delivery_to(&it.office, MASH)->envelope.capsule_count, 1);
    let_in(&it.office, POLICE);
    enter(&it.office, POLICE);
    commit(&it.office);
    is_stub(delivery_to(&it.office, POLICE));
    nothing_is_said(&it.office);
    end(&it);
}

/* The capsule is not there any more, whatever a lift says of the time. */
static void
the_broker_keeps_no_capsule_for_it(void **state)
{
    struct case_of it;
    struct bytes ciphertext;
    (void)state;

    begin(&it);
    seal_for_police(&it);
    shut_out(&it.office, POLICE);
    sent_it_is_accepted(&it);
    ciphertext = it.letter.envelope.capsules[2].ct;
    assert_int_equal(it.letter.envelope.capsules[2].recipient, POLICE);
    broker_free(&it.office.broker);
    store_close(&it.office.store);
    for (int which = 0; which < 2; which++) {
        /* The same search where there is something to find: MASH's. */
        struct bytes wanted = which == 0 ? it.letter.envelope.capsules[0].ct : ciphertext;
        char path[FILE_PATH_MAX];
        struct buffer file;

        snprintf(path, sizeof(path), "%s/broker/store/broker.db", it.office.federate.folder);
        buffer_init(&file, 64 * 1024 * 1024);
        assert_ok(file_read(&file, path, NULL));
        assert_int_equal(memmem(file.data, file.len, wanted.data, 32) != NULL, which == 0);
        buffer_clear(&file);
    }
    end(&it);
}

static void
what_waited_for_it_becomes_stubs(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    seal_for_police(&it);
    sent_it_is_accepted(&it);
    pass(&it.office.federate.now, MINUTES(1));
    shut_out(&it.office, POLICE);
    pass(&it.office.federate.now, MINUTES(1));
    let_in(&it.office, POLICE);
    enter(&it.office, POLICE);
    commit(&it.office);
    is_stub(delivery_to(&it.office, POLICE));
    end(&it);
}

static void
after_the_lift_it_hears_as_before(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    shut_out(&it.office, POLICE);
    pass(&it.office.federate.now, MINUTES(1));
    let_in(&it.office, POLICE);
    letter_end(&it.letter);
    letter_begin(&it.letter, &it.office.federate, it.office.in_force, SCHOOL);
    seal_for_police(&it);
    sent_it_is_accepted(&it);
    enter(&it.office, POLICE);
    commit(&it.office);
    assert_int_equal(delivery_to(&it.office, POLICE)->envelope.capsule_count, 1);
    end(&it);
}

static void
under_a_grant_it_gets_neither_route_nor_grant(void **state)
{
    struct case_of it;
    struct grant grant;
    (void)state;

    begin(&it);
    grant = grant_to(&it.office.federate, SCHOOL, it.letter.handle, HOSPITAL, NULL);
    sign_grant(&it.office.federate, &grant);
    shut_out(&it.office, HOSPITAL);
    it.letter.in_force = it.office.in_force;
    it.letter.agreement = agreements_current(it.office.in_force->agreements);
    letter_to_always_told(&it.letter);
    letter_to(&it.letter, HOSPITAL, 1);
    letter_seal(&it.letter);
    sent_it_is_accepted(&it);
    let_in(&it.office, HOSPITAL);
    enter(&it.office, HOSPITAL);
    commit(&it.office);
    is_stub(delivery_to(&it.office, HOSPITAL));
    end(&it);
}

/* --- Never silencing ---------------------------------------------------------------------------- */

static void
without_mash_when_it_is_suspended_a_concern_goes_to_the_others(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    letter_to(&it.letter, SOCIAL_CARE, 1);
    letter_seal(&it.letter);
    shut_out(&it.office, MASH);
    sent_it_is_accepted(&it);
    enter(&it.office, SOCIAL_CARE);
    commit(&it.office);
    assert_int_equal(delivery_to(&it.office, SOCIAL_CARE)->envelope.capsule_count, 1);
    end(&it);
}

static void
with_a_capsule_for_suspended_mash_it_is_accepted_too(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    shut_out(&it.office, MASH);
    sent_it_is_accepted(&it);
    end(&it);
}

static void
mash_signed_out_by_one_must_still_be_told(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    letter_to(&it.letter, SOCIAL_CARE, 1);
    letter_seal(&it.letter);
    suspend(&it.office.federate, MASH, 1);
    office_adopt(&it.office);
    sent_it_is_refused(&it, CHECK_CAPSULE_MISSING, MASH);
    end(&it);
}

/* Social care is there, and must be told. */
static void
with_mash_suspended_social_care_is_not_left_out(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    letter_to(&it.letter, POLICE, 1);
    letter_seal(&it.letter);
    shut_out(&it.office, MASH);
    sent_it_is_refused(&it, CHECK_CAPSULE_MISSING, SOCIAL_CARE);
    end(&it);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_session_ends_and_the_others_go_on),
        cmocka_unit_test(it_is_put_out_when_only_the_suspensions_are_read_again),
        cmocka_unit_test(its_hello_is_refused_until_it_is_lifted_also_over_a_restart),
        cmocka_unit_test(its_messages_are_refused_by_a_check_of_that_name),
        cmocka_unit_test(what_it_said_and_is_not_committed_is_not_accepted),
        cmocka_unit_test(what_is_sealed_to_it_is_accepted_without_its_capsule),
        cmocka_unit_test(the_broker_keeps_no_capsule_for_it),
        cmocka_unit_test(what_waited_for_it_becomes_stubs),
        cmocka_unit_test(after_the_lift_it_hears_as_before),
        cmocka_unit_test(under_a_grant_it_gets_neither_route_nor_grant),
        cmocka_unit_test(without_mash_when_it_is_suspended_a_concern_goes_to_the_others),
        cmocka_unit_test(with_a_capsule_for_suspended_mash_it_is_accepted_too),
        cmocka_unit_test(mash_signed_out_by_one_must_still_be_told),
        cmocka_unit_test(with_mash_suspended_social_care_is_not_left_out),
    };

    return crypto_start() ? RUN(tests) : 1;
}
