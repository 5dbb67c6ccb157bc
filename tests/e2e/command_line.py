#!/usr/bin/python3
"""kith as a person or a script calls it: exit statuses, words, and what goes to which stream.
0 it worked, 1 it failed, 2 it was not understood, 4 the agent refused it, 5 no agent answers."""

import grp
import json
import os
import subprocess

from cases import check, contains, equal, run, wait_until
from federation import ENVIRONMENT, JERSEY, Federation, concern, kith, program, read, snapshot, write

NOWHERE = "/nowhere/agent.sock"
ISLAND = "tests/island.policy"


def ran(status, arguments, out=(), err=(), **given):
    """kith with the arguments, and parts of what it says on both streams."""
    done = kith(*arguments, **given)
    equal(done.status, status, "kith", *arguments, done)
    contains(done.out, *out)
    contains(done.err, *err)
    if status == 0 and not err:
        equal(done.err, "", "kith", *arguments)
    if status in (2, 5):
        equal(done.out, "", "kith", *arguments)
    return done


def fails(arguments, *parts, **given):
    return ran(1, arguments, err=("kith: ",) + parts, **given)


def is_refused(arguments, *parts, **given):
    return ran(4, arguments, err=("kith: ",) + parts, **given)


def is_not_understood(arguments, *parts, **given):
    return ran(2, arguments, err=parts, **given)


def taken(agent):
    return sum(agent.status()["sent"].values())


def file_with(federation, content):
    path = federation.path("message")
    write(path, content if isinstance(content, (bytes, str)) else json.dumps(content))
    return path


def lines(text):
    return [line for line in text.split("\n") if line]


# --- Which command ------------------------------------------------------------------------------------


def an_unknown_command_is_not_understood_and_the_likely_one_is_named(_):
    is_not_understood([], "usage: kith COMMAND")
    is_not_understood(["snd"], "there is no command 'snd'; did you mean 'send'?")
    is_not_understood(["xyzzy"], "there is no command 'xyzzy'; see `kith help`")


def every_command_explains_itself(_):
    for command in ["demo", "init", "agency", "join", "policy", "send", "tail", "status"]:
        ran(0, [command, "--help"], out=["usage: kith " + command])
    contains(ran(0, ["help"]).out, "send", "Exit status: 0 ok, 1 failed, 2 not understood")
    ran(0, ["version"], out=["kith "])


def wrong_use_is_answered_with_the_usage(_):
    for arguments in [["send"], ["send", "--wat", "x"], ["tail", "x"], ["tail", "--wat"],
                      ["status", "x"], ["status", "--wat"], ["demo", "x"], ["policy"],
                      ["policy", "check"], ["policy", "xyzzy", "x"], ["init"],
                      ["agency"], ["agency", "add"], ["agency", "invite"], ["agency", "list"],
                      ["agency", "admit", "x"], ["join"], ["join", "x"]]:
        is_not_understood(arguments, "usage: kith " + arguments[0])
    is_not_understood(["send", "--wait", "told", "x"], "--wait waits for 'accepted' or 'delivered'")
    is_not_understood(["agency", "ad", "x", "--dir", "x"], "'suspend' or 'lift', not 'ad'")
    is_not_understood(["agency", "add", "x"], "--dir FOLDER is missing")
    is_not_understood(["init", "x"], "--policy FILE is missing")
    is_not_understood(["policy", "chek", "x"], "did you mean 'check'?")


def where_no_agent_answers_is_said(federation):
    path = file_with(federation, concern())
    for arguments in [["send", path], ["tail", "--once"], ["status"], ["status", "--json"]]:
        words = "no agent answers at %s; is kith-agent running?" % NOWHERE
        ran(5, arguments + ["--agent", NOWHERE], err=[words])
        ran(5, arguments, err=[words], KITH_AGENT=NOWHERE)


