#include <errno.h>
#include <string.h>

#include "federation/make_parts.h"
#include "federation/node_keys.h"

static const char *const open_folders[] = { "federation", "federation/intake", "broker",
                                            "agencies",   "messages",          "policy",
                                            NULL };
static const char *const closed_folders[] = { "offline", "broker/keys", "broker/store", NULL };

/* The federation while it is being made, in a folder of another name. */
struct making {
    const struct make_options *options;
    char folder[FILE_PATH_MAX];
    struct trust trust;
    struct sign_public index;
    struct exchange_public broker;
    struct key offline_kek;
};

static enum err
make_broker(struct making *making, struct why *why)
{
    char folder[FILE_PATH_MAX], keys[FILE_PATH_MAX];
    const char *passphrase = making->options->broker_passphrase;
    struct key kek;
    enum err err;

    if ((err = path_of(folder, why, making->folder, "broker"))
        || (err = path_of(keys, why, making->folder, "broker/keys"))
        || (err = node_kek_make(&kek, keys, passphrase, why)))
        return err;
    err =
        make_exchange_key(&making->broker, keys, "transport.key", KEYFILE_TRANSPORT, &kek, why);
    wipe(&kek, sizeof(kek));
    return err != ERR_OK ? err : write_broker_conf(folder, passphrase == NULL, why);
}

static enum err
make_offline(struct making *making, struct why *why)
{
    struct sign_secret index;
    char folder[FILE_PATH_MAX];
    enum err err;

    memcpy(making->trust.federation, making->options->federation,
           strlen(making->options->federation) + 1);
    if ((err = path_of(folder, why, making->folder, "offline"))
        || (err = node_kek_make(&making->offline_kek, folder,
                                making->options->offline_passphrase, why))
        || (err = make_signers(&making->trust, folder, &making->offline_kek, why))
        || (err = make_random_key(folder, "psk-1.key", KEYFILE_PSK, &making->offline_kek, why)))
        return err;
    err = make_signing_key(&making->index, &index, folder, "index.key", KEYFILE_SIGNING,
                           &making->offline_kek, why);
    wipe(&index, sizeof(index));
    return err;
}

static enum err
write_trust(const struct making *making, struct why *why)
{
    char folder[FILE_PATH_MAX];
    struct buffer text;
    enum err err;

    buffer_init(&text, 16 * 1024);
    trust_write(&text, &making->trust);
    if (!(err = path_of(folder, why, making->folder, "federation")))
        err = write_text(folder, "trust", &text, why);
    buffer_clear(&text);
    return err;
}

static enum err
sign_first(const struct making *making, enum document_kind kind, uint32_t version,
           struct bytes body, struct why *why)
{
    struct document_line line = { .kind = kind, .version = version };
    struct buffer text;
    enum err err;

    memcpy(line.federation, making->trust.federation, sizeof(line.federation));
    buffer_init(&text, kind == DOCUMENT_REGISTRY ? REGISTRY_MAX : AGREEMENT_MAX);
    document_line_write(&text, &line);
    buffer_add_bytes(&text, body);
    err =
        buffer_is_whole(&text)
            ? sign_document(making->folder, &making->offline_kek, &making->trust, &line,
                            buffer_bytes(&text), why)
            : because(why, ERR_TOO_BIG, "the agreement is longer than %d bytes", AGREEMENT_MAX);
    buffer_clear(&text);
    return err;
}

static enum err
sign_registry(const struct making *making, struct why *why)
{
    struct buffer body;
    char broker[64];
    enum err err;

    buffer_init(&body, 1024);
    base64_write(broker, making->broker.bytes, sizeof(making->broker.bytes));
    buffer_print(&body, "\n%sbroker transport %s\n",
                 making->options->offline_passphrase == NULL ? "demonstration\n" : "", broker);
    signing_line_write(&body, "index ", 1, &making->index, making->options->now);
    err = sign_first(making, DOCUMENT_REGISTRY, 1, buffer_bytes(&body), why);
    buffer_clear(&body);
    return err;
}

static enum err
sign_agreement(const struct making *making, struct why *why)
{
    uint32_t version = making->options->agreement_version;

    return sign_first(making, DOCUMENT_AGREEMENT, version == 0 ? 1 : version,
                      making->options->agreement, why);
}

static enum err
keep_policy(const struct making *making, struct why *why)
{
    char path[FILE_PATH_MAX];
    enum err err;

    if ((err = path_of(path, why, making->folder, "policy/agreement.policy")))
        return err;
    return file_write(path, making->options->agreement, 0644, why);
}

static enum err
make_all(struct making *making, struct why *why)
{
    enum err err;

    if ((err = make_folders(making->folder, open_folders, 0755, why))
        || (err = make_folders(making->folder, closed_folders, 0700, why))
        || (err = make_offline(making, why)) || (err = make_broker(making, why))
        || (err = write_trust(making, why)) || (err = sign_registry(making, why))
        || (err = sign_agreement(making, why)))
        return err;
    return keep_policy(making, why);
}

static enum err
check_options(const struct make_options *options, struct why *why)
{
    if (!name_is_valid(bytes_of_text(options->federation)))
        return because(why, ERR_MALFORMED,
                       "'%s' is not a name for a federation: a-z, 0-9 and single hyphens, a "
                       "letter first",
                       options->federation);
    if (options->agreement.len == 0)
        return because(why, ERR_MALFORMED, "the agreement is empty");
    if (!folder_is_empty(options->folder))
        return because(why, ERR_CONFLICT, "%s: is there already, and not an empty folder",
                       options->folder);
    return ERR_OK;
}

enum err
federation_make(const struct make_options *options, struct why *why)
{
    struct making making = { .options = options };
    enum err err;

    if ((err = check_options(options, why))
        || (err = begin_folder(making.folder, options->folder, why)))
        return err;
    if ((err = make_all(&making, why))
        || (err = finish_folder(making.folder, options->folder, why)))
        remove_folder(making.folder);
    wipe(&making.offline_kek, sizeof(making.offline_kek));
    return err;
}
