#include "cli/demo_stage.h"

#include <string.h>
#include <unistd.h>

#include "cli/demo_hold.h"
#include "cli/demo_search.h"
#include "cli/demo_show.h"
#include "cli/shown.h"
#include "core/instant.h"
#include "net/loop.h"

/* --- What must have come of it ------------------------------------------------------------------------- */

static size_t
agency_index(const struct scenario *scenario, const char *agency)
{
    size_t i = 0;

    while (i < scenario->agency_count && strcmp(scenario->agencies[i], agency) != 0)
        i++;
    return i;
}

const struct scenario_message *
demo_message(const struct demo *demo, const char *file)
{
    const struct scenario *scenario = demo->scenario;

    for (size_t m = 0; m < scenario->message_count; m++)
        if (strcmp(scenario->messages[m].file, file) == 0)
            return &scenario->messages[m];
    return NULL;
}

/* The form in which a field was given: "full", "age-band", …, or "hidden". */
static const char *
form_given(const json_t *received, const char *name)
{
    const struct field *field = schema_field_named(&kith_schema, name, strlen(name));
    const json_t *reduced;

    if (received == NULL || field == NULL)
        return form_name(FORM_HIDDEN);
    if (field_given(received, field))
        return form_name(FORM_FULL);
    reduced = reduced_given(received, field);
    return reduced == NULL ? form_name(FORM_HIDDEN) : text_member(reduced, "form");
}

static const char *
in_words(const char *form)
{
    if (strcmp(form, form_name(FORM_FULL)) == 0)
        return "in full";
    if (strcmp(form, form_name(FORM_HIDDEN)) == 0)
        return "nothing";
    if (strcmp(form, form_name(FORM_PRESENT)) == 0)
        return "only that it is recorded";
    if (strcmp(form, form_name(FORM_AGE_BAND)) == 0)
        return "only the age band";
    if (strcmp(form, form_name(FORM_DISTRICT)) == 0)
        return "only the parish or town";
    if (strcmp(form, form_name(FORM_DATE)) == 0)
        return "only the date";
    return form;
}

static void
check_field(struct demo *demo, const json_t *received, const char *name, const char *wanted)
{
    const struct field *field = schema_field_named(&kith_schema, name, strlen(name));
    const char *given = form_given(received, name);
    bool held = field != NULL && strcmp(wanted, given) == 0;

    expect_of_it(demo, held, "%s: %s%s%s", field == NULL ? name : field->label,
                 in_words(wanted), held ? "" : ", but was given ", held ? "" : in_words(given));
}

static void
check_expectation(struct demo *demo, const json_t *expectation)
{
    const char *file = text_member(expectation, "message");
    const char *agency = text_member(expectation, "agency");
    const char *label = scenario_label(demo->scenario, agency);
    const char *why = text_member(expectation, "why");
    const struct scenario_message *message = demo_message(demo, file);
    size_t index = agency_index(demo->scenario, agency);
    bool is_told = !json_is_false(json_object_get(expectation, "told"));
    const json_t *received, *form;
    char title[SCENARIO_TITLE_MAX];
    const char *field;

    if (message == NULL || index == demo->scenario->agency_count) {
        expect(demo, false, "%s and %s are in the scenario", file, agency);
        return;
    }
    received = received_of(demo->inboxes[index], message);
    scenario_title(title, demo->scenario, message);
    expect(demo, (received != NULL) == is_told, "%s is %stold of %s%s%s", label,
           is_told ? "" : "not ", title, why[0] == 0 ? "" : ": ", why);
    json_object_foreach(json_object_get(expectation, "sees"), field, form)
        check_field(demo, received, field, json_string_value(form));
}

void
demo_check(struct demo *demo)
{
    const json_t *expectation;
    size_t i;

    say(demo, "\nWhat must hold\n\n");
    json_array_foreach(json_object_get(demo->scenario->json, "expect"), i, expectation)
        check_expectation(demo, expectation);
}

/* --- Where nothing may be found -------------------------------------------------------------------------- */

