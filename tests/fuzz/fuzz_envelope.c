#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "envelope/check.h"
#include "envelope/open.h"
#include "envelope/part.h"

/*
 * An envelope of any shape, checked as a broker does and opened as a recipient does.
 *
 *     flags | core | capsule digests | route | signature | path | n | index
 *     | count | compartments: c | commitment | body
 *     | count | capsules: recipient | key id | text
 *
 * flags, counts, c, recipient, n and index are a byte each; everything else has an LE16
 * length before it.  What random bytes would never get past is mended where a flag asks for
 * it: bodies and capsules sealed, digests computed, the whole signed.
 */
enum { MEND_BODIES = 1, MEND_DIGESTS = 2, MEND_CAPSULES = 4, MEND_SIGNATURE = 8, NO_PSK = 16 };
enum { PARTS_MAX = 16, ME = 2, SENDER_SEED = 3, COMPARTMENTS = 4 };

struct input {
    struct bytes rest;
    uint8_t flags;
};

struct specimen {
    struct envelope view;
    struct sealed_compartment compartments[PARTS_MAX];
    struct capsule capsules[PARTS_MAX];
    struct batch *batch;
};

static struct {
    struct sign_public public;
    struct sign_secret secret;
    struct exchange_secret esk;
    struct exchange_public epk;
    struct intake_secret intake;
    struct key psk;
} keys;

static void
make_keys(void)
{
    uint8_t seed[32] = { SENDER_SEED };

    if (!crypto_start())
        abort();
    sign_from_seed(&keys.public, &keys.secret, seed);
    memset(&keys.esk, 0x55, sizeof(keys.esk));
    exchange_public_of(&keys.epk, &keys.esk);
    memset(&keys.intake.secret, 0x66, sizeof(keys.intake.secret));
    exchange_public_of(&keys.intake.public, &keys.intake.secret);
    memset(&keys.psk, 0x77, sizeof(keys.psk));
}

static uint8_t
take_byte(struct input *input)
{
    uint8_t byte = input->rest.len > 0 ? input->rest.data[0] : 0;

    input->rest = bytes_from(input->rest, 1);
    return byte;
}

/* A copy of its own size, so that a sanitizer sees one byte too far. */
static struct bytes
take_part(struct input *input)
{
    size_t len = take_byte(input);
    struct bytes part;

    len |= (size_t)take_byte(input) << 8;
    if (len > input->rest.len)
        len = input->rest.len;
    part = bytes_of(mem_copy(input->rest.data, len), len);
    input->rest = bytes_from(input->rest, len);
    return part;
}

static uint8_t *
writable(struct bytes bytes)
{
    return (uint8_t *)(uintptr_t)bytes.data;
}

static void
take_specimen(struct specimen *specimen, struct input *input)
{
    struct envelope *view = &specimen->view;

    input->flags = take_byte(input);
    view->core = take_part(input);
    view->capsule_digests = take_part(input);
    view->route = take_part(input);
    view->batch.signature = take_part(input);
    view->batch.path = take_part(input);
    view->batch.n = take_byte(input);
    view->batch.index = take_byte(input);
    view->compartments = specimen->compartments;
    view->compartment_count = take_byte(input) % (PARTS_MAX + 1);
    for (size_t i = 0; i < view->compartment_count; i++) {
        specimen->compartments[i].c = take_byte(input);
        specimen->compartments[i].commitment = take_part(input);
        specimen->compartments[i].body = take_part(input);
    }
    view->capsules = specimen->capsules;
    view->capsule_count = take_byte(input) % (PARTS_MAX + 1);
    for (size_t i = 0; i < view->capsule_count; i++) {
        specimen->capsules[i].recipient = take_byte(input);
        specimen->capsules[i].kid = take_part(input);
        specimen->capsules[i].ct = take_part(input);
    }
}

