#include "sample.h"

#include <google/protobuf/timestamp.pb-c.h>

#include "core/mem.h"
#include "message/content.h"
#include "message/leaf.h"

/* A message in which every field holds the value that takes the most room. */

#define WIDE "\xf0\x9f\x90\xa6" /* a letter of four bytes */

static ProtobufCMessage *
largest_time(void)
{
    Google__Protobuf__Timestamp *time =
        (void *)message_new(&google__protobuf__timestamp__descriptor);

    time->seconds = -62135596800; /* the year 1: ten bytes */
    time->nanos = 999000000;
    return &time->base;
}

static ProtobufCMessage *
largest_name(void)
{
    Kith__Name *name = (Kith__Name *)message_new(&kith__name__descriptor);

    name->given = mem_text(WIDE WIDE);
    name->family = mem_text(WIDE WIDE);
    return &name->base;
}

static ProtobufCMessage *
largest_address(void)
{
    Kith__Address *address = (Kith__Address *)message_new(&kith__address__descriptor);

    address->parish = mem_text("1234567890123456789012345678901234567890");
    address->postcode = mem_text("SW1A 1AA");
    return &address->base;
}

static void
fill_list(const struct leaf *leaf)
{
    char **items = mem_array(1, 8);

    if (leaf->member->type == PROTOBUF_C_TYPE_STRING)
        items[0] = mem_text("x");
    else if (member_is_message(leaf->member))
        items[0] = (char *)message_new(leaf->member->descriptor);
    *member_count(leaf->message, leaf->member) = 1;
    *(char ***)member_value(leaf->message, leaf->member) = items;
}

static int
largest_code(const ProtobufCEnumDescriptor *codes)
{
    return codes->values[codes->n_values - 1].value;
}

static void
fill(const struct leaf *leaf, enum field_type type)
{
    void *value = member_value(leaf->message, leaf->member);

    if (type == FIELD_LIST)
        fill_list(leaf);
    else if (member_is_timestamp(leaf->member))
        *(ProtobufCMessage **)value = largest_time();
    else if (type == FIELD_NAME)
        *(ProtobufCMessage **)value = largest_name();
    else if (type == FIELD_ADDRESS)
        *(ProtobufCMessage **)value = largest_address();
    else if (leaf->member->type == PROTOBUF_C_TYPE_STRING)
        *(char **)value = mem_text("2016-02-29");
    else if (leaf->member->type == PROTOBUF_C_TYPE_ENUM)
        *(int *)value = largest_code(leaf->member->descriptor);
    else if (leaf->member->type == PROTOBUF_C_TYPE_BOOL)
        *(protobuf_c_boolean *)value = 1;
    else
        *(int32_t *)value = INT32_MIN;
    member_give(leaf->message, leaf->member);
}

static struct message *
largest_message(enum kind kind)
{
    struct message *message = mem_new(sizeof(*message));
    struct leaf leaf;

    message->kind = kind;
    message->fragment = (Kith__Fragment *)message_new(&kith__fragment__descriptor);
    for (size_t i = 0; i < kith_schema.count; i++)
        if (leaf_find(&leaf, &message->fragment->base, &kith_schema.fields[i], kind, true))
            fill(&leaf, kith_schema.fields[i].type);
    return message;
}

/* Compartment 1 holds the pairs that are chosen. */
struct choice {
    bool pairs[1000][FORM_COUNT];
};

static unsigned
chosen(const void *context, uint16_t field, enum form form)
{
    const struct choice *choice = context;

    return choice->pairs[field][form];
}

static size_t
packed_size(const struct message *message, const struct choice *choice)
{
    struct placement placement = { chosen, choice, 2 };
    struct buffer fragments[FRAGMENTS];
    size_t size;

    project(message, &placement, "2026-11-25", fragments);
    size = fragments[1].len;
    clear(fragments);
    return size;
}

static const enum kind kinds[] = { KIND_CONCERN, KIND_NEEDS };

static void
no_bounded_pair_takes_more_than_its_bound(void **state)
{
    static struct choice choice;
    size_t pairs = 0;
    (void)state;

    for (size_t k = 0; k < 2; k++) {
        struct message *message = largest_message(kinds[k]);

        for (size_t i = 0; i < kith_schema.count; i++)
            for (int form = FORM_PRESENT; form <= FORM_FULL; form++) {
                const struct field *field = &kith_schema.fields[i];
                size_t bound = form_size_bound(field, (enum form)form), size;

                if (bound == 0 || (field->kinds & KIND_BIT(kinds[k])) == 0)
                    continue;
                choice.pairs[field->number][form] = true;
                size = packed_size(message, &choice);
                choice.pairs[field->number][form] = false;
                if (size == 0 || size > bound)
                    fail_msg("%s as %s: %zu bytes, bound %zu", field->name,
                             form_name((enum form)form), size, bound);
                pairs++;
            }
        message_free(&message);
    }
    assert_true(pairs > 300);
}

static uint32_t
next_random(uint32_t *seed)
{
    return *seed = *seed * 1664525 + 1013904223;
}

static void
no_set_of_bounded_pairs_takes_more_than_the_sum_of_its_bounds(void **state)
{
    static struct choice choice;
    uint32_t seed = 20261125;
    (void)state;

    for (size_t round = 0; round < 200; round++) {
        struct message *message = largest_message(kinds[round % 2]);
        size_t sum = 0;

        memset(&choice, 0, sizeof(choice));
        for (size_t i = 0; i < kith_schema.count; i++)
            for (int form = FORM_PRESENT; form <= FORM_FULL; form++) {
                const struct field *field = &kith_schema.fields[i];
                size_t bound = form_size_bound(field, (enum form)form);

                if (bound == 0 || (next_random(&seed) >> 24) % (round % 7 + 1) != 0)
                    continue;
                choice.pairs[field->number][form] = true;
                sum += bound;
            }
        assert_true(packed_size(message, &choice) <= sum);
        message_free(&message);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_bounded_pair_takes_more_than_its_bound),
        cmocka_unit_test(no_set_of_bounded_pairs_takes_more_than_the_sum_of_its_bounds),
    };

    return RUN(tests);
}
