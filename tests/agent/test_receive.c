#include "parcel.h"

#include "message/control.h"

/* What comes in: opened, or kept and reported; once, in order, without a gap. */

struct inbox {
    struct federate federate;
    struct desk desk;
};

static void
begin(struct inbox *inbox, uint32_t agency)
{
    federate_begin(&inbox->federate);
    desk_open(&inbox->desk, &inbox->federate, agency);
    connect_desk(&inbox->desk);
}

static void
end(struct inbox *inbox)
{
    desk_close(&inbox->desk);
    federate_end(&inbox->federate);
}

static void
deliver(struct inbox *inbox, const struct parcel *parcel)
{
    broker_says(&inbox->desk, &parcel->frame);
    settle(&inbox->desk);
}

static void
acknowledged(struct inbox *inbox, uint64_t position)
{
    assert_int_equal(agent_said(&inbox->desk, VERB_ACK)->ack, position);
    agent_said(&inbox->desk, VERB_CREDIT);
    agent_is_silent(&inbox->desk);
}

/* The messages of the inbox; the caller's, done_with. */
static const json_t *
read_inbox(struct inbox *inbox, struct answered *answered)
{
    get(&inbox->desk, "/v1/inbox", answered);
    assert_int_equal(answered->status, 200);
    return json_object_get(answered->json, "messages");
}

static void
holds(struct inbox *inbox, uint64_t received, uint64_t quarantined)
{
    struct agent_status status;

    assert_ok(agent_status(inbox->desk.agent, &status));
    assert_int_equal(status.received, received);
    assert_int_equal(status.quarantined, quarantined);
}

/* An ordinary concern of the police with that number, delivered at that position. */
static void
police_write(struct inbox *inbox, struct parcel *parcel, uint64_t seq, uint64_t position)
{
    parcel_begin(parcel, &inbox->desk, POLICE, ABOUT_LEAH);
    parcel_for(parcel, &inbox->desk, seq, position);
}

static void
police_write_and_it_comes(struct inbox *inbox, uint64_t seq, uint64_t position)
{
    struct parcel parcel;

    police_write(inbox, &parcel, seq, position);
    deliver(inbox, &parcel);
    acknowledged(inbox, position);
    parcel_end(&parcel);
}

/* --- As it should be ------------------------------------------------------------------------- */

static void
mash_reads_what_the_agreement_gives_it(void **state)
{
    struct inbox inbox;
    struct answered answered;
    const json_t *message, *concern;
    (void)state;

    begin(&inbox, MASH);
    police_write_and_it_comes(&inbox, 1, 1);
    message = json_array_get(read_inbox(&inbox, &answered), 0);
    concern = json_object_get(message, "concern");
    assert_string_equal(json_string_value(json_object_get(message, "from")), "states-police");
    assert_string_equal(json_string_value(json_object_get(message, "kind")), "concern");
    assert_string_equal(json_string_value(json_object_get(concern, "headline")), "A bruise");
    assert_string_equal(json_string_value(json_object_get(concern, "factsObserved")),
                        "On the arm");
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(message, "purposes"), 0)),
        "safeguarding");
    no_alarm(&inbox.desk);
    done_with(&answered);
    end(&inbox);
}

static void
nothing_is_acknowledged_before_it_is_on_disk(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    police_write(&inbox, &parcel, 1, 1);
    broker_says(&inbox.desk, &parcel.frame);
    agent_is_silent(&inbox.desk);
    settle(&inbox.desk);
    acknowledged(&inbox, 1);
    parcel_end(&parcel);
    end(&inbox);
}

/* Credit is given back as the broker counted it, or it would run dry in time. */
static void
credit_is_given_back_to_the_byte(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    struct buffer bytes;
    const struct frame *credit;
    (void)state;

    begin(&inbox, MASH);
    police_write(&inbox, &parcel, 1, 1);
    buffer_init(&bytes, FRAME_MAX);
    frame_write(&bytes, &parcel.frame);
    deliver(&inbox, &parcel);
    agent_said(&inbox.desk, VERB_ACK);
    credit = agent_said(&inbox.desk, VERB_CREDIT);
    assert_int_equal(credit->credit.messages, 1);
    assert_int_equal(credit->credit.bytes, bytes.len);
    buffer_clear(&bytes);
    parcel_end(&parcel);
    end(&inbox);
}