def a_socket_that_is_not_for_us_is_not_called_silent(federation):
    path, agent = file_with(federation, concern()), federation.school

    def as_nobody():
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)

    opened = [federation.parent, federation.folder, federation.path("agencies"), agent.folder]
    modes = [os.stat(folder).st_mode for folder in opened]
    for folder in opened:
        os.chmod(folder, 0o755)
    os.chmod(path, 0o644)
    os.chmod(agent.socket, 0o660 if os.getuid() == 0 else 0)
    try:
        group = grp.getgrgid(os.stat(agent.socket).st_gid).gr_name
        for arguments in [["status"], ["tail", "--once"], ["send", path]]:
            done = subprocess.run([program("kith"), *arguments, "--agent", agent.socket],
                                  capture_output=True, env=ENVIRONMENT, preexec_fn=as_nobody)
            equal(done.returncode, 5, done)
            equal(done.stderr.decode(), "kith: you may not use %s: ask for the group '%s'\n"
                  % (agent.socket, group))
    finally:
        os.chmod(agent.socket, 0o660)
        for folder, mode in zip(opened, modes):
            os.chmod(folder, mode & 0o777)


# --- send ------------------------------------------------------------------------------------------------


def send(federation, path, *options):
    return ["send", "--agent", federation.school.socket, *options, path]


def one_message_from_a_file_is_sent(federation):
    words = "from a file"
    done = ran(0, send(federation, file_with(federation, concern(words)), "--wait", "accepted"))
    (identity,) = lines(done.out)
    equal(federation.school.fate(identity)["state"], "accepted")
    (entry,) = federation.social_care.await_received(identity)
    equal(entry["concern"]["factsObserved"], words)


def standard_input_is_sent(federation):
    done = ran(0, send(federation, "-"), stdin=json.dumps(concern("from a pipe")))
    (entry,) = federation.social_care.await_received(lines(done.out)[0])
    equal(entry["concern"]["factsObserved"], "from a pipe")


def the_agent_may_be_named_by_the_environment(federation):
    before = taken(federation.school)
    ran(0, ["send", file_with(federation, concern("by the environment"))], KITH_AGENT=federation.school.socket)
    equal(taken(federation.school), before + 1)


def each_message_of_an_array_and_of_lines_is_sent_in_order(federation):
    for text in [
        json.dumps([concern("first"), concern("second")], indent=2),
        json.dumps(concern("first"), separators=(" , ", " : ")) + "\n\n"
        + json.dumps(concern("second"), separators=(" , ", " : ")) + "\n",
    ]:
        done = ran(0, send(federation, file_with(federation, text)))
        identities = lines(done.out)
        came = federation.social_care.await_received(*identities)
        equal([entry["id"] for entry in came], identities)
        equal([entry["concern"]["factsObserved"] for entry in came], ["first", "second"])


def json_is_the_whole_answer_on_a_line_each(federation):
    path = file_with(federation, [concern("a"), concern("b")])
    answers = [json.loads(line) for line in lines(ran(0, send(federation, path, "--json")).out)]
    equal([answer["repeated"] for answer in answers], [False, False])
    check(answers[0]["id"] != answers[1]["id"])


def what_is_wrong_in_a_list_is_named_and_the_others_are_sent(federation):
    wrong = {"concern": {"factsObservd": "x"}}
    for text, place in [
        (json.dumps([concern("in an array"), wrong, concern("behind")]), ", element 1: "),
        ("\n".join(map(json.dumps, [concern("on lines"), wrong, concern("below")])), ":2: "),
    ]:
        path = file_with(federation, text)
        before = taken(federation.school)
        done = is_refused(send(federation, path), path + place, 'did you mean "factsObserved"?',
                          "2 of 3 messages were taken; correct the others and send all again")
        equal(len(lines(done.out)), 2)
        equal(taken(federation.school), before + 2)


def what_was_corrected_is_sent_again_as_a_whole_and_nothing_of_it_twice(federation):
    message, agent = concern("said once"), federation.school
    path = file_with(federation, [message, message, 5])
    before = taken(agent)
    first = lines(is_refused(send(federation, path), "element 2: ", "must be an object").out)
    equal(len(set(first)), 2, "the same text twice in a file is two messages")
    equal(lines(is_refused(send(federation, path)).out), first)
    path = file_with(federation, [concern("put before"), message, message, concern("corrected")])
    done = ran(0, send(federation, path, "--wait", "accepted"),
               err=["element 1: was taken before, as %s; nothing new is sent" % first[0]])
    equal(lines(done.out)[1:3], first)
    equal(taken(agent), before + 4)


