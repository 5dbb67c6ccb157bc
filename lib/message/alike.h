#ifndef KITH_MESSAGE_ALIKE_H
#define KITH_MESSAGE_ALIKE_H

#include <stdbool.h>

/*
 * Could two names belong to one person?  Case, accents, hyphens and apostrophes do not
 * count, and one word in common is enough: "Maria João" is "maria", "da Silva Pereira" is
 * "Pereira".
 */
bool names_alike(const char *a, const char *b);

/* Does a word of the name begin with that initial? */
bool initial_alike(const char *initial, const char *name);

#endif
