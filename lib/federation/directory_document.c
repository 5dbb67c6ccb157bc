#include "federation/directory_parts.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *
document_file_name(enum document_kind kind)
{
    return kind == DOCUMENT_REGISTRY ? "registry" : "agreement.policy";
}

bool
is_signature_of(const char *entry, const char *text)
{
    size_t before = strlen(text);

    return strncmp(entry, text, before) == 0 && entry[before] == '.'
           && has_ending(entry + before + 1, ".minisig");
}

bool
document_is_signature(const char *file, enum document_kind kind)
{
    return is_signature_of(file, document_file_name(kind));
}

void
document_forget_signatures(const char *folder, enum document_kind kind, uint32_t version)
{
    char path[FILE_PATH_MAX], mark[32];
    struct dirent *entry;
    DIR *listing = opendir(folder);

    snprintf(mark, sizeof(mark), ".v%u.minisig", (unsigned)version);
    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        if (document_is_signature(entry->d_name, kind)
            && !bytes_end_with(bytes_of_text(entry->d_name), bytes_of_text(mark))
            && path_in(path, folder, entry->d_name, NULL) == ERR_OK)
            unlink(path);
    }
    if (listing != NULL)
        closedir(listing);
}

static enum err
read_signature(struct loaded_document *document, const char *folder, const char *entry,
               struct why *why)
{
    size_t place = document->view.minisig_count;
    struct buffer *signature = &document->signatures[place];
    enum err err;

    if (place == SIGNATURES_MAX)
        return because(why, ERR_TOO_BIG, "more than %d signatures", SIGNATURES_MAX);
    buffer_init(signature, MINISIG_MAX);
    if ((err = read_in_folder(signature, folder, entry, why))) {
        buffer_clear(signature);
        return err;
    }
    document->minisigs[place] = buffer_bytes(signature);
    document->view.minisig_count++;
    return ERR_OK;
}

/* The signatures that the directory lists for the file. */
static enum err
read_signatures(struct loaded_document *document, const char *folder, DIR *listing,
                enum document_kind kind, struct why *why)
{
    struct dirent *entry;
    enum err err;

    while ((entry = readdir(listing)) != NULL) {
        if (!document_is_signature(entry->d_name, kind))
            continue;
        if ((err = read_signature(document, folder, entry->d_name, why)))
            return err;
    }
    return ERR_OK;
}

static enum err
read_files(struct loaded_document *document, const char *folder, enum document_kind kind,
           struct why *why)
{
    DIR *listing;
    enum err err;

    buffer_init(&document->text, kind == DOCUMENT_REGISTRY ? REGISTRY_MAX : AGREEMENT_MAX);
    if ((err = read_in_folder(&document->text, folder, document_file_name(kind), why)))
        return err;
    listing = opendir(folder);
    if (listing == NULL)
        return because(why, ERR_IO, "%s: %s", folder, strerror(errno));
    err = read_signatures(document, folder, listing, kind, why);
    closedir(listing);
    return err;
}

enum err
load_document(struct loaded_document *document, const char *folder, enum document_kind kind,
              const struct trust *trust, struct why *why)
{
    struct signed_document *view = &document->view;
    enum err err;

    if ((err = read_files(document, folder, kind, why)))
        return err;
    view->text = buffer_bytes(&document->text);
    view->minisigs = document->minisigs;
    document_digest(view->digest, kind, view->text);
    return document_verify(
        view->text, kind, trust->federation, view->minisigs, view->minisig_count,
        kind == DOCUMENT_REGISTRY ? &trust->registry : &trust->agreement, &view->line, why);
}

void
document_clear(struct loaded_document *document)
{
    buffer_clear(&document->text);
    for (size_t i = 0; i < document->view.minisig_count; i++)
        buffer_clear(&document->signatures[i]);
}
