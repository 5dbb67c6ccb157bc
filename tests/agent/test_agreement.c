#include "inbox.h"

/* Under which agreement a message is read: that of its seal, and that of the day on which the
   broker took it. */

/* The next agreement, with one text in place of another, is in force here from now on. */
static void
agree(struct inbox *inbox, const char *old, const char *fresh)
{
    agree_on(&inbox->federate, old, fresh);
    desk_adopt(&inbox->desk);
}

#define ALSO_THE_ID                                                                            \
    "share    who, the-story, child.home_address\n  with     police",                          \
        "share    who, the-story, child.home_address, circumstances.local_id\n"                \
        "  with     police"

/* The broker has had the agreement for an hour when we adopt it. */
static void
what_the_broker_took_before_we_had_its_agreement_is_read_whole(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    struct answered answered;
    struct moment written;
    (void)state;

    begin(&inbox, POLICE);
    written = inbox.federate.now;
    pass(&inbox.federate.now, HOURS(1));
    agree(&inbox, ALSO_THE_ID);
    inbox.federate.now = written;
    parcel_begin(&parcel, &inbox.desk, SCHOOL, ABOUT_LEAH);
    parcel_for(&parcel, &inbox.desk, 1, 1);
    pass(&inbox.federate.now, HOURS(2));
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 1);
    no_alarm(&inbox.desk);
    read_inbox(&inbox, &answered);
    assert_says(answered.text, "child-1");
    done_with(&answered);
    parcel_end(&parcel);
    end(&inbox);
}

#define ALL_TO_POLICE "hear of all children  mash, social-care, police"
#define NOT_TO_POLICE "hear of all children  mash, social-care"

/* Sealed under the agreement by which police hear of all, without a grant; accepted when the
   next one, by which they do not, has been in force here for that long. */
static void
police_hear_of_all_no_more(struct inbox *inbox, struct parcel *parcel, int64_t after)
{
    begin(inbox, POLICE);
    parcel_begin(parcel, &inbox->desk, SCHOOL, ABOUT_LEAH);
    parcel_for(parcel, &inbox->desk, 1, 1);
    pass(&inbox->federate.now, HOURS(1));
    agree(inbox, ALL_TO_POLICE, NOT_TO_POLICE);
    parcel->frame.delivery.accepted_ms = (uint64_t)(inbox->federate.now.wall.ms + after);
    pass(&inbox->federate.now, HOURS(1));
}

static void
what_was_taken_before_the_change_needs_no_grant(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    police_hear_of_all_no_more(&inbox, &parcel, -1);
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 1);
    holds(&inbox, 1, 0);
    no_alarm(&inbox.desk);
    parcel_end(&parcel);
    end(&inbox);
}

static void
what_was_taken_after_the_change_needs_a_grant(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    police_hear_of_all_no_more(&inbox, &parcel, 0);
    is_quarantined(&inbox, &parcel, "MISROUTED");
    end(&inbox);
}

/* Even the five fields of compartment 0 are for those whom the agreement names. */
static void
under_an_agreement_that_does_not_name_us_nothing_is_opened(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    struct bits header = { { 1 } };
    (void)state;

    begin(&inbox, POLICE);
    agree(&inbox, "police       states-police", "police       another-police");
    parcel_begin(&parcel, &inbox.desk, SCHOOL, ABOUT_LEAH);
    letter_to(&parcel.letter, POLICE, 1);
    parcel.letter.recipients[0].compartments = header;
    parcel_seal(&parcel);
    parcel_strip(&parcel, &inbox.desk, 1);
    strip_envelope(&parcel.frame.delivery.envelope, parcel.bodies, &parcel.letter.envelope,
                   POLICE, &header, false, false);
    is_quarantined(&inbox, &parcel, "POLICY");
    assert_int_equal(alarms_of(&inbox.desk, NULL), 1);
    end(&inbox);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_broker_took_before_we_had_its_agreement_is_read_whole),
        cmocka_unit_test(what_was_taken_before_the_change_needs_no_grant),
        cmocka_unit_test(what_was_taken_after_the_change_needs_a_grant),
        cmocka_unit_test(under_an_agreement_that_does_not_name_us_nothing_is_opened),
    };

    return RUN(tests);
}
