#ifndef KITH_FEDERATION_NAME_H
#define KITH_FEDERATION_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "core/bytes.h"

/* Names of federations and agencies: a-z, 0-9 and single hyphens within, a letter first.
   Safe as a file name. */
enum { NAME_MAX_LEN = 63 };

bool name_is_valid(struct bytes name);
/* False, and nothing copied, when it is not a name. */
bool name_copy(char copy[NAME_MAX_LEN + 1], struct bytes name);

#endif
