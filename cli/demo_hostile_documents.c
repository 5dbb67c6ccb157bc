#include "cli/demo_hostile_parts.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/demo_folder.h"
#include "cli/demo_lay_down.h"
#include "core/file.h"
#include "crypto/keyfile.h"
#include "crypto/minisig.h"

enum { NEEDED = 2, KEY_ID = 8 };

/* A registry with the signatures that it is offered with. */
struct offer {
    struct buffer text;
    struct buffer minisigs[NEEDED];
};

static void
offer_init(struct offer *offer)
{
    buffer_init(&offer->text, REGISTRY_MAX);
    for (size_t i = 0; i < NEEDED; i++)
        buffer_init(&offer->minisigs[i], MINISIG_MAX);
}

static void
offer_clear(struct offer *offer)
{
    buffer_clear(&offer->text);
    for (size_t i = 0; i < NEEDED; i++)
        buffer_clear(&offer->minisigs[i]);
}

/* --- What is offered ------------------------------------------------------------------------- */

/* A document as the right people signed it. */
static void
offer_as_signed(struct offer *offer, const struct signed_document *document)
{
    buffer_add_bytes(&offer->text, document->text);
    for (size_t i = 0; i < NEEDED && i < document->minisig_count; i++)
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
    for (size_t i = 0; i < NEEDED && err == ERR_OK; i++)
        err = add_signature(offer, i, attacker, signing, &kek);
    wipe(&kek, sizeof(kek));
    return err;
}

static enum err
by_policy_signers(struct offer *offer, const struct attacker *attacker)
{
    const struct trust *trust = federation_trust(attacker->writer.in_force->federation);
    const struct signing signing = { "agreement", &trust->agreement, false };

    return offer_next(offer, attacker, &signing);
}

static enum err
in_legacy_format(struct offer *offer, const struct attacker *attacker)
{
    const struct trust *trust = federation_trust(attacker->writer.in_force->federation);
    const struct signing signing = { "registry", &trust->registry, true };

    return offer_next(offer, attacker, &signing);
}

static enum err
the_agreement(struct offer *offer, const struct attacker *attacker)
{
    offer_as_signed(
        offer, federation_document(attacker->writer.in_force->federation, DOCUMENT_AGREEMENT));
    return ERR_OK;
}

static enum err
an_earlier_one(struct offer *offer, const struct attacker *attacker)
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

/* --- Where MASH's agent reads ---------------------------------------------------------------- */

/* Its folder, what it will find there instead, and where its own waits meanwhile. */
struct swap {
    char own[FILE_PATH_MAX], other[FILE_PATH_MAX], aside[FILE_PATH_MAX];
};

static void
swap_name(struct swap *swap, const struct attacker *attacker)
{
    static const char format[] = "%s/agencies/mash/federation%s";
    const char *folder = attacker->demo->folder;

    snprintf(swap->own, sizeof(swap->own), format, folder, "");
    snprintf(swap->other, sizeof(swap->other), format, folder, ".other");
    snprintf(swap->aside, sizeof(swap->aside), format, folder, ".aside");
}

static void
remove_signatures(const char *folder)
{
    char path[FILE_PATH_MAX];
    struct dirent *entry;
    DIR *listing = opendir(folder);

    while (listing != NULL && (entry = readdir(listing)) != NULL)
        if (document_is_signature(entry->d_name, DOCUMENT_REGISTRY)
            && path_in(path, folder, entry->d_name, NULL) == ERR_OK)
            unlink(path);
    if (listing != NULL)
        closedir(listing);
}

static enum err
put_offer(const struct swap *swap, const struct offer *offer, struct why *why)
{
    char path[FILE_PATH_MAX], name[64];
    enum err err;

    if ((err = folder_copy(swap->own, swap->other, why)))
        return err;
    remove_signatures(swap->other);
    for (size_t i = 0; i < NEEDED && err == ERR_OK; i++) {
        snprintf(name, sizeof(name), "registry.offered-%zu.minisig", i + 1);
        if ((err = path_in(path, swap->other, name, why)) == ERR_OK)
            err = file_write(path, buffer_bytes(&offer->minisigs[i]), 0644, why);
    }
    if (err == ERR_OK && (err = path_in(path, swap->other, "registry", why)) == ERR_OK)
        err = file_write(path, buffer_bytes(&offer->text), 0644, why);
    return err;
}

static enum err
move(const char *from, const char *to, struct why *why)
{
    return rename(from, to) == 0 ? ERR_OK
                                 : because(why, ERR_IO, "%s cannot be renamed to %s", from, to);
}

static void
mash_reads_again(const struct attacker *attacker)
{
    const struct scenario *scenario = attacker->demo->scenario;

    for (size_t i = 0; i < scenario->agency_count; i++)
        if (strcmp(scenario->agencies[i], "mash") == 0)
            kill(attacker->demo->agents[i].pid, SIGHUP);
}

/* --- The attempts ---------------------------------------------------------------------------- */

struct document_attempt {
    const char *tried;
    enum err (*make)(struct offer *offer, const struct attacker *attacker);
    const char *refusal; /* words that must be in it */
};

static const struct document_attempt attempts[] = {
    { "The next registry, signed by two who may sign agreements", by_policy_signers,
      "signed by 0 of the 2 signers needed; key " },
    { "The agreement itself, with its own good signatures", the_agreement,
      "this is an agreement, where a registry belongs" },
    { "The next registry, by the right two in minisign's old format", in_legacy_format,
      "a signature in minisign's legacy format" },
    { "The registry before Curious Clinic, by the right two", an_earlier_one,
      "ROLLBACK: version " },
};

/* What MASH's agent says of what it finds; then everything is as it was. */
static enum err
have_it_read(struct why *words, bool *refused, const struct attacker *attacker,
             const struct offer *offer, struct why *why)
{
    struct swap swap;
    enum err err;

    swap_name(&swap, attacker);
    if ((err = put_offer(&swap, offer, why)) || (err = move(swap.own, swap.aside, why))
        || (err = move(swap.other, swap.own, why)))
        return err;
    mash_reads_again(attacker);
    *refused = await_not_reloaded(attacker, "mash", true, words);
    if ((err = move(swap.own, swap.other, why)) || (err = move(swap.aside, swap.own, why)))
        return err;
    folder_remove(swap.other);
    mash_reads_again(attacker);
    return await_not_reloaded(attacker, "mash", false, NULL)
               ? ERR_OK
               : because(why, ERR_IO, "MASH's agent does not read its own registry again");
}

static enum err
try_document(struct attacker *attacker, const struct document_attempt *attempt, struct why *why)
{
    struct why words = { "no: it takes it" };
    bool refused = false;
    struct offer offer;
    enum err err;

    offer_init(&offer);
    if ((err = attempt->make(&offer, attacker)))
        because(why, err, "%s: cannot be made: %s", attempt->tried, err_text(err));
    else
        err = have_it_read(&words, &refused, attacker, &offer, why);
    offer_clear(&offer);
    if (err == ERR_OK)
        expect_of_it(attacker->demo, refused && strstr(words.text, attempt->refusal) != NULL,
                     "%s: %s", attempt->tried, without_folder(words.text));
    return err;
}

enum err
attack_with_documents(struct attacker *attacker, struct why *why)
{
    enum err err = ERR_OK;

    say(attacker->demo, "  in the folder where MASH's agent reads its registry:\n");
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]) && err == ERR_OK; i++)
        err = try_document(attacker, &attempts[i], why);
    return err;
}
