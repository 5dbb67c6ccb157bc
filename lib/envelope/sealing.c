#include "envelope/sealing.h"

#include "core/mem.h"
#include "envelope/part.h"

/* What framing may add to the bytes of an envelope: a bound, for refusing early. */
enum { FRAME_EACH = 16, FRAME_FIXED = 512 };

uint8_t *
sealing_take(struct sealing *sealing, size_t len)
{
    uint8_t *taken = sealing->at;

    sealing->at += len;
    return taken;
}

struct bytes
sealing_fragment(const struct sealing *sealing, unsigned c)
{
    if (!bits_have(&sealing->given, c))
        return (struct bytes){ 0 };
    return sealing->order->compartments[c].fragment;
}

size_t
sealing_size(const struct sealing *sealing, unsigned c)
{
    size_t fixed = sealing->order->compartments[c].size;

    return fixed ? fixed : sealing->size_class;
}

static enum err
check_order(struct sealing *sealing)
{
    const struct seal_order *order = sealing->order;
    unsigned count = order->core.compartment_count;

    if (order->core.suite != SUITE || count == 0 || count > COMPARTMENTS_MAX
        || order->recipient_count == 0)
        return ERR_REFUSED;
    if (order->recipient_count > RECIPIENTS_MAX)
        return ERR_TOO_BIG;
    if ((order->psk != NULL) != (order->core.psk_epoch != 0))
        return ERR_REFUSED;
    sealing->given = (struct bits){ { 1 } };
    for (size_t i = 0; i < order->recipient_count; i++)
        sealing->given = bits_or(&sealing->given, &order->recipients[i].compartments);
    for (unsigned c = count; c < COMPARTMENTS_MAX; c++)
        if (bits_have(&sealing->given, c))
            return ERR_REFUSED;
    return ERR_OK;
}

/* One size for all compartments without a size of their own: that of the longest. */
static enum err
choose_sizes(struct sealing *sealing)
{
    size_t longest = 0;

    for (unsigned c = 0; c < sealing->core.compartment_count; c++) {
        size_t len = sealing_fragment(sealing, c).len,
               fixed = sealing->order->compartments[c].size;

        if (fixed != 0 && (len >= fixed || fixed > SIZE_CLASS_MAX))
            return ERR_TOO_BIG;
        if (fixed == 0 && len > longest)
            longest = len;
    }
    sealing->size_class = size_class_of(longest);
    return sealing->size_class != 0 ? ERR_OK : ERR_TOO_BIG;
}

static enum err
make_memory(struct sealing *sealing)
{
    size_t count = sealing->core.compartment_count,
           recipients = sealing->order->recipient_count,
           arrays =
               count * sizeof(struct sealed_compartment) + recipients * sizeof(struct capsule),
           len = CORE_FIXED + ROUTE + count * (DIGEST + DIGEST + SEAL_TAG)
                 + recipients * (KID + capsule_length(&sealing->core));

    sealing->digest_room =
        (recipients + DIGESTS_STEP - 1) / DIGESTS_STEP * DIGESTS_STEP * DIGEST;
    len += sealing->digest_room;
    for (unsigned c = 0; c < count; c++)
        len += sealing_size(sealing, c);
    if (len + (count + recipients) * FRAME_EACH + FRAME_FIXED > ENVELOPE_MAX)
        return ERR_TOO_BIG;

    sealing->memory = sealing->at = mem_new(arrays + len);
    sealing->compartments =
        (void *)sealing_take(sealing, count * sizeof(struct sealed_compartment));
    sealing->capsules = (void *)sealing_take(sealing, recipients * sizeof(struct capsule));
    sealing->core_bytes = sealing_take(sealing, CORE_FIXED + count * DIGEST);
    sealing->digests = sealing_take(sealing, sealing->digest_room);
    sealing->route = sealing_take(sealing, ROUTE);
    return ERR_OK;
}

enum err
sealing_plan(struct sealing *sealing)
{
    enum err err;

    if ((err = check_order(sealing)) || (err = choose_sizes(sealing)))
        return err;
    return make_memory(sealing);
}
