#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/file.h"
#include "core/mem.h"
#include "envelope/check.h"
#include "envelope/open.h"
#include "envelope/seal.h"
#include "policy/policy.h"

/*
 * What an envelope costs, beside what the primitives that it cannot do without cost in the
 * same run on the same machine: a ratio near 1 says that nothing is wasted.
 */

enum { RECIPIENTS = 6, MESSAGES = 256, ROUNDS = 15, COMPARTMENTS_FEW = 4 };

static struct sign_public sender;
static struct sign_secret sender_secret;
static struct intake_secret intake[RECIPIENTS];
static struct key psk;
static struct seal_recipient recipients[RECIPIENTS];
static struct seal_compartment compartments[COMPARTMENTS_MAX];
static size_t sizes[COMPARTMENTS_MAX];
static struct bits everything;

/* Time of the processor, not of the wall: others share the machine. */
static double
now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* The fastest round: caches are shared too. */
#define MEASURE(result, count, code)                                                           \
    do {                                                                                       \
        (result) = 1e9;                                                                        \
        for (unsigned round_ = 0; round_ < ROUNDS; round_++) {                                 \
            double start_ = now_us(), took_;                                                   \
                                                                                               \
            for (uint32_t i = 0; i < (count); i++) {                                           \
                code;                                                                          \
            }                                                                                  \
            took_ = (now_us() - start_) / (count);                                             \
            if (took_ < (result))                                                              \
                (result) = took_;                                                              \
        }                                                                                      \
    } while (0)

static void
need(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "bench_envelope: %s failed\n", what);
    exit(1);
}

/* --- Primitives ---------------------------------------------------------------------------------- */

static struct {
    double sign, verify, exchange, hash, hash_256, seal, open;
} raw;

/* Bytes that are hashed. */
enum { CONTEXT = 66, KEY_BLOCK = 128, CAPSULE_KEY = 132, BODY = 272, FRAGMENT = 200 };

static void
measure_primitives(void)
{
    uint8_t text[SIZE_CLASS_MIN] = { 0 }, sealed[SIZE_CLASS_MIN + SEAL_TAG], digest[64];
    struct bytes sixty = bytes_of(text, 60), sixty_six = bytes_of(text, 66),
                 whole = bytes_of(text, sizeof(text));
    struct signature signature;
    struct key shared;
    bool fine = true;

    MEASURE(raw.sign, 200, sign(&signature, sixty, &sender_secret));
    MEASURE(raw.verify, 200, fine &= sign_verify(&signature, sixty, &sender));
    MEASURE(raw.exchange, 200,
            fine &= !exchange(&shared, &intake[0].secret, &intake[1].public));
    MEASURE(raw.hash, 2000, hash_of(digest, DIGEST, "bench", NULL, sixty_six));
    MEASURE(raw.hash_256, 2000, hash_of(digest, DIGEST, "bench", NULL, whole));
    MEASURE(raw.seal, 2000, seal_once(sealed, whole, &psk));
    MEASURE(raw.open, 2000, fine &= !open_once(text, bytes_of(sealed, sizeof(sealed)), &psk));
    need(fine, "a primitive");
    printf("%-44s %8s\n", "primitive", "µs");
    printf("%-44s %8.2f\n", "Ed25519 sign, 60 bytes", raw.sign);
    printf("%-44s %8.2f\n", "Ed25519 verify, 60 bytes", raw.verify);
    printf("%-44s %8.2f\n", "X25519", raw.exchange);
    printf("%-44s %8.2f\n", "BLAKE2b-256, 66 bytes", raw.hash);
    printf("%-44s %8.2f\n", "BLAKE2b-256, 256 bytes", raw.hash_256);
    printf("%-44s %8.2f\n", "XChaCha20-Poly1305 seal, 256 bytes", raw.seal);
    printf("%-44s %8.2f\n\n", "XChaCha20-Poly1305 open, 256 bytes", raw.open);
}

/* BLAKE2b of that many bytes, by its blocks of 128; a key is a block of its own. */
static double
hashing(size_t bytes)
{
    return raw.hash + (double)((bytes + 127) / 128 - 1) * (raw.hash_256 - raw.hash);
}

static double
hashing_headers(unsigned count)
{
    return hashing(CORE_FIXED + (size_t)count * DIGEST) + hashing(34 + 8 * DIGEST)
           + hashing(ROUTE);
}

static double
capsule_bytes(unsigned count)
{
    return 10 + 34 * (double)count;
}

/* --- Messages ------------------------------------------------------------------------------------- */

struct post {
    struct sealed sealed[MESSAGES];
    struct core core[MESSAGES];
    struct batch_signature signature[MESSAGES];
    struct batch *batch[MESSAGES];
};

