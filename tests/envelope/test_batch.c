#include "fixture.h"

/*
 * The tree of RFC 9162, 2.1, built a second time here from its recursive definition, and
 * everything that a batch signature must refuse.
 */

enum { LEAVES = 257, SIGNER_KEY = 3 };

struct signer {
    struct sign_public public;
    struct sign_secret secret;
    uint8_t leaves[LEAVES][DIGEST];
};

static int
set_up(void **state)
{
    struct signer *signer = mem_new(sizeof(*signer));

    assert_true(crypto_start());
    sign_make(&signer->public, &signer->secret);
    random_fill(signer->leaves, sizeof(signer->leaves));
    *state = signer;
    return 0;
}

static int
tear_down(void **state)
{
    free(*state);
    return 0;
}

/* --- The recursive definition --------------------------------------------------------------- */

static uint32_t
split_of(uint32_t n)
{
    uint32_t k = 1;

    while (2 * k < n)
        k *= 2;
    return k;
}

static void
node_of(uint8_t *out, const uint8_t *left, const uint8_t *right)
{
    struct hash hash;

    hash_begin(&hash, DIGEST, "kith1.node", NULL);
    hash_add(&hash, left, DIGEST);
    hash_add(&hash, right, DIGEST);
    hash_end(&hash, out, DIGEST);
}

static void
tree_hash(uint8_t *out, const uint8_t (*leaves)[DIGEST], uint32_t n)
{
    uint8_t left[DIGEST], right[DIGEST];
    uint32_t k = split_of(n);

    if (n == 1) {
        memcpy(out, leaves[0], DIGEST);
        return;
    }
    tree_hash(left, leaves, k);
    tree_hash(right, leaves + k, n - k);
    node_of(out, left, right);
}

/* PATH(m, D_n), from the leaf up; the result is its length in bytes. */
static size_t
tree_path(uint8_t *path, uint32_t m, const uint8_t (*leaves)[DIGEST], uint32_t n)
{
    uint32_t k = split_of(n);
    size_t len;

    if (n == 1)
        return 0;
    if (m < k) {
        len = tree_path(path, m, leaves, k);
        tree_hash(path + len, leaves + k, n - k);
    } else {
        len = tree_path(path, m - k, leaves + k, n - k);
        tree_hash(path + len, leaves, k);
    }
    return len + DIGEST;
}

/* Signs a root as a batch of n, in the bytes of the design and not by our own writer. */
static struct signature
sign_root(const struct signer *signer, const char *label, uint32_t n, const uint8_t *root)
{
    uint8_t text[60] = { 0 };
    struct signature signature;

    memcpy(text, label, strlen(label));
    put_le32(text + 16, SENDER);
    put_le32(text + 20, SIGNER_KEY);
    put_le32(text + 24, n);
    memcpy(text + 28, root, DIGEST);
    sign(&signature, bytes_of(text, sizeof(text)), &signer->secret);
    return signature;
}

static enum check
verify(const struct signer *signer, const struct batch_signature *batch, const uint8_t *leaf,
       struct root_cache *cache)
{
    return batch_verify(batch, LABEL_BATCH, SENDER, SIGNER_KEY, &signer->public, leaf, cache);
}

static struct batch *
signed_batch(const struct signer *signer, uint32_t n)
{
    return batch_sign(LABEL_BATCH, SENDER, SIGNER_KEY, (const uint8_t(*)[DIGEST])signer->leaves,
                      n, &signer->secret);
}

static void
every_tree_that_we_sign_has_the_shape_of_rfc_9162(void **state)
{
    const struct signer *signer = *state;
    uint8_t root[DIGEST], path[BATCH_PATH_MAX * DIGEST];

    for (uint32_t n = 1; n <= BATCH_MAX; n++) {
        struct batch *batch = signed_batch(signer, n);
        struct signature expected;

        tree_hash(root, signer->leaves, n);
        expected = sign_root(signer, LABEL_BATCH, n, root);
        for (uint32_t i = 0; i < n; i++) {
            struct batch_signature one = batch_signature(batch, i);

            assert_int_equal(one.n, n);
            assert_int_equal(one.index, i);
            assert_bytes(one.signature, bytes_of(expected.bytes, 64));
            assert_bytes(one.path, bytes_of(path, tree_path(path, i, signer->leaves, n)));
        }
        batch_free(&batch);
        assert_null(batch);
    }
}

