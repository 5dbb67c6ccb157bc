#include "agreement/standing.h"

#include <stdio.h>

#include "core/log.h"

bool
agreement_standing(char words[STANDING_TEXT], const struct policy *policy, struct day today)
{
    struct day first = policy_first_day(policy), last = policy_last_day(policy);
    char from[DAY_TEXT], until[DAY_TEXT];

    day_write(from, first);
    day_write(until, last);
    if (today.number < first.number)
        snprintf(words, STANDING_TEXT,
                 "begins on %s; before that only MASH and children's social care are told",
                 from);
    else if (today.number > last.number)
        snprintf(words, STANDING_TEXT,
                 "ended on %s; only MASH and children's social care are told", until);
    else if (last.number - today.number < ENDS_SOON_DAYS)
        snprintf(words, STANDING_TEXT,
                 "ends on %s; after that only MASH and children's social care are told", until);
    else
        return false;
    return true;
}

static void
report_suspended(const struct in_force *in_force)
{
    const struct registry *registry = federation_registry(in_force->federation);
    const struct suspended_agency *found;
    size_t at = 0;

    while ((found = map_next(&in_force->suspended.by_number, &at)) != NULL) {
        const struct agency *agency = registry_agency(registry, found->agency);

        if (found->is_suspended)
            log_event(LOG_ALARM, "suspended", "agency",
                      agency == NULL ? "unlisted" : agency->name, "do",
                      "find out why; it stays until it is lifted", NULL);
    }
}

struct day
signing_until(const struct agency *agency)
{
    struct day until = { 0 };

    for (size_t i = 0; i < agency->signing_count; i++)
        if (i == 0 || agency->signing[i].last.number > until.number)
            until = agency->signing[i].last;
    return until;
}

bool
signing_standing(char words[STANDING_TEXT], const struct agency *agency, struct day today)
{
    struct day last = signing_until(agency);
    char until[DAY_TEXT];

    day_write(until, last);
    if (today.number > last.number)
        snprintf(words, STANDING_TEXT,
                 "ended on %s; only MASH and children's social care are told", until);
    else if (last.number - today.number < ENDS_SOON_DAYS)
        snprintf(words, STANDING_TEXT,
                 "ends on %s; after that only MASH and children's social care are told", until);
    else
        return false;
    return true;
}

/* One that has no transport key has left, and sends nothing. */
static void
report_signing_keys(const struct registry *registry, struct day today)
{
    char words[STANDING_TEXT];

    for (size_t i = 0; i < registry_agency_count(registry); i++) {
        const struct agency *agency = registry_agency_at(registry, i);

        if (agency->transport_count > 0 && signing_standing(words, agency, today))
            log_event(LOG_ALARM, "signing_key", "agency", agency->name, "it", words, "do",
                      "`kith key rotate` there", NULL);
    }
}

void
in_force_report(const struct in_force *in_force, struct instant now)
{
    const struct policy *policy = agreements_current(in_force->agreements)->policy;
    char words[STANDING_TEXT], count[24];

    if (agreement_standing(words, policy, instant_day(now)))
        log_event(LOG_ALARM, "agreement", "it", words, "do", "sign its next version", NULL);
    report_suspended(in_force);
    report_signing_keys(federation_registry(in_force->federation), instant_day(now));
    if (federation_left_out(in_force->federation) > 0) {
        snprintf(count, sizeof(count), "%zu", federation_left_out(in_force->federation));
        log_event(LOG_ALARM, "left_out", "how_many", count, "because",
                  federation_left_out_why(in_force->federation), NULL);
    }
}
