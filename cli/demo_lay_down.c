#include "cli/demo_lay_down.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agreement/agreement.h"
#include "cli/demo_folder.h"
#include "core/file.h"
#include "core/mem.h"
#include "federation/directory.h"
#include "federation/grant_file.h"
#include "federation/make.h"
#include "federation/node_keys.h"
#include "store/agent_store.h"

enum { GRANT_DAYS = 365, GRANTS_MAX = 1024, DOCUMENT_MAX = 16 * 1024 * 1024 };

struct laying {
    struct scenario *scenario;
    const char *folder;
    struct instant now;
    struct federation *federation;
    struct agreement *agreement;
    struct grant grants[GRANTS_MAX];
    size_t grant_count;
};

/* --- Agencies and their records ------------------------------------------------------------------ */

static enum err
add_agency(struct laying *laying, const char *name, struct why *why)
{
    const struct offline offline = { .folder = laying->folder };
    const struct new_agency agency = { .name = name, .now = laying->now };
    uint32_t number;

    return federation_add_agency(&offline, &agency, &number, why);
}

/* The one that means harm comes last.  What was in force before it came is kept: signed by
   the right people, and out of date. */
static enum err
add_hostile_agency(struct laying *laying, struct why *why)
{
    char federation[FILE_PATH_MAX], earlier[FILE_PATH_MAX];
    enum err err;

    snprintf(federation, sizeof(federation), "%.2000s/federation", laying->folder);
    snprintf(earlier, sizeof(earlier), "%.2000s/" HOSTILE_EARLIER, laying->folder);
    if ((err = folder_copy(federation, earlier, why)))
        return err;
    return add_agency(laying, HOSTILE_AGENCY, why);
}

static enum err
add_agencies(struct laying *laying, struct why *why)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < laying->scenario->agency_count && err == ERR_OK; i++)
        err = add_agency(laying, laying->scenario->agencies[i], why);
    return err ? err : add_hostile_agency(laying, why);
}

/* The record as the agency's own system has it, in the agent's sealed store. */
static enum err
keep_record(struct agent_store *store, struct scenario_record *record)
{
    struct own_record own;
    enum err err = record_take(store, record->system, record->local_id, &own);

    if (err)
        return err;
    memcpy(record->handle, own.handle, sizeof(record->handle));
    random_fill(&record->k, sizeof(record->k));
    own.system = record->system;
    own.local_id = record->local_id;
    own.k = record->k;
    own.given_name = record->given_name;
    own.family_name = record->family_name;
    own.date_of_birth = record->date_of_birth;
    return record_set(store, &own);
}

static enum err
keep_records_of(struct laying *laying, struct agent_store *store, const char *agency)
{
    struct scenario *scenario = laying->scenario;
    enum err err = agent_store_begin(store);

    for (size_t i = 0; i < scenario->record_count && err == ERR_OK; i++)
        if (strcmp(scenario->records[i].agency, agency) == 0)
            err = keep_record(store, &scenario->records[i]);
    return err ? err : agent_store_commit(store);
}

static enum err
keep_records(struct laying *laying, const char *agency, struct why *why)
{
    char keys_folder[FILE_PATH_MAX], path[FILE_PATH_MAX];
    struct node_keys *keys;
    struct agent_store *store;
    enum err err;

    snprintf(keys_folder, sizeof(keys_folder), "%s/agencies/%s/keys", laying->folder, agency);
    snprintf(path, sizeof(path), "%s/agencies/%s/store/agent.db", laying->folder, agency);
    if ((err = node_keys_load(&keys, keys_folder, NODE_AGENCY, NULL, true, why)))
        return err;
    if ((err = agent_store_open(&store, path, &keys->master, why)) == ERR_OK) {
        err = keep_records_of(laying, store, agency);
        if (err)
            because(why, err, "%s: %s", path, err_text(err));
        agent_store_close(&store);
    }
    node_keys_free(&keys);
    return err;
}

/* --- What the index would grant ---------------------------------------------------------------------- */

