#include "../check.h"

#include "schema/field.h"

static const struct field *
named(const char *name)
{
    return schema_field_named(&kith_schema, name, strlen(name));
}

static void
numbers_ascend_and_names_are_unique(void **state)
{
    (void)state;

    assert_true(kith_schema.count > 150);
    for (size_t i = 0; i < kith_schema.count; i++) {
        const struct field *field = &kith_schema.fields[i];

        if (i > 0)
            assert_true(field->number > field[-1].number);
        assert_ptr_equal(named(field->name), field);
        assert_ptr_equal(schema_field(&kith_schema, field->number), field);
        assert_true(field->since >= 1 && field->since <= kith_schema.version);
    }
}

static void
what_is_not_registered_is_not_found(void **state)
{
    (void)state;

    assert_null(schema_field(&kith_schema, 0));
    assert_null(schema_field(&kith_schema, 99));
    assert_null(schema_field(&kith_schema, UINT16_MAX));
    assert_null(named("child"));
    assert_null(named("child.date_of_birt"));
    assert_null(named("concern.privileged"));
    assert_null(named("child.name "));
}

static void
names_are_words_that_can_be_read_aloud(void **state)
{
    (void)state;

    for (size_t i = 0; i < kith_schema.count; i++) {
        const struct field *field = &kith_schema.fields[i];

        assert_int_equal(strspn(field->name, "abcdefghijklmnopqrstuvwxyz_."),
                         strlen(field->name));
        assert_non_null(strchr(field->name, '.'));
        assert_true(strlen(field->label) > 1);
        assert_true(field->label[0] >= 'A' && field->label[0] <= 'Z');
    }
}

static void
narratives_and_only_they_have_a_summary(void **state)
{
    (void)state;

    for (size_t i = 0; i < kith_schema.count; i++) {
        const struct field *field = &kith_schema.fields[i];

        assert_int_equal(field->type == FIELD_NARRATIVE, field->summary != NULL);
    }
}

static void
what_must_be_sealed_is_sealed(void **state)
{
    static const char *const sealed[] = { "child.safe_address", "child.placement_address",
                                          "child.pre_adoption_names", "handling.shields",
                                          "handling.must_not_reach" };
    (void)state;

    for (size_t i = 0; i < sizeof(sealed) / sizeof(sealed[0]); i++) {
        assert_non_null(named(sealed[i]));
        assert_int_equal(named(sealed[i])->category, CATEGORY_SEALED);
    }
    for (size_t i = 0; i < kith_schema.count; i++) {
        const struct field *field = &kith_schema.fields[i];

        if (strncmp(field->name, "source.", strlen("source.")) == 0)
            assert_int_equal(field->category, CATEGORY_SOURCE);
        if (field->type == FIELD_ADDRESS)
            assert_true(field->category == CATEGORY_LOCATION
                        || field->category == CATEGORY_SEALED);
    }
}

static void
kinds_and_categories_have_names(void **state)
{
    (void)state;

    assert_string_equal(kind_name(KIND_CONCERN), "concern");
    assert_string_equal(kind_name(KIND_NEEDS), "needs");
    assert_string_equal(kind_name((enum kind)9), "unknown");
    assert_string_equal(category_code(CATEGORY_SEALED), "C13");
    assert_string_equal(category_name(CATEGORY_CONTACT), "contact");
    assert_string_equal(category_name(CATEGORIES), "unknown");
    assert_string_equal(field_type_name(FIELD_LIST), "list");
    for (int category = 0; category < CATEGORIES; category++) {
        char code[16];

        snprintf(code, sizeof(code), "C%d", category);
        assert_string_equal(category_code((enum category)category), code);
        assert_non_null(category_name((enum category)category));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_ascend_and_names_are_unique),
        cmocka_unit_test(what_is_not_registered_is_not_found),
        cmocka_unit_test(names_are_words_that_can_be_read_aloud),
        cmocka_unit_test(narratives_and_only_they_have_a_summary),
        cmocka_unit_test(what_must_be_sealed_is_sealed),
        cmocka_unit_test(kinds_and_categories_have_names),
    };

    return RUN(tests);
}
