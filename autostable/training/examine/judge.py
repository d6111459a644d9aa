"""Judges whole runs of one fit, baseline and plans alike, always on the same rows."""

from __future__ import annotations

import dataclasses
import itertools
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import keras
import numpy as np
from keras import tree

from autostable.judgement import astray, bounds, course, cure, dummy, levels, output, reference, verdict
from autostable.judgement.calibrated import Calibrated
from autostable.judgement.gain import Measured, Score, Unit, changes_state
from autostable.judgement.kinds import Kind
from autostable.judgement.output import Seen
from autostable.judgement.peers import Peers
from autostable.judgement.reference import Model
from autostable.judgement.signal import Still
from autostable.judgement.statements import Statement, no, unknown, yes
from autostable.judgement.verdict import Goal, Judgement, Reason, Statements
from autostable.knowledge import scales, signs
from autostable.knowledge.signs import Said
from autostable.records import Astray, Learning, State, to_json
from autostable.setup import Setup
from autostable.training import counted, data, seams
from autostable.training.examine import learning, rows
from autostable.training.examine.influence import affordable_rows, idle_inputs
from autostable.training.examine.learning import Look
from autostable.training.examine.model_loss import ModelLoss
from autostable.training.examine.model_step import ModelStep, Training, asks_of, contrasts, taken_apart
from autostable.training.examine.rows import Rows
from autostable.training.examine.step_loss import StepLoss

FEWEST_STEPS = 30  # of a fit that is judged by what it learnt: shorter ones are parts of a training, or have only begun
SECONDS = 0.3  # what a look may take, or
SHARE = 0.02  # this share of the run, where that is more;
DOUBT = 10.0  # so many times as much before anything is said against a training
LEAST_ROWS = 1000  # that are looked at before anything is said against a training, or of what there is to find
UNSEEN_ROWS = 1000
MANY_ROWS = 20_000  # where a signal may be too weak to be seen in fewer
_PASSED = (Reason.LEARNT, Reason.BY_HEART, Reason.ONLY_BOUNDED)
_log = logging.getLogger("autostable")


class Patient(Training, Protocol):
    """The training that is looked at."""

    @property
    def model(self) -> Any:
        """What is asked for predictions."""

    @property
    def limits(self) -> Sequence[tuple[float, float] | None]:
        """What each output can give, where its loss compares it with numbers (see `facts.limits`)."""

    @property
    def probabilities(self) -> Sequence[bool]:
        """Whether each output is made of probabilities (see `facts.gives_probabilities`)."""

    @property
    def data_setup(self) -> Setup:
        """What is in force of what a plan does to the data that `fit` was given."""

    def own_loss(self, x: Any, y: Any, predictions: Any, weight: Any, output: int | None) -> Any:
        """The training's own loss, without what regularisers add; of one output alone, if one is named."""

    def is_plain(self, batch: tuple[Any, Any, Any]) -> bool:
        """Whether the user's own step comes to what the compiled loss of the model's outputs is, on this batch."""


