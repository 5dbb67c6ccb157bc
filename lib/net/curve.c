#include "net/curve.h"

#include <assert.h>
#include <stdbool.h>
#include <zmq.h>

#include "crypto/key.h"

enum { Z85 = 41 }; /* libzmq makes keys as text */

void
curve_make(struct curve_public *public, struct curve_secret *secret)
{
    char public_text[Z85], secret_text[Z85];
    bool made = zmq_curve_keypair(public_text, secret_text) == 0;

    assert(made); /* or this libzmq was built without CURVE */
    zmq_z85_decode(public->bytes, public_text);
    zmq_z85_decode(secret->bytes, secret_text);
    wipe(secret_text, sizeof(secret_text));
}

void
curve_public_of(struct curve_public *public, const struct curve_secret *secret)
{
    char public_text[Z85], secret_text[Z85];
    bool made;

    zmq_z85_encode(secret_text, secret->bytes, sizeof(secret->bytes));
    made = zmq_curve_public(public_text, secret_text) == 0;
    assert(made);
    zmq_z85_decode(public->bytes, public_text);
    wipe(secret_text, sizeof(secret_text));
}
