#include <time.h>

#include "people.h"

#include "federation/registry.h"

#define ZEROES "0000000000000000000000000000000000000000000000000000000000000000"
#define FIRST  "kith registry jersey version 1 replacing " ZEROES "\n"
#define BROKER "broker transport %B\n"
#define DAYS   " from 2026-01-01 to 2026-12-31\n"
#define MASH   "agency 100 mash\n  signing 1 %a" DAYS "  transport %b\n"
#define SCHOOL "agency 7 st-helier-primary\n  signing 1 %c" DAYS

/* %x stands for the key that is 32 times the letter x. */
static void
with_keys(struct buffer *out, const char *pattern)
{
    buffer_init(out, REGISTRY_MAX);
    for (; *pattern != 0; pattern++) {
        char text[64], key[32];

        if (*pattern != '%') {
            buffer_add_byte(out, (uint8_t)*pattern);
            continue;
        }
        memset(key, *++pattern, sizeof(key));
        base64_write(text, key, sizeof(key));
        buffer_add_text(out, text);
    }
}

static enum err
read_pattern(struct registry **registry, const char *pattern, struct why *why)
{
    struct buffer text;
    enum err err;

    with_keys(&text, pattern);
    err = registry_read(registry, buffer_bytes(&text), why);
    buffer_clear(&text);
    return err;
}

static const struct day today = { 20782 }; /* 2026-11-25 */

static struct registry *
a_registry(const char *pattern)
{
    struct registry *registry = NULL;
    struct why why = { "" };
    enum err err = read_pattern(&registry, pattern, &why);

    if (err != ERR_OK)
        fail_msg("%s", why.text);
    return registry;
}

static bool
is_key(const struct sign_public *key, char letter)
{
    return key != NULL && key->bytes[0] == letter && key->bytes[31] == letter;
}

static void
agencies_are_found_by_number_name_and_transport_key(void **state)
{
    struct registry *registry = a_registry(FIRST "\n# comment: mash in St Helier\n" BROKER MASH
                                                 "  transport %d\n" SCHOOL);
    uint8_t transport[32];
    (void)state;

    assert_string_equal(registry_federation(registry), "jersey");
    assert_int_equal(registry_version(registry), 1);
    assert_int_equal(registry_agency_count(registry), 2);
    assert_string_equal(registry_agency(registry, 100)->name, "mash");
    assert_int_equal(registry_agency_named(registry, "st-helier-primary")->number, 7);
    assert_string_equal(registry_agency_at(registry, 1)->name, "st-helier-primary");
    assert_null(registry_agency_at(registry, 2));
    memset(transport, 'd', sizeof(transport));
    assert_ptr_equal(registry_agency_by_transport(registry, transport, today),
                     registry_agency(registry, 100));
    assert_int_equal(registry_agency(registry, 100)->transport_count, 2);
    assert_int_equal(registry_agency(registry, 7)->transport_count, 0);
    assert_int_equal(registry_broker_transport(registry)[0], 'B');
    registry_free(&registry);
    assert_null(registry);
}

static void
who_is_not_listed_is_not_found(void **state)
{
    struct registry *registry = a_registry(FIRST BROKER MASH);
    uint8_t transport[32];
    (void)state;

    assert_null(registry_agency(registry, 0));
    assert_null(registry_agency(registry, 101));
    assert_null(registry_agency_named(registry, "police"));
    assert_null(registry_agency_named(registry, ""));
    memset(transport, 'B', sizeof(transport));
    assert_null(registry_agency_by_transport(registry, transport, today));
    assert_null(registry_signing_key(registry, 101, 1, on("2026-11-25")));
    assert_null(registry_index_key(registry, 1, on("2026-11-25")));
    registry_free(&registry);
}

static void
a_signing_key_is_found_on_its_days_only(void **state)
{
    struct registry *registry =
        a_registry(FIRST BROKER "agency 100 mash\n signing 1 %a from 2025-01-01 to 2025-12-31\n"
                                " signing 2 %b from 2025-12-01 to 2026-12-31\n"
                                "index signing 3 %i from 2026-01-01 to 2026-01-01\n");
    (void)state;

    assert_null(registry_signing_key(registry, 100, 1, on("2024-12-31")));
    assert_true(is_key(registry_signing_key(registry, 100, 1, on("2025-01-01")), 'a'));
    assert_true(is_key(registry_signing_key(registry, 100, 1, on("2025-12-31")), 'a'));
    assert_null(registry_signing_key(registry, 100, 1, on("2026-01-01")));
    assert_true(is_key(registry_signing_key(registry, 100, 2, on("2025-12-01")), 'b'));
    assert_null(registry_signing_key(registry, 100, 3, on("2026-01-01")));
    assert_true(is_key(registry_index_key(registry, 3, on("2026-01-01")), 'i'));
    assert_null(registry_index_key(registry, 3, on("2026-01-02")));
    registry_free(&registry);
}