static void
what_comes_twice_is_applied_once(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    police_write(&inbox, &parcel, 1, 1);
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 1);
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 1); /* the first ACK may have been lost */
    holds(&inbox, 1, 0);
    no_alarm(&inbox.desk);
    parcel_end(&parcel);
    end(&inbox);
}

/* The sender was not sure, and sealed it again: another envelope, the same message. */
static void
sealed_again_it_is_applied_once(void **state)
{
    struct inbox inbox;
    struct parcel first, again;
    (void)state;

    begin(&inbox, MASH);
    police_write(&inbox, &first, 1, 1);
    deliver(&inbox, &first);
    acknowledged(&inbox, 1);
    parcel_begin(&again, &inbox.desk, POLICE, ABOUT_LEAH);
    memcpy(again.header.notice_id, first.header.notice_id, NOTICE_ID);
    buffer_reset(&again.fragments[0]);
    assert_ok(header_pack(&again.header, &again.fragments[0]));
    parcel_for(&again, &inbox.desk, 1, 2);
    deliver(&inbox, &again);
    acknowledged(&inbox, 2);
    holds(&inbox, 1, 0);
    no_alarm(&inbox.desk);
    parcel_end(&first);
    parcel_end(&again);
    end(&inbox);
}

static void
killed_in_the_middle_nothing_is_lost_or_doubled(void **state)
{
    struct inbox inbox;
    struct parcel second;
    const struct frame *hello;
    struct frame welcome;
    (void)state;

    begin(&inbox, MASH);
    police_write_and_it_comes(&inbox, 1, 1);
    police_write(&inbox, &second, 2, 2);
    broker_says(&inbox.desk, &second.frame); /* heard, and killed before it was settled */
    desk_restart(&inbox.desk);
    holds(&inbox, 1, 0);
    agent_connected(inbox.desk.agent, inbox.federate.now);
    hello = agent_said(&inbox.desk, VERB_HELLO);
    assert_int_equal(hello->hello.applied, 1);
    welcome = a_welcome(&inbox.desk);
    broker_says(&inbox.desk, &welcome);
    deliver(&inbox, &second);
    acknowledged(&inbox, 2);
    holds(&inbox, 2, 0);
    no_alarm(&inbox.desk);
    parcel_end(&second);
    end(&inbox);
}

/* --- The stream ---------------------------------------------------------------------------------- */

static void
a_number_that_is_missing_raises_gap(void **state)
{
    struct inbox inbox;
    struct alarms alarms = { .name = "GAP" };
    (void)state;

    begin(&inbox, MASH);
    police_write_and_it_comes(&inbox, 1, 1);
    police_write_and_it_comes(&inbox, 4, 2);
    assert_ok(alarm_each(inbox.desk.store, count_alarm, &alarms));
    assert_int_equal(alarms.count, 1);
    assert_says(alarms.about, "message from states-police, log index 1: 2 before it");
    holds(&inbox, 2, 0);
    end(&inbox);
}

static void
a_place_in_the_queue_that_is_missing_raises_gap(void **state)
{
    struct inbox inbox;
    (void)state;

    begin(&inbox, MASH);
    police_write_and_it_comes(&inbox, 1, 1);
    police_write_and_it_comes(&inbox, 2, 3);
    assert_int_equal(alarms_of(&inbox.desk, "GAP"), 1);
    end(&inbox);
}

static void
a_stub_keeps_the_place_of_what_did_not_come(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    police_write_and_it_comes(&inbox, 1, 1);
    police_write(&inbox, &parcel, 2, 2);
    parcel.frame.delivery.envelope.capsule_count = 0;
    parcel.frame.delivery.envelope.compartment_count = 0;
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 2);
    parcel_end(&parcel);
    police_write_and_it_comes(&inbox, 3, 3);
    no_alarm(&inbox.desk);
    holds(&inbox, 2, 0);
    end(&inbox);
}

static void
a_void_fills_its_number_and_shows_nothing(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    parcel_begin(&parcel, &inbox.desk, POLICE, ABOUT_LEAH);
    parcel.letter.order.core.kind = KIND_CONTROL;
    parcel.header.type = KIND_CONTROL;
    for (unsigned c = 0; c < parcel.count; c++)
        buffer_clear(&parcel.fragments[c]);
    parcel.count = 2;
    assert_ok(header_pack(&parcel.header, &parcel.fragments[0]));
    control_pack(&parcel.fragments[1], CONTROL_VOID);
    parcel_for(&parcel, &inbox.desk, 1, 1);
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 1);
    police_write_and_it_comes(&inbox, 2, 2);
    no_alarm(&inbox.desk);
    holds(&inbox, 1, 0);
    parcel_end(&parcel);
    end(&inbox);
}

