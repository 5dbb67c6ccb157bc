#include "federation/intake.h"

#include <string.h>

#include "core/lines.h"
#include "envelope/batch.h"

enum { LABEL = 16, LINE_WORDS = 12 };

static void
body_write(uint8_t body[INTAKE_BODY], const struct intake_key *intake)
{
    _Static_assert(sizeof(LABEL_INTAKE) - 1 <= LABEL, "a label has 16 bytes");
    uint8_t label[LABEL] = { 0 }, *at;

    memcpy(label, LABEL_INTAKE, sizeof(LABEL_INTAKE) - 1);
    at = put_bytes(body, label, LABEL);
    at = put_le32(at, intake->agency);
    at = put_le32(at, intake->signing_key);
    at = put_bytes(at, intake->key.bytes, sizeof(intake->key.bytes));
    at = put_le64(at, intake->not_before_ms);
    put_le64(at, intake->not_after_ms);
}

void
intake_sign(struct intake_key *intake, const struct sign_secret *secret)
{
    uint8_t body[INTAKE_BODY];

    body_write(body, intake);
    sign(&intake->signature, bytes_of(body, sizeof(body)), secret);
}

bool
intake_verify(const struct intake_key *intake, const struct sign_public *key)
{
    uint8_t body[INTAKE_BODY];

    if (intake->not_after_ms <= intake->not_before_ms || intake->not_after_ms > INT64_MAX
        || intake->not_after_ms - intake->not_before_ms > INTAKE_SEAL_MS)
        return false;
    body_write(body, intake);
    return sign_verify(&intake->signature, bytes_of(body, sizeof(body)), key);
}

bool
intake_is_valid(const struct intake_key *intake, struct instant now)
{
    return now.ms >= 0 && (uint64_t)now.ms >= intake->not_before_ms
           && (uint64_t)now.ms <= intake->not_after_ms;
}

/* --- As text ------------------------------------------------------------------------------ */

static bool
instant_of_word(uint64_t *ms, struct bytes word)
{
    char text[INSTANT_TEXT];
    struct instant instant;

    if (!word_copy(text, sizeof(text), word) || !instant_read(&instant, text) || instant.ms < 0)
        return false;
    *ms = (uint64_t)instant.ms;
    return true;
}

static bool
base64_of_word(void *data, size_t len, struct bytes word)
{
    return base64_read(data, len, (const char *)word.data, word.len);
}

static bool
line_parse(struct intake_key *key, struct bytes line)
{
    struct bytes word[LINE_WORDS];
    uint64_t agency, number;

    if (words_of(line, word, LINE_WORDS) != LINE_WORDS)
        return false;
    if (!word_is(word[0], "kith") || !word_is(word[1], "intake") || !word_is(word[3], "key")
        || !word_is(word[6], "from") || !word_is(word[8], "to") || !word_is(word[10], "signed")
        || !word_number(&agency, word[2], UINT32_MAX)
        || !word_number(&number, word[4], UINT32_MAX))
        return false;
    key->agency = (uint32_t)agency;
    key->signing_key = (uint32_t)number;
    return base64_of_word(key->key.bytes, sizeof(key->key.bytes), word[5])
           && instant_of_word(&key->not_before_ms, word[7])
           && instant_of_word(&key->not_after_ms, word[9])
           && base64_of_word(key->signature.bytes, sizeof(key->signature.bytes), word[11]);
}

/* There is one way to write a key, so that nobody can read it in two. */
static bool
is_as_written(const struct intake_key *key, struct bytes line)
{
    struct buffer again;
    bool same;

    buffer_init(&again, INTAKE_FILE_MAX);
    intake_file_add(&again, key);
    same = bytes_equal(bytes_of(again.data, again.len - 1), line);
    buffer_clear(&again);
    return same;
}

bool
intake_line_read(struct intake_key *key, struct bytes line)
{
    return line_parse(key, line) && is_as_written(key, line);
}

enum err
intake_file_read(struct intake_key *keys, size_t *count, struct bytes text, struct why *why)
{
    struct lines lines = lines_of(text);
    size_t found = 0;
    struct bytes line;

    if (text.len > INTAKE_FILE_MAX)
        return because(why, ERR_TOO_BIG, "longer than %d bytes", INTAKE_FILE_MAX);
    for (; lines_next(&lines, &line); found++) {
        if (found == INTAKE_KEYS_MAX)
            return because(why, ERR_TOO_BIG, "line %u: more than %d keys", lines.number,
                           INTAKE_KEYS_MAX);
        if (!intake_line_read(&keys[found], line))
            return because(why, ERR_MALFORMED,
                           "line %u: not 'kith intake AGENCY key N PK from TIME to TIME signed "
                           "SIG' as Kith writes it",
                           lines.number);
    }
    if (found == 0)
        return because(why, ERR_MALFORMED, "holds no key");
    *count = found;
    return ERR_OK;
}

void
intake_file_add(struct buffer *out, const struct intake_key *key)
{
    char pk[64], signature[96], from[INSTANT_TEXT], to[INSTANT_TEXT];

    base64_write(pk, key->key.bytes, sizeof(key->key.bytes));
    base64_write(signature, key->signature.bytes, sizeof(key->signature.bytes));
    instant_write(from, (struct instant){ (int64_t)key->not_before_ms });
    instant_write(to, (struct instant){ (int64_t)key->not_after_ms });
    buffer_print(out, "kith intake %u key %u %s from %s to %s signed %s\n",
                 (unsigned)key->agency, (unsigned)key->signing_key, pk, from, to, signature);
}
