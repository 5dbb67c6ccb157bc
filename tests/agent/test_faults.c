#include "inbox.h"

/* What a faulty sender or broker does: kept and reported, and the next is not held up. */

struct kept {
    struct buffer evidence;
};

static bool
copy_evidence(void *context, const struct inbox_entry *entry)
{
    struct kept *kept = context;

    buffer_add_bytes(&kept->evidence, entry->evidence);
    return true;
}

static void
quarantine_keeps_the_evidence(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    struct kept kept;
    struct buffer sent;
    (void)state;

    begin(&inbox, MASH);
    police_write(&inbox, &parcel, 1, 1);
    *(uint8_t *)(uintptr_t)parcel.letter.capsules[0].ct.data ^= 1;
    buffer_init(&sent, FRAME_MAX);
    frame_write(&sent, &parcel.frame);
    is_quarantined(&inbox, &parcel, "CAPSULE");
    desk_restart(&inbox.desk);
    buffer_init(&kept.evidence, FRAME_MAX);
    assert_ok(inbox_each(inbox.desk.store, 0, 10, copy_evidence, &kept));
    assert_bytes(buffer_bytes(&kept.evidence), buffer_bytes(&sent));
    buffer_clear(&kept.evidence);
    buffer_clear(&sent);
    end(&inbox);
}

static void
what_came_and_did_not_open_is_no_gap(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    police_write(&inbox, &parcel, 1, 1);
    *(uint8_t *)(uintptr_t)parcel.letter.capsules[0].ct.data ^= 1;
    is_quarantined(&inbox, &parcel, "CAPSULE");
    police_write_and_it_comes(&inbox, 2, 2);
    assert_int_equal(alarms_of(&inbox.desk, "GAP"), 0);
    holds(&inbox, 2, 1);
    end(&inbox);
}

static void
a_signature_that_does_not_hold_is_quarantined(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    uint8_t signature[64];
    (void)state;

    begin(&inbox, MASH);
    police_write(&inbox, &parcel, 1, 1);
    memcpy(signature, parcel.frame.delivery.envelope.batch.signature.data, 64);
    signature[0] ^= 1;
    parcel.frame.delivery.envelope.batch.signature = bytes_of(signature, 64);
    is_quarantined(&inbox, &parcel, "SIGNATURE");
    end(&inbox);
}

/* It waited at the broker, and by the time that it comes the key of the police is retired. */
static void
police_wrote_and_the_key_is_retired(struct inbox *inbox, uint32_t to, struct parcel *parcel,
                                    const char *then)
{
    begin(inbox, to);
    inbox->federate.now = at(then);
    police_write(inbox, parcel, 1, 1);
    retire_key(&inbox->federate, inbox->desk.in_force, POLICE);
    inbox->federate.now = at("2026-12-05T12:00:00Z");
    desk_adopt(&inbox->desk);
}

static void
what_waited_while_its_key_was_retired_opens(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    police_wrote_and_the_key_is_retired(&inbox, MASH, &parcel, LAST_DAY "T23:59:59Z");
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 1);
    holds(&inbox, 1, 0);
    no_alarm(&inbox.desk);
    parcel_end(&parcel);
    end(&inbox);
}

static void
under_a_key_that_nobody_renewed_mash_and_social_care_are_told(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    for (uint32_t to = MASH; to <= SOCIAL_CARE; to++) {
        police_wrote_and_the_key_is_retired(&inbox, to, &parcel, "2026-12-03T00:00:00Z");
        deliver(&inbox, &parcel);
        acknowledged(&inbox, 1);
        holds(&inbox, 1, 0);
        no_alarm(&inbox.desk);
        parcel_end(&parcel);
        end(&inbox);
    }
}

static void
what_others_get_under_a_retired_key_is_quarantined(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    police_wrote_and_the_key_is_retired(&inbox, SCHOOL, &parcel, "2026-12-03T00:00:00Z");
    is_quarantined(&inbox, &parcel, "SENDER-KEY");
    end(&inbox);
}

