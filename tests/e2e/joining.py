#!/usr/bin/python3
"""An agency joins with one line: its keys are made on its own machine, which here is another
folder, two people compare six words, and the registry that two signers sign lets it in."""

import base64
import os
import re
import stat
import tempfile

from cases import check, contains, equal, run, wait_until
from federation import AGENCIES, Agent, Federation, concern, kith, kith_must, read, snapshot, write

LATE = "st-helier-primary"
OTHERS = [name for name in AGENCIES if name != LATE]
SIX_WORDS = re.compile(r"^([a-z]+ ){5}[a-z]+\n$")
PASSPHRASE = "the one it was"


class Elsewhere(Agent):
    """An agent whose folder is not below the federation's."""

    def __init__(self, folder, name):
        super().__init__(folder, name)
        self.folder = folder
        self.socket = os.path.join(folder, "agent.sock")
        self.configuration = os.path.join(folder, "agent.conf")
        self.argv[1], self.log = self.configuration, os.path.join(folder, "agent.log")


def elsewhere(federation, name):
    return os.path.join(federation.parent, name)


def invite(federation, name=LATE, *arguments):
    """The line; the broker knows of it a second later."""
    ran = kith_must("agency", "invite", name, "--dir", federation.folder, "--demo", *arguments)
    check(re.match(r"^kith1:[A-Za-z0-9_-]+\n$", ran.out), ran)
    return ran.out.strip()


def join(line, folder, *arguments):
    return kith("join", line, "--dir", folder, *(arguments or ("--demo",)))


def joins(federation, line, folder):
    """The six words.  The broker looks at its invites every second."""
    ran = wait_until(lambda: known(join(line, folder)), "the broker knows the invite")
    equal(ran.status, 0, ran)
    check(SIX_WORDS.match(ran.out), ran)
    contains(ran.err, "Read these six words to the administrator", ran.out.strip())
    return ran.out.strip()


def known(ran):
    return None if "does not know this invite" in ran.err else ran


def is_refused(ran, *parts):
    check(ran.status in (1, 4), ran)
    equal(ran.out, "")
    contains(ran.err, *parts)


def listed(federation, *arguments):
    ran = kith_must("agency", "list", "--dir", federation.folder, *arguments)
    return ran.out


def waits(federation, name=LATE):
    return os.path.exists(federation.path("broker", "invites", name + ".request"))


def admit(federation, words, name=LATE):
    return kith("agency", "admit", name, "--dir", federation.folder, "--demo", "--words", words)


# --- All of it -----------------------------------------------------------------------------------------


def secrets_of(line, folder):
    """Key files as they are, and what opens the broker to a guest, in all the ways it is written."""
    packed = base64.urlsafe_b64decode(line[6:] + "=" * (-(len(line) - 6) % 4))
    secret = packed[90:122]
    found = [secret, base64.b64encode(secret), secret.hex().encode(), line.encode()]
    keys = os.path.join(folder, "keys")
    for name in sorted(os.listdir(keys)):
        if name != "join.request":
            equal(stat.S_IMODE(os.stat(os.path.join(keys, name)).st_mode), 0o600, name)
            found.append(read(os.path.join(keys, name)).strip())
    check(len(found) >= 4 + 6, os.listdir(keys))
    return found


