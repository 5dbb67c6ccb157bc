#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "federation/directory.h"
#include "federation/make_parts.h"
#include "federation/node_keys.h"

const char *
office_of(enum document_kind kind)
{
    return kind == DOCUMENT_REGISTRY ? "registry" : "agreement";
}

/* --- Making signers --------------------------------------------------------------------------- */

static enum err
write_public(const struct minisign_public *public, const char *offline, const char *office,
             int number, struct why *why)
{
    char line[MINISIGN_PUBLIC_TEXT], name[64];
    struct buffer text;
    enum err err;

    buffer_init(&text, 512);
    snprintf(name, sizeof(name), "%s-%d.pub", office, number);
    minisign_public_write(line, public);
    buffer_print(&text, "untrusted comment: minisign public key of %s signer %d\n%s\n", office,
                 number, line);
    err = write_text(offline, name, &text, why);
    buffer_clear(&text);
    return err;
}

static enum err
make_signer(struct minisign_public *public, const char *offline, const char *office, int number,
            const struct key *kek, struct why *why)
{
    struct sign_secret secret;
    char name[64];
    enum err err;

    snprintf(name, sizeof(name), "%s-%d.key", office, number);
    random_fill(public->key_id, sizeof(public->key_id));
    err = make_signing_key(&public->key, &secret, offline, name, KEYFILE_SIGNER, kek, why);
    wipe(&secret, sizeof(secret));
    return err != ERR_OK ? err : write_public(public, offline, office, number, why);
}

enum err
make_signers(struct trust *trust, const char *offline, const struct key *kek, struct why *why)
{
    struct signers *sets[] = { &trust->registry, &trust->agreement };
    enum err err;

    for (int kind = DOCUMENT_REGISTRY; kind <= DOCUMENT_AGREEMENT; kind++) {
        sets[kind]->needed = SIGNERS_NEEDED;
        sets[kind]->count = SIGNERS_MADE;
        for (int i = 0; i < SIGNERS_MADE; i++)
            if ((err = make_signer(&sets[kind]->keys[i], offline,
                                   office_of((enum document_kind)kind), i + 1, kek, why)))
                return err;
    }
    return ERR_OK;
}

void
signing_line_write(struct buffer *out, const char *before, uint32_t number,
                   const struct sign_public *public, struct instant now)
{
    char key[64], first[DAY_TEXT], last[DAY_TEXT];
    struct day today = instant_day(now);

    base64_write(key, public->bytes, sizeof(public->bytes));
    day_write(first, today);
    day_write(last, (struct day){ today.number + KEY_DAYS });
    buffer_print(out, "%ssigning %u %s from %s to %s\n", before, (unsigned)number, key, first,
                 last);
}

/* --- The next version of a document ----------------------------------------------------------- */

/* The line of the version after the one in force. */
static void
line_after(struct document_line *line, const struct signed_document *current)
{
    *line = current->line;
    line->version++;
    memcpy(line->replaces, current->digest, DIGEST);
}

static enum err
check_registry(struct bytes text, const struct federation *federation, struct why *why)
{
    const struct signed_document *current = federation_document(federation, DOCUMENT_REGISTRY);
    struct registry *next;
    enum err err;

    if ((err = registry_read(&next, text, why)))
        return err;
    err = registry_may_replace(next, federation_registry(federation), current->digest, why);
    registry_free(&next);
    return err;
}

enum err
publish_next(const struct federation *federation, const struct offline *offline,
             const struct key *kek, enum document_kind kind, struct bytes body, struct why *why)
{
    struct document_line line;
    struct buffer text;
    enum err err = ERR_OK;

    line_after(&line, federation_document(federation, kind));
    buffer_init(&text, kind == DOCUMENT_REGISTRY ? REGISTRY_MAX : AGREEMENT_MAX);
    document_line_write(&text, &line);
    buffer_add_bytes(&text, body);
    if (!buffer_is_whole(&text))
        err = because(why, ERR_TOO_BIG, "the new %s is too long", office_of(kind));
    else if (kind == DOCUMENT_REGISTRY)
        err = check_registry(buffer_bytes(&text), federation, why);
    if (err == ERR_OK)
        err = sign_document(offline->folder, kek, federation_trust(federation), &line,
                            buffer_bytes(&text), why);
    buffer_clear(&text);
    return err;
}

/* --- Opening ------------------------------------------------------------------------------------ */

enum err
offline_open(struct opened_offline *opened, const struct offline *offline, struct why *why)
{
    char path[FILE_PATH_MAX];
    enum err err;

    *opened = (struct opened_offline){ .lock = -1 };
    if ((err = lock_folder(&opened->lock, offline->folder, why))
        || (err = path_of(path, why, offline->folder, "federation"))
        || (err = federation_load(&opened->federation, path, NULL, 0, 0, why))
        || (err = path_of(path, why, offline->folder, "offline"))
        || (err = node_kek_open(&opened->kek, path, offline->passphrase, why)))
        offline_close(opened);
    return err;
}

void
offline_close(struct opened_offline *opened)
{
    federation_free(&opened->federation);
    wipe(&opened->kek, sizeof(opened->kek));
    if (opened->lock >= 0)
        close(opened->lock);
}

enum err
federation_publish(const struct offline *offline, enum document_kind kind, struct bytes body,
                   struct why *why)
{
    struct opened_offline opened;
    enum err err;

    if ((err = offline_open(&opened, offline, why)))
        return err;
    err = publish_next(opened.federation, offline, &opened.kek, kind, body, why);
    offline_close(&opened);
    return err;
}
