#!/usr/bin/python3
"""SIGHUP while everything runs: all of what is new or nothing of it.  And who is not in the
registry stays outside, and the broker's files hold nothing of what it carries."""

import os
import re
import shutil

from cases import check, contains, equal, run, wait_until
from federation import AGENCIES, Federation, concern, kith, read, write

LATE = "childrens-services"  # told of everything, and added while the others run


def adopts(program):
    """Hangs up; what the program has to say to it."""
    before = len(program.said())
    program.hang_up()

    def said():
        return [line for line in program.said()[before:].splitlines() if "reloaded" in line]

    return wait_until(said, "%s says what became of SIGHUP" % program.configuration)[0]


def adopts_it(*programs):
    for program in programs:
        line = adopts(program)
        check(" reloaded" in line and "not_reloaded" not in line, program.configuration, line)


def keeps_the_old(program, *parts):
    line = adopts(program)
    contains(line, " alarm ", "not_reloaded", "what_was_in_force_stays_in_force", *parts)


def started(federation):
    return {each.process.pid for each in federation.programs() if each.process}


def told(federation, identity):
    return {each["type"] for each in federation.school.fate(identity)["recipients"]
            if each["state"] in ("sent", "opened")}


def an_agency_added_while_all_runs_is_let_in_and_told(_):
    with Federation([name for name in AGENCIES if name != LATE]) as federation:
        federation.start()
        before = started(federation)
        federation.add(LATE)
        late = federation.social_care.start().await_ready()

        # The broker does not know it yet.
        wait_until(lambda: late.status()["broker"].startswith("refused"), "it is refused")
        status = kith("status", "--agent", late.socket)
        equal(status.status, 1, status)
        contains(status.out, "refused: the broker does not know this agency's transport key")
        equal(late.get("/readyz").status, 503)
        early = federation.school.publish(concern())
        federation.mash.await_received(early)

        adopts_it(federation.broker)
        late.await_connected()
        adopts_it(federation.mash, federation.police, federation.school)
        identity = federation.school.publish(concern("now you know"))
        (entry,) = late.await_received(identity)
        equal(entry["concern"]["factsObserved"], "now you know")
        federation.school.await_accepted(identity)
        equal(told(federation, identity), {"mash", "social-care"})
        check(early not in {entry["id"] for entry in late.inbox()})
        (answer,) = federation.mash.await_received(late.publish(concern("and I say")))
        equal(answer["from"], LATE)

        check(before < started(federation), "somebody was started again")
        for agent in federation.agents.values():
            equal(kith("status", "--agent", agent.socket).status, 0, agent.name)


def what_the_broker_goes_by_comes_to_every_agent_by_itself(_):
    """Nobody touches the agents: a new agency, and its keys, come over the wire."""
    with Federation([name for name in AGENCIES if name != LATE]) as federation:
        apart = federation.path("apart")  # as on machines of their own
        shutil.copytree(federation.path("federation"), apart)
        for agent in federation.agents.values():
            configuration = read(agent.configuration).decode()
            ours = re.sub(r"(?m)^federation *=.*$", "federation = " + apart, configuration)
            check(ours != configuration)
            write(agent.configuration, ours.encode())
        federation.start()
        before = federation.school.status()["registryVersion"]
        late = federation.add(LATE)
        adopts_it(federation.broker)
        wait_until(lambda: federation.school.status()["registryVersion"] == before + 1, "it comes")
        late.start().await_ready().await_connected()
        identity = federation.school.publish(concern("in between"))
        for agent in [federation.mash, late]:
            (entry,) = agent.await_received(identity)
            equal(entry["concern"]["factsObserved"], "in between")
        federation.school.await_accepted(identity)
        equal(told(federation, identity), {"mash", "social-care"})

        # It lies on the agent's own disk, and is there when it starts again.
        federation.school.kill()
        federation.school.start().await_ready()
        equal(federation.school.status()["registryVersion"], before + 1)
        for agent in [federation.mash, federation.police, federation.school]:
            equal(kith("status", "--agent", agent.socket).status, 0, agent.name)


def an_agency_without_a_key_makes_one_and_everybody_has_it(_):
    with Federation() as federation:
        published = federation.path("federation", "intake", LATE + ".intake")
        os.remove(published)
        federation.start()
        identity = federation.school.publish(concern("sealed to a key that was made here"))
        (entry,) = federation.social_care.await_received(identity)
        equal(entry["concern"]["factsObserved"], "sealed to a key that was made here")
        check(os.path.exists(published), published, "is not there")
        keys = os.listdir(federation.path("agencies", LATE, "keys"))
        check("intake-2.key" in keys, keys)
        equal(told(federation, identity), {"mash", "social-care"})
        for agent in federation.agents.values():
            equal(kith("status", "--agent", agent.socket).status, 0, agent.name)


