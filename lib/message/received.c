#include "message/received.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "message/exists.h"
#include "message/protojson.h"
#include "json/json.h"

enum { FRAGMENT_MAX = 64 * 1024 };

/* --- Life ---------------------------------------------------------------------------------- */

struct received *
received_new(enum kind kind)
{
    struct received *received = mem_new(sizeof(*received));

    received->kind = kind;
    received->full = (Kith__Fragment *)message_new(&kith__fragment__descriptor);
    received->given = mem_array(kith_schema.count, sizeof(struct given));
    return received;
}

void
received_free(struct received **received)
{
    if (*received == NULL)
        return;
    for (size_t i = 0; i < kith_schema.count; i++)
        free((*received)->given[i].text);
    free((*received)->given);
    protobuf_c_message_free_unpacked(&(*received)->full->base, NULL);
    free(*received);
    *received = NULL;
}

/* --- Taking in a fragment ------------------------------------------------------------------- */

struct delivery {
    struct received *received;
    const struct placement *placement;
    unsigned c;
    size_t misfiled;
};

static bool
lives_here(const struct delivery *delivery, const struct field *field, enum form form)
{
    const struct placement *placement = delivery->placement;

    return delivery->c != 0
           && placement->compartment_of(placement->context, field->number, form) == delivery->c;
}

static size_t
row_of(const struct field *field)
{
    return (size_t)(field - kith_schema.fields);
}

static void
note(struct delivery *delivery, const struct field *field, enum form form, const char *text)
{
    struct given *given = &delivery->received->given[row_of(field)];

    free(given->text);
    given->form = form;
    given->text = text == NULL ? NULL : mem_text(text);
}

/* Frees one value of a message. */
static void
drop(const struct leaf *leaf)
{
    ProtobufCMessage *bin = message_new(leaf->message->descriptor);

    member_share(bin, leaf->message, leaf->member);
    member_forget(leaf->message, leaf->member);
    protobuf_c_message_free_unpacked(bin, NULL);
}

/* Puts a text beside the narrative; an empty one takes away what stood there. */
static void
set_summary(struct received *received, const struct field *field, const char *text)
{
    struct leaf narrative, summary;
    char *copy;

    if (field->summary == NULL
        || !leaf_find(&narrative, &received->full->base, field, received->kind, *text != 0)
        || !leaf_summary(&summary, &narrative, field))
        return;
    drop(&summary);
    if (*text != 0) {
        copy = mem_text(text);
        memcpy(member_value(summary.message, summary.member), &copy, sizeof(copy));
    }
}

/* Takes one full value out of the fragment, if it may stand there; what is left in the
   fragment in the end stands there wrongly. */
static void
take_full(struct delivery *delivery, Kith__Fragment *fragment, const struct field *field)
{
    struct received *received = delivery->received;
    struct leaf from, to;

    if (!leaf_find(&from, &fragment->base, field, received->kind, false) || !leaf_is_set(&from)
        || !lives_here(delivery, field, FORM_FULL))
        return;
    if (received->given[row_of(field)].form == FORM_FULL
        || !leaf_find(&to, &received->full->base, field, received->kind, true)) {
        drop(&from);
        return;
    }
    member_share(to.message, from.message, to.member);
    member_forget(from.message, from.member);
    set_summary(received, field, "");
    note(delivery, field, FORM_FULL, NULL);
}

static bool
is_filed_rightly(const struct delivery *delivery, const struct field *field,
                 const Kith__Reduced *reduced)
{
    enum form form = (enum form)reduced->form;
    size_t max = FRAGMENT_MAX;

    if (field == NULL || (field->kinds & KIND_BIT(delivery->received->kind)) == 0)
        return false;
    if (form == FORM_HIDDEN || form == FORM_FULL || !form_is_on_ladder(form, field->type)
        || !lives_here(delivery, field, form))
        return false;
    return !form_text_max(form, &max) || strlen(reduced->text) <= max;
}

