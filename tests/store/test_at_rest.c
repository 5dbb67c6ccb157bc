#include "agency.h"
#include "disk.h"

#include <sqlite3.h>
#include <sys/wait.h>

#include "core/file.h"

/* What whoever steals the agent's disk can read, and what whoever writes to it can change. */

static const char *const canaries[] = {
    "canary-system",  "canary-local-id", "canary-given",   "canary-family",   "2013-02-29",
    "canary message", "canary reason",   "canary content", "canary evidence", "canary key",
};

/* Everything that is ever sealed. */
static void
write_canaries(struct agency *agency)
{
    struct inbox_entry received;
    struct own_record record;
    struct spooled entry;
    uint8_t notice_id[16];
    bool repeated;

    assert_ok(agent_store_begin(agency->store));
    assert_ok(record_take(agency->store, "canary-system", "canary-local-id", &record));
    record.given_name = "canary-given";
    record.family_name = "canary-family";
    record.date_of_birth = "2013-02-29";
    assert_ok(record_set(agency->store, &record));
    for (uint32_t i = 0; i < 2; i++) {
        entry = a_spooled(i, i ? record.id : 0, "canary message");
        entry.reason = "canary reason";
        assert_ok(spool_add(agency->store, &entry, i ? "" : "canary key", some_request,
                            notice_id, &repeated));
        received = a_received(i, i ? record.id : 0, "canary content");
        received.evidence = bytes_of_text("canary evidence");
        received.reason = "canary reason";
        received.quarantined = i == 0;
        assert_true(receive(agency, &received));
    }
    assert_ok(spool_set_state(agency->store, entry.notice_id, SPOOL_HELD, "canary reason"));
    assert_ok(agent_store_commit(agency->store));
}

/* How many files of the folder hold the bytes. */
static size_t
files_with(const char *folder, struct bytes bytes, size_t *searched)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    size_t found = 0;

    assert_non_null(dir);
    *searched = 0;
    while ((entry = readdir(dir)) != NULL) {
        char path[PLACE_PATH];
        struct buffer content;
        struct why why;

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        buffer_init(&content, 64 * 1024 * 1024);
        assert_ok(file_read(&content, path, &why));
        *searched += content.len;
        found += content.len > 0 && memmem(content.data, content.len, bytes.data, bytes.len);
        buffer_clear(&content);
    }
    closedir(dir);
    return found;
}

static void
no_file_holds_any_of_the_content(void **state)
{
    struct agency *agency = *state;
    struct spooled in_clear = a_spooled(0, 0, "");
    size_t searched;

    write_canaries(agency);
    /* Once with the logs, and once moved into the databases. */
    for (int i = 0; i < 2; i++) {
        for (size_t c = 0; c < sizeof(canaries) / sizeof(canaries[0]); c++)
            assert_int_equal(
                files_with(agency->place.folder, bytes_of_text(canaries[c]), &searched), 0);
        assert_int_equal(
            files_with(agency->place.folder, bytes_of(agency->master.bytes, 32), &searched), 0);
        assert_int_equal(
            files_with(agency->place.folder, bytes_of(some_request, 32), &searched), 0);
        /* The search does find what stands in clear. */
        assert_true(
            files_with(agency->place.folder, bytes_of(in_clear.notice_id, 16), &searched) > 0);
        assert_true(searched > 20000);
        agent_store_close(&agency->store);
    }
    agency_open(agency);
}

static void
what_was_sealed_opens_again(void **state)
{
    struct agency *agency = *state;
    struct listed listed = { 0 };
    struct spooled found, entry = a_spooled(1, 0, "");

    write_canaries(agency);
    agency_reopen(agency);
    assert_ok(spool_find(agency->store, entry.notice_id, &found));
    assert_bytes(found.message, bytes_of_text("canary message"));
    assert_string_equal(found.reason, "canary reason");
    assert_ok(inbox_each(agency->store, 0, 10, list_received, &listed));
    assert_string_equal(listed.texts[0], "canary content");
    assert_string_equal(listed.texts[1], "canary content");
}

/* --- The wrong key, and the wrong file --------------------------------------------------------- */

