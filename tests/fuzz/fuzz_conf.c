#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"

/* A configuration file: whatever it holds, either all strings are there or none is. */
struct config {
    char *text, *path, *optional;
    uint64_t number;
    bool demo;
};

static const struct conf_key keys[] = {
    { "agency", CONF_TEXT, offsetof(struct config, text), NULL, "whose" },
    { "keys", CONF_PATH, offsetof(struct config, path), "keys", "where" },
    { "note", CONF_PATH, offsetof(struct config, optional), "", "what" },
    { "limit", CONF_NUMBER, offsetof(struct config, number), "10", "how many" },
    { "demo", CONF_SWITCH, offsetof(struct config, demo), "no", "whether" },
    { 0 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config config = { 0 };
    struct why why = { "" };

    if (conf_read(&config, keys, bytes_of(data, size), "etc/kith.conf", &why)) {
        if (config.text != NULL || config.path != NULL || why.text[0] == 0)
            abort();
        return 0;
    }
    if (config.text[0] == 0 || strchr(config.text, '\n') != NULL || config.path[0] == 0)
        abort();
    conf_clear(&config, keys);
    return 0;
}
