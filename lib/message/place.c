#include "message/place.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/bytes.h"

enum { POINTER_MAX = 1024 };

struct place
place_member(const struct place *above, const char *member)
{
    return (struct place){ .above = above, .member = member };
}

struct place
place_item(const struct place *above, size_t index)
{
    return (struct place){ .above = above, .index = index };
}

static void
write_pointer(struct buffer *out, const struct place *place)
{
    if (place == NULL)
        return;
    write_pointer(out, place->above);
    buffer_add_byte(out, '/');
    if (place->member == NULL)
        buffer_print(out, "%zu", place->index);
    else
        for (const char *at = place->member; *at != 0; at++)
            buffer_add_text(out, *at == '~' ? "~0" : *at == '/' ? "~1" : (char[]){ *at, 0 });
}

void
complain_at(struct problems *problems, const struct place *place, const char *format, ...)
{
    char reason[400];
    struct buffer pointer;
    va_list args;

    va_start(args, format);
    vsnprintf(reason, sizeof(reason), format, args);
    va_end(args);
    buffer_init(&pointer, POINTER_MAX);
    write_pointer(&pointer, place);
    problems_add(problems, buffer_text(&pointer), "%s", reason);
    buffer_clear(&pointer);
}
