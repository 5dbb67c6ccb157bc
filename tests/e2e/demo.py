#!/usr/bin/python3
"""The demonstration, from the build folder and as installed: it holds, it keeps what it is asked to
keep, and it leaves nothing else behind."""

import glob
import os
import re
import shutil
import subprocess
import tempfile
import unicodedata

from cases import check, contains, equal, run
from federation import BUILD, ENVIRONMENT, Agent, Ran, kith, snapshot, write


def everything_held(text):
    """How many expectations; each line of them says yes."""
    (held, all_of_them), = re.findall(r"^(\d+) of (\d+) expectations held", text, re.MULTILINE)
    equal(held, all_of_them, "expectations held")
    equal(len(re.findall(r"^  yes  ", text, re.MULTILINE)), int(held))
    check("\n  NO " not in text, text)
    check(int(held) > 20, "only", held, "expectations")


def left_in_tmp():
    return set(glob.glob("/tmp/kith-demo-*"))


def everything_expected_holds_and_nothing_is_left_behind(_):
    before = left_in_tmp()
    done = kith("demo", "--once")
    equal(done.status, 0, done)
    equal(done.err, "")
    everything_held(done.out)
    folder, = re.findall(r"and a broker, in (\S+)\n", done.out)
    check(folder not in before and not os.path.exists(folder), folder, "is left")


def a_folder_that_was_asked_for_is_kept_with_all_that_is_in_it(parent):
    folder = os.path.join(parent, "kept")
    done = kith("demo", "--once", "--dir", folder)
    equal(done.status, 0, done)
    everything_held(done.out)
    with open(os.path.join(folder, "report.txt"), encoding="utf-8") as file:
        report = file.read()
    everything_held(report)
    contains(report, "Sender's id of the child", "Police reference")
    check("Sender's id of the child" not in done.out, "the screen shows every field")
    contains(done.out, "(every field: %s/report.txt)" % folder)
    mine = set(os.listdir("demo")) - {"scenario.json"}
    equal(set(os.listdir(os.path.join(folder, "messages"))), mine)
    agencies = os.listdir(os.path.join(folder, "agencies"))
    check({"mash", "childrens-services", "states-police", "st-helier-primary"} <= set(agencies))
    for name in agencies:
        check(os.path.exists(os.path.join(folder, "agencies", name, "store", "agent.db")), name)
        check(not Agent(folder, name).is_alive(), name, "still runs")


def columns(line):
    return sum(0 if unicodedata.combining(character) else 1 for character in line)


def it_fits_the_screen_and_says_no_codes(_):
    for width in [80, 120]:
        done = kith("demo", "--once", COLUMNS=str(width))
        equal(done.status, 0, done)
        for line in done.out.split("\n"):
            check(columns(line) <= width, columns(line), "columns in", repr(line))
        equal(re.findall(r"\b[A-Z]+_[A-Z_]+\b", done.out), [])
        contains(done.out, "Where they differ most: 01 Domestic incident, Leah")
        last = done.out.rstrip("\n").split("\n")[-1]
        check(re.match(r"\d+ of \d+ expectations held; ", last), last)


def a_kept_federation_can_be_started_again(parent):
    agent = Agent(os.path.join(parent, "kept"), "mash")
    try:
        agent.start().await_ready()
        check(len(agent.inbox()) > 10, "only", len(agent.inbox()), "messages")
    finally:
        agent.kill()


def a_folder_with_something_in_it_is_refused_and_left_alone(parent):
    folder = os.path.join(parent, "mine")
    os.mkdir(folder)
    write(os.path.join(folder, "diary"), "Dear diary.")
    before = snapshot(folder)
    done = kith("demo", "--once", "--dir", folder)
    equal(done.status, 1, done)
    equal(done.err, "kith: %s: is there already, and not an empty folder\n" % folder)
    equal(done.out, "")
    equal(snapshot(folder), before)


def a_folder_too_deep_for_sockets_is_refused(parent):
    deep = os.path.join(parent, *["deep" * 10] * 10)
    done = kith("demo", "--once", "--dir", deep)
    equal(done.status, 1, done)
    contains(done.err, "kith: ", deep, "too long for Unix sockets")
    check(not os.path.exists(os.path.join(parent, "deep" * 10)))


def installed_demo(root):
    done = subprocess.run(
        [os.path.join(root, "usr/bin/kith"), "demo", "--once"],
        capture_output=True, text=True, cwd="/", env=ENVIRONMENT, timeout=50,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def what_is_installed_needs_nothing_of_the_source(parent):
    """The demonstration is played from a copy that no longer lies in this tree."""
    root = os.path.join(parent, "root")
    made = subprocess.run(
        # as built: in this build folder nothing is made again, with whatever flags
        ["make", "-s", "-o", "all", "install", "B=" + BUILD, "DESTDIR=" + root, "PREFIX=/usr"],
        capture_output=True, text=True, env=ENVIRONMENT, timeout=50,
    )
    equal(made.returncode, 0, made.stdout, made.stderr)
    for name in ["kith", "kith-broker", "kith-agent"]:
        check(os.access(os.path.join(root, "usr/bin", name), os.X_OK), name)
    done = installed_demo(root)
    equal(done.status, 0, done)
    everything_held(done.out)

    shutil.rmtree(os.path.join(root, "usr/share"))
    without = installed_demo(root)
    equal(without.status, 1, without)
    contains(without.err, "kith: demo is neither in ", "share/kith")
    equal(len(without.err.splitlines()), 1, without)


with tempfile.TemporaryDirectory(prefix="kith-e2e-") as given:
    run(
        [
            everything_expected_holds_and_nothing_is_left_behind,
            a_folder_that_was_asked_for_is_kept_with_all_that_is_in_it,
            it_fits_the_screen_and_says_no_codes,
            a_kept_federation_can_be_started_again,
            a_folder_with_something_in_it_is_refused_and_left_alone,
            a_folder_too_deep_for_sockets_is_refused,
            what_is_installed_needs_nothing_of_the_source,
        ],
        given,
    )
