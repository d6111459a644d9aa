"""Files as disks, kills, editors and strangers leave them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

Spoil = Callable[[random.Random, bytes], bytes]


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def _flipped(rng: random.Random, data: bytes) -> bytes:
    spoilt = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        spoilt[rng.randrange(len(spoilt))] ^= 1 << rng.randrange(8)
    return bytes(spoilt)


def _noise(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + rng.randbytes(rng.randint(1, 64)) + data[at + rng.randint(0, 64) :]


def _zeros(rng: random.Random, data: bytes) -> bytes:
    """A block that never came to the disk."""
    at = rng.randrange(len(data))
    length = min(len(data) - at, rng.choice([1, 16, 512]))
    return data[:at] + bytes(length) + data[at + length :]


def _deep(rng: random.Random, data: bytes) -> bytes:
    depth = rng.choice([150, 5_000, 200_000])
    nested = b"[" * depth + b"]" * depth if rng.random() < 0.5 else b'{"a":' * depth + b"1" + b"}" * depth
    return _replaced(rng, data, nested)


def _long(rng: random.Random, data: bytes) -> bytes:
    return _replaced(rng, data, rng.choice([b"9" * 5_000, b"9" * 400, b"-" + b"1" * 60, b"1e999", b"NaN", b"1e-999"]))


def _other_kind(rng: random.Random, data: bytes) -> bytes:
    return _replaced(
        rng, data, rng.choice([b"null", b"[]", b"{}", b'""', b"true", b"-1", b'"\\u001b[2J\\ud800"', b'["x"]'])
    )


def _left_out(rng: random.Random, data: bytes) -> bytes:
    value = json.loads(data)
    holders = [each for each in _parts(value) if isinstance(each, dict) and each]
    holder = rng.choice(holders)
    del holder[rng.choice(sorted(holder))]
    return json.dumps(value).encode()


def _replaced(rng: random.Random, data: bytes, text: bytes) -> bytes:
    """One value, at any depth, by another text."""
    value = json.loads(data)
    places = [
        (each, key) for each in _parts(value) for key in (sorted(each) if isinstance(each, dict) else range(len(each)))
    ]
    holder, key = rng.choice(places)
    holder[key] = "\u0007here\u0007"
    return json.dumps(value).encode().replace(b'"\\u0007here\\u0007"', text)


def _parts(value: Any) -> list[Any]:
    """All objects and lists of a value."""
    found, level = [], [value]
    while level:
        found += [each for each in level if isinstance(each, dict | list) and each]
        level = [
            item
            for each in level
            for item in (each.values() if isinstance(each, dict) else each if isinstance(each, list) else ())
        ]
    return found


BYTES: tuple[Spoil, ...] = (_cut, _flipped, _noise, _zeros)
JSON: tuple[Spoil, ...] = (*BYTES, _deep, _long, _other_kind, _other_kind, _left_out, _left_out)
