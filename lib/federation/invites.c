#include "federation/invites.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/lines.h"
#include "core/mem.h"

/* Between two clocks, and on the way. */
enum { CLOCKS_APART_MS = 15 * 60 * 1000 };

/* --- One invite ----------------------------------------------------------------------------- */

static bool
read_first(struct open_invite *invite, struct bytes line)
{
    struct bytes word[6];
    uint64_t number;

    if (words_of(line, word, 6) != 6 || !word_is(word[0], "kith") || !word_is(word[1], "invite")
        || !word_is(word[3], "agency") || !word_number(&number, word[4], UINT32_MAX))
        return false;
    invite->number = (uint32_t)number;
    return name_copy(invite->federation, word[2]) && name_copy(invite->agency, word[5]);
}

static bool
parse(struct open_invite *invite, struct bytes text)
{
    struct lines lines = lines_of(text);
    struct bytes line[3], word[2], more;
    char until[INSTANT_TEXT];

    for (size_t i = 0; i < 3; i++)
        if (!lines_next(&lines, &line[i]))
            return false;
    return !lines_next(&lines, &more) && read_first(invite, line[0])
           && words_of(line[1], word, 2) == 2 && word_is(word[0], "key")
           && base64_read(invite->key.bytes, 32, (const char *)word[1].data, word[1].len)
           && words_of(line[2], word, 2) == 2 && word_is(word[0], "until")
           && word_copy(until, sizeof(until), word[1]) && instant_read(&invite->expires, until);
}

static enum err
request_name(char name[NAME_MAX_LEN + 16], const char *agency, struct why *why)
{
    if (snprintf(name, NAME_MAX_LEN + 16, "%s.request", agency) >= NAME_MAX_LEN + 16)
        return because(why, ERR_TOO_BIG, "%s: too long for a name", agency);
    return ERR_OK;
}

static enum err
read_request(struct open_invite *invite, const char *folder, struct why *why)
{
    char path[FILE_PATH_MAX], name[NAME_MAX_LEN + 16];
    enum err err;

    if ((err = request_name(name, invite->agency, why))
        || (err = path_in(path, folder, name, why)))
        return err;
    err = file_read(&invite->request, path, why);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
read_invite(struct open_invite *invite, const char *folder, const char *name, struct why *why)
{
    char path[FILE_PATH_MAX];
    struct buffer text;
    enum err err;

    if ((err = path_in(path, folder, name, why)))
        return err;
    buffer_init(&text, INVITE_FILE_MAX);
    err = file_read(&text, path, why);
    if (err == ERR_OK
        && (!parse(invite, buffer_bytes(&text)) || strcmp(invite->agency, name) != 0))
        err = because(why, ERR_MALFORMED, "%s: not an invite", path);
    buffer_clear(&text);
    return err != ERR_OK ? err : read_request(invite, folder, why);
}

/* --- All of them ----------------------------------------------------------------------------- */

static enum err
add(struct invites *invites, const char *folder, const char *name, struct why *why)
{
    struct open_invite invite = { .number = 0 };
    enum err err;

    if (invites->count == INVITES_MAX)
        return because(why, ERR_FULL, "%s: more than %d invites", folder, INVITES_MAX);
    buffer_init(&invite.request, JOIN_MAX);
    if ((err = read_invite(&invite, folder, name, why))) {
        buffer_clear(&invite.request);
        return err;
    }
    invites->list = mem_resize(invites->list, invites->count + 1, sizeof(invites->list[0]));
    invites->list[invites->count++] = invite;
    return ERR_OK;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const struct open_invite *)a)->agency,
                  ((const struct open_invite *)b)->agency);
}

enum err
invites_read(struct invites *invites, const char *folder, struct why *odd, struct why *why)
{
    struct invites read = { 0 };
    DIR *listing = opendir(folder);
    struct dirent *entry;
    struct why fault;

    odd->text[0] = 0;
    if (listing == NULL && errno != ENOENT)
        return because(why, ERR_IO, "%s: %s", folder, strerror(errno));
    while (listing != NULL && (entry = readdir(listing)) != NULL)
        if (name_is_valid(bytes_of_text(entry->d_name))
            && add(&read, folder, entry->d_name, &fault))
            *odd = fault;
    if (listing != NULL)
        closedir(listing);
    if (read.count > 0)
        qsort(read.list, read.count, sizeof(read.list[0]), by_name);
    *invites = read;
    return ERR_OK;
}

