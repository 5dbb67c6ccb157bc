#include "../check.h"

#include "fragment.pb-c.h"
#include "wire/strict.h"

enum { MAX = 64 * 1024 };

static enum err
unpack(const void *packed, size_t len)
{
    ProtobufCMessage *message;
    enum err err =
        strict_unpack(&message, &kith__fragment__descriptor, bytes_of(packed, len), MAX);

    if (err == ERR_OK)
        protobuf_c_message_free_unpacked(message, NULL);
    return err;
}

#define refuses(bytes) assert_err(unpack(bytes, sizeof(bytes) - 1), ERR_MALFORMED)
#define takes(bytes)   assert_ok(unpack(bytes, sizeof(bytes) - 1))

static void
what_packing_gives_is_taken(void **state)
{
    (void)state;

    takes("");
    takes("\x0a\x03\x12\x01x");        /* circumstances.local_id */
    takes("\x0a\x00");                 /* empty circumstances */
    takes("\x12\x02\x18\x03");         /* concern.kind */
    takes("\x12\x04\x22\x02\x01\x03"); /* concern.categories, packed */
    takes("\x22\x04\x08\x67\x10\x03"); /* reduced */
}

static void
unknown_fields_are_refused_at_every_depth(void **state)
{
    (void)state;

    refuses("\x78\x01");                             /* fragment 15 */
    refuses("\x0a\x03\xf8\x01\x01");                 /* circumstances 31 */
    refuses("\x12\x07\x0a\x05\x0a\x03\xf8\x01\x01"); /* concern.child.name 31 */
    refuses("\x12\x06\x12\x04\x12\x02\x78\x01");     /* in an item of a list */
}

static void
undeclared_codes_are_refused_at_every_depth(void **state)
{
    (void)state;

    refuses("\x12\x02\x18\x7f");         /* concern.kind */
    refuses("\x12\x04\x22\x02\x01\x7f"); /* one of concern.categories */
    refuses("\x12\x04\x0a\x02\x40\x7f"); /* concern.child.sex */
    refuses("\x22\x04\x08\x67\x10\x0a"); /* reduced.form: full has no place there */
    refuses("\x12\x0b\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"); /* -1 */
}

static void
texts_that_are_not_utf_8_or_hold_a_nul_are_refused(void **state)
{
    (void)state;

    refuses("\x0a\x03\x12\x01\xff");
    refuses("\x0a\x05\x12\x03\xed\xa0\x80");
    refuses("\x0a\x05\x12\x03"
            "a\0b");
    refuses("\x12\x07\x0a\x05\x0a\x03\x0a\x01\xc3"); /* concern.child.name.given */
}

static void
other_spellings_of_the_same_are_refused(void **state)
{
    (void)state;

    refuses("\x12\x02\x18\x00");         /* a default, written out */
    refuses("\x12\x03\x18\x83\x00");     /* a longer number than need be */
    refuses("\x12\x04\x18\x03\x18\x03"); /* given twice */
    refuses("\x12\x02\x18\x03\x12\x00"); /* a message in two parts */
    refuses("\x12\x00\x0a\x00");         /* out of order */
    refuses("\x12\x04\x20\x01\x20\x03"); /* a list that is not packed */
    refuses("\x0a\x83\x00\x12\x01x");    /* a longer length than need be */
    refuses("\x0a\x02\x12\x00");         /* an empty text, written out */
    refuses("\x0a\x03\x12\x01");         /* too short */
    refuses("\x0a\x03\x12\x01x\x00");    /* too long */
    refuses("\x0b\x0c");                 /* a group */
}

static void
a_stranger_cannot_make_us_spend_memory(void **state)
{
    /* Injuries of two bytes each: some 100 bytes a piece once unpacked. */
    static uint8_t packed[60003];
    size_t at = 0, items = 3 * 19999;
    (void)state;

    packed[at++] = 0x12;
    packed[at++] = (uint8_t)(items & 0x7f) | 0x80;
    packed[at++] = (uint8_t)(items >> 7 & 0x7f) | 0x80;
    packed[at++] = (uint8_t)(items >> 14);
    for (size_t i = 0; i < items / 3 && at + 3 <= sizeof(packed); i++) {
        packed[at++] = 0x92;
        packed[at++] = 0x03;
        packed[at++] = 0x00;
    }
    assert_err(unpack(packed, 4 + items), ERR_MALFORMED);
}

static void
more_than_the_limit_is_not_looked_at(void **state)
{
    uint8_t packed[] = { 0x0a, 0x00 };
    ProtobufCMessage *message = NULL;
    (void)state;

    assert_err(strict_unpack(&message, &kith__fragment__descriptor, bytes_of(packed, 2), 1),
               ERR_TOO_BIG);
    assert_null(message);
}

static void
what_is_packed_comes_back(void **state)
{
    Kith__Reduced reduced = KITH__REDUCED__INIT, *list[] = { &reduced };
    Kith__Fragment fragment = KITH__FRAGMENT__INIT, *back;
    struct buffer out;
    (void)state;

    reduced.field = 103;
    reduced.form = KITH__FORM__CODE__AGE_BAND;
    reduced.text = (char *)"10 to 15";
    fragment.reduced = list;
    fragment.n_reduced = 1;
    buffer_init(&out, 1000);
    strict_pack(&fragment.base, &out);
    assert_ok(strict_unpack((ProtobufCMessage **)&back, &kith__fragment__descriptor,
                            buffer_bytes(&out), MAX));
    assert_int_equal(back->n_reduced, 1);
    assert_string_equal(back->reduced[0]->text, "10 to 15");
    protobuf_c_message_free_unpacked(&back->base, NULL);
    buffer_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_packing_gives_is_taken),
        cmocka_unit_test(unknown_fields_are_refused_at_every_depth),
        cmocka_unit_test(undeclared_codes_are_refused_at_every_depth),
        cmocka_unit_test(texts_that_are_not_utf_8_or_hold_a_nul_are_refused),
        cmocka_unit_test(other_spellings_of_the_same_are_refused),
        cmocka_unit_test(a_stranger_cannot_make_us_spend_memory),
        cmocka_unit_test(more_than_the_limit_is_not_looked_at),
        cmocka_unit_test(what_is_packed_comes_back),
    };

    return RUN(tests);
}
