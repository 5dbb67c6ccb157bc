#ifndef KITH_CLI_DEMO_SALAMANDER_H
#define KITH_CLI_DEMO_SALAMANDER_H

#include <stdbool.h>

#include "core/bytes.h"
#include "crypto/key.h"

/*
 * An attack: one ciphertext whose one tag is valid under two keys of XChaCha20-Poly1305, and
 * which reads differently under each.
 *
 * Poly1305 is (c_1 r^n + ... + c_n r mod p) + s mod 2^128 with p = 2^130 - 5.  Leave one
 * 16-byte block x of the ciphertext free.  Under both keys the sum is then
 * A_i + x r_i^e, and the tags are equal when
 *
 *     A_1 + x r_1^e = A_2 + x r_2^e + (s_2 - s_1) + k 2^128     (mod p)
 *
 * for some small k: a linear equation in x.  About every fourth solution fits a block.
 */
enum {
    SALAMANDER = 256,       /* bytes of text */
    SALAMANDER_SECOND = 128 /* where the second reader's text stands */
};

/*
 * The first key reads `first` at its start, the second reads `second` at SALAMANDER_SECOND,
 * and both see good padding at the end.  False when these keys do not allow it: about one
 * pair in a thousand does.  Neither text may reach the block that is solved for.
 */
bool salamander_make(uint8_t sealed[SALAMANDER + SEAL_TAG], const struct key *first_key,
                     const struct key *second_key, struct bytes first, struct bytes second);

#endif