def with_a_key_of_its_own_a_message_is_sent_once_more(federation):
    agent = federation.school
    path = file_with(federation, concern("the same words on another day"))
    before = taken(agent)
    sent = [lines(kith(*send(federation, path, *key)).out)[0] for key in [
        [], [], ["--idempotency-key", "a"], ["--idempotency-key", "a"], ["--idempotency-key", "b"]]]
    equal([sent[0] == sent[1], sent[2] == sent[3], len(set(sent))], [True, True, 3])
    equal(taken(agent), before + 3)
    is_refused(send(federation, file_with(federation, concern("other words")),
                    "--idempotency-key", "a"), "for another")
    path = file_with(federation, [concern("one"), concern("two")])
    for _ in range(2):
        kith(*send(federation, path, "--idempotency-key", "c"))
    equal(taken(agent), before + 5)
    for key in ["", "x" * 181]:
        is_not_understood(send(federation, path, "--idempotency-key", key), "1 to 180 characters")


def messages_are_waited_for_together(federation):
    """One that will never be accepted keeps no other waiting."""
    federation.broker.kill()
    try:
        agent = federation.school
        path = file_with(federation, [concern("late %d" % i) for i in range(3)])
        waiting = subprocess.Popen(
            [program("kith"), *send(federation, path, "--wait", "accepted")],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)
        identities = [waiting.stdout.readline().decode().strip() for _ in range(3)]
        equal(waiting.poll(), None)
        equal([agent.fate(identity)["state"] for identity in identities], ["spooled"] * 3)
    finally:
        federation.broker.start().await_ready()
    equal(waiting.wait(30), 0, waiting.stderr.read())
    equal([agent.fate(identity)["state"] for identity in identities], ["accepted"] * 3)


def urgent(words, **changes):
    message = concern(words)
    message["concern"].update(changes or {"immediateDanger": True})
    return message


def what_cannot_wait_is_waited_for_until_mash_has_opened_it(federation):
    for message in [urgent("now"), urgent("red", rag="RED")]:
        done = ran(0, send(federation, file_with(federation, message)))
        fate = federation.school.fate(lines(done.out)[0])
        at_mash = [each for each in fate["recipients"] if each["type"] == "mash"]
        equal([each["state"] for each in at_mash], ["opened"])
    done = ran(0, send(federation, file_with(federation, concern("asked to")), "--wait", "delivered"))
    contains(federation.school.fate(lines(done.out)[0])["fate"], "has opened it")


def when_mash_does_not_open_it_a_person_is_told_to_telephone(federation):
    federation.mash.kill()
    try:
        done = kith(*send(federation, file_with(federation, urgent("nobody home")), "--timeout", "1"))
        equal(done.status, 5, done)
        equal(len(lines(done.out)), 1)
        contains(done.err, "MASH has not opened it. TELEPHONE MASH: 01534 496800 (invented)\n")
        ran(0, send(federation, file_with(federation, urgent("not waited for")), "--no-wait"))
    finally:
        federation.mash.start().await_ready()
    broken = urgent("never taken")
    broken["concern"]["factsObservd"] = "x"
    done = kith(*send(federation, file_with(federation, broken)))
    equal(done.status, 4, done)
    contains(done.err, "MASH does not have it. TELEPHONE MASH")
    federation.broker.kill()
    try:
        done = kith(*send(federation, file_with(federation, urgent("no broker")), "--timeout", "1"))
        equal(done.status, 5, done)
        contains(done.err, "MASH does not have it. TELEPHONE MASH")
    finally:
        federation.broker.start().await_ready()
    is_not_understood(send(federation, "x", "--timeout", "0"), "1 to 86400 seconds")


