#include "cli/demo_hostile_parts.h"

#include <stdlib.h>
#include <string.h>

#include "cli/demo_salamander.h"
#include "cli/shown.h"
/* Whoever means harm keeps to no module's borders. */
#include "envelope/part.h"

enum { TRIES_MAX = 1000000, TEXT_MAX = CAPSULE_HEAD + COMPARTMENTS_MAX * CAPSULE_ENTRY };

/* One compartment under two keys: the first is the one that is committed to. */
struct lie {
    unsigned c;
    struct key z[2];
    struct compartment_keys keys[2];
    uint8_t sealed[SALAMANDER + SEAL_TAG];
};

/* The parts of a letter are ours to write into. */
static uint8_t *
writable(struct bytes bytes)
{
    return (uint8_t *)(uintptr_t)bytes.data;
}

/* --- The compartment ------------------------------------------------------------------------- */

/* One that both readers may have, of the size that the attack is made for. */
static enum err
choose_compartment(struct lie *lie, const struct letter *letter, struct why *why)
{
    struct bits both =
        bits_and(&letter->recipients[0].compartments, &letter->recipients[2].compartments);

    for (lie->c = 1; lie->c < letter->count; lie->c++)
        if (bits_have(&both, lie->c)
            && letter->sealed.view.compartments[lie->c].body.len == sizeof(lie->sealed))
            return ERR_OK;
    return because(why, ERR_NOT_FOUND, "no compartment is of a size for two readers");
}

/* Tries keys until there is a ciphertext for both. */
static enum err
make_lie(struct lie *lie, const struct core *core, struct why *why)
{
    static const char low[] = "risk: LOW, no action needed";
    static const char high[] = "risk: HIGH, visit at once";

    random_fill(&lie->z[0], sizeof(lie->z[0]));
    compartment_keys_of(&lie->keys[0], core, lie->c, &lie->z[0]);
    for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
        random_fill(&lie->z[1], sizeof(lie->z[1]));
        compartment_keys_of(&lie->keys[1], core, lie->c, &lie->z[1]);
        if (salamander_make(lie->sealed, &lie->keys[0].key, &lie->keys[1].key,
                            bytes_of_text(low), bytes_of_text(high)))
            return ERR_OK;
    }
    return because(why, ERR_NOT_FOUND, "no ciphertext for two readers was found");
}

static void
put_lie(struct letter *letter, const struct lie *lie)
{
    const struct sealed_compartment *compartment = &letter->sealed.view.compartments[lie->c];

    memcpy(writable(compartment->body), lie->sealed, sizeof(lie->sealed));
    memcpy(writable(compartment->commitment), lie->keys[0].commitment, DIGEST);
    compartment_digest(
        writable(letter->sealed.view.core) + CORE_FIXED + (size_t)lie->c * DIGEST, compartment);
}

/* --- The capsules: the police are given the other key ------------------------------------------- */

static enum err
capsule_key(struct key *kek, const struct letter *letter, const struct core *core,
            const uint8_t hash[DIGEST], const struct seal_recipient *recipient)
{
    struct key shared;
    enum err err = exchange(&shared, &letter->ephemeral, &recipient->intake);

    if (err)
        return err;
    capsule_key_of(kek, &shared, core, hash, &recipient->intake, recipient->agency, NULL);
    return ERR_OK;
}

static void
change_secret(uint8_t *text, unsigned c, const struct key *z)
{
    unsigned count = get_le16(text + CAPSULE_HEAD - 2);

    for (unsigned i = 0; i < count; i++) {
        uint8_t *entry = text + CAPSULE_HEAD + (size_t)i * CAPSULE_ENTRY;

        if (get_le16(entry) == c)
            memcpy(entry + 2, z->bytes, sizeof(z->bytes));
    }
}

static const struct capsule *
capsule_of(const struct letter *letter, uint32_t agency)
{
    const struct envelope *envelope = &letter->sealed.view;

    for (size_t i = 0; i < envelope->capsule_count; i++)
        if (envelope->capsules[i].recipient == agency)
            return &envelope->capsules[i];
    return NULL;
}

