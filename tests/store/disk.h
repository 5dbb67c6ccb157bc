#ifndef KITH_TESTS_STORE_DISK_H
#define KITH_TESTS_STORE_DISK_H

/*
 * A disk that does as a test says.  The functions here take the place of the C library's
 * for SQLite too, which writes with pwrite64 and syncs with fdatasync or fsync.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct unsynced {
    int fd;
    off_t at;
    off_t old_size;
    size_t len, old_len;
    uint8_t *old_bytes, *new_bytes;
};

static struct disk {
    long operations, syncs; /* so far */
    long fail_from;         /* this operation and all that follow fail; 0: none does */
    int error;              /* with this errno */
    long failed;            /* so many did */
    bool only_once;         /* the first one only */

    long cut_at;   /* the power goes at this operation: nobody comes back */
    bool lies;     /* says that it has synced and has not */
    unsigned seed; /* what of the unsynced survives */
    bool keeps;    /* what was not synced is kept track of */
    struct unsynced *unsynced;
    size_t unsynced_count;
} disk;

static inline ssize_t
real_pwrite(int fd, const void *data, size_t len, off_t at)
{
    return syscall(SYS_pwrite64, fd, data, len, at);
}

static inline unsigned
disk_chance(unsigned below)
{
    disk.seed = disk.seed * 1664525 + 1013904223;
    return (disk.seed >> 16) % below;
}

/* Some of what was not synced has reached the disk: whole, in part, or not. */
static inline void
disk_cut(void)
{
    for (size_t i = disk.unsynced_count; i-- > 0;) {
        struct unsynced *write = &disk.unsynced[i];

        if (real_pwrite(write->fd, write->old_bytes, write->old_len, write->at) < 0
            || ftruncate(write->fd, write->old_size))
            _exit(1);
    }
    for (size_t i = 0; i < disk.unsynced_count; i++) {
        struct unsynced *write = &disk.unsynced[i];
        unsigned chance = disk_chance(3);
        size_t len = chance == 0 ? 0 : chance == 1 ? write->len : disk_chance(write->len + 1);

        if (real_pwrite(write->fd, write->new_bytes, len, write->at) < 0)
            _exit(1);
    }
    _exit(9);
}

/* True when this operation is to fail.  A full disk still syncs. */
static inline bool
disk_operation(bool write)
{
    disk.operations++;
    if (disk.cut_at > 0 && disk.operations >= disk.cut_at)
        disk_cut();
    if (disk.fail_from == 0 || disk.operations < disk.fail_from
        || (disk.only_once && disk.failed > 0) || (!write && disk.error == ENOSPC))
        return false;
    disk.failed++;
    errno = disk.error;
    return true;
}

static inline void
disk_note_write(int fd, const void *data, size_t len, off_t at)
{
    struct unsynced *write;
    struct stat status;
    ssize_t old_len;

    disk.unsynced = realloc(disk.unsynced, (disk.unsynced_count + 1) * sizeof(*disk.unsynced));
    write = &disk.unsynced[disk.unsynced_count++];
    *write = (struct unsynced){ .fd = fd, .at = at, .len = len };
    fstat(fd, &status);
    write->old_size = status.st_size;
    write->old_bytes = malloc(len);
    write->new_bytes = malloc(len);
    memcpy(write->new_bytes, data, len);
    old_len = pread(fd, write->old_bytes, len, at);
    write->old_len = old_len > 0 ? (size_t)old_len : 0;
}

static inline void
disk_forget_writes(int fd)
{
    size_t kept = 0;

    for (size_t i = 0; i < disk.unsynced_count; i++) {
        if (disk.unsynced[i].fd != fd) {
            disk.unsynced[kept++] = disk.unsynced[i];
            continue;
        }
        free(disk.unsynced[i].old_bytes);
        free(disk.unsynced[i].new_bytes);
    }
    disk.unsynced_count = kept;
}

ssize_t
pwrite64(int fd, const void *data, size_t len, off64_t at)
{
    if (disk_operation(true))
        return -1;
    if (disk.keeps)
        disk_note_write(fd, data, len, at);
    return real_pwrite(fd, data, len, at);
}

static inline int
disk_sync(int fd)
{
    if (disk_operation(false))
        return -1;
    disk.syncs++;
    if (!disk.lies)
        disk_forget_writes(fd);
    return 0;
}

int
fdatasync(int fd)
{
    return disk_sync(fd);
}

int
fsync(int fd)
{
    return disk_sync(fd);
}

static inline void
disk_works_again(void)
{
    disk.fail_from = 0;
    disk.failed = 0;
    disk.only_once = false;
}

static inline void
disk_fails_from(long operation, int error)
{
    disk_works_again();
    disk.fail_from = disk.operations + operation;
    disk.error = error;
}

#endif
