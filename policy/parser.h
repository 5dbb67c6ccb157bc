#ifndef KITH_POLICY_PARSER_H
#define KITH_POLICY_PARSER_H

#include "policy/syntax.h"

/*
 * What the rules of the grammar are made of.  Each function that returns bool takes what it
 * is named for and returns true; or reports that it is not there, takes nothing and returns
 * false, for the rule to leave off and its caller to find the place where to go on.
 */
struct parser {
    const struct word *at;
    const struct word *before; /* the word taken last */
    struct syntax *syntax;
    struct diagnostics *diagnostics;
};

/* Nothing more of this section. */
bool parser_at_end(const struct parser *parser);
struct word parser_take(struct parser *parser);
bool parser_skip(struct parser *parser, const char *keyword);
bool parser_skip_comma(struct parser *parser);

/* "expected <what>", at the word that is there instead. */
void parser_expected(struct parser *parser, const char *what);
/* "unknown word '...'<where>", at the present word, with what was probably meant. */
void parser_unknown(struct parser *parser, const char *where, const char *meant);

bool parse_keyword(struct parser *parser, const char *keyword);
/* Any word that is not one of the language's own. */
bool parse_name(struct parser *parser, const char *what, struct word *name);
bool parse_number(struct parser *parser, const char *what, struct word *number);
bool parse_date(struct parser *parser, struct word *date);
bool parse_text(struct parser *parser, const char *what, struct word *text);
/* "from" DATE "to" DATE */
bool parse_dates(struct parser *parser, struct word *from, struct word *to);
/* NAME { separator NAME }; a separator of NULL is a comma. */
bool parse_names(struct parser *parser, const char *what, const char *separator,
                 struct range *names);
/* form { "," form }, or item { "," item } when no form may be said. */
bool parse_items(struct parser *parser, bool with_forms, bool hidden, struct range *items);

bool is_word_of_the_language(const char *text);

/* The list with room for one more entry behind count. */
void *list_grown(void *list, size_t count, size_t size);

/* clause, never and example: from behind the keyword to the end of the section. */
void parse_section(struct parser *parser, enum section_kind kind, struct word keyword);

/* Do sections open with this word? */
bool is_opening(const char *text);

#endif