static void
another_master_key_is_refused_by_name(void **state)
{
    struct agency *agency = *state;
    struct why why;

    write_canaries(agency);
    agent_store_close(&agency->store);
    agency->master.bytes[0] ^= 1;
    assert_err(agent_store_open(&agency->store, agency->place.path, &agency->master, &why),
               ERR_FORGED);
    assert_says(why.text, "another master key");
    assert_null(agency->store);
    agency->master.bytes[0] ^= 1;
    agency_open(agency);
}

static void
move(struct agency *agency, const char *end, struct agency *to)
{
    char from[PLACE_PATH], there[PLACE_PATH];

    snprintf(from, sizeof(from), "%s%s", agency->place.path, end);
    snprintf(there, sizeof(there), "%s%s", to->place.path, end);
    assert_int_equal(rename(from, there), 0);
}

static void
one_file_without_the_other_is_refused(void **state)
{
    struct agency *agency = *state, other;
    struct why why;

    write_canaries(agency);
    agent_store_close(&agency->store);
    agency_make(&other);
    agent_store_close(&other.store);

    move(agency, ".keys", &other);
    assert_err(agent_store_open(&agency->store, agency->place.path, &agency->master, &why),
               ERR_CORRUPT);
    assert_says(why.text, "it is gone");
    assert_err(agent_store_open(&other.store, other.place.path, &other.master, &why),
               ERR_CORRUPT);
    assert_says(why.text, "do not belong together");
    unlink(other.place.path);
    assert_err(agent_store_open(&other.store, other.place.path, &other.master, &why),
               ERR_CORRUPT);
    assert_says(why.text, "gone or new");
    move(&other, ".keys", agency);
    agency_open(agency);
    agency_clear(&other);
}

static void
an_agents_store_is_open_once(void **state)
{
    struct agency *agency = *state;
    struct agent_store *second = NULL;
    struct why why;

    assert_err(agent_store_open(&second, agency->place.path, &agency->master, &why),
               ERR_CONFLICT);
    assert_says(why.text, "another process has it open");
    assert_null(second);
}

/* --- What somebody with a disk editor can do ------------------------------------------------------ */

