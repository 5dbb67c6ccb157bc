#ifndef KITH_MESSAGE_WORDS_H
#define KITH_MESSAGE_WORDS_H

#include <stdbool.h>

#include "json/json.h"

/*
 * The texts of a message in JSON, and which of them are codes of the schema: told by the
 * list that the member takes, never by what the text looks like.  "RED" as a rating is a
 * code, as the colour of a mark it is what somebody wrote.
 */

/* Where a text of a message stands. */
struct text_place {
    bool is_code;
    unsigned member; /* the number that its member has in the .proto; 0: it has none */
};

/* Every text of the message's circumstances, concern and needs and of whatever else stands
   beside them.  visit may change the text (json_string_set). */
void message_each_text(json_t *message,
                       void (*visit)(void *context, json_t *text,
                                     const struct text_place *place),
                       void *context);

/* Each code becomes words for a person: "DA_INCIDENT" "domestic abuse incident". */
void message_put_in_words(json_t *message);

#endif
