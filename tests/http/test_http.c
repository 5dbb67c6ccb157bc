#include "service.h"

static struct http_call
a_call(const struct service *service, const char *method, const char *path)
{
    return (struct http_call){
        .socket_path = service->path,
        .method = method,
        .path = path,
        .timeout_s = 10,
        .response_max = 4096,
    };
}

static void
expect(const struct http_call *call, int status, const char *body)
{
    struct http_response response;
    struct why why = { "" };

    if (http_call(call, &response, &why))
        fail_msg("%s", why.text);
    assert_int_equal(response.status, status);
    assert_says(buffer_text(&response.body), body);
    buffer_clear(&response.body);
}

static void
a_request_is_answered(void **state)
{
    struct service service;
    struct http_call call;

    (void)state;
    service_start(&service);
    call = a_call(&service, "GET", "/v1/health");
    expect(&call, 200, "GET /v1/health key=- query= body=");
    service_stop(&service);
    assert_int_equal(service.answered, 1);
}

static void
a_body_a_header_and_a_query_arrive(void **state)
{
    struct service service;
    struct http_call call;

    (void)state;
    service_start(&service);
    call = a_call(&service, "POST", "/v1/con%63erns?since=4%2B2&x=1");
    call.content_type = "application/json";
    call.body = bytes_of_text("{\"a\": 1}");
    call.idempotency_key = "key-7";
    expect(&call, 200, "POST /v1/concerns key=key-7 query=since=4+2,x=1, body={\"a\": 1}");
    call = a_call(&service, "DELETE", "/v1/x?a=1&a=2&b&c=&%64=%26&enough=1&more=1");
    expect(&call, 200, "DELETE /v1/x key=- query=a=1,a=2,b=-,c=,d=&,enough=1, body=");
    service_stop(&service);
}

static void
a_body_of_the_largest_size_is_taken_and_one_byte_more_is_not(void **state)
{
    struct service service;
    struct http_call call;
    char body[1001];

    (void)state;
    service_start(&service);
    memset(body, 'b', sizeof(body));
    call = a_call(&service, "POST", "/v1/concerns");
    call.content_type = "text/plain";
    call.body = bytes_of(body, 1000);
    expect(&call, 200, "body=bbbb");
    call.body.len = 1001;
    expect(&call, 413,
           "{\"type\":\"about:blank\",\"title\":\"Content Too Large\",\"status\":413,"
           "\"detail\":\"a body has at most 1000 bytes\"}");
    service_stop(&service);
    assert_int_equal(service.answered, 1);
}

static void
a_body_that_is_declared_too_large_is_refused_before_it_is_sent(void **state)
{
    struct service service;
    char reply[2000];

    (void)state;
    service_start(&service);
    hand_ask(&service,
             "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n"
             "Connection: close\r\n\r\n",
             reply, sizeof(reply));
    assert_says(reply, "HTTP/1.1 413 ");
    assert_says(reply, "Content-Type: application/problem+json");
    service_stop(&service);
    assert_int_equal(service.answered, 0);
}

static void
a_body_in_chunks_is_limited_too(void **state)
{
    struct service service;
    char reply[2000];
    int fd;

    (void)state;
    service_start(&service);
    fd = hand_connect(&service);
    hand_say(fd, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                 "Connection: close\r\n\r\n");
    for (int i = 0; i < 101; i++)
        hand_say(fd, "a\r\n0123456789\r\n");
    hand_say(fd, "0\r\n\r\n");
    hand_hear(fd, reply, sizeof(reply));
    assert_says(reply, "HTTP/1.1 413 ");
    close(fd);
    hand_ask(&service,
             "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
             "Connection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
             reply, sizeof(reply));
    assert_says(reply, "body=hello");
    service_stop(&service);
    assert_int_equal(service.answered, 1);
}

static void
a_slow_body_is_timed_out_and_others_are_served_meanwhile(void **state)
{
    struct service service;
    struct http_call call;
    char reply[2000];
    int slow;

    (void)state;
    service_start(&service);
    slow = hand_connect(&service);
    hand_say(slow, "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345");
    call = a_call(&service, "GET", "/v1/health");
    expect(&call, 200, "/v1/health");
    hand_hear(slow, reply, sizeof(reply)); /* ends, because the server hangs up */
    assert_says(reply, "HTTP/1.1 408 ");
    assert_says(reply, "application/problem+json");
    assert_says(reply, "\"status\":408");
    close(slow);
    service_stop(&service);
    assert_int_equal(service.answered, 1);
}

/* A time-out that starts again with each byte would be none. */
static void
a_client_that_drips_bytes_is_timed_out(void **state)
{
    struct service service;
    int fd, sent = 0;

    (void)state;
    service_start(&service);
    fd = hand_connect(&service);
    hand_say(fd, "GET /drip HTTP/1.1\r\nHost: ");
    while (sent < 500 && send(fd, "x", 1, MSG_NOSIGNAL) == 1) {
        usleep(20 * 1000);
        sent++;
    }
    assert_in_range(sent, 1, 499);
    close(fd);
    service_stop(&service);
    assert_int_equal(service.answered, 0);
}

