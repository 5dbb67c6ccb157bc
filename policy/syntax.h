#ifndef KITH_POLICY_SYNTAX_H
#define KITH_POLICY_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/lex.h"

/*
 * A policy file as it is written: every name is still a word, and has its place.  What the
 * names mean, and whether there is such a thing, is for check.c to find out.
 *
 *   file      = header { section } ;
 *   header    = "agreement" TEXT "version" NUM ["," "replacing" NUM]
 *               "in" "force" "from" DATE "to" DATE "owner" TEXT "law" TEXT
 *               "levels" names "purposes" names "facts" names
 *               "hear" "of" "all" "children" names "schema" NUM ;
 *   section   = agencies | group | clause | never | example ;
 *   agencies  = "agencies" { TYPE names } ;
 *   group     = "group" NAME "is" item { "," item } ;
 *   clause    = "clause" NUM TEXT "share" ( "every" "field" | form { "," form } )
 *               "with" who [ "when" cond { "and" cond } ] "for" NAME { "or" NAME }
 *               [ "from" DATE "to" DATE ] [ "because" TEXT ] ;
 *   never     = "never" NUM TEXT "share" item { "," item }
 *               [ "more" "precisely" "than" FORM ]
 *               "with" ( who | "anyone" "except" who ) [ "when" cond { "and" cond } ]
 *               [ "because" TEXT ] ;
 *   example   = "example" TEXT "given" AGENCY { "," fact }
 *               { "sees" form { "," form } | "not" item { "," item } } ;
 *   who       = (TYPE | AGENCY) { "," (TYPE | AGENCY) } ;   names = NAME { "," NAME } ;
 *   fact      = "level" LEVEL | "on" ("caseload" | DATE) | "for" PURPOSE | [ "not" ] FACT ;
 *   form      = item [ "as" FORM ] ;      item = GROUP | FIELD ;
 *   cond      = "level" "is" "at" "least" LEVEL
 *             | "the" "child" "is" "on" "their" "caseload" | FACT ;
 *
 * A section begins in column 1, and nothing else does.  The parts of a clause, a never or
 * an example may stand in any order, and so may the lines of the header.
 */

/* Some consecutive entries of one of the lists of struct syntax. */
struct range {
    size_t first, count;
};

enum header_line {
    HEADER_AGREEMENT,
    HEADER_VERSION,
    HEADER_IN_FORCE,
    HEADER_OWNER,
    HEADER_LAW,
    HEADER_LEVELS,
    HEADER_PURPOSES,
    HEADER_FACTS,
    HEADER_HEAR,
    HEADER_SCHEMA,
    HEADER_LINES
};

/* A word that is not there has no text. */
struct item {
    struct word name, form;
    bool hidden; /* of an example: after "not" */
};

enum condition_kind {
    CONDITION_LEVEL,
    CONDITION_CASELOAD,
    CONDITION_FACT,
    CONDITION_NOT_FACT, /* this one and the next two: of an example only */
    CONDITION_PURPOSE,
    CONDITION_DAY
};

struct condition {
    enum condition_kind kind;
    struct word word;
};

struct member {
    struct word type, name;
};

struct group {
    struct word name;
    struct range items;
};

enum section_kind { SECTION_CLAUSE = 1, SECTION_NEVER = 2, SECTION_EXAMPLE = 4 };

/* A clause, a never or an example. */
struct section {
    enum section_kind kind;
    struct word keyword, number, title;
    unsigned parts; /* bit n: part n of the table in parse_section.c is there */
    bool every_field;
    struct range items; /* shared, or expected */
    struct word cap;    /* more precisely than */
    bool anyone_except;
    struct range who; /* of an example: the one agency */
    struct range conditions;
    struct range purposes;
    struct word from, to;
    struct word because;
};

struct syntax {
    struct word header[HEADER_LINES]; /* the keyword of each line that is there */
    struct word title, version, replaces, first, last, owner, law, schema;
    struct range levels, purposes, facts, hears_of_all;

    struct word *names;
    size_t name_count;
    struct item *items;
    size_t item_count;
    struct condition *conditions;
    size_t condition_count;
    struct member *members;
    size_t member_count;
    struct group *groups;
    size_t group_count;
    struct section *sections;
    size_t section_count;
};

/* As much as can be made of the words; problems are reported.  The words' texts must
   outlive the syntax. */
void parse(const struct words *words, struct syntax *syntax, struct diagnostics *diagnostics);
void syntax_clear(struct syntax *syntax);

#endif
