#ifndef KITH_FEDERATION_GRANT_FILE_H
#define KITH_FEDERATION_GRANT_FILE_H

#include "core/bytes.h"
#include "core/err.h"
#include "federation/grant.h"

/*
 * Signed grants one after another in a file: the line "kith grants", then for each
 *
 *     LE16 length of what follows | body 76 | signature 64 | LE32 n | LE32 index
 *     | LE16 length of the path | path
 *
 * Reading checks the form only: grant_verify decides whether it is one.
 */
enum { GRANT_FILE_MAX = 512 * 1024 * 1024 };

void grant_file_start(struct buffer *out);
void grant_file_add(struct buffer *out, const struct signed_grant *grant);

struct grant_file {
    struct bytes rest; /* empty: no more */
    size_t number;     /* of the grant last read, from 1 */
};

enum err grant_file_open(struct grant_file *file, struct bytes content,
                         struct why *why) MUST_CHECK;
/* The next grant, which borrows from the content.  Call while file->rest is not empty. */
enum err grant_file_next(struct signed_grant *grant, struct grant_file *file,
                         struct why *why) MUST_CHECK;

#endif
