#ifndef KITH_NET_CURVE_H
#define KITH_NET_CURVE_H

#include <stdint.h>

/* CURVE keys (X25519) as raw bytes.  They identify a node to a node, nothing more: who may
   say what is decided by signatures. */
struct curve_public {
    uint8_t bytes[32];
};
struct curve_secret {
    uint8_t bytes[32];
};

void curve_make(struct curve_public *public, struct curve_secret *secret);
void curve_public_of(struct curve_public *public, const struct curve_secret *secret);

#endif
