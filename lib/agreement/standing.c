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

void
in_force_report(const struct in_force *in_force, struct instant now)
{
    const struct policy *policy = agreements_current(in_force->agreements)->policy;
    char words[STANDING_TEXT], count[24];

    if (agreement_standing(words, policy, instant_day(now)))
        log_event(LOG_ALARM, "agreement", "it", words, "do", "sign its next version", NULL);
    report_suspended(in_force);
    if (federation_left_out(in_force->federation) > 0) {
        snprintf(count, sizeof(count), "%zu", federation_left_out(in_force->federation));
        log_event(LOG_ALARM, "left_out", "how_many", count, "because",
                  federation_left_out_why(in_force->federation), NULL);
    }
}
