#include "laid_down.h"

#include "federation/joining.h"
#include "federation/node_keys.h"

/* An agency joins a federation in another folder than its own. */
struct joined {
    struct laid_down laid;
    char folder[96]; /* of the agency */
    struct invite invite;
    struct join_request request;
    struct buffer text;
};

static struct invitation
an_invitation(void)
{
    return (struct invitation){ .agency = "harbour-surgery",
                                .endpoint = "tcp://127.0.0.1:7070",
                                .now = at(NOON),
                                .expires = instant_after(at(NOON), 60 * 60 * 1000) };
}

static void
begin(struct joined *it)
{
    struct invitation invitation = an_invitation();
    char keys[FILE_PATH_MAX];
    struct why why = { "" };

    lay_down(&it->laid);
    snprintf(it->folder, sizeof(it->folder), "%s.surgery", it->laid.folder);
    expect_ok(federation_invite(&it->invite, &it->laid.offline, &invitation, &why), &why);
    expect_ok(joining_begin(it->folder, &it->invite, NULL, at(NOON), &why), &why);
    buffer_init(&it->text, JOIN_MAX);
    snprintf(keys, sizeof(keys), "%s/keys", it->folder);
    expect_ok(joining_request(&it->text, &it->request, keys, &why), &why);
}

static void
end(struct joined *it)
{
    buffer_clear(&it->text);
    shell("rm -rf %s", it->folder);
    take_up(&it->laid);
}

static void
invites_path(char path[FILE_PATH_MAX], const struct joined *it)
{
    assert_ok(path_in(path, it->laid.folder, "broker/invites", NULL));
}

/* As the broker does. */
static void
bring(struct joined *it)
{
    char path[FILE_PATH_MAX];
    struct invites invites;
    struct why why = { "" }, odd;

    invites_path(path, it);
    expect_ok(invites_read(&invites, path, &odd, &why), &why);
    assert_int_equal(invites.count, 1);
    expect_ok(invite_check_request(&invites.list[0], buffer_bytes(&it->text), at(NOON), &why),
              &why);
    expect_ok(invites_put_request(path, &invites.list[0], buffer_bytes(&it->text), &why), &why);
    invites_clear(&invites);
}

static void
an_agency_that_joined_is_in_the_next_registry_and_its_secrets_are_with_it(void **state)
{
    struct join_request read;
    const struct agency *agency;
    struct federation *federation;
    struct node_keys *keys = NULL;
    struct why why = { "" };
    char path[FILE_PATH_MAX];
    struct joined it;
    bool fresh;
    (void)state;

    begin(&it);
    bring(&it);
    expect_ok(federation_request(&read, it.laid.folder, "harbour-surgery", &why), &why);
    expect_ok(federation_admit(&it.laid.offline, &read, &why), &why);
    federation = load(&it.laid);
    agency = registry_agency_named(federation_registry(federation), "harbour-surgery");
    assert_non_null(agency);
    assert_int_equal(agency->number, 102);
    assert_ok(path_in(path, it.folder, "keys", NULL));
    expect_ok(node_keys_load(&keys, path, NODE_AGENCY, NULL, true, &why), &why);
    assert_memory_equal(&agency->transport[0].key, &keys->transport_public, 32);
    assert_memory_equal(
        registry_signing_key(federation_registry(federation), 102, 1, on("2026-11-25")),
        &node_keys_signing(keys, 1)->public, 32);
    assert_memory_equal(&federation_intake(federation, 102, at(NOON), &fresh)->key,
                        &keys->intake[0].public, 32);
    assert_true(fresh);
    assert_int_equal(federation_left_out(federation), 0);
    assert_non_null(node_keys_psk(keys, 1));
    node_keys_free(&keys);
    federation_free(&federation);
    shell("test ! -e %s/agencies/harbour-surgery", it.laid.folder);
    shell("test -z \"$(ls %s/broker/invites)\"", it.laid.folder);
    assert_err(federation_request(&read, it.laid.folder, "harbour-surgery", &why),
               ERR_NOT_FOUND);
    end(&it);
}

static void
both_sides_see_the_same_six_words(void **state)
{
    char here[SIX_WORDS_MAX], there[SIX_WORDS_MAX];
    struct join_request read;
    struct why why = { "" };
    struct joined it;
    (void)state;

    begin(&it);
    bring(&it);
    expect_ok(federation_request(&read, it.laid.folder, "harbour-surgery", &why), &why);
    join_words(here, &it.request);
    join_words(there, &read);
    assert_string_equal(here, there);
    read.transport.bytes[0] ^= 1;
    join_words(there, &read);
    assert_string_not_equal(here, there);
    read = it.request;
    read.signing.bytes[0] ^= 1;
    join_words(there, &read);
    assert_string_not_equal(here, there);
    read = it.request;
    read.intake.key.bytes[0] ^= 1;
    join_words(there, &read);
    assert_string_not_equal(here, there);
    read = it.request;
    strcpy(read.agency, "harbour-surgeon");
    join_words(there, &read);
    assert_string_not_equal(here, there);
    end(&it);
}

