#include "../check.h"

#include "crypto/hash.h"
#include "crypto/key.h"

/* Published vectors, and what a strict verifier must refuse. */

static void
assert_hex(struct bytes actual, const char *expected)
{
    char text[2 * 256 + 1];

    assert_true(actual.len <= 256);
    hex_write(text, actual.data, actual.len);
    assert_string_equal(text, expected);
}

static void
read_hex(void *out, size_t len, const char *text)
{
    if (!hex_read(out, len, text))
        fail_msg("not %zu bytes of hex: %s", len, text);
}

/* The same values come from Python: hashlib.blake2b(input, digest_size, key, person). */
static void
blake2b_with_person_and_key_is_that_of_hashlib(void **state)
{
    uint8_t digest[64], counting[1000];

    (void)state;
    for (size_t i = 0; i < sizeof(counting); i++)
        counting[i] = (uint8_t)i;

    hash_of(digest, 32, "kith1.leaf", NULL, bytes_of("", 0));
    assert_hex(bytes_of(digest, 32),
               "21aaf40f79ee77d2ddeab9d6638064c74c01c48dd251a3d4bd7fba64308f9d0d");
    hash_of(digest, 32, "kith1.node", NULL, bytes_of(counting, 64));
    assert_hex(bytes_of(digest, 32),
               "75552a813fa31896aa174e674d3cb76290a9cec79ffe4663bf848a34cdcf853a");
    hash_of(digest, 64, "kith1.comp.kdf", counting, bytes_of(counting, 66));
    assert_hex(bytes_of(digest, 64),
               "04297ab8945842e5fb27b4eea6c687f8747b97c47f4ee327ac1313c5375efdca"
               "61785494cb3dfc9bdb779d15c85358f4ff4e622ef3bca11bb87a2c472a6337a2");
    hash_of(digest, 32, "sixteen letters.", NULL, bytes_of(counting, 1000));
    assert_hex(bytes_of(digest, 32),
               "69f74410da9b926b86ffb31a7f022fe73ec51e61132315ca0111174a5a0224f8");
}

