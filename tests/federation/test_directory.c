#include "laid_down.h"

static void
what_was_made_is_loaded(void **state)
{
    struct laid_down laid;
    struct federation *federation;
    const struct signed_document *agreement;
    const struct intake_key *intake;
    uint8_t digest[DIGEST];
    bool fresh;
    (void)state;

    lay_down(&laid);
    federation = load(&laid);
    assert_string_equal(federation_trust(federation)->federation, "jersey");
    assert_int_equal(registry_version(federation_registry(federation)), 3);
    agreement = federation_document(federation, DOCUMENT_AGREEMENT);
    assert_int_equal(agreement->line.version, 1);
    assert_says((const char *)agreement->text.data, "\nagreement \"A\"\nversion 1\n");
    document_digest(digest, DOCUMENT_AGREEMENT, agreement->text);
    assert_memory_equal(agreement->digest, digest, DIGEST);
    assert_int_equal(agreement->minisig_count, 2);
    intake = federation_intake(federation, 101, at(NOON), &fresh);
    assert_non_null(intake);
    assert_int_equal(intake->agency, 101);
    assert_true(fresh);
    assert_int_equal(grant_table_count(federation_grants(federation)), 0);
    assert_int_equal(federation_left_out(federation), 0);
    federation_free(&federation);
    take_up(&laid);
}

/* Each row damages a federation by a shell command in its folder. */
static void
what_is_damaged_is_refused_by_name_and_reason(void **state)
{
    static const struct {
        const char *damage, *says;
        enum err err;
    } rows[] = {
        { "rm trust", "federation/trust: No such file", ERR_NOT_FOUND },
        { "echo >trust", "federation/trust: does not say who signs", ERR_MALFORMED },
        { "rm registry", "federation/registry: No such file", ERR_NOT_FOUND },
        { "rm registry.registry-1.*",
          "federation/registry: signed by 1 of the 2 signers needed", ERR_FORGED },
        { "cp registry.registry-1.* x && rm registry.*.minisig && mv x registry.a.minisig && "
          "cp "
          "registry.a.minisig registry.b.minisig",
          "federation/registry: signed by 1 of the 2 signers needed; key", ERR_FORGED },
        { "echo '# x' >>registry", "the signature does not hold", ERR_FORGED },
        { "cp agreement.policy registry", "federation/registry: this is an agreement",
          ERR_REFUSED },
        { "cp registry agreement.policy", "federation/agreement.policy: this is a registry",
          ERR_REFUSED },
        { "rm agreement.policy", "federation/agreement.policy: No such file", ERR_NOT_FOUND },
        { "rm agreement.policy.*.minisig",
          "federation/agreement.policy: signed by 0 of the 2 signers needed", ERR_FORGED },
        { "head -c 3000 /dev/zero >registry.z.minisig",
          "federation/registry.z.minisig: larger than 2048 bytes", ERR_TOO_BIG },
        { "mkdir grants", "federation/grants: not a regular file", ERR_IO },
        { "echo >grants", "federation/grants: does not begin with", ERR_MALFORMED },
        { "printf 'kith grants\\nx' >grants", "federation/grants: grant 1: cut off",
          ERR_MALFORMED },
    };
    struct laid_down laid;
    struct federation *good;
    (void)state;

    lay_down(&laid);
    good = load(&laid);
    shell("cp -a %s/federation %s/good", laid.folder, laid.folder);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct federation *federation = NULL;
        struct why why = { "" };

        shell("cd %s && rm -rf federation && cp -a good federation && cd federation && %s",
              laid.folder, rows[i].damage);
        assert_err(load_against(&federation, &laid, NULL, &why), rows[i].err);
        assert_says(why.text, rows[i].says);
        assert_null(federation);
    }
    assert_int_equal(registry_agency_count(federation_registry(good)), 2);
    federation_free(&good);
    take_up(&laid);
}

