#ifndef KITH_CORE_ERR_H
#define KITH_CORE_ERR_H

/*
 * How a function says that it could not do what it was asked.
 *
 * An answer is not an error: "refused by the agreement", "no such message" in a
 * look-up, the end of a list are results of their own.  A function that can fail
 * returns enum err, gives its result through its last parameters and leaves those
 * untouched on failure.  Where a person will read the reason, the function also
 * takes a struct why and names the place and the reason in it.
 */
enum err {
    ERR_OK = 0,
    ERR_MALFORMED, /* the bytes or the text are not of the form they should have */
    ERR_TOO_BIG,   /* over a stated limit */
    ERR_FORGED,    /* a signature, a tag or a commitment does not hold */
    ERR_REFUSED,   /* understood, and not allowed */
    ERR_NOT_FOUND, /* what is needed is not there */
    ERR_CONFLICT,  /* something else is there already */
    ERR_FULL,      /* no room; nothing was changed */
    ERR_CORRUPT,   /* what we stored is not what we read */
    ERR_IO         /* the operating system said no */
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* One or two words, for logs and answers: "malformed", "too big", ... */
const char *err_text(enum err err);

/*
 * The reason of a failure in words for a person: the place first, then what is
 * wrong there, then if possible what to do.  Never holds personal data or keys.
 */
struct why {
    char text[480];
};

/* Sets the reason (cut at the size of struct why) and returns err, so that a
   failing function can end with `return because(why, ERR_..., "...")`.  why may
   be NULL. */
enum err because(struct why *why, enum err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