static void
a_connection_that_says_nothing_is_closed_in_silence(void **state)
{
    struct service service;
    char reply[100];
    int fd;

    (void)state;
    service_start(&service);
    fd = hand_connect(&service);
    hand_hear(fd, reply, sizeof(reply));
    assert_string_equal(reply, "");
    close(fd);
    service_stop(&service);
}

static void
what_is_not_http_is_answered_400_or_closed(void **state)
{
    static const char *const malformed[] = {
        "what is this\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: minus one\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nhello",
        "GET / HTTP/1.1\r\n\r\n", /* no Host */
        "\x16\x03\x01\x02\x01\x01\r\n\r\n",
    };
    struct service service;
    char reply[2000];

    (void)state;
    service_start(&service);
    for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++) {
        hand_ask(&service, malformed[i], reply, sizeof(reply));
        assert_null(strstr(reply, " 200 "));
        if (reply[0] != 0)
            assert_says(reply, "HTTP/1.");
    }
    service_stop(&service);
    assert_int_equal(service.answered, 0);
}

static void
a_nul_in_the_path_does_not_end_it_early(void **state)
{
    struct service service;
    struct http_call call;

    (void)state;
    service_start(&service);
    call = a_call(&service, "GET", "/v1/views%00/private");
    expect(&call, 400, "no NUL");
    call = a_call(&service, "GET", "/v1/views?since=1%00");
    expect(&call, 400, "no NUL");
    service_stop(&service);
    assert_int_equal(service.answered, 0);
}

static void
headers_without_end_are_refused(void **state)
{
    struct service service;
    char reply[4000];
    int fd;

    (void)state;
    service_start(&service);
    fd = hand_connect(&service);
    hand_say(fd, "GET / HTTP/1.1\r\nHost: x\r\n");
    for (int i = 0; i < 10000; i++)
        if (send(fd, "X-More: 0123456789\r\n", 20, MSG_NOSIGNAL) != 20)
            break;
    hand_hear(fd, reply, sizeof(reply));
    assert_null(strstr(reply, " 200 "));
    close(fd);
    service_stop(&service);
    assert_int_equal(service.answered, 0);
}

static void
an_answer_says_where_and_when_and_is_not_to_be_kept(void **state)
{
    struct service service;
    char reply[2000];

    (void)state;
    service_start(&service);
    hand_ask(&service, "POST /new HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", reply,
             sizeof(reply));
    assert_says(reply, "HTTP/1.1 200 ");
    assert_says(reply, "Location: /v1/messages/1");
    assert_says(reply, "Cache-Control: no-store");
    assert_null(strstr(reply, "Retry-After"));
    hand_ask(&service, "GET /busy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", reply,
             sizeof(reply));
    assert_says(reply, "HTTP/1.1 503 ");
    assert_says(reply, "Retry-After: 7");
    hand_ask(&service, "GET /silent HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", reply,
             sizeof(reply));
    assert_says(reply, "HTTP/1.1 500 ");
    service_stop(&service);
}

static void
requests_follow_each_other_on_one_connection(void **state)
{
    struct service service;
    char reply[4000];

    (void)state;
    service_start(&service);
    hand_ask(&service,
             "GET /one HTTP/1.1\r\nHost: x\r\n\r\n"
             "POST /two HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
             "GET /three HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
             reply, sizeof(reply));
    assert_says(reply, "GET /one");
    assert_says(reply, "POST /two key=- query= body=abc");
    assert_says(reply, "GET /three");
    service_stop(&service);
    assert_int_equal(service.answered, 3);
}

static void
two_hundred_requests_are_answered_one_after_the_other(void **state)
{
    struct service service;
    struct http_call call;
    char path[32], body[64];

    (void)state;
    service_start(&service);
    for (int i = 0; i < 200; i++) {
        snprintf(path, sizeof(path), "/v1/messages/%d", i);
        snprintf(body, sizeof(body), "GET %s key=- query= body=", path);
        call = a_call(&service, "GET", path);
        expect(&call, 200, body);
    }
    service_stop(&service);
    assert_int_equal(service.answered, 200);
}

