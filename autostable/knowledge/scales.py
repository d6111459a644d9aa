"""What is out of order about the scale of data: one definition, for the diagnosis and for the remedies.

Initial weights are drawn for features of mean 0 and spread 1 (LeCun 1998; Glorot and Bengio 2010). What a first layer gives,
and how steep its loss is, goes with the mean square of a feature, center**2 + spread**2, which is 1 then.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Collection, Sequence

from autostable.evidence import ArrayFacts, EntryFacts, Evidence, LayerFacts
from autostable.judgement import spikes

# Root mean square of a feature from which on it is out of order. Measured: networks of 2 and 7 relu layers on eight columns
# N(0, 1) + M end at 0.22, 0.28, 0.35, 0.41 and 0.47 for M = 0, 1, 2, 3 and 5 (a constant gets 0.69): from about 2 on more
# than a tenth of the constant's loss is lost, which is what a cure has to gain (`judgement.levels.DELTA`).
LARGE = 2.0
LARGE_TARGET = math.sqrt(10.0)  # of a target: ten times the mean square of 1
SMALL = 0.05  # spread within features, pooled, up to which they are
NEAR, FAR, ABSURD = 5.0, 25.0, 500.0  # times beyond these bounds; from FAR on nothing else need be wrong
IQR = 1.349  # of a normal distribution, in standard deviations
FEW = 100  # numbers that classes may take; inputs that are codes may be more
MOST_CODES = 1000
GAPS = 10  # class numbers reach no further than so many times their number
AT_INPUT = frozenset({
    "BatchNormalization", "Normalization", "LayerNormalization", "GroupNormalization", "RMSNormalization",
    "UnitNormalization", "Rescaling", "Embedding",
})  # fmt: skip
"""Layers that take raw inputs well; what the first two make of these counts instead where it is known (`entries`)."""


def features(facts: ArrayFacts) -> int:
    """Number of features that the facts tell of."""
    return max(len(facts.mean), len(facts.std))


def finite(value: float | None, instead: float = 0.0) -> float:
    """The value, or another one where it is missing or not finite."""
    return float(value) if value is not None and math.isfinite(value) else instead


def at(values: Sequence[float], index: int, instead: float = 0.0) -> float:
    """The finite value of a feature; pooled facts have one value for all."""
    if not values:
        return instead
    return finite(values[index] if index < len(values) else values[-1], instead)


def center(facts: ArrayFacts, index: int) -> float:
    """The center of a feature; single entries that are absurdly far out do not move it."""
    mean = at(facts.mean, index)
    return at(facts.median, index, mean) if facts.outlier_count else mean


def spread(facts: ArrayFacts, index: int) -> float:
    """The spread of a feature in standard deviations; single entries that are absurdly far out do not widen it."""
    robust = at(facts.iqr, index) / IQR if facts.outlier_count else 0.0
    return robust or at(facts.std, index)


def size(facts: ArrayFacts, index: int) -> float:
    """The root mean square of a feature."""
    return math.hypot(center(facts, index), spread(facts, index))


def widest(facts: ArrayFacts, spared: Collection[int] = ()) -> int:
    """The feature of the largest size, some left out."""
    left = (index for index in range(features(facts)) if index not in spared)
    return max(left, key=lambda index: size(facts, index), default=0)


def largeness(facts: ArrayFacts) -> float:
    """How many times beyond the bound its largest feature is; 0 where nothing is known."""
    return size(facts, widest(facts)) / LARGE


def smallness(facts: ArrayFacts) -> float:
    """How many times below the bound the spread of its features is; 0 where they are all the same, or flags.

    What features differ by from each other is the same for all rows: it tells nothing of any.
    """
    count = features(facts)
    if count == 0 or facts.integers:
        return 0.0
    pooled = math.sqrt(math.fsum(spread(facts, index) ** 2 for index in range(count)) / count)
    return SMALL / pooled if pooled > 0.0 else 0.0


def beyond(facts: ArrayFacts) -> float:
    """By what factor an array is beyond the bounds."""
    return max(largeness(facts), smallness(facts))


def out_of_order(facts: ArrayFacts) -> bool:
    """Whether an array is far from the scale that initial weights are drawn for."""
    return beyond(facts) >= 1.0


def standardized(facts: ArrayFacts) -> ArrayFacts:
    """The facts of the array once it is rescaled to mean 0 and spread 1."""
    facts = facts if facts.misread is None else facts.misread.facts
    count = features(facts)
    maps = [(center(facts, index), spread(facts, index) or 1.0) for index in range(count)]

    def moved(values: Sequence[float]) -> tuple[float, ...]:
        return (
            tuple((at(values, index) - middle) / width for index, (middle, width) in enumerate(maps)) if values else ()
        )

    low, high = (facts.kept_low, facts.kept_high) if facts.outlier_count else (facts.low, facts.high)
    return dataclasses.replace(
        facts, mean=(0.0,) * count, std=(1.0,) * count, median=(0.0,) * count, iqr=(IQR,) * count, low=moved(low),
        high=moved(high), kept_low=moved(facts.kept_low), kept_high=moved(facts.kept_high), outliers=(), outlier_count=0,
    )  # fmt: skip


# -- inputs ---------------------------------------------------------------------------------------


def image_like(facts: ArrayFacts) -> bool:
    """Whether an input holds pixels of bytes."""
    low, high = min(facts.low, default=0.0), max(facts.high, default=0.0)
    return facts.dtype == "uint8" or (len(facts.shape) >= 3 and facts.integers and low >= 0.0 and 100.0 < high <= 255.0)


def tokens(facts: ArrayFacts, layers: Sequence[LayerFacts] = ()) -> bool:
    """Whether an input holds codes, not measures: whole numbers, which an embedding may look up."""
    if facts.dtype in {"bool", "str", "object"}:
        return True
    if "int" not in facts.dtype or image_like(facts):
        return False
    looked_up = any(layer.kind == "Embedding" or not layer.builtin for layer in layers)
    return looked_up or not layers or facts.distinct <= MOST_CODES


def codes(facts: ArrayFacts, layers: Sequence[LayerFacts]) -> frozenset[int]:
    """Features of a table of numbers that hold codes, which an embedding looks up: whole numbers among measures.

    Args:
        facts: Of an input of floats.
        layers: Of the model.
    """
    table = len(facts.shape) == 2 and facts.dtype.startswith(("float", "bfloat"))
    return frozenset(facts.whole if table and any(layer.kind == "Embedding" for layer in layers) else ())


def measures(facts: ArrayFacts, layers: Sequence[LayerFacts]) -> ArrayFacts:
    """The facts of those features that hold no codes."""
    looked_up = codes(facts, layers)
    left = [index for index in range(features(facts)) if index not in looked_up]
    if len(left) == features(facts):
        return facts

    def of(values: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(values[index] for index in left) if len(values) == features(facts) else values

    names = ("mean", "std", "median", "iqr", "low", "high", "kept_low", "kept_high")
    return dataclasses.replace(facts, **{name: of(getattr(facts, name)) for name in names})  # type: ignore[arg-type]


def entries(evidence: Evidence) -> tuple[EntryFacts | None, ...]:
    """For each input what the model itself makes of it first, as far as that is known."""
    if len(evidence.entries) != len(evidence.inputs):
        return (None,) * len(evidence.inputs)
    return tuple(entry if entry is not None and entry.known else None for entry in evidence.entries)


def given(evidence: Evidence) -> tuple[ArrayFacts, ...]:
    """For each input what the first layer that learns is given of it, but for codes that an embedding looks up."""
    pairs, layers = zip(evidence.inputs, entries(evidence), strict=True), evidence.model.layers
    return tuple(measures(facts, layers) if entry is None else entry.facts for facts, entry in pairs)


def _at_input(evidence: Evidence) -> set[str]:
    """Kinds of the layers by which the model itself puts inputs in order."""
    seen = {name for entry in entries(evidence) if entry is not None for name in entry.names}
    layers = [layer for layer in evidence.model.layers if layer.name not in seen]
    return {layer.kind for layer in layers[:2] if layer.kind in AT_INPUT and not layer.idle}


def raw_inputs(evidence: Evidence) -> tuple[bool, ...]:
    """Of each input whether it is out of order for the model."""
    kinds = _at_input(evidence)

    def raw(facts: ArrayFacts, seen: ArrayFacts, entry: EntryFacts | None) -> bool:
        if entry is None and tokens(facts, evidence.model.layers):
            return False
        normalizes = bool(kinds if facts.integers else kinds - {"Embedding"})  # no embedding looks up a measure
        # a normalisation adds 1e-3 to the variance that it divides by: what is as small as that stays small
        return out_of_order(seen) and (not normalizes or smallness(seen) >= NEAR)

    return tuple(itertools.starmap(raw, zip(evidence.inputs, given(evidence), entries(evidence), strict=True)))


def cut(evidence: Evidence) -> dict[int, int]:
    """Inputs of numbers that are no whole ones, and that an embedding cuts to such; each with the rows of its table."""
    looked_up = {layer.looks_up: layer.rows for layer in evidence.model.layers if layer.looks_up is not None}
    return {
        place: rows
        for place, rows in looked_up.items()
        if rows and rows > 1 and place < len(evidence.inputs) and _no_codes(evidence.inputs[place])
    }


def _no_codes(facts: ArrayFacts) -> bool:
    return facts.dtype.startswith(("float", "bfloat")) and not facts.integers and 1 < facts.distinct <= MOST_CODES


def misjudges(layer: LayerFacts) -> bool:
    """Whether a layer takes pictures to lie in another range than they do: far wider (bytes, not shares), or far narrower."""
    if layer.value_range is None or layer.given_range is None:
        return False
    assumed, given = (max(map(abs, each)) for each in (layer.value_range, layer.given_range))
    return given > 0.0 and max(assumed, given) >= FAR * min(assumed, given)


def scattered(facts: ArrayFacts) -> bool:
    """Whether rows of steps or points lie far from each other, beside what each of them spreads within itself."""
    pairs = zip(facts.within, facts.std, strict=False)
    return len(facts.within) == len(facts.std) and any(inner > 0.0 and whole >= FAR * inner for inner, whole in pairs)


def to_rescale(evidence: Evidence) -> tuple[bool, ...]:
    """Of each input whether it is to be brought in order: of raw ones that go through code of the user's first the far ones.

    A number of nights whose logarithm is taken takes no other scale, and beside metres it is not what is wrong.
    """
    raw, seen = raw_inputs(evidence), given(evidence)
    own = [entry is not None and not entry.known for entry in evidence.entries]
    if len(own) != len(raw) or not any(want and beyond(facts) >= FAR for want, facts in zip(raw, seen, strict=True)):
        return raw
    return tuple(want and (beyond(facts) >= NEAR or not code) for want, facts, code in zip(raw, seen, own, strict=True))


def large_inputs(evidence: Evidence, times: float = 1.0) -> bool:
    """Whether an input is so large (so many times beyond the bound) that it drives what comes behind it."""
    pairs = zip(given(evidence), raw_inputs(evidence), strict=True)
    return any(raw and largeness(facts) >= times for facts, raw in pairs)


def far_out(evidence: Evidence) -> bool:
    """Whether an input is so far out of order, too large or too small, that nothing else need be wrong."""
    pairs = zip(given(evidence), raw_inputs(evidence), strict=True)
    return any(raw and beyond(facts) >= FAR for facts, raw in pairs)


# -- targets --------------------------------------------------------------------------------------


def is_classes(facts: ArrayFacts) -> bool:
    """Whether a target looks like class labels: two values, or few whole numbers counted from about 0 without wide gaps."""
    if facts.one_hot or 0 < facts.distinct <= 2:
        return True
    few = facts.integers and facts.distinct <= FEW and len(facts.low) == 1
    return few and max(-facts.low[0], facts.high[0]) <= GAPS * facts.distinct


def raw_target(facts: ArrayFacts) -> bool:
    """Whether a target is a measure that is out of order: its size is that of errors and gradients, not of signals."""
    out = size(facts, widest(facts)) >= LARGE_TARGET or smallness(facts) >= 1.0
    return not is_classes(facts) and out


def robust_spread(values: Sequence[float]) -> tuple[float, float]:
    """Median and robust deviation of some numbers, for remedies (see `spikes.spread`)."""
    return spikes.spread(values)