static void
larger_trees_of_others_are_verified(void **state)
{
    const struct signer *signer = *state;
    struct root_cache *cache = root_cache_new(LEAVES);
    uint8_t root[DIGEST], path[BATCH_PATH_MAX * DIGEST];

    for (uint32_t n = 1; n <= LEAVES; n++) {
        struct signature signature;

        tree_hash(root, signer->leaves, n);
        signature = sign_root(signer, LABEL_BATCH, n, root);
        for (uint32_t i = 0; i < n; i += n < 70 || i + 3 > n ? 1 : 29) {
            struct batch_signature batch = {
                .signature = bytes_of(signature.bytes, 64),
                .n = n,
                .index = i,
                .path = bytes_of(path, tree_path(path, i, signer->leaves, n)),
            };

            assert_check(verify(signer, &batch, signer->leaves[i], cache), CHECK_OK);
            assert_check(verify(signer, &batch, signer->leaves[(i + 1) % LEAVES], cache),
                         CHECK_SIGNATURE);
        }
    }
    root_cache_free(&cache);
}

static void
no_leaf_is_accepted_at_another_place_or_in_another_number(void **state)
{
    const struct signer *signer = *state;
    struct root_cache *cache = root_cache_new(8);

    for (uint32_t n = 1; n <= 17; n++) {
        struct batch *batch = signed_batch(signer, n);

        for (uint32_t i = 0; i < n; i++) {
            struct batch_signature one = batch_signature(batch, i), wrong = one;

            assert_check(verify(signer, &one, signer->leaves[i], cache), CHECK_OK);
            for (wrong.n = 0; wrong.n <= 34; wrong.n++)
                for (wrong.index = 0; wrong.index <= 34; wrong.index++)
                    if (wrong.n != n || wrong.index != i)
                        assert_check(verify(signer, &wrong, signer->leaves[i], cache),
                                     CHECK_SIGNATURE);
        }
        batch_free(&batch);
    }
    root_cache_free(&cache);
}

