#ifndef KITH_FEDERATION_DOCUMENT_H
#define KITH_FEDERATION_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"
#include "crypto/hash.h"
#include "crypto/minisig.h"
#include "federation/name.h"

/*
 * A document that m of n people sign with minisign: the registry, or the agreement.  Each
 * has a set of signers of its own.  The first line of the document says what it is,
 *
 *     kith registry|agreement FEDERATION version N replacing HASH
 *
 * (an agreement has it as a comment, "# kith agreement …", for its own language comes
 * after), and is checked before anything else, so that a signature of one kind of document
 * can never be offered for another.  HASH: 64 hex digits of the digest of version N - 1;
 * zeroes for version 1.  Pure.
 */
enum document_kind { DOCUMENT_REGISTRY, DOCUMENT_AGREEMENT };

enum { SIGNERS_MAX = 16, FEDERATION_NAME_MAX = NAME_MAX_LEN, REMARKS_MAX = 300 };

struct signers {
    uint32_t needed; /* m */
    size_t count;    /* n */
    struct minisign_public keys[SIGNERS_MAX];
};

/* The federation's root of trust, the one thing that a node is given by hand:
 *
 *     kith trust FEDERATION
 *     registry 2 of
 *       RWQ…
 *       RWQ…
 *     agreement 2 of
 *       RWQ…
 */
struct trust {
    char federation[FEDERATION_NAME_MAX + 1];
    struct signers registry, agreement;
};

enum err trust_read(struct trust *trust, struct bytes text, struct why *why) MUST_CHECK;
void trust_write(struct buffer *out, const struct trust *trust);

struct document_line {
    enum document_kind kind;
    char federation[FEDERATION_NAME_MAX + 1];
    uint32_t version;
    uint8_t replaces[DIGEST];
};

enum err document_line_read(struct document_line *line, struct bytes document,
                            struct why *why) MUST_CHECK;
void document_line_write(struct buffer *out, const struct document_line *line);

/* B(32, "kith1.policy", document): what every sealed core names, for the agreement; the
   same function identifies a registry under "kith1.registry". */
void document_digest(uint8_t digest[DIGEST], enum document_kind kind, struct bytes document);

/*
 * Is this document of that kind and federation, and signed by at least signers->needed
 * different keys of the set?  Signatures by strangers are not counted; a signature that
 * does not hold, a legacy one, or the same key twice, does not count either, and why says
 * so when the count is not reached.
 */
enum err document_verify(struct bytes document, enum document_kind kind, const char *federation,
                         const struct bytes *minisigs, size_t count,
                         const struct signers *signers, struct document_line *line,
                         struct why *why) MUST_CHECK;

/* How many different keys of the set have signed these bytes; what is to be said of the
   signatures that do not count ("; key …: …") is added to `remarks`. */
uint32_t signers_counted(struct bytes document, const struct bytes *minisigs, size_t count,
                         const struct signers *signers, struct buffer *remarks);

#endif
