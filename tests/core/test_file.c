#include "../check.h"

#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"

static int
make_folder(void **state)
{
    static char folder[FILE_PATH_MAX];

    snprintf(folder, sizeof(folder), "%s/kith-file-XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    *state = mkdtemp(folder);
    return *state == NULL;
}

static int
remove_folder(void **state)
{
    char path[FILE_PATH_MAX];

    if (path_in(path, *state, "it", NULL) == ERR_OK)
        unlink(path);
    return rmdir(*state);
}

static void
what_was_written_is_read_and_replaced_whole(void **state)
{
    char path[FILE_PATH_MAX], left[FILE_PATH_MAX];
    struct buffer content;
    struct stat status;

    assert_ok(path_in(path, *state, "it", NULL));
    assert_ok(path_in(left, *state, "it.new", NULL));
    buffer_init(&content, 64);
    assert_ok(file_write(path, bytes_of_text("first, and longer"), 0640, NULL));
    assert_ok(file_write(path, bytes_of_text("second"), 0600, NULL));
    assert_ok(file_read(&content, path, NULL));
    assert_bytes(buffer_bytes(&content), bytes_of_text("second"));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_not_equal(access(left, F_OK), 0);
    buffer_clear(&content);
}

static void
a_file_beyond_the_limit_is_too_big(void **state)
{
    char path[FILE_PATH_MAX];
    struct buffer content;
    struct why why;

    assert_ok(path_in(path, *state, "it", NULL));
    assert_ok(file_write(path, bytes_of_text("12345"), 0600, NULL));
    buffer_init(&content, 5);
    assert_ok(file_read(&content, path, NULL));
    buffer_clear(&content);
    buffer_init(&content, 4);
    assert_err(file_read(&content, path, &why), ERR_TOO_BIG);
    assert_says(why.text, "/it: larger than 4 bytes");
    buffer_clear(&content);
}

static void
what_is_not_a_file_is_named(void **state)
{
    char path[FILE_PATH_MAX];
    struct buffer content;
    struct why why;

    assert_ok(path_in(path, *state, "it", NULL));
    buffer_init(&content, 5);
    assert_err(file_read(&content, path, &why), ERR_NOT_FOUND);
    assert_says(why.text, "/it: No such file");
    assert_err(file_read(&content, *state, &why), ERR_IO);
    assert_says(why.text, "not a regular file");
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_err(file_read(&content, path, &why), ERR_IO);
    assert_err(file_write("/no/such/folder/it", bytes_of_text(""), 0600, &why), ERR_IO);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_written_is_read_and_replaced_whole,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_file_beyond_the_limit_is_too_big, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(what_is_not_a_file_is_named, make_folder,
                                        remove_folder),
    };

    return RUN(tests);
}
