#include "laid_down.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "federation/node_keys.h"

static unsigned
mode_of(const char *folder, const char *name)
{
    char path[FILE_PATH_MAX];
    struct stat status;

    assert_ok(path_in(path, folder, name, NULL));
    assert_int_equal(stat(path, &status), 0);
    return status.st_mode & 0777;
}

static struct node_keys *
keys_of(const struct laid_down *laid, const char *node, enum node_role role)
{
    char path[FILE_PATH_MAX];
    struct node_keys *keys = NULL;
    struct why why = { "" };

    snprintf(path, sizeof(path), "%s/%s/keys", laid->folder, node);
    expect_ok(node_keys_load(&keys, path, role, NULL, true, &why), &why);
    return keys;
}

static void
agencies_are_numbered_from_100_and_have_the_keys_that_the_registry_names(void **state)
{
    struct federation *federation;
    const struct registry *registry;
    const struct agency *police;
    struct laid_down laid;
    struct node_keys *keys;
    bool fresh;
    (void)state;

    lay_down(&laid);
    federation = load(&laid);
    registry = federation_registry(federation);
    police = registry_agency_named(registry, "police");
    assert_int_equal(registry_agency_named(registry, "mash")->number, 100);
    assert_int_equal(police->number, 101);
    keys = keys_of(&laid, "agencies/police", NODE_AGENCY);
    assert_memory_equal(&node_keys_signing(keys, 1)->public,
                        registry_signing_key(registry, 101, 1, on("2026-11-25")), 32);
    assert_memory_equal(police->transport[0].key, &keys->transport_public, 32);
    assert_memory_equal(&federation_intake(federation, 101, at(NOON), &fresh)->key,
                        &keys->intake[0].public, 32);
    assert_non_null(node_keys_psk(keys, 1));
    node_keys_free(&keys);
    keys = keys_of(&laid, "broker", NODE_BROKER);
    assert_memory_equal(registry_broker_transport(registry), &keys->transport_public, 32);
    node_keys_free(&keys);
    assert_null(keys);
    federation_free(&federation);
    take_up(&laid);
}

static void
agencies_share_the_federations_key_and_no_other(void **state)
{
    struct node_keys *mash, *police;
    struct laid_down laid;
    (void)state;

    lay_down(&laid);
    mash = keys_of(&laid, "agencies/mash", NODE_AGENCY);
    police = keys_of(&laid, "agencies/police", NODE_AGENCY);
    assert_memory_equal(node_keys_psk(mash, 1), node_keys_psk(police, 1), 32);
    assert_memory_not_equal(&mash->kek, &police->kek, 32);
    assert_memory_not_equal(&mash->master, &police->master, 32);
    assert_memory_not_equal(&mash->transport, &police->transport, 32);
    assert_memory_not_equal(&mash->intake[0].secret, &police->intake[0].secret, 32);
    node_keys_free(&mash);
    node_keys_free(&police);
    take_up(&laid);
}

static void
keys_and_stores_are_closed_to_others(void **state)
{
    struct laid_down laid;
    (void)state;

    lay_down(&laid);
    assert_int_equal(mode_of(laid.folder, "offline"), 0700);
    assert_int_equal(mode_of(laid.folder, "offline/registry-1.key"), 0600);
    assert_int_equal(mode_of(laid.folder, "offline/kek.demo"), 0600);
    assert_int_equal(mode_of(laid.folder, "broker/keys"), 0700);
    assert_int_equal(mode_of(laid.folder, "broker/store"), 0700);
    assert_int_equal(mode_of(laid.folder, "agencies/mash/keys"), 0700);
    assert_int_equal(mode_of(laid.folder, "agencies/mash/store"), 0700);
    assert_int_equal(mode_of(laid.folder, "agencies/mash/keys/signing-1.key"), 0600);
    assert_int_equal(mode_of(laid.folder, "federation/registry") & 0444, 0444);
    take_up(&laid);
}

