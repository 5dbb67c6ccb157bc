#include "federation/shared.h"

#include <stdio.h>

#include "core/file.h"
#include "core/lines.h"
#include "federation/directory_parts.h"

/* --- Giving out ------------------------------------------------------------------------------- */

void
federation_share_intake(struct buffer *out, const struct federation *federation)
{
    size_t count = registry_agency_count(federation->registry);

    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < federation->intake[i].count; j++)
            intake_file_add(out, &federation->intake[i].keys[j]);
}

static bool
add_grant(void *context, const struct held_grant *held)
{
    grant_file_add(context, &held->as_signed);
    return true;
}

void
federation_share_grants(struct buffer *out, const struct federation *federation,
                        uint32_t publisher)
{
    grant_file_start(out);
    grant_table_of_publisher(federation->grants, publisher, add_grant, out);
}

void
shared_digest(uint8_t digest[DIGEST], struct bytes text)
{
    hash_of(digest, DIGEST, "kith1.shared", NULL, text);
}

/* --- Taking in: what was signed as a whole ----------------------------------------------------- */

static enum err
check_document(enum document_kind kind, struct bytes text, const struct bytes *minisigs,
               size_t count, const struct federation *current, struct document_line *line,
               struct why *why)
{
    const struct signed_document *now = &current->documents[kind].view;
    const struct signers *signers =
        kind == DOCUMENT_REGISTRY ? &current->trust.registry : &current->trust.agreement;
    struct signed_document next = { .text = text };
    struct registry *registry = NULL;
    enum err err;

    if ((err = document_verify(text, kind, current->trust.federation, minisigs, count, signers,
                               line, why)))
        return err;
    next.line = *line;
    if (line->version == now->line.version)
        return because(why, ERR_CONFLICT, "version %u is in force already",
                       (unsigned)line->version);
    if ((err = check_version(&next, now, 0, why)) || kind != DOCUMENT_REGISTRY)
        return err;
    if (!(err = registry_read(&registry, text, why)))
        err = registry_keeps_history(registry, current->registry, why);
    registry_free(&registry);
    return err;
}

/* Signatures first, under names with the version in them; the text, by which they count,
   last. */
enum err
document_write(const char *folder, enum document_kind kind, uint32_t version, struct bytes text,
               const struct bytes *minisigs, size_t count, struct why *why)
{
    const char *file = document_file_name(kind);
    char path[FILE_PATH_MAX], name[128];
    enum err err;

    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "%s.fetched-%zu.v%u.minisig", file, i + 1,
                 (unsigned)version);
        if ((err = path_in(path, folder, name, why))
            || (err = file_write(path, minisigs[i], 0644, why)))
            return err;
    }
    if ((err = path_in(path, folder, file, why)))
        return err;
    return file_write(path, text, 0644, why);
}

enum err
federation_install_document(const char *folder, enum document_kind kind, struct bytes text,
                            const struct bytes *minisigs, size_t count,
                            const struct federation *current, struct why *why)
{
    struct document_line line;
    enum err err;

    if ((err = check_document(kind, text, minisigs, count, current, &line, why))
        || (err = document_write(folder, kind, line.version, text, minisigs, count, why)))
        return err;
    document_forget_signatures(folder, kind, line.version);
    return ERR_OK;
}

/* --- Taking in: what is signed one by one ------------------------------------------------------ */

static enum err
check_intake(struct bytes text, struct why *why)
{
    struct lines lines = lines_of(text);
    struct intake_key key;
    struct bytes line;

    while (lines_next(&lines, &line))
        if (!intake_line_read(&key, line))
            return because(why, ERR_MALFORMED, "line %u is not an intake key", lines.number);
    return ERR_OK;
}

enum err
federation_install_intake(const char *folder, struct bytes text, struct why *why)
{
    char path[FILE_PATH_MAX];
    enum err err;

    if ((err = check_intake(text, why)) || (err = path_in(path, folder, FETCHED_INTAKE, why)))
        return err;
    return file_write(path, text, 0644, why);
}

enum err
federation_install_grants(const char *folder, struct bytes text, struct why *why)
{
    struct signed_grant grant;
    struct grant_file file;
    char path[FILE_PATH_MAX];
    enum err err;

    if ((err = grant_file_open(&file, text, why)))
        return err;
    while (file.rest.len > 0)
        if ((err = grant_file_next(&grant, &file, why)))
            return err;
    if ((err = path_in(path, folder, "grants", why)))
        return err;
    return file_write(path, text, 0644, why);
}

enum err
federation_check_offer(const struct federation *current, const struct agency *agency,
                       struct bytes text, struct why *why)
{
    struct intake_key keys[INTAKE_KEYS_MAX];
    size_t count;
    enum err err;

    if ((err = intake_file_read(keys, &count, text, why)))
        return err;
    for (size_t i = 0; i < count; i++) {
        struct day day = instant_day((struct instant){ (int64_t)keys[i].not_before_ms });
        const struct sign_public *signer =
            registry_signing_key(current->registry, agency->number, keys[i].signing_key, day);

        if (keys[i].agency != agency->number || signer == NULL
            || !intake_verify(&keys[i], signer))
            return because(why, ERR_FORGED, "key %zu is not signed by %s", i + 1, agency->name);
    }
    return ERR_OK;
}

enum err
federation_install_offer(const char *folder, const struct federation *current,
                         const struct agency *agency, struct bytes text, struct why *why)
{
    char intake[FILE_PATH_MAX], path[FILE_PATH_MAX], name[AGENCY_NAME_MAX + 16];
    enum err err;

    snprintf(name, sizeof(name), "%s.intake", agency->name);
    if ((err = federation_check_offer(current, agency, text, why))
        || (err = path_in(intake, folder, "intake", why))
        || (err = folder_make(intake, 0755, why)) || (err = path_in(path, intake, name, why)))
        return err;
    return file_write(path, text, 0644, why);
}
