#ifndef KITH_MESSAGE_MESSAGE_H
#define KITH_MESSAGE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bits.h"
#include "core/bytes.h"
#include "core/err.h"
#include "core/instant.h"
#include "message/problem.h"
#include "schema/field.h"

/*
 * One message about one child, as an agency's system wrote it: the circumstances, a
 * concern or needs, and how it wants it shared.  In JSON:
 *
 *     { "circumstances": { "system": "MIS", "localId": "4471", "occurredAt": "..." },
 *       "concern":       { "child": { ... }, "kind": "SCHOOL_CONCERN", ... },
 *       "sharing":       { "purpose": "safeguarding", "facts": { "parents-consented": true } } }
 *
 * "sharing" is used by the publisher and never sent.  Not for use by the broker, which
 * sees no message.
 */
struct message;

enum message_limit {
    MESSAGE_JSON_MAX = 256 * 1024, /* bytes of one message as JSON */
    /* Bytes of one message, packed.  Whatever the agreement, no compartment of it can then
       be too large to be sealed: every field adds itself and at most one reduced form. */
    MESSAGE_PACKED_MAX = 48 * 1024,
    MESSAGE_PURPOSES_MAX = 8,
    MESSAGE_FACTS_MAX = 8
};

/*
 * Reads and checks a message: member names in lowerCamelCase or as in the .proto, enum
 * names, RFC 3339 times, dates that exist, ranges, nothing unknown, nothing twice, exactly
 * one of concern and needs (that of `kind`, unless it is KIND_NONE), a local id, something
 * to know the child by, something said of it, a purpose, not privileged, and not too long to
 * be sealed.  Every problem found is reported; *message is set only when there is none, and
 * is then the caller's.
 */
enum err message_read_json(struct message **message, struct bytes json, enum kind kind,
                           struct problems *problems) MUST_CHECK;
void message_free(struct message **message);

/* Nothing that is said to have happened lies in the future or before 1900, nor did a child
   return before it went missing. */
bool message_is_of_the_past(const struct message *message, struct instant now,
                            struct problems *problems);

enum kind message_kind(const struct message *message);
/* Borrowed until message_free; "" when not stated. */
const char *message_system(const struct message *message);
const char *message_local_id(const struct message *message);
uint8_t message_level(const struct message *message); /* 1 to 4, 0 not stated */
bool message_immediate_danger(const struct message *message);
/* The i-th agency that must not be told; NULL past the last. */
const char *message_must_not_reach(const struct message *message, size_t i);

/* sharing, in the names the sender used; NULL past the last. */
const char *message_purpose(const struct message *message, size_t i);
/* Whether they stand in "purposes", not in "purpose". */
bool message_purposes_are_listed(const struct message *message);
const char *message_fact(const struct message *message, size_t i, bool *value);

/* The message as JSON again, in the canonical spelling. */
void message_write_json(const struct message *message, struct buffer *out);

/* --- Projection: from a message to the fragments that are sealed ----------------- */

/* Where a pair lives: the compartment number, 0 for nowhere. */
struct placement {
    unsigned (*compartment_of)(const void *context, uint16_t field, enum form form);
    const void *context;
    unsigned count; /* compartments, 0 included */
};

/*
 * Packs what each compartment c in `wanted` holds of the message into fragments[c]
 * (placement.count of them, already initialised; those not wanted, and [0], stay empty).
 * Of one field a compartment holds the most detailed of its forms.  A field that is not
 * set leaves no trace in any form.  authored: the day from which ages are counted.
 * Built up from the registry, never by copying a message and taking fields out.
 */
enum err message_project(const struct message *message, const struct placement *placement,
                         const struct bits *wanted, struct day authored,
                         struct buffer *fragments, struct problems *problems) MUST_CHECK;

/* --- Compartment 0 ---------------------------------------------------------------- */

enum { NOTICE_ID = 16 };

/* All that every recipient is told. */
struct header {
    uint8_t notice_id[NOTICE_ID]; /* one per child and message, stable over re-seals */
    uint32_t revision;            /* raised by a release, a correction, a withdrawal */
    uint32_t schema;              /* schema version of the sender */
    enum kind type;
    size_t purpose_count;
    char purposes[MESSAGE_PURPOSES_MAX][64]; /* as the agreement names them */
};

enum err header_pack(const struct header *header, struct buffer *out) MUST_CHECK;
enum err header_unpack(struct header *header, struct bytes packed) MUST_CHECK;

/* --- What a recipient holds --------------------------------------------------------- */

/* Fragments put together again: of each field the most detailed form that was given. */
struct received;

struct received *received_new(enum kind kind);
void received_free(struct received **received);

/*
 * Adds the fragment of compartment c.  A fragment that is not strictly what protobuf
 * would write is ERR_MALFORMED and adds nothing.  A (field, form) that does not live in c
 * is left out, and counted in *misfiled: that is an alarm.
 */
enum err received_add(struct received *received, unsigned c, struct bytes fragment,
                      const struct placement *placement, size_t *misfiled) MUST_CHECK;

/* The form in which a field was given, and for forms other than full its text
   ("10 to 15", "L. M."; "" for present).  FORM_HIDDEN when not given. */
enum form received_form(const struct received *received, uint16_t field, const char **text);

/*
 * Does what is shown of the child contradict this record of our own?  Compares names and
 * date of birth in whatever form they were given; what is not shown contradicts nothing.
 * date_of_birth: YYYY-MM-DD or NULL; on: the day from which an age band was counted.
 */
bool received_contradicts(const struct received *received, const char *given_name,
                          const char *family_name, const char *date_of_birth, struct day on);

/*
 * As JSON: {"circumstances": …, "concern"|"needs": …, "reduced": [{"field":
 * "child.date_of_birth", "label": "Date of birth", "form": "age-band", "text": "10 to 15"}]}.
 * A summary stands in its own member (concern.factsObservedSummary) and in "reduced".
 */
void received_write_json(const struct received *received, struct buffer *out);

#endif
