#include <stdlib.h>
#include <string.h>

#include "crypto/keyfile.h"
#include "crypto/minisig.h"

/*
 * What is read of key files and of minisign's files.  The first byte says which reader;
 * for a key file that would be costly to stretch the cost is cut, for the limits are
 * tested elsewhere and a fuzzer should not wait for Argon2.
 */
enum { AS_KEYFILE, AS_PUBLIC_KEY, AS_SIGNATURE, READERS };

static const struct key kek = { { 1, 2, 3 } };

static void
read_keyfile(struct bytes input)
{
    static const struct unlock unlocks[] = { { .key = &kek }, { .passphrase = "words" } };
    enum { AT_OPS = 16, AT_MEM = 20 };
    uint8_t file[KEYFILE_MAX + 1], secret[64];
    size_t len = input.len < sizeof(file) ? input.len : sizeof(file);
    struct why why;

    memcpy(file, input.data, len);
    if (len >= AT_MEM + 4) {
        if (get_le32(file + AT_OPS) > 1 && get_le32(file + AT_OPS) <= KEYFILE_OPS_MAX)
            put_le32(file + AT_OPS, 1);
        if (get_le32(file + AT_MEM) > 8 && get_le32(file + AT_MEM) <= KEYFILE_MEM_KIB_MAX)
            put_le32(file + AT_MEM, 8);
    }
    for (unsigned type = KEYFILE_KEK; type <= KEYFILE_SIGNER; type++)
        for (size_t i = 0; i < 2; i++) {
            size_t room = type == KEYFILE_SIGNING || type == KEYFILE_SIGNER ? 64 : 32;

            (void)!keyfile_unpack(secret, room, bytes_of(file, len), (enum keyfile_type)type,
                                  &unlocks[i], &why);
        }
}

/* What is read is written as it was. */
static void
read_public_key(struct bytes input)
{
    char line[MINISIGN_PUBLIC_TEXT];
    struct minisign_public public, again;

    if (minisign_public_read(&public, input))
        return;
    minisign_public_write(line, &public);
    if (minisign_public_read(&again, bytes_of_text(line))
        || memcmp(&public, &again, sizeof(public)) != 0)
        abort();
}

/* Nobody can sign for this key: its secret was never kept. */
static void
read_signature(struct bytes input)
{
    struct minisign_public public;
    struct sign_secret secret;
    struct why why;

    sign_from_seed(&public.key, &secret, (const uint8_t[32]){ 9 });
    public.key.bytes[0] ^= 1;
    if (minisig_key_id(public.key_id, input))
        return;
    if (!minisig_verify(input, bytes_of_text("file"), &public, &why))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;

    if (!started && !(started = crypto_start()))
        abort();
    if (size == 0)
        return 0;

    struct bytes input = bytes_of(data + 1, size - 1);

    switch (data[0] % READERS) {
    case AS_KEYFILE: read_keyfile(input); break;
    case AS_PUBLIC_KEY: read_public_key(input); break;
    default: read_signature(input); break;
    }
    return 0;
}
