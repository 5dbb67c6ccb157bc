#include "agreement/suspended.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/lines.h"
#include "core/mem.h"

enum { PAST_FILE_MAX = 1024 * 1024, SIGNERS_OF_ALWAYS_TOLD = 2 };

/* --- What is remembered ----------------------------------------------------------------- */

static struct past_suspension *
past_find(const struct suspended *suspended, const uint8_t digest[DIGEST])
{
    for (size_t i = 0; i < suspended->past_count; i++)
        if (memcmp(suspended->past[i].digest, digest, DIGEST) == 0)
            return &suspended->past[i];
    return NULL;
}

static void
past_add(struct suspended *suspended, const struct past_suspension *past)
{
    suspended->past =
        mem_resize(suspended->past, suspended->past_count + 1, sizeof(*suspended->past));
    suspended->past[suspended->past_count++] = *past;
}

static enum err
past_path(char path[FILE_PATH_MAX], const char *archive, struct why *why)
{
    return path_in(path, archive, "suspensions", why);
}

/* "suspended NUMBER DIGEST" or "lifted NUMBER DIGEST at TIME" */
static bool
past_parse(struct past_suspension *past, struct bytes line)
{
    char hex[2 * DIGEST + 1], at[INSTANT_TEXT];
    struct bytes words[5];
    size_t count = words_of(line, words, 5);
    uint64_t number;

    *past = (struct past_suspension){ .lifted = count == 5 };
    if ((count != 3 && count != 5) || !word_is(words[0], past->lifted ? "lifted" : "suspended")
        || !word_number(&number, words[1], UINT32_MAX) || !word_copy(hex, sizeof(hex), words[2])
        || !hex_read(past->digest, DIGEST, hex))
        return false;
    past->agency = (uint32_t)number;
    return !past->lifted
           || (word_is(words[3], "at") && word_copy(at, sizeof(at), words[4])
               && instant_read(&past->lifted_at, at));
}

