#include "laid_down.h"

#include "federation/node_keys.h"

/* Shutting an agency out and letting it in again: what counts, and what does not. */

/* --- The texts ---------------------------------------------------------------------------- */

#define NINES "9999999999999999999999999999999999999999999999999999999999999999"
#define TEXT  "kith suspension jersey agency 101 police since 2026-11-25T12:00:00Z\n"
#define LIFT  "kith lift jersey agency 101 police of " NINES " at 2026-11-25T12:00:00Z\n"

static void
what_is_written_is_read(void **state)
{
    struct suspension suspension;
    struct buffer text;
    struct lift lift;
    (void)state;

    assert_ok(suspension_read(&suspension, bytes_of_text(TEXT), NULL));
    assert_string_equal(suspension.federation, "jersey");
    assert_int_equal(suspension.agency, 101);
    assert_string_equal(suspension.name, "police");
    assert_int_equal(suspension.since.ms, at(NOON).ms);
    buffer_init(&text, SUSPENSION_MAX);
    suspension_write(&text, &suspension);
    assert_string_equal(buffer_text(&text), TEXT);
    buffer_reset(&text);
    assert_ok(lift_read(&lift, bytes_of_text(LIFT), NULL));
    assert_int_equal(lift.of[0], 0x99);
    lift_write(&text, &lift);
    assert_string_equal(buffer_text(&text), LIFT);
    buffer_clear(&text);
}

static void
there_is_one_way_to_write_it(void **state)
{
    static const char *const others[] = {
        "",
        "\n",
        "kith suspension jersey agency 101 police since 2026-11-25T12:00:00Z",
        "kith  suspension jersey agency 101 police since 2026-11-25T12:00:00Z\n",
        TEXT "\n",
        TEXT "kith lift\n",
        "# kith suspension jersey agency 101 police since 2026-11-25T12:00:00Z\n",
        "kith suspension jersey agency 0101 police since 2026-11-25T12:00:00Z\n",
        "kith suspension jersey agency 4294967296 police since 2026-11-25T12:00:00Z\n",
        "kith suspension jersey agency 101 Police since 2026-11-25T12:00:00Z\n",
        "kith suspension jersey agency 101 police since 2026-11-25T13:00:00+01:00\n",
        "kith suspension jersey agency 101 police since 2026-11-25\n",
        "kith suspension jersey agency 101 police since 2026-11-25T12:00:00Z for ever\n",
        "kith registry jersey version 1 replacing " NINES "\n",
        LIFT,
    };
    struct suspension suspension;
    struct lift lift;
    struct why why;
    (void)state;

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_err(suspension_read(&suspension, bytes_of_text(others[i]), &why), ERR_MALFORMED);
        assert_says(why.text, "not the one line 'kith suspension");
    }
    assert_err(lift_read(&lift, bytes_of_text(TEXT), &why), ERR_MALFORMED);
    assert_err(lift_read(&lift,
                         bytes_of_text("kith lift jersey agency 101 police of 99 at "
                                       "2026-11-25T12:00:00Z\n"),
                         &why),
               ERR_MALFORMED);
    assert_says(why.text, "not the one line 'kith lift");
}

/* --- In a folder ------------------------------------------------------------------------------ */

static void
suspend(const struct laid_down *laid, const char *agency, unsigned signer,
        struct suspension *result)
{
    const struct suspending suspending = { agency, signer, at(NOON) };
    struct why why = { "" };

    expect_ok(federation_suspend(&laid->offline, &suspending, result, &why), &why);
}

static void
lift(const struct laid_down *laid, const char *agency)
{
    struct why why = { "" };

    expect_ok(federation_lift(&laid->offline, agency, at(NOON), &why), &why);
}

/* One suspension of the police, as it is loaded, signed by so many. */
static void
there_is_one(const struct laid_down *laid, uint32_t signers)
{
    struct federation *federation = load(laid);

    assert_int_equal(federation_left_out(federation), 0);
    assert_int_equal(federation_suspension_count(federation), 1);
    assert_int_equal(federation_suspension_at(federation, 0)->agency, 101);
    assert_int_equal(federation_suspension_at(federation, 0)->signers, signers);
    federation_free(&federation);
}

static void
one_signer_suspends(void **state)
{
    struct laid_down laid;
    struct suspension result;
    (void)state;

    lay_down(&laid);
    suspend(&laid, "police", 0, &result);
    assert_int_equal(result.signers, 1);
    there_is_one(&laid, 1);
    take_up(&laid);
}

