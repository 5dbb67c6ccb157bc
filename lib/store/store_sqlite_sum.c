#include "crypto/hash.h"
#include "store/store_sqlite.h"

void
sum_of_record(uint8_t sum[SUM], const struct record_facts *facts)
{
    uint8_t packed[8 + 4 + 4 + 16 + 8 + 32], *at = packed;

    at = put_le64(at, facts->log_index);
    at = put_le32(at, facts->sender);
    at = put_le32(at, facts->kind);
    at = put_bytes(at, facts->msg_id, sizeof(facts->msg_id));
    at = put_le64(at, facts->accepted_ms);
    put_bytes(at, facts->h, sizeof(facts->h));
    hash_of(sum, SUM, "kith1.store.row", NULL, bytes_of(packed, sizeof(packed)));
}

void
sum_of_content(uint8_t sum[SUM], uint64_t log_index, unsigned part, struct bytes content)
{
    struct hash hash;
    uint8_t place[9];

    *put_le64(place, log_index) = (uint8_t)part;
    hash_begin(&hash, SUM, "kith1.store.body", NULL);
    hash_add(&hash, place, sizeof(place));
    hash_add(&hash, content.data, content.len);
    hash_end(&hash, sum, SUM);
}

void
sum_of_place(uint8_t sum[SUM], uint64_t position, uint64_t log_index,
             const struct store_delivery *delivery)
{
    uint8_t packed[4 + 8 + 8 + 1 + 20], *at = packed;

    at = put_le32(at, delivery->agency);
    at = put_le64(at, position);
    at = put_le64(at, log_index);
    *at++ = delivery->stub;
    put_bytes(at, delivery->grant, sizeof(delivery->grant));
    hash_of(sum, SUM, "kith1.store.post", NULL, bytes_of(packed, sizeof(packed)));
}