static void
a_capsule_for_somebody_else_is_quarantined(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    parcel_begin(&parcel, &inbox.desk, POLICE, ABOUT_LEAH);
    letter_to(&parcel.letter, SOCIAL_CARE, 1);
    parcel_seal(&parcel);
    parcel_strip(&parcel, &inbox.desk, 1);
    parcel.frame.delivery.envelope.capsules = parcel.letter.capsules;
    parcel.frame.delivery.envelope.capsule_count = 1;
    is_quarantined(&inbox, &parcel, "NOT-FOR-ME");
    end(&inbox);
}

static void
an_agreement_that_is_not_known_is_quarantined(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    parcel_begin(&parcel, &inbox.desk, POLICE, ABOUT_LEAH);
    parcel.letter.order.core.policy_hash[0] ^= 1;
    parcel_for(&parcel, &inbox.desk, 1, 1);
    is_quarantined(&inbox, &parcel, "POLICY");
    end(&inbox);
}

/* Keys for more than we may have: an alarm, and what we may have is read all the same. */
static void
keys_beyond_our_ceiling_are_not_used_and_reported(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    struct answered answered;
    (void)state;

    begin(&inbox, POLICE);
    parcel_begin(&parcel, &inbox.desk, HOSPITAL, ABOUT_LEAH);
    letter_to(&parcel.letter, POLICE, 1);
    for (unsigned c = 0; c < parcel.count; c++)
        bits_add(&parcel.letter.recipients[0].compartments, c);
    parcel_seal(&parcel);
    parcel_strip(&parcel, &inbox.desk, 1);
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 1);
    assert_int_equal(alarms_of(&inbox.desk, "OVER-WRAP"), 1);
    assert_int_equal(alarms_of(&inbox.desk, "WITHHELD"), 0);
    holds(&inbox, 1, 0);
    read_inbox(&inbox, &answered);
    assert_says(answered.text, "A bruise");
    assert_null(strstr(answered.text, "localId"));
    parcel_end(&parcel);
    done_with(&answered);
    end(&inbox);
}

/* A broker that leaves out what we are entitled to is found out. */
static void
a_part_that_did_not_come_is_reported(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    police_write(&inbox, &parcel, 1, 1);
    parcel.frame.delivery.envelope.compartment_count--;
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 1);
    assert_int_equal(alarms_of(&inbox.desk, "WITHHELD"), 1);
    holds(&inbox, 1, 0);
    parcel_end(&parcel);
    end(&inbox);
}

static void
without_its_header_it_is_quarantined(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    struct envelope *envelope;
    (void)state;

    begin(&inbox, MASH);
    police_write(&inbox, &parcel, 1, 1);
    envelope = &parcel.frame.delivery.envelope;
    envelope->compartments++;
    envelope->compartment_count--;
    is_quarantined(&inbox, &parcel, "WITHHELD");
    end(&inbox);
}

/* The facts lie in the compartment of the headline: they are left out, and reported. */
static void
a_field_where_it_does_not_belong_is_left_out_and_reported(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    struct answered answered;
    const struct policy *policy;
    unsigned headline, facts;
    (void)state;

    begin(&inbox, MASH);
    parcel_begin(&parcel, &inbox.desk, POLICE, ABOUT_LEAH);
    policy = parcel.letter.agreement->policy;
    headline = policy_compartment_of(policy, KIND_CONCERN, 208, FORM_FULL);
    facts = policy_compartment_of(policy, KIND_CONCERN, 209, FORM_FULL);
    assert_int_not_equal(headline, facts);
    buffer_reset(&parcel.fragments[headline]);
    buffer_add_bytes(&parcel.fragments[headline], buffer_bytes(&parcel.fragments[facts]));
    buffer_reset(&parcel.fragments[facts]);
    parcel_for(&parcel, &inbox.desk, 1, 1);
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 1);
    assert_int_equal(alarms_of(&inbox.desk, "MISFILED"), 1);
    read_inbox(&inbox, &answered);
    assert_says(answered.text, "Le Marquand");
    assert_null(strstr(answered.text, "On the arm"));
    done_with(&answered);
    parcel_end(&parcel);
    end(&inbox);
}