static void
signatures_of_different_signers_add_up(void **state)
{
    const struct suspending again = { "police", 3, at(NOON) };
    struct laid_down laid;
    struct suspension result, more;
    struct why why = { "" };
    (void)state;

    lay_down(&laid);
    suspend(&laid, "police", 3, &result);
    assert_err(federation_suspend(&laid.offline, &again, &more, &why), ERR_CONFLICT);
    assert_says(why.text, "signed before by this key");
    suspend(&laid, "police", 0, &more);
    assert_int_equal(more.signers, 2);
    assert_memory_equal(more.digest, result.digest, DIGEST);
    there_is_one(&laid, 2);
    suspend(&laid, "police", 0, &more);
    assert_int_equal(more.signers, 3);
    assert_err(federation_suspend(&laid.offline, &(struct suspending){ "police", 0, at(NOON) },
                                  &more, &why),
               ERR_CONFLICT);
    assert_says(why.text, "each whose key is here");
    take_up(&laid);
}

static void
the_same_signature_twice_counts_once(void **state)
{
    struct laid_down laid;
    struct suspension result;
    (void)state;

    lay_down(&laid);
    suspend(&laid, "police", 1, &result);
    shell("cd %s/federation/suspensions && cp police.suspension.registry-1.minisig"
          " police.suspension.registry-2.minisig",
          laid.folder);
    there_is_one(&laid, 1);
    take_up(&laid);
}

static void
a_lift_takes_as_many_as_sign_a_registry(void **state)
{
    struct federation *federation;
    struct laid_down laid;
    struct suspension result;
    struct why why = { "" };
    (void)state;

    lay_down(&laid);
    assert_err(federation_lift(&laid.offline, "police", at(NOON), &why), ERR_NOT_FOUND);
    assert_says(why.text, "police is not suspended");
    suspend(&laid, "police", 0, &result);
    shell("cd %s/offline && mkdir away && mv registry-2.key registry-3.key away", laid.folder);
    assert_err(federation_lift(&laid.offline, "police", at(NOON), &why), ERR_NOT_FOUND);
    assert_says(why.text, "1 of the 2 keys that sign a lift are here");
    there_is_one(&laid, 1);
    shell("mv %s/offline/away/* %s/offline", laid.folder, laid.folder);
    lift(&laid, "police");
    federation = load(&laid);
    assert_int_equal(federation_left_out(federation), 0);
    assert_int_equal(federation_lift_count(federation), 1);
    assert_memory_equal(federation_lift_at(federation, 0)->of, result.digest, DIGEST);
    assert_null(federation_suspension_of(federation, 101));
    federation_free(&federation);
    take_up(&laid);
}

/* Within the same second, too: a text that was lifted would not come into force again. */
static void
after_a_lift_a_suspension_is_another_one(void **state)
{
    struct laid_down laid;
    struct suspension first, second;
    (void)state;

    lay_down(&laid);
    suspend(&laid, "police", 1, &first);
    suspend(&laid, "police", 2, &first);
    lift(&laid, "police");
    suspend(&laid, "police", 2, &second);
    assert_memory_not_equal(first.digest, second.digest, DIGEST);
    there_is_one(&laid, 1);
    take_up(&laid);
}

/* --- What does not count ------------------------------------------------------------------------ */

/* Each row spoils, by a shell command in federation/suspensions, a suspension of the police
   that is signed by signer 1 and, as police.lift, lifted. */
static void
what_does_not_verify_is_left_out_by_name_and_reason(void **state)
{
    static const struct {
        const char *damage, *says;
        size_t suspensions, lifts;
    } rows[] = {
        { "rm police.suspension.*", "police.suspension: signed by 0 of the 1", 0, 1 },
        { "sed -i s/2026/2027/ police.suspension", "the signature does not hold", 0, 1 },
        { "echo x >police.suspension", "police.suspension: not the one line", 0, 1 },
        { "head -c 600 /dev/zero >police.suspension", "larger than 512 bytes", 0, 1 },
        { "rm police.suspension && mkdir police.suspension", "not a regular file", 0, 1 },
        { "rename() { mv $1 $2; mv $1.registry-1.minisig $2.registry-1.minisig; };"
          " rename police.suspension mash.suspension",
          "mash.suspension: is about 'police', not 'mash'", 0, 1 },
        { "cp ../registry police.suspension && cp ../registry.registry-1.*"
          " police.suspension.registry-1.minisig",
          "police.suspension: larger than 512 bytes", 0, 1 },
        { "cp police.suspension police.lift", "police.lift: not the one line", 1, 0 },
        { "cp police.suspension.registry-1.minisig police.lift.registry-1.minisig",
          "police.lift: signed by 1 of the 2", 1, 0 },
        { "rm police.lift.registry-2.minisig", "police.lift: signed by 1 of the 2", 1, 0 },
        { "cp ../agreement.policy.agreement-1.* police.suspension.registry-1.minisig",
          "not one of the signers", 0, 1 },
    };
    struct laid_down laid;
    struct suspension result;
    (void)state;

    lay_down(&laid);
    suspend(&laid, "police", 1, &result);
    lift(&laid, "police");
    shell("cp -a %s/federation %s/good", laid.folder, laid.folder);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct federation *federation;

        shell("cd %s && rm -rf federation && cp -a good federation && cd federation/suspensions"
              " && %s",
              laid.folder, rows[i].damage);
        federation = load(&laid);
        assert_int_equal(federation_left_out(federation), 1);
        assert_says(federation_left_out_why(federation), rows[i].says);
        assert_says(federation_left_out_why(federation), "/federation/suspensions/");
        assert_int_equal(federation_suspension_count(federation), rows[i].suspensions);
        assert_int_equal(federation_lift_count(federation), rows[i].lifts);
        assert_int_equal(registry_agency_count(federation_registry(federation)), 2);
        federation_free(&federation);
    }
    take_up(&laid);
}

