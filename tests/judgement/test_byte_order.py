"""Numbers that were read with their bytes in the wrong order are told from such as are merely odd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autostable.judgement import byte_order

RNG = np.random.default_rng(0)
STEPS = np.arange(400)


def sound(amplitude: float) -> Any:
    waves = np.sin(2 * np.pi * STEPS * RNG.uniform(0.005, 0.05, (300, 1)))
    return amplitude * waves + RNG.normal(0, amplitude / 50, (300, 400))


PCM = sound(3000.0).astype("i2")
DEPTHS = (1500 + 60 * np.arange(32) + RNG.normal(0, 10, (200, 32, 32))).astype("u2")[..., None]
SPECTRA: Any = (1 + 0.3 * np.sin(STEPS[:128] / 20) + RNG.normal(0, 0.06, (500, 128))).astype("f4")
TABLE = RNG.normal((15.0, 1013.0, 0.1), (6.0, 8.0, 0.01), (1000, 3))
with np.errstate(invalid="ignore"):  # some are signalling NaN
    LESS_ONE = SPECTRA.byteswap() - np.float32(1)
MISREAD: dict[str, Any] = {
    "spectra": (SPECTRA.byteswap(), ("float32", 1.0)),
    "a table of several units": (TABLE.astype("f4").byteswap(), ("float32", 1.0)),
    "64-bit numbers": (TABLE.byteswap(), ("float64", 1.0)),
    "counts as floats: no first byte is left": (RNG.poisson(900, (500, 8)).astype("f4").byteswap(), ("float32", 1.0)),
    "sound": (PCM.byteswap(), ("int16", 1.0)),
    "sound as floats": (PCM.byteswap().astype("f4"), ("int16", 1.0)),
    "sound as shares": ((PCM.byteswap() / 32768).astype("f4"), ("int16", 32768.0)),
    "depths": (DEPTHS.byteswap(), ("uint16", 1.0)),
    "depths as shares": ((DEPTHS.byteswap() / 65535).astype("f4"), ("uint16", 65535.0)),
    "a series of 32-bit numbers": ((PCM.astype("i4") * 9).byteswap(), ("int32", 1.0)),
}
PIXELS = (DEPTHS // 20).astype("u1").astype("u2")
SOUND: dict[str, Any] = {
    "spectra": SPECTRA,
    "a table": TABLE.astype("f4"),
    "thirty decades": np.exp(RNG.normal(0, 15, (2000, 8))).astype("f4"),
    "powers of two": (2.0 ** RNG.integers(-100, 100, (500, 64))).astype("f4"),
    "random bits": RNG.integers(0, 2**32, (2000, 8), dtype="u4").view("f4"),
    "flags, misread, of which nobody can tell": RNG.integers(0, 2, (500, 64)).astype("f4").byteswap(),
    "thirty-six decades, misread, that are odd in both orders": (10 ** RNG.uniform(-18, 18, (2000, 8)))
    .astype("f4")
    .byteswap(),
    "spectra of which some are NaN": np.where(RNG.random(SPECTRA.shape) < 0.1, np.nan, SPECTRA).astype("f4"),
    "one entry of 3e38": np.where(np.arange(128) == 3, 3e38, SPECTRA).astype("f4"),
    "sound": PCM,
    "loud sound": sound(30000.0).astype("i2"),
    "sound as shares": (PCM / 32768).astype("f4"),
    "hashes": RNG.integers(0, 2**32, (1000, 16), dtype="u4"),
    "ids": np.cumsum(RNG.integers(0, 9000, (1000, 16)), axis=1).astype("u4"),
    "noise of all 16 bits": RNG.integers(0, 65536, (1000, 16)).astype("u2"),
    "phases": (np.cumsum(RNG.normal(900, 300, (300, 200)), axis=1) % 65536).astype("u2"),
    "12 bits in the upper ones": np.clip(DEPTHS, 0, 4095).astype("u2") << 4,
    "bytes in the upper ones": PIXELS << 8,
    "bytes twice": PIXELS * 257,
    "bytes": PIXELS.astype("u1"),
    "flags": RNG.integers(0, 2, (100, 4)).astype(bool),
    "misread noise, which has no order to tell by": RNG.normal(0, 2000, (300, 400)).astype("i2").byteswap(),
    "a single column": PCM.byteswap()[:, 0],
    "nothing": np.zeros((0, 4), "f4"),
}


@pytest.mark.parametrize("name", MISREAD)
def test_what_was_misread_is_known_and_restored(name: str) -> None:
    values, stored = MISREAD[name]
    assert byte_order.misread(values) == stored
    restored = byte_order.restored(values, *stored)
    assert restored.dtype == values.dtype
    assert byte_order.misread(restored) is None


@pytest.mark.parametrize("name", SOUND)
def test_what_is_merely_odd_is_left_alone(name: str) -> None:
    assert byte_order.misread(SOUND[name]) is None


def test_the_numbers_are_those_that_were_stored() -> None:
    np.testing.assert_array_equal(byte_order.restored(SPECTRA.byteswap(), "float32"), SPECTRA)
    shares = (PCM.byteswap() / 32768).astype("f4")
    np.testing.assert_array_equal(byte_order.restored(shares, "int16", 32768.0), (PCM / 32768).astype("f4"))


@pytest.mark.parametrize(
    ("values", "others", "expected"),
    [
        (LESS_ONE, SPECTRA - 1, True),
        (SPECTRA - 1, LESS_ONE, False),
        (PCM.byteswap() / 32768 - 0.5, PCM / 32768 - 0.5, True),
        (PCM / 32768 - 0.5, PCM.byteswap() / 32768 - 0.5, False),
        (SPECTRA, SPECTRA[:, :9], False),
        (RNG.normal(size=(300, 64)), RNG.normal(size=(300, 64)), False),
    ],
)
def test_two_readings_are_told_apart_whatever_was_computed_of_them(values: Any, others: Any, expected: bool) -> None:
    assert byte_order.told_apart(values, others) is expected


def spread(exponents: int, mantissas: Any) -> Any:
    """Numbers whose exponents are even over so many, both ways round."""
    return np.ldexp(1 + mantissas, np.tile(np.arange(exponents) - exponents // 2, 40)).astype("f4")[:, None]


@pytest.mark.parametrize(("exponents", "expected"), [(40, ("float32", 1.0)), (46, None)])
def test_how_far_apart_the_exponents_of_sane_numbers_lie(exponents: int, expected: tuple[str, float] | None) -> None:
    values = spread(exponents, RNG.random(40 * exponents)).byteswap()
    assert byte_order.misread(values) == expected


@pytest.mark.parametrize(("noise", "expected"), [(0.55, ("uint16", 1.0)), (1.3, None)])
def test_how_much_better_neighbours_have_to_agree(noise: float, expected: tuple[str, float] | None) -> None:
    waves = 9000 + 1500 * (
        np.sin(2 * np.pi * STEPS / 80 + RNG.uniform(0, 6, (300, 1))) + noise * RNG.normal(size=(300, 400))
    )
    assert byte_order.misread(waves.astype("u2").byteswap()) == expected


@pytest.mark.parametrize(("off", "found"), [(0.009, ("int16", 32768.0)), (0.011, None)])
def test_how_far_off_whole_numbers_shares_may_be(off: float, found: Any) -> None:
    shares = PCM.byteswap() / 32768.0
    shares[0, 0] += off / 32768.0
    assert byte_order.misread(shares) == found


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_exponents_are_those_of_the_type(kind: str) -> None:
    values = np.array([0.0, 1.0, -2.0, 0.25], kind)
    found, count = byte_order._exponents(values)
    bias = {"f4": 127, "f8": 1023}[kind]
    assert (found.tolist(), count) == ([bias, bias + 1, bias - 2], 2 * (bias + 1))
