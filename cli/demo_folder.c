#include "cli/demo_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"

enum { DOCUMENT_MAX = 16 * 1024 * 1024 };

/* Not file_write, which waits for the disk: of a folder that is thrown away nothing need
   outlive a power cut, and there are a hundred files to copy. */
static enum err
write_copy(const char *path, struct bytes content, struct why *why)
{
    FILE *file = fopen(path, "wxe");
    bool whole;

    if (file == NULL)
        return because(why, ERR_IO, "%s: %s", path, strerror(errno));
    whole = fwrite(content.data, 1, content.len, file) == content.len;
    whole = fclose(file) == 0 && whole;
    return whole ? ERR_OK : because(why, ERR_IO, "%s: %s", path, strerror(errno));
}

static enum err
copy_file(const char *from, const char *to, struct why *why)
{
    struct buffer content;
    enum err err;

    buffer_init(&content, DOCUMENT_MAX);
    if ((err = file_read(&content, from, why)) == ERR_OK)
        err = write_copy(to, buffer_bytes(&content), why);
    buffer_clear(&content);
    return err;
}

enum err
folder_copy(const char *from, const char *to, struct why *why)
{
    struct dirent *entry;
    DIR *folder;
    enum err err = folder_make(to, 0755, why);

    if (err)
        return err;
    folder = opendir(from);
    if (folder == NULL)
        return because(why, ERR_IO, "%s: %s", from, strerror(errno));
    while (err == ERR_OK && (entry = readdir(folder)) != NULL) {
        char source[FILE_PATH_MAX], target[FILE_PATH_MAX];
        struct stat status;

        if (entry->d_name[0] == '.')
            continue;
        snprintf(source, sizeof(source), "%.2000s/%s", from, entry->d_name);
        snprintf(target, sizeof(target), "%.2000s/%s", to, entry->d_name);
        if (stat(source, &status) == 0 && S_ISDIR(status.st_mode))
            err = folder_copy(source, target, why);
        else
            err = copy_file(source, target, why);
    }
    closedir(folder);
    return err;
}
