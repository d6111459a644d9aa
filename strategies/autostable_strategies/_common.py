"""What several remedies need: maps of data, merging of knobs, source edits."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeGuard

from autostable.evidence import ArrayFacts, EntryFacts, Evidence, LayerFacts
from autostable.knowledge.activations import CLASSES
from autostable.knowledge.scales import IQR, at, features, out_of_order, robust_spread
from autostable.records import Site
from autostable.setup import Affine, InputKnobs, Setup
from autostable.strategy import SourceChange

BYTES = 255.0
FEWEST_NORMS = 25  # steps whose norms make a spread: ZClip's own warm-up
LEAST_SPREAD = 0.01  # of the median: norms that were all but equal must not make an outlier of every step
ROUNDED = 0.01  # the scale 1 / 127.5 may be written 1 / 128 or 0.0079
OF_NORMALIZATION = (1e-6, 1e18)  # deviations that a Normalization in float32 divides by as they are
MOST_WRITTEN = 128  # numbers of an array's features that are written into a source edit
NOT_HOMOGENEOUS = frozenset({"huber", "log_cosh"})  # losses that are others in other units
MATRIX_KINDS = ("Dense", "EinsumDense", "Conv", "SeparableConv", "DepthwiseConv")


def round_125(value: float) -> float:
    """The nearest of 1, 2, 5 times a power of ten."""
    exponent = math.floor(math.log10(value))
    best = min(
        ((digit, power) for power in (exponent, exponent + 1) for digit in (1, 2, 5)),
        key=lambda pair: abs(math.log10(value) - math.log10(pair[0]) - pair[1]),
    )
    return float(f"{best[0]}e{best[1]}")


def usual_norm(evidence: Evidence) -> tuple[float, float] | None:
    """Median and robust deviation of the gradients' joint norm over the last quarter of the steps that were sound.

    None where too few are known to speak of a spread.
    """
    norms = [norm for norm in evidence.course.gradients if math.isfinite(norm) and norm > 0.0]
    last = norms[-max(FEWEST_NORMS, len(norms) // 4) :]
    if len(last) < FEWEST_NORMS:
        return None
    middle, deviation = robust_spread(last)
    return middle, max(deviation, LEAST_SPREAD * middle)


def distinct(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items without repetition, in order."""
    seen: list[dict[str, Any]] = []
    for item in items:
        if item not in seen:
            seen.append(item)
    return seen


def hidden(evidence: Evidence) -> list[LayerFacts]:
    """The layers that are not outputs, in order."""
    return [layer for layer in evidence.model.layers if not layer.is_output]


def outputs_of(evidence: Evidence) -> list[LayerFacts]:
    """The output layers; one without a width of its own (an activation layer) has that of the layer before."""
    found, units = [], None
    for layer in evidence.model.layers:
        units = layer.units if layer.units is not None else units
        if layer.is_output:
            found.append(layer if layer.units is not None else dataclasses.replace(layer, units=units))
    return sorted(found, key=lambda layer: layer.place)


def pairs(evidence: Evidence) -> list[tuple[LayerFacts, ArrayFacts]]:
    """Each output layer with its target, where they can be told apart."""
    outputs = outputs_of(evidence)
    if len(outputs) != len(evidence.targets):
        return []
    return list(zip(outputs, evidence.targets, strict=True))


def validation_inputs(evidence: Evidence) -> list[ArrayFacts]:
    """The inputs among the validation data."""
    return [facts for facts in evidence.validation if facts.name.startswith("validation x")]


def says_more(output: LayerFacts, facts: ArrayFacts) -> bool:
    """Whether an output is no prediction of its target, but the parameters of a distribution, say."""
    return output.units is not None and output.units != features(facts)


# -- scales -------------------------------------------------------------------------------------


def has_outliers(facts: ArrayFacts) -> bool:
    """Whether single entries blow up the standard deviation."""
    return facts.outlier_count > 0 or any(
        at(facts.std, index) > 20.0 * at(facts.iqr, index) / IQR > 0.0 for index in range(features(facts))
    )


def _same_unit(facts: ArrayFacts) -> bool:
    """Many columns of one unit (flattened pixels): one scale for all keeps rarely lit ones quiet."""
    if features(facts) < 16 or not (facts.integers or facts.dtype == "uint8"):
        return False
    low, high = min(facts.low, default=0.0), max(facts.high, default=0.0)
    return low >= 0.0 and 16.0 <= high <= 255.0


