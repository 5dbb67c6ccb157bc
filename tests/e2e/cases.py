"""Runs cases and prints what cmocka would.  A case is a function whose name is a sentence."""

import os
import signal
import sys
import time
import traceback

SEED = int(os.environ.get("SEED", "0")) or int.from_bytes(os.urandom(4), "big")
WAIT = 20  # seconds, for what comes in one or two on an idle machine


class Failed(Exception):
    pass


def check(holds, *words):
    if not holds:
        raise Failed(" ".join(str(word) for word in words) or "does not hold")


def equal(found, wanted, *words):
    check(found == wanted, *words, "found", repr(found), "and not", repr(wanted))


def contains(text, *parts):
    for part in parts:
        check(part in text, repr(part), "is not in", repr(text))


def wait_until(question, words, seconds=WAIT):
    """The first answer that is not empty; the last thing asked decides, not the clock."""
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        check(time.monotonic() < end, "waited", seconds, "seconds, but not:", words)
        time.sleep(0.02)


def _leave(number, frame):
    sys.exit(128 + number)  # so that what is cleaned up at the end is cleaned up


def run(cases, *given):
    """Each case gets what is given.  Names of cases as arguments choose among them."""
    signal.signal(signal.SIGTERM, _leave)
    chosen = sys.argv[1:]
    failed = []
    for case in cases:
        name = case.__name__
        if chosen and name not in chosen:
            continue
        print("[ RUN      ]", name, flush=True)
        try:
            case(*given)
            print("[       OK ]", name, flush=True)
        except Exception:
            traceback.print_exc(file=sys.stdout)
            print("seed:", SEED)
            print("[  FAILED  ]", name, flush=True)
            failed.append(name)
    sys.exit(1 if failed else 0)