static void
tell_count(struct demo *demo, const struct needle_counts *counts)
{
    char words[600];

    snprintf(words, sizeof(words),
             "Of %zu different texts in the messages %zu were looked for.  Not looked for: %zu "
             "codes of the schema, %zu that public documents have (names of agencies), %zu "
             "shorter than %d bytes, %zu that begin today's date.  Nor numbers, yes and no.",
             counts->texts, counts->searched, counts->codes, counts->public, counts->too_short,
             NEEDLE_MIN, counts->of_the_day);
    say_wrapped(demo, "", 0, words);
    say(demo, "\n");
}

/* Of so many texts none is there; or, where they must be, all of them. */
static void
report_search(struct demo *demo, const char *where, const struct found *found, size_t searched,
              bool all)
{
    bool is_memory = found->mapped > 0;

    if (!found->checked)
        expect(demo, false, "%s: NOT CHECKED: %s", where, found->why.text);
    else
        expect(demo, searched > 0 && found->texts == (all ? searched : 0),
               "%s (%s%.1f MB%s): %zu of %zu texts%s%s", where, is_memory ? "all " : "",
               (double)found->bytes / 1e6, is_memory ? " that it can read" : "", found->texts,
               searched, !all && found->texts > 0 ? ", first at " : "",
               all ? "" : found->example);
}

static void
search_broker(struct demo *demo, const struct needles *needles)
{
    size_t searched = needles_count(needles).searched;
    char folder[FILE_PATH_MAX];
    struct found found;

    snprintf(folder, sizeof(folder), "%s/broker", demo->folder);
    search_folder(&found, needles, folder);
    report_search(demo, "in the broker's files and log", &found, searched, false);
    search_memory(&found, needles, demo->broker.pid);
    report_search(demo, "in the broker's memory", &found, searched, false);
}

/* What an agency received, as it was published: without what its agent adds. */
static struct needles *
needles_received(json_t *inbox)
{
    static const char *const parts[] = { "circumstances", "concern", "needs" };
    struct needles *needles = needles_new();
    const json_t *entry;
    size_t i;

    json_array_foreach(inbox, i, entry)
    {
        json_t *message = json_object();

        for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++)
            if (json_object_get(entry, parts[p]) != NULL)
                json_object_set(message, parts[p], json_object_get(entry, parts[p]));
        needles_add(needles, message);
        json_decref(message);
    }
    return needles;
}

/* While it answers somebody who does not read on, it has its whole inbox in memory. */
static void
search_reader(struct demo *demo, size_t reader)
{
    struct needles *needles = needles_received(demo->inboxes[reader]);
    char socket[FILE_PATH_MAX];
    struct found found = { .checked = false };
    int held;

    demo_socket(socket, demo, demo->scenario->agencies[reader]);
    held = inbox_hold(socket, &found.why);
    if (held >= 0) {
        search_memory(&found, needles, demo->agents[reader].pid);
        close(held);
    }
    report_search(demo, "in the memory of MASH's agent, of what it received", &found,
                  needles_count(needles).searched, true);
    needles_free(&needles);
}

void
demo_search(struct demo *demo)
{
    struct needles *needles = needles_new();
    struct needle_counts counts;
    char folder[FILE_PATH_MAX], now[INSTANT_TEXT];
    struct found found;

    for (size_t m = 0; m < demo->scenario->message_count; m++)
        needles_add(needles, demo->scenario->messages[m].json);
    snprintf(folder, sizeof(folder), "%s/federation", demo->folder);
    needles_drop_public(needles, folder);
    instant_write(now, loop_wall_clock());
    needles_drop_time(needles, now);
    counts = needles_count(needles);
    say(demo, "\nThe broker holds no plaintext\n\n");
    tell_count(demo, &counts);
    search_broker(demo, needles);
    say(demo, "  the same search where they must be found:\n");
    snprintf(folder, sizeof(folder), "%s/messages", demo->folder);
    search_folder(&found, needles, folder);
    report_search(demo, "in the messages as they were published", &found, counts.searched,
                  true);
    search_reader(demo, agency_index(demo->scenario, "mash"));
    needles_free(&needles);
}
