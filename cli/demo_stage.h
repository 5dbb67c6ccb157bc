#ifndef KITH_CLI_DEMO_STAGE_H
#define KITH_CLI_DEMO_STAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/demo_processes.h"
#include "cli/demo_scenario.h"
#include "core/err.h"
#include "core/file.h"
#include "json/json.h"

/* A demonstration under way, for the files of cli/demo*.c. */
struct demo {
    char folder[200]; /* short: Unix sockets have short names */
    char shared[512]; /* where scenario.json is */
    bool once, temporary;
    FILE *report;
    struct scenario *scenario;
    struct process broker;
    struct process agents[SCENARIO_MAX];
    json_t *inboxes[SCENARIO_MAX];
    size_t expectations, failures;
    struct buffer failed; /* what did not hold, in words; without a limit while nothing */
};

/* demo.c: on the terminal and in the report. */
void say(struct demo *demo, const char *text);
/* begin, and then a text that goes on below itself, so far from the left edge. */
void say_wrapped(struct demo *demo, const char *begin, unsigned indent, const char *text);
/* Counts and says whether it held. */
void expect(struct demo *demo, bool held, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Of what was said last, further in. */
void expect_of_it(struct demo *demo, bool held, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* demo_play.c */
/* A folder for everything; asked may be NULL. */
enum err demo_make_folder(struct demo *demo, const char *asked, struct why *why) MUST_CHECK;
enum err demo_prepare(struct demo *demo, struct why *why) MUST_CHECK;
/* Broker and agents, until all are connected. */
enum err demo_start(struct demo *demo, struct why *why) MUST_CHECK;
/* Every message through the door of its agency's agent, until everything has arrived. */
enum err demo_publish(struct demo *demo, struct why *why) MUST_CHECK;
void demo_socket(char path[FILE_PATH_MAX], const struct demo *demo, const char *agency);

/* demo_check.c */
const struct scenario_message *demo_message(const struct demo *demo, const char *file);
/* What the scenario says must have come of it. */
void demo_check(struct demo *demo);
/* No value of any message is with the broker. */
void demo_search(struct demo *demo);

#endif
