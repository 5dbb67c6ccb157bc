#include "../federate.h"

/* Which suspensions are in force, and that nothing but a lift ends one. */

/* What a node starts with that has this archive. */
static void
start(struct in_force **in_force, const struct federate *federate)
{
    in_force_free(in_force);
    *in_force = read_in_force(federate, 0, NULL);
}

/* What it goes by when the folder has changed while it runs. */
static void
read_again(struct in_force *in_force, const struct federate *federate)
{
    char directory[FILE_PATH_MAX], archive[FILE_PATH_MAX];
    struct why why = { "" };

    snprintf(directory, sizeof(directory), "%s/federation", federate->folder);
    snprintf(archive, sizeof(archive), "%s/archive-0", federate->folder);
    expect_ok(in_force_read_suspensions(in_force, directory, archive, federate->now.wall, &why),
              &why);
}

static void
nothing_is_left_out(const struct in_force *in_force)
{
    if (federation_left_out(in_force->federation) > 0)
        fail_msg("%s", federation_left_out_why(in_force->federation));
}

static void
is_left_out(const struct in_force *in_force, const char *says)
{
    assert_int_equal(federation_left_out(in_force->federation), 1);
    assert_says(federation_left_out_why(in_force->federation), says);
}

static void
a_school_is_suspended_by_one_signer(void **state)
{
    struct federate federate;
    struct in_force *in_force = NULL;
    (void)state;

    federate_begin(&federate);
    start(&in_force, &federate);
    assert_false(in_force_is_suspended(in_force, SCHOOL));
    suspend(&federate, SCHOOL, 2);
    read_again(in_force, &federate);
    assert_true(in_force_is_suspended(in_force, SCHOOL));
    assert_false(in_force_is_suspended(in_force, OTHER_SCHOOL));
    assert_false(in_force_is_suspended(in_force, STRANGER));
    nothing_is_left_out(in_force);
    in_force_free(&in_force);
    federate_end(&federate);
}

static void
mash_and_social_care_are_suspended_by_two(void **state)
{
    static const uint32_t both[] = { MASH, SOCIAL_CARE };
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct federate federate;
        struct in_force *in_force = NULL;

        federate_begin(&federate);
        suspend(&federate, both[i], 1);
        start(&in_force, &federate);
        assert_false(in_force_is_suspended(in_force, both[i]));
        is_left_out(in_force, "signed by 1 of the 2 registry signers that an agency needs");
        suspend(&federate, both[i], 2);
        read_again(in_force, &federate);
        assert_true(in_force_is_suspended(in_force, both[i]));
        nothing_is_left_out(in_force);
        in_force_free(&in_force);
        federate_end(&federate);
    }
}

static void
a_lift_ends_it_and_what_waited_stays_withheld(void **state)
{
    struct federate federate;
    struct in_force *in_force = NULL;
    uint64_t before, after;
    (void)state;

    federate_begin(&federate);
    before = (uint64_t)federate.now.wall.ms;
    suspend(&federate, SCHOOL, 0);
    start(&in_force, &federate);
    assert_true(in_force_withholds(in_force, SCHOOL, before));
    pass(&federate.now, HOURS(1));
    lift_suspension(&federate, SCHOOL);
    read_again(in_force, &federate);
    after = (uint64_t)federate.now.wall.ms;
    assert_false(in_force_is_suspended(in_force, SCHOOL));
    assert_true(in_force_withholds(in_force, SCHOOL, after - 1));
    assert_false(in_force_withholds(in_force, SCHOOL, after));
    assert_false(in_force_withholds(in_force, POLICE, before));
    start(&in_force, &federate);
    assert_false(in_force_is_suspended(in_force, SCHOOL));
    assert_true(in_force_withholds(in_force, SCHOOL, before));
    nothing_is_left_out(in_force);
    in_force_free(&in_force);
    federate_end(&federate);
}

/* A clock of the signers that is wrong withholds nothing for longer. */
static void
a_lift_of_tomorrow_is_of_now(void **state)
{
    struct federate federate;
    struct in_force *in_force = NULL;
    (void)state;

    federate_begin(&federate);
    suspend(&federate, SCHOOL, 0);
    start(&in_force, &federate);
    pass(&federate.now, DAYS(1));
    lift_suspension(&federate, SCHOOL);
    pass(&federate.now, -DAYS(1));
    read_again(in_force, &federate);
    assert_false(in_force_withholds(in_force, SCHOOL, (uint64_t)federate.now.wall.ms));
    in_force_free(&in_force);
    federate_end(&federate);
}

/* --- Other files in the way ---------------------------------------------------------------- */

static void
it_stays_when_its_file_is_gone_also_over_a_restart(void **state)
{
    struct federate federate;
    struct in_force *in_force = NULL;
    (void)state;

    federate_begin(&federate);
    suspend(&federate, SCHOOL, 0);
    start(&in_force, &federate);
    shell("mv %s/federation/suspensions %s/gone", federate.folder, federate.folder);
    read_again(in_force, &federate);
    assert_true(in_force_is_suspended(in_force, SCHOOL));
    is_left_out(in_force, "ROLLBACK: the suspension of agency 103 (st-helier-primary) is gone");
    start(&in_force, &federate);
    assert_true(in_force_is_suspended(in_force, SCHOOL));
    is_left_out(in_force, "ROLLBACK");
    shell("mv %s/gone %s/federation/suspensions", federate.folder, federate.folder);
    lift_suspension(&federate, SCHOOL);
    start(&in_force, &federate);
    assert_false(in_force_is_suspended(in_force, SCHOOL));
    in_force_free(&in_force);
    federate_end(&federate);
}