static void
a_program_that_is_not_ours_verifies_what_we_sign(void **state)
{
    struct laid_down laid;
    (void)state;

    if (access("/usr/bin/minisign", X_OK) != 0)
        skip();
    lay_down(&laid);
    shell("cd %s/federation && for n in 1 2; do"
          " minisign -V -q -m registry -p ../offline/registry-$n.pub"
          "   -x registry.registry-$n.v3.minisig &&"
          " minisign -V -q -m agreement.policy -p ../offline/agreement-$n.pub"
          "   -x agreement.policy.agreement-$n.v1.minisig || exit 1; done",
          laid.folder);
    shell("cd %s/federation && echo >>registry && ! minisign -V -q -m registry"
          " -p ../offline/registry-1.pub -x registry.registry-1.v3.minisig 2>/dev/null",
          laid.folder);
    take_up(&laid);
}

static void
a_folder_that_is_in_use_is_left_alone(void **state)
{
    struct make_options options = { .federation = "jersey",
                                    .agreement = bytes_of_text("x\n"),
                                    .now = at(NOON) };
    char folder[] = "/tmp/kith-used-XXXXXX";
    struct why why;
    (void)state;

    assert_non_null(mkdtemp(folder));
    shell("touch %s/thesis", folder);
    options.folder = folder;
    assert_err(federation_make(&options, &why), ERR_CONFLICT);
    assert_says(why.text, "is there already, and not an empty folder");
    shell("test \"$(ls -A %s)\" = thesis && rm -r %s && ! ls -d %s.* 2>/dev/null", folder,
          folder, folder);
}

static void
what_cannot_be_made_leaves_nothing_behind(void **state)
{
    char parent[] = "/tmp/kith-never-XXXXXX", folder[64], deeper[64];
    struct make_options options = { .folder = deeper,
                                    .federation = "Jersey",
                                    .agreement = bytes_of_text("x\n"),
                                    .now = at(NOON) };
    struct why why;
    (void)state;

    assert_non_null(mkdtemp(parent));
    snprintf(folder, sizeof(folder), "%s/f", parent);
    snprintf(deeper, sizeof(deeper), "%s/f/f", parent);
    assert_err(federation_make(&options, &why), ERR_MALFORMED);
    assert_says(why.text, "'Jersey' is not a name for a federation");
    options.federation = "jersey";
    assert_err(federation_make(&options, &why), ERR_IO);
    options.folder = folder;
    options.agreement = bytes_of_text("");
    assert_err(federation_make(&options, &why), ERR_MALFORMED);
    options.agreement.len = AGREEMENT_MAX + 1;
    options.agreement.data = calloc(1, options.agreement.len);
    assert_err(federation_make(&options, &why), ERR_TOO_BIG);
    free((void *)options.agreement.data);
    shell("rmdir %s", parent); /* it is empty */
}

static void
a_refused_agency_changes_nothing(void **state)
{
    static const struct {
        const char *name, *says;
        enum err err;
    } rows[] = {
        { "mash", "the name 'mash' is taken", ERR_CONFLICT },
        { "../etc", "'../etc' is not a name for an agency", ERR_MALFORMED },
        { "", "'' is not a name for an agency", ERR_MALFORMED },
        { "half-made", "agencies/half-made: is there already", ERR_CONFLICT },
    };
    struct laid_down laid;
    uint32_t number = 7;
    struct why why;
    (void)state;

    lay_down(&laid);
    shell("cd %s && mkdir -p agencies/half-made/keys && cp -a . ../before-$(basename %s)",
          laid.folder, laid.folder);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_err(federation_add_agency(&laid.offline,
                                         &(struct new_agency){ .name = rows[i].name }, &number,
                                         &why),
                   rows[i].err);
        assert_says(why.text, rows[i].says);
        assert_int_equal(number, 7);
    }
    shell("cd %s && diff -r . ../before-$(basename %s) && rm -r ../before-$(basename %s)",
          laid.folder, laid.folder, laid.folder);
    take_up(&laid);
}

