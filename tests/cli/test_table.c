#include "../check.h"

#include <locale.h>

#include "cli/demo_table.h"

static void
assert_printed(const unsigned *widths, const char *const rows[][3], size_t count,
               const char *expected)
{
    struct table *table = table_new(widths, 3);
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    for (size_t i = 0; i < count; i++)
        table_add(table, rows[i]);
    table_print(table, out);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
    table_free(&table);
    assert_null(table);
}

static void
what_is_longer_than_its_column_goes_on_below_between_words(void **state)
{
    const unsigned widths[] = { 8, 10, 6 };
    const char *const rows[][3] = { { "FIELD", "sent", "told" },
                                    { "Home address", "11 Clos des Hirondelles", "·" },
                                    { "Name", "Łukasz", "Ł. W." } };
    (void)state;

    assert_printed(widths, rows, 3,
                   "FIELD    sent       told\n"
                   "Home     11 Clos    ·\n"
                   "address  des        \n"
                   "         Hirondelle \n"
                   "         s          \n"
                   "Name     Łukasz     Ł. W.\n");
}

static void
a_value_cannot_steer_the_terminal_nor_make_a_row(void **state)
{
    const unsigned widths[] = { 0, 0, 0 };
    const char *const rows[][3] = { { "Name", "A\nHome  B", "\033[2J" } };
    (void)state;

    assert_printed(widths, rows, 1, "Name A<U+000A>Home B <U+001B>[2J\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_longer_than_its_column_goes_on_below_between_words),
        cmocka_unit_test(a_value_cannot_steer_the_terminal_nor_make_a_row),
    };

    setlocale(LC_CTYPE, "C.UTF-8");
    return RUN(tests);
}
