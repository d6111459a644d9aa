"""The words of autostable as frozen records: what was seen, where, why, and what was done about it.

Every record goes to JSON and back without loss (`to_json`, `from_json`); floats that JSON
cannot hold are written as the strings "nan", "inf" and "-inf".
"""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Mapping
from typing import Any, TypeVar

import cattrs

T = TypeVar("T")

SCHEMA = "autostable/report-1"


class Verdict(enum.StrEnum):
    """What became of a target."""

    HEALTHY = "healthy"
    REPAIRED = "repaired"
    UNREPAIRED = "unrepaired"
    FAILED = "failed"
    UNWATCHED = "unwatched"


class Code(enum.StrEnum):
    """Why a training fails: the fixed list of causes."""

    DATA_NONFINITE = "data-nonfinite"
    DATA_UNSCALED_INPUTS = "data-unscaled-inputs"
    DATA_UNSCALED_TARGETS = "data-unscaled-targets"
    DATA_OUTLIERS = "data-outliers"
    LABELS_OUT_OF_RANGE = "labels-out-of-range"
    LABELS_SUSPICIOUS = "labels-suspicious"
    LEARNING_RATE_TOO_HIGH = "learning-rate-too-high"
    LEARNING_RATE_TOO_LOW = "learning-rate-too-low"
    LEARNING_RATE_INVALID = "learning-rate-invalid"
    GRADIENT_EXPLOSION = "gradient-explosion"
    VANISHING_GRADIENT = "vanishing-gradient"
    SATURATED_ACTIVATION = "saturated-activation"
    DEAD_RELU = "dead-relu"
    BAD_INITIALIZATION = "bad-initialization"
    UNSAFE_LOG = "unsafe-log"
    UNSAFE_SQRT = "unsafe-sqrt"
    UNSAFE_DIVISION = "unsafe-division"
    UNSAFE_EXP = "unsafe-exp"
    UNSAFE_POWER = "unsafe-power"
    UNSAFE_WHERE = "unsafe-where"
    OUTPUT_ACTIVATION_MISMATCH = "output-activation-mismatch"
    LOSS_MISMATCH = "loss-mismatch"
    PRECISION_OVERFLOW = "precision-overflow"
    BATCHNORM_STATISTICS = "batchnorm-statistics"
    EMPTY_MASK = "empty-mask"
    NOT_WATCHED = "not-watched"  # no cause: a warning where a part of a program has trained without being watched


@dataclasses.dataclass(frozen=True)
class Site:
    """A place in the user's program.

    Attributes:
        op: The TensorFlow operation, e.g. "Log"; None where the site is a line, not an operation.
        layer: The name of the layer (or loss) that the operation belongs to.
        file: The file as the user would type it (relative to the working directory where possible).
        line: The line, counted from 1.
        source: The text of that line, stripped.
        column: Where a call begins in its line, in characters from 0, where a line may hold several of a kind.
    """

    op: str | None = None
    layer: str | None = None
    file: str | None = None
    line: int | None = None
    source: str | None = None
    column: int | None = None


class SymptomKind(enum.StrEnum):
    """In which way a training failed."""

    NONFINITE = "nonfinite"
    DIVERGED = "diverged"  # finite, ends far above its start
    USELESS = "useless"  # finite, no better than a constant
    ERROR = "error"  # the step raised
    STALLED = "stalled"  # updates are skipped for ever
    HEALTHY = "healthy"  # it did not: what is seen of its data is no reason of a failure


@dataclasses.dataclass(frozen=True)
class Symptom:
    """What was seen.

    Attributes:
        kind: In which way the training failed.
        step: The training step, counted from 0 within its `fit` or loop.
        epoch: The epoch, counted from 0; None in loops of the user's own.
        first_seen_in: "loss", "gradient", "weight", "state", "input" or "label".
        evidence: Numbers and short texts that back it.
    """

    kind: SymptomKind
    step: int
    epoch: int | None = None
    first_seen_in: str = "loss"
    evidence: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def without_gradients(self) -> bool:
        """Whether the step raised because nothing that is trained got a gradient."""
        return self.kind == SymptomKind.ERROR and self.first_seen_in == "gradient"