static void
a_header_of_another_kind_is_quarantined(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    parcel_begin(&parcel, &inbox.desk, POLICE, ABOUT_LEAH);
    parcel.header.type = KIND_NEEDS;
    buffer_reset(&parcel.fragments[0]);
    assert_ok(header_pack(&parcel.header, &parcel.fragments[0]));
    parcel_for(&parcel, &inbox.desk, 1, 1);
    is_quarantined(&inbox, &parcel, "FORM");
    end(&inbox);
}

/* --- The same once more, and otherwise -------------------------------------------------------- */

static void
comes_at(struct inbox *inbox, struct parcel *parcel, uint64_t position)
{
    parcel->frame.delivery.position = position;
    deliver(inbox, parcel);
    acknowledged(inbox, position);
}

static void
a_damaged_copy_does_not_shut_out_the_true_one(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    uint8_t *ct;
    (void)state;

    begin(&inbox, MASH);
    police_write(&inbox, &parcel, 1, 1);
    ct = (uint8_t *)(uintptr_t)parcel.letter.capsules[0].ct.data;
    *ct ^= 1;
    comes_at(&inbox, &parcel, 1);
    holds(&inbox, 1, 1);
    comes_at(&inbox, &parcel, 2); /* damaged again: nothing new */
    assert_int_equal(alarms_of(&inbox.desk, "CAPSULE"), 1);
    *ct ^= 1;
    comes_at(&inbox, &parcel, 3);
    holds(&inbox, 1, 0);
    parcel_end(&parcel);
    end(&inbox);
}

static void
a_copy_in_part_does_not_shut_out_the_whole_one(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    struct answered answered;
    size_t whole;
    (void)state;

    begin(&inbox, MASH);
    police_write(&inbox, &parcel, 1, 1);
    whole = parcel.frame.delivery.envelope.compartment_count;
    parcel.frame.delivery.envelope.compartment_count = 1;
    comes_at(&inbox, &parcel, 1);
    read_inbox(&inbox, &answered);
    assert_says(answered.text, "\"incomplete\":\"parts that we should have did not come");
    done_with(&answered);
    parcel.frame.delivery.envelope.compartment_count = whole;
    comes_at(&inbox, &parcel, 2);
    holds(&inbox, 1, 0);
    read_inbox(&inbox, &answered);
    assert_null(strstr(answered.text, "incomplete"));
    assert_says(answered.text, "A bruise");
    done_with(&answered);
    parcel_end(&parcel);
    end(&inbox);
}

/* "All is well", and then "he was hit". */
static void
two_messages_under_one_id_are_both_kept_and_reported(void **state)
{
    struct inbox inbox;
    struct parcel first, second;
    (void)state;

    begin(&inbox, MASH);
    police_write(&inbox, &first, 1, 1);
    comes_at(&inbox, &first, 1);
    parcel_begin(&second, &inbox.desk, POLICE,
                 A_CONCERN("child-1", "\"headline\":\"He was hit\"", ""));
    memcpy(second.header.notice_id, first.header.notice_id, NOTICE_ID);
    buffer_reset(&second.fragments[0]);
    assert_ok(header_pack(&second.header, &second.fragments[0]));
    parcel_for(&second, &inbox.desk, 2, 2);
    comes_at(&inbox, &second, 2);
    assert_int_equal(alarms_of(&inbox.desk, "EQUIVOCATION"), 1);
    holds(&inbox, 2, 1);
    parcel_end(&first);
    parcel_end(&second);
    end(&inbox);
}

static void
what_is_sealed_for_mash_in_part_is_reported(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    parcel_begin(&parcel, &inbox.desk, POLICE, ABOUT_LEAH);
    letter_to(&parcel.letter, MASH, 1);
    memset(&parcel.letter.recipients[0].compartments, 0, sizeof(struct bits));
    parcel_seal(&parcel);
    parcel_strip(&parcel, &inbox.desk, 1);
    comes_at(&inbox, &parcel, 1);
    assert_int_equal(alarms_of(&inbox.desk, "UNDER-WRAP"), 1);
    holds(&inbox, 1, 0);
    parcel_end(&parcel);
    end(&inbox);
}

/* --- Once more ------------------------------------------------------------------------------ */

