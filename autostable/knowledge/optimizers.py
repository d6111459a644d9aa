"""The optimizers of Keras by class name, as they come."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Mapping

from autostable.evidence import Evidence
from autostable.records import SymptomKind


@dataclasses.dataclass(frozen=True)
class Optimizer:
    """One optimizer.

    Attributes:
        rate: Where people start with it: nearly always its default in Keras.
        plain: It takes gradients as they are; the others bring each to a size of about one first.
        plain_at_first: It does so as long as what it has summed of them is little beside where its sums begin.
        epsilon: What Keras calls the number that it adds to what it divides by; "" where there is none.
    """

    rate: float = 1e-3
    plain: bool = False
    plain_at_first: bool = False
    epsilon: str = ""


_ADAPTIVE = Optimizer()
_WITH_EPSILON = Optimizer(epsilon="epsilon")

OPTIMIZERS: Mapping[str, Optimizer] = {
    "SGD": Optimizer(1e-2, plain=True),
    "Adam": _WITH_EPSILON,
    "AdamW": _WITH_EPSILON,
    "Nadam": _WITH_EPSILON,
    "Adamax": _WITH_EPSILON,
    "RMSprop": _WITH_EPSILON,
    # with Keras' default of 0.001 these two hardly move: the one's is of its paper (Zeiler 2012), the other's is what
    # recommenders begin with (Duchi et al. 2011 have 1.0)
    "Adadelta": Optimizer(1.0, epsilon="epsilon"),
    "Adagrad": Optimizer(0.1, plain_at_first=True, epsilon="epsilon"),
    "Ftrl": Optimizer(epsilon="beta"),
    "Lion": _ADAPTIVE,
    "Lamb": _WITH_EPSILON,
    "Muon": _WITH_EPSILON,
    "Adafactor": _ADAPTIVE,  # its epsilons have other names
    "ScheduleFreeAdamW": Optimizer(2.5e-3, epsilon="epsilon"),
}
LOW_RATE = 0.11  # of the usual rate, up to which one is low
BY_HAND = "_ByHand"  # what stands for the optimizer of `w.assign_sub(rate * gradient)`
# Of its own norm: a training none of whose matrices has come farther has hardly moved. Measured with plain gradients: 0.079 and
# more in 22 fits that learnt, 0.048 and less in the seven whose steps were too small.
HARDLY = 0.05
# How far the first steps, all one way, would carry the matrix that comes farthest, in its own norm, where it learns: as
# the slope gives way it comes less far. Needed in what was measured: 3 to 28 (digits, SGD), 14 (pictures by a loop).
TYPICAL = 3.0
# Of the norm of all matrices together: what decay may leave of them. In 66 small trainings (sums of numbers, and digits; AdamW,
# SGD, Lion; weight decays from 0.001 to 100) 0.0012 at most was left in the 18 that learnt nothing by AdamW or SGD, and 0.33 at
# most in those that a decay kept under half of what they learn without. As little was left in three that learn (0.25 to 0.33,
# all by SGD): so it is asked only where nothing was learnt, and beside what the decay alone says.
LEFT = 0.35
USUAL_DECAY = 0.004  # what Keras gives AdamW
USUAL_EPSILON = 1e-7  # what Keras gives nearly all of them


def known(name: str | None) -> Optimizer:
    """What is known of an optimizer; others are taken for adaptive ones, as nearly all are."""
    plain = name is not None and (name.endswith("SGD") or name == BY_HAND)
    return OPTIMIZERS.get(name or "", OPTIMIZERS["SGD"] if plain else _ADAPTIVE)


def usual_rate(name: str | None) -> float:
    """Where people start with this optimizer."""
    return known(name).rate


def left_by_clipping(evidence: Evidence) -> float:
    """The share that clipping to a norm leaves of a gradient in the middle of a course, where its size matters at all."""
    norms = [norm for norm in evidence.course.gradients if math.isfinite(norm) and norm > 0.0]
    clipnorm = evidence.model.clipnorm
    if clipnorm is None or not norms or not known(evidence.model.optimizer).plain:
        return 1.0
    return min(1.0, clipnorm / statistics.median(norms))


def left_by_weights(evidence: Evidence) -> float:
    """How many times as large the sample weights make a gradient, where its size matters at all."""
    weights = evidence.weights
    mean = weights.mean[0] if weights is not None and len(weights.mean) == 1 else 1.0
    return mean if 0.0 < mean < 1.0 and known(evidence.model.optimizer).plain else 1.0


def decay_a_step(evidence: Evidence) -> float:
    """The share of each weight that weight decay takes away in each step at the highest rate."""
    rate, decay = evidence.model.learning_rate, evidence.model.decay
    if rate is None or decay is None or not math.isfinite(rate) or rate <= 0.0:
        return 0.0
    return rate * decay


def left_by_decay(evidence: Evidence) -> float:
    """What weight decay alone would leave of the first weights."""
    return math.exp(-decay_a_step(evidence) * evidence.course.steps)


def decayed_away(evidence: Evidence) -> bool:
    """Whether weight decay has left too little of the weights for anything to be learnt, and nothing was."""
    kept = evidence.course.kept
    useless = evidence.symptom.kind == SymptomKind.USELESS and kept is not None and kept <= LEFT
    return useless and left_by_decay(evidence) <= LEFT


def decay_overshoots(evidence: Evidence) -> bool:
    """Whether weight decay takes away more of a weight in one step than there is: it swings from one side to the other."""
    return (
        evidence.symptom.kind in (SymptomKind.USELESS, SymptomKind.DIVERGED, SymptomKind.NONFINITE)
        and decay_a_step(evidence) > 1.0
    )


def working_rate(evidence: Evidence) -> float | None:
    """The learning rate, as large as clipping and sample weights leave it; None where it is not known."""
    rate = evidence.model.learning_rate
    return None if rate is None else rate * left_by_clipping(evidence) * left_by_weights(evidence)


def missing(evidence: Evidence) -> float | None:
    """How many times as far the weights would have to come, of a training that has hardly moved; None of others.

    Plain gradients move weights in proportion to the rate, whatever has made them small: a loss that is divided twice, a
    scale that is taken out without having been put in. So do Adagrad's, whose sums begin at 0.1, under small ones. Other
    adaptive steps know their size. Where the rate at work is low by
    itself that says more: of steps as small as its own most is lost in rounding.
    """
    moved, rate, kind = evidence.course.moved, working_rate(evidence), known(evidence.model.optimizer)
    if moved is None or not 0.0 < moved < HARDLY or not (kind.plain or kind.plain_at_first):
        return None
    return None if rate is not None and rate <= LOW_RATE * kind.rate else TYPICAL / moved