static void
words_are_compared_as_people_type_them(void **state)
{
    const char *words = "opera maple indigo glove jacket lagoon";
    (void)state;

    assert_true(join_words_match(words, words));
    assert_true(join_words_match(words, "  Opera, MAPLE-indigo\tglove jacket lagoon\n"));
    assert_false(join_words_match(words, "opera maple indigo glove jacket"));
    assert_false(join_words_match(words, "opera maple indigo glove jacket lagoon lagoon"));
    assert_false(join_words_match(words, "opera maple indigo jacket glove lagoon"));
    assert_false(join_words_match(words, "opera maple indigo glove jacket lagoon!"));
    assert_false(join_words_match(words, "opera maple indigo glove jacket lagoonlagoonlagoon"));
    assert_false(join_words_match(words, ""));
}

/* --- What is not a request ---------------------------------------------------------------------- */

static void
a_request_changed_anywhere_is_refused(void **state)
{
    struct join_request read;
    struct joined it;
    (void)state;

    begin(&it);
    assert_ok(join_read(&read, buffer_bytes(&it.text), NULL));
    for (size_t i = 0; i < it.text.len; i++) {
        it.text.data[i] ^= 1;
        if (join_read(&read, buffer_bytes(&it.text), NULL) == ERR_OK)
            fail_msg("changed at %zu", i);
        it.text.data[i] ^= 1;
    }
    for (size_t len = 0; len < it.text.len; len++)
        assert_true(join_read(&read, bytes_of(it.text.data, len), NULL) != ERR_OK);
    buffer_add_text(&it.text, "\n");
    assert_err(join_read(&read, buffer_bytes(&it.text), NULL), ERR_MALFORMED);
    end(&it);
}

static void
a_request_signed_by_another_key_is_refused(void **state)
{
    struct sign_public public;
    struct sign_secret secret;
    struct join_request read;
    struct why why = { "" };
    struct joined it;
    (void)state;

    begin(&it);
    sign_make(&public, &secret);
    buffer_reset(&it.text);
    join_write(&it.text, &it.request, &secret);
    assert_err(join_read(&read, buffer_bytes(&it.text), &why), ERR_FORGED);
    assert_says(why.text, "not signed by the signing key");
    /* Its own signature, and the intake key of somebody else. */
    it.request.signing = public;
    buffer_reset(&it.text);
    join_write(&it.text, &it.request, &secret);
    assert_err(join_read(&read, buffer_bytes(&it.text), &why), ERR_FORGED);
    assert_says(why.text, "intake key");
    end(&it);
}

static void
a_request_for_another_invite_does_not_fit(void **state)
{
    struct open_invite invite = { .number = 102 };
    struct join_request read;
    struct why why = { "" };
    struct joined it;
    (void)state;

    begin(&it);
    strcpy(invite.federation, "jersey");
    strcpy(invite.agency, "harbour-surgery");
    invite.key = it.request.invite;
    assert_ok(invite_fits(&read, &invite, buffer_bytes(&it.text), &why));
    invite.number = 103;
    assert_err(invite_fits(&read, &invite, buffer_bytes(&it.text), &why), ERR_REFUSED);
    invite.number = 102;
    strcpy(invite.agency, "harbour-surgeon");
    assert_err(invite_fits(&read, &invite, buffer_bytes(&it.text), &why), ERR_REFUSED);
    strcpy(invite.agency, "harbour-surgery");
    strcpy(invite.federation, "guernsey");
    assert_err(invite_fits(&read, &invite, buffer_bytes(&it.text), &why), ERR_REFUSED);
    strcpy(invite.federation, "jersey");
    invite.key.bytes[0] ^= 1;
    assert_err(invite_fits(&read, &invite, buffer_bytes(&it.text), &why), ERR_REFUSED);
    assert_says(why.text, "not what this invite is for");
    end(&it);
}

/* --- Invites that stand in each other's way ------------------------------------------------------- */

