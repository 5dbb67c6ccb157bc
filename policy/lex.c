#include "policy/lex.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"

struct lexer {
    struct bytes rest;
    uint32_t line, column;
    char *end; /* of the texts of the words so far */
    struct words *words;
    size_t capacity;
    struct diagnostics *diagnostics;
};

bool
word_begins_section(const struct word *word)
{
    return word->kind == WORD_END || word->column == 1;
}

bool
token_is(const struct word *word, const char *text)
{
    return word->kind == WORD_NAME && strcmp(word->text, text) == 0;
}

bool
token_number(const struct word *word, uint32_t *number)
{
    uint32_t value = 0;

    if (word->kind != WORD_NAME || word->length > 9 || word->text[0] == '0')
        return false;
    for (const char *at = word->text; *at != 0; at++) {
        if (*at < '0' || *at > '9')
            return false;
        value = value * 10 + (uint32_t)(*at - '0');
    }
    *number = value;
    return true;
}

void
word_error(const struct word *word, struct diagnostics *diagnostics, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    diagnostics_add_list(diagnostics, SEVERITY_ERROR, word->line, word->column, word->length,
                         format, args);
    va_end(args);
}

void
word_warning(const struct word *word, struct diagnostics *diagnostics, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    diagnostics_add_list(diagnostics, SEVERITY_WARNING, word->line, word->column, word->length,
                         format, args);
    va_end(args);
}

/* --- Characters -------------------------------------------------------------------- */

static bool
at_line_end(struct bytes rest)
{
    return rest.len == 0 || rest.data[0] == '\n'
           || (rest.len > 1 && rest.data[0] == '\r' && rest.data[1] == '\n');
}

static bool
is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Steps over one character; reports one that should not be in the file, and returns
   false. */
static bool
step(struct lexer *lexer)
{
    size_t len;
    uint32_t point = utf8_next(lexer->rest, &len);
    bool fine = len > 0 && (!code_point_is_deceptive(point) || at_line_end(lexer->rest));

    if (len == 0)
        diagnostics_add(lexer->diagnostics, SEVERITY_ERROR, lexer->line, lexer->column, 1,
                        "this byte (%02x) is not UTF-8", lexer->rest.data[0]);
    else if (!fine)
        diagnostics_add(lexer->diagnostics, SEVERITY_ERROR, lexer->line, lexer->column, 1,
                        "a character that is invisible or changes what is read (U+%04X)",
                        (unsigned)point);
    if (point == '\n') {
        lexer->line++;
        lexer->column = 1;
    } else
        lexer->column++;
    len += len == 0;
    lexer->rest = bytes_of(lexer->rest.data + len, lexer->rest.len - len);
    return fine;
}

static void
skip_space(struct lexer *lexer)
{
    while (lexer->rest.len > 0) {
        if (lexer->rest.data[0] == '#')
            while (!at_line_end(lexer->rest))
                step(lexer);
        else if (is_space(lexer->rest.data[0]))
            step(lexer);
        else
            break;
    }
}

/* --- Words ---------------------------------------------------------------------------- */

static struct word *
new_word(struct lexer *lexer, enum word_kind kind)
{
    struct words *words = lexer->words;

    if (words->count == lexer->capacity) {
        lexer->capacity = lexer->capacity ? lexer->capacity * 2 : 256;
        words->list = mem_resize(words->list, lexer->capacity, sizeof(*words->list));
    }
    words->list[words->count] =
        (struct word){ kind, lexer->end, lexer->line, lexer->column, 1 };
    return &words->list[words->count++];
}

static void
end_text(struct lexer *lexer)
{
    *lexer->end++ = 0;
}

static void
lex_text(struct lexer *lexer)
{
    struct word *word = new_word(lexer, WORD_TEXT);

    step(lexer);
    while (!at_line_end(lexer->rest) && lexer->rest.data[0] != '"') {
        const uint8_t *from = lexer->rest.data;

        if (!step(lexer))
            *lexer->end++ = '?';
        else
            while (from < lexer->rest.data)
                *lexer->end++ = (char)*from++;
    }
    end_text(lexer);
    if (!at_line_end(lexer->rest))
        step(lexer);
    else
        word_error(word, lexer->diagnostics, "this quotation is not closed on its line");
    word->length = lexer->column - word->column;
}

static bool
is_name_byte(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-'
           || byte == '_' || byte == '.';
}

/* What is wrong with the spelling of a name is said once; then it is read as the writer
   must have meant it, so that it is not called unknown as well. */
static void
lex_name(struct lexer *lexer)
{
    struct word *word = new_word(lexer, WORD_NAME);
    bool foreign = false, capital = false;

    while (lexer->rest.len > 0 && !is_space(lexer->rest.data[0]) && lexer->rest.data[0] != ','
           && lexer->rest.data[0] != '"' && lexer->rest.data[0] != '#') {
        uint8_t byte = lexer->rest.data[0];
        bool is_capital = byte >= 'A' && byte <= 'Z', is_plain = is_name_byte(byte);

        capital |= is_capital;
        *lexer->end++ = is_capital ? (char)(byte - 'A' + 'a') : is_plain ? (char)byte : '?';
        foreign |= step(lexer) && !is_capital && !is_plain;
    }
    end_text(lexer);
    word->length = lexer->column - word->column;
    if (foreign)
        word_error(word, lexer->diagnostics,
                   "'%s': names are written with a-z, 0-9, '-', '_' and '.' only", word->text);
    else if (capital)
        word_error(word, lexer->diagnostics, "names have no capital letters: write '%s'",
                   word->text);
}

void
lex(struct bytes text, struct words *words, struct diagnostics *diagnostics)
{
    struct lexer lexer = {
        .rest = text, .line = 1, .column = 1, .words = words, .diagnostics = diagnostics
    };

    /* No word is empty, save a quoted one; so twice the file holds every word and NUL. */
    *words = (struct words){ .texts = mem_new(2 * text.len + 1) };
    lexer.end = words->texts;
    for (skip_space(&lexer); lexer.rest.len > 0; skip_space(&lexer)) {
        if (lexer.rest.data[0] == '"')
            lex_text(&lexer);
        else if (lexer.rest.data[0] == ',') {
            new_word(&lexer, WORD_COMMA)->text = ",";
            step(&lexer);
        } else
            lex_name(&lexer);
    }
    new_word(&lexer, WORD_END)->text = "";
}

void
words_clear(struct words *words)
{
    free(words->list);
    free(words->texts);
    *words = (struct words){ 0 };
}
