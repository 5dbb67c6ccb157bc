#include "office.h"

#include "federation/grant_file.h"
#include "federation/shared.h"

/* What the broker goes by, given out to whom it concerns; and the keys that agencies offer. */

static const struct document *
fetches(struct office *office, uint32_t agency, enum document_wanted what, uint64_t offset)
{
    const struct frame fetch = { .verb = VERB_FETCH,
                                 .fetch = { .what = what, .offset = offset } };

    say(office, agency, &fetch);
    return &hears(office, agency, VERB_DOCUMENT)->document;
}

/* --- Giving out ------------------------------------------------------------------------------- */

static void
each_part_begins_where_it_is_asked_for(void **state)
{
    struct office office;
    struct buffer whole, fetched;
    uint8_t digest[DIGEST];
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    buffer_init(&whole, SHARED_MAX);
    buffer_init(&fetched, SHARED_MAX);
    federation_share_intake(&whole, office.in_force->federation);
    shared_digest(digest, buffer_bytes(&whole));
    for (uint64_t offset = 0; offset < whole.len; offset += 300) {
        const struct document *part = fetches(&office, SCHOOL, WANT_INTAKE, offset);

        assert_int_equal(part->offset, offset);
        assert_int_equal(part->total, whole.len);
        assert_bytes(part->digest, bytes_of(digest, DIGEST));
        assert_true(part->content.len == whole.len - offset);
        buffer_add(&fetched, part->content.data,
                   part->content.len < 300 ? part->content.len : 300);
    }
    assert_bytes(buffer_bytes(&fetched), buffer_bytes(&whole));
    assert_int_equal(fetches(&office, SCHOOL, WANT_INTAKE, whole.len + 9)->content.len, 0);
    buffer_clear(&whole);
    buffer_clear(&fetched);
    office_close(&office);
}

static size_t
grants_of(struct office *office, uint32_t agency)
{
    const struct document *document = fetches(office, agency, WANT_GRANTS, 0);
    struct signed_grant grant;
    struct grant_file file;
    struct grant read;
    struct why why;
    size_t count = 0;

    assert_ok(grant_file_open(&file, document->content, &why));
    for (; file.rest.len > 0; count++) {
        assert_ok(grant_file_next(&grant, &file, &why));
        assert_ok(grant_read(&read, grant.body));
        assert_int_equal(read.publisher, agency);
    }
    return count;
}

/* All of them together say which agencies know the same child. */
static void
each_agency_is_given_its_own_grants_only(void **state)
{
    struct office office;
    struct grant grant;
    (void)state;

    office_open(&office);
    for (uint8_t i = 1; i <= 3; i++) {
        grant = grant_to(&office.federate, SCHOOL, (uint8_t[HANDLE]){ i }, HOSPITAL, NULL);
        sign_grant(&office.federate, &grant);
    }
    grant = grant_to(&office.federate, POLICE, (uint8_t[HANDLE]){ 9 }, SCHOOL, NULL);
    sign_grant(&office.federate, &grant);
    office_adopt(&office);
    enter(&office, SCHOOL);
    enter(&office, POLICE);
    enter(&office, HOSPITAL);
    assert_int_equal(grants_of(&office, SCHOOL), 3);
    assert_int_equal(grants_of(&office, POLICE), 1);
    assert_int_equal(grants_of(&office, HOSPITAL), 0);
    office_close(&office);
}

static void
what_has_changed_is_announced_to_everybody_in_service(void **state)
{
    struct office office;
    struct grant grant;
    uint8_t before[DIGEST];
    const struct standing *standing;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    memcpy(before, fetches(&office, SCHOOL, WANT_GRANTS, 0)->digest.data, DIGEST);
    grant = grant_to(&office.federate, SCHOOL, (uint8_t[HANDLE]){ 1 }, HOSPITAL, NULL);
    sign_grant(&office.federate, &grant);
    office_adopt(&office);
    standing = &hears(&office, SCHOOL, VERB_ANNOUNCE)->announce;
    assert_int_equal(standing->registry_version, 7);
    assert_memory_not_equal(standing->digests[WANT_GRANTS].data, before, DIGEST);
    office_close(&office);
}

