#include "core/lines.h"
#include "federation/directory_parts.h"
#include "federation/shared.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "core/mem.h"

enum { ROOTS_CACHED = 4096 };

/* --- Intake keys ---------------------------------------------------------------------- */

static void
leave_out(struct federation *federation, const struct why *why)
{
    federation->left_out++;
    federation->left_out_why = *why;
}

/* A key whose signing key is not valid on that day is left out; one that is not signed by
   the key it names is an attack or an accident, and spoils its file. */
static enum err
take_intake_key(struct federation *federation, struct agency_intake *intake,
                const struct intake_key *key, struct why *why)
{
    const struct sign_public *signer;
    struct day day = instant_day((struct instant){ (int64_t)key->not_before_ms });

    if (key->agency != intake->agency)
        return because(why, ERR_FORGED, "the key of agency %u, not of %u",
                       (unsigned)key->agency, (unsigned)intake->agency);
    signer = registry_signing_key(federation->registry, key->agency, key->signing_key, day);
    if (signer == NULL) {
        because(why, ERR_OK, "an intake key of agency %u: signing key %u was not valid then",
                (unsigned)key->agency, (unsigned)key->signing_key);
        leave_out(federation, why);
        return ERR_OK;
    }
    if (!intake_verify(key, signer))
        return because(why, ERR_FORGED,
                       "not signed by signing key %u of the agency, or for more than 7 days",
                       (unsigned)key->signing_key);
    intake->keys[intake->count++] = *key;
    return ERR_OK;
}

static enum err
read_intake_file(struct federation *federation, struct agency_intake *intake,
                 struct bytes content, struct why *why)
{
    struct intake_key keys[INTAKE_KEYS_MAX];
    size_t count;
    enum err err;

    if ((err = intake_file_read(keys, &count, content, why)))
        return err;
    for (size_t i = 0; i < count; i++)
        if ((err = take_intake_key(federation, intake, &keys[i], why)))
            return err;
    return ERR_OK;
}

static void
keep_current_keys(struct federation *federation, struct agency_intake *intake,
                  const struct federation *current)
{
    const struct agency *listed =
        current == NULL ? NULL : registry_agency(current->registry, intake->agency);
    const struct agency_intake *before;
    struct why why;

    intake->count = 0;
    if (listed == NULL)
        return;
    before = &current->intake[listed - registry_agency_at(current->registry, 0)];
    for (size_t i = 0; i < before->count; i++)
        if (take_intake_key(federation, intake, &before->keys[i], &why))
            leave_out(federation, &why);
}

static enum err
read_entry(struct federation *federation, struct agency_intake *intake, const char *folder,
           const char *entry, struct why *why)
{
    struct buffer content;
    enum err err;

    buffer_init(&content, INTAKE_FILE_MAX);
    if (!(err = read_in_folder(&content, folder, entry, why))) {
        err = read_intake_file(federation, intake, buffer_bytes(&content), why);
        err = in_file(err, folder, entry, why);
    }
    buffer_clear(&content);
    return err;
}

static void
load_entry(struct federation *federation, const char *folder, const char *entry,
           const struct federation *current)
{
    const struct agency *agency, *first = registry_agency_at(federation->registry, 0);
    char name[AGENCY_NAME_MAX + 1];
    struct agency_intake *intake;
    struct why why;

    if (!name_of_entry(name, entry, ".intake"))
        return;
    agency = registry_agency_named(federation->registry, name);
    if (agency == NULL) {
        because(&why, ERR_OK, "%s/%s: there is no such agency in the registry", folder, entry);
        leave_out(federation, &why);
        return;
    }
    intake = &federation->intake[agency - first];
    if (read_entry(federation, intake, folder, entry, &why)) {
        leave_out(federation, &why);
        keep_current_keys(federation, intake, current);
    }
}

static void
take_line(struct federation *federation, const char *folder, struct bytes line, unsigned number)
{
    const struct agency *agency, *first = registry_agency_at(federation->registry, 0);
    struct agency_intake *intake;
    struct intake_key key;
    struct why why;

    because(&why, ERR_OK, "%s/" FETCHED_INTAKE ": line %u: not a key of a listed agency",
            folder, number);
    if (!intake_line_read(&key, line)
        || (agency = registry_agency(federation->registry, key.agency)) == NULL) {
        leave_out(federation, &why);
        return;
    }
    intake = &federation->intake[agency - first];
    if (intake->count == INTAKE_KEYS_MAX || take_intake_key(federation, intake, &key, &why))
        leave_out(federation, &why);
}

/* What the broker gave: keys of many agencies, each of which may be wrong by itself. */
static void
load_intake_of_all(struct federation *federation, const char *folder)
{
    struct lines lines;
    struct buffer text;
    struct bytes line;
    struct why why;
    enum err err;

    buffer_init(&text, SHARED_MAX);
    err = read_in_folder(&text, folder, FETCHED_INTAKE, &why);
    if (err && err != ERR_NOT_FOUND)
        leave_out(federation, &why);
    lines = lines_of(err ? (struct bytes){ 0 } : buffer_bytes(&text));
    while (lines_next(&lines, &line))
        take_line(federation, folder, line, lines.number);
    buffer_clear(&text);
}

