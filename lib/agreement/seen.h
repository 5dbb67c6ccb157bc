#ifndef KITH_AGREEMENT_SEEN_H
#define KITH_AGREEMENT_SEEN_H

#include <stdint.h>

#include "core/err.h"

/*
 * The highest versions that a node has ever had in force, in the file "versions" of its
 * archive: a restart must not make it forget them, for whoever can put old files in its
 * way could otherwise roll it back.
 */
struct seen {
    uint32_t registry, agreement; /* 0: none yet */
};

enum err seen_read(struct seen *seen, const char *archive, struct why *why) MUST_CHECK;
enum err seen_write(const struct seen *seen, const char *archive, struct why *why) MUST_CHECK;

#endif
