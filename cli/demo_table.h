#ifndef KITH_CLI_DEMO_TABLE_H
#define KITH_CLI_DEMO_TABLE_H

#include <stddef.h>
#include <stdio.h>

/*
 * A table of texts that fits the screen: each column has its width, and a text that is
 * longer goes on below, broken between words.  The home of libsmartcols.
 */
struct table;

/* widths[i]: columns of the screen, 0 for as wide as it comes. */
struct table *table_new(const unsigned *widths, size_t columns);
/* Shown by plain_write: the texts may be somebody else's. */
void table_add(struct table *table, const char *const *texts);
void table_print(const struct table *table, FILE *out);
void table_free(struct table **table);

#endif
