#include "policy/parser.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"

/* Each of these stands behind its keyword, which has been taken. */

static bool
parse_agreement(struct parser *parser)
{
    return parse_text(parser, "the title, between double quotes", &parser->syntax->title);
}

static bool
parse_version(struct parser *parser)
{
    struct syntax *syntax = parser->syntax;

    if (!parse_number(parser, "a number from 1", &syntax->version))
        return false;
    return !parser_skip_comma(parser)
           || (parse_keyword(parser, "replacing")
               && parse_number(parser, "a number from 1", &syntax->replaces));
}

static bool
parse_in_force(struct parser *parser)
{
    return parse_keyword(parser, "force")
           && parse_dates(parser, &parser->syntax->first, &parser->syntax->last);
}

static bool
parse_owner(struct parser *parser)
{
    return parse_text(parser, "the owner, between double quotes", &parser->syntax->owner);
}

static bool
parse_law(struct parser *parser)
{
    return parse_text(parser, "the law, between double quotes", &parser->syntax->law);
}

static bool
parse_levels(struct parser *parser)
{
    return parse_names(parser, "a level", NULL, &parser->syntax->levels);
}

static bool
parse_purposes(struct parser *parser)
{
    return parse_names(parser, "a purpose", NULL, &parser->syntax->purposes);
}

static bool
parse_facts(struct parser *parser)
{
    return parse_names(parser, "a fact", NULL, &parser->syntax->facts);
}

static bool
parse_hear(struct parser *parser)
{
    return parse_keyword(parser, "of") && parse_keyword(parser, "all")
           && parse_keyword(parser, "children")
           && parse_names(parser, "an agency or a type of agency", NULL,
                          &parser->syntax->hears_of_all);
}

static bool
parse_schema(struct parser *parser)
{
    return parse_number(parser, "a number from 1", &parser->syntax->schema);
}

static bool
parse_agencies(struct parser *parser)
{
    struct syntax *syntax = parser->syntax;
    struct member member;
    struct range names;

    do {
        if (!parse_name(parser, "a type of agency", &member.type)
            || !parse_names(parser, "an agency of that type", NULL, &names))
            return false;
        for (size_t i = 0; i < names.count; i++) {
            member.name = syntax->names[names.first + i];
            syntax->members = list_grown(syntax->members, syntax->member_count, sizeof(member));
            syntax->members[syntax->member_count++] = member;
        }
    } while (!parser_at_end(parser) && parser->at->kind == WORD_NAME
             && !is_opening(parser->at->text));
    return true;
}

static bool
parse_group(struct parser *parser)
{
    struct syntax *syntax = parser->syntax;
    struct group group = { 0 };
    bool whole = parse_name(parser, "the name of the group", &group.name)
                 && parse_keyword(parser, "is")
                 && parse_items(parser, false, false, &group.items);

    if (group.name.text == NULL)
        return false;
    syntax->groups = list_grown(syntax->groups, syntax->group_count, sizeof(group));
    syntax->groups[syntax->group_count++] = group;
    return whole;
}

/* --- What a section opens with -------------------------------------------------------- */

static const struct opening {
    const char *keyword;
    bool (*parse)(struct parser *parser); /* NULL: one of section_kind */
    enum section_kind kind;
} openings[] = {
    [HEADER_AGREEMENT] = { "agreement", parse_agreement, 0 },
    [HEADER_VERSION] = { "version", parse_version, 0 },
    [HEADER_IN_FORCE] = { "in", parse_in_force, 0 },
    [HEADER_OWNER] = { "owner", parse_owner, 0 },
    [HEADER_LAW] = { "law", parse_law, 0 },
    [HEADER_LEVELS] = { "levels", parse_levels, 0 },
    [HEADER_PURPOSES] = { "purposes", parse_purposes, 0 },
    [HEADER_FACTS] = { "facts", parse_facts, 0 },
    [HEADER_HEAR] = { "hear", parse_hear, 0 },
    [HEADER_SCHEMA] = { "schema", parse_schema, 0 },
    { "agencies", parse_agencies, 0 },
    { "group", parse_group, 0 },
    { "clause", NULL, SECTION_CLAUSE },
    { "never", NULL, SECTION_NEVER },
    { "example", NULL, SECTION_EXAMPLE },
};