/* Each agency makes its own file: what is wrong with one stops nobody. */
static void
a_bad_intake_file_is_left_out_and_the_keys_that_were_there_stay(void **state)
{
    static const struct {
        const char *damage, *says;
    } rows[] = {
        { "echo x >intake/police.intake",
          "federation/intake/police.intake: line 1: not 'kith intake" },
        { "cp intake/mash.intake intake/police.intake",
          "federation/intake/police.intake: the key of agency 100, not of 101" },
        { "sed -i 's/intake 100/intake 101/' intake/mash.intake && mv intake/mash.intake "
          "intake/police.intake",
          "federation/intake/police.intake: not signed by signing key 1" },
        { "rm intake/police.intake && mkdir intake/police.intake", "not a regular file" },
    };
    struct laid_down laid;
    struct federation *good, *federation;
    struct why why = { "" };
    bool fresh;
    (void)state;

    lay_down(&laid);
    good = load(&laid);
    shell("cp -a %s/federation %s/good", laid.folder, laid.folder);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        shell("cd %s && rm -rf federation && cp -a good federation && cd federation && %s",
              laid.folder, rows[i].damage);
        federation = load(&laid);
        assert_null(federation_intake(federation, 101, at(NOON), &fresh));
        federation_free(&federation);
        expect_ok(load_against(&federation, &laid, good, &why), &why);
        assert_int_equal(federation_left_out(federation), 1);
        assert_says(federation_left_out_why(federation), rows[i].says);
        assert_memory_equal(&federation_intake(federation, 101, at(NOON), &fresh)->key,
                            &federation_intake(good, 101, at(NOON), &fresh)->key,
                            sizeof(struct exchange_public));
        federation_free(&federation);
    }
    federation_free(&good);
    take_up(&laid);
}

static void
an_intake_key_of_an_agency_that_is_not_listed_is_left_out(void **state)
{
    struct laid_down laid;
    struct federation *federation;
    (void)state;

    lay_down(&laid);
    shell("cd %s/federation/intake && cp mash.intake wolf.intake && echo x >README",
          laid.folder);
    federation = load(&laid);
    assert_int_equal(federation_left_out(federation), 1);
    federation_free(&federation);
    take_up(&laid);
}

static void
without_a_fresh_intake_key_the_last_one_known_is_given_and_said_to_be_old(void **state)
{
    struct laid_down laid;
    struct federation *federation;
    bool fresh;
    (void)state;

    lay_down(&laid);
    federation = load(&laid);
    assert_non_null(federation_intake(federation, 100, at("2026-12-02T12:00:00Z"), &fresh));
    assert_true(fresh);
    assert_non_null(federation_intake(federation, 100, at("2026-12-02T12:00:00.001Z"), &fresh));
    assert_false(fresh);
    assert_false(fresh);
    assert_non_null(federation_intake(federation, 100, at("2026-11-25T11:59:59Z"), &fresh));
    assert_false(fresh);
    assert_null(federation_intake(federation, 999, at(NOON), &fresh));
    assert_false(fresh);
    federation_free(&federation);
    take_up(&laid);
}

static void
a_renewed_intake_key_is_the_one_that_is_sealed_to(void **state)
{
    struct new_agency mash = { .name = "mash", .now = at("2026-11-30T12:00:00Z") };
    struct federation *federation;
    struct laid_down laid;
    struct exchange_public before;
    struct why why = { "" };
    bool fresh;
    (void)state;

    lay_down(&laid);
    federation = load(&laid);
    before = federation_intake(federation, 100, at(NOON), &fresh)->key;
    federation_free(&federation);
    expect_ok(federation_renew_intake(laid.folder, &mash, &why), &why);
    federation = load(&laid);
    assert_memory_equal(&federation_intake(federation, 100, at(NOON), &fresh)->key, &before,
                        sizeof(before));
    assert_memory_not_equal(
        &federation_intake(federation, 100, at("2026-12-01T12:00:00Z"), &fresh)->key, &before,
        sizeof(before));
    assert_true(fresh);
    federation_free(&federation);
    take_up(&laid);
}

/* --- Versions ------------------------------------------------------------------------------ */

static void
publish(struct laid_down *laid, const char *agreement)
{
    struct why why = { "" };

    expect_ok(
        federation_publish(&laid->offline, DOCUMENT_AGREEMENT, bytes_of_text(agreement), &why),
        &why);
}

static void
a_new_version_takes_the_place_of_the_one_in_force(void **state)
{
    struct federation *current, *next = NULL;
    struct laid_down laid;
    struct why why = { "" };
    (void)state;

    lay_down(&laid);
    current = load(&laid);
    publish(&laid, "agreement \"B\"\n");
    expect_ok(load_against(&next, &laid, current, &why), &why);
    assert_int_equal(federation_document(next, DOCUMENT_AGREEMENT)->line.version, 2);
    assert_memory_equal(federation_document(next, DOCUMENT_AGREEMENT)->line.replaces,
                        federation_document(current, DOCUMENT_AGREEMENT)->digest, DIGEST);
    assert_int_equal(federation_document(next, DOCUMENT_AGREEMENT)->minisig_count, 2);
    federation_free(&next);
    expect_ok(load_against(&next, &laid, current, &why), &why);
    federation_free(&next);
    federation_free(&current);
    take_up(&laid);
}

