#include <curl/curl.h>
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>

#include "http/http.h"

/* One call under way. */
struct exchange {
    CURL *curl;
    struct curl_slist *headers;
    struct buffer body;
    char problem[CURL_ERROR_SIZE];
};

/* No space and no control character: nothing that could end the line it stands in. */
static bool
is_one_word(const char *text)
{
    for (; *text != 0; text++)
        if ((unsigned char)*text <= ' ' || (unsigned char)*text == 0x7f)
            return false;
    return true;
}

static bool
is_one_line(const char *text)
{
    return strpbrk(text, "\r\n") == NULL;
}

static size_t
on_body(char *data, size_t size, size_t count, void *self)
{
    struct exchange *exchange = self;

    buffer_add(&exchange->body, data, size * count);
    return buffer_is_whole(&exchange->body) ? size * count : 0;
}

static void
add_header(struct exchange *exchange, const char *name, const char *value)
{
    struct buffer line;

    if (value == NULL)
        return;
    buffer_init(&line, 1024);
    buffer_print(&line, "%s: %s", name, value);
    exchange->headers = curl_slist_append(exchange->headers, buffer_text(&line));
    buffer_clear(&line);
}

static void
set_body(struct exchange *exchange, const struct http_call *call)
{
    bool has_body = call->body.len > 0 || call->content_type != NULL;

    if (strcmp(call->method, "HEAD") == 0)
        curl_easy_setopt(exchange->curl, CURLOPT_NOBODY, 1L);
    if (!has_body)
        return;
    /* "" and not NULL, which would make curl read a body from somewhere else. */
    curl_easy_setopt(exchange->curl, CURLOPT_POSTFIELDS,
                     call->body.len > 0 ? (const char *)call->body.data : "");
    curl_easy_setopt(exchange->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
}

/* Only the socket, only HTTP, nothing from the environment. */
static void
set_up(struct exchange *exchange, const struct http_call *call)
{
    CURL *curl = exchange->curl;
    struct buffer url;

    buffer_init(&url, 64 * 1024);
    buffer_print(&url, "http://localhost%s", call->path);
    curl_easy_setopt(curl, CURLOPT_URL, buffer_text(&url)); /* copied */
    buffer_clear(&url);
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, call->socket_path);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)call->timeout_s);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, exchange->problem);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
    set_body(exchange, call);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
    add_header(exchange, "Content-Type", call->content_type);
    add_header(exchange, "Idempotency-Key", call->idempotency_key);
    /* Waiting to hear that a body is wanted only costs time here. */
    exchange->headers = curl_slist_append(exchange->headers, "Expect:");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, exchange->headers);
}

/* Somebody listens, and not for us: the socket's group may use it. */
static enum err
not_allowed(const char *socket_path, struct why *why)
{
    struct stat status;
    const struct group *group = NULL;

    if (stat(socket_path, &status) == 0)
        group = getgrgid(status.st_gid);
    if (group == NULL)
        return because(why, ERR_REFUSED, "you may not use %s: ask for the agent's group",
                       socket_path);
    return because(why, ERR_REFUSED, "you may not use %s: ask for the group '%s'", socket_path,
                   group->gr_name);
}

static enum err
not_connected(const struct exchange *exchange, const struct http_call *call, struct why *why)
{
    long error = 0;

    curl_easy_getinfo(exchange->curl, CURLINFO_OS_ERRNO, &error);
    if (error == EACCES || error == EPERM)
        return not_allowed(call->socket_path, why);
    return because(why, ERR_NOT_FOUND, "%s: nobody listens there; is the agent running?",
                   call->socket_path);
}

static enum err
perform(struct exchange *exchange, const struct http_call *call, struct why *why)
{
    CURLcode code;

    exchange->curl = curl_easy_init();
    if (exchange->curl == NULL)
        return because(why, ERR_IO, "libcurl did not start");
    set_up(exchange, call);
    code = curl_easy_perform(exchange->curl);
    if (code == CURLE_OK)
        return ERR_OK;
    if (!buffer_is_whole(&exchange->body))
        return because(why, ERR_TOO_BIG, "%s: the answer is longer than %zu bytes",
                       call->socket_path, call->response_max);
    if (code == CURLE_COULDNT_CONNECT)
        return not_connected(exchange, call, why);
    return because(why, ERR_IO, "%s: %s", call->socket_path,
                   exchange->problem[0] != 0 ? exchange->problem : curl_easy_strerror(code));
}

static enum err
check_call(const struct http_call *call, struct why *why)
{
    if (call->path[0] != '/' || !is_one_word(call->path) || !is_one_word(call->method))
        return because(why, ERR_MALFORMED, "a method or path with a space or control in it");
    if ((call->content_type != NULL && !is_one_line(call->content_type))
        || (call->idempotency_key != NULL && !is_one_line(call->idempotency_key)))
        return because(why, ERR_MALFORMED, "a header with a line break in it");
    return ERR_OK;
}

enum err
http_call(const struct http_call *call, struct http_response *response, struct why *why)
{
    struct exchange exchange = { .headers = NULL };
    long status = 0;
    enum err err;

    if ((err = check_call(call, why)))
        return err;
    buffer_init(&exchange.body, call->response_max);
    if ((err = perform(&exchange, call, why))) {
        buffer_clear(&exchange.body);
    } else {
        curl_easy_getinfo(exchange.curl, CURLINFO_RESPONSE_CODE, &status);
        *response = (struct http_response){ (int)status, exchange.body };
    }
    curl_slist_free_all(exchange.headers);
    curl_easy_cleanup(exchange.curl);
    return err;
}
