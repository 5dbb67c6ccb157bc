#include "broker/config.h"

#include <stddef.h>

// clang-format off
const struct conf_key broker_settings[] = {
    { "federation",      CONF_PATH,   offsetof(struct config, federation),      NULL,
      "the folder with the registry, the agreement, intake keys and grants" },
    { "keys",            CONF_PATH,   offsetof(struct config, keys),            "keys",
      "the folder with the broker's key files" },
    { "store",           CONF_TEXT,   offsetof(struct config, store),           "sqlite:store/log.db",
      "the log and the queues" },
    { "archive",         CONF_PATH,   offsetof(struct config, archive),         "store",
      "the folder where agreements that have been in force are kept" },
    { "invites",         CONF_PATH,   offsetof(struct config, invites),         "invites",
      "the folder of the invites that `kith agency invite` makes" },
    { "endpoint",        CONF_TEXT,   offsetof(struct config, endpoint),        "tcp://127.0.0.1:*",
      "where to listen" },
    { "endpoint-file",   CONF_PATH,   offsetof(struct config, endpoint_file),   "endpoint",
      "the file that the bound endpoint is written to" },
    { "passphrase-file", CONF_PATH,   offsetof(struct config, passphrase_file), "",
      "the passphrase of the key files, when the service manager does not give it" },
    { "connections-max", CONF_NUMBER, offsetof(struct config, connections_max), "1024",
      "agents connected at a time" },
    { "demo",            CONF_SWITCH, offsetof(struct config, demo),            "no",
      "accept a key-encryption key that is not protected; for demonstrations only" },
    { 0 },
};
// clang-format on
