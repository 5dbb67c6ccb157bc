#include "policy/parser.h"

#include <string.h>

#include "core/instant.h"
#include "core/mem.h"
#include "core/text.h"

bool
parser_at_end(const struct parser *parser)
{
    return word_begins_section(parser->at);
}

struct word
parser_take(struct parser *parser)
{
    parser->before = parser->at;
    if (parser->at->kind != WORD_END)
        parser->at++;
    return *parser->before;
}

bool
parser_skip(struct parser *parser, const char *keyword)
{
    if (parser_at_end(parser) || !token_is(parser->at, keyword))
        return false;
    parser_take(parser);
    return true;
}

bool
parser_skip_comma(struct parser *parser)
{
    if (parser_at_end(parser) || parser->at->kind != WORD_COMMA)
        return false;
    parser_take(parser);
    return true;
}

void
parser_expected(struct parser *parser, const char *what)
{
    const struct word *at = parser->at, *before = parser->before;

    if (parser_at_end(parser))
        diagnostics_add(parser->diagnostics, SEVERITY_ERROR, before->line,
                        before->column + before->length, 1, "expected %s here", what);
    else if (at->kind == WORD_TEXT)
        word_error(at, parser->diagnostics, "expected %s, not %s quotation", what,
                   at->text[0] == 0 ? "an empty" : "a");
    else
        word_error(at, parser->diagnostics, "expected %s, not '%s'", what, at->text);
}

void
parser_unknown(struct parser *parser, const char *where, const char *meant)
{
    const struct word *at = parser->at, *before = parser->before;
    bool in_list = !parser_at_end(parser) && before->kind == WORD_NAME
                   && !is_word_of_the_language(before->text);

    if (at->kind != WORD_NAME)
        parser_expected(parser, "a word of the language");
    else if (meant != NULL)
        word_error(at, parser->diagnostics, "unknown word '%s'%s, did you mean '%s'?", at->text,
                   where, meant);
    else
        word_error(at, parser->diagnostics, "unknown word '%s'%s%s", at->text, where,
                   in_list ? "; is a comma missing before it?" : "");
}

static const char *
only_candidate(const void *keyword, size_t i)
{
    return i == 0 ? keyword : NULL;
}

bool
parse_keyword(struct parser *parser, const char *keyword)
{
    char what[64] = "'";

    if (parser_skip(parser, keyword))
        return true;
    if (!parser_at_end(parser) && parser->at->kind == WORD_NAME
        && !is_word_of_the_language(parser->at->text)
        && text_nearest(parser->at->text, only_candidate, keyword) != NULL) {
        parser_unknown(parser, "", keyword);
        parser_take(parser);
        return true;
    }
    memcpy(what + 1, keyword, strlen(keyword));
    what[strlen(keyword) + 1] = '\'';
    parser_expected(parser, what);
    return false;
}

bool
is_word_of_the_language(const char *text)
{
    static const char *const words[] = {
        "agencies", "agreement", "all",      "and",       "anyone",  "as",    "at",
        "because",  "caseload",  "child",    "children",  "clause",  "every", "example",
        "except",   "facts",     "field",    "for",       "force",   "from",  "given",
        "group",    "hear",      "in",       "is",        "law",     "least", "level",
        "levels",   "more",      "never",    "not",       "of",      "on",    "or",
        "owner",    "precisely", "purposes", "replacing", "schema",  "sees",  "share",
        "than",     "the",       "their",    "to",        "version", "when",  "with",
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i], text) == 0)
            return true;
    return false;
}

bool
parse_name(struct parser *parser, const char *what, struct word *name)
{
    if (parser_at_end(parser) || parser->at->kind != WORD_NAME
        || is_word_of_the_language(parser->at->text)) {
        parser_expected(parser, what);
        return false;
    }
    *name = parser_take(parser);
    return true;
}

bool
parse_number(struct parser *parser, const char *what, struct word *number)
{
    uint32_t value;

    if (parser_at_end(parser) || !token_number(parser->at, &value)) {
        parser_expected(parser, what);
        return false;
    }
    *number = parser_take(parser);
    return true;
}

bool
parse_date(struct parser *parser, struct word *date)
{
    struct day day;

    if (parser_at_end(parser) || parser->at->kind != WORD_NAME
        || !day_read(&day, parser->at->text)) {
        parser_expected(parser, "a date of the calendar, as 2026-04-01");
        return false;
    }
    *date = parser_take(parser);
    return true;
}

bool
parse_text(struct parser *parser, const char *what, struct word *text)
{
    if (parser_at_end(parser) || parser->at->kind != WORD_TEXT || parser->at->text[0] == 0) {
        parser_expected(parser, what);
        return false;
    }
    *text = parser_take(parser);
    return true;
}

bool
parse_dates(struct parser *parser, struct word *from, struct word *to)
{
    return parse_keyword(parser, "from") && parse_date(parser, from)
           && parse_keyword(parser, "to") && parse_date(parser, to);
}

void *
list_grown(void *list, size_t count, size_t size)
{
    bool full = (count & (count - 1)) == 0; /* room for the next power of two */

    return full ? mem_resize(list, count > 0 ? count * 2 : 1, size) : list;
}

static bool
skip_separator(struct parser *parser, const char *separator)
{
    return separator ? parser_skip(parser, separator) : parser_skip_comma(parser);
}

bool
parse_names(struct parser *parser, const char *what, const char *separator, struct range *names)
{
    struct syntax *syntax = parser->syntax;
    struct word name;

    *names = (struct range){ .first = syntax->name_count };
    do {
        if (!parse_name(parser, what, &name))
            return false;
        syntax->names = list_grown(syntax->names, syntax->name_count, sizeof(name));
        syntax->names[syntax->name_count++] = name;
        names->count = syntax->name_count - names->first;
    } while (skip_separator(parser, separator));
    return true;
}

static bool
parse_item(struct parser *parser, bool with_form, struct item *item)
{
    if (!parse_name(parser, "a field or a group", &item->name))
        return false;
    if (!with_form || !parser_skip(parser, "as"))
        return true;
    return parse_name(parser, "a form", &item->form);
}

bool
parse_items(struct parser *parser, bool with_forms, bool hidden, struct range *items)
{
    struct syntax *syntax = parser->syntax;

    if (items->count == 0)
        items->first = syntax->item_count;
    do {
        struct item item = { .hidden = hidden };

        if (!parse_item(parser, with_forms, &item))
            return false;
        syntax->items = list_grown(syntax->items, syntax->item_count, sizeof(item));
        syntax->items[syntax->item_count++] = item;
        items->count = syntax->item_count - items->first;
    } while (parser_skip_comma(parser));
    return true;
}
