#ifndef KITH_POLICY_POLICY_H
#define KITH_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bits.h"
#include "core/bytes.h"
#include "core/err.h"
#include "core/instant.h"
#include "policy/diagnostic.h"
#include "schema/field.h"

/*
 * The information sharing agreement, read from the text that the partners signed, and
 * compiled to the table that everybody enforces.  Pure: no clock, no file, no log.
 *
 * The rules, in the order in which decide.c applies them:
 *
 *  1. Nothing is shared unless a clause shares it: hidden is the default.
 *  2. A clause applies when the agency is one it names, its purpose is one of the
 *     message's, the day is in its dates, and every one of its conditions is known to be
 *     true.  For an agency that does not hear of all children, "the child is on their
 *     caseload" is a condition of every clause.
 *  3. Where several clauses apply, the most detailed form wins.  Order never matters.
 *  4. A never applies when the agency is one it names and none of its conditions is known
 *     to be false.  It caps the form, and always wins.
 *  5. Above every agreement stand the nevers of policy/floor.c, which nobody can lift.
 *  6. Outside the agreement's own dates only MASH and children's social care are given
 *     anything: what the agreement gave them on the nearest day that it was in force.
 *
 * A policy is immutable once read.
 */
struct policy;

/* Agency types that the machinery itself knows by name. */
#define TYPE_MASH        "mash"
#define TYPE_SOCIAL_CARE "social-care"
#define TYPE_POLICE      "police" /* told at first contact of immediate danger */

enum policy_limit {
    POLICY_TEXT_MAX = 1024 * 1024, /* bytes of a policy file */
    POLICY_CLAUSES_MAX = 255,
    POLICY_NEVERS_MAX = 255,
    POLICY_FACTS_MAX = 8,
    POLICY_PURPOSES_MAX = 32,
    POLICY_LEVELS = 4,
    POLICY_AGENCIES_MAX = 4096,
    POLICY_COMPARTMENTS_MAX = 255 /* per kind, besides compartment 0 */
};

/* The decider of `enquiry`: a fact that only a decision of MASH sets. */
#define FACT_ENQUIRY "enquiry"

/*
 * Reads, checks and compiles.  Every problem goes to diagnostics; *policy is set only
 * when none of them is an error, and is then the caller's, to be freed with policy_free.
 * file names the text in diagnostics.  Borrows schema until policy_free.  The embedded
 * examples are checked as text here and run by policy_run_examples.
 *
 * ERR_TOO_BIG when text is over POLICY_TEXT_MAX, ERR_MALFORMED when anything else is wrong.
 */
enum err policy_read(struct policy **policy, struct bytes text, const char *file,
                     const struct schema *schema, struct diagnostics *diagnostics) MUST_CHECK;
void policy_free(struct policy **policy);

/* Runs every example; a diagnostic (an error, at the expectation) for each expectation that
   does not hold.  Returns how many examples failed.

   A fact that an example does not state is unknown, as it is for a message; "not FACT"
   states that it is false.  Its level is MASH's, its day the agreement's first, and the
   child is on no caseload, unless it says otherwise.  "sees X" is met by exactly that form,
   full if none is said; a group stands for each of its fields. */
size_t policy_run_examples(const struct policy *policy, struct diagnostics *diagnostics);
size_t policy_example_count(const struct policy *policy);

/* --- What the agreement says about itself ------------------------------------- */

const char *policy_title(const struct policy *policy);
uint32_t policy_version(const struct policy *policy);
uint32_t policy_replaces(const struct policy *policy); /* 0: nothing */
struct day policy_first_day(const struct policy *policy);
struct day policy_last_day(const struct policy *policy);
bool policy_in_force(const struct policy *policy, struct day day);
size_t policy_clause_count(const struct policy *policy);
size_t policy_never_count(const struct policy *policy); /* without the compiled-in ones */
/* Its number in the file, for the position in decisions; 0 past the last. */
uint32_t policy_clause_number(const struct policy *policy, size_t position);
uint32_t policy_never_number(const struct policy *policy, size_t position);
/* The title of clause or never number n as the file numbers it, or NULL. */
const char *policy_clause_title(const struct policy *policy, uint32_t number);
const char *policy_never_title(const struct policy *policy, uint32_t number);

