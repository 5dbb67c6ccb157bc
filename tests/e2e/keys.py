#!/usr/bin/python3
"""An agency's signing and transport keys are replaced while it runs, by one line that holds
nothing secret, and one that was away gets in with its next key."""

import os
import shutil

from cases import check, contains, equal, run, wait_until
from federation import Federation, concern, kith, kith_must, read


def rotate(agent):
    return kith_must("key", "rotate", agent.configuration).out.strip()


def admit(federation, line):
    return kith("agency", "rotate", line, "--dir", federation.folder, "--demo")


def keys_of(agent):
    return sorted(os.listdir(os.path.join(agent.folder, "keys")))


def says(agent, words):
    wait_until(lambda: words in agent.said(), "%s says %s" % (agent.name, words))


def an_agent_goes_over_to_its_next_keys_by_itself(_):
    with Federation() as federation:
        federation.start()
        school = federation.school
        listed = kith_must("key", "list", school.configuration).out
        contains(listed, "signing 1", "transport", "valid", "to seal to")
        line = rotate(school)
        equal(rotate(school), line)
        contains(kith_must("key", "list", school.configuration).err, "wait for the registry signers")
        contains(line, "kith rotate ", " st-helier-primary signing 2 ")

        done = admit(federation, line)
        equal(done.status, 0, done)
        contains(done.err, "stay valid for 7 days")
        federation.broker.hang_up()
        says(school, "gone_over")
        check("transport-next.key" not in keys_of(school), keys_of(school))
        school.await_connected()
        identity = school.publish(concern("under the next key"))
        for agent in [federation.mash, federation.social_care]:
            (entry,) = agent.await_received(identity)
            equal(entry["concern"]["factsObserved"], "under the next key")
        listed = kith_must("key", "list", school.configuration).out
        contains(listed, "signing 1", "ends soon", "signing 2", "not on this machine any more")
        for agent in federation.agents.values():
            equal(kith("status", "--agent", agent.socket).status, 0, agent.name)

        again = admit(federation, line)
        equal(again.status, 1, again)
        contains(again.err, "this line was used")


def one_that_was_away_gets_in_with_its_next_key(_):
    with Federation() as federation:
        federation.start()
        school = federation.school
        line = rotate(school)
        school.kill()
        equal(admit(federation, line).status, 0)
        federation.broker.hang_up()

        # Its present key has had its last day: it is one that the registry does not name.
        keys = os.path.join(school.folder, "keys")
        shutil.copy(keys + "/transport-next.key", federation.path("next"))
        os.remove(keys + "/transport-next.key")
        rotate(school)
        os.rename(keys + "/transport-next.key", keys + "/transport.key")
        shutil.copy(federation.path("next"), keys + "/transport-next.key")
        os.chmod(keys + "/transport-next.key", 0o600)

        school.start().await_ready()
        says(school, "gone_over")
        school.await_connected()
        federation.mash.await_received(school.publish(concern("back")))


def what_is_not_its_own_line_is_refused(_):
    with Federation() as federation:
        line = rotate(federation.school)
        for wrong, *parts in [
            (line[:-10], "is it whole?"),
            ("hello", "is it whole?"),
            (line.replace("signing 2", "signing 3"), "do not sign it"),
            (line.replace("st-helier-primary", "st-helier-primar"), "names no agency"),
        ]:
            done = admit(federation, wrong)
            equal(done.status, 1, done)
            contains(done.err, *parts)
        before = read(federation.path("federation", "registry"))
        done = kith("agency", "rotate", *line.split(), "--dir", federation.folder, "--demo")
        equal(done.status, 2, done)
        contains(done.err, "in quotes")
        kith_must("agency", "suspend", "st-helier-primary", "--dir", federation.folder, "--demo")
        contains(admit(federation, line).err, "is suspended", "invite it anew")
        equal(read(federation.path("federation", "registry")), before)
        for arguments in [["key"], ["key", "list"], ["key", "lst", "x"]]:
            equal(kith(*arguments).status, 2, arguments)
        done = kith("key", "list", "/nowhere/agent.conf")
        equal(done.status, 1, done)
        contains(done.err, "/nowhere/agent.conf")


run(
    [
        an_agent_goes_over_to_its_next_keys_by_itself,
        one_that_was_away_gets_in_with_its_next_key,
        what_is_not_its_own_line_is_refused,
    ],
    None,
)