static void
a_control_message_that_is_not_understood_is_kept(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    parcel_begin(&parcel, &inbox.desk, POLICE, ABOUT_LEAH);
    parcel.letter.order.core.kind = KIND_CONTROL;
    parcel.header.type = KIND_CONTROL;
    for (unsigned c = 0; c < parcel.count; c++)
        buffer_clear(&parcel.fragments[c]);
    parcel.count = 2;
    assert_ok(header_pack(&parcel.header, &parcel.fragments[0]));
    parcel_for(&parcel, &inbox.desk, 1, 1);
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 1);
    holds(&inbox, 1, 1);
    parcel_end(&parcel);
    end(&inbox);
}

static void
streams_of_two_senders_are_two(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    police_write_and_it_comes(&inbox, 1, 1);
    parcel_begin(&parcel, &inbox.desk, HOSPITAL, ABOUT_LEAH);
    parcel_for(&parcel, &inbox.desk, 1, 2);
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 2);
    no_alarm(&inbox.desk);
    parcel_end(&parcel);
    end(&inbox);
}

/* --- What a faulty sender or broker does ------------------------------------------------------------- */

/* It is kept, unread, and reported; the next is not held up. */
static void
is_quarantined(struct inbox *inbox, struct parcel *parcel, const char *alarm)
{
    uint64_t position = parcel->frame.delivery.position;
    struct answered answered;
    const json_t *message;

    deliver(inbox, parcel);
    acknowledged(inbox, position);
    holds(inbox, 1, 1);
    assert_int_equal(alarms_of(&inbox->desk, alarm), 1);
    message = json_array_get(read_inbox(inbox, &answered), 0);
    assert_non_null(json_object_get(message, "quarantined"));
    assert_null(json_object_get(message, "concern"));
    assert_null(strstr(answered.text, "bruise"));
    done_with(&answered);
    parcel_end(parcel);
}

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
    buffer_init(&sent, ENVELOPE_MAX);
    envelope_pack(&sent, &parcel.frame.delivery.envelope);
    is_quarantined(&inbox, &parcel, "CAPSULE");
    desk_restart(&inbox.desk);
    buffer_init(&kept.evidence, ENVELOPE_MAX);
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mash_reads_what_the_agreement_gives_it),
        cmocka_unit_test(nothing_is_acknowledged_before_it_is_on_disk),
        cmocka_unit_test(credit_is_given_back_to_the_byte),
        cmocka_unit_test(what_comes_twice_is_applied_once),
        cmocka_unit_test(sealed_again_it_is_applied_once),
        cmocka_unit_test(killed_in_the_middle_nothing_is_lost_or_doubled),
        cmocka_unit_test(a_number_that_is_missing_raises_gap),
        cmocka_unit_test(a_place_in_the_queue_that_is_missing_raises_gap),
        cmocka_unit_test(a_stub_keeps_the_place_of_what_did_not_come),
        cmocka_unit_test(a_void_fills_its_number_and_shows_nothing),
        cmocka_unit_test(a_control_message_that_is_not_understood_is_kept),
        cmocka_unit_test(streams_of_two_senders_are_two),
        cmocka_unit_test(quarantine_keeps_the_evidence),
        cmocka_unit_test(what_came_and_did_not_open_is_no_gap),
        cmocka_unit_test(a_signature_that_does_not_hold_is_quarantined),
        cmocka_unit_test(a_capsule_for_somebody_else_is_quarantined),
        cmocka_unit_test(an_agreement_that_is_not_known_is_quarantined),
        cmocka_unit_test(keys_beyond_our_ceiling_are_not_used_and_reported),
        cmocka_unit_test(a_part_that_did_not_come_is_reported),
        cmocka_unit_test(without_its_header_it_is_quarantined),
        cmocka_unit_test(a_field_where_it_does_not_belong_is_left_out_and_reported),
        cmocka_unit_test(a_header_of_another_kind_is_quarantined),
    };

    return RUN(tests);
}
