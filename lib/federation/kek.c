#include <string.h>

#include "core/file.h"
#include "federation/node_keys.h"

#define KEK_FILE  "kek.key"
#define DEMO_FILE "kek.demo"

enum { DEMO_TEXT = 2 * sizeof(struct key) + 1 }; /* with its newline */

static enum err
write_demo(const struct key *kek, const char *path, struct why *why)
{
    char text[DEMO_TEXT + 1];
    enum err err;

    hex_write(text, kek->bytes, sizeof(kek->bytes));
    text[DEMO_TEXT - 1] = '\n';
    err = file_write(path, bytes_of(text, DEMO_TEXT), 0600, why);
    wipe(text, sizeof(text));
    return err;
}

static enum err
read_demo(struct key *kek, const char *path, struct why *why)
{
    char text[DEMO_TEXT + 1];
    size_t len;
    enum err err = file_read_private((uint8_t *)text, sizeof(text), &len, path, why);

    if (err)
        return err;
    text[DEMO_TEXT - 1] = 0;
    if (len != DEMO_TEXT || !hex_read(kek->bytes, sizeof(kek->bytes), text))
        err = because(why, ERR_MALFORMED, "%s: not a key in hexadecimal", path);
    wipe(text, sizeof(text));
    return err;
}

enum err
node_kek_make(struct key *kek, const char *folder, const char *passphrase, struct why *why)
{
    struct unlock unlock = { .passphrase = passphrase };
    char path[FILE_PATH_MAX];
    struct key made;
    enum err err;

    if ((err = path_in(path, folder, passphrase == NULL ? DEMO_FILE : KEK_FILE, why)))
        return err;
    random_fill(made.bytes, sizeof(made.bytes));
    err = passphrase == NULL
              ? write_demo(&made, path, why)
              : keyfile_write(path, KEYFILE_KEK, made.bytes, sizeof(made.bytes), &unlock, why);
    if (err == ERR_OK)
        *kek = made;
    wipe(&made, sizeof(made));
    return err;
}

/* A folder holds the one or the other, and the caller has said which it expects. */
enum err
node_kek_open(struct key *kek, const char *folder, const char *passphrase, struct why *why)
{
    struct unlock unlock = { .passphrase = passphrase };
    char sealed[FILE_PATH_MAX], demo[FILE_PATH_MAX];
    enum err err;

    if ((err = path_in(sealed, folder, KEK_FILE, why))
        || (err = path_in(demo, folder, DEMO_FILE, why)))
        return err;
    if (passphrase == NULL && !file_exists(demo))
        return because(why, ERR_NOT_FOUND,
                       "%s: not there: these keys are not a demonstration's", demo);
    if (passphrase != NULL && file_exists(demo))
        return because(why, ERR_REFUSED,
                       "%s: a raw key-encryption key is for demonstrations only", demo);
    if (passphrase == NULL)
        return read_demo(kek, demo, why);
    return keyfile_read(kek->bytes, sizeof(kek->bytes), sealed, KEYFILE_KEK, &unlock, why);
}
