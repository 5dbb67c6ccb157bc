#ifndef KITH_TESTS_BROKER_OFFICE_H
#define KITH_TESTS_BROKER_OFFICE_H

#include "../letter.h"

#include "broker/broker.h"
#include "store/store.h"

/*
 * A broker without a socket: what it is told is said here, and what it says is kept in
 * order.  An agency's session has the agency's number unless a test says otherwise.
 */
enum { SAID_MAX = 1024 };

struct office {
    struct federate federate;
    struct in_force *in_force;
    struct store *store;
    struct broker *broker;

    struct {
        uint64_t session;
        struct buffer bytes;
    } said[SAID_MAX];
    size_t said_count, read; /* what has been said, and what of it has been read */
    uint64_t cut;            /* the session that was cut last; 0: none */
    enum sent takes;         /* what the connections answer */
    /* The shell's part, NULL unless a test gives it: see struct broker_outbox. */
    void (*offered)(void *self, const struct agency *agency, struct bytes intake);
    enum err (*asked_to_join)(void *self, struct open_invite *invite, struct bytes request);
};

static inline enum sent
office_post(void *self, uint64_t session, struct bytes frame)
{
    struct office *office = self;
    struct buffer *bytes = &office->said[office->said_count].bytes;

    if (office->takes != SENT_OK)
        return office->takes;
    assert_true(office->said_count < SAID_MAX);
    office->said[office->said_count++].session = session;
    buffer_init(bytes, FRAME_MAX);
    buffer_add_bytes(bytes, frame);
    return SENT_OK;
}

static inline void
office_cut(void *self, uint64_t session)
{
    ((struct office *)self)->cut = session;
}

/* The broker starts, on whatever its store holds. */
static inline void
office_start(struct office *office)
{
    const struct broker_outbox outbox = { office_post, office_cut, office->offered,
                                          office->asked_to_join, office };
    char where[FILE_PATH_MAX];
    struct store_head head;
    struct why why = { "" };

    snprintf(where, sizeof(where), "sqlite:%s/broker/store/broker.db", office->federate.folder);
    office->in_force = read_in_force(&office->federate, 0, NULL);
    expect_ok(store_open(&office->store, where, &why), &why);
    expect_ok(store_acquire(office->store, 0, &head, &why), &why);
    office->broker = broker_new(office->store, head, office->in_force, &outbox);
}

static inline void
office_stop(struct office *office)
{
    broker_free(&office->broker);
    store_close(&office->store);
    in_force_free(&office->in_force);
}

static inline void
office_open(struct office *office)
{
    memset(office, 0, sizeof(*office));
    federate_begin(&office->federate);
    office_start(office);
}

static inline void
office_forget(struct office *office)
{
    for (size_t i = 0; i < office->said_count; i++)
        buffer_clear(&office->said[i].bytes);
    office->said_count = office->read = 0;
    office->cut = 0;
}

static inline void
office_restart(struct office *office)
{
    office_stop(office);
    office_forget(office);
    office_start(office);
}

static inline void
office_keeps_offers(struct office *office,
                    void (*offered)(void *self, const struct agency *agency,
                                    struct bytes intake))
{
    office->offered = offered;
    office_restart(office);
}

static inline void
office_close(struct office *office)
{
    office_stop(office);
    office_forget(office);
    federate_end(&office->federate);
}

/* The federation's documents have changed. */
static inline void
office_adopt(struct office *office)
{
    struct in_force *old = office->in_force;

    office->in_force = read_in_force(&office->federate, 0, old);
    broker_adopt(office->broker, office->in_force, office->federate.now);
    in_force_free(&old);
}

/* --- Saying ------------------------------------------------------------------------------ */

static inline void
say_bytes(struct office *office, uint64_t session, uint32_t agency, struct bytes bytes)
{
    const struct agency *listed =
        registry_agency(federation_registry(office->in_force->federation), agency);
    uint8_t nobody[32] = { 1 };
    struct visitor visitor = { session, listed == NULL ? nobody : listed->transport[0].key };

    assert_ok(broker_hear(office->broker, &visitor, bytes, office->federate.now));
}

static inline void
say_in(struct office *office, uint64_t session, uint32_t agency, const struct frame *frame)
{
    struct buffer bytes;

    buffer_init(&bytes, FRAME_MAX);
    frame_write(&bytes, frame);
    say_bytes(office, session, agency, buffer_bytes(&bytes));
    buffer_clear(&bytes);
}

static inline void
say(struct office *office, uint32_t agency, const struct frame *frame)
{
    say_in(office, agency, agency, frame);
}

static inline void
commit(struct office *office)
{
    assert_ok(broker_commit(office->broker, office->federate.now));
}

static inline struct frame
a_hello(struct office *office)
{
    const struct signed_document *agreement =
        federation_document(office->in_force->federation, DOCUMENT_AGREEMENT);

    return (struct frame){
        .verb = VERB_HELLO,
        .hello = { .protocol = PROTOCOL_VERSION,
                   .registry_version = 1,
                   .agreement = bytes_of(agreement->digest, DIGEST),
                   .credit_messages = 100,
                   .credit_bytes = 1024 * 1024 },
    };
}

/* --- Hearing ----------------------------------------------------------------------------- */

/* What the documents in force are is announced to everybody, whatever else happens. */
static inline void
skip_announcements(struct office *office)
{
    while (office->read < office->said_count
           && office->said[office->read].bytes.data[0] == VERB_ANNOUNCE)
        office->read++;
}

/* The next frame that the broker said, which must be of that verb.  Until the next call. */
static inline const struct frame *
hears_in(struct office *office, uint64_t session, enum verb verb)
{
    static struct frame frame;

    frame_clear(&frame);
    if (verb != VERB_ANNOUNCE)
        skip_announcements(office);
    if (office->read == office->said_count)
        fail_msg("nothing was said; expected %s", verb_name(verb));
    assert_int_equal(office->said[office->read].session, session);
    assert_ok(frame_read(&frame, buffer_bytes(&office->said[office->read++].bytes)));
    assert_string_equal(verb_name(frame.verb), verb_name(verb));
    return &frame;
}

static inline const struct frame *
hears(struct office *office, uint32_t agency, enum verb verb)
{
    return hears_in(office, agency, verb);
}

static inline void
nothing_is_said(struct office *office)
{
    skip_announcements(office);
    if (office->read != office->said_count)
        fail_msg("%s was said", verb_name(office->said[office->read].bytes.data[0]));
}

/* The session of an agency in service, with nothing left to read. */
static inline void
enter(struct office *office, uint32_t agency)
{
    struct frame hello = a_hello(office);

    say(office, agency, &hello);
    hears(office, agency, VERB_WELCOME);
}

static inline void
submit(struct office *office, uint32_t agency, const struct letter *letter)
{
    struct frame frame = letter_submit(letter);

    say(office, agency, &frame);
}

static inline void
is_refused(struct office *office, uint32_t agency, enum check check, uint32_t recipient)
{
    const struct frame *frame = hears(office, agency, VERB_REFUSED);

    assert_string_equal(check_name(frame->refused.check), check_name(check));
    assert_string_equal(frame->refused.words, check_text(check));
    assert_int_equal(frame->refused.recipient, recipient);
    nothing_is_said(office);
    assert_int_equal(office->cut, 0);
}

#endif
