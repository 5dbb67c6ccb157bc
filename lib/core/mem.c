#include "core/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
or_abort(void *memory)
{
    if (memory == NULL) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *
mem_new(size_t size)
{
    return or_abort(calloc(1, size ? size : 1));
}

void *
mem_array(size_t count, size_t size)
{
    return or_abort(calloc(count ? count : 1, size ? size : 1));
}

void *
mem_resize(void *old, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes))
        or_abort(NULL);
    return or_abort(realloc(old, bytes > 0 ? bytes : 1));
}

void *
mem_copy(const void *data, size_t len)
{
    char *copy = mem_new(len + 1);

    if (len > 0)
        memcpy(copy, data, len);
    return copy;
}

char *
mem_text(const char *text)
{
    return text == NULL ? NULL : mem_copy(text, strlen(text));
}
