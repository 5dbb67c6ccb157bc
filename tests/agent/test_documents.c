#include "sent.h"

#include "federation/shared.h"

/* What the broker goes by is fetched, part by part, and taken in when it holds. */

static struct installed {
    enum document_wanted what;
    struct buffer content;
    size_t count, minisigs;
    enum err err;
} installed;

static enum err
install(void *self, enum document_wanted what, struct bytes content,
        const struct bytes *minisigs, size_t count, struct why *why)
{
    (void)self, (void)minisigs;
    installed.what = what;
    installed.count++;
    installed.minisigs = count;
    buffer_reset(&installed.content);
    buffer_add_bytes(&installed.content, content);
    return installed.err ? because(why, installed.err, "it does not hold") : ERR_OK;
}

static void
begin_fetching(struct school *school)
{
    buffer_clear(&installed.content);
    installed = (struct installed){ 0 };
    buffer_init(&installed.content, SHARED_MAX);
    begin(school);
    school->desk.install = install;
    desk_restart(&school->desk);
}

static void
end_fetching(struct school *school)
{
    buffer_clear(&installed.content);
    end(school);
}

static uint8_t grants_digest[DIGEST];
static const char some_grants[] = "kith grants\nand a few of them";

/* A welcome by which the broker has what we have, but for these grants. */
static struct frame
a_welcome_with_other_grants(struct school *school)
{
    struct frame welcome = a_welcome(&school->desk);
    struct buffer text;
    static uint8_t intake[DIGEST];

    buffer_init(&text, SHARED_MAX);
    federation_share_intake(&text, school->desk.in_force->federation);
    shared_digest(intake, buffer_bytes(&text));
    buffer_clear(&text);
    shared_digest(grants_digest, bytes_of_text(some_grants));
    welcome.welcome.standing.digests[WANT_INTAKE] = bytes_of(intake, DIGEST);
    welcome.welcome.standing.digests[WANT_GRANTS] = bytes_of(grants_digest, DIGEST);
    return welcome;
}

static void
greet(struct school *school)
{
    struct frame welcome = a_welcome_with_other_grants(school);

    agent_connected(school->desk.agent, school->federate.now);
    agent_said(&school->desk, VERB_HELLO);
    broker_says(&school->desk, &welcome);
}

static void
give_part(struct school *school, size_t offset, size_t len)
{
    const struct frame part = {
        .verb = VERB_DOCUMENT,
        .document = { .what = WANT_GRANTS,
                      .digest = bytes_of(grants_digest, DIGEST),
                      .offset = offset,
                      .total = strlen(some_grants),
                      .content = bytes_of(some_grants + offset, len) },
    };

    broker_says(&school->desk, &part);
}

static void
asks_for(struct school *school, enum document_wanted what, uint64_t offset)
{
    const struct frame *fetch = agent_said(&school->desk, VERB_FETCH);

    assert_int_equal(fetch->fetch.what, what);
    assert_int_equal(fetch->fetch.offset, offset);
}

static void
what_differs_is_fetched_part_by_part(void **state)
{
    struct school school;
    (void)state;

    begin_fetching(&school);
    greet(&school);
    asks_for(&school, WANT_GRANTS, 0);
    give_part(&school, 0, 10);
    asks_for(&school, WANT_GRANTS, 10);
    give_part(&school, 5, 10); /* not what was asked for */
    assert_int_equal(installed.count, 0);
    give_part(&school, 10, strlen(some_grants) - 10);
    assert_int_equal(installed.count, 1);
    assert_int_equal(installed.what, WANT_GRANTS);
    assert_bytes(buffer_bytes(&installed.content), bytes_of_text(some_grants));
    end_fetching(&school);
}

static void
the_registry_comes_first_and_all_that_differs_comes(void **state)
{
    struct school school;
    struct frame announce = { .verb = VERB_ANNOUNCE };
    static const uint8_t other[DIGEST] = { 1 };
    (void)state;

    begin_fetching(&school);
    connect_desk(&school.desk);
    school.desk.read = school.desk.said_count;
    announce.announce = a_standing(school.desk.in_force->federation);
    announce.announce.registry_version++;
    announce.announce.digests[WANT_REGISTRY] = bytes_of(other, DIGEST);
    broker_says(&school.desk, &announce);
    asks_for(&school, WANT_REGISTRY, 0);
    end_fetching(&school);
}

