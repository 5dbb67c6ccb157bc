#ifndef KITH_TESTS_FEDERATE_H
#define KITH_TESTS_FEDERATE_H

#include "check.h"

#include <unistd.h>

#include "agreement/in_force.h"
#include "core/file.h"
#include "core/instant.h"
#include "federation/make.h"
#include "federation/node_keys.h"

/*
 * A whole federation in a folder of its own: bare keys, the agreement of island.policy, six
 * agencies.  It is laid down once for each test program, and copied for each test.
 */
enum {
    MASH = 100,
    SOCIAL_CARE,
    POLICE,
    SCHOOL,
    OTHER_SCHOOL,
    HOSPITAL,
    AGENCIES_END,
    STRANGER = 999 /* nobody's number */
};

static const char *const agency_names[] = {
    "mash",
    "childrens-services",
    "states-police",
    "st-helier-primary",
    "les-quennevais-secondary",
    "general-hospital",
};

struct federate {
    char folder[64];
    struct moment now;
};

static inline const char *
name_of(uint32_t agency)
{
    return agency_names[agency - MASH];
}

static inline struct offline
offline_of(const struct federate *federate)
{
    return (struct offline){ .folder = federate->folder };
}

static inline void
expect_ok(enum err err, const struct why *why)
{
    if (err != ERR_OK)
        fail_msg("%s: %s", err_text(err), why->text);
}

/* --- Time ------------------------------------------------------------------------------- */

static inline struct moment
at(const char *text)
{
    struct moment moment = { .steady_ms = 1000 * 1000 };

    assert_true(instant_read(&moment.wall, text));
    return moment;
}

static inline void
pass(struct moment *now, int64_t ms)
{
    now->wall.ms += ms;
    now->steady_ms += ms;
}

#define SECONDS(n) ((n)*INT64_C(1000))
#define MINUTES(n) SECONDS(60 * (n))
#define HOURS(n)   MINUTES(60 * (n))
#define DAYS(n)    HOURS(24 * (n))

/* --- Laying down ------------------------------------------------------------------------- */

__attribute__((format(printf, 1, 2))) static inline void
shell(const char *format, ...)
{
    char command[512];
    va_list args;

    va_start(args, format);
    vsnprintf(command, sizeof(command), format, args);
    va_end(args);
    assert_int_equal(system(command), 0);
}

static inline void
read_policy(struct buffer *text)
{
    struct why why = { "" };

    buffer_init(text, 1024 * 1024);
    expect_ok(file_read(text, "tests/island.policy", &why), &why);
}

static inline void
lay_down(struct federate *federate)
{
    struct offline offline = offline_of(federate);
    struct buffer policy;
    struct make_options options = { .folder = federate->folder,
                                    .federation = "island",
                                    .now = federate->now.wall };
    struct why why = { "" };
    uint32_t number;

    read_policy(&policy);
    options.agreement = buffer_bytes(&policy);
    expect_ok(federation_make(&options, &why), &why);
    for (uint32_t agency = MASH; agency < AGENCIES_END; agency++) {
        struct new_agency fresh = { .name = name_of(agency), .now = federate->now.wall };

        expect_ok(federation_add_agency(&offline, &fresh, &number, &why), &why);
        assert_int_equal(number, agency);
    }
    buffer_clear(&policy);
}

static char template_folder[64];

static inline void
forget_template(void)
{
    shell("rm -rf %s", template_folder);
}

static inline void
make_folder(char folder[64])
{
    strcpy(folder, "/tmp/kith-federate-XXXXXX");
    assert_non_null(mkdtemp(folder));
}

#define BEGINNING "2026-11-25T12:00:00Z"

static inline void
federate_begin(struct federate *federate)
{
    struct federate template = { .now = at(BEGINNING) };

    if (template_folder[0] == 0) {
        make_folder(template_folder);
        atexit(forget_template);
        strcpy(template.folder, template_folder);
        lay_down(&template);
    }
    federate->now = template.now;
    make_folder(federate->folder);
    shell("cp -a %s/. %s", template_folder, federate->folder);
}

static inline void
federate_end(struct federate *federate)
{
    shell("rm -rf %s", federate->folder);
}

/* --- What a node goes by --------------------------------------------------------------------- */

/* agency 0: the broker.  The caller's. */
static inline struct in_force *
read_in_force(const struct federate *federate, uint32_t agency, const struct in_force *current)
{
    char directory[FILE_PATH_MAX], archive[FILE_PATH_MAX];
    struct in_force *in_force = NULL;
    struct why why = { "" };

    snprintf(directory, sizeof(directory), "%s/federation", federate->folder);
    snprintf(archive, sizeof(archive), "%s/archive-%u", federate->folder, (unsigned)agency);
    expect_ok(folder_make(archive, 0700, &why), &why);
    expect_ok(in_force_read(&in_force, directory, archive, current, federate->now.wall, &why),
              &why);
    return in_force;
}

