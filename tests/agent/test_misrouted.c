#include "parcel.h"

/* Is it about a child of ours?  A school reads nothing that is not under the index's grant,
   on the record of one of its own pupils, and about that pupil. */

struct school {
    struct federate federate;
    struct desk desk;
    struct own_record pupil; /* its strings are not kept */
    struct parcel parcel;
    struct grant grant;
};

static const uint8_t handle[HANDLE] = { 1 };

/* Leah is a pupil, and the police write about her. */
static void
begin(struct school *school)
{
    federate_begin(&school->federate);
    desk_open(&school->desk, &school->federate, SCHOOL);
    school->pupil = keep_record(&school->desk, "4471", "Leah", "Le Marquand");
    school->grant = grant_to(&school->federate, POLICE, handle, SCHOOL, &school->pupil.k);
}

/* The grant is signed, and the school knows it. */
static void
grant_it(struct school *school)
{
    sign_grant(&school->federate, &school->grant);
    desk_adopt(&school->desk);
    connect_desk(&school->desk);
}

static void
seal(struct school *school, const char *json)
{
    parcel_begin(&school->parcel, &school->desk, POLICE, json);
    parcel_for(&school->parcel, &school->desk, 1, 1);
    parcel_under(&school->parcel, &school->desk, &school->grant);
}

static void
deliver(struct school *school)
{
    broker_says(&school->desk, &school->parcel.frame);
    settle(&school->desk);
    assert_int_equal(agent_said(&school->desk, VERB_ACK)->ack, 1);
    agent_said(&school->desk, VERB_CREDIT);
}

static void
end(struct school *school)
{
    parcel_end(&school->parcel);
    desk_close(&school->desk);
    federate_end(&school->federate);
}

static void
is_misrouted(struct school *school)
{
    struct answered answered;

    deliver(school);
    assert_int_equal(alarms_of(&school->desk, "MISROUTED"), 1);
    get(&school->desk, "/v1/inbox", &answered);
    assert_says(answered.text, "quarantined");
    assert_null(strstr(answered.text, "Leah"));
    assert_null(strstr(answered.text, "bruise"));
    done_with(&answered);
    assert_int_equal(alarms_of(&school->desk, "GAP"), 0);
    end(school);
}

static void
about_its_own_pupil_a_school_reads_its_part(void **state)
{
    struct school school;
    struct answered answered;
    (void)state;

    begin(&school);
    grant_it(&school);
    seal(&school, ABOUT_LEAH);
    deliver(&school);
    no_alarm(&school.desk);
    get(&school.desk, "/v1/inbox", &answered);
    assert_says(answered.text, "Leah");
    assert_says(answered.text, "A bruise");
    assert_null(strstr(answered.text, "On the arm")); /* MASH and police see the story */
    assert_null(strstr(answered.text, "child-1"));    /* and the police's own id is theirs */
    assert_null(strstr(answered.text, "2017-03-14")); /* a year is enough */
    done_with(&answered);
    end(&school);
}

/* Written while an earlier grant was live, and waiting when the index signed it anew. */
static void
under_a_grant_that_took_the_place_of_another_it_is_read(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    school.grant.from_ms += (uint64_t)HOURS(1);
    grant_it(&school);
    seal(&school, ABOUT_LEAH);
    pass(&school.federate.now, HOURS(2));
    deliver(&school);
    no_alarm(&school.desk);
    end(&school);
}

static void
without_a_grant_it_is_misrouted(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    grant_it(&school);
    seal(&school, ABOUT_LEAH);
    school.parcel.frame.delivery.has_grant = false;
    is_misrouted(&school);
}

static void
without_a_route_it_is_misrouted(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    grant_it(&school);
    seal(&school, ABOUT_LEAH);
    school.parcel.frame.delivery.envelope.route.len = 0;
    is_misrouted(&school);
}

static void
with_a_route_that_was_not_signed_it_is_misrouted(void **state)
{
    struct school school;
    uint8_t route[ROUTE];
    (void)state;

    begin(&school);
    grant_it(&school);
    seal(&school, ABOUT_LEAH);
    memcpy(route, school.parcel.frame.delivery.envelope.route.data, ROUTE);
    route[ROUTE - 1] ^= 1; /* whatever the record: it is not the route that was signed */
    school.parcel.frame.delivery.envelope.route = bytes_of(route, ROUTE);
    is_misrouted(&school);
}

static void
under_a_grant_on_another_record_it_is_misrouted(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    school.grant.handle[0] = 2;
    ref_of(school.grant.ref, POLICE, school.grant.handle, &school.pupil.k);
    grant_it(&school);
    seal(&school, ABOUT_LEAH);
    is_misrouted(&school);
}

static void
under_a_grant_for_another_school_it_is_misrouted(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    school.grant.recipient = OTHER_SCHOOL;
    grant_it(&school);
    seal(&school, ABOUT_LEAH);
    is_misrouted(&school);
}

static void
under_a_grant_to_another_sender_it_is_misrouted(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    school.grant.publisher = HOSPITAL;
    ref_of(school.grant.ref, HOSPITAL, handle, &school.pupil.k);
    grant_it(&school);
    seal(&school, ABOUT_LEAH);
    is_misrouted(&school);
}

static void
under_a_grant_that_had_ended_it_is_misrouted(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    school.grant.to_day -= 31;
    grant_it(&school);
    seal(&school, ABOUT_LEAH);
    is_misrouted(&school);
}

static void
under_a_forged_grant_it_is_misrouted(void **state)
{
    struct school school;
    uint8_t body[GRANT_BODY];
    (void)state;

    begin(&school);
    grant_it(&school);
    seal(&school, ABOUT_LEAH);
    memcpy(body, school.parcel.frame.delivery.grant_body.data, GRANT_BODY);
    body[GRANT_BODY - 1] ^= 1;
    school.parcel.frame.delivery.grant_body = bytes_of(body, GRANT_BODY);
    is_misrouted(&school);
}

static void
with_a_ref_of_nobodys_record_it_is_misrouted(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    school.grant.ref[0] ^= 1;
    grant_it(&school);
    seal(&school, ABOUT_LEAH);
    is_misrouted(&school);
}

/* The index has linked the wrong record: the name that is shown is not the pupil's. */
static void
about_another_child_it_is_misrouted(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    school.pupil = keep_record(&school.desk, "4472", "Tiago", "Ferreira");
    ref_of(school.grant.ref, POLICE, handle, &school.pupil.k);
    grant_it(&school);
    seal(&school, ABOUT_LEAH);
    is_misrouted(&school);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(about_its_own_pupil_a_school_reads_its_part),
        cmocka_unit_test(under_a_grant_that_took_the_place_of_another_it_is_read),
        cmocka_unit_test(without_a_grant_it_is_misrouted),
        cmocka_unit_test(without_a_route_it_is_misrouted),
        cmocka_unit_test(with_a_route_that_was_not_signed_it_is_misrouted),
        cmocka_unit_test(under_a_grant_on_another_record_it_is_misrouted),
        cmocka_unit_test(under_a_grant_for_another_school_it_is_misrouted),
        cmocka_unit_test(under_a_grant_to_another_sender_it_is_misrouted),
        cmocka_unit_test(under_a_grant_that_had_ended_it_is_misrouted),
        cmocka_unit_test(under_a_forged_grant_it_is_misrouted),
        cmocka_unit_test(with_a_ref_of_nobodys_record_it_is_misrouted),
        cmocka_unit_test(about_another_child_it_is_misrouted),
    };

    return RUN(tests);
}