@dataclasses.dataclass(frozen=True)
class Judged:
    """What is said of one run.

    Attributes:
        judgement: State, the row of the table that decided, and the output that it is about.
        statements: Of each output.
        learning: The record of the worst output; None where only finite and bounded can be told.
        seen: Of each output; `unseen` its score on rows that were not trained on.
        start: Mean loss of the first steps.
    """

    judgement: Judgement
    statements: tuple[Statements, ...]
    learning: Learning | None = None
    seen: tuple[Seen, ...] = ()
    unseen: Score | None = None
    start: float | None = None

    @property
    def of_the_loss(self) -> dict[str, Any]:
        """What was seen of the loss of the worst output, for the symptom: that it takes logits, and is given shares, say."""
        if not self.seen:
            return {}
        worst = self.seen[min(self.judgement.output, len(self.seen) - 1)]
        blind = self.judgement.reason is Reason.BLIND_LOSS
        wrong = {} if worst.astray is None else {"astray": to_json(worst.astray)}
        found = {"blind_loss": blind, "wants_logits": worst.logits, "turned": worst.turned, "beyond": worst.beyond,
                 "one_sided": worst.one_sided, "copies": worst.copies, "peeks": worst.peeks}  # fmt: skip
        off = {"inference_loss": worst.loss} if self.judgement.reason is Reason.LOST_IN_USE else {}
        return {**{name: True for name, seen in found.items() if seen}, **wrong, **off}

    @property
    def _told(self) -> Statements:
        """The statements of the output that decided; where only finite and bounded is told, those of all of them."""
        return self.statements[min(self.judgement.output, len(self.statements) - 1)]

    @property
    def knows_better(self) -> bool:
        """Whether it is let pass for what it could say, though by its own loss one answer for all rows is as good."""
        return self.healthy and verdict.hardly(self._told.skill)

    def decided_by(self, reason: Reason) -> Judged:
        """The same of which more is known: its network finds nothing, its loss mixes rows up, no answer reaches its targets."""
        told = Judgement(verdict.state_of(reason), reason, self.judgement.output)
        record = self.learning and dataclasses.replace(self.learning, state=told.state, reason=reason.code)
        return dataclasses.replace(self, judgement=told, learning=record)

    @property
    def sick(self) -> bool:
        return self.judgement.state is State.SICK

    @property
    def cannot_heal(self) -> bool:
        """Whether its end need not be waited for: it is sick, or suspect by what no training changes."""
        if self.sick or self.healthy:
            return self.sick
        return self._told.contradiction or self._told.fits.no

    @property
    def healthy(self) -> bool:
        return self.judgement.state is State.HEALTHY

    @property
    def convinces(self) -> bool:
        """Whether a plan under which it ended so need not make way for a better one: little more is to be expected."""
        skill = self.statements[self.judgement.output].skill
        if self.judgement.reason is Reason.UNDECIDED:  # a short training that has begun, or stands where it stood
            return skill.unknown or (skill.figure or 0.0) >= levels.DELTA
        return self.healthy and self.passes and self.judgement.reason is not Reason.STILL_FALLING

    @property
    def passes(self) -> bool:
        """Whether a plan under which it ended so may be called a cure.

        Of too few steps to tell whether it still falls, one whose loss is absurdly far above that of a constant is none, if at
        its pace, in orders of magnitude, it would not be within twice that after as many steps again.
        """
        within, worst = self.statements[self.judgement.output].within, self.worst
        if self.sick or worst is None or not within.unknown or (within.figure or 0.0) <= scales.ABSURD:
            return not self.sick
        assert within.figure is not None
        fallen = math.log(max(1.0, (self.start or 0.0) / worst.loss))
        return fallen >= math.log(within.figure / levels.TWICE)

    def of_few_steps(self, told: Statements) -> Judged:
        """What is left of it where steps are too few for more: how far from a constant's loss the worst output ends.

        Args:
            told: All else that can be said.
        """
        ends = [bounds.within(seen.loss, seen.constant, unknown()) for seen in self.seen]
        outputs = tuple(dataclasses.replace(told, within=each) for each in ends)
        worst = max(range(len(ends)), key=lambda place: ends[place].figure or 0.0)
        return Judged(dataclasses.replace(verdict.judge(outputs), output=worst), outputs, None, self.seen)

    @property
    def by_output(self) -> tuple[Mapping[str, Statement], ...]:
        """The statements of each output, as the record of an attempt keeps them."""
        return tuple(each.by_name for each in self.statements)

    @property
    def worst(self) -> Seen | None:
        """The output that decided."""
        return self.seen[self.judgement.output] if self.seen else None


