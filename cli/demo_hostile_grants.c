#include "cli/demo_hostile_parts.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "federation/grant_file.h"
#include "federation/make.h"

enum { LOG_MAX = 64 * 1024 * 1024, WAIT_MS = 10 * 1000, POLL_MS = 10 };

/* What the broker goes by, and the record of the surgery that the attempts are about. */
struct granting {
    struct attacker *attacker;
    char path[FILE_PATH_MAX];
    struct buffer original;
    uint8_t handle[HANDLE];
    const struct scenario_record *of_school; /* its record of the same child */
    const struct scenario_record *of_police;
};

static const struct scenario_record *
record_of(const struct scenario *scenario, const char *agency, const char *child)
{
    for (size_t i = 0; i < scenario->record_count; i++)
        if (strcmp(scenario->records[i].agency, agency) == 0
            && strcmp(scenario->records[i].child, child) == 0)
            return &scenario->records[i];
    return NULL;
}

static enum err
granting_begin(struct granting *granting, struct attacker *attacker, struct why *why)
{
    const struct demo *demo = attacker->demo;

    *granting = (struct granting){
        .attacker = attacker,
        .of_school = record_of(demo->scenario, attacker->to[TO_SCHOOL].name, "leah"),
        .of_police = record_of(demo->scenario, attacker->to[TO_POLICE].name, "leah"),
    };
    random_fill(granting->handle, HANDLE);
    buffer_init(&granting->original, GRANT_FILE_MAX);
    snprintf(granting->path, sizeof(granting->path), "%s/federation/grants", demo->folder);
    if (granting->of_school == NULL || granting->of_police == NULL)
        return because(why, ERR_NOT_FOUND, "the scenario has no record of Leah");
    return file_read(&granting->original, granting->path, why);
}

/* That the surgery's record is about the school's pupil; true, as it happens, so that nothing
   but the grant is wrong. */
static struct grant
make_grant(const struct granting *granting)
{
    const struct attacker *attacker = granting->attacker;
    struct grant grant = {
        .publisher = attacker->writer.me->number,
        .recipient = attacker->to[TO_SCHOOL].number,
        .basis = BASIS_ENROLMENT,
        .from_ms = (uint64_t)attacker->writer.now.ms,
        .to_day = (uint32_t)(instant_day(attacker->writer.now).number + 1),
    };

    memcpy(grant.handle, granting->handle, HANDLE);
    random_fill(grant.id, sizeof(grant.id));
    ref_of(grant.ref, grant.publisher, grant.handle, &granting->of_school->k);
    return grant;
}

/* --- A concern to a school ---------------------------------------------------------------------- */

static enum err
write_to_school(struct letter *letter, const struct attacker *attacker,
                const uint8_t handle[HANDLE], struct why *why)
{
    enum err err;

    if ((err = attacker_begins(letter, attacker, about_leah, why))
        || (err = attacker_adds(letter, attacker, TO_SCHOOL, why)))
        return err;
    memcpy(letter->handle, handle, HANDLE);
    return letter_seal(letter, why);
}

/* gate CHECK_OK: it is taken, and comes. */
static void
try_school(struct attacker *attacker, const char *tried, const uint8_t handle[HANDLE],
           enum check gate)
{
    struct answer answer = { .verb = VERB_NONE };
    struct why why = { "" };
    struct letter letter;
    enum err err = write_to_school(&letter, attacker, handle, &why);
    json_t *received = NULL;

    if (err == ERR_OK)
        answer = attacker_sends(attacker, &letter);
    if (gate != CHECK_OK) {
        expect_refused(attacker, tried, err, &answer, gate, &why);
    } else {
        if (answer.verb == VERB_ACCEPTED)
            received = await_letter(attacker, attacker->to[TO_SCHOOL].name, &letter);
        expect(attacker->demo, received != NULL && !json_object_get(received, "quarantined"),
               "%s%s", tried, received != NULL ? "" : ": no: it does not come");
        json_decref(received);
    }
    letter_end(&letter);
}

/* --- What the broker goes by ---------------------------------------------------------------------- */

static void
read_again(const struct attacker *attacker)
{
    kill(attacker->demo->broker.pid, SIGHUP);
}

static size_t
read_log(struct buffer *log, const struct attacker *attacker)
{
    char path[FILE_PATH_MAX];

    snprintf(path, sizeof(path), "%s/broker/broker.log", attacker->demo->folder);
    buffer_init(log, LOG_MAX);
    return file_read(log, path, NULL) == ERR_OK ? log->len : 0;
}

static size_t
log_length(const struct attacker *attacker)
{
    struct buffer log;
    size_t len = read_log(&log, attacker);

    buffer_clear(&log);
    return len;
}