class CauseState(enum.StrEnum):
    """What the attempts of a repair say of a cause."""

    PROVEN = "proven"  # the plan that cured treats it, and without that remedy the training fails
    SUPPORTED = "supported"  # the plan that cured treats it
    NOT_TRIED = "not tried"  # no attempt was for it, or none settles it
    IN_VAIN = "tried in vain"  # remedies for it were tried, and nothing has cured the training
    REFUTED = "refuted"  # treating it alone did not help, and the training is cured without


@dataclasses.dataclass(frozen=True)
class Cause:
    """Why, with the sentence that backs it and the place where the owner should look.

    Attributes:
        state: Whether attempts of the repair have shown it to be the cause, or not.
        proof: One sentence that says which, with figures; empty where none settles it.
    """

    code: Code
    confidence: float
    evidence: str
    site: Site | None = None
    state: CauseState = CauseState.NOT_TRIED
    proof: str = ""

    @property
    def refuted(self) -> bool:
        """Whether it gives no advice any more."""
        return self.state is CauseState.REFUTED


@dataclasses.dataclass(frozen=True)
class Remedy:
    """One change with its parameters, as it stands in a plan."""

    name: str
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)


Plan = tuple[Remedy, ...]


@dataclasses.dataclass(frozen=True)
class Astray:
    """Targets some of which are not what they say (see `judgement.astray`).

    Attributes:
        kind: "unit" (read in another unit), "wrap" (around, in an integer that was too narrow) or "byte" (flags that were
            divided by 255 along with the inputs).
        low, high: Those within are concerned, and no others; None where values alone do not tell which are.
        factor, shift: Times and plus these they are what they should have been.
        rows, of: How many of those that were looked at are concerned.
        before, after: Share of the targets' spread that a plain model tells of unseen rows: as they are, and put back.
        bits: Of the integer that they have wrapped around in; 0 of units.
        around: What is lost at each turn, in the program's units.
        mark: A mark of thousands was read as a decimal point.
        place: Of which output they are the targets.
        mean, std: Of all targets, once these are put back.
    """

    kind: str
    low: float | None
    high: float | None
    factor: float
    shift: float
    rows: int
    of: int
    before: float
    after: float
    bits: int = 0
    around: float = 0.0
    mark: bool = False
    place: int = 0
    mean: float = 0.0
    std: float = 1.0


class State(enum.StrEnum):
    """What a training is, from good to bad. A suspect is sick if, and only if, a plan cures it."""

    HEALTHY = "healthy"
    SUSPECT = "suspect"
    SICK = "sick"


@dataclasses.dataclass(frozen=True)
class Learning:
    """What a run of a whole training had learnt when it ended, of its worst output; None: cannot be told.

    Attributes:
        state: What the training is; `reason` the row of the table of judgement that decided (`judgement.verdict.Reason.of`).
        output: The output that this is about, counted from 0.
        rows: Rows that it was judged on.
        loss: The training's own loss of them, as the model is used; `constant` that of the best constant prediction.
        signal: Standard deviations that the loss lies below that of shuffled targets.
        skill: 1 - loss / constant.
        calibrated: Skill after the best monotone map (numbers) or temperature and class offsets (classes).
        reach: `calibrated` over that of a plain model on rows that it had not seen.
        figure: What people know it by: "accuracy", "R2" or "AUC"; `value` the network's, `plain` the plain model's.
        model: The plain model: "ridge", "trees", "words" (ridge of which words a row holds) or "summaries"
            (trees of figures of a row as a whole).
        unseen_loss, unseen_calibrated, unseen_value: The same of validation data.
    """

    state: State
    reason: str
    output: int = 0
    rows: int = 0
    loss: float | None = None
    constant: float | None = None
    signal: float | None = None
    skill: float | None = None
    calibrated: float | None = None
    reach: float | None = None
    figure: str | None = None
    value: float | None = None
    plain: float | None = None
    model: str | None = None
    plain_calibrated: float | None = None
    unseen_loss: float | None = None
    unseen_calibrated: float | None = None
    unseen_value: float | None = None


