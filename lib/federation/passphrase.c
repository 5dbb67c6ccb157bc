#include "federation/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "crypto/key.h"

static bool
may_be_read_by_others(int fd)
{
    struct stat status;

    return fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)
           || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0
           || (status.st_uid != geteuid() && status.st_uid != 0);
}

/* Straight into the passphrase: no other memory ever holds it. */
static enum err
read_line(struct passphrase *passphrase, int fd, const char *file, struct why *why)
{
    ssize_t len = read(fd, passphrase->text, sizeof(passphrase->text));
    char *end;

    if (len < 0)
        return because(why, ERR_IO, "%s: %s", file, strerror(errno));
    if ((size_t)len == sizeof(passphrase->text))
        return because(why, ERR_TOO_BIG, "%s: a passphrase is shorter than %d bytes", file,
                       PASSPHRASE_MAX);
    passphrase->text[len] = 0;
    end = strchrnul(passphrase->text, '\n');
    if (end != passphrase->text + len && end + 1 != passphrase->text + len)
        return because(why, ERR_MALFORMED, "%s: more than one line, or a NUL", file);
    *end = 0;
    if (passphrase->text[0] == 0)
        return because(why, ERR_MALFORMED, "%s: the passphrase is empty", file);
    return ERR_OK;
}

enum err
passphrase_read(struct passphrase *passphrase, const char *file, struct why *why)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    enum err err;

    if (fd < 0)
        return because(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", file,
                       strerror(errno));
    if (may_be_read_by_others(fd))
        err = because(why, ERR_REFUSED,
                      "%s: a passphrase belongs in a file of one's own that nobody else may "
                      "read: chmod 600",
                      file);
    else
        err = read_line(passphrase, fd, file, why);
    close(fd);
    if (err != ERR_OK)
        wipe(passphrase, sizeof(*passphrase));
    return err;
}

enum err
passphrase_find(struct passphrase *passphrase, const char *file, struct why *why)
{
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    char path[FILE_PATH_MAX];
    enum err err;

    if (credentials != NULL && credentials[0] != 0) {
        if ((err = path_in(path, credentials, "kith-passphrase", why)))
            return err;
        if (file_exists(path))
            return passphrase_read(passphrase, path, why);
    }
    if (file != NULL && file[0] != 0)
        return passphrase_read(passphrase, file, why);
    return because(why, ERR_NOT_FOUND,
                   "no passphrase: neither $CREDENTIALS_DIRECTORY/kith-passphrase nor a "
                   "passphrase file was given");
}
