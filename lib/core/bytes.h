#ifndef KITH_CORE_BYTES_H
#define KITH_CORE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * struct bytes: some bytes that somebody else owns.  Borrowed for the length of a
 * call, unless a contract says "borrows until ...".
 *
 * struct buffer: bytes of our own that grow up to a limit.  A buffer that was asked
 * to grow beyond its limit remembers it and takes nothing more: write all you have
 * to write, then ask buffer_is_whole once.
 */
struct bytes {
    const uint8_t *data;
    size_t len;
};

struct buffer {
    uint8_t *data;
    size_t len;
    size_t capacity;
    size_t limit;
    bool overflowed;
};

struct bytes bytes_of(const void *data, size_t len);
struct bytes bytes_of_text(const char *text);
/* From offset on; empty when offset is beyond the end. */
struct bytes bytes_from(struct bytes bytes, size_t offset);
/* Not for secrets: time depends on the content. */
bool bytes_equal(struct bytes a, struct bytes b);
bool bytes_start_with(struct bytes bytes, struct bytes prefix);
bool bytes_end_with(struct bytes bytes, struct bytes ending);

void buffer_init(struct buffer *buffer, size_t limit);
/* Empty and usable again; keeps the limit. */
void buffer_clear(struct buffer *buffer);
/* Empty, but the memory is kept for the next use. */
void buffer_reset(struct buffer *buffer);
void buffer_add(struct buffer *buffer, const void *data, size_t len);
void buffer_add_bytes(struct buffer *buffer, struct bytes bytes);
void buffer_add_text(struct buffer *buffer, const char *text);
void buffer_add_byte(struct buffer *buffer, uint8_t byte);
void buffer_print(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Room for len more bytes at the end, counted as written; NULL when over the limit. */
uint8_t *buffer_extend(struct buffer *buffer, size_t len);
bool buffer_is_whole(const struct buffer *buffer);
struct bytes buffer_bytes(const struct buffer *buffer);
/* The content as a string: a NUL is kept after the last byte.  Never NULL. */
const char *buffer_text(struct buffer *buffer);
/* Hands the content over (to be given back with free) and empties the buffer. */
uint8_t *buffer_take(struct buffer *buffer, size_t *len);

/* Fixed-width little-endian numbers.  The put functions return the byte after. */
uint8_t *put_le16(uint8_t *at, uint16_t value);
uint8_t *put_le32(uint8_t *at, uint32_t value);
uint8_t *put_le64(uint8_t *at, uint64_t value);
uint8_t *put_bytes(uint8_t *at, const void *data, size_t len);
uint16_t get_le16(const uint8_t *at);
uint32_t get_le32(const uint8_t *at);
uint64_t get_le64(const uint8_t *at);

/* Lower-case hexadecimal; text has room for 2 * len + 1 characters. */
void hex_write(char *text, const void *data, size_t len);
/* Exactly 2 * len hexadecimal digits of either case, then a NUL. */
bool hex_read(void *data, size_t len, const char *text);

#endif
