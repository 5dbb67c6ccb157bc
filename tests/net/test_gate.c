/* What the gate answers to requests as libzmq makes them, and to all others. */
#include "net/gate.h"

#include "pair.h"

struct asked {
    size_t times;
    struct curve_public key;
    enum verdict verdict;
};

static enum verdict
ask(void *self, const struct curve_public *key, char user_id[USER_ID])
{
    struct asked *asked = self;

    asked->times++;
    asked->key = *key;
    strcpy(user_id, "somebody");
    return asked->verdict;
}

/* A sound request: delimiter, version, request, domain, address, routing id, mechanism,
   key. */
enum { FRAMES = 8, KEY_FRAME = 7 };

static const char *const sound[FRAMES] = { "",         "1.0",       "1",     "kith",
                                           "10.0.0.1", "routing-x", "CURVE", NULL };

struct request {
    struct bytes frames[FRAMES + 1];
    size_t count;
};

static struct request
sound_request(const uint8_t key[32])
{
    struct request request = { .count = FRAMES };

    for (size_t i = 0; i < KEY_FRAME; i++)
        request.frames[i] = bytes_of_text(sound[i]);
    request.frames[KEY_FRAME] = bytes_of(key, 32);
    return request;
}

struct desk {
    struct loop *loop;
    struct gate *gate;
    struct asked asked;
    zsock_t *asker;
    uint8_t key[32];
};

static void
open_desk(struct desk *desk)
{
    struct why why;

    *desk = (struct desk){ .loop = loop_new() };
    for (size_t i = 0; i < 32; i++)
        desk->key[i] = (uint8_t)(200 + i);
    assert_ok(gate_open(&desk->gate, "kith", (struct judge){ ask, &desk->asked }, &why));
    desk->asker = zsock_new_dealer(">inproc://zeromq.zap.01");
    assert_non_null(desk->asker);
}

static void
close_desk(struct desk *desk)
{
    zsock_destroy(&desk->asker);
    gate_close(&desk->gate);
    loop_free(&desk->loop);
}

/* The reply, or NULL when there is none.  inproc: what is sent has arrived. */
static zmsg_t *
put(struct desk *desk, const struct request *request)
{
    zmsg_t *message = zmsg_new();

    for (size_t i = 0; i < request->count; i++)
        zmsg_addmem(message, request->frames[i].data, request->frames[i].len);
    assert_int_equal(zmsg_send(&message, desk->asker), 0);
    gate_serve(desk->gate);
    zsock_set_rcvtimeo(desk->asker, 0);
    return zmsg_recv(desk->asker);
}

static void
expect_reply(struct desk *desk, enum verdict verdict, const char *status, const char *user)
{
    const char *const expected[] = { "", "1.0", "1", status, "", user, "" };
    struct request request = sound_request(desk->key);
    zmsg_t *reply;

    desk->asked = (struct asked){ .verdict = verdict };
    reply = put(desk, &request);
    assert_non_null(reply);
    assert_int_equal(zmsg_size(reply), 7);
    for (size_t i = 0; i < 7; i++) {
        zframe_t *frame = zmsg_pop(reply);

        assert_bytes(bytes_of(zframe_data(frame), zframe_size(frame)),
                     bytes_of_text(expected[i]));
        zframe_destroy(&frame);
    }
    assert_int_equal(desk->asked.times, 1);
    assert_memory_equal(desk->asked.key.bytes, desk->key, 32);
    zmsg_destroy(&reply);
}

static void
the_gate_says_what_its_judge_says(void **state)
{
    struct desk desk;

    (void)state;
    open_desk(&desk);
    expect_reply(&desk, GATE_ENTER, "200", "somebody");
    expect_reply(&desk, GATE_LATER, "300", "");
    expect_reply(&desk, GATE_REFUSE, "400", "");
    close_desk(&desk);
}

static void
expect_silence(struct desk *desk, const struct request *request)
{
    desk->asked = (struct asked){ .verdict = GATE_ENTER };
    assert_null(put(desk, request));
    assert_int_equal(desk->asked.times, 0);
}

static void
a_request_with_a_frame_too_few_or_too_many_is_not_answered(void **state)
{
    struct desk desk;
    struct request request;

    (void)state;
    open_desk(&desk);
    for (size_t count = 1; count <= FRAMES + 1; count++) {
        request = sound_request(desk.key);
        request.frames[FRAMES] = bytes_of_text("one more");
        request.count = count;
        if (count != FRAMES)
            expect_silence(&desk, &request);
    }
    expect_reply(&desk, GATE_ENTER, "200", "somebody"); /* and it still works */
    close_desk(&desk);
}

static void
a_request_with_a_wrong_frame_is_not_answered(void **state)
{
    static const struct {
        size_t frame;
        const char *text;
    } wrong[] = {
        { 0, "x" },      { 1, "" },      { 1, "1.1" },   { 1, "1.0 " },  { 3, "" },
        { 3, "kit" },    { 3, "kith2" }, { 6, "NULL" },  { 6, "PLAIN" }, { 6, "" },
        { 6, "CURVE2" }, { 7, "" },      { 7, "short" },
    };
    struct desk desk;
    struct request request;
    char longer[100] = "";

    (void)state;
    open_desk(&desk);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        request = sound_request(desk.key);
        request.frames[wrong[i].frame] = bytes_of_text(wrong[i].text);
        expect_silence(&desk, &request);
    }
    request = sound_request(desk.key);
    request.frames[KEY_FRAME] = bytes_of(longer, 33);
    expect_silence(&desk, &request);
    request = sound_request(desk.key);
    request.frames[2] = bytes_of(longer, sizeof(longer)); /* the request id */
    expect_silence(&desk, &request);
    expect_reply(&desk, GATE_ENTER, "200", "somebody");
    close_desk(&desk);
}

/* What the log says of all this, read back. */
static void
nothing_that_was_asked_is_written_to_the_log(void **state)
{
    char name[] = "/tmp/kith-gate-XXXXXX", text[4096] = "";
    int file = mkstemp(name), err = dup(2);
    struct desk desk;
    struct request request;

    (void)state;
    dup2(file, 2);
    open_desk(&desk);
    memcpy(desk.key, "a-key-that-nobody-should-read-12", 32);
    expect_reply(&desk, GATE_REFUSE, "400", "");
    request = sound_request(desk.key);
    request.frames[6] = bytes_of_text("PLAIN");
    expect_silence(&desk, &request);
    close_desk(&desk);
    dup2(err, 2);
    assert_true(pread(file, text, sizeof(text) - 1, 0) > 0);
    assert_says(text, "unsound_zap_request");
    assert_null(strstr(text, "nobody-should-read"));
    assert_null(strstr(text, "10.0.0.1"));
    close(file);
    close(err);
    unlink(name);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gate_says_what_its_judge_says),
        cmocka_unit_test(a_request_with_a_frame_too_few_or_too_many_is_not_answered),
        cmocka_unit_test(a_request_with_a_wrong_frame_is_not_answered),
        cmocka_unit_test(nothing_that_was_asked_is_written_to_the_log),
    };

    return RUN(tests);
}