/* RFC 7693, appendix A. */
static void
blake2b_without_person_is_that_of_rfc_7693(void **state)
{
    uint8_t digest[64];

    (void)state;
    hash_of(digest, 64, "", NULL, bytes_of_text("abc"));
    assert_hex(bytes_of(digest, 64),
               "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
               "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
}

static void
a_hash_in_pieces_is_the_hash_at_once_and_leaves_no_state(void **state)
{
    uint8_t text[700], at_once[32], in_pieces[32], key[HASH_KEY] = { 9 };
    static const struct hash nothing;
    struct hash hash;

    (void)state;
    memset(text, 'x', sizeof(text));
    hash_of(at_once, 32, "kith1.header", key, bytes_of(text, sizeof(text)));
    for (size_t step = 1; step < 300; step += 37) {
        hash_begin(&hash, 32, "kith1.header", key);
        for (size_t at = 0; at < sizeof(text); at += step)
            hash_add(&hash, text + at, sizeof(text) - at < step ? sizeof(text) - at : step);
        hash_end(&hash, in_pieces, 32);
        assert_memory_equal(in_pieces, at_once, 32);
        assert_memory_equal(&hash, &nothing, sizeof(hash));
    }
}

/* draft-irtf-cfrg-xchacha-03, A.3.1. */
static void
sealing_at_rest_opens_the_draft_vector(void **state)
{
    static const char text[] =
        "Ladies and Gentlemen of the class of '99: If I could offer you only "
        "one tip for the future, sunscreen would be it.";
    uint8_t about[12], sealed[SEAL_NONCE + 114 + SEAL_TAG], opened[114];
    struct key key;

    (void)state;
    read_hex(about, sizeof(about), "50515253c0c1c2c3c4c5c6c7");
    read_hex(key.bytes, 32, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
    read_hex(sealed, SEAL_NONCE, "404142434445464748494a4b4c4d4e4f5051525354555657");
    read_hex(sealed + SEAL_NONCE, 114 + SEAL_TAG,
             "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
             "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
             "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
             "21f9664c97637da9768812f615c68b13b52e"
             "c0875924c1c7987947deafd8780acf49");
    assert_ok(open_at_rest(opened, bytes_of(sealed, sizeof(sealed)),
                           bytes_of(about, sizeof(about)), &key));
    assert_bytes(bytes_of(opened, sizeof(opened)), bytes_of_text(text));
}

static void
what_is_sealed_at_rest_opens_only_whole_and_about_the_same(void **state)
{
    const struct bytes text = bytes_of_text("a row"), about = bytes_of_text("row 7");
    uint8_t sealed[SEAL_NONCE + 5 + SEAL_TAG], again[sizeof(sealed)], opened[5];
    struct bytes whole = bytes_of(sealed, sizeof(sealed));
    struct key key;

    (void)state;
    random_fill(&key, sizeof(key));
    seal_at_rest(sealed, text, about, &key);
    seal_at_rest(again, text, about, &key);
    assert_memory_not_equal(sealed, again, sizeof(sealed));
    assert_ok(open_at_rest(opened, whole, about, &key));
    assert_bytes(bytes_of(opened, 5), text);
    assert_err(open_at_rest(opened, whole, bytes_of_text("row 8"), &key), ERR_FORGED);
    for (size_t len = 0; len < sizeof(sealed); len++)
        assert_err(open_at_rest(opened, bytes_of(sealed, len), about, &key), ERR_FORGED);
    for (size_t bit = 0; bit < 8 * sizeof(sealed); bit++) {
        sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_err(open_at_rest(opened, whole, about, &key), ERR_FORGED);
        sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void
sealing_once_opens_only_whole_and_under_its_key(void **state)
{
    uint8_t sealed[20 + SEAL_TAG] = { 0 }, opened[20];
    struct bytes whole = bytes_of(sealed, sizeof(sealed));
    struct key key, other;

    (void)state;
    random_fill(&key, sizeof(key));
    random_fill(&other, sizeof(other));
    seal_once(sealed, bytes_of("twenty bytes of text", 20), &key);
    assert_ok(open_once(opened, whole, &key));
    assert_memory_equal(opened, "twenty bytes of text", 20);
    assert_err(open_once(opened, whole, &other), ERR_FORGED);
    for (size_t len = 0; len < sizeof(sealed); len++)
        assert_err(open_once(opened, bytes_of(sealed, len), &key), ERR_FORGED);

    memcpy(sealed, "twenty bytes of text", 20);
    seal_once(sealed, bytes_of(sealed, 20), &key);
    assert_ok(open_once(sealed, whole, &key));
    assert_memory_equal(sealed, "twenty bytes of text", 20);
}

/* RFC 8032, 7.1: tests 1 to 3 and "SHA(abc)". */
static void
ed25519_is_that_of_rfc_8032(void **state)
{
    static const struct {
        const char *seed, *public, *text, *signature;
    } vectors[] = {
        { "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
          "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
          "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e"
          "39"
          "701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
        { "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
          "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
          "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f"
          "36"
          "13d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
        { "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
          "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
          "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67"
          "f7"
          "60984dc6594a7c15e9716ed28dc027beceea1ec40a" },
        { "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
          "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
          "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba"
          "3c"
          "23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
          "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfb"
          "c7"
          "c66431e0303dca179c138ac17ad9bef1177331a704" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        uint8_t seed[32], text[64];
        size_t len = strlen(vectors[i].text) / 2;
        struct sign_public public, derived;
        struct sign_secret secret;
        struct signature signature;

        read_hex(seed, 32, vectors[i].seed);
        read_hex(text, len, vectors[i].text);
        sign_from_seed(&public, &secret, seed);
        sign_public_of(&derived, &secret);
        assert_hex(bytes_of(public.bytes, 32), vectors[i].public);
        assert_hex(bytes_of(derived.bytes, 32), vectors[i].public);
        sign(&signature, bytes_of(text, len), &secret);
        assert_hex(bytes_of(signature.bytes, 64), vectors[i].signature);
        assert_true(sign_verify(&signature, bytes_of(text, len), &public));
        text[0] ^= 1;
        assert_false(sign_verify(&signature, bytes_of(text, len ? len : 1), &public));
    }
}

/* The group order, little-endian. */
static const char order[] = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

static void
a_signature_with_s_plus_the_group_order_is_refused(void **state)
{
    struct sign_public public;
    struct sign_secret secret;
    struct signature signature;
    uint8_t add[32];
    unsigned carry = 0;

    (void)state;
    read_hex(add, 32, order);
    sign_make(&public, &secret);
    sign(&signature, bytes_of_text("text"), &secret);
    assert_true(sign_verify(&signature, bytes_of_text("text"), &public));
    for (unsigned i = 0; i < 32; i++) {
        carry += signature.bytes[32 + i] + add[i];
        signature.bytes[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_false(sign_verify(&signature, bytes_of_text("text"), &public));
}

/* Points of order 1, 2, 4 and 8 on the Edwards curve, and encodings of them that are not
   canonical. */
static const char *const small_order[] = {
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};

/* S = 0 and a small-order A and R would verify for some or all texts in a lax verifier:
   S B = R + h A. */
static void
small_order_keys_and_commitments_are_refused(void **state)
{
    const size_t count = sizeof(small_order) / sizeof(small_order[0]);
    struct sign_public public, honest;
    struct sign_secret secret;
    struct signature signature = { { 0 } };

    (void)state;
    sign_make(&honest, &secret);
    for (size_t a = 0; a < count; a++)
        for (size_t r = 0; r < count; r++) {
            read_hex(public.bytes, 32, small_order[a]);
            read_hex(signature.bytes, 32, small_order[r]);
            for (char text = 'a'; text <= 'p'; text++)
                assert_false(sign_verify(&signature, bytes_of(&text, 1), &public));
            assert_false(sign_verify(&signature, bytes_of_text("text"), &honest));
        }
}

/* y = p + 3: the same point as y = 3, were it reduced. */
static void
a_key_that_is_not_canonical_is_refused(void **state)
{
    struct sign_public public, honest;
    struct sign_secret secret;
    struct signature signature;

    (void)state;
    sign_make(&honest, &secret);
    sign(&signature, bytes_of_text("text"), &secret);
    for (unsigned low = 0xed; low <= 0xff; low++) {
        memset(public.bytes, 0xff, 32);
        public.bytes[0] = (uint8_t)low;
        public.bytes[31] = 0x7f;
        assert_false(sign_verify(&signature, bytes_of_text("text"), &public));
        public.bytes[31] = 0xff;
        assert_false(sign_verify(&signature, bytes_of_text("text"), &public));
    }
}

/* RFC 7748, 5.2 and 6.1. */
static void
x25519_is_that_of_rfc_7748(void **state)
{
    struct exchange_secret alice, bob, scalar;
    struct exchange_public of_alice, of_bob, point;
    struct key shared;

    (void)state;
    read_hex(scalar.bytes, 32,
             "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
    read_hex(point.bytes, 32,
             "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
    assert_ok(exchange(&shared, &scalar, &point));
    assert_hex(bytes_of(shared.bytes, 32),
               "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");

    read_hex(alice.bytes, 32,
             "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    exchange_public_of(&of_alice, &alice);
    read_hex(bob.bytes, 32, "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    exchange_public_of(&of_bob, &bob);
    assert_hex(bytes_of(of_alice.bytes, 32),
               "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    assert_hex(bytes_of(of_bob.bytes, 32),
               "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    assert_ok(exchange(&shared, &alice, &of_bob));
    assert_hex(bytes_of(shared.bytes, 32),
               "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    assert_ok(exchange(&shared, &bob, &of_alice));
    assert_hex(bytes_of(shared.bytes, 32),
               "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}

/* Every encoding of a point of order 1, 2, 4 or 8 on the curve or its twist: seven, and the
   same with the top bit set, which X25519 ignores. */
static void
all_low_order_points_of_x25519_are_refused_and_leave_the_result_alone(void **state)
{
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };
    struct exchange_public public;
    struct exchange_secret secret;
    struct key shared, before;

    (void)state;
    random_fill(&secret, sizeof(secret));
    memset(&shared, 0x5a, sizeof(shared));
    before = shared;
    for (size_t i = 0; i < 2 * sizeof(points) / sizeof(points[0]); i++) {
        read_hex(public.bytes, 32, points[i / 2]);
        public.bytes[31] |= (uint8_t)(i % 2 << 7);
        assert_err(exchange(&shared, &secret, &public), ERR_FORGED);
        assert_memory_equal(&shared, &before, sizeof(shared));
    }
}

static void
random_numbers_stay_below_and_reach_everything(void **state)
{
    unsigned seen = 0;

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        uint32_t drawn = random_below(10);

        assert_true(drawn < 10);
        seen |= 1u << drawn;
    }
    assert_int_equal(seen, 0x3ff);
}

static void
secrets_compare_and_are_wiped(void **state)
{
    uint8_t a[4] = { 1, 2, 3, 4 }, b[4] = { 1, 2, 3, 4 };

    (void)state;
    assert_true(same_secret(a, b, 4));
    b[3]++;
    assert_false(same_secret(a, b, 4));
    wipe(a, sizeof(a));
    assert_memory_equal(a, "\0\0\0\0", 4);
}

static void
base64_is_canonical_or_refused(void **state)
{
    static const char *const refused[] = { "Zg",        "Zg=",     "Zh==",   "Zg===",  "Z===",
                                           "====",      "Zm9v=",   " Zm9v",  "Zm9v\n", "Zm-v",
                                           "Zm9vZg=Zg", "Zm9\xab", "Zm9\xaf" };
    uint8_t data[16];
    char text[32];
    size_t len = 99;

    (void)state;
    assert_int_equal(base64_length(5), 8);
    base64_write(text, "hello", 5);
    assert_string_equal(text, "aGVsbG8=");
    assert_true(base64_read(data, 5, text, 8));
    assert_memory_equal(data, "hello", 5);
    assert_false(base64_read(data, 4, text, 8));
    assert_false(base64_read(data, 6, text, 8));
    assert_true(base64_read_any(data, sizeof(data), &len, "", 0));
    assert_int_equal(len, 0);
    assert_true(base64_read_any(data, sizeof(data), &len, "Zg==", 4));
    assert_int_equal(len, 1);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (base64_read_any(data, sizeof(data), &len, refused[i], strlen(refused[i])))
            fail_msg("took %s", refused[i]);
    assert_int_equal(len, 1);
}

static int
set_up(void **state)
{
    (void)state;
    return crypto_start() ? 0 : -1;
}

/* The first three of the vectors of the paper's reference implementation: key 00 01 … 0f, input
   of 0, 1, 2 … bytes 00 01 …, and its example of 15 bytes. */
static void
short_hashes_are_those_of_the_reference(void **state)
{
    static const uint64_t expected[] = { UINT64_C(0x726fdb47dd0e0e31),
                                         UINT64_C(0x74f839c593dc67fd),
                                         UINT64_C(0x0d6c8009d9a94f5a) };
    uint8_t key[SHORT_KEY], input[15];
    (void)state;

    for (uint8_t i = 0; i < sizeof(key); i++)
        key[i] = i;
    for (uint8_t i = 0; i < sizeof(input); i++)
        input[i] = i;
    for (size_t len = 0; len < 3; len++)
        assert_true(short_hash(key, bytes_of(input, len)) == expected[len]);
    assert_true(short_hash(key, bytes_of(input, 15)) == UINT64_C(0xa129ca6149be45e5));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_hashes_are_those_of_the_reference),
        cmocka_unit_test(blake2b_with_person_and_key_is_that_of_hashlib),
        cmocka_unit_test(blake2b_without_person_is_that_of_rfc_7693),
        cmocka_unit_test(a_hash_in_pieces_is_the_hash_at_once_and_leaves_no_state),
        cmocka_unit_test(sealing_at_rest_opens_the_draft_vector),
        cmocka_unit_test(what_is_sealed_at_rest_opens_only_whole_and_about_the_same),
        cmocka_unit_test(sealing_once_opens_only_whole_and_under_its_key),
        cmocka_unit_test(ed25519_is_that_of_rfc_8032),
        cmocka_unit_test(a_signature_with_s_plus_the_group_order_is_refused),
        cmocka_unit_test(small_order_keys_and_commitments_are_refused),
        cmocka_unit_test(a_key_that_is_not_canonical_is_refused),
        cmocka_unit_test(x25519_is_that_of_rfc_7748),
        cmocka_unit_test(all_low_order_points_of_x25519_are_refused_and_leave_the_result_alone),
        cmocka_unit_test(random_numbers_stay_below_and_reach_everything),
        cmocka_unit_test(secrets_compare_and_are_wiped),
        cmocka_unit_test(base64_is_canonical_or_refused),
    };

    return cmocka_run_group_tests_name("", tests, set_up, NULL);
}
