#ifndef KITH_TESTS_POLICY_MATRIX_H
#define KITH_TESTS_POLICY_MATRIX_H

#include <stddef.h>

/*
 * Who is given what under Jersey's agreement, as the partners agreed it: written from what
 * they meant, never from what the code does.
 *
 * A row for each type of agency, a column for each category from C1 to C14, and one for each
 * set of fields that fewer are given than the matrix says: the health numbers (HN), the
 * school's number (EN), colleagues on a plan (CO), the sender's references (RE).
 *
 * R given, M marker only, E given in an enquiry only, D in immediate danger too, - never;
 * p the parish at most, q only in an enquiry; h the headline, o the headline of an offer of
 * help, s the status of a plan; n the name and about what age.
 */
enum { HN = 15, EN, CO, RE, COLUMNS };

struct row {
    const char *type, *columns;
};

// clang-format off
static const struct row safeguarding[] = {
    /*                      C1 C2 C3 C4 C5 C6 C7 C8 C9 10 11 12 13 14 HN EN CO RE */
    { "mash",              "R  R  R  R  R  R  R  R  R  R  R  E  R  R  R  R  R  R" },
    { "social-care",       "R  R  R  R  R  R  R  R  R  R  R  E  R  R  R  R  R  R" },
    { "police",            "R  R  R  R  D  E  R  M  R  E  R  -  -  R  R  R  R  -" },
    { "school",            "R  p  M  h  M  -  M  R  s  E  -  -  -  R  -  R  -  -" },
    { "education",         "R  p  M  M  M  -  -  R  M  -  -  -  -  R  -  R  -  -" },
    { "hospital",          "R  p  R  R  R  M  M  M  R  E  M  -  -  R  R  -  R  -" },
    { "gp",                "R  p  R  R  R  M  M  M  R  E  M  -  -  R  R  -  R  -" },
    { "community-health",  "R  p  R  R  R  M  M  M  R  E  M  -  -  R  R  -  R  -" },
    { "camhs",             "R  p  R  R  R  M  M  R  R  R  M  -  -  R  R  -  R  -" },
    { "early-help",        "R  p  R  R  M  M  -  R  M  R  M  -  -  R  -  -  R  -" },
    { "probation",         "R  q  R  E  M  -  R  M  R  E  R  -  -  R  -  -  R  -" },
    { "housing",           "R  p  R  M  -  -  M  -  M  -  M  -  -  R  -  -  -  -" },
    { "adult-services",    "R  q  R  M  M  -  M  -  M  -  E  -  -  R  -  -  -  -" },
    { "youth",             "R  -  -  M  -  -  -  M  -  E  -  -  -  R  -  -  -  -" },
    { NULL, NULL },
};

/* The same to those who look after the child, but nothing of what only an enquiry is for. */
static const struct row direct_care[] = {
    /*                      C1 C2 C3 C4 C5 C6 C7 C8 C9 10 11 12 13 14 HN EN CO RE */
    { "mash",              "R  R  R  R  R  R  R  R  R  R  R  -  R  R  R  R  R  R" },
    { "social-care",       "R  R  R  R  R  R  R  R  R  R  R  -  R  R  R  R  R  R" },
    { "police",            "n  -  -  -  -  -  -  -  -  -  -  -  -  R  -  -  R  -" },
    { "school",            "R  p  M  h  M  -  M  R  s  -  -  -  -  R  -  R  -  -" },
    { "education",         "R  p  M  M  M  -  -  R  M  -  -  -  -  R  -  R  -  -" },
    { "hospital",          "R  p  R  R  R  M  M  M  R  -  M  -  -  R  R  -  R  -" },
    { "gp",                "R  p  R  R  R  M  M  M  R  -  M  -  -  R  R  -  R  -" },
    { "community-health",  "R  p  R  R  R  M  M  M  R  -  M  -  -  R  R  -  R  -" },
    { "camhs",             "R  p  R  R  R  M  M  R  R  R  M  -  -  R  R  -  R  -" },
    { "early-help",        "R  p  R  R  M  M  -  R  M  R  M  -  -  R  -  -  R  -" },
    { "probation",         "R  -  R  -  M  -  -  M  R  -  -  -  -  R  -  -  R  -" },
    { "housing",           "R  p  R  M  -  -  M  -  M  -  M  -  -  R  -  -  -  -" },
    { "adult-services",    "R  -  R  M  M  -  M  -  M  -  -  -  -  R  -  -  -  -" },
    { "youth",             "R  -  -  M  -  -  -  M  -  -  -  -  -  R  -  -  -  -" },
    { NULL, NULL },
};