static void
an_older_version_is_a_rollback(void **state)
{
    struct federation *current, *next = NULL;
    struct laid_down laid;
    char folder[FILE_PATH_MAX];
    struct why why = { "" };
    (void)state;

    lay_down(&laid);
    shell("cp -a %s/federation %s/old", laid.folder, laid.folder);
    publish(&laid, "agreement \"B\"\n");
    current = load(&laid);
    assert_ok(path_in(folder, laid.folder, "old", NULL));
    assert_err(federation_load(&next, folder, current, 0, 0, &why), ERR_REFUSED);
    assert_says(why.text,
                "old/agreement.policy: ROLLBACK: version 1, where version 2 has been");
    assert_err(federation_load(&next, folder, NULL, 4, 0, &why), ERR_REFUSED);
    assert_says(why.text, "old/registry: ROLLBACK: version 3, where version 4 has been");
    assert_err(federation_load(&next, folder, NULL, 3, 2, &why), ERR_REFUSED);
    assert_says(why.text,
                "old/agreement.policy: ROLLBACK: version 1, where version 2 has been");
    assert_null(next);
    expect_ok(federation_load(&next, folder, NULL, 3, 1, &why), &why);
    federation_free(&next);
    federation_free(&current);
    take_up(&laid);
}

static void
another_text_of_the_same_version_or_with_another_past_is_refused(void **state)
{
    struct federation *current, *next = NULL;
    struct laid_down laid;
    struct why why = { "" };
    (void)state;

    lay_down(&laid);
    shell("cd %s && cp -a federation one", laid.folder);
    publish(&laid, "agreement \"B\"\n");
    current = load(&laid);
    shell("cd %s && rm -r federation && cp -a one federation", laid.folder);
    publish(&laid, "agreement \"C\"\n");
    assert_err(load_against(&next, &laid, current, &why), ERR_CONFLICT);
    assert_says(why.text, "agreement.policy: differs from the version 2 that is in force");
    publish(&laid, "agreement \"D\"\n");
    assert_err(load_against(&next, &laid, current, &why), ERR_REFUSED);
    assert_says(why.text, "agreement.policy: replaces another version 2 than the one in force");
    assert_null(next);
    federation_free(&current);
    take_up(&laid);
}

static void
who_is_trusted_cannot_change_under_way(void **state)
{
    struct federation *current, *next = NULL;
    struct laid_down laid;
    struct why why = { "" };
    (void)state;

    lay_down(&laid);
    current = load(&laid);
    shell("sed -i 's/2 of/1 of/' %s/federation/trust", laid.folder);
    assert_err(load_against(&next, &laid, current, &why), ERR_REFUSED);
    assert_says(why.text, "federation/trust: has changed");
    federation_free(&current);
    take_up(&laid);
}

/* A registry that is properly signed may still not rewrite history. */
static void
a_signed_registry_that_forgets_an_agency_is_refused(void **state)
{
    struct federation *current, *next = NULL;
    const struct signed_document *registry;
    struct laid_down laid;
    const char *body, *police;
    struct why why = { "" };
    (void)state;

    lay_down(&laid);
    current = load(&laid);
    registry = federation_document(current, DOCUMENT_REGISTRY);
    body = strchr((const char *)registry->text.data, '\n') + 1;
    police = strstr(body, "agency 101");
    assert_non_null(police);
    assert_err(federation_publish(&laid.offline, DOCUMENT_REGISTRY,
                                  bytes_of(body, (size_t)(police - body)), &why),
               ERR_REFUSED);
    assert_says(why.text, "agency 101 police is gone");
    expect_ok(load_against(&next, &laid, current, &why), &why);
    federation_free(&next);
    federation_free(&current);
    take_up(&laid);
}

static void
add(struct laid_down *laid, const char *name)
{
    struct new_agency agency = { .name = name, .now = at(NOON) };
    struct why why = { "" };
    uint32_t number;

    expect_ok(federation_add_agency(&laid->offline, &agency, &number, &why), &why);
}

/* Two histories from one beginning: the signers gave number 102 twice. */
static void
a_leap_over_versions_does_not_hide_a_rewritten_history(void **state)
{
    struct federation *current, *next = NULL;
    struct laid_down laid;
    struct why why = { "" };
    (void)state;

    lay_down(&laid);
    shell("cd %s && cp -a federation beginning", laid.folder);
    add(&laid, "hospital");
    current = load(&laid);
    add(&laid, "surgery");
    add(&laid, "nursery");
    expect_ok(load_against(&next, &laid, current, &why), &why);
    federation_free(&next);

    shell("cd %s && rm -r federation && mv beginning federation", laid.folder);
    add(&laid, "school");
    add(&laid, "college");
    add(&laid, "youth-service");
    assert_err(load_against(&next, &laid, current, &why), ERR_REFUSED);
    assert_says(why.text, "federation/registry: number 102 was hospital and is school now");
    assert_null(next);
    federation_free(&current);
    take_up(&laid);
}