def affine(facts: ArrayFacts, method: str) -> dict[str, list[float]]:
    """Center and scale per feature by mean and standard deviation, by median and quartiles, or by the least and the most."""
    count = features(facts)
    if method == "range":
        one = _same_unit(facts)
        low = [min(facts.low)] if one else [at(facts.low, index) for index in range(count)]
        high = [max(facts.high)] if one else [at(facts.high, index) for index in range(count)]
        return {"center": low, "scale": [most - least or 1.0 for least, most in zip(low, high, strict=True)]}
    if _same_unit(facts) and method == "standard":
        center = sum(at(facts.mean, index) for index in range(count)) / count
        variance = sum(at(facts.std, index) ** 2 + (at(facts.mean, index) - center) ** 2 for index in range(count))
        return {"center": [center], "scale": [math.sqrt(variance / count) or 1.0]}
    centers, scales = [], []
    for index in range(count):
        mean, std = at(facts.mean, index), at(facts.std, index)
        if method == "robust":
            spread = at(facts.iqr, index) / IQR
            kept = (at(facts.kept_high, index) - at(facts.kept_low, index)) / 4.0
            center = at(facts.median, index, mean)
            scale = spread if spread > 0.0 else kept if 0.0 < kept < std else std
        else:
            # a column that is almost always the same must not be blown up where it is not
            reach = (at(facts.high, index) - at(facts.low, index)) / 20.0
            center, scale = mean, max(std, reach) if std > 0.0 else 0.0
        negligible = scale <= 1e-12 * max(abs(center), 1e-30)
        centers.append(center)
        scales.append(1.0 if negligible else scale)
    return {"center": centers, "scale": scales}


def sparing(found: dict[str, list[float]] | None, features: Collection[int]) -> dict[str, list[float]] | None:
    """A map that leaves some features as they are."""
    if found is None or not features:
        return found
    return {
        key: [plain if index in features else value for index, value in enumerate(found[key])]
        for key, plain in (("center", 0.0), ("scale", 1.0))
    }


def before_entry(facts: ArrayFacts, entry: EntryFacts, method: str) -> dict[str, list[float]] | None:
    """The map of an input after which the model's own rescaling puts it in order; None where that is no affine map."""
    if not entry.scale:
        return None
    if in_bytes(facts, entry):
        return {"center": [0.0], "scale": [1.0 / BYTES]}
    wanted = affine(facts, method) if out_of_order(facts) else {"center": [0.0], "scale": [1.0]}
    width = max(len(entry.scale), len(wanted["scale"]))
    rows = [
        tuple(values) * width if len(values) == 1 else tuple(values)
        for values in (wanted["center"], wanted["scale"], entry.center, entry.scale)
    ]
    # of the two maps (x - c) / s and (x - e) / t the first, and then the other one backwards
    maps = [(c - e * s / t, s / t) for c, s, e, t in zip(*rows, strict=True)]
    return {"center": [center for center, _ in maps], "scale": [scale for _, scale in maps]}


def in_bytes(facts: ArrayFacts, entry: EntryFacts) -> bool:
    """Whether pixels were divided by 255 for a model that expects bytes, and brings them to -1 ... 1 itself."""
    if len(entry.scale) != 1 or min(facts.low) < 0.0 or not 0.0 < max(facts.high) <= 1.0:
        return False
    low, high = -entry.center[0] / entry.scale[0], (BYTES - entry.center[0]) / entry.scale[0]
    return any(abs(low - wanted) <= ROUNDED for wanted in (-1.0, 0.0)) and abs(high - 1.0) <= ROUNDED


def plain_affine(value: Any) -> Affine:
    """An affine map from its JSON form."""
    return Affine(tuple(float(v) for v in value["center"]), tuple(float(v) for v in value["scale"]))


def after(first: Affine | None, second: Affine) -> Affine:
    """The map that does `first` and then `second`."""
    if first is None:
        return second
    width = max(len(first.center), len(first.scale), len(second.center), len(second.scale))
    c1, s1, c2, s2 = (
        tuple(values) * width if len(values) == 1 else tuple(values)
        for values in (first.center, first.scale, second.center, second.scale)
    )
    return Affine(
        tuple(c + d * s for c, s, d in zip(c1, s1, c2, strict=True)), tuple(s * t for s, t in zip(s1, s2, strict=True))
    )


# -- merging knobs ------------------------------------------------------------------------------


def merge_inputs(setup: Setup, changes: Sequence[dict[str, Any] | None]) -> Setup:
    """Put fields into the knobs of each input, keeping the others."""
    knobs = list(setup.inputs) + [InputKnobs()] * max(0, len(changes) - len(setup.inputs))
    for index, change in enumerate(changes):
        if change:
            knobs[index] = dataclasses.replace(knobs[index], **change)
    return dataclasses.replace(setup, inputs=tuple(knobs))


