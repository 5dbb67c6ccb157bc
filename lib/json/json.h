#ifndef KITH_JSON_JSON_H
#define KITH_JSON_JSON_H

/* The home of jansson: whoever reads or writes JSON includes this. */
#include <jansson.h>

#include "core/bytes.h"
#include "core/err.h"

/*
 * Reads one JSON text, strictly: UTF-8, no duplicate member, no NUL in a string, nothing
 * after the value, no deeper than 64.  why names line and column and never quotes the
 * text.  *json is the caller's (json_decref).
 */
enum err json_read(json_t **json, struct bytes text, struct why *why) MUST_CHECK;

/* Compact, members in the order they were set. */
void json_write(struct buffer *out, const json_t *json);
/* Indented, for people. */
void json_write_pretty(struct buffer *out, const json_t *json);

#endif
