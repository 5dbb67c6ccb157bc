#include "federation/registry.h"

#include <stdlib.h>
#include <string.h>

#include "federation/registry_parts.h"

void
registry_free(struct registry **registry)
{
    struct registry *gone = *registry;

    *registry = NULL;
    if (gone == NULL)
        return;
    lookup_clear(&gone->by_number);
    lookup_clear(&gone->by_name);
    lookup_clear(&gone->by_transport);
    lookup_clear(&gone->by_key);
    free(gone->agencies);
    free(gone->signing);
    free(gone->transport);
    free(gone);
}

/* --- What it says -------------------------------------------------------------------- */

const char *
registry_federation(const struct registry *registry)
{
    return registry->line.federation;
}

uint32_t
registry_version(const struct registry *registry)
{
    return registry->line.version;
}

const struct document_line *
registry_line(const struct registry *registry)
{
    return &registry->line;
}

size_t
registry_agency_count(const struct registry *registry)
{
    return registry->agency_count;
}

const struct agency *
registry_agency_at(const struct registry *registry, size_t i)
{
    return i < registry->agency_count ? &registry->agencies[i] : NULL;
}

const struct agency *
registry_agency(const struct registry *registry, uint32_t number)
{
    return lookup_get(&registry->by_number, bytes_of(&number, sizeof(number)));
}

const struct agency *
registry_agency_named(const struct registry *registry, const char *name)
{
    return lookup_get(&registry->by_name, bytes_of_text(name));
}

const struct agency *
registry_agency_by_transport(const struct registry *registry, const uint8_t transport[32],
                             struct day day)
{
    const struct agency *agency = lookup_get(&registry->by_transport, bytes_of(transport, 32));

    for (size_t i = 0; agency != NULL && i < agency->transport_count; i++)
        if (memcmp(agency->transport[i].key, transport, 32) == 0)
            return day.number <= agency->transport[i].last.number ? agency : NULL;
    return NULL;
}

const uint8_t *
registry_broker_transport(const struct registry *registry)
{
    return registry->broker_transport;
}

static const struct signing_key *
numbered(const struct signing_key *keys, size_t count, uint32_t number)
{
    for (size_t i = 0; i < count; i++)
        if (keys[i].number == number)
            return &keys[i];
    return NULL;
}

static const struct sign_public *
valid_on(const struct signing_key *key, struct day day)
{
    bool valid =
        key != NULL && day.number >= key->first.number && day.number <= key->last.number;

    return valid ? &key->key : NULL;
}

const struct sign_public *
registry_signing_key(const struct registry *registry, uint32_t agency, uint32_t key_number,
                     struct day day)
{
    const struct agency *found = registry_agency(registry, agency);

    if (found == NULL)
        return NULL;
    return valid_on(numbered(found->signing, found->signing_count, key_number), day);
}

static bool
is_nearer(const struct signing_key *key, const struct signing_key *other, struct day day)
{
    bool ended = key->last.number < day.number;

    if (other == NULL || ended != (other->last.number < day.number))
        return other == NULL || ended;
    return ended ? key->last.number >= other->last.number
                 : key->first.number < other->first.number;
}

/* NULL when one is valid on that day. */
static const struct signing_key *
nearest_key(const struct agency *agency, struct day day)
{
    const struct signing_key *nearest = NULL;

    for (size_t i = 0; i < agency->signing_count; i++) {
        const struct signing_key *key = &agency->signing[i];

        if (valid_on(key, day) != NULL)
            return NULL;
        if (is_nearer(key, nearest, day))
            nearest = key;
    }
    return nearest;
}

const struct signing_key *
registry_lapsed_key(const struct registry *registry, uint32_t agency, struct day day)
{
    const struct agency *found = registry_agency(registry, agency);

    return found == NULL ? NULL : nearest_key(found, day);
}

const struct sign_public *
registry_key_or_lapsed(const struct registry *registry, uint32_t agency, uint32_t key_number,
                       struct day day, bool *lapsed)
{
    const struct sign_public *valid = registry_signing_key(registry, agency, key_number, day);
    const struct signing_key *key;

    *lapsed = false;
    if (valid != NULL)
        return valid;
    key = registry_lapsed_key(registry, agency, day);
    *lapsed = key != NULL && key->number == key_number;
    return *lapsed ? &key->key : NULL;
}

const struct sign_public *
registry_index_key(const struct registry *registry, uint32_t key_number, struct day day)
{
    return valid_on(numbered(registry->index, registry->index_count, key_number), day);
}

const struct signing_key *
registry_index_key_at(const struct registry *registry, size_t i)
{
    return i < registry->index_count ? &registry->index[i] : NULL;
}

/* --- What may follow it ---------------------------------------------------------------- */

