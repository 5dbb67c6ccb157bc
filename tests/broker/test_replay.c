#include "gate.h"

/* The same message again, and another one under its id. */

static void
the_same_again_gets_its_first_answer(void **state)
{
    struct case_of it;
    uint64_t first;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    first = sent_it_is_accepted(&it);
    assert_int_equal(sent_it_is_accepted(&it), first);
    pass(&it.office.federate.now, DAYS(3)); /* however late, and outside the window */
    office_restart(&it.office);
    enter(&it.office, SCHOOL);
    assert_int_equal(sent_it_is_accepted(&it), first);
    assert_int_equal(broker_counts(it.office.broker).log_size, 1);
    end(&it);
}

static void
twice_in_one_batch_is_once_in_the_log(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    submit(&it.office, SCHOOL, &it.letter);
    sent_it_is_accepted(&it);
    nothing_is_said(&it.office);
    assert_int_equal(broker_counts(it.office.broker).log_size, 1);
    end(&it);
}

static void
another_message_under_the_same_id_is_refused(void **state)
{
    struct case_of it;
    struct letter other;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    letter_begin(&other, &it.office.federate, it.office.in_force, SCHOOL);
    memcpy(other.order.core.msg_id, it.letter.order.core.msg_id, MSG_ID);
    letter_to_always_told(&other);
    letter_seal(&other);

    submit(&it.office, SCHOOL, &it.letter); /* before the commit, */
    submit(&it.office, SCHOOL, &other);
    is_refused(&it.office, SCHOOL, CHECK_REPLAY, 0);
    commit(&it.office);
    hears(&it.office, SCHOOL, VERB_ACCEPTED);
    submit(&it.office, SCHOOL, &other); /* after it, */
    is_refused(&it.office, SCHOOL, CHECK_REPLAY, 0);
    office_restart(&it.office); /* and after a restart */
    enter(&it.office, SCHOOL);
    submit(&it.office, SCHOOL, &other);
    is_refused(&it.office, SCHOOL, CHECK_REPLAY, 0);
    letter_end(&other);
    end(&it);
}

static void
an_id_is_its_senders_own(void **state)
{
    struct case_of it;
    struct letter other;
    (void)state;

    begin(&it);
    enter(&it.office, POLICE);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    sent_it_is_accepted(&it);
    letter_begin(&other, &it.office.federate, it.office.in_force, POLICE);
    memcpy(other.order.core.msg_id, it.letter.order.core.msg_id, MSG_ID);
    letter_to_always_told(&other);
    letter_seal(&other);
    submit(&it.office, POLICE, &other);
    commit(&it.office);
    hears(&it.office, POLICE, VERB_ACCEPTED);
    letter_end(&other);
    end(&it);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_again_gets_its_first_answer),
        cmocka_unit_test(twice_in_one_batch_is_once_in_the_log),
        cmocka_unit_test(another_message_under_the_same_id_is_refused),
        cmocka_unit_test(an_id_is_its_senders_own),
    };

    return RUN(tests);
}
