#include "../check.h"

#include <fcntl.h>
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
all_that_somebody_wrote_is_looked_for_and_what_is_not_is_counted(void **state)
{
    struct needles *needles = needles_of(
        "{\"concern\":{\"rag\":\"RED\",\"level\":\"L3\",\"headline\":\"RED\",\"kind\":"
        "\"DA_INCIDENT\",\"child\":{\"name\":{\"given\":\"Leah\",\"family\":\"QUILL\"},"
        "\"educationNumber\":\"JSY0044719\",\"healthNumber\":\"700118342\",\"school\":\"Q\","
        "\"dateOfBirth\":\"2026-11-25\"}},\"a\":[\"Leah\",\"\",7,true]}");
    struct needle_counts counts;
    (void)state;

    needles_drop_time(needles, "2026-11-25T17:25:00Z");
    counts = needles_count(needles);
    assert_int_equal(counts.texts, 9);
    assert_int_equal(counts.searched, 5); /* RED Leah QUILL JSY0044719 700118342 */
    assert_int_equal(counts.codes, 2);    /* L3 DA_INCIDENT */
    assert_int_equal(counts.too_short, 1);
    assert_int_equal(counts.of_the_day, 1);
    assert_int_equal(counts.public, 0);
    needles_free(&needles);
}

/* How many of the texts are found in a file with that content. */
static size_t
found_in(const char *texts, const char *content)
{
    struct needles *needles = needles_of(texts);
    char folder[] = "/tmp/kith-search-XXXXXX", path[64];
    struct found found;

    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/file", folder);
    assert_ok(file_write(path, bytes_of_text(content), 0600, NULL));
    search_folder(&found, needles, folder);
    assert_true(found.checked);
    folder_remove(folder);
    needles_free(&needles);
    return found.texts;
}

static void
a_short_text_is_found_as_a_value_and_not_by_chance(void **state)
{
    static const char leah[] = "{\"concern\":{\"child\":{\"name\":{\"given\":\"Leah\"}},"
                               "\"adults\":[{\"note\":\"Amy\"}],"
                               "\"schoolUrn\":\"4471\"}}";
    (void)state;

    assert_int_equal(found_in(leah, "xxLeahxx Leah \x04Leah \"Leah\" Amy \x03"
                                    "Amy"),
                     0);
    assert_int_equal(found_in(leah, "x\n\x04Leah\x12\x0b"), 1); /* given is 1 */
    assert_int_equal(found_in(leah, "x\"\x03"
                                    "Amyx"),
                     1); /* note is 4 */
    assert_int_equal(found_in(leah, "x\xba\x06\x04"
                                    "4471"),
                     1); /* school_urn is 103 */
    assert_int_equal(found_in(leah, "{\"given\":\"Leah\"}"), 1);
    assert_int_equal(found_in(leah, "[\"Leah\",\"4471\"]"), 2);
    assert_int_equal(found_in(leah, "\"Amy\"\n"), 1);
}

static void
a_text_is_found_as_it_is_and_as_json_writes_it(void **state)
{
    static const char words[] = "{\"a\":\"\\\"I hid\\\"\"}";
    (void)state;

    assert_int_equal(found_in(words, "say \"I hid\" say"), 1);
    assert_int_equal(found_in(words, "say \\\"I hid\\\" say"), 1);
    assert_int_equal(found_in(words, "say I hid say"), 0);
}

static void
a_text_that_begins_another_hides_none(void **state)
{
    (void)state;

    assert_int_equal(found_in("{\"a\":\"Zebedee\",\"b\":\"Zebedee Quill\"}", "Zebedee Quill"),
                     2);
}

/* A child that holds the text in its memory, as an argument, until the pipe is closed.
   Another program: one built with AddressSanitizer has terabytes to look through. */
static pid_t
start_holder(const char *text, int ends[2])
{
    int started[2];
    char nothing;
    pid_t pid;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(pipe2(started, O_CLOEXEC), 0);
    pid = fork();
    if (pid == 0) {
        dup2(ends[0], STDIN_FILENO);
        execl("/bin/sh", "sh", "-c", "read nothing", text, (char *)NULL);
        _exit(127);
    }
    close(ends[0]);
    close(started[1]);
    assert_int_equal(read(started[0], &nothing, 1), 0); /* closed when the program runs */
    close(started[0]);
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
    assert_int_equal(found.texts, 1);
    assert_true(found.mapped > 0);
    assert_int_equal(found.bytes, found.mapped);
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
    assert_int_equal(found.texts, 1);
    assert_says(found.example, "deep/file + 5242883");
    needles_drop_public(needles, folder);
    assert_int_equal(needles_count(needles).public, 1);
    assert_int_equal(needles_count(needles).searched, 1);
    search_folder(&found, needles, folder);
    assert_int_equal(found.texts, 0);
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
        cmocka_unit_test(all_that_somebody_wrote_is_looked_for_and_what_is_not_is_counted),
        cmocka_unit_test(a_short_text_is_found_as_a_value_and_not_by_chance),
        cmocka_unit_test(a_text_is_found_as_it_is_and_as_json_writes_it),
        cmocka_unit_test(a_text_that_begins_another_hides_none),
        cmocka_unit_test(what_a_process_holds_is_found_in_its_memory),
        cmocka_unit_test(memory_that_cannot_be_read_is_not_called_empty),
        cmocka_unit_test(what_lies_in_a_file_is_found_wherever_it_lies),
    };

    return RUN(tests);
}
