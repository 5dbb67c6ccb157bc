#ifndef KITH_MESSAGE_CONTENT_H
#define KITH_MESSAGE_CONTENT_H

#include "fragment.pb-c.h"
#include "message/message.h"
#include "message/place.h"
#include "json/json.h"

/* The inside of struct message, for the files of this module. */

enum { SHARING_NAME_MAX = 64 };

struct fact {
    char name[SHARING_NAME_MAX];
    bool value;
};

struct message {
    enum kind kind;
    Kith__Fragment *fragment; /* circumstances, and the concern or the needs */
    bool purposes_are_listed; /* as "purposes", not "purpose" */
    size_t purpose_count;
    char purposes[MESSAGE_PURPOSES_MAX][SHARING_NAME_MAX];
    size_t fact_count;
    struct fact facts[MESSAGE_FACTS_MAX];
};

/* Reads the member "sharing". */
void sharing_read(struct message *message, const json_t *json, const struct place *place,
                  struct problems *problems);
json_t *sharing_write(const struct message *message);

/* The rules of the door that look at more than one member. */
void door_check(const struct message *message, struct problems *problems);

#endif
