#ifndef KITH_FEDERATION_DIRECTORY_PARTS_H
#define KITH_FEDERATION_DIRECTORY_PARTS_H

#include "core/file.h"
#include "federation/directory.h"
#include "federation/grant_file.h"

/* The federation in memory, and the steps of reading it.  For directory*.c only. */

/* A document with the files that it was read from. */
struct loaded_document {
    struct signed_document view;
    struct buffer text;
    struct buffer signatures[SIGNATURES_MAX];
    struct bytes minisigs[SIGNATURES_MAX];
};

struct agency_intake {
    uint32_t agency;
    size_t count;
    struct intake_key keys[INTAKE_KEYS_MAX];
};

/* Suspensions and lifts, as far as they are signed. */
struct suspensions {
    struct suspension *list;
    size_t count;
    struct lift *lifts;
    size_t lift_count;
    size_t left_out;
    struct why left_out_why;
    struct buffer shared;  /* the files of our folder, to be given out */
    struct buffer fetched; /* and of what was fetched */
};

struct federation {
    struct buffer trust_text;
    struct trust trust;
    struct loaded_document documents[2]; /* by enum document_kind */
    struct registry *registry;
    struct agency_intake *intake; /* by place in the registry */
    struct grant_table *grants;
    struct suspensions suspensions;
    size_t left_out;
    struct why left_out_why; /* of the last of them */
};

/* Reads folder/name into a buffer. */
enum err read_in_folder(struct buffer *content, const char *folder, const char *name,
                        struct why *why) MUST_CHECK;
/* ".intake", of more than that. */
bool has_ending(const char *entry, const char *ending);
/* "NAME.intake", ".intake": NAME; false when the entry is something else. */
bool name_of_entry(char name[NAME_MAX_LEN + 1], const char *entry, const char *ending);
/* "TEXT.SOMEBODY.minisig" */
bool is_signature_of(const char *entry, const char *text);
/* Puts "folder/name: " before a reason that does not name a file yet; returns err. */
enum err in_file(enum err err, const char *folder, const char *name, struct why *why);

/* May it come after what is in force (NULL: nothing is), and after what was ever seen? */
enum err check_version(const struct signed_document *next,
                       const struct signed_document *current, uint32_t least,
                       struct why *why) MUST_CHECK;
/* Removes signature files of that document that do not bear this version in their name; one
   that is left over harms nobody, for it does not count. */
void document_forget_signatures(const char *folder, enum document_kind kind, uint32_t version);

/* shared.c: a document as it came, signatures first. */
enum err document_write(const char *folder, enum document_kind kind, uint32_t version,
                        struct bytes text, const struct bytes *minisigs, size_t count,
                        struct why *why) MUST_CHECK;

/* Every agency's keys in one file, as the broker gave them. */
#define FETCHED_INTAKE "intake.all"

/* The text, its signatures, and that they suffice. */
enum err load_document(struct loaded_document *document, const char *folder,
                       enum document_kind kind, const struct trust *trust,
                       struct why *why) MUST_CHECK;
void document_clear(struct loaded_document *document);

/* An agency makes its file itself, every week: what is wrong with one leaves that one out,
   and keeps the keys that `current` (NULL at start) has of it, as far as the registry still
   vouches for them.  fetched: the folder of what the broker gave, or NULL. */
enum err load_intake(struct federation *federation, const char *folder, const char *fetched,
                     const struct federation *current, struct why *why) MUST_CHECK;
enum err load_grants(struct federation *federation, const char *folder,
                     struct why *why) MUST_CHECK;

void suspensions_clear(struct suspensions *suspensions);

/* shared_suspensions.c */
#define SUSPENSIONS_FOLDER "suspensions"
enum { SHARED_NAME_MAX = 200, SUSPENSION_FILE_MAX = 4096 };
bool shared_name_is_valid(struct bytes name);
void shared_file_add(struct buffer *out, struct bytes name, struct bytes content);

#endif
