#include "laid_down.h"

#include "federation/node_keys.h"
#include "federation/rotation.h"

/* The police of the federation that was laid down replace their keys. */
struct changing {
    struct laid_down laid;
    char keys_folder[FILE_PATH_MAX];
    struct federation *federation;
    struct node_keys *keys;
    struct rotation rotation;
};

static void
read_again(struct changing *changing)
{
    struct why why = { "" };

    federation_free(&changing->federation);
    node_keys_free(&changing->keys);
    changing->federation = load(&changing->laid);
    expect_ok(
        node_keys_load(&changing->keys, changing->keys_folder, NODE_AGENCY, NULL, true, &why),
        &why);
}

static enum err
begin(struct changing *changing, struct instant now, struct why *why)
{
    const struct rotating rotating = {
        .folder = changing->keys_folder,
        .agency = "police",
        .keys = changing->keys,
        .now = now,
    };

    return rotation_begin(&changing->rotation, changing->federation, &rotating, why);
}

static void
begin_changing(struct changing *changing)
{
    struct why why = { "" };

    *changing = (struct changing){ .federation = NULL };
    lay_down(&changing->laid);
    snprintf(changing->keys_folder, sizeof(changing->keys_folder), "%s/agencies/police/keys",
             changing->laid.folder);
    read_again(changing);
    expect_ok(begin(changing, at(NOON), &why), &why);
}

static void
end_changing(struct changing *changing)
{
    federation_free(&changing->federation);
    node_keys_free(&changing->keys);
    take_up(&changing->laid);
}

static enum err
admit(struct changing *changing, const struct rotation *rotation, struct why *why)
{
    return federation_rotate(&changing->laid.offline, rotation, at(NOON), why);
}

static const struct agency *
police_of(const struct changing *changing)
{
    return registry_agency_named(federation_registry(changing->federation), "police");
}

static void
the_line_is_read_as_it_was_written(void **state)
{
    struct changing changing;
    struct rotation read;
    struct buffer line, again;
    (void)state;

    begin_changing(&changing);
    buffer_init(&line, ROTATION_MAX);
    buffer_init(&again, ROTATION_MAX);
    rotation_write(&line, &changing.rotation);
    assert_ok(rotation_read(&read, buffer_bytes(&line), NULL));
    rotation_write(&again, &read);
    assert_string_equal(buffer_text(&line), buffer_text(&again));
    assert_true(rotation_verify(&read, &node_keys_signing(changing.keys, 1)->public));
    for (size_t len = 0; len < line.len - 1; len += 7)
        assert_int_equal(rotation_read(&read, bytes_of(line.data, len), NULL), ERR_MALFORMED);
    buffer_clear(&line);
    buffer_clear(&again);
    end_changing(&changing);
}

static void
asked_again_the_same_keys_are_in_the_line(void **state)
{
    struct changing changing;
    struct rotation first;
    struct why why = { "" };
    (void)state;

    begin_changing(&changing);
    first = changing.rotation;
    assert_int_equal(first.signing_number, 2);
    read_again(&changing);
    expect_ok(begin(&changing, at(NOON), &why), &why);
    assert_memory_equal(&first.signing, &changing.rotation.signing, sizeof(first.signing));
    assert_memory_equal(&first.transport, &changing.rotation.transport,
                        sizeof(first.transport));
    assert_memory_equal(&first.signature, &changing.rotation.signature,
                        sizeof(first.signature));
    end_changing(&changing);
}

static void
the_former_keys_end_after_a_week(void **state)
{
    struct changing changing;
    const struct registry *registry;
    const struct agency *police;
    struct why why = { "" };
    (void)state;

    begin_changing(&changing);
    expect_ok(admit(&changing, &changing.rotation, &why), &why);
    read_again(&changing);
    registry = federation_registry(changing.federation);
    police = police_of(&changing);
    assert_memory_equal(registry_signing_key(registry, police->number, 2, on("2026-11-25")),
                        &changing.rotation.signing, 32);
    assert_non_null(registry_signing_key(registry, police->number, 2, on("2027-11-25")));
    assert_non_null(registry_signing_key(registry, police->number, 1, on("2026-12-02")));
    assert_null(registry_signing_key(registry, police->number, 1, on("2026-12-03")));
    assert_int_equal(police->transport_count, 2);
    assert_ptr_equal(registry_agency_by_transport(
                         registry, changing.keys->transport_public.bytes, on("2026-12-02")),
                     police);
    assert_null(registry_agency_by_transport(registry, changing.keys->transport_public.bytes,
                                             on("2026-12-03")));
    assert_ptr_equal(registry_agency_by_transport(registry, changing.rotation.transport.bytes,
                                                  on("2028-01-01")),
                     police);
    /* Nobody else's have changed. */
    assert_int_equal(registry_agency_named(registry, "mash")->signing_count, 1);
    assert_int_equal(registry_agency_named(registry, "mash")->transport[0].last.number,
                     DAY_NEVER);
    end_changing(&changing);
}