static void
is_lapsed(const struct registry *registry, const char *day, uint32_t number)
{
    const struct signing_key *key = registry_lapsed_key(registry, 100, on(day));

    if (number == 0)
        assert_null(key);
    else
        assert_int_equal(key->number, number);
}

/* Only the one that ended last (before all of them, the first to begin), and only while there is
   no other: a stolen key is no good as soon as the next one is listed. */
static void
a_signing_key_that_nobody_renewed_has_lapsed(void **state)
{
    struct registry *registry =
        a_registry(FIRST BROKER "agency 100 mash\n signing 1 %a from 2025-01-01 to 2025-12-31\n"
                                " signing 2 %b from 2025-12-01 to 2026-06-30\n"
                                " signing 3 %c from 2026-08-01 to 2026-12-31\n");
    (void)state;

    is_lapsed(registry, "2024-12-31", 1);
    is_lapsed(registry, "2025-12-31", 0);
    is_lapsed(registry, "2026-06-30", 0);
    is_lapsed(registry, "2026-07-01", 2);
    is_lapsed(registry, "2026-08-01", 0);
    is_lapsed(registry, "2027-01-01", 3);
    assert_null(registry_lapsed_key(registry, 101, on("2027-01-01")));
    registry_free(&registry);
}

static void
a_registry_written_and_read_is_the_same(void **state)
{
    struct registry *registry, *again = NULL;
    struct buffer text, twice;
    (void)state;

    registry = a_registry(FIRST "index signing 1 %i" DAYS MASH "# gone\n" BROKER SCHOOL
                                "  signing 2 %e" DAYS "index signing 2 %j" DAYS);
    buffer_init(&text, REGISTRY_MAX);
    buffer_init(&twice, REGISTRY_MAX);
    registry_write(&text, registry);
    assert_ok(registry_read(&again, buffer_bytes(&text), NULL));
    registry_write(&twice, again);
    assert_bytes(buffer_bytes(&twice), buffer_bytes(&text));
    assert_int_equal(registry_agency_count(again), 2);
    assert_int_equal(registry_agency(again, 7)->signing_count, 2);
    assert_int_equal(registry_index_key_at(again, 1)->number, 2);
    assert_null(registry_index_key_at(again, 2));
    registry_free(&registry);
    registry_free(&again);
    buffer_clear(&text);
    buffer_clear(&twice);
}

