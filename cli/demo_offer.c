#include "cli/demo_offer.h"

#include <stdio.h>
#include <string.h>

#include "cli/demo_lay_down.h"
#include "core/file.h"
#include "crypto/keyfile.h"
#include "crypto/minisig.h"

enum { KEY_ID = 8 };

void
offer_init(struct offer *offer)
{
    buffer_init(&offer->text, REGISTRY_MAX);
    for (size_t i = 0; i < OFFER_SIGNATURES; i++)
        buffer_init(&offer->minisigs[i], MINISIG_MAX);
}

void
offer_clear(struct offer *offer)
{
    buffer_clear(&offer->text);
    for (size_t i = 0; i < OFFER_SIGNATURES; i++)
        buffer_clear(&offer->minisigs[i]);
}

/* --- What is offered ------------------------------------------------------------------------- */

/* A document as the right people signed it. */
static void
offer_as_signed(struct offer *offer, const struct signed_document *document)
{
    buffer_add_bytes(&offer->text, document->text);
    for (size_t i = 0; i < OFFER_SIGNATURES && i < document->minisig_count; i++)
        buffer_add_bytes(&offer->minisigs[i], document->minisigs[i]);
}

/* The registry, with a first line as the next one would have it. */
static void
write_next(struct offer *offer, const struct signed_document *registry)
{
    struct document_line line = registry->line;
    const uint8_t *end = memchr(registry->text.data, '\n', registry->text.len);

    memcpy(line.replaces, registry->digest, DIGEST);
    line.version++;
    document_line_write(&offer->text, &line);
    if (end != NULL)
        buffer_add_bytes(&offer->text,
                         bytes_from(registry->text, (size_t)(end + 1 - registry->text.data)));
}

/* The one of their public keys that goes with the secret. */
static const struct minisign_public *
public_of(const struct signers *signers, const struct sign_secret *secret)
{
    struct sign_public public;

    sign_public_of(&public, secret);
    for (size_t i = 0; i < signers->count; i++)
        if (memcmp(&signers->keys[i].key, &public, sizeof(public)) == 0)
            return &signers->keys[i];
    return NULL;
}

/* As minisign wrote it before it hashed first: over the text itself, marked "Ed". */
static void
legacy_write(struct buffer *out, struct bytes text, const struct minisign_public *public,
             const struct sign_secret *secret)
{
    static const char comment[] = "kith registry";
    uint8_t packed[2 + KEY_ID + sizeof(struct signature)];
    char line[sizeof(packed) * 2];
    struct signature signature, global;
    struct buffer covered;

    sign(&signature, text, secret);
    put_bytes(put_bytes(put_bytes(packed, "Ed", 2), public->key_id, KEY_ID), signature.bytes,
              sizeof(signature.bytes));
    buffer_init(&covered, MINISIG_MAX);
    buffer_add(&covered, signature.bytes, sizeof(signature.bytes));
    buffer_add_text(&covered, comment);
    sign(&global, buffer_bytes(&covered), secret);
    buffer_clear(&covered);
    base64_write(line, packed, sizeof(packed));
    buffer_print(out, "untrusted comment: a registry\n%s\ntrusted comment: %s\n", line,
                 comment);
    base64_write(line, global.bytes, sizeof(global.bytes));
    buffer_print(out, "%s\n", line);
}

/* By whom, and how. */
struct signing {
    const char *office; /* as their key files are named */
    const struct signers *signers;
    bool legacy;
};

static enum err
add_signature(struct offer *offer, size_t i, const struct attacker *attacker,
              const struct signing *signing, const struct key *kek)
{
    const struct unlock unlock = { .key = kek };
    struct bytes text = buffer_bytes(&offer->text);
    const struct minisign_public *public;
    struct sign_secret secret;
    char path[FILE_PATH_MAX];
    enum err err;

    snprintf(path, sizeof(path), "%s/offline/%s-%zu.key", attacker->demo->folder,
             signing->office, i + 1);
    if ((err = keyfile_read(secret.bytes, sizeof(secret.bytes), path, KEYFILE_SIGNER, &unlock,
                            NULL)))
        return err;
    if ((public = public_of(signing->signers, &secret)) == NULL)
        err = ERR_NOT_FOUND;
    else if (signing->legacy)
        legacy_write(&offer->minisigs[i], text, public, &secret);
    else
        minisig_write(&offer->minisigs[i], text, public, &secret, "kith registry");
    wipe(&secret, sizeof(secret));
    return err;
}

static enum err
offer_next(struct offer *offer, const struct attacker *attacker, const struct signing *signing)
{
    const struct federation *federation = attacker->writer.in_force->federation;
    char folder[FILE_PATH_MAX];
    struct key kek;
    enum err err;

    write_next(offer, federation_document(federation, DOCUMENT_REGISTRY));
    snprintf(folder, sizeof(folder), "%s/offline", attacker->demo->folder);
    err = node_kek_open(&kek, folder, NULL, NULL);
    for (size_t i = 0; i < OFFER_SIGNATURES && err == ERR_OK; i++)
        err = add_signature(offer, i, attacker, signing, &kek);
    wipe(&kek, sizeof(kek));
    return err;
}

enum err
offer_by_policy_signers(struct offer *offer, const struct attacker *attacker)
{
    const struct trust *trust = federation_trust(attacker->writer.in_force->federation);
    const struct signing signing = { "agreement", &trust->agreement, false };

    return offer_next(offer, attacker, &signing);
}

enum err
offer_in_legacy_format(struct offer *offer, const struct attacker *attacker)
{
    const struct trust *trust = federation_trust(attacker->writer.in_force->federation);
    const struct signing signing = { "registry", &trust->registry, true };

    return offer_next(offer, attacker, &signing);
}

enum err
offer_the_agreement(struct offer *offer, const struct attacker *attacker)
{
    offer_as_signed(
        offer, federation_document(attacker->writer.in_force->federation, DOCUMENT_AGREEMENT));
    return ERR_OK;
}

enum err
offer_an_earlier_one(struct offer *offer, const struct attacker *attacker)
{
    struct federation *earlier;
    char folder[FILE_PATH_MAX];
    enum err err;

    snprintf(folder, sizeof(folder), "%s/" HOSTILE_EARLIER, attacker->demo->folder);
    if ((err = federation_load(&earlier, folder, NULL, 0, 0, NULL)))
        return err;
    offer_as_signed(offer, federation_document(earlier, DOCUMENT_REGISTRY));
    federation_free(&earlier);
    return ERR_OK;
}
