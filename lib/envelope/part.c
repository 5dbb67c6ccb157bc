#include "envelope/part.h"

#include <assert.h>
#include <string.h>

enum { CONTEXT = 66 };

/* LE32 suite | LE32 sender | LE32 sender_key | msg_id | LE32 kind | policy_hash | LE16 c */
static void
write_context(uint8_t context[CONTEXT], const struct core *core, unsigned c)
{
    uint8_t *at = context;

    at = put_le32(at, core->suite);
    at = put_le32(at, core->sender);
    at = put_le32(at, core->sender_key);
    at = put_bytes(at, core->msg_id, MSG_ID);
    at = put_le32(at, core->kind);
    at = put_bytes(at, core->policy_hash, DIGEST);
    at = put_le16(at, (uint16_t)c);
    assert(at == context + CONTEXT);
}

void
compartment_keys_of(struct compartment_keys *keys, const struct core *core, unsigned c,
                    const struct key *z)
{
    uint8_t context[CONTEXT], derived[sizeof(keys->key.bytes) + DIGEST];

    write_context(context, core, c);
    hash_of(derived, sizeof(derived), "kith1.comp.kdf", z->bytes,
            bytes_of(context, sizeof(context)));
    memcpy(keys->key.bytes, derived, sizeof(keys->key.bytes));
    memcpy(keys->commitment, derived + sizeof(keys->key.bytes), DIGEST);
    wipe(derived, sizeof(derived));
}

void
compartment_digest(uint8_t digest[DIGEST], const struct sealed_compartment *compartment)
{
    struct hash hash;
    uint8_t number[2];

    put_le16(number, (uint16_t)compartment->c);
    hash_begin(&hash, DIGEST, "kith1.comp.dig", NULL);
    hash_add(&hash, number, sizeof(number));
    hash_add(&hash, compartment->commitment.data, compartment->commitment.len);
    hash_add(&hash, compartment->body.data, compartment->body.len);
    hash_end(&hash, digest, DIGEST);
}

size_t
capsule_length(const struct core *core)
{
    return CAPSULE_HEAD + CAPSULE_ENTRY * (size_t)core->compartment_count + SEAL_TAG;
}

void
capsule_key_of(struct key *kek, const struct key *shared, const struct core *core,
               const uint8_t core_hash[DIGEST], const struct exchange_public *intake,
               uint32_t recipient, const struct key *psk)
{
    static const struct key none;
    uint8_t input[sizeof(shared->bytes) + 2 * sizeof(intake->bytes) + 4 + DIGEST], *at = input;

    at = put_bytes(at, shared->bytes, sizeof(shared->bytes));
    at = put_bytes(at, core->epk.bytes, sizeof(core->epk.bytes));
    at = put_bytes(at, intake->bytes, sizeof(intake->bytes));
    at = put_le32(at, recipient);
    put_bytes(at, core_hash, DIGEST);
    hash_of(kek->bytes, sizeof(kek->bytes), "kith1.cap.kdf", (psk ? psk : &none)->bytes,
            bytes_of(input, sizeof(input)));
    wipe(input, sizeof(shared->bytes));
}

void
capsule_digest(uint8_t digest[DIGEST], const struct capsule *capsule)
{
    struct hash hash;
    uint8_t number[4];

    put_le32(number, capsule->recipient);
    hash_begin(&hash, DIGEST, "kith1.cap.dig", NULL);
    hash_add(&hash, number, sizeof(number));
    hash_add(&hash, capsule->kid.data, capsule->kid.len);
    hash_add(&hash, capsule->ct.data, capsule->ct.len);
    hash_end(&hash, digest, DIGEST);
}

void
header_hash_from(uint8_t digest[DIGEST], const uint8_t core_hash[DIGEST],
                 struct bytes capsule_digests)
{
    struct hash hash;
    uint8_t count[2];

    put_le16(count, (uint16_t)(capsule_digests.len / DIGEST));
    hash_begin(&hash, DIGEST, "kith1.header", NULL);
    hash_add(&hash, core_hash, DIGEST);
    hash_add(&hash, count, sizeof(count));
    hash_add(&hash, capsule_digests.data, capsule_digests.len);
    hash_end(&hash, digest, DIGEST);
}

bool
digests_are_sound(struct bytes digests)
{
    if (digests.len == 0 || digests.len % (DIGESTS_STEP * DIGEST) != 0
        || digests.len > (size_t)RECIPIENTS_MAX * DIGEST)
        return false;
    for (size_t at = DIGEST; at < digests.len; at += DIGEST)
        if (memcmp(digests.data + at - DIGEST, digests.data + at, DIGEST) >= 0)
            return false;
    return true;
}

bool
digests_have(struct bytes digests, const uint8_t digest[DIGEST])
{
    size_t low = 0, high = digests.len / DIGEST;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = memcmp(digest, digests.data + middle * DIGEST, DIGEST);

        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

size_t
size_class_of(size_t len)
{
    size_t size = SIZE_CLASS_MIN;

    while (size <= len && size < SIZE_CLASS_MAX)
        size *= 2;
    return len < size ? size : 0;
}

bool
is_size_class(size_t size)
{
    return size >= SIZE_CLASS_MIN && size <= SIZE_CLASS_MAX && (size & (size - 1)) == 0;
}

void
pad(uint8_t *padded, size_t size, struct bytes fragment)
{
    uint8_t *at = put_bytes(padded, fragment.data, fragment.len);

    assert(fragment.len < size);
    *at = 0x80;
    memset(at + 1, 0, size - fragment.len - 1);
}

bool
unpad(struct bytes *fragment, struct bytes padded)
{
    size_t len = padded.len;

    while (len > 0 && padded.data[len - 1] == 0)
        len--;
    if (len == 0 || padded.data[len - 1] != 0x80)
        return false;
    *fragment = bytes_of(padded.data, len - 1);
    return true;
}