enum { OPENINGS = sizeof(openings) / sizeof(openings[0]) };

static const struct opening *
opening_named(const char *keyword)
{
    for (size_t i = 0; i < OPENINGS; i++)
        if (strcmp(openings[i].keyword, keyword) == 0)
            return &openings[i];
    return NULL;
}

bool
is_opening(const char *text)
{
    return opening_named(text) != NULL;
}

static const char *
opening_at(const void *list, size_t i)
{
    (void)list;
    return i < OPENINGS ? openings[i].keyword : NULL;
}

/* The opening that the present word is, be it misspelt, or NULL. */
static const struct opening *
opening_meant(struct parser *parser)
{
    const struct word *at = parser->at;
    const struct opening *opening;
    const char *meant;

    if (at->kind != WORD_NAME) {
        word_error(at, parser->diagnostics, "no line begins with '%s'",
                   at->kind == WORD_TEXT ? "\"" : at->text);
        return NULL;
    }
    opening = opening_named(at->text);
    if (opening != NULL && at->column != 1)
        word_error(at, parser->diagnostics, "'%s' must begin in the first column", at->text);
    if (opening != NULL)
        return opening;
    meant = text_nearest(at->text, opening_at, NULL);
    parser_unknown(parser, " at the start of a line", meant);
    return meant ? opening_named(meant) : NULL;
}

static void
note_header_line(struct parser *parser, const struct opening *opening, struct word keyword)
{
    struct word *seen = &parser->syntax->header[opening - openings];

    if (seen->text != NULL)
        word_error(&keyword, parser->diagnostics, "'%s' is said already in line %u",
                   opening->keyword, seen->line);
    *seen = keyword;
}

static void
skip_section(struct parser *parser)
{
    while (!parser_at_end(parser)
           && !(parser->at->kind == WORD_NAME && is_opening(parser->at->text)))
        parser_take(parser);
}

static void
parse_opening(struct parser *parser)
{
    const struct opening *opening = opening_meant(parser);
    struct word keyword = parser_take(parser);

    if (opening == NULL) {
        skip_section(parser);
    } else if (opening->parse == NULL) {
        parse_section(parser, opening->kind, keyword);
    } else {
        if (opening - openings < HEADER_LINES)
            note_header_line(parser, opening, keyword);
        if (opening->parse(parser) && !parser_at_end(parser)
            && !(parser->at->kind == WORD_NAME && is_opening(parser->at->text)))
            parser_expected(parser, "the end of this line");
        skip_section(parser);
    }
}

static void
report_missing_header(struct parser *parser)
{
    for (size_t i = 0; i < HEADER_LINES; i++)
        if (parser->syntax->header[i].text == NULL)
            diagnostics_add(parser->diagnostics, SEVERITY_ERROR, 1, 1, 1,
                            "the header has no line '%s'",
                            i == HEADER_IN_FORCE ? "in force"
                            : i == HEADER_HEAR   ? "hear of all children"
                                                 : openings[i].keyword);
}

void
parse(const struct words *words, struct syntax *syntax, struct diagnostics *diagnostics)
{
    struct parser parser = {
        .at = words->list, .before = words->list, .syntax = syntax, .diagnostics = diagnostics
    };

    *syntax = (struct syntax){ 0 };
    while (parser.at->kind != WORD_END)
        parse_opening(&parser);
    report_missing_header(&parser);
}

void
syntax_clear(struct syntax *syntax)
{
    free(syntax->names);
    free(syntax->items);
    free(syntax->conditions);
    free(syntax->members);
    free(syntax->groups);
    free(syntax->sections);
    *syntax = (struct syntax){ 0 };
}
