"""Causes that lie in the data."""

from __future__ import annotations

import bisect
from collections.abc import Collection, Iterator

from autostable.evidence import ArrayFacts, EntryFacts, Evidence
from autostable.knowledge import losses, scales
from autostable.knowledge.signs import Kind, Said, Sign
from autostable.records import Code, Site, SymptomKind

FIGURE = "figure"  # under which a symptom names the validation figure that a callback reads
PUT_BACK = "put_back"  # that the weights at the end of a loop are earlier ones than those of its last step

BORNE = Sign("NaN or Inf in the data of a training that stays finite", Kind.GUESS)
REACHED = Sign("NaN or Inf in the data, and it is the first bad number of the step", Kind.LOCATED)
HELD = Sign("NaN or Inf in the data of a training that was not located")
BESIDE = Sign("NaN or Inf in the inputs, and the first bad number elsewhere")
READ_BY_A_CALLBACK = Sign("NaN or Inf in the validation data, and a callback reads it", Kind.LOCATED)
IN_VALIDATION = Sign("NaN or Inf in the validation data")
IN_THE_BATCH = Sign("NaN or Inf in the failing batch", Kind.LOCATED)
LEFT_OUT_LATE = Sign("a where that leaves bad data out too late", Kind.PLAIN)
LEFT_OUT = Sign("NaN or Inf in the data, and a where that leaves them out too late")
ADAPTED_TO_GAPS = Sign("a Normalization that was adapted to NaN or Inf", Kind.PLAIN)
FAR_OUT = Sign("single inputs orders of magnitude beyond the rest", Kind.PLAIN)
FAR_OUT_OF_ITS_COLUMN = Sign("single inputs beyond the rest of their column")
FAR_OUT_TARGET = Sign("single targets orders of magnitude beyond the rest", Kind.PLAIN)
_GRADES = ("somewhat", "clearly", "far", "absurdly")
RAW_INPUTS = tuple(Sign(f"inputs {grade} out of scale") for grade in _GRADES)
MISREAD = Sign("inputs that were read with their bytes in the wrong order", Kind.PLAIN)
CUT = Sign("codes that are no whole numbers", Kind.PLAIN)
ALTERED = Sign("stored data that reading them changes", Kind.PLAIN)
SCATTERED = Sign("rows that each lie elsewhere")
MISJUDGED = Sign("a layer that takes pictures to lie in another range", Kind.LOCATED)
MISFED = Sign("a Normalization that is given other numbers than it was adapted to")
RAW_BEHIND_IDLE = Sign("raw inputs that a normalisation was to bring into order, which is never told that it trains")
RAW_TARGETS = tuple(Sign(f"targets {grade} out of scale") for grade in _GRADES)
FAR_TARGETS = RAW_TARGETS[2:]  # nothing else need be wrong


def misread(evidence: Evidence) -> Iterator[Said]:
    """Inputs that make sense with their bytes in the other order, and only so."""
    for facts in evidence.inputs:
        if facts.misread is None:
            continue
        known, bad = facts.misread.facts, facts.nan + facts.inf
        none = f", and {bad:,} are NaN or Inf" if bad else ""
        decoded = "decoded" if facts.misread.decoded else "taken"
        yield MISREAD.of(
            Code.DATA_NONFINITE if bad else Code.DATA_UNSCALED_INPUTS,
            f"{facts.name} was read with the bytes of its {facts.misread.stored} numbers in the wrong order: as read they run "
            f"from {min(facts.low):.4g} to {max(facts.high):.4g}{none}; {decoded} the other way round all "
            f"{' x '.join(f'{size:,}' for size in (known.rows_read, *known.shape[1:]))} lie in "
            f"{min(known.low):.4g} to {max(known.high):.4g}",
            evidence.made(facts),
        )


