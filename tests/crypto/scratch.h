#ifndef KITH_TESTS_CRYPTO_SCRATCH_H
#define KITH_TESTS_CRYPTO_SCRATCH_H

/* A folder of its own for each test that touches files. */

#include <dirent.h>
#include <unistd.h>

#include "../check.h"

struct scratch {
    char folder[64];
    char *path[8]; /* names asked for */
    unsigned asked;
};

static inline int
scratch_make(void **state)
{
    struct scratch *scratch = calloc(1, sizeof(*scratch));

    assert_non_null(scratch);
    snprintf(scratch->folder, sizeof(scratch->folder), "/tmp/kith-crypto-XXXXXX");
    assert_non_null(mkdtemp(scratch->folder));
    *state = scratch;
    return 0;
}

static inline const char *
scratch_path(struct scratch *scratch, const char *name)
{
    char **path = &scratch->path[scratch->asked++];

    assert_true(scratch->asked <= sizeof(scratch->path) / sizeof(scratch->path[0]));
    assert_true(asprintf(path, "%s/%s", scratch->folder, name) > 0);
    return *path;
}

static inline void
scratch_write(const char *path, struct bytes content)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(content.data, 1, content.len, file), content.len);
    assert_int_equal(fclose(file), 0);
}

static inline struct bytes
scratch_read(const char *path, uint8_t *room, size_t max)
{
    FILE *file = fopen(path, "r");
    size_t len;

    assert_non_null(file);
    len = fread(room, 1, max, file);
    fclose(file);
    return bytes_of(room, len);
}

static inline int
scratch_remove(void **state)
{
    struct scratch *scratch = *state;
    DIR *folder = opendir(scratch->folder);
    struct dirent *entry;

    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
    rmdir(scratch->folder);
    while (scratch->asked > 0)
        free(scratch->path[--scratch->asked]);
    free(scratch);
    return 0;
}

#endif