static void
a_client_that_leaves_before_its_answer_harms_nobody(void **state)
{
    struct service service;
    struct http_call call;

    (void)state;
    service_start(&service);
    for (int i = 0; i < 20; i++) { /* SIGPIPE would end this process */
        int fd = hand_connect(&service);

        hand_say(fd, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"
                     "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
        close(fd);
    }
    call = a_call(&service, "GET", "/v1/health");
    expect(&call, 200, "/v1/health");
    service_stop(&service);
}

static void
more_connections_than_allowed_wait_their_turn(void **state)
{
    struct service service;
    struct http_call call;
    int idle[20];

    (void)state;
    service_start(&service);
    for (size_t i = 0; i < 20; i++) /* 16 are allowed */
        idle[i] = hand_connect(&service);
    call = a_call(&service, "GET", "/v1/health");
    expect(&call, 200, "/v1/health"); /* once the idle ones have been closed */
    for (size_t i = 0; i < 20; i++)
        close(idle[i]);
    service_stop(&service);
}

/* A client that has begun to hear its answer and hears no more of it for now. */
static int
slow_reader(const struct service *service)
{
    int fd = hand_connect(service);
    char first;

    hand_say(fd, "GET /huge HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(recv(fd, &first, 1, 0), 1);
    return fd;
}

static int
status_of_huge(const struct service *service)
{
    struct http_call call = a_call(service, "GET", "/huge");
    struct http_response response;
    struct why why = { "" };

    call.response_max = 2 * SERVICE_HUGE;
    if (http_call(&call, &response, &why))
        fail_msg("%s", why.text);
    buffer_clear(&response.body);
    return response.status;
}

static void
what_slow_readers_hold_together_is_limited(void **state)
{
    enum { TRIES = 10000 };
    struct service service;
    struct http_call call;
    char reply[2000];
    int slow[2], tries = 0;

    (void)state;
    service_name(&service);
    service_serve_with(&service, 60);
    for (size_t i = 0; i < 2; i++)
        slow[i] = slow_reader(&service);
    hand_ask(&service, "GET /huge HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", reply,
             sizeof(reply));
    assert_says(reply, "HTTP/1.1 503 ");
    assert_says(reply, "Retry-After: 2");
    assert_says(reply, "Content-Type: application/problem+json");
    call = a_call(&service, "POST", "/v1/concerns"); /* what is small goes through */
    call.content_type = "text/plain";
    call.body = bytes_of_text("help");
    expect(&call, 200, "body=help");
    close(slow[0]);
    while (status_of_huge(&service) != 200 && tries++ < TRIES)
        usleep(1000); /* until the server has seen it go */
    assert_in_range(tries, 0, TRIES - 1);
    close(slow[1]);
    service_stop(&service);
}

static void
a_call_fails_with_its_reason(void **state)
{
    struct service service;
    struct http_response response = { .status = -1 };
    struct http_call call;
    struct why why;

    (void)state;
    service_name(&service);
    call = a_call(&service, "GET", "/");
    assert_err(http_call(&call, &response, &why), ERR_NOT_FOUND);
    assert_says(why.text, service.path);
    service_serve(&service);
    call = a_call(&service, "GET", "/large");
    assert_err(http_call(&call, &response, &why), ERR_TOO_BIG);
    call = a_call(&service, "GET", "/a b");
    assert_err(http_call(&call, &response, &why), ERR_MALFORMED);
    call = a_call(&service, "GET", "/\r\nX: y");
    assert_err(http_call(&call, &response, &why), ERR_MALFORMED);
    call = a_call(&service, "GET", "/");
    call.idempotency_key = "a\r\nX-Injected: b";
    assert_err(http_call(&call, &response, &why), ERR_MALFORMED);
    assert_int_equal(response.status, -1);
    service_stop(&service);
    assert_int_equal(service.answered, 1); /* "/large" */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_answered),
        cmocka_unit_test(a_body_a_header_and_a_query_arrive),
        cmocka_unit_test(a_body_of_the_largest_size_is_taken_and_one_byte_more_is_not),
        cmocka_unit_test(a_body_that_is_declared_too_large_is_refused_before_it_is_sent),
        cmocka_unit_test(a_body_in_chunks_is_limited_too),
        cmocka_unit_test(a_slow_body_is_timed_out_and_others_are_served_meanwhile),
        cmocka_unit_test(a_client_that_drips_bytes_is_timed_out),
        cmocka_unit_test(a_connection_that_says_nothing_is_closed_in_silence),
        cmocka_unit_test(what_is_not_http_is_answered_400_or_closed),
        cmocka_unit_test(a_nul_in_the_path_does_not_end_it_early),
        cmocka_unit_test(headers_without_end_are_refused),
        cmocka_unit_test(an_answer_says_where_and_when_and_is_not_to_be_kept),
        cmocka_unit_test(requests_follow_each_other_on_one_connection),
        cmocka_unit_test(two_hundred_requests_are_answered_one_after_the_other),
        cmocka_unit_test(a_client_that_leaves_before_its_answer_harms_nobody),
        cmocka_unit_test(more_connections_than_allowed_wait_their_turn),
        cmocka_unit_test(what_slow_readers_hold_together_is_limited),
        cmocka_unit_test(a_call_fails_with_its_reason),
    };

    return RUN(tests);
}