static void
edit(struct agency *agency, const char *end, const char *sql)
{
    char path[PLACE_PATH];
    sqlite3 *sqlite;

    agent_store_close(&agency->store);
    snprintf(path, sizeof(path), "%s%s", agency->place.path, end);
    assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
    if (sqlite3_exec(sqlite, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(sqlite));
    assert_true(sqlite3_total_changes(sqlite) > 0);
    sqlite3_close(sqlite);
    agency_open(agency);
}

/* Two children, a message about each, and one from elsewhere about each. */
static void
write_two(struct agency *agency)
{
    struct inbox_entry received;
    uint64_t a, b;

    assert_ok(agent_store_begin(agency->store));
    a = take(agency, "a");
    b = take(agency, "b");
    spool(agency, 1, a, "about a");
    spool(agency, 2, b, "about b");
    received = a_received(1, a, "heard of a");
    assert_true(receive(agency, &received));
    received = a_received(2, b, "heard of b");
    assert_true(receive(agency, &received));
    assert_ok(agent_store_commit(agency->store));
}

static void
what_was_moved_to_another_place_does_not_open(void **state)
{
    static const char *const edits[] = {
        "UPDATE spool SET message = (SELECT message FROM spool WHERE number = 2) WHERE number "
        "= 1",
        "UPDATE spool SET message = (SELECT message FROM spool WHERE number = 2),"
        " node_ix = (SELECT node_ix FROM spool WHERE number = 2) WHERE number = 1",
        "UPDATE spool SET node_ix = (SELECT node_ix FROM spool WHERE number = 2)"
        " WHERE number = 1",
        "UPDATE spool SET number = 7 WHERE number = 1",
        "UPDATE spool SET reason = message WHERE number = 1",
        "UPDATE spool SET message = zeroblob(39) WHERE number = 1",
        "UPDATE spool SET message = zeroblob(90) WHERE number = 1",
        "UPDATE inbox SET evidence = content WHERE number = 1",
        "UPDATE inbox SET content = (SELECT content FROM inbox WHERE number = 2) WHERE number "
        "= 1",
        "UPDATE inbox SET content = (SELECT message FROM spool WHERE number = 1) WHERE number "
        "= 1",
        "UPDATE inbox SET sender = sender + 1 WHERE number = 1",
        "UPDATE inbox SET accepted_ms = accepted_ms - 1 WHERE number = 1",
        "UPDATE inbox SET received_ms = 0 WHERE number = 1",
        "UPDATE inbox SET log_index = 0, position = 0 WHERE number = 1",
        "UPDATE inbox SET kind = kind + 1 WHERE number = 1",
        "UPDATE inbox SET notice_id = zeroblob(16) WHERE number = 1",
        "UPDATE inbox SET revision = 9 WHERE number = 1",
        "UPDATE inbox SET quarantined = 1 - quarantined WHERE number = 1",
        "UPDATE record SET sealed = (SELECT sealed FROM record WHERE id = 2) WHERE id = 1",
        "UPDATE record SET sealed = (SELECT sealed FROM record WHERE id = 2), node_ix = x'00'"
        " WHERE id = 2; UPDATE record SET id = 3 WHERE id = 1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        struct listed listed = { 0 };
        struct agency agency;
        bool failed;

        agency_make(&agency);
        write_two(&agency);
        edit(&agency, "", edits[i]);
        failed =
            spool_each(agency.store, SPOOL_QUEUED, 0, 10, list_spooled, &listed) == ERR_CORRUPT;
        failed |= inbox_each(agency.store, 0, 10, list_received, &listed) == ERR_CORRUPT;
        failed |= record_each(agency.store, list_record, &listed) == ERR_CORRUPT;
        if (!failed)
            fail_msg("nobody noticed: %s", edits[i]);
        agency_clear(&agency);
    }
}

static void
a_key_moved_to_another_child_does_not_open(void **state)
{
    struct agency *agency = *state;
    struct listed listed = { 0 };

    write_two(agency);
    edit(agency, ".keys",
         "UPDATE dek SET wrapped = (SELECT wrapped FROM dek ORDER BY node_ix LIMIT 1)");
    assert_err(record_each(agency->store, list_record, &listed), ERR_CORRUPT);
}

/* --- Erasure ------------------------------------------------------------------------------------------ */

static size_t
key_count(struct agency *agency)
{
    char path[PLACE_PATH];
    sqlite3_stmt *statement;
    sqlite3 *sqlite;
    size_t count;

    agent_store_close(&agency->store);
    snprintf(path, sizeof(path), "%s.keys", agency->place.path);
    assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
    sqlite3_prepare_v2(sqlite, "SELECT count(*) FROM dek", -1, &statement, NULL);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    count = (size_t)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(sqlite);
    agency_open(agency);
    return count;
}

static void
without_its_key_a_childs_content_cannot_be_read(void **state)
{
    struct agency *agency = *state;
    struct listed listed = { 0 };
    struct own_record record;

    write_two(agency);
    assert_int_equal(key_count(agency), 2);
    edit(agency, ".keys", "DELETE FROM dek WHERE node_ix = (SELECT min(node_ix) FROM dek)");
    assert_ok(record_each(agency->store, list_record, &listed));
    assert_int_equal(listed.count, 1);
    assert_ok(spool_each(agency->store, SPOOL_QUEUED, 0, 10, list_spooled, &listed));
    assert_ok(inbox_each(agency->store, 0, 10, list_received, &listed));
    assert_int_equal(listed.count, 5);
    /* One of each pair is left, of the same child. */
    assert_true((listed.texts[1][0] == 0) != (listed.texts[2][0] == 0));
    assert_true((listed.texts[1][0] == 0) == (listed.texts[3][0] == 0));
    assert_true((listed.texts[2][0] == 0) == (listed.texts[4][0] == 0));

    /* Whoever comes under that name again is somebody new. */
    assert_ok(agent_store_begin(agency->store));
    assert_ok(record_take(agency->store, "mis", listed.texts[1][0] ? "b" : "a", &record));
    assert_int_equal(record.id, 3);
    spool(agency, 9, record.id, "new");
    assert_ok(agent_store_commit(agency->store));
    listed = (struct listed){ 0 };
    assert_ok(spool_each(agency->store, SPOOL_QUEUED, 0, 10, list_spooled, &listed));
    assert_string_equal(listed.texts[2], "new");
}

static void
destroying_a_record_leaves_that_there_were_messages(void **state)
{
    struct agency *agency = *state;
    struct listed listed = { 0 };
    struct inbox_entry again = a_received(1, 0, "heard of a");
    struct spooled entry = a_spooled(1, 0, ""), found;

    write_two(agency);
    assert_ok(agent_store_begin(agency->store));
    assert_ok(record_destroy(agency->store, 1));
    assert_err(record_destroy(agency->store, 99), ERR_NOT_FOUND);
    assert_ok(agent_store_commit(agency->store));
    assert_int_equal(key_count(agency), 1);

    assert_ok(record_each(agency->store, list_record, &listed));
    assert_int_equal(listed.count, 1);
    assert_string_equal(listed.texts[0], "b");
    assert_ok(spool_find(agency->store, entry.notice_id, &found));
    assert_int_equal(found.message.len, 0);
    assert_int_equal(found.queued_ms, 5001);
    listed = (struct listed){ 0 };
    assert_ok(inbox_each(agency->store, 0, 10, list_received, &listed));
    assert_int_equal(listed.count, 2);
    assert_string_equal(listed.texts[0], "");
    assert_string_equal(listed.texts[1], "heard of b");
    /* What was received once is still not fresh. */
    assert_ok(agent_store_begin(agency->store));
    assert_false(receive(agency, &again));
}

/* The sealed key, as it stands in the file. */
static void
read_wrapped(struct agency *agency, uint8_t wrapped[72])
{
    char path[PLACE_PATH];
    sqlite3_stmt *statement;
    sqlite3 *sqlite;

    agent_store_close(&agency->store);
    snprintf(path, sizeof(path), "%s.keys", agency->place.path);
    assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
    sqlite3_prepare_v2(sqlite, "SELECT wrapped FROM dek", -1, &statement, NULL);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_bytes(statement, 0), 72);
    memcpy(wrapped, sqlite3_column_blob(statement, 0), 72);
    sqlite3_finalize(statement);
    sqlite3_close(sqlite);
    agency_open(agency);
}

