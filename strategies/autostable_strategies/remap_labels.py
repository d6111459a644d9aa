"""remap-labels: bring labels into the range that the loss expects."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence
from typing import Any, ClassVar

from autostable.evidence import ArrayFacts, Evidence, Finding, LayerFacts
from autostable.knowledge import activations, losses
from autostable.knowledge.operations import OF_CLASS_NUMBERS
from autostable.records import Code, SymptomKind
from autostable.setup import Affine, OperationGuard, Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

RARE = 0.3
BY_CHANCE = 0.05  # that none of the labels of a batch is 0 though there is such a class: the usual level of a test
WHOLE = 1e-3  # distance of a label from a whole step, in steps: float32 holds seven digits
MOST_LABELS = 100_000
SIGNS = str.maketrans("+-", "-+")
KNOWN = """\
# autostable: the model has no output for the other labels
def of_known_classes(x, y, *weights):
    known = tf.reshape((y >= {low}) & (y <= {high}), [-1])
    return tuple(tf.boolean_mask(part, known) for part in (x, y, *weights))
"""


class RemapLabels(RemedyStrategy):
    """Bring labels into the range that the loss expects.

    ## What it does
    Class labels 1..K (or -1..K-2) with K outputs are counted from 0, and predictions are counted
    the user's way again. Labels such as 0/255, 1/2 or -1/1 before a binary crossentropy are mapped to 0/1.
    Rows whose class the model has no output for are left out, where they are few; where a row has many labels (pixels,
    tokens), those labels count for nothing, and the others of the row do. A label that the loss ignores (`ignore_class`) stays
    what it is, and such others become that one. In a step of your own, where nobody says what are
    labels, those without an output count 0 in the crossentropy of class numbers at the line; numbers 1..K of K classes get an
    output more.

    ## Why it works
    A sparse crossentropy reads beyond the last output: an error on the CPU, NaN on a GPU. A binary
    crossentropy with labels outside [0, 1] has no lower bound and runs away.

    ## Example
    ```python
    labels = rng.integers(1, 8, n)  # seven classes, 1..7
    model.add(layers.Dense(7, activation="softmax"))
    ```

    ## Use instead
    ```python
    model.fit(x, labels - 1)
    ```

    ## Safety
    Not safe in the strict sense: it decides what the labels mean. Check that the lowest label is
    the first class.

    ## References
    Documentation of `keras.losses.SparseCategoricalCrossentropy`; tensorflow issue 8484.
    """

    name: ClassVar[str] = "remap-labels"
    cures: ClassVar[tuple[Code, ...]] = (Code.LABELS_OUT_OF_RANGE, Code.LABELS_SUSPICIOUS)
    safe: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        loss = losses.canonical(evidence.model.loss)
        found: list[dict[str, Any]] = []
        matched = common.pairs(evidence)
        for layer, facts in matched:
            if not facts.low or not facts.high or facts.one_hot:
                continue
            own = loss in (None, "custom")
            refused = (
                own and evidence.symptom.kind == SymptomKind.ERROR
            )  # only class numbers are refused for their value
            sparse = loss == "sparse_categorical_crossentropy" or (
                own and facts.integers and (refused or activations.of_layer(layer) == "softmax")
            )
            values = losses.two_values(facts) if loss in losses.ONE_HOT else None
            if values is not None:
                found.append({"shift": values[0], "divisor": values[1] - values[0]})
            elif sparse:
                found += self._classes(layer, facts)
            elif loss in losses.BINARY or (own and activations.of_layer(layer) == "sigmoid"):
                found += self._binary(facts)
        if len(matched) > 1 and any({"keep", "ignore"} & each.keys() for each in found):
            return [{"op": OF_CLASS_NUMBERS, "file": None, "line": None}]  # weights of rows are those of all outputs
        return common.distinct(found) or self._refused(evidence)

    @staticmethod
    def _refused(evidence: Evidence) -> list[dict[str, Any]]:
        """Where nobody says what are labels: those without an output that the operation of a line of the user's was given."""
        finding = evidence.finding
        if finding is None or finding.op != OF_CLASS_NUMBERS or not common.has_line(finding.site):
            return []
        assert finding.site is not None
        left_out = {"op": finding.op, "file": finding.site.file, "line": finding.site.line}
        return [*RemapLabels._from_one(finding), left_out]

    @staticmethod
    def _from_one(finding: Finding) -> list[dict[str, Any]]:
        """Class numbers 1 to K of K classes, where a class 0 as frequent as the others would have been among them."""
        if finding.labels is None or finding.input_low is None or finding.input_high is None:
            return []
        count, classes = finding.labels
        from_one = finding.input_low >= 1 and finding.input_high == classes
        unseen = (classes / (classes + 1)) ** count
        return [{"offset": 1, "width": classes}] if from_one and unseen <= BY_CHANCE else []

    @staticmethod
    def _classes(layer: LayerFacts, facts: ArrayFacts) -> list[dict[str, Any]]:
        units = layer.units
        if units is None or units < 2:
            return []
        if not facts.integers:
            return RemapLabels._steps(units, facts)
        low, high = int(min(facts.low)), int(max(facts.high))
        if low >= 0 and high < units:
            return []
        found: list[dict[str, Any]] = []
        if low != 0 and high - low < units:
            found.append({"offset": 1 if low >= 1 and high <= units else low})
        if math.prod(facts.shape[1:]) > 1:  # a label for each pixel or token: of nearly every row some lie outside
            return [*found, {"ignore": [0, units - 1]}]
        total = sum(count for _, count in facts.classes)
        outside = sum(count for value, count in facts.classes if not 0 <= value < units)
        unlabelled = dict(facts.classes).get(-1, 0)  # scikit-learn's convention, and torch's by another number
        if total and (0 < outside < RARE * total or (not found and 0 < outside == unlabelled < total)):
            found.append({"keep": [0, units - 1]})
        return found

    @staticmethod
    def _steps(units: int, facts: ArrayFacts) -> list[dict[str, Any]]:
        """Class numbers that were scaled along with the inputs: values at equal distances, no more of them than units."""
        values = [value for value, _ in facts.classes]
        step = min((after - before for before, after in itertools.pairwise(values)), default=0.0)
        if len(values) != facts.distinct or not step > 0:
            return []
        numbers = [(value - values[0]) / step for value in values]
        whole = all(abs(number - round(number)) <= WHOLE for number in numbers)
        return [{"shift": values[0], "divisor": step, "whole": True}] if whole and round(numbers[-1]) < units else []

    @staticmethod
    def _binary(facts: ArrayFacts) -> list[dict[str, Any]]:
        low, high = min(facts.low), max(facts.high)
        if (low >= 0.0 and high <= 1.0) or not high > low:
            return []

        if losses.are_intensities(facts):
            return [
                {"scale": 255.0} if facts.distinct > 3 else {"divisor": 255.0}
            ]  # predictions come back as intensities
        if low == 0.0 and (facts.distinct == 2 or high == 100.0):
            return [{"divisor": float(high)}]
        if facts.distinct == 2:
            return [{"shift": float(low), "divisor": float(high - low)}]
        return []

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        if "op" in parameters:
            guard = OperationGuard(parameters["op"], parameters["file"], parameters["line"], None, 0.0)
            return dataclasses.replace(setup, operations=(*setup.operations, guard))
        if "offset" in parameters:
            width = int(parameters.get("width", setup.label_width))
            return dataclasses.replace(
                setup, label_offset=setup.label_offset + int(parameters["offset"]), label_width=width
            )
        if not {"offset", "keep"} & parameters.keys():
            setup = dataclasses.replace(setup, own_loss=False)  # it was computed on labels it has no place for
        if "scale" in parameters:
            return common.merge_targets(setup, [Affine((0.0,), (float(parameters["scale"]),))])
        if "divisor" in parameters:
            return dataclasses.replace(
                setup,
                label_shift=setup.label_shift + float(parameters.get("shift", 0.0)),
                label_divisor=setup.label_divisor * float(parameters["divisor"]),
                label_whole=bool(parameters.get("whole", False)),
            )
        if "ignore" in parameters:
            low, high = (float(value) for value in parameters["ignore"])
            return dataclasses.replace(setup, mask_labels_outside=(low, high))
        low, high = (float(value) for value in parameters["keep"])
        if setup.drop_labels_outside is not None:
            low, high = max(low, setup.drop_labels_outside[0]), min(high, setup.drop_labels_outside[1])
        return dataclasses.replace(setup, drop_labels_outside=(low, high))

    def describe(self, parameters: Parameters) -> str:
        if "op" in parameters:
            place = f" at {parameters['file']}:{parameters['line']}" if parameters["line"] else ""
            return f"labels without an output left out{place}"
        if "offset" in parameters:
            return f"labels counted from {parameters['offset']}"
        if "whole" in parameters:
            return (
                f"labels in steps of {parameters['divisor']:.4g} from {parameters['shift']:.4g} read as class numbers"
            )
        if "shift" in parameters:
            return f"labels {parameters['shift']:g} and {parameters['shift'] + parameters['divisor']:g} read as 0 and 1"
        if "scale" in parameters:
            return f"targets and predictions in units of {parameters['scale']:g}"
        if "divisor" in parameters:
            return f"labels divided by {parameters['divisor']:g}"
        if "keep" in parameters:
            return f"rows with labels outside {parameters['keep'][0]:g}..{parameters['keep'][1]:g} left out"
        if "ignore" in parameters:
            return f"labels outside {parameters['ignore'][0]:g}..{parameters['ignore'][1]:g} count for nothing"
        return "labels mapped to 0..1"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        if "op" in parameters:
            said = (
                "autostable: leave out the labels for which there is no output (`ignore_class` of the loss, or a mask)"
            )
            site = evidence.model.loss_site if evidence.finding is None else evidence.finding.site
            return common.note(site, said)
        if "offset" in parameters:
            return self._renumbered(int(parameters["offset"]), parameters.get("width"), evidence)
        if "scale" in parameters:
            scale = common.numbers([parameters["scale"]])
            todo = f"train on labels / {scale}; predictions are to be multiplied by {scale}"
            layer = f"keras.layers.Rescaling({scale}{common.in_float32(evidence)})"
            comment = (
                f"# autostable: the loss wants numbers in 0..1; predictions are in units of the labels, 0..{scale}\n"
            )
            return [
                *common.around_model(evidence, "output", comment + layer, todo=todo),
                *common.loss_in_units(evidence, "0.0", scale, todo),
            ]
        if "whole" in parameters:
            first, step = parameters["shift"], parameters["divisor"]
            todo = f"class numbers for loss and metrics: (label - {first:.9g}) / {step:.9g}, rounded"
            tensor = f'tf.cast(tf.round((tf.cast({{}}, "float32") - {first:.9g}) / {step:.9g}), "int32")'
            return _mapped(evidence, f'(({{}} - {first:.9g}) / {step:.9g}).round().astype("int32")', tensor, todo)
        if "divisor" in parameters:
            shift, divisor = parameters.get("shift", 0.0), parameters["divisor"]
            moved = "{}" if not shift else f"({{}} - {shift:g})" if shift > 0 else f"({{}} + {-shift:g})"
            todo = f"labels in 0..1 for loss and metrics: {moved.replace('{}', 'label')} / {divisor:g}"
            tensor = moved.replace("{}", 'tf.cast({}, "float32")') + f" / {divisor:g}"
            return _mapped(evidence, f"{moved} / {divisor:g}", tensor, todo)
        if "ignore" in parameters:
            return self._ignoring(parameters["ignore"], evidence)
        low, high = parameters["keep"]
        return common.before_fit(
            evidence,
            "# autostable: the model has no output for the other labels\n"
            f"known = (({{y}} >= {low:g}) & ({{y}} <= {high:g})).reshape(len({{y}}))\n"
            "{x}, {y} = {x}[known], {y}[known]\n"
            "{w} = {w}[known]",
            batches=KNOWN.format(low=int(low), high=int(high)),
        )

    @staticmethod
    def _renumbered(offset: int, width: int | None, evidence: Evidence) -> Sequence[SourceChange]:
        """An output for each number that occurs, where labels do not begin at 0; else labels from 0."""
        outputs = [layer for layer in common.outputs_of(evidence) if layer.kind == "Dense" and layer.units]
        if width is not None:
            outputs = [layer for layer in outputs if layer.units == width]
        if offset > 0 and len(outputs) == 1 and outputs[0].units is not None:
            return common.set_argument(outputs[0].site, "Dense", "units", str(outputs[0].units + offset))
        by = f"- {offset}" if offset >= 0 else f"+ {-offset}"
        todo = f"classes are counted from 0 in the model: label {by} goes in, and prediction {by.translate(SIGNS)} comes out"
        return _mapped(evidence, f"{{}} {by}", f"{{}} {by}", todo)

    @staticmethod
    def _ignoring(kept: Sequence[float], evidence: Evidence) -> Sequence[SourceChange]:
        """One number for what is not labelled is an argument of the loss, several become the one it ignores or want weights."""
        low, high = kept
        ignored = _ignored(evidence)
        if ignored is not None:
            todo = f"labels outside {low:g}..{high:g} are to be {ignored}, which the loss ignores"
            code, tensor = (
                f"{wh}(({{}} >= {low:g}) & ({{}} <= {high:g}), {{}}, {ignored})" for wh in ("np.where", "tf.where")
            )
            return common.mapped_labels(evidence, code, tensor, todo)
        outside = sorted({value for facts in evidence.targets for value in _numbers(facts) if not low <= value <= high})
        if evidence.model.loss == losses.SPARSE and len(outside) == 1 and outside[0] == int(outside[0]):
            logits = ", from_logits=True" if evidence.model.from_logits else ""
            code = f"keras.losses.SparseCategoricalCrossentropy(ignore_class={int(outside[0])}{logits})"
            return common.set_argument(evidence.model.loss_site, "compile", "loss", code)
        said = f"autostable: give labels outside {low:g}..{high:g} a sample weight of 0 and a class that there is"
        return common.note(evidence.model.fit_site, said)


def _ignored(evidence: Evidence) -> int | None:
    """The label that the loss of the only output ignores; None where it ignores none."""
    return evidence.targets[0].ignored if len(evidence.targets) == 1 else None


def _mapped(evidence: Evidence, code: str, inline: str, todo: str) -> Sequence[SourceChange]:
    """Other labels (see `_common.mapped_labels`); the one that the loss ignores stays what it is."""
    ignored = _ignored(evidence)
    if ignored is None:
        return common.mapped_labels(evidence, code, inline, todo)
    kept = (f"{{}} == {ignored}, {ignored}, {each}" for each in (code, inline))
    by_array, by_tensor = kept
    return common.mapped_labels(
        evidence, f"np.where({by_array})", f"tf.where({by_tensor})", f"{todo}; {ignored} is ignored, and stays"
    )


def _numbers(facts: ArrayFacts) -> list[float]:
    """The labels that there are; where they were too many to count, all whole numbers that there may be."""
    if facts.integers and not facts.classes and facts.low and facts.high:
        return [float(label) for label in range(int(min(facts.low)), int(max(facts.high)) + 1)][:MOST_LABELS]
    return [value for value, _ in facts.classes]
