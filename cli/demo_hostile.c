#include "cli/demo_hostile_parts.h"

#include <stdio.h>
#include <string.h>

#include "cli/demo_lay_down.h"
#include "core/file.h"
#include "federation/make.h"
#include "net/loop.h"

#define ABOUT_LEAH(headline)                                                                   \
    "{\"circumstances\":{\"system\":\"surgery\",\"localId\":\"7\"},\"concern\":{\"child\":"    \
    "{\"name\":{\"given\":\"Leah\",\"family\":\"Le Marquand\"},\"dateOfBirth\":"               \
    "\"2017-03-14\",\"safeAddress\":{\"lines\":[\"Heron Cottage\"],\"parish\":\"St John\"}},"  \
    "\"kind\":\"REFERRAL\",\"headline\":\"" headline "\"},"                                    \
    "\"sharing\":{\"purpose\":\"safeguarding\"}}"

const char about_leah[] = ABOUT_LEAH("All is well, nobody need do anything.");
const char another_story[] = ABOUT_LEAH("All is lost, somebody must do something.");

/* --- Who it is ------------------------------------------------------------------------------ */

static enum err
know_federation(struct attacker *attacker, struct why *why)
{
    char directory[FILE_PATH_MAX], archive[FILE_PATH_MAX];
    struct writer *writer = &attacker->writer;
    enum err err;

    snprintf(directory, sizeof(directory), "%s/federation", attacker->demo->folder);
    snprintf(archive, sizeof(archive), "%s/agencies/" HOSTILE_AGENCY "/store",
             attacker->demo->folder);
    writer->now = loop_wall_clock();
    err = in_force_read(&writer->in_force, directory, archive, NULL, writer->now, why);
    if (err)
        return err;
    writer->agreement = agreements_current(writer->in_force->agreements);
    writer->me = registry_agency_named(federation_registry(writer->in_force->federation),
                                       HOSTILE_AGENCY);
    return writer->me == NULL
               ? because(why, ERR_NOT_FOUND, HOSTILE_AGENCY " is not in the registry")
               : ERR_OK;
}

static enum err
know_others(struct attacker *attacker, struct why *why)
{
    static const char *const names[CORRESPONDENTS] = {
        [TO_MASH] = "mash",
        [TO_SOCIAL_CARE] = "childrens-services",
        [TO_POLICE] = "states-police",
        [TO_SCHOOL] = "st-helier-primary",
    };
    const struct registry *registry =
        federation_registry(attacker->writer.in_force->federation);

    for (unsigned i = 0; i < CORRESPONDENTS; i++) {
        const struct agency *agency = registry_agency_named(registry, names[i]);

        if (agency == NULL)
            return because(why, ERR_NOT_FOUND, "%s is not in the registry", names[i]);
        attacker->to[i] = (struct correspondent){ names[i], agency->number, 1 };
    }
    return ERR_OK;
}

static enum err
take_keys(struct attacker *attacker, struct why *why)
{
    char folder[FILE_PATH_MAX];

    snprintf(folder, sizeof(folder), "%s/agencies/" HOSTILE_AGENCY "/keys",
             attacker->demo->folder);
    return node_keys_load(&attacker->writer.keys, folder, NODE_AGENCY, NULL, true, why);
}

/* --- On the line to the broker ----------------------------------------------------------------- */

static enum err
dial_with(struct attacker *attacker, const struct exchange_secret *transport,
          struct line **line, struct why *why)
{
    const struct registry *registry =
        federation_registry(attacker->writer.in_force->federation);
    struct line_options options = { .broker = registry_broker_transport(registry),
                                    .transport = transport };
    char path[FILE_PATH_MAX];
    struct buffer endpoint;
    enum err err;

    snprintf(path, sizeof(path), "%s/broker/endpoint", attacker->demo->folder);
    buffer_init(&endpoint, sizeof(path));
    if ((err = file_read(&endpoint, path, why)) == ERR_OK) {
        if (endpoint.len > 0 && endpoint.data[endpoint.len - 1] == '\n')
            endpoint.len--;
        options.endpoint = buffer_text(&endpoint);
        err = line_open(line, &options, why);
    }
    buffer_clear(&endpoint);
    return err;
}

static void
attack_with_unknown_key(struct attacker *attacker)
{
    static const char tried[] = "Somebody dials with a transport key that is in no registry";
    struct exchange_public public;
    struct exchange_secret secret;
    struct line *line = NULL;
    struct why why = { "" };
    enum err err;

    exchange_make(&public, &secret);
    err = dial_with(attacker, &secret, &line, &why);
    expect(attacker->demo, err == ERR_REFUSED, "%s: not heard at all; %s", tried,
           err == ERR_OK ? "no: it was connected" : why.text);
    line_close(&line);
    wipe(&secret, sizeof(secret));
}

/* As an honest agent begins. */
static enum err
say_hello(struct attacker *attacker, struct answer *answer, struct why *why)
{
    const struct writer *writer = &attacker->writer;
    const struct frame hello = {
        .verb = VERB_HELLO,
        .hello = { .protocol = PROTOCOL_VERSION,
                   .registry_version =
                       registry_version(federation_registry(writer->in_force->federation)),
                   .agreement = bytes_of(writer->agreement->digest, DIGEST),
                   .credit_messages = 100,
                   .credit_bytes = 1024 * 1024 },
    };
    enum err err = dial_with(attacker, &writer->keys->transport, &attacker->line, why);

    if (err == ERR_OK)
        *answer = line_say(attacker->line, &hello);
    return err;
}

