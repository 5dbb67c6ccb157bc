#include "../check.h"

#include <getopt.h>
#include <unistd.h>

#include "cli/agency.h"
#include "cli/command.h"
#include "cli/init.h"
#include "core/file.h"
#include "crypto/key.h"
#include "federation/directory.h"
#include "federation/node_keys.h"

#define POLICY "policy/jersey.policy"

static int
enter_folder(void **state)
{
    static char folder[64];

    snprintf(folder, sizeof(folder), "/tmp/kith-init-XXXXXX");
    *state = mkdtemp(folder);
    return *state == NULL;
}

static int
leave_folder(void **state)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf %s", (char *)*state);
    return pclose(popen(command, "w"));
}

/* Runs a command line, @ in it being the folder of the test; what it says goes to
   FOLDER/said. */
static int
run(void **state, int (*command)(int, char **), const char *line)
{
    char said[128], *argv[32], *save = NULL;
    int argc = 0, status, old = dup(STDERR_FILENO);
    struct buffer words;

    snprintf(said, sizeof(said), "%s/said", (char *)*state);
    buffer_init(&words, 4096);
    for (; *line != 0; line++)
        *line == '@' ? buffer_add_text(&words, *state)
                     : buffer_add_byte(&words, (uint8_t)*line);
    buffer_text(&words);
    for (char *word = strtok_r((char *)words.data, " ", &save); word != NULL;
         word = strtok_r(NULL, " ", &save))
        argv[argc++] = word;
    argv[argc] = NULL;
    optind = 0;
    assert_non_null(freopen(said, "w", stderr));
    status = command(argc, argv);
    fflush(stderr);
    dup2(old, STDERR_FILENO);
    close(old);
    buffer_clear(&words);
    return status;
}

static const char *
said(void **state)
{
    static struct buffer text;
    char path[128];

    buffer_clear(&text);
    buffer_init(&text, 65536);
    snprintf(path, sizeof(path), "%s/said", (char *)*state);
    assert_ok(file_read(&text, path, NULL));
    return buffer_text(&text);
}

static void
write_secret(void **state, const char *name, const char *text)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", (char *)*state, name);
    assert_ok(file_write(path, bytes_of_text(text), 0600, NULL));
}

static void
a_demonstration_is_laid_down_and_an_agency_added(void **state)
{
    struct federation *federation = NULL;
    char path[128];

    assert_int_equal(run(state, init_command, "init --demo --policy " POLICY " @/isle"),
                     EXIT_OK);
    assert_says(said(state), "The federation 'isle' lies in ");
    assert_says(said(state), "for each agency: kith agency invite NAME --dir ");
    assert_int_equal(run(state, agency_command, "agency add wolf --demo --dir @/isle"),
                     EXIT_OK);
    assert_says(said(state), "The agreement does not name 'wolf'");
    assert_says(said(state), "wolf is agency 100.  Next: kith-agent ");
    assert_int_equal(run(state, agency_command, "agency add mash --demo --dir @/isle"),
                     EXIT_OK);
    assert_null(strstr(said(state), "does not name"));
    assert_int_equal(run(state, agency_command, "agency renew mash --demo --dir @/isle"),
                     EXIT_OK);

    snprintf(path, sizeof(path), "%s/isle/federation", (char *)*state);
    assert_ok(federation_load(&federation, path, NULL, 0, 0, NULL));
    assert_int_equal(registry_agency_named(federation_registry(federation), "mash")->number,
                     101);
    federation_free(&federation);
}

static void
an_agency_is_shut_out_and_let_in_again(void **state)
{
    static const struct {
        const char *line;
        int status;
        const char *says;
    } rows[] = {
        { "suspend mush", EXIT_FAILED,
          "the registry names no agency 'mush'; did you mean 'mash'?" },
        { "lift mash", EXIT_FAILED, "mash is not suspended" },
        { "suspend mash --signer 4", EXIT_FAILED, "/offline/registry-4.key: is not here" },
        { "suspend mash --signer 0", EXIT_USAGE, "--signer is a number from 1 to 16, not '0'" },
        { "suspend mash --signer 2", EXIT_OK,
          "mash is NOT suspended yet: an agency of type mash takes 2 signers, and 1 has" },
        { "suspend mash --signer 2", EXIT_FAILED,
          "signed before by this key; another signer's signature is needed" },
        { "suspend mash --signer 1", EXIT_OK, "mash is suspended, since " },
        { "suspend st-helier-primary", EXIT_OK, "A suspended agency is shut out" },
        { "suspend wolf", EXIT_OK, "wolf is suspended, since " },
        { "lift mash", EXIT_OK, "The suspension of mash is lifted.\nNext: " },
        { "lift mash", EXIT_FAILED, "mash is not suspended" },
    };
    static const char *const made[] = { "mash", "st-helier-primary", "wolf" };
    char line[200];

    assert_int_equal(run(state, init_command, "init --demo --policy " POLICY " @/isle"),
                     EXIT_OK);
    for (size_t i = 0; i < 3; i++) {
        snprintf(line, sizeof(line), "agency add %s --demo --dir @/isle", made[i]);
        assert_int_equal(run(state, agency_command, line), EXIT_OK);
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(line, sizeof(line), "agency %s --demo --dir @/isle", rows[i].line);
        assert_int_equal(run(state, agency_command, line), rows[i].status);
        assert_says(said(state), rows[i].says);
    }
}

