#include "crypto/key.h"

#include <sodium.h>

_Static_assert(sizeof(struct key) == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "sizes");
_Static_assert(SEAL_TAG == crypto_aead_xchacha20poly1305_ietf_ABYTES, "sizes");
_Static_assert(SEAL_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "sizes");

static const uint8_t zero_nonce[SEAL_NONCE];

void
seal_once(uint8_t *sealed, struct bytes text, const struct key *single_use)
{
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, NULL, text.data, text.len, NULL, 0, NULL,
                                               zero_nonce, single_use->bytes);
}

enum err
open_once(uint8_t *text, struct bytes sealed, const struct key *single_use)
{
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(text, NULL, NULL, sealed.data, sealed.len,
                                                   NULL, 0, zero_nonce, single_use->bytes))
        return ERR_FORGED;
    return ERR_OK;
}

void
seal_at_rest(uint8_t *sealed, struct bytes text, struct bytes about, const struct key *key)
{
    randombytes_buf(sealed, SEAL_NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + SEAL_NONCE, NULL, text.data, text.len,
                                               about.data, about.len, NULL, sealed, key->bytes);
}

enum err
open_at_rest(uint8_t *text, struct bytes sealed, struct bytes about, const struct key *key)
{
    if (sealed.len < SEAL_NONCE + SEAL_TAG)
        return ERR_FORGED;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(text, NULL, NULL, sealed.data + SEAL_NONCE,
                                                   sealed.len - SEAL_NONCE, about.data,
                                                   about.len, sealed.data, key->bytes))
        return ERR_FORGED;
    return ERR_OK;
}
