#include "federation/directory_parts.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "federation/shared.h"

static const char ending_of_suspension[] = ".suspension", ending_of_lift[] = ".lift";

/* One reading of the folder.  Its entries are in order, so that a text is followed by its
   signatures. */
struct reading {
    const struct federation *federation;
    const char *folder;
    struct dirent **entries;
    size_t entry_count;
    struct suspensions *into;
};

/* A text, and as many of its signatures as there may be. */
struct signed_text {
    struct buffer text;
    struct buffer signatures[SIGNATURES_MAX];
    struct bytes minisigs[SIGNATURES_MAX];
    size_t count;
};

static void
leave_out(struct suspensions *suspensions, const struct why *why)
{
    suspensions->left_out++;
    suspensions->left_out_why = *why;
}

void
federation_leave_out(struct federation *federation, const struct why *why)
{
    leave_out(&federation->suspensions, why);
}

void
suspensions_clear(struct suspensions *suspensions)
{
    free(suspensions->list);
    free(suspensions->lifts);
    buffer_clear(&suspensions->shared);
    buffer_clear(&suspensions->fetched);
    *suspensions = (struct suspensions){ 0 };
}

/* --- Reading files ---------------------------------------------------------------------- */

static enum err
read_signature(struct signed_text *as_signed, const struct reading *reading, const char *entry,
               struct why *why)
{
    struct buffer *signature = &as_signed->signatures[as_signed->count];
    enum err err;

    if (as_signed->count == SIGNATURES_MAX)
        return because(why, ERR_TOO_BIG, "more than %d signatures", SIGNATURES_MAX);
    buffer_init(signature, MINISIG_MAX);
    if ((err = read_in_folder(signature, reading->folder, entry, why))) {
        buffer_clear(signature);
        return err;
    }
    as_signed->minisigs[as_signed->count++] = buffer_bytes(signature);
    return ERR_OK;
}

/* The text at that place of the listing, and its signatures behind it. */
static enum err
read_files(struct signed_text *as_signed, const struct reading *reading, size_t place,
           struct why *why)
{
    const char *text = reading->entries[place]->d_name;
    enum err err = read_in_folder(&as_signed->text, reading->folder, text, why);

    for (size_t i = place + 1; i < reading->entry_count && err == ERR_OK; i++) {
        const char *entry = reading->entries[i]->d_name;

        if (strncmp(entry, text, strlen(text)) != 0)
            break;
        if (is_signature_of(entry, text))
            err = read_signature(as_signed, reading, entry, why);
    }
    return err;
}

static void
signed_text_clear(struct signed_text *as_signed)
{
    buffer_clear(&as_signed->text);
    for (size_t i = 0; i < as_signed->count; i++)
        buffer_clear(&as_signed->signatures[i]);
    free(as_signed);
}

/* --- Whom, and by whom ------------------------------------------------------------------ */

/* Of this federation, and of the agency whose name the file has. */
static enum err
check_whom(const struct reading *reading, const char *federation, uint32_t number,
           const char *name, const char *file_name, struct why *why)
{
    const struct registry *registry = reading->federation->registry;
    const struct agency *agency = registry_agency_named(registry, name);

    if (strcmp(federation, registry_federation(registry)) != 0)
        return because(why, ERR_REFUSED, "of the federation '%s', not '%s'", federation,
                       registry_federation(registry));
    if (strcmp(name, file_name) != 0)
        return because(why, ERR_REFUSED, "is about '%s', not '%s'", name, file_name);
    if (agency == NULL || agency->number != number)
        return because(why, ERR_NOT_FOUND, "the registry has no agency %u '%s'",
                       (unsigned)number, name);
    return ERR_OK;
}

