#include "message/content.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "message/leaf.h"
#include "message/reduce.h"

/*
 * One fragment for each compartment, built up field by field.  A full value is shared with
 * the message while the fragment is packed, and forgotten again before it is freed.
 */
struct projection {
    const struct message *message;
    const struct placement *placement;
    const struct bits *wanted;
    struct day authored;
    Kith__Fragment **parts; /* one a compartment; NULL while it holds nothing */
};

/* --- Adding a field to a compartment ---------------------------------------------------- */

static ProtobufCMessage *
part(struct projection *projection, unsigned c)
{
    if (projection->parts[c] == NULL)
        projection->parts[c] = (Kith__Fragment *)message_new(&kith__fragment__descriptor);
    return &projection->parts[c]->base;
}

static bool
add_full(struct projection *projection, unsigned c, const struct field *field,
         const struct leaf *from)
{
    struct leaf to;

    if (!leaf_is_set(from)
        || !leaf_find(&to, part(projection, c), field, projection->message->kind, true))
        return false;
    member_share(to.message, from->message, to.member);
    return true;
}

static bool
add_reduced(struct projection *projection, unsigned c, const struct field *field,
            enum form form, const struct leaf *from)
{
    Kith__Reduced *reduced;
    Kith__Fragment *fragment;
    struct buffer text;

    buffer_init(&text, MESSAGE_PACKED_MAX);
    if (!reduce(&text, from, field, form, projection->authored)) {
        buffer_clear(&text);
        return false;
    }
    reduced = (Kith__Reduced *)message_new(&kith__reduced__descriptor);
    reduced->field = field->number;
    reduced->form = (Kith__Form__Code)form;
    if (text.len > 0)
        reduced->text = mem_text(buffer_text(&text));
    buffer_clear(&text);

    fragment = (Kith__Fragment *)part(projection, c);
    fragment->reduced =
        mem_resize(fragment->reduced, fragment->n_reduced + 1, sizeof(Kith__Reduced *));
    fragment->reduced[fragment->n_reduced++] = reduced;
    return true;
}

/* Is there anything to show, be it that it exists? */
static bool
is_recorded(const struct leaf *leaf, const struct field *field)
{
    struct leaf summary;

    return leaf_is_set(leaf) || (leaf_summary(&summary, leaf, field) && leaf_is_set(&summary));
}

/* From the most detailed form down; the first one that a compartment can be given there
   is the only one that it is given. */
static void
add_field(struct projection *projection, const struct field *field, const struct leaf *leaf)
{
    const struct placement *placement = projection->placement;
    struct bits done = { { 0 } };
    enum form forms[FORM_COUNT];

    for (size_t i = ladder_of(field->type, forms); i-- > 1;) {
        unsigned c = placement->compartment_of(placement->context, field->number, forms[i]);

        if (c == 0 || c >= placement->count || !bits_have(projection->wanted, c)
            || bits_have(&done, c))
            continue;
        if (forms[i] == FORM_FULL ? add_full(projection, c, field, leaf)
                                  : add_reduced(projection, c, field, forms[i], leaf))
            bits_add(&done, c);
    }
}

static void
add_all(struct projection *projection)
{
    for (size_t i = 0; i < kith_schema.count; i++) {
        const struct field *field = &kith_schema.fields[i];
        struct leaf leaf;

        if (leaf_find(&leaf, &projection->message->fragment->base, field,
                      projection->message->kind, false)
            && is_recorded(&leaf, field))
            add_field(projection, field, &leaf);
    }
}

/* --- From the parts to the packed fragments --------------------------------------------- */

static void
free_part(Kith__Fragment *fragment, enum kind kind)
{
    struct leaf leaf;

    for (size_t i = 0; i < kith_schema.count; i++)
        if (leaf_find(&leaf, &fragment->base, &kith_schema.fields[i], kind, false))
            member_forget(leaf.message, leaf.member);
    protobuf_c_message_free_unpacked(&fragment->base, NULL);
}

static enum err
pack_parts(struct projection *projection, struct buffer *fragments, struct problems *problems)
{
    for (unsigned c = 1; c < projection->placement->count; c++) {
        if (projection->parts[c] == NULL)
            continue;
        strict_pack(&projection->parts[c]->base, &fragments[c]);
        if (!buffer_is_whole(&fragments[c])) {
            problems_add(problems, "", "is too long to be sealed");
            return ERR_TOO_BIG;
        }
    }
    return ERR_OK;
}

enum err
message_project(const struct message *message, const struct placement *placement,
                const struct bits *wanted, struct day authored, struct buffer *fragments,
                struct problems *problems)
{
    struct projection projection = { message, placement, wanted, authored,
                                     mem_array(placement->count, sizeof(Kith__Fragment *)) };
    enum err err;

    add_all(&projection);
    err = pack_parts(&projection, fragments, problems);
    for (unsigned c = 0; c < placement->count; c++)
        if (projection.parts[c] != NULL)
            free_part(projection.parts[c], message->kind);
    free(projection.parts);
    return err;
}
