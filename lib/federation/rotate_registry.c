#include <string.h>

#include "core/lines.h"
#include "federation/make_parts.h"
#include "federation/rotation.h"

/* --- May it be? -------------------------------------------------------------------------------- */

static enum err
check_numbers(const struct rotation *rotation, const struct agency *agency, struct why *why)
{
    for (size_t i = 0; i < agency->signing_count; i++)
        if (agency->signing[i].number >= rotation->signing_number)
            return because(why, ERR_CONFLICT,
                           "the registry has signing key %u of %s already: this line was used, "
                           "or is an old one",
                           (unsigned)agency->signing[i].number, agency->name);
    return ERR_OK;
}

static enum err
check_rotation(const struct rotation *rotation, const struct federation *federation,
               struct instant now, struct why *why)
{
    const struct registry *registry = federation_registry(federation);
    const struct agency *agency = registry_agency_named(registry, rotation->name);
    const struct sign_public *key;
    bool lapsed;
    enum err err;

    if (strcmp(rotation->federation, registry_federation(registry)) != 0)
        return because(why, ERR_REFUSED, "of the federation '%s', not '%s'",
                       rotation->federation, registry_federation(registry));
    if (agency == NULL || agency->number != rotation->agency)
        return because(why, ERR_NOT_FOUND, "the registry names no agency %u '%s'",
                       (unsigned)rotation->agency, rotation->name);
    if (federation_suspension_of(federation, agency->number) != NULL)
        return because(
            why, ERR_REFUSED,
            "%s is suspended: whoever has its keys could have made this line; invite "
            "it anew instead",
            agency->name);
    if ((err = check_numbers(rotation, agency, why)))
        return err;
    /* One that has ended without another in its place will do: people look at the line. */
    key = registry_key_or_lapsed(registry, agency->number, rotation->signer, instant_day(now),
                                 &lapsed);
    if (key == NULL || !rotation_verify(rotation, key))
        return because(why, ERR_FORGED,
                       "not signed by a key of %s that the registry names: do not "
                       "sign it, and ask %s",
                       agency->name, agency->name);
    return ERR_OK;
}

/* --- The registry with it ------------------------------------------------------------------------ */

/* The registry's text, as it is rewritten line by line.  What people wrote in it stays. */
struct rewriting {
    struct buffer *out;
    const struct rotation *rotation;
    const struct agency *agency;
    struct instant now;
    struct day end; /* of the former keys */
    bool is_ours;   /* the line is in the agency's block */
    bool added;
};

static void
copy_line(struct rewriting *rewriting, struct bytes line)
{
    buffer_add_bytes(rewriting->out, line);
    buffer_add_byte(rewriting->out, '\n');
}

static void
add_new_keys(struct rewriting *rewriting)
{
    const struct rotation *rotation = rewriting->rotation;
    char transport[64];

    base64_write(transport, rotation->transport.bytes, sizeof(rotation->transport.bytes));
    signing_line_write(rewriting->out, "  ", rotation->signing_number, &rotation->signing,
                       rewriting->now);
    buffer_print(rewriting->out, "  transport %s\n", transport);
    rewriting->added = true;
}

/* "signing N KEY from DAY to DAY", which ends no later than the overlap. */
static void
rewrite_signing(struct rewriting *rewriting, const struct bytes *words)
{
    char last[DAY_TEXT], end[DAY_TEXT];

    day_write(end, rewriting->end);
    if (!word_copy(last, sizeof(last), words[6]) || strcmp(last, end) > 0)
        memcpy(last, end, sizeof(last));
    buffer_print(rewriting->out, "  signing %.*s %.*s from %.*s to %s\n", WORD(words[1]),
                 WORD(words[2]), WORD(words[4]), last);
}

/* "transport KEY" or "transport KEY until DAY"; one that has had its last day is left out. */
static void
rewrite_transport(struct rewriting *rewriting, const struct bytes *words, size_t count)
{
    struct day last = rewriting->end;
    char text[DAY_TEXT];

    if (count == 4 && word_copy(text, sizeof(text), words[3]) && day_read(&last, text)
        && last.number > rewriting->end.number)
        last = rewriting->end;
    if (last.number < instant_day(rewriting->now).number)
        return;
    day_write(text, last);
    buffer_print(rewriting->out, "  transport %.*s until %s\n", WORD(words[1]), text);
}

static bool
begins_another(struct bytes word)
{
    return word_is(word, "agency") || word_is(word, "broker") || word_is(word, "index")
           || word_is(word, "demonstration");
}

static void
rewrite_line(struct rewriting *rewriting, struct bytes line)
{
    struct bytes words[8];
    size_t count = words_of(line, words, 8);

    if (count > 0 && begins_another(words[0])) {
        if (rewriting->is_ours)
            add_new_keys(rewriting);
        rewriting->is_ours = count == 3 && word_is(words[0], "agency")
                             && word_is(words[2], rewriting->agency->name);
    }
    if (rewriting->is_ours && count == 7 && word_is(words[0], "signing"))
        rewrite_signing(rewriting, words);
    else if (rewriting->is_ours && count >= 2 && word_is(words[0], "transport"))
        rewrite_transport(rewriting, words, count);
    else
        copy_line(rewriting, line);
}

/* The text without its first line. */
static void
rewrite(struct rewriting *rewriting, struct bytes text)
{
    struct lines lines = lines_of(text);
    struct bytes line;

    while (lines_next(&lines, &line))
        if (lines.number > 1)
            rewrite_line(rewriting, line);
    if (rewriting->is_ours)
        add_new_keys(rewriting);
}

static enum err
publish(const struct opened_offline *opened, const struct offline *offline,
        const struct rotation *rotation, struct instant now, struct why *why)
{
    const struct registry *registry = federation_registry(opened->federation);
    struct buffer body;
    struct rewriting rewriting = {
        .out = &body,
        .rotation = rotation,
        .agency = registry_agency_named(registry, rotation->name),
        .now = now,
        .end = { instant_day(now).number + OVERLAP_DAYS },
    };
    enum err err;

    buffer_init(&body, REGISTRY_MAX);
    rewrite(&rewriting, federation_document(opened->federation, DOCUMENT_REGISTRY)->text);
    err = publish_next(opened->federation, offline, &opened->kek, DOCUMENT_REGISTRY,
                       buffer_bytes(&body), why);
    buffer_clear(&body);
    return err;
}

enum err
federation_rotate(const struct offline *offline, const struct rotation *rotation,
                  struct instant now, struct why *why)
{
    struct opened_offline opened;
    enum err err;

    if ((err = offline_open(&opened, offline, why)))
        return err;
    err = check_rotation(rotation, opened.federation, now, why);
    if (err == ERR_OK)
        err = publish(&opened, offline, rotation, now, why);
    offline_close(&opened);
    return err;
}