def something_broken_leaves_the_old_in_force(federation):
    agreement = federation.path("federation", "agreement.policy")
    trust = federation.path("federation", "trust")
    signature = agreement + ".agreement-1.v1.minisig"
    for path, content, *parts in [
        (agreement, read(agreement).replace(b"Multi-Agency", b"Multi-agency"),
         "agreement.policy", "signed_by_0_of_the_2"),
        (signature, b"", "agreement.policy"),
        (federation.path("federation", "registry"), b"", "federation/registry"),
        (trust, read(trust) + b"# and me\n", "trust", "only_at_a_restart"),
    ]:
        whole = read(path)
        write(path, content)
        for program in federation.programs():
            keeps_the_old(program, *parts)
        federation.social_care.await_received(federation.school.publish(concern()))
        write(path, whole)
    adopts_it(*federation.programs())
    federation.social_care.await_received(federation.school.publish(concern()))


def of_what_is_new_nothing_is_adopted_when_something_is_broken(_):
    """A good registry beside a broken agreement lets nobody in."""
    with Federation([name for name in AGENCIES if name != LATE]) as federation:
        federation.start()
        agreement = federation.path("federation", "agreement.policy")
        whole = read(agreement)
        late = federation.add(LATE).start().await_ready()
        write(agreement, whole + b"\n")
        keeps_the_old(federation.broker)
        wait_until(lambda: late.status()["broker"].startswith("refused"), "it is refused")
        write(agreement, whole)
        adopts_it(federation.broker)
        late.await_connected()


def an_older_registry_is_not_gone_back_to(federation):
    folder, newer = federation.path("federation"), federation.path("newer")
    older = federation.path("older")
    shutil.copytree(folder, older)
    version = federation.mash.status()["registryVersion"]
    added = kith("agency", "add", "virtual-school", "--dir", federation.folder, "--demo")
    equal(added.status, 0, added)
    adopts_it(*federation.programs())
    equal(federation.mash.status()["registryVersion"], version + 1)
    os.rename(folder, newer)
    os.rename(older, folder)
    keeps_the_old(federation.broker, "federation/registry", "ROLLBACK")
    for agent in federation.agents.values():
        agent.hang_up()
    wait_until(lambda: federation.mash.status()["registryVersion"] == version + 1, "it stays")
    shutil.rmtree(folder)
    os.rename(newer, folder)
    adopts_it(*federation.programs())


# --- Who is outside, and what the broker holds -------------------------------------------------------


def an_agent_of_another_federation_gets_nowhere(federation):
    with Federation(["mash", LATE]) as other:
        configuration = read(other.mash.configuration).decode()
        ours = configuration.replace("file:../../broker", "file:" + federation.path("broker"))
        check(ours != configuration)
        write(other.mash.configuration, ours)
        other.mash.start().await_ready()
        identity = other.mash.publish(concern())
        federation.social_care.await_received(federation.school.publish(concern()))
        status = other.mash.status()
        equal([status["broker"], status["sent"]["accepted"]], ["out of reach", 0])
        equal(other.mash.fate(identity)["state"], "spooled")
        other.mash.kill()

        # With its own broker it goes where it should.
        write(other.mash.configuration, configuration)
        other.start()
        other.mash.await_accepted(identity)


def holding(folder, values):
    """{value: files below that hold it}, as bytes or in hexadecimal."""
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            if os.path.isfile(path):
                content = read(path)
                for value in values:
                    if value.encode() in content or value.encode().hex().encode() in content:
                        found.setdefault(value, set()).add(path)
    return found


def nothing_of_a_message_is_in_any_file_while_it_is_carried_and_kept(federation):
    words, given, family, local = "Canary-words", "Canarygiven", "Canaryfamily", "canary-4471"
    message = concern(words, local)
    message["concern"]["child"]["name"] = {"given": given, "family": family}
    values = [words, given, family, local]
    federation.mash.kill()  # so that the broker has something to keep
    identity = federation.school.publish(message)
    (entry,) = federation.social_care.await_received(identity)
    equal(entry["concern"]["child"]["name"]["family"], family)
    equal(holding(federation.folder, values), {})
    federation.mash.start().await_ready()
    federation.mash.await_received(identity)
    equal(holding(federation.folder, values), {})

    # The same search where there is something to find.
    plain = federation.path("broker", "store", "plain")
    write(plain, "…" + words + given.encode().hex())
    equal(holding(federation.folder, values), {words: {plain}, given: {plain}})
    os.unlink(plain)


with Federation() as shared:
    shared.start()
    run(
        [
            an_agency_added_while_all_runs_is_let_in_and_told,
            what_the_broker_goes_by_comes_to_every_agent_by_itself,
            an_agency_without_a_key_makes_one_and_everybody_has_it,
            something_broken_leaves_the_old_in_force,
            of_what_is_new_nothing_is_adopted_when_something_is_broken,
            an_older_registry_is_not_gone_back_to,
            an_agent_of_another_federation_gets_nowhere,
            nothing_of_a_message_is_in_any_file_while_it_is_carried_and_kept,
        ],
        shared,
    )
