#include "message/problem.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

enum { REASON_MAX = 400 };

void
problems_init(struct problems *problems)
{
    *problems = (struct problems){ 0 };
}

void
problems_clear(struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        free(problems->list[i].pointer);
        free(problems->list[i].reason);
    }
    free(problems->list);
    problems_init(problems);
}

static void
append(struct problems *problems, const char *pointer, const char *reason)
{
    problems->list = mem_resize(problems->list, problems->count + 1, sizeof(problems->list[0]));
    problems->list[problems->count++] = (struct problem){ mem_text(pointer), mem_text(reason) };
}

static bool
has_one_at(const struct problems *problems, const char *pointer)
{
    for (size_t i = 0; i < problems->count; i++)
        if (strcmp(problems->list[i].pointer, pointer) == 0)
            return true;
    return false;
}

void
problems_add(struct problems *problems, const char *pointer, const char *format, ...)
{
    char reason[REASON_MAX];
    va_list args;

    if (problems->count > PROBLEMS_MAX || (*pointer != 0 && has_one_at(problems, pointer)))
        return;
    if (problems->count == PROBLEMS_MAX) {
        append(problems, "", "has more problems than are listed here");
        return;
    }
    va_start(args, format);
    vsnprintf(reason, sizeof(reason), format, args);
    va_end(args);
    append(problems, pointer, reason);
}
