#include "crypto/key.h"

#include <sodium.h>

static bool
read_variant(void *data, size_t max, size_t *len, const char *text, size_t text_len,
             int variant)
{
    size_t found;

    /* libsodium 1.0.18 takes '+' and '/' with the top bit set for '+' and '/'. */
    for (size_t i = 0; i < text_len; i++)
        if (text[i] & 0x80)
            return false;
    /* No end pointer: libsodium then refuses what it did not consume. */
    if (sodium_base642bin(data, max, text, text_len, NULL, &found, NULL, variant))
        return false;
    *len = found;
    return true;
}

size_t
base64_length(size_t len)
{
    return sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL) - 1;
}

void
base64_write(char *text, const void *data, size_t len)
{
    sodium_bin2base64(text, base64_length(len) + 1, data, len, sodium_base64_VARIANT_ORIGINAL);
}

bool
base64_read(void *data, size_t len, const char *text, size_t text_len)
{
    size_t found;

    return base64_read_any(data, len, &found, text, text_len) && found == len;
}

bool
base64_read_any(void *data, size_t max, size_t *len, const char *text, size_t text_len)
{
    return read_variant(data, max, len, text, text_len, sodium_base64_VARIANT_ORIGINAL);
}

size_t
base64url_length(size_t len)
{
    return sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_URLSAFE_NO_PADDING) - 1;
}

void
base64url_write(char *text, const void *data, size_t len)
{
    sodium_bin2base64(text, base64url_length(len) + 1, data, len,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool
base64url_read_any(void *data, size_t max, size_t *len, const char *text, size_t text_len)
{
    return read_variant(data, max, len, text, text_len,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}
