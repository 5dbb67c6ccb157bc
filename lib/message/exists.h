#ifndef KITH_MESSAGE_EXISTS_H
#define KITH_MESSAGE_EXISTS_H

#include <stdbool.h>

#include "wire/strict.h"

/* Does every date and every time in the message exist?  The sender's door has checked it;
   a fragment comes from somebody else's. */
bool dates_exist(const ProtobufCMessage *message);

#endif
