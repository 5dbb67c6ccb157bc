#ifndef KITH_TESTS_BROKER_GATE_H
#define KITH_TESTS_BROKER_GATE_H

#include "office.h"

/* A concern of the school on its way through the gates of the broker. */

struct case_of {
    struct office office;
    struct letter letter;
};

/* A concern of the school, not yet sealed; the school is in service. */
static inline void
begin(struct case_of *it)
{
    office_open(&it->office);
    enter(&it->office, SCHOOL);
    letter_begin(&it->letter, &it->office.federate, it->office.in_force, SCHOOL);
}

static inline void
end(struct case_of *it)
{
    letter_end(&it->letter);
    office_close(&it->office);
}

static inline void
post_letter(struct case_of *it)
{
    submit(&it->office, SCHOOL, &it->letter);
    commit(&it->office);
}

static inline void
sent_it_is_refused(struct case_of *it, enum check check, uint32_t recipient)
{
    post_letter(it);
    is_refused(&it->office, SCHOOL, check, recipient);
    assert_int_equal(broker_counts(it->office.broker).log_size, 0);
}

static inline uint64_t
sent_it_is_accepted(struct case_of *it)
{
    const struct frame *answer;

    post_letter(it);
    answer = hears(&it->office, SCHOOL, VERB_ACCEPTED);
    assert_bytes(answer->accepted.msg_id, bytes_of(it->letter.order.core.msg_id, MSG_ID));
    assert_bytes(answer->accepted.h, bytes_of(it->letter.sealed.h, DIGEST));
    return answer->accepted.log_index;
}

#endif
