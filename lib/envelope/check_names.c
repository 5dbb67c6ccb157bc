#include "envelope/core.h"

#include <stddef.h>

static const struct {
    const char *name, *text;
} checks[CHECK_COUNT] = {
    [CHECK_OK] = { "OK", "ok" },
    [CHECK_FORM] = { "FORM", "not of a form that is understood here" },
    [CHECK_SUITE] = { "SUITE", "unknown suite" },
    [CHECK_SENDER] = { "SENDER", "not sent by the agency that it names" },
    [CHECK_SENDER_KEY] = { "SENDER-KEY", "not a key of the sender at that time" },
    [CHECK_SIGNATURE] = { "SIGNATURE", "the signature does not hold" },
    [CHECK_WINDOW] = { "WINDOW", "made too long ago or in the future: seal again" },
    [CHECK_REPLAY] = { "EQUIVOCATION", "another message with this message id is known" },
    [CHECK_POLICY] = { "POLICY", "sealed under an agreement that is not in force" },
    [CHECK_ROUTE] = { "ROUTE", "the route is not the signed one" },
    [CHECK_COMPARTMENTS] = { "COMPARTMENTS",
                             "not the compartments that the agreement gives this kind" },
    [CHECK_COMPARTMENT] = { "COMPARTMENT", "a compartment is not the signed one" },
    [CHECK_CAPSULE] = { "CAPSULE", "a capsule is not a signed one, or malformed" },
    [CHECK_CAPSULE_MISSING] = { "CAPSULE-MISSING",
                                "no capsule for an agency that gets every message" },
    [CHECK_RECIPIENT] = { "RECIPIENT", "a recipient that gets nothing of this kind" },
    [CHECK_GRANT] = { "GRANT", "a recipient without a live grant" },
    [CHECK_NOT_FOR_ME] = { "NOT-FOR-ME", "no capsule for this agency and its keys" },
    [CHECK_OPEN] = { "OPEN", "a capsule or a compartment does not open" },
    [CHECK_COMMITMENT] = { "COMMITMENT", "a compartment's key is not the committed one" },
    [CHECK_OVER_WRAP] = { "OVER-WRAP", "a key for a compartment beyond the agreement" },
    [CHECK_WITHHELD] = { "WITHHELD", "a compartment that was due did not come" },
    [CHECK_MISFILED] = { "MISFILED", "a field in a compartment where it does not belong" },
    [CHECK_MISROUTED] = { "MISROUTED", "about a record that is not this agency's" },
    [CHECK_SUSPENDED] = { "SUSPENDED", "the sender is suspended from the federation" },
};

const char *
check_text(enum check check)
{
    return (unsigned)check < CHECK_COUNT ? checks[check].text : "unknown check";
}

const char *
check_name(enum check check)
{
    return (unsigned)check < CHECK_COUNT ? checks[check].name : "UNKNOWN";
}