static void
drop_specimen(struct specimen *specimen, struct bytes signature, struct bytes path)
{
    free(writable(specimen->view.core));
    free(writable(specimen->view.capsule_digests));
    free(writable(specimen->view.route));
    free(writable(signature));
    free(writable(path));
    for (size_t i = 0; i < specimen->view.compartment_count; i++) {
        free(writable(specimen->compartments[i].commitment));
        free(writable(specimen->compartments[i].body));
    }
    for (size_t i = 0; i < specimen->view.capsule_count; i++) {
        free(writable(specimen->capsules[i].kid));
        free(writable(specimen->capsules[i].ct));
    }
    batch_free(&specimen->batch);
}

/* --- Mending ---------------------------------------------------------------------------------- */

/* Every z_c is zero. */
static void
mend_body(struct sealed_compartment *compartment, const struct core *core)
{
    static const struct key z;
    struct compartment_keys derived;
    struct bytes body = compartment->body;

    if (compartment->commitment.len != DIGEST || body.len < SEAL_TAG)
        return;
    compartment_keys_of(&derived, core, compartment->c, &z);
    memcpy(writable(compartment->commitment), derived.commitment, DIGEST);
    seal_once(writable(body), bytes_of(body.data, body.len - SEAL_TAG), &derived.key);
}

static void
mend_capsule(struct capsule *capsule, const struct core *core,
             const uint8_t hashed_core[DIGEST], const struct key *psk)
{
    struct key shared, kek;

    if (capsule->kid.len != KID || capsule->ct.len < SEAL_TAG)
        return;
    kid_of(writable(capsule->kid), &keys.intake.public);
    if (exchange(&shared, &keys.esk, &keys.intake.public))
        abort();
    capsule_key_of(&kek, &shared, core, hashed_core, &keys.intake.public, capsule->recipient,
                   psk);
    seal_once(writable(capsule->ct), bytes_of(capsule->ct.data, capsule->ct.len - SEAL_TAG),
              &kek);
}

static int
digest_order(const void *a, const void *b)
{
    return memcmp(a, b, DIGEST);
}

static void
mend_digests(struct specimen *specimen, const struct core *core, bool of_capsules)
{
    struct envelope *view = &specimen->view;
    uint8_t *digests = writable(view->capsule_digests);
    size_t room = view->capsule_digests.len / DIGEST;

    if (!of_capsules) {
        route_digest(writable(view->core) + 192, view->route);
        for (size_t i = 0; i < view->compartment_count; i++)
            if (view->compartments[i].c < core->compartment_count)
                compartment_digest(writable(view->core) + CORE_FIXED
                                       + (size_t)view->compartments[i].c * DIGEST,
                                   &view->compartments[i]);
        return;
    }
    for (size_t i = 0; i < view->capsule_count && i < room; i++)
        capsule_digest(digests + i * DIGEST, &view->capsules[i]);
    qsort(digests, room, DIGEST, digest_order);
}

static void
mend(struct specimen *specimen, uint8_t flags, const struct core *core, const struct key *psk)
{
    struct envelope *view = &specimen->view;
    uint8_t hash[DIGEST], leaf[1][DIGEST];

    if (flags & MEND_CAPSULES)
        memcpy(writable(view->core) + 120, keys.epk.bytes, sizeof(keys.epk.bytes));
    for (size_t i = 0; i < view->compartment_count && flags & MEND_BODIES; i++)
        mend_body(&specimen->compartments[i], core);
    if (flags & MEND_DIGESTS)
        mend_digests(specimen, core, false);
    core_hash(hash, view->core);
    for (size_t i = 0; i < view->capsule_count && flags & MEND_CAPSULES; i++) {
        struct core mended;

        if (core_read(&mended, view->core))
            abort();
        mend_capsule(&specimen->capsules[i], &mended, hash, psk);
    }
    if (flags & MEND_DIGESTS)
        mend_digests(specimen, core, true);
    if (flags & MEND_SIGNATURE) {
        header_hash(hash, view->core, view->capsule_digests);
        leaf_hash(leaf[0], bytes_of(hash, DIGEST));
        specimen->batch = batch_sign(LABEL_BATCH, core->sender, core->sender_key,
                                     (const uint8_t(*)[DIGEST])leaf, 1, &keys.secret);
        view->batch = batch_signature(specimen->batch, 0);
    }
}

/* --- What must hold ----------------------------------------------------------------------------- */

