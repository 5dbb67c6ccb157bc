#include "agreement/agreement.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/mem.h"

struct agreements {
    struct agreement *current;
    struct agreement **older; /* the latest first */
    size_t older_count;
};

/* In the archive an agreement's name is when it was adopted here, and its digest. */
#define ARCHIVE_NAME_FORMAT "%013" PRId64 "-%s.policy"

static bool
archive_name_read(const char *name, int64_t *adopted_ms, uint8_t digest[DIGEST])
{
    char hex[2 * DIGEST + 1];
    int end = 0;

    return sscanf(name, "%13" SCNd64 "-%64[0-9a-f].policy%n", adopted_ms, hex, &end) == 2
           && end > 0 && name[end] == 0 && hex_read(digest, DIGEST, hex);
}

static enum err
write_to_archive(const char *archive, struct bytes text, const uint8_t digest[DIGEST],
                 struct instant now, struct why *why)
{
    char hex[2 * DIGEST + 1], path[FILE_PATH_MAX];

    hex_write(hex, digest, DIGEST);
    snprintf(path, sizeof(path), "%s/" ARCHIVE_NAME_FORMAT, archive, now.ms, hex);
    return file_write(path, text, 0600, why);
}

static void
add_older(struct agreements *agreements, struct agreement *agreement)
{
    agreements->older =
        mem_resize(agreements->older, agreements->older_count + 1, sizeof(*agreements->older));
    agreements->older[agreements->older_count++] = agreement;
}

static enum err
read_archived(struct agreements *agreements, const char *archive, const char *name,
              const uint8_t current[DIGEST], struct instant *current_adopted, struct why *why)
{
    char path[FILE_PATH_MAX];
    uint8_t digest[DIGEST];
    struct agreement *agreement;
    struct instant adopted;
    struct buffer text;
    enum err err;

    if (!archive_name_read(name, &adopted.ms, digest))
        return ERR_OK;
    if (memcmp(digest, current, DIGEST) == 0) {
        *current_adopted = adopted;
        return ERR_OK;
    }
    snprintf(path, sizeof(path), "%s/%s", archive, name);
    buffer_init(&text, POLICY_TEXT_MAX);
    if ((err = file_read(&text, path, why)) == ERR_OK)
        err = agreement_read(&agreement, buffer_bytes(&text), digest, path, adopted, why);
    buffer_clear(&text);
    if (err)
        return err;
    add_older(agreements, agreement);
    return ERR_OK;
}

static int
latest_first(const void *a, const void *b)
{
    int64_t left = (*(struct agreement *const *)a)->adopted.ms;
    int64_t right = (*(struct agreement *const *)b)->adopted.ms;

    return left > right ? -1 : left < right;
}

static enum err
read_archive(struct agreements *agreements, const char *archive, const uint8_t current[DIGEST],
             struct instant *current_adopted, struct why *why)
{
    DIR *folder = opendir(archive);
    struct dirent *entry;
    enum err err = ERR_OK;

    if (folder == NULL)
        return because(why, ERR_IO, "%s: cannot be opened: %s", archive, strerror(errno));
    while (err == ERR_OK && (entry = readdir(folder)) != NULL)
        err = read_archived(agreements, archive, entry->d_name, current, current_adopted, why);
    closedir(folder);
    if (agreements->older_count > 0)
        qsort(agreements->older, agreements->older_count, sizeof(*agreements->older),
              latest_first);
    return err;
}

static enum err
fill(struct agreements *agreements, struct bytes text, uint32_t version,
     const uint8_t digest[DIGEST], const char *archive, struct instant now, struct why *why)
{
    struct instant adopted = { -1 };
    enum err err;

    if ((err = read_archive(agreements, archive, digest, &adopted, why)))
        return err;
    if ((err = agreement_read(&agreements->current, text, digest, "agreement.policy",
                              adopted.ms >= 0 ? adopted : now, why)))
        return err;
    if (policy_version(agreements->current->policy) != version)
        return because(why, ERR_REFUSED,
                       "agreement.policy: signed as version %u, and its header says version %u;"
                       " sign it again under one number",
                       (unsigned)version,
                       (unsigned)policy_version(agreements->current->policy));
    return adopted.ms >= 0 ? ERR_OK : write_to_archive(archive, text, digest, now, why);
}

enum err
agreements_open(struct agreements **agreements, struct bytes text, uint32_t version,
                const uint8_t digest[DIGEST], const char *archive, struct instant now,
                struct why *why)
{
    struct agreements *made = mem_new(sizeof(*made));
    enum err err = fill(made, text, version, digest, archive, now, why);

    if (err) {
        agreements_free(&made);
        return err;
    }
    *agreements = made;
    return ERR_OK;
}

void
agreements_free(struct agreements **agreements)
{
    if (*agreements == NULL)
        return;
    agreement_free(&(*agreements)->current);
    for (size_t i = 0; i < (*agreements)->older_count; i++)
        agreement_free(&(*agreements)->older[i]);
    free((*agreements)->older);
    free(*agreements);
    *agreements = NULL;
}

const struct agreement *
agreements_current(const struct agreements *agreements)
{
    return agreements->current;
}

const struct agreement *
agreements_named(const struct agreements *agreements, const uint8_t digest[DIGEST])
{
    if (memcmp(agreements->current->digest, digest, DIGEST) == 0)
        return agreements->current;
    for (size_t i = 0; i < agreements->older_count; i++)
        if (memcmp(agreements->older[i]->digest, digest, DIGEST) == 0)
            return agreements->older[i];
    return NULL;
}

const struct agreement *
agreements_at(const struct agreements *agreements, struct instant then)
{
    const struct agreement *found = agreements->current;

    for (size_t i = 0; i < agreements->older_count && then.ms < found->adopted.ms; i++)
        found = agreements->older[i];
    return found;
}

bool
agreements_accept(const struct agreements *agreements, const struct agreement *agreement,
                  struct instant now)
{
    if (agreement == agreements->current)
        return true;
    return agreements->older_count > 0 && agreement == agreements->older[0]
           && now.ms - agreements->current->adopted.ms < AGREEMENT_OVERLAP_MS;
}
