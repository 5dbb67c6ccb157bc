#include "../check.h"

#include <sys/wait.h>
#include <unistd.h>

#include "cli/demo_search.h"
#include "core/file.h"
#include "core/mem.h"

static struct needles *
needles_of(const char *text)
{
    struct needles *needles = needles_new();
    json_t *json;

    assert_ok(json_read(&json, bytes_of_text(text), NULL));
    needles_add(needles, json);
    json_decref(json);
    return needles;
}

static void
what_is_worth_looking_for_are_the_texts_of_a_message(void **state)
{
    struct needles *needles =
        needles_of("{\"a\":\"Zebedee Quill\",\"b\":[\"Zebedee Quill\","
                   "\"marzipan\"],\"c\":\"RED_AMBER\",\"d\":\"tiny\",\"e\":7}");
    (void)state;

    assert_int_equal(needles_count(needles), 2);
    needles_free(&needles);
}

/* A child that holds the text in its memory, until the pipe is closed. */
static pid_t
start_holder(const char *text, int ends[2])
{
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        volatile char *held = mem_text(text);
        char nothing;

        close(ends[1]);
        _exit(read(ends[0], &nothing, 1) == 0 && held[0] != 0 ? 0 : 1);
    }
    close(ends[0]);
    return pid;
}

static void
what_a_process_holds_is_found_in_its_memory(void **state)
{
    struct needles *needles = needles_of("{\"a\":\"Zebedee Quill of Marzipan Lane\"}");
    struct found found;
    int ends[2];
    pid_t pid = start_holder("Zebedee Quill of Marzipan Lane", ends);
    (void)state;

    search_memory(&found, needles, pid);
    assert_true(found.checked);
    assert_int_equal(found.needles, 1);
    close(ends[1]);
    waitpid(pid, NULL, 0);
    needles_free(&needles);
}

static void
memory_that_cannot_be_read_is_not_called_empty(void **state)
{
    struct needles *needles = needles_of("{\"a\":\"Zebedee Quill\"}");
    struct found found;
    int ends[2];
    pid_t pid = start_holder("", ends);
    (void)state;

    close(ends[1]);
    waitpid(pid, NULL, 0);
    search_memory(&found, needles, pid);
    assert_false(found.checked);
    assert_says(found.why.text, "/proc/");
    needles_free(&needles);
}

static void
what_lies_in_a_file_is_found_wherever_it_lies(void **state)
{
    struct needles *needles = needles_of("{\"a\":\"Zebedee Quill\",\"b\":\"nowhere at all\"}");
    char folder[] = "/tmp/kith-search-XXXXXX", path[64];
    struct buffer content;
    struct found found;
    (void)state;

    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/deep", folder);
    assert_ok(folder_make(path, 0700, NULL));
    snprintf(path, sizeof(path), "%s/deep/file", folder);
    buffer_init(&content, 16 * 1024 * 1024);
    memset(buffer_extend(&content, 5 * 1024 * 1024 + 3), 'x', 5 * 1024 * 1024 + 3);
    buffer_add_text(&content, "Zebedee Quill");
    assert_ok(file_write(path, buffer_bytes(&content), 0600, NULL));
    search_folder(&found, needles, folder);
    assert_true(found.checked);
    assert_int_equal(found.files, 1);
    assert_int_equal(found.needles, 1);
    assert_says(found.example, "deep/file + 5242883");
    assert_int_equal(needles_drop_public(needles, folder), 1);
    search_folder(&found, needles, folder);
    assert_int_equal(found.needles, 0);
    buffer_clear(&content);
    folder_remove(folder);
    search_folder(&found, needles, folder);
    assert_false(found.checked);
    needles_free(&needles);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_worth_looking_for_are_the_texts_of_a_message),
        cmocka_unit_test(what_a_process_holds_is_found_in_its_memory),
        cmocka_unit_test(memory_that_cannot_be_read_is_not_called_empty),
        cmocka_unit_test(what_lies_in_a_file_is_found_wherever_it_lies),
    };

    return RUN(tests);
}