static void
a_destroyed_key_is_in_no_file_not_even_deleted(void **state)
{
    struct agency *agency = *state;
    uint8_t wrapped[72];
    size_t searched;

    assert_ok(agent_store_begin(agency->store));
    assert_int_equal(take(agency, "a"), 1);
    assert_ok(agent_store_commit(agency->store));
    read_wrapped(agency, wrapped);
    assert_true(files_with(agency->place.folder, bytes_of(wrapped, 72), &searched) > 0);
    assert_ok(agent_store_begin(agency->store));
    assert_int_equal(take(agency, "b"), 2);
    assert_ok(agent_store_commit(agency->store));
    assert_ok(agent_store_begin(agency->store));
    assert_ok(record_destroy(agency->store, 1));
    assert_ok(agent_store_commit(agency->store));
    assert_int_equal(files_with(agency->place.folder, bytes_of(wrapped, 72), &searched), 0);
    assert_int_equal(files_with(agency->place.folder, bytes_of(wrapped + 24, 16), &searched),
                     0);
}

/* --- Damage -------------------------------------------------------------------------------- */

/* Zeroes one page; true when nothing is wrong that anybody would see. */
static bool
survives_without_page(struct agency *agency, const char *path, struct buffer *file, size_t at)
{
    struct listed listed = { 0 };
    uint8_t page[8192];
    struct why why;
    enum err err;

    memcpy(page, file->data + at, sizeof(page));
    memset(file->data + at, 0, sizeof(page));
    assert_ok(file_write(path, buffer_bytes(file), 0600, &why));
    memcpy(file->data + at, page, sizeof(page));

    err = agent_store_open(&agency->store, agency->place.path, &agency->master, &why);
    if (!err)
        err = inbox_each(agency->store, 0, 10, list_received, &listed);
    agent_store_close(&agency->store);
    if (err)
        assert_err(err, ERR_CORRUPT);
    else
        assert_int_equal(listed.count, 2);
    return !err;
}

