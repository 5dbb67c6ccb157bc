#include "../check.h"

#include "json/json.h"

static void
assert_refused(const char *text, size_t len, const char *words)
{
    struct why why;
    json_t *json = NULL;

    assert_err(json_read(&json, bytes_of(text, len), &why), ERR_MALFORMED);
    assert_null(json);
    assert_says(why.text, words);
    assert_says(why.text, "line ");
}

#define refuses(text, words) assert_refused(text, sizeof(text) - 1, words)

static void
what_makes_two_readers_disagree_is_refused(void **state)
{
    (void)state;

    refuses("", "ends too early");
    refuses("{", "ends too early");
    refuses("{\"a\":1,\"a\":2}", "given twice");
    refuses("{} {}", "after the end");
    refuses("{}\0", "after the end");
    refuses("\"\xff\"", "UTF-8");
    refuses("\"\xed\xa0\x80\"", "UTF-8");
    refuses("\"\\u0000\"", "NUL");
    refuses("{\"a\\u0000b\":1}", "NUL");
    refuses("\"\\ud800\"", "not JSON");
    refuses("NaN", "not JSON");
    refuses("01", "not JSON");
    refuses("1e999", "too large");
    refuses("18446744073709551615", "too large");
    refuses("\"a\nb\"", "not JSON");
    refuses("{'a':1}", "not JSON");
    refuses("[1,]", "not JSON");
}

static void
the_reason_names_the_place_and_quotes_nothing(void **state)
{
    static const char text[] = "{\n  \"child\": \"Leah Le Marquand\" \"x\"\n}";
    struct why why;
    json_t *json;
    (void)state;

    assert_err(json_read(&json, bytes_of_text(text), &why), ERR_MALFORMED);
    assert_says(why.text, "line 2");
    assert_null(strstr(why.text, "Leah"));
    assert_null(strstr(why.text, "child"));
}

static char *
nested(size_t depth)
{
    char *text = calloc(1, 2 * depth + 1);

    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    return text;
}

static void
deep_nesting_is_refused(void **state)
{
    static const size_t deep[] = { 65, 2000, 100000 };
    char *text = nested(64);
    struct why why;
    json_t *json;
    (void)state;

    assert_ok(json_read(&json, bytes_of_text(text), &why));
    json_decref(json);
    free(text);
    for (size_t i = 0; i < sizeof(deep) / sizeof(deep[0]); i++) {
        text = nested(deep[i]);
        assert_refused(text, strlen(text), "too deeply");
        free(text);
    }
}

static void
numbers_of_64_bits_are_exact_and_order_is_kept(void **state)
{
    static const char text[] = "{\"z\":9223372036854775807,\"a\":[true,null,\"\xc3\xa9\"]}";
    struct buffer out;
    struct why why;
    json_t *json;
    (void)state;

    buffer_init(&out, 1024);
    assert_ok(json_read(&json, bytes_of_text(text), &why));
    json_write(&out, json);
    assert_string_equal(buffer_text(&out), text);
    buffer_reset(&out);
    json_write_pretty(&out, json);
    assert_says(buffer_text(&out), "{\n  \"z\": 9223372036854775807,\n");
    buffer_clear(&out);
    json_decref(json);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_makes_two_readers_disagree_is_refused),
        cmocka_unit_test(the_reason_names_the_place_and_quotes_nothing),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(numbers_of_64_bits_are_exact_and_order_is_kept),
    };

    return RUN(tests);
}
