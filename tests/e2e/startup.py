#!/usr/bin/python3
"""What keeps the broker and the agents from starting: status 1, one sentence that names the place
and the reason, and nothing is changed.  Each is mended again, and then they start."""

import contextlib
import os
import shutil
import sqlite3
import tempfile

from cases import check, contains, equal, run
from federation import Federation, concern, kith, read, snapshot, write

OTHER_PASSPHRASE = "not the one it was"
PASSPHRASE = "the one it was"


def everything_beside(program):
    """But SQLite's log without anything in it, which says nothing."""
    found = snapshot(os.path.dirname(os.path.dirname(program.configuration)))
    return {path: content for path, content in found.items()
            if content or not path.endswith("-wal")}


def refuses(program, *parts):
    """One sentence with all the parts in it."""
    before = everything_beside(program)
    ran = program.run()
    equal(ran.status, 1, ran)
    equal(ran.out, "")
    equal(len(ran.err.splitlines()), 1, "lines", ran.err)
    check(ran.err.startswith(os.path.basename(program.argv[0]) + ": "), ran.err)
    contains(ran.err, *parts)
    after = everything_beside(program)
    equal({path for path in before | after if before.get(path) != after.get(path)}, set(), "changed")


def starts(program):
    program.start().await_ready()
    equal(program.stop(), 0, program.said())


@contextlib.contextmanager
def kept(*paths):
    """Whatever becomes of the files, afterwards they are as they were."""
    were = {path: (read(path), os.stat(path).st_mode) for path in paths if os.path.exists(path)}
    try:
        yield
    finally:
        for path in paths:
            if os.path.lexists(path):
                os.unlink(path)
        for path, (content, mode) in were.items():
            write(path, content)
            os.chmod(path, mode)


@contextlib.contextmanager
def changed(path, old, new):
    """The file with one text in the place of another."""
    with kept(path):
        content = read(path)
        check(old.encode() in content, repr(old), "is not in", path)
        write(path, content.replace(old.encode(), new.encode(), 1))
        yield


def both(federation):
    return [federation.broker, federation.mash]


# --- The configuration -------------------------------------------------------------------------------


def a_configuration_that_is_not_there_is_named(federation):
    for program in both(federation):
        with kept(program.configuration):
            os.unlink(program.configuration)
            refuses(program, program.configuration, "No such file")
        starts(program)


def a_configuration_that_is_wrong_is_refused_with_its_line(federation):
    for program in both(federation):
        for old, new, *parts in [
            ("keys = ", "keis = ", ":3: " if program is federation.broker else ":4: ",
             "unknown key 'keis', did you mean 'keys'?"),
            ("demo = yes", "demo = perhaps", "'demo' must be yes or no"),
            ("demo = yes", "demo: yes", "not of the form 'key = value'"),
            ("demo = yes", "demo = yes\ndemo = no", "'demo' was given on line"),
            ("demo = yes", "demo = yes\x07", "control or invisible characters"),
            ("federation = ", "# federation = ", "'federation' is missing"),
        ]:
            with changed(program.configuration, old, new):
                refuses(program, program.configuration, *parts)


def an_agency_that_the_registry_does_not_have_is_refused(federation):
    configuration = federation.mash.configuration
    with changed(configuration, "agency = mash", "agency = mush"):
        refuses(federation.mash, "the registry (version ", "has no agency 'mush'")


def an_agency_with_the_keys_of_another_is_refused(federation):
    configuration = federation.mash.configuration
    with changed(configuration, "agency = mash", "agency = states-police"):
        refuses(federation.mash, "none of our signing keys", "'states-police'")


def a_socket_with_too_long_a_path_is_refused(federation):
    long = "s" * 120 + ".sock"
    with changed(federation.mash.configuration, "socket = agent.sock", "socket = " + long):
        refuses(federation.mash, long, "at most 107 characters")


def a_file_where_the_socket_belongs_is_left_alone(federation):
    with kept(federation.mash.socket):
        write(federation.mash.socket, "a diary")
        refuses(federation.mash, "agent.sock", "is not a socket")


# --- What is signed ----------------------------------------------------------------------------------