/* --- Grants --------------------------------------------------------------------------------- */

static void
signed_grants_are_in_the_table(void **state)
{
    enum { GRANTS = 130 };
    struct grant grants[GRANTS];
    struct federation *federation;
    struct laid_down laid;
    struct why why = { "" };
    (void)state;

    lay_down(&laid);
    for (uint32_t i = 0; i < GRANTS; i++) {
        grants[i] = (struct grant){ .publisher = 101, .recipient = 100, .basis = BASIS_OTHER };
        grants[i].from_ms = (uint64_t)at(NOON).ms;
        grants[i].to_day = (uint32_t)on("2026-12-31").number;
        put_le32(grants[i].handle, i);
        put_le32(grants[i].id, i);
    }
    expect_ok(federation_sign_grants(&laid.offline, grants, 100, at(NOON), &why), &why);
    expect_ok(federation_sign_grants(&laid.offline, grants + 100, GRANTS - 100, at(NOON), &why),
              &why);
    federation = load(&laid);
    assert_int_equal(grant_table_count(federation_grants(federation)), GRANTS);
    for (uint32_t i = 0; i < GRANTS; i++)
        assert_non_null(grant_table_live(federation_grants(federation), 101, grants[i].handle,
                                         100, at(NOON)));
    federation_free(&federation);
    take_up(&laid);
}

static void
a_grant_that_is_not_the_indexs_is_refused(void **state)
{
    struct grant grant = { .publisher = 101, .recipient = 100, .basis = BASIS_OTHER };
    struct federation *federation = NULL;
    struct laid_down laid, other;
    struct why why = { "" };
    (void)state;

    lay_down(&laid);
    lay_down(&other);
    grant.from_ms = (uint64_t)at(NOON).ms;
    expect_ok(federation_sign_grants(&other.offline, &grant, 1, at(NOON), &why), &why);
    shell("cp %s/federation/grants %s/federation/grants", other.folder, laid.folder);
    assert_err(load_against(&federation, &laid, NULL, &why), ERR_FORGED);
    assert_says(why.text, "federation/grants: grant 1: ");
    take_up(&laid);
    take_up(&other);
}

static void
a_grant_from_before_the_indexs_key_is_left_out(void **state)
{
    struct grant grant = { .publisher = 101, .recipient = 100, .basis = BASIS_OTHER };
    struct federation *federation;
    struct laid_down laid;
    struct why why = { "" };
    (void)state;

    lay_down(&laid);
    grant.from_ms = (uint64_t)at("2026-11-23T12:00:00Z").ms;
    expect_ok(federation_sign_grants(&laid.offline, &grant, 1, at(NOON), &why), &why);
    federation = load(&laid);
    assert_int_equal(federation_left_out(federation), 1);
    assert_int_equal(grant_table_count(federation_grants(federation)), 0);
    federation_free(&federation);
    take_up(&laid);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_made_is_loaded),
        cmocka_unit_test(what_is_damaged_is_refused_by_name_and_reason),
        cmocka_unit_test(a_bad_intake_file_is_left_out_and_the_keys_that_were_there_stay),
        cmocka_unit_test(an_intake_key_of_an_agency_that_is_not_listed_is_left_out),
        cmocka_unit_test(
            without_a_fresh_intake_key_the_last_one_known_is_given_and_said_to_be_old),
        cmocka_unit_test(a_renewed_intake_key_is_the_one_that_is_sealed_to),
        cmocka_unit_test(a_new_version_takes_the_place_of_the_one_in_force),
        cmocka_unit_test(an_older_version_is_a_rollback),
        cmocka_unit_test(another_text_of_the_same_version_or_with_another_past_is_refused),
        cmocka_unit_test(who_is_trusted_cannot_change_under_way),
        cmocka_unit_test(a_signed_registry_that_forgets_an_agency_is_refused),
        cmocka_unit_test(a_leap_over_versions_does_not_hide_a_rewritten_history),
        cmocka_unit_test(signed_grants_are_in_the_table),
        cmocka_unit_test(a_grant_that_is_not_the_indexs_is_refused),
        cmocka_unit_test(a_grant_from_before_the_indexs_key_is_left_out),
    };

    return crypto_start() ? RUN(tests) : 1;
}
