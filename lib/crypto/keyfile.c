#include "crypto/keyfile.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum { KDF_NONE = 0, KDF_ARGON2ID = 1 };
enum { SALT = crypto_pwhash_argon2id_SALTBYTES, SECRET_MAX = 64 };
enum { AT_TYPE = 8, AT_KDF = 12, AT_OPS = 16, AT_MEM = 20, AT_SALT = 24, AT_NONCE = 40 };
enum { HEADER = AT_NONCE + SEAL_NONCE, OVERHEAD = HEADER + SEAL_TAG };

_Static_assert(SALT == 16, "salt");
_Static_assert(OVERHEAD + SECRET_MAX <= KEYFILE_MAX, "a key file fits");
_Static_assert(KEYFILE_MEM_KIB_MIN * 1024 >= crypto_pwhash_argon2id_MEMLIMIT_MIN, "memory");

static const char magic[8] = "KITHK1\0";

static size_t
secret_length(enum keyfile_type type)
{
    switch (type) {
    case KEYFILE_SIGNING:
    case KEYFILE_SIGNER: return sizeof(struct sign_secret);
    case KEYFILE_KEK:
    case KEYFILE_INTAKE:
    case KEYFILE_TRANSPORT:
    case KEYFILE_MASTER:
    case KEYFILE_PSK: return sizeof(struct key);
    }
    return 0;
}

static const char *
type_name(uint32_t type)
{
    static const char *const names[] = {
        [KEYFILE_KEK] = "key-encryption", [KEYFILE_SIGNING] = "signing",
        [KEYFILE_INTAKE] = "intake",      [KEYFILE_TRANSPORT] = "transport",
        [KEYFILE_MASTER] = "master",      [KEYFILE_PSK] = "pre-shared",
        [KEYFILE_SIGNER] = "signer's",
    };

    return type >= KEYFILE_KEK && type <= KEYFILE_SIGNER ? names[type] : "unknown";
}

static bool
stretching_is_sane(uint32_t ops, uint32_t mem_kib)
{
    return ops >= 1 && ops <= KEYFILE_OPS_MAX && mem_kib >= KEYFILE_MEM_KIB_MIN
           && mem_kib <= KEYFILE_MEM_KIB_MAX;
}

/* The key-encryption key that the header asks for. */
static enum err
find_key(struct key *key, const uint8_t header[HEADER], const struct unlock *unlock)
{
    if (get_le32(header + AT_KDF) == KDF_NONE) {
        *key = *unlock->key;
        return ERR_OK;
    }
    if (crypto_pwhash_argon2id(
            key->bytes, sizeof(key->bytes), unlock->passphrase, strlen(unlock->passphrase),
            header + AT_SALT, get_le32(header + AT_OPS),
            (size_t)get_le32(header + AT_MEM) * 1024, crypto_pwhash_argon2id_ALG_ARGON2ID13))
        return ERR_FULL;
    return ERR_OK;
}

static void
write_header(uint8_t header[HEADER], enum keyfile_type type, bool stretched, uint32_t ops,
             uint32_t mem_kib)
{
    put_bytes(header, magic, sizeof(magic));
    put_le32(header + AT_TYPE, type);
    put_le32(header + AT_KDF, stretched ? KDF_ARGON2ID : KDF_NONE);
    put_le32(header + AT_OPS, stretched ? ops : 0);
    put_le32(header + AT_MEM, stretched ? mem_kib : 0);
    randombytes_buf(header + AT_SALT, SALT + SEAL_NONCE);
}

