#include "cli/demo_scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/mem.h"

enum { JSON_MAX = 1024 * 1024 };

static enum err
read_json_file(json_t **json, const char *path, struct why *why)
{
    struct why inner = { "" };
    struct buffer text;
    enum err err;

    buffer_init(&text, JSON_MAX);
    err = file_read(&text, path, why);
    if (err == ERR_OK && (err = json_read(json, buffer_bytes(&text), &inner)))
        because(why, err, "%s: %s", path, inner.text);
    buffer_clear(&text);
    return err;
}

static enum err
read_message(struct scenario *scenario, const char *folder, const json_t *entry,
             struct why *why)
{
    struct scenario_message *message = &scenario->messages[scenario->message_count];
    enum err err;

    message->file = text_member(entry, "file");
    message->agency = text_member(entry, "agency");
    snprintf(message->path, sizeof(message->path), "%s/%s", folder, message->file);
    if ((err = read_json_file(&message->json, message->path, why)))
        return err;
    scenario->message_count++;
    return ERR_OK;
}

static void
read_record(struct scenario *scenario, const char *agency, const json_t *entry)
{
    scenario->records[scenario->record_count++] = (struct scenario_record){
        .agency = agency,
        .system = text_member(entry, "system"),
        .local_id = text_member(entry, "localId"),
        .given_name = text_member(entry, "givenName"),
        .family_name = text_member(entry, "familyName"),
        .date_of_birth = text_member(entry, "dateOfBirth"),
        .child = text_member(entry, "child"),
    };
}

static enum err
fill(struct scenario *scenario, const char *folder, struct why *why)
{
    const json_t *records, *list, *entry;
    const char *agency;
    char path[600];
    size_t i;
    enum err err;

    snprintf(path, sizeof(path), "%s/scenario.json", folder);
    if ((err = read_json_file(&scenario->json, path, why)))
        return err;
    records = json_object_get(scenario->json, "rolls");
    json_object_foreach((json_t *)(uintptr_t)records, agency, list)
    {
        if (scenario->agency_count == SCENARIO_MAX)
            return because(why, ERR_TOO_BIG, "%s: too many agencies", path);
        scenario->agencies[scenario->agency_count++] = agency;
        json_array_foreach(list, i, entry)
        {
            if (scenario->record_count == 4 * SCENARIO_MAX)
                return because(why, ERR_TOO_BIG, "%s: too many records", path);
            read_record(scenario, agency, entry);
        }
    }
    json_array_foreach(json_object_get(scenario->json, "messages"), i, entry)
    {
        if (scenario->message_count == SCENARIO_MAX)
            return because(why, ERR_TOO_BIG, "%s: too many messages", path);
        if ((err = read_message(scenario, folder, entry, why)))
            return err;
    }
    return ERR_OK;
}

enum err
scenario_read(struct scenario **scenario, const char *folder, struct why *why)
{
    struct scenario *made = mem_new(sizeof(*made));
    enum err err = fill(made, folder, why);

    if (err) {
        scenario_free(&made);
        return err;
    }
    *scenario = made;
    return ERR_OK;
}

void
scenario_free(struct scenario **scenario)
{
    if (*scenario == NULL)
        return;
    for (size_t i = 0; i < (*scenario)->message_count; i++)
        json_decref((*scenario)->messages[i].json);
    json_decref((*scenario)->json);
    free(*scenario);
    *scenario = NULL;
}

const char *
scenario_label(const struct scenario *scenario, const char *agency)
{
    const char *label = text_member(json_object_get(scenario->json, "labels"), agency);

    return label[0] == 0 ? agency : label;
}

const char *
scenario_short_label(const struct scenario *scenario, const char *agency)
{
    const char *label = text_member(json_object_get(scenario->json, "shortLabels"), agency);

    return label[0] == 0 ? scenario_label(scenario, agency) : label;
}

void
scenario_title(char title[SCENARIO_TITLE_MAX], const struct scenario *scenario,
               const struct scenario_message *message)
{
    const json_t *list = json_object_get(scenario->json, "messages");
    size_t place = (size_t)(message - scenario->messages);
    const char *words = text_member(json_array_get(list, place), "title");

    if (words[0] != 0)
        snprintf(title, SCENARIO_TITLE_MAX, "%.*s %.100s", (int)strcspn(message->file, "-"),
                 message->file, words);
    else
        snprintf(title, SCENARIO_TITLE_MAX, "%.*s", (int)strcspn(message->file, "."),
                 message->file);
}