static void
move_key(const struct inbox *inbox, const char *from, const char *to)
{
    const char *folder = inbox->federate.folder, *name = name_of(inbox->desk.agency);

    shell("mv %s/agencies/%s/keys/%s %s/agencies/%s/keys/%s", folder, name, from, folder, name,
          to);
}

/* The police have our new intake key, and our agent has not. */
static void
begin_without_the_newest_key(struct inbox *inbox)
{
    struct new_agency mash = { .name = name_of(MASH) };
    struct why why = { "" };

    federate_begin(&inbox->federate);
    pass(&inbox->federate.now, HOURS(1));
    mash.now = inbox->federate.now.wall;
    expect_ok(federation_renew_intake(inbox->federate.folder, &mash, &why), &why);
    desk_open(&inbox->desk, &inbox->federate, MASH);
    move_key(inbox, "intake-2.key", "intake-2.away");
    desk_restart(&inbox->desk);
    connect_desk(&inbox->desk);
}

static void
what_was_kept_back_opens_when_its_key_is_there(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    struct answered answered;
    const json_t *message;
    (void)state;

    begin_without_the_newest_key(&inbox);
    police_write(&inbox, &parcel, 1, 1);
    is_quarantined(&inbox, &parcel, "NOT-FOR-ME");

    desk_adopt(&inbox.desk);
    settle(&inbox.desk);
    holds(&inbox, 1, 1); /* still without it, and nobody is told twice */
    assert_int_equal(alarms_of(&inbox.desk, "NOT-FOR-ME"), 1);

    move_key(&inbox, "intake-2.away", "intake-2.key");
    desk_adopt(&inbox.desk);
    settle(&inbox.desk);
    holds(&inbox, 1, 0);
    message = json_array_get(read_inbox(&inbox, &answered), 0);
    assert_int_equal(json_integer_value(json_object_get(message, "number")), 2);
    assert_says(answered.text, "A bruise");
    done_with(&answered);
    police_write_and_it_comes(&inbox, 2, 2);
    assert_int_equal(alarms_of(&inbox.desk, "GAP"), 0);
    end(&inbox);
}

static void
what_was_kept_back_opens_when_the_agent_starts_with_its_key(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin_without_the_newest_key(&inbox);
    police_write(&inbox, &parcel, 1, 1);
    is_quarantined(&inbox, &parcel, "NOT-FOR-ME");
    move_key(&inbox, "intake-2.away", "intake-2.key");
    desk_restart(&inbox.desk);
    settle(&inbox.desk);
    holds(&inbox, 1, 0);
    desk_restart(&inbox.desk);
    holds(&inbox, 1, 0); /* it was written down */
    end(&inbox);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quarantine_keeps_the_evidence),
        cmocka_unit_test(what_came_and_did_not_open_is_no_gap),
        cmocka_unit_test(a_signature_that_does_not_hold_is_quarantined),
        cmocka_unit_test(what_waited_while_its_key_was_retired_opens),
        cmocka_unit_test(under_a_key_that_nobody_renewed_mash_and_social_care_are_told),
        cmocka_unit_test(what_others_get_under_a_retired_key_is_quarantined),
        cmocka_unit_test(a_capsule_for_somebody_else_is_quarantined),
        cmocka_unit_test(an_agreement_that_is_not_known_is_quarantined),
        cmocka_unit_test(keys_beyond_our_ceiling_are_not_used_and_reported),
        cmocka_unit_test(a_part_that_did_not_come_is_reported),
        cmocka_unit_test(without_its_header_it_is_quarantined),
        cmocka_unit_test(a_field_where_it_does_not_belong_is_left_out_and_reported),
        cmocka_unit_test(a_header_of_another_kind_is_quarantined),
        cmocka_unit_test(a_damaged_copy_does_not_shut_out_the_true_one),
        cmocka_unit_test(a_copy_in_part_does_not_shut_out_the_whole_one),
        cmocka_unit_test(two_messages_under_one_id_are_both_kept_and_reported),
        cmocka_unit_test(what_is_sealed_for_mash_in_part_is_reported),
        cmocka_unit_test(what_was_kept_back_opens_when_its_key_is_there),
        cmocka_unit_test(what_was_kept_back_opens_when_the_agent_starts_with_its_key),
    };

    return RUN(tests);
}
