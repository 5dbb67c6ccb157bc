#ifndef KITH_CORE_MEM_H
#define KITH_CORE_MEM_H

#include <stddef.h>

/*
 * Memory.  These never return NULL: a process that is out of memory says so and
 * aborts (libzmq does the same).  In return, nothing that a peer sends may size an
 * allocation before it has been measured against a limit.
 */

/* size bytes of zeroes; free() gives them back.  size 0 is allowed. */
void *mem_new(size_t size);

/* count * size bytes of zeroes; aborts when the product overflows. */
void *mem_array(size_t count, size_t size);

/* Like realloc for count * size bytes; new bytes are not cleared. */
void *mem_resize(void *old, size_t count, size_t size);

/* A copy of len bytes, followed by a NUL that is not counted. */
void *mem_copy(const void *data, size_t len);

/* A copy of a string; NULL gives NULL. */
char *mem_text(const char *text);

#endif
