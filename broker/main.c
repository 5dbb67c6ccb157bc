#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "broker/config.h"
#include "broker/server.h"
#include "core/log.h"
#include "crypto/key.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

static int
usage(FILE *out)
{
    struct buffer keys;

    buffer_init(&keys, 64 * 1024);
    config_help(&keys);
    fprintf(out,
            "usage: kith-broker [--check] [--verbose] CONFIGURATION\n"
            "\n"
            "  --check    read the configuration, the keys, the federation and the store,\n"
            "             test the listener, and stop\n"
            "  --verbose  log details\n"
            "\n"
            "SIGHUP reads the federation again.  The configuration holds lines KEY = VALUE:\n"
            "\n%s",
            buffer_text(&keys));
    buffer_clear(&keys);
    return out == stdout ? 0 : EXIT_USAGE;
}

/* No core dumps and no tracing: memory holds the transport key.  The demonstration searches
   memory for plaintext, and so leaves it readable. */
static void
harden(const struct config *config)
{
    const struct rlimit none = { 0, 0 };

    setrlimit(RLIMIT_CORE, &none);
    if (!config->demo)
        prctl(PR_SET_DUMPABLE, 0);
}

static int
say(const struct why *why)
{
    fprintf(stderr, "kith-broker: %s\n", why->text);
    return EXIT_FAILED;
}

static int
serve(const struct config *config, const char *path, bool check_only)
{
    struct server *server;
    struct why why = { "cannot start" };
    int status = 0;

    if (server_open(&server, config, path, &why))
        return say(&why);
    if (check_only)
        puts("everything is as it should be");
    else if (server_run(server, &why))
        status = say(&why);
    server_close(&server);
    return status;
}

int
main(int argc, char **argv)
{
    static const struct option options[] = { { "check", no_argument, NULL, 'c' },
                                             { "verbose", no_argument, NULL, 'v' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    struct config config = { 0 };
    struct why why;
    bool check_only = false;
    int option, status;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'c')
            check_only = true;
        else if (option == 'v')
            log_up_to(LOG_DETAIL);
        else
            return usage(option == 'h' ? stdout : stderr);
    }
    if (optind + 1 != argc)
        return usage(stderr);
    if (config_read(&config, argv[optind], &why))
        return say(&why);
    harden(&config);
    status = crypto_start() ? serve(&config, argv[optind], check_only) : EXIT_FAILED;
    config_clear(&config);
    return status;
}
