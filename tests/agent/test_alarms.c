#include "../check.h"

#include "agent/alarms.h"
#include "core/file.h"

/* Each kind of alarm says what to do. */

static void
each_alarm_says_what_to_do_once(void **state)
{
    const struct alarm_kind *kind;
    (void)state;

    for (size_t i = 0; (kind = alarm_kind_at(i)) != NULL; i++) {
        assert_true(strlen(kind->advice) > 20);
        assert_ptr_equal(alarm_kind_named(kind->name), kind);
    }
    assert_null(alarm_kind_named("gap"));
    assert_null(alarm_kind_named(""));
}

static void
each_alarm_stands_in_the_manual(void **state)
{
    const struct alarm_kind *kind;
    struct buffer manual;
    struct why why = { "" };
    char quoted[40];
    (void)state;

    buffer_init(&manual, 1024 * 1024);
    assert_ok(file_read(&manual, "doc/operations.md", &why));
    for (size_t i = 0; (kind = alarm_kind_at(i)) != NULL; i++) {
        snprintf(quoted, sizeof(quoted), "`%s`", kind->name);
        assert_says(buffer_text(&manual), quoted);
    }
    buffer_clear(&manual);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_alarm_says_what_to_do_once),
        cmocka_unit_test(each_alarm_stands_in_the_manual),
    };

    return RUN(tests);
}
