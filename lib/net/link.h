#ifndef KITH_NET_LINK_H
#define KITH_NET_LINK_H

/*
 * The home of libzmq and czmq: one loop, CURVE sockets whose peers are who they say, and
 * nothing above it that knows a routing id from an identity.
 */

#include "net/curve.h"
#include "net/dialler.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/sent.h"

#endif
