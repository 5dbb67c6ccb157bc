#ifndef KITH_CLI_DEMO_SCENARIO_H
#define KITH_CLI_DEMO_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/shown.h"
#include "core/bytes.h"
#include "core/err.h"
#include "crypto/key.h"
#include "json/json.h"

/*
 * What a demonstration plays: agencies, the records that each keeps of the invented
 * children, messages in order, and what must come of them.  Read from demo/scenario.json
 * and the message files beside it.
 */
enum { SCENARIO_MAX = 64, SCENARIO_TITLE_MAX = 128 };

struct scenario_record {
    const char *agency, *system, *local_id, *given_name, *family_name, *date_of_birth;
    const char *child;  /* which child it is: known to the demonstration only */
    uint8_t handle[16]; /* filled in when the agency's store is laid down */
    struct key k;
};

struct scenario_message {
    const char *file, *agency;
    char path[512];
    json_t *json;
    char id[33]; /* filled in when it has been published */
};

struct scenario {
    json_t *json; /* owns the strings */
    const char *agencies[SCENARIO_MAX];
    size_t agency_count;
    struct scenario_record records[4 * SCENARIO_MAX];
    size_t record_count;
    struct scenario_message messages[SCENARIO_MAX];
    size_t message_count;
};

/* folder: that of scenario.json. */
enum err scenario_read(struct scenario **scenario, const char *folder,
                       struct why *why) MUST_CHECK;
void scenario_free(struct scenario **scenario);

/* What the agency is called on the screen; and where there is little room. */
const char *scenario_label(const struct scenario *scenario, const char *agency);
const char *scenario_short_label(const struct scenario *scenario, const char *agency);
/* What the message is called: "01 Domestic incident, Leah". */
void scenario_title(char title[SCENARIO_TITLE_MAX], const struct scenario *scenario,
                    const struct scenario_message *message);

#endif