/* When the parents have consented and the level is early help or more; without that, MASH
   and children's social care alone. */
static const struct row early_help_offer[] = {
    /*                      C1 C2 C3 C4 C5 C6 C7 C8 C9 10 11 12 13 14 HN EN CO RE */
    { "mash",              "R  R  R  R  R  R  R  R  R  R  R  -  R  R  R  R  R  R" },
    { "social-care",       "R  R  R  R  R  R  R  R  R  R  R  -  R  R  R  R  R  R" },
    { "police",            "-  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -" },
    { "school",            "R  -  -  o  -  -  -  -  -  -  -  -  -  R  -  -  -  -" },
    { "education",         "-  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -" },
    { "hospital",          "-  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -" },
    { "gp",                "-  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -" },
    { "community-health",  "R  -  -  o  -  -  -  -  -  -  -  -  -  R  -  -  -  -" },
    { "camhs",             "R  -  -  o  -  -  -  R  -  -  -  -  -  R  -  -  -  -" },
    { "early-help",        "R  -  -  o  -  -  -  R  -  -  -  -  -  R  -  -  -  -" },
    { "probation",         "-  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -" },
    { "housing",           "-  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -" },
    { "adult-services",    "-  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -" },
    { "youth",             "-  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -" },
    { NULL, NULL },
};

static const struct {
    const char *type, *name;
} agencies[] = {
    { "mash", "mash" },                               { "social-care", "childrens-services" },
    { "police", "states-police" },                    { "school", "st-helier-primary" },
    { "school", "les-quennevais-secondary" },         { "education", "education-welfare" },
    { "education", "virtual-school" },                { "hospital", "general-hospital" },
    { "gp", "harbour-surgery" },                      { "gp", "west-park-surgery" },
    { "community-health", "family-nursing" },         { "camhs", "child-mental-health" },
    { "early-help", "early-help-team" },              { "early-help", "family-hub" },
    { "probation", "probation-service" },             { "probation", "family-court-advisers" },
    { "housing", "social-housing" },                  { "adult-services", "adult-mental-health" },
    { "adult-services", "alcohol-and-drug-service" }, { "youth", "youth-service" },
};
// clang-format on

/* "Something happened, where the child was, what support it needs", and nothing of what was
   done or by whom. */
static const char *const headline[] = {
    "concern.kind",
    "concern.headline",
    "concern.level",
    "concern.presence",
    "concern.support_in_school",
    "concern.before_school_deadline",
    "needs.headline",
    "needs.presentation",
    "needs.level",
    NULL,
};

/* Whether there is a plan, which, and when it is reviewed. */
static const char *const plan_status[] = {
    "needs.plan",
    "needs.plan_category",
    "needs.plan_start_date",
    "needs.plan_end_date",
    "needs.review_date",
    "needs.legal_status",
    NULL,
};

static const char *const health_numbers[] = { "child.health_number", "child.identifiers",
                                              NULL };

static const char *const colleagues[] = {
    "concern.seen_by",
    "concern.told",
    "concern.involved",
    "concern.next_contact_at",
    "needs.involved",
    "needs.next_meeting_at",
    NULL,
};

#endif
