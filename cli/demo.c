#include "cli/demo.h"

#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/demo_hostile.h"
#include "cli/demo_show.h"
#include "cli/demo_stage.h"
#include "cli/plain.h"

enum { LINE_LIMIT = 256 * 1024 };

static volatile sig_atomic_t stopped;

static void
on_stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static void
say_on_screen(const char *text)
{
    fputs(text, stdout);
    fflush(stdout);
}

static void
say_in_report(struct demo *demo, const char *text)
{
    if (demo->report != NULL)
        fputs(text, demo->report);
}

void
say(struct demo *demo, const char *text)
{
    say_on_screen(text);
    say_in_report(demo, text);
}

void
say_wrapped(struct demo *demo, const char *begin, unsigned indent, const char *text)
{
    const struct layout layout = { .column = indent,
                                   .indent = indent,
                                   .width = screen_width() };
    struct buffer line;

    buffer_init(&line, LINE_LIMIT);
    buffer_print(&line, "%-*s", (int)indent, begin);
    plain_write(&line, text, layout);
    buffer_add_byte(&line, '\n');
    say(demo, buffer_text(&line));
    buffer_clear(&line);
}

static void
remember_failure(struct demo *demo, const char *words)
{
    if (demo->failed.limit == 0)
        buffer_init(&demo->failed, LINE_LIMIT);
    buffer_print(&demo->failed, "  NO   %s\n", words);
}

static void
count_expectation(struct demo *demo, bool held, unsigned indent, const char *words)
{
    demo->expectations++;
    demo->failures += !held;
    if (!held)
        remember_failure(demo, words);
    say_wrapped(demo, held ? "  yes" : "  NO", indent, words);
}

void
expect(struct demo *demo, bool held, const char *format, ...)
{
    char words[1000];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    count_expectation(demo, held, 7, words);
}

void
expect_of_it(struct demo *demo, bool held, const char *format, ...)
{
    char words[1000];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    count_expectation(demo, held, 11, words);
}

/* --- Telling ------------------------------------------------------------------------------------------------ */

/* What a table writes, as a text to be freed; NULL when there is no memory for it. */
static char *
text_of(void (*table)(FILE *out, const struct demo *demo), const struct demo *demo)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    if (out == NULL)
        return NULL;
    table(out, demo);
    fclose(out);
    return text;
}

static void
received_table(FILE *out, const struct demo *demo)
{
    show_who_received(out, demo->scenario, demo->inboxes, screen_width());
}

/* The messages that the scenario has shown, each with a heading. */
static void
show_each(FILE *out, const struct demo *demo, const char *heading,
          void (*show_one)(FILE *out, const struct demo *demo, size_t message))
{
    const json_t *file;
    size_t i;

    json_array_foreach(json_object_get(demo->scenario->json, "show"), i, file)
    {
        const struct scenario_message *message = demo_message(demo, json_string_value(file));
        char title[SCENARIO_TITLE_MAX];

        if (message == NULL)
            continue;
        scenario_title(title, demo->scenario, message);
        fprintf(out, "\n%s: %s\n(· not given, not even that there is something)\n\n", heading,
                title);
        show_one(out, demo, (size_t)(message - demo->scenario->messages));
    }
}

static void
show_one_on_screen(FILE *out, const struct demo *demo, size_t message)
{
    show_differences(out, demo->scenario, demo->inboxes, message, screen_width());
}

static void
show_one_whole(FILE *out, const struct demo *demo, size_t message)
{
    show_side_by_side(out, demo->scenario, demo->inboxes, message);
}

static void
differences(FILE *out, const struct demo *demo)
{
    show_each(out, demo, "Where they differ most", show_one_on_screen);
    if (demo->temporary && demo->once)
        fputs("\n(every field: kith demo --dir D writes it to D/report.txt)\n", out);
    else
        fprintf(out, "\n(every field: %s/report.txt)\n", demo->folder);
}

static void
side_by_side_tables(FILE *out, const struct demo *demo)
{
    show_each(out, demo, "One message side by side", show_one_whole);
}

static void
tell(struct demo *demo)
{
    char *received = text_of(received_table, demo), *screen = text_of(differences, demo),
         *whole = text_of(side_by_side_tables, demo);

    say(demo, "\nWho was told of what (· not told)\n\n");
    say(demo, received == NULL ? "" : received);
    say_on_screen(screen == NULL ? "" : screen);
    say_in_report(demo, whole == NULL ? "" : whole);
    free(received);
    free(screen);
    free(whole);
    demo_check(demo);
}

/* The last line, so that it is what one sees; and what did not hold, once more. */
static void
say_result(struct demo *demo, double seconds)
{
    char line[200];

    if (demo->failures > 0) {
        say(demo, "\nWhat did not hold\n\n");
        say(demo, buffer_text(&demo->failed));
    }
    snprintf(line, sizeof(line), "\n%zu of %zu expectations held; %.1f seconds\n",
             demo->expectations - demo->failures, demo->expectations, seconds);
    say(demo, line);
}

