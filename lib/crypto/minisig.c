#include "crypto/minisig.h"

#include <stdio.h>
#include <string.h>

#include "crypto/hash.h"

enum {
    ALGORITHM = 2,
    KEY_ID = 8,
    PUBLIC = ALGORITHM + KEY_ID + sizeof(struct sign_public),
    SIGNED = ALGORITHM + KEY_ID + sizeof(struct signature),
    FILE_HASH = 64
};

static const char untrusted[] = "untrusted comment: ", trusted_prefix[] = "trusted comment: ";

/* A signature file taken apart; comment is borrowed from the text. */
struct minisig {
    uint8_t algorithm[ALGORITHM];
    uint8_t key_id[KEY_ID];
    struct signature signature, global;
    struct bytes comment;
};

/* Takes one line off the front of text; the last line may lack its newline. */
static bool
take_line(struct bytes *line, struct bytes *text)
{
    const uint8_t *end = text->len ? memchr(text->data, '\n', text->len) : NULL;

    if (text->len == 0)
        return false;
    *line = bytes_of(text->data, end ? (size_t)(end - text->data) : text->len);
    *text = bytes_from(*text, line->len + 1);
    return true;
}

static bool
take_comment(struct bytes *comment, struct bytes *text, const char *prefix)
{
    struct bytes line;

    if (!take_line(&line, text) || !bytes_start_with(line, bytes_of_text(prefix)))
        return false;
    *comment = bytes_of(line.data + strlen(prefix), line.len - strlen(prefix));
    return true;
}

static bool
take_base64(void *data, size_t len, struct bytes *text)
{
    struct bytes line;

    return take_line(&line, text) && base64_read(data, len, (const char *)line.data, line.len);
}

static enum err
parse(struct minisig *minisig, struct bytes text)
{
    uint8_t signed_by[SIGNED];
    struct bytes ignored;

    if (text.len > MINISIG_MAX)
        return ERR_TOO_BIG;
    if (!take_comment(&ignored, &text, untrusted)
        || !take_base64(signed_by, sizeof(signed_by), &text)
        || !take_comment(&minisig->comment, &text, trusted_prefix)
        || !take_base64(minisig->global.bytes, sizeof(minisig->global.bytes), &text)
        || text.len != 0)
        return ERR_MALFORMED;
    memcpy(minisig->algorithm, signed_by, ALGORITHM);
    memcpy(minisig->key_id, signed_by + ALGORITHM, KEY_ID);
    memcpy(minisig->signature.bytes, signed_by + ALGORITHM + KEY_ID, sizeof(struct signature));
    return ERR_OK;
}

void
minisign_public_write(char text[MINISIGN_PUBLIC_TEXT], const struct minisign_public *public)
{
    uint8_t packed[PUBLIC], *at = packed;

    _Static_assert(MINISIGN_PUBLIC_TEXT == (PUBLIC + 2) / 3 * 4 + 1, "room");
    at = put_bytes(at, "Ed", ALGORITHM);
    at = put_bytes(at, public->key_id, KEY_ID);
    put_bytes(at, public->key.bytes, sizeof(public->key.bytes));
    base64_write(text, packed, sizeof(packed));
}

enum err
minisign_public_read(struct minisign_public *public, struct bytes text)
{
    uint8_t packed[PUBLIC];
    struct bytes ignored;

    if (text.len > MINISIG_MAX)
        return ERR_TOO_BIG;
    if (bytes_start_with(text, bytes_of_text(untrusted))
        && !take_comment(&ignored, &text, untrusted))
        return ERR_MALFORMED;
    if (!take_base64(packed, sizeof(packed), &text) || text.len != 0)
        return ERR_MALFORMED;
    if (memcmp(packed, "Ed", ALGORITHM) != 0)
        return ERR_MALFORMED;
    memcpy(public->key_id, packed + ALGORITHM, KEY_ID);
    memcpy(public->key.bytes, packed + ALGORITHM + KEY_ID, sizeof(public->key.bytes));
    return ERR_OK;
}

