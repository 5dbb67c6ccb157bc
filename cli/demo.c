#include "cli/demo.h"

#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/demo_show.h"
#include "cli/demo_stage.h"

static volatile sig_atomic_t stopped;

static void
on_stop(int signal)
{
    (void)signal;
    stopped = 1;
}

/* On the terminal, and in the report. */
void
say(struct demo *demo, const char *text)
{
    fputs(text, stdout);
    fflush(stdout);
    if (demo->report != NULL)
        fputs(text, demo->report);
}

void
expect(struct demo *demo, bool held, const char *format, ...)
{
    char words[400], line[500];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    demo->expectations++;
    demo->failures += !held;
    snprintf(line, sizeof(line), "  %s  %s\n", held ? "yes" : "NO ", words);
    say(demo, line);
}

/* --- Telling ------------------------------------------------------------------------------------------------ */

/* A table goes to the terminal and to the report. */
static void
show(struct demo *demo, void (*table)(FILE *out, const struct demo *demo))
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    if (out == NULL)
        return;
    table(out, demo);
    fclose(out);
    say(demo, text);
    free(text);
}

static void
received_table(FILE *out, const struct demo *demo)
{
    show_who_received(out, demo->scenario, demo->inboxes);
}

static void
side_by_side_tables(FILE *out, const struct demo *demo)
{
    const json_t *file;
    size_t i;

    json_array_foreach(json_object_get(demo->scenario->json, "show"), i, file)
    {
        const char *name = json_string_value(file);
        const struct scenario_message *message = demo_message(demo, name);

        if (message == NULL)
            continue;
        fprintf(out,
                "\nOne message side by side: %.*s\n"
                "(· not given, not even that there is something)\n\n",
                (int)strcspn(name, "."), name);
        show_side_by_side(out, demo->scenario, demo->inboxes,
                          (size_t)(message - demo->scenario->messages));
    }
}

static void
tell(struct demo *demo)
{
    say(demo, "\nWho was told of what (· not told)\n\n");
    show(demo, received_table);
    show(demo, side_by_side_tables);
    demo_check(demo);
    demo_search(demo);
}

static void
say_what_to_try(struct demo *demo)
{
    const char *first = demo->scenario->messages[0].file;
    char *text, kith[512], socket[FILE_PATH_MAX];

    demo_socket(socket, demo, demo->scenario->messages[0].agency);
    if (find_program(kith, "kith", NULL)
        || asprintf(&text,
                    "\nEverything is running, in %s.  In another terminal:\n\n"
                    "  export KITH_AGENT=%s\n"
                    "  %s status\n"
                    "  %s tail\n"
                    "  %s send --wait accepted %s/%s\n"
                    "  curl --unix-socket $KITH_AGENT http://agent/v1/inbox\n"
                    "  tail -f %s/broker/broker.log\n\n"
                    "Ctrl-C ends it%s.\n",
                    demo->folder, socket, kith, kith, kith, demo->shared, first, demo->folder,
                    demo->temporary ? " and removes the folder" : "")
               < 0)
        return;
    say(demo, text);
    free(text);
}

static void
stay_up(struct demo *demo)
{
    struct why why;

    say_what_to_try(demo);
    while (!stopped) {
        if (process_check(&demo->broker, &why)) {
            complain(EXIT_FAILED, "%s", why.text);
            demo->failures++;
            return;
        }
        pause_ms(200);
    }
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
    tell(demo);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    snprintf(line, sizeof(line), "\n%zu of %zu expectations held; %.1f seconds\n",
             demo->expectations - demo->failures, demo->expectations,
             (double)(ended.tv_sec - begun.tv_sec)
                 + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9);
    say(demo, line);
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
    if (err) {
        demo->failures++;
        complain(EXIT_FAILED, "%s", why.text);
    }
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
    const struct sigaction stop = { .sa_handler = on_stop };
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
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    return run(&demo, folder);
}
