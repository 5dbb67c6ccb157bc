#include "federation/shared.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "federation/directory_parts.h"

/* One file of the folder, as it travels: LE16 length, name, LE32 length, content. */
struct shared_file {
    char name[SHARED_NAME_MAX + 1];
    struct bytes content;
};

static const char *const endings[] = { ".suspension", ".lift", ".minisig", NULL };

static bool
ends_as_known(struct bytes name)
{
    for (size_t i = 0; endings[i] != NULL; i++)
        if (name.len > strlen(endings[i]) && bytes_end_with(name, bytes_of_text(endings[i])))
            return true;
    return false;
}

static bool
is_plain(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
           || c == '-' || c == '.' || c == '_';
}

/* It becomes the name of a file of ours. */
bool
shared_name_is_valid(struct bytes name)
{
    if (name.len == 0 || name.len > SHARED_NAME_MAX || name.data[0] == '.')
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!is_plain(name.data[i]))
            return false;
    return ends_as_known(name);
}

void
shared_file_add(struct buffer *out, struct bytes name, struct bytes content)
{
    uint8_t length[4];

    put_le16(length, (uint16_t)name.len);
    buffer_add(out, length, 2);
    buffer_add_bytes(out, name);
    put_le32(length, (uint32_t)content.len);
    buffer_add(out, length, 4);
    buffer_add_bytes(out, content);
}

void
federation_share_suspensions(struct buffer *out, const struct federation *federation)
{
    buffer_add_bytes(out, buffer_bytes(&federation->suspensions.shared));
}

void
federation_fetched_suspensions(struct buffer *out, const struct federation *federation)
{
    buffer_add_bytes(out, buffer_bytes(&federation->suspensions.fetched));
}

/* --- Taking in -------------------------------------------------------------------------------- */

static bool
take(struct bytes *taken, struct bytes *rest, size_t len)
{
    if (rest->len < len)
        return false;
    *taken = bytes_of(rest->data, len);
    *rest = bytes_from(*rest, len);
    return true;
}

/* *rest is behind it then. */
static bool
next_file(struct shared_file *file, struct bytes *rest)
{
    struct bytes length, name;

    if (!take(&length, rest, 2) || !take(&name, rest, get_le16(length.data))
        || !shared_name_is_valid(name) || !take(&length, rest, 4)
        || get_le32(length.data) > SUSPENSION_FILE_MAX
        || !take(&file->content, rest, get_le32(length.data)))
        return false;
    memcpy(file->name, name.data, name.len);
    file->name[name.len] = 0;
    return true;
}

/* Those files of it that are signatures, or those that are not. */
static enum err
write_files(const char *folder, struct bytes text, bool signatures, struct why *why)
{
    struct shared_file file;
    char path[FILE_PATH_MAX];
    enum err err;

    while (text.len > 0 && next_file(&file, &text)) {
        if (has_ending(file.name, ".minisig") != signatures)
            continue;
        if ((err = path_in(path, folder, file.name, why))
            || (err = file_write(path, file.content, 0644, why)))
            return err;
    }
    return ERR_OK;
}

static bool
holds(struct bytes text, const char *name)
{
    struct shared_file file;

    while (text.len > 0 && next_file(&file, &text))
        if (strcmp(file.name, name) == 0)
            return true;
    return false;
}

/* What was in force stays so without its file (agreement/suspended.h). */
static void
remove_others(const char *folder, struct bytes text)
{
    DIR *listing = opendir(folder);
    char path[FILE_PATH_MAX];
    struct dirent *entry;

    if (listing == NULL)
        return;
    while ((entry = readdir(listing)) != NULL)
        if (entry->d_name[0] != '.' && !holds(text, entry->d_name)
            && path_in(path, folder, entry->d_name, NULL) == ERR_OK)
            unlink(path);
    closedir(listing);
}

static enum err
check(struct bytes text, struct why *why)
{
    struct shared_file file;

    while (text.len > 0)
        if (!next_file(&file, &text))
            return because(why, ERR_MALFORMED, "not a list of suspensions");
    return ERR_OK;
}

enum err
federation_install_suspensions(const char *folder, struct bytes text, struct why *why)
{
    char path[FILE_PATH_MAX];
    enum err err;

    if ((err = check(text, why)) || (err = path_in(path, folder, SUSPENSIONS_FOLDER, why))
        || (err = folder_make(path, 0700, why)) || (err = write_files(path, text, true, why))
        || (err = write_files(path, text, false, why)))
        return err;
    remove_others(path, text);
    return ERR_OK;
}
