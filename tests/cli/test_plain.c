#include "../check.h"

#include <locale.h>

#include "cli/plain.h"

static void
assert_written(const char *text, struct layout layout, const char *expected)
{
    struct buffer out;

    buffer_init(&out, 64 * 1024);
    plain_write(&out, text, layout);
    assert_string_equal(buffer_text(&out), expected);
    buffer_clear(&out);
}

static void
a_character_that_steers_a_terminal_is_shown_by_its_number(void **state)
{
    const struct layout as_it_comes = { .width = 0 };
    (void)state;

    assert_written("a\033[2Jb\007", as_it_comes, "a<U+001B>[2Jb<U+0007>");
    assert_written("\xc2\x9b"
                   "31m",
                   as_it_comes, "<U+009B>31m");
    assert_written("safe\xe2\x80\xae"
                   "ton",
                   as_it_comes, "safe<U+202E>ton");
    assert_written("one\rtwo\xe2\x80\xa8three", as_it_comes, "one<U+000D>two<U+2028>three");
    assert_written("\x9b"
                   "31m\xff",
                   as_it_comes, "<byte 9B>31m<byte FF>");
    assert_written("Inês, Łukasz, 李", as_it_comes, "Inês, Łukasz, 李");
}

static void
no_line_but_the_first_begins_left_of_the_indentation(void **state)
{
    (void)state;

    assert_written("fell\n\n#99  concern from states-police", (struct layout){ .indent = 3 },
                   "fell\n   \n   #99 concern from states-police");
    assert_written("fell\n#99 concern", (struct layout){ .one_line = true },
                   "fell<U+000A>#99 concern");
    /* A terminal would break it itself, at the left edge. */
    assert_written("fell                  #99 concern",
                   (struct layout){ .column = 5, .indent = 3, .width = 12 },
                   "fell\n   #99\n   concern");
}

static void
a_word_that_fits_on_no_line_is_broken(void **state)
{
    (void)state;

    assert_written("aaaabbbbcc d", (struct layout){ .indent = 2, .width = 6 },
                   "aaaabb\n  bbcc\n  d");
    assert_written("aa\033bb", (struct layout){ .indent = 1, .width = 9 },
                   "aa\n <U+001B>\n bb");
}

static void
characters_count_as_wide_as_they_are(void **state)
{
    (void)state;

    assert_written("Inês Inês Inês", (struct layout){ .width = 9 }, "Inês Inês\nInês");
    assert_written("李李 李李", (struct layout){ .width = 8 }, "李李\n李李");
}

static void
a_screen_is_at_least_forty_columns_wide(void **state)
{
    (void)state;

    setenv("COLUMNS", "120", 1);
    assert_int_equal(screen_width(), 120);
    setenv("COLUMNS", "7", 1);
    assert_int_equal(screen_width(), 40);
    setenv("COLUMNS", "wide", 1);
    assert_int_equal(screen_width(), 80);
    unsetenv("COLUMNS");
    assert_int_equal(screen_width(), 80);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_character_that_steers_a_terminal_is_shown_by_its_number),
        cmocka_unit_test(no_line_but_the_first_begins_left_of_the_indentation),
        cmocka_unit_test(a_word_that_fits_on_no_line_is_broken),
        cmocka_unit_test(characters_count_as_wide_as_they_are),
        cmocka_unit_test(a_screen_is_at_least_forty_columns_wide),
    };

    setlocale(LC_CTYPE, "C.UTF-8");
    return RUN(tests);
}
