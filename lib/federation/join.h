#ifndef KITH_FEDERATION_JOIN_H
#define KITH_FEDERATION_JOIN_H

#include "federation/intake.h"
#include "federation/name.h"

/*
 * An agency's request to be admitted, made where its keys stay.  A text:
 *
 *     kith join FEDERATION agency 107 NAME
 *     invite KEY         the public key of the one-time secret that it was invited with
 *     transport KEY
 *     signing KEY
 *     kith intake 107 key 1 PK from TIME to TIME signed SIGNATURE
 *     signed SIGNATURE
 *
 * Keys and signatures are base64.  The last line is the signing key's own signature, over
 * "kith1.sig.join", padded to 16 bytes, and all the lines before it.  It says that whoever asks
 * holds that key; who they are, people tell by the six words.  Pure.
 */
struct join_request {
    char federation[NAME_MAX_LEN + 1];
    char agency[NAME_MAX_LEN + 1];
    uint32_t number;
    struct exchange_public invite;
    struct exchange_public transport;
    struct sign_public signing;
    struct intake_key intake;
};

enum { JOIN_MAX = 2048 };

void join_write(struct buffer *out, const struct join_request *request,
                const struct sign_secret *signing);
/* The form, both signatures, and that all of it is about one agency.  There is one way to write
   a request. */
enum err join_read(struct join_request *request, struct bytes text, struct why *why) MUST_CHECK;

/*
 * Six words for two people to compare: of 256, so 48 bits, of
 *
 *     B(32, "kith1.words", length 1, federation | length 1, agency | transport | signing
 *     | intake), hashed 65536 times again, so that to find keys with given words is 2^64 work.
 */
enum { SIX_WORDS_MAX = 6 * 8 };

void join_words(char words[SIX_WORDS_MAX], const struct join_request *request);
/* As somebody types them: in any case, with spaces, commas or hyphens. */
bool join_words_match(const char *words, const char *typed);

#endif
