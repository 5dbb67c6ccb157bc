#include "federation/directory.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "federation/directory_parts.h"

enum { TRUST_MAX = 16 * 1024 };

enum err
in_file(enum err err, const char *folder, const char *name, struct why *why)
{
    struct why reason;

    if (err == ERR_OK || why == NULL)
        return err;
    reason = *why;
    if (bytes_start_with(bytes_of_text(reason.text), bytes_of_text(folder)))
        return err;
    return because(why, err, "%s/%s: %s", folder, name, reason.text);
}

enum err
read_in_folder(struct buffer *content, const char *folder, const char *name, struct why *why)
{
    char path[FILE_PATH_MAX];
    enum err err;

    if ((err = path_in(path, folder, name, why)))
        return err;
    return file_read(content, path, why);
}

static enum err
load_trust(struct federation *federation, const char *folder, const struct federation *current,
           struct why *why)
{
    enum err err;

    if ((err = read_in_folder(&federation->trust_text, folder, "trust", why)))
        return err;
    if (current != NULL
        && !bytes_equal(buffer_bytes(&federation->trust_text),
                        buffer_bytes(&current->trust_text)))
        return because(why, ERR_REFUSED,
                       "%s/trust: has changed; who is trusted can change only at a restart",
                       folder);
    err = trust_read(&federation->trust, buffer_bytes(&federation->trust_text), why);
    return in_file(err, folder, "trust", why);
}

/* May it come after what is in force, and after what was ever seen? */
static enum err
check_version(const struct signed_document *next, const struct signed_document *current,
              uint32_t least, struct why *why)
{
    uint32_t version = next->line.version;

    if (version < least || (current != NULL && version < current->line.version))
        return because(
            why, ERR_REFUSED, "ROLLBACK: version %u, where version %u has been in force",
            (unsigned)version,
            (unsigned)(current != NULL && current->line.version > least ? current->line.version
                                                                        : least));
    if (current == NULL)
        return ERR_OK;
    if (version == current->line.version && !bytes_equal(next->text, current->text))
        return because(why, ERR_CONFLICT, "differs from the version %u that is in force",
                       (unsigned)version);
    if (version - 1 == current->line.version
        && memcmp(next->line.replaces, current->digest, DIGEST) != 0)
        return because(why, ERR_REFUSED, "replaces another version %u than the one in force",
                       (unsigned)version - 1);
    return ERR_OK;
}

static enum err
load_signed(struct federation *federation, const char *folder, enum document_kind kind,
            const struct federation *current, uint32_t least, struct why *why)
{
    struct loaded_document *document = &federation->documents[kind];
    const struct signed_document *before =
        current == NULL ? NULL : &current->documents[kind].view;
    enum err err;

    if ((err = load_document(document, folder, kind, &federation->trust, why)))
        return err;
    return check_version(&document->view, before, least, why);
}

static enum err
load_registry(struct federation *federation, const char *folder,
              const struct federation *current, uint32_t least, struct why *why)
{
    enum err err;

    if ((err = load_signed(federation, folder, DOCUMENT_REGISTRY, current, least, why)))
        return err;
    err = registry_read(&federation->registry,
                        federation->documents[DOCUMENT_REGISTRY].view.text, why);
    if (err != ERR_OK || current == NULL)
        return err;
    return registry_keeps_history(federation->registry, current->registry, why);
}

static enum err
load_all(struct federation *federation, const char *folder, const struct federation *current,
         uint32_t least_registry, uint32_t least_agreement, struct why *why)
{
    enum err err;

    if ((err = load_trust(federation, folder, current, why)))
        return err;
    if ((err = load_registry(federation, folder, current, least_registry, why)))
        return in_file(err, folder, "registry", why);
    if ((err = load_signed(federation, folder, DOCUMENT_AGREEMENT, current, least_agreement,
                           why)))
        return in_file(err, folder, "agreement.policy", why);
    if ((err = load_intake(federation, folder, current, why)))
        return err;
    return load_grants(federation, folder, why);
}

enum err
federation_load(struct federation **federation, const char *folder,
                const struct federation *current, uint32_t least_registry,
                uint32_t least_agreement, struct why *why)
{
    struct federation *loaded = mem_new(sizeof(*loaded));
    enum err err;

    buffer_init(&loaded->trust_text, TRUST_MAX);
    loaded->grants = grant_table_new();
    err = load_all(loaded, folder, current, least_registry, least_agreement, why);
    if (err != ERR_OK)
        federation_free(&loaded);
    else
        *federation = loaded;
    return err;
}

void
federation_free(struct federation **federation)
{
    struct federation *gone = *federation;

    *federation = NULL;
    if (gone == NULL)
        return;
    buffer_clear(&gone->trust_text);
    document_clear(&gone->documents[DOCUMENT_REGISTRY]);
    document_clear(&gone->documents[DOCUMENT_AGREEMENT]);
    registry_free(&gone->registry);
    grant_table_free(&gone->grants);
    free(gone->intake);
    free(gone);
}

const struct trust *
federation_trust(const struct federation *federation)
{
    return &federation->trust;
}

const struct registry *
federation_registry(const struct federation *federation)
{
    return federation->registry;
}

const struct signed_document *
federation_document(const struct federation *federation, enum document_kind kind)
{
    return &federation->documents[kind].view;
}

const char *
federation_left_out_why(const struct federation *federation)
{
    return federation->left_out_why.text;
}

const struct grant_table *
federation_grants(const struct federation *federation)
{
    return federation->grants;
}

size_t
federation_left_out(const struct federation *federation)
{
    return federation->left_out;
}
