#!/usr/bin/python3
"""The agent's door, asked in raw HTTP over its socket: every status, and nothing is taken after
a refusal."""

import json
import socket

from cases import check, contains, equal, run, wait_until
from federation import Federation, call, concern

BODY_MAX = 256 * 1024
PROBLEM = "application/problem+json"


def raw(agent, request):
    """What comes back until the other side closes or says no more for a while."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(agent.socket)
        connection.settimeout(5)
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        parts = []
        while True:
            try:
                part = connection.recv(65536)
            except ConnectionResetError:
                part = b""
            if not part:
                return b"".join(parts)
            parts.append(part)


def taken(agent):
    return sum(agent.status()["sent"].values())


def refused(agent, answer, status, *parts):
    equal(answer.status, status, answer)
    equal(answer.type, PROBLEM)
    equal(answer.json["status"], status)
    check(answer.json["title"], "has no title:", answer)
    contains(answer.text, *parts)
    return answer


def refused_for(agent, message, wanted):
    """wanted: {pointer: part of the detail}, and no other."""
    before = taken(agent)
    answer = refused(agent, agent.post(message), 422, "nothing was taken")
    equal(set(answer.errors), set(wanted))
    for pointer, part in wanted.items():
        contains(answer.errors[pointer], part)
    equal(taken(agent), before, "messages taken")


def changed(path, value):
    """A concern with one member set: "concern.child.dateOfBirth"."""
    message = concern()
    *above, last = path.split(".")
    place = message
    for name in above:
        place = place[name]
    place[last] = value
    return message


# --- What is taken -----------------------------------------------------------------------------------


def a_message_is_taken_with_an_id_and_a_place_to_ask_after_it(federation):
    agent = federation.school
    answer = agent.post(concern())
    equal(answer.status, 202, answer)
    equal(answer.type, "application/json")
    identity = answer.json["id"]
    equal(len(identity), 32)
    equal(answer.json["repeated"], False)
    equal(answer.location, "/v1/messages/" + identity)
    contains(answer.json["fate"], "not yet told")
    shown = agent.get(answer.location)
    equal(shown.status, 200)
    equal(shown.json["id"], identity)
    equal(shown.json["kind"], "concern")


def concerns_and_needs_have_doors_of_their_own(federation):
    agent = federation.school
    needs = concern()
    needs["needs"] = {"child": needs.pop("concern")["child"], "headline": "Needs a quiet place."}
    equal(agent.post(concern(), target="/v1/concerns").status, 202)
    equal(agent.post(needs, target="/v1/needs").status, 202)
    refused(agent, agent.post(needs, target="/v1/concerns"), 422, "was sent as")
    refused(agent, agent.post(concern(), target="/v1/needs"), 422, "was sent as")


def names_keep_their_accents_from_door_to_door(federation):
    message = changed("concern.child.name", {"given": "Inês", "family": "Łukasz-Querée 李"})
    identity = federation.school.publish(message)
    (entry,) = federation.mash.await_received(identity)
    equal(entry["concern"]["child"]["name"], message["concern"]["child"]["name"])


# --- What is refused -----------------------------------------------------------------------------------


def what_is_not_json_is_refused_with_line_and_column(federation):
    agent = federation.school
    before = taken(agent)
    cases = {
        b'{"a":': "line 1, column 5",
        b"": "ends too early",
        b'{\n  "circumstances": {],\n}': "line 2",
        b"\xff\xfe{}": "not UTF-8",
        json.dumps(concern("@")).encode().replace(b"@", b"\xc3\x28"): "not UTF-8",
        json.dumps(concern("@")).encode().replace(b"@", b"\xed\xa0\x80"): "not UTF-8",
        json.dumps(concern()).encode() + b"{}": "",
        b'{"sharing": 1, "sharing": 2}': "",
        b"[" * 5000: "",
    }
    for body, part in cases.items():
        refused(agent, agent.post(body), 400, part, "nothing was taken")
    equal(taken(agent), before)


def what_is_json_but_no_message_is_refused_as_a_whole(federation):
    for body in [b"[]", b"null", b'"concern"', b"7"]:
        refused_for(federation.school, body, {"": "must be an object"})


def an_unknown_member_is_refused_with_its_place_and_what_was_meant(federation):
    agent = federation.school
    refused_for(
        agent,
        changed("concern.factsObservd", "x"),
        {"/concern/factsObservd": 'did you mean "factsObserved"?'},
    )
    refused_for(
        agent,
        changed("concern.child.dateOfBrith", "2017-03-14"),
        {"/concern/child/dateOfBrith": 'did you mean "dateOfBirth"?'},
    )
    refused_for(agent, changed("a/b~c", 1), {"/a~1b~0c": "is not known here"})


def everything_that_is_wrong_is_said_at_once(federation):
    message = changed("concern.factsObservd", "x")
    message["concern"]["child"]["dateOfBirth"] = "2017-02-30"
    message["concern"]["childrenPresent"] = "two"
    message["sharing"] = {"purpos": "safeguarding"}
    refused_for(
        federation.school,
        message,
        {
            "/concern/factsObservd": "did you mean",
            "/concern/child/dateOfBirth": "is not a date that exists",
            "/concern/childrenPresent": "whole number",
            "/sharing/purpos": 'did you mean "purpose"?',
            "/sharing": "nothing is shared without one",
        },
    )


def impossible_dates_and_times_are_refused(federation):
    for text in ["2017-02-30", "2017-13-01", "2017-00-10", "14/03/2017", "2017-3-14", "0000"]:
        refused_for(
            federation.school,
            changed("concern.child.dateOfBirth", text),
            {"/concern/child/dateOfBirth": ""},
        )
    for text in ["2026-11-16", "2026-11-16T25:00:00Z", "2026-11-16T10:00:00", "yesterday"]:
        refused_for(
            federation.school,
            changed("circumstances.occurredAt", text),
            {"/circumstances/occurredAt": ""},
        )


def values_of_another_type_are_refused(federation):
    for path, value in {
        "concern": "a concern",
        "concern.child": ["Leah"],
        "concern.child.name": "Leah",
        "concern.child.name.given": 7,
        "concern.kind": "SCHOOL_CONCERNS",
        "concern.childrenPresent": 1.5,
        "concern.immediateDanger": "true",
        "concern.categories": "EMOTIONAL",
        "circumstances.localId": 4471,
        "sharing.purpose": ["safeguarding"],
        "sharing.facts": ["encompass"],
    }.items():
        before = taken(federation.school)
        answer = refused(federation.school, federation.school.post(changed(path, value)), 422)
        pointer = "/" + path.replace(".", "/")
        check(any(at.startswith(pointer) for at in answer.errors), path, answer)
        equal(taken(federation.school), before)


def what_is_privileged_is_refused(federation):
    refused_for(
        federation.school,
        changed("concern.privileged", True),
        {"/concern/privileged": "legally privileged"},
    )


def a_purpose_or_fact_that_the_agreement_does_not_have_is_refused(federation):
    agent = federation.school
    refused_for(
        agent,
        changed("sharing", {"purpose": "safegarding"}),
        {"/sharing/purpose": 'did you mean "safeguarding"?'},
    )
    refused_for(
        agent,
        changed("sharing", {"purposes": ["safeguarding", "direct-car"]}),
        {"/sharing/purposes/1": 'did you mean "direct-care"?'},
    )
    refused_for(
        agent,
        changed(
            "sharing",
            {"purpose": "safeguarding", "facts": {"imediate-danger": True, "enquiry": True}},
        ),
        {
            "/sharing/facts/imediate-danger": 'did you mean "immediate-danger"?',
            "/sharing/facts/enquiry": "is for MASH to decide",
        },
    )
    refused_for(
        agent,
        changed("sharing", {"purpose": "safeguarding", "facts": {"encompass": "yes"}}),
        {"/sharing/facts/encompass": "must be true or false"},
    )


def no_value_of_a_message_comes_back_in_a_refusal_or_stands_in_the_log(federation):
    agent = federation.school
    for path in ["concern.child.dateOfBirth", "sharing.purpose", "concern.kind", "concern.child"]:
        answer = agent.post(changed(path, "Canary Canaryson"))
        equal(answer.status, 422, answer)
        check("anary" not in answer.text, answer)
    check("anary" not in agent.said(), "the log holds a value")


def what_is_too_large_is_refused_before_it_is_read(federation):
    agent = federation.school
    before = taken(agent)
    head = b"POST /v1/messages HTTP/1.1\r\nHost: agent\r\n"
    declared = raw(agent, head + b"Content-Length: %d\r\n\r\n" % (BODY_MAX + 1))
    contains(declared, b"HTTP/1.1 413 ", PROBLEM.encode(), b"at most 262144 bytes")
    chunk = b"%x\r\n" % BODY_MAX + b" " * BODY_MAX + b"\r\n"
    chunked = raw(agent, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 2 + b"0\r\n\r\n")
    contains(chunked, b"HTTP/1.1 413 ", PROBLEM.encode())
    refused(agent, agent.post(b" " * BODY_MAX), 400)  # as large as may be: it is read
    equal(taken(agent), before)


def what_is_not_http_harms_nobody(federation):
    agent = federation.school
    before = taken(agent)
    head = b"POST /v1/messages HTTP/1.1\r\nHost: agent\r\n"
    for request in [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
        head + b"Content-Length: -5\r\n\r\n",
        head + b"Content-Length: 99999999999999999999\r\n\r\n",
        b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n\r\n",
        b"",
    ]:
        check(b" 202 " not in raw(agent, request), request[:60])
    equal(agent.get("/livez").text, "ok\n")
    equal(taken(agent), before)


def who_does_not_finish_a_request_keeps_nobody_waiting(federation):
    agent = federation.school
    before = taken(agent)
    idlers = []
    for _ in range(30):
        idler = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        idler.connect(agent.socket)
        idler.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: agent\r\nContent-Length: 500\r\n\r\n{")
        idlers.append(idler)
    agent.publish(concern("in between"))
    for idler in idlers:
        idler.close()
    equal(taken(agent), before + 1)


def what_is_not_there_is_not_found(federation):
    agent = federation.school
    for target in ["/", "/v1", "/v1/", "/v1/inbox/1", "/v2/inbox", "/v1/messages/xyz", "/etc/passwd"]:
        refused(agent, agent.get(target), 404)
    refused(agent, agent.get("/v1/messages/" + 32 * "0"), 404, "was not asked to send it")
    refused(agent, agent.post(concern(), target="/v1/concern"), 404)


def another_method_than_the_one_for_it_is_not_allowed(federation):
    agent = federation.school
    before = taken(agent)
    for method, target in [
        ("GET", "/v1/concerns"),
        ("DELETE", "/v1/messages"),
        ("PUT", "/v1/concerns"),
        ("DELETE", "/v1/needs"),
        ("POST", "/v1/inbox"),
        ("DELETE", "/v1/inbox"),
        ("POST", "/v1/status"),
        ("POST", "/v1/messages/" + 32 * "0"),
        ("GET", "/v1/alarms/1"),
    ]:
        refused(agent, call(agent.socket, method, target, b"{}"), 405)
    equal(taken(agent), before)


def pages_of_the_inbox_are_asked_for_with_whole_numbers(federation):
    for query in ["after=x", "after=-1", "after=1.5", "after=99999999999999999999", "limit=0",
                  "limit=201", "limit=", "after", "after=1%00"]:
        refused(federation.mash, federation.mash.get("/v1/inbox?" + query), 400)
    for query, part in {
        "aftr=1": 'did you mean "after"?',
        "after=1&foo=1&limit=x": '"foo" is not known here',
        "after=1&limit=2&after=3": "more than once",
    }.items():
        answer = refused(federation.mash, federation.mash.get("/v1/inbox?" + query), 400)
        contains(answer.json["detail"], part)
    sent = [federation.school.publish(concern("page %d" % i)) for i in range(5)]
    federation.mash.await_received(*sent)
    everything = federation.mash.inbox()
    pages, after = [], 0
    while page := federation.mash.get("/v1/inbox?after=%d&limit=2" % after).json["messages"]:
        check(len(page) <= 2, "a page of", len(page))
        pages += page
        after = page[-1]["number"]
    equal(pages, everything)
    empty = federation.mash.get("/v1/inbox?after=%d" % after).json
    equal(empty, {"messages": [], "next": after})


# --- Trying again ------------------------------------------------------------------------------------


def the_same_key_with_the_same_body_gives_the_first_answer_again(federation):
    agent = federation.school
    first = agent.post(concern("once"), key="2026-11-25/4471/1")
    count = taken(agent)
    again = agent.post(concern("once"), key="2026-11-25/4471/1")
    equal([first.status, again.status], [202, 202])
    equal(again.json["id"], first.json["id"])
    equal([first.json["repeated"], again.json["repeated"]], [False, True])
    equal(taken(agent), count)

    agent.await_accepted(first.json["id"])
    agent.kill()
    agent.start().await_ready()
    after_crash = agent.post(concern("once"), key="2026-11-25/4471/1")
    equal(after_crash.json["id"], first.json["id"])
    equal(after_crash.json["repeated"], True)
    agent.await_connected()
    marker = agent.publish(concern("after it"))
    federation.mash.await_received(marker)
    came = [entry["id"] for entry in federation.mash.inbox()]
    equal(came.count(first.json["id"]), 1, "times at MASH")


def the_same_key_with_another_body_is_a_conflict(federation):
    agent = federation.school
    equal(agent.post(concern("one"), key="taken").status, 202)
    before = taken(agent)
    refused(agent, agent.post(concern("another"), key="taken"), 409, "nothing was taken")
    agent.stop()
    agent.start().await_ready()
    refused(agent, agent.post(concern("another"), key="taken"), 409)
    equal(taken(agent), before)
    agent.await_connected()


def a_refused_message_does_not_use_up_its_key(federation):
    agent = federation.school
    refused(agent, agent.post(changed("concern.kind", "NONSENSE"), key="mended"), 422)
    answer = agent.post(concern("mended"), key="mended")
    equal(answer.status, 202, answer)
    equal(answer.json["repeated"], False)


def a_key_that_is_too_long_is_refused(federation):
    agent = federation.school
    refused(agent, agent.post(concern(), key="k" * 201), 400, "at most 200 characters")
    equal(agent.post(concern(), key="k" * 200).status, 202)


def without_a_key_every_message_is_a_new_one(federation):
    agent = federation.school
    check(agent.publish(concern("same")) != agent.publish(concern("same")), "one id for two")


# --- How it is ----------------------------------------------------------------------------------------


def readiness_follows_the_broker(federation):
    agent = federation.school
    equal(agent.get("/readyz").status, 200)
    federation.broker.kill()
    answer = wait_until(
        lambda: (lambda found: found if found.status == 503 else None)(agent.get("/readyz")),
        "the school is not ready",
    )
    contains(answer.text, "broker: out of reach", "agreement: in force")
    equal(agent.get("/livez").status, 200)
    federation.broker.start().await_ready()
    for each in federation.agents.values():
        each.await_connected()
    equal(agent.get("/readyz").status, 200)


def what_slow_readers_of_the_inbox_hold_is_limited(federation):
    agent = federation.mash
    sent = [federation.school.publish(changed("concern.factsObserved", '"' * 45000)) for _ in range(60)]
    agent.await_received(sent[-1])
    after = agent.status()["inbox"]["received"] - len(sent)
    request = b"GET /v1/inbox?limit=200&after=%d HTTP/1.1\r\nHost: agent\r\n\r\n" % after
    readers, heard = [], []
    for _ in range(8):
        reader = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        reader.connect(agent.socket)
        reader.sendall(request)
        heard.append(reader.recv(12))
        readers.append(reader)
    # Pages of four mebibytes, of which sixteen may wait to be taken.
    equal(heard, 4 * [b"HTTP/1.1 200"] + 4 * [b"HTTP/1.1 503"])
    equal(agent.get("/livez").status, 200)
    agent.publish(concern("said meanwhile"))
    for reader in readers:
        reader.close()
    wait_until(
        lambda: agent.get("/v1/inbox?limit=200&after=%d" % after).status == 200,
        "the inbox can be read again",
    )


with Federation() as federation:
    federation.start()
    run(
        [
            a_message_is_taken_with_an_id_and_a_place_to_ask_after_it,
            concerns_and_needs_have_doors_of_their_own,
            names_keep_their_accents_from_door_to_door,
            what_is_not_json_is_refused_with_line_and_column,
            what_is_json_but_no_message_is_refused_as_a_whole,
            an_unknown_member_is_refused_with_its_place_and_what_was_meant,
            everything_that_is_wrong_is_said_at_once,
            impossible_dates_and_times_are_refused,
            values_of_another_type_are_refused,
            what_is_privileged_is_refused,
            a_purpose_or_fact_that_the_agreement_does_not_have_is_refused,
            no_value_of_a_message_comes_back_in_a_refusal_or_stands_in_the_log,
            what_is_too_large_is_refused_before_it_is_read,
            what_is_not_http_harms_nobody,
            who_does_not_finish_a_request_keeps_nobody_waiting,
            what_is_not_there_is_not_found,
            another_method_than_the_one_for_it_is_not_allowed,
            pages_of_the_inbox_are_asked_for_with_whole_numbers,
            the_same_key_with_the_same_body_gives_the_first_answer_again,
            the_same_key_with_another_body_is_a_conflict,
            a_refused_message_does_not_use_up_its_key,
            a_key_that_is_too_long_is_refused,
            without_a_key_every_message_is_a_new_one,
            readiness_follows_the_broker,
            what_slow_readers_of_the_inbox_hold_is_limited,
        ],
        federation,
    )
