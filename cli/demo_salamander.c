#include "cli/demo_salamander.h"

#include <string.h>

enum { BLOCK = 16, FREE_BLOCK = 5 /* the block that is solved for */ };

/* --- Numbers mod p = 2^130 - 5, in five limbs of 26 bits ------------------------------------- */

struct number {
    uint64_t limb[5];
};

static const struct number one = { { 1, 0, 0, 0, 0 } };

static struct number
carry(struct number a)
{
    for (unsigned round = 0; round < 2; round++) {
        uint64_t over = 0;

        for (unsigned i = 0; i < 5; i++) {
            a.limb[i] += over;
            over = a.limb[i] >> 26;
            a.limb[i] &= 0x3ffffff;
        }
        a.limb[0] += 5 * over;
    }
    return a;
}

static struct number
add(struct number a, struct number b)
{
    for (unsigned i = 0; i < 5; i++)
        a.limb[i] += b.limb[i];
    return carry(a);
}

static struct number
subtract(struct number a, struct number b)
{
    /* 4 p, so that no limb gets below zero. */
    for (unsigned i = 0; i < 5; i++)
        a.limb[i] += (i == 0 ? 0x3fffffb : 0x3ffffff) * UINT64_C(4) - b.limb[i];
    return carry(a);
}

static struct number
multiply(struct number a, struct number b)
{
    struct number product = { { 0 } };

    for (unsigned i = 0; i < 5; i++)
        for (unsigned j = 0; j < 5; j++)
            product.limb[(i + j) % 5] += a.limb[i] * b.limb[j] * (i + j < 5 ? 1 : 5);
    return carry(product);
}

/* a^(p - 2): p - 2 is 2^130 - 7, all ones but for bits 1 and 2. */
static struct number
invert(struct number a)
{
    struct number power = one;

    for (int bit = 129; bit >= 0; bit--) {
        power = multiply(power, power);
        if (bit != 1 && bit != 2)
            power = multiply(power, a);
    }
    return power;
}

static struct number
read_number(const uint8_t bytes[BLOCK], bool with_top_bit)
{
    uint64_t low = get_le64(bytes), high = get_le64(bytes + 8);

    return (struct number){ { low & 0x3ffffff, low >> 26 & 0x3ffffff,
                              (low >> 52 | high << 12) & 0x3ffffff, high >> 14 & 0x3ffffff,
                              high >> 40 | (uint64_t)with_top_bit << 24 } };
}

/* The block, when the number is one that a full block stands for: 2^128 to 2^129 - 1. */
static bool
write_block(uint8_t block[BLOCK], struct number a)
{
    if (a.limb[4] >> 24 != 1)
        return false;
    put_le64(block, a.limb[0] | a.limb[1] << 26 | a.limb[2] << 52);
    put_le64(block + 8, a.limb[2] >> 12 | a.limb[3] << 14 | (a.limb[4] & 0xffffff) << 40);
    return true;
}

/* --- The one block of the cipher that no library shows: the key of the tag -------------------- */

static uint32_t
rotate(uint32_t a, unsigned by)
{
    return a << by | a >> (32 - by);
}

static void
quarter_round(uint32_t *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
    x[a] += x[b], x[d] = rotate(x[d] ^ x[a], 16);
    x[c] += x[d], x[b] = rotate(x[b] ^ x[c], 12);
    x[a] += x[b], x[d] = rotate(x[d] ^ x[a], 8);
    x[c] += x[d], x[b] = rotate(x[b] ^ x[c], 7);
}