/* Written while it is being carried: signatures first, a text in one piece last. */
static void
half_of_it_is_nothing_at_all(void **state)
{
    struct federation *federation;
    struct laid_down laid;
    struct suspension result;
    (void)state;

    lay_down(&laid);
    suspend(&laid, "police", 1, &result);
    shell("cd %s/federation/suspensions && mv police.suspension police.suspension.new",
          laid.folder);
    federation = load(&laid);
    assert_int_equal(federation_left_out(federation), 0);
    assert_int_equal(federation_suspension_count(federation), 0);
    federation_free(&federation);
    take_up(&laid);
}

/* --- Signatures of another kind ------------------------------------------------------------------- */

static struct signer
registry_signer(const struct laid_down *laid, int number)
{
    struct federation *federation = load(laid);
    const struct signers *signers = &federation_trust(federation)->registry;
    struct signer signer = { .public = signers->keys[number - 1] };
    char path[FILE_PATH_MAX];
    struct key kek;
    struct unlock unlock = { .key = &kek };

    snprintf(path, sizeof(path), "%s/offline", laid->folder);
    assert_ok(node_kek_open(&kek, path, NULL, NULL));
    snprintf(path, sizeof(path), "%s/offline/registry-%d.key", laid->folder, number);
    assert_ok(keyfile_read(signer.secret.bytes, sizeof(signer.secret.bytes), path,
                           KEYFILE_SIGNER, &unlock, NULL));
    federation_free(&federation);
    return signer;
}

static void
write_file(const struct laid_down *laid, const char *name, struct bytes content)
{
    char path[FILE_PATH_MAX];

    snprintf(path, sizeof(path), "%s/federation/suspensions/%s", laid->folder, name);
    assert_ok(file_write(path, content, 0644, NULL));
}

static void
write_text_signed_by(const struct laid_down *laid, const struct signer *signer)
{
    struct buffer minisig;

    shell("mkdir -p %s/federation/suspensions", laid->folder);
    buffer_init(&minisig, MINISIG_MAX);
    minisig_write(&minisig, bytes_of_text(TEXT), &signer->public, &signer->secret, "kith");
    write_file(laid, "police.suspension.registry-1.minisig", buffer_bytes(&minisig));
    write_file(laid, "police.suspension", bytes_of_text(TEXT));
    buffer_clear(&minisig);
}

static void
is_left_out(const struct laid_down *laid, const char *says)
{
    struct federation *federation = load(laid);

    assert_int_equal(federation_suspension_count(federation), 0);
    assert_int_equal(federation_left_out(federation), 1);
    assert_says(federation_left_out_why(federation), says);
    federation_free(&federation);
}

static void
a_stranger_suspends_nobody(void **state)
{
    struct signer stranger = a_signer(7);
    struct laid_down laid;
    (void)state;

    lay_down(&laid);
    write_text_signed_by(&laid, &stranger);
    is_left_out(&laid, "not one of the signers");
    stranger.public = registry_signer(&laid, 1).public; /* and calls itself signer 1 */
    write_text_signed_by(&laid, &stranger);
    is_left_out(&laid, "the signature does not hold");
    take_up(&laid);
}

static void
a_legacy_signature_suspends_nobody(void **state)
{
    uint8_t packed[74], trusted[64 + 1];
    struct signature signature, global;
    struct signer signer;
    struct laid_down laid;
    struct buffer minisig;
    char line[120];
    (void)state;

    lay_down(&laid);
    signer = registry_signer(&laid, 1);
    write_text_signed_by(&laid, &signer);
    there_is_one(&laid, 1);

    sign(&signature, bytes_of_text(TEXT), &signer.secret);
    memcpy(put_bytes(put_bytes(packed, "Ed", 2), signer.public.key_id, 8), &signature, 64);
    memcpy(trusted, &signature, 64);
    trusted[64] = 'c';
    sign(&global, bytes_of(trusted, 65), &signer.secret);
    buffer_init(&minisig, MINISIG_MAX);
    base64_write(line, packed, sizeof(packed));
    buffer_print(&minisig, "untrusted comment: legacy\n%s\ntrusted comment: c\n", line);
    base64_write(line, global.bytes, 64);
    buffer_print(&minisig, "%s\n", line);
    write_file(&laid, "police.suspension.registry-1.minisig", buffer_bytes(&minisig));
    buffer_clear(&minisig);
    is_left_out(&laid, "legacy format");
    take_up(&laid);
}

