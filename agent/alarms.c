#include "agent/alarms.h"

#include <string.h>

#define TREAT_AS_ATTACK                                                                        \
    "Treat it as an attack until it is explained: ring the sender's administrator."

static const struct alarm_kind kinds[] = {
    { "GAP", "Ask the sender's staff what they sent; messages are missing." },
    { "UNDER-WRAP", "Ring the sender's administrator: its agent is broken or hostile." },
    { "EQUIVOCATION", "Ring the sender: its key may be in use elsewhere.  Both are kept." },
    { "ROLLBACK", "Ring the broker's operator, and ask all senders what they sent since." },
    { "CLONED", "Find the second agent that uses this agency's key.  If there is none of yours,"
                " the key is stolen: have it taken out of the registry today." },
    { "DOCUMENT", "Ask the administrator whether our trust is the newest; if it is, ring the"
                  " broker's operator." },
    { "UNANSWERED", "Telephone what cannot wait, and ring the broker's operator." },
    { "NOT-FOR-ME", "Put the newest key into keys/ and send SIGHUP; if it is lost, ask the"
                    " sender to send it again." },
    { "OPEN", "Put the newest key into keys/ and send SIGHUP; if it is lost, ask the sender to"
              " send it again." },
    { "OVER-WRAP", "Tell the sender's administrator; the content was not used." },
    { "WITHHELD", "Tell the broker's operator and the sender: a part of it did not come." },
    { "MISFILED", "Tell the sender's administrator: is it another version of Kith?" },
    { "MISROUTED", "Do not go looking for the child; tell MASH." },
    { "POLICY", "Put the agreement in force here and send SIGHUP: it opens by itself." },
    { "SIGNATURE", TREAT_AS_ATTACK },
    { "COMMITMENT", TREAT_AS_ATTACK },
    { "COMPARTMENT", TREAT_AS_ATTACK },
    { "COMPARTMENTS", TREAT_AS_ATTACK },
    { "CAPSULE", TREAT_AS_ATTACK },
    { "SENDER-KEY", TREAT_AS_ATTACK },
    { "FORM", TREAT_AS_ATTACK },
    { "SUITE", TREAT_AS_ATTACK },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const struct alarm_kind *
alarm_kind_at(size_t i)
{
    return i < KINDS ? &kinds[i] : NULL;
}

const struct alarm_kind *
alarm_kind_named(const char *name)
{
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}
