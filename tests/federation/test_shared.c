#include "laid_down.h"

#include "federation/shared.h"

/* Suspensions as they travel: what one node gives out, another takes in and judges for itself. */

struct two_nodes {
    struct laid_down laid;
    char folder[FILE_PATH_MAX], fetched[FILE_PATH_MAX];
    struct buffer shared;
};

static void
begin(struct two_nodes *nodes)
{
    lay_down(&nodes->laid);
    snprintf(nodes->folder, sizeof(nodes->folder), "%s/federation", nodes->laid.folder);
    snprintf(nodes->fetched, sizeof(nodes->fetched), "%s/fetched", nodes->laid.folder);
    shell("mkdir %s", nodes->fetched);
    buffer_init(&nodes->shared, SHARED_MAX);
}

static void
end(struct two_nodes *nodes)
{
    buffer_clear(&nodes->shared);
    take_up(&nodes->laid);
}

static void
suspend_police(const struct two_nodes *nodes)
{
    const struct suspending suspending = { "police", 1, at(NOON) };
    struct suspension suspension;
    struct why why = { "" };

    expect_ok(federation_suspend(&nodes->laid.offline, &suspending, &suspension, &why), &why);
}

/* What the broker gives out; its folder has none any more, so that only the other's counts. */
static void
give_out(struct two_nodes *nodes)
{
    struct federation *federation = load(&nodes->laid);

    buffer_reset(&nodes->shared);
    federation_share_suspensions(&nodes->shared, federation);
    federation_free(&federation);
    shell("rm -rf %s/suspensions", nodes->folder);
}

static struct federation *
load_fetched(const struct two_nodes *nodes)
{
    struct federation *federation = NULL;
    struct why why = { "" };

    expect_ok(
        federation_load_fetched(&federation, nodes->folder, nodes->fetched, NULL, 0, 0, &why),
        &why);
    return federation;
}

static void
what_is_given_out_is_in_force_where_it_is_taken_in(void **state)
{
    struct federation *federation;
    struct two_nodes nodes;
    struct buffer again;
    struct why why = { "" };
    (void)state;

    begin(&nodes);
    suspend_police(&nodes);
    give_out(&nodes);
    assert_true(nodes.shared.len > 0);
    expect_ok(federation_install_suspensions(nodes.fetched, buffer_bytes(&nodes.shared), &why),
              &why);
    federation = load_fetched(&nodes);
    assert_non_null(federation_suspension_of(federation, 101));
    assert_null(federation_suspension_of(federation, 100));
    assert_int_equal(federation_left_out(federation), 0);
    buffer_init(&again, SHARED_MAX);
    federation_fetched_suspensions(&again, federation);
    assert_bytes(buffer_bytes(&again), buffer_bytes(&nodes.shared));
    buffer_clear(&again);
    federation_free(&federation);
    end(&nodes);
}

static void
what_is_not_given_out_any_more_goes(void **state)
{
    struct federation *federation;
    struct two_nodes nodes;
    struct why why = { "" };
    (void)state;

    begin(&nodes);
    suspend_police(&nodes);
    give_out(&nodes);
    expect_ok(federation_install_suspensions(nodes.fetched, buffer_bytes(&nodes.shared), &why),
              &why);
    expect_ok(federation_install_suspensions(nodes.fetched, (struct bytes){ 0 }, &why), &why);
    federation = load_fetched(&nodes);
    assert_int_equal(federation_suspension_count(federation), 0);
    federation_free(&federation);
    end(&nodes);
}

/* A broker that makes one up shuts nobody out. */
static void
what_no_signer_signed_is_left_out(void **state)
{
    struct federation *federation;
    struct two_nodes nodes;
    struct why why = { "" };
    uint8_t *name;
    (void)state;

    begin(&nodes);
    suspend_police(&nodes);
    give_out(&nodes);
    name = memmem(nodes.shared.data, nodes.shared.len, "since 2026", 10);
    assert_non_null(name);
    name[9] = '5';
    expect_ok(federation_install_suspensions(nodes.fetched, buffer_bytes(&nodes.shared), &why),
              &why);
    federation = load_fetched(&nodes);
    assert_int_equal(federation_suspension_count(federation), 0);
    assert_int_equal(federation_left_out(federation), 1);
    federation_free(&federation);
    end(&nodes);
}

static void
add_file(struct buffer *out, const char *name, uint32_t len, const char *content)
{
    uint8_t length[4];

    put_le16(length, (uint16_t)strlen(name));
    buffer_add(out, length, 2);
    buffer_add_text(out, name);
    put_le32(length, len);
    buffer_add(out, length, 4);
    buffer_add_text(out, content);
}

static void
no_other_file_is_ever_written(void **state)
{
    static const struct {
        const char *name;
        uint32_t len;
    } wrong[] = {
        { "../trust.lift", 1 }, { "/etc/x.lift", 1 }, { ".lift", 1 },        { "", 1 },
        { "trust", 1 },         { "a/b.lift", 1 },    { "a\nb.lift", 1 },    { "x.lift", 2 },
        { "..suspension", 1 },  { "x.lift", 5000 },   { "registry.sig", 1 }, { "x.lift ", 1 },
    };
    struct two_nodes nodes;
    struct why why;
    (void)state;

    begin(&nodes);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        buffer_reset(&nodes.shared);
        add_file(&nodes.shared, "good.suspension", 1, "x");
        add_file(&nodes.shared, wrong[i].name, wrong[i].len, "x");
        assert_err(
            federation_install_suspensions(nodes.fetched, buffer_bytes(&nodes.shared), &why),
            ERR_MALFORMED);
    }
    shell("test ! -e %s/suspensions", nodes.fetched);
    end(&nodes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_out_is_in_force_where_it_is_taken_in),
        cmocka_unit_test(what_is_not_given_out_any_more_goes),
        cmocka_unit_test(what_no_signer_signed_is_left_out),
        cmocka_unit_test(no_other_file_is_ever_written),
    };

    return crypto_start() ? RUN(tests) : 1;
}
