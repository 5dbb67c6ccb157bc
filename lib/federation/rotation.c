#include "federation/rotation.h"

#include <string.h>

#include "core/lines.h"
#include "envelope/batch.h"

enum { WORDS = 14, TEXT_64 = 96, LABEL = sizeof(LABEL_ROTATE) - 1 };

/* What is signed, without its label. */
static void
write_signed(struct buffer *out, const struct rotation *rotation)
{
    char signing[64], transport[64];

    base64_write(signing, rotation->signing.bytes, sizeof(rotation->signing.bytes));
    base64_write(transport, rotation->transport.bytes, sizeof(rotation->transport.bytes));
    buffer_print(out, "kith rotate %s agency %u %s signing %u %s transport %s",
                 rotation->federation, (unsigned)rotation->agency, rotation->name,
                 (unsigned)rotation->signing_number, signing, transport);
}

static void
write_labelled(struct buffer *out, const struct rotation *rotation)
{
    buffer_init(out, LABEL + ROTATION_MAX);
    buffer_add(out, LABEL_ROTATE, LABEL);
    write_signed(out, rotation);
}

void
rotation_sign(struct rotation *rotation, const struct sign_secret *secret)
{
    struct buffer text;

    write_labelled(&text, rotation);
    sign(&rotation->signature, buffer_bytes(&text), secret);
    buffer_clear(&text);
}

bool
rotation_verify(const struct rotation *rotation, const struct sign_public *key)
{
    struct buffer text;
    bool valid;

    write_labelled(&text, rotation);
    valid = sign_verify(&rotation->signature, buffer_bytes(&text), key);
    buffer_clear(&text);
    return valid;
}

void
rotation_write(struct buffer *out, const struct rotation *rotation)
{
    char signature[TEXT_64];

    write_signed(out, rotation);
    base64_write(signature, rotation->signature.bytes, sizeof(rotation->signature.bytes));
    buffer_print(out, " signed %u %s", (unsigned)rotation->signer, signature);
}

static bool
read_base64(uint8_t *bytes, size_t len, struct bytes word)
{
    return base64_read(bytes, len, (const char *)word.data, word.len);
}

static bool
read_number(uint32_t *number, struct bytes word)
{
    uint64_t read;

    if (!word_number(&read, word, UINT32_MAX) || read == 0)
        return false;
    *number = (uint32_t)read;
    return true;
}

static bool
read_words(struct rotation *rotation, const struct bytes *words)
{
    return word_is(words[0], "kith") && word_is(words[1], "rotate")
           && name_copy(rotation->federation, words[2]) && word_is(words[3], "agency")
           && read_number(&rotation->agency, words[4]) && name_copy(rotation->name, words[5])
           && word_is(words[6], "signing") && read_number(&rotation->signing_number, words[7])
           && read_base64(rotation->signing.bytes, 32, words[8])
           && word_is(words[9], "transport")
           && read_base64(rotation->transport.bytes, 32, words[10])
           && word_is(words[11], "signed") && read_number(&rotation->signer, words[12])
           && read_base64(rotation->signature.bytes, sizeof(rotation->signature.bytes),
                          words[13]);
}

enum err
rotation_read(struct rotation *rotation, struct bytes line, struct why *why)
{
    struct rotation read = { .agency = 0 };
    struct bytes words[WORDS];

    if (line.len > ROTATION_MAX || words_of(bytes_trim(line), words, WORDS) != WORDS
        || !read_words(&read, words))
        return because(why, ERR_MALFORMED,
                       "not the line that `kith key rotate` prints: is it whole?");
    *rotation = read;
    return ERR_OK;
}
