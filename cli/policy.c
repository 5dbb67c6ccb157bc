#include "cli/policy.h"

#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "core/file.h"
#include "core/lines.h"
#include "core/text.h"
#include "policy/policy.h"

enum { REPORT_MAX = 256 * 1024 };

static const char *
plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void
print_problems(const struct diagnostics *problems, const char *file, struct bytes text)
{
    struct buffer report;
    size_t warnings = problems->count;

    buffer_init(&report, REPORT_MAX);
    diagnostics_print(problems, file, text, &report);
    fputs(buffer_text(&report), stderr);
    if (problems->errors > 0)
        fprintf(stderr, "%zu error%s\n", problems->errors, plural(problems->errors));
    else if (warnings > 0)
        fprintf(stderr, "%zu warning%s\n", warnings, plural(warnings));
    buffer_clear(&report);
}

static void
print_summary(const struct policy *policy, const char *file)
{
    char first[DAY_TEXT], last[DAY_TEXT];
    size_t agencies = policy_agency_count(policy), hears = 0;

    for (size_t i = 0; i < agencies; i++)
        hears += policy_hears_of_all(policy, (int)i);
    day_write(first, policy_first_day(policy));
    day_write(last, policy_last_day(policy));
    printf("%s: \"%s\", version %u, in force from %s to %s\n", file, policy_title(policy),
           policy_version(policy), first, last);
    printf("  %zu clauses, %zu nevers, %zu examples\n", policy_clause_count(policy),
           policy_never_count(policy), policy_example_count(policy));
    printf("  %zu agencies, %zu of which hear of all children\n", agencies, hears);
    printf("  compartments: %u for a concern, %u for needs\n",
           policy_compartments(policy, KIND_CONCERN) - 1,
           policy_compartments(policy, KIND_NEEDS) - 1);
}

static bool
check_policy(const struct policy *policy, const char *file, struct diagnostics *problems)
{
    (void)problems;
    print_summary(policy, file);
    return true;
}

static bool
test_policy(const struct policy *policy, const char *file, struct diagnostics *problems)
{
    size_t count = policy_example_count(policy);
    size_t failed = policy_run_examples(policy, problems);

    if (failed > 0)
        printf("%s: %zu of %zu examples do not hold\n", file, failed, count);
    else if (count == 1)
        printf("%s: 1 example holds\n", file);
    else
        printf("%s: %zu examples hold\n", file, count);
    return failed == 0;
}

static const struct verb {
    const char *name;
    bool (*run)(const struct policy *policy, const char *file, struct diagnostics *problems);
} verbs[] = {
    { "check", check_policy },
    { "test", test_policy },
};

enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

static bool
run_on_text(const struct verb *verb, const char *file, struct bytes text)
{
    struct diagnostics problems;
    struct policy *policy = NULL;
    bool fine;

    diagnostics_init(&problems);
    fine = policy_read(&policy, text, file, &kith_schema, &problems) == ERR_OK
           && verb->run(policy, file, &problems);
    fflush(stdout);
    print_problems(&problems, file, text);
    diagnostics_clear(&problems);
    policy_free(&policy);
    return fine;
}

/* No agreement begins so. */
static bool
looks_like_json(struct bytes text)
{
    struct bytes trimmed = bytes_trim(text);

    while (trimmed.len > 0 && (trimmed.data[0] == '\n' || trimmed.data[0] == '\r'))
        trimmed = bytes_trim(bytes_from(trimmed, 1));
    return trimmed.len > 0 && (trimmed.data[0] == '{' || trimmed.data[0] == '[');
}

static bool
run_on_file(const struct verb *verb, const char *file)
{
    struct buffer text;
    struct why why;
    bool fine;

    buffer_init(&text, POLICY_TEXT_MAX);
    if (file_read(&text, file, &why)) {
        complain(EXIT_FAILED, "%s", why.text);
        buffer_clear(&text);
        return false;
    }
    if (looks_like_json(buffer_bytes(&text)))
        fine =
            complain(EXIT_FAILED,
                     "%s: this is JSON, not an agreement; a message is sent with `kith send`",
                     file)
            == EXIT_OK;
    else
        fine = run_on_text(verb, file, buffer_bytes(&text));
    buffer_clear(&text);
    return fine;
}

static const char *
verb_at(const void *list, size_t i)
{
    (void)list;
    return i < VERBS ? verbs[i].name : NULL;
}

static const struct verb *
verb_named(const char *name)
{
    const char *meant;

    for (size_t i = 0; i < VERBS; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    if ((meant = text_nearest(name, verb_at, NULL)) != NULL)
        fprintf(stderr, "kith policy: unknown verb '%s', did you mean '%s'?\n", name, meant);
    return NULL;
}

static int
usage(FILE *out)
{
    fputs("usage: kith policy check|test FILE...\n"
          "\n"
          "check  reads sharing agreements and says everything that is wrong, and where\n"
          "test   does so, and tries the examples in them, which must all hold\n",
          out);
    return out == stdout ? EXIT_OK : EXIT_USAGE;
}

int
policy_command(int argc, char **argv)
{
    const struct verb *verb;
    int status = EXIT_OK;

    if (argc > 1 && strcmp(argv[1], "--help") == 0)
        return usage(stdout);
    verb = argc > 1 ? verb_named(argv[1]) : NULL;
    if (verb == NULL || argc < 3)
        return usage(stderr);
    for (int i = 2; i < argc; i++)
        if (!run_on_file(verb, argv[i]))
            status = EXIT_FAILED;
    return status;
}
