#include "gate.h"

/* To whom a message may go, and under which grant. */

/* --- To whom -------------------------------------------------------------------------------------------- */

static void
try_without(uint32_t missing)
{
    struct case_of it;

    begin(&it);
    letter_to(&it.letter, missing == MASH ? SOCIAL_CARE : MASH, 1);
    letter_to(&it.letter, POLICE, 1);
    letter_seal(&it.letter);
    sent_it_is_refused(&it, CHECK_CAPSULE_MISSING, missing);
    end(&it);
}

static void
mash_and_social_care_are_always_told(void **state)
{
    (void)state;
    try_without(MASH);
    try_without(SOCIAL_CARE);
}

static void
who_is_always_told_need_not_tell_itself(void **state)
{
    struct case_of it;
    struct letter letter;
    (void)state;

    begin(&it);
    enter(&it.office, MASH);
    letter_begin(&letter, &it.office.federate, it.office.in_force, MASH);
    letter_to(&letter, SOCIAL_CARE, 1);
    letter_seal(&letter);
    submit(&it.office, MASH, &letter);
    commit(&it.office);
    hears(&it.office, MASH, VERB_ACCEPTED);
    letter_end(&letter);
    end(&it);
}

static void
a_control_message_goes_to_its_addressee_alone(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    it.letter.order.core.kind = KIND_CONTROL;
    letter_to(&it.letter, POLICE, 1);
    letter_seal(&it.letter);
    sent_it_is_accepted(&it);
    end(&it);
}

static void
try_recipient(uint32_t recipient, const char *old, const char *fresh)
{
    struct case_of it;

    office_open(&it.office);
    if (old != NULL) {
        agree_on(&it.office.federate, old, fresh);
        office_adopt(&it.office);
    }
    enter(&it.office, SCHOOL);
    letter_begin(&it.letter, &it.office.federate, it.office.in_force, SCHOOL);
    letter_to_always_told(&it.letter);
    letter_to(&it.letter, recipient, 1);
    letter_seal(&it.letter);
    sent_it_is_refused(&it, CHECK_RECIPIENT, recipient);
    end(&it);
}

static void
a_recipient_that_nobody_knows_is_refused(void **state)
{
    (void)state;
    try_recipient(STRANGER, NULL, NULL);
}

static void
nobody_sends_to_itself(void **state)
{
    (void)state;
    try_recipient(SCHOOL, NULL, NULL);
}

static void
a_recipient_that_is_not_in_the_agreement_is_refused(void **state)
{
    (void)state;
    try_recipient(OTHER_SCHOOL, ", les-quennevais-secondary", "");
}

static void
after_the_agreement_only_mash_and_social_care(void **state)
{
    struct case_of it;
    (void)state;

    office_open(&it.office);
    agree_on(&it.office.federate, "to 2027-12-31", "to 2026-11-24");
    office_adopt(&it.office);
    enter(&it.office, SCHOOL);
    letter_begin(&it.letter, &it.office.federate, it.office.in_force, SCHOOL);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    sent_it_is_accepted(&it);
    letter_end(&it.letter);

    letter_begin(&it.letter, &it.office.federate, it.office.in_force, SCHOOL);
    letter_to_always_told(&it.letter);
    letter_to(&it.letter, POLICE, 1);
    letter_seal(&it.letter);
    post_letter(&it);
    is_refused(&it.office, SCHOOL, CHECK_RECIPIENT, POLICE);
    end(&it);
}

/* --- Under which grant ------------------------------------------------------------------------------------ */

static void
adopt(struct case_of *it)
{
    office_adopt(&it->office);
    it->letter.in_force = it->office.in_force;
    it->letter.agreement = agreements_current(it->office.in_force->agreements);
}

static void
send_to_hospital(struct case_of *it)
{
    adopt(it);
    letter_to_always_told(&it->letter);
    letter_to(&it->letter, HOSPITAL, 1);
    letter_seal(&it->letter);
}

static void
try_grant(const struct grant *grant, struct case_of *it)
{
    if (grant != NULL)
        sign_grant(&it->office.federate, grant);
    send_to_hospital(it);
    sent_it_is_refused(it, CHECK_GRANT, HOSPITAL);
    end(it);
}

static void
without_a_grant_nothing_goes_to_a_hospital(void **state)
{
    struct case_of it;
    struct grant grant;
    (void)state;

    begin(&it);
    try_grant(NULL, &it);

    begin(&it); /* for another record, */
    grant = grant_to(&it.office.federate, SCHOOL, (uint8_t[HANDLE]){ 2 }, HOSPITAL, NULL);
    try_grant(&grant, &it);

    begin(&it); /* another recipient, */
    grant = grant_to(&it.office.federate, SCHOOL, it.letter.handle, OTHER_SCHOOL, NULL);
    try_grant(&grant, &it);

    begin(&it); /* another sender, */
    grant = grant_to(&it.office.federate, POLICE, it.letter.handle, HOSPITAL, NULL);
    try_grant(&grant, &it);

    begin(&it); /* or at another time */
    grant = grant_to(&it.office.federate, SCHOOL, it.letter.handle, HOSPITAL, NULL);
    grant.to_day -= 31;
    grant.from_ms -= (uint64_t)DAYS(60);
    try_grant(&grant, &it);
}

