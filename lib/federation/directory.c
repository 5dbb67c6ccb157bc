#include "federation/directory.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "federation/directory_parts.h"

enum { TRUST_MAX = 16 * 1024 };

bool
has_ending(const char *entry, const char *ending)
{
    return strlen(entry) > strlen(ending)
           && bytes_end_with(bytes_of_text(entry), bytes_of_text(ending));
}

bool
name_of_entry(char name[NAME_MAX_LEN + 1], const char *entry, const char *ending)
{
    return has_ending(entry, ending)
           && name_copy(name, bytes_of(entry, strlen(entry) - strlen(ending)));
}

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
enum err
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

/* What a load goes by. */
struct loading {
    const char *folder, *fetched; /* NULL: nothing was fetched */
    const struct federation *current;
    uint32_t least[2]; /* by enum document_kind */
};

static bool
has_been_fetched(const struct loading *loading, const char *name)
{
    char path[FILE_PATH_MAX];

    return loading->fetched != NULL && path_in(path, loading->fetched, name, NULL) == ERR_OK
           && file_exists(path);
}

/* Takes the fetched one in place of the other when it verifies and is newer. */
static void
prefer_fetched(struct federation *federation, const struct loading *loading,
               enum document_kind kind)
{
    struct loaded_document *document = &federation->documents[kind];
    struct loaded_document *fetched;
    struct why why;

    if (!has_been_fetched(loading, document_file_name(kind)))
        return;
    fetched = mem_new(sizeof(*fetched));
    if (load_document(fetched, loading->fetched, kind, &federation->trust, &why)) {
        federation->left_out++;
        in_file(ERR_OK, loading->fetched, document_file_name(kind), &why);
        federation->left_out_why = why;
    } else if (fetched->view.line.version > document->view.line.version) {
        struct loaded_document other = *document;

        *document = *fetched;
        document->view.minisigs = document->minisigs;
        *fetched = other;
    }
    document_clear(fetched);
    free(fetched);
}

static enum err
load_signed(struct federation *federation, const struct loading *loading,
            enum document_kind kind, struct why *why)
{
    struct loaded_document *document = &federation->documents[kind];
    const struct federation *current = loading->current;
    enum err err;

    if ((err = load_document(document, loading->folder, kind, &federation->trust, why)))
        return err;
    prefer_fetched(federation, loading, kind);
    return check_version(&document->view,
                         current == NULL ? NULL : &current->documents[kind].view,
                         loading->least[kind], why);
}

static enum err
load_registry(struct federation *federation, const struct loading *loading, struct why *why)
{
    enum err err;

    if ((err = load_signed(federation, loading, DOCUMENT_REGISTRY, why)))
        return err;
    err = registry_read(&federation->registry,
                        federation->documents[DOCUMENT_REGISTRY].view.text, why);
    if (err != ERR_OK || loading->current == NULL)
        return err;
    return registry_keeps_history(federation->registry, loading->current->registry, why);
}

static enum err
load_all(struct federation *federation, const struct loading *loading, struct why *why)
{
    const char *folder = loading->folder;
    enum err err;

    if ((err = load_trust(federation, folder, loading->current, why)))
        return err;
    if ((err = load_registry(federation, loading, why)))
        return in_file(err, folder, "registry", why);
    if ((err = load_signed(federation, loading, DOCUMENT_AGREEMENT, why)))
        return in_file(err, folder, "agreement.policy", why);
    if ((err = load_intake(federation, folder,
                           has_been_fetched(loading, FETCHED_INTAKE) ? loading->fetched : NULL,
                           loading->current, why)))
        return err;
    if ((err = load_grants(
             federation, has_been_fetched(loading, "grants") ? loading->fetched : folder, why)))
        return err;
    return federation_read_suspensions(federation, folder, loading->fetched, why);
}

enum err
federation_load_fetched(struct federation **federation, const char *folder, const char *fetched,
                        const struct federation *current, uint32_t least_registry,
                        uint32_t least_agreement, struct why *why)
{
    const struct loading loading = {
        folder,
        fetched,
        current,
        { [DOCUMENT_REGISTRY] = least_registry, [DOCUMENT_AGREEMENT] = least_agreement }
    };
    struct federation *loaded = mem_new(sizeof(*loaded));
    enum err err;

    buffer_init(&loaded->trust_text, TRUST_MAX);
    loaded->grants = grant_table_new();
    err = load_all(loaded, &loading, why);
    if (err != ERR_OK)
        federation_free(&loaded);
    else
        *federation = loaded;
    return err;
}

enum err
federation_load(struct federation **federation, const char *folder,
                const struct federation *current, uint32_t least_registry,
                uint32_t least_agreement, struct why *why)
{
    return federation_load_fetched(federation, folder, NULL, current, least_registry,
                                   least_agreement, why);
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
    suspensions_clear(&gone->suspensions);
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
    return federation->suspensions.left_out > 0 ? federation->suspensions.left_out_why.text
                                                : federation->left_out_why.text;
}

const struct grant_table *
federation_grants(const struct federation *federation)
{
    return federation->grants;
}

size_t
federation_left_out(const struct federation *federation)
{
    return federation->left_out + federation->suspensions.left_out;
}
