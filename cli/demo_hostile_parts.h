#ifndef KITH_CLI_DEMO_HOSTILE_PARTS_H
#define KITH_CLI_DEMO_HOSTILE_PARTS_H

#include "cli/demo_hostile.h"
#include "cli/demo_letter.h"
#include "cli/demo_line.h"

/* What the files of the hostile part share.  For demo_hostile*.c only. */

/* Whom it writes to, and the number of the next message to each: an honest recipient would
   raise alarms over one that is missing, and those are not the ones to be shown. */
enum { TO_MASH, TO_SOCIAL_CARE, TO_POLICE, TO_SCHOOL, CORRESPONDENTS };

struct correspondent {
    const char *name;
    uint32_t number;
    uint64_t next;
};

struct attacker {
    struct demo *demo;
    struct writer writer;
    struct line *line;
    struct correspondent to[CORRESPONDENTS];
};

/* A concern about Leah, with a safe address, which is for MASH and social care only. */
extern const char about_leah[];
/* The same child, and another story. */
extern const char another_story[];

/* --- demo_hostile.c --------------------------------------------------------------------------- */

/* Begins a letter for MASH and social care, as everyone must. */
enum err attacker_begins(struct letter *letter, const struct attacker *attacker,
                         const char *json, struct why *why) MUST_CHECK;
enum err attacker_adds(struct letter *letter, const struct attacker *attacker, unsigned to,
                       struct why *why) MUST_CHECK;
/* What the broker says of it; when it takes it, the numbers are used up. */
struct answer attacker_sends(struct attacker *attacker, const struct letter *letter);

/* Says what was tried and what came of it.  err: it could not even be tried. */
void expect_taken(struct attacker *attacker, const char *tried, enum err err,
                  const struct answer *answer, const struct why *why);
void expect_refused(struct attacker *attacker, const char *tried, enum err err,
                    const struct answer *answer, enum check gate, const struct why *why);

/* --- demo_hostile_inbox.c: what an agency's agent says through its door -------------------------- */

/* Waits until it has raised that alarm about the attacker; what it says, or NULL.  The
   caller's. */
json_t *await_alarm(const struct attacker *attacker, const char *agency, const char *name);
/* Waits until it has that letter, opened; the caller's, or NULL. */
json_t *await_letter(const struct attacker *attacker, const char *agency,
                     const struct letter *letter);
size_t count_letter(const struct attacker *attacker, const char *agency,
                    const struct letter *letter);
/* Waits until the agent has (or has no more) a reason why it did not read its documents
   again; true, and the reason in words, when it is so. */
bool await_not_reloaded(const struct attacker *attacker, const char *agency, bool wanted,
                        struct why *words);

/* A reason without the file that it begins with: "ROLLBACK: ...". */
const char *without_file(const char *reason);
/* A message of the story once more, through an honest agent's door: it comes. */
void expect_honest_message(const struct attacker *attacker);

/* --- The attempts ------------------------------------------------------------------------------------ */

/* demo_hostile_envelopes.c: with what it says to the broker. */
void attack_with_envelopes(struct attacker *attacker);
/* demo_hostile_salamander.c: one ciphertext, two readers. */
void attack_with_two_keys(struct attacker *attacker);
/* demo_hostile_grants.c: to be given what is about other agencies' children. */
enum err attack_with_grants(struct attacker *attacker, struct why *why) MUST_CHECK;
/* demo_hostile_documents.c: with registries, put where an agent reads its own. */
enum err attack_with_documents(struct attacker *attacker, struct why *why) MUST_CHECK;

#endif