static void
a_forged_grant_stops_the_new_documents_and_leaves_the_old_in_force(void **state)
{
    char grants[FILE_PATH_MAX], directory[FILE_PATH_MAX], archive[FILE_PATH_MAX];
    struct case_of it;
    struct in_force *fresh = NULL;
    struct grant grant;
    struct buffer file;
    struct why why = { "" };
    (void)state;

    begin(&it);
    grant = grant_to(&it.office.federate, SCHOOL, it.letter.handle, OTHER_SCHOOL, NULL);
    sign_grant(&it.office.federate, &grant);
    snprintf(grants, sizeof(grants), "%s/federation/grants", it.office.federate.folder);
    snprintf(directory, sizeof(directory), "%s/federation", it.office.federate.folder);
    snprintf(archive, sizeof(archive), "%s/archive-0", it.office.federate.folder);
    buffer_init(&file, 4096);
    assert_ok(file_read(&file, grants, &why));
    for (size_t i = 0; i + 4 <= file.len; i++) /* to the hospital instead */
        if (get_le32(file.data + i) == OTHER_SCHOOL)
            put_le32(file.data + i, HOSPITAL);
    assert_ok(file_write(grants, buffer_bytes(&file), 0644, &why));
    assert_err(in_force_read(&fresh, directory, archive, it.office.in_force,
                             it.office.federate.now.wall, &why),
               ERR_FORGED);
    assert_null(fresh);
    buffer_clear(&file);

    letter_to_always_told(&it.letter);
    letter_to(&it.letter, HOSPITAL, 1);
    letter_seal(&it.letter);
    sent_it_is_refused(&it, CHECK_GRANT, HOSPITAL);
    end(&it);
}

static void
under_a_grant_it_goes_with_route_and_grant(void **state)
{
    struct case_of it;
    struct grant grant, heard;
    const struct delivery *delivery;
    (void)state;

    begin(&it);
    grant = grant_to(&it.office.federate, SCHOOL, it.letter.handle, HOSPITAL, NULL);
    sign_grant(&it.office.federate, &grant);
    send_to_hospital(&it);
    sent_it_is_accepted(&it);
    enter(&it.office, HOSPITAL);
    commit(&it.office);
    delivery = &hears(&it.office, HOSPITAL, VERB_DELIVER)->delivery;
    assert_true(delivery->has_grant);
    assert_ok(grant_read(&heard, delivery->grant_body));
    assert_memory_equal(heard.id, grant.id, GRANT_ID);
    assert_bytes(delivery->envelope.route, it.letter.envelope.route);
    assert_int_equal(delivery->envelope.capsule_count, 1);
    end(&it);
}

/* The index has unlinked the record while envelopes waited: their places are kept. */
static void
what_waits_under_a_grant_that_is_gone_becomes_a_stub(void **state)
{
    struct case_of it;
    struct grant grant;
    const struct delivery *delivery;
    (void)state;

    begin(&it);
    grant = grant_to(&it.office.federate, SCHOOL, it.letter.handle, HOSPITAL, NULL);
    sign_grant(&it.office.federate, &grant);
    send_to_hospital(&it);
    sent_it_is_accepted(&it);
    shell("rm %s/federation/grants", it.office.federate.folder);
    office_adopt(&it.office);
    enter(&it.office, HOSPITAL);
    commit(&it.office);
    delivery = &hears(&it.office, HOSPITAL, VERB_DELIVER)->delivery;
    assert_int_equal(delivery->position, 1);
    assert_false(delivery->has_grant);
    assert_int_equal(delivery->envelope.route.len, 0);
    assert_int_equal(delivery->envelope.capsule_count, 0);
    assert_int_equal(delivery->envelope.compartment_count, 0);
    end(&it);
}

static void
sign_revocation(struct case_of *it, const struct grant *grant)
{
    struct grant revocation = *grant;

    revocation.basis = BASIS_REVOKED;
    revocation.from_ms = (uint64_t)it->office.federate.now.wall.ms;
    memset(revocation.id, 0xee, GRANT_ID);
    sign_grant(&it->office.federate, &revocation);
}

