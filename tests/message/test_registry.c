#include "../check.h"

#include "fragment.pb-c.h"
#include "message/date.h"
#include "message/leaf.h"
#include "schema/field.h"

/* The walk from the messages to the registry and back: a field that is in one and not in
   the other would be shared with nobody, or not be there. */

enum { LEAVES_MAX = 400, PATH_MAX_LEN = 160 };

struct leaves {
    char paths[LEAVES_MAX][PATH_MAX_LEN];
    const ProtobufCFieldDescriptor *members[LEAVES_MAX];
    size_t count;
};

/* The one member that is no field: whoever sets it is refused. */
static const char exempt[] = "concern.privileged";

static bool
is_one_leaf(const ProtobufCFieldDescriptor *member)
{
    const ProtobufCMessageDescriptor *type = member->descriptor;

    return !member_is_message(member) || member_is_list(member)
           || strcmp(type->name, "google.protobuf.Timestamp") == 0
           || strcmp(type->name, "kith.Name") == 0 || strcmp(type->name, "kith.Address") == 0;
}

static void
walk(struct leaves *leaves, const ProtobufCMessageDescriptor *descriptor, const char *above)
{
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *member = &descriptor->fields[i];
        char path[PATH_MAX_LEN];

        snprintf(path, sizeof(path), "%s.%s", above, member->name);
        if (!is_one_leaf(member)) {
            walk(leaves, member->descriptor, path);
            continue;
        }
        assert_true(leaves->count < LEAVES_MAX);
        leaves->members[leaves->count] = member;
        snprintf(leaves->paths[leaves->count++], PATH_MAX_LEN, "%s", path);
    }
}

static struct leaves *
all_leaves(void)
{
    static struct leaves leaves;

    leaves.count = 0;
    walk(&leaves, &kith__circumstances__descriptor, "circumstances");
    walk(&leaves, &kith__concern__descriptor, "concern");
    walk(&leaves, &kith__needs__descriptor, "needs");
    return &leaves;
}

static bool
lists_path(const struct field *field, const char *path)
{
    const char *at = field->paths;
    size_t len = strlen(path);

    while ((at = strstr(at, path)) != NULL) {
        if ((at == field->paths || at[-1] == ' ') && (at[len] == 0 || at[len] == ' '))
            return true;
        at += len;
    }
    return false;
}

/* "concern.facts_observed_summary" belongs to the row of "concern.facts_observed". */
static bool
is_summary_of(const struct field *field, const char *path)
{
    char narrative[PATH_MAX_LEN];
    const char *member = strrchr(path, '.') + 1;

    if (field->summary == NULL || strcmp(field->summary, member) != 0)
        return false;
    snprintf(narrative, sizeof(narrative), "%.*s", (int)(strlen(path) - strlen("_summary")),
             path);
    return lists_path(field, narrative);
}

static const struct field *
row_of(const char *path, size_t *rows)
{
    const struct field *found = NULL;

    *rows = 0;
    for (size_t i = 0; i < kith_schema.count; i++)
        if (lists_path(&kith_schema.fields[i], path)
            || is_summary_of(&kith_schema.fields[i], path)) {
            found = &kith_schema.fields[i];
            ++*rows;
        }
    return found;
}

static void
every_leaf_of_every_message_is_registered_exactly_once(void **state)
{
    struct leaves *leaves = all_leaves();
    size_t rows, exempted = 0;
    (void)state;

    for (size_t i = 0; i < leaves->count; i++) {
        row_of(leaves->paths[i], &rows);
        if (strcmp(leaves->paths[i], exempt) == 0) {
            assert_int_equal(rows, 0);
            exempted++;
        } else if (rows != 1) {
            fail_msg("%s is registered %zu times", leaves->paths[i], rows);
        }
    }
    assert_int_equal(exempted, 1);
    assert_true(leaves->count > 200);
}

static size_t
count_paths(const struct field *field)
{
    size_t count = 1;

    for (const char *at = field->paths; *at != 0; at++)
        count += *at == ' ';
    return count;
}

static void
every_path_of_the_registry_leads_to_a_leaf(void **state)
{
    struct leaves *leaves = all_leaves();
    size_t registered = 0, summaries = 0, rows;
    (void)state;

    for (size_t i = 0; i < kith_schema.count; i++) {
        registered += count_paths(&kith_schema.fields[i]);
        summaries += kith_schema.fields[i].summary != NULL;
    }
    for (size_t i = 0; i < leaves->count; i++) {
        const struct field *row = row_of(leaves->paths[i], &rows);

        if (row == NULL)
            continue;
        if (lists_path(row, leaves->paths[i]))
            registered--;
        else
            summaries--;
    }
    assert_int_equal(registered, 0);
    assert_int_equal(summaries, 0);
}

static bool
type_fits(const struct field *field, const ProtobufCFieldDescriptor *member)
{
    const ProtobufCMessageDescriptor *type = member->descriptor;
    bool is_text = member->type == PROTOBUF_C_TYPE_STRING && !member_is_list(member);

    switch (field->type) {
    case FIELD_LIST: return member_is_list(member);
    case FIELD_NAME: return !member_is_list(member) && type == &kith__name__descriptor;
    case FIELD_ADDRESS: return !member_is_list(member) && type == &kith__address__descriptor;
    case FIELD_DATE: return is_text && date_is_member(member->name);
    case FIELD_TIME:
        return (is_text && date_is_member(member->name))
               || (!member_is_list(member) && member_is_timestamp(member));
    case FIELD_NARRATIVE:
    case FIELD_TEXT:
    case FIELD_ID: return is_text && !date_is_member(member->name);
    case FIELD_CODE:
        return !member_is_list(member)
               && (member->type == PROTOBUF_C_TYPE_ENUM || member->type == PROTOBUF_C_TYPE_BOOL
                   || member->type == PROTOBUF_C_TYPE_INT32);
    case FIELD_TYPES: break;
    }
    return false;
}

