#include "message/content.h"

#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "message/member.h"

/* What a message must say, or may not, to be taken at all. */

struct door {
    const struct message *message;
    struct place content; /* "concern" or "needs" */
    struct problems *problems;
};

static void
complain_of(const struct door *door, const char *member, const char *reason)
{
    struct place place = place_member(&door->content, member);

    complain(door->problems, &place, "%s", reason);
}

/* --- Circumstances ------------------------------------------------------------------------ */

static bool
can_be_seen(const char *text)
{
    struct bytes rest = bytes_of_text(text);
    size_t len;

    for (; rest.len > 0; rest = bytes_from(rest, len))
        if (code_point_is_deceptive(utf8_next(rest, &len)) || len == 0)
            return false;
    return true;
}

static bool
names_a_protector(const char *agency)
{
    static const char *const protectors[] = { "mash", "social-care", "childrens-services" };

    for (size_t i = 0; i < sizeof(protectors) / sizeof(protectors[0]); i++)
        if (strcasecmp(agency, protectors[i]) == 0)
            return true;
    return false;
}

static void
check_must_not_reach(const Kith__Handling *handling, const struct place *circumstances,
                     struct problems *problems)
{
    struct place in_handling = place_member(circumstances, "handling");
    struct place list = place_member(&in_handling, "mustNotReach");

    for (size_t i = 0; handling != NULL && i < handling->n_must_not_reach; i++) {
        struct place item = place_item(&list, i);

        if (names_a_protector(handling->must_not_reach[i]))
            complain(problems, &item,
                     "names an agency that hears of every child; it cannot be left out");
    }
}

static void
check_circumstances(const Kith__Circumstances *circumstances, struct problems *problems)
{
    struct place place = place_member(NULL, "circumstances");
    struct place local_id = place_member(&place, "localId");

    if (circumstances == NULL || *circumstances->local_id == 0)
        complain(problems, &local_id,
                 "is missing: your own system's id of the child, by which records are told "
                 "apart");
    else if (!can_be_seen(circumstances->local_id))
        complain(problems, &local_id, "holds a character that cannot be seen");
    if (circumstances != NULL)
        check_must_not_reach(circumstances->handling, &place, problems);
}

/* --- The child ------------------------------------------------------------------------------ */

static void
check_child(const struct door *door, const Kith__Person *child)
{
    if (child == NULL)
        complain_of(door, "child", "is missing");
    else if (!child->unborn
             && (child->name == NULL
                 || (*child->name->given == 0 && *child->name->family == 0)))
        complain_of(door, "child",
                    "needs something to know the child by: a given or a family name, or "
                    "\"unborn\": true");
}

void
door_check(const struct message *message, struct problems *problems)
{
    struct door door = { message, place_member(NULL, kind_name(message->kind)), problems };
    const Kith__Concern *concern = message->fragment->concern;

    check_circumstances(message->fragment->circumstances, problems);
    if (concern == NULL) {
        check_child(&door, message->fragment->needs->child);
        return;
    }
    check_child(&door, concern->child);
    if (concern->privileged)
        complain_of(&door, "privileged",
                    "is true: what is legally privileged cannot be shared, and Kith does not "
                    "send it");
}