static void
a_path_cut_extended_swapped_or_flipped_is_refused(void **state)
{
    const struct signer *signer = *state;
    struct batch *batch = signed_batch(signer, 13);
    struct root_cache *cache = root_cache_new(8);

    for (uint32_t i = 0; i < 13; i++) {
        struct batch_signature one = batch_signature(batch, i), wrong = one;
        uint8_t path[8 * DIGEST] = { 0 };
        size_t len = one.path.len;

        memcpy(path, one.path.data, len);
        assert_check(verify(signer, &one, signer->leaves[i], cache), CHECK_OK);
        for (size_t other = 0; other <= sizeof(path); other++) {
            wrong.path = bytes_of(path, other);
            if (other != len)
                assert_check(verify(signer, &wrong, signer->leaves[i], cache), CHECK_SIGNATURE);
        }
        wrong.path = bytes_of(path, len);
        for (size_t bit = 0; bit < 8 * len; bit++) {
            path[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_check(verify(signer, &wrong, signer->leaves[i], cache), CHECK_SIGNATURE);
            path[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t level = 1; level < len / DIGEST; level++) {
            memcpy(path, one.path.data, len);
            memcpy(path, one.path.data + level * DIGEST, DIGEST);
            memcpy(path + level * DIGEST, one.path.data, DIGEST);
            assert_check(verify(signer, &wrong, signer->leaves[i], cache), CHECK_SIGNATURE);
        }
    }
    root_cache_free(&cache);
    batch_free(&batch);
}

static void
every_bit_of_the_signature_counts(void **state)
{
    const struct signer *signer = *state;
    struct batch *batch = signed_batch(signer, 5);
    struct root_cache *cache = root_cache_new(8);
    struct batch_signature one = batch_signature(batch, 2);
    uint8_t wrong[65];

    assert_check(verify(signer, &one, signer->leaves[2], cache), CHECK_OK);
    memcpy(wrong, one.signature.data, 64);
    one.signature = bytes_of(wrong, 64);
    for (size_t bit = 0; bit < 512; bit++) {
        wrong[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_check(verify(signer, &one, signer->leaves[2], cache), CHECK_SIGNATURE);
        assert_check(verify(signer, &one, signer->leaves[2], NULL), CHECK_SIGNATURE);
        wrong[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t len = 0; len <= 65; len++) {
        one.signature = bytes_of(wrong, len);
        assert_check(verify(signer, &one, signer->leaves[2], cache),
                     len == 64 ? CHECK_OK : CHECK_SIGNATURE);
    }
    root_cache_free(&cache);
    batch_free(&batch);
}

/* With the inner node over leaves 0 and 1 as a leaf, the path of the quarter above fits. */
static void
an_inner_node_is_no_leaf(void **state)
{
    const struct signer *signer = *state;
    struct batch *batch = signed_batch(signer, 8);
    struct batch_signature one = batch_signature(batch, 0), wrong = one;
    uint8_t inner[DIGEST];

    node_of(inner, signer->leaves[0], signer->leaves[1]);
    wrong.path = bytes_from(one.path, DIGEST);
    for (wrong.n = 1; wrong.n <= 16; wrong.n++)
        for (wrong.index = 0; wrong.index < wrong.n; wrong.index++)
            assert_check(verify(signer, &wrong, inner, NULL), CHECK_SIGNATURE);
    /* The root alone, as a batch of one. */
    tree_hash(inner, signer->leaves, 8);
    wrong.n = 1;
    wrong.index = 0;
    wrong.path = bytes_of(NULL, 0);
    assert_check(verify(signer, &wrong, inner, NULL), CHECK_SIGNATURE);
    batch_free(&batch);
}

/* Leaves and nodes are hashed under labels of their own, so that no header is a node. */
static void
a_body_that_looks_like_a_node_hashes_to_another_leaf(void **state)
{
    const struct signer *signer = *state;
    uint8_t both[2 * DIGEST], node[DIGEST], leaf[DIGEST];

    memcpy(both, signer->leaves[0], sizeof(both));
    node_of(node, both, both + DIGEST);
    leaf_hash(leaf, bytes_of(both, sizeof(both)));
    assert_memory_not_equal(node, leaf, DIGEST);
}

static void
label_signer_key_number_and_key_are_all_bound(void **state)
{
    const struct signer *signer = *state;
    struct root_cache *cache = root_cache_new(8);
    struct batch *batch = signed_batch(signer, 3);
    struct batch_signature one = batch_signature(batch, 1);
    const uint8_t *leaf = signer->leaves[1];
    struct sign_public other;
    struct sign_secret secret;

    sign_make(&other, &secret);
    assert_check(verify(signer, &one, leaf, cache), CHECK_OK);
    assert_check(
        batch_verify(&one, LABEL_GRANT, SENDER, SIGNER_KEY, &signer->public, leaf, cache),
        CHECK_SIGNATURE);
    assert_check(
        batch_verify(&one, LABEL_BATCH, OTHER_SENDER, SIGNER_KEY, &signer->public, leaf, cache),
        CHECK_SIGNATURE);
    assert_check(
        batch_verify(&one, LABEL_BATCH, SENDER, SIGNER_KEY + 1, &signer->public, leaf, cache),
        CHECK_SIGNATURE);
    assert_check(batch_verify(&one, LABEL_BATCH, SENDER, SIGNER_KEY, &other, leaf, cache),
                 CHECK_SIGNATURE);
    root_cache_free(&cache);
    batch_free(&batch);
}

static void
a_failed_verification_leaves_nothing_in_the_cache(void **state)
{
    const struct signer *signer = *state;
    struct root_cache *cache = root_cache_new(1);
    struct batch *batch = signed_batch(signer, 4);
    struct batch_signature good = batch_signature(batch, 1), bad = good;
    uint8_t signature[64];

    memcpy(signature, good.signature.data, 64);
    signature[40] ^= 1;
    bad.signature = bytes_of(signature, 64);
    for (unsigned i = 0; i < 10; i++)
        assert_check(verify(signer, &bad, signer->leaves[1], cache), CHECK_SIGNATURE);
    assert_check(verify(signer, &good, signer->leaves[1], cache), CHECK_OK);
    for (unsigned i = 0; i < 10; i++)
        assert_check(verify(signer, &bad, signer->leaves[1], cache), CHECK_SIGNATURE);
    assert_check(verify(signer, &good, signer->leaves[1], cache), CHECK_OK);
    root_cache_free(&cache);
    batch_free(&batch);
}

/* Many more roots than there are places: answers stay right while they are pushed out. */
static void
a_full_cache_still_answers_rightly(void **state)
{
    struct signer *signer = *state;
    struct root_cache *cache = root_cache_new(5);

    for (unsigned round = 0; round < 3; round++)
        for (uint32_t n = 1; n <= 40; n++) {
            struct batch *batch = signed_batch(signer, n);
            struct batch_signature one = batch_signature(batch, n - 1);

            assert_check(verify(signer, &one, signer->leaves[n - 1], cache), CHECK_OK);
            assert_check(verify(signer, &one, signer->leaves[n], cache), CHECK_SIGNATURE);
            batch_free(&batch);
        }
    root_cache_free(&cache);
}

/* A tree of more than 2^20 leaves, honestly signed: one leaf hashed up 21 levels. */
static void
more_than_twenty_levels_are_refused(void **state)
{
    const struct signer *signer = *state;
    static uint8_t path[32 * DIGEST];
    uint8_t node[DIGEST];

    for (unsigned levels = 19; levels <= 21; levels++) {
        struct signature signature;
        struct batch_signature batch = {
            .n = UINT32_C(1) << levels,
            .index = 0,
            .path = bytes_of(path, levels * DIGEST),
        };

        memcpy(node, signer->leaves[0], DIGEST);
        for (unsigned i = 0; i < levels; i++)
            node_of(node, node, path);
        signature = sign_root(signer, LABEL_BATCH, batch.n, node);
        batch.signature = bytes_of(signature.bytes, 64);
        assert_check(verify(signer, &batch, signer->leaves[0], NULL),
                     levels <= BATCH_PATH_MAX ? CHECK_OK : CHECK_SIGNATURE);
    }
    for (size_t len = 0; len <= sizeof(path); len += DIGEST) {
        struct batch_signature huge = { .signature = bytes_of(path, 64),
                                        .n = UINT32_MAX,
                                        .index = UINT32_MAX - 1,
                                        .path = bytes_of(path, len) };

        assert_check(verify(signer, &huge, signer->leaves[0], NULL), CHECK_SIGNATURE);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tree_that_we_sign_has_the_shape_of_rfc_9162),
        cmocka_unit_test(larger_trees_of_others_are_verified),
        cmocka_unit_test(no_leaf_is_accepted_at_another_place_or_in_another_number),
        cmocka_unit_test(a_path_cut_extended_swapped_or_flipped_is_refused),
        cmocka_unit_test(every_bit_of_the_signature_counts),
        cmocka_unit_test(an_inner_node_is_no_leaf),
        cmocka_unit_test(a_body_that_looks_like_a_node_hashes_to_another_leaf),
        cmocka_unit_test(label_signer_key_number_and_key_are_all_bound),
        cmocka_unit_test(a_failed_verification_leaves_nothing_in_the_cache),
        cmocka_unit_test(a_full_cache_still_answers_rightly),
        cmocka_unit_test(more_than_twenty_levels_are_refused),
    };

    return cmocka_run_group_tests_name("", tests, set_up, tear_down);
}
