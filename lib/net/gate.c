#include "net/gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/mem.h"
#include "net/socket.h"

static const char ADDRESS[] = "inproc://zeromq.zap.01";

enum { AT_ONCE = 256 };

/* The parts of a request, in their order; a request of ours has all and no more. */
enum part {
    PART_SENDER,
    PART_DELIMITER,
    PART_VERSION,
    PART_REQUEST,
    PART_DOMAIN,
    PART_ADDRESS,
    PART_ROUTING,
    PART_MECHANISM,
    PART_KEY,
    PARTS
};

enum { REQUEST_ID_MAX = 64 };

struct gate {
    zsock_t *socket;
    const char *domain;
    struct judge judge;
};

struct request {
    zmq_msg_t parts[PARTS];
    size_t count; /* may exceed PARTS: what is beyond is read and dropped */
};

static bool
part_is(struct request *request, enum part part, const char *text)
{
    zmq_msg_t *message = &request->parts[part];

    return zmq_msg_size(message) == strlen(text)
           && memcmp(zmq_msg_data(message), text, strlen(text)) == 0;
}

static bool
receive_request(struct gate *gate, struct request *request)
{
    bool more = true;

    for (request->count = 0; more; request->count++) {
        zmq_msg_t part;

        if (!socket_receive(gate->socket, &part))
            break;
        more = zmq_msg_more(&part);
        if (request->count < PARTS)
            request->parts[request->count] = part;
        else
            zmq_msg_close(&part);
    }
    return request->count > 0;
}

static void
forget_request(struct request *request)
{
    for (size_t i = 0; i < request->count && i < PARTS; i++)
        zmq_msg_close(&request->parts[i]);
}

static bool
request_is_sound(const struct gate *gate, struct request *request)
{
    return request->count == PARTS && part_is(request, PART_DELIMITER, "")
           && part_is(request, PART_VERSION, "1.0")
           && zmq_msg_size(&request->parts[PART_REQUEST]) <= REQUEST_ID_MAX
           && part_is(request, PART_DOMAIN, gate->domain)
           && part_is(request, PART_MECHANISM, "CURVE")
           && zmq_msg_size(&request->parts[PART_KEY]) == sizeof(struct curve_public);
}

static void
reply(struct gate *gate, struct request *request, const char *status, const char *user_id)
{
    zmq_msg_t *id = &request->parts[PART_REQUEST], *sender = &request->parts[PART_SENDER];
    struct bytes parts[] = {
        bytes_of(zmq_msg_data(sender), zmq_msg_size(sender)),
        bytes_of_text(""),
        bytes_of_text("1.0"),
        bytes_of(zmq_msg_data(id), zmq_msg_size(id)),
        bytes_of_text(status),
        bytes_of_text(""),
        bytes_of_text(user_id),
        bytes_of_text(""),
    };
    size_t last = sizeof(parts) / sizeof(*parts) - 1;

    for (size_t i = 0; i <= last; i++)
        if (socket_send(gate->socket, parts[i], i < last ? ZMQ_SNDMORE : 0) != SENT_OK)
            return; /* the connection that asked is gone */
}

static void
answer(struct gate *gate, struct request *request)
{
    static const char *const status[] = {
        [GATE_REFUSE] = "400", [GATE_LATER] = "300", [GATE_ENTER] = "200"
    };
    char user_id[USER_ID] = "";
    struct curve_public key;
    enum verdict verdict;

    memcpy(key.bytes, zmq_msg_data(&request->parts[PART_KEY]), sizeof(key.bytes));
    verdict = gate->judge.judge(gate->judge.self, &key, user_id);
    reply(gate, request, status[verdict], verdict == GATE_ENTER ? user_id : "");
}

void
gate_serve(struct gate *gate)
{
    struct request request;

    for (int i = 0; i < AT_ONCE && receive_request(gate, &request); i++) {
        /* An unsound request is not from our listener.  No answer is a refusal. */
        if (request_is_sound(gate, &request))
            answer(gate, &request);
        else
            log_event(LOG_ALARM, "unsound_zap_request", NULL);
        forget_request(&request);
    }
}

zsock_t *
gate_socket(const struct gate *gate)
{
    return gate->socket;
}

enum err
gate_open(struct gate **out, const char *domain, struct judge judge, struct why *why)
{
    struct gate *gate = mem_new(sizeof(*gate));
    enum err err = ERR_OK;

    *gate = (struct gate){ zsock_new(ZMQ_ROUTER), domain, judge };
    if (zmq_bind(zsock_resolve(gate->socket), ADDRESS) < 0)
        err = because(why, errno == EADDRINUSE ? ERR_CONFLICT : ERR_IO,
                      "this process has a listener already: %s", zmq_strerror(errno));
    if (err)
        gate_close(&gate);
    else
        *out = gate;
    return err;
}

void
gate_close(struct gate **pointer)
{
    struct gate *gate = *pointer;

    if (gate == NULL)
        return;
    /* Closing is libzmq's own business, some time later; the address is free now. */
    zmq_unbind(zsock_resolve(gate->socket), ADDRESS);
    zsock_destroy(&gate->socket);
    free(gate);
    *pointer = NULL;
}