static void
take_reduced(struct delivery *delivery, const Kith__Reduced *reduced)
{
    const struct field *field = reduced->field > UINT16_MAX
                                    ? NULL
                                    : schema_field(&kith_schema, (uint16_t)reduced->field);
    enum form form = (enum form)reduced->form;

    if (!is_filed_rightly(delivery, field, reduced)) {
        delivery->misfiled++;
        return;
    }
    if (delivery->received->given[row_of(field)].form >= form)
        return;
    note(delivery, field, form, reduced->text);
    if (form == FORM_SUMMARY)
        set_summary(delivery->received, field, reduced->text);
}

/* The leaves that are left in a message, whatever they are. */
static size_t
count_leaves(const ProtobufCMessage *message)
{
    size_t count = 0;

    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *member = &message->descriptor->fields[i];

        if (!member_is_set(message, member))
            continue;
        if (member_is_message(member) && !member_is_list(member)
            && !member_is_timestamp(member))
            count += count_leaves(*(ProtobufCMessage *const *)member_value(message, member));
        else
            count++;
    }
    return count;
}

static size_t
leaves_of(const ProtobufCMessage *part)
{
    return part == NULL ? 0 : count_leaves(part);
}

static void
take_fragment(struct delivery *delivery, Kith__Fragment *fragment)
{
    for (size_t i = 0; i < kith_schema.count; i++)
        take_full(delivery, fragment, &kith_schema.fields[i]);
    for (size_t i = 0; i < fragment->n_reduced; i++)
        take_reduced(delivery, fragment->reduced[i]);
    delivery->misfiled += leaves_of((ProtobufCMessage *)fragment->circumstances)
                          + leaves_of((ProtobufCMessage *)fragment->concern)
                          + leaves_of((ProtobufCMessage *)fragment->needs);
}

enum err
received_add(struct received *received, unsigned c, struct bytes fragment,
             const struct placement *placement, size_t *misfiled)
{
    struct delivery delivery = { received, placement, c, 0 };
    ProtobufCMessage *message;
    enum err err;

    if ((err = strict_unpack(&message, &kith__fragment__descriptor, fragment, FRAGMENT_MAX)))
        return err;
    if (!dates_exist(message)) {
        protobuf_c_message_free_unpacked(message, NULL);
        return ERR_MALFORMED;
    }
    take_fragment(&delivery, (Kith__Fragment *)message);
    protobuf_c_message_free_unpacked(message, NULL);
    *misfiled += delivery.misfiled;
    return ERR_OK;
}

/* --- What was given -------------------------------------------------------------------------- */

enum form
received_form(const struct received *received, uint16_t field, const char **text)
{
    const struct field *row = schema_field(&kith_schema, field);
    const struct given *given;

    *text = "";
    if (row == NULL)
        return FORM_HIDDEN;
    given = &received->given[row_of(row)];
    if (given->text != NULL)
        *text = given->text;
    return given->form;
}

bool
received_leaf(const struct received *received, uint16_t field, struct leaf *leaf)
{
    const struct field *row = schema_field(&kith_schema, field);

    return row != NULL && received->given[row_of(row)].form == FORM_FULL
           && leaf_find(leaf, &received->full->base, row, received->kind, false);
}

static json_t *
write_reduced(const struct received *received)
{
    json_t *list = json_array();

    for (size_t i = 0; i < kith_schema.count; i++) {
        const struct field *field = &kith_schema.fields[i];
        const struct given *given = &received->given[i];

        if (given->form == FORM_HIDDEN || given->form == FORM_FULL)
            continue;
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "field", field->name,
                                              "label", field->label, "form",
                                              form_name(given->form), "text", given->text));
    }
    return list;
}

void
received_write_json(const struct received *received, struct buffer *out)
{
    json_t *json = protojson_write(&received->full->base);

    json_object_set_new(json, "reduced", write_reduced(received));
    json_write(out, json);
    json_decref(json);
}
