#include "cli/demo_hostile_parts.h"

#include <string.h>

#include "cli/shown.h"

/* --- Who sent it, and who is told: the broker refuses --------------------------------------- */

static enum err
in_another_name(struct letter *letter, const struct attacker *attacker, struct why *why)
{
    enum err err = attacker_begins(letter, attacker, about_leah, why);

    letter->order.core.sender = attacker->to[TO_POLICE].number;
    return err ? err : letter_seal(letter, why);
}

static enum err
under_another_key(struct letter *letter, const struct attacker *attacker, struct why *why)
{
    struct sign_public public;
    struct sign_secret secret;
    enum err err;

    if ((err = attacker_begins(letter, attacker, about_leah, why))
        || (err = letter_seal(letter, why)))
        return err;
    sign_make(&public, &secret);
    letter_sign(letter, &secret);
    wipe(&secret, sizeof(secret));
    return ERR_OK;
}

static enum err
without_mash(struct letter *letter, const struct attacker *attacker, struct why *why)
{
    enum err err;

    if ((err = letter_begin(letter, &attacker->writer, about_leah, why))
        || (err = attacker_adds(letter, attacker, TO_SOCIAL_CARE, why)))
        return err;
    return letter_seal(letter, why);
}

struct attempt {
    const char *tried;
    enum err (*make)(struct letter *letter, const struct attacker *attacker, struct why *why);
    enum check gate; /* that must refuse it */
};

static const struct attempt attempts[] = {
    { "A concern in the name of the police, under the surgery's key", in_another_name,
      CHECK_SENDER },
    { "A concern in its own name, under a key that it made up", under_another_key,
      CHECK_SIGNATURE },
    { "A concern of which MASH is to hear nothing", without_mash, CHECK_CAPSULE_MISSING },
};

static void
try_it(struct attacker *attacker, const struct attempt *attempt)
{
    struct answer answer = { .verb = VERB_NONE };
    struct why why = { "" };
    struct letter letter;
    enum err err = attempt->make(&letter, attacker, &why);

    if (err == ERR_OK)
        answer = attacker_sends(attacker, &letter);
    expect_refused(attacker, attempt->tried, err, &answer, attempt->gate, &why);
    letter_end(&letter);
}

/* --- Said once, said again ------------------------------------------------------------------- */

static void
say_again(struct attacker *attacker, const struct letter *letter, const struct answer *first)
{
    struct answer again = attacker_sends(attacker, letter);

    expect(attacker->demo, again.verb == VERB_ACCEPTED && again.log_index == first->log_index,
           "The same bytes once more: the same answer, and nothing new in the log");
}

static void
say_otherwise(struct attacker *attacker, const struct letter *first)
{
    struct answer answer = { .verb = VERB_NONE };
    struct why why = { "" };
    struct letter other;
    enum err err = attacker_begins(&other, attacker, another_story, &why);

    memcpy(other.order.core.msg_id, first->order.core.msg_id, MSG_ID);
    if (err == ERR_OK && (err = letter_seal(&other, &why)) == ERR_OK)
        answer = attacker_sends(attacker, &other);
    expect_refused(attacker, "Another story under the same message id", err, &answer,
                   CHECK_REPLAY, &why);
    letter_end(&other);
}

/* What comes after it has come: so what was said twice would be there twice. */
static void
expect_once(struct attacker *attacker, const struct letter *letter)
{
    struct answer answer = { .verb = VERB_NONE };
    json_t *received = NULL;
    struct letter after;
    size_t count = 0;

    if (attacker_begins(&after, attacker, about_leah, NULL) == ERR_OK
        && letter_seal(&after, NULL) == ERR_OK)
        answer = attacker_sends(attacker, &after);
    if (answer.verb == VERB_ACCEPTED)
        received = await_letter(attacker, "mash", &after);
    if (received != NULL)
        count = count_letter(attacker, "mash", letter);
    expect(attacker->demo, count == 1, "MASH has it once, not twice%s",
           received == NULL ? ", but what was sent after it does not come"
           : count == 1     ? ""
                            : ", but it is not so");
    json_decref(received);
    letter_end(&after);
}

static void
try_replays(struct attacker *attacker)
{
    struct answer answer = { .verb = VERB_NONE };
    struct why why = { "" };
    struct letter letter;
    enum err err = attacker_begins(&letter, attacker, about_leah, &why);

    if (err == ERR_OK && (err = letter_seal(&letter, &why)) == ERR_OK)
        answer = attacker_sends(attacker, &letter);
    expect_taken(attacker, "A concern as it should be, so that there is one to repeat", err,
                 &answer, &why);
    if (answer.verb == VERB_ACCEPTED) {
        say_again(attacker, &letter, &answer);
        say_otherwise(attacker, &letter);
        expect_once(attacker, &letter);
    }
    letter_end(&letter);
}

/* --- A key too many ------------------------------------------------------------------------------ */

static enum err
over_wrapped(struct letter *letter, const struct attacker *attacker, struct why *why)
{
    enum err err;

    if ((err = attacker_begins(letter, attacker, about_leah, why))
        || (err = attacker_adds(letter, attacker, TO_POLICE, why)))
        return err;
    for (unsigned c = 0; c < letter->count; c++)
        bits_add(&letter->recipients[letter->order.recipient_count - 1].compartments, c);
    return letter_seal(letter, why);
}

static bool
shows(const json_t *received, const char *name)
{
    const struct field *field = schema_field_named(&kith_schema, name, strlen(name));

    return received != NULL && field != NULL && field_given(received, field) != NULL;
}

static void
expect_unused(struct attacker *attacker, const struct letter *letter)
{
    json_t *alarm = await_alarm(attacker, "states-police", "OVER-WRAP");
    json_t *police = await_letter(attacker, "states-police", letter);
    json_t *mash = await_letter(attacker, "mash", letter);

    expect(attacker->demo, alarm != NULL,
           "A concern with keys to all of it for the police: their agent raises OVER-WRAP, %s",
           alarm == NULL ? "no: it says nothing" : text_member(alarm, "about"));
    expect(attacker->demo,
           shows(police, "child.name") && !shows(police, "child.safe_address")
               && shows(mash, "child.safe_address"),
           "They read what the agreement gives them, and not the safe address, which MASH "
           "does");
    json_decref(alarm);
    json_decref(police);
    json_decref(mash);
}

static void
try_over_wrapping(struct attacker *attacker)
{
    struct answer answer = { .verb = VERB_NONE };
    struct why why = { "" };
    struct letter letter;
    enum err err = over_wrapped(&letter, attacker, &why);

    if (err == ERR_OK)
        answer = attacker_sends(attacker, &letter);
    if (answer.verb == VERB_ACCEPTED)
        expect_unused(attacker, &letter);
    else
        expect_taken(attacker, "A concern with keys to all of it for the police", err, &answer,
                     &why);
    letter_end(&letter);
}

/* --- All of them ---------------------------------------------------------------------------------- */

void
attack_with_envelopes(struct attacker *attacker)
{
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
        try_it(attacker, &attempts[i]);
    try_replays(attacker);
    try_over_wrapping(attacker);
}
