"""Which remedies a cause calls for, best first, and what a diagnosis as a whole calls for."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from autostable import registry
from autostable.diagnosis import architecture, data, plain_faults
from autostable.evidence import Evidence
from autostable.knowledge import scales
from autostable.knowledge.optimizers import missing, usual_rate, working_rate
from autostable.knowledge.signs import LIKELY, level
from autostable.records import Cause, Code, Plan, Remedy, SymptomKind, to_json
from autostable.repair.what_if import RESCALING, in_order, with_plan
from autostable.setup import OptimizerKnobs, Setup
from autostable.strategy import Pace

REMEDIES: Mapping[Code, tuple[str, ...]] = {
    Code.DATA_NONFINITE: (
        "swap-bytes",
        "readapt-normalization",
        "drop-nonfinite-rows",
        "impute-missing",
        "ignore-missing-labels",
        "guard-division",  # the first where it applies: it mends the script (see `remedies_for`)
    ),
    Code.DATA_UNSCALED_INPUTS: (
        "rescale-inputs",
        "swap-bytes",
        "copy-batches",
        "match-value-range",
        "center-rows",
        "difference-windows",
        "readapt-normalization",
        "weaken-augmentation",
    ),
    Code.DATA_UNSCALED_TARGETS: ("rescale-targets", "difference-windows"),
    Code.DATA_OUTLIERS: ("winsorize-outliers", "rescale-inputs"),
    Code.LABELS_OUT_OF_RANGE: ("remap-labels", "swap-loss", "widen-output"),
    Code.LABELS_SUSPICIOUS: (
        "shift-targets",
        "mask-future",
        "restore-targets",
        "remap-labels",
        "shuffle-rows",
        "weaken-augmentation",
    ),
    Code.LEARNING_RATE_TOO_HIGH: (
        "lower-learning-rate",
        "clip-gradients",
        "warm-up-learning-rate",
        "raise-optimizer-epsilon",
    ),
    Code.LEARNING_RATE_TOO_LOW: ("shorten-weight-average", "raise-learning-rate"),
    Code.LEARNING_RATE_INVALID: ("lower-learning-rate",),
    Code.GRADIENT_EXPLOSION: (
        "swap-activation",
        "clip-gradients",
        "lower-learning-rate",
        "insert-normalization",
        "raise-optimizer-epsilon",
    ),
    Code.VANISHING_GRADIENT: ("swap-activation", "insert-normalization", "reinitialize-weights"),
    Code.SATURATED_ACTIVATION: ("rescale-inputs", "swap-activation", "reinitialize-weights"),
    Code.DEAD_RELU: ("swap-activation", "reinitialize-weights", "lower-learning-rate"),
    Code.BAD_INITIALIZATION: ("reinitialize-weights", "insert-normalization"),
    Code.UNSAFE_LOG: ("epsilon-loss", "drop-remainder"),
    Code.UNSAFE_SQRT: ("epsilon-loss", "drop-remainder", "raise-optimizer-epsilon"),
    Code.UNSAFE_DIVISION: ("epsilon-loss", "drop-remainder", "raise-optimizer-epsilon", "guard-division"),
    Code.UNSAFE_EXP: ("epsilon-loss", "clip-gradients"),
    Code.UNSAFE_POWER: ("epsilon-loss", "drop-remainder"),
    Code.UNSAFE_WHERE: ("epsilon-loss", "ignore-missing-labels"),
    Code.OUTPUT_ACTIVATION_MISMATCH: ("fix-output-activation", "swap-loss", "align-shapes", "widen-output"),
    Code.LOSS_MISMATCH: (
        "align-shapes",
        "exchange-arguments",
        "swap-loss",
        "weaken-penalty",
        "lower-weight-decay",
        "negate-loss",
        "widen-output",
    ),
    Code.PRECISION_OVERFLOW: ("promote-precision", "clip-gradients", "lower-learning-rate", "raise-optimizer-epsilon"),
    Code.BATCHNORM_STATISTICS: (
        "shuffle-rows",  # applies only where batches are of one class each: no other average helps there
        "steady-batch-normalization",
        "drop-nonfinite-rows",
        "drop-remainder",
        "clip-gradients",
        "lower-learning-rate",
    ),
    Code.EMPTY_MASK: ("safe-mask", "epsilon-loss", "drop-remainder", "unmask-readings"),
    Code.NOT_WATCHED: (),
}
RATES = ("raise-learning-rate", "lower-learning-rate")
FOR_WANT_OF_A_CAUSE = (*RATES, "swap-activation")  # where too little was learnt
LAST_RESORTS = ("lower-learning-rate", "clip-gradients", "skip-bad-updates", "drop-remainder")
LEAVING_OUT = ("drop-remainder", "skip-bad-updates")  # single batches: what is known of them comes first
PACES = ("lower-learning-rate", "clip-gradients")
ISOLATED = 0.5  # how much speaks for leaving out a bad step that nothing led up to
LAST = 0.15  # how much speaks for the first of the last resorts
FALL = 0.8  # of what speaks for a remedy is left to the next one for the same cause, and to one that is held back behind it
TENTH = 0.1  # a rate is lowered to this share at least, and where nothing is known of it
CALM_STEPS = 20  # of a course that is to be called calm
OF_LOSSES = (Code.LOSS_MISMATCH, Code.OUTPUT_ACTIVATION_MISMATCH)  # their cures may put in another loss, or output
_Wanted = Callable[[str, Code | None], bool]


@dataclasses.dataclass(frozen=True)
class Ladder:
    """One remedy with its strengths, mild to strong, and how much speaks for it.

    Attributes:
        after: A remedy without which this one does not apply (an activation on raw inputs).
        start: The strength to begin with; milder and stronger ones come into play from there.
        plain: It is for a contradiction in what was asked for: that is put right, whether a short run shows it or not.
        betters: See `RemedyStrategy`.
        pace: Likewise.
        alternatives: Likewise.
    """

    strengths: tuple[Remedy, ...]
    weight: float
    cause: Code | None
    after: str | None = None
    start: int = 0
    betters: bool = True
    pace: Pace | None = None
    plain: bool = False
    alternatives: bool = False

    @property
    def first(self) -> Remedy:
        """The strength to begin with."""
        return self.strengths[self.start]

    @property
    def name(self) -> str:
        return self.strengths[0].name


def prescribe(
    causes: Sequence[Cause], evidence: Evidence, *, select: Collection[str] = (), ignore: Collection[str] = ()
) -> tuple[Ladder, ...]:
    """The remedies for these causes, the most promising first, each once.

    Args:
        causes: Ranked causes.
        evidence: What they rest on; remedies decide by it whether they apply.
        select: If given, only these remedies (or the remedies of these causes).
        ignore: Not these.
    """
    if evidence.model.trained == 0:
        return ()  # nothing would move under any plan

    def wanted(name: str, code: Code | None) -> bool:
        return _wanted(name, code, select, ignore)

    ladders = _for_causes(causes, evidence, wanted)
    _hold_back(ladders, evidence)
    for ladder in list(ladders.values()):
        _take_the_place(ladder, ladders)
    for name, ladder in list(ladders.items()):
        if ladder.after is not None:
            free = wanted(ladder.after, None)
            _bring(ladder.after, name, ladders, strengths_of(ladder.after, evidence) if free else (), evidence)
    for ladder in [each for each in ladders.values() if each.cause in OF_LOSSES]:
        shown = _shown_under(ladder, evidence)
        if shown is not None and shown.name not in ladders and wanted(shown.name, shown.cause):
            ladders[shown.name] = shown
    _add_resorts(ladders, causes, evidence, wanted)
    plain = {said.code for said in (*plain_faults(evidence), *architecture.shares_as_logits(evidence))}
    told = [dataclasses.replace(ladder, plain=ladder.cause in plain) for ladder in ladders.values()]
    return tuple(sorted(told, key=lambda ladder: (-ladder.weight, ladder.after is not None)))


def _for_causes(causes: Sequence[Cause], evidence: Evidence, wanted: _Wanted) -> dict[str, Ladder]:
    """The remedies that apply, each for the cause that speaks most for it: of those for which it is the first that applies.

    What comes after another one for the same cause hardly ever cures (`chances`), however sure the cause is.
    """
    ladders: dict[str, Ladder] = {}
    speaks: dict[str, tuple[bool, float]] = {}  # for each: whether it is the first, and how sure that cause is
    for cause in causes:
        weight, first = level(cause.confidence), True
        for name in remedies_for(cause.code):
            strengths, after = _applying(name, evidence) if wanted(name, cause.code) else ((), None)
            if not strengths:
                continue
            if name not in ladders or (first, weight) > speaks[name]:
                ladders[name] = _ladder(strengths, weight, cause.code, evidence, after)
                speaks[name] = first, weight
            weight *= FALL  # for each that applies: one that cannot be tried takes nothing from the next
            first = False
    return ladders


def _hold_back(ladders: dict[str, Ladder], evidence: Evidence) -> None:
    """Let a remedy go behind another where what was seen says that it alone would not do."""

    def behind(name: str, other: str) -> None:
        if {name, other} <= ladders.keys():
            weight = min(ladders[name].weight, ladders[other].weight * FALL)
            ladders[name] = dataclasses.replace(ladders[name], weight=weight)

    if evidence.finding is not None and (evidence.finding.input_low or 0) < 0:
        # a bound on the logarithm of a negative number rewards numbers that stay negative: that loss measures nothing
        behind("epsilon-loss", "fix-output-activation")
    if evidence.course.targets_move:
        # what the model answers goes into its targets: a scale that fitted the first ones does not fit what they grow to
        behind("rescale-targets", "lower-learning-rate")


def _add_resorts(ladders: dict[str, Ladder], causes: Sequence[Cause], evidence: Evidence, wanted: _Wanted) -> None:
    """Add what is tried whatever the cause may be."""
    finding = evidence.finding
    if evidence.symptom.kind not in (SymptomKind.NONFINITE, SymptomKind.DIVERGED, SymptomKind.USELESS) or (
        finding is not None and finding.value_alone
    ):
        return  # no rate helps where gradients and weights are sound: it is the value of the loss that is wrong
    resorts: tuple[str, ...] = FOR_WANT_OF_A_CAUSE if evidence.symptom.kind == SymptomKind.USELESS else LAST_RESORTS
    if finding is not None and finding.born == "data" and evidence.kind != "fit":
        resorts = tuple(name for name in resorts if name not in PACES)  # NaN is NaN at any rate
    treatable = {ladder.cause for ladder in ladders.values()}
    isolated = _isolated([cause for cause in causes if cause.code in treatable], evidence)
    for rank, name in enumerate(resorts):
        strengths = strengths_of(name, evidence)
        if name not in ladders and strengths and wanted(name, None):
            weight = ISOLATED if isolated and name in LEAVING_OUT else LAST * FALL**rank
            ladders[name] = _ladder(strengths, weight, None, evidence)
    known, skipping = (ladders.get(name) for name in LEAVING_OUT)
    if known is not None and skipping is not None:
        ladders[skipping.name] = dataclasses.replace(skipping, weight=min(skipping.weight, known.weight * FALL))


def starts_anew(
    causes: Sequence[Cause], evidence: Evidence, *, select: Collection[str] = (), ignore: Collection[str] = ()
) -> bool:
    """Whether the most promising remedy mends the script itself, so that to try it is to run it from its start.

    See `prescribe` for the arguments.
    """
    ladders = prescribe(causes, evidence, select=select, ignore=ignore)
    return bool(ladders) and registry.remedy(ladders[0].name).in_script


def _applying(name: str, evidence: Evidence) -> tuple[tuple[Remedy, ...], str | None]:
    """The strengths of a remedy, and what it has to wait for: one may not apply until raw inputs are rescaled."""
    strengths = strengths_of(name, evidence)
    if strengths or not any(scales.raw_inputs(evidence)):
        return strengths, None
    return strengths_of(name, in_order(evidence)), RESCALING


def _shown_under(ladder: Ladder, evidence: Evidence) -> Ladder | None:
    """The remedy for what is a fault only once another one is in force: targets that are raw to the loss that it puts in."""
    under = with_plan((ladder.first,), evidence)
    for said in data.unscaled_targets(under) if under is not evidence else ():
        strengths = next(filter(None, (strengths_of(name, under) for name in remedies_for(said.code))), None)
        if strengths is not None:
            return _ladder(strengths, level(said.confidence), said.code, under, after=ladder.name)
    return None


def _take_the_place(ladder: Ladder, ladders: dict[str, Ladder]) -> None:
    """Leave out the remedies that this one stands for; it gets the best one's weight."""
    replaced = [ladders.pop(name) for name in registry.remedy(ladder.name).instead_of if name in ladders]
    if not replaced:
        return
    best = max(replaced, key=lambda other: other.weight)
    ladders[ladder.name] = dataclasses.replace(
        ladder,
        weight=max(ladder.weight, best.weight),
        cause=best.cause if best.weight > ladder.weight else ladder.cause,
    )
    for name, other in ladders.items():
        if other.after in {each.name for each in replaced}:
            ladders[name] = dataclasses.replace(other, after=ladder.name)


