#ifndef KITH_MESSAGE_PROBLEM_H
#define KITH_MESSAGE_PROBLEM_H

#include <stddef.h>

/*
 * What is wrong with a JSON message, and where: an RFC 6901 pointer and a sentence.
 * Neither ever holds a value from the message; a pointer holds names of members that the
 * sender wrote, and the sentence may name the member that was probably meant.
 */
struct problem {
    char *pointer; /* "/concern/child/dateOfBirth" */
    char *reason;  /* "is not a date that exists; write YYYY-MM-DD" */
};

enum { PROBLEMS_MAX = 50 }; /* after these, one that says that there are more */

struct problems {
    struct problem *list;
    size_t count;
};

void problems_init(struct problems *problems);
void problems_clear(struct problems *problems);
/* The first problem of a place is enough; of the whole ("") there may be several. */
void problems_add(struct problems *problems, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