/* Agencies are counted 0, 1, ... in the order of the file; -1 when there is none. */
size_t policy_agency_count(const struct policy *policy);
int policy_agency(const struct policy *policy, const char *name);
const char *policy_agency_name(const struct policy *policy, int agency);
const char *policy_agency_type(const struct policy *policy, int agency);
bool policy_agency_is(const struct policy *policy, int agency, const char *type);
/* First class: messages about every child go to it, no grant needed. */
bool policy_hears_of_all(const struct policy *policy, int agency);

/* Names as the agreement spells them; NULL past the last, -1 when there is none. */
const char *policy_level_name(const struct policy *policy, int level);     /* 1 to 4 */
const char *policy_purpose_name(const struct policy *policy, int purpose); /* 0 ... */
const char *policy_fact_name(const struct policy *policy, int fact);       /* 0 ... */
int policy_level(const struct policy *policy, const char *name);
int policy_purpose(const struct policy *policy, const char *name);
int policy_fact(const struct policy *policy, const char *name);

/* --- Deciding ----------------------------------------------------------------- */

/* What is so about the message.  Zeroed: nothing is known, and nothing is shared. */
struct situation {
    struct day day;
    uint32_t purposes;     /* bit n: purpose n */
    uint8_t facts_true;    /* bit n: fact n is known to be true */
    uint8_t facts_false;   /* bit n: fact n is known to be false; neither: unknown */
    uint8_t sender_level;  /* 1 to 4, 0 unknown: what the sender says */
    uint8_t decided_level; /* 1 to 4, 0 unknown: what MASH decided; goes before the
                              sender's, and alone counts for those who do not hear of
                              all children */
};

struct decision {
    enum form form;
    struct bits clauses; /* that give at least this form (when a never hides it: that would
                            give anything), by position in the file */
    struct bits nevers;  /* that hold it down to this form, by position in the file */
    bool floor_capped;   /* a never that no agreement can lift capped it */
};

/* The interpreter: rules 1 to 6, read off the clauses.  on_caseload: the recipient
   holds a live grant on this record. */
struct decision policy_decide(const struct policy *policy, uint16_t field, int agency,
                              const struct situation *situation, bool on_caseload);

/* --- The compiled table --------------------------------------------------------
 *
 * A compartment is the set of (field, form) pairs that exactly the same clauses and
 * nevers name, so that whoever may see one may see all.  Compartments are numbered for
 * each kind from 1, in the order of their smallest (field, form); 0 is the header that
 * every recipient is given and is not in the table.  A pair that no clause names is in no
 * compartment.  A form is released together with every coarser form of the same field.
 */

/* Compartments of that kind, compartment 0 included; 2 for KIND_REQUEST and KIND_CONTROL,
   whose compartment 1 is for the addressees: whom the sender addresses is not a question of
   the agreement, so release and ceiling are {1} for each of its agencies, on any day. */
unsigned policy_compartments(const struct policy *policy, enum kind kind);
/* The compartment of a pair; 0 when nobody can be given it. */
unsigned policy_compartment_of(const struct policy *policy, enum kind kind, uint16_t field,
                               enum form form);
/* The size of a packed fragment of that compartment if all its pairs are bounded
   (schema/field.h), else 0. */
size_t policy_compartment_size(const struct policy *policy, enum kind kind, unsigned c);
/* What that agency is given of a message: numbers of compartments, 0 never among them.
   Equal to deciding field by field, and a few machine words of work. */
struct bits policy_release(const struct policy *policy, enum kind kind, int agency,
                           const struct situation *situation, bool on_caseload);
/* What that agency could be given in any situation on that day. */
struct bits policy_ceiling(const struct policy *policy, enum kind kind, int agency,
                           struct day day);

#endif
