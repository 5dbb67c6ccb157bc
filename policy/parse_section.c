#include "policy/parser.h"

#include <string.h>

#include "core/text.h"

static bool
parse_share(struct parser *parser, struct section *section)
{
    bool is_clause = section->kind == SECTION_CLAUSE;

    if (is_clause && parser_skip(parser, "every")) {
        section->every_field = true;
        return parse_keyword(parser, "field");
    }
    if (!parse_items(parser, is_clause, false, &section->items))
        return false;
    if (is_clause || !parser_skip(parser, "more"))
        return true;
    return parse_keyword(parser, "precisely") && parse_keyword(parser, "than")
           && parse_name(parser, "a form", &section->cap);
}

static bool
parse_with(struct parser *parser, struct section *section)
{
    if (section->kind == SECTION_NEVER && parser_skip(parser, "anyone")) {
        section->anyone_except = true;
        if (!parse_keyword(parser, "except"))
            return false;
    }
    return parse_names(parser, "an agency or a type of agency", NULL, &section->who);
}

static void
add_condition(struct parser *parser, struct section *section, struct condition condition)
{
    struct syntax *syntax = parser->syntax;

    if (section->conditions.count == 0)
        section->conditions.first = syntax->condition_count;
    syntax->conditions =
        list_grown(syntax->conditions, syntax->condition_count, sizeof(condition));
    syntax->conditions[syntax->condition_count++] = condition;
    section->conditions.count = syntax->condition_count - section->conditions.first;
}

static bool
parse_condition(struct parser *parser, struct condition *condition)
{
    condition->word = *parser->at;
    if (parser_skip(parser, "level")) {
        condition->kind = CONDITION_LEVEL;
        return parse_keyword(parser, "is") && parse_keyword(parser, "at")
               && parse_keyword(parser, "least")
               && parse_name(parser, "a level", &condition->word);
    }
    if (parser_skip(parser, "the")) {
        condition->kind = CONDITION_CASELOAD;
        return parse_keyword(parser, "child") && parse_keyword(parser, "is")
               && parse_keyword(parser, "on") && parse_keyword(parser, "their")
               && parse_keyword(parser, "caseload");
    }
    condition->kind = CONDITION_FACT;
    return parse_name(parser, "a fact, 'level is at least' or 'the child is on their caseload'",
                      &condition->word);
}

static bool
parse_when(struct parser *parser, struct section *section)
{
    do {
        struct condition condition = { 0 };

        if (!parse_condition(parser, &condition))
            return false;
        add_condition(parser, section, condition);
    } while (parser_skip(parser, "and"));
    return true;
}

static bool
parse_for(struct parser *parser, struct section *section)
{
    return parse_names(parser, "a purpose", "or", &section->purposes);
}

/* "from" has been taken already, as the keyword of the part. */
static bool
parse_from(struct parser *parser, struct section *section)
{
    return parse_date(parser, &section->from) && parse_keyword(parser, "to")
           && parse_date(parser, &section->to);
}

static bool
parse_because(struct parser *parser, struct section *section)
{
    return parse_text(parser, "the reason, between double quotes", &section->because);
}

static bool
parse_fact(struct parser *parser, struct condition *fact)
{
    fact->word = *parser->at;
    if (parser_skip(parser, "level")) {
        fact->kind = CONDITION_LEVEL;
        return parse_name(parser, "a level", &fact->word);
    }
    if (parser_skip(parser, "for")) {
        fact->kind = CONDITION_PURPOSE;
        return parse_name(parser, "a purpose", &fact->word);
    }
    if (parser_skip(parser, "on")) {
        fact->kind = parser_skip(parser, "caseload") ? CONDITION_CASELOAD : CONDITION_DAY;
        return fact->kind == CONDITION_CASELOAD || parse_date(parser, &fact->word);
    }
    fact->kind = parser_skip(parser, "not") ? CONDITION_NOT_FACT : CONDITION_FACT;
    return parse_name(parser, "a fact, a level, a purpose, 'on caseload' or a day",
                      &fact->word);
}

static bool
parse_given(struct parser *parser, struct section *section)
{
    struct syntax *syntax = parser->syntax;
    struct word agency;

    if (!parse_name(parser, "an agency", &agency))
        return false;
    section->who = (struct range){ syntax->name_count, 1 };
    syntax->names = list_grown(syntax->names, syntax->name_count, sizeof(agency));
    syntax->names[syntax->name_count++] = agency;
    while (parser_skip_comma(parser)) {
        struct condition fact = { 0 };

        if (!parse_fact(parser, &fact))
            return false;
        add_condition(parser, section, fact);
    }
    return true;
}

static bool
parse_sees(struct parser *parser, struct section *section)
{
    return parse_items(parser, true, false, &section->items);
}

static bool
parse_not(struct parser *parser, struct section *section)
{
    return parse_items(parser, false, true, &section->items);
}

/* --- The parts --------------------------------------------------------------------- */

/* The name of the kind in messages, and bits of the kinds. */
enum {
    CLAUSE = SECTION_CLAUSE,
    NEVER = SECTION_NEVER,
    EXAMPLE = SECTION_EXAMPLE,
};