/* A signer's word is under the signers' passphrase. */
static void
to_shut_an_agency_out_takes_the_signers_passphrase(void **state)
{
    struct federation *federation = NULL;
    char path[128];

    write_secret(state, "signers", "of the signers\n");
    write_secret(state, "broker", "of the broker\n");
    write_secret(state, "mash", "of the agency\n");
    assert_int_equal(run(state, init_command,
                         "init --policy " POLICY " --federation jersey --passphrase-file "
                         "@/signers --broker-passphrase-file @/broker @/f"),
                     EXIT_OK);
    assert_int_equal(run(state, agency_command,
                         "agency add mash --dir @/f --passphrase-file @/signers "
                         "--agency-passphrase-file @/mash"),
                     EXIT_OK);
    assert_int_equal(
        run(state, agency_command, "agency suspend mash --dir @/f --passphrase-file @/broker"),
        EXIT_FAILED);
    assert_says(said(state), "/f/offline/kek.key: ");
    assert_int_equal(run(state, agency_command, "agency suspend mash --dir @/f --demo"),
                     EXIT_FAILED);
    snprintf(path, sizeof(path), "%s/f/federation/suspensions", (char *)*state);
    assert_false(file_exists(path));
    assert_int_equal(
        run(state, agency_command, "agency suspend mash --dir @/f --passphrase-file @/signers"),
        EXIT_OK);
    snprintf(path, sizeof(path), "%s/f/federation", (char *)*state);
    assert_ok(federation_load(&federation, path, NULL, 0, 0, NULL));
    assert_int_equal(federation_suspension_count(federation), 1);
    federation_free(&federation);
}

static void
with_passphrases_every_node_has_its_own(void **state)
{
    struct node_keys *keys = NULL;
    char path[128];

    write_secret(state, "signers", "of the signers\n");
    write_secret(state, "broker", "of the broker\n");
    write_secret(state, "mash", "of the agency\n");
    assert_int_equal(run(state, init_command,
                         "init --policy " POLICY " --federation jersey --passphrase-file "
                         "@/signers --broker-passphrase-file @/broker @/f"),
                     EXIT_OK);
    assert_int_equal(run(state, agency_command,
                         "agency add mash --dir @/f --passphrase-file @/broker "
                         "--agency-passphrase-file @/mash"),
                     EXIT_FAILED);
    assert_says(said(state), "/f/offline/kek.key: ");
    assert_int_equal(run(state, agency_command,
                         "agency add mash --dir @/f --passphrase-file @/signers "
                         "--agency-passphrase-file @/mash"),
                     EXIT_OK);
    snprintf(path, sizeof(path), "%s/f/agencies/mash/keys", (char *)*state);
    assert_ok(node_keys_load(&keys, path, NODE_AGENCY, "of the agency", false, NULL));
    node_keys_free(&keys);
    snprintf(path, sizeof(path), "%s/f/broker/keys", (char *)*state);
    assert_ok(node_keys_load(&keys, path, NODE_BROKER, "of the broker", false, NULL));
    node_keys_free(&keys);
}

static void
what_cannot_be_done_is_said_and_changes_nothing(void **state)
{
    write_secret(state, "short", "short\n");
    write_secret(state, "bad.policy", "agreement of the wolves\n");

    assert_int_equal(run(state, init_command, "init --demo --policy @/none @/f"), EXIT_FAILED);
    assert_says(said(state), "/none: No such file");
    assert_int_equal(run(state, init_command, "init --demo --policy @/bad.policy @/f"),
                     EXIT_FAILED);
    assert_says(said(state), "bad.policy:1");
    assert_int_equal(
        run(state, init_command, "init --demo --federation Isle --policy " POLICY " @/f"),
        EXIT_FAILED);
    assert_says(said(state), "'Isle' is not a name for a federation");
    assert_int_equal(
        run(state, init_command, "init --policy " POLICY " --passphrase-file @/short @/f"),
        EXIT_FAILED);
    assert_says(said(state), "shorter than 10 characters");
    assert_int_equal(
        run(state, init_command, "init --demo --federation isle --policy " POLICY " @"),
        EXIT_FAILED);
    assert_says(said(state), "not an empty folder");
    assert_int_equal(run(state, agency_command, "agency add mash --demo --dir @/f"),
                     EXIT_FAILED);
    assert_says(said(state), "/f: No such file");
    assert_int_equal(run(state, agency_command, "agency drop mash --demo --dir @/f"),
                     EXIT_USAGE);
    assert_says(said(state), "'add', 'renew', 'suspend' or 'lift', not 'drop'");
}

static void
what_is_not_understood_is_answered_with_the_usage(void **state)
{
    assert_int_equal(run(state, init_command, "init"), EXIT_USAGE);
    assert_says(said(state), "usage: kith init FOLDER");
    assert_int_equal(run(state, init_command, "init @/f"), EXIT_USAGE);
    assert_int_equal(run(state, init_command, "init --policy a b c"), EXIT_USAGE);
    assert_int_equal(run(state, init_command, "init --polcy a"), EXIT_USAGE);
    assert_int_equal(run(state, agency_command, "agency add mash"), EXIT_USAGE);
    assert_says(said(state), "usage: kith agency add NAME");
    assert_int_equal(run(state, agency_command, "agency add --dir f"), EXIT_USAGE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_demonstration_is_laid_down_and_an_agency_added,
                                        enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(an_agency_is_shut_out_and_let_in_again, enter_folder,
                                        leave_folder),
        cmocka_unit_test_setup_teardown(to_shut_an_agency_out_takes_the_signers_passphrase,
                                        enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(with_passphrases_every_node_has_its_own, enter_folder,
                                        leave_folder),
        cmocka_unit_test_setup_teardown(what_cannot_be_done_is_said_and_changes_nothing,
                                        enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(what_is_not_understood_is_answered_with_the_usage,
                                        enter_folder, leave_folder),
    };

    return crypto_start() ? RUN(tests) : 1;
}
