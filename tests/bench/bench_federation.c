/*
 * What a large federation costs a node: a million grants (memory, and a look-up beside one in
 * a plain hash table of as many entries in the same run), and a registry of 25,000 agencies
 * (reading it beside one BLAKE2b-256 of its text; memory).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/map.h"
#include "crypto/hash.h"
#include "federation/grant.h"
#include "federation/registry.h"

enum {
    GRANTS = 1000 * 1000,
    LOOKUPS = 1000 * 1000,
    AGENCIES = 25000,
    PER_SIGNATURE = 64,
    PATH = 6 * DIGEST
};

static double
now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double
resident_mb(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long size = 0, pages = 0;

    if (file == NULL || fscanf(file, "%ld %ld", &size, &pages) != 2)
        exit(1);
    fclose(file);
    return (double)pages * 4096 / 1e6;
}

static void
fail(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

/* --- A million grants ------------------------------------------------------------------------ */

/* Spread like random handles. */
static uint64_t
scattered(uint64_t i)
{
    return (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static struct grant
grant_number(uint64_t i)
{
    struct grant grant = {
        .publisher = 100 + (uint32_t)(i % 50),
        .recipient = 200 + (uint32_t)(i % 50),
        .basis = BASIS_ENROLMENT,
        .to_day = 30000,
    };

    put_le64(grant.handle, scattered(i));
    put_le64(grant.id, scattered(i) ^ 1);
    return grant;
}

static struct grant_table *
a_million_grants(void)
{
    static const uint8_t signature[64], path[PATH];
    struct grant_table *table = grant_table_new();
    uint8_t body[GRANT_BODY];
    struct signed_grant as_signed = {
        .body = bytes_of(body, sizeof(body)),
        .batch = { .signature = bytes_of(signature, sizeof(signature)),
                   .n = PER_SIGNATURE,
                   .path = bytes_of(path, sizeof(path)) },
    };

    for (uint64_t i = 0; i < GRANTS; i++) {
        struct grant grant = grant_number(i);

        grant_write(body, &grant);
        grant_table_add(table, &grant, &as_signed);
    }
    return table;
}

static double
look_up_grants(const struct grant_table *table)
{
    const struct instant now = { 1 };
    double begun = now_us();

    for (uint64_t i = 0; i < LOOKUPS; i++) {
        struct grant grant = grant_number(scattered(i) % GRANTS);

        if (grant_table_live(table, grant.publisher, grant.handle, grant.recipient, now)
            == NULL)
            fail("a grant is not found");
    }
    return (now_us() - begun) / LOOKUPS;
}

static double
look_up_plainly(void)
{
    static uint64_t values[GRANTS];
    struct map map = { 0 };
    double begun, each;

    for (uint64_t i = 0; i < GRANTS; i++)
        map_put(&map, scattered(i), &values[i]);
    begun = now_us();
    for (uint64_t i = 0; i < LOOKUPS; i++) {
        struct grant grant = grant_number(scattered(i) % GRANTS);

        if (map_get(&map, get_le64(grant.handle)) == NULL)
            fail("an entry is not found");
    }
    each = (now_us() - begun) / LOOKUPS;
    map_clear(&map);
    return each;
}

static void
measure_grants(void)
{
    double before = resident_mb(), begun = now_us(), grants, plain;
    struct grant_table *table = a_million_grants();

    printf("grants: 1,000,000 in %.2f s, %.0f MB (%.0f bytes each)\n", (now_us() - begun) / 1e6,
           resident_mb() - before, (resident_mb() - before) * 1e6 / GRANTS);
    grants = look_up_grants(table);
    plain = look_up_plainly();
    printf("look-up of a live grant: %.3f us; in a plain hash table of as many: %.3f us; "
           "ratio %.2f\n",
           grants, plain, grants / plain);
    grant_table_free(&table);
}

/* --- A registry of 25,000 ------------------------------------------------------------------------ */

static void
write_key(char text[64], uint64_t i, uint8_t kind)
{
    uint8_t key[32] = { kind };

    put_le64(key + 8, scattered(i));
    base64_write(text, key, sizeof(key));
}

static void
write_registry(struct buffer *out)
{
    char key[64];

    buffer_print(out, "kith registry jersey version 1 replacing %064d\n", 0);
    write_key(key, 0, 1);
    buffer_print(out, "broker transport %s\n", key);
    for (uint64_t i = 0; i < AGENCIES; i++) {
        buffer_print(out, "agency %u agency-%u\n", (unsigned)i + 100, (unsigned)i + 100);
        write_key(key, i, 2);
        buffer_print(out, "  signing 1 %s from 2026-11-25 to 2027-11-25\n", key);
        write_key(key, i, 3);
        buffer_print(out, "  transport %s\n", key);
    }
}

static void
measure_registry(void)
{
    struct registry *registry = NULL;
    struct why why = { "" };
    double before, begun, reading, hashing;
    uint8_t digest[DIGEST];
    struct buffer text;

    buffer_init(&text, REGISTRY_MAX);
    write_registry(&text);
    before = resident_mb();
    begun = now_us();
    if (registry_read(&registry, buffer_bytes(&text), &why))
        fail(why.text);
    reading = now_us() - begun;
    printf("registry of 25,000 agencies: %.1f MB of text, read in %.1f ms, %.0f MB in memory; ",
           (double)text.len / 1e6, reading / 1e3, resident_mb() - before);
    begun = now_us();
    hash_of(digest, sizeof(digest), "bench", NULL, buffer_bytes(&text));
    hashing = now_us() - begun;
    printf("one BLAKE2b of the text %.1f ms; ratio %.1f\n", hashing / 1e3, reading / hashing);
    registry_free(&registry);
    buffer_clear(&text);
}

int
main(void)
{
    if (!crypto_start())
        fail("the cryptography library cannot be used");
    measure_registry(); /* first: what the grants leave behind would hide its memory */
    measure_grants();
    return 0;
}
