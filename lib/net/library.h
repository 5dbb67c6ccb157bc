#ifndef KITH_NET_LIBRARY_H
#define KITH_NET_LIBRARY_H

#include <czmq.h>
/* czmq brings syslog.h along, whose LOG_NOTICE is not ours. */
#undef LOG_NOTICE

#endif