static void
say_what_to_try(struct demo *demo)
{
    const char *first = demo->scenario->messages[0].file;
    char *text, kith[512], socket[FILE_PATH_MAX];

    demo_socket(socket, demo, demo->scenario->messages[0].agency);
    if (find_program(kith, "kith", NULL)
        || asprintf(&text,
                    "\nEverything is running, in %s.\nIn another terminal:\n\n"
                    "  export KITH_AGENT=%s\n"
                    "  export PATH=%.*s:$PATH\n"
                    "  kith status\n"
                    "  kith tail --last 3\n"
                    "  kith send --wait accepted \\\n    %s/%s\n"
                    "  curl --unix-socket $KITH_AGENT http://agent/v1/inbox\n"
                    "  tail -f %s/broker/broker.log\n\n"
                    "%zu of %zu expectations held (above).  Ctrl-C ends it%s.\n",
                    demo->folder, socket, (int)(strrchr(kith, '/') - kith), kith, demo->shared,
                    first, demo->folder, demo->expectations - demo->failures,
                    demo->expectations, demo->temporary ? " and removes the folder" : "")
               < 0)
        return;
    say(demo, text);
    free(text);
}

/* All of them: without any one of them the rest shows something else. */
static enum err
check_processes(struct demo *demo, struct why *why)
{
    enum err err = process_check(&demo->broker, why);

    for (size_t i = 0; i < demo->scenario->agency_count && err == ERR_OK; i++)
        err = process_check(&demo->agents[i], why);
    return err;
}

static void
stay_up(struct demo *demo)
{
    struct why why;

    say_what_to_try(demo);
    while (!stopped) {
        if (check_processes(demo, &why)) {
            complain(EXIT_FAILED, "%s", why.text);
            demo->failures++;
            return;
        }
        pause_ms(200);
    }
}

/* A terminal that hangs up ends it as Ctrl-C does, unless it was started not to mind (nohup).
   Nobody who reads what we say any more (| head) is no reason to leave things behind. */
static void
heed_signals(void)
{
    const struct sigaction stop = { .sa_handler = on_stop };
    struct sigaction hang_up;

    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    if (sigaction(SIGHUP, NULL, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* --- All of it -------------------------------------------------------------------------------------------------- */

static enum err
play(struct demo *demo, struct why *why)
{
    struct timespec begun, ended;
    char line[300];
    enum err err;

    clock_gettime(CLOCK_MONOTONIC, &begun);
    if ((err = demo_prepare(demo, why)))
        return err;
    snprintf(line, sizeof(line), "%s/report.txt", demo->folder);
    demo->report = fopen(line, "we");
    snprintf(line, sizeof(line), "A federation of %zu agencies and a broker, in %s\n",
             demo->scenario->agency_count, demo->folder);
    say(demo, line);
    if ((err = demo_start(demo, why)) || (err = demo_publish(demo, why)))
        return err;
    if (stopped)
        return because(why, ERR_REFUSED, "stopped before it was over");
    tell(demo);
    if ((err = demo_attack(demo, why)))
        return err;
    if (stopped)
        return because(why, ERR_REFUSED, "stopped before it was over");
    demo_search(demo);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    say_result(demo, (double)(ended.tv_sec - begun.tv_sec)
                         + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9);
    return ERR_OK;
}

static void
end(struct demo *demo)
{
    for (size_t i = 0; demo->scenario != NULL && i < demo->scenario->agency_count; i++) {
        process_end(&demo->agents[i]);
        json_decref(demo->inboxes[i]);
    }
    process_end(&demo->broker);
    scenario_free(&demo->scenario);
    buffer_clear(&demo->failed);
    if (demo->report != NULL)
        fclose(demo->report);
    if (demo->temporary && (demo->failures == 0 || demo->report == NULL))
        folder_remove(demo->folder);
}

static int
run(struct demo *demo, const char *folder)
{
    struct why why = { "it did not work" };
    int status = EXIT_OK;
    enum err err = demo_make_folder(demo, folder, &why);

    if (err == ERR_OK && (err = play(demo, &why)) == ERR_OK && !demo->once)
        stay_up(demo);
    if (err)
        status = complain(EXIT_FAILED, "%s", why.text);
    demo->failures += err && !stopped;
    if (demo->failures > 0)
        status = EXIT_FAILED;
    if (demo->failures > 0 && demo->report != NULL) /* it had begun */
        complain(EXIT_FAILED, "the demonstration failed; everything is kept in %s",
                 demo->folder);
    end(demo);
    return status;
}

static int
usage(FILE *out)
{
    fputs(
        "usage: kith demo [--once] [--dir D]\n"
        "\n"
        "A whole federation on this machine: police, schools, a hospital, children's services\n"
        "and MASH, each with its own agent, and a broker that cannot read what it carries.\n"
        "Throw-away keys; invented children.\n"
        "\n"
        "  --once   play the scenario, print what came of it, and stop: status 0 only if\n"
        "           every expectation held (as without a terminal)\n"
        "  --dir D  keep everything in D, which must not be there yet or be empty\n",
        out);
    return out == stdout ? EXIT_OK : EXIT_USAGE;
}

int
demo_command(int argc, char **argv)
{
    static const struct option options[] = { { "once", no_argument, NULL, 'o' },
                                             { "dir", required_argument, NULL, 'd' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    struct demo demo = { .once = !isatty(STDOUT_FILENO) };
    const char *folder = NULL;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'o')
            demo.once = true;
        else if (option == 'd')
            folder = optarg;
        else
            return usage(option == 'h' ? stdout : stderr);
    }
    if (optind != argc)
        return usage(stderr);
    heed_signals();
    return run(&demo, folder);
}