/* Two good signatures under a suspension are none under a registry. */
static void
a_suspension_is_not_taken_for_a_registry(void **state)
{
    struct federation *federation = NULL;
    struct laid_down laid;
    struct suspension result;
    struct why why = { "" };
    (void)state;

    lay_down(&laid);
    suspend(&laid, "police", 1, &result);
    suspend(&laid, "police", 2, &result);
    shell(
        "cd %s/federation && rm registry.*.minisig && cp suspensions/police.suspension registry"
        " && for i in 1 2; do cp suspensions/police.suspension.registry-$i.minisig"
        " registry.registry-$i.minisig; done",
        laid.folder);
    assert_err(load_against(&federation, &laid, NULL, &why), ERR_MALFORMED);
    assert_says(why.text, "federation/registry: line 1: not 'kith registry");
    take_up(&laid);
}

/* --- As it changes ------------------------------------------------------------------------------------ */

static void
a_change_in_the_folder_shows_and_is_read_alone(void **state)
{
    char folder[FILE_PATH_MAX];
    struct federation *federation;
    struct laid_down laid;
    struct suspension result;
    struct why why = { "" };
    uint64_t before, after;
    (void)state;

    lay_down(&laid);
    federation = load(&laid);
    snprintf(folder, sizeof(folder), "%s/federation", laid.folder);
    before = federation_suspensions_mark(folder);
    assert_int_equal(federation_suspensions_mark(folder), before);
    suspend(&laid, "police", 1, &result);
    after = federation_suspensions_mark(folder);
    assert_int_not_equal(after, before);
    shell("echo x >%s/registry", folder); /* which must not be in the way */
    expect_ok(federation_read_suspensions(federation, folder, NULL, &why), &why);
    assert_int_equal(federation_suspension_count(federation), 1);
    shell("rm %s/suspensions/*.minisig", folder);
    assert_int_not_equal(federation_suspensions_mark(folder), after);
    expect_ok(federation_read_suspensions(federation, folder, NULL, &why), &why);
    assert_int_equal(federation_suspension_count(federation), 0);
    assert_int_equal(federation_left_out(federation), 1);
    federation_free(&federation);
    take_up(&laid);
}

static void
who_is_not_there_cannot_be_suspended(void **state)
{
    const struct suspending nobody = { "wolf", 0, at(NOON) },
                            by_nobody = { "police", 9, at(NOON) };
    struct laid_down laid;
    struct suspension result;
    struct why why = { "" };
    (void)state;

    lay_down(&laid);
    assert_err(federation_suspend(&laid.offline, &nobody, &result, &why), ERR_NOT_FOUND);
    assert_says(why.text, "the registry names no agency 'wolf'");
    assert_err(federation_suspend(&laid.offline, &by_nobody, &result, &why), ERR_NOT_FOUND);
    assert_says(why.text, "offline/registry-9.key: is not here");
    shell("cd %s && cp offline/agreement-1.key offline/registry-1.key", laid.folder);
    assert_err(federation_suspend(&laid.offline, &(struct suspending){ "police", 1, at(NOON) },
                                  &result, &why),
               ERR_REFUSED);
    assert_says(why.text, "not a key of a signer whom federation/trust names");
    shell("test ! -e %s/federation/suspensions", laid.folder);
    take_up(&laid);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(there_is_one_way_to_write_it),
        cmocka_unit_test(one_signer_suspends),
        cmocka_unit_test(signatures_of_different_signers_add_up),
        cmocka_unit_test(the_same_signature_twice_counts_once),
        cmocka_unit_test(a_lift_takes_as_many_as_sign_a_registry),
        cmocka_unit_test(after_a_lift_a_suspension_is_another_one),
        cmocka_unit_test(what_does_not_verify_is_left_out_by_name_and_reason),
        cmocka_unit_test(half_of_it_is_nothing_at_all),
        cmocka_unit_test(a_stranger_suspends_nobody),
        cmocka_unit_test(a_legacy_signature_suspends_nobody),
        cmocka_unit_test(a_suspension_is_not_taken_for_a_registry),
        cmocka_unit_test(a_change_in_the_folder_shows_and_is_read_alone),
        cmocka_unit_test(who_is_not_there_cannot_be_suspended),
    };

    return crypto_start() ? RUN(tests) : 1;
}
