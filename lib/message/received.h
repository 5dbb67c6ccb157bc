#ifndef KITH_MESSAGE_RECEIVED_H
#define KITH_MESSAGE_RECEIVED_H

#include "fragment.pb-c.h"
#include "message/leaf.h"
#include "message/message.h"

/* The inside of struct received, for the files of this module. */

struct given {
    enum form form;
    char *text; /* of a form short of full */
};

struct received {
    enum kind kind;
    Kith__Fragment *full; /* full values, and summaries beside their narratives */
    struct given *given;  /* one for each field of kith_schema */
};

/* The full value of that field, when it was given. */
bool received_leaf(const struct received *received, uint16_t field, struct leaf *leaf);

#endif
