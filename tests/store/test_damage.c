#include "survey.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/file.h"

/* Files that are not as they were left: named and refused, or right; never wrong, and never
   made worse. */

enum { LETTERS = 64, PAGE = 8192 };

/* What a broker leaves that died: a database and a write-ahead log with the last of it. */
struct remains {
    struct place place;
    struct buffer db, log;
};

static void
read_whole(struct buffer *buffer, const char *path)
{
    struct why why;

    buffer_init(buffer, 64 * 1024 * 1024);
    if (file_read(buffer, path, &why))
        fail_msg("%s", why.text);
}

static void
write_whole(const char *path, struct bytes bytes)
{
    struct why why;

    if (file_write(path, bytes, 0600, &why))
        fail_msg("%s", why.text);
}

static void
log_path(char path[PLACE_PATH], const struct place *place)
{
    snprintf(path, PLACE_PATH, "%s-wal", place->path);
}

/* first letters in the database itself, the rest in its log. */
static void
leave_remains(struct remains *remains, size_t first)
{
    struct place *place = &remains->place;
    char path[PLACE_PATH];
    int status;

    place_make(place);
    if (fork() == 0) {
        place_open(place);
        for (size_t i = 0; i < first; i += 4)
            assert_ok(append_next(place, 4));
        store_close(&place->store);
        place_open(place);
        for (size_t i = first; i < LETTERS; i += 4)
            assert_ok(append_next(place, 4));
        _exit(0);
    }
    assert_true(wait(&status) > 0 && status == 0);
    read_whole(&remains->db, place->path);
    log_path(path, place);
    read_whole(&remains->log, path);
}

static void
clear_remains(struct remains *remains)
{
    place_clear(&remains->place);
    buffer_clear(&remains->db);
    buffer_clear(&remains->log);
}

static void
put_back(struct remains *remains, struct bytes db, struct bytes log)
{
    char path[PLACE_PATH];

    place_empty(remains->place.folder);
    write_whole(remains->place.path, db);
    log_path(path, &remains->place);
    write_whole(path, log);
}

static void
assert_untouched(struct remains *remains, struct bytes db, struct bytes log)
{
    struct buffer now;
    char path[PLACE_PATH];

    read_whole(&now, remains->place.path);
    assert_bytes(buffer_bytes(&now), db);
    buffer_clear(&now);
    log_path(path, &remains->place);
    read_whole(&now, path);
    assert_bytes(buffer_bytes(&now), log);
    buffer_clear(&now);
}

/* Opens what is there.  True when it is whole up to *size; false when it was refused. */
static bool
is_sound(struct remains *remains, struct bytes db, struct bytes log, uint64_t *size)
{
    struct place *place = &remains->place;
    struct why why = { "" };
    enum err err;

    put_back(remains, db, log);
    if ((err = store_open(&place->store, place->where, &why))) {
        if (err != ERR_CORRUPT)
            fail_msg("%s: %s", err_text(err), why.text);
        assert_says(why.text, place->path);
        assert_says(why.text, "left as it is");
        assert_untouched(remains, db, log);
        return false;
    }
    err = store_acquire(place->store, 0, &place->head, &why);
    *size = place->head.size;
    if (!err)
        err = survey_store(place->store, place->head.size);
    store_close(&place->store);
    if (err && err != ERR_CORRUPT)
        fail_msg("%s", err_text(err));
    return !err;
}

static void
a_log_cut_short_leaves_what_was_before_the_cut(void **state)
{
    struct remains remains;
    struct bytes db, log;
    uint64_t size, before = 0;
    int cuts = 0;
    (void)state;

    leave_remains(&remains, 16);
    db = buffer_bytes(&remains.db);
    log = buffer_bytes(&remains.log);
    for (size_t len = 0; len <= log.len; len += 1 + len % 1511) {
        assert_true(is_sound(&remains, db, bytes_of(log.data, len), &size));
        assert_true(size % 4 == 0 && size >= before && size <= LETTERS);
        before = size;
        cuts++;
    }
    assert_true(is_sound(&remains, db, log, &size));
    assert_int_equal(size, LETTERS);
    assert_true(cuts > 100);
    clear_remains(&remains);
}

static off_t
size_of(const char *path)
{
    struct stat status;

    return stat(path, &status) ? 0 : status.st_size;
}

/* Whoever keeps the size that was published sees that something is missing. */
static void
assert_behind(struct place *place, uint64_t published)
{
    struct store_head head;
    struct why why;

    assert_ok(store_open(&place->store, place->where, &why));
    assert_err(store_acquire(place->store, published, &head, &why), ERR_CORRUPT);
    assert_says(why.text, "rolled back");
    store_close(&place->store);
}

/* The log's content has just been moved into the database, and is still in the log: what is
   cut from it now is older than what the database has. */