class Answer(enum.StrEnum):
    """What can be said of a statement."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclasses.dataclass(frozen=True)
class Statement:
    """One statement about a training.

    Attributes:
        answer: Whether it holds. What cannot be told counts neither against a training nor for a plan.
        figure: The number that the answer rests on.
        why: A few words for the report; nothing decides by them.
    """

    answer: Answer = Answer.UNKNOWN
    figure: float | None = None
    why: str = ""

    @property
    def yes(self) -> bool:
        return self.answer is Answer.YES

    @property
    def no(self) -> bool:
        return self.answer is Answer.NO

    @property
    def unknown(self) -> bool:
        return self.answer is Answer.UNKNOWN


@dataclasses.dataclass(frozen=True)
class Attempt:
    """A plan and what became of it.

    Attributes:
        plan: The plan that was in force; empty for the baseline.
        kind: "baseline", "probe" or "full".
        outcome: "stable", "unstable", "crashed" or "timed-out".
        steps: Training steps that were run.
        seconds: Wall-clock seconds.
        loss_first: Mean loss of the first steps, in the user's own loss and units.
        loss_last: Mean loss of the last steps, likewise.
        yardstick: What plans are ranked by; smaller is better.
        why: One sentence: why this outcome.
        curve: The loss over the steps: means of at most 100 equal stretches, oldest first.
        learnt: False where a stable run of the whole training has learnt too little: not what failed before, or not enough.
        passes: False where it may not be called repaired: it has learnt nothing though there is something to learn.
        learning: What was learnt, in figures; None of probes, and where nothing could be told.
        statements: Of each output all that it was judged by, by the names of `judgement.verdict.Statements`; empty of probes
            and of what crashed.
    """

    plan: Plan
    kind: str
    outcome: str
    steps: int
    seconds: float
    loss_first: float | None = None
    loss_last: float | None = None
    yardstick: float | None = None
    why: str = ""
    curve: tuple[float, ...] = ()
    learnt: bool = True
    passes: bool = True
    learning: Learning | None = None
    statements: tuple[Mapping[str, Statement], ...] = ()

    @property
    def stable(self) -> bool:
        return self.outcome == "stable"


class Action(enum.StrEnum):
    """What is done about a training that failed, while it goes on."""

    WENT_BACK = "went-back"  # to a healthy state, and on: what failed did not fail again
    SKIPPED = "skipped"  # a batch was left out
    REMEDY = "remedy"  # is in force from there on
    SLOWER = "slower"  # the learning rate was lowered, and is given back bit by bit


@dataclasses.dataclass(frozen=True)
class Intervention:
    """What was done about a training in its middle, under `--on-failure heal`.

    Attributes:
        step: The batch that it failed in, counted from 0 within its `fit` or loop.
        reason: One sentence: what was seen, and what speaks for what was done.
        action: What was done.
        back_to: The batch before which the state was taken that it went on from.
        remedy: What is in force from there on (under SLOWER: for a while); None where nothing is.
        batch: The batch that was left out; `rows` those of its rows that are to blame, `data_rows` the same as rows of the
            arrays that `fit` was given.
        steps_again: Batches that were trained on once more.
        steps_lost: Batches whose updates were given up.
        seconds: Wall-clock seconds that it took.
        training: Number of the training in the program, counted from 0.
    """

    step: int
    reason: str
    action: Action
    back_to: int
    remedy: Remedy | None = None
    batch: int | None = None
    rows: tuple[int, ...] = ()
    data_rows: tuple[int, ...] = ()
    steps_again: int = 0
    steps_lost: int = 0
    seconds: float = 0.0
    training: int = 0


@dataclasses.dataclass(frozen=True)
class Cost:
    """What it took, in training steps and seconds; `ratio` is steps_total / steps_full_run."""

    steps_total: int = 0
    steps_full_run: int = 0
    ratio: float = 0.0
    seconds: float = 0.0


class Safety(enum.StrEnum):
    """What a source edit may do to a program, as ruff marks its fixes."""

    SAFE = "safe"  # whatever was finite is computed as before
    CHANGES_TRAINING = "changes-training"  # another rate, other data, another loss: the owner should agree
    INCOMPLETE = "incomplete"  # it is not all that the plan did


@dataclasses.dataclass(frozen=True)
class Edit:
    """A change to the user's source as a unified diff.

    Attributes:
        complete: The edits of this report do all that the plan did. False: something is left to the user, and a comment
            in the diff, or a note of the report, says what.
        safety: What it may do to the program.
    """

    file: str
    diff: str
    complete: bool = True
    safety: Safety = Safety.CHANGES_TRAINING


@dataclasses.dataclass(frozen=True)
class Figure:
    """A number that both the patched program and the repaired run came to.

    Attributes:
        name: The words that it stands in, or "final loss".
        alone: What the patched program came to by itself.
        repaired: What the repaired run came to.
        holds: Whether the one is as good as the other.
    """

    name: str
    alone: float
    repaired: float
    holds: bool


@dataclasses.dataclass(frozen=True)
class AloneRun:
    """One run of the patched program by plain python.

    Attributes:
        seed: What was added to each seed that the program sets; 0 is the program as it is.
        status: Its exit status; None where it was ended because it took too long.
        figures: What it came to, beside the repaired run.
        holds: Whether it came to its end and is as good as the repaired run.
        why: One sentence where it does not hold.
    """

    seed: int
    status: int | None
    seconds: float
    figures: tuple[Figure, ...] = ()
    holds: bool = True
    why: str = ""


@dataclasses.dataclass(frozen=True)
class Proof:
    """What the source edits are worth: the patched program, run by plain python in a copy of its folder.

    Attributes:
        holds: Whether all runs are as good as the repaired run; None where it could not be tried, `why` says why.
        varied: Whether runs that were to have other seeds had them; None where none was to.
    """

    holds: bool | None
    runs: tuple[AloneRun, ...] = ()
    varied: bool | None = None
    why: str = ""


@dataclasses.dataclass(frozen=True)
class Report:
    """The whole story of one target.

    Attributes:
        target: What was run: "kind", "path" or "module", "arguments", "exit_status", "fingerprint".
        environment: "python", "tensorflow", "keras", "device", "jit_compile", "precision".
        plan: The plan that holds; empty where healthy.
        plans: For each training of the script (`fit` number, counted from 0, as a string) its plan;
            what `stable.json` keeps. Of one that was healed in its middle it is for the next run, from its step 0, and holds
            more than `plan` where it takes the place of batches that were left out.
        notes: Remarks that are neither causes nor warnings ("merely slow", "no training was seen").
        files: Where the report, stable.json, the HTML page and the capsule lie.
        proof: What the patched program came to by itself; None where nobody asked.
        interventions: What was done in the middle of a training, oldest first; `plan` is what was in force at its end.
    """

    verdict: Verdict
    target: Mapping[str, Any]
    environment: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    symptom: Symptom | None = None
    site: Site | None = None
    causes: tuple[Cause, ...] = ()
    warnings: tuple[Cause, ...] = ()
    plan: Plan = ()
    attempts: tuple[Attempt, ...] = ()
    cost: Cost = Cost()
    edits: tuple[Edit, ...] = ()
    files: Mapping[str, str] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    plans: Mapping[str, Plan] = dataclasses.field(default_factory=dict)
    proof: Proof | None = None
    interventions: tuple[Intervention, ...] = ()
    schema: str = SCHEMA


def _float_out(value: float) -> float | str:
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def _plain(value: Any) -> Any:
    """Make any JSON-like value strict: non-finite floats become strings, tuples lists."""
    if isinstance(value, float):
        return _float_out(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _freeze(value: Any, _: type) -> Any:
    return value


_converter = cattrs.Converter()
_converter.register_structure_hook(float, lambda value, _: float(value))
_converter.register_structure_hook(float | None, lambda value, _: None if value is None else float(value))
_converter.register_structure_hook(Any, _freeze)


def to_json(record: Any) -> Any:
    """Turn a record (or a container of records) into what `json.dumps(..., allow_nan=False)` accepts."""
    return _plain(_converter.unstructure(record))


def from_json(value: Any, kind: type[T]) -> T:
    """Build a record of type `kind` from what `to_json` gave.

    Raises:
        ValueError: If the value does not have the fields of `kind`.
    """
    try:
        return _converter.structure(value, kind)
    except Exception as error:  # cattrs raises exception groups of many types
        raise ValueError(f"not a valid {kind.__name__}: {error}") from error
