"""The figures that a program prints, and whether those of two runs are as good as each other. Pure.

A figure is known by the words around it. What a run prints while it trains differs for good reasons (a failed baseline
printed, too), so only what comes last is compared, and nothing that measures time.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from autostable.records import Figure

CLOSE = 0.05  # five points of an accuracy or an R2; of numbers up to 1
NEAR = 0.25  # of an error, a loss and whatever is above 1
OTHER_DRAW = 2.0  # so many times as far apart may be two runs with different seeds
LONGEST = 200  # characters of a line's words
LOSS = "final loss"
_MOST = 8  # figures that are compared, the last ones
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d[\d,]*\.?\d*(?:e[+-]?\d+)?|nan|inf)(?![\w])(?!\.\d)", re.IGNORECASE)
_PROGRESS = re.compile(r"━|/step\b|\bms/|it/s|^\s*Epoch \d+(?:/\d+)?\s*:?\s*$|\bETA\b")
_TIME = re.compile(
    r"\b(?:took|time|elapsed|seconds?|duration|minutes?|hours?|date|pid)\b|\d\s*(?:s|ms|sec|min|MB|GB)\b", re.IGNORECASE
)
_PATH = re.compile(r"\S*[/\\]\S+|\S+\.(?:keras|h5|py|csv|npy|npz|json|png|txt|log)\b|0x[0-9a-f]+", re.IGNORECASE)


def figures(text: str) -> list[tuple[str, float]]:
    """The numbers that a program has printed, in order, each with the words that it stands in."""
    found = []
    for line in _ESCAPES.sub("", text).replace("\r", "\n").replace("\b", "").splitlines():
        if _PROGRESS.search(line):
            continue
        line = _PATH.sub("", line)  # the name of a temporary folder may end as a time does
        if _TIME.search(line):
            continue
        words = " ".join(_NUMBER.sub("#", line).split())
        if len(words) > LONGEST:  # an array, a table: no figure that anybody compares
            continue
        for place, match in enumerate(_NUMBER.finditer(line)):
            found.append((f"{words}|{place}", float(match[0].replace(",", ""))))
    return found


def compared(
    alone: tuple[str, Sequence[float]],
    repaired: tuple[str, Sequence[float]],
    *,
    scale: float = 0.0,
    other_seed: bool = False,
) -> tuple[Figure, ...]:
    """What two runs came to, side by side: the last loss that `fit` gave back, and the last figures printed.

    Args:
        alone: What the patched program printed, and the last loss of each of its fits.
        repaired: The same of the repaired run, in which a fit that failed may have printed as well.
        scale: The loss of a constant, or the one that the training began with: a twentieth of it is little (half of what a cure
            has to gain), however small the loss has become.
        other_seed: The two were to draw other numbers.
    """
    allowed = OTHER_DRAW if other_seed else 1.0
    told = []
    if alone[1] and repaired[1]:
        one, other = alone[1][-1], repaired[1][-1]
        told.append(Figure(LOSS, one, other, _no_worse(one, other, allowed, scale)))
    # Of another draw with a much lower loss the figures are other ones, too, and nobody knows which way they are better.
    lower = other_seed and any(figure.alone < figure.repaired - NEAR * abs(figure.repaired) for figure in told)
    ours, theirs = dict(figures(alone[0])), dict(figures(repaired[0]))  # of several alike the last one stays
    shared = [name for name in ours if name in theirs][-_MOST:]
    several = {name.rpartition("|")[0] for name in shared if not name.endswith("|0")}
    for name in shared:
        words, _, place = name.rpartition("|")
        shown = _label(words, int(place) if words in several else None)
        told.append(Figure(shown, ours[name], theirs[name], lower or _alike(ours[name], theirs[name], allowed)))
    return tuple(told)


def _no_worse(alone: float, repaired: float, allowed: float, scale: float) -> bool:
    """Whether a loss is as low; it may be below 0."""
    if math.isnan(alone):
        return math.isnan(repaired)
    return math.isnan(repaired) or alone <= repaired + allowed * max(NEAR * abs(repaired), CLOSE * scale)


def _alike(alone: float, repaired: float, allowed: float) -> bool:
    """Whether a printed number is the same; nobody knows which way it is better."""
    if alone == repaired or (math.isnan(alone) and math.isnan(repaired)):
        return True
    far = max(CLOSE, NEAR * abs(repaired) if abs(repaired) > 1.0 else 0.0)
    return abs(alone - repaired) <= allowed * far


def _label(words: str, place: int | None) -> str:
    """The words before a number: "test R2" of "test R2 #"; all of them where a line has several."""
    if place is None:
        return words.replace("#", "").strip(" :=,;()[]|") or "printed"
    parts = words.split("#")
    return (parts[place].strip(" :=,;()[]|") or f"{parts[0].strip(' :=,;()[]|')} ({place + 1})").strip()