/* The folder as it was when an earlier suspension had been lifted. */
static void
it_stays_when_an_earlier_one_and_its_lift_are_put_back(void **state)
{
    struct federate federate;
    struct in_force *in_force = NULL;
    (void)state;

    federate_begin(&federate);
    suspend(&federate, SCHOOL, 0);
    start(&in_force, &federate);
    lift_suspension(&federate, SCHOOL);
    read_again(in_force, &federate);
    assert_false(in_force_is_suspended(in_force, SCHOOL));
    shell("cp -a %s/federation/suspensions %s/earlier", federate.folder, federate.folder);
    suspend(&federate, SCHOOL, 0);
    read_again(in_force, &federate);
    assert_true(in_force_is_suspended(in_force, SCHOOL));
    shell("cd %s && rm -r federation/suspensions && cp -a earlier federation/suspensions",
          federate.folder);
    read_again(in_force, &federate);
    assert_true(in_force_is_suspended(in_force, SCHOOL));
    is_left_out(in_force, "ROLLBACK");
    start(&in_force, &federate);
    assert_true(in_force_is_suspended(in_force, SCHOOL));
    in_force_free(&in_force);
    federate_end(&federate);
}

/* Whoever takes a lift away shuts nobody out again. */
static void
what_was_lifted_does_not_come_back_with_its_file(void **state)
{
    struct federate federate;
    struct in_force *in_force = NULL;
    (void)state;

    federate_begin(&federate);
    suspend(&federate, SCHOOL, 0);
    start(&in_force, &federate);
    lift_suspension(&federate, SCHOOL);
    read_again(in_force, &federate);
    shell("rm %s/federation/suspensions/*.lift*", federate.folder);
    read_again(in_force, &federate);
    assert_false(in_force_is_suspended(in_force, SCHOOL));
    start(&in_force, &federate);
    assert_false(in_force_is_suspended(in_force, SCHOOL));
    in_force_free(&in_force);
    federate_end(&federate);
}

static void
a_lift_of_another_suspension_ends_nothing(void **state)
{
    struct federate federate;
    struct in_force *in_force = NULL;
    (void)state;

    federate_begin(&federate);
    suspend(&federate, SCHOOL, 0);
    lift_suspension(&federate, SCHOOL);
    shell("mkdir %s/lift && mv %s/federation/suspensions/*.lift* %s/lift", federate.folder,
          federate.folder, federate.folder);
    shell("rm -r %s/federation/suspensions", federate.folder);
    pass(&federate.now, HOURS(1));
    suspend(&federate, SCHOOL, 0);
    shell("cp %s/lift/* %s/federation/suspensions", federate.folder, federate.folder);
    start(&in_force, &federate);
    assert_true(in_force_is_suspended(in_force, SCHOOL));
    is_left_out(in_force, "st-helier-primary.lift: lifts a suspension that was never in force");
    in_force_free(&in_force);
    federate_end(&federate);
}

static void
what_is_remembered_must_be_readable(void **state)
{
    char directory[FILE_PATH_MAX], archive[FILE_PATH_MAX];
    struct federate federate;
    struct in_force *in_force = NULL, *none = NULL;
    struct why why = { "" };
    (void)state;

    federate_begin(&federate);
    suspend(&federate, SCHOOL, 0);
    start(&in_force, &federate);
    snprintf(directory, sizeof(directory), "%s/federation", federate.folder);
    snprintf(archive, sizeof(archive), "%s/archive-0", federate.folder);
    shell("echo lifted 103 >>%s/suspensions", archive);
    assert_err(in_force_read(&none, directory, archive, NULL, federate.now.wall, &why),
               ERR_CORRUPT);
    assert_says(why.text, "archive-0/suspensions: line 2: does not name a suspension");
    in_force_free(&in_force);
    federate_end(&federate);
}

/* A full disk lets nobody in, and is said. */
static void
what_cannot_be_remembered_is_in_force_all_the_same(void **state)
{
    struct federate federate;
    struct in_force *in_force = NULL;
    (void)state;

    federate_begin(&federate);
    start(&in_force, &federate);
    shell("mkdir -p %s/archive-0/suspensions/x", federate.folder);
    suspend(&federate, SCHOOL, 0);
    read_again(in_force, &federate);
    assert_true(in_force_is_suspended(in_force, SCHOOL));
    is_left_out(in_force, "in force but not remembered over a restart");
    shell("rm -r %s/archive-0/suspensions", federate.folder);
    read_again(in_force, &federate);
    nothing_is_left_out(in_force);
    start(&in_force, &federate);
    assert_true(in_force_is_suspended(in_force, SCHOOL));
    in_force_free(&in_force);
    federate_end(&federate);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_school_is_suspended_by_one_signer),
        cmocka_unit_test(mash_and_social_care_are_suspended_by_two),
        cmocka_unit_test(a_lift_ends_it_and_what_waited_stays_withheld),
        cmocka_unit_test(a_lift_of_tomorrow_is_of_now),
        cmocka_unit_test(it_stays_when_its_file_is_gone_also_over_a_restart),
        cmocka_unit_test(it_stays_when_an_earlier_one_and_its_lift_are_put_back),
        cmocka_unit_test(what_was_lifted_does_not_come_back_with_its_file),
        cmocka_unit_test(a_lift_of_another_suspension_ends_nothing),
        cmocka_unit_test(what_is_remembered_must_be_readable),
        cmocka_unit_test(what_cannot_be_remembered_is_in_force_all_the_same),
    };

    return crypto_start() ? RUN(tests) : 1;
}