static void
one_invite_of_a_name_is_open_at_a_time(void **state)
{
    struct invitation invitation = an_invitation();
    struct invite other;
    struct why why = { "" };
    struct joined it;
    (void)state;

    begin(&it);
    assert_err(federation_invite(&other, &it.laid.offline, &invitation, &why), ERR_CONFLICT);
    assert_says(why.text, "is open until");
    invitation.now = instant_after(invitation.expires, 1);
    invitation.expires = instant_after(invitation.now, 1000);
    expect_ok(federation_invite(&other, &it.laid.offline, &invitation, &why), &why);
    assert_memory_not_equal(&other.secret, &it.invite.secret, 32);
    invitation.agency = "mash";
    assert_err(federation_invite(&other, &it.laid.offline, &invitation, &why), ERR_CONFLICT);
    assert_says(why.text, "is taken");
    invitation.agency = "Harbour";
    assert_err(federation_invite(&other, &it.laid.offline, &invitation, &why), ERR_MALFORMED);
    end(&it);
}

static void
no_number_is_promised_twice(void **state)
{
    struct invitation invitation = an_invitation();
    struct invite other;
    struct why why = { "" };
    struct joined it;
    uint32_t number;
    (void)state;

    begin(&it);
    assert_int_equal(it.invite.number, 102);
    invitation.agency = "beach-nursery";
    expect_ok(federation_invite(&other, &it.laid.offline, &invitation, &why), &why);
    assert_int_equal(other.number, 103);
    expect_ok(federation_add_agency(&it.laid.offline,
                                    &(struct new_agency){ .name = "court", .now = at(NOON) },
                                    &number, &why),
              &why);
    assert_int_equal(number, 104);
    end(&it);
}

/* --- What the broker gives -------------------------------------------------------------------------- */

/* The documents of the laid-down federation, as an agency is given them. */
static void
give(struct given_document given[2], const struct federation *federation)
{
    for (int kind = DOCUMENT_REGISTRY; kind <= DOCUMENT_AGREEMENT; kind++) {
        const struct signed_document *document =
            federation_document(federation, (enum document_kind)kind);

        given[kind] = (struct given_document){ document->text, document->minisigs,
                                               document->minisig_count };
    }
}

static enum err
finish(struct joined *it, const struct federation *federation, struct why *why)
{
    struct given_document given[2];
    struct buffer trust;
    enum err err;

    give(given, federation);
    buffer_init(&trust, 16 * 1024);
    trust_write(&trust, federation_trust(federation));
    err = joining_finish(it->folder, &it->invite, buffer_bytes(&trust), given, why);
    buffer_clear(&trust);
    return err;
}

static void
what_the_broker_gives_is_taken_when_it_is_what_the_invite_says(void **state)
{
    struct federation *federation, *own = NULL;
    struct why why = { "" };
    char path[FILE_PATH_MAX];
    struct joined it;
    (void)state;

    begin(&it);
    federation = load(&it.laid);
    expect_ok(finish(&it, federation, &why), &why);
    assert_ok(path_in(path, it.folder, "federation", NULL));
    expect_ok(federation_load(&own, path, NULL, 0, 0, &why), &why);
    assert_int_equal(registry_version(federation_registry(own)),
                     registry_version(federation_registry(federation)));
    federation_free(&own);
    federation_free(&federation);
    end(&it);
}

static void
what_the_broker_gives_otherwise_is_refused(void **state)
{
    struct federation *federation, *others;
    struct laid_down elsewhere;
    struct why why = { "" };
    struct joined it;
    (void)state;

    begin(&it);
    lay_down(&elsewhere);
    federation = load(&it.laid);
    others = load(&elsewhere);
    assert_err(finish(&it, others, &why), ERR_FORGED); /* of the same name, even */
    assert_says(why.text, "other signers than the invite");
    it.invite.least_registry++;
    assert_err(finish(&it, federation, &why), ERR_REFUSED);
    assert_says(why.text, "ROLLBACK");
    it.invite.least_registry--;
    it.invite.broker.bytes[0] ^= 1;
    assert_err(finish(&it, federation, &why), ERR_REFUSED);
    assert_says(why.text, "another broker");
    shell("test ! -e %s/federation && ! ls -d %s/federation.* 2>/dev/null", it.folder,
          it.folder);
    federation_free(&federation);
    federation_free(&others);
    take_up(&elsewhere);
    end(&it);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            an_agency_that_joined_is_in_the_next_registry_and_its_secrets_are_with_it),
        cmocka_unit_test(both_sides_see_the_same_six_words),
        cmocka_unit_test(words_are_compared_as_people_type_them),
        cmocka_unit_test(a_request_changed_anywhere_is_refused),
        cmocka_unit_test(a_request_signed_by_another_key_is_refused),
        cmocka_unit_test(a_request_for_another_invite_does_not_fit),
        cmocka_unit_test(one_invite_of_a_name_is_open_at_a_time),
        cmocka_unit_test(no_number_is_promised_twice),
        cmocka_unit_test(what_the_broker_gives_is_taken_when_it_is_what_the_invite_says),
        cmocka_unit_test(what_the_broker_gives_otherwise_is_refused),
    };

    return RUN(tests);
}
