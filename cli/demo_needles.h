#ifndef KITH_CLI_DEMO_NEEDLES_H
#define KITH_CLI_DEMO_NEEDLES_H

#include "cli/demo_search.h"

/* The inside of struct needles, for the search. */

/* Patterns by a hash of their first PREFIX bytes: one look at the table for each byte that is
   looked through. */
enum { BUCKETS = 1 << 16, PATTERN_MAX = 4096 /* bytes */ };

enum fate { FATE_SEARCHED, FATE_TOO_SHORT, FATE_PUBLIC, FATE_OF_THE_DAY };

/* A text that stands in the messages. */
struct text {
    struct bytes bytes; /* ours */
    bool was_written;   /* by somebody, at least once: not as a code of the schema */
    enum fate fate;
};

/* One form in which a text is looked for. */
struct pattern {
    struct bytes bytes; /* ours */
    size_t text;
    struct pattern *next;
};

struct needles {
    struct pattern *buckets[BUCKETS];
    struct text *texts;
    size_t count, room;
};

size_t bucket_of(const uint8_t *at);

#endif
