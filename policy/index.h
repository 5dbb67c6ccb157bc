#ifndef KITH_POLICY_INDEX_H
#define KITH_POLICY_INDEX_H

#include <stddef.h>

/* Names to numbers.  The names are borrowed until index_clear. */
struct index_entry {
    const char *name;
    int number;
};

struct index {
    struct index_entry *list;
    size_t count;
};

/* Of count names, at(list, i) each; the first of equal names is the one found. */
void index_build(struct index *index, size_t count,
                 const char *(*at)(const void *list, size_t i), const void *list);
void index_clear(struct index *index);
/* -1 when there is none. */
int index_find(const struct index *index, const char *name);

#endif
