"""A training that is gone on with: back to its last healthy state, and on from there, while `fit` or a loop goes on.

The healer stands between the data and the step. It keeps the batches since the last state, so that a failure can be trained up
to once more, one batch at a time: what does not fail again was spoilt by something else; what does has its batch and the state
just before it at hand. Nothing of this is seen from outside: steps are not counted again, and no bad number is logged.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autostable.evidence import Course, Evidence
from autostable.figures import loss_figure
from autostable.judgement import spikes
from autostable.judgement.spikes import Spike
from autostable.orders import Orders
from autostable.records import Action, Code, Intervention, Plan, Remedy, Symptom, SymptomKind, Verdict
from autostable.repair import from_start, heal
from autostable.repair.heal import Failure, Move
from autostable.story import Story, thin
from autostable.training import facts
from autostable.training.guard import Guard, Tripped
from autostable.training.jumps import Trial, own_words, passed_words, stayed_words, switched
from autostable.training.patients import Batch, Examined, Kept, Patient, Raised, allowance, error_of
from autostable.training.snapshots import Reader, Ring, Snapshot

SHARE = 0.008  # of the time may go into states: of the hundredth that healing may cost; the rest is for the course
FEWEST_STEPS = 100  # that a training is taken to have, however early it fails
LAST_RATES = 256  # that are known of the steps so far, one in SPIKES_EVERY
LAST_COSTS = 9  # states that tell what the next one will take
COPIED = 2.0e9  # bytes a second, at least, at which a step copies what a state still holds
SPIKES_EVERY = 16  # steps between two looks at the course


@dataclasses.dataclass
class _Episode:
    """Failures that belong together: what was tried against them, and the batch after which they are over."""

    until: int
    tried: list[Move] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class _Began:
    """When an intervention began, and how many batches had been trained on again by then."""

    again: int
    at: float = dataclasses.field(default_factory=time.monotonic)

    def cost(self, again: int) -> dict[str, Any]:
        """What it has cost, as an `Intervention` says it."""
        return {"steps_again": again - self.again, "seconds": round(time.monotonic() - self.at, 3)}


@dataclasses.dataclass
class _Slowed:
    """A rate that was lowered, and comes back."""

    factor: float
    since: int
    over: int


class Healer:
    """Conducts a training batch by batch, and heals it.

    Attributes:
        plan: What is in force.
        interventions: What was done, oldest first.
        first: What was found out about the first failure, and its symptom.
        spikes: Losses that left their course, of which nothing more was done.
        own: Jumps that are the program's own: they came again after a rewind, or something was switched on.
        again: Batches that were trained on once more.
    """

    def __init__(
        self, patient: Patient, orders: Orders, ring: Ring, *, number: int = 0, plan: Plan = (), full: int | None = None,
        watched_closely: bool = True, saves_every: Sequence[int] = (), size_of: Callable[[Any], int] = lambda batch: 0,
        told: Callable[[int, Intervention], None] = lambda place, intervention: None,
    ) -> None:  # fmt: skip
        self._patient, self._orders, self._ring = patient, orders, ring
        self._training, self.plan, self._full = number, plan, full
        self._closely, self._saves, self._size_of, self._told = watched_closely, tuple(saves_every), size_of, told
        self._kept = Kept(allowance())
        self._number, self._epoch, self._due = 0, 0, 0.0
        self._costs: collections.deque[float] = collections.deque(maxlen=LAST_COSTS)
        self._logs: Any = None
        self._episode: _Episode | None = None
        self._slowed: _Slowed | None = None
        self._course = spikes.Course()
        self._reader = Reader()
        self._healing = False
        self._past = Kept(allowance())  # under --on-spike heal: batches from before the newest state as well
        self._trial: Trial | None = None
        self.own: list[Spike] = []
        # what an earlier run did that was cut off: its remedies are in force from the start
        self.interventions: list[Intervention] = list(orders.healed.get(str(number), ()))
        self.first: tuple[Symptom, Examined | None] | None = None
        for each in self.interventions:
            self.first = self.first or (Symptom(SymptomKind.NONFINITE, each.step), None)
            if each.action is Action.REMEDY and each.remedy is not None:
                self.plan = heal.with_remedy(self.plan, each.remedy)
        self._to_put = bool(self.plan) and self.plan != plan
        # for each batch that was left out what does the same from step 0; of an earlier run's that is not known any more
        self._instead: list[Remedy | None] = [None for each in self.interventions if each.action is Action.SKIPPED]
        self.spikes: list[Spike] = []
        self.again = 0
        self._rates: collections.deque[tuple[int, float]] = collections.deque(maxlen=LAST_RATES)
        self._recent: list[float] = []
        self._blamed: dict[Code | None, int] = {}

    # -- the healthy way ---------------------------------------------------------------------

    @property
    def guard(self) -> Guard:
        """What watches the steps."""
        return self._patient.guard

    def begin_epoch(self, epoch: int) -> None:
        """Another epoch begins."""
        self._epoch = epoch

    def came_to(self, outputs: Any) -> None:
        """A step was trained before this began, and gave that."""
        self._logs = outputs
        self._number += 1

    def train(self, content: Any) -> Any:
        """Train on the next batch; what its step gives, or that of the last batch that was not left out.

        Raises:
            Tripped: If nothing that may be done in flight helps.
        """
        if self._to_put:
            self._to_put = False
            self._patient.put(self.plan)
        if self._is_due():
            self._take()
        batch = Batch(self._number, self._epoch, content, self._size_of(content))
        self._kept.add(batch)
        self._remember(batch)
        self._number += 1
        try:
            self._run(batch)
            self.guard.look(force=self._looks())
            self._see_course()
        except Tripped as stopped:
            self._stopped(stopped)
        self._go_on()
        return self._logs

    def _remember(self, batch: Batch) -> None:
        if self._orders.on_spike == "heal":
            self._past.add(batch)
            self._past.forget_before(
                self._ring.before(batch.number - spikes.WINDOW).step
            )  # of a jump that is told late

    def _stopped(self, stopped: Tripped) -> None:
        """A step failed; a rewind that was on trial is undone first, it has not helped.

        Raises:
            Tripped: If nothing that may be done in flight helps.
        """
        if self._trial is not None:
            try:
                self._undo(self._trial)
                return
            except Tripped as again:
                stopped = again
        self._heal(stopped)

    def close(self) -> None:
        """The training is over: let go of all states."""
        self._ring.clear()
        self._kept.clear()
        self._past.clear()

    def settle(self) -> None:
        """Look once more: somebody is about to go by what was trained so far."""
        if not self._number or self._healing:
            return
        try:
            self.guard.look(force=True)
            if self._trial is not None:
                self._decide(self._trial, ends=True)
        except Tripped as stopped:
            self._stopped(stopped)

    def _run(self, batch: Batch) -> None:
        """Train on a batch.

        Raises:
            Tripped: Where its step raises what may have a numeric cause.
        """
        try:
            self._logs = self._patient.run(batch.content)
        except Exception as error:
            if not self._patient.is_ours(error):
                raise
            raise Raised(batch.number, error) from error

    def _looks(self) -> bool:
        """Whether the watch is to be read now: somebody reads or writes what this step gives."""
        return any(self._number % each == 0 for each in self._saves) or (self._closely and self.guard.tripped)

    def _is_due(self) -> bool:
        if not len(self._ring):
            return True
        rests = self._course.is_out or self._trial is not None
        return time.monotonic() >= self._due and bool(self._kept.batches) and not rests

    def _take(self) -> None:
        """Take a state, if all is well."""
        began = time.monotonic()
        try:
            state = self._now(self._number, self._epoch)
        except Tripped as stopped:
            self._heal(stopped)
            state = self._now(self._number, self._epoch)
        self._ring.add(state)
        self._kept.clear()
        self._note_rate()
        now = time.monotonic()
        if self._reader.anew:
            return  # the next one tells what one costs
        self._costs.append(now - began + state.size / COPIED)
        self._due = now + min(self._costs) / SHARE  # what else the machine was busy with is no cost of ours

    def _now(self, number: int, epoch: int) -> Snapshot:
        """The state at hand, before the batch of this number.

        Raises:
            Tripped: If it is not sound.
        """
        known, values, sound = self._reader.read(self._patient.changing(), self.guard.everything())
        if self._number:
            self.guard.look(force=True, weights=not sound)
        return Snapshot(number, epoch, known, values, self.guard.mark())

    def _go_on(self) -> None:
        """A rate comes back bit by bit; failures are over once they lie far enough behind."""
        if self._slowed is not None:
            share = heal.rate_after(self._slowed.factor, self._number - self._slowed.since, self._slowed.over)
            self.guard.slow_down(share)
            if share == 1.0:
                self._slowed = None
        if self._episode is not None and self._number > self._episode.until:
            self._episode = None

    # -- spikes ------------------------------------------------------------------------------

    def _see_course(self) -> None:
        if self._number % SPIKES_EVERY:
            return
        self._note_rate()
        if self._trial is not None:
            self.guard.look(force=True, weights=False)
            self._decide(self._trial)
            return
        spike = self._course.see(self.guard.losses, self.guard.norms)
        if spike is None:
            return
        self.guard.look(force=True, weights=False)  # which batch it was the count of the steps so far tells
        if self._orders.on_spike == "heal" and spike.undoes and self._may_go_on():
            self._calm(spike)
        else:
            self.spikes.append(spike)

    def _numbered(self, spike: Spike) -> Spike:
        """A spike by the number of its batch, which is not that of its step where batches were left out."""
        return dataclasses.replace(spike, step=max(0, self._number - (len(self.guard.losses) - spike.step)))

    def _note_rate(self) -> None:
        rate = facts.highest_rate(self.guard.optimizers)
        if rate is not None:
            self._rates.append((self._number, rate))

    def _see_rates(self) -> None:
        """The rates of the steps that are about to be undone: a schedule may have let one jump for a few of them."""
        undone = min(len(self._kept.batches), LAST_RATES)
        self._recent = facts.recent_rates(self.guard.optimizers, undone)

    def _rates_around(self, state: Snapshot) -> tuple[float, ...]:
        """The rates up to a healthy state, and the highest since then."""
        well = [rate for number, rate in self._rates if number <= state.step]
        since = [*(rate for number, rate in self._rates if number > state.step), *self._recent]
        return (*well, max(since)) if since else tuple(well)

    def _calm(self, spike: Spike) -> None:
        """Go back before a spike, and on with a lower rate; whether that helps is decided once its step has come again."""
        began = _Began(self.again)
        step = self._numbered(spike).step
        now = self._now(self._number, self._epoch)
        state = self._ring.before(step - spikes.LASTING)  # what led up to it had begun before it was far out
        symptom = Symptom(
            SymptomKind.DIVERGED, step, self._epoch, "loss", {"loss_last": spike.level, "usual": spike.usual}
        )
        seen = (
            f"the loss left its course at batch {step}: {loss_figure(spike.level)}, "
            f"{spike.far:.0f} robust deviations above its median of {loss_figure(spike.usual)}"
        )
        if switched(self._patient.switches(), self._ring.until(state), now):
            self.own.append(self._numbered(spike))
            self._course.begin_anew()
            return
        self._see_rates()
        course = Course(len(self.guard.losses), gradients=thin(self.guard.norms[: spike.step]))
        evidence = Evidence(symptom, course=course)
        move = self._next(heal.after_spike(evidence, self.plan, self._rates_around(state)), step)
        if move is None:
            self.spikes.append(spike)
            return
        behind = self._behind(move, state)
        self._ring.drop_after(behind)
        left = [each for each in self._past.batches if each.number >= behind.step]
        lost = max(0, (left[0].number if left else self._number) - behind.step)
        done = Intervention(step, seen, move.action, behind.step, remedy=move.remedy, steps_lost=lost)
        self._trial = Trial.begun(
            spike,
            now,
            self.guard,
            self._course,
            plan=self.plan,
            slowed=self._slowed,
            symptom=symptom,
            done=done,
            cost=began.cost,
        )
        self._go_back(move, behind, left)

    def _go_back(self, move: Move, behind: Snapshot, left: Sequence[Batch]) -> None:
        """Put a move on, and train on the batches again from a state before a jump."""
        trial = self._trial
        assert trial is not None
        self._put_on(move, behind)
        self._restore(behind)
        self._kept.begin_with(left)
        try:
            for batch in self._by_epoch(left, behind):
                self._once_more(batch)
        except Tripped:
            self._undo(trial)
            return
        self._decide(trial)

    def _decide(self, trial: Trial, *, ends: bool = False) -> None:
        """Whether a jump came again after a rewind: then it is the program's own, and the rewind is undone.

        Args:
            trial: The rewind.
            ends: Somebody is about to go by what was trained so far: what is not known yet is not waited for.
        """
        again = trial.came_again(self.guard.losses)
        if again or (ends and again is None):
            self._undo(trial)
        elif again is False:
            self._trial = None
            self.first = self.first or (trial.symptom, None)
            self._note(dataclasses.replace(trial.done, **trial.cost(self.again)))
            self._due = 0.0

    def _undo(self, trial: Trial) -> None:
        """Go on from where a rewind had begun, with what was in force there.

        Raises:
            Tripped: If a batch that has come since then fails.
        """
        self._trial, self._episode = None, None
        since = [each for each in self._kept.batches if each.number >= trial.now.step]
        self.plan, self._slowed = trial.plan, trial.slowed
        if self._slowed is None:
            self.guard.full_pace()
        self._patient.put(self.plan)
        trial.restore(self.guard)
        self._course = trial.course
        self._course.begin_anew()
        self.own.append(trial.told)
        self._ring.add(trial.now)
        self._kept.begin_with(since)
        for batch in self._by_epoch(since, trial.now):
            self._once_more(batch)

    # -- what is told ------------------------------------------------------------------------

    def told_by(self, story: Story) -> Story:
        """The story of a training that came to a sound end, with what was done on the way."""
        assert self.first is not None
        symptom, examined = self.first
        first, *rest = story.attempts
        again = dataclasses.replace(first, steps=first.steps + self.again)
        story = dataclasses.replace(
            story, verdict=Verdict.REPAIRED, symptom=symptom, plan=self.plan, attempts=(again, *rest),
            interventions=tuple(self.interventions), handed=handed if (handed := self._handed()) != self.plan else (),
        )  # fmt: skip
        if examined is None:
            return story
        return dataclasses.replace(story, finding=examined.finding, causes=examined.causes, evidence=examined.evidence)

    def _handed(self) -> Plan:
        """The plan for a run from step 0: what is in force, and what does there what leaving batches out did here."""
        known = [remedy for remedy in self._instead if remedy is not None]
        if len(known) < len(self._instead):
            return self.plan
        return functools.reduce(heal.with_remedy, known, self.plan)

    def remarks(self) -> tuple[str, ...]:
        """What else is to be said: what the plan lacks, spikes that were left alone, states that could not be written."""
        said = [from_start.missing(self.interventions, self._instead, self._handed())] if self.interventions else []
        stayed, passed = spikes.split(self.spikes, self.guard.losses)
        said += filter(None, (own_words(self.own), stayed_words(stayed), passed_words(passed)))
        if self._ring.lost:
            said.append(f"An older state of the training could not be written and was let go ({self._ring.lost}).")
        return tuple(filter(None, said))

    # -- healing -----------------------------------------------------------------------------

    def _may_go_on(self) -> bool:
        """Whether the limits of a repair allow one more: so many attempts at one failure, so many times the run in all."""
        tried = 0 if self._episode is None else len(self._episode.tried)
        spent = self.again + sum(each.steps_lost for each in self.interventions)
        return tried < self._orders.attempts and spent <= self._orders.budget * max(self._number, FEWEST_STEPS)

    def _heal(self, stopped: Tripped) -> None:
        """Do what may be done until the batches that were taken are trained on.

        Raises:
            Tripped: If nothing helps; what a step has raised is raised as it was.
        """
        if self._healing:
            raise stopped
        self._healing = True
        self._see_rates()
        try:
            while self._may_go_on():
                try:
                    self._intervene(stopped)
                    self._due = 0.0  # every step since the last state was looked at
                    return
                except Tripped as again:
                    if again is stopped:
                        break
                    stopped = again
        finally:
            self._healing = False
        raise error_of(stopped) or stopped

    def _intervene(self, stopped: Tripped) -> None:
        """Train up to the failure once more, and do the next thing about it.

        Raises:
            Tripped: The same where nothing is left to do, another where it failed again.
        """
        began = _Began(self.again)
        state = self._ring.newest()
        batches = list(self._kept.batches)
        self._restore(state)
        if not self._kept.whole:
            self._pass_over(stopped, state, began)
            return
        failed, before, seen = self._up_to_failure(batches, state, stopped)
        at = self._number - 1 if failed is None else failed.number
        if failed is None:
            reason = (
                f"{_words(seen)}; from batch {state.step} on the same batches trained without harm: it was not in them"
            )
            self.first = self.first or (self._symptom(seen, at), None)
            self._note(Intervention(at, reason, Action.WENT_BACK, state.step, **began.cost(self.again)))
            return
        symptom = self._symptom(seen, at)
        examined = self._patient.examined(failed.content, symptom)
        self.first = self.first or (symptom, examined)
        causes = examined.causes
        failure = Failure(
            born=None if examined.finding is None else examined.finding.born,
            alone=self._takes_others(failed, batches, before), known=True,
            skipped=sum(each.action is Action.SKIPPED for each in self.interventions),
            alike=self._blamed.get(causes[0].code if causes else None, 0),
        )  # fmt: skip
        orders = self._orders
        offered = heal.moves(
            failure, causes, examined.evidence, self.plan, full=self._full, rates=self._rates_around(state),
            select=orders.select, ignore=orders.ignore,
        )  # fmt: skip
        move = self._next(offered, at)
        if move is None:
            raise stopped
        why = f"; {causes[0].code}: {causes[0].evidence}" if causes else ""
        self._act(move, at, f"{_words(seen)}{why}", failed, before, began, examined)

    def _pass_over(self, stopped: Tripped, state: Snapshot, began: _Began) -> None:
        """Go back, and on with what comes next: not all batches since the state could be kept."""
        at = self._number - 1
        symptom = self._symptom(stopped, at)
        self.first = self.first or (symptom, None)
        self._kept.clear()
        offered = heal.without_batches(Evidence(symptom), self.plan, self._rates_around(state))
        move = self._next(offered, at)
        if move is None:
            raise stopped
        self._act(
            move, at, f"{_words(stopped)}; not all batches since batch {state.step} were kept", None, state, began
        )

    def _up_to_failure(
        self, batches: Sequence[Batch], state: Snapshot, stopped: Tripped
    ) -> tuple[Batch | None, Snapshot, Tripped]:
        """Train on the batches again, looking after each; the one that fails, the state before it, and how it failed."""
        before = state
        for batch in self._by_epoch(batches, state):
            try:
                self._run(batch)
                self.again += 1
                after = self._now(batch.number + 1, batch.epoch)
            except Tripped as again:
                self._restore(before)
                return batch, before, again
            before = after
        return None, state, stopped

    def _once_more(self, batch: Batch) -> None:
        self._run(batch)
        self.again += 1
        self.guard.look(force=True)

    def _by_epoch(self, batches: Sequence[Batch], state: Snapshot) -> Iterator[Batch]:
        """The batches; each time an epoch begins the patient is told."""
        epoch = state.epoch
        for batch in batches:
            if batch.epoch != epoch:
                self._patient.begin_epoch()
                epoch = batch.epoch
            yield batch

    def _takes_others(self, failed: Batch, batches: Sequence[Batch], before: Snapshot) -> bool | None:
        """Whether the state before a failure takes another batch without harm; None where there is none."""
        place = batches.index(failed)
        sound = [] if self._kept.before is None else [self._kept.before]
        others = [*reversed(batches[:place]), *sound, *batches[place + 1 :]]
        if not others:
            return None
        try:
            self._once_more(others[0])
        except Tripped:
            return False
        finally:
            self._restore(before)
        return True

    def _next(self, offered: Iterator[Move], at: int) -> Move | None:
        """The first move that was not tried against failures like this one."""
        until = at + heal.GIVEN_BACK
        if self._episode is None:
            self._episode = _Episode(until)
        self._episode.until = max(self._episode.until, until)
        fresh = (each for each in offered if each not in self._episode.tried)
        move = next((each for each in fresh if self._fits(each)), None)
        if move is not None and move.action is not Action.SKIPPED:
            self._episode.tried.append(move)
        return move

    def _fits(self, move: Move) -> bool:
        """Whether the training takes the remedy of a move; a rate that is only lowered for a while it always does."""
        if move.action is not Action.REMEDY or move.remedy is None:
            return True
        return self._patient.can_put(heal.with_remedy(self.plan, move.remedy))

    def _act(
        self, move: Move, at: int, seen: str, failed: Batch | None, before: Snapshot, began: _Began,
        examined: Examined | None = None,
    ) -> None:  # fmt: skip
        """Carry out a move, and train on what is left of the batches."""
        behind = self._behind(move, before)
        left = [each for each in self._kept.batches if each.number >= behind.step]
        lost = max(0, (left[0].number if left else self._number) - behind.step)
        if move.action is Action.SKIPPED and failed is not None:
            left.remove(failed)
            self._kept.leave_out(failed.number)
            self._past.leave_out(failed.number)
            self._blamed[move.cause] = self._blamed.get(move.cause, 0) + 1
            self._instead.append(self._from_start(examined))
        self._put_on(move, behind)
        self._restore(behind)
        skipped = move.action is Action.SKIPPED
        intervention = Intervention(
            at, seen, move.action, behind.step, remedy=move.remedy, batch=at if skipped else None,
            rows=examined.rows if skipped and examined is not None else (),
            data_rows=examined.data_rows if skipped and examined is not None else (), steps_lost=lost,
        )  # fmt: skip
        place = self._note(intervention)
        try:
            for batch in self._by_epoch(left, behind):
                self._once_more(batch)
        finally:
            done = dataclasses.replace(intervention, training=self._training, **began.cost(self.again))
            self.interventions[place] = done
            self._told(place, done)

    def _put_on(self, move: Move, behind: Snapshot) -> None:
        """Have what a move says in force."""
        if move.action is Action.REMEDY and move.remedy is not None:
            self.plan = heal.with_remedy(self.plan, move.remedy)
            self._patient.put(self.plan)
        if move.action is Action.SLOWER:
            over = max(heal.GIVEN_BACK, 2 * (self._number - behind.step))
            self._slowed = _Slowed(move.factor, self._number, over)
            if self.guard.slow_down(move.factor):
                self._patient.put(self.plan)

    def _from_start(self, examined: Examined | None) -> Remedy | None:
        """What would do from step 0 what leaving this batch out does."""
        if examined is None:
            return None
        orders = self._orders
        found = from_start.instead(
            examined.causes, examined.evidence, len(self._instead) + 1, select=orders.select, ignore=orders.ignore
        )
        return found if found is not None and self._patient.can_put(heal.with_remedy(self.plan, found)) else None

    def _behind(self, move: Move, before: Snapshot) -> Snapshot:
        """The state to go on from; what is newer than an earlier one is not trusted any more."""
        if not move.back:
            return before
        earlier = self._ring.newest(move.back)
        self._ring.drop_after(earlier)
        return earlier

    def _restore(self, state: Snapshot) -> None:
        state.restore()
        self.guard.back_to(state.seen)
        self._course.forget(len(self.guard.losses))

    def _note(self, intervention: Intervention) -> int:
        intervention = dataclasses.replace(intervention, training=self._training)
        self.interventions.append(intervention)
        place = len(self.interventions) - 1
        self._told(place, intervention)
        return place

    def _symptom(self, stopped: Tripped, at: int) -> Symptom:
        error = error_of(stopped)
        if error is not None:
            text = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
            return Symptom(SymptomKind.ERROR, at, self._epoch, "label", {"error": text})
        return Symptom(stopped.trip.kind, at, self._epoch, stopped.trip.first_seen_in, {})


def _words(stopped: Tripped) -> str:
    error = error_of(stopped)
    return f"non-finite {stopped.trip.first_seen_in}" if error is None else f"the step raised {type(error).__name__}"