/* Nobody makes the broker hold megabytes by asking for a few bytes. */
static void
without_credit_no_document_is_sent(void **state)
{
    struct office office;
    struct frame hello = { 0 }, fetch = { .verb = VERB_FETCH, .fetch = { WANT_REGISTRY, 0 } };
    (void)state;

    office_open(&office);
    hello = a_hello(&office);
    hello.hello.credit_messages = 2;
    say(&office, SCHOOL, &hello);
    hears(&office, SCHOOL, VERB_WELCOME);
    say(&office, SCHOOL, &fetch);
    say(&office, SCHOOL, &fetch);
    say(&office, SCHOOL, &fetch);
    hears(&office, SCHOOL, VERB_DOCUMENT);
    hears(&office, SCHOOL, VERB_DOCUMENT);
    nothing_is_said(&office);
    office_close(&office);
}

/* --- Keys that are offered ------------------------------------------------------------------------ */

static struct buffer offered;
static uint32_t offered_by;

static void
keep_offer(void *self, const struct agency *agency, struct bytes intake)
{
    (void)self;
    offered_by = agency->number;
    buffer_reset(&offered);
    buffer_add_bytes(&offered, intake);
}

static void
read_intake_file(const struct office *office, uint32_t agency, struct buffer *text)
{
    char path[FILE_PATH_MAX];
    struct why why = { "" };

    snprintf(path, sizeof(path), "%s/federation/intake/%s.intake", office->federate.folder,
             name_of(agency));
    buffer_init(text, INTAKE_FILE_MAX);
    expect_ok(file_read(text, path, &why), &why);
}

static void
offers(struct office *office, uint32_t agency, struct bytes intake)
{
    const struct frame offer = { .verb = VERB_OFFER, .offer = intake };

    say(office, agency, &offer);
}

static void
an_agencys_own_keys_are_kept_and_nobody_elses(void **state)
{
    struct office office;
    struct buffer intake, forged;
    (void)state;

    buffer_init(&offered, INTAKE_FILE_MAX);
    office_open(&office);
    office_keeps_offers(&office, keep_offer);
    enter(&office, SCHOOL);
    enter(&office, POLICE);
    read_intake_file(&office, SCHOOL, &intake);
    read_intake_file(&office, SCHOOL, &forged);

    offers(&office, POLICE, buffer_bytes(&intake));
    assert_int_equal(offered.len, 0);
    forged.data[forged.len - 5] ^= 1;
    offers(&office, SCHOOL, buffer_bytes(&forged));
    assert_int_equal(offered.len, 0);
    pass(&office.federate.now, MINUTES(1));
    offers(&office, SCHOOL, buffer_bytes(&intake));
    assert_int_equal(offered_by, SCHOOL);
    assert_bytes(buffer_bytes(&offered), buffer_bytes(&intake));
    buffer_clear(&intake);
    buffer_clear(&forged);
    buffer_clear(&offered);
    office_close(&office);
}

/* Each makes the broker read everything again. */
static void
offers_within_a_minute_are_not_taken(void **state)
{
    struct office office;
    struct buffer intake;
    (void)state;

    buffer_init(&offered, INTAKE_FILE_MAX);
    office_open(&office);
    office_keeps_offers(&office, keep_offer);
    enter(&office, SCHOOL);
    read_intake_file(&office, SCHOOL, &intake);
    offers(&office, SCHOOL, buffer_bytes(&intake));
    assert_true(offered.len > 0);
    buffer_reset(&offered);
    pass(&office.federate.now, SECONDS(59));
    offers(&office, SCHOOL, buffer_bytes(&intake));
    assert_int_equal(offered.len, 0);
    pass(&office.federate.now, SECONDS(1));
    offers(&office, SCHOOL, buffer_bytes(&intake));
    assert_true(offered.len > 0);
    buffer_clear(&intake);
    buffer_clear(&offered);
    office_close(&office);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_begins_where_it_is_asked_for),
        cmocka_unit_test(each_agency_is_given_its_own_grants_only),
        cmocka_unit_test(what_has_changed_is_announced_to_everybody_in_service),
        cmocka_unit_test(without_credit_no_document_is_sent),
        cmocka_unit_test(an_agencys_own_keys_are_kept_and_nobody_elses),
        cmocka_unit_test(offers_within_a_minute_are_not_taken),
    };

    return RUN(tests);
}