def a_byte_order_mark_is_named(federation):
    for mark in [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"]:
        fails(send(federation, "-"), "standard input: begins with a byte order mark (BOM)",
              stdin=mark + json.dumps(concern()).encode())


def what_is_no_message_is_refused_with_the_place(federation):
    before = taken(federation.school)
    for text, parts in {
        "": ["standard input: ", "ends too early"],
        '{"a":': ["standard input: ", "line 1, column 5"],
        "hello": ["standard input: ", "not JSON"],
        "[]": ["standard input: ", "without a message"],
        "[7]": ["standard input, element 0: ", "must be an object"],
        "{}": ['needs a "concern" or "needs"'],
    }.items():
        refuse = fails if text == "[]" else is_refused
        equal(refuse(send(federation, "-"), *parts, stdin=text).out, "")
    equal(taken(federation.school), before)


def a_file_that_cannot_be_read_is_named_and_the_others_are_sent(federation):
    none, path = federation.path("none"), file_with(federation, concern("beside what is not there"))
    before = taken(federation.school)
    done = fails(send(federation, none) + [path], none + ": No such file")
    equal(len(lines(done.out)), 1)
    fails(send(federation, federation.folder), federation.folder + ": not a regular file")
    equal(taken(federation.school), before + 1)


def what_a_file_holds_cannot_steer_the_terminal(federation):
    wrong = concern("a")
    wrong["concern"]["\u202e\u001b[2J\u009b\n#99  x"] = "x"
    done = kith(*send(federation, file_with(federation, wrong)))
    contains(done.err, "<U+202E><U+001B>[2J<U+009B>\n  #99 x")


# --- tail ------------------------------------------------------------------------------------------------


def tail(agent, *options):
    return ["tail", "--agent", agent.socket, "--once", *options]


def tail_shows_what_came_and_begins_where_it_is_asked_to(federation):
    agent = federation.social_care
    sent = [federation.school.publish(concern("seen by tail %d" % i)) for i in range(3)]
    first = agent.await_received(*sent)[0]["number"]
    text = ran(0, tail(agent, "--from", first)).out
    contains(text, "#%d  " % first, "concern from st-helier-primary", "seen by tail 0")
    contains(text, "  Name: Leah Le Marquand", "seen by tail 2")
    check("#%d  " % (first - 1) not in text, text)
    rest = ran(0, tail(agent, "--from", first + 2)).out
    check("seen by tail 2" in rest and "seen by tail 1" not in rest, rest)
    equal(ran(0, tail(agent, "--from", first + 1000)).out, "")


def tail_in_json_is_what_the_door_gives(federation):
    agent = federation.social_care
    shown = [json.loads(line) for line in lines(ran(0, tail(agent, "--json")).out)]
    check(len(shown) > 3)
    equal(shown, agent.inbox())


def tail_shows_no_content_on_the_agent_of_mash(federation):
    identity = federation.school.publish(concern("Canary"))
    (entry,) = federation.mash.await_received(identity)
    contains(entry["concern"]["factsObserved"], "Canary")
    text = ran(0, tail(federation.mash, "--from", entry["number"])).out
    contains(text, "#%d  " % entry["number"], "content is not shown on the MASH agent")
    as_json = ran(0, tail(federation.mash, "--json", "--from", entry["number"])).out
    equal(json.loads(as_json)["id"], identity)
    for said in [text, as_json]:
        for content in ["Canary", "Leah", "Marquand", "2017", "4471", "SCHOOL_CONCERN"]:
            check(content not in said, content, "is in", said)


def tail_begins_with_a_whole_number_from_1(federation):
    for number in ["0", "-1", "x", "1x", "", "9223372036854775808", "9" * 30]:
        is_not_understood(tail(federation.mash, "--from", number), "--from takes a number from 1")


def tail_begins_as_many_messages_before_the_end_as_it_is_asked_to(federation):
    agent = federation.social_care
    sent = [federation.school.publish(concern("near the end %d" % i)) for i in range(3)]
    agent.await_received(*sent)
    for last, words in [(0, []), (1, ["2"]), (2, ["1", "2"]), (100000, None)]:
        shown = [json.loads(line)
                 for line in lines(ran(0, tail(agent, "--json", "--last", last)).out)]
        if words is None:
            equal(shown, agent.inbox())
        else:
            equal([entry["concern"]["factsObserved"] for entry in shown],
                  ["near the end " + word for word in words])
    for number in ["-1", "x", "", "100001"]:
        is_not_understood(tail(agent, "--last", number), "--last takes a number to 100000")


def tail_waits_for_an_agent_that_is_started_again(federation):
    agent = federation.social_care
    out = federation.path("followed")
    with open(out, "wb") as file:
        follower = subprocess.Popen(
            [program("kith"), "tail", "--agent", agent.socket, "--last", "1"],
            stdout=file, stderr=file, env=ENVIRONMENT,
        )
    try:
        def said(words):
            wait_until(lambda: words in read(out).decode(), words)

        said("#%d" % agent.inbox()[-1]["number"])
        identity = federation.school.publish(concern("before the restart"))
        said("before the restart")
        agent.stop()
        said("no agent answers at " + agent.socket)
        equal(follower.poll(), None)
        agent.start().await_ready().await_connected()
        said("the agent answers again")
        federation.school.publish(concern("after the restart"))
        said("after the restart")
        text = read(out).decode()
        equal(text.count("before the restart"), 1)
        contains(text, "· id " + identity[:8])
        check("\n\n#" in text, "no blank line in", text)
    finally:
        follower.kill()
        follower.wait()
    ran(5, ["tail", "--agent", NOWHERE], err=["no agent answers"])


# --- policy ----------------------------------------------------------------------------------------------


def an_agreement_is_summed_up_and_its_examples_counted(_):
    ran(0, ["policy", "check", ISLAND], out=["in force from 2026-01-01 to 2027-12-31",
                                             "5 clauses, 1 nevers, 1 examples"])
    ran(0, ["policy", "test", ISLAND, JERSEY], out=[ISLAND + ": 1 example holds", "examples hold"])


def what_is_wrong_in_an_agreement_is_said_with_line_and_column(federation):
    text = read(ISLAND).decode()
    path = federation.path("wrong.policy")
    write(path, text.replace("share    child.name, ", "share    child.nam, ", 1))
    number = 1 + text[: text.index("share    child.name, ")].count("\n")
    ran(1, ["policy", "check", path], err=["%s:%d:12: error: " % (path, number),
                                           "did you mean 'child.name'?", "^~~", "1 error"])
    ran(1, ["policy", "check", "/none"], err=["/none: No such file"])


def json_is_not_taken_for_an_agreement(federation):
    path = file_with(federation, "\n " + json.dumps(concern()))
    for verb in ["check", "test"]:
        done = fails(["policy", verb, path], path + ": this is JSON, not an agreement")
        equal(len(lines(done.err)), 1, done)


def an_example_that_does_not_hold_fails_the_test(federation):
    path = federation.path("wrong.policy")
    write(path, read(ISLAND).decode().replace("  not      concern", "  sees     concern"))
    ran(0, ["policy", "check", path])
    ran(1, ["policy", "test", path], out=["1 of 1 examples do not hold"],
        err=["A school sees no story", "'concern.facts_observed' is given as 'hidden'"])
    ran(1, ["policy", "test", ISLAND, path], out=["1 example holds", "do not hold"], err=["error"])


# --- init and agency --------------------------------------------------------------------------------------


def nothing_is_laid_down_when_anything_is_wrong(federation):
    before = snapshot(federation.folder)
    wrong, short, secret = (federation.path(name) for name in ["wrong", "short", "secret"])
    write(wrong, read(ISLAND).decode().replace("  not      concern", "  sees     concern"))
    write(short, "too short\n")
    write(secret, "long enough by far\n")
    os.chmod(short, 0o600)
    os.chmod(secret, 0o644)
    new = federation.path("new")
    for arguments, *parts in [
        ([federation.folder, "--policy", ISLAND, "--demo"], "not an empty folder"),
        ([new, "--policy", wrong, "--demo"], wrong + ":", "does not hold"),
        ([new, "--policy", "/none", "--demo"], "/none: No such file"),
        ([new, "--policy", ISLAND, "--demo", "--federation", "New"], "'New' is not a name"),
        ([new + "/deep", "--policy", ISLAND, "--demo"], new + "/deep", "cannot be made"),
        ([new, "--policy", ISLAND], "no terminal to ask"),
        ([new, "--policy", ISLAND, "--passphrase-file", short], "shorter than 10"),
        ([new, "--policy", ISLAND, "--passphrase-file", secret], secret, "chmod 600"),
    ]:
        fails(["init", *arguments], *parts)
        check(not os.path.exists(new), "kith init", *arguments, "left something")
    for path in [wrong, short, secret]:
        os.unlink(path)
    after = snapshot(federation.folder)
    equal([path for path in before if ".sock" not in path and "/store/" not in path
           and before[path] != after.get(path)], [])


def an_agency_is_not_added_when_anything_is_wrong(federation):
    registry = read(federation.path("federation", "registry"))
    for arguments, *parts in [
        (["mash", "--demo"], "the name 'mash' is taken"),
        (["Harbour Surgery", "--demo"], "'Harbour Surgery' is not a name"),
        (["../up", "--demo"], "is not a name"),
        (["harbour-surgery"], "no terminal to ask"),
    ]:
        fails(["agency", "add", *arguments, "--dir", federation.folder], *parts)
    fails(["agency", "add", "x", "--dir", "/none", "--demo"], "/none: No such file")
    fails(["agency", "renew", "harbour-surgery", "--dir", federation.folder, "--demo"],
          "the registry names no agency 'harbour-surgery'")
    fails(["agency", "renew", "childrens-servces", "--dir", federation.folder],
          "names no agency 'childrens-servces'; did you mean 'childrens-services'?")
    equal(read(federation.path("federation", "registry")), registry)
    equal(sorted(os.listdir(federation.path("agencies"))), sorted(federation.agents))


# --- status ----------------------------------------------------------------------------------------------


def status_says_that_all_is_well_or_what_is_not(federation):
    agent = federation.school
    wait_until(lambda: agent.status()["sent"]["accepted"] == taken(agent), "everything is out")
    ran(0, ["status", "--agent", agent.socket], out=["st-helier-primary (school)", "connected since",
                                                     "0 waiting to go out", "All is well."])
    federation.broker.kill()
    wait_until(lambda: agent.status()["broker"] == "out of reach", "the broker is missed")
    identity = agent.publish(concern())
    done = ran(1, ["status", "--agent", agent.socket],
               out=["out of reach since", "1 waiting to go out", "  ! "])
    check(all(len(line) <= 80 for line in lines(done.out)), "wider than 80 columns:", done)
    check("All is well" not in done.out, done)
    as_json = ran(0, ["status", "--agent", agent.socket, "--json"]).out
    equal(json.loads(as_json)["broker"], "out of reach")
    federation.broker.start().await_ready()
    agent.await_accepted(identity)
    ran(0, ["status", "--agent", agent.socket], out=["All is well."])


def what_nobody_was_told_of_is_found_and_dismissed(federation):
    agent = federation.school
    social_care = federation.path("federation/intake/childrens-services.intake")
    away = social_care + ".away"
    os.rename(social_care, away)
    agent.hang_up()
    wait_until(lambda: "reloaded" in agent.said(), "the agent reads again")
    identity = agent.publish(concern())
    wait_until(lambda: agent.status()["sent"]["held"] == 1, "it is held")
    done = ran(1, ["status", "--agent", agent.socket], out=["! 1 that nobody was told of", "kith sent held"])
    check(all(len(line) <= 80 for line in lines(done.out)), "wider than 80 columns:", done)
    done = ran(0, ["sent", "--agent", agent.socket, "held"], out=[identity, "nobody was told", "social-care must be"])
    ran(0, ["sent", "--agent", agent.socket, "--json", "held"], out=['"state":"held"'])
    ran(0, ["dismiss", "--agent", agent.socket, "message", identity])
    ran(4, ["dismiss", "--agent", agent.socket, "message", identity], err=["nobody was told of"])
    equal(ran(0, ["sent", "--agent", agent.socket, "held"]).out, "")
    ran(0, ["sent", "--agent", agent.socket, "set-aside"], out=[identity])
    ran(2, ["sent", "--agent", agent.socket], err=["usage: kith sent"])
    ran(2, ["sent", "--agent", agent.socket, "held&after=1"], err=["usage: kith sent"])
    ran(4, ["sent", "--agent", agent.socket, "holden"], err=["state is one of"])
    ran(1, ["dismiss", "--agent", agent.socket, "alarm", "999"], err=["no such alarm"])
    ran(2, ["dismiss", "--agent", agent.socket, "broker", "1"], err=["usage: kith dismiss"])
    os.rename(away, social_care)
    agent.hang_up()
    wait_until(lambda: agent.said().count("reloaded") >= 2, "the agent reads again")
    ran(0, ["status", "--agent", agent.socket], out=["All is well."])


def a_reload_that_changed_nothing_is_in_the_status(federation):
    agent = federation.police
    grants = federation.path("federation/grants")
    with open(grants, "w") as file:
        file.write("nothing\n")
    agent.hang_up()
    wait_until(lambda: "not_reloaded" in agent.said(), "the agent refuses it")
    ran(1, ["status", "--agent", agent.socket], out=["! the last one changed nothing", "grants"])
    os.remove(grants)
    agent.hang_up()
    wait_until(lambda: "notReloaded" not in agent.status(), "the agent reads again")
    ran(0, ["status", "--agent", agent.socket], out=["All is well."])


def an_agency_that_the_agreement_does_not_name_is_warned_of(federation):
    done = ran(0, ["agency", "add", "the-circus", "--dir", federation.folder, "--demo"],
               err=["The agreement does not name 'the-circus'", "SIGHUP"])
    check(done.out.strip().isdigit(), done)


with Federation() as shared:
    with open(shared.school.configuration, "a") as settings:
        settings.write("\nmash-telephone = 01534 496800 (invented)\n")
    shared.start()
    run(
        [
            an_unknown_command_is_not_understood_and_the_likely_one_is_named,
            every_command_explains_itself,
            wrong_use_is_answered_with_the_usage,
            where_no_agent_answers_is_said,
            a_socket_that_is_not_for_us_is_not_called_silent,
            one_message_from_a_file_is_sent,
            standard_input_is_sent,
            the_agent_may_be_named_by_the_environment,
            each_message_of_an_array_and_of_lines_is_sent_in_order,
            json_is_the_whole_answer_on_a_line_each,
            what_is_wrong_in_a_list_is_named_and_the_others_are_sent,
            what_was_corrected_is_sent_again_as_a_whole_and_nothing_of_it_twice,
            with_a_key_of_its_own_a_message_is_sent_once_more,
            messages_are_waited_for_together,
            what_cannot_wait_is_waited_for_until_mash_has_opened_it,
            when_mash_does_not_open_it_a_person_is_told_to_telephone,
            a_byte_order_mark_is_named,
            what_is_no_message_is_refused_with_the_place,
            a_file_that_cannot_be_read_is_named_and_the_others_are_sent,
            what_a_file_holds_cannot_steer_the_terminal,
            tail_shows_what_came_and_begins_where_it_is_asked_to,
            tail_in_json_is_what_the_door_gives,
            tail_shows_no_content_on_the_agent_of_mash,
            tail_begins_with_a_whole_number_from_1,
            tail_begins_as_many_messages_before_the_end_as_it_is_asked_to,
            tail_waits_for_an_agent_that_is_started_again,
            an_agreement_is_summed_up_and_its_examples_counted,
            what_is_wrong_in_an_agreement_is_said_with_line_and_column,
            json_is_not_taken_for_an_agreement,
            an_example_that_does_not_hold_fails_the_test,
            nothing_is_laid_down_when_anything_is_wrong,
            an_agency_is_not_added_when_anything_is_wrong,
            status_says_that_all_is_well_or_what_is_not,
            what_nobody_was_told_of_is_found_and_dismissed,
            a_reload_that_changed_nothing_is_in_the_status,
            an_agency_that_the_agreement_does_not_name_is_warned_of,
        ],
        shared,
    )
