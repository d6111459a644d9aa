"""restore-targets: put back targets that are in another unit than the others, or have wrapped around."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

from autostable.evidence import ArrayFacts, Evidence
from autostable.records import Astray, Code
from autostable.setup import PutBack, Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

AS_MUCH = 2.0  # times a spread of 1: about as much
THROUGH = """\
{said}
def restored(x, y, *weights):
    y = tf.cast(y, "float32")
    return (x, tf.where({concerned}, {put_back}, y), *weights)
"""


class RestoreTargets(RemedyStrategy):
    """Put back targets that are in another unit than the others, or have wrapped around.

    ## What it does
    Targets within a range, and no others, are multiplied, or moved by what an integer loses when it overflows, before the loss
    and the metrics see them: in training, in validation and in `evaluate`. The data stay as they are. Where targets had been
    standardised, and no longer are so when some are put back, the loss is computed in units of what they then spread.

    ## Why it works
    "1.250" with a mark of thousands is read as 1.25, a difference of unsigned numbers that should be -3 is 253, a sum beyond
    32,767 becomes negative in 16 bits, and masks of 0 and 1 that are divided by 255 along with the pictures are 0 and 0.0039.
    The loss looks fine all the same: a network learns the wrong numbers by the inputs that go with them, and what it says of
    such rows is useless.

    ## Example
    ```python
    rents = pd.read_csv("rents.csv", sep=";")["rent"]  # 950, 980, 1.050, 1.200
    model.fit(x, rents)
    ```

    ## Use instead
    ```python
    rents = pd.read_csv("rents.csv", sep=";", thousands=".")["rent"]
    model.fit(x, rents)
    ```

    ## Safety
    Not safe in the strict sense: it decides what targets mean. Offered only where a gap parts these targets from the others,
    and a plain model tells them surely far better when they are put back. Which side has wrapped around cannot be seen:
    of 8 bits the upper one is taken for negative numbers, of more the lower one for too large ones. Mend the reading, or use a
    wider type, where the targets are made.

    ## References
    Documentation of `pandas.read_csv` (`thousands`, `decimal`); numpy issue 2522 (differences of unsigned numbers).
    """

    name: ClassVar[str] = "restore-targets"
    cures: ClassVar[tuple[Code, ...]] = (Code.LABELS_SUSPICIOUS,)
    safe: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        found = evidence.astray
        if found is None or found.low is None or found.high is None or evidence.kind == "loop":
            return ()
        names = ("low", "high", "factor", "shift", "place")
        parameters = {name: getattr(found, name) for name in names}
        if _in_order(evidence.targets[found.place]) and not 1 / AS_MUCH <= found.std <= AS_MUCH:
            parameters |= {"center": [found.mean], "scale": [found.std]}
        return [parameters]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        place = int(parameters["place"])
        back = PutBack(*(float(parameters[name]) for name in ("low", "high", "factor", "shift")))
        known = [*setup.put_back, *[None] * (place + 1 - len(setup.put_back))]
        known[place] = back
        setup = dataclasses.replace(setup, put_back=tuple(known), own_loss=False)  # it is computed of wrong targets
        if "scale" not in parameters:
            return setup
        return common.merge_targets(setup, [*[None] * place, common.plain_affine(parameters)])

    def describe(self, parameters: Parameters) -> str:
        where = f"targets from {parameters['low']:.4g} to {parameters['high']:.4g}"
        return f"{where} {_in_words(parameters)}"

    def brief(self, parameters: Parameters) -> str:
        return "some y put back"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        found, fit = evidence.astray, evidence.model.fit_site
        said = f"autostable: some targets {_why(found)}; better {_mend(found)} where they are made"
        if len(evidence.targets) > 1:
            return common.note(fit, f"{said}; {self.describe(parameters)}")
        concerned, put_back = _concerned(parameters, evidence), _expression(parameters)
        lines = [
            f"# {said}",
            *(f"{{{y}}} = np.where({_of(y, concerned)}, {_of(y, put_back)}, {{{y}}})" for y in ("y", "y_val")),
        ]
        through = THROUGH.format(said=f"# {said}", concerned=concerned.format("y"), put_back=put_back.format("y"))
        changes = common.before_fit(evidence, "\n".join(lines), fitted=True, batches=through)
        if "scale" not in parameters:
            return changes
        center, scale = (common.numbers(parameters[key]) for key in ("center", "scale"))
        todo = f"train on (target - {center}) / {scale}, and map predictions back: prediction * {scale} + {center}"
        layer = f"keras.layers.Rescaling({scale}, offset={center}{common.in_float32(evidence)})"
        return [
            *changes,
            *common.around_model(evidence, "output", layer, todo=todo),
            *common.loss_in_units(evidence, center, scale, todo),
        ]


def _in_order(facts: ArrayFacts) -> bool:
    """Whether targets as they are were brought to units of order one: then they are to be so again."""
    return bool(facts.std) and 1 / AS_MUCH <= facts.std[0] <= AS_MUCH and abs(facts.mean[0]) <= facts.std[0]


def _of(name: str, expression: str) -> str:
    return expression.replace("{}", f"{{{name}}}")


def _concerned(parameters: Parameters, evidence: Evidence) -> str:
    """Which targets: one bound, where the others all lie on the other side of it."""
    facts = evidence.targets[int(parameters["place"])]
    low, high = parameters["low"], parameters["high"]
    if facts.low and min(facts.low) >= low:
        return f"{{}} < {_short(high)}"
    if facts.high and max(facts.high) <= high:
        return f"{{}} > {_short(low)}"
    return f"({{}} > {_short(low)}) & ({{}} < {_short(high)})"


def _expression(parameters: Parameters) -> str:
    """The targets as they should have been, in floating numbers: the sum may be too much for their own type."""
    factor, shift = float(parameters["factor"]), float(parameters["shift"])
    times = (
        "{}" if factor == 1.0 else f"{{}} * {factor!r}" if factor > 1.0 else f"{{}} / {float(f'{1 / factor:.12g}')!r}"
    )
    return times if shift == 0.0 else f"{times} {'+' if shift > 0 else '-'} {float(f'{abs(shift):.9g}')!r}"


def _short(bound: Any) -> str:
    """A bound within a wide gap: a few digits do."""
    return repr(float(f"{float(bound):.6g}"))


def _in_words(parameters: Parameters) -> str:
    factor, shift = float(parameters["factor"]), float(parameters["shift"])
    words = [] if factor == 1.0 else [f"times {factor:g}" if factor > 1.0 else f"divided by {1 / factor:g}"]
    words += [] if shift == 0.0 else [f"{'plus' if shift > 0 else 'minus'} {abs(shift):.6g}"]
    return ", ".join(words)


def _why(found: Astray | None) -> str:
    if found is not None and found.kind == "wrap":
        return f"have wrapped around in an integer of {found.bits} bits"
    if found is not None and found.kind == "byte":
        return "were divided by 255 along with the inputs"
    return "lost a mark of thousands" if found is not None and found.mark else "are in another unit than the others"


def _mend(found: Astray | None) -> str:
    if found is not None and found.kind == "wrap":
        return "compute with a wider integer, or with floating numbers,"
    if found is not None and found.kind == "byte":
        return "divide the inputs alone"
    return 'read them with thousands="."' if found is not None and found.mark else "use one unit"
