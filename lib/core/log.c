#include "core/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "core/bytes.h"
#include "core/instant.h"

static enum log_level highest = LOG_NOTICE;

void
log_up_to(enum log_level level)
{
    highest = level;
}

static void
add_escaped(struct buffer *line, const char *value)
{
    for (; *value != 0; value++) {
        if (*value == ' ')
            buffer_add_byte(line, '_');
        else if ((unsigned char)*value < 0x20 || *value == 0x7f || *value == '\\')
            buffer_print(line, "\\x%02x", (unsigned char)*value);
        else
            buffer_add_byte(line, (uint8_t)*value);
    }
}

static struct instant
wall_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (struct instant){ (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 };
}

void
log_event(enum log_level level, const char *event, ...)
{
    static const char *const words[] = { "error", "alarm", "notice", "detail" };
    char when[INSTANT_TEXT];
    struct buffer line;
    const char *name;
    va_list args;

    if (level > highest)
        return;
    buffer_init(&line, 4096);
    instant_write(when, wall_clock());
    buffer_print(&line, "%s %s %s", when, words[level], event);
    va_start(args, event);
    while ((name = va_arg(args, const char *)) != NULL) {
        const char *value = va_arg(args, const char *);

        buffer_print(&line, " %s=", name);
        add_escaped(&line, value == NULL ? "-" : value);
    }
    va_end(args);
    buffer_add_byte(&line, '\n');
    fputs(buffer_text(&line), stderr);
    buffer_clear(&line);
}