void
invites_clear(struct invites *invites)
{
    for (size_t i = 0; i < invites->count; i++)
        buffer_clear(&invites->list[i].request);
    free(invites->list);
    *invites = (struct invites){ 0 };
}

struct open_invite *
invites_by_key(const struct invites *invites, const uint8_t key[32])
{
    for (size_t i = 0; i < invites->count; i++)
        if (memcmp(invites->list[i].key.bytes, key, 32) == 0)
            return &invites->list[i];
    return NULL;
}

struct open_invite *
invites_named(const struct invites *invites, const char *agency)
{
    for (size_t i = 0; i < invites->count; i++)
        if (strcmp(invites->list[i].agency, agency) == 0)
            return &invites->list[i];
    return NULL;
}

/* --- A request ------------------------------------------------------------------------------- */

enum err
invite_fits(struct join_request *request, const struct open_invite *invite, struct bytes text,
            struct why *why)
{
    struct join_request read;
    enum err err;

    if ((err = join_read(&read, text, why)))
        return err;
    if (strcmp(read.federation, invite->federation) != 0
        || strcmp(read.agency, invite->agency) != 0 || read.number != invite->number
        || memcmp(&read.invite, &invite->key, sizeof(invite->key)) != 0)
        return because(why, ERR_REFUSED, "it is not what this invite is for: %s in %s",
                       invite->agency, invite->federation);
    *request = read;
    return ERR_OK;
}

enum err
invite_check_request(const struct open_invite *invite, struct bytes text, struct instant now,
                     struct why *why)
{
    struct join_request request;
    int64_t apart;
    enum err err;

    if ((err = invite_fits(&request, invite, text, why)))
        return err;
    apart = now.ms - (int64_t)request.intake.not_before_ms;
    if (apart < -CLOCKS_APART_MS || apart > CLOCKS_APART_MS)
        return because(why, ERR_REFUSED,
                       "its clock and the broker's differ by more than %d minutes, or its keys "
                       "were made that long ago",
                       CLOCKS_APART_MS / 60000);
    return ERR_OK;
}

/* --- On disk ---------------------------------------------------------------------------------- */

enum err
invites_put(const char *folder, const struct open_invite *invite, struct why *why)
{
    char path[FILE_PATH_MAX], key[64], until[INSTANT_TEXT];
    struct buffer text;
    enum err err;

    if ((err = folder_make(folder, 0700, why))
        || (err = path_in(path, folder, invite->agency, why)))
        return err;
    base64_write(key, invite->key.bytes, sizeof(invite->key.bytes));
    instant_write(until, invite->expires);
    buffer_init(&text, INVITE_FILE_MAX);
    buffer_print(&text, "kith invite %s agency %u %s\nkey %s\nuntil %s\n", invite->federation,
                 (unsigned)invite->number, invite->agency, key, until);
    err = file_write(path, buffer_bytes(&text), 0600, why);
    buffer_clear(&text);
    return err;
}

enum err
invites_put_request(const char *folder, struct open_invite *invite, struct bytes request,
                    struct why *why)
{
    char path[FILE_PATH_MAX], name[NAME_MAX_LEN + 16];
    enum err err;

    if ((err = request_name(name, invite->agency, why))
        || (err = path_in(path, folder, name, why))
        || (err = file_write(path, request, 0600, why)))
        return err;
    buffer_reset(&invite->request);
    buffer_add_bytes(&invite->request, request);
    return ERR_OK;
}

static enum err
remove_file(const char *folder, const char *name, struct why *why)
{
    char path[FILE_PATH_MAX];
    enum err err = path_in(path, folder, name, why);

    if (err)
        return err;
    if (unlink(path) != 0 && errno != ENOENT)
        return because(why, ERR_IO, "%s: %s", path, strerror(errno));
    return ERR_OK;
}

enum err
invites_remove(const char *folder, const char *agency, struct why *why)
{
    char name[NAME_MAX_LEN + 16];
    enum err err;

    /* The invite first: a request without one is nothing. */
    if ((err = request_name(name, agency, why)) || (err = remove_file(folder, agency, why)))
        return err;
    return remove_file(folder, name, why);
}
