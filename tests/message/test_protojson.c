#include "../check.h"

#include <google/protobuf/timestamp.pb-c.h>

#include "fragment.pb-c.h"
#include "message/protojson.h"

/* The ranges of whole numbers, on messages of Kith and of protobuf that have them. */

static size_t
problems_of(const char *text, const ProtobufCMessageDescriptor *descriptor,
            struct buffer *written)
{
    struct problems problems;
    ProtobufCMessage *message;
    json_t *json, *again;
    struct why why;
    size_t count;

    problems_init(&problems);
    assert_ok(json_read(&json, bytes_of_text(text), &why));
    message = protojson_read(json, descriptor, NULL, &problems);
    again = protojson_write(message);
    buffer_reset(written);
    json_write(written, again);
    count = problems.count;
    json_decref(json);
    json_decref(again);
    protobuf_c_message_free_unpacked(message, NULL);
    problems_clear(&problems);
    return count;
}

static void
numbers_are_exact_to_the_ends_of_their_ranges(void **state)
{
    static const struct {
        const ProtobufCMessageDescriptor *descriptor;
        const char *text, *written; /* NULL: refused */
    } rows[] = {
        { &google__protobuf__timestamp__descriptor, "{\"seconds\":9223372036854775807}",
          "{\"seconds\":\"9223372036854775807\"}" },
        { &google__protobuf__timestamp__descriptor, "{\"seconds\":\"-9223372036854775808\"}",
          "{\"seconds\":\"-9223372036854775808\"}" },
        { &google__protobuf__timestamp__descriptor, "{\"seconds\":\"9223372036854775808\"}",
          NULL },
        { &google__protobuf__timestamp__descriptor, "{\"seconds\":\"\"}", NULL },
        { &google__protobuf__timestamp__descriptor, "{\"seconds\":\"-\"}", NULL },
        { &google__protobuf__timestamp__descriptor, "{\"seconds\":\"1-\"}", NULL },
        { &google__protobuf__timestamp__descriptor, "{\"seconds\":\"+1\"}", NULL },
        { &google__protobuf__timestamp__descriptor, "{\"seconds\":\"0x1\"}", NULL },
        { &google__protobuf__timestamp__descriptor, "{\"seconds\":1.0}", NULL },
        { &google__protobuf__timestamp__descriptor, "{\"nanos\":2147483647}",
          "{\"nanos\":2147483647}" },
        { &google__protobuf__timestamp__descriptor, "{\"nanos\":2147483648}", NULL },
        { &google__protobuf__timestamp__descriptor, "{\"nanos\":-1}", NULL },
        { &kith__reduced__descriptor, "{\"field\":4294967295}", "{\"field\":4294967295}" },
        { &kith__reduced__descriptor, "{\"field\":\"7\"}", "{\"field\":7}" },
        { &kith__reduced__descriptor, "{\"field\":4294967296}", NULL },
        { &kith__reduced__descriptor, "{\"field\":-1}", NULL },
    };
    struct buffer written;
    (void)state;

    buffer_init(&written, 1000);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t count = problems_of(rows[i].text, rows[i].descriptor, &written);

        assert_int_equal(count, rows[i].written == NULL ? 1 : 0);
        assert_string_equal(buffer_text(&written),
                            rows[i].written == NULL ? "{}" : rows[i].written);
    }
    buffer_clear(&written);
}

static void
bytes_have_no_spelling_here(void **state)
{
    struct buffer written;
    (void)state;

    buffer_init(&written, 1000);
    assert_int_equal(
        problems_of("{\"noticeId\":\"AAAA\"}", &kith__header__descriptor, &written), 1);
    buffer_clear(&written);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_exact_to_the_ends_of_their_ranges),
        cmocka_unit_test(bytes_have_no_spelling_here),
    };

    return RUN(tests);
}
