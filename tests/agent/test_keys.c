#include "sent.h"

/* A fresh key is made and offered in time, and not more often than need be. */

struct renewing {
    size_t asked;
    enum err err;
};

static struct renewing renewing;

static enum err
renew(void *self, const struct numbered_secret *signing, struct buffer *offer, struct why *why)
{
    (void)self;
    assert_non_null(signing);
    renewing.asked++;
    buffer_add_text(offer, "a fresh key");
    return renewing.err ? because(why, renewing.err, "no room") : ERR_OK;
}

static void
begin_renewing(struct school *school)
{
    renewing = (struct renewing){ 0 };
    begin(school);
    desk_renews(&school->desk, renew);
    connect_desk(&school->desk);
    settle(&school->desk);
    school->desk.read = school->desk.said_count;
}

static void
tick(struct school *school)
{
    assert_ok(agent_tick(school->desk.agent, school->federate.now));
}

static void
after_five_days_a_key_is_offered_and_not_at_once_again(void **state)
{
    struct school school;
    const struct frame *offer;
    (void)state;

    begin_renewing(&school);
    pass(&school.federate.now, DAYS(5) - SECONDS(1));
    connect_desk(&school.desk); /* or it would have been silent for days */
    school.desk.read = school.desk.said_count;
    tick(&school);
    agent_is_silent(&school.desk);
    pass(&school.federate.now, SECONDS(1));
    tick(&school);
    offer = agent_said(&school.desk, VERB_OFFER);
    assert_bytes(offer->offer, bytes_of_text("a fresh key"));
    tick(&school);
    agent_is_silent(&school.desk);
    pass(&school.federate.now, MINUTES(10));
    connect_desk(&school.desk);
    school.desk.read = school.desk.said_count;
    tick(&school);
    agent_said(&school.desk, VERB_OFFER); /* the broker has not said that it has it */
    assert_int_equal(renewing.asked, 2);
    end(&school);
}

static void
without_the_broker_no_key_is_made(void **state)
{
    struct school school;
    (void)state;

    begin_renewing(&school);
    lose_connection(&school.desk);
    pass(&school.federate.now, DAYS(30));
    tick(&school);
    assert_int_equal(renewing.asked, 0);
    end(&school);
}

static void
what_cannot_be_made_is_not_offered(void **state)
{
    struct school school;
    (void)state;

    begin_renewing(&school);
    renewing.err = ERR_FULL;
    pass(&school.federate.now, DAYS(6));
    connect_desk(&school.desk);
    school.desk.read = school.desk.said_count;
    tick(&school);
    assert_int_equal(renewing.asked, 1);
    agent_is_silent(&school.desk);
    end(&school);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_five_days_a_key_is_offered_and_not_at_once_again),
        cmocka_unit_test(without_the_broker_no_key_is_made),
        cmocka_unit_test(what_cannot_be_made_is_not_offered),
    };

    return RUN(tests);
}