/* The key id as minisign prints it. */
static void
key_id_write(char text[2 * KEY_ID + 1], const uint8_t key_id[KEY_ID])
{
    snprintf(text, 2 * KEY_ID + 1, "%016llX", (unsigned long long)get_le64(key_id));
}

/* What the global signature covers. */
static void
global_text(struct buffer *out, const struct signature *signature, struct bytes comment)
{
    buffer_init(out, sizeof(signature->bytes) + MINISIG_MAX);
    buffer_add(out, signature->bytes, sizeof(signature->bytes));
    buffer_add_bytes(out, comment);
}

static void
add_base64(struct buffer *out, const void *data, size_t len)
{
    char text[(SIGNED + 2) / 3 * 4 + 1];

    base64_write(text, data, len);
    buffer_print(out, "%s\n", text);
}

void
minisig_write(struct buffer *out, struct bytes file, const struct minisign_public *public,
              const struct sign_secret *secret, const char *trusted)
{
    uint8_t digest[FILE_HASH], packed[SIGNED], *at = packed;
    struct signature signature, global;
    char key_id[2 * KEY_ID + 1];
    struct buffer text;

    hash_of(digest, sizeof(digest), "", NULL, file);
    sign(&signature, bytes_of(digest, sizeof(digest)), secret);
    global_text(&text, &signature, bytes_of_text(trusted));
    sign(&global, buffer_bytes(&text), secret);
    buffer_clear(&text);

    at = put_bytes(at, "ED", ALGORITHM);
    at = put_bytes(at, public->key_id, KEY_ID);
    put_bytes(at, signature.bytes, sizeof(signature.bytes));
    key_id_write(key_id, public->key_id);
    buffer_print(out, "%ssignature of kith key %s\n", untrusted, key_id);
    add_base64(out, packed, sizeof(packed));
    buffer_print(out, "%s%s\n", trusted_prefix, trusted);
    add_base64(out, global.bytes, sizeof(global.bytes));
}

enum err
minisig_key_id(uint8_t key_id[KEY_ID], struct bytes minisig)
{
    struct minisig parsed;
    enum err err = parse(&parsed, minisig);

    if (!err)
        memcpy(key_id, parsed.key_id, KEY_ID);
    return err;
}

static bool
verify_comment(const struct minisig *minisig, const struct sign_public *key)
{
    struct buffer text;
    bool holds;

    global_text(&text, &minisig->signature, minisig->comment);
    holds = sign_verify(&minisig->global, buffer_bytes(&text), key);
    buffer_clear(&text);
    return holds;
}

enum err
minisig_verify(struct bytes minisig, struct bytes file, const struct minisign_public *public,
               struct why *why)
{
    char by[2 * KEY_ID + 1], wanted[2 * KEY_ID + 1];
    struct minisig parsed;
    uint8_t digest[FILE_HASH];
    enum err err;

    if ((err = parse(&parsed, minisig)))
        return because(why, err, "not a signature as minisign writes it");
    if (memcmp(parsed.algorithm, "Ed", ALGORITHM) == 0)
        return because(
            why, ERR_REFUSED,
            "a signature in minisign's legacy format; sign again with: minisign -S -H");
    if (memcmp(parsed.algorithm, "ED", ALGORITHM) != 0)
        return because(why, ERR_MALFORMED, "not a signature as minisign writes it");
    if (memcmp(parsed.key_id, public->key_id, KEY_ID) != 0) {
        key_id_write(by, parsed.key_id);
        key_id_write(wanted, public->key_id);
        return because(why, ERR_FORGED, "signed by key %s, not by key %s", by, wanted);
    }
    hash_of(digest, sizeof(digest), "", NULL, file);
    if (!sign_verify(&parsed.signature, bytes_of(digest, sizeof(digest)), &public->key))
        return because(why, ERR_FORGED, "the signature does not hold for this file and key");
    if (!verify_comment(&parsed, &public->key))
        return because(why, ERR_FORGED, "the trusted comment was altered");
    return ERR_OK;
}
