#ifndef KITH_TESTS_ENVELOPE_SALAMANDER_H
#define KITH_TESTS_ENVELOPE_SALAMANDER_H

/*
 * An attack, kept as a generator: one ciphertext whose one tag is valid under two keys of
 * XChaCha20-Poly1305, and which reads differently under each.
 *
 * Poly1305 is (c_1 r^n + ... + c_n r mod p) + s mod 2^128 with p = 2^130 - 5.  Leave one
 * 16-byte block x of the ciphertext free.  Under both keys the sum is then
 * A_i + x r_i^e, and the tags are equal when
 *
 *     A_1 + x r_1^e = A_2 + x r_2^e + (s_2 - s_1) + k 2^128     (mod p)
 *
 * for some small k: a linear equation in x.  About every fourth solution fits a block.
 *
 * Attackers use what tools they like, hence sodium.h.
 */

#include <sodium.h>

#include "../check.h"
#include "crypto/key.h"

enum {
    SALAMANDER = 256, /* bytes of text */
    FREE_BLOCK = 5,   /* the block that is solved for */
    SECOND_TEXT = 128 /* where the second reader's text stands */
};

/* A number mod p in five limbs of 26 bits. */
struct fe {
    uint64_t limb[5];
};

static const struct fe fe_one = { { 1, 0, 0, 0, 0 } };

static inline struct fe
fe_carry(struct fe a)
{
    for (unsigned round = 0; round < 2; round++) {
        uint64_t carry = 0;

        for (unsigned i = 0; i < 5; i++) {
            a.limb[i] += carry;
            carry = a.limb[i] >> 26;
            a.limb[i] &= 0x3ffffff;
        }
        a.limb[0] += 5 * carry;
    }
    return a;
}

static inline struct fe
fe_add(struct fe a, struct fe b)
{
    for (unsigned i = 0; i < 5; i++)
        a.limb[i] += b.limb[i];
    return fe_carry(a);
}

static inline struct fe
fe_subtract(struct fe a, struct fe b)
{
    /* 4 p, so that no limb gets below zero. */
    for (unsigned i = 0; i < 5; i++)
        a.limb[i] += (i == 0 ? 0x3fffffb : 0x3ffffff) * UINT64_C(4) - b.limb[i];
    return fe_carry(a);
}

static inline struct fe
fe_multiply(struct fe a, struct fe b)
{
    struct fe product = { { 0 } };

    for (unsigned i = 0; i < 5; i++)
        for (unsigned j = 0; j < 5; j++)
            product.limb[(i + j) % 5] += a.limb[i] * b.limb[j] * (i + j < 5 ? 1 : 5);
    return fe_carry(product);
}

/* a^(p - 2): p - 2 is 2^130 - 7, all ones but for bits 1 and 2. */
static inline struct fe
fe_invert(struct fe a)
{
    struct fe power = fe_one;

    for (int bit = 129; bit >= 0; bit--) {
        power = fe_multiply(power, power);
        if (bit != 1 && bit != 2)
            power = fe_multiply(power, a);
    }
    return power;
}

static inline struct fe
fe_read(const uint8_t bytes[16], bool with_top_bit)
{
    uint64_t low = get_le64(bytes), high = get_le64(bytes + 8);

    return (struct fe){ { low & 0x3ffffff, low >> 26 & 0x3ffffff,
                          (low >> 52 | high << 12) & 0x3ffffff, high >> 14 & 0x3ffffff,
                          high >> 40 | (uint64_t)with_top_bit << 24 } };
}

/* The block, when the number is one that a full block stands for: 2^128 to 2^129 - 1. */
static inline bool
fe_write_block(uint8_t block[16], struct fe a)
{
    if (a.limb[4] >> 24 != 1)
        return false;
    put_le64(block, a.limb[0] | a.limb[1] << 26 | a.limb[2] << 52);
    put_le64(block + 8, a.limb[2] >> 12 | a.limb[3] << 14 | (a.limb[4] & 0xffffff) << 40);
    return true;
}

/* One of the two readers. */
struct reader {
    uint8_t one_time[32]; /* r | s */
    uint8_t stream[SALAMANDER];
    struct fe r, s;
};