static void
what_is_wrong_is_said_with_its_line(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        { "", "line 1: not 'kith registry" },
        { FIRST, "no line 'broker transport KEY'" },
        { FIRST BROKER BROKER, "line 3: the broker was given before" },
        { FIRST "broker %B\n", "line 2: the broker is written" },
        { FIRST "broker transport AAAA\n", "line 2: the broker is written" },
        { FIRST BROKER "agency 7\n", "line 3: an agency is written 'agency NUMBER NAME'" },
        { FIRST BROKER "agency 1 mash\n", "line 3: the number of an agency is from 2" },
        { FIRST BROKER "agency 07 mash\n", "line 3: the number of an agency is from 2" },
        { FIRST BROKER "agency -7 mash\n", "line 3: the number of an agency is from 2" },
        { FIRST BROKER "agency 4294967296 mash\n", "line 3: the number of an agency is" },
        { FIRST BROKER "agency 7 Mash\n", "line 3: a name is of a-z" },
        { FIRST BROKER "agency 7 a--b\n", "line 3: a name is of a-z" },
        { FIRST BROKER "agency 7 -b\n", "line 3: a name is of a-z" },
        { FIRST BROKER "agency 7 ..\n", "line 3: a name is of a-z" },
        { FIRST BROKER "agency 7 b-\n", "line 3: a name is of a-z" },
        { FIRST BROKER MASH "agency 100 other\n", "line 6: the number 100 was given before" },
        { FIRST BROKER MASH "agency 101 mash\n", "line 6: the name mash was given before" },
        { FIRST BROKER "agency 7 a\nagency 8 b\n",
          "line 4: before this line, agency a has no signing key" },
        { FIRST BROKER "agency 7 a\n",
          "line 4: before this line, agency a has no signing key" },
        { FIRST BROKER "agency 7 a\n transport %x\nindex signing 1 %i" DAYS,
          "line 5: before this line, agency a has no signing key" },
        { FIRST BROKER "signing 1 %a" DAYS, "line 3: a signing key that belongs to no agency" },
        { FIRST MASH BROKER "transport %x\n",
          "line 6: a transport key that belongs to no agency" },
        { FIRST BROKER MASH "  signing 1 %x" DAYS, "line 6: signing key 1 was given before" },
        { FIRST BROKER MASH "  signing 0 %x" DAYS, "line 6: the number of the key" },
        { FIRST BROKER MASH "  signing 2 %a" DAYS, "line 6: the key YWFhYWFh" },
        { FIRST BROKER MASH "agency 7 x\n signing 1 %a" DAYS, "line 7: the key YWFhYWFh" },
        { FIRST BROKER MASH "index signing 1 %a" DAYS, "line 6: the key YWFhYWFh" },
        { FIRST BROKER MASH "agency 7 x\n signing 1 %x" DAYS "transport %b\n",
          "line 8: the transport key YmJi" },
        { FIRST BROKER MASH "  transport %B\n",
          "the broker has the transport key of an agency" },
        { FIRST BROKER MASH "  signing 2 %x from 2026-12-31 to 2026-01-01\n",
          "line 6: the last day is before the first" },
        { FIRST BROKER MASH "  signing 2 %x from 2026-02-29 to 2026-12-31\n",
          "line 6: a day is not of the form" },
        { FIRST BROKER MASH "  signing 2 %x until 2026-02-28 to 2026-12-31\n",
          "line 6: a signing key is written" },
        { FIRST BROKER MASH "  signing 2 %x\n", "line 6: a signing key is written" },
        { FIRST BROKER MASH "  signing\n", "line 6: a signing key is written" },
        { FIRST BROKER MASH "  signing 2 AAAA" DAYS, "line 6: the key is not 32 bytes" },
        { FIRST BROKER MASH "  transport\n", "line 6: a transport key is written" },
        { FIRST BROKER MASH "  transport %x %y\n", "line 6: a transport key is written" },
        { FIRST BROKER "index 1 %i" DAYS, "line 3: the index is written" },
        { FIRST BROKER "index\n", "line 3: the index is written" },
        { FIRST BROKER "wolf 1 %i" DAYS, "line 3: 'wolf' is not agency, signing" },
        { FIRST BROKER "agency 7 a b c d e f g h\n", "line 3: more words than any line has" },
        { FIRST BROKER "# \xe2\x80\xae\n", "line 3: holds characters that cannot be seen" },
        { FIRST BROKER MASH "\r\n", "line 6: holds characters that cannot be seen" },
    };
    struct registry *registry = NULL;
    struct why why;
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_err(read_pattern(&registry, rows[i].text, &why), ERR_MALFORMED);
        assert_says(why.text, rows[i].says);
        assert_null(registry);
    }
}

static void
an_agreement_is_not_a_registry(void **state)
{
    struct registry *registry = NULL;
    (void)state;

    assert_err(read_pattern(&registry,
                            "# kith agreement jersey version 1 replacing " ZEROES "\n" BROKER,
                            NULL),
               ERR_REFUSED);
}

/* --- What may follow ------------------------------------------------------------------- */

#define SECOND                                                                                 \
    "kith registry jersey version 2 replacing "                                                \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
#define CURRENT FIRST BROKER MASH SCHOOL "index signing 1 %i" DAYS

static void
expect_successor(const char *next_pattern, enum err expected, const char *says)
{
    struct registry *current = a_registry(CURRENT), *next = a_registry(next_pattern);
    struct why why = { "" };
    uint8_t digest[DIGEST];

    memset(digest, 0xaa, sizeof(digest));
    assert_err(registry_may_replace(next, current, digest, &why), expected);
    assert_says(why.text, says);
    registry_free(&current);
    registry_free(&next);
}

static void
agencies_keys_and_days_may_be_added_and_transport_keys_replaced(void **state)
{
    (void)state;

    expect_successor(SECOND
                     "broker transport %N\n"
                     "agency 100 mash\n signing 2 %z" DAYS " signing 1 %a from 2026-01-01 "
                     "to 2026-06-30\n transport %y\n" SCHOOL "agency 101 police\n"
                     " signing 1 %p" DAYS "index signing 1 %i" DAYS "index signing 2 %j" DAYS,
                     ERR_OK, "");
}