static inline struct node_keys *
keys_of(const struct federate *federate, uint32_t agency)
{
    char folder[FILE_PATH_MAX];
    struct node_keys *keys = NULL;
    struct why why = { "" };

    snprintf(folder, sizeof(folder), "%s/agencies/%s/keys", federate->folder, name_of(agency));
    expect_ok(node_keys_load(&keys, folder, NODE_AGENCY, NULL, true, &why), &why);
    return keys;
}

/* --- What the signers do -------------------------------------------------------------------- */

static inline void
with_instead(struct buffer *out, struct buffer *text, const char *old, const char *fresh)
{
    const char *at_old = strstr(buffer_text(text), old);

    assert_non_null(at_old);
    buffer_init(out, 1024 * 1024);
    buffer_add(out, text->data, (size_t)(at_old - buffer_text(text)));
    buffer_add_text(out, fresh);
    buffer_add_text(out, at_old + strlen(old));
}

static inline uint32_t
next_agreement(const struct federate *federate)
{
    char path[FILE_PATH_MAX];
    struct document_line line;
    struct buffer text;
    struct why why = { "" };

    snprintf(path, sizeof(path), "%s/federation/agreement.policy", federate->folder);
    buffer_init(&text, 1024 * 1024);
    expect_ok(file_read(&text, path, &why), &why);
    expect_ok(document_line_read(&line, buffer_bytes(&text), &why), &why);
    buffer_clear(&text);
    return line.version + 1;
}

/* The agreement with one text in place of another is signed as the next version. */
static inline void
agree_on(const struct federate *federate, const char *old, const char *fresh)
{
    struct offline offline = offline_of(federate);
    struct buffer text, changed, numbered;
    struct why why = { "" };
    char version[40];

    read_policy(&text);
    with_instead(&changed, &text, old, fresh);
    snprintf(version, sizeof(version), "version    %u\n", (unsigned)next_agreement(federate));
    with_instead(&numbered, &changed, "version    1\n", version);
    expect_ok(federation_publish(&offline, DOCUMENT_AGREEMENT, buffer_bytes(&numbered), &why),
              &why);
    buffer_clear(&numbered);
    buffer_clear(&changed);
    buffer_clear(&text);
}

/* The registry is signed as the next version with one text in place of another, which is as
   long, in what it says of that agency. */
static inline void
relist(const struct federate *federate, const struct in_force *in_force, uint32_t agency,
       const char *old, const char *fresh)
{
    const struct signed_document *now =
        federation_document(in_force->federation, DOCUMENT_REGISTRY);
    struct offline offline = offline_of(federate);
    struct buffer body;
    struct why why = { "" };
    char *text, *at_old;

    buffer_init(&body, REGISTRY_MAX);
    buffer_add_bytes(&body, now->text);
    text = strchr((char *)(uintptr_t)buffer_text(&body), '\n') + 1;
    at_old = strstr(strstr(text, name_of(agency)), old);
    assert_non_null(at_old);
    assert_int_equal(strlen(old), strlen(fresh));
    memcpy(at_old, fresh, strlen(fresh));
    expect_ok(federation_publish(&offline, DOCUMENT_REGISTRY, bytes_of_text(text), &why), &why);
    buffer_clear(&body);
}

/* That agency's signing key is not to be used after the second of December 2026. */
#define LAST_DAY "2026-12-02"

static inline void
retire_key(const struct federate *federate, const struct in_force *in_force, uint32_t agency)
{
    relist(federate, in_force, agency, " to 2027-11-25", " to " LAST_DAY);
}

/* One registry signer (0: any that has not yet) signs that the agency is suspended. */
static inline struct suspension
suspend(const struct federate *federate, uint32_t agency, unsigned signer)
{
    const struct suspending suspending = { name_of(agency), signer, federate->now.wall };
    struct offline offline = offline_of(federate);
    struct suspension result;
    struct why why = { "" };

    expect_ok(federation_suspend(&offline, &suspending, &result, &why), &why);
    return result;
}

static inline void
lift_suspension(const struct federate *federate, uint32_t agency)
{
    struct offline offline = offline_of(federate);
    struct why why = { "" };

    expect_ok(federation_lift(&offline, name_of(agency), federate->now.wall, &why), &why);
}

/* A grant of the index for 30 days; recipient 0 is its answer that it knows the record.
   k: the recipient's own key for its record; NULL: a ref of nobody's record. */
static inline struct grant
grant_to(const struct federate *federate, uint32_t publisher, const uint8_t handle[HANDLE],
         uint32_t recipient, const struct key *k)
{
    struct grant grant = {
        .publisher = publisher,
        .recipient = recipient,
        .basis = BASIS_ENROLMENT,
        .from_ms = (uint64_t)federate->now.wall.ms,
        .to_day = (uint32_t)instant_day(federate->now.wall).number + 30,
    };

    memcpy(grant.handle, handle, HANDLE);
    random_fill(grant.id, sizeof(grant.id));
    if (k != NULL)
        ref_of(grant.ref, publisher, handle, k);
    return grant;
}

static inline void
sign_grant(const struct federate *federate, const struct grant *grant)
{
    struct offline offline = offline_of(federate);
    struct why why = { "" };

    expect_ok(federation_sign_grants(&offline, grant, 1, federate->now.wall, &why), &why);
}

#endif
