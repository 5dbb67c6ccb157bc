#!/usr/bin/python3
"""Programs are killed and stopped under a stream of concerns.  What decides is what each agent
said with 202 and what each inbox says: nothing else is believed.

SEED=n plays the same faults again (as far as the machine's timing allows)."""

import os
import random
import shutil
import signal
import threading
import time

from cases import SEED, WAIT, check, contains, equal, run, wait_until
from federation import Agent, Federation, concern, kith

SENDERS = ["states-police", "st-helier-primary"]
RECIPIENTS = ["mash", "childrens-services"]  # who are told of everything
STREAM_SECONDS = 3
PAUSE = 0.01


class Stream(threading.Thread):
    """One agency's system: posts message after message, each until it has its 202."""

    def __init__(self, agent):
        super().__init__(daemon=True)
        self.agent = agent
        self.ended = threading.Event()
        self.published = []  # (id, words) in the order of the 202s
        self.refused = []

    def run(self):
        number = 0
        while not self.ended.is_set():
            number += 1
            self.post("%s says %d" % (self.agent.name, number))
            time.sleep(PAUSE)

    def post(self, words):
        """The same key until there is an answer: an agent may have died before it could say
        that it had written the message down."""
        body = concern(words)
        while True:
            try:
                answer = self.agent.post(body, key=words.replace(" ", "-"))
                break
            except OSError:
                time.sleep(PAUSE)
        if answer.status == 202:
            self.published.append((answer.json["id"], words))
        else:
            self.refused.append(answer)

    def end(self):
        self.ended.set()
        self.join(WAIT)
        check(not self.is_alive(), self.agent.name, "still has no answer")


def settled(agent, streams):
    """The inbox once everything that was published has come, or as it is when it does not."""
    wanted = {identity for stream in streams for identity, _ in stream.published}
    inbox = []

    def is_all_there():
        inbox[:] = agent.inbox()
        return wanted <= {entry["id"] for entry in inbox}

    wait_until(is_all_there, "all %d messages are with %s" % (len(wanted), agent.name), 40)
    time.sleep(0.3)  # what is doubled may come late
    return agent.inbox()


def decide(federation, streams):
    """Nothing lost, nothing doubled, nothing changed, each sender's order kept."""
    for stream in streams:
        equal(stream.refused, [], "refused")
        check(len(stream.published) > 20, "only", len(stream.published), "messages published")
    for name in RECIPIENTS:
        inbox = settled(federation[name], streams)
        equal(len(inbox), sum(len(stream.published) for stream in streams), "entries at", name)
        equal([entry["number"] for entry in inbox], list(range(1, len(inbox) + 1)), "numbers")
        for stream in streams:
            came = [
                (entry["id"], entry["concern"]["factsObserved"])
                for entry in inbox
                if entry["from"] == stream.agent.name
            ]
            equal(came, stream.published, "from", stream.agent.name, "at", name)
        check(not any("quarantined" in entry for entry in inbox), "something is quarantined")


def under_a_stream(faults):
    rng = random.Random(SEED)
    with Federation() as federation:
        federation.start()
        streams = [Stream(federation[name]) for name in SENDERS]
        for stream in streams:
            stream.start()
        end = time.monotonic() + STREAM_SECONDS
        count = 0
        while time.monotonic() < end:
            faults(federation, rng)
            count += 1
        for stream in streams:
            stream.end()
        check(count > 3, "only", count, "faults")
        decide(federation, streams)
        for name in SENDERS + RECIPIENTS:
            equal(federation[name].status()["alarms"], [], "alarms at", name)


# --- Faults ---------------------------------------------------------------------------------------


def crash(program, rng):
    time.sleep(rng.uniform(0.05, 0.6))
    program.kill()
    time.sleep(rng.uniform(0, 0.1))
    program.start().await_ready()


