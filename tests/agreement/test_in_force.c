#include "../federate.h"

#include "agreement/standing.h"

/* What is in force must be what people read and signed, and for what it says it is. */

static enum err
read_fresh(const struct federate *federate, struct in_force **in_force, struct why *why)
{
    char directory[FILE_PATH_MAX], archive[FILE_PATH_MAX];

    snprintf(directory, sizeof(directory), "%s/federation", federate->folder);
    snprintf(archive, sizeof(archive), "%s/archive-fresh", federate->folder);
    expect_ok(folder_make(archive, 0700, why), why);
    return in_force_read(in_force, directory, archive, NULL, federate->now.wall, why);
}

/* What people read aloud is what a roll-back is measured by. */
static void
an_agreement_signed_under_another_version_than_it_says_is_refused(void **state)
{
    struct federate federate;
    struct offline offline;
    struct in_force *in_force = NULL;
    struct buffer text;
    struct why why = { "" };
    (void)state;

    federate_begin(&federate);
    offline = offline_of(&federate);
    read_policy(&text);
    expect_ok(federation_publish(&offline, DOCUMENT_AGREEMENT, buffer_bytes(&text), &why),
              &why);
    assert_err(read_fresh(&federate, &in_force, &why), ERR_REFUSED);
    assert_says(why.text, "signed as version 2, and its header says version 1");
    assert_null(in_force);
    buffer_clear(&text);
    federate_end(&federate);
}

static void
bare_keys_are_for_a_federation_that_says_it_is_a_demonstration(void **state)
{
    struct make_options options = { .federation = "real",
                                    .offline_passphrase = "of the signers",
                                    .broker_passphrase = "of the broker" };
    struct federate federate;
    struct in_force *in_force = NULL;
    struct buffer policy;
    struct why why = { "" };
    (void)state;

    federate_begin(&federate);
    expect_ok(read_fresh(&federate, &in_force, &why), &why);
    expect_ok(in_force_allows_demo(in_force, true, &why), &why);
    expect_ok(in_force_allows_demo(in_force, false, &why), &why);

    in_force_free(&in_force);
    federate_end(&federate);

    make_folder(federate.folder);
    read_policy(&policy);
    options.agreement = buffer_bytes(&policy);
    options.folder = federate.folder;
    options.now = federate.now.wall;
    expect_ok(federation_make(&options, &why), &why);
    buffer_clear(&policy);
    expect_ok(read_fresh(&federate, &in_force, &why), &why);
    assert_err(in_force_allows_demo(in_force, true, &why), ERR_REFUSED);
    assert_says(why.text, "does not say that it is a demonstration");
    expect_ok(in_force_allows_demo(in_force, false, &why), &why);
    in_force_free(&in_force);
    federate_end(&federate);
}

static void
a_person_is_warned_before_the_agreement_ends_and_after(void **state)
{
    static const struct {
        const char *now, *says; /* NULL: nothing */
    } rows[] = {
        { "2025-12-31T12:00:00Z", "begins on 2026-01-01" },
        { "2026-01-01T12:00:00Z", NULL },
        { "2027-12-01T12:00:00Z", NULL },
        { "2027-12-02T12:00:00Z", "ends on 2027-12-31" },
        { "2027-12-31T12:00:00Z", "ends on 2027-12-31" },
        { "2028-01-01T12:00:00Z", "ended on 2027-12-31" },
    };
    struct federate federate;
    struct in_force *in_force = NULL;
    const struct policy *policy;
    struct why why = { "" };
    char words[STANDING_TEXT];
    (void)state;

    federate_begin(&federate);
    expect_ok(read_fresh(&federate, &in_force, &why), &why);
    policy = agreements_current(in_force->agreements)->policy;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool warned = agreement_standing(words, policy, instant_day(at(rows[i].now).wall));

        assert_int_equal(warned, rows[i].says != NULL);
        if (warned)
            assert_says(words, rows[i].says);
    }
    in_force_free(&in_force);
    federate_end(&federate);
}

static void
a_person_is_warned_before_a_signing_key_ends_and_after(void **state)
{
    static const struct {
        const char *now, *says; /* NULL: nothing */
    } rows[] = {
        { "2026-11-25T12:00:00Z", NULL },
        { "2027-10-26T12:00:00Z", NULL },
        { "2027-10-27T12:00:00Z", "ends on 2027-11-25; after that only MASH" },
        { "2027-11-25T12:00:00Z", "ends on 2027-11-25" },
        { "2027-11-26T12:00:00Z", "ended on 2027-11-25; only MASH" },
    };
    struct federate federate;
    struct in_force *in_force = NULL;
    const struct agency *school;
    struct why why = { "" };
    char words[STANDING_TEXT];
    (void)state;

    federate_begin(&federate);
    expect_ok(read_fresh(&federate, &in_force, &why), &why);
    school = registry_agency(federation_registry(in_force->federation), SCHOOL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool warned = signing_standing(words, school, instant_day(at(rows[i].now).wall));

        assert_int_equal(warned, rows[i].says != NULL);
        if (warned)
            assert_says(words, rows[i].says);
    }
    in_force_free(&in_force);
    federate_end(&federate);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_agreement_signed_under_another_version_than_it_says_is_refused),
        cmocka_unit_test(bare_keys_are_for_a_federation_that_says_it_is_a_demonstration),
        cmocka_unit_test(a_person_is_warned_before_the_agreement_ends_and_after),
        cmocka_unit_test(a_person_is_warned_before_a_signing_key_ends_and_after),
    };

    return RUN(tests);
}
