#!/usr/bin/python3
"""An independent reader of sealed envelopes: it shares no code with Kith.

BLAKE2b is Python's own, Ed25519, X25519 and ChaCha20-Poly1305 are OpenSSL's, HChaCha20 is
written here.  It opens the published vector and envelopes that our C has just sealed
(build/.../tests/envelope/write_envelope), and it must refuse each with one bit flipped.
"""
import hashlib
import json
import os
import struct
import subprocess
import sys

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

FIXED = 228


class Refused(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Refused(what)


def b(size, person, data, key=b""):
    return hashlib.blake2b(data, digest_size=size, person=person.encode(), key=key).digest()


# --- XChaCha20-Poly1305 ---------------------------------------------------------------------


def hchacha20(key, nonce):
    def rotate(x, n):
        return (x << n | x >> 32 - n) & 0xFFFFFFFF

    s = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce))

    def quarter(i, j, k, m):
        for left, right, add, n in ((i, m, j, 16), (k, j, m, 12), (i, m, j, 8), (k, j, m, 7)):
            s[left] = (s[left] + s[add]) & 0xFFFFFFFF
            s[right] = rotate(s[right] ^ s[left], n)

    for _ in range(10):
        for column in range(4):
            quarter(column, 4 + column, 8 + column, 12 + column)
        quarter(0, 5, 10, 15)
        quarter(1, 6, 11, 12)
        quarter(2, 7, 8, 13)
        quarter(3, 4, 9, 14)
    return struct.pack("<8I", *s[0:4], *s[12:16])


def open_sealed(key, sealed, nonce=bytes(24), about=None):
    subkey = hchacha20(key, nonce[:16])
    try:
        return ChaCha20Poly1305(subkey).decrypt(bytes(4) + nonce[16:], sealed, about)
    except InvalidTag:
        raise Refused("does not open") from None


# --- The envelope ------------------------------------------------------------------------------


class Core:
    def __init__(self, raw):
        need(len(raw) >= FIXED, "core too short")
        (self.suite, self.sender, self.sender_key) = struct.unpack_from("<3I", raw, 0)
        self.msg_id = raw[12:28]
        (self.kind,) = struct.unpack_from("<I", raw, 40)
        self.policy_hash = raw[44:76]
        (self.psk_epoch,) = struct.unpack_from("<I", raw, 80)
        self.epk = raw[120:152]
        self.route_digest = raw[192:224]
        self.ncomp, reserved = struct.unpack_from("<2H", raw, 224)
        need(self.suite == 1 and reserved == 0, "suite or reserved")
        need(len(raw) == FIXED + 32 * self.ncomp, "core length")
        self.digests = [raw[FIXED + 32 * c :][:32] for c in range(self.ncomp)]
        self.hash = b(32, "kith1.core", raw)

    def context(self, c):
        return (
            struct.pack("<3I", self.suite, self.sender, self.sender_key)
            + self.msg_id
            + struct.pack("<I", self.kind)
            + self.policy_hash
            + struct.pack("<H", c)
        )


def root_of(leaf, n, index, path):
    """RFC 9162, 2.1.3.2, by recursion over the definition."""
    if n == 1:
        need(not path, "path too long")
        return leaf
    need(path, "path too short")
    k = 1 << (n - 1).bit_length() - 1
    if index < k:
        return b(32, "kith1.node", root_of(leaf, k, index, path[:-1]) + path[-1])
    return b(32, "kith1.node", path[-1] + root_of(leaf, n - k, index - k, path[:-1]))


def verify_header(envelope, core, capsule_digests):
    count = struct.pack("<H", len(capsule_digests) // 32)
    h = b(32, "kith1.header", core.hash + count + capsule_digests)
    need(h == bytes.fromhex(envelope["H"]), "H")
    n, index = envelope["batch_n"], envelope["batch_idx"]
    need(0 <= index < n, "index")
    path = bytes.fromhex(envelope.get("path", ""))
    need(len(path) % 32 == 0, "path length")
    levels = [path[i : i + 32] for i in range(0, len(path), 32)]
    root = root_of(b(32, "kith1.leaf", h), n, index, levels)
    text = b"kith1.sig.batch\0" + struct.pack("<3I", core.sender, core.sender_key, n) + root
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(envelope["spk"]))
    try:
        key.verify(bytes.fromhex(envelope["sig"]), text)
    except InvalidSignature:
        raise Refused("signature") from None


def verify_parts(envelope, core, capsule_digests):
    need(b(32, "kith1.route.dig", bytes.fromhex(envelope["route"])) == core.route_digest, "route")
    for c, digest in enumerate(core.digests):
        kc, body = bytes.fromhex(envelope[f"kc{c}"]), bytes.fromhex(envelope[f"body{c}"])
        need(b(32, "kith1.comp.dig", struct.pack("<H", c) + kc + body) == digest, f"digest {c}")
    digests = [capsule_digests[i : i + 32] for i in range(0, len(capsule_digests), 32)]
    need(digests == sorted(set(digests)), "capsule digests are not sorted")
    need(len(digests) % 4 == 0, "number of capsule digests")
    need(0 <= len(digests) - len(envelope["recipients"]) <= 3, "decoys")
    return digests


