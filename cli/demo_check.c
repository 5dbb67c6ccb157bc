#include "cli/demo_stage.h"

#include <string.h>

#include "cli/demo_search.h"
#include "cli/demo_show.h"
#include "cli/shown.h"

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
report_search(struct demo *demo, const char *where, const struct found *found, bool nothing)
{
    if (!found->checked)
        expect(demo, false, "%s: NOT CHECKED: %s", where, found->why.text);
    else if (nothing)
        expect(demo, found->needles == 0, "%s: %zu of the values (%.1f MB looked through)%s%s",
               where, found->needles, (double)found->bytes / 1e6,
               found->needles > 0 ? ", first at " : "", found->example);
    else
        expect(demo, found->needles > 0, "%s: %zu of the values (%.1f MB looked through)",
               where, found->needles, (double)found->bytes / 1e6);
}

void
demo_search(struct demo *demo)
{
    struct needles *needles = needles_new();
    char folder[FILE_PATH_MAX], line[300];
    struct found found;
    size_t public, reader = agency_index(demo->scenario, "mash");

    for (size_t m = 0; m < demo->scenario->message_count; m++)
        needles_add(needles, demo->scenario->messages[m].json);
    snprintf(folder, sizeof(folder), "%s/federation", demo->folder);
    public = needles_drop_public(needles, folder);
    snprintf(line, sizeof(line),
             "\nThe broker holds no plaintext: searched for %zu values of the messages\n"
             "(%zu more stand in public documents, such as names of agencies)\n\n",
             needles_count(needles), public);
    say(demo, line);
    snprintf(folder, sizeof(folder), "%s/broker", demo->folder);
    search_folder(&found, needles, folder);
    report_search(demo, "in the broker's files and log", &found, true);
    search_memory(&found, needles, demo->broker.pid);
    report_search(demo, "in the broker's memory", &found, true);
    say(demo, "  the same search where they must be found:\n");
    search_memory(&found, needles, demo->agents[reader].pid);
    report_search(demo, "in the memory of MASH's agent", &found, false);
    needles_free(&needles);
}
