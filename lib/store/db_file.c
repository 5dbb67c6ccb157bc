#include "store/db_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"

/* Where SQLite's file format keeps what we look at. */
enum {
    HEADER = 100,
    MAGIC = 16,
    WRITE_AT = 18,
    READ_AT = 19,
    VERSION_AT = 60,
    APPLICATION_AT = 68
};

static uint32_t
get_be32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

enum err
db_file_is_damaged(const char *path, const struct db_format *format, const char *reason,
                   struct why *why)
{
    return because(why, ERR_CORRUPT,
                   "%s: %s is damaged (%s).  It was left as it is.  Restore a backup, or move "
                   "it away with all files of that name to begin an empty one",
                   path, format->what, reason);
}

enum err
db_file_lock(int *lock, const char *path, struct why *why)
{
    char name[FILE_PATH_MAX];
    int fd;

    if (snprintf(name, sizeof(name), "%s.lock", path) >= (int)sizeof(name) - 16)
        return because(why, ERR_TOO_BIG, "%.200s…: the path is too long", path);
    fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno == ENOENT)
        return because(why, ERR_NOT_FOUND, "%s: its folder is not there; make it first", path);
    if (fd < 0)
        return because(why, ERR_IO, "%s: cannot be opened: %s", name, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        close(fd);
        return because(why, ERR_CONFLICT,
                       "%s: another process has it open; stop that one first (to see it: "
                       "fuser %s)",
                       path, name);
    }
    *lock = fd;
    return ERR_OK;
}

/* The content of an empty database of that format, for free with sqlite3_free.  Pages of
   8 KiB: an envelope takes most of 4 KiB, and half as much again would be written in vain. */
static uint8_t *
empty_image(const struct db_format *format, size_t *len)
{
    sqlite3 *memory = NULL;
    uint8_t *image = NULL;
    char *numbers = sqlite3_mprintf("PRAGMA page_size = 8192;"
                                    "PRAGMA application_id = %u; PRAGMA user_version = %u;",
                                    format->application_id, format->version);
    sqlite3_int64 size = 0;

    if (numbers && sqlite3_open(":memory:", &memory) == SQLITE_OK
        && sqlite3_exec(memory, numbers, NULL, NULL, NULL) == SQLITE_OK
        && sqlite3_exec(memory, format->schema, NULL, NULL, NULL) == SQLITE_OK)
        image = sqlite3_serialize(memory, "main", &size, 0);
    sqlite3_close(memory);
    sqlite3_free(numbers);
    *len = (size_t)size;
    return image;
}

/* Built in memory and put in place whole, so that a file of that name is never half one. */
static enum err
make(const char *path, const struct db_format *format, struct why *why)
{
    size_t len;
    uint8_t *image = empty_image(format, &len);
    enum err err;

    if (image == NULL)
        return because(why, ERR_IO, "%s: SQLite cannot make %s", path, format->what);
    err = file_write(path, bytes_of(image, len), 0600, why);
    sqlite3_free(image);
    return err;
}

static enum err
check_private(int fd, const char *path, struct why *why)
{
    struct stat status;

    if (fstat(fd, &status))
        return because(why, ERR_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return because(why, ERR_REFUSED, "%s: is not a regular file", path);
    if (status.st_uid != geteuid())
        return because(why, ERR_REFUSED, "%s: belongs to user %u, and user %u runs this", path,
                       (unsigned)status.st_uid, (unsigned)geteuid());
    if (status.st_mode & 077)
        return because(why, ERR_REFUSED,
                       "%s: others may read or change it (mode %04o): chmod 600 %s", path,
                       (unsigned)status.st_mode & 07777, path);
    return ERR_OK;
}

static enum err
check_header(int fd, const char *path, const struct db_format *format, struct why *why)
{
    uint8_t header[HEADER];
    ssize_t len = pread(fd, header, sizeof(header), 0);

    if (len < 0)
        return because(why, ERR_IO, "%s: cannot be read: %s", path, strerror(errno));
    if (len < HEADER)
        return db_file_is_damaged(path, format, "it was cut short", why);
    if (memcmp(header, "SQLite format 3", MAGIC) != 0)
        return because(why, ERR_CORRUPT,
                       "%s: is not %s, nor a database at all; it was left as it is.  Move it "
                       "away, or give another path",
                       path, format->what);
    if (get_be32(header + APPLICATION_AT) != format->application_id)
        return because(why, ERR_CORRUPT,
                       "%s: is a database, but not %s; it was left as it is.  Move it away, or "
                       "give another path",
                       path, format->what);
    if (get_be32(header + VERSION_AT) != format->version)
        return because(why, ERR_CORRUPT,
                       "%s: has version %u of %s and this program knows version %u; it was "
                       "left as it is.  Run the program that it belongs to",
                       path, get_be32(header + VERSION_AT), format->what, format->version);
    /* Of a format that SQLite does not know it would make a file that is only read. */
    if (header[WRITE_AT] != header[READ_AT] || header[READ_AT] < 1 || header[READ_AT] > 2)
        return db_file_is_damaged(path, format, "its header is", why);
    return ERR_OK;
}

static enum err
check(const char *path, const struct db_format *format, struct why *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    enum err err;

    if (fd < 0)
        return because(why, errno == ELOOP ? ERR_REFUSED : ERR_IO, "%s: cannot be opened: %s",
                       path, errno == ELOOP ? "it is a symbolic link" : strerror(errno));
    if (!(err = check_private(fd, path, why)))
        err = check_header(fd, path, format, why);
    close(fd);
    return err;
}

/* What is committed and not in the database yet. */
static bool
has_log(const char *path)
{
    char log[FILE_PATH_MAX];
    struct stat status;

    snprintf(log, sizeof(log), "%s-wal", path);
    return stat(log, &status) == 0 && status.st_size > 0;
}

enum err
db_file_prepare(const char *path, const struct db_format *format, struct why *why)
{
    enum err err;

    if (!file_exists(path)) {
        if (has_log(path))
            return db_file_is_damaged(path, format, "it is gone, and its -wal is there", why);
        if ((err = make(path, format, why)))
            return err;
    }
    return check(path, format, why);
}