def without_a_signed_document_nothing_starts(federation):
    for name in ["trust", "registry", "agreement.policy"]:
        path = federation.path("federation", name)
        with kept(path):
            os.unlink(path)
            for program in both(federation):
                refuses(program, "federation/" + name, "No such file")


def one_signature_too_few_is_too_few(federation):
    folder = federation.path("federation")
    for name in ["registry", "agreement.policy"]:
        signatures = [each for each in os.listdir(folder)
                      if each.startswith(name + ".") and each.endswith(".minisig")]
        equal(len(signatures), 2)
        for signature in signatures:
            path = os.path.join(folder, signature)
            with kept(path):
                os.unlink(path)
                for program in both(federation):
                    refuses(program, "federation/" + name, "signed by 1 of the 2 signers needed")


def a_signed_document_with_one_byte_changed_is_refused(federation):
    for name, old, new in [("agreement.policy", "Multi-Agency", "Multi-agency"),
                           ("registry", "agency 100 mash", "agency 100 mush")]:
        with changed(federation.path("federation", name), old, new):
            for program in both(federation):
                refuses(program, "federation/" + name, "signed by 0 of the 2 signers needed")


def an_older_registry_than_the_one_that_was_in_force_is_refused_though_signed(_):
    with Federation(["mash"]) as federation:
        old = federation.path("old")
        shutil.copytree(federation.path("federation"), old)
        federation.add("st-helier-primary")
        for program in both(federation):
            starts(program)
        shutil.rmtree(federation.path("federation"))
        os.rename(old, federation.path("federation"))
        for program in both(federation):
            refuses(program, "federation/registry", "ROLLBACK")


# --- Keys ----------------------------------------------------------------------------------------------


def a_key_that_others_may_read_is_refused(federation):
    for program in both(federation):
        path = os.path.join(program.folder, "keys", "transport.key")
        with kept(path):
            os.chmod(path, 0o644)
            refuses(program, path, "others may read or change it (mode 0644)", "chmod 600")


def a_key_that_lies_elsewhere_is_refused(federation):
    for program in both(federation):
        path = os.path.join(program.folder, "keys", "transport.key")
        with kept(path, path + ".there"):
            os.rename(path, path + ".there")
            os.symlink(path + ".there", path)
            refuses(program, path, "is a symbolic link")


def a_key_that_was_altered_is_refused(federation):
    for program in both(federation):
        path = os.path.join(program.folder, "keys", "transport.key")
        with kept(path):
            content = bytearray(read(path))
            content[-1] ^= 1
            write(path, bytes(content))
            refuses(program, path, "was altered")


def keys_of_a_demonstration_are_refused_by_whoever_does_not_ask_for_them(federation):
    passphrase = federation.path("passphrase")
    with kept(passphrase):
        write(passphrase, PASSPHRASE)
        os.chmod(passphrase, 0o600)
        for program in both(federation):
            with changed(program.configuration, "demo = yes", "demo = no"):
                refuses(program, "no passphrase")
            with changed(program.configuration, "demo = yes", "passphrase-file = " + passphrase):
                refuses(program, "keys/kek.demo", "for demonstrations only")


def only_the_right_passphrase_opens_the_keys(_):
    with tempfile.TemporaryDirectory() as folder:
        right, wrong = os.path.join(folder, "right"), os.path.join(folder, "wrong")
        for path, words in [(right, PASSPHRASE), (wrong, OTHER_PASSPHRASE)]:
            write(path, words + "\n")
            os.chmod(path, 0o600)
        with Federation(
            ["mash"],
            arguments=("--passphrase-file", right, "--broker-passphrase-file", right),
            agency_arguments=("--passphrase-file", right, "--agency-passphrase-file", right),
        ) as federation:
            check(not any(PASSPHRASE.encode() in each
                          for each in snapshot(federation.folder).values()))
            for program in both(federation):
                with changed(program.configuration, "demo = no", "passphrase-file = " + wrong):
                    refuses(program, "keys/kek.key", "wrong passphrase")
                with changed(program.configuration, "demo = no", "demo = yes"):
                    refuses(program, "keys/kek.demo", "not a demonstration's")
                with changed(program.configuration, "demo = no", "passphrase-file = " + right):
                    os.chmod(right, 0o640)
                    refuses(program, right, "chmod 600")
                    os.chmod(right, 0o600)
                    starts(program)


