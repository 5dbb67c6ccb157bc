#include "agreement/in_force.h"

#include <stdlib.h>

#include "agreement/seen.h"
#include "core/mem.h"

static bool
is_always_told(const struct policy *policy, int place)
{
    return policy_agency_is(policy, place, TYPE_MASH)
           || policy_agency_is(policy, place, TYPE_SOCIAL_CARE);
}

static void
list_members(struct in_force *in_force)
{
    const struct registry *registry = federation_registry(in_force->federation);
    const struct agreement *agreement = agreements_current(in_force->agreements);
    size_t count = registry_agency_count(registry);

    in_force->always_told = mem_array(count, sizeof(*in_force->always_told));
    in_force->hear_of_all = mem_array(count, sizeof(*in_force->hear_of_all));
    for (size_t i = 0; i < count; i++) {
        const struct agency *agency = registry_agency_at(registry, i);
        struct member member = { agency, agreement_member(agreement, agency) };

        if (member.place < 0)
            continue;
        if (is_always_told(agreement->policy, member.place))
            in_force->always_told[in_force->always_told_count++] = member;
        if (policy_hears_of_all(agreement->policy, member.place))
            in_force->hear_of_all[in_force->hear_of_all_count++] = member;
    }
}

static enum err
remember(const struct seen *before, const struct in_force *in_force, const char *archive,
         struct why *why)
{
    const struct federation *federation = in_force->federation;
    struct seen seen = {
        .registry = registry_version(federation_registry(federation)),
        .agreement = federation_document(federation, DOCUMENT_AGREEMENT)->line.version,
    };

    if (seen.registry == before->registry && seen.agreement == before->agreement)
        return ERR_OK;
    return seen_write(&seen, archive, why);
}

enum err
in_force_fetched(char path[FILE_PATH_MAX], const char *archive, struct why *why)
{
    return path_in(path, archive, "fetched", why);
}

static enum err
fill(struct in_force *in_force, const char *directory, const char *archive,
     const struct in_force *current, struct instant now, struct why *why)
{
    const struct signed_document *text;
    char fetched[FILE_PATH_MAX];
    struct seen seen;
    enum err err;

    if ((err = seen_read(&seen, archive, why)))
        return err;
    if ((err = in_force_fetched(fetched, archive, why)))
        return err;
    err = federation_load_fetched(&in_force->federation, directory, fetched,
                                  current == NULL ? NULL : current->federation, seen.registry,
                                  seen.agreement, why);
    if (err)
        return err;
    text = federation_document(in_force->federation, DOCUMENT_AGREEMENT);
    err = agreements_open(&in_force->agreements, text->text, text->line.version, text->digest,
                          archive, now, why);
    if (err)
        return err;
    err = suspended_read(&in_force->suspended, in_force->federation,
                         agreements_current(in_force->agreements),
                         current == NULL ? NULL : &current->suspended, archive, now, why);
    if (err)
        return err;
    list_members(in_force);
    return remember(&seen, in_force, archive, why);
}

enum err
in_force_read(struct in_force **in_force, const char *directory, const char *archive,
              const struct in_force *current, struct instant now, struct why *why)
{
    struct in_force *made = mem_new(sizeof(*made));
    enum err err = fill(made, directory, archive, current, now, why);

    if (err) {
        in_force_free(&made);
        return err;
    }
    *in_force = made;
    return ERR_OK;
}

enum err
in_force_read_suspensions(struct in_force *in_force, const char *directory, const char *archive,
                          struct instant now, struct why *why)
{
    struct suspended fresh;
    char fetched[FILE_PATH_MAX];
    enum err err;

    if ((err = in_force_fetched(fetched, archive, why))
        || (err = federation_read_suspensions(in_force->federation, directory, fetched, why))
        || (err = suspended_read(&fresh, in_force->federation,
                                 agreements_current(in_force->agreements), &in_force->suspended,
                                 archive, now, why)))
        return err;
    suspended_clear(&in_force->suspended);
    in_force->suspended = fresh;
    return ERR_OK;
}

enum err
in_force_allows_demo(const struct in_force *in_force, bool demo, struct why *why)
{
    if (!demo || registry_is_demonstration(federation_registry(in_force->federation)))
        return ERR_OK;
    return because(why, ERR_REFUSED,
                   "demo = yes: the registry of '%s' does not say that it is a demonstration;"
                   " protect the keys by a passphrase",
                   registry_federation(federation_registry(in_force->federation)));
}

void
in_force_free(struct in_force **in_force)
{
    if (*in_force == NULL)
        return;
    federation_free(&(*in_force)->federation);
    agreements_free(&(*in_force)->agreements);
    free((*in_force)->always_told);
    free((*in_force)->hear_of_all);
    suspended_clear(&(*in_force)->suspended);
    free(*in_force);
    *in_force = NULL;
}

struct bits
in_force_ceiling(const struct in_force *in_force, const struct agreement *agreement,
                 const struct agency *agency, enum kind kind, uint64_t accepted_ms)
{
    struct instant accepted = { (int64_t)accepted_ms };
    const struct agreement *then = agreements_at(in_force->agreements, accepted);
    struct day day = instant_day(accepted);

    if (agreement == then || accepted.ms < agreement->adopted.ms)
        return agreement_ceiling(agreement, agency, kind, day);
    return agreement_common_ceiling(agreement, then, agency, kind, day);
}

bool
in_force_always_tells(const struct in_force *in_force, uint32_t agency)
{
    for (size_t i = 0; i < in_force->always_told_count; i++)
        if (in_force->always_told[i].agency->number == agency)
            return true;
    return false;
}

bool
in_force_hears_of_all(const struct in_force *in_force, const struct agreement *agreement,
                      const struct agency *agency, uint64_t accepted_ms)
{
    const struct agreement *then =
        agreements_at(in_force->agreements, (struct instant){ (int64_t)accepted_ms });

    return policy_hears_of_all(agreement->policy, agreement_member(agreement, agency))
           && policy_hears_of_all(then->policy, agreement_member(then, agency));
}

bool
in_force_is_suspended(const struct in_force *in_force, uint32_t agency)
{
    const struct suspended_agency *found = suspended_find(&in_force->suspended, agency);

    return found != NULL && found->is_suspended;
}

bool
in_force_withholds(const struct in_force *in_force, uint32_t agency, uint64_t accepted_ms)
{
    const struct suspended_agency *found = suspended_find(&in_force->suspended, agency);

    return found != NULL && (found->is_suspended || (int64_t)accepted_ms < found->lifted_at.ms);
}
