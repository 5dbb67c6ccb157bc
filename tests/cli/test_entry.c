#include "../check.h"

#include <locale.h>

#include "cli/entry.h"

/* The entry as it is shown on 80 columns. */
static char *
shown(const char *text, bool no_content)
{
    const struct entry_style style = { .width = 80, .no_content = no_content };
    struct buffer out;
    json_t *entry;
    char *copy;

    assert_ok(json_read(&entry, bytes_of_text(text), NULL));
    buffer_init(&out, 1024 * 1024);
    entry_write(&out, entry, &style);
    copy = strdup(buffer_text(&out));
    buffer_clear(&out);
    json_decref(entry);
    return copy;
}

static void
assert_shown(const char *entry, const char *expected)
{
    char *text = shown(entry, false);

    assert_string_equal(text, expected);
    free(text);
}

#define WHENCE                                                                                 \
    "\"number\":7,\"kind\":\"concern\",\"from\":\"states-police\","                            \
    "\"acceptedAt\":\"2026-11-25T17:25:00Z\",\"id\":\"3704bd84985dbfe7e5cbe0248c963fe4\""
#define WHENCE_SHOWN "concern from states-police · Wed 25 Nov 2026 17:25 · id 3704bd84\n"

static void
what_is_urgent_stands_first(void **state)
{
    (void)state;

    assert_shown("{" WHENCE ",\"concern\":{\"child\":{\"name\":{\"given\":\"Beatriz\","
                 "\"family\":\"Pereira da Silva\",\"knownAs\":\"Bia\"}},\"rag\":\"RED\","
                 "\"immediateDanger\":true}}",
                 "#7  IMMEDIATE DANGER · RED · Beatriz Pereira da Silva (known as Bia)\n"
                 "    " WHENCE_SHOWN "      Name: Beatriz Pereira da Silva (known as Bia)\n"
                 "      Sender's rating: red\n"
                 "      In immediate danger: yes\n");
}

static void
a_childs_name_is_shown_as_it_was_given(void **state)
{
    (void)state;

    assert_shown("{" WHENCE ",\"concern\":{},\"reduced\":[{\"field\":\"child.name\",\"label\":"
                 "\"Name\",\"form\":\"initials\",\"text\":\"B. P.\"}]}",
                 "#7  B. P. (initials only)\n"
                 "    " WHENCE_SHOWN "      Name: B. P. (initials only)\n");
    assert_shown("{" WHENCE ",\"needs\":{\"child\":{\"unborn\":true}}}",
                 "#7  the child's name is not given (not yet born)\n"
                 "    " WHENCE_SHOWN "      Not yet born: yes\n");
}

static void
of_a_list_each_item_stands_on_its_line_with_the_label_of_each_part(void **state)
{
    (void)state;

    assert_shown(
        "{" WHENCE ",\"concern\":{\"injuries\":[{\"site\":\"THIGH\",\"side\":\"LEFT\",\"type\":"
        "\"MARK\",\"sizeMm\":60,\"colour\":\"red\",\"skinBroken\":\"NO\",\"explained\":\"YES\","
        "\"delayMinutes\":30},{\"site\":\"EAR\"}],\"categories\":[\"DA_PARENT\",\"FII\"],"
        "\"adults\":[{\"person\":{\"relation\":\"MOTHER\",\"name\":{\"given\":\"Ana\"}},"
        "\"risks\":[\"VIOLENCE\",\"EXPLOITATION\"]}],\"agenciesKnown\":[\"POLICE\"]}}",
        "#7  the child's name is not given\n"
        "    " WHENCE_SHOWN "      What it is about:\n"
        "        - domestic abuse (a parent)\n"
        "        - fabricated or induced illness\n"
        "      Injuries:\n"
        "        - site: thigh; side: left; type: mark; size: 60 mm; colour: red; skin\n"
        "          broken: no; explained: yes; delay: 30 minutes\n"
        "        - site: ear\n"
        "      Adults concerned:\n"
        "        - relation: mother; name: Ana; risks: violence, exploitation\n"
        "      Agencies known to be involved: POLICE\n");
}

static void
what_is_given_in_part_stands_in_its_place_among_the_rest(void **state)
{
    (void)state;

    assert_shown("{" WHENCE ",\"concern\":{\"child\":{\"sex\":\"FEMALE\"},\"headline\":\"h\"},"
                 "\"reduced\":[{\"field\":\"concern.offences\",\"form\":\"present\",\"text\":"
                 "\"\"},{\"field\":\"child.date_of_birth\",\"form\":\"age-band\",\"text\":"
                 "\"10 to 15\"}]}",
                 "#7  the child's name is not given\n"
                 "    " WHENCE_SHOWN "      Date of birth: 10 to 15 (age band only)\n"
                 "      Sex: female\n"
                 "      In one sentence: h\n"
                 "      Offences: recorded, not shown\n");
}

static void
no_value_can_look_like_an_entry_or_a_label(void **state)
{
    char *text = shown("{" WHENCE ",\"concern\":{\"child\":{\"name\":{\"given\":\"A\\n#99  "
                       "B\\u009b2J\"}},\"headline\":\"fell\\n#99  RED\\n      Sex: "
                       "male                                                            #98\","
                       "\"injuries\":[{\"note\":\"a\\n- site: ear\"}]}}",
                       false);
    (void)state;

    assert_says(text, "#7  A<U+000A>#99 B<U+009B>2J\n");
    assert_says(text, "In one sentence: fell\n          #99 RED\n          Sex: male #98\n");
    assert_says(text, "        - note: a\n          - site: ear\n");
    assert_null(strstr(text, "\n#"));
    assert_null(strchr(text, '\033'));
    free(text);
}

static void
what_was_kept_back_or_is_not_for_this_screen_shows_nothing_of_the_child(void **state)
{
    char *text =
        shown("{" WHENCE ",\"concern\":{\"rag\":\"RED\",\"headline\":\"Canary\"}}", true);
    (void)state;

    assert_string_equal(text,
                        "#7  " WHENCE_SHOWN "      (content is not shown on the MASH agent)\n");
    free(text);
    assert_shown("{" WHENCE ",\"quarantined\":\"a signature does not hold\"}",
                 "#7  " WHENCE_SHOWN "      Kept back, unread: a signature does not hold\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_urgent_stands_first),
        cmocka_unit_test(a_childs_name_is_shown_as_it_was_given),
        cmocka_unit_test(of_a_list_each_item_stands_on_its_line_with_the_label_of_each_part),
        cmocka_unit_test(what_is_given_in_part_stands_in_its_place_among_the_rest),
        cmocka_unit_test(no_value_can_look_like_an_entry_or_a_label),
        cmocka_unit_test(
            what_was_kept_back_or_is_not_for_this_screen_shows_nothing_of_the_child),
    };

    setlocale(LC_CTYPE, "C.UTF-8");
    return RUN(tests);
}
