#ifndef KITH_MESSAGE_SCALAR_H
#define KITH_MESSAGE_SCALAR_H

#include "message/place.h"
#include "wire/strict.h"
#include "json/json.h"

/*
 * Single values of ProtoJSON.  Each reader leaves *value as it was when there is a problem,
 * and reports it.
 */

/* What is being read, and where a problem with it goes. */
struct reading {
    const ProtobufCFieldDescriptor *member;
    const struct place *place;
    struct problems *problems;
};

void read_text(const struct reading *reading, const json_t *json, char **value);
/* Always a message that can be freed. */
ProtobufCMessage *read_timestamp(const struct reading *reading, const json_t *json);
void read_code(const struct reading *reading, const json_t *json, int *value);
/* A JSON number, or a string of decimal digits. */
void read_number(const struct reading *reading, const json_t *json, int64_t least, int64_t most,
                 int64_t *value);
/* A number of a message, within the range that its name has: nothing that we count is
   negative, no percentage above 100. */
void read_amount(const struct reading *reading, const json_t *json, int64_t *value);
void read_boolean(const struct reading *reading, const json_t *json, protobuf_c_boolean *value);

#endif
