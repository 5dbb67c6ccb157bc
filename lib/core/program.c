#include "core/program.h"

#include <getopt.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "core/log.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

static int
usage(const struct program *program, FILE *out)
{
    struct buffer keys;

    buffer_init(&keys, CONF_FILE_MAX);
    conf_help(&keys, program->keys);
    fprintf(out,
            "usage: %s [--check] [--verbose] CONFIGURATION\n"
            "\n"
            "  --check    %s\n"
            "  --verbose  log details\n"
            "\n"
            "SIGHUP reads the federation again.  The configuration holds lines KEY = VALUE:\n"
            "\n%s",
            program->name, program->check_help, buffer_text(&keys));
    buffer_clear(&keys);
    return out == stdout ? 0 : EXIT_USAGE;
}

static enum err
run(const struct program *program, const char *path, bool check_only, struct why *why)
{
    enum err err = conf_load(program->config, program->keys, path, why);

    if (err)
        return err;
    err = program->serve(path, check_only, why);
    conf_clear(program->config, program->keys);
    if (err == ERR_OK && check_only)
        puts("everything is as it should be");
    return err;
}

int
program_main(const struct program *program, int argc, char **argv)
{
    static const struct option options[] = { { "check", no_argument, NULL, 'c' },
                                             { "verbose", no_argument, NULL, 'v' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    struct why why = { "cannot start" };
    bool check_only = false;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'c')
            check_only = true;
        else if (option == 'v')
            log_up_to(LOG_DETAIL);
        else
            return usage(program, option == 'h' ? stdout : stderr);
    }
    if (optind + 1 != argc)
        return usage(program, stderr);
    if (run(program, argv[optind], check_only, &why) == ERR_OK)
        return 0;
    fprintf(stderr, "%s: %s\n", program->name, why.text);
    return EXIT_FAILED;
}

void
program_close_memory(void)
{
    const struct rlimit none = { 0, 0 };

    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}
