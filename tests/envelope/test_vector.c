#include "fixture.h"

/* The published vector, made again from its inputs bit for bit, and opened. */

#define VECTOR "tests/envelope/envelope-1.json"

enum { VECTOR_COMPARTMENTS = 2, VECTOR_RECIPIENTS = 2 };

struct vector {
    char *json;
    struct mail mail;
    struct ephemeral *ephemeral;
    struct seal_order order;
    struct seal_compartment compartments[VECTOR_COMPARTMENTS];
    struct seal_recipient recipients[VECTOR_RECIPIENTS];
    struct intake_secret intake[VECTOR_RECIPIENTS];
    struct key psk;
    struct sign_public public;
    struct sign_secret secret;
    /* The random bytes in the order in which sealing draws them. */
    uint8_t random[VECTOR_COMPARTMENTS * 32 + 2 * DIGEST];
    uint8_t route[ROUTE];
    size_t drawn;
};

/* The value of a name in the flat file, without its quotes. */
static struct bytes
value_of(const struct vector *vector, const char *name)
{
    char quoted[32];
    const char *at;

    snprintf(quoted, sizeof(quoted), "\"%s\": \"", name);
    at = strstr(vector->json, quoted);
    if (at == NULL)
        fail_msg("the vector has no %s", name);
    at += strlen(quoted);
    return bytes_of(at, strcspn(at, "\""));
}

static void
read_hex(const struct vector *vector, const char *name, void *out, size_t len)
{
    struct bytes value = value_of(vector, name);
    char *text = mem_copy(value.data, value.len);

    if (!hex_read(out, len, text))
        fail_msg("%s is not %zu bytes of hex", name, len);
    free(text);
}

static void
assert_hex(const struct vector *vector, const char *name, struct bytes actual)
{
    struct bytes value = value_of(vector, name);
    char *text = mem_new(2 * actual.len + 1);

    hex_write(text, actual.data, actual.len);
    assert_int_equal(value.len, 2 * actual.len);
    if (memcmp(text, value.data, value.len) != 0)
        fail_msg("%s differs from the vector", name);
    free(text);
}

static void
read_file(struct vector *vector)
{
    FILE *file = fopen(VECTOR, "r");
    struct buffer buffer;
    size_t len;
    int c;

    assert_non_null(file);
    buffer_init(&buffer, 64 * 1024);
    while ((c = getc(file)) != EOF)
        buffer_add_byte(&buffer, (uint8_t)c);
    fclose(file);
    vector->json = (char *)buffer_take(&buffer, &len);
}

/* The two decoys: the digests that belong to no capsule of the vector. */
static void
read_decoys(struct vector *vector, uint8_t *out)
{
    uint8_t digests[4][DIGEST], own[VECTOR_RECIPIENTS][DIGEST], ct[94], kid[KID];
    char name[8];

    read_hex(vector, "capdigs", digests, sizeof(digests));
    for (unsigned i = 0; i < VECTOR_RECIPIENTS; i++) {
        snprintf(name, sizeof(name), "cap%u", i);
        read_hex(vector, name, ct, sizeof(ct));
        snprintf(name, sizeof(name), "kid%u", i);
        read_hex(vector, name, kid, sizeof(kid));
        capsule_digest(own[i], &(struct capsule){ .recipient = 100 + i,
                                                  .kid = bytes_of(kid, KID),
                                                  .ct = bytes_of(ct, sizeof(ct)) });
    }
    for (unsigned i = 0; i < 4; i++)
        if (memcmp(digests[i], own[0], DIGEST) != 0 && memcmp(digests[i], own[1], DIGEST) != 0)
            out = put_bytes(out, digests[i], DIGEST);
}

static void
read_randomness(struct vector *vector)
{
    read_hex(vector, "z0", vector->random, 32);
    read_hex(vector, "z1", vector->random + 32, 32);
    read_decoys(vector, vector->random + 64);
}

static void
read_recipients(struct vector *vector)
{
    static const unsigned given[VECTOR_RECIPIENTS] = { 2, 1 };
    char name[8];

    for (unsigned i = 0; i < VECTOR_RECIPIENTS; i++) {
        snprintf(name, sizeof(name), "rsk%u", i);
        read_hex(vector, name, vector->intake[i].secret.bytes, 32);
        exchange_public_of(&vector->intake[i].public, &vector->intake[i].secret);
        vector->recipients[i] = (struct seal_recipient){
            .agency = 100 + i,
            .intake = vector->intake[i].public,
            .stream_seq = 1,
            .compartments = bits_below(given[i]),
        };
    }
}

static void
read_order(struct vector *vector)
{
    static uint8_t core_bytes[CORE_FIXED + VECTOR_COMPARTMENTS * DIGEST];

    read_hex(vector, "core", core_bytes, sizeof(core_bytes));
    read_hex(vector, "route", vector->route, ROUTE);
    read_hex(vector, "psk", vector->psk.bytes, 32);
    vector->compartments[0].fragment = value_of(vector, "pt0");
    vector->compartments[1].fragment = value_of(vector, "pt1");
    assert_check(core_read(&vector->order.core, bytes_of(core_bytes, sizeof(core_bytes))),
                 CHECK_OK);
    /* What sealing must find by itself. */
    memset(&vector->order.core.epk, 0, sizeof(vector->order.core.epk));
    memset(vector->order.core.route_digest, 0, DIGEST);
    vector->order.core.digests = NULL;
    vector->order.handle = vector->route + 4;
    vector->order.psk = &vector->psk;
    vector->order.compartments = vector->compartments;
    vector->order.recipients = vector->recipients;
    vector->order.recipient_count = VECTOR_RECIPIENTS;
}

