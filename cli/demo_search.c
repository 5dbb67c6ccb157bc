#include "cli/demo_search.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/mem.h"

enum { CHUNK = 4 * 1024 * 1024, PREFIX = 4, NEEDLE_MAX = 4096 };

/* Needles by a hash of their first PREFIX bytes: one look at the table for each byte that
   is looked through. */
enum { BUCKETS = 1 << 16 };

struct needle {
    struct bytes text; /* ours */
    struct needle *next;
};

struct needles {
    struct needle *buckets[BUCKETS];
    size_t count;
};

static size_t
bucket_of(const uint8_t *at)
{
    return (size_t)(get_le32(at) * UINT32_C(2654435761) >> 16);
}

struct needles *
needles_new(void)
{
    return mem_new(sizeof(struct needles));
}

static void
needle_free(struct needle *needle)
{
    free((void *)(uintptr_t)needle->text.data);
    free(needle);
}

void
needles_free(struct needles **needles)
{
    if (*needles == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        while ((*needles)->buckets[i] != NULL) {
            struct needle *needle = (*needles)->buckets[i];

            (*needles)->buckets[i] = needle->next;
            needle_free(needle);
        }
    free(*needles);
    *needles = NULL;
}

static bool
is_word_of_the_schema(const char *text)
{
    for (; *text != 0; text++)
        if (!isupper((unsigned char)*text) && !isdigit((unsigned char)*text) && *text != '_')
            return false;
    return true;
}

static void
add_text(struct needles *needles, const char *text)
{
    struct bytes value = bytes_of_text(text);
    struct needle **bucket, *needle;

    if (value.len < NEEDLE_MIN || is_word_of_the_schema(text))
        return;
    if (value.len > NEEDLE_MAX)
        value.len = NEEDLE_MAX;
    bucket = &needles->buckets[bucket_of(value.data)];
    for (needle = *bucket; needle != NULL; needle = needle->next)
        if (bytes_equal(needle->text, value))
            return;
    needle = mem_new(sizeof(*needle));
    needle->text = bytes_of(mem_copy(value.data, value.len), value.len);
    needle->next = *bucket;
    *bucket = needle;
    needles->count++;
}

void
needles_add(struct needles *needles, const json_t *json)
{
    const char *name;
    json_t *member;
    size_t i;

    if (json_is_string(json))
        add_text(needles, json_string_value(json));
    json_object_foreach((json_t *)(uintptr_t)json, name, member) needles_add(needles, member);
    json_array_foreach(json, i, member) needles_add(needles, member);
}

size_t
needles_count(const struct needles *needles)
{
    return needles->count;
}

/* --- Looking through bytes ----------------------------------------------------------------------- */

/* The needle that stands at that place, or NULL. */
static struct needle *
needle_at(const struct needles *needles, struct bytes rest)
{
    struct needle *needle = needles->buckets[bucket_of(rest.data)];

    while (needle != NULL && !bytes_start_with(rest, needle->text))
        needle = needle->next;
    return needle;
}

/* What has been found so far: each needle counts once. */
struct search {
    struct found *found;
    const struct needles *needles;
    struct needles *seen;
    const char *place;
};

static void
note(struct search *search, const struct needle *needle, size_t offset)
{
    size_t before = search->seen->count;
    char *text = mem_copy(needle->text.data, needle->text.len);

    add_text(search->seen, text);
    free(text);
    search->found->needles += search->seen->count - before;
    if (search->found->example[0] == 0)
        snprintf(search->found->example, sizeof(search->found->example), "%.120s + %zu",
                 search->place, offset);
}

static void
look_through(struct search *search, struct bytes bytes, size_t offset)
{
    for (size_t i = 0; i + PREFIX <= bytes.len; i++) {
        const struct needle *needle = needle_at(search->needles, bytes_from(bytes, i));

        if (needle != NULL)
            note(search, needle, offset + i);
    }
    search->found->bytes += bytes.len;
}

static void
begin(struct search *search, struct found *found, const struct needles *needles)
{
    *found = (struct found){ .checked = true };
    *search = (struct search){ .found = found, .needles = needles, .seen = needles_new() };
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
    needles_free(&search.seen);
}

static void
drop(struct needles *needles, const struct needles *public)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        struct needle **at = &needles->buckets[i];

        while (*at != NULL) {
            struct needle *needle = *at, *same = public->buckets[i];

            while (same != NULL && !bytes_equal(same->text, needle->text))
                same = same->next;
            if (same == NULL) {
                at = &needle->next;
            } else {
                *at = needle->next;
                needle_free(needle);
                needles->count--;
            }
        }
    }
}

size_t
needles_drop_public(struct needles *needles, const char *folder)
{
    size_t before = needles->count;
    struct search search;
    struct found found;

    begin(&search, &found, needles);
    look_through_folder(&search, folder);
    drop(needles, search.seen);
    needles_free(&search.seen);
    return before - needles->count;
}

/* --- In memory ------------------------------------------------------------------------------------------- */

/* A mapping is read in chunks that overlap by the longest needle. */
static void
look_through_mapping(struct search *search, int memory, uint64_t from, uint64_t to,
                     uint8_t *chunk)
{
    uint64_t at = from;

    while (at < to) {
        size_t want = to - at < CHUNK ? (size_t)(to - at) : CHUNK;
        ssize_t got = pread(memory, chunk, want, (off_t)at);

        if (got <= 0) {
            not_checked(search->found, "memory");
            return;
        }
        look_through(search, bytes_of(chunk, (size_t)got), (size_t)at);
        if ((size_t)got < want || at + (uint64_t)got >= to)
            at += (uint64_t)got;
        else
            at += (uint64_t)got - NEEDLE_MAX;
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

static void
look_through_memory(struct search *search, FILE *maps, int memory)
{
    uint8_t *chunk = mem_new(CHUNK);
    char line[1024];

    while (fgets(line, sizeof(line), maps) != NULL) {
        unsigned long long from, to;

        if (is_searchable(line) && sscanf(line, "%llx-%llx", &from, &to) == 2)
            look_through_mapping(search, memory, from, to, chunk);
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
    if (found->checked && found->bytes == 0)
        not_checked(found, memory_path);
    needles_free(&search.seen);
}
