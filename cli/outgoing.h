#ifndef KITH_CLI_OUTGOING_H
#define KITH_CLI_OUTGOING_H

#include <stdbool.h>
#include <stddef.h>

#include "core/bytes.h"
#include "core/map.h"
#include "crypto/hash.h"

/* The messages that files hold, one after another, on their way to the agent. */
enum {
    KEY_GIVEN_MAX = 180, /* the agent takes 200, and the place may come on top */
    KEY_MAX = 256,
    ABOUT_MAX = 300
};

struct outgoing {
    struct bytes text;      /* ours */
    char about[ABOUT_MAX];  /* "messages.json, element 2" */
    uint8_t digest[DIGEST]; /* of the text */
    size_t same_before;     /* in the same file */
    char id[33];            /* once it was taken */
    bool is_settled;        /* nothing more will become of it while we wait */
};

struct post {
    struct outgoing *list;
    size_t count, room;
    struct map places; /* while a file is read: where in the list a text came last */
    int status; /* enum exit_status: of what was wrong with a file, which has been said */
};

/* One message, an array of them, or one on each line; "-" is standard input. */
void post_add_file(struct post *post, const char *file);
void post_clear(struct post *post);

/* What the agent is to know the message by: asked may be NULL, else at most KEY_GIVEN_MAX. */
void post_key(char key[KEY_MAX], const struct post *post, size_t number, const char *asked);

#endif
