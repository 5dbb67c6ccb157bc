#ifndef KITH_CORE_LOG_H
#define KITH_CORE_LOG_H

/*
 * The log of a running program, on stderr, one line an event:
 *
 *     2026-11-25T17:25:00.123Z notice accepted sender=police kind=concern log_index=7
 *
 * An event is a fixed word and named values.  Values are ids, counts, agency names and
 * our own words; never content, a child's name, a key, or text that a peer chose.
 * Control characters and spaces in values are escaped.
 */
enum log_level { LOG_ERROR, LOG_ALARM, LOG_NOTICE, LOG_DETAIL };

/* Names and values in turn, ended by NULL. */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));

/* Events above this level are not written; LOG_NOTICE at start. */
void log_up_to(enum log_level level);

#endif