static void
every_leaf_has_the_type_that_its_row_says(void **state)
{
    struct leaves *leaves = all_leaves();
    size_t rows;
    (void)state;

    for (size_t i = 0; i < leaves->count; i++) {
        const struct field *row = row_of(leaves->paths[i], &rows);

        if (row != NULL && !type_fits(row, leaves->members[i]))
            fail_msg("%s is not a %s", leaves->paths[i], field_type_name(row->type));
    }
}

static void
a_row_has_a_path_for_each_kind_it_can_stand_in(void **state)
{
    static const enum kind kinds[] = { KIND_CONCERN, KIND_NEEDS };
    Kith__Fragment *fragment = (Kith__Fragment *)message_new(&kith__fragment__descriptor);
    (void)state;

    for (size_t i = 0; i < kith_schema.count; i++) {
        const struct field *field = &kith_schema.fields[i];
        struct leaf leaf;

        assert_int_equal(field->kinds & ~(KIND_BIT(KIND_CONCERN) | KIND_BIT(KIND_NEEDS)), 0);
        for (size_t k = 0; k < 2; k++)
            assert_int_equal(leaf_find(&leaf, &fragment->base, field, kinds[k], true),
                             (field->kinds & KIND_BIT(kinds[k])) != 0);
    }
    protobuf_c_message_free_unpacked(&fragment->base, NULL);
}

static void
another_person_has_a_relation_a_name_and_the_senders_id_and_nothing_else(void **state)
{
    const ProtobufCMessageDescriptor *person = &kith__related_person__descriptor;
    (void)state;

    assert_int_equal(person->n_fields, 3);
    assert_string_equal(person->fields[0].name, "relation");
    assert_string_equal(person->fields[1].name, "name");
    assert_string_equal(person->fields[2].name, "local_id");
}

static void
no_list_holds_an_address_or_an_identifier_of_somebody_else(void **state)
{
    struct leaves *leaves = all_leaves();
    (void)state;

    for (size_t i = 0; i < leaves->count; i++) {
        const ProtobufCMessageDescriptor *type = leaves->members[i]->descriptor;

        if (!member_is_list(leaves->members[i]) || !member_is_message(leaves->members[i])
            || type == &kith__address__descriptor || type == &kith__identifier__descriptor)
            continue;
        for (unsigned j = 0; j < type->n_fields; j++) {
            assert_ptr_not_equal(type->fields[j].descriptor, &kith__address__descriptor);
            assert_ptr_not_equal(type->fields[j].descriptor, &kith__identifier__descriptor);
            assert_ptr_not_equal(type->fields[j].descriptor, &kith__person__descriptor);
        }
    }
}

static void
compartment_0_carries_five_fields(void **state)
{
    static const char *const names[] = { "notice_id", "revision", "schema", "type",
                                         "purposes" };
    (void)state;

    assert_int_equal(kith__header__descriptor.n_fields, 5);
    for (unsigned i = 0; i < 5; i++)
        assert_string_equal(kith__header__descriptor.fields[i].name, names[i]);
}

static void
codes_on_the_wire_are_those_of_the_schema(void **state)
{
    (void)state;

    for (int form = 0; form < FORM_FULL; form++)
        assert_non_null(
            protobuf_c_enum_descriptor_get_value(&kith__form__code__descriptor, form));
    assert_int_equal(kith__form__code__descriptor.n_values, FORM_FULL);
    assert_int_equal(KITH__FORM__CODE__AGE_BAND, FORM_AGE_BAND);
    assert_int_equal(KITH__FORM__CODE__POSTCODE_DISTRICT, FORM_POSTCODE_DISTRICT);
    assert_int_equal(KITH__FORM__CODE__SUMMARY, FORM_SUMMARY);
    assert_int_equal(KITH__MESSAGE_TYPE__CODE__CONCERN, KIND_CONCERN);
    assert_int_equal(KITH__MESSAGE_TYPE__CODE__NEEDS, KIND_NEEDS);
    assert_int_equal(KITH__MESSAGE_TYPE__CODE__REQUEST, KIND_REQUEST);
    assert_int_equal(KITH__MESSAGE_TYPE__CODE__CONTROL, KIND_CONTROL);
    assert_int_equal(KITH__NEED_LEVEL__CODE__L4, 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_leaf_of_every_message_is_registered_exactly_once),
        cmocka_unit_test(every_path_of_the_registry_leads_to_a_leaf),
        cmocka_unit_test(every_leaf_has_the_type_that_its_row_says),
        cmocka_unit_test(a_row_has_a_path_for_each_kind_it_can_stand_in),
        cmocka_unit_test(
            another_person_has_a_relation_a_name_and_the_senders_id_and_nothing_else),
        cmocka_unit_test(no_list_holds_an_address_or_an_identifier_of_somebody_else),
        cmocka_unit_test(compartment_0_carries_five_fields),
        cmocka_unit_test(codes_on_the_wire_are_those_of_the_schema),
    };

    return RUN(tests);
}
