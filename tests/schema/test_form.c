#include "../check.h"

#include "schema/field.h"

static void
every_ladder_climbs_from_hidden_over_present_to_full(void **state)
{
    (void)state;

    for (int type = 0; type < FIELD_TYPES; type++) {
        enum form forms[FORM_COUNT];
        size_t count = ladder_of((enum field_type)type, forms);

        assert_true(count >= 3);
        assert_int_equal(forms[0], FORM_HIDDEN);
        assert_int_equal(forms[1], FORM_PRESENT);
        assert_int_equal(forms[count - 1], FORM_FULL);
        for (size_t i = 1; i < count; i++)
            assert_true(forms[i] > forms[i - 1]);
    }
}

static void
a_form_is_on_the_ladders_it_should_be_on(void **state)
{
    static const struct {
        enum field_type type;
        const char *ladder;
    } rows[] = {
        { FIELD_NAME, "hidden present initials full" },
        { FIELD_DATE, "hidden present age-band year full" },
        { FIELD_TIME, "hidden present month date full" },
        { FIELD_ADDRESS, "hidden present district postcode-district full" },
        { FIELD_NARRATIVE, "hidden present summary full" },
        { FIELD_TEXT, "hidden present full" },
        { FIELD_ID, "hidden present full" },
        { FIELD_CODE, "hidden present full" },
        { FIELD_LIST, "hidden present full" },
    };
    (void)state;

    assert_int_equal(sizeof(rows) / sizeof(rows[0]), FIELD_TYPES);
    for (size_t i = 0; i < FIELD_TYPES; i++) {
        char ladder[100] = "";

        for (int form = 0; form < FORM_COUNT; form++)
            if (form_is_on_ladder((enum form)form, rows[i].type))
                snprintf(ladder + strlen(ladder), sizeof(ladder) - strlen(ladder), "%s%s",
                         form == 0 ? "" : " ", form_name((enum form)form));
        assert_string_equal(ladder, rows[i].ladder);
    }
}

static void
names_of_forms_come_back(void **state)
{
    enum form form;
    (void)state;

    for (int i = 0; i < FORM_COUNT; i++) {
        const char *name = form_name((enum form)i);

        assert_true(form_named(&form, name, strlen(name)));
        assert_int_equal(form, i);
    }
    assert_false(form_named(&form, "age", 3));
    assert_false(form_named(&form, "", 0));
    assert_string_equal(form_name(FORM_COUNT), "unknown");
}

static void
only_what_has_a_bound_has_one(void **state)
{
    (void)state;

    for (size_t i = 0; i < kith_schema.count; i++) {
        const struct field *field = &kith_schema.fields[i];
        bool bounded_in_full =
            field->type == FIELD_DATE || field->type == FIELD_TIME || field->type == FIELD_CODE;

        assert_int_equal(form_size_bound(field, FORM_HIDDEN), 0);
        assert_int_equal(form_size_bound(field, FORM_SUMMARY), 0);
        assert_int_equal(form_size_bound(field, FORM_FULL) > 0, bounded_in_full);
        assert_true(form_size_bound(field, FORM_PRESENT) > 0);
        assert_int_equal(form_size_bound(field, FORM_INITIALS) > 0, field->type == FIELD_NAME);
        assert_int_equal(form_size_bound(field, FORM_DISTRICT) > 0,
                         field->type == FIELD_ADDRESS);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_ladder_climbs_from_hidden_over_present_to_full),
        cmocka_unit_test(a_form_is_on_the_ladders_it_should_be_on),
        cmocka_unit_test(names_of_forms_come_back),
        cmocka_unit_test(only_what_has_a_bound_has_one),
    };

    return RUN(tests);
}
