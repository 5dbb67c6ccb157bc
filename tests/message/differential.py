#!/usr/bin/python3
"""Our ProtoJSON and strict protobuf beside Google's, on random messages.

Prints lines in the form of cmocka.  The seed is fixed, or given as the first argument.
"""

import json
import os
import random
import subprocess
import sys
import tempfile

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor as Field

CASES = 2000
BUILD = os.environ.get("B", "build/release")
SCHEMAS = ["codes", "person", "concern", "needs", "fragment"]
RANGES = {
    "percent": (0, 100),
    "unauthorised_percent": (0, 100),
    "score": (1, 5),
    "rank": (1, 20),
    "dash_score": (0, 27),
    "map_x": (0, 1000),
    "map_y": (0, 1000),
}
LETTERS = "abc XYZ \"\\/\n\t0189éłç漢🐦" + chr(0x2028)


def compile_schemas():
    folder = tempfile.mkdtemp(prefix="kith-differential-")
    files = ["proto/%s.proto" % name for name in SCHEMAS]
    subprocess.run(["protoc", "-Iproto", "--python_out=" + folder] + files, check=True)
    sys.path.insert(0, folder)
    import fragment_pb2

    subprocess.run(["rm", "-r", folder], check=True)
    return fragment_pb2.Fragment


class Ours:
    def __init__(self):
        program = os.path.join(BUILD, "tests/message/protojson")
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, verb, text):
        self.process.stdin.write(("%s %s\n" % (verb, text)).encode())
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().rstrip("\n")


# --- Random messages ---------------------------------------------------------------------


def random_date(rng):
    text = "%04d-%02d-%02d" % (rng.randint(1, 9999), rng.randint(1, 12), rng.randint(1, 28))
    return text[: rng.choice([4, 7, 10])]


def is_date(name):
    return name == "date" or name.startswith("date_of_") or name.endswith("_date")


def random_text(rng, name):
    if is_date(name):
        return random_date(rng)
    if name in ("parish", "town"):
        return "".join(rng.choice("abc XYZ'-éł漢") for _ in range(rng.randint(0, 8)))
    return "".join(rng.choice(LETTERS) for _ in range(rng.randint(0, 30)))


def random_value(rng, field):
    if field.type == Field.TYPE_STRING:
        return random_text(rng, field.name)
    if field.type == Field.TYPE_ENUM:
        return rng.choice(field.enum_type.values).number
    if field.type == Field.TYPE_BOOL:
        return rng.random() < 0.5
    if field.type == Field.TYPE_INT32:
        least, most = RANGES.get(field.name, (0, 2**31 - 1))
        return rng.choice([least, most, rng.randint(least, most)])
    if field.type == Field.TYPE_UINT32:
        return rng.choice([0, 1, 2**32 - 1, rng.randint(0, 1000)])
    raise AssertionError("no values for " + field.full_name)


def fill_timestamp(rng, timestamp):
    timestamp.seconds = rng.choice([rng.randint(-62135596800, 253402300799), rng.randint(0, 2**31)])
    timestamp.nanos = rng.choice([0, rng.randint(0, 999) * 1000000, rng.randint(0, 999999) * 1000, rng.randint(0, 999999999)])


def fill(rng, message, fullness):
    if message.DESCRIPTOR.full_name == "google.protobuf.Timestamp":
        fill_timestamp(rng, message)
        return
    for field in message.DESCRIPTOR.fields:
        if rng.random() > fullness:
            continue
        if field.label == Field.LABEL_REPEATED:
            for _ in range(rng.randint(1, 3)):
                if field.type == Field.TYPE_MESSAGE:
                    fill(rng, getattr(message, field.name).add(), fullness)
                else:
                    getattr(message, field.name).append(random_value(rng, field))
        elif field.type == Field.TYPE_MESSAGE:
            below = getattr(message, field.name)
            below.SetInParent()
            fill(rng, below, fullness)
        else:
            setattr(message, field.name, random_value(rng, field))