def an_agency_joins_is_admitted_and_tells_and_nothing_private_of_it_was_in_the_folder(_):
    with Federation(OTHERS) as federation:
        federation.start()
        folder = elsewhere(federation, "school")
        line = invite(federation)
        contains(listed(federation), LATE + "  invited, until ")
        words = joins(federation, line, folder)
        contains(listed(federation), LATE + "  waits to be admitted: " + words)

        # Started early it knocks, and says what is missing.
        school = Elsewhere(folder, LATE).start().await_ready()
        federation.agents[LATE] = school
        wait_until(lambda: school.status()["broker"] == "refused: not admitted yet", "it knocks")
        status = kith("status", "--agent", school.socket)
        equal(status.status, 1, status)
        contains(status.out, "refused: not admitted yet", "waiting to be admitted", words)
        equal(school.get("/readyz").status, 503)
        equal(school.post(concern()).status, 503)

        before = snapshot(federation.path("federation"))
        wrong = admit(federation, " ".join(["acid"] * 6))
        equal(wrong.status, 4, wrong)
        contains(wrong.err, "not the words of this request", words, "withdraw")
        equal(snapshot(federation.path("federation")), before)

        version = federation.mash.status()["registryVersion"]
        admitted = admit(federation, words.upper())
        equal([admitted.status, admitted.out], [0, "103\n"], admitted)
        school.await_connected()
        for agent in federation.agents.values():
            wait_until(lambda: agent.status()["registryVersion"] == version + 1, "all know it")
        identity = school.publish(concern("from the new one"))
        for agent in [federation.mash, federation.social_care]:
            (entry,) = agent.await_received(identity)
            equal([entry["from"], entry["concern"]["factsObserved"]], [LATE, "from the new one"])
        school.await_accepted(identity)
        wait_until(lambda: kith("status", "--agent", school.socket).status == 0, "all is well")
        equal(os.listdir(federation.path("broker", "invites")), [])
        check(LATE + "  waits" not in listed(federation), listed(federation))
        again = join(line, elsewhere(federation, "again"))
        is_refused(again, "does not know this invite")
        check(not os.path.exists(elsewhere(federation, "again")))

        # It is an agent like any other when it starts again.
        equal(school.stop(), 0)
        school.start().await_ready().await_connected()

        secrets = secrets_of(line, folder)
        for path, content in snapshot(federation.folder).items():
            for secret in secrets:
                check(secret not in content, path, "holds a secret of", LATE)
        check(not os.path.exists(federation.path("agencies", LATE)))


def with_passphrases_it_is_the_same(_):
    with tempfile.TemporaryDirectory() as place:
        right = os.path.join(place, "right")
        write(right, PASSPHRASE + "\n")
        os.chmod(right, 0o600)
        given = ("--passphrase-file", right)
        with Federation([], arguments=given + ("--broker-passphrase-file", right)) as federation:
            configuration = federation.broker.configuration
            write(configuration, read(configuration).replace(
                b"demo = no", b"passphrase-file = " + right.encode()))
            folder = elsewhere(federation, "school")
            ran = kith_must("agency", "invite", LATE, "--dir", federation.folder, *given,
                            "--broker", "tcp://127.0.0.1:1")
            is_refused(join(ran.out, folder, "--demo"), "is not a demonstration")
            kith_must("agency", "withdraw", LATE, "--dir", federation.folder)
            federation.broker.start().await_ready()
            line = kith_must("agency", "invite", LATE, "--dir", federation.folder, *given).out
            ran = wait_until(lambda: known(join(line, folder, *given)), "the invite is known")
            equal(ran.status, 0, ran)
            check(os.path.exists(os.path.join(folder, "keys", "kek.key")))
            kith_must("agency", "admit", LATE, "--dir", federation.folder, "--words", ran.out, *given)
            configuration = os.path.join(folder, "agent.conf")
            write(configuration, read(configuration).replace(
                b"demo = no", b"passphrase-file = " + right.encode()))
            federation.agents[LATE] = Elsewhere(folder, LATE).start().await_ready()
            federation.agents[LATE].await_connected()


# --- What does not let anybody in -----------------------------------------------------------------------


def a_line_works_once(federation):
    folder, other = elsewhere(federation, "once"), elsewhere(federation, "twice")
    line = invite(federation)
    words = joins(federation, line, folder)
    is_refused(join(line, other), "this invite has been used already")
    check(not os.path.exists(other), "keys for nothing were left in", other)
    contains(listed(federation), words)

    # The first goes on where it was.
    again = join(line, folder)
    equal([again.status, again.out.strip()], [0, words], again)
    ran = kith("agency", "invite", LATE, "--dir", federation.folder, "--demo")
    is_refused(ran, "has asked to join already")
    kith_must("agency", "withdraw", LATE, "--dir", federation.folder)
    is_refused(admit(federation, words), "has not been invited")


