#include "envelope/core.h"

#include <assert.h>
#include <string.h>

#include "envelope/part.h"

/* Where the fields of the core stand. */
enum {
    AT_SENDER = 4,
    AT_SENDER_KEY = 8,
    AT_MSG_ID = 12,
    AT_CREATED = 28,
    AT_TTL = 36,
    AT_KIND = 40,
    AT_POLICY = 44,
    AT_REGISTRY = 76,
    AT_PSK_EPOCH = 80,
    AT_RELEASE = 84,
    AT_PRIOR = 88,
    AT_EPK = 120,
    AT_STH_SIZE = 152,
    AT_STH_ROOT = 160,
    AT_ROUTE = 192,
    AT_COUNT = 224,
    AT_RESERVED = 226
};

static void
read_fields(struct core *core, const uint8_t *at)
{
    *core = (struct core){
        .suite = get_le32(at),
        .sender = get_le32(at + AT_SENDER),
        .sender_key = get_le32(at + AT_SENDER_KEY),
        .created_ms = get_le64(at + AT_CREATED),
        .ttl_s = get_le32(at + AT_TTL),
        .kind = get_le32(at + AT_KIND),
        .registry_version = get_le32(at + AT_REGISTRY),
        .psk_epoch = get_le32(at + AT_PSK_EPOCH),
        .release = get_le32(at + AT_RELEASE),
        .sth_size = get_le64(at + AT_STH_SIZE),
        .compartment_count = get_le16(at + AT_COUNT),
        .digests = at + CORE_FIXED,
    };
    memcpy(core->msg_id, at + AT_MSG_ID, MSG_ID);
    memcpy(core->policy_hash, at + AT_POLICY, DIGEST);
    memcpy(core->prior, at + AT_PRIOR, DIGEST);
    memcpy(core->epk.bytes, at + AT_EPK, sizeof(core->epk.bytes));
    memcpy(core->sth_root, at + AT_STH_ROOT, DIGEST);
    memcpy(core->route_digest, at + AT_ROUTE, DIGEST);
}

enum check
core_read(struct core *core, struct bytes bytes)
{
    static const uint8_t none[DIGEST];
    struct core read;

    if (bytes.len < CORE_FIXED)
        return CHECK_FORM;
    read_fields(&read, bytes.data);
    if (read.suite != SUITE)
        return CHECK_SUITE;
    if (get_le16(bytes.data + AT_RESERVED) != 0 || read.compartment_count == 0
        || read.compartment_count > COMPARTMENTS_MAX
        || bytes.len != CORE_FIXED + (size_t)read.compartment_count * DIGEST)
        return CHECK_FORM;
    if (read.release > RELEASE_RETRACT)
        return CHECK_FORM;
    if (read.release == RELEASE_ORIGINAL && memcmp(read.prior, none, DIGEST) != 0)
        return CHECK_FORM;
    *core = read;
    return CHECK_OK;
}

void
core_write_fixed(uint8_t fixed[CORE_FIXED], const struct core *core)
{
    uint8_t *at = fixed;

    at = put_le32(at, core->suite);
    at = put_le32(at, core->sender);
    at = put_le32(at, core->sender_key);
    at = put_bytes(at, core->msg_id, MSG_ID);
    at = put_le64(at, core->created_ms);
    at = put_le32(at, core->ttl_s);
    at = put_le32(at, core->kind);
    at = put_bytes(at, core->policy_hash, DIGEST);
    at = put_le32(at, core->registry_version);
    at = put_le32(at, core->psk_epoch);
    at = put_le32(at, core->release);
    at = put_bytes(at, core->prior, DIGEST);
    at = put_bytes(at, core->epk.bytes, sizeof(core->epk.bytes));
    at = put_le64(at, core->sth_size);
    at = put_bytes(at, core->sth_root, DIGEST);
    at = put_bytes(at, core->route_digest, DIGEST);
    at = put_le16(at, core->compartment_count);
    at = put_le16(at, 0);
    assert(at == fixed + CORE_FIXED);
}

void
core_write(struct buffer *out, const struct core *core)
{
    uint8_t fixed[CORE_FIXED];

    core_write_fixed(fixed, core);
    buffer_add(out, fixed, CORE_FIXED);
    buffer_add(out, core->digests, (size_t)core->compartment_count * DIGEST);
}

uint64_t
core_lifetime_ms(const struct core *core)
{
    uint64_t lifetime_s = core->ttl_s;

    if (lifetime_s == 0 || lifetime_s > LIFETIME_MAX_S)
        lifetime_s = LIFETIME_MAX_S;
    return lifetime_s * 1000;
}

void
core_hash(uint8_t digest[DIGEST], struct bytes core)
{
    hash_of(digest, DIGEST, "kith1.core", NULL, core);
}

void
header_hash(uint8_t digest[DIGEST], struct bytes core, struct bytes capsule_digests)
{
    uint8_t hashed_core[DIGEST];

    core_hash(hashed_core, core);
    header_hash_from(digest, hashed_core, capsule_digests);
}

void
kid_of(uint8_t kid[KID], const struct exchange_public *key)
{
    uint8_t digest[DIGEST];

    hash_of(digest, DIGEST, "kith1.kid", NULL, bytes_of(key->bytes, sizeof(key->bytes)));
    memcpy(kid, digest, KID);
}

void
route_write(uint8_t route[ROUTE], const uint8_t handle[HANDLE], const uint8_t salt[16])
{
    uint8_t *at = put_le32(route, 0);

    at = put_bytes(at, handle, HANDLE);
    put_bytes(at, salt, 16);
}

void
route_digest(uint8_t digest[DIGEST], struct bytes route)
{
    hash_of(digest, DIGEST, "kith1.route.dig", NULL, route);
}

void
ref_of(uint8_t ref[16], uint32_t publisher, const uint8_t handle[HANDLE], const struct key *k)
{
    uint8_t input[4 + HANDLE];

    put_bytes(put_le32(input, publisher), handle, HANDLE);
    hash_of(ref, 16, "kith1.ref", k->bytes, bytes_of(input, sizeof(input)));
}
