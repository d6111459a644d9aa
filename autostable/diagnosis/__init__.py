"""Evidence -> ranked causes. One file a family; every rule is a pure function from evidence to the signs that it sees."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator

from autostable.diagnosis import architecture, data, labels, operations, optimization
from autostable.evidence import Evidence
from autostable.knowledge import scales
from autostable.knowledge.signs import Kind, Said, Sign, level
from autostable.records import Cause, Symptom, SymptomKind

Rule = Callable[[Evidence], Iterable[Said]]

OF_OUTPUTS: tuple[Rule, ...] = (  # what speaks of an output, its loss and its target
    data.unscaled_targets,
    labels.out_of_range,
    labels.suspicious,
    architecture.output_mismatch,
    architecture.loss_mismatch,
)
RULES: tuple[Rule, ...] = (
    data.misread,
    data.left_out_late,
    data.nonfinite,
    data.adapted_to_gaps,
    data.outliers,
    data.altered,
    data.unscaled_inputs,
    data.misfed,
    data.misjudged,
    data.scattered,
    data.cut,
    labels.shuffled_apart,
    labels.copied,
    labels.peeking,
    labels.astray,
    labels.disturbed,
    *OF_OUTPUTS,
    architecture.outside_domain,
    operations.emptied,
    operations.stepped,
    operations.severed,
    operations.unreached,
    operations.hidden_readings,
    operations.lone_share,
    operations.singular,
    operations.overflowing_exp,
    architecture.blind_loss,
    architecture.turned_loss,
    architecture.one_sided_loss,
    architecture.exchanged_arguments,
    architecture.shares_as_logits,
    architecture.bounded_scores,
    architecture.penalties,
    architecture.saturated,
    architecture.dead_relu,
    architecture.vanishing,
    architecture.starved,
    architecture.fading,
    architecture.growing,
    architecture.forgetting,
    architecture.frozen,
    architecture.bad_initialization,
    optimization.invalid_rate,
    optimization.rate_too_high,
    optimization.rate_too_low,
    optimization.forgotten_start,
    optimization.endless_warm_up,
    optimization.vanishing_rate,
    optimization.explosion,
    optimization.update,
    optimization.precision,
    optimization.blurred,
    optimization.averaged_weights,
    optimization.decayed,
    optimization.batchnorm,
)


AUDIT: tuple[Rule, ...] = (
    data.misread,
    data.nonfinite,
    data.outliers,
    data.unscaled_targets,
    labels.suspicious,
    labels.one_class_unseen,
    labels.weighed_as_one,
    labels.from_the_end,
    architecture.blind_loss,
)
SIGNS: tuple[Sign, ...] = tuple(
    dict.fromkeys(
        sign
        for family in (data, labels, operations, architecture, optimization)
        for value in vars(family).values()
        for sign in (value if isinstance(value, tuple) else (value,))
        if isinstance(sign, Sign)
    )
)


def plain_faults(evidence: Evidence) -> tuple[Said, ...]:
    """Faults that would explain that nothing was learnt: of labels, output, loss, schedule and layers, then of the data."""
    wrong = tuple(labels.astray(evidence))
    evidence = dataclasses.replace(evidence, symptom=Symptom(SymptomKind.USELESS, evidence.symptom.step))
    one_target = len(evidence.targets) == 1  # of several nobody says here which output each is for
    found = [
        *labels.out_of_range(evidence), *architecture.output_mismatch(evidence), *architecture.loss_mismatch(evidence),
    ] if one_target else []  # fmt: skip
    plain = [
        said
        for said in (
            *labels.shuffled_apart(evidence),
            *wrong,
            *found,
            *optimization.vanishing_rate(evidence),
            *optimization.endless_warm_up(evidence),
            *optimization.blurred(evidence),
            *data.misread(evidence),
            *data.outliers(evidence),
            *data.cut(evidence),
            *data.altered(evidence),
        )
        if said.sign.kind is Kind.PLAIN
    ]
    targets = (said for said in data.unscaled_targets(evidence) if said.sign in data.FAR_TARGETS)
    idle = (said for said in optimization.batchnorm(evidence) if said.sign is optimization.IDLE)
    return (*plain, *idle, *(_surely_unscaled(evidence) if scales.far_out(evidence) else ()), *targets)


def _surely_unscaled(evidence: Evidence) -> Iterable[Said]:
    """Inputs out of scale, unless the user's own code takes them first: what it makes of them is not known."""
    if any(entry is not None and not entry.known for entry in evidence.entries):
        return ()
    return data.unscaled_inputs(evidence)


def warnings(evidence: Evidence) -> tuple[Cause, ...]:
    """What the audit at the end of a healthy run says: seen, but not the reason of a failure, and left alone."""
    audited = (*(said for rule in AUDIT for said in rule(evidence)), *_surely_unscaled(evidence))
    told = {said.code for said in audited}
    return _best([*audited, *(said for said in plain_faults(evidence) if said.code not in told)])


def diagnose(evidence: Evidence) -> tuple[Cause, ...]:
    """All causes that the evidence speaks for, best first; of each code only the best."""
    return _best(seen(evidence))


def seen(evidence: Evidence) -> Iterator[Said]:
    """All that the rules see."""
    for rule in RULES:
        for view in evidence.views if rule in OF_OUTPUTS else (evidence,):
            yield from rule(view)


def _best(told: Iterable[Said]) -> tuple[Cause, ...]:
    """Of each code the one that is surest, the surest first; of two that are as sure where the first bad number arose."""
    best: dict[str, tuple[Said, Cause]] = {}
    for said in told:
        cause, known = said.cause, best.get(said.code)
        if known is None or cause.confidence > known[1].confidence:
            best[said.code] = said, cause
    ranked = sorted(best.values(), key=lambda each: (-level(each[1].confidence), each[0].sign.kind is not Kind.LOCATED))
    return tuple(cause for _, cause in ranked)
