#include "federation/document.h"

#include <string.h>

#include "core/lines.h"
#include "core/text.h"
#include "federation/name.h"

static bool
signers_have(const struct signers *signers, const struct minisign_public *key)
{
    for (size_t i = 0; i < signers->count; i++)
        if (memcmp(signers->keys[i].key_id, key->key_id, sizeof(key->key_id)) == 0
            || memcmp(&signers->keys[i].key, &key->key, sizeof(key->key)) == 0)
            return true;
    return false;
}

/* "registry 2 of": which set the keys that follow belong to. */
static enum err
read_set(struct trust *trust, struct signers **set, const struct bytes *words, size_t count,
         unsigned line, struct why *why)
{
    struct signers *named = word_is(words[0], "registry")    ? &trust->registry
                            : word_is(words[0], "agreement") ? &trust->agreement
                                                             : NULL;
    uint64_t needed;

    if (named == NULL || count != 3 || !word_is(words[2], "of")
        || !word_number(&needed, words[1], SIGNERS_MAX) || needed == 0)
        return because(why, ERR_MALFORMED,
                       "line %u: not 'registry M of', 'agreement M of' or a public key", line);
    if (named->needed != 0)
        return because(why, ERR_MALFORMED, "line %u: the signers of the %.*s were given before",
                       line, WORD(words[0]));
    named->needed = (uint32_t)needed;
    *set = named;
    return ERR_OK;
}

/* The two sets have no key in common, so that nobody holds both offices by one theft. */
static enum err
read_key(struct trust *trust, struct signers *set, struct bytes word, unsigned line,
         struct why *why)
{
    struct minisign_public key;

    if (set == NULL || word.len != MINISIGN_PUBLIC_TEXT - 1
        || minisign_public_read(&key, word) != ERR_OK)
        return because(why, ERR_MALFORMED,
                       "line %u: not 'registry M of', 'agreement M of' or a public key", line);
    if (signers_have(&trust->registry, &key) || signers_have(&trust->agreement, &key))
        return because(why, ERR_MALFORMED, "line %u: this key was given before", line);
    if (set->count == SIGNERS_MAX)
        return because(why, ERR_TOO_BIG, "line %u: more than %d signers", line, SIGNERS_MAX);
    set->keys[set->count++] = key;
    return ERR_OK;
}

static enum err
read_line(struct trust *trust, struct signers **set, struct bytes line, unsigned number,
          struct why *why)
{
    struct bytes words[4];
    size_t count = words_of(line, words, 4);

    if (!text_is_plain(line))
        return because(why, ERR_MALFORMED, "line %u: holds characters that cannot be seen",
                       number);
    if (count == 0 || words[0].data[0] == '#')
        return ERR_OK;
    if (trust->federation[0] == 0) {
        if (count != 3 || !word_is(words[0], "kith") || !word_is(words[1], "trust")
            || !name_copy(trust->federation, words[2]))
            return because(why, ERR_MALFORMED, "line %u: not 'kith trust FEDERATION'", number);
        return ERR_OK;
    }
    if (count == 1)
        return read_key(trust, *set, words[0], number, why);
    return read_set(trust, set, words, count, number, why);
}

static enum err
check_set(const struct signers *set, const char *name, struct why *why)
{
    if (set->needed == 0)
        return because(why, ERR_MALFORMED, "does not say who signs the %s", name);
    if (set->count < set->needed)
        return because(why, ERR_MALFORMED, "%u signers of the %s are needed, %zu are given",
                       (unsigned)set->needed, name, set->count);
    return ERR_OK;
}

enum err
trust_read(struct trust *trust, struct bytes text, struct why *why)
{
    struct lines lines = lines_of(text);
    struct trust read = { 0 };
    struct signers *set = NULL;
    struct bytes line;
    enum err err;

    while (lines_next(&lines, &line))
        if ((err = read_line(&read, &set, line, lines.number, why)))
            return err;
    if ((err = check_set(&read.registry, "registry", why))
        || (err = check_set(&read.agreement, "agreement", why)))
        return err;
    *trust = read;
    return ERR_OK;
}

static void
write_set(struct buffer *out, const char *name, const struct signers *signers)
{
    char key[MINISIGN_PUBLIC_TEXT];

    buffer_print(out, "%s %u of\n", name, (unsigned)signers->needed);
    for (size_t i = 0; i < signers->count; i++) {
        minisign_public_write(key, &signers->keys[i]);
        buffer_print(out, "  %s\n", key);
    }
}

void
trust_write(struct buffer *out, const struct trust *trust)
{
    buffer_print(out, "kith trust %s\n", trust->federation);
    write_set(out, "registry", &trust->registry);
    write_set(out, "agreement", &trust->agreement);
}