/* By at least `needed` registry signers; `signers`: by how many. */
static enum err
check_signers(const struct reading *reading, const struct signed_text *as_signed,
              uint32_t needed, uint32_t *signers, struct why *why)
{
    struct buffer remarks;
    enum err err = ERR_OK;

    buffer_init(&remarks, REMARKS_MAX);
    *signers =
        signers_counted(buffer_bytes(&as_signed->text), as_signed->minisigs, as_signed->count,
                        &reading->federation->trust.registry, &remarks);
    if (*signers < needed)
        err = because(why, ERR_FORGED, "signed by %u of the %u registry signers needed%s",
                      (unsigned)*signers, (unsigned)needed, buffer_text(&remarks));
    buffer_clear(&remarks);
    return err;
}

static enum err
take_suspension(struct reading *reading, const struct signed_text *as_signed,
                const char *file_name, struct why *why)
{
    struct suspensions *into = reading->into;
    struct suspension read;
    enum err err;

    if ((err = suspension_read(&read, buffer_bytes(&as_signed->text), why))
        || (err = check_whom(reading, read.federation, read.agency, read.name, file_name, why))
        || (err = check_signers(reading, as_signed, 1, &read.signers, why)))
        return err;
    into->list = mem_resize(into->list, into->count + 1, sizeof(*into->list));
    into->list[into->count++] = read;
    return ERR_OK;
}

static enum err
take_lift(struct reading *reading, const struct signed_text *as_signed, const char *file_name,
          struct why *why)
{
    struct suspensions *into = reading->into;
    struct lift read;
    uint32_t signers;
    enum err err;

    if ((err = lift_read(&read, buffer_bytes(&as_signed->text), why))
        || (err = check_whom(reading, read.federation, read.agency, read.name, file_name, why))
        || (err = check_signers(reading, as_signed, reading->federation->trust.registry.needed,
                                &signers, why)))
        return err;
    into->lifts = mem_resize(into->lifts, into->lift_count + 1, sizeof(*into->lifts));
    into->lifts[into->lift_count++] = read;
    return ERR_OK;
}

static void
take_entry(struct reading *reading, size_t place)
{
    const char *entry = reading->entries[place]->d_name;
    struct signed_text *as_signed;
    char name[NAME_MAX_LEN + 1];
    struct why why = { "" };
    bool is_lift;
    enum err err;

    is_lift = name_of_entry(name, entry, ending_of_lift);
    if (!is_lift && !name_of_entry(name, entry, ending_of_suspension))
        return;
    as_signed = mem_new(sizeof(*as_signed));
    buffer_init(&as_signed->text, SUSPENSION_MAX);
    err = read_files(as_signed, reading, place, &why);
    if (err == ERR_OK)
        err = is_lift ? take_lift(reading, as_signed, name, &why)
                      : take_suspension(reading, as_signed, name, &why);
    if (in_file(err, reading->folder, entry, &why))
        leave_out(reading->into, &why);
    signed_text_clear(as_signed);
}

/* --- The folder ---------------------------------------------------------------------------- */

