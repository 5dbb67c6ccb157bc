#include "federation/grant_file.h"

#define FIRST_LINE "kith grants\n"

enum { SIGNATURE = 64, FIXED = GRANT_BODY + SIGNATURE + 4 + 4 + 2 };

void
grant_file_start(struct buffer *out)
{
    buffer_add_text(out, FIRST_LINE);
}

void
grant_file_add(struct buffer *out, const struct signed_grant *grant)
{
    const struct batch_signature *batch = &grant->batch;
    uint8_t *at = buffer_extend(out, 2 + FIXED + batch->path.len);

    if (at == NULL)
        return;
    at = put_le16(at, (uint16_t)(FIXED + batch->path.len));
    at = put_bytes(at, grant->body.data, GRANT_BODY);
    at = put_bytes(at, batch->signature.data, SIGNATURE);
    at = put_le32(at, batch->n);
    at = put_le32(at, batch->index);
    at = put_le16(at, (uint16_t)batch->path.len);
    put_bytes(at, batch->path.data, batch->path.len);
}

enum err
grant_file_open(struct grant_file *file, struct bytes content, struct why *why)
{
    struct bytes first = bytes_of_text(FIRST_LINE);

    if (!bytes_start_with(content, first))
        return because(why, ERR_MALFORMED, "does not begin with the line 'kith grants'");
    *file = (struct grant_file){ .rest = bytes_from(content, first.len) };
    return ERR_OK;
}

static bool
parse(struct signed_grant *grant, struct bytes text)
{
    const uint8_t *at = text.data;
    size_t path_len;

    if (text.len < FIXED)
        return false;
    path_len = get_le16(at + FIXED - 2);
    if (text.len != FIXED + path_len || path_len % DIGEST != 0
        || path_len > BATCH_PATH_MAX * DIGEST)
        return false;
    grant->body = bytes_of(at, GRANT_BODY);
    grant->batch.signature = bytes_of(at + GRANT_BODY, SIGNATURE);
    grant->batch.n = get_le32(at + GRANT_BODY + SIGNATURE);
    grant->batch.index = get_le32(at + GRANT_BODY + SIGNATURE + 4);
    grant->batch.path = bytes_from(text, FIXED);
    return true;
}

enum err
grant_file_next(struct signed_grant *grant, struct grant_file *file, struct why *why)
{
    struct bytes after = bytes_from(file->rest, 2);
    size_t len;

    file->number++;
    len = file->rest.len < 2 ? 0 : get_le16(file->rest.data);
    if (file->rest.len < 2 || len > after.len)
        return because(why, ERR_MALFORMED, "grant %zu: cut off", file->number);
    if (!parse(grant, bytes_of(after.data, len)))
        return because(why, ERR_MALFORMED, "grant %zu: its lengths do not agree", file->number);
    file->rest = bytes_from(after, len);
    return ERR_OK;
}