static void
what_waits_under_a_grant_that_is_revoked_becomes_a_stub(void **state)
{
    struct case_of it;
    struct grant grant;
    const struct delivery *delivery;
    (void)state;

    begin(&it);
    grant = grant_to(&it.office.federate, SCHOOL, it.letter.handle, HOSPITAL, NULL);
    sign_grant(&it.office.federate, &grant);
    send_to_hospital(&it);
    sent_it_is_accepted(&it);
    sign_revocation(&it, &grant);
    office_adopt(&it.office);
    enter(&it.office, HOSPITAL);
    commit(&it.office);
    delivery = &hears(&it.office, HOSPITAL, VERB_DELIVER)->delivery;
    assert_false(delivery->has_grant);
    assert_int_equal(delivery->envelope.capsule_count, 0);
    assert_int_equal(delivery->envelope.compartment_count, 0);
    end(&it);
}

static void
under_a_revoked_grant_nothing_is_taken(void **state)
{
    struct case_of it;
    struct grant grant;
    (void)state;

    begin(&it);
    grant = grant_to(&it.office.federate, SCHOOL, it.letter.handle, HOSPITAL, NULL);
    sign_revocation(&it, &grant);
    try_grant(&grant, &it);
}

/* The index signs its grants anew while envelopes wait. */
static void
what_waits_under_a_grant_goes_under_the_one_in_its_place(void **state)
{
    struct case_of it;
    struct grant grant, heard;
    const struct delivery *delivery;
    (void)state;

    begin(&it);
    grant = grant_to(&it.office.federate, SCHOOL, it.letter.handle, HOSPITAL, NULL);
    sign_grant(&it.office.federate, &grant);
    send_to_hospital(&it);
    sent_it_is_accepted(&it);
    shell("rm %s/federation/grants", it.office.federate.folder);
    pass(&it.office.federate.now, HOURS(1));
    grant = grant_to(&it.office.federate, SCHOOL, it.letter.handle, HOSPITAL, NULL);
    sign_grant(&it.office.federate, &grant);
    office_adopt(&it.office);
    enter(&it.office, HOSPITAL);
    commit(&it.office);
    delivery = &hears(&it.office, HOSPITAL, VERB_DELIVER)->delivery;
    assert_true(delivery->has_grant);
    assert_ok(grant_read(&heard, delivery->grant_body));
    assert_memory_equal(heard.id, grant.id, GRANT_ID);
    assert_int_equal(delivery->envelope.capsule_count, 1);
    end(&it);
}

/* A faulty publisher puts in keys beyond the ceiling: what they open does not go out. */
static void
a_body_beyond_the_ceiling_does_not_go_out(void **state)
{
    struct case_of it;
    struct bits ceiling;
    const struct envelope *copy;
    struct grant grant;
    (void)state;

    begin(&it);
    grant = grant_to(&it.office.federate, SCHOOL, it.letter.handle, HOSPITAL, NULL);
    sign_grant(&it.office.federate, &grant);
    adopt(&it);
    letter_to_always_told(&it.letter);
    letter_to(&it.letter, HOSPITAL, 1);
    ceiling = it.letter.recipients[2].compartments;
    it.letter.recipients[2].compartments = it.letter.recipients[0].compartments;
    letter_seal(&it.letter);
    sent_it_is_accepted(&it);
    enter(&it.office, HOSPITAL);
    commit(&it.office);
    copy = &hears(&it.office, HOSPITAL, VERB_DELIVER)->delivery.envelope;
    assert_true(copy->compartment_count > 0);
    assert_true(copy->compartment_count < it.letter.envelope.compartment_count);
    for (size_t i = 0; i < copy->compartment_count; i++)
        assert_true(bits_have(&ceiling, copy->compartments[i].c));
    end(&it);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mash_and_social_care_are_always_told),
        cmocka_unit_test(who_is_always_told_need_not_tell_itself),
        cmocka_unit_test(a_control_message_goes_to_its_addressee_alone),
        cmocka_unit_test(a_recipient_that_nobody_knows_is_refused),
        cmocka_unit_test(nobody_sends_to_itself),
        cmocka_unit_test(a_recipient_that_is_not_in_the_agreement_is_refused),
        cmocka_unit_test(after_the_agreement_only_mash_and_social_care),
        cmocka_unit_test(without_a_grant_nothing_goes_to_a_hospital),
        cmocka_unit_test(a_forged_grant_stops_the_new_documents_and_leaves_the_old_in_force),
        cmocka_unit_test(under_a_grant_it_goes_with_route_and_grant),
        cmocka_unit_test(what_waits_under_a_grant_that_is_gone_becomes_a_stub),
        cmocka_unit_test(what_waits_under_a_grant_that_is_revoked_becomes_a_stub),
        cmocka_unit_test(under_a_revoked_grant_nothing_is_taken),
        cmocka_unit_test(what_waits_under_a_grant_goes_under_the_one_in_its_place),
        cmocka_unit_test(a_body_beyond_the_ceiling_does_not_go_out),
    };

    return RUN(tests);
}