static enum err
past_read(struct suspended *suspended, const char *archive, struct why *why)
{
    struct past_suspension past;
    char path[FILE_PATH_MAX];
    struct buffer text;
    struct lines lines;
    struct bytes line;
    enum err err;

    if ((err = past_path(path, archive, why)))
        return err;
    buffer_init(&text, PAST_FILE_MAX);
    err = file_read(&text, path, why);
    lines = lines_of(buffer_bytes(&text));
    while (err == ERR_OK && lines_next(&lines, &line)) {
        if (past_parse(&past, line))
            past_add(suspended, &past);
        else
            err = because(why, ERR_CORRUPT,
                          "%s: line %u: does not name a suspension; restore it from a backup",
                          path, lines.number);
    }
    buffer_clear(&text);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
past_write(const struct suspended *suspended, const char *archive, struct why *why)
{
    char path[FILE_PATH_MAX], hex[2 * DIGEST + 1], at[INSTANT_TEXT];
    struct buffer text;
    enum err err;

    if ((err = past_path(path, archive, why)))
        return err;
    buffer_init(&text, PAST_FILE_MAX);
    for (size_t i = 0; i < suspended->past_count; i++) {
        const struct past_suspension *past = &suspended->past[i];

        hex_write(hex, past->digest, DIGEST);
        instant_write(at, past->lifted_at);
        buffer_print(&text, "%s %u %s%s%s\n", past->lifted ? "lifted" : "suspended",
                     (unsigned)past->agency, hex, past->lifted ? " at " : "",
                     past->lifted ? at : "");
    }
    err = buffer_is_whole(&text)
              ? file_write(path, buffer_bytes(&text), 0600, why)
              : because(why, ERR_TOO_BIG, "%s: longer than %d bytes", path, PAST_FILE_MAX);
    buffer_clear(&text);
    return err;
}

static enum err
past_begin(struct suspended *suspended, const struct suspended *current, const char *archive,
           struct why *why)
{
    if (current == NULL)
        return past_read(suspended, archive, why);
    for (size_t i = 0; i < current->past_count; i++)
        past_add(suspended, &current->past[i]);
    suspended->unsaved = current->unsaved;
    return ERR_OK;
}

/* --- What takes effect --------------------------------------------------------------------- */

uint32_t
suspension_signers_needed(const struct policy *policy, int place)
{
    return place >= 0
                   && (policy_agency_is(policy, place, TYPE_MASH)
                       || policy_agency_is(policy, place, TYPE_SOCIAL_CARE))
               ? SIGNERS_OF_ALWAYS_TOLD
               : 1;
}

static void
take_suspension(struct suspended *suspended, struct federation *federation,
                const struct agreement *agreement, const struct suspension *suspension)
{
    const struct agency *agency =
        registry_agency(federation_registry(federation), suspension->agency);
    uint32_t needed =
        suspension_signers_needed(agreement->policy, agreement_member(agreement, agency));
    struct past_suspension past = { .agency = suspension->agency };
    struct why why;

    if (past_find(suspended, suspension->digest) != NULL)
        return;
    if (suspension->signers < needed) {
        because(&why, ERR_OK,
                "suspensions/%s.suspension: signed by %u of the %u registry signers that an"
                " agency needs which is told of everything",
                suspension->name, (unsigned)suspension->signers, (unsigned)needed);
        federation_leave_out(federation, &why);
        return;
    }
    memcpy(past.digest, suspension->digest, DIGEST);
    past_add(suspended, &past);
    suspended->unsaved = true;
}

/* Of a suspension that has never been in force here it ends nothing. */
static void
take_lift(struct suspended *suspended, struct federation *federation, const struct lift *lift,
          struct instant now)
{
    struct past_suspension *past = past_find(suspended, lift->of);
    struct why why;

    if (past == NULL || past->agency != lift->agency) {
        because(&why, ERR_OK,
                "suspensions/%s.lift: lifts a suspension that was never in force here",
                lift->name);
        federation_leave_out(federation, &why);
    } else if (!past->lifted) {
        past->lifted = true;
        past->lifted_at = instant_is_before(now, lift->at) ? now : lift->at;
        suspended->unsaved = true;
    }
}

static bool
has_file(const struct federation *federation, const struct past_suspension *past)
{
    for (size_t i = 0; i < federation_suspension_count(federation); i++)
        if (memcmp(federation_suspension_at(federation, i)->digest, past->digest, DIGEST) == 0)
            return true;
    return false;
}

/* Somebody has put other files in the way, or has lost them. */
static void
report_missing(const struct suspended *suspended, struct federation *federation)
{
    const struct registry *registry = federation_registry(federation);
    struct why why;

    for (size_t i = 0; i < suspended->past_count; i++) {
        const struct past_suspension *past = &suspended->past[i];
        const struct agency *agency = registry_agency(registry, past->agency);

        if (past->lifted || has_file(federation, past))
            continue;
        because(&why, ERR_OK,
                "ROLLBACK: the suspension of agency %u (%s) is gone from suspensions/; it stays"
                " in force until it is lifted",
                (unsigned)past->agency, agency == NULL ? "unlisted" : agency->name);
        federation_leave_out(federation, &why);
    }
}

/* --- One standing for each agency -------------------------------------------------------------- */

static void
add_standing(struct suspended_agency *standing, const struct past_suspension *past)
{
    standing->agency = past->agency;
    if (!past->lifted)
        standing->is_suspended = true;
    else if (instant_is_before(standing->lifted_at, past->lifted_at))
        standing->lifted_at = past->lifted_at;
}

static void
list_agencies(struct suspended *suspended)
{
    size_t count = 0;

    suspended->list = mem_array(suspended->past_count, sizeof(*suspended->list));
    for (size_t i = 0; i < suspended->past_count; i++) {
        const struct past_suspension *past = &suspended->past[i];
        struct suspended_agency *standing = map_get(&suspended->by_number, past->agency);

        if (standing == NULL) {
            standing = &suspended->list[count++];
            map_put(&suspended->by_number, past->agency, standing);
        }
        add_standing(standing, past);
    }
}

static void
save(struct suspended *suspended, struct federation *federation, const char *archive)
{
    struct why why, reason;

    if (!suspended->unsaved)
        return;
    suspended->unsaved = past_write(suspended, archive, &reason) != ERR_OK;
    if (!suspended->unsaved)
        return;
    because(&why, ERR_OK, "a suspension is in force but not remembered over a restart: %s",
            reason.text);
    federation_leave_out(federation, &why);
}

enum err
suspended_read(struct suspended *suspended, struct federation *federation,
               const struct agreement *agreement, const struct suspended *current,
               const char *archive, struct instant now, struct why *why)
{
    struct suspended read = { .unsaved = false };
    enum err err;

    if ((err = past_begin(&read, current, archive, why))) {
        suspended_clear(&read);
        return err;
    }
    for (size_t i = 0; i < federation_suspension_count(federation); i++)
        take_suspension(&read, federation, agreement, federation_suspension_at(federation, i));
    for (size_t i = 0; i < federation_lift_count(federation); i++)
        take_lift(&read, federation, federation_lift_at(federation, i), now);
    report_missing(&read, federation);
    save(&read, federation, archive);
    list_agencies(&read);
    *suspended = read;
    return ERR_OK;
}

void
suspended_clear(struct suspended *suspended)
{
    free(suspended->past);
    free(suspended->list);
    map_clear(&suspended->by_number);
    *suspended = (struct suspended){ 0 };
}

const struct suspended_agency *
suspended_find(const struct suspended *suspended, uint32_t agency)
{
    return map_get(&suspended->by_number, agency);
}
