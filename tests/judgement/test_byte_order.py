"""Numbers that were read with their bytes in the wrong order are told from such as are merely odd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autostable.judgement import byte_order
from tests.judgement.borders import noise, turns_at

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
    values = np.array([0.0, -0.0, 1.0, -2.0, 0.25], kind)
    found, count = byte_order._exponents(values)
    bias = {"f4": 127, "f8": 1023}[kind]
    assert (found.tolist(), count) == ([bias, bias + 1, bias - 2], 2 * (bias + 1))


# -- what is just within a border, and just beyond it


@pytest.mark.parametrize(("rows", "columns", "looked_at"), [(3000, 100, 2000), (1999, 100, 1999), (20, 100_000, 8)])
def test_so_many_entries_are_looked_at_and_at_least_eight_rows(rows: int, columns: int, looked_at: int) -> None:
    assert len(byte_order._some(np.broadcast_to(np.zeros(columns, "f4"), (rows, columns)))) == looked_at


def test_bytes_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byte_order, "_some", None)
    assert byte_order.misread(PIXELS.astype("u1")) is None


def waves(rows: int, count: int, amplitude: float = 15000.0) -> Any:
    """Series of 16-bit numbers, each from a phase of its own: smooth along their steps, and not from row to row."""
    return (amplitude * np.sin(90 * noise(rows)[:, None] + np.arange(count) / 9)).astype("i2")


@pytest.mark.parametrize(("values", "told"), [
    (waves(200, 8), True),
    (waves(200, 7), False),  # too few steps to be smooth
    (waves(128, 8), True),
    (waves(93, 11), False),  # 1,023 entries
    (waves(200, 8)[..., None], True),  # channels lie last
    (waves(200, 7)[..., None], False),
    (waves(2000, 8)[:, 0], False),  # no neighbours
])  # fmt: skip
def test_which_numbers_have_neighbours_that_tell_their_order(values: Any, told: bool) -> None:
    assert byte_order.misread(values.byteswap()) == (("int16", 1.0) if told else None)


@pytest.mark.parametrize(("distinct", "told"), [(63, None), (64, ("uint16", 1.0))])
def test_codes_have_no_order(distinct: int, told: Any) -> None:
    values = np.sort(np.resize(np.arange(distinct) * (40000 // distinct), (40, 200)), axis=1).astype("u2")
    assert byte_order.misread(values.byteswap()) == told


def test_how_much_of_their_type_misread_integers_fill() -> None:
    """Their first byte is the last one of what was stored: of so many values, one as often as another."""

    def told(values: int) -> bool:
        first, last = (
            np.arange(200)[None, :] // 2 + np.arange(60)[:, None],
            np.arange(12000).reshape(60, 200) * 77 % values,
        )
        return byte_order.misread((256 * first + last).astype("u2").byteswap()) is not None

    assert [told(values) for values in (170, 185)] == [False, True]


@pytest.mark.parametrize("divisor", [32768.0, 32767.0])
def test_shares_of_what_16_bits_hold_with_a_sign(divisor: float) -> None:
    assert byte_order.misread((waves(200, 50).byteswap() / divisor).astype("f4")) == ("int16", divisor)


@pytest.mark.parametrize("divisor", [65536.0, 65535.0])
def test_shares_of_what_16_bits_hold_without_one(divisor: float) -> None:
    stored = (waves(200, 50).astype("i4") + 20000).astype("u2")
    assert byte_order.misread((stored.byteswap() / divisor).astype("f4")) == ("uint16", divisor)


def test_how_much_rougher_numbers_are_that_were_misread() -> None:
    def rougher(loud: float) -> bool:
        smooth = 9000 + 1500 * (
            np.sin(np.pi * np.arange(400) / 40 + np.arange(100)[:, None]) + loud * noise(40000).reshape(100, 400)
        )
        return byte_order.misread(smooth.astype("u2").byteswap()) is not None

    assert turns_at(rougher, 0.998737, 0.01)
    series = np.sin(np.arange(40)[:, None] + np.arange(64) / 9)
    others = series + 0.3 * noise(2560)[::-1].reshape(40, 64)
    assert turns_at(
        lambda loud: byte_order.told_apart(loud * noise(2560).reshape(40, 64) + series, others), 0.455686, 0.01
    )


def test_roughness_is_half_of_what_neighbours_differ_by_in_the_variance() -> None:
    assert byte_order._roughness(np.array([[1.0, -1.0] * 5])) == 2.0
    assert byte_order._roughness(np.array([[1.0, 1.0, -1.0, -1.0]])) == pytest.approx(2 / 3)
    assert byte_order._roughness(np.ones((4, 9))) == 0.0


@pytest.mark.parametrize(("entries", "told"), [(63, None), (64, ("float32", 1.0))])
def test_so_many_entries_have_exponents_that_lie_together(entries: int, told: Any) -> None:
    assert byte_order.misread((1 + 0.3 * noise(entries)).astype("f4")[:, None].byteswap()) == told


def sane(exponents: Any) -> bool:
    """Whether numbers with these exponents are told once they were misread."""
    mantissas = 1 + 0.5 * (1 + noise(len(exponents)))
    return byte_order.misread(np.ldexp(mantissas, exponents).astype("f4")[:, None].byteswap()) is not None


@pytest.mark.parametrize(("within", "beyond"), [
    (np.tile(np.arange(43) - 21, 100), np.tile(np.arange(44) - 22, 100)),  # nine tenths lie within so many
    (np.r_[64, np.tile(np.arange(10) - 5, 100)], np.r_[65, np.tile(np.arange(10) - 5, 100)]),  # no single one lies further
    (np.where(np.arange(2000) % 100 < 5, -45, 0), np.where(np.arange(2000) % 100 < 6, -45, 0)),  # so many may lie low
    (np.where(np.arange(2000) % 100 < 5, 45, 0), np.where(np.arange(2000) % 100 < 6, 45, 0)),  # or high
])  # fmt: skip
def test_exponents_that_lie_together(within: Any, beyond: Any) -> None:
    assert sane(within) and not sane(beyond)


def floats(power: int, count: int = 99) -> Any:
    """Numbers from a power of two on, all with its exponent."""
    return (2.0**power * (1 + np.arange(count) / 200)).astype("f4")[:, None]


def test_the_least_numbers_are_odd() -> None:
    assert [byte_order._insane(floats(power)) for power in (-127, -126, -125)] == [True, True, False]
    assert [byte_order._sane(floats(power)) for power in (-127, -126, -125)] == [False, False, True]
    assert [byte_order._insane(floats(-127, count)) for count in (63, 64)] == [False, True]


def even(exponents: int, least: int) -> Any:
    """Numbers with so many exponents from the least on, each as often as another."""
    powers = np.tile(np.arange(exponents) + least, 100)
    return np.ldexp(1.5 + 0.1 * noise(len(powers)), powers).astype("f4")[:, None]


def test_how_much_of_their_exponents_odd_numbers_fill() -> None:
    assert [byte_order._insane(even(count, -117)) for count in (142, 143)] == [False, True]
    assert (
        byte_order._reach(even(101, -60)) == pytest.approx(90 / 256)
        and byte_order._reach(np.zeros((4, 4), "f4")) == 0.0
    )


def test_a_reading_whose_exponents_fill_a_third_of_their_type_is_the_worse_one() -> None:
    """However smooth the other one is not."""
    rough = (10 + noise(4000)).reshape(-1, 40).astype("f4")
    assert [byte_order.told_apart(even(count, -60).reshape(-1, 40), rough) for count in (80, 90)] == [False, True]