@dataclasses.dataclass(frozen=True)
class RunFacts:
    """Of a run that came to its end.

    Attributes:
        losses: Of all its steps.
        seconds: How long it took.
        bounded: Whether its course is.
        plain_fault: The fault that labels, output, loss and data show by themselves; asked only where it matters.
        off: Averages that the model keeps may not be those of its rows: still made of their first values to a good part, or of
            the last few batches.
        faint: The same of an average of the weights, which makes answers fainter before it makes them wrong.
        courses: By the place of an output its own loss of each epoch, where there are several outputs.
        still: Its last gradients are all zero, though the loss is not.
        copied: Whether units of a layer are copies of one another; asked only where it is judged what was learnt.
        compares: A plain model is asked in any case, for the report: of a plan's run, which costs no healthy training anything.
    """

    losses: Sequence[float]
    seconds: float
    bounded: Statement
    plain_fault: Callable[[], Said | None] = lambda: None
    off: bool = False
    courses: Mapping[int, Sequence[float]] = dataclasses.field(default_factory=dict)
    still: bool = False
    copied: Callable[[], bool] = lambda: False
    faint: bool = False
    compares: bool = False

    @property
    def untold(self) -> Statements:
        """What is to be said of it where nobody looks at what it has learnt."""
        return Statements(finite=yes(), bounded=self.bounded, still=self.still)

    def course_of(self, place: int) -> Sequence[float]:
        """The losses of one output where they are known, else those of all together."""
        return self.courses.get(place, self.losses)


def statements_of(seen: Seen, place: int, run: RunFacts) -> Statements:
    """All that what was seen of an output and of its run says, but for what only a look at the data shows.

    Args:
        seen: What was seen of it.
        place: Its place among all outputs.
        run: The run.
    """
    told = output.statements(seen, run.course_of(place), bounded=run.bounded, steps=len(run.losses))
    told = dataclasses.replace(told, still=run.still, copied=run.copied())
    if not (run.off or run.faint) or run.courses:
        return told
    used = seen.loss if run.off else _as_sure(seen)
    return dataclasses.replace(told, used=dummy.as_trained(used, course.ends(run.losses)[1], seen.constant))


def _as_sure(seen: Seen) -> float:
    """The loss of a model as it is used; of classes as it would be of answers that are as sure as they should be.

    Averages of weights leave answers fainter, and no class another for that.
    """
    if seen.kind is not Kind.CLASS or seen.network is None or seen.constant is None:
        return seen.loss
    return min(seen.loss, (1.0 - seen.network.skill) * seen.constant)