static struct seal_order
order_of(unsigned count)
{
    struct seal_order order = {
        .core = {
            .suite = SUITE,
            .sender = 7,
            .sender_key = 1,
            .kind = 1,
            .psk_epoch = 1,
            .compartment_count = (uint16_t)count,
        },
        .handle = (const uint8_t *)"sixteen byte id.",
        .psk = &psk,
        .compartments = compartments,
        .recipients = recipients,
        .recipient_count = RECIPIENTS,
    };

    for (unsigned i = 0; i < RECIPIENTS; i++) {
        recipients[i].compartments = (struct bits){ { 0 } };
        for (unsigned c = 0; c < count; c++)
            bits_add(&recipients[i].compartments, c);
    }
    random_fill(order.core.msg_id, MSG_ID);
    return order;
}

static void
make_people(void)
{
    static const char text[200] = "as long as most";

    need(crypto_start(), "the library");
    sign_make(&sender, &sender_secret);
    random_fill(&psk, sizeof(psk));
    for (unsigned i = 0; i < RECIPIENTS; i++) {
        exchange_make(&intake[i].public, &intake[i].secret);
        recipients[i] =
            (struct seal_recipient){ .agency = 100 + i, .intake = intake[i].public };
    }
    for (unsigned c = 0; c < COMPARTMENTS_MAX; c++) {
        compartments[c].fragment = bytes_of(text, sizeof(text));
        bits_add(&everything, c);
    }
}

/* The operation, and the primitives in it, each as often as it must be done. */
static void
report(const char *operation, double took, double primitives)
{
    printf("%-44s %8.2f %12.2f %7.2f\n", operation, took, primitives, took / primitives);
}

static void
measure_seal(struct post *post, unsigned count)
{
    double each = hashing(KEY_BLOCK + FRAGMENT) + hashing(KEY_BLOCK + CONTEXT) + raw.seal
                  + hashing(34 + BODY),
           capsule = hashing(KEY_BLOCK + CAPSULE_KEY) + raw.seal * capsule_bytes(count) / 256
                     + hashing(28 + (size_t)capsule_bytes(count)) + hashing(32),
           symmetric = count * each + RECIPIENTS * capsule + hashing_headers(count), took;
    struct seal_order order = order_of(count);
    struct ephemeral *ephemeral = ephemeral_new((struct instant){ 0 });
    struct sealed one;

    MEASURE(took, 32, {
        need(!seal_envelope(&one, &order, ephemeral, NULL), "sealing");
        sealed_free(&one);
    });
    report("seal, shared secrets at hand", took, symmetric);
    ephemeral_free(&ephemeral);
    MEASURE(took, 8, {
        ephemeral = ephemeral_new((struct instant){ 0 });
        need(!seal_envelope(&one, &order, ephemeral, NULL), "sealing");
        sealed_free(&one);
        ephemeral_free(&ephemeral);
    });
    report("seal, fresh ephemeral", took, symmetric + (RECIPIENTS + 1) * raw.exchange);

    ephemeral = ephemeral_new((struct instant){ 0 });
    for (unsigned i = 0; i < MESSAGES; i++) {
        random_fill(order.core.msg_id, MSG_ID);
        need(!seal_envelope(&post->sealed[i], &order, ephemeral, NULL), "sealing");
        need(!core_read(&post->core[i], post->sealed[i].view.core), "reading a core");
    }
    ephemeral_free(&ephemeral);
}

static void
sign_all(struct post *post, uint32_t size)
{
    uint8_t leaves[BATCH_MAX][DIGEST];

    for (uint32_t first = 0; first < MESSAGES; first += size) {
        for (uint32_t i = 0; i < size; i++)
            leaf_hash(leaves[i], bytes_of(post->sealed[first + i].h, DIGEST));
        batch_free(&post->batch[first]);
        post->batch[first] = batch_sign(LABEL_BATCH, 7, 1, (const uint8_t(*)[DIGEST])leaves,
                                        size, &sender_secret);
        for (uint32_t i = 0; i < size; i++)
            post->sealed[first + i].view.batch = batch_signature(post->batch[first], i);
    }
}

static void
measure_sign(struct post *post, uint32_t size)
{
    char name[64];
    double took;

    MEASURE(took, 1, sign_all(post, size));
    snprintf(name, sizeof(name), "sign, batch of %u", (unsigned)size);
    report(name, took / MESSAGES, raw.sign / size + (size == 1 ? 1 : 2) * raw.hash);
}

static void
check_one(struct post *post, uint32_t i, const struct compartment_sizes *legal,
          struct root_cache *cache)
{
    const struct envelope *view = &post->sealed[i].view;
    uint8_t h[DIGEST];
    struct core core;

    need(!core_read(&core, view->core), "reading a core");
    header_hash(h, view->core, view->capsule_digests);
    need(!check_signature(view, &core, h, &sender, cache), "a signature");
    need(!check_parts(view, &core, legal), "checking parts");
}

static double
levels(uint32_t size)
{
    return size == 64 ? 6 : size == 8 ? 3 : 0;
}