def nonfinite(evidence: Evidence) -> Iterator[Said]:
    """NaN or Inf in what the training is given, and it reaches the step, or what the training is validated on."""
    if any(facts.misread is not None and facts.bad_row_count for facts in evidence.inputs):
        return  # what numbers are that were misread is no matter
    finding, symptom = evidence.finding, evidence.symptom
    reached = finding is not None and finding.born == "data"
    figure = symptom.evidence.get(FIGURE)  # a validation figure that a callback reads
    if symptom.evidence.get(PUT_BACK) and evidence.validation:
        figure = "what the loop measures on it and keeps the best weights by"
    trained = (*evidence.inputs, *evidence.targets, *filter(None, [evidence.weights]))
    for facts in () if figure else trained:
        is_input = facts in evidence.inputs
        if facts.bad_row_count and (reached or finding is None or is_input):
            bears = symptom.kind == SymptomKind.HEALTHY
            left = finding is not None and finding.left_out is not None
            sign = BORNE if bears else LEFT_OUT if left else REACHED if reached else HELD if finding is None else BESIDE
            still = "; the training stays finite all the same" if bears else ""
            said = _bad(facts) + _masked(evidence) + still + _warned(evidence)
            yield sign.of(Code.DATA_NONFINITE, said, _place(evidence, facts))
            return
    for facts in evidence.validation:
        if facts.bad_row_count and (figure or symptom.kind == SymptomKind.HEALTHY):
            said = f": {figure} is not finite" if figure else ""
            sign = READ_BY_A_CALLBACK if figure else IN_VALIDATION
            yield sign.of(Code.DATA_NONFINITE, _bad(facts) + said, evidence.model.fit_site)
            return
    if reached and finding is not None and not evidence.course.targets_move:  # else they are the program's own doing
        yield IN_THE_BATCH.of(
            Code.DATA_NONFINITE,
            f"the batch's {finding.op.lower()} held NaN or Inf in rows {_some(finding.rows, len(finding.rows))}"
            + _masked(evidence)
            + _warned(evidence),
            _place(evidence, None),
        )


def adapted_to_gaps(evidence: Evidence) -> Iterator[Said]:
    """A layer that brings inputs into order by numbers that are none: it was adapted before gaps were filled."""
    misread = any(facts.misread is not None for facts in evidence.inputs)
    for layer in () if misread else evidence.model.layers:
        if layer.gaps and evidence.symptom.kind != SymptomKind.HEALTHY:
            yield ADAPTED_TO_GAPS.of(
                Code.DATA_NONFINITE,
                f"{layer.name!r} was adapted to data with NaN or Inf: its means and variances of {layer.gaps} of "
                f"{layer.statistics} features are none, whatever the training is given",
                layer.adapted_site or layer.site,
            )


def _masked(evidence: Evidence) -> str:
    """That a mask comes too late."""
    late = evidence.finding is not None and evidence.finding.late_mask is not None
    return "; a mask multiplies them by 0, but 0 * NaN is NaN: what is masked has to be finite before" if late else ""


def left_out_late(evidence: Evidence) -> Iterator[Said]:
    """A `where` that leaves bad data out of the loss, and not out of its derivative."""
    finding = evidence.finding
    if finding is not None and finding.left_out is not None:
        yield LEFT_OUT_LATE.of(
            Code.UNSAFE_WHERE,
            "this where leaves what is not finite out of the loss, and the loss stays finite; the derivative of what it leaves "
            "out is 0 times NaN, which is NaN: it has to be finite before it is computed with", finding.left_out,
        )  # fmt: skip


def _place(evidence: Evidence, facts: ArrayFacts | None) -> Site | None:
    """Where bad numbers were made, if NumPy has said so; else where they are to be masked, or where the data were."""
    if evidence.warned is not None:
        return evidence.warned.site
    if evidence.finding is not None and evidence.finding.late_mask is not None:
        return evidence.finding.late_mask.site
    if evidence.finding is not None and evidence.finding.left_out is not None:
        return evidence.finding.left_out
    return evidence.model.fit_site if facts is None else evidence.made(facts)


def _warned(evidence: Evidence) -> str:
    """What NumPy has said of it."""
    return "" if evidence.warned is None else f"; {evidence.warned}"


def _bad(facts: ArrayFacts) -> str:
    where = f"rows {_some(facts.bad_rows, facts.bad_row_count)}{_of_stream(facts)}"
    columns = f", columns {_some(facts.bad_columns, len(facts.bad_columns))}" if facts.bad_columns else ""
    counts = f"{facts.nan} NaN and {facts.inf} Inf"
    return f"{facts.name} holds {counts} in {facts.bad_row_count} of {facts.rows_read} rows ({where}{columns})"


def _some(numbers: tuple[int, ...], count: int) -> str:
    shown = ", ".join(map(str, numbers[:5]))
    return shown if count <= 5 else f"{shown}, ... ({count} in all)"