/* Opens it as the core was, and closes it for the core as it is. */
static enum err
wrap_again(struct letter *letter, const struct lie *lie, const uint8_t before[DIGEST],
           const struct seal_recipient *recipient, const struct key *z)
{
    const struct capsule *capsule = capsule_of(letter, recipient->agency);
    uint8_t text[TEXT_MAX], after[DIGEST];
    struct core core;
    struct key kek;
    enum err err;

    if (core_read(&core, letter->sealed.view.core) != CHECK_OK || capsule == NULL)
        return ERR_MALFORMED;
    core_hash(after, letter->sealed.view.core);
    if ((err = capsule_key(&kek, letter, &core, before, recipient))
        || (err = open_once(text, capsule->ct, &kek)))
        return err;
    change_secret(text, lie->c, z);
    if ((err = capsule_key(&kek, letter, &core, after, recipient)) == ERR_OK)
        seal_once(writable(capsule->ct), bytes_of(text, capsule->ct.len - SEAL_TAG), &kek);
    return err;
}

static int
digest_order(const void *a, const void *b)
{
    return memcmp(a, b, DIGEST);
}

/* Of the capsules as they are; decoys are drawn anew. */
static void
digest_again(struct letter *letter)
{
    const struct envelope *envelope = &letter->sealed.view;
    uint8_t *digests = writable(envelope->capsule_digests);

    random_fill(digests, envelope->capsule_digests.len);
    for (size_t i = 0; i < envelope->capsule_count; i++)
        capsule_digest(digests + i * DIGEST, &envelope->capsules[i]);
    qsort(digests, envelope->capsule_digests.len / DIGEST, DIGEST, digest_order);
}

/* --- The letter ------------------------------------------------------------------------------------ */

static enum err
tell_two_stories(struct letter *letter, struct why *why)
{
    uint8_t before[DIGEST];
    struct core core;
    struct lie lie;
    enum err err;

    if (core_read(&core, letter->sealed.view.core) != CHECK_OK)
        return because(why, ERR_MALFORMED, "the core cannot be read");
    if ((err = choose_compartment(&lie, letter, why)) || (err = make_lie(&lie, &core, why)))
        return err;
    core_hash(before, letter->sealed.view.core);
    put_lie(letter, &lie);
    for (size_t i = 0; i < letter->order.recipient_count; i++)
        if ((err = wrap_again(letter, &lie, before, &letter->recipients[i], &lie.z[i == 2])))
            return because(why, err, "a capsule cannot be wrapped again");
    digest_again(letter);
    letter_sign(letter, &letter->writer->keys->signing[0].secret);
    return ERR_OK;
}

static enum err
write_two_stories(struct letter *letter, const struct attacker *attacker, struct why *why)
{
    enum err err;

    if ((err = attacker_begins(letter, attacker, about_leah, why))
        || (err = attacker_adds(letter, attacker, TO_POLICE, why))
        || (err = letter_seal(letter, why)))
        return err;
    return tell_two_stories(letter, why);
}

static void
expect_kept_back(struct attacker *attacker, const char *agency, const char *who,
                 enum check check)
{
    json_t *alarm = await_alarm(attacker, agency, check_name(check));

    expect_of_it(attacker->demo, alarm != NULL, "%s: %s, %s", who, check_name(check),
                 alarm == NULL ? "no: their agent says nothing" : text_member(alarm, "about"));
    json_decref(alarm);
}

void
attack_with_two_keys(struct attacker *attacker)
{
    struct answer answer = { .verb = VERB_NONE };
    struct why why = { "" };
    struct letter letter;
    enum err err = write_two_stories(&letter, attacker, &why);

    if (err == ERR_OK)
        answer = attacker_sends(attacker, &letter);
    expect_taken(attacker,
                 "One ciphertext that opens under two keys, to tell MASH one thing and the "
                 "police another (it shows to nobody who has no key)",
                 err, &answer, &why);
    if (answer.verb == VERB_ACCEPTED) {
        expect_kept_back(attacker, "states-police", "the police keep it back",
                         CHECK_COMMITMENT);
        expect_kept_back(attacker, "mash", "what MASH is left with is no message either",
                         CHECK_FORM);
    }
    letter_end(&letter);
}