static void
measure_check(struct post *post, unsigned count, uint32_t size)
{
    struct compartment_sizes legal = { .sizes = sizes, .count = count };
    char name[64];
    double took, least = 1e9;

    for (unsigned round = 0; round < ROUNDS; round++) {
        struct root_cache *cache = root_cache_new(256);
        double start = now_us();

        for (uint32_t i = 0; i < MESSAGES; i++)
            check_one(post, i, &legal, cache);
        took = (now_us() - start) / MESSAGES;
        least = took < least ? took : least;
        root_cache_free(&cache);
    }
    snprintf(name, sizeof(name), "broker's check, batch of %u", (unsigned)size);
    report(name, least,
           raw.verify / size + (levels(size) + 1) * raw.hash + hashing_headers(count)
               + count * hashing(34 + BODY)
               + RECIPIENTS * hashing(28 + (size_t)capsule_bytes(count)));
}

static void
measure_strip(struct post *post)
{
    struct sealed_compartment parts[COMPARTMENTS_MAX];
    struct envelope copy;
    size_t stripped = 0;
    double took;

    MEASURE(
        took, MESSAGES, for (unsigned r = 0; r < RECIPIENTS; r++) {
            strip_envelope(&copy, parts, &post->sealed[i].view, 100 + r, &everything, false,
                           false);
            stripped += copy.capsule_count;
        });
    need(stripped == (size_t)ROUNDS * MESSAGES * RECIPIENTS, "stripping");
    printf("%-44s %8.2f\n", "strip, six recipients", took);
}

static void
measure_open(struct post *post, unsigned count, uint32_t size, bool cold)
{
    const struct open_order order = {
        .me = 102,
        .intake = &intake[2],
        .intake_count = 1,
        .psk = &psk,
        .sender_key = &sender,
        .ceiling = &everything,
        .compartment_count = count,
    };
    struct opener *opener = opener_new();
    struct opened opened;
    char name[64];
    double least = 1e9;

    for (unsigned round = 0; round < ROUNDS; round++) {
        struct root_cache *cache = root_cache_new(256);
        double start = now_us(), took;

        for (uint32_t i = 0; i < MESSAGES; i++) {
            if (cold) {
                opener_free(&opener);
                opener = opener_new();
            }
            need(!open_envelope(&opened, &post->sealed[i].view, &post->core[i], &order, opener,
                                cache),
                 "opening");
            opened_wipe(&opened);
        }
        took = (now_us() - start) / MESSAGES;
        least = took < least ? took : least;
        root_cache_free(&cache);
    }
    snprintf(name, sizeof(name), "open, batch of %u%s", (unsigned)size,
             cold ? ", first from a sender" : "");
    report(name, least,
           raw.verify / size + (cold ? raw.exchange : 0) + (levels(size) + 1) * raw.hash
               + hashing_headers(count) - hashing(ROUTE) + hashing(32)
               + hashing(28 + (size_t)capsule_bytes(count)) + hashing(KEY_BLOCK + CAPSULE_KEY)
               + raw.open * capsule_bytes(count) / 256
               + count * (hashing(34 + BODY) + hashing(KEY_BLOCK + CONTEXT) + raw.open));
    opener_free(&opener);
}

static void
measure(unsigned count)
{
    static const uint32_t batches[] = { 1, 8, 64 };
    struct post *post = mem_new(sizeof(*post));

    printf("%u recipients, %u compartments of 256 bytes, per message:\n", RECIPIENTS, count);
    printf("%-44s %8s %12s %7s\n", "operation", "µs", "primitives", "ratio");
    measure_seal(post, count);
    measure_strip(post);
    for (size_t i = 0; i < 3; i++) {
        measure_sign(post, batches[i]);
        measure_check(post, count, batches[i]);
        measure_open(post, count, batches[i], false);
        measure_open(post, count, batches[i], true);
        for (unsigned k = 0; k < MESSAGES; k++)
            batch_free(&post->batch[k]);
    }
    printf("\n");
    for (unsigned i = 0; i < MESSAGES; i++)
        sealed_free(&post->sealed[i]);
    free(post);
}

/* As many as a concern has under Jersey's own agreement, compartment 0 among them. */
static unsigned
compartments_of_jersey(void)
{
    struct diagnostics diagnostics;
    struct policy *policy = NULL;
    struct buffer text;
    unsigned count;

    buffer_init(&text, POLICY_TEXT_MAX);
    diagnostics_init(&diagnostics);
    need(!file_read(&text, "policy/jersey.policy", NULL), "reading policy/jersey.policy");
    need(!policy_read(&policy, buffer_bytes(&text), "policy/jersey.policy", &kith_schema,
                      &diagnostics),
         "compiling policy/jersey.policy");
    count = policy_compartments(policy, KIND_CONCERN);
    policy_free(&policy);
    diagnostics_clear(&diagnostics);
    buffer_clear(&text);
    return count;
}

int
main(void)
{
    make_people();
    measure_primitives();
    measure(COMPARTMENTS_FEW);
    measure(compartments_of_jersey());
    return 0;
}
