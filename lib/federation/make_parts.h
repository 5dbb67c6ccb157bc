#ifndef KITH_FEDERATION_MAKE_PARTS_H
#define KITH_FEDERATION_MAKE_PARTS_H

#include "core/file.h"
#include "crypto/keyfile.h"
#include "federation/directory.h"
#include "federation/make.h"
#include "federation/node_keys.h"

/* What the files share that make a federation, and agencies in it. */

enum {
    SIGNERS_MADE = 3,
    SIGNERS_NEEDED = 2,
    KEY_DAYS = 365, /* of signing keys */
    FIRST_AGENCY = 100,
    PSK_EPOCH = 1 /* of the one pre-shared key that a federation is made with */
};

#define INVITES_FOLDER "broker/invites"

/* --- paths.c: folders, and paths inside a federation's folder --------------------------- */

/* folder/printed */
enum err path_of(char path[FILE_PATH_MAX], struct why *why, const char *folder,
                 const char *format, ...) __attribute__((format(printf, 4, 5))) MUST_CHECK;
enum err make_folders(const char *folder, const char *const *names, unsigned mode,
                      struct why *why) MUST_CHECK;
/* A new folder beside `path`, to be renamed to it or removed. */
enum err begin_folder(char temporary[FILE_PATH_MAX], const char *path,
                      struct why *why) MUST_CHECK;
enum err finish_folder(const char *temporary, const char *path, struct why *why) MUST_CHECK;
void remove_folder(const char *path);
bool folder_is_empty(const char *path);
enum err write_text(const char *folder, const char *name, struct buffer *text,
                    struct why *why) MUST_CHECK;

/* One maker at a time: a descriptor to be closed when done. */
enum err lock_folder(int *lock, const char *folder, struct why *why) MUST_CHECK;

/* --- node_make.c: the keys of a node -------------------------------------------------------- */

enum err write_key(const char *folder, const char *name, enum keyfile_type type,
                   const void *secret, size_t len, const struct key *kek,
                   struct why *why) MUST_CHECK;
/* The secret is the caller's to wipe, on failure too. */
enum err make_signing_key(struct sign_public *public, struct sign_secret *secret,
                          const char *folder, const char *name, enum keyfile_type type,
                          const struct key *kek, struct why *why) MUST_CHECK;
enum err make_exchange_key(struct exchange_public *public, const char *folder, const char *name,
                           enum keyfile_type type, const struct key *kek,
                           struct why *why) MUST_CHECK;
enum err make_random_key(const char *folder, const char *name, enum keyfile_type type,
                         const struct key *kek, struct why *why) MUST_CHECK;

/* broker.conf or agent.conf. */
enum err write_broker_conf(const char *folder, bool demo, struct why *why) MUST_CHECK;
struct agent_place {
    const char *agency, *federation, *broker;
};
enum err write_agent_conf(const char *folder, const struct agent_place *place, bool demo,
                          struct why *why) MUST_CHECK;

/* --- offline.c: what the signers have ---------------------------------------------------- */

/* "registry" or "agreement", as their key files are named. */
const char *office_of(enum document_kind kind);
/* Makes registry-1 … and agreement-1 …, their .pub files, and the trust in them. */
enum err make_signers(struct trust *trust, const char *folder, const struct key *kek,
                      struct why *why) MUST_CHECK;
/* "signing 1 KEY from DAY to DAY", for KEY_DAYS from today on. */
void signing_line_write(struct buffer *out, const char *before, uint32_t number,
                        const struct sign_public *public, struct instant now);

/* The federation as it is now, verified; the key of the offline keys; and the lock. */
struct opened_offline {
    struct federation *federation;
    struct key kek;
    int lock;
};
enum err offline_open(struct opened_offline *opened, const struct offline *offline,
                      struct why *why) MUST_CHECK;
void offline_close(struct opened_offline *opened);

/* Puts a first line before body, and signs. */
enum err publish_next(const struct federation *federation, const struct offline *offline,
                      const struct key *kek, enum document_kind kind, struct bytes body,
                      struct why *why) MUST_CHECK;

/* --- agency_parts.c: an agency's keys, and its entry ---------------------------------------- */

/* Of an agency's own folder; closed to others. */
extern const char *const agency_folders[];

struct agency_keys {
    struct sign_public signing;
    struct sign_secret secret; /* of signing: the caller's to wipe, on failure too */
    struct exchange_public transport;
    struct intake_key intake;
};
/* All key files of a new agency in its keys folder. */
enum err make_agency_keys(struct agency_keys *made, const char *folder, uint32_t number,
                          const char *passphrase, uint32_t psk_epoch, const struct key *psk,
                          struct instant now, struct why *why) MUST_CHECK;

/* That it is a name, and nobody's. */
enum err check_fresh_name(const struct registry *registry, const char *name,
                          struct why *why) MUST_CHECK;
/* One more than any that was ever given, or promised in an invite that is open. */
enum err next_agency_number(uint32_t *number, const struct registry *registry,
                            const char *folder, struct why *why) MUST_CHECK;

/* An agency for the registry, whose signing key is good from that day on. */
struct new_entry {
    uint32_t number;
    const char *name;
    const struct sign_public *signing;
    const struct exchange_public *transport;
    struct instant since;
};
/* Signs the next registry, with the agency at its end. */
enum err publish_entry(const struct opened_offline *opened, const struct offline *offline,
                       const struct new_entry *entry, struct why *why) MUST_CHECK;

/* --- add_agency.c ----------------------------------------------------------------------------- */

/* The federation's pre-shared key, to be wiped. */
enum err offline_psk(struct key *psk, const struct opened_offline *opened, const char *folder,
                     struct why *why) MUST_CHECK;

/* --- sign_document.c ------------------------------------------------------------------------ */

/* Signs text, whose first line is `line`, and puts it in place of what is there. */
enum err sign_document(const char *folder, const struct key *kek, const struct trust *trust,
                       const struct document_line *line, struct bytes text,
                       struct why *why) MUST_CHECK;
/* The signer whose secret it is, or NULL. */
const struct minisign_public *public_of(const struct signers *signers,
                                        const struct sign_secret *secret);

#endif