/* The reason in the log, as a person would write it: there spaces are written "_". */
static bool
find_reason(struct why *words, const char *log)
{
    static const char before[] = " not_reloaded because=";
    const char *begin = strstr(log, before),
               *end = begin == NULL ? NULL : strstr(begin, " do=");

    if (end == NULL)
        return false;
    begin += strlen(before);
    because(words, ERR_OK, "%.*s", (int)(end - begin), begin);
    for (char *at = words->text; *at != 0; at++)
        if (*at == '_')
            *at = ' ';
    return true;
}

static bool
await_reason(struct why *words, const struct attacker *attacker, size_t from)
{
    bool found = false;

    for (unsigned waited = 0; waited < WAIT_MS && !found; waited += POLL_MS) {
        struct buffer log;

        if (read_log(&log, attacker) > from)
            found = find_reason(words, buffer_text(&log) + from);
        buffer_clear(&log);
        if (!found)
            pause_ms(POLL_MS);
    }
    return found;
}

/* --- The attempts ------------------------------------------------------------------------------------ */

/* As the index would have signed it, under the surgery's own key. */
static void
forge(struct buffer *file, const struct granting *granting)
{
    const struct attacker *attacker = granting->attacker;
    const struct grant grant = make_grant(granting);
    uint8_t body[GRANT_BODY], leaf[1][DIGEST];
    struct signed_grant forged = { .body = bytes_of(body, GRANT_BODY) };
    struct batch *batch;

    grant_write(body, &grant);
    leaf_hash(leaf[0], forged.body);
    batch = batch_sign(LABEL_GRANT, AGENCY_NUMBER_INDEX, 1, (const uint8_t(*)[DIGEST])leaf, 1,
                       &attacker->writer.keys->signing[0].secret);
    forged.batch = batch_signature(batch, 0);
    buffer_add_bytes(file, buffer_bytes(&granting->original));
    grant_file_add(file, &forged);
    batch_free(&batch);
}

static void
try_forged(struct granting *granting)
{
    struct attacker *attacker = granting->attacker;
    size_t before = log_length(attacker);
    struct why words = { "no: it says nothing" };
    struct buffer file;
    bool refused;
    enum err err;

    buffer_init(&file, GRANT_FILE_MAX);
    forge(&file, granting);
    err = file_write(granting->path, buffer_bytes(&file), 0644, &words);
    read_again(attacker);
    refused = err == ERR_OK && await_reason(&words, attacker, before);
    expect(
        attacker->demo, refused && strstr(words.text, check_text(CHECK_SIGNATURE)) != NULL,
        "The index's word that a child is a pupil of St Helier Primary (a grant), forged and "
        "put into the broker's folder: the broker goes on without it: %s",
        without_file(words.text));
    try_school(attacker, "A concern to that school under the forged grant", granting->handle,
               CHECK_GRANT);
    buffer_clear(&file);
}

static enum err
put_original(const struct granting *granting, struct why *why)
{
    return file_write(granting->path, buffer_bytes(&granting->original), 0644, why);
}

/* Reads the grants again and knows of it, for the surgery is told. */
static enum err
broker_reads(const struct attacker *attacker, struct why *why)
{
    unsigned before = line_announcements(attacker->line);

    read_again(attacker);
    return line_await_announcement(attacker->line, before)
               ? ERR_OK
               : because(why, ERR_IO, "the broker does not read the grants again");
}

/* Signed by the index, and then not there any more. */
static enum err
try_withdrawn(struct granting *granting, struct why *why)
{
    struct attacker *attacker = granting->attacker;
    const struct offline offline = { .folder = attacker->demo->folder };
    const struct grant grant = make_grant(granting);
    enum err err;

    if ((err = federation_sign_grants(&offline, &grant, 1, attacker->writer.now, why))
        || (err = broker_reads(attacker, why)))
        return err;
    try_school(attacker, "Under a grant that the index did sign, a concern comes there",
               granting->handle, CHECK_OK);
    if ((err = put_original(granting, why)) || (err = broker_reads(attacker, why)))
        return err;
    try_school(attacker, "The same, once the index has withdrawn that grant", granting->handle,
               CHECK_GRANT);
    return ERR_OK;
}

enum err
attack_with_grants(struct attacker *attacker, struct why *why)
{
    struct granting granting;
    enum err err = granting_begin(&granting, attacker, why);

    if (err == ERR_OK) {
        try_forged(&granting);
        err = put_original(&granting, why);
    }
    if (err == ERR_OK) {
        try_school(
            attacker,
            "A concern to that school as if about a record of the police, which has a grant",
            granting.of_police->handle, CHECK_GRANT);
        err = try_withdrawn(&granting, why);
    }
    buffer_clear(&granting.original);
    return err;
}
