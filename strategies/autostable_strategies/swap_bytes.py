"""swap-bytes: inputs that were read in the wrong byte order are read in the other one."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, ClassVar

from autostable.evidence import ArrayFacts, EntryFacts, Evidence
from autostable.knowledge import scales
from autostable.records import Code
from autostable.setup import Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

NUMPY = ("frombuffer", "fromfile", "memmap", "fromstring")  # functions that read bytes as an array of a `dtype`
MEND = "mend the reading: dtype='>{}' for NumPy, little_endian=False for decode_raw"


class SwapBytes(RemedyStrategy):
    """Read inputs in the other order of their bytes.

    ## What it does
    Gives the model its inputs with the bytes of each number in the other order, as the numbers were stored: floats as they
    are, 16-bit numbers that came to be floats (whole, or divided by 32768 or 65535) as such. Where a `tf.data` pipeline
    decodes them, it decodes them so, and what it computes of them is computed of the right numbers. What is out of scale
    then is standardised as well, and a `Normalization` that was adapted to the wrong numbers is adapted to the right ones.

    ## Why it works
    FITS, netCDF, IDL, Java and many instruments write the first byte first; a PC reads the last one first unless it is told. A
    float's last bits then stand for its exponent: of values about 1 come values from 1e-38 to 1e38 of any sign, and NaN.
    In the other order all are finite and lie together; that does not happen by chance.

    ## Example
    ```python
    flux = np.frombuffer(record, "<f4")  # the archive stores big-endian numbers
    ```

    ## Use instead
    ```python
    flux = np.frombuffer(record, ">f4").astype("float32")
    flux = tf.io.decode_raw(record, tf.float32, little_endian=False)
    ```

    ## Safety
    Not safe in the strict sense: it says that data mean something else. It is offered only where they make sense in the other
    order and not in this one. Whatever is read later is taken to be stored alike.

    ## References
    D. Cohen, "On Holy Wars and a Plea for Peace", 1980.
    """

    name: ClassVar[str] = "swap-bytes"
    cures: ClassVar[tuple[Code, ...]] = (Code.DATA_NONFINITE, Code.DATA_UNSCALED_INPUTS)
    instead_of: ClassVar[tuple[str, ...]] = ("rescale-inputs",)
    safe: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        found = [facts for facts in evidence.inputs if facts.misread is not None]
        if not found or not all(map(_within_reach, found)):
            return ()
        decoded = {facts.misread.stored for facts in found if facts.misread is not None and facts.misread.decoded}
        if len(decoded) > 1:
            return ()
        adapted = _adapted(evidence)
        rows = zip(evidence.inputs, scales.to_rescale(evidence), scales.entries(evidence), strict=True)
        inputs = [_treated(facts, raw, None if adapted else entry, bool(adapted)) for facts, raw, entry in rows]
        return [{"inputs": inputs, "decoded": next(iter(decoded), ""), "layers": adapted}]

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        given = parameters["inputs"]
        swapped = [
            {"swapped": (value["stored"], float(value["divisor"]))} if value is not None and "stored" in value else None
            for value in given
        ]
        setup = common.merge_inputs(setup, swapped) if any(swapped) else setup
        maps = [None if value is None or "scale" not in value else common.plain_affine(value) for value in given]
        setup = common.merge_rescaling(setup, maps) if any(maps) else setup
        layers = {name: (tuple(each["mean"]), tuple(each["variance"])) for name, each in parameters["layers"].items()}
        decoded = parameters["decoded"] or setup.decoded_swapped
        return dataclasses.replace(setup, decoded_swapped=decoded, statistics={**setup.statistics, **layers})

    def describe(self, parameters: Parameters) -> str:
        scaled = any(value is not None and "scale" in value for value in parameters["inputs"])
        how = "decoded" if parameters["decoded"] else "read"
        return f"inputs {how} with their bytes in the other order{', and rescaled' if scaled else ''}"

    def brief(self, parameters: Parameters) -> str:
        return "bytes swapped"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        changes: list[SourceChange] = []
        for place, value in enumerate(parameters["inputs"]):
            facts = evidence.inputs[place] if place < len(evidence.inputs) else None
            if facts is not None and facts.misread is not None:
                changes += [each for each in _reread(evidence, facts, place, value) if each not in changes]
            if value is not None and "scale" in value:
                comment = "# autostable: the model standardises its inputs itself"
                changes += common.standardized(evidence, value, place, comment)
        for layer in evidence.model.layers:
            if layer.name in parameters["layers"]:
                todo = "TODO(autostable): adapt this layer to the numbers in their right byte order"
                changes += common.note(layer.adapted_site or layer.site, todo)
        return changes


def _within_reach(facts: ArrayFacts) -> bool:
    """Whether the model's own inputs still hold the bytes: Keras makes 32-bit floats of 64-bit ones before it sees them."""
    return facts.misread is not None and (facts.misread.decoded or facts.misread.stored != "float64")