static uint32_t
number_of(const struct laying *laying, const char *agency)
{
    return registry_agency_named(federation_registry(laying->federation), agency)->number;
}

static enum basis
basis_of(const char *type)
{
    if (strcmp(type, "school") == 0)
        return BASIS_ENROLMENT;
    if (strcmp(type, "gp") == 0)
        return BASIS_GP_REGISTER;
    return BASIS_OPEN_REFERRAL;
}

static void
add_grant(struct laying *laying, const struct scenario_record *publisher, uint32_t recipient,
          enum basis basis, const struct key *k)
{
    struct grant *grant = &laying->grants[laying->grant_count];

    if (laying->grant_count == GRANTS_MAX)
        return;
    *grant = (struct grant){
        .publisher = number_of(laying, publisher->agency),
        .recipient = recipient,
        .basis = basis,
        .from_ms = (uint64_t)laying->now.ms,
        .to_day = (uint32_t)(instant_day(laying->now).number + GRANT_DAYS),
    };
    memcpy(grant->handle, publisher->handle, sizeof(grant->handle));
    random_fill(grant->id, sizeof(grant->id));
    if (k != NULL)
        ref_of(grant->ref, grant->publisher, grant->handle, k);
    laying->grant_count++;
}

/* To everybody else who is responsible for the same child and does not hear of all. */
static void
add_grants_on(struct laying *laying, const struct scenario_record *publisher)
{
    const struct policy *policy = laying->agreement->policy;

    for (size_t i = 0; i < laying->scenario->record_count; i++) {
        const struct scenario_record *record = &laying->scenario->records[i];
        int place = policy_agency(policy, record->agency);

        if (strcmp(record->child, publisher->child) == 0
            && strcmp(record->agency, publisher->agency) != 0 && place >= 0
            && !policy_hears_of_all(policy, place))
            add_grant(laying, publisher, number_of(laying, record->agency),
                      basis_of(policy_agency_type(policy, place)), &record->k);
    }
}

static bool
is_unanswered(const struct scenario *scenario, const struct scenario_record *record)
{
    const json_t *child;
    size_t i;

    json_array_foreach(json_object_get(scenario->json, "unanswered"), i,
                       child) if (strcmp(json_string_value(child), record->child)
                                  == 0) return true;
    return false;
}

static void
decide_grants(struct laying *laying)
{
    for (size_t i = 0; i < laying->scenario->record_count; i++) {
        const struct scenario_record *record = &laying->scenario->records[i];

        if (is_unanswered(laying->scenario, record))
            continue;
        add_grant(laying, record, 0, BASIS_OTHER, NULL); /* the index's answer */
        add_grants_on(laying, record);
    }
}

/* --- Each agent's own copy of the documents ---------------------------------------------------------- */

static enum err
keep_own_grants(struct buffer *own, struct bytes all, uint32_t agency, struct why *why)
{
    struct grant_file file;
    struct signed_grant signed_grant;
    struct grant grant;
    enum err err = grant_file_open(&file, all, why);

    grant_file_start(own);
    while (err == ERR_OK && file.rest.len > 0)
        if ((err = grant_file_next(&signed_grant, &file, why)) == ERR_OK
            && (err = grant_read(&grant, signed_grant.body)) == ERR_OK
            && grant.publisher == agency)
            grant_file_add(own, &signed_grant);
    return err;
}

static enum err
write_own_grants(const struct laying *laying, const char *folder, const char *agency,
                 struct why *why)
{
    char all_path[FILE_PATH_MAX], own_path[FILE_PATH_MAX];
    struct buffer all, own;
    enum err err;

    snprintf(all_path, sizeof(all_path), "%.2000s/federation/grants", laying->folder);
    snprintf(own_path, sizeof(own_path), "%.2000s/grants", folder);
    buffer_init(&all, DOCUMENT_MAX);
    buffer_init(&own, DOCUMENT_MAX);
    if ((err = file_read(&all, all_path, why)) == ERR_OK
        && (err = keep_own_grants(&own, buffer_bytes(&all), number_of(laying, agency), why))
               == ERR_OK)
        err = file_write(own_path, buffer_bytes(&own), 0644, why);
    buffer_clear(&own);
    buffer_clear(&all);
    return err;
}