static void
draw_vector(void *context, void *out, size_t len)
{
    struct vector *vector = context;

    assert_true(len <= sizeof(vector->random) - vector->drawn);
    memcpy(out, vector->random + vector->drawn, len);
    vector->drawn += len;
}

static void
sign_vector(struct vector *vector)
{
    uint8_t seed[32], leaf[1][DIGEST];

    read_hex(vector, "seed", seed, sizeof(seed));
    sign_from_seed(&vector->public, &vector->secret, seed);
    leaf_hash(leaf[0], bytes_of(vector->mail.sealed.h, DIGEST));
    vector->mail.batch =
        batch_sign(LABEL_BATCH, vector->order.core.sender, vector->order.core.sender_key,
                   (const uint8_t(*)[DIGEST])leaf, 1, &vector->secret);
    vector->mail.sealed.view.batch = batch_signature(vector->mail.batch, 0);
}

static int
set_up(void **state)
{
    struct vector *vector = mem_new(sizeof(*vector));
    struct seal_randomness randomness = { draw_vector, vector, true, vector->route };
    struct exchange_secret esk;

    assert_true(crypto_start());
    read_file(vector);
    read_hex(vector, "esk", esk.bytes, sizeof(esk.bytes));
    vector->ephemeral = ephemeral_from(&esk, (struct instant){ 0 });
    read_recipients(vector);
    read_order(vector);
    read_randomness(vector);
    assert_ok(
        seal_envelope(&vector->mail.sealed, &vector->order, vector->ephemeral, &randomness));
    assert_int_equal(vector->drawn, sizeof(vector->random));
    assert_check(core_read(&vector->mail.core, vector->mail.sealed.view.core), CHECK_OK);
    sign_vector(vector);
    *state = vector;
    return 0;
}

static int
tear_down(void **state)
{
    struct vector *vector = *state;

    mail_free(&vector->mail);
    ephemeral_free(&vector->ephemeral);
    free(vector->json);
    free(vector);
    return 0;
}

static void
sealing_makes_the_vector_bit_for_bit(void **state)
{
    const struct vector *vector = *state;
    const struct envelope *view = &vector->mail.sealed.view;

    assert_hex(vector, "core", view->core);
    assert_hex(vector, "route", view->route);
    assert_hex(vector, "capdigs", view->capsule_digests);
    assert_hex(vector, "kc0", view->compartments[0].commitment);
    assert_hex(vector, "body0", view->compartments[0].body);
    assert_hex(vector, "kc1", view->compartments[1].commitment);
    assert_hex(vector, "body1", view->compartments[1].body);
    assert_hex(vector, "kid0", view->capsules[0].kid);
    assert_hex(vector, "cap0", view->capsules[0].ct);
    assert_hex(vector, "kid1", view->capsules[1].kid);
    assert_hex(vector, "cap1", view->capsules[1].ct);
    assert_hex(vector, "H", bytes_of(vector->mail.sealed.h, DIGEST));
    assert_hex(vector, "spk", bytes_of(vector->public.bytes, 32));
    assert_hex(vector, "sig", view->batch.signature);
    assert_int_equal(view->batch.n, 1);
    assert_int_equal(view->batch.path.len, 0);
}

static void
the_vector_passes_the_broker_but_for_its_arbitrary_route(void **state)
{
    const struct vector *vector = *state;
    const struct mail *mail = &vector->mail;
    static const size_t sizes[VECTOR_COMPARTMENTS];
    struct compartment_sizes legal = { .sizes = sizes, .count = VECTOR_COMPARTMENTS };
    struct envelope view;
    struct core core;
    uint8_t route[ROUTE];

    assert_check(
        check_signature(&mail->sealed.view, &mail->core, mail->sealed.h, &vector->public, NULL),
        CHECK_OK);
    assert_check(check_parts(&mail->sealed.view, &mail->core, &legal), CHECK_ROUTE);
    core = mail->core;
    view = mail->sealed.view;
    route_write(route, vector->route + 4, vector->route + 20);
    route_digest(core.route_digest, bytes_of(route, ROUTE));
    view.route = bytes_of(route, ROUTE);
    assert_check(check_parts(&view, &core, &legal), CHECK_OK);
}

static void
each_recipient_of_the_vector_reads_its_compartments(void **state)
{
    const struct vector *vector = *state;
    const struct bits everything = bits_below(VECTOR_COMPARTMENTS);

    for (unsigned i = 0; i < VECTOR_RECIPIENTS; i++) {
        struct open_order order = {
            .me = 100 + i,
            .intake = vector->intake,
            .intake_count = VECTOR_RECIPIENTS,
            .psk = &vector->psk,
            .sender_key = &vector->public,
            .ceiling = &everything,
            .compartment_count = VECTOR_COMPARTMENTS,
        };
        struct opener *opener = opener_new();
        struct opened opened;

        assert_check(open_envelope(&opened, &vector->mail.sealed.view, &vector->mail.core,
                                   &order, opener, NULL),
                     CHECK_OK);
        assert_int_equal(opened.stream_seq, 1);
        assert_int_equal(opened.count, VECTOR_RECIPIENTS - i);
        assert_bytes(opened.fragments[0], bytes_of_text("compartment zero"));
        assert_true(bits_are_empty(&opened.withheld) && bits_are_empty(&opened.over_wrapped));
        opened_wipe(&opened);
        opener_free(&opener);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealing_makes_the_vector_bit_for_bit),
        cmocka_unit_test(the_vector_passes_the_broker_but_for_its_arbitrary_route),
        cmocka_unit_test(each_recipient_of_the_vector_reads_its_compartments),
    };

    return cmocka_run_group_tests_name("", tests, set_up, tear_down);
}
