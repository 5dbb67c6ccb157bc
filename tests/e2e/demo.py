#!/usr/bin/python3
"""The demonstration, from the build folder and as installed: it holds, it keeps what it is asked to
keep, and it leaves nothing else behind."""

import glob
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import tempfile
import unicodedata

from cases import check, contains, equal, run, wait_until
from federation import BUILD, ENVIRONMENT, Agent, Ran, kith, program, snapshot, write


def everything_held(text):
    """How many expectations; each line of them says yes."""
    (held, all_of_them), = re.findall(r"^(\d+) of (\d+) expectations held", text, re.MULTILINE)
    equal(held, all_of_them, "expectations held")
    equal(len(re.findall(r"^  yes  ", text, re.MULTILINE)), int(held))
    check("\n  NO " not in text, text)
    check(int(held) > 20, "only", held, "expectations")


def the_search_looks_for_all_and_finds_all_where_it_must(_):
    """Not: that something of it was found, which holds of a search that is half blind, too."""
    text = " ".join(kith("demo", "--once").out.split())
    (texts, searched, codes, public, short, today), = re.findall(
        r"Of (\d+) different texts in the messages (\d+) were looked for\. Not looked for: "
        r"(\d+) codes of the schema, (\d+) that public documents have \(names of agencies\), "
        r"(\d+) shorter than 3 bytes, (\d+) that begin today's date\.", text)
    equal(int(texts), sum(map(int, [searched, codes, public, short, today])))
    written = set()
    for path in glob.glob("demo/[01]*.json"):
        with open(path, encoding="utf-8") as file:
            collect(json.load(file), written)
    equal(int(texts), len(written))
    for where, found in [("in the broker's files and log", "0"), ("in the broker's memory", "0"),
                         ("in the messages as they were published", searched)]:
        check(re.search(r"yes %s \([^)]* MB[^)]*\): %s of %s texts" % (where, found, searched),
                        text), where, text)
    (found, all_of_them), = re.findall(r"what it received \([^)]*\): (\d+) of (\d+) texts", text)
    equal(found, all_of_them)
    check(int(found) > 400, found)


def collect(json_value, texts):
    if isinstance(json_value, str) and json_value:
        texts.add(json_value)
    elif isinstance(json_value, dict):
        json_value = list(json_value.values())
    for member in json_value if isinstance(json_value, list) else []:
        collect(member, texts)


# Enrolled like the others, with no agent: its keys are used to attack.
HOSTILE = "harbour-surgery"

# What it tries, and by which words one knows that the right gate refused it.
ATTEMPTS = [
    ("Somebody dials with a transport key that is in no registry", "the broker does not know"),
    ("A concern in the name of the police", "the broker refuses it: SENDER, "),
    ("under a key that it made up", "the broker refuses it: SIGNATURE, "),
    ("A concern of which MASH is to hear nothing", "the broker refuses it: CAPSULE-MISSING, "),
    ("The same bytes once more", "the same answer"),
    ("Another story under the same message id", "the broker refuses it: EQUIVOCATION, "),
    ("MASH has it once", "not twice"),
    ("A concern with keys to all of it for the police", "OVER-WRAP, from harbour-surgery: "),
    ("not the safe address", "which MASH does"),
    ("the police keep it back", "COMMITMENT, from harbour-surgery: "),
    ("what MASH is left with is no message either", "FORM, from harbour-surgery: "),
    ("forged and put into the broker's folder", "the signature does not hold"),
    ("under the forged grant", "the broker refuses it: GRANT, "),
    ("as if about a record of the police", "the broker refuses it: GRANT, "),
    ("once the index has withdrawn that grant", "the broker refuses it: GRANT, "),
    ("signed by two who may sign agreements", ": not one of the signers"),
    ("The agreement itself", "this is an agreement, where a registry belongs"),
    ("in minisign's old format", "a signature in minisign's legacy format"),
    ("The registry of before Harbour Surgery joined", "ROLLBACK: version 7, where version 8"),
    ("One registry signer suspends the surgery", "this agency is suspended from the federation"),
    ("It dials again, with its valid keys", "this agency is suspended from the federation"),
    ("And all the while the others are served", "is with MASH and with her school"),
]