static void
a_zeroed_page_is_refused(void **state)
{
    static const char *const ends[] = { "", ".keys" };
    struct agency *agency = *state;
    size_t pages = 0, survived = 0;

    write_two(agency);
    agent_store_close(&agency->store);
    for (size_t i = 0; i < 2; i++) {
        char path[PLACE_PATH];
        struct buffer file;
        struct why why;

        snprintf(path, sizeof(path), "%s%s", agency->place.path, ends[i]);
        buffer_init(&file, 64 * 1024 * 1024);
        assert_ok(file_read(&file, path, &why));
        for (size_t at = 0; at < file.len; at += 8192, pages++)
            survived += survives_without_page(agency, path, &file, at);
        assert_ok(file_write(path, buffer_bytes(&file), 0600, &why));
        buffer_clear(&file);
    }
    assert_true(pages > 10);
    assert_int_equal(survived, 0);
    agency_open(agency);
}

/* --- Crashes ------------------------------------------------------------------------------------------ */

/* A key that was made in a transaction that is not there is not used in the next. */
static void
a_key_is_forgotten_with_its_transaction(void **state)
{
    struct agency *agency = *state;
    struct listed listed = { 0 };

    assert_ok(agent_store_begin(agency->store));
    assert_int_equal(take(agency, "a"), 1);
    agent_store_rollback(agency->store);
    assert_ok(agent_store_begin(agency->store));
    spool(agency, 1, take(agency, "a"), "about a");
    assert_ok(agent_store_commit(agency->store));
    agency_reopen(agency);
    assert_ok(spool_each(agency->store, SPOOL_QUEUED, 0, 10, list_spooled, &listed));
    assert_int_equal(listed.count, 1);
    assert_string_equal(listed.texts[0], "about a");
}

static bool
count_message(void *context, const struct spooled *entry)
{
    uint64_t *count = context;

    assert_bytes(entry->message, bytes_of_text("message"));
    ++*count;
    return true;
}

/* A message about one more child, each in a transaction, for ever. */
static void
meet_children(struct agency *agency, uint32_t round)
{
    disk.keeps = true;
    disk.seed = round;
    disk.cut_at = disk.operations + round;
    agency_open(agency);
    for (uint32_t i = 0;; i++) {
        char name[32];

        snprintf(name, sizeof(name), "%u-%u", round, i);
        assert_ok(agent_store_begin(agency->store));
        spool(agency, round << 16 | i, take(agency, name), "message");
        assert_ok(agent_store_commit(agency->store));
    }
}

/* Each new child brings a new key: whichever file a loss of power caught, what is
   committed opens. */
static void
no_committed_row_is_ever_without_its_key(void **state)
{
    struct agency *agency = *state;
    uint64_t before = 0;

    agent_store_close(&agency->store);
    for (uint32_t round = 1; round <= 90; round++) {
        uint64_t count = 0;
        int status;
        pid_t child = fork();

        if (child == 0)
            meet_children(agency, round);
        waitpid(child, &status, 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 9);
        agency_open(agency);
        assert_ok(spool_each(agency->store, SPOOL_QUEUED, 0, SIZE_MAX, count_message, &count));
        assert_true(count >= before);
        before = count;
        agent_store_close(&agency->store);
    }
    assert_true(before > 90);
    agency_open(agency);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        AT_AN_AGENCY(no_file_holds_any_of_the_content),
        AT_AN_AGENCY(what_was_sealed_opens_again),
        AT_AN_AGENCY(another_master_key_is_refused_by_name),
        AT_AN_AGENCY(one_file_without_the_other_is_refused),
        AT_AN_AGENCY(an_agents_store_is_open_once),
        AT_AN_AGENCY(what_was_moved_to_another_place_does_not_open),
        AT_AN_AGENCY(a_key_moved_to_another_child_does_not_open),
        AT_AN_AGENCY(without_its_key_a_childs_content_cannot_be_read),
        AT_AN_AGENCY(destroying_a_record_leaves_that_there_were_messages),
        AT_AN_AGENCY(a_destroyed_key_is_in_no_file_not_even_deleted),
        AT_AN_AGENCY(a_zeroed_page_is_refused),
        AT_AN_AGENCY(a_key_is_forgotten_with_its_transaction),
        AT_AN_AGENCY(no_committed_row_is_ever_without_its_key),
    };

    return RUN(tests);
}
