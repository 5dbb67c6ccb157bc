#ifndef KITH_CLI_DEMO_FOLDER_H
#define KITH_CLI_DEMO_FOLDER_H

#include "core/err.h"

/* Copies a folder of public documents, with the folders in it; hidden files stay behind.
   `to` must be new or empty. */
enum err folder_copy(const char *from, const char *to, struct why *why) MUST_CHECK;

#endif