static enum err
enter(struct attacker *attacker, struct why *why)
{
    struct answer answer;
    enum err err = say_hello(attacker, &answer, why);

    if (err)
        return err;
    return answer.verb == VERB_WELCOME
               ? ERR_OK
               : because(why, ERR_IO, "the broker does not welcome " HOSTILE_AGENCY);
}

static void
expect_bye(struct attacker *attacker, const char *tried, const struct answer *answer)
{
    expect(attacker->demo, answer->verb == VERB_BYE, "%s: %s", tried,
           answer->verb == VERB_BYE ? answer->words : "it is not put out");
}

/* Whoever has the keys is shut out by one person, who has none of them. */
static enum err
suspend_attacker(struct attacker *attacker, struct why *why)
{
    const struct offline offline = { .folder = attacker->demo->folder };
    const struct suspending suspending = { HOSTILE_AGENCY, 0, loop_wall_clock() };
    const struct frame ping = { .verb = VERB_PING, .ping = 1 };
    struct suspension suspension;
    struct answer answer;
    enum err err = federation_suspend(&offline, &suspending, &suspension, why);

    if (err)
        return err;
    answer = line_say(attacker->line, &ping);
    expect_bye(attacker, "One registry signer suspends the surgery, and the broker hangs up",
               &answer);
    line_close(&attacker->line);
    if ((err = say_hello(attacker, &answer, why)))
        return err;
    expect_bye(attacker, "It dials again, with its valid keys", &answer);
    return ERR_OK;
}

/* --- What the files of this part share --------------------------------------------------------- */

enum err
attacker_adds(struct letter *letter, const struct attacker *attacker, unsigned to,
              struct why *why)
{
    return letter_to(letter, attacker->to[to].number, attacker->to[to].next, why);
}

enum err
attacker_begins(struct letter *letter, const struct attacker *attacker, const char *json,
                struct why *why)
{
    enum err err;

    if ((err = letter_begin(letter, &attacker->writer, json, why))
        || (err = attacker_adds(letter, attacker, TO_MASH, why)))
        return err;
    return attacker_adds(letter, attacker, TO_SOCIAL_CARE, why);
}

struct answer
attacker_sends(struct attacker *attacker, const struct letter *letter)
{
    const struct frame submit = { .verb = VERB_SUBMIT, .submit = letter->sealed.view };
    struct answer answer = line_say(attacker->line, &submit);

    for (size_t i = 0; i < letter->order.recipient_count; i++)
        for (unsigned to = 0; to < CORRESPONDENTS; to++)
            attacker->to[to].next +=
                answer.verb == VERB_ACCEPTED
                && letter->recipients[i].agency == attacker->to[to].number
                && letter->recipients[i].stream_seq == attacker->to[to].next;
    return answer;
}

static void
expect_answer(struct attacker *attacker, bool held, const char *tried, enum err err,
              const struct answer *answer, const struct why *why)
{
    if (err)
        expect(attacker->demo, false, "%s: could not be tried: %s", tried, why->text);
    else if (answer->verb == VERB_REFUSED)
        expect(attacker->demo, held, "%s: the broker refuses it: %s, %s", tried,
               check_name(answer->check), answer->words);
    else
        expect(attacker->demo, held, "%s: the broker %s", tried,
               answer->verb == VERB_ACCEPTED ? "takes it" : "does not answer");
}

void
expect_taken(struct attacker *attacker, const char *tried, enum err err,
             const struct answer *answer, const struct why *why)
{
    expect_answer(attacker, answer->verb == VERB_ACCEPTED, tried, err, answer, why);
}

void
expect_refused(struct attacker *attacker, const char *tried, enum err err,
               const struct answer *answer, enum check gate, const struct why *why)
{
    expect_answer(attacker, answer->verb == VERB_REFUSED && answer->check == gate, tried, err,
                  answer, why);
}

/* --- All of it ------------------------------------------------------------------------------------ */

static const char heading[] = "\nWhat an agency with valid keys cannot do\n\n";
static const char introduction[] =
    "Harbour Surgery is enrolled like the others, in the registry and in the agreement.  "
    "Somebody at its computer has all of its keys, says to the running broker what no agent of "
    "Kith would, and puts files where others read theirs.";

static enum err
attack(struct attacker *attacker, struct why *why)
{
    enum err err;

    if ((err = know_federation(attacker, why)) || (err = know_others(attacker, why))
        || (err = take_keys(attacker, why)))
        return err;
    attack_with_unknown_key(attacker);
    if ((err = enter(attacker, why)))
        return err;
    attack_with_envelopes(attacker);
    attack_with_two_keys(attacker);
    if ((err = attack_with_grants(attacker, why))
        || (err = attack_with_documents(attacker, why))
        || (err = suspend_attacker(attacker, why)))
        return err;
    expect_honest_message(attacker);
    return ERR_OK;
}

enum err
demo_attack(struct demo *demo, struct why *why)
{
    struct attacker attacker = { .demo = demo };
    enum err err;

    say(demo, heading);
    say_wrapped(demo, "", 0, introduction);
    say(demo, "\n");
    err = attack(&attacker, why);
    line_close(&attacker.line);
    node_keys_free(&attacker.writer.keys);
    in_force_free(&attacker.writer.in_force);
    return err;
}
