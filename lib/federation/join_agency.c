#include <string.h>

#include "federation/directory_parts.h"
#include "federation/joining.h"
#include "federation/make_parts.h"

/* --- Beginning: keys, and the request ---------------------------------------------------------- */

static void
describe(struct join_request *request, const struct invite *invite,
         const struct agency_keys *made)
{
    *request = (struct join_request){ .number = invite->number,
                                      .transport = made->transport,
                                      .signing = made->signing,
                                      .intake = made->intake };
    memcpy(request->federation, invite->federation, sizeof(request->federation));
    memcpy(request->agency, invite->agency, sizeof(request->agency));
    exchange_public_of(&request->invite, &invite->secret);
}

static enum err
write_request(const char *keys, const struct invite *invite, const struct agency_keys *made,
              struct why *why)
{
    struct join_request request;
    struct buffer text;
    enum err err;

    describe(&request, invite, made);
    buffer_init(&text, JOIN_MAX);
    join_write(&text, &request, &made->secret);
    err = write_text(keys, JOIN_FILE, &text, why);
    buffer_clear(&text);
    return err;
}

/* As the agent does with the keys that it makes later: it knows by it that it has one. */
static enum err
keep_own_intake(const char *folder, const struct agency_keys *made, struct why *why)
{
    struct buffer text;
    enum err err;

    buffer_init(&text, INTAKE_FILE_MAX);
    intake_file_add(&text, &made->intake);
    err = write_text(folder, "store/own.intake", &text, why);
    buffer_clear(&text);
    return err;
}

static enum err
make_keys(const char *folder, const struct invite *invite, const char *passphrase,
          struct instant now, struct why *why)
{
    struct agency_keys made = { .secret = { { 0 } } };
    char keys[FILE_PATH_MAX];
    enum err err;

    if ((err = path_of(keys, why, folder, "keys")))
        return err;
    if (!(err = make_agency_keys(&made, keys, invite->number, passphrase, invite->psk_epoch,
                                 &invite->psk, now, why))
        && !(err = keep_own_intake(folder, &made, why)))
        err = write_request(keys, invite, &made, why);
    wipe(&made, sizeof(made));
    return err;
}

enum err
joining_begin(const char *folder, const struct invite *invite, const char *passphrase,
              struct instant now, struct why *why)
{
    const struct agent_place place = { .agency = invite->agency,
                                       .federation = "federation",
                                       .broker = invite->endpoint };
    char temporary[FILE_PATH_MAX];
    enum err err;

    if (!folder_is_empty(folder))
        return because(why, ERR_CONFLICT, "%s: is there already, and not an empty folder",
                       folder);
    if ((err = begin_folder(temporary, folder, why)))
        return err;
    if ((err = make_folders(temporary, agency_folders, 0700, why))
        || (err = make_keys(temporary, invite, passphrase, now, why))
        || (err = write_agent_conf(temporary, &place, passphrase == NULL, why))
        || (err = finish_folder(temporary, folder, why)))
        remove_folder(temporary);
    return err;
}

enum err
joining_request(struct buffer *text, struct join_request *request, const char *keys,
                struct why *why)
{
    char path[FILE_PATH_MAX];
    struct why fault = { "" };
    enum err err;

    if ((err = path_in(path, keys, JOIN_FILE, why)) || (err = file_read(text, path, why)))
        return err;
    if ((err = join_read(request, buffer_bytes(text), &fault)))
        return because(why, err, "%s: %s", path, fault.text);
    return ERR_OK;
}

/* --- Finishing: the federation's documents -------------------------------------------------------- */

static enum err
write_documents(const char *folder, struct bytes trust,
                const struct given_document documents[2], struct why *why)
{
    struct document_line line;
    char path[FILE_PATH_MAX];
    enum err err;

    if ((err = path_in(path, folder, "trust", why))
        || (err = file_write(path, trust, 0644, why)))
        return err;
    for (int kind = DOCUMENT_REGISTRY; kind <= DOCUMENT_AGREEMENT; kind++) {
        const struct given_document *given = &documents[kind];

        if ((err = document_line_read(&line, given->text, why))
            || (err = document_write(folder, (enum document_kind)kind, line.version,
                                     given->text, given->minisigs, given->count, why)))
            return err;
    }
    return ERR_OK;
}

static enum err
check_trust(const struct invite *invite, struct bytes text, struct why *why)
{
    uint8_t digest[DIGEST];
    struct trust trust;
    enum err err = trust_read(&trust, text, why);

    if (err)
        return err;
    trust_digest(digest, &trust);
    if (memcmp(digest, invite->trust, DIGEST) != 0
        || strcmp(trust.federation, invite->federation) != 0)
        return because(why, ERR_FORGED,
                       "the broker names other signers than the invite: do not go on; ask the "
                       "administrator");
    return ERR_OK;
}

static enum err
check_federation(const struct invite *invite, const char *folder, struct why *why)
{
    struct federation *federation = NULL;
    const struct registry *registry;
    enum err err = federation_load(&federation, folder, NULL, invite->least_registry,
                                   invite->least_agreement, why);

    if (err)
        return err;
    registry = federation_registry(federation);
    if (memcmp(registry_broker_transport(registry), invite->broker.bytes, 32) != 0)
        err = because(why, ERR_REFUSED,
                      "the registry names another broker than the invite; ask for another");
    federation_free(&federation);
    return err;
}

enum err
joining_finish(const char *folder, const struct invite *invite, struct bytes trust,
               const struct given_document documents[2], struct why *why)
{
    char final[FILE_PATH_MAX], temporary[FILE_PATH_MAX];
    enum err err;

    if ((err = check_trust(invite, trust, why))
        || (err = path_of(final, why, folder, "federation"))
        || (err = begin_folder(temporary, final, why)))
        return err;
    if ((err = write_documents(temporary, trust, documents, why))
        || (err = check_federation(invite, temporary, why))
        || (err = finish_folder(temporary, final, why)))
        remove_folder(temporary);
    return err;
}
