#ifndef KITH_CLI_DEMO_PROCESSES_H
#define KITH_CLI_DEMO_PROCESSES_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/err.h"

/* The programs of a demonstration: started with their output in a file, waited for, and
   ended. */
struct process {
    pid_t pid; /* 0: not running */
    char name[64];
    char log[512];
};

/* program: its path.  Its output goes to log. */
enum err process_start(struct process *process, const char *name, const char *program,
                       const char *configuration, const char *log, struct why *why) MUST_CHECK;
/* Has it ended by itself?  Says so, with the last line of its log. */
enum err process_check(struct process *process, struct why *why) MUST_CHECK;
void process_end(struct process *process);

/* Waits until ready() is true, at most ms milliseconds, and checks on the process. */
enum err process_await(struct process *process, bool (*ready)(const void *context),
                       const void *context, unsigned ms, struct why *why) MUST_CHECK;

/* A program that was built or installed beside this one. */
enum err find_program(char path[512], const char *name, struct why *why) MUST_CHECK;
/* A file that belongs to Kith: in ../share/kith of this executable, or in the source tree
   that it was built in. */
enum err find_shared(char path[512], const char *name, struct why *why) MUST_CHECK;

void pause_ms(unsigned ms);

#endif