def merge_rescaling(setup: Setup, maps: Sequence[Affine | None]) -> Setup:
    """Put affine maps behind those that the inputs already have."""
    before = [knobs.rescale for knobs in setup.inputs] + [None] * max(0, len(maps) - len(setup.inputs))
    return merge_inputs(
        setup, [None if new is None else {"rescale": after(old, new)} for old, new in zip(before, maps, strict=False)]
    )


def merge_targets(setup: Setup, maps: Sequence[Affine | None]) -> Setup:
    """Put affine maps behind those that the targets already have."""
    targets: list[Affine | None] = list(setup.targets) + [None] * max(0, len(maps) - len(setup.targets))
    for index, new in enumerate(maps):
        if new is not None:
            targets[index] = after(targets[index], new)
    return dataclasses.replace(setup, targets=tuple(targets))


def merge_optimizer(setup: Setup, **changes: Any) -> Setup:
    """Put fields into the optimizer's knobs, keeping the others."""
    return dataclasses.replace(setup, optimizer=dataclasses.replace(setup.optimizer, **changes))


# -- source edits -------------------------------------------------------------------------------


def has_line(site: Site | None) -> TypeGuard[Site]:
    """Whether a site is known down to a line of a file, so that a change can be made there."""
    return site is not None and site.file is not None and site.line is not None


def set_argument(site: Site | None, call: str | None, keyword: str, code: str) -> list[SourceChange]:
    """Keyword of the call `call` at the site; nothing where the place is not known."""
    if not has_line(site) or not call:
        return []
    return [SourceChange(site, "set-argument", f"{call}.{keyword}", code)]


def set_rate(evidence: Evidence, factor: float) -> list[SourceChange]:
    """The learning rate that is written where the optimizer is made, times a factor, if it is the one that was in force."""
    model = evidence.model
    rate = model.learning_rate or 0.0
    changes = set_argument(model.optimizer_site, model.optimizer, "learning_rate", rate_code(rate * factor))
    todo = f"multiply the learning rate by {factor:g}; it is not the one written here that was in force ({rate:g})"
    return [dataclasses.replace(change, inline=repr(rate), todo=todo) for change in changes]


def before_fit(evidence: Evidence, code: str, *, fitted: bool = False, batches: str = "") -> list[SourceChange]:
    """Lines before the call of `fit`; `{x}`, `{y}`, `{w}`, `{x_val}` and `{y_val}` stand for its arguments.

    Data sets are mapped through the function that `batches` defines.
    """
    site = evidence.model.fit_site
    if not has_line(site):
        return []
    return [SourceChange(site, "insert-before", "fit", code, fitted, inline=batches)]


def around_model(
    evidence: Evidence,
    where: str,
    code: str,
    *,
    place: int = 0,
    inline: str = "",
    todo: str,
    fitted: bool = True,
    built: bool = False,
) -> list[SourceChange]:
    """A layer at the boundary of the model, in front of one of its inputs or behind one of its outputs.

    Args:
        evidence: Of the training.
        where: One of `strategy.LAYERS`.
        code: Comment lines, the definition of the layer's class if it is not one of Keras' own, and the layer in the last line.
        place: Which input or output.
        inline: The same as an expression of `{}`, for a model of the user's own class.
        todo: What to do by hand where no model can be wrapped for sure.
        fitted: Numbers in it are those of the data.
        built: It needs a model that has its weights.
    """
    model = evidence.model
    site = model.fit_site or model.optimizer_site or next((layer.site for layer in model.layers if layer.site), None)
    if not has_line(site) or model.bare:
        return note(site, f"TODO(autostable): {todo}")
    # of texts the shape is left to the model to find
    numbers_in = len(evidence.inputs) == 1 and evidence.inputs[0].dtype.startswith(("float", "int", "uint", "bool"))
    shape = evidence.inputs[0].shape[1:] or (1,) if numbers_in else ()
    count = len(model.outputs) if where == "output" else len(evidence.inputs)
    compiled = model.loss_site or model.optimizer_site
    return [
        SourceChange(
            site, "wrap-model", where, code, fitted, inline=inline, todo=todo, place=place, of=max(count, 1),
            shape=tuple(shape), compiled=compiled, built=built,
        )
    ]  # fmt: skip


