#include "fixture.h"

/*
 * Writes freshly sealed envelopes as JSON, one a line and in the form of the vector, with
 * every key that a verifier needs: verify_envelope.py reads them.
 */

static void
print_hex(const char *name, struct bytes value)
{
    char *text = mem_new(2 * value.len + 1);

    hex_write(text, value.data, value.len);
    printf("\"%s\": \"%s\", ", name, text);
    free(text);
}

static void
print_hex_at(const char *name, size_t i, struct bytes value)
{
    char numbered[32];

    snprintf(numbered, sizeof(numbered), "%s%zu", name, i);
    print_hex(numbered, value);
}

static void
print_recipients(const struct mail *mail, const struct world *world)
{
    const size_t count = mail->sealed.view.capsule_count;

    printf("\"recipients\": [");
    for (size_t i = 0; i < count; i++)
        printf("%s%u", i ? ", " : "", (unsigned)world->recipients[i].agency);
    printf("], \"stream_seq\": [");
    for (size_t i = 0; i < count; i++)
        printf("%s%llu", i ? ", " : "", (unsigned long long)world->recipients[i].stream_seq);
    printf("], \"masks\": [");
    for (size_t i = 0; i < count; i++) {
        printf("%s[0", i ? ", " : "");
        for (unsigned c = 1; c < mail->core.compartment_count; c++)
            if (bits_have(&world->recipients[i].compartments, c))
                printf(", %u", c);
        printf("]");
    }
    printf("], ");
    for (size_t i = 0; i < count; i++) {
        print_hex_at("rsk", i, bytes_of(world->intake[i].secret.bytes, 32));
        print_hex_at("kid", i, mail->sealed.view.capsules[i].kid);
        print_hex_at("cap", i, mail->sealed.view.capsules[i].ct);
    }
}

static void
print_mail(const struct mail *mail, const struct world *world)
{
    static const struct key no_psk;
    const struct envelope *view = &mail->sealed.view;

    printf("{");
    print_recipients(mail, world);
    for (size_t c = 0; c < view->compartment_count; c++) {
        print_hex_at("pt_hex", c, world->compartments[c].fragment);
        print_hex_at("kc", c, view->compartments[c].commitment);
        print_hex_at("body", c, view->compartments[c].body);
    }
    print_hex("spk", bytes_of(world->public.bytes, 32));
    print_hex("psk", bytes_of((world->order.psk ? world->order.psk : &no_psk)->bytes, 32));
    print_hex("core", view->core);
    print_hex("route", view->route);
    print_hex("capdigs", view->capsule_digests);
    print_hex("sig", view->batch.signature);
    print_hex("path", view->batch.path);
    print_hex("H", bytes_of(mail->sealed.h, DIGEST));
    printf("\"batch_n\": %u, \"batch_idx\": %u}\n", (unsigned)view->batch.n,
           (unsigned)view->batch.index);
}

/* Seals as many as are signed together, and writes them. */
static void
write_batch(const struct world *world, uint32_t count)
{
    struct mail mails[BATCH_MAX];
    uint8_t leaves[BATCH_MAX][DIGEST];
    struct batch *batch;

    for (uint32_t i = 0; i < count; i++) {
        mails[i] = mail_new(world);
        leaf_hash(leaves[i], bytes_of(mails[i].sealed.h, DIGEST));
    }
    batch = batch_sign(LABEL_BATCH, world->order.core.sender, world->order.core.sender_key,
                       (const uint8_t(*)[DIGEST])leaves, count, &world->secret);
    for (uint32_t i = 0; i < count; i++) {
        mails[i].sealed.view.batch = batch_signature(batch, i);
        print_mail(&mails[i], world);
        mail_free(&mails[i]);
    }
    batch_free(&batch);
}

int
main(void)
{
    static const char text[1500] = "a longer text";
    struct world *world = world_new();

    for (unsigned i = 0; i < AGENCIES; i++)
        world->recipients[i].compartments = (struct bits){ { 1 + 2 * i } };
    write_batch(world, 1);
    write_batch(world, 7);
    world->compartments[2].fragment = bytes_of(text, sizeof(text));
    world->order.recipient_count = 3;
    write_batch(world, 2);
    world->order.core.psk_epoch = 0;
    world->order.psk = NULL;
    world->order.core.release = RELEASE_LATE;
    random_fill(world->order.core.prior, DIGEST);
    world->order.recipient_count = 1;
    write_batch(world, BATCH_MAX);
    world_free(world);
    return 0;
}
