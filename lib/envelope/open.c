#include "envelope/open.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "envelope/agreed.h"
#include "envelope/check.h"
#include "envelope/part.h"

struct opener {
    struct agreed *agreed;
};

/* The text of a capsule, while it is read. */
struct contents {
    uint8_t text[CAPSULE_HEAD + CAPSULE_ENTRY * COMPARTMENTS_MAX];
    size_t len;
};

/* An opening under way. */
struct opening {
    const struct envelope *envelope;
    const struct core *core;
    const struct open_order *order;
    uint8_t core_hash[DIGEST];
    uint8_t *at; /* where the next fragment is opened */
};

struct opener *
opener_new(void)
{
    struct opener *opener = mem_new(sizeof(*opener));

    opener->agreed = agreed_new();
    return opener;
}

void
opener_free(struct opener **opener)
{
    if (*opener != NULL)
        agreed_free(&(*opener)->agreed);
    free(*opener);
    *opener = NULL;
}

void
opened_wipe(struct opened *opened)
{
    if (opened->memory != NULL)
        wipe(opened->memory, opened->memory_len);
    free(opened->memory);
    wipe(opened, sizeof(*opened));
}

/* The copy may lack compartments, but those that came stand in order. */
static enum check
check_form(const struct opening *opening)
{
    const struct envelope *envelope = opening->envelope;

    if (opening->core->compartment_count != opening->order->compartment_count)
        return CHECK_COMPARTMENTS;
    if (!digests_are_sound(envelope->capsule_digests))
        return CHECK_FORM;
    for (size_t i = 0; i < envelope->compartment_count; i++) {
        const struct sealed_compartment *compartment = &envelope->compartments[i];

        if (compartment->c >= opening->core->compartment_count
            || (i > 0 && compartment[-1].c >= compartment->c))
            return CHECK_COMPARTMENTS;
        if (compartment->commitment.len != DIGEST || compartment->body.len <= SEAL_TAG
            || compartment->body.len > SIZE_CLASS_MAX + SEAL_TAG)
            return CHECK_COMPARTMENTS;
    }
    return CHECK_OK;
}

static const struct intake_secret *
intake_of(const struct open_order *order, const struct capsule *capsule)
{
    uint8_t kid[KID];

    for (size_t i = 0; i < order->intake_count; i++) {
        kid_of(kid, &order->intake[i].public);
        if (capsule->kid.len == KID && memcmp(kid, capsule->kid.data, KID) == 0)
            return &order->intake[i];
    }
    return NULL;
}

/* The one capsule for me, among the signed ones, and the key that it is sealed to. */
static enum check
find_capsule(const struct capsule **mine, const struct intake_secret **intake,
             const struct opening *opening)
{
    const struct envelope *envelope = opening->envelope;
    const struct capsule *found = NULL;
    uint8_t digest[DIGEST];

    for (size_t i = 0; i < envelope->capsule_count; i++) {
        if (envelope->capsules[i].recipient != opening->order->me)
            continue;
        if (found != NULL)
            return CHECK_CAPSULE;
        found = &envelope->capsules[i];
    }
    if (found == NULL || (*intake = intake_of(opening->order, found)) == NULL)
        return CHECK_NOT_FOR_ME;
    capsule_digest(digest, found);
    if (!digests_have(envelope->capsule_digests, digest)
        || found->ct.len != capsule_length(opening->core))
        return CHECK_CAPSULE;
    *mine = found;
    return CHECK_OK;
}

static enum check
open_capsule(struct contents *contents, const struct opening *opening, struct opener *opener)
{
    const struct core *core = opening->core;
    const struct intake_secret *intake;
    const struct capsule *capsule;
    struct agreement agreement;
    struct key kek;
    enum check check;
    enum err err;

    if ((check = find_capsule(&capsule, &intake, opening)))
        return check;
    if ((opening->order->psk != NULL) != (core->psk_epoch != 0))
        return CHECK_OPEN;
    if (agreed_find(&agreement, opener->agreed, &intake->secret, &intake->public, &core->epk))
        return CHECK_OPEN;
    capsule_key_of(&kek, &agreement.shared, core, opening->core_hash, &intake->public,
                   opening->order->me, opening->order->psk);
    err = open_once(contents->text, capsule->ct, &kek);
    contents->len = capsule->ct.len - SEAL_TAG;
    wipe(&agreement, sizeof(agreement));
    wipe(&kek, sizeof(kek));
    return err ? CHECK_OPEN : CHECK_OK;
}

static const uint8_t *
entry_of(const struct contents *contents, size_t i)
{
    return contents->text + CAPSULE_HEAD + i * CAPSULE_ENTRY;
}

/* Number of keys in the capsule. */
static size_t
entry_count(const struct contents *contents)
{
    return get_le16(contents->text + CAPSULE_HEAD - 2);
}