static void
a_year_later_the_transport_key_that_has_ended_is_not_carried_along(void **state)
{
    const struct instant next_year = at("2027-10-01T12:00:00Z");
    struct changing changing;
    struct why why = { "" };
    (void)state;

    begin_changing(&changing);
    expect_ok(admit(&changing, &changing.rotation, &why), &why);
    expect_ok(node_keys_go_over(changing.keys_folder, &why), &why);
    read_again(&changing);
    assert_false(changing.keys->has_next_transport);
    expect_ok(begin(&changing, next_year, &why), &why);
    assert_int_equal(changing.rotation.signing_number, 3);
    assert_int_equal(changing.rotation.signer, 2);
    expect_ok(federation_rotate(&changing.laid.offline, &changing.rotation, next_year, &why),
              &why);
    read_again(&changing);
    assert_int_equal(police_of(&changing)->signing_count, 3);
    assert_int_equal(police_of(&changing)->transport_count, 2);
    end_changing(&changing);
}

static void
a_line_is_good_for_once_and_for_its_own_agency(void **state)
{
    struct changing changing;
    struct rotation other;
    struct why why = { "" };
    (void)state;

    begin_changing(&changing);
    other = changing.rotation;
    other.signing.bytes[0] ^= 1;
    assert_int_equal(admit(&changing, &other, &why), ERR_FORGED);
    other = changing.rotation;
    snprintf(other.name, sizeof(other.name), "mash");
    assert_int_equal(admit(&changing, &other, &why), ERR_NOT_FOUND);
    other.agency =
        registry_agency_named(federation_registry(changing.federation), "mash")->number;
    assert_int_equal(admit(&changing, &other, &why), ERR_FORGED);
    other = changing.rotation;
    snprintf(other.federation, sizeof(other.federation), "guernsey");
    assert_int_equal(admit(&changing, &other, &why), ERR_REFUSED);
    expect_ok(admit(&changing, &changing.rotation, &why), &why);
    assert_int_equal(admit(&changing, &changing.rotation, &why), ERR_CONFLICT);
    assert_non_null(strstr(why.text, "this line was used"));
    end_changing(&changing);
}

static void
a_key_that_nobody_renewed_in_time_signs_for_the_next(void **state)
{
    const struct instant late = at("2029-01-01T12:00:00Z");
    struct changing changing;
    struct why why = { "" };
    (void)state;

    begin_changing(&changing);
    read_again(&changing);
    expect_ok(begin(&changing, late, &why), &why);
    assert_int_equal(changing.rotation.signer, 1);
    expect_ok(federation_rotate(&changing.laid.offline, &changing.rotation, late, &why), &why);
    read_again(&changing);
    assert_non_null(registry_signing_key(federation_registry(changing.federation), 101, 2,
                                         on("2029-12-31")));
    end_changing(&changing);
}

static void
whose_keys_are_lost_has_nothing_to_sign_with(void **state)
{
    struct changing changing;
    struct why why = { "" };
    (void)state;

    begin_changing(&changing);
    shell("cd %s && mv signing-2.key signing-3.key && rm signing-1.key", changing.keys_folder);
    read_again(&changing);
    assert_int_equal(begin(&changing, at(NOON), &why), ERR_REFUSED);
    assert_non_null(strstr(why.text, "invited anew"));
    end_changing(&changing);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_is_read_as_it_was_written),
        cmocka_unit_test(asked_again_the_same_keys_are_in_the_line),
        cmocka_unit_test(the_former_keys_end_after_a_week),
        cmocka_unit_test(a_year_later_the_transport_key_that_has_ended_is_not_carried_along),
        cmocka_unit_test(a_line_is_good_for_once_and_for_its_own_agency),
        cmocka_unit_test(a_key_that_nobody_renewed_in_time_signs_for_the_next),
        cmocka_unit_test(whose_keys_are_lost_has_nothing_to_sign_with),
    };

    return crypto_start() ? RUN(tests) : 1;
}
