#ifndef KITH_CRYPTO_KEYFILE_H
#define KITH_CRYPTO_KEYFILE_H

#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"
#include "crypto/key.h"

/*
 * A secret key in a file, sealed at rest:
 *
 *     "KITHK1\0\0" | LE32 type | LE32 kdf | LE32 ops | LE32 mem_KiB | salt 16 | nonce 24
 *     | XChaCha20-Poly1305(key-encryption key, ad = all of the above, secret)
 *
 * kdf 0: the key-encryption key is given as it is; kdf 1: Argon2id13 of a passphrase with
 * the ops and memory that the file names (within the limits below, so that a hostile file
 * cannot make us burn an hour or 100 GiB).
 *
 * An agency has one keyfile of type KEYFILE_KEK with kdf 1, whose secret is the
 * key-encryption key of all its other files (kdf 0), so that the passphrase is stretched
 * once.
 *
 * Files are made new (never overwritten), mode 0600, and opened without following links;
 * a file that is not regular, has more than one link, another owner than this process or
 * any group or other permission is refused by name and reason.
 */
enum keyfile_type {
    KEYFILE_KEK = 1,       /* 32: encrypts the other key files */
    KEYFILE_SIGNING = 2,   /* 64: Ed25519 */
    KEYFILE_INTAKE = 3,    /* 32: X25519 */
    KEYFILE_TRANSPORT = 4, /* 32: CURVE */
    KEYFILE_MASTER = 5,    /* 32: store master key */
    KEYFILE_PSK = 6,       /* 32: federation pre-shared key */
    KEYFILE_SIGNER = 7     /* 64: Ed25519, a signer of registries or agreements */
};

enum {
    KEYFILE_MAX = 256,
    KEYFILE_OPS_MAX = 16,
    KEYFILE_MEM_KIB_MIN = 8,
    KEYFILE_MEM_KIB_MAX = 1024 * 1024
};

/* What opens a key file: a passphrase (kdf 1) or a key (kdf 0); the other is NULL. */
struct unlock {
    const char *passphrase;
    const struct key *key;
};

/* The file's bytes, without touching a file.  ops and mem_kib as crypto_pwhash's MODERATE
   unless not 0. */
enum err keyfile_pack(struct buffer *out, enum keyfile_type type, struct bytes secret,
                      const struct unlock *unlock, uint32_t ops, uint32_t mem_kib) MUST_CHECK;
/* secret has room for len bytes, the length that this type has. */
enum err keyfile_unpack(void *secret, size_t len, struct bytes file, enum keyfile_type type,
                        const struct unlock *unlock, struct why *why) MUST_CHECK;

enum err keyfile_write(const char *path, enum keyfile_type type, const void *secret, size_t len,
                       const struct unlock *unlock, struct why *why) MUST_CHECK;
enum err keyfile_read(void *secret, size_t len, const char *path, enum keyfile_type type,
                      const struct unlock *unlock, struct why *why) MUST_CHECK;

#endif