/* agent.conf names the common folder; this agent's own goes in its place. */
static enum err
point_to_own_copy(const char *configuration, struct why *why)
{
    static const char common[] = "../../federation", own[] = "federation";
    struct buffer text, changed;
    const char *at;
    enum err err;

    buffer_init(&text, DOCUMENT_MAX);
    buffer_init(&changed, DOCUMENT_MAX);
    if ((err = file_read(&text, configuration, why)) == ERR_OK) {
        at = strstr(buffer_text(&text), common);
        if (at == NULL) {
            err = because(why, ERR_MALFORMED, "%s: does not name %s", configuration, common);
        } else {
            buffer_add(&changed, buffer_text(&text), (size_t)(at - buffer_text(&text)));
            buffer_add_text(&changed, own);
            buffer_add_text(&changed, at + strlen(common));
            err = file_write(configuration, buffer_bytes(&changed), 0644, why);
        }
    }
    buffer_clear(&changed);
    buffer_clear(&text);
    return err;
}

static enum err
give_own_copy(const struct laying *laying, const char *agency, struct why *why)
{
    char common[FILE_PATH_MAX], own[FILE_PATH_MAX], configuration[FILE_PATH_MAX];
    enum err err;

    snprintf(common, sizeof(common), "%.2000s/federation", laying->folder);
    snprintf(own, sizeof(own), "%.2000s/agencies/%s/federation", laying->folder, agency);
    snprintf(configuration, sizeof(configuration), "%.2000s/agencies/%s/agent.conf",
             laying->folder, agency);
    if ((err = folder_copy(common, own, why)))
        return err;
    if ((err = write_own_grants(laying, own, agency, why)))
        return err;
    return point_to_own_copy(configuration, why);
}

/* --- All of it ------------------------------------------------------------------------------------------ */

static enum err
know_federation(struct laying *laying, struct why *why)
{
    char path[FILE_PATH_MAX];
    const struct signed_document *document;
    enum err err;

    snprintf(path, sizeof(path), "%.2000s/federation", laying->folder);
    if ((err = federation_load(&laying->federation, path, NULL, 0, 0, why)))
        return err;
    document = federation_document(laying->federation, DOCUMENT_AGREEMENT);
    return agreement_read(&laying->agreement, document->text, document->digest,
                          "agreement.policy", laying->now, why);
}

static enum err
lay_down(struct laying *laying, struct bytes agreement, struct why *why)
{
    const struct make_options options = { .folder = laying->folder,
                                          .federation = "jersey-demo",
                                          .agreement = agreement,
                                          .now = laying->now };
    const struct offline offline = { .folder = laying->folder };
    enum err err;

    if ((err = federation_make(&options, why)) || (err = add_agencies(laying, why)))
        return err;
    for (size_t i = 0; i < laying->scenario->agency_count; i++)
        if ((err = keep_records(laying, laying->scenario->agencies[i], why)))
            return err;
    if ((err = know_federation(laying, why)))
        return err;
    decide_grants(laying);
    err =
        federation_sign_grants(&offline, laying->grants, laying->grant_count, laying->now, why);
    for (size_t i = 0; i < laying->scenario->agency_count && err == ERR_OK; i++)
        err = give_own_copy(laying, laying->scenario->agencies[i], why);
    return err;
}

enum err
demo_lay_down(struct scenario *scenario, const char *folder, struct bytes agreement,
              struct instant now, struct why *why)
{
    struct laying *laying = mem_new(sizeof(*laying));
    enum err err;

    laying->scenario = scenario;
    laying->folder = folder;
    laying->now = now;
    err = lay_down(laying, agreement, why);
    agreement_free(&laying->agreement);
    federation_free(&laying->federation);
    free(laying);
    return err;
}
