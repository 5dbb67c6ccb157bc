#include "../check.h"

#include "core/lines.h"

static void
lines_are_counted_and_the_last_needs_no_newline(void **state)
{
    static const char *const expected[] = { "one", "", "three" };
    struct lines lines = lines_of(bytes_of_text("one\n\nthree"));
    struct bytes line;
    (void)state;

    for (unsigned i = 0; i < 3; i++) {
        assert_true(lines_next(&lines, &line));
        assert_bytes(line, bytes_of_text(expected[i]));
        assert_int_equal(lines.number, i + 1);
    }
    assert_false(lines_next(&lines, &line));
    lines = lines_of(bytes_of_text("one\n"));
    assert_true(lines_next(&lines, &line));
    assert_false(lines_next(&lines, &line));
    lines = lines_of(bytes_of_text(""));
    assert_false(lines_next(&lines, &line));
}

static void
words_beyond_the_room_are_counted_but_not_kept(void **state)
{
    struct bytes words[2];
    (void)state;

    assert_int_equal(words_of(bytes_of_text(" \tone  two\tthree "), words, 2), 3);
    assert_true(word_is(words[0], "one"));
    assert_true(word_is(words[1], "two"));
    assert_false(word_is(words[1], "tw"));
    assert_false(word_is(words[1], "twos"));
    assert_int_equal(words_of(bytes_of_text(" \t "), words, 2), 0);
    assert_int_equal(bytes_trim(bytes_of_text(" \t ")).len, 0);
}

static void
a_number_has_one_form(void **state)
{
    static const char *const bad[] = { "",
                                       "-1",
                                       "+1",
                                       "01",
                                       "00",
                                       "1 ",
                                       "0x1",
                                       "256",
                                       "1e1",
                                       "18446744073709551616",
                                       "99999999999999999999999" };
    uint64_t number = 7;
    (void)state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(word_number(&number, bytes_of_text(bad[i]), 255));
    assert_int_equal(number, 7);
    assert_true(word_number(&number, bytes_of_text("0"), 255));
    assert_int_equal(number, 0);
    assert_true(word_number(&number, bytes_of_text("255"), 255));
    assert_int_equal(number, 255);
    assert_true(word_number(&number, bytes_of_text("18446744073709551615"), UINT64_MAX));
    assert_true(number == UINT64_MAX);
}

static void
a_word_is_copied_whole_or_not_at_all(void **state)
{
    char text[4] = "x";
    (void)state;

    assert_false(word_copy(text, sizeof(text), bytes_of_text("four")));
    assert_false(word_copy(text, sizeof(text), bytes_of("a\0b", 3)));
    assert_string_equal(text, "x");
    assert_true(word_copy(text, sizeof(text), bytes_of_text("abc")));
    assert_string_equal(text, "abc");
    assert_true(word_copy(text, sizeof(text), bytes_of_text("")));
    assert_string_equal(text, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_counted_and_the_last_needs_no_newline),
        cmocka_unit_test(words_beyond_the_room_are_counted_but_not_kept),
        cmocka_unit_test(a_number_has_one_form),
        cmocka_unit_test(a_word_is_copied_whole_or_not_at_all),
    };

    return RUN(tests);
}
