#include "../check.h"

#include "fragment.pb-c.h"
#include "message/member.h"
#include "message/words.h"

static json_t *
read(const char *text)
{
    json_t *json;

    assert_ok(json_read(&json, bytes_of_text(text), NULL));
    return json;
}

static void
assert_words(const char *before, const char *after)
{
    json_t *message = read(before), *expected = read(after);
    char *written;

    message_put_in_words(message);
    written = json_dumps(message, JSON_COMPACT);
    if (!json_equal(message, expected))
        fail_msg("%s became %s", before, written);
    free(written);
    json_decref(message);
    json_decref(expected);
}

static void
a_code_becomes_words_for_a_person(void **state)
{
    (void)state;

    assert_words("{\"concern\":{\"kind\":\"DA_INCIDENT\",\"level\":\"L3\",\"abuse\":\"EMO\","
                 "\"categories\":[\"DA_PARENT\",\"CSE\",\"NEGLECT\"],\"rag\":\"RED\","
                 "\"injuries\":[{\"site\":\"UPPER_ARM\",\"skinBroken\":\"NOT_KNOWN\"}]},"
                 "\"circumstances\":{\"consentReason\":\"UNDUE_DELAY\"}}",
                 "{\"concern\":{\"kind\":\"domestic abuse incident\",\"level\":\"level 3\","
                 "\"abuse\":\"emotional abuse\",\"categories\":[\"domestic abuse (a parent)\","
                 "\"child sexual exploitation\",\"neglect\"],\"rag\":\"red\","
                 "\"injuries\":[{\"site\":\"upper arm\",\"skinBroken\":\"not known\"}]},"
                 "\"circumstances\":{\"consentReason\":\"undue delay\"}}");
}

static void
a_code_means_what_it_means_in_its_own_list(void **state)
{
    (void)state;

    assert_words("{\"needs\":{\"disabilities\":[\"HAND\"]}}",
                 "{\"needs\":{\"disabilities\":[\"hand function\"]}}");
    assert_words("{\"concern\":{\"injuries\":[{\"site\":\"HAND\"}]}}",
                 "{\"concern\":{\"injuries\":[{\"site\":\"hand\"}]}}");
}

static void
what_somebody_wrote_is_left_as_it_is(void **state)
{
    static const char message[] =
        "{\"concern\":{\"headline\":\"RED\",\"factsObserved\":\"DA_INCIDENT\",\"kind\":\"WAT\","
        "\"agenciesKnown\":[\"POLICE\"],\"injuries\":[{\"colour\":\"RED\",\"site\":\"RED\"}],"
        "\"child\":{\"name\":{\"given\":\"GRACE\",\"family\":\"HOME\"}}},"
        "\"reduced\":[{\"form\":\"PRESENT\",\"text\":\"RED\"}],\"unknown\":{\"kind\":\"RED\"},"
        "\"kind\":\"CONCERN\"}";
    (void)state;

    assert_words(message, message);
}

static void
count(void *context, json_t *text, const struct text_place *place)
{
    size_t *counts = context;

    counts[place->is_code]++;
    /* educationNumber is 11 in person.proto, rag 6 and headline 10 in concern.proto. */
    if (strcmp(json_string_value(text), "RED") == 0)
        assert_int_equal(place->member, place->is_code ? 6 : 10);
    else
        assert_int_equal(place->member,
                         strcmp(json_string_value(text), "safeguarding") == 0 ? 0 : 11);
}

static void
each_text_is_visited_and_codes_are_told_from_texts(void **state)
{
    json_t *message = read("{\"concern\":{\"rag\":\"RED\",\"headline\":\"RED\",\"child\":{"
                           "\"educationNumber\":\"JSY0044719\"}},\"sharing\":{\"purpose\":"
                           "\"safeguarding\"},\"number\":7}");
    size_t counts[2] = { 0 };
    (void)state;

    message_each_text(message, count, counts);
    assert_int_equal(counts[false], 3);
    assert_int_equal(counts[true], 1);
    json_decref(message);
}

/* --- No abbreviation is left ------------------------------------------------------------------- */

static json_t *
all_codes_of(const ProtobufCEnumDescriptor *list)
{
    json_t *codes = json_array();

    for (unsigned i = 0; i < list->n_values; i++)
        json_array_append_new(codes, json_string(list->values[i].name));
    return codes;
}

/* A message in which each member that takes a code has every code of its list. */
static json_t *
everything(const ProtobufCMessageDescriptor *descriptor)
{
    json_t *message = json_object();

    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *member = &descriptor->fields[i];

        if (strcmp(member->name, "reduced") == 0)
            continue;
        if (member_is_message(member))
            json_object_set_new(message, member->name, everything(member->descriptor));
        else if (member->type == PROTOBUF_C_TYPE_ENUM)
            json_object_set_new(message, member->name, all_codes_of(member->descriptor));
    }
    return message;
}

static void
assert_reads_as_words(void *context, json_t *text, const struct text_place *place)
{
    /* Short, and words nevertheless. */
    static const char words[] =
        " yes no old boy eye ear cut red met head face neck back hand foot left both bite burn "
        "mark home open none male girl twin safe blue high tied other GP ";
    const char *said = json_string_value(text);
    char word[64];
    size_t *count = context;

    (void)place;
    ++*count;
    snprintf(word, sizeof(word), " %s ", said);
    if (strchr(said, '_') != NULL || (strlen(said) <= 4 && strstr(words, word) == NULL))
        fail_msg("\"%s\" is an abbreviation", said);
}

static void
no_code_of_any_list_is_shown_as_an_abbreviation(void **state)
{
    json_t *message = everything(&kith__fragment__descriptor);
    size_t count = 0;
    (void)state;

    message_put_in_words(message);
    message_each_text(message, assert_reads_as_words, &count);
    assert_true(count > 400);
    json_decref(message);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_becomes_words_for_a_person),
        cmocka_unit_test(a_code_means_what_it_means_in_its_own_list),
        cmocka_unit_test(what_somebody_wrote_is_left_as_it_is),
        cmocka_unit_test(each_text_is_visited_and_codes_are_told_from_texts),
        cmocka_unit_test(no_code_of_any_list_is_shown_as_an_abbreviation),
    };

    return RUN(tests);
}
