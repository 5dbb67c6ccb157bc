#include "../check.h"

#include <unistd.h>

#include "cli/command.h"
#include "cli/policy.h"
#include "core/file.h"

/* What kith policy says, where, and with which status it ends. */

struct said {
    int status;
    struct buffer out, problems;
};

static char folder[] = "/tmp/kith-policy-XXXXXX";

static int
make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int
remove_folder(void **state)
{
    static const char *const names[] = { "out", "err", "a.policy" };
    char path[128];
    (void)state;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static const char *
in_folder(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static int
redirect(FILE *stream, const char *name)
{
    int kept = dup(fileno(stream));
    FILE *file = fopen(in_folder(name), "w");

    assert_true(kept >= 0 && file != NULL);
    fflush(stream);
    dup2(fileno(file), fileno(stream));
    fclose(file);
    return kept;
}

static void
restore(FILE *stream, int kept, const char *name, struct buffer *said)
{
    struct why why;

    fflush(stream);
    dup2(kept, fileno(stream));
    close(kept);
    buffer_init(said, 1024 * 1024);
    assert_ok(file_read(said, in_folder(name), &why));
}

static struct said
run(const char *verb, const char *file)
{
    char *argv[] = { (char *)"policy", (char *)verb, (char *)file, NULL };
    int argc = 1 + (verb != NULL) + (file != NULL);
    int out = redirect(stdout, "out"), err = redirect(stderr, "err");
    struct said said = { .status = policy_command(argc, argv) };

    restore(stdout, out, "out", &said.out);
    restore(stderr, err, "err", &said.problems);
    return said;
}

static void
assert_said(struct said said, int status, const char *out, const char *problems)
{
    assert_int_equal(said.status, status);
    assert_says(buffer_text(&said.out), out);
    assert_says(buffer_text(&said.problems), problems);
    if (out[0] == 0)
        assert_string_equal(buffer_text(&said.out), "");
    if (problems[0] == 0)
        assert_string_equal(buffer_text(&said.problems), "");
    buffer_clear(&said.out);
    buffer_clear(&said.problems);
}

static void
jerseys_agreement_is_in_order(void **state)
{
    (void)state;
    assert_said(run("check", "policy/jersey.policy"), EXIT_OK, "36 clauses, 9 nevers", "");
    assert_said(run("test", "policy/jersey.policy"), EXIT_OK,
                "policy/jersey.policy: 46 examples hold\n", "");
}

static void
a_broken_one_is_refused_with_its_errors(void **state)
{
    (void)state;
    assert_said(run("check", "tests/policy/golden/empty.policy"), EXIT_FAILED, "",
                "12 errors\n");
    assert_said(run("test", "tests/policy/golden/broken.policy"), EXIT_FAILED, "",
                "error: unknown word 'wehn' in a clause, did you mean 'when'?\n");
    assert_said(run("check", "/nowhere.policy"), EXIT_FAILED, "", "/nowhere.policy");
}

static void
a_false_example_fails_the_test(void **state)
{
    char file[128];
    struct buffer text;
    struct why why;
    (void)state;

    snprintf(file, sizeof(file), "%s/a.policy", folder);
    buffer_init(&text, 1024 * 1024);
    assert_ok(file_read(&text, "policy/jersey.policy", &why));
    buffer_add_text(&text, "\nexample \"False\"\n  given youth-service, for safeguarding\n"
                           "  sees child.name\n");
    assert_ok(file_write(file, buffer_bytes(&text), 0600, &why));
    buffer_clear(&text);
    assert_said(run("check", file), EXIT_OK, "47 examples", "");
    assert_said(
        run("test", file), EXIT_FAILED, "1 of 47 examples do not hold",
        "the example \"False\" does not hold: 'child.name' is given as 'hidden', not as "
        "'full'");
}

static void
what_is_not_understood_is_explained(void **state)
{
    (void)state;
    assert_said(run(NULL, NULL), EXIT_USAGE, "", "usage: kith policy");
    assert_said(run("check", NULL), EXIT_USAGE, "", "usage: kith policy");
    assert_said(run("chek", "x"), EXIT_USAGE, "", "did you mean 'check'?");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jerseys_agreement_is_in_order),
        cmocka_unit_test(a_broken_one_is_refused_with_its_errors),
        cmocka_unit_test(a_false_example_fails_the_test),
        cmocka_unit_test(what_is_not_understood_is_explained),
    };

    return cmocka_run_group_tests_name("", tests, make_folder, remove_folder);
}