def outliers(evidence: Evidence) -> Iterator[Said]:
    """Single entries that are orders of magnitude beyond the rest."""
    for facts in evidence.inputs:
        if facts.outlier_count and facts.misread is None:
            # what would be ordinary in another column may be so in this one
            low, high = min(facts.kept_low), max(facts.kept_high)
            ordinary = len(facts.kept_low) > 1 and low <= facts.outliers[0][-1] <= high
            row, column, _ = facts.outliers[0]
            said = f"{facts.name} row {row}{_of_stream(facts)}, column {column} {_alone(facts)}"
            sign = FAR_OUT_OF_ITS_COLUMN if ordinary else FAR_OUT
            yield sign.of(Code.DATA_OUTLIERS, said, evidence.made(facts))
    for facts in evidence.targets:
        if facts.outlier_count and not scales.is_classes(facts):
            said = f"{facts.name} row {facts.outliers[0][0]}{_of_stream(facts)} {_alone(facts)}"
            yield FAR_OUT_TARGET.of(Code.DATA_OUTLIERS, said, evidence.made(facts))


def _of_stream(facts: ArrayFacts) -> str:
    """That a row number is none of the source."""
    return " of the stream as it came" if facts.streamed else ""


def _alone(facts: ArrayFacts) -> str:
    more = facts.outlier_count - 1
    low, high = min(facts.kept_low), max(facts.kept_high)
    others = f"all other values lie between {low:.4g} and {high:.4g}"
    return f"is {facts.outliers[0][-1]:.4g}{f' and {more} more' if more else ''}; {others}"


def _graded(times: float, signs: tuple[Sign, ...]) -> Sign:
    """Which of four signs it is, by how far out of order the data are."""
    return signs[bisect.bisect_right((scales.NEAR, scales.FAR, scales.ABSURD), times)]


def unscaled_inputs(evidence: Evidence) -> Iterator[Said]:
    """Inputs far from the scale that initial weights are made for."""
    rows = zip(
        evidence.inputs, scales.given(evidence), scales.entries(evidence), scales.raw_inputs(evidence), strict=True
    )
    for facts, seen, entry, raw in rows:
        if not raw or facts.misread is not None:
            continue
        said = _as_it_is(facts, seen, evidence) if entry is None else _made_of(facts, entry)
        idle = any(layer.idle for layer in evidence.model.layers)  # then that is why they are raw
        yield (RAW_BEHIND_IDLE if idle else _graded(scales.beyond(seen), RAW_INPUTS)).of(
            Code.DATA_UNSCALED_INPUTS, said, _entry_site(evidence, facts, entry)
        )


def altered(evidence: Evidence) -> Iterator[Said]:
    """Batches that are views of what is stored, and are changed in place: each epoch trains on other data."""
    seen = evidence.altered
    if seen is not None:
        yield ALTERED.of(
            Code.DATA_UNSCALED_INPUTS,
            f"reading a batch changes the data that it is read from: the first one has mean {seen.mean:.4g} and standard "
            f"deviation {seen.std:.4g}, and once it has been read mean {seen.again_mean:.4g} and {seen.again_std:.4g}; so it "
            "goes on with each epoch. A slice of an array is no copy", seen.site or evidence.model.fit_site,
        )  # fmt: skip


def cut(evidence: Evidence) -> Iterator[Said]:
    """Codes that were rescaled as if they were measures: an embedding cuts them to whole numbers."""
    found = scales.cut(evidence)
    layer = next((layer for layer in evidence.model.layers if layer.looks_up in found), None)
    if layer is None or layer.looks_up is None or evidence.symptom.kind == SymptomKind.ERROR:
        return
    facts = evidence.inputs[layer.looks_up]
    low, high = min(facts.low), max(facts.high)
    yield CUT.of(
        Code.DATA_UNSCALED_INPUTS,
        f"{layer.name!r} looks up {facts.name} by whole numbers, and is given {facts.distinct} different ones from {low:.3g} "
        f"to {high:.3g}: of all of these it makes {int(low)} to {int(high)}",
        evidence.made(facts),
    )


def scattered(evidence: Evidence) -> Iterator[Said]:
    """Rows of steps or points each of which lies elsewhere: what they tell by their form is lost beside where they are."""
    facts = next((each for each in evidence.inputs if scales.scattered(each)), None)
    if facts is None or evidence.symptom.kind != SymptomKind.USELESS:
        return
    ratio, whole, within = max(
        (std / inner, std, inner) for std, inner in zip(facts.std, facts.within, strict=True) if inner
    )
    yield SCATTERED.of(
        Code.DATA_UNSCALED_INPUTS,
        f"each row of {facts.name} lies elsewhere: they spread {whole:.4g} among each other and {within:.3g} within "
        f"themselves, {ratio:.3g} times less",
        evidence.made(facts),
    )