static void
a_log_cut_short_after_it_was_moved_is_refused_or_known_to_be_older(void **state)
{
    struct remains remains;
    struct bytes db, log;
    char path[PLACE_PATH];
    uint64_t size, all;
    int status, refused = 0;
    (void)state;

    place_make(&remains.place);
    if (fork() == 0) {
        off_t before;

        place_open(&remains.place);
        for (int i = 0; i < 2; i++) {
            before = size_of(remains.place.path);
            while (size_of(remains.place.path) == before)
                assert_ok(append_next(&remains.place, 4));
        }
        _exit((int)(remains.place.head.size / 4));
    }
    assert_true(wait(&status) > 0 && WIFEXITED(status));
    all = 4 * (uint64_t)WEXITSTATUS(status);
    read_whole(&remains.db, remains.place.path);
    log_path(path, &remains.place);
    read_whole(&remains.log, path);
    db = buffer_bytes(&remains.db);
    log = buffer_bytes(&remains.log);
    for (size_t len = 0; len <= log.len; len += 4096 + len % 50000) {
        if (!is_sound(&remains, db, bytes_of(log.data, len), &size))
            refused++;
        else if (size < all)
            assert_behind(&remains.place, all);
        else
            assert_int_equal(size, all);
    }
    assert_true(refused > 0);
    clear_remains(&remains);
}

static void
a_database_cut_short_is_refused(void **state)
{
    struct remains remains;
    struct bytes db, log;
    uint64_t size;
    int refused = 0, sound = 0;
    (void)state;

    leave_remains(&remains, 56);
    db = buffer_bytes(&remains.db);
    log = buffer_bytes(&remains.log);
    for (size_t len = 0; len < db.len; len += 1 + len % 3001) {
        if (is_sound(&remains, bytes_of(db.data, len), log, &size)) {
            /* The log has all that is missing. */
            assert_int_equal(size, LETTERS);
            sound++;
        } else {
            refused++;
        }
    }
    assert_true(refused > 50 && sound < refused);
    clear_remains(&remains);
}

/* False when the file is refused; its content is never other than it was. */
static bool
survives_flip(struct remains *remains, size_t at, unsigned bit)
{
    struct bytes none = { 0 };
    uint64_t size;
    bool sound;

    remains->db.data[at] ^= (uint8_t)(1 << bit);
    sound = is_sound(remains, buffer_bytes(&remains->db), none, &size);
    if (sound)
        assert_int_equal(size, LETTERS);
    remains->db.data[at] ^= (uint8_t)(1 << bit);
    return sound;
}

static void
a_flipped_bit_is_refused_or_without_effect(void **state)
{
    struct remains remains;
    uint64_t seed = 7;
    int refused = 0;
    (void)state;

    leave_remains(&remains, LETTERS);
    for (int i = 0; i < 800; i++) {
        seed = seed * 6364136223846793005 + 1442695040888963407;
        if (!survives_flip(&remains, (seed >> 24) % remains.db.len, seed >> 60 & 7))
            refused++;
    }
    assert_true(refused > 200);
    /* The file's header and the schema behind it. */
    for (unsigned at = 0; at < 100; at++)
        survives_flip(&remains, at, at % 8);
    for (unsigned at = 100; at < PAGE; at += 13)
        survives_flip(&remains, at, at % 8);
    clear_remains(&remains);
}

static void
a_zeroed_page_is_refused_or_without_effect(void **state)
{
    struct remains remains;
    struct bytes db, none = { 0 };
    uint64_t size;
    int refused = 0, pages = 0;
    (void)state;

    leave_remains(&remains, LETTERS);
    db = buffer_bytes(&remains.db);
    for (size_t at = 0; at < db.len; at += PAGE, pages++) {
        uint8_t page[PAGE];

        memcpy(page, remains.db.data + at, sizeof(page));
        memset(remains.db.data + at, 0, sizeof(page));
        if (!is_sound(&remains, db, none, &size))
            refused++;
        else
            assert_int_equal(size, LETTERS);
        memcpy(remains.db.data + at, page, sizeof(page));
    }
    assert_true(refused > pages * 3 / 4);
    clear_remains(&remains);
}

/* --- Files that are something else ------------------------------------------------------------ */

static void
refused_with(struct place *place, enum err expected, const char *words)
{
    struct why why = { "" };

    assert_err(store_open(&place->store, place->where, &why), expected);
    assert_null(place->store);
    assert_says(why.text, place->path);
    assert_says(why.text, words);
}

static void
what_is_no_database_is_left_alone(void **state)
{
    struct place place;
    struct buffer now;
    const char *letter = "Dear madam, this is a letter of more than one hundred bytes, which "
                         "somebody has written and would like to keep.";
    (void)state;

    place_make(&place);
    write_whole(place.path, bytes_of_text(letter));
    refused_with(&place, ERR_CORRUPT, "nor a database at all");
    read_whole(&now, place.path);
    assert_bytes(buffer_bytes(&now), bytes_of_text(letter));
    buffer_clear(&now);
    write_whole(place.path, (struct bytes){ 0 });
    refused_with(&place, ERR_CORRUPT, "cut short");
    place_clear(&place);
}

