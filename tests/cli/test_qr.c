#include "../check.h"

#include <stdlib.h>

#include "cli/qr.h"

/* What is printed for the text in a window of that width; the caller's. */
static char *
printed(const char *text, unsigned width)
{
    char *said = NULL;
    size_t len;
    FILE *out = open_memstream(&said, &len);

    qr_print(out, text, width);
    fclose(out);
    return said;
}

static size_t
count(const char *text, const char *part)
{
    size_t count = 0;

    while ((text = strstr(text, part)) != NULL) {
        text += strlen(part);
        count++;
    }
    return count;
}

/* "kith" fits the smallest, of 21 modules; two of margin around it make 25 by 25. */
static void
two_rows_are_on_a_line_and_all_lines_are_as_long(void **state)
{
    char *said = printed("kith", 25);
    (void)state;

    assert_int_equal(count(said, "\n"), 13);
    assert_int_equal(count(said, "\xe2\x96\x80"), 13 * 25);
    assert_int_equal(count(said, "\033[0m\n"), 13);
    free(said);
}

static void
what_does_not_fit_is_not_printed(void **state)
{
    char text[4000], *said;
    (void)state;

    said = printed("kith", 24);
    assert_string_equal(said, "");
    free(said);
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    said = printed(text, 1000);
    assert_string_equal(said, "");
    free(said);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_rows_are_on_a_line_and_all_lines_are_as_long),
        cmocka_unit_test(what_does_not_fit_is_not_printed),
    };

    return RUN(tests);
}