def freeze(program, rng):
    program.signal(signal.SIGSTOP)
    time.sleep(rng.uniform(0.05, 0.3))
    program.signal(signal.SIGCONT)
    time.sleep(rng.uniform(0.05, 0.3))


def nothing_is_lost_or_doubled_when_the_broker_crashes_again_and_again():
    under_a_stream(lambda federation, rng: crash(federation.broker, rng))


def nothing_is_lost_or_doubled_when_agents_crash_again_and_again():
    def crash_an_agent(federation, rng):
        crash(federation[rng.choice(SENDERS + RECIPIENTS)], rng)

    under_a_stream(crash_an_agent)


def nothing_is_lost_or_doubled_when_everything_crashes_or_stands_still():
    def anything(federation, rng):
        program = rng.choice(federation.programs())
        rng.choice([crash, freeze])(program, rng)

    under_a_stream(anything)


# --- Away and back -----------------------------------------------------------------------------------


def what_is_published_while_the_broker_is_away_says_so_and_goes_out_when_it_is_back():
    with Federation() as federation:
        federation.start()
        federation.broker.kill()
        wait_until(
            lambda: federation.school.status()["broker"] == "out of reach", "the school notices"
        )
        first = federation.school.publish(concern("first"))
        second = federation.school.publish(concern("second"))
        fate = federation.school.fate(first)
        equal(fate["state"], "spooled")
        check("The broker is out of reach" in fate["fate"], fate)
        equal(fate["recipients"], [])
        equal(federation.mash.inbox(), [])

        federation.broker.start().await_ready()
        federation.school.await_accepted(first, second)
        states = {each["type"]: each["state"] for each in federation.school.fate(first)["recipients"]}
        check(states["mash"] in ("sent", "opened"), states)
        equal(states["social-care"], "sent")
        came = federation.mash.await_received(first, second)
        equal([entry["id"] for entry in came], [first, second])


def who_was_away_catches_up_in_order():
    with Federation() as federation:
        federation.start()
        federation.mash.kill()
        sent = [federation.school.publish(concern("number %d" % i)) for i in range(300)]
        federation.school.await_accepted(sent[-1])
        federation.social_care.await_received(*sent)

        federation.mash.start().await_ready()
        came = federation.mash.await_received(*sent)
        equal([entry["id"] for entry in came], sent)
        equal(federation.mash.status()["inbox"]["received"], 300)


def who_starts_again_is_not_taken_for_a_clone():
    with Federation() as federation:
        federation.start()
        for _ in range(5):
            federation.mash.kill()
            federation.mash.start().await_ready()
            federation.mash.await_connected()
        check("CLONED" not in federation.broker.said(), federation.broker.said())
        equal(federation.mash.status()["alarms"], [])


def a_second_agent_with_one_key_is_an_alarm_on_both_sides():
    with Federation() as federation:
        federation.start()
        first = federation.mash
        other = first.folder + "-too"
        shutil.copytree(first.folder, other, ignore=shutil.ignore_patterns("store", "*.sock"))
        os.mkdir(os.path.join(other, "store"), 0o700)
        second = Agent(federation.path(), "mash-too").start().await_ready()
        try:
            wait_until(lambda: [each["name"] for each in first.status()["alarms"]] == ["CLONED"],
                       "the first is told")
            contains(kith("status", "--agent", first.socket).out, "Find the second agent")
            contains(federation.broker.said(), "alarm CLONED agency=mash")
        finally:
            second.kill()


run(
    [
        nothing_is_lost_or_doubled_when_the_broker_crashes_again_and_again,
        nothing_is_lost_or_doubled_when_agents_crash_again_and_again,
        nothing_is_lost_or_doubled_when_everything_crashes_or_stands_still,
        what_is_published_while_the_broker_is_away_says_so_and_goes_out_when_it_is_back,
        who_was_away_catches_up_in_order,
        who_starts_again_is_not_taken_for_a_clone,
        a_second_agent_with_one_key_is_an_alarm_on_both_sides,
    ]
)
