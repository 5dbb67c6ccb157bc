#include "http/unix_socket.h"

#include "service.h"

static void
open_and_leave_stale(const char *path)
{
    struct unix_socket left;
    struct why why;

    assert_ok(unix_socket_open(&left, path, &why));
    close(left.fd); /* as a process that was killed leaves it */
    assert_int_equal(access(path, F_OK), 0);
}

static void
a_stale_socket_is_replaced(void **state)
{
    struct service service;
    struct http_call call = { .method = "GET", .path = "/", .timeout_s = 10 };
    struct http_response response;
    struct why why;

    (void)state;
    service_name(&service);
    open_and_leave_stale(service.path);
    service_serve(&service);
    call.socket_path = service.path;
    call.response_max = 1000;
    assert_ok(http_call(&call, &response, &why));
    assert_int_equal(response.status, 200);
    buffer_clear(&response.body);
    service_stop(&service);
}

static void
a_socket_on_which_somebody_answers_is_not(void **state)
{
    struct service service;
    struct unix_socket second;
    struct why why;

    (void)state;
    service_start(&service);
    assert_err(unix_socket_open(&second, service.path, &why), ERR_CONFLICT);
    assert_says(why.text, "somebody answers");
    close(hand_connect(&service)); /* the first still does */
    service_stop(&service);
}

static void
a_file_that_is_not_a_socket_is_left_alone(void **state)
{
    struct service service;
    struct unix_socket listening;
    struct why why;
    FILE *file;

    (void)state;
    service_name(&service);
    file = fopen(service.path, "w");
    assert_non_null(file);
    fputs("precious", file);
    fclose(file);
    assert_err(unix_socket_open(&listening, service.path, &why), ERR_CONFLICT);
    assert_says(why.text, "not a socket");
    assert_int_equal(access(service.path, F_OK), 0);
    unlink(service.path);
    rmdir(service.folder);
}

static void
the_socket_is_for_its_owner_and_group(void **state)
{
    struct service service;
    struct unix_socket listening;
    struct stat status;
    struct why why;
    mode_t masks[] = { 0, 022, 077 };

    (void)state;
    service_name(&service);
    for (size_t i = 0; i < 3; i++) {
        mode_t before = umask(masks[i]);

        assert_ok(unix_socket_open(&listening, service.path, &why));
        umask(before);
        assert_int_equal(stat(service.path, &status), 0);
        assert_int_equal(status.st_mode & 07777, 0660);
        unix_socket_remove(&listening, service.path);
        close(listening.fd);
    }
    rmdir(service.folder);
}

static void
only_our_own_socket_is_removed(void **state)
{
    struct service service;
    struct unix_socket first, second;
    struct why why;

    (void)state;
    service_name(&service);
    assert_ok(unix_socket_open(&first, service.path, &why));
    unlink(service.path);
    assert_ok(unix_socket_open(&second, service.path, &why));
    unix_socket_remove(&first, service.path);
    assert_int_equal(access(service.path, F_OK), 0);
    unix_socket_remove(&second, service.path);
    assert_int_equal(access(service.path, F_OK), -1);
    close(first.fd);
    close(second.fd);
    rmdir(service.folder);
}

static void
a_path_that_is_too_long_is_refused_and_not_cut(void **state)
{
    struct unix_socket listening;
    struct why why;
    char path[120];

    (void)state;
    memset(path, 'x', sizeof(path));
    memcpy(path, "/tmp/", 5);
    path[108] = 0; /* one character too many */
    assert_err(unix_socket_open(&listening, path, &why), ERR_TOO_BIG);
    path[107] = 0;
    assert_ok(unix_socket_open(&listening, path, &why));
    unix_socket_remove(&listening, path);
    close(listening.fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stale_socket_is_replaced),
        cmocka_unit_test(a_socket_on_which_somebody_answers_is_not),
        cmocka_unit_test(a_file_that_is_not_a_socket_is_left_alone),
        cmocka_unit_test(the_socket_is_for_its_owner_and_group),
        cmocka_unit_test(only_our_own_socket_is_removed),
        cmocka_unit_test(a_path_that_is_too_long_is_refused_and_not_cut),
    };

    return RUN(tests);
}
