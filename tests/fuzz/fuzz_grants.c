#include <stdlib.h>

#include "federation/grant_file.h"

/* A file of grants: what is read is written the same; nothing unsigned verifies; the table
   finds what was put in. */

/* Nobody can sign for this key: its secret was never kept. */
static struct sign_public
nobodys_key(void)
{
    struct sign_public public;
    struct sign_secret secret;

    sign_from_seed(&public, &secret, (const uint8_t[32]){ 9 });
    public.bytes[0] ^= 1;
    return public;
}

static void
take(struct grant_table *table, const struct signed_grant *as_signed)
{
    static struct sign_public key;
    uint8_t body[GRANT_BODY];
    struct grant grant;

    key = nobodys_key();
    if (grant_verify(&grant, as_signed, 1, &key, NULL) == CHECK_OK)
        abort();
    if (grant_read(&grant, as_signed->body))
        return;
    grant_write(body, &grant);
    if (!bytes_equal(bytes_of(body, sizeof(body)), as_signed->body))
        abort();
    grant_table_add(table, &grant, as_signed);
    if (grant_table_by_id(table, grant.id) == NULL)
        abort();
}

static void
read_file(struct bytes input, struct buffer *again, struct grant_table *table)
{
    struct signed_grant as_signed;
    struct grant_file file;
    struct why why;

    if (grant_file_open(&file, input, &why))
        return;
    grant_file_start(again);
    while (file.rest.len > 0) {
        if (grant_file_next(&as_signed, &file, &why))
            return;
        grant_file_add(again, &as_signed);
        take(table, &as_signed);
        if (!bytes_start_with(input, buffer_bytes(again)))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    struct grant_table *table;
    struct buffer again;

    if (!started && !(started = crypto_start()))
        abort();
    table = grant_table_new();
    buffer_init(&again, size + 1);
    read_file(bytes_of(data, size), &again, table);
    buffer_clear(&again);
    grant_table_free(&table);
    return 0;
}
