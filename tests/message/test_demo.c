#include "sample.h"

#include <stdio.h>

#include "json/json.h"

/* The messages of demo/, as the demo sends them. */

static uint8_t *
read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(MESSAGE_JSON_MAX);

    if (file == NULL)
        fail_msg("%s is not there", path);
    *len = fread(data, 1, MESSAGE_JSON_MAX, file);
    fclose(file);
    return data;
}

static json_t *
scenario(void)
{
    struct why why;
    json_t *json;
    size_t len;
    uint8_t *text = read_file("demo/scenario.json", &len);

    if (json_read(&json, bytes_of(text, len), &why))
        fail_msg("demo/scenario.json: %s", why.text);
    free(text);
    return json;
}

static struct message *
read_demo(const char *name)
{
    struct message *message = NULL;
    struct problems problems;
    char path[200];
    size_t len;
    uint8_t *text;

    snprintf(path, sizeof(path), "demo/%s", name);
    text = read_file(path, &len);
    problems_init(&problems);
    if (message_read_json(&message, bytes_of(text, len), KIND_NONE, &problems))
        fail_msg("%s: %s %s", name, problems.list[0].pointer, problems.list[0].reason);
    problems_clear(&problems);
    free(text);
    return message;
}

static const char *
text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));

    if (text == NULL)
        fail_msg("no %s in the scenario", member);
    return text;
}

static void
every_message_of_the_demo_is_taken(void **state)
{
    json_t *json = scenario(), *entry, *messages = json_object_get(json, "messages");
    size_t i, concerns = 0, needs = 0, dangers = 0;
    (void)state;

    json_array_foreach(messages, i, entry)
    {
        struct message *message = read_demo(text_of(entry, "file"));

        concerns += message_kind(message) == KIND_CONCERN;
        needs += message_kind(message) == KIND_NEEDS;
        dangers += message_immediate_danger(message);
        assert_true(message_level(message) >= 1);
        assert_true(*message_system(message) != 0);
        message_free(&message);
    }
    assert_true(concerns >= 10 && needs >= 4 && dangers >= 2);
    json_decref(json);
}

/* The roll entry of an agency for that local id, or NULL. */
static const json_t *
roll_entry(const json_t *json, const char *agency, const struct message *message)
{
    const json_t *roll = json_object_get(json_object_get(json, "rolls"), agency);
    const json_t *entry;
    size_t i;

    json_array_foreach(roll, i, entry)
    {
        if (strcmp(text_of(entry, "localId"), message_local_id(message)) == 0
            && strcmp(text_of(entry, "system"), message_system(message)) == 0)
            return entry;
    }
    return NULL;
}

static struct received *
receive_all(const struct message *message)
{
    struct received *received = received_new(message_kind(message));
    struct buffer fragments[FRAGMENTS];
    size_t misfiled = 0;

    project(message, &together, "2026-11-25", fragments);
    assert_ok(received_add(received, 1, buffer_bytes(&fragments[1]), &together, &misfiled));
    assert_int_equal(misfiled, 0);
    clear(fragments);
    return received;
}

static void
a_sender_does_not_contradict_its_own_roll(void **state)
{
    json_t *json = scenario(), *message_entry;
    size_t i, compared = 0;
    struct day on;
    (void)state;

    assert_true(day_read(&on, "2026-11-25"));
    json_array_foreach(json_object_get(json, "messages"), i, message_entry)
    {
        struct message *message = read_demo(text_of(message_entry, "file"));
        struct received *received = receive_all(message);
        const json_t *own = roll_entry(json, text_of(message_entry, "agency"), message);

        if (own != NULL) {
            if (received_contradicts(received, text_of(own, "givenName"),
                                     text_of(own, "familyName"), text_of(own, "dateOfBirth"),
                                     on))
                fail_msg("%s contradicts its roll", text_of(message_entry, "file"));
            compared++;
        }
        received_free(&received);
        message_free(&message);
    }
    assert_true(compared + 1 >= json_array_size(json_object_get(json, "messages")));
    json_decref(json);
}

static void
every_roll_entry_is_of_a_child_of_the_scenario(void **state)
{
    json_t *json = scenario(), *roll, *entry;
    const char *agency;
    size_t i;
    struct day born;
    (void)state;

    json_object_foreach(json_object_get(json, "rolls"), agency, roll)
    {
        json_array_foreach(roll, i, entry)
        {
            assert_non_null(
                json_object_get(json_object_get(json, "children"), text_of(entry, "child")));
            assert_true(day_read(&born, text_of(entry, "dateOfBirth")));
        }
    }
    json_decref(json);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_of_the_demo_is_taken),
        cmocka_unit_test(a_sender_does_not_contradict_its_own_roll),
        cmocka_unit_test(every_roll_entry_is_of_a_child_of_the_scenario),
    };

    return RUN(tests);
}
