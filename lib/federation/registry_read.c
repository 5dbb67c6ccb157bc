#include "federation/registry_parts.h"

#include <string.h>

#include "core/lines.h"
#include "core/mem.h"
#include "core/text.h"

enum { WORDS_MAX = 8 };

/* The line that is being read. */
struct cursor {
    struct registry *registry;
    struct agency *agency; /* whose block it is in, or NULL */
    unsigned line;
    struct bytes words[WORDS_MAX];
    size_t count;
    struct why *why;
};

static enum err
wrong(struct cursor *cursor, const char *what)
{
    return because(cursor->why, ERR_MALFORMED, "line %u: %s", cursor->line, what);
}

static enum err
given_before(struct cursor *cursor, const char *what, struct bytes word)
{
    return because(cursor->why, ERR_MALFORMED, "line %u: %s %.*s was given before",
                   cursor->line, what, WORD(word));
}

static bool
key_read(uint8_t key[32], struct bytes word)
{
    return base64_read(key, 32, (const char *)word.data, word.len);
}

static bool
day_of_word(struct day *day, struct bytes word)
{
    char text[DAY_TEXT];

    return word_copy(text, sizeof(text), word) && day_read(day, text);
}

/* "N KEY from DAY to DAY" */
static enum err
signing_key_parse(struct signing_key *key, struct cursor *cursor, const struct bytes *words,
                  size_t count)
{
    uint64_t number;

    if (count != 6 || !word_is(words[2], "from") || !word_is(words[4], "to"))
        return wrong(cursor, "a signing key is written 'signing N KEY from DAY to DAY'");
    if (!word_number(&number, words[0], UINT32_MAX) || number == 0)
        return wrong(cursor, "the number of the key is not a number from 1");
    if (!key_read(key->key.bytes, words[1]))
        return wrong(cursor, "the key is not 32 bytes in base64");
    if (!day_of_word(&key->first, words[3]) || !day_of_word(&key->last, words[5]))
        return wrong(cursor, "a day is not of the form YYYY-MM-DD, or does not exist");
    if (key->last.number < key->first.number)
        return wrong(cursor, "the last day is before the first");
    key->number = (uint32_t)number;
    return ERR_OK;
}

/* Puts the key after the count keys at `keys`. */
static enum err
add_signing_key(struct cursor *cursor, struct signing_key *keys, size_t count,
                const struct bytes *words, size_t word_count)
{
    struct signing_key *key = &keys[count];
    enum err err;

    if ((err = signing_key_parse(key, cursor, words, word_count)))
        return err;
    for (size_t i = 0; i < count; i++)
        if (keys[i].number == key->number)
            return given_before(cursor, "signing key", words[0]);
    if (lookup_add(&cursor->registry->by_key, bytes_of(key->key.bytes, 32), key) != NULL)
        return given_before(cursor, "the key", words[1]);
    return ERR_OK;
}

static enum err
end_agency(struct cursor *cursor)
{
    if (cursor->agency != NULL && cursor->agency->signing_count == 0)
        return because(cursor->why, ERR_MALFORMED,
                       "line %u: before this line, agency %s has no signing key", cursor->line,
                       cursor->agency->name);
    cursor->agency = NULL;
    return ERR_OK;
}

/* Room was made for an agency every ENTRY_MIN bytes; each is checked to have a signing
   key before the next begins, and that is longer. */
static enum err
read_agency(struct cursor *cursor)
{
    struct registry *registry = cursor->registry;
    struct agency *agency;
    uint64_t number;
    enum err err;

    if ((err = end_agency(cursor)))
        return err;
    agency = &registry->agencies[registry->agency_count];
    if (cursor->count != 3)
        return wrong(cursor, "an agency is written 'agency NUMBER NAME'");
    if (!word_number(&number, cursor->words[1], UINT32_MAX) || number <= AGENCY_NUMBER_INDEX)
        return wrong(cursor, "the number of an agency is from 2 to 4294967295");
    if (!name_copy(agency->name, cursor->words[2]))
        return wrong(cursor, "a name is of a-z, 0-9 and single hyphens, a letter first");
    agency->number = (uint32_t)number;
    agency->signing = registry->signing + registry->signing_count;
    agency->transport = registry->transport + registry->transport_count;
    if (lookup_add(&registry->by_number, bytes_of(&agency->number, 4), agency) != NULL)
        return given_before(cursor, "the number", cursor->words[1]);
    if (lookup_add(&registry->by_name, bytes_of_text(agency->name), agency) != NULL)
        return given_before(cursor, "the name", cursor->words[2]);
    registry->agency_count++;
    cursor->agency = agency;
    return ERR_OK;
}

static enum err
read_signing(struct cursor *cursor)
{
    struct agency *agency = cursor->agency;
    struct registry *registry = cursor->registry;
    enum err err;

    if (agency == NULL)
        return wrong(cursor, "a signing key that belongs to no agency");
    err = add_signing_key(cursor,
                          registry->signing + registry->signing_count - agency->signing_count,
                          agency->signing_count, cursor->words + 1, cursor->count - 1);
    if (err)
        return err;
    registry->signing_count++;
    agency->signing_count++;
    return ERR_OK;
}