enum err
load_intake(struct federation *federation, const char *folder, const char *fetched,
            const struct federation *current, struct why *why)
{
    size_t count = registry_agency_count(federation->registry);
    char intake[FILE_PATH_MAX];
    struct dirent *entry;
    enum err err;
    DIR *listing;

    federation->intake = mem_array(count, sizeof(*federation->intake));
    for (size_t i = 0; i < count; i++)
        federation->intake[i].agency = registry_agency_at(federation->registry, i)->number;
    if (fetched != NULL) {
        load_intake_of_all(federation, fetched);
        return ERR_OK;
    }
    if ((err = path_in(intake, folder, "intake", why)))
        return err;
    listing = opendir(intake);
    if (listing == NULL && errno == ENOENT)
        return ERR_OK;
    if (listing == NULL)
        return because(why, ERR_IO, "%s: %s", intake, strerror(errno));
    while ((entry = readdir(listing)) != NULL)
        load_entry(federation, intake, entry->d_name, current);
    closedir(listing);
    return ERR_OK;
}

/* Valid, and vouched for by a key that is valid today. */
static bool
is_fresh(const struct federation *federation, const struct intake_key *key, struct instant now)
{
    return intake_is_valid(key, now)
           && registry_signing_key(federation->registry, key->agency, key->signing_key,
                                   instant_day(now))
                  != NULL;
}

const struct intake_key *
federation_intake(const struct federation *federation, uint32_t agency, struct instant now,
                  bool *fresh)
{
    const struct agency *listed = registry_agency(federation->registry, agency);
    const struct intake_key *best = NULL;
    const struct agency_intake *intake;

    *fresh = false;
    if (listed == NULL)
        return NULL;
    intake = &federation->intake[listed - registry_agency_at(federation->registry, 0)];
    for (size_t i = 0; i < intake->count; i++) {
        const struct intake_key *key = &intake->keys[i];
        bool key_fresh = is_fresh(federation, key, now);

        if (*fresh && !key_fresh)
            continue;
        if (best == NULL || key_fresh > *fresh || key->not_before_ms > best->not_before_ms)
            best = key;
        *fresh = *fresh || key_fresh;
    }
    return best;
}

int64_t
federation_intake_until(const struct federation *federation, uint32_t agency)
{
    const struct agency *listed = registry_agency(federation->registry, agency);
    const struct agency_intake *intake;
    int64_t until_ms = 0;

    if (listed == NULL)
        return 0;
    intake = &federation->intake[listed - registry_agency_at(federation->registry, 0)];
    for (size_t i = 0; i < intake->count; i++)
        if ((int64_t)intake->keys[i].not_after_ms > until_ms)
            until_ms = (int64_t)intake->keys[i].not_after_ms;
    return until_ms;
}

/* --- Grants ------------------------------------------------------------------------------ */

static bool
signed_by_any_key(const struct signed_grant *as_signed, const struct registry *registry)
{
    const struct signing_key *key;
    struct grant grant;

    for (size_t i = 0; (key = registry_index_key_at(registry, i)) != NULL; i++)
        if (grant_verify(&grant, as_signed, key->number, &key->key, NULL) == CHECK_OK)
            return true;
    return false;
}

static void
leave_out_grant(struct federation *federation, size_t number, enum check check)
{
    struct why why;

    because(&why, ERR_OK, "grant %zu: %s", number, check_text(check));
    leave_out(federation, &why);
}

static enum err
take_grants(struct federation *federation, struct bytes content, struct root_cache *roots,
            struct why *why)
{
    struct signed_grant as_signed;
    struct grant_file file;
    struct grant grant;
    enum check check;
    enum err err;

    if ((err = grant_file_open(&file, content, why)))
        return err;
    while (file.rest.len > 0) {
        if ((err = grant_file_next(&as_signed, &file, why)))
            return err;
        check = grant_verify_listed(&grant, &as_signed, federation->registry, roots);
        if (check == CHECK_OK)
            grant_table_add(federation->grants, &grant, &as_signed);
        else if (signed_by_any_key(&as_signed, federation->registry))
            leave_out_grant(federation, file.number, check);
        else
            return because(why, ERR_FORGED, "grant %zu: %s", file.number, check_text(check));
    }
    return ERR_OK;
}

enum err
load_grants(struct federation *federation, const char *folder, struct why *why)
{
    struct root_cache *roots;
    char path[FILE_PATH_MAX];
    struct buffer content;
    enum err err;

    if ((err = path_in(path, folder, "grants", why)))
        return err;
    if (!file_exists(path))
        return ERR_OK;
    buffer_init(&content, GRANT_FILE_MAX);
    roots = root_cache_new(ROOTS_CACHED);
    if (!(err = file_read(&content, path, why)))
        err = take_grants(federation, buffer_bytes(&content), roots, why);
    root_cache_free(&roots);
    buffer_clear(&content);
    return in_file(err, folder, "grants", why);
}