def a_line_runs_out(federation):
    folder = elsewhere(federation, "late")
    is_refused(join(invite(federation, LATE, "--hours", "0"), folder), "this invite ran out on ")
    check(not os.path.exists(folder))

    # By the broker's clock, too: the line is good, the invite at the broker has run out.
    line = invite(federation)
    path = federation.path("broker", "invites", LATE)
    write(path, re.sub(rb"until \S+", b"until 2026-01-01T00:00:00Z", read(path)))
    ran = wait_until(lambda: known(join(line, folder)), "the broker knows the invite")
    is_refused(ran, "this invite has run out")
    check(not waits(federation) and not os.path.exists(folder))
    kith_must("agency", "withdraw", LATE, "--dir", federation.folder)


def a_mistyped_line_is_refused_in_words(federation):
    folder = elsewhere(federation, "mistyped")
    line = invite(federation)
    for wrong, words in [(line[:-1], "mistyped"), (line[:40] + "A" + line[41:], "mistyped"),
                         ("kith2" + line[5:], "not an invite"), (line[7:], "not an invite")]:
        if wrong != line:
            is_refused(join(wrong, folder), words)
    check(not os.path.exists(folder))
    ran = kith("join", "-", "--dir", folder, "--demo", stdin="mush\n")
    is_refused(ran, "not an invite")
    kith_must("agency", "withdraw", LATE, "--dir", federation.folder)


def an_invite_that_was_taken_back_lets_nobody_ask(federation):
    folder = elsewhere(federation, "back")
    line = invite(federation)
    kith_must("agency", "withdraw", LATE, "--dir", federation.folder)
    is_refused(join(line, folder), "does not know this invite")
    check(not waits(federation) and not os.path.exists(folder))
    ran = kith("agency", "withdraw", LATE, "--dir", federation.folder)
    is_refused(ran, "there is no invite for '%s'" % LATE)


def a_request_that_was_changed_on_the_broker_is_not_admitted(federation):
    folder = elsewhere(federation, "forged")
    words = joins(federation, invite(federation), folder)
    path = federation.path("broker", "invites", LATE + ".request")
    whole = read(path)
    write(path, whole.replace(b"transport ", b"transport A", 1)[:len(whole)])
    check(admit(federation, words).status == 1)
    contains(listed(federation), "has a request that does not hold")
    write(path, whole)
    contains(listed(federation), words)
    kith_must("agency", "withdraw", LATE, "--dir", federation.folder)


def without_a_broker_the_keys_wait(federation):
    folder = elsewhere(federation, "alone")
    line = invite(federation)
    federation.broker.kill()
    ran = join(line, folder)
    equal(ran.status, 5, ran)
    contains(ran.err, "does not answer", "goes on from here")
    endpoint = read(federation.broker.endpoint_file).decode().strip()
    configuration = federation.broker.configuration
    write(configuration, read(configuration).replace(
        b"endpoint = tcp://127.0.0.1:*", b"endpoint = " + endpoint.encode()))
    federation.broker.start().await_ready()
    joins(federation, line, folder)


with Federation(OTHERS) as shared:
    shared.broker.start().await_ready()
    run(
        [
            an_agency_joins_is_admitted_and_tells_and_nothing_private_of_it_was_in_the_folder,
            with_passphrases_it_is_the_same,
            a_line_works_once,
            a_line_runs_out,
            a_mistyped_line_is_refused_in_words,
            an_invite_that_was_taken_back_lets_nobody_ask,
            a_request_that_was_changed_on_the_broker_is_not_admitted,
            without_a_broker_the_keys_wait,
        ],
        shared,
    )