def mapped_labels(evidence: Evidence, code: str, inline: str, todo: str) -> list[SourceChange]:
    """Other labels for training, validation and evaluation: an expression of the labels `{}`, and one of a tensor of them."""
    site = evidence.model.fit_site
    if not has_line(site):
        return note(evidence.model.optimizer_site, f"TODO(autostable): {todo}")
    return [SourceChange(site, "map-labels", "fit", code, True, inline=inline, todo=todo)]


def multiplied_schedule(evidence: Evidence, factor: float) -> list[SourceChange]:
    """The schedule of the learning rate times a factor."""
    return [
        dataclasses.replace(change, factor=factor if change.action == "wrap-rate" else 0.0)
        for change in changed_schedule(evidence, f"{factor:g} * {{}}")
    ]


def changed_schedule(evidence: Evidence, expression: str, floor: str = "") -> list[SourceChange]:
    """The schedule of the learning rate put into another one: `expression` of the rate `{}`; `floor` of a callback's rates."""
    model = evidence.model
    what = expression.replace("{}", "rate").replace("keras.ops.", "")
    todo = f"use {what} in the place of each rate of the schedule"
    if model.optimizer_site is None or not model.optimizer or model.optimizer_site.line is None:
        return note(model.rate_site, f"TODO(autostable): {todo}")
    code = (
        "@keras.saving.register_keras_serializable()\n"
        "class ChangedRate(keras.optimizers.schedules.LearningRateSchedule):\n"
        '    """Another schedule with its rates changed."""\n\n'
        "    def __init__(self, schedule):\n"
        "        self.schedule = schedule\n\n"
        "    def __call__(self, step):\n"
        f"        return {expression.replace('{}', 'self.schedule(step)')}\n\n"
        "    def get_config(self):\n"
        '        return {"schedule": self.schedule}\n\n'
        "    @classmethod\n"
        "    def from_config(cls, config):\n"
        '        return cls(keras.saving.deserialize_keras_object(config["schedule"]))\n'
        "ChangedRate"
    )
    return [SourceChange(model.optimizer_site, "wrap-rate", model.optimizer, code, inline=floor, todo=todo)]


def wrapped_call(site: Site | None, call: str, code: str, todo: str) -> list[SourceChange]:
    """A call put into an expression, where `{}` stands for it; nothing where the place is not known."""
    if not has_line(site):
        return []
    return [SourceChange(site, "wrap-call", call, code, todo=todo)]


def in_target_units(evidence: Evidence, center: str, scale: str, degree: int) -> str:
    """The definition of a layer that gives predictions in the targets' unit, and the layer."""
    passed = "inputs" if degree == 1 else "inputs / scale"
    return (
        "@keras.saving.register_keras_serializable()\n"
        "class InTargetUnits(keras.layers.Layer):\n"
        '    """Predictions in the targets\' unit; gradients are those of a loss in units of order one."""\n\n'
        "    def call(self, inputs):\n"
        f"        center, scale = {center}, {scale}\n"
        f"        passed = {passed}\n"
        "        answer = keras.ops.stop_gradient(inputs * scale + center)\n"
        "        return answer + (passed - keras.ops.stop_gradient(passed))\n"
        f"InTargetUnits({in_float32(evidence).removeprefix(', ')})"
    )


def wrapped_loss(evidence: Evidence, code: str, todo: str) -> list[SourceChange]:
    """The function that `code` defines in the place of the loss that a model is compiled with, `{loss}` in it."""
    model = evidence.model
    site = model.fit_site or model.loss_site
    if not has_line(site):
        return note(model.optimizer_site, f"TODO(autostable): {todo}")
    count = len(evidence.targets) or 1
    return [SourceChange(site, "wrap-loss", "loss", code, True, todo=todo, of=count, compiled=model.loss_site)]


def loss_in_units(evidence: Evidence, center: str, scale: str, todo: str) -> list[SourceChange]:
    """The user's loss taken of targets and predictions in units of order one."""
    moved = "({name} - center) / scale" if center not in ("0.0", "-0.0") else "{name} / scale"
    code = (
        "# autostable: the loss is taken in units of order one; so is what is shown of it\n"
        "@keras.saving.register_keras_serializable()\n"
        "def loss_in_units(y_true, y_pred):\n"
        + (f"    center, scale = {center}, {scale}\n" if "center" in moved else f"    scale = {scale}\n")
        + "    loss = keras.losses.get({loss})\n"
        '    y_true = keras.ops.cast(y_true, "float32")\n'
        f"    y_true, y_pred = {moved.format(name='y_true')}, {moved.format(name='y_pred')}\n"
        '    return getattr(loss, "call", loss)(y_true, y_pred)\n'
    )
    return wrapped_loss(evidence, code, todo)


