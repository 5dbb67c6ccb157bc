#include "crypto/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"

static enum err
write_all(int file, struct bytes bytes)
{
    while (bytes.len > 0) {
        ssize_t written = write(file, bytes.data, bytes.len);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return ERR_IO;
        bytes = bytes_from(bytes, (size_t)written);
    }
    return ERR_OK;
}

/* A new name is durable only when its folder is. */
static enum err
sync_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[4096];
    int file, failed;

    snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return ERR_IO;
    failed = fsync(file);
    close(file);
    return failed ? ERR_IO : ERR_OK;
}

static enum err
write_new_file(const char *path, struct bytes bytes, struct why *why)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    enum err err;

    if (file < 0 && errno == EEXIST)
        return because(why, ERR_CONFLICT,
                       "%s: is there already, and a key is never overwritten; move it away",
                       path);
    if (file < 0)
        return because(why, ERR_IO, "%s: cannot be made: %s", path, strerror(errno));

    err = write_all(file, bytes);
    if (!err && (fsync(file) || sync_folder_of(path)))
        err = ERR_IO;
    if (err) {
        because(why, err, "%s: cannot be written: %s", path, strerror(errno));
        unlink(path);
    }
    close(file);
    return err;
}

enum err
keyfile_write(const char *path, enum keyfile_type type, const void *secret, size_t len,
              const struct unlock *unlock, struct why *why)
{
    struct buffer packed;
    enum err err;

    buffer_init(&packed, KEYFILE_MAX);
    if ((err = keyfile_pack(&packed, type, bytes_of(secret, len), unlock, 0, 0)))
        because(why, err, "%s: no memory to stretch the passphrase in", path);
    else
        err = write_new_file(path, buffer_bytes(&packed), why);
    buffer_clear(&packed);
    return err;
}

enum err
keyfile_read(void *secret, size_t len, const char *path, enum keyfile_type type,
             const struct unlock *unlock, struct why *why)
{
    uint8_t file[KEYFILE_MAX + 1];
    struct why reason;
    size_t file_len = 0;
    enum err err;

    if ((err = file_read_private(file, sizeof(file), &file_len, path, why)))
        return err;
    if ((err = keyfile_unpack(secret, len, bytes_of(file, file_len), type, unlock, &reason)))
        return because(why, err, "%s: %s", path, reason.text);
    return ERR_OK;
}