def capsule_secrets(envelope, core, i, digests):
    recipient = envelope["recipients"][i]
    secret = X25519PrivateKey.from_private_bytes(bytes.fromhex(envelope[f"rsk{i}"]))
    public = secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    kid, ct = bytes.fromhex(envelope[f"kid{i}"]), bytes.fromhex(envelope[f"cap{i}"])
    need(b(32, "kith1.kid", public)[:8] == kid, "kid")
    need(b(32, "kith1.cap.dig", struct.pack("<I", recipient) + kid + ct) in digests, "capsule")
    shared = secret.exchange(X25519PublicKey.from_public_bytes(core.epk))
    psk = bytes.fromhex(envelope["psk"]) if core.psk_epoch else bytes(32)
    kek = b(
        32,
        "kith1.cap.kdf",
        shared + core.epk + public + struct.pack("<I", recipient) + core.hash,
        psk,
    )
    text = open_sealed(kek, ct)
    need(len(text) == 10 + 34 * core.ncomp, "capsule length")
    stream_seq, n = struct.unpack_from("<QH", text)
    need(stream_seq == envelope["stream_seq"][i], "stream_seq")
    entries = [text[10 + 34 * k :][:34] for k in range(n)]
    need(not any(text[10 + 34 * n :]), "capsule padding")
    numbers = [struct.unpack_from("<H", entry)[0] for entry in entries]
    need(numbers == sorted(set(numbers)), "compartments not ascending")
    need(numbers == envelope["masks"][i], "not the compartments that were given")
    return {number: entry[2:] for number, entry in zip(numbers, entries)}


def open_compartment(envelope, core, c, z):
    keys = b(64, "kith1.comp.kdf", core.context(c), z)
    need(keys[32:] == bytes.fromhex(envelope[f"kc{c}"]), "key commitment")
    padded = open_sealed(keys[:32], bytes.fromhex(envelope[f"body{c}"])).rstrip(b"\0")
    need(padded[-1:] == b"\x80", "padding")
    return padded[:-1]


def plaintext(envelope, c):
    if f"pt_hex{c}" in envelope:
        return bytes.fromhex(envelope[f"pt_hex{c}"])
    return envelope[f"pt{c}"].encode()


def verify(envelope):
    core = Core(bytes.fromhex(envelope["core"]))
    capsule_digests = bytes.fromhex(envelope["capdigs"])
    verify_header(envelope, core, capsule_digests)
    digests = verify_parts(envelope, core, capsule_digests)
    for i in range(len(envelope["recipients"])):
        for c, z in capsule_secrets(envelope, core, i, digests).items():
            need(open_compartment(envelope, core, c, z) == plaintext(envelope, c), f"text {c}")


# --- Tests ----------------------------------------------------------------------------------------


def own_hchacha20_is_that_of_the_draft():
    key = bytes(range(32))
    nonce = bytes.fromhex("000000090000004a0000000031415927")
    expected = "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc"
    need(hchacha20(key, nonce).hex() == expected, "HChaCha20")


def published():
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "envelope-1.json"), encoding="utf-8") as file:
        return json.load(file)


def fresh():
    program = os.path.join(os.environ.get("B", "build/release"), "tests/envelope/write_envelope")
    lines = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in lines.splitlines()]


def the_published_vector_verifies():
    verify(published())


def envelopes_fresh_from_c_verify():
    envelopes = fresh()
    need(len(envelopes) == 1 + 7 + 2 + 64, "number of envelopes")
    need({e["batch_n"] for e in envelopes} == {1, 2, 7, 64}, "batches")
    for envelope in envelopes:
        verify(envelope)


def flipped(envelope, name, bit):
    data = bytearray.fromhex(envelope[name])
    data[bit // 8] ^= 1 << bit % 8
    return {**envelope, name: data.hex()}


def must_refuse(envelope, what):
    try:
        verify(envelope)
    except (Refused, ValueError):
        return
    raise Refused(f"accepted with {what}")


def every_part_with_a_bit_flipped_is_refused():
    for envelope in (published(), fresh()[3]):
        for name, value in envelope.items():
            # The public inputs aside: z0 and z1 of the vector, its seed and its esk.
            if not isinstance(value, str) or name in ("about", "esk", "seed", "z0", "z1"):
                continue
            if name.startswith("pt") or name.startswith("rsk") or not value:
                continue
            bits = 4 * len(value)
            for bit in {0, 9 % bits, bits // 2, bits - 1}:
                must_refuse(flipped(envelope, name, bit), f"bit {bit} of {name} flipped")


def another_place_in_the_batch_is_refused():
    envelope = fresh()[4]
    need((envelope["batch_n"], envelope["batch_idx"]) == (7, 3), "which envelope")
    for n in range(0, 9):
        for index in range(0, 9):
            if (n, index) != (7, 3):
                must_refuse({**envelope, "batch_n": n, "batch_idx": index}, f"{n}, {index}")


TESTS = (
    own_hchacha20_is_that_of_the_draft,
    the_published_vector_verifies,
    envelopes_fresh_from_c_verify,
    every_part_with_a_bit_flipped_is_refused,
    another_place_in_the_batch_is_refused,
)


def main():
    failed = 0
    for test in TESTS:
        print(f"[ RUN      ] {test.__name__}")
        try:
            test()
            print(f"[       OK ] {test.__name__}")
        except Exception as reason:  # whatever it is, the test has failed
            failed += 1
            print(f"{type(reason).__name__}: {reason}")
            print(f"[  FAILED  ] {test.__name__}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