static inline struct reader
reader_of(const struct key *key)
{
    static const uint8_t zero[24];
    uint8_t subkey[32], text[64 + SALAMANDER] = { 0 };
    struct reader reader;

    crypto_core_hchacha20(subkey, zero, key->bytes, NULL);
    crypto_stream_chacha20_ietf_xor_ic(text, text, sizeof(text), zero, 0, subkey);
    memcpy(reader.one_time, text, 32);
    memcpy(reader.stream, text + 64, SALAMANDER);
    for (unsigned i = 3; i < 16; i += 4)
        text[i] &= 15;
    for (unsigned i = 4; i < 16; i += 4)
        text[i] &= 252;
    reader.r = fe_read(text, false);
    reader.s = fe_read(text + 16, false);
    return reader;
}

/* What Poly1305 is given: the ciphertext and the two lengths. */
static inline void
write_input(uint8_t input[SALAMANDER + 16], const uint8_t *ciphertext)
{
    memcpy(input, ciphertext, SALAMANDER);
    put_le64(put_le64(input + SALAMANDER, 0), SALAMANDER);
}

/* The sum without the free block, and the factor that the free block has in it. */
static inline void
sum_up(struct fe *sum, struct fe *factor, const struct reader *reader, const uint8_t *input)
{
    *sum = (struct fe){ { 0 } };
    *factor = fe_one;
    for (size_t i = 0; i < SALAMANDER / 16 + 1; i++) {
        if (i != FREE_BLOCK)
            *sum = fe_add(*sum, fe_read(input + 16 * i, true));
        *sum = fe_multiply(*sum, reader->r);
        if (i >= FREE_BLOCK)
            *factor = fe_multiply(*factor, reader->r);
    }
}

/* Solves for the free block; false when no solution fits. */
static inline bool
solve(uint8_t sealed[SALAMANDER + SEAL_TAG], const struct reader *a, const struct reader *b)
{
    static const uint8_t zero[16];
    uint8_t input[SALAMANDER + 16], other_tag[16];
    struct fe sum_a, sum_b, factor_a, factor_b, right, inverse;

    write_input(input, sealed);
    sum_up(&sum_a, &factor_a, a, input);
    sum_up(&sum_b, &factor_b, b, input);
    inverse = fe_invert(fe_subtract(factor_a, factor_b));
    right = fe_add(fe_subtract(sum_b, sum_a), fe_subtract(b->s, a->s));
    for (int k = 0; k < 4; k++, right = fe_add(right, fe_read(zero, true))) {
        if (!fe_write_block(sealed + 16 * FREE_BLOCK, fe_multiply(right, inverse)))
            continue;
        write_input(input, sealed);
        crypto_onetimeauth_poly1305(sealed + SALAMANDER, input, sizeof(input), a->one_time);
        crypto_onetimeauth_poly1305(other_tag, input, sizeof(input), b->one_time);
        if (memcmp(sealed + SALAMANDER, other_tag, 16) == 0)
            return true;
    }
    return false;
}

/*
 * One ciphertext for two keys: the first reads `first` at its start, the second reads
 * `second` at SECOND_TEXT, and both see good padding at the end.  False when these keys do
 * not allow it: about one pair in a thousand does.
 */
static inline bool
salamander_make(uint8_t sealed[SALAMANDER + SEAL_TAG], const struct key *first_key,
                const struct key *second_key, const char *first, const char *second)
{
    struct reader a = reader_of(first_key), b = reader_of(second_key);
    const size_t last = SALAMANDER - 1;

    if (a.stream[last] != b.stream[last])
        return false;
    memset(sealed, 0, SALAMANDER);
    for (size_t i = 0; first[i] != 0; i++)
        sealed[i] = (uint8_t)first[i] ^ a.stream[i];
    for (size_t i = 0; second[i] != 0; i++)
        sealed[SECOND_TEXT + i] = (uint8_t)second[i] ^ b.stream[SECOND_TEXT + i];
    sealed[last] = 0x80 ^ a.stream[last];
    return solve(sealed, &a, &b);
}

#endif
