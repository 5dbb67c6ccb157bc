#ifndef KITH_POLICY_MODEL_H
#define KITH_POLICY_MODEL_H

#include "policy/index.h"
#include "policy/lex.h"
#include "policy/policy.h"
#include "policy/syntax.h"

/*
 * What the agreement means: every name has become a number.  Made by check.c from the
 * syntax, completed by compile.c, read by everything else.
 *
 * Fields are counted by their place in the schema, agencies, clauses and nevers by their
 * place in the file.
 */
enum {
    TYPES_MAX = 255,
    GROUPS_MAX = 1024,
    NAME_LENGTH_MAX = 64,
    SHARED_KINDS = 2 /* the kinds whose content the agreement governs */
};

struct conditions {
    uint8_t level; /* at least; 0: any */
    uint8_t facts; /* all of these */
    bool caseload;
};

struct clause {
    uint32_t number;
    const char *title, *because;
    uint32_t purposes;
    struct conditions when;
    struct day first, last;
    uint8_t *gives; /* the form of each field; FORM_HIDDEN: not shared */
    /* The nevers that are not known to be false in the situation of least risk in which
       this clause applies: [0] to an agency that hears of all children, [1] to another. */
    struct bits beside[2];
};

struct never {
    uint32_t number;
    const char *title, *because;
    struct conditions when;
    uint8_t *caps; /* the most detailed form of each field; FORM_FULL: no cap */
};

struct member_agency {
    const char *name;
    uint16_t type;
    bool hears_of_all;
    bool stays;          /* MASH or social care: given something on any day */
    struct bits clauses; /* that name it */
    struct bits nevers;
};

struct expectation {
    struct word word;
    uint16_t field;
    enum form form;
};

struct example {
    const char *title;
    int agency;
    struct situation situation;
    bool on_caseload;
    size_t first, count; /* of the policy's expectations */
};

/* Whoever is given something of these clauses, not held back by these nevers, is given the
   compartment. */
struct compartment {
    struct bits clauses;
    struct bits nevers;
    bool floor; /* never to an agency that does not hear of all children */
    bool unbounded;
    size_t size;
};

/* The compartments of one kind of message. */
struct table {
    struct compartment *list; /* from 1; [0] is nothing */
    unsigned count;
    uint8_t *of; /* [field * FORM_COUNT + form]: its compartment, or 0 */
};

struct policy {
    struct words words; /* which hold all texts */
    const struct schema *schema;
    uint32_t schema_version;
    const char *title, *owner, *law;
    uint32_t version, replaces;
    struct day first, last;
    const char *levels[POLICY_LEVELS];
    const char *purposes[POLICY_PURPOSES_MAX];
    const char *facts[POLICY_FACTS_MAX];
    size_t level_count, purpose_count, fact_count;

    const char **types;
    size_t type_count;
    struct member_agency *agencies;
    size_t agency_count;
    struct index agency_index;
    struct clause *clauses;
    size_t clause_count;
    struct never *nevers;
    size_t never_count;
    struct example *examples;
    size_t example_count;
    struct expectation *expectations;
    size_t expectation_count;

    struct table tables[SHARED_KINDS]; /* concern, needs */
};

/* The field is one of the schema version that the agreement was signed for. */
static inline bool
field_is_agreed(const struct policy *policy, const struct field *field)
{
    return field->since <= policy->schema_version;
}

/* What the syntax means.  The policy's words and schema are set, all else is empty. */
void check(const struct syntax *syntax, struct policy *policy, struct diagnostics *diagnostics);

/* The tables, of a policy without errors; false when there would be too many
   compartments, which is reported. */
bool compile(struct policy *policy, struct diagnostics *diagnostics);

/* The most detailed form of a field that an agency which does not hear of all children can
   be given under any agreement. */
enum form floor_cap(const struct field *field);

/* --- Which clauses and nevers apply ------------------------------------------------ */

/* Everything conditions ask about. */
struct standing {
    struct day day;
    uint32_t purposes;
    uint8_t facts_true, facts_false; /* no fact is in both */
    uint8_t level;                   /* 0: unknown */
    bool on_caseload;
    bool implied_caseload; /* the caseload is a condition of every clause */
    bool silent;           /* nothing applies */
};

struct standing standing_of(const struct policy *policy, int agency,
                            const struct situation *situation, bool on_caseload);
bool clause_applies(const struct clause *clause, const struct standing *standing);
bool never_applies(const struct never *never, const struct standing *standing);

#endif
