#include "island.h"

#include <dirent.h>

/* What does not get to whom: bytes, not screens. */

#define SAFE_PLACE "Canary Cottage"

/* A concern about Leah; members: more of it. */
#define ABOUT_LEAH(members)                                                                    \
    "{\"circumstances\":{\"system\":\"MIS\",\"localId\":\"child-1\"},\"concern\":{\"child\":"  \
    "{\"name\":{\"given\":\"Leah\",\"family\":\"Le "                                           \
    "Marquand\"},\"dateOfBirth\":\"2017-03-14\"" members                                       \
    "},\"sharing\":{\"purpose\":\"safeguarding\"}}"

#define SHORT ABOUT_LEAH("},\"rag\":\"RED\"")
#define FULL                                                                                   \
    ABOUT_LEAH(",\"safeAddress\":{\"lines\":[\"" SAFE_PLACE "\"],\"parish\":\"Trinity\"},"     \
               "\"homeAddress\":{\"lines\":[\"3 Rue de Haut\"],\"parish\":\"St Lawrence\"}},"  \
               "\"headline\":\"A bruise\",\"factsObserved\":\"Canary on the arm\","            \
               "\"injuries\":[{\"type\":\"BRUISE\",\"site\":\"UPPER_ARM\"}]")

static void
send(struct island *island, uint32_t agency, const char *json)
{
    json_decref(ask(node_of(island, agency), "POST", "/v1/concerns", json, 202));
    let_run(island);
}

static void
grant(struct island *island, uint32_t publisher, const struct child *child, uint32_t recipient)
{
    uint8_t handle[HANDLE];
    struct grant made;
    struct key k;

    handle_of(node_of(island, publisher), child, handle);
    if (recipient != 0)
        assert_true(roll_key(node_of(island, recipient), child, &k));
    made =
        grant_to(&island->federate, publisher, handle, recipient, recipient == 0 ? NULL : &k);
    sign_grant(&island->federate, &made);
    adopt_all(island);
}

static char *
inbox_of(struct island *island, uint32_t agency)
{
    json_t *json = ask(node_of(island, agency), "GET", "/v1/inbox", "", 200);
    char *text = json_dumps(json, 0);

    json_decref(json);
    return text;
}

/* Somebody in the other school adds a child of the island to its roll, every word of it
   true.  Only the index decides, and it has not. */
static void
a_true_entry_on_a_roll_brings_not_one_byte(void **state)
{
    struct island island;
    (void)state;

    island_begin(&island);
    put_on_roll(node_of(&island, SCHOOL), &leah);
    put_on_roll(node_of(&island, OTHER_SCHOOL), &leah);
    grant(&island, POLICE, &leah, 0);
    grant(&island, POLICE, &leah, SCHOOL);
    send(&island, POLICE, FULL);
    assert_int_equal(node_of(&island, SCHOOL)->deliveries, 1);
    assert_int_equal(node_of(&island, OTHER_SCHOOL)->deliveries, 0);
    island_end(&island);
}

static void
a_safe_address_reaches_mash_and_social_care_and_nobody_else(void **state)
{
    static const uint32_t others[] = { POLICE, SCHOOL, HOSPITAL };
    struct island island;
    char *text;
    (void)state;

    island_begin(&island);
    put_on_roll(node_of(&island, SCHOOL), &leah);
    put_on_roll(node_of(&island, HOSPITAL), &leah);
    grant(&island, OTHER_SCHOOL, &leah, 0);
    grant(&island, OTHER_SCHOOL, &leah, SCHOOL);
    grant(&island, OTHER_SCHOOL, &leah, HOSPITAL);
    send(&island, OTHER_SCHOOL, FULL);
    text = inbox_of(&island, MASH);
    assert_says(text, SAFE_PLACE);
    free(text);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        text = inbox_of(&island, others[i]);
        assert_says(text, "Leah");
        assert_null(strstr(text, SAFE_PLACE));
        free(text);
    }
    island_end(&island);
}