static void
without_enough_signers_nothing_changes(void **state)
{
    struct laid_down laid;
    uint32_t number;
    struct why why;
    (void)state;

    lay_down(&laid);
    shell("cd %s && rm offline/registry-1.key offline/registry-3.key && cp -a . "
          "../before-$(basename %s)",
          laid.folder, laid.folder);
    assert_err(federation_add_agency(&laid.offline,
                                     &(struct new_agency){ .name = "school", .now = at(NOON) },
                                     &number, &why),
               ERR_NOT_FOUND);
    assert_says(why.text, "offline: 1 of the 2 keys that sign the registry are here");
    shell("cd %s && diff -r . ../before-$(basename %s) && rm -r ../before-$(basename %s)",
          laid.folder, laid.folder, laid.folder);
    take_up(&laid);
}

static void
any_two_signers_will_do(void **state)
{
    struct federation *federation;
    struct laid_down laid;
    uint32_t number;
    struct why why = { "" };
    (void)state;

    lay_down(&laid);
    shell("rm %s/offline/registry-1.key", laid.folder);
    expect_ok(federation_add_agency(&laid.offline,
                                    &(struct new_agency){ .name = "school", .now = at(NOON) },
                                    &number, &why),
              &why);
    assert_int_equal(number, 102);
    federation = load(&laid);
    assert_int_equal(registry_version(federation_registry(federation)), 4);
    federation_free(&federation);
    take_up(&laid);
}

static void
the_number_of_an_agency_that_left_is_not_given_again(void **state)
{
    struct laid_down laid;
    struct federation *federation;
    const struct signed_document *registry;
    struct buffer body;
    const char *text, *police, *transport;
    uint32_t number;
    struct why why = { "" };
    (void)state;

    lay_down(&laid);
    federation = load(&laid);
    registry = federation_document(federation, DOCUMENT_REGISTRY);
    text = strchr((const char *)registry->text.data, '\n') + 1;
    police = strstr(text, "agency 101 police");
    transport = strstr(police, "  transport ");
    buffer_init(&body, REGISTRY_MAX);
    buffer_add(&body, text, (size_t)(transport - text));
    expect_ok(federation_publish(&laid.offline, DOCUMENT_REGISTRY, buffer_bytes(&body), &why),
              &why);
    expect_ok(federation_add_agency(&laid.offline,
                                    &(struct new_agency){ .name = "school", .now = at(NOON) },
                                    &number, &why),
              &why);
    assert_int_equal(number, 102);
    buffer_clear(&body);
    federation_free(&federation);
    take_up(&laid);
}

static void
two_makers_at_once_do_not_get_in_each_others_way(void **state)
{
    struct laid_down laid;
    int lock;
    uint32_t number;
    struct why why;
    (void)state;

    lay_down(&laid);
    lock = open(laid.folder, O_RDONLY | O_DIRECTORY);
    assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
    assert_err(federation_add_agency(&laid.offline,
                                     &(struct new_agency){ .name = "school", .now = at(NOON) },
                                     &number, &why),
               ERR_CONFLICT);
    assert_says(why.text, "another kith is at work on it");
    close(lock);
    expect_ok(federation_add_agency(&laid.offline,
                                    &(struct new_agency){ .name = "school", .now = at(NOON) },
                                    &number, &why),
              &why);
    take_up(&laid);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            agencies_are_numbered_from_100_and_have_the_keys_that_the_registry_names),
        cmocka_unit_test(agencies_share_the_federations_key_and_no_other),
        cmocka_unit_test(keys_and_stores_are_closed_to_others),
        cmocka_unit_test(a_program_that_is_not_ours_verifies_what_we_sign),
        cmocka_unit_test(a_folder_that_is_in_use_is_left_alone),
        cmocka_unit_test(what_cannot_be_made_leaves_nothing_behind),
        cmocka_unit_test(a_refused_agency_changes_nothing),
        cmocka_unit_test(without_enough_signers_nothing_changes),
        cmocka_unit_test(any_two_signers_will_do),
        cmocka_unit_test(the_number_of_an_agency_that_left_is_not_given_again),
        cmocka_unit_test(two_makers_at_once_do_not_get_in_each_others_way),
    };

    return crypto_start() ? RUN(tests) : 1;
}
