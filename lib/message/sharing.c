#include "message/content.h"

#include <string.h>

#include "core/mem.h"
#include "core/text.h"

/* How the sender wants a message shared, in the names of the agreement; whether there are
   such names in it, the publisher knows. */

static const char *const members[] = { "purpose", "purposes", "facts", NULL };

static const char *
member_at(const void *list, size_t i)
{
    return ((const char *const *)list)[i];
}

static bool
is_name(const char *name)
{
    return *name != 0 && strlen(name) < SHARING_NAME_MAX;
}

static void
read_purpose(struct message *message, const json_t *json, const struct place *place,
             struct problems *problems)
{
    if (!json_is_string(json) || !is_name(json_string_value(json)))
        complain_at(problems, place, "must be the name of a purpose in the agreement");
    else if (message->purpose_count == MESSAGE_PURPOSES_MAX)
        complain_at(problems, place, "is more than the %d purposes that a message can have",
                    MESSAGE_PURPOSES_MAX);
    else
        memcpy(message->purposes[message->purpose_count++], json_string_value(json),
               json_string_length(json) + 1);
}

static void
read_purposes(struct message *message, const json_t *json, const struct place *place,
              struct problems *problems)
{
    const json_t *item;
    size_t i;

    if (!json_is_array(json) || json_array_size(json) == 0) {
        complain_at(problems, place, "must be a list of names of purposes in the agreement");
        return;
    }
    message->purposes_are_listed = true;
    json_array_foreach(json, i, item)
    {
        struct place at = place_item(place, i);

        if (i > MESSAGE_PURPOSES_MAX)
            return;
        read_purpose(message, item, &at, problems);
    }
}

static void
read_facts(struct message *message, const json_t *json, const struct place *place,
           struct problems *problems)
{
    const char *name;
    json_t *value;

    if (!json_is_object(json)) {
        complain_at(problems, place, "must be an object of facts that are true or false");
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)json, name, value)
    {
        struct place at = place_member(place, name);
        struct fact *fact = &message->facts[message->fact_count];

        if (!is_name(name))
            complain_at(problems, &at, "is not a name of a fact");
        else if (!json_is_boolean(value))
            complain_at(problems, &at, "must be true or false; leave out what is not known");
        else if (message->fact_count == MESSAGE_FACTS_MAX)
            complain_at(problems, &at, "is more than the %d facts that an agreement can have",
                        MESSAGE_FACTS_MAX);
        else {
            memcpy(fact->name, name, strlen(name) + 1);
            fact->value = json_is_true(value);
            message->fact_count++;
        }
    }
}

static void
read_member(struct message *message, const char *name, const json_t *json,
            const struct place *place, struct problems *problems)
{
    const char *nearest;

    if (strcmp(name, "purpose") == 0)
        read_purpose(message, json, place, problems);
    else if (strcmp(name, "purposes") == 0)
        read_purposes(message, json, place, problems);
    else if (strcmp(name, "facts") == 0)
        read_facts(message, json, place, problems);
    else if ((nearest = text_nearest(name, member_at, members)) != NULL)
        complain_at(problems, place, "is not known here; did you mean \"%s\"?", nearest);
    else
        complain_at(problems, place, "is not known here");
}

void
sharing_read(struct message *message, const json_t *json, const struct place *place,
             struct problems *problems)
{
    const char *name;
    json_t *value;

    if (!json_is_object(json)) {
        complain_at(problems, place, "must be an object");
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)json, name, value)
    {
        struct place at = place_member(place, name);

        read_member(message, name, value, &at, problems);
    }
    if (json_object_get(json, "purpose") != NULL && json_object_get(json, "purposes") != NULL)
        complain_at(problems, place,
                    "gives both \"purpose\" and \"purposes\"; give one of them");
    if (json_object_get(json, "purpose") == NULL && json_object_get(json, "purposes") == NULL)
        complain_at(problems, place, "needs a \"purpose\": nothing is shared without one");
}

json_t *
sharing_write(const struct message *message)
{
    json_t *sharing = json_object(), *purposes = json_array(), *facts = json_object();

    for (size_t i = 0; i < message->purpose_count; i++)
        json_array_append_new(purposes, json_string(message->purposes[i]));
    for (size_t i = 0; i < message->fact_count; i++)
        json_object_set_new(facts, message->facts[i].name,
                            json_boolean(message->facts[i].value));
    if (message->purpose_count == 1)
        json_object_set(sharing, "purpose", json_array_get(purposes, 0));
    else
        json_object_set(sharing, "purposes", purposes);
    if (message->fact_count > 0)
        json_object_set(sharing, "facts", facts);
    json_decref(purposes);
    json_decref(facts);
    return sharing;
}