static const struct part {
    const char *keyword;
    unsigned in;       /* these kinds have it */
    unsigned needed;   /* these are wrong without it */
    unsigned repeated; /* these can have it more than once */
    bool (*parse)(struct parser *parser, struct section *section);
    const char *what;
} parts[] = {
    { "share", CLAUSE | NEVER, CLAUSE | NEVER, 0, parse_share, "what is shared" },
    { "with", CLAUSE | NEVER, CLAUSE | NEVER, 0, parse_with, "with whom" },
    { "when", CLAUSE | NEVER, 0, 0, parse_when, NULL },
    { "for", CLAUSE, CLAUSE, 0, parse_for, "the purpose" },
    { "from", CLAUSE, 0, 0, parse_from, NULL },
    { "because", CLAUSE | NEVER, 0, 0, parse_because, NULL },
    { "given", EXAMPLE, EXAMPLE, 0, parse_given, "to whom, and what is so" },
    { "sees", EXAMPLE, 0, EXAMPLE, parse_sees, NULL },
    { "not", EXAMPLE, 0, EXAMPLE, parse_not, NULL },
};

enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

static const char *
kind_word(enum section_kind kind)
{
    switch (kind) {
    case SECTION_CLAUSE: return "clause";
    case SECTION_NEVER: return "never";
    case SECTION_EXAMPLE: return "example";
    }
    return "section";
}

static const struct part *
part_named(const char *keyword, enum section_kind kind)
{
    for (size_t i = 0; i < PARTS; i++)
        if ((parts[i].in & kind) && strcmp(parts[i].keyword, keyword) == 0)
            return &parts[i];
    return NULL;
}

static bool
at_part(const struct parser *parser, enum section_kind kind)
{
    return parser->at->kind == WORD_NAME && part_named(parser->at->text, kind) != NULL;
}

static bool
at_opening(const struct parser *parser)
{
    return parser_at_end(parser)
           || (parser->at->kind == WORD_NAME && is_opening(parser->at->text));
}

static const char *
keyword_of_kind(const void *kind, size_t i)
{
    for (size_t n = 0; n < PARTS; n++)
        if ((parts[n].in & *(const enum section_kind *)kind) && i-- == 0)
            return parts[n].keyword;
    return NULL;
}

/* The part that the present word opens, be it misspelt; NULL when there is no telling. */
static const struct part *
part_meant(struct parser *parser, enum section_kind kind)
{
    const char *where = kind == SECTION_EXAMPLE ? " in an example"
                        : kind == SECTION_NEVER ? " in a never"
                                                : " in a clause";
    const char *meant;

    if (at_part(parser, kind))
        return part_named(parser->at->text, kind);
    meant = parser->at->kind == WORD_NAME
                ? text_nearest(parser->at->text, keyword_of_kind, &kind)
                : NULL;
    parser_unknown(parser, where, meant);
    return meant ? part_named(meant, kind) : NULL;
}

static void
parse_part(struct parser *parser, struct section *section)
{
    const struct part *part = part_meant(parser, section->kind);
    struct word keyword = parser_take(parser);
    unsigned bit;

    if (part != NULL) {
        bit = 1u << (part - parts);
        if ((section->parts & bit) && !(part->repeated & section->kind))
            word_error(&keyword, parser->diagnostics, "'%s' is in this %s already",
                       part->keyword, kind_word(section->kind));
        section->parts |= bit;
        if (part->parse(parser, section))
            return;
    }
    while (!at_opening(parser) && !at_part(parser, section->kind))
        parser_take(parser);
}

static void
report_missing(struct parser *parser, const struct section *section)
{
    const struct word *keyword = &section->keyword;

    for (size_t i = 0; i < PARTS; i++)
        if ((parts[i].needed & section->kind) && !(section->parts & 1u << i))
            word_error(keyword, parser->diagnostics,
                       "this %s does not say %s ('%s' is missing)", kind_word(section->kind),
                       parts[i].what, parts[i].keyword);
    if (section->kind == SECTION_EXAMPLE && section->items.count == 0)
        word_error(keyword, parser->diagnostics,
                   "this example expects nothing ('sees' or 'not' is missing)");
    if (section->kind != SECTION_EXAMPLE && section->because.text == NULL)
        word_warning(keyword, parser->diagnostics,
                     "this %s gives no reason ('because' is missing)",
                     kind_word(section->kind));
}

void
parse_section(struct parser *parser, enum section_kind kind, struct word keyword)
{
    struct syntax *syntax = parser->syntax;
    struct section section = { .kind = kind, .keyword = keyword };

    if (kind != SECTION_EXAMPLE)
        parse_number(parser, "a number from 1", &section.number);
    parse_text(parser, "a title, between double quotes", &section.title);
    while (!at_opening(parser) && !at_part(parser, kind) && parser->at->kind != WORD_NAME)
        parser_take(parser);
    while (!at_opening(parser))
        parse_part(parser, &section);
    report_missing(parser, &section);
    syntax->sections = list_grown(syntax->sections, syntax->section_count, sizeof(section));
    syntax->sections[syntax->section_count++] = section;
}
