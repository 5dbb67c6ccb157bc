/*
 * What one decision costs: from the compiled table, and read off the clauses field by field,
 * for Jersey's own agreement; beside one BLAKE2b-256 of 66 bytes in the same run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/file.h"
#include "crypto/hash.h"
#include "policy/policy.h"

enum { ROUNDS = 200000 };

static double
now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static struct policy *
read_jersey(void)
{
    struct diagnostics diagnostics;
    struct policy *policy = NULL;
    struct buffer text;
    struct why why = { "" };

    buffer_init(&text, POLICY_TEXT_MAX);
    diagnostics_init(&diagnostics);
    if (file_read(&text, "policy/jersey.policy", &why)
        || policy_read(&policy, buffer_bytes(&text), "policy/jersey.policy", &kith_schema,
                       &diagnostics)) {
        fprintf(stderr, "bench: %s\n", why.text);
        exit(1);
    }
    diagnostics_clear(&diagnostics);
    buffer_clear(&text);
    return policy;
}

static struct situation
situation_number(const struct policy *policy, unsigned i)
{
    return (struct situation){
        .day = policy_first_day(policy),
        .purposes = 1u << i % 3,
        .facts_true = (uint8_t)(i & 31),
        .facts_false = (uint8_t)(~i & 31),
        .sender_level = (uint8_t)(i % 5),
    };
}

int
main(void)
{
    struct policy *policy = read_jersey();
    int agencies = (int)policy_agency_count(policy);
    uint8_t digest[DIGEST], text[66] = { 0 };
    double begun, release, ceiling, interpreted, hash;
    volatile uint64_t sink = 0;

    begun = now_us();
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct situation situation = situation_number(policy, i);

        sink +=
            policy_release(policy, KIND_CONCERN, (int)i % agencies, &situation, i & 1).word[0];
    }
    release = (now_us() - begun) / ROUNDS;
    begun = now_us();
    for (unsigned i = 0; i < ROUNDS; i++)
        sink +=
            policy_ceiling(policy, KIND_CONCERN, (int)i % agencies, policy_first_day(policy))
                .word[0];
    ceiling = (now_us() - begun) / ROUNDS;
    begun = now_us();
    for (unsigned i = 0; i < ROUNDS / 100; i++) {
        struct situation situation = situation_number(policy, i);

        for (size_t f = 0; f < kith_schema.count; f++)
            sink += (uint64_t)policy_decide(policy, kith_schema.fields[f].number,
                                            (int)i % agencies, &situation, i & 1)
                        .form;
    }
    interpreted = (now_us() - begun) / (ROUNDS / 100);
    begun = now_us();
    for (unsigned i = 0; i < ROUNDS; i++) {
        text[i % sizeof(text)]++;
        hash_of(digest, DIGEST, "kith1.bench", NULL, bytes_of(text, sizeof(text)));
        sink += digest[0];
    }
    hash = (now_us() - begun) / ROUNDS;
    printf("\nDeciding what one agency is given of one message, Jersey's agreement:\n"
           "%u compartments for a concern, %u for needs\n\n"
           "                                       us   x one BLAKE2b-256 of 66 bytes\n"
           "  one BLAKE2b-256                 %7.3f\n"
           "  from the compiled table         %7.3f   %6.2f\n"
           "  the ceiling                     %7.3f   %6.2f\n"
           "  read off the clauses, %3zu fields %6.1f   %6.0f   (%.0f x the table)\n",
           policy_compartments(policy, KIND_CONCERN) - 1,
           policy_compartments(policy, KIND_NEEDS) - 1, hash, release, release / hash, ceiling,
           ceiling / hash, kith_schema.count, interpreted, interpreted / hash,
           interpreted / release);
    policy_free(&policy);
    return 0;
}
