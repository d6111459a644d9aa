"""Losses that leave their course and stay finite: robust statistics of loss and gradient norm. Pure."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Sequence

from autostable.judgement import levels

PER_DEVIATION = 1.4826  # the standard deviation of a normal distribution, in median absolute deviations
WINDOW = 128  # steps whose median and spread say what is usual
FEWEST = 64  # of them, before anything is said
FAR = 6.0  # robust deviations: of a normal distribution one value in a billion, and not one in 20 healthy noisy runs lasted
FIRST = 16  # steps whose median is the start, and the latest of which are held against the best
EVERY = 16  # steps between two reckonings of what is usual: at fixed steps, whenever the losses are read
LASTING = 8  # steps in a row: a batch that is odd by itself is over after one
_Limits = tuple[tuple[float, float], tuple[float, float] | None]


@dataclasses.dataclass(frozen=True)
class Spike:
    """A loss that left its course.

    Attributes:
        step: The first step of it, counted from 0.
        usual: The median of the steps before it.
        level: The median of its own steps so far.
        far: How many robust deviations the one lies above the other.
        lost: Share of the way from the start of the training to its best that was given back.
    """

    step: int
    usual: float
    level: float
    far: float
    lost: float

    @property
    def undoes(self) -> bool:
        """Whether it undoes what was learnt, by the share that is allowed to the end of a training."""
        return self.lost > levels.LOST

    def is_again(self, losses: Sequence[float]) -> bool:
        """Whether these losses, of its own steps or those after it, are in their median as far out as a spike has to be."""
        deviation = (self.level - self.usual) / self.far
        return statistics.median(losses) > self.usual + FAR * deviation


def split(found: Sequence[Spike], losses: Sequence[float]) -> tuple[list[Spike], list[Spike]]:
    """Jumps that last for a window, what comes within it left out, and spikes that fell again before.

    Args:
        found: Oldest first.
        losses: Of all steps.
    """
    stayed: list[Spike] = []
    passed: list[Spike] = []
    for spike in found:
        if stayed and spike.step < stayed[-1].step + WINDOW:
            continue
        after = losses[spike.step : spike.step + WINDOW]
        (stayed if len(after) == WINDOW and spike.is_again(after) else passed).append(spike)
    return stayed, passed


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Median, and median absolute deviation in units of a standard deviation."""
    middle = statistics.median(values)
    return middle, PER_DEVIATION * statistics.median(abs(value - middle) for value in values)


class Course:
    """What is usual of a training, and when it was left; read block by block, decided step by step."""

    def __init__(self) -> None:
        self._read = 0
        self._usual: list[float] = []
        self._norms: list[float] = []
        self._run: list[float] = []  # losses of the steps that are far out, in a row
        self._run_norms: list[float] = []
        self._began = 0
        self._start: float | None = None
        self._best: float | None = None
        self._limits: _Limits | None = None
        self._reckoned: int | None = None  # the stretch of steps that these limits are for

    @property
    def is_out(self) -> bool:
        """Whether the latest step that was read was far out."""
        return bool(self._run)

    def forget(self, step: int) -> None:
        """The training was set back: what comes from this step on is read once more."""
        self._read, self._reckoned = min(self._read, step), None
        self._run, self._run_norms = [], []

    def begin_anew(self) -> None:
        """The jump that was told last is the program's own: what came since then is the beginning of another course."""
        self._usual, self._norms = self._run, self._run_norms
        self._run, self._run_norms, self._reckoned = [], [], None
        self._start = self._best = None

    def see(self, losses: Sequence[float], norms: Sequence[float]) -> Spike | None:
        """Read the steps that are new; the first spike among them that has lasted, each once.

        Args:
            losses: Of all steps so far.
            norms: Of their gradients; what is not known is NaN, and says nothing.
        """
        block = range(self._read, min(len(losses), len(norms)))
        self._read = max(self._read, block.stop)
        found = [spike for step in block if (spike := self._at(step, losses[step], norms[step])) is not None]
        return found[0] if found else None

    def _at(self, step: int, loss: float, norm: float) -> Spike | None:
        """Take up one step; the spike that has lasted with it."""
        if self._reckoned != step // EVERY:
            self._limits, self._reckoned = self._limits_now(), step // EVERY
        if self._limits is None or not _is_far(loss, norm, self._limits):
            self._is_usual(loss, norm)
            return None
        return self._is_out_at(step, loss, norm, self._limits)

    def _is_out_at(self, step: int, loss: float, norm: float, limits: _Limits) -> Spike | None:
        """A step is far out. What has lasted for a whole window is usual from there on: it was a change, and no spike."""
        self._began = self._began if self._run else step
        self._run.append(loss)
        self._run_norms.append(norm)
        if len(self._run) == LASTING:
            return self._spike(limits)
        if len(self._run) >= WINDOW:
            self._usual, self._norms = self._run, self._run_norms
            self._run, self._run_norms, self._reckoned = [], [], None
        return None

    def _limits_now(self) -> _Limits | None:
        """Median and spread of the usual losses, and of the norms where they are known."""
        if len(self._usual) < FEWEST:
            return None
        known = [norm for norm in self._norms if math.isfinite(norm)]
        return spread(self._usual), spread(known) if len(known) >= FEWEST else None

    def _is_usual(self, loss: float, norm: float) -> None:
        if not math.isfinite(loss):
            return
        self._run, self._run_norms = [], []
        self._usual, self._norms = [*self._usual[-WINDOW + 1 :], loss], [*self._norms[-WINDOW + 1 :], norm]
        if len(self._usual) == FEWEST and self._start is None:
            self._start = statistics.median(self._usual[:FIRST])
        if len(self._usual) >= FIRST:
            recent = statistics.median(self._usual[-FIRST:])
            self._best = recent if self._best is None else min(self._best, recent)

    def _spike(self, limits: _Limits) -> Spike:
        middle, deviation = limits[0]
        level = statistics.median(self._run)
        start, best = self._start or 0.0, middle if self._best is None else self._best
        way = start - best
        lost = (level - best) / way if way > 0 else math.inf
        return Spike(self._began, middle, level, (level - middle) / deviation if deviation else math.inf, lost)


def _is_far(loss: float, norm: float, limits: _Limits) -> bool:
    """Whether a step's loss is far above what is usual, and its gradient as well where that is known."""
    if not _above(loss, limits[0]):
        return False
    return limits[1] is None or not math.isfinite(norm) or _above(norm, limits[1])


def _above(value: float, usual: tuple[float, float]) -> bool:
    return math.isfinite(value) and value > usual[0] + FAR * usual[1]
