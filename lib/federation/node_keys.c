#include "federation/node_keys.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/lines.h"

static enum err
read_key(void *secret, size_t len, const struct node_keys *keys, const char *folder,
         const char *name, enum keyfile_type type, struct why *why)
{
    struct unlock unlock = { .key = &keys->kek };
    char path[FILE_PATH_MAX];
    enum err err;

    if ((err = path_in(path, folder, name, why)))
        return err;
    return keyfile_read(secret, len, path, type, &unlock, why);
}

/* --- The numbered files -------------------------------------------------------------------- */

static enum err
read_signing(struct node_keys *keys, uint32_t number, const char *folder, const char *name,
             struct why *why)
{
    struct numbered_secret *signing = &keys->signing[keys->signing_count];
    enum err err;

    err = read_key(signing->secret.bytes, sizeof(signing->secret.bytes), keys, folder, name,
                   KEYFILE_SIGNING, why);
    if (err != ERR_OK)
        return err;
    signing->number = number;
    sign_public_of(&signing->public, &signing->secret);
    keys->signing_count++;
    return ERR_OK;
}

static enum err
read_intake(struct node_keys *keys, uint32_t number, const char *folder, const char *name,
            struct why *why)
{
    struct intake_secret *intake = &keys->intake[keys->intake_count];
    enum err err;

    err = read_key(intake->secret.bytes, sizeof(intake->secret.bytes), keys, folder, name,
                   KEYFILE_INTAKE, why);
    if (err != ERR_OK)
        return err;
    exchange_public_of(&intake->public, &intake->secret);
    keys->intake_numbers[keys->intake_count++] = number;
    return ERR_OK;
}

static enum err
read_psk(struct node_keys *keys, uint32_t number, const char *folder, const char *name,
         struct why *why)
{
    struct numbered_key *psk = &keys->psk[keys->psk_count];
    enum err err;

    err =
        read_key(psk->key.bytes, sizeof(psk->key.bytes), keys, folder, name, KEYFILE_PSK, why);
    if (err != ERR_OK)
        return err;
    psk->number = number;
    keys->psk_count++;
    return ERR_OK;
}

static const struct numbered_file {
    const char *before; /* the number */
    enum err (*read)(struct node_keys *keys, uint32_t number, const char *folder,
                     const char *name, struct why *why);
} numbered_files[] = {
    { "signing-", read_signing },
    { "intake-", read_intake },
    { "psk-", read_psk },
};

/* "signing-", and "signing-12.key": 12; 0 when it is not of that form. */
static uint32_t
number_in(const char *before, const char *entry)
{
    static const char ending[] = ".key";
    size_t len = strlen(entry), start = strlen(before), after = sizeof(ending) - 1;
    uint64_t number;

    if (len <= start + after || strncmp(entry, before, start) != 0
        || strcmp(entry + len - after, ending) != 0
        || !word_number(&number, bytes_of(entry + start, len - start - after), UINT32_MAX))
        return 0;
    return (uint32_t)number;
}

/* The numbers that the folder has files for, sorted. */
struct numbers {
    uint32_t list[NODE_KEYS_MAX];
    size_t count;
};

/* Of more than there is room for the oldest go. */
static void
insert(struct numbers *numbers, uint32_t number)
{
    size_t i;

    if (numbers->count == NODE_KEYS_MAX) {
        if (number < numbers->list[0])
            return;
        numbers->count--;
        memmove(numbers->list, numbers->list + 1, numbers->count * sizeof(numbers->list[0]));
    }
    for (i = numbers->count; i > 0 && numbers->list[i - 1] > number; i--)
        numbers->list[i] = numbers->list[i - 1];
    numbers->list[i] = number;
    numbers->count++;
}

static enum err
list_numbers(struct numbers *numbers, const char *folder, const char *before, struct why *why)
{
    DIR *listing = opendir(folder);
    struct dirent *entry;

    if (listing == NULL)
        return because(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", folder,
                       strerror(errno));
    while ((entry = readdir(listing)) != NULL) {
        uint32_t number = number_in(before, entry->d_name);

        if (number != 0)
            insert(numbers, number);
    }
    closedir(listing);
    return ERR_OK;
}

static enum err
read_numbered(struct node_keys *keys, const struct numbered_file *file, const char *folder,
              struct why *why)
{
    struct numbers numbers = { 0 };
    char name[64];
    enum err err;

    if ((err = list_numbers(&numbers, folder, file->before, why)))
        return err;
    for (size_t i = 0; i < numbers.count; i++) {
        snprintf(name, sizeof(name), "%s%u.key", file->before, (unsigned)numbers.list[i]);
        if ((err = file->read(keys, numbers.list[i], folder, name, why)))
            return err;
    }
    return ERR_OK;
}

/* --- All of them ------------------------------------------------------------------------------ */

