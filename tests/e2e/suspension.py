#!/usr/bin/python3
"""An agent is stolen while everything runs: one person shuts it out, and nobody else notices.
And MASH shut out by two silences nobody."""

import os
import shutil
import time

from cases import check, contains, equal, run, wait_until
from federation import Federation, concern, kith, kith_must, read, write

SHUT_OUT = "refused: this agency is suspended from the federation"


def suspend(federation, name, *arguments):
    return kith_must("agency", "suspend", name, "--dir", federation.folder, "--demo", *arguments)


def lift(federation, name):
    return kith_must("agency", "lift", name, "--dir", federation.folder, "--demo")


def is_shut_out(agent):
    return wait_until(lambda: agent.status()["broker"] == SHUT_OUT, "%s is shut out" % agent.name)


def with_its_own_copy(federation, agent):
    """Of the documents, as on a machine of its own."""
    shutil.copytree(federation.path("federation"), os.path.join(agent.folder, "federation"))
    configuration = read(agent.configuration).decode()
    ours = configuration.replace("= ../../federation", "= federation")
    check(ours != configuration, configuration)
    write(agent.configuration, ours)


def hears_of_it(agent, command):
    """The command's result comes to it over the wire, whatever lies in its own folder."""
    before = agent.said().count(" suspensions_read")
    said = command()
    wait_until(lambda: agent.said().count(" suspensions_read") > before, "it has read them")
    return said


def state_of(agent, identity, kind):
    return {each["type"]: each["state"] for each in agent.fate(identity)["recipients"]}[kind]


def sessions_ended(federation):
    return [line for line in federation.broker.said().splitlines()
            if "session_ended" in line and "suspended" in line]


def a_stolen_school_is_shut_out_at_once_and_let_in_again(_):
    with Federation() as federation:
        federation.start()
        federation.mash.await_received(federation.school.publish(concern("before")))
        before = time.monotonic()
        said = suspend(federation, "st-helier-primary")
        contains(said.err, "st-helier-primary is suspended", "within a second")
        wait_until(lambda: sessions_ended(federation), "its session ends")
        print("from the command's start to the end of the session: %.2f s"
              % (time.monotonic() - before))
        contains(sessions_ended(federation)[0], "agency=st-helier-primary")
        is_shut_out(federation.school)
        listed = kith_must("agency", "list", "--dir", federation.folder).out
        contains(listed, "st-helier-primary  suspension since ", "signed by 1\n")
        status = kith("status", "--agent", federation.school.socket)
        equal(status.status, 1, status)
        contains(status.out, SHUT_OUT, "! this agency is suspended", "Telephone")

        # What it writes stays with it; the others go on.
        silent = federation.school.publish(concern("while shut out"))
        other = federation.police.publish(concern("from the police", "4472"))
        federation.mash.await_received(other)
        equal(federation.school.fate(silent)["state"], "spooled")
        check(silent not in {entry["id"] for entry in federation.mash.inbox()})

        # A broker that is started again has not forgotten, whatever is in the folder.
        shutil.move(federation.path("federation", "suspensions"), federation.path("hidden"))
        federation.broker.stop()
        federation.broker.start().await_ready()
        federation.mash.await_connected()
        contains(federation.broker.said(), "ROLLBACK:")
        is_shut_out(federation.school)
        shutil.move(federation.path("hidden"), federation.path("federation", "suspensions"))

        lift(federation, "st-helier-primary")
        federation.school.await_connected()
        federation.mash.await_received(silent)
        wait_until(
            lambda: kith("status", "--agent", federation.school.socket).status == 0,
            "all is well again",
        )


def with_mash_shut_out_by_two_a_concern_goes_to_social_care(_):
    with Federation() as federation:
        with_its_own_copy(federation, federation.school)
        federation.start()
        said = suspend(federation, "mash", "--signer", "2")
        contains(said.err, "mash is NOT suspended yet", "takes 2 signers")
        federation.mash.await_received(federation.school.publish(concern("by one")))
        federation.mash.kill()
        waiting = federation.school.publish(concern("waits for MASH"))
        federation.school.await_accepted(waiting)
        said = hears_of_it(federation.school, lambda: suspend(federation, "mash", "--signer", "3"))
        contains(said.err, "mash is suspended")
        federation.mash.start().await_ready()
        is_shut_out(federation.mash)

        late = federation.school.publish(concern("heard"))
        federation.social_care.await_received(waiting, late)
        federation.school.await_accepted(late)
        equal(state_of(federation.school, late, "mash"), "owed")
        contains(kith("sent", "owed", "--agent", federation.school.socket).out, "it is suspended")

        # Let in again it is told of what comes, and that something came without content.
        hears_of_it(federation.school, lambda: lift(federation, "mash"))
        federation.mash.await_connected()
        federation.mash.await_received(federation.school.publish(concern("after")))
        wait_until(
            lambda: any(alarm["name"] == "WITHHELD" for alarm in federation.mash.status()["alarms"]),
            "MASH knows that something was withheld",
        )
        came = [entry for entry in federation.mash.inbox() if "concern" in entry]
        check(waiting not in {entry["id"] for entry in came}, came)


def what_no_signer_signed_shuts_nobody_out(_):
    with Federation() as federation:
        federation.start()
        suspend(federation, "states-police")
        is_shut_out(federation.police)
        folder = federation.path("federation", "suspensions")
        for ending in ["", ".registry-1.minisig"]:
            shutil.copy(folder + "/states-police.suspension" + ending,
                        folder + "/st-helier-primary.suspension" + ending)
        wait_until(lambda: "is_about" in federation.broker.said(), "the broker says why not")
        contains(federation.broker.said(), " alarm left_out ")
        federation.mash.await_received(federation.school.publish(concern()))
        equal(federation.school.status()["broker"], "connected")


run(
    [
        a_stolen_school_is_shut_out_at_once_and_let_in_again,
        with_mash_shut_out_by_two_a_concern_goes_to_social_care,
        what_no_signer_signed_shuts_nobody_out,
    ],
    None,
)
