#ifndef KITH_POLICY_CHECK_H
#define KITH_POLICY_CHECK_H

#include "policy/model.h"

/* What the parts of check.c share while a policy is made from its syntax. */
struct checker {
    const struct syntax *syntax;
    struct policy *policy;
    struct diagnostics *diagnostics;

    struct index groups;
    uint8_t *group_fields; /* [group * fields + field]: the group has the field */
    uint8_t *group_states;
    uint8_t *one_field; /* a set of one */
    size_t the_one;
};

void check_header(struct checker *checker);
void check_agencies(struct checker *checker);
void check_groups(struct checker *checker);
void check_groups_used(struct checker *checker);
void check_sections(struct checker *checker);
void check_example(struct checker *checker, const struct section *section);

/* "unknown <what> '...', did you mean '...'?" */
void check_unknown(struct checker *checker, const struct word *word, const char *what,
                   const char *(*at)(const void *list, size_t i), const void *list);
/* A name that the agreement itself gives begins with a letter and is not endless. */
bool check_new_name(struct checker *checker, const struct word *word);

/* The number of a level, purpose or fact; false when it is unknown, which is reported. */
bool check_level(struct checker *checker, const struct word *word, uint8_t *level);
bool check_purpose(struct checker *checker, const struct word *word, uint32_t *purposes);
bool check_fact(struct checker *checker, const struct word *word, uint8_t *facts);

/* Marks in named[agency] those that the names stand for. */
void check_who(struct checker *checker, struct range who, uint8_t *named);
/* -1 when it is none, which is reported. */
int check_agency(struct checker *checker, const struct word *word);

/* The fields that a name stands for, a byte each; NULL when it is unknown, which is
   reported.  Good until the next call. */
const uint8_t *check_fields(struct checker *checker, const struct word *name);
/* The form that such fields can be given in; false when one cannot, which is reported. */
bool check_form(struct checker *checker, const struct word *name, const uint8_t *fields,
                const struct word *word, enum form *form);

#endif
