#include "broker/config.h"
#include "broker/server.h"
#include "core/program.h"
#include "crypto/key.h"

static struct config config;

/* The demonstration searches memory for plaintext, and so leaves it readable. */
static enum err
serve(const char *path, bool check_only, struct why *why)
{
    struct server *server;
    enum err err;

    if (!config.demo)
        program_close_memory();
    if (!crypto_start())
        return because(why, ERR_IO, "the cryptography library cannot be used");
    if ((err = server_open(&server, &config, path, why)))
        return err;
    if (!check_only)
        err = server_run(server, why);
    server_close(&server);
    return err;
}

int
main(int argc, char **argv)
{
    const struct program program = {
        .name = "kith-broker",
        .check_help = "read the configuration, the keys, the federation and the store,\n       "
                      "      test the listener, and stop",
        .keys = broker_settings,
        .config = &config,
        .serve = serve,
    };

    return program_main(&program, argc, argv);
}