def misjudged(evidence: Evidence) -> Iterator[Said]:
    """A layer that changes pictures takes them to lie in another range than they do."""
    for layer in evidence.model.layers:
        if scales.misjudges(layer) and layer.value_range is not None and layer.given_range is not None:
            (low, high), given = layer.value_range, layer.given_range
            yield MISJUDGED.of(
                Code.DATA_UNSCALED_INPUTS,
                f"{layer.name!r} takes pictures to lie in {low:g} to {high:g} (its value_range), and is given such from "
                f"{given[0]:.3g} to {given[1]:.3g}: what it adds and where it clips is off by as much",
                layer.site,
            )
            return


def misfed(evidence: Evidence) -> Iterator[Said]:
    """A Normalization of a model that was trained before, given what is in order already, or is of another kind."""
    for each in evidence.misfed_within:
        span = f"from {min(each.seen.low):.4g} to {max(each.seen.high):.4g}"
        twice = ", in order already," if not scales.out_of_order(each.given) else ""
        said = f"{each.name!r} was adapted to other numbers: of what it is given{twice} it makes values {span}"
        yield MISFED.of(Code.DATA_UNSCALED_INPUTS, said, each.site)


def _as_it_is(facts: ArrayFacts, seen: ArrayFacts, evidence: Evidence) -> str:
    """How large an input is in which nothing is brought into order (`seen`: but for codes, which are no measures)."""
    span = f"values from {min(seen.low):.4g} to {max(seen.high):.4g}"
    return f"{facts.name} is raw: {span}, {_widest(facts, scales.codes(facts, evidence.model.layers))}"


def _entry_site(evidence: Evidence, facts: ArrayFacts, entry: EntryFacts | None) -> Site | None:
    """The layer that brings an input into no order, else where that is made."""
    names = () if entry is None else entry.names
    layers = (layer.site for layer in evidence.model.layers if layer.name in names and layer.site is not None)
    return next(layers, None) or evidence.made(facts)


def _made_of(facts: ArrayFacts, entry: EntryFacts) -> str:
    """What the model's own rescaling makes of an input."""
    low, high = min(entry.facts.low), max(entry.facts.high)
    small = scales.smallness(entry.facts) >= 1.0
    seen = f"up to {max(abs(low), abs(high)):.2g}" if small and low >= 0.0 else f"from {low:.4g} to {high:.4g}"
    # who has brought the data into order has forgotten that the model does
    again = " once more" if small and not scales.out_of_order(facts) else ""
    return (
        f"{facts.name} runs from {min(facts.low):.4g} to {max(facts.high):.4g}, and the model {_what_it_does(entry)}{again}: "
        f"its first layer sees values {seen}"
    )


def _what_it_does(entry: EntryFacts) -> str:
    kinds = " and ".join(entry.kinds)
    if set(entry.center) != {0.0} or len(set(entry.scale)) != 1 or entry.scale[0] <= 0.0:
        return f"maps it ({kinds})"
    if entry.scale[0] == 1.0:
        return f"leaves it as it is ({kinds}, perhaps never adapted)"
    times = entry.scale[0]
    return f"divides it by {times:.4g}" if times > 1.0 else f"multiplies it by {1.0 / times:.4g}"


def _widest(facts: ArrayFacts, spared: Collection[int] = ()) -> str:
    index = scales.widest(facts, spared)
    return f"feature {index} has mean {facts.mean[index]:.4g} and standard deviation {facts.std[index]:.4g}"


def unscaled_targets(evidence: Evidence) -> Iterator[Said]:
    """Real-valued targets far from unit scale under a loss that grows with it."""
    loss = losses.canonical(evidence.model.loss)
    if not losses.in_any_unit(loss):
        return
    for facts in filter(scales.raw_target, evidence.targets):
        if loss is None and "int" in facts.dtype:
            continue  # a step of the user's own may look them up: items, words
        yield _graded(scales.beyond(facts), RAW_TARGETS).of(
            Code.DATA_UNSCALED_TARGETS,
            f"{facts.name} is raw: values from {min(facts.low):.4g} to {max(facts.high):.4g} "
            f"(mean {facts.mean[0]:.4g}, standard deviation {facts.std[0]:.4g}), so errors and gradients start that large",
            evidence.made(facts),
        )


def constant_columns(evidence: Evidence) -> tuple[str, ...]:
    """What is said of columns that never change: no fault, but they tell nothing."""
    said = []
    for facts in evidence.inputs:
        count, features = facts.constant_count, scales.features(facts)
        if count and count == features and facts.rows_read > 1:
            said.append(f"All rows of {facts.name} are the same: it tells nothing.")
        elif count == 1:
            said.append(f"Column {facts.constant_columns[0]} of {facts.name} never changes: it tells nothing.")
        elif count:
            said.append(
                f"Columns {_some(facts.constant_columns, count)} of {facts.name} never change: they tell nothing."
            )
    return tuple(said)
