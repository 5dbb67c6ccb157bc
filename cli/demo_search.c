#include "cli/demo_search.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/demo_needles.h"
#include "core/file.h"
#include "core/mem.h"

enum { CHUNK = 4 * 1024 * 1024, PREFIX = 4 };

/* --- Looking through bytes ----------------------------------------------------------------------- */

/* What has been found so far: each text counts once. */
struct search {
    struct found *found;
    const struct needles *needles;
    bool *seen; /* of each text */
    const char *place;
};

static void
note(struct search *search, const struct pattern *pattern, size_t offset)
{
    if (search->seen[pattern->text]
        || search->needles->texts[pattern->text].fate != FATE_SEARCHED)
        return;
    search->seen[pattern->text] = true;
    search->found->texts++;
    if (search->found->example[0] == 0)
        snprintf(search->found->example, sizeof(search->found->example), "%.120s + %zu",
                 search->place, offset);
}

static void
look_through(struct search *search, struct bytes bytes, size_t offset)
{
    for (size_t i = 0; i + PREFIX <= bytes.len; i++) {
        const struct pattern *pattern = search->needles->buckets[bucket_of(bytes.data + i)];

        /* All of them: "St Helier" must not hide "St Helier Primary". */
        for (; pattern != NULL; pattern = pattern->next)
            if (bytes_start_with(bytes_from(bytes, i), pattern->bytes))
                note(search, pattern, offset + i);
    }
}

static void
begin(struct search *search, struct found *found, const struct needles *needles)
{
    *found = (struct found){ .checked = true };
    *search = (struct search){ .found = found,
                               .needles = needles,
                               .seen = mem_array(needles->count, sizeof(bool)) };
}

static void
not_checked(struct found *found, const char *place)
{
    if (found->checked)
        because(&found->why, ERR_IO, "%s: %s", place, strerror(errno));
    found->checked = false;
}

/* --- In files ---------------------------------------------------------------------------------------- */

static void
look_through_file(struct search *search, const char *path)
{
    struct buffer content;

    buffer_init(&content, SIZE_MAX / 2);
    search->place = path;
    if (file_read(&content, path, NULL) == ERR_OK) {
        look_through(search, buffer_bytes(&content), 0);
        search->found->bytes += content.len;
        search->found->files++;
    } else {
        not_checked(search->found, path);
    }
    buffer_clear(&content);
}

static void
look_through_folder(struct search *search, const char *folder)
{
    DIR *open = opendir(folder);
    struct dirent *entry;

    if (open == NULL) {
        not_checked(search->found, folder);
        return;
    }
    while ((entry = readdir(open)) != NULL) {
        char path[FILE_PATH_MAX];
        struct stat status;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (lstat(path, &status) != 0)
            continue; /* a temporary file of a running program: gone */
        if (S_ISDIR(status.st_mode))
            look_through_folder(search, path);
        else if (S_ISREG(status.st_mode))
            look_through_file(search, path);
    }
    closedir(open);
}

void
search_folder(struct found *found, const struct needles *needles, const char *folder)
{
    struct search search;

    begin(&search, found, needles);
    look_through_folder(&search, folder);
    free(search.seen);
}

void
needles_drop_public(struct needles *needles, const char *folder)
{
    struct search search;
    struct found found;

    begin(&search, &found, needles);
    look_through_folder(&search, folder);
    for (size_t i = 0; i < needles->count; i++)
        if (search.seen[i])
            needles->texts[i].fate = FATE_PUBLIC;
    free(search.seen);
}

/* --- In memory ------------------------------------------------------------------------------------------- */

/* A mapping is read in chunks that overlap by the longest pattern. */
static void
look_through_mapping(struct search *search, int memory, uint64_t from, uint64_t to,
                     uint8_t *chunk)
{
    uint64_t at = from, seen_to = from;

    while (seen_to < to) {
        size_t want = to - at < CHUNK ? (size_t)(to - at) : CHUNK;
        ssize_t got = pread(memory, chunk, want, (off_t)at);

        if (got <= 0 || at + (uint64_t)got <= seen_to) {
            not_checked(search->found, "memory");
            return;
        }
        look_through(search, bytes_of(chunk, (size_t)got), (size_t)at);
        search->found->bytes += (size_t)(at + (uint64_t)got - seen_to);
        seen_to = at + (uint64_t)got;
        at = seen_to - from > PATTERN_MAX ? seen_to - PATTERN_MAX : from;
    }
    search->found->files++;
}

/* Readable memory, but for what the kernel keeps to itself. */
static bool
is_searchable(const char *line)
{
    return strstr(line, "[vvar") == NULL && strstr(line, "[vsyscall]") == NULL
           && strchr(line, ' ') != NULL && strchr(line, ' ')[1] == 'r';
}

/* Larger than the memory of this machine: the shadow that a sanitizer keeps.  It says of each
   byte of the program how it was used, and holds none of them. */
static bool
is_shadow(unsigned long long from, unsigned long long to)
{
    unsigned long long memory =
        (unsigned long long)sysconf(_SC_PHYS_PAGES) * (unsigned long long)sysconf(_SC_PAGESIZE);

    return to - from > memory;
}

static void
look_through_memory(struct search *search, FILE *maps, int memory)
{
    uint8_t *chunk = mem_new(CHUNK);
    char line[1024];

    while (fgets(line, sizeof(line), maps) != NULL) {
        unsigned long long from, to;

        if (is_searchable(line) && sscanf(line, "%llx-%llx", &from, &to) == 2
            && !is_shadow(from, to)) {
            search->found->mapped += (size_t)(to - from);
            look_through_mapping(search, memory, from, to, chunk);
        }
    }
    free(chunk);
}

void
search_memory(struct found *found, const struct needles *needles, pid_t pid)
{
    char maps_path[64], memory_path[64];
    struct search search;
    FILE *maps;
    int memory;

    begin(&search, found, needles);
    search.place = "memory";
    snprintf(maps_path, sizeof(maps_path), "/proc/%d/maps", (int)pid);
    snprintf(memory_path, sizeof(memory_path), "/proc/%d/mem", (int)pid);
    maps = fopen(maps_path, "re");
    memory = open(memory_path, O_RDONLY | O_CLOEXEC);
    if (maps == NULL || memory < 0)
        not_checked(found, memory_path);
    else
        look_through_memory(&search, maps, memory);
    if (memory >= 0)
        close(memory);
    if (maps != NULL)
        fclose(maps);
    if (found->checked && (found->bytes == 0 || found->bytes != found->mapped)) {
        because(&found->why, ERR_IO, "%s: %zu of %zu bytes were read", memory_path,
                found->bytes, found->mapped);
        found->checked = false;
    }
    free(search.seen);
}