static enum err
read_agency(struct node_keys *keys, const char *folder, struct why *why)
{
    enum err err;

    for (size_t i = 0; i < sizeof(numbered_files) / sizeof(numbered_files[0]); i++)
        if ((err = read_numbered(keys, &numbered_files[i], folder, why)))
            return err;
    if (keys->signing_count == 0)
        return because(why, ERR_NOT_FOUND, "%s/signing-N.key: there is none", folder);
    if (keys->intake_count == 0)
        return because(why, ERR_NOT_FOUND, "%s/intake-N.key: there is none", folder);
    return read_key(keys->master.bytes, sizeof(keys->master.bytes), keys, folder, "master.key",
                    KEYFILE_MASTER, why);
}

static enum err
read_next_transport(struct node_keys *keys, const char *folder, struct why *why)
{
    enum err err = read_key(keys->next_transport.bytes, sizeof(keys->next_transport.bytes),
                            keys, folder, NEXT_TRANSPORT_FILE, KEYFILE_TRANSPORT, why);

    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    keys->has_next_transport = err == ERR_OK;
    exchange_public_of(&keys->next_transport_public, &keys->next_transport);
    return err;
}

enum err
node_keys_go_over(const char *folder, struct why *why)
{
    char next[FILE_PATH_MAX], present[FILE_PATH_MAX];
    enum err err;

    if ((err = path_in(next, folder, NEXT_TRANSPORT_FILE, why))
        || (err = path_in(present, folder, "transport.key", why)))
        return err;
    return file_rename(next, present, why);
}

static enum err
read_all(struct node_keys *keys, const char *folder, enum node_role role,
         const char *passphrase, struct why *why)
{
    enum err err;

    if ((err = node_kek_open(&keys->kek, folder, passphrase, why)))
        return err;
    if ((err = read_key(keys->transport.bytes, sizeof(keys->transport.bytes), keys, folder,
                        "transport.key", KEYFILE_TRANSPORT, why)))
        return err;
    exchange_public_of(&keys->transport_public, &keys->transport);
    if ((err = read_next_transport(keys, folder, why)))
        return err;
    return role == NODE_AGENCY ? read_agency(keys, folder, why) : ERR_OK;
}

/* Locking is a courtesy of the system (RLIMIT_MEMLOCK); without it we work all the same. */
static struct node_keys *
locked_memory(void)
{
    void *memory = mmap(NULL, sizeof(struct node_keys), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return NULL;
    mlock(memory, sizeof(struct node_keys));
    madvise(memory, sizeof(struct node_keys), MADV_DONTDUMP);
    return memory;
}

/* Whoever can put a file there can give us a key. */
static enum err
check_folder(const char *folder, struct why *why)
{
    struct stat status;

    if (stat(folder, &status) != 0)
        return because(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", folder,
                       strerror(errno));
    if ((status.st_mode & 022) != 0)
        return because(why, ERR_REFUSED,
                       "%s: others may change what is in it (mode %04o): chmod 700 %s", folder,
                       (unsigned)status.st_mode & 07777, folder);
    return ERR_OK;
}

enum err
node_keys_load(struct node_keys **keys, const char *folder, enum node_role role,
               const char *passphrase, bool demo, struct why *why)
{
    struct node_keys *loaded;
    enum err err;

    if ((err = check_folder(folder, why)))
        return err;
    if (!demo && passphrase == NULL)
        return because(why, ERR_REFUSED, "%s: no passphrase to open the keys with", folder);
    loaded = locked_memory();
    if (loaded == NULL)
        return because(why, ERR_IO, "%s: no memory for the keys", folder);
    err = read_all(loaded, folder, role, demo ? NULL : passphrase, why);
    if (err != ERR_OK)
        node_keys_free(&loaded);
    else
        *keys = loaded;
    return err;
}

enum err
node_keys_open(struct node_keys **keys, const char *folder, enum node_role role,
               const char *passphrase_file, bool demo, struct why *why)
{
    struct passphrase passphrase;
    enum err err;

    if (demo)
        return node_keys_load(keys, folder, role, NULL, true, why);
    if ((err = passphrase_find(&passphrase, passphrase_file, why)))
        return err;
    err = node_keys_load(keys, folder, role, passphrase.text, false, why);
    wipe(&passphrase, sizeof(passphrase));
    return err;
}

void
node_keys_free(struct node_keys **keys)
{
    struct node_keys *gone = *keys;

    *keys = NULL;
    if (gone == NULL)
        return;
    wipe(gone, sizeof(*gone));
    munmap(gone, sizeof(*gone));
}

const struct numbered_secret *
node_keys_signing(const struct node_keys *keys, uint32_t number)
{
    for (size_t i = 0; i < keys->signing_count; i++)
        if (keys->signing[i].number == number)
            return &keys->signing[i];
    return NULL;
}

const struct key *
node_keys_psk(const struct node_keys *keys, uint32_t epoch)
{
    for (size_t i = 0; i < keys->psk_count; i++)
        if (keys->psk[i].number == epoch)
            return &keys->psk[i].key;
    return NULL;
}
