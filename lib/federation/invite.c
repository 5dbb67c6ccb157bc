#include "federation/invite.h"

#include <string.h>

enum { LAYOUT = 1, CHECKSUM = 4, FIXED = 1 + 1 + 8 + 4 * 4 + 4 * 32, PACKED_MAX = 768 };

static const char prefix[] = "kith1:";

void
trust_digest(uint8_t digest[DIGEST], const struct trust *trust)
{
    struct buffer text;

    buffer_init(&text, 16 * 1024);
    trust_write(&text, trust);
    hash_of(digest, DIGEST, "kith1.trust", NULL, buffer_bytes(&text));
    buffer_clear(&text);
}

static void
checksum_of(uint8_t checksum[CHECKSUM], struct bytes packed)
{
    uint8_t digest[16];

    hash_of(digest, sizeof(digest), "kith1.invite", NULL, packed);
    memcpy(checksum, digest, CHECKSUM);
}

/* --- Writing ------------------------------------------------------------------------------- */

static uint8_t *
put_text(uint8_t *at, const char *text)
{
    *at++ = (uint8_t)strlen(text);
    return put_bytes(at, text, strlen(text));
}

static size_t
pack(uint8_t packed[PACKED_MAX], const struct invite *invite)
{
    uint8_t *at = packed;

    *at++ = LAYOUT;
    *at++ = invite->demonstration ? 1 : 0;
    at = put_le64(at, (uint64_t)invite->expires.ms);
    at = put_le32(at, invite->number);
    at = put_le32(at, invite->least_registry);
    at = put_le32(at, invite->least_agreement);
    at = put_le32(at, invite->psk_epoch);
    at = put_bytes(at, invite->trust, DIGEST);
    at = put_bytes(at, invite->broker.bytes, sizeof(invite->broker.bytes));
    at = put_bytes(at, invite->secret.bytes, sizeof(invite->secret.bytes));
    at = put_bytes(at, invite->psk.bytes, sizeof(invite->psk.bytes));
    at = put_text(at, invite->federation);
    at = put_text(at, invite->agency);
    at = put_text(at, invite->endpoint);
    checksum_of(at, bytes_of(packed, (size_t)(at - packed)));
    return (size_t)(at - packed) + CHECKSUM;
}

void
invite_write(struct buffer *out, const struct invite *invite)
{
    uint8_t packed[PACKED_MAX];
    char text[INVITE_LINE_MAX];
    size_t len = pack(packed, invite);

    base64url_write(text, packed, len);
    buffer_add_text(out, prefix);
    buffer_add_text(out, text);
    wipe(packed, sizeof(packed));
    wipe(text, sizeof(text));
}

/* --- Reading ------------------------------------------------------------------------------- */

static const uint8_t *
take(void *out, size_t len, const uint8_t *at)
{
    memcpy(out, at, len);
    return at + len;
}

/* False when it does not fit, or is not plain ASCII. */
static bool
take_text(char *text, size_t max, struct bytes *rest)
{
    size_t len = rest->len == 0 ? 0 : rest->data[0];

    if (len == 0 || len > max || rest->len < 1 + len)
        return false;
    for (size_t i = 1; i <= len; i++)
        if (rest->data[i] <= ' ' || rest->data[i] > '~')
            return false;
    memcpy(text, rest->data + 1, len);
    text[len] = 0;
    *rest = bytes_from(*rest, 1 + len);
    return true;
}

static bool
unpack_texts(struct invite *invite, struct bytes rest)
{
    return take_text(invite->federation, NAME_MAX_LEN, &rest)
           && take_text(invite->agency, NAME_MAX_LEN, &rest)
           && take_text(invite->endpoint, ENDPOINT_MAX_LEN, &rest) && rest.len == 0
           && name_is_valid(bytes_of_text(invite->federation))
           && name_is_valid(bytes_of_text(invite->agency));
}

static bool
unpack(struct invite *invite, struct bytes packed)
{
    const uint8_t *at = packed.data + 2;
    uint64_t expires;

    if (packed.len <= FIXED)
        return false;
    invite->demonstration = packed.data[1] == 1;
    expires = get_le64(at);
    invite->expires.ms = (int64_t)expires;
    invite->number = get_le32(at + 8);
    invite->least_registry = get_le32(at + 12);
    invite->least_agreement = get_le32(at + 16);
    invite->psk_epoch = get_le32(at + 20);
    at = take(invite->trust, DIGEST, at + 24);
    at = take(invite->broker.bytes, sizeof(invite->broker.bytes), at);
    at = take(invite->secret.bytes, sizeof(invite->secret.bytes), at);
    take(invite->psk.bytes, sizeof(invite->psk.bytes), at);
    return packed.data[1] <= 1 && expires <= INT64_MAX && instant_exists(invite->expires)
           && invite->number > 1 && invite->psk_epoch > 0
           && unpack_texts(invite, bytes_from(packed, FIXED));
}

static enum err
check_and_unpack(struct invite *invite, struct bytes packed, struct why *why)
{
    uint8_t checksum[CHECKSUM];
    struct bytes body;

    if (packed.len <= CHECKSUM)
        return because(why, ERR_MALFORMED, "the invite is cut off: copy the whole line");
    body = bytes_of(packed.data, packed.len - CHECKSUM);
    checksum_of(checksum, body);
    if (memcmp(checksum, packed.data + body.len, CHECKSUM) != 0)
        return because(why, ERR_MALFORMED,
                       "the invite is mistyped or cut off: its checksum does not hold; copy "
                       "the whole line again");
    if (body.data[0] != LAYOUT)
        return because(why, ERR_MALFORMED, "the invite is of a newer Kith than this one");
    return unpack(invite, body)
               ? ERR_OK
               : because(why, ERR_MALFORMED, "the invite does not hold what an invite holds");
}

/* Without white space; false when too long. */
static bool
squeeze(char *out, size_t *len, struct bytes line)
{
    *len = 0;
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] == ' ' || (line.data[i] >= '\t' && line.data[i] <= '\r'))
            continue;
        if (*len == INVITE_LINE_MAX)
            return false;
        out[(*len)++] = (char)line.data[i];
    }
    return true;
}

static enum err
read_text(struct invite *invite, const char *text, size_t len, struct why *why)
{
    size_t before = sizeof(prefix) - 1, packed_len;
    uint8_t packed[PACKED_MAX];
    struct invite read = { 0 };
    enum err err;

    if (len < before || memcmp(text, prefix, before) != 0)
        return because(why, ERR_MALFORMED, "not an invite: one begins with %s", prefix);
    if (!base64url_read_any(packed, sizeof(packed), &packed_len, text + before, len - before))
        return because(why, ERR_MALFORMED,
                       "the invite is mistyped: a letter is missing, or is one that no invite "
                       "has; copy the whole line again");
    err = check_and_unpack(&read, bytes_of(packed, packed_len), why);
    if (err == ERR_OK)
        *invite = read;
    wipe(packed, sizeof(packed));
    wipe(&read, sizeof(read));
    return err;
}

enum err
invite_read(struct invite *invite, struct bytes line, struct why *why)
{
    char text[INVITE_LINE_MAX];
    size_t len;
    enum err err = squeeze(text, &len, line)
                       ? read_text(invite, text, len, why)
                       : because(why, ERR_TOO_BIG, "too long for an invite");

    wipe(text, sizeof(text));
    return err;
}
