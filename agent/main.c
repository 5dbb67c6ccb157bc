#include "agent/config.h"
#include "agent/daemon.h"
#include "core/program.h"
#include "crypto/key.h"

static struct config config;

/* The demonstration searches memory for plaintext, and so leaves it readable. */
static enum err
serve(const char *path, bool check_only, struct why *why)
{
    struct daemon *daemon;
    enum err err;

    if (!config.demo)
        program_close_memory();
    if (!crypto_start())
        return because(why, ERR_IO, "the cryptography library cannot be used");
    if ((err = daemon_open(&daemon, &config, path, why)))
        return err;
    if (!check_only)
        err = daemon_run(daemon, why);
    daemon_close(&daemon);
    return err;
}

int
main(int argc, char **argv)
{
    const struct program program = {
        .name = "kith-agent",
        .check_help = "read the configuration, the keys, the federation and the store, and\n   "
                      "          stop",
        .keys = agent_settings,
        .config = &config,
        .serve = serve,
    };

    return program_main(&program, argc, argv);
}