def _treated(facts: ArrayFacts, raw: bool, entry: EntryFacts | None, adapted: bool) -> dict[str, Any] | None:
    """What is done to one input; None where nothing is."""
    if facts.misread is None:
        if not raw:
            return None
        return common.affine(facts, "standard") if entry is None else common.before_entry(facts, entry, "standard")
    known = facts.misread.facts
    stored = {} if facts.misread.decoded else {"stored": facts.misread.stored, "divisor": facts.misread.divisor}
    scaled = {} if adapted else _scaled(known, entry)
    return {**stored, **scaled} or None


def _scaled(known: ArrayFacts, entry: EntryFacts | None) -> dict[str, Any]:
    """The map that brings numbers in their right order to what the model expects of them; empty where they are so."""
    if entry is None:
        return common.affine(known, "standard") if scales.out_of_order(known) else {}
    if not entry.scale or not scales.out_of_order(_through(known, entry)):
        return {}
    return common.before_entry(known, entry, "standard") or {}


def _through(known: ArrayFacts, entry: EntryFacts) -> ArrayFacts:
    """The facts of what the model's own rescaling makes of numbers."""
    count = scales.features(known)
    maps = [(scales.at(entry.center, index), scales.at(entry.scale, index) or 1.0) for index in range(count)]
    means = tuple((scales.at(known.mean, i) - center) / by for i, (center, by) in enumerate(maps))
    spreads = tuple(scales.at(known.std, i) / abs(by) for i, (_, by) in enumerate(maps))
    return dataclasses.replace(known, integers=False, outlier_count=0, mean=means, std=spreads)


def _adapted(evidence: Evidence) -> dict[str, dict[str, list[float]]]:
    """What layers that were adapted to the wrong numbers are to be adapted to."""
    layers = [layer for layer in evidence.model.layers if layer.statistics]
    if len(evidence.inputs) != 1 or evidence.inputs[0].misread is None or len(layers) != 1:
        return {}
    facts = evidence.inputs[0].misread.facts
    count = scales.features(facts)
    means, spreads = ([scales.at(each, index) for index in range(count)] for each in (facts.mean, facts.std))
    variances = [spread**2 or 1.0 for spread in spreads]
    if layers[0].statistics == 1 < count:
        whole = math.fsum(means) / count
        within = math.fsum(each**2 + (mean - whole) ** 2 for each, mean in zip(spreads, means, strict=True)) / count
        means, variances = [whole], [within or 1.0]
    return {layers[0].name: {"mean": means, "variance": variances}} if layers[0].statistics == len(means) else {}


def _reread(evidence: Evidence, facts: ArrayFacts, place: int, value: Any) -> Sequence[SourceChange]:
    """Where the user's code reads the bytes: there; else a layer in front of the model."""
    misread = facts.misread
    assert misread is not None
    short = f"{misread.stored.rstrip('0123456789')[0]}{int(misread.stored.lstrip('abcdefghijklmnopqrstuvwxyz')) // 8}"
    mend = MEND.format(short)
    if misread.reader == "decode_raw":
        return common.set_argument(facts.site, "decode_raw", "little_endian", "False")
    if misread.reader in NUMPY:
        return common.wrapped_call(facts.site, misread.reader, "{}.byteswap()", mend)
    if misread.decoded or value is None:
        return common.note(facts.site or evidence.model.fit_site, f"TODO(autostable): {mend}")
    whole = f"keras.ops.round(inputs * {misread.divisor:g})" if misread.divisor != 1.0 else "inputs"
    back = "swapped" if misread.stored.startswith("float") else 'tf.cast(swapped, "float32")'
    back += f" / {misread.divisor:g}" if misread.divisor != 1.0 else ""
    code = (
        "# autostable: the inputs were read with their bytes in the wrong order; better\n"
        f"# {mend}\n"
        "@keras.saving.register_keras_serializable()\n"
        "class SwapBytes(keras.layers.Layer):\n"
        '    """Numbers with their bytes in the other order."""\n\n'
        "    def call(self, inputs):\n"
        f'        pieces = tf.bitcast(tf.cast({whole}, "{misread.stored}"), tf.uint8)\n'
        f'        swapped = tf.bitcast(tf.reverse(pieces, [-1]), "{misread.stored}")\n'
        f"        return {back}\n"
        "SwapBytes()"
    )
    return common.around_model(evidence, "fill", code, place=place, todo=mend)