static void
must(bool holds)
{
    if (!holds)
        abort();
}

static void
check_core_round_trip(struct bytes bytes, const struct core *core)
{
    struct buffer out;

    buffer_init(&out, ENVELOPE_MAX);
    core_write(&out, core);
    must(bytes_equal(buffer_bytes(&out), bytes));
    buffer_clear(&out);
}

static void
check_as_broker(const struct envelope *view, const struct core *core)
{
    static const size_t some_fixed[COMPARTMENTS] = { 64, 0, 0, 0 };
    struct compartment_sizes sizes = { .sizes = some_fixed, .count = COMPARTMENTS };
    uint8_t h[DIGEST];

    header_hash(h, view->core, view->capsule_digests);
    (void)check_signature(view, core, h, &keys.public, NULL);
    if (check_parts(view, core, &sizes))
        return;
    must(view->compartment_count == COMPARTMENTS && core->compartment_count == COMPARTMENTS);
    must(view->compartments[0].body.len == 64 + SEAL_TAG);
    for (size_t c = 0; c < COMPARTMENTS; c++)
        must(view->compartments[c].c == c);
    must(view->capsule_digests.len / DIGEST - view->capsule_count <= DECOYS_MAX);
}

static void
check_opened(const struct opened *opened, const struct core *core, const struct bits *ceiling)
{
    const uint8_t *start = opened->memory, *end = start + opened->memory_len;

    must(opened->count >= 1 && opened->count <= core->compartment_count);
    must(opened->numbers[0] == 0);
    for (size_t i = 0; i < opened->count; i++) {
        unsigned c = opened->numbers[i];

        must(i == 0 || (opened->numbers[i - 1] < c && bits_have(ceiling, c)));
        must(!bits_have(&opened->withheld, c) && !bits_have(&opened->over_wrapped, c));
        must(opened->fragments[i].data >= start
             && opened->fragments[i].data + opened->fragments[i].len <= end);
    }
}

static size_t
open_as_recipient(const struct envelope *view, const struct core *core, const struct key *psk)
{
    const struct bits ceiling = { { 7 } };
    const struct open_order order = {
        .me = ME,
        .intake = &keys.intake,
        .intake_count = 1,
        .psk = psk,
        .sender_key = &keys.public,
        .ceiling = &ceiling,
        .compartment_count = core->compartment_count,
    };
    struct opener *opener = opener_new();
    struct opened opened;
    size_t count;

    if (open_envelope(&opened, view, core, &order, opener, NULL))
        must(opened.memory == NULL && opened.count == 0);
    else
        check_opened(&opened, core, &ceiling);
    count = opened.count;
    opened_wipe(&opened);
    opener_free(&opener);
    return count;
}

/* Whoever can open the whole can open the copy. */
static void
check_copy(const struct envelope *view, const struct core *core, const struct key *psk)
{
    const struct bits may_have = { { 7 } };
    struct sealed_compartment compartments[PARTS_MAX];
    struct envelope copy;
    size_t whole = open_as_recipient(view, core, psk);

    strip_envelope(&copy, compartments, view, ME, &may_have, true, false);
    must(copy.compartment_count <= view->compartment_count && copy.capsule_count <= 1);
    if (whole > 0)
        must(open_as_recipient(&copy, core, psk) == whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = { .rest = bytes_of(data, size) };
    struct specimen specimen = { .batch = NULL };
    struct bytes signature, path;
    const struct key *psk;
    struct core core;

    if (keys.psk.bytes[0] == 0)
        make_keys();
    take_specimen(&specimen, &input);
    signature = specimen.view.batch.signature;
    path = specimen.view.batch.path;
    psk = input.flags & NO_PSK ? NULL : &keys.psk;
    if (!core_read(&core, specimen.view.core)) {
        check_core_round_trip(specimen.view.core, &core);
        mend(&specimen, input.flags, &core, psk);
        if (core_read(&core, specimen.view.core))
            abort();
        check_as_broker(&specimen.view, &core);
        check_copy(&specimen.view, &core, psk);
    }
    drop_specimen(&specimen, signature, path);
    return 0;
}