/* Compartments strictly ascending from 0, and nothing but zeros behind them. */
static enum check
check_contents(const struct contents *contents, const struct core *core)
{
    size_t n = entry_count(contents);
    uint8_t rest = 0;

    if (n == 0 || n > core->compartment_count || get_le16(entry_of(contents, 0)) != 0)
        return CHECK_CAPSULE;
    for (size_t i = 1; i < n; i++)
        if (get_le16(entry_of(contents, i)) <= get_le16(entry_of(contents, i - 1))
            || get_le16(entry_of(contents, i)) >= core->compartment_count)
            return CHECK_CAPSULE;
    for (size_t i = CAPSULE_HEAD + n * CAPSULE_ENTRY; i < contents->len; i++)
        rest |= contents->text[i];
    return rest == 0 ? CHECK_OK : CHECK_CAPSULE;
}

static const struct sealed_compartment *
compartment_of(const struct envelope *envelope, unsigned c)
{
    for (size_t i = 0; i < envelope->compartment_count && envelope->compartments[i].c <= c; i++)
        if (envelope->compartments[i].c == c)
            return &envelope->compartments[i];
    return NULL;
}

/* The digest says that it is what was signed; the commitment, that everybody who can open
   it reads the same. */
static enum check
open_compartment(struct bytes *fragment, struct opening *opening,
                 const struct sealed_compartment *compartment, const uint8_t *secret)
{
    struct compartment_keys keys;
    uint8_t digest[DIGEST], *text = opening->at;
    enum check check = CHECK_OK;
    struct key z;

    compartment_digest(digest, compartment);
    if (memcmp(digest, opening->core->digests + (size_t)compartment->c * DIGEST, DIGEST) != 0)
        return CHECK_COMPARTMENT;
    memcpy(z.bytes, secret, sizeof(z.bytes));
    compartment_keys_of(&keys, opening->core, compartment->c, &z);
    if (memcmp(keys.commitment, compartment->commitment.data, DIGEST) != 0)
        check = CHECK_COMMITMENT;
    else if (open_once(text, compartment->body, &keys.key)
             || !unpad(fragment, bytes_of(text, compartment->body.len - SEAL_TAG)))
        check = CHECK_OPEN;
    opening->at += compartment->body.len - SEAL_TAG;
    wipe(&z, sizeof(z));
    wipe(&keys, sizeof(keys));
    return check;
}

static enum check
open_compartments(struct opened *opened, struct opening *opening,
                  const struct contents *contents)
{
    enum check check;

    for (size_t i = 0; i < entry_count(contents); i++) {
        const uint8_t *entry = entry_of(contents, i);
        unsigned c = get_le16(entry);
        const struct sealed_compartment *compartment = compartment_of(opening->envelope, c);

        if (c != 0 && !bits_have(opening->order->ceiling, c)) {
            bits_add(&opened->over_wrapped, c);
            continue;
        }
        if (compartment == NULL) {
            bits_add(&opened->withheld, c);
            continue;
        }
        if ((check = open_compartment(&opened->fragments[opened->count], opening, compartment,
                                      entry + 2)))
            return check;
        opened->numbers[opened->count++] = (uint16_t)c;
    }
    return bits_have(&opened->withheld, 0) ? CHECK_WITHHELD : CHECK_OK;
}

static enum check
open_contents(struct opened *opened, struct opening *opening, struct opener *opener)
{
    struct contents contents;
    enum check check;

    if ((check = open_capsule(&contents, opening, opener)))
        return check;
    if (!(check = check_contents(&contents, opening->core))) {
        opened->stream_seq = get_le64(contents.text);
        check = open_compartments(opened, opening, &contents);
    }
    wipe(&contents, contents.len);
    return check;
}

static void
make_room(struct opened *opened, struct opening *opening)
{
    const struct envelope *envelope = opening->envelope;

    for (size_t i = 0; i < envelope->compartment_count; i++)
        opened->memory_len += envelope->compartments[i].body.len - SEAL_TAG;
    opened->memory = mem_new(opened->memory_len);
    opening->at = opened->memory;
}

enum check
open_envelope(struct opened *opened, const struct envelope *envelope, const struct core *core,
              const struct open_order *order, struct opener *opener, struct root_cache *cache)
{
    struct opening opening = { .envelope = envelope, .core = core, .order = order };
    enum check check;

    memset(opened, 0, sizeof(*opened));
    core_hash(opening.core_hash, envelope->core);
    header_hash_from(opened->h, opening.core_hash, envelope->capsule_digests);
    if ((check = check_signature(envelope, core, opened->h, order->sender_key, cache))
        || (check = check_form(&opening))) {
        opened_wipe(opened);
        return check;
    }
    make_room(opened, &opening);
    if ((check = open_contents(opened, &opening, opener)))
        opened_wipe(opened);
    return check;
}