# --- Stores ----------------------------------------------------------------------------------------------


def stores(federation):
    return [(federation.broker, os.path.join(federation.broker.folder, "store", "log.db")),
            (federation.mash, os.path.join(federation.mash.folder, "store", "agent.db"))]


def a_store_that_was_cut_short_is_refused_and_left_as_it_is(federation):
    for program, path in stores(federation):
        for length in [0, 50, os.path.getsize(path) // 2]:
            with kept(path):
                os.truncate(path, length)
                refuses(program, path, "is damaged", "left as it is")


def a_database_of_somebody_else_is_refused_and_left_as_it_is(federation):
    for program, path in stores(federation):
        with kept(path):
            os.unlink(path)
            with contextlib.closing(sqlite3.connect(path)) as database:
                database.execute("CREATE TABLE diary (entry)")
                database.commit()
            os.chmod(path, 0o600)
            refuses(program, path, "is a database, but not", "left as it is")
        with kept(path):
            write(path, "Dear diary. " * 100)
            refuses(program, path, "nor a database at all")


def a_store_that_others_may_read_is_refused(federation):
    for program, path in stores(federation):
        with kept(path):
            os.chmod(path, 0o640)
            refuses(program, path, "others may read or change it")


def a_store_is_for_one_process(federation):
    for program, path in stores(federation):
        program.start().await_ready()
        refuses(program, path, "another process has it open")
        equal(program.stop(), 0)


def everything_mended_it_starts(federation):
    for program in both(federation):
        starts(program)


# --- An agreement that is over ----------------------------------------------------------------------------


def when_the_agreement_is_over_mash_and_social_care_are_told_and_it_is_said(_):
    with tempfile.TemporaryDirectory() as folder:
        policy = os.path.join(folder, "over.policy")
        text = read("tests/island.policy").decode()
        over = text.replace("from 2026-01-01 to 2027-12-31", "from 2024-01-01 to 2024-12-31")
        check(over != text)
        write(policy, over)
        with Federation(policy=policy) as federation:
            federation.start()
            identity = federation.police.publish(concern())
            for agent in [federation.mash, federation.social_care]:
                agent.await_received(identity)
            federation.police.await_accepted(identity)
            told = {each["type"] for each in federation.police.fate(identity)["recipients"]
                    if each["state"] in ("sent", "opened")}
            equal(told, {"mash", "social-care"})

            # the police hear of all children, and are not told of this one
            other = federation.school.publish(concern())
            federation.mash.await_received(other)
            equal(federation.police.inbox(), [])
            for agent in federation.agents.values():
                ready = agent.get("/readyz")
                equal(ready.status, 503, ready)
                contains(ready.text, "not in force")
                check(not agent.status()["agreement"]["inForce"])
            status = kith("status", "--agent", federation.mash.socket)
            equal(status.status, 1, status)
            contains(status.out, "! it ended on 2024-12-31; only MASH and children's social care are")


with Federation(["mash", "states-police"]) as shared:
    for each in both(shared):
        starts(each)
    run(
        [
            a_configuration_that_is_not_there_is_named,
            a_configuration_that_is_wrong_is_refused_with_its_line,
            an_agency_that_the_registry_does_not_have_is_refused,
            an_agency_with_the_keys_of_another_is_refused,
            a_socket_with_too_long_a_path_is_refused,
            a_file_where_the_socket_belongs_is_left_alone,
            without_a_signed_document_nothing_starts,
            one_signature_too_few_is_too_few,
            a_signed_document_with_one_byte_changed_is_refused,
            an_older_registry_than_the_one_that_was_in_force_is_refused_though_signed,
            a_key_that_others_may_read_is_refused,
            a_key_that_lies_elsewhere_is_refused,
            a_key_that_was_altered_is_refused,
            keys_of_a_demonstration_are_refused_by_whoever_does_not_ask_for_them,
            only_the_right_passphrase_opens_the_keys,
            a_store_that_was_cut_short_is_refused_and_left_as_it_is,
            a_database_of_somebody_else_is_refused_and_left_as_it_is,
            a_store_that_others_may_read_is_refused,
            a_store_is_for_one_process,
            everything_mended_it_starts,
            when_the_agreement_is_over_mash_and_social_care_are_told_and_it_is_said,
        ],
        shared,
    )
