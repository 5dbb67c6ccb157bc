#ifndef KITH_CORE_BITS_H
#define KITH_CORE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A set of small numbers, 0 to 255, by value: clauses, compartments. */
#define BITS_MAX 256

struct bits {
    uint64_t word[BITS_MAX / 64];
};

static inline void
bits_add(struct bits *bits, unsigned number)
{
    bits->word[number / 64] |= UINT64_C(1) << number % 64;
}

static inline void
bits_remove(struct bits *bits, unsigned number)
{
    bits->word[number / 64] &= ~(UINT64_C(1) << number % 64);
}

static inline bool
bits_have(const struct bits *bits, unsigned number)
{
    return number < BITS_MAX && (bits->word[number / 64] >> number % 64 & 1);
}

static inline bool
bits_meet(const struct bits *a, const struct bits *b)
{
    uint64_t common = 0;

    for (size_t i = 0; i < BITS_MAX / 64; i++)
        common |= a->word[i] & b->word[i];
    return common != 0;
}

static inline bool
bits_are_empty(const struct bits *bits)
{
    return !bits_meet(bits, bits);
}

static inline bool
bits_equal(const struct bits *a, const struct bits *b)
{
    uint64_t difference = 0;

    for (size_t i = 0; i < BITS_MAX / 64; i++)
        difference |= a->word[i] ^ b->word[i];
    return difference == 0;
}

static inline struct bits
bits_and(const struct bits *a, const struct bits *b)
{
    struct bits both;

    for (size_t i = 0; i < BITS_MAX / 64; i++)
        both.word[i] = a->word[i] & b->word[i];
    return both;
}

/* Those of a that are not in b. */
static inline struct bits
bits_without(const struct bits *a, const struct bits *b)
{
    struct bits left;

    for (size_t i = 0; i < BITS_MAX / 64; i++)
        left.word[i] = a->word[i] & ~b->word[i];
    return left;
}

static inline struct bits
bits_or(const struct bits *a, const struct bits *b)
{
    struct bits either;

    for (size_t i = 0; i < BITS_MAX / 64; i++)
        either.word[i] = a->word[i] | b->word[i];
    return either;
}

static inline unsigned
bits_count(const struct bits *bits)
{
    unsigned count = 0;

    for (size_t i = 0; i < BITS_MAX / 64; i++)
        count += (unsigned)__builtin_popcountll(bits->word[i]);
    return count;
}

#endif