static void
history_is_not_rewritten(void **state)
{
    static const struct {
        const char *next, *says;
    } rows[] = {
        { CURRENT, "version 1 cannot follow version 1" },
        { "kith registry jersey version 3 replacing "
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
          "aaaaaaaaaaaaaaaaaaaa\n" BROKER,
          "version 3 cannot follow version 1" },
        { "kith registry jersey version 2 replacing "
          "baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
          "aaaaaaaaaaaaaaaaaaaa\n" BROKER,
          "replaces another version 1 than the one in force" },
        { "kith registry guernsey version 2 replacing "
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n" BROKER,
          "of the federation 'guernsey'" },
        { SECOND BROKER SCHOOL "index signing 1 %i" DAYS, "agency 100 mash is gone" },
        { SECOND BROKER "agency 100 police\n signing 1 %a" DAYS SCHOOL,
          "number 100 was mash and is police now" },
        { SECOND BROKER "agency 101 mash\n signing 1 %a" DAYS SCHOOL,
          "agency 100 mash is gone" },
        { SECOND BROKER "agency 100 mash\n signing 1 %x" DAYS SCHOOL,
          "signing key 1 of mash is another key now" },
        { SECOND BROKER "agency 100 mash\n signing 2 %x" DAYS SCHOOL,
          "signing key 1 of mash is gone; end its days instead" },
        { SECOND BROKER MASH SCHOOL "index signing 1 %x" DAYS,
          "signing key 1 of the index is another key now" },
        { SECOND BROKER MASH SCHOOL, "signing key 1 of the index is gone" },
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect_successor(rows[i].next, ERR_REFUSED, rows[i].says);
}

static struct registry *
registry_of(uint32_t agencies)
{
    struct registry *registry = NULL;
    struct buffer text;

    with_keys(&text, FIRST BROKER);
    for (uint32_t i = 0; i < agencies; i++) {
        char base64[64];
        uint8_t key[32] = { 1 };

        put_le32(key + 1, i);
        base64_write(base64, key, sizeof(key));
        buffer_print(&text, "agency %u a%u\n signing 1 %s" DAYS " transport %s\n", 100 + i, i,
                     base64, base64);
    }
    assert_ok(registry_read(&registry, buffer_bytes(&text), NULL));
    buffer_clear(&text);
    return registry;
}

static void
thousands_of_agencies_are_all_found(void **state)
{
    enum { AGENCIES = 25000 };
    struct registry *registry = registry_of(AGENCIES);
    char name[64];
    (void)state;

    for (uint32_t i = 0; i < AGENCIES; i++) {
        const struct agency *agency = registry_agency(registry, 100 + i);

        snprintf(name, sizeof(name), "a%u", i);
        assert_string_equal(agency->name, name);
        assert_ptr_equal(agency, registry_agency_named(registry, name));
        assert_ptr_equal(
            agency, registry_agency_by_transport(registry, agency->transport[0].key, today));
    }
    registry_free(&registry);
}

/* What the broker's doorman does at each handshake, for a thousand keys, half of them
   strangers'. */
static double
cost_of_asking(const struct registry *registry)
{
    enum { ASKED = 1000 };
    size_t count = registry_agency_count(registry), known = 0;
    struct timespec before, after;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    for (size_t i = 0; i < ASKED; i++) {
        uint8_t key[32] = { 1 };

        put_le32(key + 1, (uint32_t)(i * 7919 % count));
        key[31] = (uint8_t)(i & 1);
        known += registry_agency_by_transport(registry, key, today) != NULL;
    }
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    assert_int_equal(known, ASKED / 2);
    return (double)(after.tv_sec - before.tv_sec) * 1e9
           + (double)(after.tv_nsec - before.tv_nsec);
}

/* Beside twenty in the same run, never a time: walking through a thousand times as many would
   cost hundreds of times as much.  The least of several rounds, for others share the
   machine. */
static void
asking_for_one_of_twenty_thousand_keys_costs_about_as_much_as_for_one_of_twenty(void **state)
{
    enum { ROUNDS = 9, TIMES = 25 };
    struct registry *small = registry_of(20), *large = registry_of(20000);
    double of_small = 1e18, of_large = 1e18;
    (void)state;

    for (int round = 0; round < ROUNDS; round++) {
        double cost_small = cost_of_asking(small), cost_large = cost_of_asking(large);

        of_small = cost_small < of_small ? cost_small : of_small;
        of_large = cost_large < of_large ? cost_large : of_large;
    }
    if (of_large > TIMES * of_small)
        fail_msg("%.0f times as much", of_large / of_small);
    registry_free(&small);
    registry_free(&large);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agencies_are_found_by_number_name_and_transport_key),
        cmocka_unit_test(who_is_not_listed_is_not_found),
        cmocka_unit_test(a_signing_key_is_found_on_its_days_only),
        cmocka_unit_test(a_signing_key_that_nobody_renewed_has_lapsed),
        cmocka_unit_test(a_registry_written_and_read_is_the_same),
        cmocka_unit_test(what_is_wrong_is_said_with_its_line),
        cmocka_unit_test(an_agreement_is_not_a_registry),
        cmocka_unit_test(agencies_keys_and_days_may_be_added_and_transport_keys_replaced),
        cmocka_unit_test(history_is_not_rewritten),
        cmocka_unit_test(thousands_of_agencies_are_all_found),
        cmocka_unit_test(
            asking_for_one_of_twenty_thousand_keys_costs_about_as_much_as_for_one_of_twenty),
    };

    return crypto_start() ? RUN(tests) : 1;
}