static enum err
read_transport(struct cursor *cursor)
{
    struct agency *agency = cursor->agency;
    struct registry *registry = cursor->registry;
    struct transport_key *transport = &registry->transport[registry->transport_count];

    if (agency == NULL)
        return wrong(cursor, "a transport key that belongs to no agency");
    if (cursor->count != 2 && !(cursor->count == 4 && word_is(cursor->words[2], "until")))
        return wrong(cursor,
                     "a transport key is written 'transport KEY' or 'transport KEY until DAY'");
    if (!key_read(transport->key, cursor->words[1]))
        return wrong(cursor, "the key is not 32 bytes in base64");
    transport->last.number = DAY_NEVER;
    if (cursor->count == 4 && !day_of_word(&transport->last, cursor->words[3]))
        return wrong(cursor, "the day is not of the form YYYY-MM-DD, or does not exist");
    if (lookup_add(&registry->by_transport, bytes_of(transport->key, 32), agency) != NULL)
        return given_before(cursor, "the transport key", cursor->words[1]);
    registry->transport_count++;
    agency->transport_count++;
    return ERR_OK;
}

static enum err
read_broker(struct cursor *cursor)
{
    struct registry *registry = cursor->registry;
    enum err err;

    if ((err = end_agency(cursor)))
        return err;
    if (cursor->count != 3 || !word_is(cursor->words[1], "transport")
        || !key_read(registry->broker_transport, cursor->words[2]))
        return wrong(cursor, "the broker is written 'broker transport KEY'");
    if (registry->has_broker)
        return wrong(cursor, "the broker was given before");
    registry->has_broker = true;
    return ERR_OK;
}

static enum err
read_index(struct cursor *cursor)
{
    struct registry *registry = cursor->registry;
    enum err err;

    if ((err = end_agency(cursor)))
        return err;
    if (cursor->count < 2 || !word_is(cursor->words[1], "signing"))
        return wrong(cursor, "the index is written 'index signing N KEY from DAY to DAY'");
    if (registry->index_count == INDEX_KEYS_MAX)
        return wrong(cursor, "too many keys of the index");
    err = add_signing_key(cursor, registry->index, registry->index_count, cursor->words + 2,
                          cursor->count - 2);
    if (err)
        return err;
    registry->index_count++;
    return ERR_OK;
}

static enum err
read_demonstration(struct cursor *cursor)
{
    if (cursor->count != 1)
        return wrong(cursor, "'demonstration' stands alone");
    cursor->registry->is_demonstration = true;
    return end_agency(cursor);
}

static enum err
read_line(struct cursor *cursor, struct bytes line)
{
    static const struct {
        const char *word;
        enum err (*read)(struct cursor *cursor);
    } kinds[] = {
        { "agency", read_agency },       { "signing", read_signing },
        { "transport", read_transport }, { "broker", read_broker },
        { "index", read_index },         { "demonstration", read_demonstration },
    };

    if (!text_is_plain(line))
        return wrong(cursor, "holds characters that cannot be seen, or is not UTF-8");
    cursor->count = words_of(line, cursor->words, WORDS_MAX);
    if (cursor->count == 0 || cursor->words[0].data[0] == '#')
        return ERR_OK;
    if (cursor->count > WORDS_MAX)
        return wrong(cursor, "more words than any line has");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (word_is(cursor->words[0], kinds[i].word))
            return kinds[i].read(cursor);
    return because(cursor->why, ERR_MALFORMED,
                   "line %u: '%.*s' is not agency, signing, transport, broker, index or"
                   " demonstration",
                   cursor->line, WORD(cursor->words[0]));
}

static enum err
read_lines(struct registry *registry, struct bytes text, struct why *why)
{
    struct cursor cursor = { .registry = registry, .why = why };
    struct lines lines = lines_of(text);
    struct bytes line;
    enum err err;

    while (lines_next(&lines, &line)) {
        cursor.line = lines.number;
        if (lines.number > 1 && (err = read_line(&cursor, line)))
            return err;
    }
    cursor.line++;
    if ((err = end_agency(&cursor)))
        return err;
    if (!registry->has_broker)
        return because(why, ERR_MALFORMED, "no line 'broker transport KEY'");
    if (lookup_get(&registry->by_transport, bytes_of(registry->broker_transport, 32)) != NULL)
        return because(why, ERR_MALFORMED, "the broker has the transport key of an agency");
    return ERR_OK;
}

/* No entry is shorter than the key in it, so the length of the text bounds how many there
   can be, and nothing moves once it is read. */
static void
make_room(struct registry *registry, size_t text_len)
{
    enum { KEY_LEN = 44 };
    size_t most = text_len / KEY_LEN + 2;

    registry->agencies = mem_array(most, sizeof(*registry->agencies));
    registry->signing = mem_array(most, sizeof(*registry->signing));
    registry->transport = mem_array(most, sizeof(*registry->transport));
}

enum err
registry_read(struct registry **registry, struct bytes text, struct why *why)
{
    struct document_line line;
    struct registry *read;
    enum err err;

    if (text.len > REGISTRY_MAX)
        return because(why, ERR_TOO_BIG, "longer than %d bytes", REGISTRY_MAX);
    if ((err = document_line_read(&line, text, why)))
        return err;
    if (line.kind != DOCUMENT_REGISTRY)
        return because(why, ERR_REFUSED, "line 1: not a registry");
    read = mem_new(sizeof(*read));
    read->line = line;
    make_room(read, text.len);
    if ((err = read_lines(read, text, why)))
        registry_free(&read);
    else
        *registry = read;
    return err;
}
