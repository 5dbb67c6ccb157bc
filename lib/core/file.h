#ifndef KITH_CORE_FILE_H
#define KITH_CORE_FILE_H

#include <stdbool.h>

#include "core/bytes.h"
#include "core/err.h"

/* Whole small files: read into memory, replaced as one.  For the shells. */

enum { FILE_PATH_MAX = 4096 };

/* Appends the file; ERR_NOT_FOUND, ERR_TOO_BIG (over the buffer's limit) or ERR_IO, with
   the path in why. */
enum err file_read(struct buffer *content, const char *path, struct why *why) MUST_CHECK;

/*
 * A secret, straight into the caller's memory: at most room bytes, *len of them.  Refused
 * (ERR_REFUSED) unless it is a regular file under one name, no link, of the user who runs
 * this, that nobody else can have read or can change.
 */
enum err file_read_private(uint8_t *out, size_t room, size_t *len, const char *path,
                           struct why *why) MUST_CHECK;

/* The new content is on disk, under that name, or nothing has changed: written beside,
   synced, renamed, and the folder synced. */
enum err file_write(const char *path, struct bytes content, unsigned mode,
                    struct why *why) MUST_CHECK;

/* In place of what is at `to`, in the same folder, on disk. */
enum err file_rename(const char *from, const char *to, struct why *why) MUST_CHECK;

/* A folder, if it is not there yet; its parent must be. */
enum err folder_make(const char *path, unsigned mode, struct why *why) MUST_CHECK;

bool file_exists(const char *path);

/* The folder and everything in it; links are removed, not followed.  What cannot be
   removed is left. */
void folder_remove(const char *path);

/* Where a path named in a file of `folder` points: itself when absolute. */
enum err path_in(char path[FILE_PATH_MAX], const char *folder, const char *name,
                 struct why *why) MUST_CHECK;
/* The folder that holds the file, "." for a bare name. */
enum err path_folder(char folder[FILE_PATH_MAX], const char *path, struct why *why) MUST_CHECK;

#endif
