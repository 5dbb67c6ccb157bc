#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"

char *
file_path(const char *format, ...)
{
    char *path;
    va_list args;

    va_start(args, format);
    if (vasprintf(&path, format, args) < 0)
        path = mem_new(1);
    va_end(args);
    return path;
}

static enum err
os_error(struct why *why, const char *path)
{
    enum err err = errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;

    return because(why, err, "%s: %s", path, strerror(errno));
}

/* A byte beyond the limit is asked for, so that a file that grew is noticed. */
static enum err
read_all(struct buffer *out, int fd, const char *path, struct why *why)
{
    uint8_t chunk[16 * 1024];
    ssize_t got;

    while ((got = read(fd, chunk, sizeof(chunk))) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return os_error(why, path);
        buffer_add(out, chunk, (size_t)got);
        if (!buffer_is_whole(out))
            return because(why, ERR_TOO_BIG, "%s: longer than %zu bytes", path, out->limit);
    }
    return ERR_OK;
}

enum err
file_read(struct buffer *out, const char *path, struct why *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    enum err err;

    if (fd < 0)
        return os_error(why, path);
    if (fstat(fd, &status) != 0)
        err = os_error(why, path);
    else if (!S_ISREG(status.st_mode))
        err = because(why, ERR_IO, "%s: not a regular file", path);
    else
        err = read_all(out, fd, path, why);
    close(fd);
    return err;
}

static enum err
write_all(int fd, struct bytes content, const char *path, struct why *why)
{
    while (content.len > 0) {
        ssize_t put = write(fd, content.data, content.len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return os_error(why, path);
        content = bytes_from(content, (size_t)put);
    }
    return fsync(fd) != 0 ? os_error(why, path) : ERR_OK;
}

/* The new name is durable only when the folder is. */
static enum err
sync_folder_of(const char *path, struct why *why)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL   ? mem_text(".")
                   : slash == path ? mem_text("/")
                                   : mem_copy(path, (size_t)(slash - path));
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum err err = ERR_OK;

    if (fd < 0 || fsync(fd) != 0)
        err = os_error(why, folder);
    if (fd >= 0)
        close(fd);
    free(folder);
    return err;
}

static enum err
write_new(const char *path, struct bytes content, unsigned mode, struct why *why)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
    enum err err;

    if (fd < 0)
        return os_error(why, path);
    err = write_all(fd, content, path, why);
    if (close(fd) != 0 && err == ERR_OK)
        err = os_error(why, path);
    return err;
}

enum err
file_write(const char *path, struct bytes content, unsigned mode, struct why *why)
{
    char *new_path = file_path("%s.new", path);
    enum err err = write_new(new_path, content, mode, why);

    if (err == ERR_OK && rename(new_path, path) != 0)
        err = os_error(why, path);
    if (err != ERR_OK)
        unlink(new_path);
    else
        err = sync_folder_of(path, why);
    free(new_path);
    return err;
}