static int
in_order(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* The entries of a folder that need not be there. */
static enum err
list_folder(struct dirent ***entries, size_t *count, const char *folder, struct why *why)
{
    int listed = scandir(folder, entries, NULL, in_order);

    if (listed < 0) {
        *entries = NULL;
        *count = 0;
        return errno == ENOENT ? ERR_OK
                               : because(why, ERR_IO, "%s: %s", folder, strerror(errno));
    }
    *count = (size_t)listed;
    return ERR_OK;
}

static void
free_entries(struct dirent **entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
}

/* As it stands there: each node looks for itself whether it is signed. */
static void
share_entry(struct buffer *shared, const struct reading *reading, const char *entry)
{
    struct buffer content;

    if (!shared_name_is_valid(bytes_of_text(entry)))
        return;
    buffer_init(&content, SUSPENSION_FILE_MAX);
    if (read_in_folder(&content, reading->folder, entry, NULL) == ERR_OK)
        shared_file_add(shared, bytes_of_text(entry), buffer_bytes(&content));
    buffer_clear(&content);
}

static enum err
read_folder(struct suspensions *into, struct buffer *shared,
            const struct federation *federation, const char *folder, struct why *why)
{
    struct reading reading = { .federation = federation, .into = into };
    char path[FILE_PATH_MAX];
    enum err err;

    if ((err = path_in(path, folder, SUSPENSIONS_FOLDER, why)))
        return err;
    reading.folder = path;
    if ((err = list_folder(&reading.entries, &reading.entry_count, path, why)))
        return err;
    for (size_t i = 0; i < reading.entry_count; i++) {
        take_entry(&reading, i);
        share_entry(shared, &reading, reading.entries[i]->d_name);
    }
    free_entries(reading.entries, reading.entry_count);
    return ERR_OK;
}

enum err
federation_read_suspensions(struct federation *federation, const char *folder,
                            const char *fetched, struct why *why)
{
    struct suspensions read = { 0 };
    enum err err;

    buffer_init(&read.shared, SHARED_MAX);
    buffer_init(&read.fetched, SHARED_MAX);
    err = read_folder(&read, &read.shared, federation, folder, why);
    if (err == ERR_OK && fetched != NULL)
        err = read_folder(&read, &read.fetched, federation, fetched, why);
    if (err) {
        suspensions_clear(&read);
        return err;
    }
    suspensions_clear(&federation->suspensions);
    federation->suspensions = read;
    return ERR_OK;
}

/* FNV-1a.  Who could make two that are alike can write here, and so could do worse. */
static void
mix(uint64_t *mark, const void *data, size_t len)
{
    const uint8_t *bytes = data;

    for (size_t i = 0; i < len; i++)
        *mark = (*mark ^ bytes[i]) * UINT64_C(0x100000001b3);
}

static void
mix_status(uint64_t *mark, const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return;
    mix(mark, &status.st_mtim.tv_sec, sizeof(status.st_mtim.tv_sec));
    mix(mark, &status.st_mtim.tv_nsec, sizeof(status.st_mtim.tv_nsec));
    mix(mark, &status.st_size, sizeof(status.st_size));
    mix(mark, &status.st_ino, sizeof(status.st_ino));
}

uint64_t
federation_suspensions_mark(const char *folder)
{
    uint64_t mark = UINT64_C(0xcbf29ce484222325);
    char path[FILE_PATH_MAX], entry[FILE_PATH_MAX];
    struct dirent **entries;
    size_t count;

    if (path_in(path, folder, SUSPENSIONS_FOLDER, NULL)
        || list_folder(&entries, &count, path, NULL))
        return 0;
    mix_status(&mark, path);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(entries[i]->d_name, ".") == 0 || strcmp(entries[i]->d_name, "..") == 0)
            continue;
        mix(&mark, entries[i]->d_name, strlen(entries[i]->d_name) + 1);
        if (path_in(entry, path, entries[i]->d_name, NULL) == ERR_OK)
            mix_status(&mark, entry);
    }
    free_entries(entries, count);
    return mark;
}

/* --- What was read -------------------------------------------------------------------------- */

size_t
federation_suspension_count(const struct federation *federation)
{
    return federation->suspensions.count;
}

const struct suspension *
federation_suspension_at(const struct federation *federation, size_t i)
{
    return &federation->suspensions.list[i];
}

static bool
is_lifted(const struct federation *federation, const struct suspension *suspension)
{
    for (size_t i = 0; i < federation->suspensions.lift_count; i++)
        if (memcmp(federation->suspensions.lifts[i].of, suspension->digest, DIGEST) == 0)
            return true;
    return false;
}

const struct suspension *
federation_suspension_of(const struct federation *federation, uint32_t agency)
{
    for (size_t i = 0; i < federation->suspensions.count; i++) {
        const struct suspension *suspension = &federation->suspensions.list[i];

        if (suspension->agency == agency)
            return is_lifted(federation, suspension) ? NULL : suspension;
    }
    return NULL;
}

size_t
federation_lift_count(const struct federation *federation)
{
    return federation->suspensions.lift_count;
}

const struct lift *
federation_lift_at(const struct federation *federation, size_t i)
{
    return &federation->suspensions.lifts[i];
}
