#include <stdio.h>
#include <string.h>

#include "federation/directory_parts.h"
#include "federation/make_parts.h"

/* A document on its way: its signatures, and the names that their files will have.  The
   version is part of the name, so that those of the version in force stay valid until the
   text is replaced. */
struct signing {
    const char *folder;
    const struct document_line *line;
    struct bytes text;
    size_t count;
    struct buffer minisigs[SIGNERS_MAX];
    char names[SIGNERS_MAX][128];
};

const struct minisign_public *
public_of(const struct signers *signers, const struct sign_secret *secret)
{
    struct sign_public public;

    sign_public_of(&public, secret);
    for (size_t i = 0; i < signers->count; i++)
        if (memcmp(&signers->keys[i].key, &public, sizeof(public)) == 0)
            return &signers->keys[i];
    return NULL;
}

static enum err
sign_with(struct signing *signing, const struct signers *signers, const char *office,
          int number, const struct sign_secret *secret, struct why *why)
{
    const struct minisign_public *public = public_of(signers, secret);
    const char *file = document_file_name(signing->line->kind);
    struct buffer *minisig = &signing->minisigs[signing->count];
    char trusted[160];

    if (public == NULL)
        return because(
            why, ERR_REFUSED,
            "%s/offline/%s-%d.key: not a key of a signer whom federation/trust names",
            signing->folder, office, number);
    snprintf(trusted, sizeof(trusted), "kith %s %s version %u", office,
             signing->line->federation, (unsigned)signing->line->version);
    minisig_write(minisig, signing->text, public, secret, trusted);
    snprintf(signing->names[signing->count], sizeof(signing->names[0]), "%s.%s-%d.v%u.minisig",
             file, office, number, (unsigned)signing->line->version);
    signing->count++;
    return ERR_OK;
}

/* With as many of the signers' keys as are needed and here. */
static enum err
sign_with_all(struct signing *signing, const struct key *kek, const struct signers *signers,
              struct why *why)
{
    const char *office = office_of(signing->line->kind);
    struct unlock unlock = { .key = kek };
    struct sign_secret secret;
    char path[FILE_PATH_MAX];
    enum err err = ERR_OK;

    for (int i = 1; i <= SIGNERS_MAX && signing->count < signers->needed && !err; i++) {
        if ((err = path_of(path, why, signing->folder, "offline/%s-%d.key", office, i)))
            return err;
        if (!file_exists(path))
            continue;
        err = keyfile_read(secret.bytes, sizeof(secret.bytes), path, KEYFILE_SIGNER, &unlock,
                           why);
        if (err == ERR_OK)
            err = sign_with(signing, signers, office, i, &secret, why);
        wipe(&secret, sizeof(secret));
    }
    if (err == ERR_OK && signing->count < signers->needed)
        err =
            because(why, ERR_NOT_FOUND,
                    "%s/offline: %zu of the %u keys that sign the %s are here, as %s-N.key",
                    signing->folder, signing->count, (unsigned)signers->needed, office, office);
    return err;
}

/* What we are about to put in force is what every node will accept. */
static enum err
verify(const struct signing *signing, const struct signers *signers, struct why *why)
{
    struct bytes minisigs[SIGNERS_MAX];
    struct document_line line;

    for (size_t i = 0; i < signing->count; i++)
        minisigs[i] = buffer_bytes(&signing->minisigs[i]);
    return document_verify(signing->text, signing->line->kind, signing->line->federation,
                           minisigs, signing->count, signers, &line, why);
}

static enum err
put_in_force(struct signing *signing, struct why *why)
{
    char path[FILE_PATH_MAX];
    enum err err;

    if ((err = path_of(path, why, signing->folder, "federation")))
        return err;
    for (size_t i = 0; i < signing->count; i++)
        if ((err = write_text(path, signing->names[i], &signing->minisigs[i], why)))
            return err;
    if ((err = path_of(path, why, signing->folder, "federation/%s",
                       document_file_name(signing->line->kind))))
        return err;
    return file_write(path, signing->text, 0644, why);
}

static enum err
sign_and_put(struct signing *signing, const struct key *kek, const struct signers *signers,
             struct why *why)
{
    char path[FILE_PATH_MAX];
    enum err err;

    if ((err = sign_with_all(signing, kek, signers, why))
        || (err = verify(signing, signers, why)))
        return err;
    if ((err = put_in_force(signing, why)))
        return err;
    if (path_of(path, NULL, signing->folder, "federation") == ERR_OK)
        document_forget_signatures(path, signing->line->kind, signing->line->version);
    return ERR_OK;
}

enum err
sign_document(const char *folder, const struct key *kek, const struct trust *trust,
              const struct document_line *line, struct bytes text, struct why *why)
{
    struct signing signing = { .folder = folder, .line = line, .text = text };
    enum err err;

    for (size_t i = 0; i < SIGNERS_MAX; i++)
        buffer_init(&signing.minisigs[i], MINISIG_MAX);
    err = sign_and_put(&signing, kek,
                       line->kind == DOCUMENT_REGISTRY ? &trust->registry : &trust->agreement,
                       why);
    for (size_t i = 0; i < SIGNERS_MAX; i++)
        buffer_clear(&signing.minisigs[i]);
    return err;
}