def random_fragment(rng, fragment):
    message = fragment()
    fill(rng, message, rng.choice([0.05, 0.2, 0.6]))
    return message


# --- What must hold ------------------------------------------------------------------------


def json_is_read_and_written_as_google_does(rng, fragment, ours):
    message = random_fragment(rng, fragment)
    text = json.dumps(
        json_format.MessageToDict(message, preserving_proto_field_name=rng.random() < 0.5),
        ensure_ascii=rng.random() < 0.5,
    )
    verdict, packed, written = ours.ask("json", text).split(" ", 2)
    assert verdict == "ok", (packed, written)
    assert bytes.fromhex(packed) == message.SerializeToString(deterministic=True)
    assert json.loads(written) == json_format.MessageToDict(message)
    assert list(json.loads(written)) == list(json_format.MessageToDict(message))
    assert json_format.Parse(written, fragment()) == message


def packed_messages_are_read_as_google_wrote_them(rng, fragment, ours):
    message = random_fragment(rng, fragment)
    packed = message.SerializeToString(deterministic=True)
    verdict, written = ours.ask("packed", packed.hex()).split(" ", 1)
    assert verdict == "ok"
    assert json_format.Parse(written, fragment()) == message


def places_in(value, found):
    """Every (container, key) of a JSON value."""
    if isinstance(value, (dict, list)):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            found.append((value, key))
            places_in(value[key], found)
    return found


ODD_VALUES = [0, -1, 2**31, 2**63, 1.5, "", "x", "RED", True, {}, [], [[]], {"x": 1}, "2026-02-30"]


def what_google_refuses_is_refused(rng, fragment, ours):
    broken = json_format.MessageToDict(random_fragment(rng, fragment))
    found = places_in(broken, [])
    if not found:
        return
    container, key = rng.choice(found)
    if isinstance(container, dict) and rng.random() < 0.3:
        container[key[:-1] + "q"] = container.pop(key)
    else:
        container[key] = rng.choice(ODD_VALUES)
    text = json.dumps(broken)
    verdict = ours.ask("json", text).split(" ")[0]
    try:
        theirs = json_format.Parse(text, fragment())
    except json_format.ParseError:
        assert verdict == "no", text
        return
    if verdict == "ok":
        packed = ours.ask("json", text).split(" ")[1]
        assert bytes.fromhex(packed) == theirs.SerializeToString(deterministic=True), text


def bytes_that_google_would_write_otherwise_are_refused(rng, fragment, ours):
    packed = bytearray(random_fragment(rng, fragment).SerializeToString(deterministic=True))
    for _ in range(rng.randint(1, 3)):
        if packed:
            packed[rng.randrange(len(packed))] = rng.randrange(256)
    verdict = ours.ask("packed", packed.hex()).split(" ")[0]
    try:
        theirs = fragment.FromString(bytes(packed))
    except Exception:
        assert verdict == "no", packed.hex()
        return
    theirs.DiscardUnknownFields()
    if theirs.SerializeToString(deterministic=True) != bytes(packed):
        assert verdict == "no", packed.hex()


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 20261125
    fragment = compile_schemas()
    properties = [
        json_is_read_and_written_as_google_does,
        packed_messages_are_read_as_google_wrote_them,
        what_google_refuses_is_refused,
        bytes_that_google_would_write_otherwise_are_refused,
    ]
    failed = 0
    # Google's library writes a line there for every byte that it does not like.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    for check in properties:
        print("[ RUN      ] " + check.__name__)
        rng = random.Random("%d %s" % (seed, check.__name__))
        ours = Ours()
        for case in range(CASES):
            try:
                check(rng, fragment, ours)
            except Exception as error:
                print("case %d, seed %d: %r" % (case, seed, error))
                print("[  FAILED  ] " + check.__name__)
                failed += 1
                break
        else:
            print("[       OK ] " + check.__name__)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
