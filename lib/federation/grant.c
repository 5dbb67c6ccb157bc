#include "federation/grant.h"

#include <string.h>

/* LE32 publisher | handle 16 | LE32 recipient | ref 16 | LE32 basis | LE64 from | LE32 to
   | id 20 */
_Static_assert(GRANT_BODY == 4 + HANDLE + 4 + REF + 4 + 8 + 4 + GRANT_ID, "grant body");

void
grant_write(uint8_t body[GRANT_BODY], const struct grant *grant)
{
    uint8_t *at = body;

    at = put_le32(at, grant->publisher);
    at = put_bytes(at, grant->handle, HANDLE);
    at = put_le32(at, grant->recipient);
    at = put_bytes(at, grant->ref, REF);
    at = put_le32(at, grant->basis);
    at = put_le64(at, grant->from_ms);
    at = put_le32(at, grant->to_day);
    put_bytes(at, grant->id, GRANT_ID);
}

enum err
grant_read(struct grant *grant, struct bytes body)
{
    const uint8_t *at = body.data;
    struct grant read;
    uint32_t basis;

    if (body.len != GRANT_BODY)
        return ERR_MALFORMED;
    read.publisher = get_le32(at);
    memcpy(read.handle, at + 4, HANDLE);
    read.recipient = get_le32(at + 20);
    memcpy(read.ref, at + 24, REF);
    basis = get_le32(at + 40);
    read.from_ms = get_le64(at + 44);
    read.to_day = get_le32(at + 52);
    memcpy(read.id, at + 56, GRANT_ID);
    if (basis < BASIS_ENROLMENT || basis > BASIS_REVOKED || read.from_ms > INT64_MAX
        || read.to_day > INT32_MAX)
        return ERR_MALFORMED;
    read.basis = (enum basis)basis;
    *grant = read;
    return ERR_OK;
}

bool
grant_is_live(const struct grant *grant, struct instant now)
{
    return grant->recipient != 0 && grant->basis != BASIS_REVOKED
           && (int64_t)grant->from_ms <= now.ms
           && instant_day(now).number <= (int32_t)grant->to_day;
}

enum check
grant_verify(struct grant *grant, const struct signed_grant *signed_grant,
             uint32_t index_key_number, const struct sign_public *index_key,
             struct root_cache *cache)
{
    uint8_t leaf[DIGEST];
    struct grant read;
    enum check check;

    if (grant_read(&read, signed_grant->body))
        return CHECK_FORM;
    leaf_hash(leaf, signed_grant->body);
    check = batch_verify(&signed_grant->batch, LABEL_GRANT, AGENCY_NUMBER_INDEX,
                         index_key_number, index_key, leaf, cache);
    if (check == CHECK_OK)
        *grant = read;
    return check;
}

enum check
grant_verify_listed(struct grant *grant, const struct signed_grant *signed_grant,
                    const struct registry *registry, struct root_cache *cache)
{
    const struct signing_key *key;
    enum check check = CHECK_SIGNATURE;
    struct day day;
    struct grant read;

    if (grant_read(&read, signed_grant->body))
        return CHECK_FORM;
    day = instant_day((struct instant){ (int64_t)read.from_ms });
    for (size_t i = 0; (key = registry_index_key_at(registry, i)) != NULL; i++) {
        if (registry_index_key(registry, key->number, day) == NULL)
            continue;
        check = grant_verify(grant, signed_grant, key->number, &key->key, cache);
        if (check == CHECK_OK)
            break;
    }
    return check;
}