def _ladder(
    strengths: tuple[Remedy, ...], weight: float, cause: Code | None, evidence: Evidence, after: str | None = None
) -> Ladder:
    name = strengths[0].name
    remedy = registry.remedy(name)
    start = _start(name, strengths, evidence)
    return Ladder(strengths, weight, cause, after, start, remedy.betters, remedy.pace, alternatives=remedy.alternatives)


def _bring(
    awaited: str, waiting: str, ladders: dict[str, Ladder], strengths: tuple[Remedy, ...], evidence: Evidence
) -> None:
    """See to it that what a remedy waits for comes with it, weighing no less; what cannot come is not waited for."""
    ladder = ladders[waiting]
    if awaited in ladders:
        weight = max(ladders[awaited].weight, ladder.weight)
        ladders[awaited] = dataclasses.replace(ladders[awaited], weight=weight)
    elif strengths:
        ladders[awaited] = _ladder(strengths, ladder.weight, ladder.cause, evidence)
    else:
        ladders[waiting] = dataclasses.replace(ladder, after=None)


def _isolated(causes: Sequence[Cause], evidence: Evidence) -> bool:
    """Whether one bad step came out of a calm course and nothing certain is known of it that could be treated."""
    if evidence.symptom.kind != SymptomKind.NONFINITE or any(cause.confidence > LIKELY for cause in causes):
        return False
    *before, last = evidence.course.losses or (0.0,)
    if evidence.course.steps < CALM_STEPS or math.isfinite(last) or not all(map(math.isfinite, before)):
        return False
    start = [abs(loss) for loss in before[: max(1, len(before) // 3)]]
    return bool(start) and max(abs(loss) for loss in before[-len(start) :]) <= 2 * max(start)


def remedies_for(code: Code) -> tuple[str, ...]:
    """The built-in remedies for a cause in the order of `REMEDIES`, then those of third parties that say they cure it.

    What mends the script itself comes before all: where it applies it is known which line has made the trouble, and the others
    only treat what the script goes on to make.
    """
    in_script = tuple(name for name in REMEDIES[code] if registry.remedy(name).in_script)
    return (
        *in_script,
        *(name for name in REMEDIES[code] if name not in in_script),
        *(other.name for other in registry.third_party() if code in other.cures),
    )


def treats(name: str, code: Code) -> bool:
    """Whether a remedy is for a cause."""
    remedy = registry.remedies().get(name)
    return name in REMEDIES[code] or (remedy is not None and code in remedy.cures)


def treated(plan: Plan, code: Code) -> bool:
    """Whether a plan holds a remedy for a cause."""
    return any(treats(step.name, code) for step in plan)


def under(ladder: Ladder, plan: Plan, evidence: Evidence) -> Ladder:
    """The ladder as it would be if `plan` were already in the program: a remedy decides by what it meets.

    Targets are rescaled otherwise for a linear output than for a sigmoid; an activation that is
    wrong on raw inputs is right on rescaled ones.
    """
    changed = with_plan(plan, evidence)
    if changed is evidence:
        return ladder
    strengths = strengths_of(ladder.name, changed)
    if not strengths:
        return ladder
    return dataclasses.replace(ladder, strengths=strengths, start=_start(ladder.name, strengths, changed))


def when_idle(
    plan: Plan, evidence: Evidence, *, select: Collection[str] = (), ignore: Collection[str] = ()
) -> tuple[Remedy, ...]:
    """What to add to a plan that keeps a training finite, but too slow to learn: rates from the usual one upward.

    Args:
        plan: What is in force.
        evidence: Of the training without it.
        select: If given, only these remedies.
        ignore: Not these.
    """
    name = RATES[0]
    if not _wanted(name, None, select, ignore) or any(step.name in RATES for step in plan):
        return ()
    finite = dataclasses.replace(
        with_plan(plan, evidence), symptom=dataclasses.replace(evidence.symptom, kind=SymptomKind.USELESS)
    )
    strengths = strengths_of(name, finite)
    return strengths[_start(name, strengths, finite) :] if strengths else ()


def alternatives(plan: Plan, place: int, evidence: Evidence) -> tuple[Remedy, ...]:
    """The strengths of one remedy of a plan, mild to strong, with what comes before it in force; its own among them."""
    own = plan[place]
    strengths = strengths_of(own.name, with_plan(plan[:place], evidence))
    if any(to_json(strength) == to_json(own) for strength in strengths):
        return strengths
    return (own, *strengths)  # from kin, or from other evidence: where it stands among them is not known


def _start(name: str, strengths: Sequence[Remedy], evidence: Evidence) -> int:
    """For learning rates the strength that comes nearest to the optimizer's usual rate; else the mildest."""
    rate = working_rate(evidence)
    factors = [step.parameters.get("factor") for step in strengths]
    if not name.endswith("learning-rate") or None in factors:
        return 0
    usual = usual_rate(evidence.model.optimizer)
    wanted = usual / rate if rate is not None and rate > 0 and math.isfinite(rate) else TENTH
    wanted = missing(evidence) or wanted
    if name == "lower-learning-rate":
        wanted = min(wanted, TENTH)
    logs = [abs(math.log(factor / wanted)) for factor in factors if factor is not None]
    return logs.index(min(logs))


def strengths_of(name: str, evidence: Evidence) -> tuple[Remedy, ...]:
    """The strengths of one remedy as plan entries; empty where it is unknown or does not apply."""
    found = registry.remedies().get(name)
    if found is None:
        return ()
    strengths = tuple(Remedy(name, parameters) for parameters in found.strengths(evidence))
    if evidence.symptom.without_gradients:  # whatever data and weights are: only another computation has one
        strengths = tuple(each for each in strengths if found.apply(Setup(), each.parameters).changes_loss)
    if evidence.kind != "loop" or (evidence.model.layers and not evidence.model.bare):
        return strengths
    # bare variables: there is no model at whose boundary anything could be changed
    return tuple(remedy for remedy in strengths if _needs_no_model(found.apply(Setup(), remedy.parameters)))


def _needs_no_model(setup: Setup) -> bool:
    return dataclasses.replace(
        setup, optimizer=OptimizerKnobs(), operations=(), divisions=(), initializers={}, shuffle_rows=False
    ).neutral


def _wanted(name: str, code: Code | None, select: Iterable[str], ignore: Iterable[str]) -> bool:
    chosen = set(select)
    return (not chosen or name in chosen or code in chosen) and name not in set(ignore) and code not in set(ignore)
