#include "cli/command.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/plain.h"
#include "json/json.h"

enum { CALL_TIMEOUT_S = 30, RESPONSE_MAX = 64 * 1024 * 1024 };

void
print_plain(FILE *out, unsigned indent, const char *text)
{
    struct buffer plain;

    buffer_init(&plain, RESPONSE_MAX);
    plain_write(&plain, text, (struct layout){ .column = indent, .indent = indent });
    fprintf(out, "%*s%s\n", (int)indent, "", buffer_text(&plain));
    buffer_clear(&plain);
}

struct instant
wall_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (struct instant){ (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 };
}

int
complain(int status, const char *format, ...)
{
    struct buffer words;
    char text[4096];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    buffer_init(&words, 4 * sizeof(text));
    plain_write(&words, text, (struct layout){ .column = 6, .indent = 6 });
    fprintf(stderr, "kith: %s\n", buffer_text(&words));
    buffer_clear(&words);
    return status;
}

const char *
agent_socket(const char *asked)
{
    const char *set = getenv("KITH_AGENT");

    if (asked != NULL)
        return asked;
    return set != NULL && set[0] != 0 ? set : "/run/kith/agent.sock";
}

enum err
agent_try(const char *socket, const char *method, const char *path, struct bytes body,
          const char *idempotency_key, struct http_response *response, struct why *why)
{
    const struct http_call call = {
        .socket_path = socket,
        .method = method,
        .path = path,
        .body = body,
        .content_type = body.len > 0 ? "application/json" : NULL,
        .idempotency_key = idempotency_key,
        .timeout_s = CALL_TIMEOUT_S,
        .response_max = RESPONSE_MAX,
    };
    enum err err = http_call(&call, response, why);

    if (err == ERR_NOT_FOUND)
        because(why, err,
                "no agent answers at %s; is kith-agent running? (--agent SOCKET or"
                " $KITH_AGENT says where)",
                socket);
    return err;
}

int
agent_call(const char *socket, const char *method, const char *path, struct bytes body,
           const char *idempotency_key, struct http_response *response)
{
    struct why why = { "no answer" };

    if (agent_try(socket, method, path, body, idempotency_key, response, &why))
        return complain(EXIT_OUT_OF_REACH, "%s", why.text);
    return EXIT_OK;
}

static void
say_errors(const json_t *errors)
{
    const json_t *error;
    size_t i;

    json_array_foreach(errors, i, error)
    {
        const char *pointer = json_string_value(json_object_get(error, "pointer"));
        const char *detail = json_string_value(json_object_get(error, "detail"));

        struct buffer line;

        buffer_init(&line, RESPONSE_MAX);
        buffer_print(&line, "%s: %s",
                     pointer != NULL && pointer[0] != 0 ? pointer : "(the whole)",
                     detail == NULL ? "" : detail);
        print_plain(stderr, 2, buffer_text(&line));
        buffer_clear(&line);
    }
}

/* Said no to what it was given; not that it could not. */
static bool
is_refusal(int status)
{
    return status == 400 || status == 409 || status == 413 || status == 422;
}

int
complain_of_answer(const char *about, const struct http_response *response)
{
    int status = is_refusal(response->status) ? EXIT_REFUSED : EXIT_FAILED;
    json_t *problem;
    const char *title = NULL, *detail = NULL;

    if (json_read(&problem, buffer_bytes(&response->body), NULL) != ERR_OK)
        return complain(status, "%s: the agent answered %d", about, response->status);
    title = json_string_value(json_object_get(problem, "title"));
    detail = json_string_value(json_object_get(problem, "detail"));
    complain(status, "%s: %s: %s", about, title == NULL ? "refused" : title,
             detail == NULL ? "" : detail);
    say_errors(json_object_get(problem, "errors"));
    json_decref(problem);
    return status;
}
