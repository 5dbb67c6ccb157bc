#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Stands in for libFuzzer where there is no clang: feeds every file of the committed corpus
 * (tests/fuzz/corpus/<name of this program>/), or every file that is named, to the fuzzer.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat status;
    uint8_t *data;
    size_t len;

    if (file == NULL || fstat(fileno(file), &status)) {
        perror(path);
        return -1;
    }
    /* Exactly as long as the file, so that a sanitizer sees one byte too far. */
    data = malloc(status.st_size ? (size_t)status.st_size : 1);
    len = data ? fread(data, 1, (size_t)status.st_size, file) : 0;
    fclose(file);
    if (data != NULL && len == (size_t)status.st_size)
        LLVMFuzzerTestOneInput(data, len);
    free(data);
    return data != NULL && len == (size_t)status.st_size ? 0 : -1;
}

/* Number of files replayed, or -1. */
static int
replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    int count = 0;

    if (folder == NULL) {
        perror(path);
        return -1;
    }
    while (count >= 0 && (entry = readdir(folder)) != NULL) {
        char file[4096];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        count = replay_file(file) ? -1 : count + 1;
    }
    closedir(folder);
    return count;
}

int
main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
    char folder[4096];
    int count = 0;

    printf("[ RUN      ] %s_survives_its_corpus\n", name);
    fflush(stdout);
    for (int i = 1; i < argc && count >= 0; i++)
        count = replay_file(argv[i]) ? -1 : count + 1;
    snprintf(folder, sizeof(folder), "tests/fuzz/corpus/%s", name);
    if (argc == 1)
        count = replay_folder(folder);
    if (count <= 0) {
        printf("nothing replayed\n[  FAILED  ] %s_survives_its_corpus\n", name);
        return 1;
    }
    printf("[       OK ] %s_survives_its_corpus\n", name);
    return 0;
}
