#include "core/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct bytes
bytes_of(const void *data, size_t len)
{
    return (struct bytes){ .data = data, .len = len };
}

struct bytes
bytes_of_text(const char *text)
{
    return bytes_of(text, strlen(text));
}

struct bytes
bytes_from(struct bytes bytes, size_t offset)
{
    if (offset >= bytes.len)
        return (struct bytes){ 0 };
    return bytes_of(bytes.data + offset, bytes.len - offset);
}

bool
bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool
bytes_start_with(struct bytes bytes, struct bytes prefix)
{
    return bytes.len >= prefix.len && bytes_equal(bytes_of(bytes.data, prefix.len), prefix);
}

bool
bytes_end_with(struct bytes bytes, struct bytes ending)
{
    return bytes.len >= ending.len
           && bytes_equal(bytes_from(bytes, bytes.len - ending.len), ending);
}

void
buffer_init(struct buffer *buffer, size_t limit)
{
    *buffer = (struct buffer){ .limit = limit };
}

void
buffer_clear(struct buffer *buffer)
{
    free(buffer->data);
    buffer_init(buffer, buffer->limit);
}

void
buffer_reset(struct buffer *buffer)
{
    buffer->len = 0;
    buffer->overflowed = false;
}

/* Makes room for len more bytes and the NUL that buffer_text promises. */
static bool
make_room(struct buffer *buffer, size_t len)
{
    size_t capacity = buffer->capacity ? buffer->capacity : 64;

    if (buffer->overflowed || len > buffer->limit - buffer->len) {
        buffer->overflowed = true;
        return false;
    }
    if (buffer->len + len + 1 <= buffer->capacity)
        return true;
    while (capacity < buffer->len + len + 1)
        capacity *= 2;
    buffer->data = mem_resize(buffer->data, capacity, 1);
    buffer->capacity = capacity;
    return true;
}

uint8_t *
buffer_extend(struct buffer *buffer, size_t len)
{
    uint8_t *at;

    if (!make_room(buffer, len))
        return NULL;
    at = buffer->data + buffer->len;
    buffer->len += len;
    return at;
}

void
buffer_add(struct buffer *buffer, const void *data, size_t len)
{
    uint8_t *at = buffer_extend(buffer, len);

    if (at != NULL && len > 0)
        memcpy(at, data, len);
}

void
buffer_add_bytes(struct buffer *buffer, struct bytes bytes)
{
    buffer_add(buffer, bytes.data, bytes.len);
}

void
buffer_add_text(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, text, strlen(text));
}

void
buffer_add_byte(struct buffer *buffer, uint8_t byte)
{
    buffer_add(buffer, &byte, 1);
}

void
buffer_print(struct buffer *buffer, const char *format, ...)
{
    va_list args, again;
    int len;

    va_start(args, format);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len >= 0 && make_room(buffer, (size_t)len)) {
        vsnprintf((char *)buffer->data + buffer->len, (size_t)len + 1, format, again);
        buffer->len += (size_t)len;
    }
    va_end(again);
}

bool
buffer_is_whole(const struct buffer *buffer)
{
    return !buffer->overflowed;
}

struct bytes
buffer_bytes(const struct buffer *buffer)
{
    return bytes_of(buffer->data, buffer->len);
}

const char *
buffer_text(struct buffer *buffer)
{
    if (buffer->data == NULL)
        return "";
    buffer->data[buffer->len] = 0;
    return (const char *)buffer->data;
}

uint8_t *
buffer_take(struct buffer *buffer, size_t *len)
{
    uint8_t *data = buffer->data ? buffer->data : mem_new(1);

    data[buffer->len] = 0;
    *len = buffer->len;
    buffer_init(buffer, buffer->limit);
    return data;
}

uint8_t *
put_le16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    return at + 2;
}

uint8_t *
put_le32(uint8_t *at, uint32_t value)
{
    at = put_le16(at, (uint16_t)value);
    return put_le16(at, (uint16_t)(value >> 16));
}

uint8_t *
put_le64(uint8_t *at, uint64_t value)
{
    at = put_le32(at, (uint32_t)value);
    return put_le32(at, (uint32_t)(value >> 32));
}

uint8_t *
put_bytes(uint8_t *at, const void *data, size_t len)
{
    if (len > 0)
        memcpy(at, data, len);
    return at + len;
}

uint16_t
get_le16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

uint32_t
get_le32(const uint8_t *at)
{
    return get_le16(at) | (uint32_t)get_le16(at + 2) << 16;
}

uint64_t
get_le64(const uint8_t *at)
{
    return get_le32(at) | (uint64_t)get_le32(at + 4) << 32;
}

void
hex_write(char *text, const void *data, size_t len)
{
    const uint8_t *byte = data;

    for (size_t i = 0; i < len; i++) {
        *text++ = "0123456789abcdef"[byte[i] >> 4];
        *text++ = "0123456789abcdef"[byte[i] & 15];
    }
    *text = 0;
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool
hex_read(void *data, size_t len, const char *text)
{
    uint8_t *byte = data;

    if (strlen(text) != 2 * len)
        return false;
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        byte[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