def in_float32(evidence: Evidence) -> str:
    """The argument that keeps a layer from computing in half precision, where the model does."""
    return ', dtype="float32"' if "16" in evidence.model.precision else ""


def rate_code(rate: float) -> str:
    """A learning rate as code, to three digits; Keras takes no whole numbers."""
    shown = f"{rate:.3g}"
    return shown if set(shown) & set(".en") else f"{shown}.0"


def numbers(values: Sequence[float]) -> str:
    """Numbers as code, to seven digits: one by itself, several as a list."""
    shown = [float(f"{value:.7g}") for value in values]
    return repr(shown[0]) if len(shown) == 1 else repr(shown)


def standardized(evidence: Evidence, value: Any, place: int, comment: str) -> list[SourceChange]:
    """A layer that brings one input into order, with center and scale in numbers."""
    center, scale = value["center"], value["scale"]
    shown = f"(x - {numbers(center)}) / {numbers(scale)}"
    if len(center) > MOST_WRITTEN:
        todo = "every column of the inputs is to be (x - mean) / deviation, whatever the model is given"
        return note(evidence.model.fit_site or evidence.model.optimizer_site, f"TODO(autostable): {todo}")
    half, todo = in_float32(evidence), f"x is to be {shown}, whatever the model is given"
    if all(low < each < high for each in scale for low, high in [OF_NORMALIZATION]):
        axis = "axis=None, " if len(center) == 1 else ""
        variance = numbers([each * each for each in scale])
        code = f"keras.layers.Normalization({axis}mean={numbers(center)}, variance={variance}{half})"
        inline = f'(keras.ops.cast({{}}, "float32") - {numbers(center)}) / {numbers(scale)}'
        return around_model(evidence, "scale", f"{comment}\n{code}", place=place, inline=inline, todo=todo)
    # one after the other: far from 0 a difference has the digits that a difference of products has not
    moved = f"keras.layers.Rescaling(1.0, offset={numbers([-each for each in center])}{half})"
    scaled = f"keras.layers.Rescaling({numbers([1.0 / each for each in scale])}{half})"
    inlines = f'keras.ops.cast({{}}, "float32") - {numbers(center)}', f"{{}} / {numbers(scale)}"
    return [
        change
        for code, inline in zip((moved, scaled), inlines, strict=True)
        for change in around_model(evidence, "scale", f"{comment}\n{code}", place=place, inline=inline, todo=todo)
    ]


def note(site: Site | None, text: str) -> list[SourceChange]:
    """A comment before the line, where no sure change of the code is possible."""
    if not has_line(site):
        return []
    if text.startswith("autostable: "):
        text = f"TODO(autostable): {text.removeprefix('autostable: ')}"
    return [SourceChange(site, "note", "", text)]


def activation_changes(activations: dict[str, str], evidence: Evidence) -> list[SourceChange]:
    """The activations of layers, written at the lines that build them."""
    changes: list[SourceChange] = []
    for layer in evidence.model.layers:
        if layer.name not in activations or layer.activation is None:
            continue
        if layer.kind in CLASSES:
            code = f'keras.layers.Activation("{activations[layer.name]}")'
            wanted = wrapped_call(layer.site, layer.kind, code, f"{code} in the place of this {layer.kind}")
        else:
            wanted = set_argument(layer.site, layer.kind, "activation", quoted(activations[layer.name]))
        changes += [change for change in wanted if change not in changes]
    return changes


def listed(names: Sequence[str], most: int = 2) -> str:
    """Some names for a phrase: "a, b and 3 more"."""
    if len(names) <= most:
        return ", ".join(names) or "nothing"
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def initialized(kind: str) -> tuple[str, str]:
    """Which variable of a kind of layer is drawn anew, and its usual initializer in Keras."""
    if kind == "Embedding":
        return "embeddings", "random_uniform"
    return ("gamma", "ones") if kind.endswith("Normalization") else ("kernel", "glorot_uniform")


def initializer_changes(initializers: dict[str, str], evidence: Evidence) -> list[SourceChange]:
    """The initializers of layers, written at the lines that build them."""
    changes: list[SourceChange] = []
    for layer in evidence.model.layers:
        if layer.name not in initializers or not layer.builtin:
            continue
        variable, _ = initialized(layer.kind)
        for change in set_argument(layer.site, layer.kind, f"{variable}_initializer", quoted(initializers[layer.name])):
            if change not in changes:
                changes.append(change)
    return changes


def quoted(text: str) -> str:
    """A Python string in double quotes."""
    return f'"{text}"'