static enum err
keeps_keys(const struct signing_key *next, size_t next_count, const struct signing_key *current,
           size_t current_count, const char *whose, struct why *why)
{
    for (size_t i = 0; i < current_count; i++) {
        const struct signing_key *kept = numbered(next, next_count, current[i].number);

        if (kept == NULL)
            return because(why, ERR_REFUSED,
                           "signing key %u of %s is gone; end its days instead",
                           (unsigned)current[i].number, whose);
        if (memcmp(&kept->key, &current[i].key, sizeof(kept->key)) != 0)
            return because(why, ERR_REFUSED, "signing key %u of %s is another key now",
                           (unsigned)current[i].number, whose);
    }
    return ERR_OK;
}

static enum err
keeps_agency(const struct registry *next, const struct agency *current, struct why *why)
{
    const struct agency *kept = registry_agency(next, current->number);

    if (kept == NULL)
        return because(why, ERR_REFUSED,
                       "agency %u %s is gone; one that leaves stays, without a transport key",
                       (unsigned)current->number, current->name);
    if (strcmp(kept->name, current->name) != 0)
        return because(why, ERR_REFUSED, "number %u was %s and is %s now",
                       (unsigned)current->number, current->name, kept->name);
    return keeps_keys(kept->signing, kept->signing_count, current->signing,
                      current->signing_count, current->name, why);
}

enum err
registry_keeps_history(const struct registry *next, const struct registry *current,
                       struct why *why)
{
    enum err err;

    if (strcmp(next->line.federation, current->line.federation) != 0)
        return because(why, ERR_REFUSED, "of the federation '%s', not '%s'",
                       next->line.federation, current->line.federation);
    if (next->is_demonstration != current->is_demonstration)
        return because(why, ERR_REFUSED,
                       "a demonstration does not become real, nor the reverse");
    for (size_t i = 0; i < current->agency_count; i++)
        if ((err = keeps_agency(next, &current->agencies[i], why)))
            return err;
    return keeps_keys(next->index, next->index_count, current->index, current->index_count,
                      "the index", why);
}

bool
registry_is_demonstration(const struct registry *registry)
{
    return registry->is_demonstration;
}

enum err
registry_may_replace(const struct registry *next, const struct registry *current,
                     const uint8_t current_digest[32], struct why *why)
{
    if ((uint64_t)next->line.version != (uint64_t)current->line.version + 1)
        return because(why, ERR_REFUSED, "version %u cannot follow version %u",
                       (unsigned)next->line.version, (unsigned)current->line.version);
    if (memcmp(next->line.replaces, current_digest, DIGEST) != 0)
        return because(why, ERR_REFUSED, "replaces another version %u than the one in force",
                       (unsigned)current->line.version);
    return registry_keeps_history(next, current, why);
}

/* --- As text ------------------------------------------------------------------------------ */

static void
write_signing(struct buffer *out, const char *before, const struct signing_key *key)
{
    char text[64], first[DAY_TEXT], last[DAY_TEXT];

    base64_write(text, key->key.bytes, sizeof(key->key.bytes));
    day_write(first, key->first);
    day_write(last, key->last);
    buffer_print(out, "%ssigning %u %s from %s to %s\n", before, (unsigned)key->number, text,
                 first, last);
}

static void
write_transport(struct buffer *out, const char *before, const uint8_t key[32])
{
    char text[64];

    base64_write(text, key, 32);
    buffer_print(out, "%stransport %s\n", before, text);
}

static void
write_agencys_transport(struct buffer *out, const struct transport_key *transport)
{
    char text[64], last[DAY_TEXT];

    if (transport->last.number == DAY_NEVER) {
        write_transport(out, "  ", transport->key);
        return;
    }
    base64_write(text, transport->key, 32);
    day_write(last, transport->last);
    buffer_print(out, "  transport %s until %s\n", text, last);
}

static void
write_agency(struct buffer *out, const struct agency *agency)
{
    buffer_print(out, "agency %u %s\n", (unsigned)agency->number, agency->name);
    for (size_t i = 0; i < agency->signing_count; i++)
        write_signing(out, "  ", &agency->signing[i]);
    for (size_t i = 0; i < agency->transport_count; i++)
        write_agencys_transport(out, &agency->transport[i]);
}

void
registry_write(struct buffer *out, const struct registry *registry)
{
    document_line_write(out, &registry->line);
    buffer_add_byte(out, '\n');
    if (registry->is_demonstration)
        buffer_add_text(out, "demonstration\n");
    write_transport(out, "broker ", registry->broker_transport);
    for (size_t i = 0; i < registry->index_count; i++)
        write_signing(out, "index ", &registry->index[i]);
    for (size_t i = 0; i < registry->agency_count; i++)
        write_agency(out, &registry->agencies[i]);
}
