#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err
read_all(struct buffer *content, int fd, const char *path, struct why *why)
{
    char chunk[65536];
    ssize_t got;

    while ((got = read(fd, chunk, sizeof(chunk))) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return because(why, ERR_IO, "%s: cannot be read: %s", path, strerror(errno));
        buffer_add(content, chunk, (size_t)got);
        if (!buffer_is_whole(content))
            return because(why, ERR_TOO_BIG, "%s: larger than %zu bytes", path, content->limit);
    }
    return ERR_OK;
}

enum err
file_read(struct buffer *content, const char *path, struct why *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    enum err err;

    if (fd < 0)
        return because(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                       strerror(errno));
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        err = because(why, ERR_IO, "%s: not a regular file", path);
    else
        err = read_all(content, fd, path, why);
    close(fd);
    return err;
}

/* --- Secrets ------------------------------------------------------------------------------- */

/* Nobody but this process's user can have read the file or can change it. */
static enum err
check_private(int file, const char *path, struct why *why)
{
    struct stat status;

    if (fstat(file, &status))
        return because(why, ERR_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return because(why, ERR_REFUSED, "%s: is not a regular file", path);
    if (status.st_uid != geteuid())
        return because(why, ERR_REFUSED,
                       "%s: belongs to user %u, not to user %u, who runs this: chown %u %s",
                       path, (unsigned)status.st_uid, (unsigned)geteuid(), (unsigned)geteuid(),
                       path);
    if (status.st_mode & 077)
        return because(why, ERR_REFUSED,
                       "%s: others may read or change it (mode %04o): chmod 600 %s", path,
                       (unsigned)status.st_mode & 07777, path);
    if (status.st_nlink != 1)
        return because(why, ERR_REFUSED,
                       "%s: has %u names (hard links); remove the others: find / -samefile %s",
                       path, (unsigned)status.st_nlink, path);
    return ERR_OK;
}

static enum err
read_up_to(int file, uint8_t *out, size_t room, size_t *len)
{
    size_t have = 0;

    while (have < room) {
        ssize_t got = read(file, out + have, room - have);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ERR_IO;
        if (got == 0)
            break;
        have += (size_t)got;
    }
    *len = have;
    return ERR_OK;
}

enum err
file_read_private(uint8_t *out, size_t room, size_t *len, const char *path, struct why *why)
{
    /* Without O_NONBLOCK a pipe put there would stop us for ever. */
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    enum err err;

    if (file < 0 && errno == ELOOP)
        return because(why, ERR_REFUSED, "%s: is a symbolic link; put the file itself there",
                       path);
    if (file < 0)
        return because(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                       strerror(errno));
    err = check_private(file, path, why);
    if (!err && (err = read_up_to(file, out, room, len)))
        because(why, err, "%s: cannot be read: %s", path, strerror(errno));
    close(file);
    return err;
}

/* --- Writing ------------------------------------------------------------------------------- */

static bool
write_all(int fd, struct bytes content)
{
    while (content.len > 0) {
        ssize_t put = write(fd, content.data, content.len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        content = bytes_from(content, (size_t)put);
    }
    return true;
}

static bool
sync_folder_of(const char *path)
{
    char folder[FILE_PATH_MAX];
    bool synced;
    int fd;

    if (path_folder(folder, path, NULL))
        return false;
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    synced = fsync(fd) == 0;
    close(fd);
    return synced;
}

static bool
write_beside(const char *beside, struct bytes content, unsigned mode)
{
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    bool written;

    if (fd < 0)
        return false;
    written = fchmod(fd, mode) == 0 && write_all(fd, content) && fsync(fd) == 0;
    return close(fd) == 0 && written;
}

enum err
file_write(const char *path, struct bytes content, unsigned mode, struct why *why)
{
    char beside[FILE_PATH_MAX];

    if (snprintf(beside, sizeof(beside), "%s.new", path) >= (int)sizeof(beside))
        return because(why, ERR_TOO_BIG, "%s: the path is too long", path);
    if (write_beside(beside, content, mode) && rename(beside, path) == 0
        && sync_folder_of(path))
        return ERR_OK;
    because(why, ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
    unlink(beside);
    return ERR_IO;
}

enum err
file_rename(const char *from, const char *to, struct why *why)
{
    if (rename(from, to) == 0 && sync_folder_of(to))
        return ERR_OK;
    return because(why, ERR_IO, "%s: cannot be put in place of %s: %s", from, to,
                   strerror(errno));
}

enum err
folder_make(const char *path, unsigned mode, struct why *why)
{
    struct stat status;

    if (mkdir(path, mode) == 0)
        return ERR_OK;
    if (errno == EEXIST && stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return ERR_OK;
    return because(why, ERR_IO, "%s: the folder cannot be made: %s", path, strerror(errno));
}

bool
file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static int
remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    remove(path);
    return 0;
}

void
folder_remove(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

enum err
path_in(char path[FILE_PATH_MAX], const char *folder, const char *name, struct why *why)
{
    int len = name[0] == '/' ? snprintf(path, FILE_PATH_MAX, "%s", name)
                             : snprintf(path, FILE_PATH_MAX, "%s/%s", folder, name);

    if (len < 0 || len >= FILE_PATH_MAX)
        return because(why, ERR_TOO_BIG, "%s: the path is too long", name);
    return ERR_OK;
}

enum err
path_folder(char folder[FILE_PATH_MAX], const char *path, struct why *why)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);

    if (len >= FILE_PATH_MAX)
        return because(why, ERR_TOO_BIG, "%s: the path is too long", path);
    if (slash == NULL)
        memcpy(folder, ".", 2);
    else if (len == 0)
        memcpy(folder, "/", 2);
    else {
        memcpy(folder, path, len);
        folder[len] = 0;
    }
    return ERR_OK;
}
