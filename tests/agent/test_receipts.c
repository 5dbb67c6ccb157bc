#include "inbox.h"

/* MASH's word, and what the sender makes of it. */

/* --- At MASH ------------------------------------------------------------------------------------ */

static struct control
said_in_receipt(struct inbox *inbox)
{
    const struct frame *submit = agent_said(&inbox->desk, VERB_SUBMIT);
    struct control control = { 0 };
    struct core core;

    assert_int_equal(core_read(&core, submit->submit.core), CHECK_OK);
    assert_int_equal(core.kind, KIND_CONTROL);
    assert_int_equal(submit->submit.capsule_count, 1);
    assert_int_equal(submit->submit.capsules[0].recipient, POLICE);
    return control;
}

static void
begin_at(struct inbox *inbox, uint32_t agency)
{
    begin(inbox, agency);
    settle(&inbox->desk);
    inbox->desk.hears_receipts = true;
    inbox->desk.read = inbox->desk.said_count;
}

static void
mash_answers_a_concern_to_its_sender(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin_at(&inbox, MASH);
    police_write(&inbox, &parcel, 1, 1);
    deliver(&inbox, &parcel);
    agent_said(&inbox.desk, VERB_ACK);
    agent_said(&inbox.desk, VERB_CREDIT);
    said_in_receipt(&inbox);
    deliver(&inbox, &parcel); /* once is enough */
    agent_said(&inbox.desk, VERB_ACK);
    agent_said(&inbox.desk, VERB_CREDIT);
    agent_is_silent(&inbox.desk);
    parcel_end(&parcel);
    end(&inbox);
}

static void
what_mash_cannot_open_it_says_too(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin_at(&inbox, MASH);
    police_write(&inbox, &parcel, 1, 1);
    *(uint8_t *)(uintptr_t)parcel.letter.capsules[0].ct.data ^= 1;
    deliver(&inbox, &parcel);
    agent_said(&inbox.desk, VERB_ACK);
    agent_said(&inbox.desk, VERB_CREDIT);
    said_in_receipt(&inbox);
    parcel_end(&parcel);
    end(&inbox);
}

/* Or anybody could make MASH answer an agency for what it never said. */
static void
what_its_sender_did_not_sign_is_not_answered(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    uint8_t signature[64];
    (void)state;

    begin_at(&inbox, MASH);
    police_write(&inbox, &parcel, 1, 1);
    memcpy(signature, parcel.frame.delivery.envelope.batch.signature.data, 64);
    signature[0] ^= 1;
    parcel.frame.delivery.envelope.batch.signature = bytes_of(signature, 64);
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 1);
    parcel_end(&parcel);
    end(&inbox);
}

static void
nobody_else_answers(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin_at(&inbox, SOCIAL_CARE);
    police_write(&inbox, &parcel, 1, 1);
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 1);
    parcel_end(&parcel);
    end(&inbox);
}

/* --- At the sender -------------------------------------------------------------------------------- */

/* That agency says it of the message with that hash. */
static void
says_of(struct inbox *inbox, uint32_t agency, const uint8_t h[DIGEST], bool opened,
        uint64_t seq, uint64_t position)
{
    struct control control = { .type = CONTROL_RECEIPT, .opened = opened };
    struct parcel parcel;

    memcpy(control.h, h, DIGEST);
    parcel_begin(&parcel, &inbox->desk, agency, ABOUT_LEAH);
    parcel_as_control(&parcel, &control);
    parcel_for(&parcel, &inbox->desk, seq, position);
    deliver(inbox, &parcel);
    agent_said(&inbox->desk, VERB_ACK);
    agent_said(&inbox->desk, VERB_CREDIT);
    parcel_end(&parcel);
}

static const char *
state_of(struct inbox *inbox, const struct message_id *id, const char *type)
{
    static char text[40];
    struct answered answered;
    const json_t *recipient;
    size_t i;

    strcpy(text, "not mentioned");
    get(&inbox->desk, id->path, &answered);
    json_array_foreach(
        json_object_get(answered.json, "recipients"), i,
        recipient) if (strcmp(json_string_value(json_object_get(recipient, "type")), type) == 0)
        snprintf(text, sizeof(text), "%s",
                 json_string_value(json_object_get(recipient, "state")));
    done_with(&answered);
    return text;
}

static void
h_of(struct inbox *inbox, const struct message_id *id, uint8_t h[DIGEST])
{
    struct spooled entry;
    uint8_t notice_id[16];

    assert_true(hex_read(notice_id, 16, id->path + strlen("/v1/messages/")));
    assert_ok(spool_find(inbox->desk.store, notice_id, &entry));
    memcpy(h, entry.h, DIGEST);
}

static void
the_sender_learns_whether_mash_has_opened_it(void **state)
{
    struct inbox inbox;
    struct message_id id;
    uint8_t h[DIGEST];
    (void)state;

    begin(&inbox, POLICE);
    id = publish(&inbox.desk, ABOUT_LEAH);
    settle(&inbox.desk);
    accept_submitted(&inbox.desk);
    assert_string_equal(state_of(&inbox, &id, "mash"), "sent");
    h_of(&inbox, &id, h);
    says_of(&inbox, MASH, h, false, 1, 1);
    assert_string_equal(state_of(&inbox, &id, "mash"), "not opened");
    says_of(&inbox, MASH, h, true, 2, 2);
    assert_string_equal(state_of(&inbox, &id, "mash"), "opened");
    assert_string_equal(state_of(&inbox, &id, "social-care"), "sent");
    no_alarm(&inbox.desk);
    end(&inbox);
}

/* The word of an agency is about itself, and about what was sealed to it. */
static void
a_receipt_from_whom_it_was_not_sealed_to_changes_nothing(void **state)
{
    struct inbox inbox;
    struct message_id id;
    uint8_t h[DIGEST], other[DIGEST] = { 1 };
    (void)state;

    begin(&inbox, POLICE);
    id = publish(&inbox.desk, ABOUT_LEAH);
    settle(&inbox.desk);
    accept_submitted(&inbox.desk);
    h_of(&inbox, &id, h);
    says_of(&inbox, HOSPITAL, h, true, 1, 1);
    says_of(&inbox, MASH, other, true, 1, 2);
    assert_string_equal(state_of(&inbox, &id, "mash"), "sent");
    assert_string_equal(state_of(&inbox, &id, "hospital"), "not mentioned");
    end(&inbox);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mash_answers_a_concern_to_its_sender),
        cmocka_unit_test(what_mash_cannot_open_it_says_too),
        cmocka_unit_test(what_its_sender_did_not_sign_is_not_answered),
        cmocka_unit_test(nobody_else_answers),
        cmocka_unit_test(the_sender_learns_whether_mash_has_opened_it),
        cmocka_unit_test(a_receipt_from_whom_it_was_not_sealed_to_changes_nothing),
    };

    return RUN(tests);
}