enum err
keyfile_pack(struct buffer *out, enum keyfile_type type, struct bytes secret,
             const struct unlock *unlock, uint32_t ops, uint32_t mem_kib)
{
    bool stretched = unlock->passphrase != NULL;
    uint8_t file[OVERHEAD + SECRET_MAX];
    struct key key;
    enum err err;

    assert(secret.len == secret_length(type));
    assert(stretched != (unlock->key != NULL));
    ops = ops ? ops : crypto_pwhash_argon2id_OPSLIMIT_MODERATE;
    mem_kib = mem_kib ? mem_kib : crypto_pwhash_argon2id_MEMLIMIT_MODERATE / 1024;
    if (!stretching_is_sane(ops, mem_kib))
        return ERR_REFUSED;

    write_header(file, type, stretched, ops, mem_kib);
    if ((err = find_key(&key, file, unlock)))
        return err;
    crypto_aead_xchacha20poly1305_ietf_encrypt(file + HEADER, NULL, secret.data, secret.len,
                                               file, HEADER, NULL, file + AT_NONCE, key.bytes);
    sodium_memzero(&key, sizeof(key));
    buffer_add(out, file, OVERHEAD + secret.len);
    return buffer_is_whole(out) ? ERR_OK : ERR_TOO_BIG;
}

/* The header is one that we could have written, and what unlocks it is at hand. */
static enum err
check_header(struct bytes file, enum keyfile_type type, const struct unlock *unlock,
             struct why *why)
{
    const uint8_t *header = file.data;

    if (file.len < HEADER || memcmp(header, magic, sizeof(magic)) != 0)
        return because(why, ERR_MALFORMED, "not a key file of kith");

    uint32_t found = get_le32(header + AT_TYPE), kdf = get_le32(header + AT_KDF),
             ops = get_le32(header + AT_OPS), mem_kib = get_le32(header + AT_MEM);

    if (found != (uint32_t)type)
        return because(why, ERR_REFUSED, "holds a key of another type (%s), wanted: %s",
                       type_name(found), type_name(type));
    if (file.len != OVERHEAD + secret_length(type))
        return because(why, ERR_MALFORMED, "has %zu bytes, not %zu: truncated or altered",
                       file.len, OVERHEAD + secret_length(type));
    if (kdf == KDF_NONE && (ops != 0 || mem_kib != 0))
        return because(why, ERR_MALFORMED, "stretches no passphrase, yet names a cost");
    if (kdf != KDF_NONE && kdf != KDF_ARGON2ID)
        return because(why, ERR_MALFORMED, "unknown key derivation %u", (unsigned)kdf);
    if (kdf == KDF_ARGON2ID && !stretching_is_sane(ops, mem_kib))
        return because(
            why, ERR_REFUSED,
            "asks for %u passes over %u KiB to stretch a passphrase; at most %u over "
            "%u KiB are done",
            (unsigned)ops, (unsigned)mem_kib, (unsigned)KEYFILE_OPS_MAX,
            (unsigned)KEYFILE_MEM_KIB_MAX);
    if (kdf == KDF_ARGON2ID && unlock->passphrase == NULL)
        return because(why, ERR_REFUSED, "is opened by a passphrase, and none was given");
    if (kdf == KDF_NONE && unlock->key == NULL)
        return because(why, ERR_REFUSED,
                       "is opened by the key-encryption key, not by a "
                       "passphrase");
    return ERR_OK;
}

enum err
keyfile_unpack(void *secret, size_t len, struct bytes file, enum keyfile_type type,
               const struct unlock *unlock, struct why *why)
{
    uint8_t opened[SECRET_MAX];
    struct key key;
    enum err err;
    int failed;

    assert(len == secret_length(type));
    if ((err = check_header(file, type, unlock, why)))
        return err;
    if ((err = find_key(&key, file.data, unlock)))
        return because(why, err, "no memory to stretch the passphrase in: %u KiB are needed",
                       (unsigned)get_le32(file.data + AT_MEM));

    failed = crypto_aead_xchacha20poly1305_ietf_decrypt(opened, NULL, NULL, file.data + HEADER,
                                                        file.len - HEADER, file.data, HEADER,
                                                        file.data + AT_NONCE, key.bytes);
    sodium_memzero(&key, sizeof(key));
    if (failed)
        return because(why, ERR_FORGED, "does not open: wrong %s, or the file was altered",
                       unlock->passphrase ? "passphrase" : "key-encryption key");
    memcpy(secret, opened, len);
    sodium_memzero(opened, sizeof(opened));
    return ERR_OK;
}
