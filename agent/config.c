#include "agent/config.h"

#include <stddef.h>

// clang-format off
const struct conf_key agent_settings[] = {
    { "agency",          CONF_TEXT,   offsetof(struct config, agency),          NULL,
      "the agency's name in the registry" },
    { "federation",      CONF_PATH,   offsetof(struct config, federation),      NULL,
      "the folder with the registry, the agreement, intake keys and grants" },
    { "keys",            CONF_PATH,   offsetof(struct config, keys),            "keys",
      "the folder with the agency's key files" },
    { "store",           CONF_PATH,   offsetof(struct config, store),           "store/agent.db",
      "the spool and the inbox" },
    { "archive",         CONF_PATH,   offsetof(struct config, archive),         "store",
      "the folder where agreements that have been in force are kept" },
    { "socket",          CONF_PATH,   offsetof(struct config, socket),          "agent.sock",
      "the Unix socket for the agency's own systems" },
    { "broker",          CONF_TEXT,   offsetof(struct config, broker),          NULL,
      "tcp://HOST:PORT, or file:PATH of a file that holds it" },
    { "passphrase-file", CONF_PATH,   offsetof(struct config, passphrase_file), "",
      "the passphrase of the key files, when the service manager does not give it" },
    { "mash-telephone",  CONF_TEXT,   offsetof(struct config, mash_telephone),  "",
      "shown to whoever waits in vain for MASH to open a message" },
    { "demo",            CONF_SWITCH, offsetof(struct config, demo),            "no",
      "accept a key-encryption key that is not protected; for demonstrations only" },
    { 0 },
};
// clang-format on
