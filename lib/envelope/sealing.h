#ifndef KITH_ENVELOPE_SEALING_H
#define KITH_ENVELOPE_SEALING_H

#include "envelope/seal.h"

/* A sealing under way: what was ordered, what was decided about sizes, and the memory in
   which all parts will lie, handed out from `at` on.  For use within this folder. */
struct sealing {
    const struct seal_order *order;
    const struct seal_randomness *randomness;
    struct core core;
    struct bits given;                    /* compartments that some recipient gets */
    size_t size_class;                    /* of the compartments without a size of their own */
    size_t digest_room;                   /* bytes of all capsule digests, decoys among them */
    struct key secrets[COMPARTMENTS_MAX]; /* z_c */
    struct sealed_compartment *compartments;
    struct capsule *capsules;
    uint8_t *core_bytes, *digests, *route;
    uint8_t *memory, *at;
};

/* Can the order be carried out, and how large does everything become?  On success
   sealing->memory is the caller's. */
enum err sealing_plan(struct sealing *sealing) MUST_CHECK;

/* The next len bytes of memory. */
uint8_t *sealing_take(struct sealing *sealing, size_t len);
/* What goes into a compartment: nothing when nobody gets it. */
struct bytes sealing_fragment(const struct sealing *sealing, unsigned c);
/* Its padded size. */
size_t sealing_size(const struct sealing *sealing, unsigned c);

#endif