/* There is no place in a message about one child for where another lives. */
static void
the_safe_address_of_a_sibling_has_no_place_in_a_message(void **state)
{
    struct island island;
    json_t *answer, *error;
    (void)state;

    island_begin(&island);
    answer = ask(node_of(&island, POLICE), "POST", "/v1/concerns",
                 ABOUT_LEAH("},\"siblings\":[{\"name\":{\"given\":\"Tom\"},\"safeAddress\":"
                            "{\"lines\":[\"" SAFE_PLACE "\"]}}],\"rag\":\"RED\""),
                 422);
    error = json_array_get(json_object_get(answer, "errors"), 0);
    assert_string_equal(text_of(error, "pointer"), "/concern/siblings/0/safeAddress");
    assert_int_equal(json_array_size(json_object_get(answer, "errors")), 1);
    json_decref(answer);
    let_run(&island);
    assert_int_equal(node_of(&island, MASH)->deliveries, 0);
    island_end(&island);
}

static void
what_a_message_holds_does_not_show_in_its_size(void **state)
{
    struct island island;
    size_t size;
    (void)state;

    island_begin(&island);
    send(&island, POLICE, SHORT);
    size = node_of(&island, POLICE)->last_submit;
    assert_true(size > 0);
    send(&island, POLICE, FULL);
    assert_int_equal(node_of(&island, POLICE)->last_submit, size);
    island_end(&island);
}

/* --- What the broker has on disk ------------------------------------------------------------- */

static void
read_broker_store(const struct island *island, struct buffer *all)
{
    char folder[FILE_PATH_MAX], path[2 * FILE_PATH_MAX];
    struct why why = { "" };
    struct dirent *entry;
    DIR *directory;

    snprintf(folder, sizeof(folder), "%s/broker/store", island->federate.folder);
    directory = opendir(folder);
    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        struct buffer file;

        if (entry->d_type != DT_REG)
            continue;
        buffer_init(&file, 64 * 1024 * 1024);
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        expect_ok(file_read(&file, path, &why), &why);
        buffer_add_bytes(all, buffer_bytes(&file));
        buffer_clear(&file);
    }
    closedir(directory);
}

static bool
holds(const struct buffer *all, struct bytes words)
{
    return memmem(all->data, all->len, words.data, words.len) != NULL;
}

static void
the_broker_writes_down_no_field_no_reader_and_no_purpose(void **state)
{
    /* None so short that ciphertext might hold it by chance. */
    static const char *const canaries[] = {
        "Le Marquand", "2017-03-14", "Canary",       "A bruise",    "Trinity",
        "child-1",     "concern",    "safe_address", "headline",    "safeguarding",
        "st-helier",   "police",     "hospital",     "social-care", "childrens-services",
    };
    struct island island;
    struct buffer all;
    uint8_t handle[HANDLE];
    (void)state;

    island_begin(&island);
    put_on_roll(node_of(&island, SCHOOL), &leah);
    grant(&island, POLICE, &leah, 0);
    grant(&island, POLICE, &leah, SCHOOL);
    handle_of(node_of(&island, POLICE), &leah, handle);
    send(&island, POLICE, FULL);
    assert_int_equal(node_of(&island, SCHOOL)->deliveries, 1);
    buffer_init(&all, 256 * 1024 * 1024);
    read_broker_store(&island, &all);
    assert_true(holds(&all, bytes_of(handle, HANDLE))); /* the message is in what is searched */
    for (size_t i = 0; i < sizeof(canaries) / sizeof(canaries[0]); i++)
        if (holds(&all, bytes_of_text(canaries[i])))
            fail_msg("the broker's store holds \"%s\"", canaries[i]);
    buffer_clear(&all);
    island_end(&island);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_true_entry_on_a_roll_brings_not_one_byte),
        cmocka_unit_test(a_safe_address_reaches_mash_and_social_care_and_nobody_else),
        cmocka_unit_test(the_safe_address_of_a_sibling_has_no_place_in_a_message),
        cmocka_unit_test(what_a_message_holds_does_not_show_in_its_size),
        cmocka_unit_test(the_broker_writes_down_no_field_no_reader_and_no_purpose),
    };

    return RUN(tests);
}
