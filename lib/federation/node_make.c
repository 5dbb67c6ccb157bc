#include "federation/make_parts.h"

enum err
write_key(const char *folder, const char *name, enum keyfile_type type, const void *secret,
          size_t len, const struct key *kek, struct why *why)
{
    struct unlock unlock = { .key = kek };
    char path[FILE_PATH_MAX];
    enum err err;

    if ((err = path_in(path, folder, name, why)))
        return err;
    return keyfile_write(path, type, secret, len, &unlock, why);
}

enum err
make_signing_key(struct sign_public *public, struct sign_secret *secret, const char *folder,
                 const char *name, enum keyfile_type type, const struct key *kek,
                 struct why *why)
{
    sign_make(public, secret);
    return write_key(folder, name, type, secret->bytes, sizeof(secret->bytes), kek, why);
}

enum err
make_exchange_key(struct exchange_public *public, const char *folder, const char *name,
                  enum keyfile_type type, const struct key *kek, struct why *why)
{
    struct exchange_secret secret;
    enum err err;

    exchange_make(public, &secret);
    err = write_key(folder, name, type, secret.bytes, sizeof(secret.bytes), kek, why);
    wipe(&secret, sizeof(secret));
    return err;
}

enum err
make_random_key(const char *folder, const char *name, enum keyfile_type type,
                const struct key *kek, struct why *why)
{
    struct key key;
    enum err err;

    random_fill(key.bytes, sizeof(key.bytes));
    err = write_key(folder, name, type, key.bytes, sizeof(key.bytes), kek, why);
    wipe(&key, sizeof(key));
    return err;
}

enum err
write_broker_conf(const char *folder, bool demo, struct why *why)
{
    struct buffer text;
    enum err err;

    buffer_init(&text, 4096);
    buffer_print(&text,
                 "# kith-broker.  Paths are seen from the folder of this file.\n"
                 "federation = ../federation\n"
                 "keys = keys\n"
                 "store = sqlite:store/log.db\n"
                 "endpoint = tcp://127.0.0.1:*\n"
                 "# The address that was bound in the end is written here.\n"
                 "endpoint-file = endpoint\n"
                 "demo = %s\n",
                 demo ? "yes" : "no");
    err = write_text(folder, "broker.conf", &text, why);
    buffer_clear(&text);
    return err;
}

enum err
write_agent_conf(const char *folder, const struct agent_place *place, bool demo,
                 struct why *why)
{
    struct buffer text;
    enum err err;

    buffer_init(&text, 4096);
    buffer_print(
        &text,
        "# kith-agent of %s.  Paths are seen from the folder of this file.\n"
        "agency = %s\n"
        "federation = %s\n"
        "keys = keys\n"
        "store = store/agent.db\n"
        "socket = agent.sock\n"
        "# An address, tcp://broker.example:7070, or file:PATH of a file that holds it.\n"
        "broker = %s\n"
        "demo = %s\n",
        place->agency, place->agency, place->federation, place->broker, demo ? "yes" : "no");
    err = write_text(folder, "agent.conf", &text, why);
    buffer_clear(&text);
    return err;
}
