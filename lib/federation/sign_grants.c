#include <stdlib.h>

#include "core/mem.h"
#include "federation/grant_file.h"
#include "federation/make_parts.h"
#include "federation/node_keys.h"

/* The index's key, and its number in the registry. */
struct index_key {
    uint32_t number;
    struct sign_secret secret;
};

static enum err
open_index_key(struct index_key *index, const struct opened_offline *opened, const char *folder,
               struct instant now, struct why *why)
{
    struct unlock unlock = { .key = &opened->kek };
    const struct registry *registry = federation_registry(opened->federation);
    const struct signing_key *listed;
    struct sign_public public;
    char path[FILE_PATH_MAX];
    enum err err;

    if ((err = path_of(path, why, folder, "offline/index.key"))
        || (err = keyfile_read(index->secret.bytes, sizeof(index->secret.bytes), path,
                               KEYFILE_SIGNING, &unlock, why)))
        return err;
    sign_public_of(&public, &index->secret);
    for (size_t i = 0; (listed = registry_index_key_at(registry, i)) != NULL; i++) {
        index->number = listed->number;
        if (same_secret(&listed->key, &public, sizeof(public))
            && registry_index_key(registry, listed->number, instant_day(now)) != NULL)
            return ERR_OK;
    }
    return because(why, ERR_REFUSED, "%s: not a key that the registry names for today", path);
}

static void
sign_batch(struct buffer *out, const struct grant *grants, uint32_t count,
           const struct index_key *index)
{
    uint8_t bodies[BATCH_MAX][GRANT_BODY], leaves[BATCH_MAX][DIGEST];
    struct batch *batch;

    for (uint32_t i = 0; i < count; i++) {
        grant_write(bodies[i], &grants[i]);
        leaf_hash(leaves[i], bytes_of(bodies[i], GRANT_BODY));
    }
    batch = batch_sign(LABEL_GRANT, AGENCY_NUMBER_INDEX, index->number,
                       (const uint8_t(*)[DIGEST])leaves, count, &index->secret);
    for (uint32_t i = 0; i < count; i++) {
        struct signed_grant grant = { .body = bytes_of(bodies[i], GRANT_BODY),
                                      .batch = batch_signature(batch, i) };

        grant_file_add(out, &grant);
    }
    batch_free(&batch);
}

static enum err
read_grants(struct buffer *file, const char *path, struct why *why)
{
    if (file_exists(path))
        return file_read(file, path, why);
    grant_file_start(file);
    return ERR_OK;
}

static enum err
sign_into(struct buffer *file, const char *path, const struct grant *grants, size_t count,
          const struct index_key *index, struct why *why)
{
    enum err err;

    if ((err = read_grants(file, path, why)))
        return err;
    for (size_t i = 0; i < count; i += BATCH_MAX)
        sign_batch(file, grants + i, (uint32_t)(count - i < BATCH_MAX ? count - i : BATCH_MAX),
                   index);
    if (!buffer_is_whole(file))
        return because(why, ERR_TOO_BIG, "%s: too many grants", path);
    return file_write(path, buffer_bytes(file), 0644, why);
}

static enum err
sign_with(const struct opened_offline *opened, const struct offline *offline,
          const struct grant *grants, size_t count, struct instant now, struct why *why)
{
    struct index_key index;
    char path[FILE_PATH_MAX];
    struct buffer file;
    enum err err;

    buffer_init(&file, GRANT_FILE_MAX);
    if (!(err = path_of(path, why, offline->folder, "federation/grants"))
        && !(err = open_index_key(&index, opened, offline->folder, now, why)))
        err = sign_into(&file, path, grants, count, &index, why);
    wipe(&index, sizeof(index));
    buffer_clear(&file);
    return err;
}

enum err
federation_sign_grants(const struct offline *offline, const struct grant *grants, size_t count,
                       struct instant now, struct why *why)
{
    struct opened_offline opened;
    enum err err;

    if ((err = offline_open(&opened, offline, why)))
        return err;
    err = sign_with(&opened, offline, grants, count, now, why);
    offline_close(&opened);
    return err;
}
