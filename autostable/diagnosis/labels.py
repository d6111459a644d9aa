"""Causes that lie in the labels, seen against the loss and the model's output."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from autostable.evidence import ArrayFacts, Evidence
from autostable.judgement import levels
from autostable.judgement.certainty import p_of
from autostable.knowledge import disturbances, losses
from autostable.knowledge.operations import ATTENTION
from autostable.knowledge.signs import Kind, Said, Sign
from autostable.records import Astray, Code, SymptomKind

MOST_SHOWN = 6  # values of labels
REFUSED = Sign("the loss says that a label is out of range", Kind.LOCATED)
MORE_CLASSES = Sign("class numbers for which there is no unit", Kind.PLAIN)
OUTSIDE = Sign("labels outside of what the loss is for", Kind.PLAIN)
SIGNS = Sign("one-hot rows in other values than 0 and 1", Kind.PLAIN)
SUMS = Sign("targets of a loss of shares beyond 0 and 1")
FRACTIONS = Sign("labels that a loss for class numbers cuts to whole ones", Kind.PLAIN)
TOO_LONG = Sign("labels that are too long for the frames", Kind.PLAIN)
NO_CLASS = Sign("one-hot rows without a class", Kind.PLAIN)
ALL_EQUAL = Sign("labels that are all equal")
BEGIN_EQUAL = Sign("labels that are all equal at the beginning of a stream")
IN_STRETCHES = Sign("labels that lie class by class")
COPIED = Sign("targets that the model is shown", Kind.PLAIN)
PEEKS = Sign("targets that the model is shown one step later", Kind.PLAIN)
APART = Sign("inputs and targets that are shuffled apart", Kind.PLAIN)
ONE_CLASS_UNSEEN = Sign("validation labels of one class", Kind.PLAIN)
WEIGHED_AS_ONE = Sign("class weights of rows that have several classes", Kind.PLAIN)
FROM_THE_END = Sign("class numbers below zero that are counted from the end", Kind.PLAIN)
DIVIDED = Sign("classes that were divided along with the inputs")
BY_BYTES = Sign("labels of 0 and 1/255", Kind.PLAIN)
IN_TWO_UNITS = Sign("targets some of which are in another unit", Kind.PLAIN)
WRAPPED = Sign("targets that have wrapped around in a narrow integer", Kind.PLAIN)
FROM_ONE = Sign("labels that count from 1")
DISTURBED = Sign("rows disturbed until they tell nothing of their labels")
DROWNED = Sign("a noise that drowns what tells of the labels")


def out_of_range(evidence: Evidence) -> Iterator[Said]:
    """Labels that the loss or the output layer has no place for."""
    model = evidence.model
    if not evidence.targets or model.loss in losses.OWN:
        # "Received a label value of -1 which is outside the valid range of [0, 10)"
        # under XLA and on a GPU nothing is raised: a replay is told
        check = evidence.finding and evidence.finding.check
        said = re.search(r"^.*\blabel.*\brange\b.*$", evidence.error or check or "", re.MULTILINE)
        if said is not None:
            site = None if evidence.finding is None else evidence.finding.site
            yield REFUSED.of(Code.LABELS_OUT_OF_RANGE, said.group(0).strip()[:200], site or model.fit_site)
        if not evidence.targets:
            return
    facts = evidence.targets[0]
    low, high = min(facts.low, default=0.0), max(facts.high, default=0.0)
    units = model.outputs[0].units if model.outputs else None
    if model.loss == losses.SPARSE and units and (high >= units or low < 0):
        yield MORE_CLASSES.of(
            Code.LABELS_OUT_OF_RANGE,
            f"labels run from {low:g} to {high:g}, but the output layer {model.outputs[0].name!r} has {units} units "
            f"(labels 0 to {units - 1})",
            evidence.made(facts),
        )
    elif facts.unaligned:
        yield TOO_LONG.of(
            Code.LABELS_OUT_OF_RANGE,
            f"{facts.unaligned} rows of labels have more symbols than there are frames (two that are equal need one between "
            "them): CTC cannot align them, and counts each as about 700",
            evidence.made(facts),
        )
    elif losses.cuts(model.loss, facts):
        values = ", ".join(f"{value:.4g}" for value, _ in facts.classes[:MOST_SHOWN])
        more = ", ..." if len(facts.classes) > MOST_SHOWN else ""
        yield FRACTIONS.of(
            Code.LABELS_OUT_OF_RANGE,
            f"labels are no class numbers ({values}{more}): {model.loss} cuts them to whole ones, so that different classes "
            "are one to it",
            evidence.made(facts),
        )
    elif losses.are_no_labels(model.loss, facts):
        return  # it is the loss that is not for numbers
    elif (wanted := losses.outside(model.loss, low, high)) is not None:
        yield OUTSIDE.of(
            Code.LABELS_OUT_OF_RANGE, f"labels run from {low:g} to {high:g}, {model.loss} is for {wanted}",
            evidence.made(facts),
        )  # fmt: skip
    elif model.loss in losses.ONE_HOT and losses.two_values(facts) is not None:
        yield SIGNS.of(
            Code.LABELS_OUT_OF_RANGE,
            f"targets mark a row's class by {high:g} and the others by {low:g}: {model.loss} takes 1 and 0, and is rewarded "
            "for each share that it takes from another class",
            evidence.made(facts),
        )
    elif model.loss in losses.ONE_HOT and not facts.one_hot and (high > 1 or low < 0):
        yield SUMS.of(
            Code.LABELS_OUT_OF_RANGE,
            f"targets run from {low:g} to {high:g}, categorical crossentropy needs shares that sum to 1",
            evidence.made(facts),
        )  # fmt: skip
    elif (
        model.loss in losses.ONE_HOT
        and evidence.symptom.kind != SymptomKind.ERROR  # an exception is not for want of a class
        and not (model.outputs and model.outputs[0].activation == "sigmoid")  # which answers for each class by itself
        and (none := _without_class(facts)) > levels.DELTA
    ):
        yield NO_CLASS.of(
            Code.LABELS_OUT_OF_RANGE,
            f"{none:.0%} of the rows belong to no class, every entry of their target is 0: of a class number beyond its depth, "
            "one_hot makes such a row", evidence.made(facts),
        )  # fmt: skip


def _without_class(facts: ArrayFacts) -> float:
    """Share of the rows, at least, in which none of several classes is marked; 0.0 of what does not mark classes."""
    return max(0.0, 1.0 - sum(facts.mean)) if facts.marks else 0.0


def shuffled_apart(evidence: Evidence) -> Iterator[Said]:
    """Inputs and targets that no longer belong together."""
    if evidence.shuffled_apart:
        made = evidence.targets[0] if evidence.targets else None
        yield APART.of(
            Code.LABELS_SUSPICIOUS,
            "inputs and targets are shuffled each by itself before they are paired: no target is that of its row",
            evidence.model.fit_site if made is None else evidence.made(made),
        )


def copied(evidence: Evidence) -> Iterator[Said]:
    """Sequences that were not shifted: a decoder is given what it is to say, and copies it."""
    if evidence.symptom.evidence.get("copies"):
        yield COPIED.of(
            Code.LABELS_SUSPICIOUS,
            "each target is what the model is given at the same step, and no answer depends on later ones: it need only copy, "
            "and will not foretell; the targets are to be those of the next step",
            evidence.model.fit_site,
        )


def peeking(evidence: Evidence) -> Iterator[Said]:
    """A decoder without a causal mask: it is shown the very steps that it is to foretell."""
    if evidence.symptom.evidence.get("peeks"):
        attending = next((layer for layer in evidence.model.layers if layer.kind in ATTENTION), None)
        where = "its attention" if attending is None else f"{attending.name!r}"
        yield PEEKS.of(
            Code.LABELS_SUSPICIOUS,
            f"each target is what the model is shown one step later, and {where} looks there: in training it need only copy, "
            "and in use there is nothing to copy; later steps are to be masked (use_causal_mask=True)",
            evidence.model.fit_site if attending is None else attending.site or evidence.model.fit_site,
        )  # fmt: skip


def astray(evidence: Evidence) -> Iterator[Said]:
    """Targets some of which are in another unit, or have wrapped around: put back, a plain model tells them far better."""
    found = evidence.astray
    if found is None or found.place >= len(evidence.targets):
        return
    facts = evidence.targets[found.place]
    place = evidence.made(facts)
    if found.kind == "byte":
        said = f"labels are 0 and {max(facts.high):.4g}, which is 1 / 255: they were divided along with the inputs"
        yield BY_BYTES.of(Code.LABELS_SUSPICIOUS, said, place)
        return
    tells = f"a plain model tells {found.after:.2f} of what unseen targets spread, and {found.before:.2f} as they are"
    which = "" if found.low is None else f"{found.rows:,} of {found.of:,} targets lie {_bounds(found, facts)}"
    if found.kind == "wrap":
        moved = f"on a circle of {found.around:.6g}, which is 2^{found.bits} of their steps, {tells}"
        if which:
            moved = f"{which}, apart from the others; {'plus' if found.shift > 0 else 'minus'} {abs(found.shift):.6g}, {tells}"
        said = f"targets have wrapped around in an integer of {found.bits} bits: {moved}"
        yield WRAPPED.of(Code.LABELS_SUSPICIOUS, said, place)
        return
    times = f"times {found.factor:g}" if found.factor >= 1 else f"divided by {1 / found.factor:g}"
    why = (
        "a mark of thousands was read as a decimal point" if found.mark else "they are in another unit than the others"
    )
    yield IN_TWO_UNITS.of(Code.LABELS_SUSPICIOUS, f"{which}: {why}; {times} {tells}", place)


def _bounds(found: Astray, facts: ArrayFacts) -> str:
    """Which targets are concerned: those on one side of a bound, where there are no others on it."""
    if facts.low and found.low is not None and min(facts.low) >= found.low:
        return f"below {found.high:.4g}"
    if facts.high and found.high is not None and max(facts.high) <= found.high:
        return f"above {found.low:.4g}"
    return f"between {found.low:.4g} and {found.high:.4g}"


def disturbed(evidence: Evidence) -> Iterator[Said]:
    """Layers that change rows at random, in training alone, until they no longer tell what they are labelled as."""
    for each in evidence.destroying:
        noise = each.kind in disturbances.NOISE
        sign, code = (DROWNED, Code.DATA_UNSCALED_INPUTS) if noise else (DISTURBED, Code.LABELS_SUSPICIOUS)
        told = ", ".join(f"{name} {_listed(ends)}" for name, ends in each.settings) or each.mode
        kept = "" if each.kept is None else f" and leaves {max(0.0, each.kept):.0%} of their spread as it was"
        yield sign.of(
            code,
            f"{each.name!r} ({told or each.kind}) changes rows at random in training{kept}: of unseen rows a plain model tells "
            f"{each.told:.0%} of their targets as they are, and {max(0.0, each.left):.0%} as that layer makes them",
            each.site,
        )


def _listed(ends: tuple[float, ...]) -> str:
    return " to ".join(f"{end:.4g}" for end in ends)


def suspicious(evidence: Evidence) -> Iterator[Said]:
    """Labels that are possible but look wrong: one class only, all of a class in a row, classes that never occur."""
    model = evidence.model
    for facts in evidence.targets[:1]:
        if model.loss not in losses.CROSSENTROPIES or not facts.rows_counted:
            continue
        units = model.outputs[0].units if model.outputs else None
        if all_equal(facts):
            which = f"each of the first {facts.rows_counted} labels" if facts.stretches else "every label"
            sign = BEGIN_EQUAL if facts.stretches else ALL_EQUAL  # of a stream only the beginning is known
            yield sign.of(Code.LABELS_SUSPICIOUS, f"{which} is {_label(facts)}", evidence.made(facts))
        elif in_a_row(facts):
            yield IN_STRETCHES.of(
                Code.LABELS_SUSPICIOUS,
                f"labels lie class by class and are not shuffled: the first {facts.rows_counted} hold {facts.stretches} "
                "stretches of equal ones, so that batches hold one class only",
                evidence.made(facts),
            )
        elif not facts.integers and len(facts.classes) in (2, 3) and 0 < max(facts.high) < 0.5:
            yield DIVIDED.of(
                Code.LABELS_SUSPICIOUS,
                f"labels take the values {', '.join(f'{value:.4g}' for value, _ in facts.classes)}: "
                "were they divided by 255 along with the inputs?",
                evidence.made(facts),
            )
        elif units and units > 2 and facts.integers and facts.low[0] >= 1 and facts.high[0] == units:
            yield FROM_ONE.of(Code.LABELS_SUSPICIOUS, f"labels count from 1 to {units}", evidence.made(facts))


def one_class_unseen(evidence: Evidence) -> Iterator[Said]:
    """Validation labels that are all of one class, though rows were trained on that have others."""
    unseen = [facts for facts in evidence.validation if facts.name.startswith("validation y")]
    if evidence.model.loss not in losses.CROSSENTROPIES or not len(unseen) == len(evidence.targets) == 1:
        return
    facts, trained = unseen[0], evidence.targets[0]
    if facts.streamed or not facts.integers or not all_equal(facts) or all_equal(trained):
        return
    share = _share(facts, trained)
    if share is not None and share**facts.rows_counted < levels.SURELY:
        yield ONE_CLASS_UNSEEN.of(
            Code.LABELS_SUSPICIOUS,
            f"all {facts.rows_counted:,} validation labels are {_label(facts)}, of the rows that are trained on {share:.0%} "
            "are: figures of validation say nothing of the other classes",
            evidence.model.fit_site,
        )


def _share(facts: ArrayFacts, trained: ArrayFacts) -> float | None:
    """The share of training rows whose label is the one that all of some others have; None where that is not known."""
    if len(facts.low) > 1:
        return trained.mean[facts.low.index(max(facts.low))] if facts.one_hot and trained.one_hot else None
    counts = dict(trained.classes)
    return counts.get(facts.low[0], 0) / sum(counts.values()) if counts else None


def weighed_as_one(evidence: Evidence) -> Iterator[Said]:
    """Class weights of rows that may have several classes: Keras takes the first of them."""
    facts = evidence.targets[0] if len(evidence.targets) == 1 else None
    if facts is not None and facts.marks_several and evidence.class_weights is not None:
        yield WEIGHED_AS_ONE.of(
            Code.LABELS_SUSPICIOUS,
            f"class_weight weighs each row by one class, the first that it has; these rows have {sum(facts.mean):.2g} of "
            f"{len(facts.mean)} classes in the mean: give sample_weight, or weigh the columns within the loss",
            evidence.class_weights,
        )


def from_the_end(evidence: Evidence) -> Iterator[Said]:
    """Class numbers below zero that have become rows of the last classes."""
    for facts in evidence.targets:
        for found in evidence.negatives:
            if facts.one_hot and len(facts.mean) == found.classes and facts.rows_read <= found.of:
                yield FROM_THE_END.of(
                    Code.LABELS_SUSPICIOUS,
                    f"to_categorical was given {found.count:,} class numbers below 0 of {found.of:,} (down to {found.least}), "
                    f"and counts them from the end: -1 is class {found.classes - 1} now",
                    found.site,
                )


def all_equal(facts: ArrayFacts) -> bool:
    """Whether labels (class numbers, or one-hot rows) are all the same."""
    return bool(facts.low) and facts.low == facts.high and facts.rows_counted > 1


def _label(facts: ArrayFacts) -> str:
    if len(facts.low) == 1:
        return f"{facts.low[0]:g}"
    return f"class {facts.low.index(max(facts.low))}" if facts.one_hot else "the same row"


def in_a_row(facts: ArrayFacts) -> bool:
    """Whether labels come class by class: in so few stretches that batches hold one, surely fewer than shuffled ones make.

    That is the test of runs (Wald and Wolfowitz 1940), in the form that it has for many classes.
    """
    if facts.stretches < 2 or not facts.integers:
        return False
    total = sum(count for _, count in facts.classes)
    shares = list(facts.mean) if facts.one_hot else [count / total for _, count in facts.classes]
    # of shuffled labels the next one differs with this chance
    differs = 1.0 - sum(share * share for share in shares)
    expected, spread = differs * facts.rows_counted, math.sqrt(differs * (1.0 - differs) * facts.rows_counted)
    surely = spread > 0.0 and p_of((expected - facts.stretches) / spread, facts.rows_counted) <= levels.SURELY
    return surely and facts.unmixed
