#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fragment.pb-c.h"
#include "message/protojson.h"
#include "wire/strict.h"

/*
 * The other side of differential.py.  Answers each line with one:
 *
 *     json TEXT     ok HEX TEXT: as packed, and as we write it; or no POINTER REASON
 *     packed HEX    ok TEXT; or no
 */

enum { LIMIT = 1024 * 1024 };

static void
answer_message(const ProtobufCMessage *message, bool with_packed)
{
    struct buffer packed, text;
    json_t *json = protojson_write(message);
    char *hex;

    buffer_init(&packed, LIMIT);
    buffer_init(&text, LIMIT);
    strict_pack(message, &packed);
    hex = mem_new(2 * packed.len + 1);
    hex_write(hex, packed.data, packed.len);
    json_write(&text, json);
    printf("ok %s%s%s\n", with_packed ? hex : "", with_packed ? " " : "", buffer_text(&text));
    json_decref(json);
    free(hex);
    buffer_clear(&packed);
    buffer_clear(&text);
}

static void
answer_json(const char *text)
{
    struct problems problems;
    ProtobufCMessage *message;
    struct why why;
    json_t *json;

    if (json_read(&json, bytes_of_text(text), &why)) {
        printf("no %s\n", why.text);
        return;
    }
    problems_init(&problems);
    message = protojson_read(json, &kith__fragment__descriptor, NULL, &problems);
    if (problems.count > 0)
        printf("no %s %s\n", problems.list[0].pointer, problems.list[0].reason);
    else
        answer_message(message, true);
    protobuf_c_message_free_unpacked(message, NULL);
    problems_clear(&problems);
    json_decref(json);
}

static void
answer_packed(const char *hex)
{
    size_t len = strlen(hex) / 2;
    uint8_t *packed = mem_new(len);
    ProtobufCMessage *message;

    if (!hex_read(packed, len, hex)
        || strict_unpack(&message, &kith__fragment__descriptor, bytes_of(packed, len), LIMIT)) {
        printf("no\n");
    } else {
        answer_message(message, false);
        protobuf_c_message_free_unpacked(message, NULL);
    }
    free(packed);
}

int
main(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len;

    while ((len = getline(&line, &size, stdin)) > 0) {
        line[len - 1] = 0;
        if (strncmp(line, "json ", 5) == 0)
            answer_json(line + 5);
        else if (strncmp(line, "packed ", 7) == 0)
            answer_packed(line + 7);
        else
            return 1;
        fflush(stdout);
    }
    free(line);
    return 0;
}
