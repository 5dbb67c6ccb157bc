#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "federation/make_parts.h"

enum { OPEN_AT_ONCE = 16 };

enum err
path_of(char path[FILE_PATH_MAX], struct why *why, const char *folder, const char *format, ...)
{
    char name[FILE_PATH_MAX];
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(name, sizeof(name), format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof(name))
        return because(why, ERR_TOO_BIG, "%s: a path in it is too long", folder);
    return path_in(path, folder, name, why);
}

enum err
make_folders(const char *folder, const char *const *names, unsigned mode, struct why *why)
{
    char path[FILE_PATH_MAX];
    enum err err;

    for (; *names != NULL; names++)
        if ((err = path_in(path, folder, *names, why)) || (err = folder_make(path, mode, why)))
            return err;
    return ERR_OK;
}

enum err
begin_folder(char temporary[FILE_PATH_MAX], const char *path, struct why *why)
{
    size_t len = strlen(path);

    while (len > 1 && path[len - 1] == '/')
        len--;
    if (snprintf(temporary, FILE_PATH_MAX, "%.*s.XXXXXX", (int)len, path) >= FILE_PATH_MAX)
        return because(why, ERR_TOO_BIG, "%s: the path is too long", path);
    if (mkdtemp(temporary) == NULL)
        return because(why, ERR_IO, "%s: the folder cannot be made: %s", path, strerror(errno));
    return ERR_OK;
}

/* Keys must be on disk before a registry names them. */
static enum err
sync_parent(const char *path, struct why *why)
{
    char parent[FILE_PATH_MAX];
    enum err err;
    int fd;

    if ((err = path_folder(parent, path, why)))
        return err;
    fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        err = because(why, ERR_IO, "%s: %s", parent, strerror(errno));
    if (fd >= 0)
        close(fd);
    return err;
}

enum err
finish_folder(const char *temporary, const char *path, struct why *why)
{
    if (chmod(temporary, 0755) != 0 || rename(temporary, path) != 0)
        return because(why, ERR_IO, "%s: %s", path, strerror(errno));
    return sync_parent(path, why);
}

static int
remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)type, (void)place;
    return remove(path);
}

void
remove_folder(const char *path)
{
    nftw(path, remove_entry, OPEN_AT_ONCE, FTW_DEPTH | FTW_PHYS);
}

bool
folder_is_empty(const char *path)
{
    DIR *listing = opendir(path);
    struct dirent *entry;
    bool empty = true;

    if (listing == NULL)
        return errno == ENOENT;
    while (empty && (entry = readdir(listing)) != NULL)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(listing);
    return empty;
}

enum err
write_text(const char *folder, const char *name, struct buffer *text, struct why *why)
{
    char path[FILE_PATH_MAX];
    enum err err;

    if (!buffer_is_whole(text))
        return because(why, ERR_TOO_BIG, "%s/%s: too long", folder, name);
    if ((err = path_in(path, folder, name, why)))
        return err;
    return file_write(path, buffer_bytes(text), 0644, why);
}

enum err
lock_folder(int *lock, const char *folder, struct why *why)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return because(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", folder,
                       strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return because(why, ERR_CONFLICT, "%s: another kith is at work on it", folder);
    }
    *lock = fd;
    return ERR_OK;
}
