#include "json/json.h"

#include <stdint.h>

enum { DEPTH_MAX = 64 };

/* jansson's own words quote the text that they are about, which may be about a child. */
static const char *
words_for(enum json_error_code code)
{
    switch (code) {
    case json_error_premature_end_of_input: return "the text ends too early";
    case json_error_end_of_input_expected: return "there is something after the end";
    case json_error_invalid_utf8: return "this is not UTF-8";
    case json_error_null_character:
    case json_error_null_byte_in_key: return "a string holds a NUL";
    case json_error_duplicate_key: return "a member is given twice";
    case json_error_numeric_overflow: return "a number is too large";
    case json_error_stack_overflow: return "this is nested too deeply";
    case json_error_invalid_format:
    case json_error_invalid_syntax:
    case json_error_null_value:
    case json_error_wrong_type:
    case json_error_out_of_memory:
    case json_error_invalid_argument:
    case json_error_cannot_open_file:
    case json_error_item_not_found:
    case json_error_index_out_of_range:
    case json_error_unknown: break;
    }
    return "this is not JSON";
}

static bool
is_deeper_than(const json_t *json, unsigned levels)
{
    const char *name;
    json_t *item;
    size_t i;

    if (!json_is_object(json) && !json_is_array(json))
        return false;
    if (levels == 0)
        return true;
    json_object_foreach((json_t *)(uintptr_t)json, name, item)
    {
        if (is_deeper_than(item, levels - 1))
            return true;
    }
    json_array_foreach(json, i, item)
    {
        if (is_deeper_than(item, levels - 1))
            return true;
    }
    return false;
}

enum err
json_read(json_t **json, struct bytes text, struct why *why)
{
    json_error_t error;
    const char *start = text.len > 0 ? (const char *)text.data : "";
    json_t *read =
        json_loadb(start, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);

    if (read == NULL)
        return because(why, ERR_MALFORMED, "line %d, column %d: %s", error.line, error.column,
                       words_for(json_error_code(&error)));
    if (is_deeper_than(read, DEPTH_MAX)) {
        json_decref(read);
        return because(why, ERR_MALFORMED, "line 1, column 1: this is nested too deeply");
    }
    *json = read;
    return ERR_OK;
}

static int
add_to_buffer(const char *text, size_t len, void *buffer)
{
    buffer_add(buffer, text, len);
    return 0;
}

void
json_write(struct buffer *out, const json_t *json)
{
    json_dump_callback(json, add_to_buffer, out, JSON_COMPACT | JSON_ENCODE_ANY);
}

void
json_write_pretty(struct buffer *out, const json_t *json)
{
    json_dump_callback(json, add_to_buffer, out, JSON_INDENT(2) | JSON_ENCODE_ANY);
}