def the_hostile_part_is_played_and_each_gate_refuses_in_its_own_words(_):
    """Between the story and the search of the broker, which so looks at what it left, too."""
    text = " ".join(kith("demo", "--once").out.split())
    after = text.split("What an agency with valid keys cannot do")[1]
    part, _ = after.split("The broker holds no plaintext")
    said = part.split(" yes ")[1:]
    equal(len(said), 25)
    for tried, refused in ATTEMPTS:
        lines = [line for line in said if tried in line]
        equal(len(lines), 1, tried, said)
        contains(lines[0], refused)


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
        began = os.path.exists(os.path.join(folder, "agencies", name, "store", "agent.db"))
        equal(began, name != HOSTILE, name)
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


# --- However it ends, it leaves nothing running and no folder -----------------------------------------


def running_in(folder):
    """Processes that were given something of the folder, by what the kernel says."""
    found = {}
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                arguments = file.read().decode(errors="replace").split("\0")
        except OSError:
            continue
        if any(argument.startswith(folder + "/") for argument in arguments):
            found[int(path.split("/")[2])] = " ".join(arguments)
    return found


class OnTerminal:
    """kith demo on a terminal of its own, until it says what to try."""

    def __init__(self):
        self.said = ""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            # Whoever runs the tests may not mind a hang-up; the demonstration would inherit that.
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            os.execve(program("kith"), ["kith", "demo"], ENVIRONMENT)
        while "Ctrl-C ends it" not in self.said:
            self.hear()
        self.folder, = re.findall(r"and a broker, in (\S+)\r?\n", self.said)
        equal(len(running_in(self.folder)), 7, "programs run")

    def hear(self):
        self.said += os.read(self.terminal, 65536).decode(errors="replace")

    def hang_up(self):
        os.close(self.terminal)
        self.terminal = None

    def status(self):
        ended = wait_until(lambda: [each for each in [os.waitpid(self.pid, os.WNOHANG)] if each[0]],
                           "the demonstration ends")
        status = os.waitstatus_to_exitcode(ended[0][1])
        if self.terminal is not None:
            os.close(self.terminal)
        return status

    def is_over(self):
        wait_until(lambda: not running_in(self.folder), "all its programs have ended")


def when_the_terminal_hangs_up_it_ends_and_removes_everything(_):
    demo = OnTerminal()
    demo.hang_up()
    demo.status()
    demo.is_over()
    check(not os.path.exists(demo.folder), demo.folder, "is left")


def killed_it_takes_its_programs_with_it(_):
    demo = OnTerminal()
    try:
        os.kill(demo.pid, signal.SIGKILL)
        equal(demo.status(), -signal.SIGKILL)
        demo.is_over()
    finally:
        shutil.rmtree(demo.folder)


def when_one_of_its_programs_ends_it_says_which(_):
    demo = OnTerminal()
    try:
        school, = [pid for pid, line in running_in(demo.folder).items() if "les-quennevais" in line]
        os.kill(school, signal.SIGKILL)
        while "les-quennevais-secondary has ended" not in demo.said:
            demo.hear()
        equal(demo.status(), 1)
        demo.is_over()
    finally:
        shutil.rmtree(demo.folder)


def when_nobody_reads_on_it_ends_and_removes_everything(_):
    demo = subprocess.Popen([program("kith"), "demo", "--once"], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=ENVIRONMENT)
    first = demo.stdout.readline().decode()
    demo.stdout.close()
    demo.wait(50)
    folder, = re.findall(r"and a broker, in (\S+)\n", first)
    equal(demo.stderr.read(), b"")
    equal(running_in(folder), {})
    check(not os.path.exists(folder), folder, "is left")


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
            the_search_looks_for_all_and_finds_all_where_it_must,
            the_hostile_part_is_played_and_each_gate_refuses_in_its_own_words,
            a_folder_that_was_asked_for_is_kept_with_all_that_is_in_it,
            it_fits_the_screen_and_says_no_codes,
            when_the_terminal_hangs_up_it_ends_and_removes_everything,
            killed_it_takes_its_programs_with_it,
            when_one_of_its_programs_ends_it_says_which,
            when_nobody_reads_on_it_ends_and_removes_everything,
            a_kept_federation_can_be_started_again,
            a_folder_with_something_in_it_is_refused_and_left_alone,
            a_folder_too_deep_for_sockets_is_refused,
            what_is_installed_needs_nothing_of_the_source,
        ],
        given,
    )
