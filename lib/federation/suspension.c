#include "federation/suspension.h"

#include <string.h>

#include "core/lines.h"

enum { SUSPENSION_WORDS = 8, LIFT_WORDS = 10 };

/* --- What both say ------------------------------------------------------------------- */

/* The words of a text of one line; false when it is of more lines or of another length. */
static bool
split(struct bytes *words, size_t count, struct bytes text)
{
    struct lines lines = lines_of(text);
    struct bytes line;

    return text.len <= SUSPENSION_MAX && lines_next(&lines, &line) && lines.rest.len == 0
           && words_of(line, words, count) == count;
}

/* "kith KIND FEDERATION agency NUMBER NAME" */
static bool
read_whom(const struct bytes *words, const char *kind, char *federation, uint32_t *agency,
          char *name)
{
    uint64_t number;

    if (!word_is(words[0], "kith") || !word_is(words[1], kind)
        || !name_copy(federation, words[2]) || !word_is(words[3], "agency")
        || !word_number(&number, words[4], UINT32_MAX) || !name_copy(name, words[5]))
        return false;
    *agency = (uint32_t)number;
    return true;
}

static bool
read_time(struct instant *instant, struct bytes word)
{
    char text[INSTANT_TEXT];

    return word_copy(text, sizeof(text), word) && instant_read(instant, text);
}

/* Consumes what was written again. */
static bool
is_as_written(struct buffer *again, struct bytes text)
{
    bool same = bytes_equal(buffer_bytes(again), text);

    buffer_clear(again);
    return same;
}

/* --- The suspension --------------------------------------------------------------------- */

void
suspension_digest(uint8_t digest[DIGEST], struct bytes text)
{
    hash_of(digest, DIGEST, "kith1.suspension", NULL, text);
}

void
suspension_write(struct buffer *out, const struct suspension *suspension)
{
    char since[INSTANT_TEXT];

    instant_write(since, suspension->since);
    buffer_print(out, "kith suspension %s agency %u %s since %s\n", suspension->federation,
                 (unsigned)suspension->agency, suspension->name, since);
}

static bool
suspension_parse(struct suspension *suspension, struct bytes text)
{
    struct bytes words[SUSPENSION_WORDS];
    struct buffer again;

    if (!split(words, SUSPENSION_WORDS, text)
        || !read_whom(words, "suspension", suspension->federation, &suspension->agency,
                      suspension->name)
        || !word_is(words[6], "since") || !read_time(&suspension->since, words[7]))
        return false;
    buffer_init(&again, 2 * SUSPENSION_MAX);
    suspension_write(&again, suspension);
    return is_as_written(&again, text);
}

enum err
suspension_read(struct suspension *suspension, struct bytes text, struct why *why)
{
    struct suspension read = { .signers = 0 };

    if (!suspension_parse(&read, text))
        return because(why, ERR_MALFORMED,
                       "not the one line 'kith suspension FEDERATION agency NUMBER NAME since"
                       " TIME'");
    suspension_digest(read.digest, text);
    *suspension = read;
    return ERR_OK;
}

/* --- Its end ------------------------------------------------------------------------------ */

void
lift_write(struct buffer *out, const struct lift *lift)
{
    char of[2 * DIGEST + 1], at[INSTANT_TEXT];

    hex_write(of, lift->of, DIGEST);
    instant_write(at, lift->at);
    buffer_print(out, "kith lift %s agency %u %s of %s at %s\n", lift->federation,
                 (unsigned)lift->agency, lift->name, of, at);
}

static bool
lift_parse(struct lift *lift, struct bytes text)
{
    struct bytes words[LIFT_WORDS];
    char of[2 * DIGEST + 1];
    struct buffer again;

    if (!split(words, LIFT_WORDS, text)
        || !read_whom(words, "lift", lift->federation, &lift->agency, lift->name)
        || !word_is(words[6], "of") || !word_copy(of, sizeof(of), words[7])
        || !hex_read(lift->of, DIGEST, of) || !word_is(words[8], "at")
        || !read_time(&lift->at, words[9]))
        return false;
    buffer_init(&again, 2 * SUSPENSION_MAX);
    lift_write(&again, lift);
    return is_as_written(&again, text);
}

enum err
lift_read(struct lift *lift, struct bytes text, struct why *why)
{
    struct lift read;

    if (!lift_parse(&read, text))
        return because(why, ERR_MALFORMED,
                       "not the one line 'kith lift FEDERATION agency NUMBER NAME of DIGEST at"
                       " TIME'");
    *lift = read;
    return ERR_OK;
}