static void
the_database_of_another_program_or_version_is_left_alone(void **state)
{
    struct place place;
    struct buffer db;
    (void)state;

    place_make(&place);
    place_open(&place);
    store_close(&place.store);
    read_whole(&db, place.path);
    db.data[68] ^= 1;
    write_whole(place.path, buffer_bytes(&db));
    refused_with(&place, ERR_CORRUPT, "is a database, but not the broker's store");
    db.data[68] ^= 1;
    db.data[63] = 9;
    write_whole(place.path, buffer_bytes(&db));
    refused_with(&place, ERR_CORRUPT, "has version 9");
    db.data[63] = 1;
    write_whole(place.path, buffer_bytes(&db));
    place_open(&place);
    buffer_clear(&db);
    place_clear(&place);
}

static void
a_database_that_has_gone_from_its_log_is_missed(void **state)
{
    struct remains remains;
    (void)state;

    leave_remains(&remains, 16);
    unlink(remains.place.path);
    refused_with(&remains.place, ERR_CORRUPT, "it is gone");
    clear_remains(&remains);
}

static void
files_are_for_their_owner_only(void **state)
{
    struct place place;
    struct stat status;
    char path[PLACE_PATH];
    (void)state;

    place_make(&place);
    umask(0);
    place_open(&place);
    assert_ok(append_next(&place, 1));
    for (const char *const *end = (const char *const[]){ "", "-wal", ".lock", NULL }; *end;
         end++) {
        snprintf(path, sizeof(path), "%s%s", place.path, *end);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 07777, 0600);
    }
    /* There is no second connection, and so no memory that two could share. */
    snprintf(path, sizeof(path), "%s-shm", place.path);
    assert_int_equal(stat(path, &status), -1);
    store_close(&place.store);

    assert_int_equal(chmod(place.path, 0640), 0);
    refused_with(&place, ERR_REFUSED, "chmod 600");
    assert_int_equal(chmod(place.path, 0600), 0);
    place_open(&place);
    place_clear(&place);
}

static void
a_symbolic_link_is_not_followed(void **state)
{
    struct place place, other;
    (void)state;

    place_make(&place);
    place_make(&other);
    place_open(&other);
    store_close(&other.store);
    assert_int_equal(symlink(other.path, place.path), 0);
    refused_with(&place, ERR_REFUSED, "symbolic link");
    place_clear(&place);
    place_clear(&other);
}

static void
a_store_is_open_once(void **state)
{
    struct place place;
    struct store *second = NULL;
    struct why why;
    int status;
    (void)state;

    place_make(&place);
    place_open(&place);
    assert_err(store_open(&second, place.where, &why), ERR_CONFLICT);
    assert_says(why.text, "another process has it open");
    assert_null(second);
    if (fork() == 0)
        _exit(store_open(&second, place.where, &why) == ERR_CONFLICT ? 0 : 1);
    assert_true(wait(&status) > 0 && status == 0);
    assert_ok(append_next(&place, 1));
    store_close(&place.store);
    place_open(&place);
    place_clear(&place);
}

static void
where_a_store_is_must_make_sense(void **state)
{
    struct store *store = NULL;
    struct why why;
    (void)state;

    assert_err(store_open(&store, "/var/lib/store.db", &why), ERR_REFUSED);
    assert_says(why.text, "sqlite:PATH");
    assert_err(store_open(&store, "sqlit:/var/lib/store.db", &why), ERR_REFUSED);
    assert_err(store_open(&store, "sqlite:/no/such/folder/store.db", &why), ERR_NOT_FOUND);
    assert_says(why.text, "folder");
    assert_null(store);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_cut_short_leaves_what_was_before_the_cut),
        cmocka_unit_test(a_log_cut_short_after_it_was_moved_is_refused_or_known_to_be_older),
        cmocka_unit_test(a_database_cut_short_is_refused),
        cmocka_unit_test(a_flipped_bit_is_refused_or_without_effect),
        cmocka_unit_test(a_zeroed_page_is_refused_or_without_effect),
        cmocka_unit_test(what_is_no_database_is_left_alone),
        cmocka_unit_test(the_database_of_another_program_or_version_is_left_alone),
        cmocka_unit_test(a_database_that_has_gone_from_its_log_is_missed),
        cmocka_unit_test(files_are_for_their_owner_only),
        cmocka_unit_test(a_symbolic_link_is_not_followed),
        cmocka_unit_test(a_store_is_open_once),
        cmocka_unit_test(where_a_store_is_must_make_sense),
    };

    return RUN(tests);
}
