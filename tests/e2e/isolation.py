#!/usr/bin/python3
"""An agency's door shows what is its own and nothing else, and only to whom its files are
open.  (Who is not in the registry: reload.py.)"""

import os
import stat

from cases import check, equal, run, wait_until
from federation import Federation, concern

CALLS = ["/v1/inbox?limit=200", "/v1/status", "/readyz", "/livez"]


def an_agency_is_shown_only_its_own(federation):
    """School and police are told of nothing here: no index has said whose child it is."""
    police, school = federation.police, federation.school
    theirs = police.publish(concern("Canary-of-the-police", "P-1"))
    police.await_accepted(theirs)
    federation.mash.await_received(theirs)
    ours = school.publish(concern("Canary-of-the-school", "S-1"))
    school.await_accepted(ours)
    federation.mash.await_received(ours)

    equal(school.get("/v1/messages/" + theirs).status, 404)
    equal(police.get("/v1/messages/" + ours).status, 404)
    equal(federation.mash.get("/v1/messages/" + ours).status, 404)
    for target in CALLS + ["/v1/messages/" + ours, "/v1/messages/" + theirs]:
        for agent, other in [(school, "the-police"), (police, "the-school")]:
            text = agent.get(target).text
            check("Canary-of-" + other not in text, agent.name, target, text)
    equal([school.inbox(), police.inbox()], [[], []])


def what_became_of_a_message_names_kinds_of_agency_and_none_of_them(federation):
    identity = federation.school.publish(concern())
    federation.school.await_accepted(identity)
    wait_until(lambda: "has opened it" in federation.school.fate(identity)["fate"], "MASH's word")
    text = federation.school.get("/v1/messages/" + identity).text
    states = {each["type"]: each["state"] for each in federation.school.fate(identity)["recipients"]}
    equal(states, {"mash": "opened", "social-care": "sent", "police": "owed"})
    for name in ["childrens-services", "states-police"]:
        check(name not in text, name, text)


def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


def what_is_secret_is_open_to_nobody_else(federation):
    for program in federation.programs():
        for folder in ["keys", "store"]:
            path = os.path.join(program.folder, folder)
            equal(oct(mode(path)), "0o700", path)
            files = [os.path.join(path, name) for name in os.listdir(path)]
            check(files, path, "is empty")
            for file in files:
                equal(oct(mode(file) & 0o077), "0o0", file)
    for agent in federation.agents.values():
        equal(oct(mode(agent.socket)), "0o660", agent.socket)


with Federation() as federation:
    federation.start()
    run(
        [
            an_agency_is_shown_only_its_own,
            what_became_of_a_message_names_kinds_of_agency_and_none_of_them,
            what_is_secret_is_open_to_nobody_else,
        ],
        federation,
    )