/* ChaCha20 (RFC 8439) of a key, with counter and nonce 0, before and after its rounds. */
static void
chacha(uint32_t before[16], uint32_t after[16], const uint8_t key[32])
{
    static const uint8_t constant[] = "expand 32-byte k";

    for (unsigned i = 0; i < 16; i++)
        before[i] = i < 4    ? get_le32(constant + 4 * (size_t)i)
                    : i < 12 ? get_le32(key + 4 * (size_t)(i - 4))
                             : 0;
    memcpy(after, before, 16 * sizeof(*after));
    for (unsigned round = 0; round < 10; round++) {
        for (unsigned i = 0; i < 4; i++)
            quarter_round(after, i, 4 + i, 8 + i, 12 + i);
        for (unsigned i = 0; i < 4; i++)
            quarter_round(after, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
    }
}

/* One of the two readers: of its tag's key r and s, and the stream over its text. */
struct reader {
    const struct key *key;
    uint8_t stream[SALAMANDER];
    struct number r, s;
};

static void
know_stream(struct reader *reader, const struct key *key)
{
    static const uint8_t nothing[SALAMANDER];
    uint8_t sealed[SALAMANDER + SEAL_TAG];

    reader->key = key;
    seal_once(sealed, bytes_of(nothing, SALAMANDER), key);
    memcpy(reader->stream, sealed, SALAMANDER);
}

static void
know_tag_key(struct reader *reader)
{
    uint32_t before[16], after[16];
    uint8_t subkey[32], tag_key[32];

    chacha(before, after, reader->key->bytes); /* HChaCha20 */
    for (unsigned i = 0; i < 8; i++)
        put_le32(subkey + 4 * (size_t)i, after[i < 4 ? i : 8 + i]);
    chacha(before, after, subkey);
    for (unsigned i = 0; i < 8; i++)
        put_le32(tag_key + 4 * (size_t)i, before[i] + after[i]);
    for (unsigned i = 3; i < BLOCK; i += 4)
        tag_key[i] &= 15;
    for (unsigned i = 4; i < BLOCK; i += 4)
        tag_key[i] &= 252;
    reader->r = read_number(tag_key, false);
    reader->s = read_number(tag_key + BLOCK, false);
}

/* --- Solving for the free block ---------------------------------------------------------------- */

/* The sum without the free block, and the factor that the free block has in it. */
static void
sum_up(struct number *sum, struct number *factor, const struct reader *reader,
       const uint8_t *ciphertext)
{
    uint8_t lengths[BLOCK];

    put_le64(put_le64(lengths, 0), SALAMANDER);
    *sum = (struct number){ { 0 } };
    *factor = one;
    for (size_t i = 0; i <= SALAMANDER / BLOCK; i++) {
        const uint8_t *block = i == SALAMANDER / BLOCK ? lengths : ciphertext + BLOCK * i;

        if (i != FREE_BLOCK)
            *sum = add(*sum, read_number(block, true));
        *sum = multiply(*sum, reader->r);
        if (i >= FREE_BLOCK)
            *factor = multiply(*factor, reader->r);
    }
}

/* Does it open under both?  The tag is what sealing the first reader's text gives. */
static bool
opens_for_both(uint8_t sealed[SALAMANDER + SEAL_TAG], const struct reader *a,
               const struct reader *b)
{
    uint8_t text[SALAMANDER];

    for (size_t i = 0; i < SALAMANDER; i++)
        text[i] = sealed[i] ^ a->stream[i];
    seal_once(sealed, bytes_of(text, SALAMANDER), a->key);
    return open_once(text, bytes_of(sealed, SALAMANDER + SEAL_TAG), b->key) == ERR_OK;
}

static bool
solve(uint8_t sealed[SALAMANDER + SEAL_TAG], const struct reader *a, const struct reader *b)
{
    static const uint8_t zero[BLOCK];
    struct number sum_a, sum_b, factor_a, factor_b, right, inverse;

    sum_up(&sum_a, &factor_a, a, sealed);
    sum_up(&sum_b, &factor_b, b, sealed);
    inverse = invert(subtract(factor_a, factor_b));
    right = add(subtract(sum_b, sum_a), subtract(b->s, a->s));
    for (int k = 0; k < 4; k++, right = add(right, read_number(zero, true)))
        if (write_block(sealed + BLOCK * FREE_BLOCK, multiply(right, inverse))
            && opens_for_both(sealed, a, b))
            return true;
    return false;
}

bool
salamander_make(uint8_t sealed[SALAMANDER + SEAL_TAG], const struct key *first_key,
                const struct key *second_key, struct bytes first, struct bytes second)
{
    const size_t last = SALAMANDER - 1;
    struct reader a, b;

    know_stream(&a, first_key);
    know_stream(&b, second_key);
    if (a.stream[last] != b.stream[last])
        return false;
    know_tag_key(&a);
    know_tag_key(&b);
    memset(sealed, 0, SALAMANDER);
    for (size_t i = 0; i < first.len; i++)
        sealed[i] = first.data[i] ^ a.stream[i];
    for (size_t i = 0; i < second.len; i++)
        sealed[SALAMANDER_SECOND + i] = second.data[i] ^ b.stream[SALAMANDER_SECOND + i];
    sealed[last] = 0x80 ^ a.stream[last];
    return solve(sealed, &a, &b);
}