/* Who must not be told any more is heard of before all that says who is told. */
static void
suspensions_come_before_everything_else(void **state)
{
    struct school school;
    struct frame announce = { .verb = VERB_ANNOUNCE };
    static const uint8_t other[DIGEST] = { 1 };
    (void)state;

    begin_fetching(&school);
    connect_desk(&school.desk);
    school.desk.read = school.desk.said_count;
    announce.announce = a_standing(school.desk.in_force->federation);
    announce.announce.digests[WANT_REGISTRY] = bytes_of(other, DIGEST);
    announce.announce.digests[WANT_SUSPENSIONS] = bytes_of(other, DIGEST);
    broker_says(&school.desk, &announce);
    asks_for(&school, WANT_SUSPENSIONS, 0);
    end_fetching(&school);
}

static void
what_has_another_digest_is_not_taken_in_and_not_asked_for_again(void **state)
{
    struct school school;
    struct frame welcome;
    (void)state;

    begin_fetching(&school);
    greet(&school);
    asks_for(&school, WANT_GRANTS, 0);
    {
        struct frame lie = {
            .verb = VERB_DOCUMENT,
            .document = { .what = WANT_GRANTS,
                          .digest = bytes_of(grants_digest, DIGEST),
                          .total = 3,
                          .content = bytes_of("lie", 3) },
        };

        broker_says(&school.desk, &lie);
    }
    assert_int_equal(installed.count, 0);
    settle(&school.desk);
    assert_int_equal(alarms_of(&school.desk, "DOCUMENT"), 1);
    school.desk.read = school.desk.said_count;
    welcome = a_welcome_with_other_grants(&school);
    welcome.verb = VERB_ANNOUNCE;
    welcome.announce = welcome.welcome.standing;
    broker_says(&school.desk, &welcome);
    agent_is_silent(&school.desk);
    end_fetching(&school);
}

static void
what_does_not_verify_raises_an_alarm(void **state)
{
    struct school school;
    (void)state;

    begin_fetching(&school);
    installed.err = ERR_FORGED;
    greet(&school);
    asks_for(&school, WANT_GRANTS, 0);
    give_part(&school, 0, strlen(some_grants));
    assert_int_equal(installed.count, 1);
    settle(&school.desk);
    assert_int_equal(alarms_of(&school.desk, "DOCUMENT"), 1);
    end_fetching(&school);
}

static void
without_an_answer_it_is_asked_for_again(void **state)
{
    struct school school;
    struct frame ping = { .verb = VERB_PONG, .pong = 1 };
    (void)state;

    begin_fetching(&school);
    greet(&school);
    asks_for(&school, WANT_GRANTS, 0);
    for (int i = 0; i < 3; i++) {
        pass(&school.federate.now, SECONDS(9));
        broker_says(&school.desk, &ping);
        assert_ok(agent_tick(school.desk.agent, school.federate.now));
        agent_is_silent(&school.desk);
    }
    pass(&school.federate.now, SECONDS(3));
    broker_says(&school.desk, &ping);
    assert_ok(agent_tick(school.desk.agent, school.federate.now));
    asks_for(&school, WANT_GRANTS, 0);
    end_fetching(&school);
}

/* A broker that names a newer registry and does not give it, or has gone back to an older. */
static void
a_registry_that_does_not_come_in_ten_minutes_raises_rollback(void **state)
{
    static const int steps[] = { 1, -1 };
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct school school;
        struct frame welcome, ping = { .verb = VERB_PONG, .pong = 1 };

        begin_fetching(&school);
        agent_connected(school.desk.agent, school.federate.now);
        welcome = a_welcome(&school.desk);
        welcome.welcome.standing.registry_version += (uint32_t)steps[i];
        broker_says(&school.desk, &welcome);
        for (int minute = 0; minute < 10; minute++) {
            settle(&school.desk);
            assert_int_equal(alarms_of(&school.desk, "ROLLBACK"), 0);
            for (int part = 0; part < 6; part++) {
                pass(&school.federate.now, SECONDS(10));
                broker_says(&school.desk, &ping);
            }
            assert_ok(agent_tick(school.desk.agent, school.federate.now));
        }
        assert_int_equal(alarms_of(&school.desk, "ROLLBACK"), 1);
        end_fetching(&school);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_differs_is_fetched_part_by_part),
        cmocka_unit_test(the_registry_comes_first_and_all_that_differs_comes),
        cmocka_unit_test(suspensions_come_before_everything_else),
        cmocka_unit_test(what_has_another_digest_is_not_taken_in_and_not_asked_for_again),
        cmocka_unit_test(what_does_not_verify_raises_an_alarm),
        cmocka_unit_test(without_an_answer_it_is_asked_for_again),
        cmocka_unit_test(a_registry_that_does_not_come_in_ten_minutes_raises_rollback),
    };

    return RUN(tests);
}