class Judge:
    """Judges the whole runs of one fit.

    Args:
        patient: The training.
        arguments: Those of `fit`.
        own_step: The model has a training step of its own.
        by_row: The loss comes with Keras, so it averages over rows.
        always: Judge short runs too (a trial of a sweep is a whole training).
        classifies: Whether the loss of an output is one for classes.
        kept: Gives the batches that went by, where the data can be read only once.
        peers: What other trials of the same sweep have reached; None outside of sweeps.
        reading: Within it data are read as the training has read them first.
    """

    def __init__(
        self, patient: Patient, arguments: dict[str, Any], *, own_step: bool, by_row: bool, always: bool,
        classifies: Callable[[int], bool] = lambda output: False, kept: Callable[[], Sequence[Any]] = tuple,
        peers: Peers | None = None, reading: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:  # fmt: skip
        self._patient, self._arguments, self._classifies = patient, arguments, classifies
        self._own_step, self._by_row, self._always, self._kept = own_step, by_row, always, kept
        self._peers, self._reading = peers, reading
        self._plain_step: bool | None = None
        self._rows: dict[tuple[int, bool, str], Rows | None] = {}
        self.unseen: Rows | None = None  # rows of the validation data, once they were read

    def judged(
        self, run: RunFacts, goal: Goal = Goal.HEALTHY, *, adversaries: bool = False, planned: bool = False
    ) -> Judged:  # fmt: skip
        """What is to be said of a run that came to its end; the model stands where the run left it.

        Args:
            run: The run.
            goal: What it is held to.
            adversaries: Several optimizers work against each other.
            planned: It ran under a plan: of too few steps, too, it is told how far from a constant's loss it ends.
        """
        bounded = run.untold
        too_few = len(run.losses) < FEWEST_STEPS and not self._always
        if goal is Goal.FINITE or run.bounded.no or adversaries or (too_few and not planned):
            return Judged(verdict.judge([bounded], goal), (bounded,))
        try:
            with self._patient.at_rest():
                found = self._looked(run, short=too_few)
        except Exception as error:  # a model that only `fit` can feed, a loss that wants more than it is given
            _log.debug("a training could not be looked into", exc_info=error)
            found = None
        if found is None:
            return Judged(verdict.judge([bounded]), (bounded,))
        found = found.of_few_steps(bounded) if too_few else found
        return dataclasses.replace(found, start=course.means(run.losses)[0])

    def judged_by_signal(
        self,
        run: RunFacts,
        seen: Callable[[float], Seen | None],
        goal: Goal = Goal.HEALTHY,
        *,
        adversaries: bool = False,
    ) -> Judged:
        """The same for a step that the user wrote, of which only the signal can be seen.

        Args:
            run: The run.
            seen: Looks at the step, in about so many seconds; None where it cannot be looked at.
            goal: What it is held to.
            adversaries: Several optimizers work against each other.
        """
        told = run.untold
        if goal is Goal.FINITE or run.bounded.no or adversaries or len(run.losses) < FEWEST_STEPS:
            return Judged(verdict.judge([told], goal), (told,))
        try:
            with self._patient.at_rest():
                found = seen(max(SECONDS, SHARE * run.seconds))
        except Exception as error:
            _log.debug("a step could not be looked into", exc_info=error)
            found = None
        if found is None or not np.isfinite(found.loss):
            return Judged(verdict.judge([told]), (told,))
        return self._of_step(found, run)

    def _of_step(self, seen: Seen, run: RunFacts) -> Judged:
        told = output.statements(seen, run.losses, bounded=run.bounded)
        told = dataclasses.replace(told, still=run.still, copied=run.copied())
        told = self._with_fault(told, run)
        found = verdict.judge([told])
        return Judged(found, (told,), output.learning(seen, found, told), (seen,), start=course.means(run.losses)[0])

    @staticmethod
    def _with_fault(told: Statements, run: RunFacts) -> Statements:
        """The statements with whether there is a plain fault, where that could change what is said."""
        sound = verdict.reason_of(told) in _PASSED and not told.endless.yes
        if sound and not verdict.hardly(told.skill) and not told.short and not told.partial:
            return told
        fault = run.plain_fault()
        contradiction = fault is not None and fault.sign.kind is signs.Kind.PLAIN
        return dataclasses.replace(told, plain_fault=fault is not None, contradiction=contradiction)

    def rows_of(self, losses: Sequence[float]) -> Rows | None:
        """The rows that a run with these losses is judged on; None where it is too short to be judged."""
        if len(losses) < FEWEST_STEPS and not self._always:
            return None
        return self._some(rows.MOST_ROWS, course.lower(losses))

    def idle_inputs(self, run: RunFacts) -> tuple[int, ...]:
        """Which of several inputs have no influence on the loss (see `influence.idle_inputs`)."""
        some = None if self._own_step and not self._plain_step else self.rows_of(run.losses)
        if some is None or len(tree.flatten(some.x)) < 2:
            return ()
        weights = sum(math.prod(each.shape) for each in self._patient.model.trainable_variables)
        most = affordable_rows(some, weights, len(run.losses))
        try:
            with self._patient.at_rest():
                return idle_inputs(lambda each: self._loss_of(each, math.inf).true(), some, most)
        except Exception as error:
            _log.debug("the inputs of a training could not be shuffled", exc_info=error)
            return ()

    def cures(
        self,
        baseline: Judged,
        plan: Judged,
        *,
        same_loss: bool,
        takes_away: bool = False,
        twin: Callable[[], Rows | None] = lambda: None,
    ) -> Statement:
        """Whether a plan changes the state of a baseline that ran to its end.

        Args:
            baseline: The training as it was.
            plan: Under the plan.
            same_loss: The plan leaves the loss and its scale as they are.
            takes_away: It takes away what may have been put in against learning by heart: rows that were trained on say nothing
                of it.
            twin: Trains once more under the plan, with rows kept back, and gives these; asked only where neither
                validation data nor a plain model vouches that there is something to learn, and for such a plan where there
                are no validation data.
        """
        place = min(baseline.judgement.output, len(plan.statements) - 1)
        before, after = self._measured(baseline, place), self._measured(plan, place)
        seen = baseline.worst
        known = seen is not None and seen.reference is not None and seen.reference.sure
        partly = baseline.judgement.reason is Reason.PARTLY
        unit = Unit(
            constant=None if seen is None else output.uninformed(seen, baseline.start) if partly else seen.constant,
            reference=seen.reference.skill if known and seen is not None and seen.reference is not None else None,
            same_loss=same_loss,
            in_figures=partly,
        )
        under = plan.statements[place]
        if under.reach.unknown and known and seen is not None and plan.seen:
            # what learnt clearly was not compared with a plain model: that of the baseline had the same rows
            learnt = plan.seen[place]
            under = dataclasses.replace(
                under, reach=reference.statement(learnt.network, seen.reference, own=output.acquitting(learnt))
            )
        holds = cure.held(baseline.judgement.reason, under)
        out_of_reach = baseline.judgement.reason is Reason.OUT_OF_REACH  # which needs nobody to vouch for it
        # of pairs that its loss does not read a network has learnt nothing by heart: what it tells all the same is there
        tells = seen is not None and seen.network is not None and seen.network.skill >= levels.DELTA
        by_itself = baseline.judgement.reason is Reason.BLIND_LOSS and tells
        vouched = known or seen is None or seen.kind is None or out_of_reach or by_itself
        was_bounded = baseline.judgement.reason not in cure.INCOMPARABLE
        if takes_away and (before.unseen is None or after.unseen is None):
            # what the baseline makes of the rows that it was trained on is no less than it would make of others
            back = self._score_of(twin(), place) if holds.yes else None
            if back is not None:
                before, after = Measured(before.trained, before.trained), Measured(after.trained, back)
            elif holds.yes:
                return unknown("no unseen rows, and it takes away what may have been put in against learning by heart")
            was_bounded = True
        said = changes_state(before, after, unit, holds=holds, was_bounded=was_bounded, vouched=vouched)
        if not said.unknown or vouched or not holds.yes:
            return said
        would = changes_state(before, after, unit, holds=holds, was_bounded=was_bounded, vouched=True)
        return would if would.yes and (self._vouched_for(place) or self._knows(twin(), place)) else said

    def _vouched_for(self, place: int) -> bool:
        """Whether a plain model finds something in other rows than the baseline had, where the plan trains on such."""
        setup = self._patient.data_setup
        others = setup.shuffle_together or setup.decoded_swapped or setup.drop_labels_outside is not None
        some = self._rows.get(_rows_of(rows.MOST_ROWS, setup)) if others else None
        if some is None:
            return False
        with self._patient.at_rest():
            loss = self._loss_of(some.within(setup.drop_labels_outside), DOUBT * SECONDS, LEAST_ROWS)
            look = Look(loss, DOUBT * SECONDS, self._one_class)
            seen = look.outputs()[place]
            found = (look.with_reference(seen, place, model).reference for model in look.models())
            return any(each is not None and each.sure for each in found)

    def _knows(self, back: Rows | None, place: int) -> bool:
        """Whether the model, as it stands, tells the true pairs of rows that were kept back, by more than a tie."""
        if back is None or (self._own_step and not self._is_plain(back)):
            return False  # of a step of the user's own nobody asks rows that were kept back
        with self._patient.at_rest():
            look = Look(self._loss_of(back, DOUBT * SECONDS), DOUBT * SECONDS, self._one_class)
            told = output.statements(look.outputs()[place], (), bounded=yes())
        skilled = told.skill.unknown or (told.skill.figure or 0.0) >= levels.DELTA / 2
        return told.signal.yes and skilled

    def _score_of(self, back: Rows | None, place: int) -> Score | None:
        """How good the model, as it stands, is on rows that were kept back."""
        back = None if back is None else back.finite()
        if back is None:
            return None
        with self._patient.at_rest():
            look = Look(self._loss_of(back, DOUBT * SECONDS), DOUBT * SECONDS, self._one_class)
            return _score(look.outputs()[place])

    def _measured(self, judged: Judged, place: int) -> Measured:
        if not judged.seen:
            return Measured()
        seen = judged.seen[min(place, len(judged.seen) - 1)]
        skill = judged.statements[min(place, len(judged.statements) - 1)].skill
        known = skill.figure if seen.constant is not None and seen.constant > 0 else 0.0 if skill.no else None
        trained = _score(seen, known)
        return Measured(trained, judged.unseen)

    # -- looking -----------------------------------------------------------------------------

    def _looked(self, run: RunFacts, *, short: bool = False) -> Judged | None:
        seconds = max(SECONDS, SHARE * run.seconds)
        some = self._some(rows.MOST_ROWS, course.lower(run.losses))
        if some is None:
            return None
        if some.rebuilds or (self._own_step and not self._is_plain(some)):
            return self._stepped(some, run, seconds)
        counting = some.counted(self._patient.model)
        if some.count == rows.MOST_ROWS and (learning.has_rare_class(counting) or learning.has_equal_targets(counting)):
            some = self._some(MANY_ROWS, course.lower(run.losses)) or some
        found = self._told(some, run, seconds)
        if short:
            return found
        if found.judgement.reason in _PASSED and _of_few(found, some.counting(self._patient.model)):
            found = self._told(some, run, seconds, least=LEAST_ROWS)
        if found.judgement.reason in _PASSED:
            return self._with_unseen(found, seconds)
        found = self._told(some, run, DOUBT * seconds, least=LEAST_ROWS)  # how busy a machine is must not decide
        weak = found.judgement.reason is Reason.NO_SIGNAL and some.count == rows.MOST_ROWS
        many = self._some(MANY_ROWS, course.lower(run.losses)) if weak else None
        if many is not None and many.count > some.count:
            more = self._told(many, run, DOUBT * seconds, least=rows.MOST_ROWS)
            found = more if more.healthy else found
        return self._with_unseen(found, DOUBT * seconds)

    def _is_plain(self, some: Rows) -> bool:
        """Whether a step of the user's own comes to the same as Keras's: then the model is judged as it is used."""
        if self._plain_step is None:
            one = some.first(some.batch)
            self._plain_step = self._patient.is_plain((one.x, one.y, one.weight))
        return self._plain_step

    @property
    def _validates(self) -> bool:
        return self._arguments.get("validation_data") is not None or bool(self._arguments.get("validation_split"))

    def _some(self, most: int, lower: Statement) -> Rows | None:
        setup = self._patient.data_setup
        key = _rows_of(most, setup)
        if key not in self._rows:
            kept = self._kept()
            # a look that leaves a trace in the pipeline of a later fit is taken only where nothing seems to be learnt
            with self._reading():
                self._rows[key] = (
                    rows.of_batches(kept, most)
                    if kept
                    else rows.trained_on(
                        {**self._arguments, "x": data.rejoined(self._arguments["x"], setup)}, traceless=not lower.no,
                        most=most, rebuilds=self._own_step,
                    )
                )  # fmt: skip
        return self._rows[key]

    def _one_class(self, place: int) -> bool:
        """Whether an output's labels of classes are equal in all rows there are, not only in those that are looked at."""
        if not self._classifies(place):
            return False
        if data.in_memory(self._arguments.get("x")) and self._arguments.get("y") is not None:
            return rows.all_equal(*data.counted_labels(self._patient.model, self._arguments))
        some = self._rows.get(_rows_of(rows.MOST_ROWS, self._patient.data_setup))
        return some is not None and some.count < min(rows.MOST_ROWS, data.MOST_BATCHES * some.batch)

    def _loss_of(self, some: Rows, seconds: float, least: int = 0) -> ModelLoss:
        patient = self._patient
        places = seams.target_places(patient.model, some.y)
        return ModelLoss(
            patient.model, some, patient.own_loss, places=places, by_row=self._by_row, seconds=seconds, least=least
        )

    def _told(self, some: Rows, run: RunFacts, seconds: float, least: int = 0) -> Judged:
        sound = some.finite()
        trained = self._put_back((sound or some).within(self._patient.data_setup.drop_labels_outside))
        loss = self._loss_of(trained, seconds / 3, least)  # of rows with gaps nothing can be told
        lost = sound is not None and loss.has_nan
        look = Look(loss, seconds / 3, self._one_class, self._patient.limits, self._patient.probabilities)
        seen, told = [], []
        for place, one in enumerate(look.outputs()):
            if self._patient.data_setup.shift_targets:
                one = dataclasses.replace(one, copies=False)  # it is asked for what it is not shown
            one = dataclasses.replace(one, astray=self._astray(one, place, trained))
            one, said = self._with_doubt_settled(look, one, place, run)
            if lost and np.isnan(one.loss):
                said = dataclasses.replace(said, finite=no(why="its predictions are NaN"))
            seen.append(one)
            told.append(said)
        found = verdict.judge(told)
        shown = seen[found.output]
        if run.compares and shown.reference is None:  # behind the verdict: nothing hangs on it
            shown = look.with_reference(shown, found.output, Model.RIDGE)
        record = output.learning(shown, found, told[found.output])
        return Judged(found, tuple(told), record, tuple(seen))

    def _astray(self, seen: Seen, place: int, some: Rows) -> Astray | None:
        """Targets of one output that are not what they say; of all rows, whatever time there was to predict."""
        y = np.asarray(tree.flatten(some.y)[seams.target_places(self._patient.model, some.y)[place]])
        byte = astray.divided(y) if y.dtype.kind == "f" else None
        if byte is not None:
            return dataclasses.replace(byte, place=place)
        parts = [np.asarray(part) for part in tree.flatten(some.x)]
        if seen.kind is not Kind.NUMBER or y.size != len(y) or any(part.dtype.kind not in "biuf" for part in parts):
            return None
        mask = counted.targets(self._patient.model, some.y, some.weight)[place]
        counts = np.ones(some.count, np.bool_) if mask is None else mask.reshape(some.count)
        x = np.concatenate([part.reshape(len(part), -1).astype(np.float64) for part in parts], axis=1)
        found = astray.astray(x[counts], y.reshape(-1)[counts].astype(np.float64))
        return None if found is None else dataclasses.replace(found, place=place)

    def _put_back(self, some: Rows) -> Rows:
        """Rows with the targets that the plan in force puts back."""
        knobs = self._patient.data_setup.put_back
        return some.put_back(knobs, seams.target_places(self._patient.model, some.y)) if any(knobs) else some

    @staticmethod
    def _with_doubt_settled(look: Look, seen: Seen, place: int, run: RunFacts) -> tuple[Seen, Statements]:
        """What is seen and said of one output, with as many plain models as could change it."""
        for model in itertools.chain((None,), look.models()):
            if model is not None:
                seen = look.with_reference(seen, place, model)
            told = Judge._with_fault(statements_of(seen, place, run), run)
            if not output.needs_reference(seen, told):
                break
            little = seen.network is not None and seen.network.skill < levels.DELTA  # that is a suspicion by itself
            settled = (
                model in (Model.RIDGE, Model.TREES)
                and verdict.state(told) is State.HEALTHY
                and not little
                and not seen.in_doubt
            )
            if settled and not told.finds.no and not run.plain_fault():  # which may hide from ridge what there is
                break
        if told.finds.no and look.summaries is not None:  # at no place of a row does anything stand: in its form it may
            seen = look.with_reference(seen, place, Model.SUMMARIES)
            told = Judge._with_fault(statements_of(seen, place, run), run)
        return seen, told

    def _with_unseen(self, found: Judged, seconds: float) -> Judged:
        """The same with how the model does on validation data, which never makes a training sick."""
        other = self.unseen = rows.unseen(self._arguments, most=UNSEEN_ROWS) if self._validates else None
        other = other.finite() if other is not None else None  # gaps there are told by the audit
        if other is None or found.learning is None or not found.seen:
            return found
        other = self._put_back(other)
        least = 0 if self._peers is None else other.count  # trials are compared on the same rows
        look = Look(self._loss_of(other, seconds / 2, least), seconds / 2, self._one_class)
        place = found.judgement.output
        seen = look.outputs()[place]
        score = _score(seen)
        told = output.statements(seen, (), bounded=yes())
        outputs = list(found.statements)
        outputs[place] = dataclasses.replace(outputs[place], unseen=told.signal)
        again = verdict.judge(outputs)
        again = again if again.state is found.judgement.state else found.judgement
        if self._peers is not None and seen.network is not None and found.healthy:
            outputs[place] = self._beside_peers(outputs[place], seen.network, look.targets(place))
            again = verdict.judge(outputs)
        record = dataclasses.replace(
            found.learning, reason=again.reason.code, unseen_loss=_number(score.loss),
            unseen_calibrated=score.calibrated, unseen_value=None if seen.figure is None else seen.figure[1],
        )  # fmt: skip
        return dataclasses.replace(found, judgement=again, statements=tuple(outputs), learning=record, unseen=score)

    def _beside_peers(self, told: Statements, network: Calibrated, targets: Any) -> Statements:
        """The statements beside what the best trial of the sweep has reached; a sound one is told of to the next."""
        assert self._peers is not None
        best = self._peers.best(targets, network)
        if best is not None:
            told = dataclasses.replace(told, peers=reference.statement(network, best))
        if verdict.reason_of(told) is Reason.LEARNT:
            self._peers.tell(targets, network)
        return told

    def own_loss(self) -> tuple[str | None, bool]:
        """The loss of a step of the user's own, if it is one of Keras', and whether it takes logits."""
        some = self.rows_of([0.0] * FEWEST_STEPS)
        some = None if some is None else some.finite()
        apart = None if some is None else taken_apart(self._patient, _batches(some))
        return (None, False) if apart is None else apart.loss()

    def _stepped(self, some: Rows, run: RunFacts, seconds: float) -> Judged | None:
        """What the signal of the user's own step says."""
        given = _batches(some)
        apart = taken_apart(self._patient, given)
        if apart is not None:
            return judge_of(apart, always=True)._looked(run)
        parts = tree.flatten(given[0])
        if some.rebuilds and len(parts) != 2:
            return None  # of one view, or of three, nobody knows what belongs to what
        inputs = 1 if some.rebuilds else len(tree.flatten(some.x))
        loss = StepLoss(self._patient.step_loss, given, range(inputs, len(parts)))
        seen = learning.of_step(loss, DOUBT * seconds, first=seconds)
        if seen.still is Still.BLIND_LOSS and asks_of(self._patient, given[-1], range(inputs, len(parts))):
            return None
        if not some.rebuilds and inputs == len(tree.flatten(some.y)) == 1 and not contrasts(self._patient, given[-1]):
            seen = learning.with_reference(seen, tree.flatten(some.x)[0], tree.flatten(some.y)[0])
        return self._of_step(seen, run) if np.isfinite(seen.loss) else None


def _batches(some: Rows) -> list[Any]:
    """What a step of the user's own is called with, batch by batch, as it was trained."""
    batches = [some.taken(slice(start, start + some.batch)) for start in range(0, some.count, some.batch)]
    whole = [each for each in batches if each.count == some.batch] or batches[:1]
    return [
        keras.utils.pack_x_y_sample_weight(each.x, None if some.rebuilds else each.y, each.weight) for each in whole
    ]


def judge_of(apart: ModelStep, *, always: bool = False) -> Judge:
    """Who judges a step of the user's own that was taken apart at its model.

    Args:
        apart: The step.
        always: Judge short runs too.
    """
    return Judge(apart, {}, own_step=False, by_row=apart.by_row, always=always, kept=lambda: apart.batches)


def _score(seen: Seen, skill: float | None = None) -> Score:
    calibrated = None if seen.network is None else seen.network.skill
    return Score(seen.loss, calibrated, skill, None if seen.figure is None else seen.figure[1])


def _of_few(found: Judged, count: int) -> bool:
    """Whether an output was let pass though little shows that it got far enough, on fewer rows than there are to look at.

    What a plain model makes of few rows is a low bar, and how many there was time for must not decide.
    """
    few = [seen for seen in found.seen if seen.rows < min(LEAST_ROWS, count)]
    equal = any(seen.still is Still.EQUAL_TARGETS for seen in few)  # of labels that lie class by class
    known = [seen for seen in few if seen.kind is not None]
    return equal or any(seen.network is None or seen.network.skill < levels.REACH for seen in known)


def _number(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def _rows_of(most: int, setup: Setup) -> tuple[int, bool, str]:
    """Under what rows that were read are kept: under another setup a pipeline gives others."""
    return most, setup.shuffle_together, setup.decoded_swapped
