"""Trainings that are not a `fit`: GradientTape loops, tf.functions of the user's, train_on_batch.

They cannot be rewound from inside, so a failure is located, told, and the program ended; the
attempts are fresh runs of the target (`execution`). A known plan is put on each model when it is
first called, on the optimizers and operations from the start.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import logging
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import tree

from autostable import frames, registry
from autostable.diagnosis import diagnose, warnings
from autostable.diagnosis.data import PUT_BACK, constant_columns
from autostable.doing import Doing, named
from autostable.evidence import ArrayFacts, Course, Crossing, Evidence, Finding, ModelFacts, NeverApplied
from autostable.judgement import bounds, course, levels, verdict
from autostable.judgement.signal import Still
from autostable.judgement.statements import Statement, no, yes
from autostable.judgement.verdict import Reason, Statements
from autostable.knowledge import scales
from autostable.knowledge.signs import Said
from autostable.records import Attempt, Cause, Code, Plan, Site, Symptom, SymptomKind, Verdict
from autostable.repair.faults import plain_fault, unable
from autostable.setup import Setup
from autostable.story import Story, skipped, stretches, thin
from autostable.training import created, facts, install, layers_called, seams
from autostable.training.audit import audit
from autostable.training.examine import closing, learning, named_parts
from autostable.training.examine.closing import Looked
from autostable.training.examine.eager_step import captured_step, eager_step
from autostable.training.examine.gates import with_gates
from autostable.training.examine.glance import Glance
from autostable.training.examine.held import Held, holding_gaps, models_seen_by
from autostable.training.examine.judge import FEWEST_STEPS, Judge, Judged, RunFacts, judge_of
from autostable.training.examine.kept import KeptBatches
from autostable.training.examine.last_step import seen_in
from autostable.training.examine.model_loss import loss_of
from autostable.training.examine.model_step import ModelStep, asks_of, contrasts, taken_apart
from autostable.training.examine.step_loss import MOST_ROWS, StepLoss
from autostable.training.guard import Guard, Trip, Tripped
from autostable.training.healing import Healer
from autostable.training.judging import STILL, fails_still, slow, stands_still
from autostable.training.loop_patient import Call, LoopPatient, bytes_of, call_of
from autostable.training.parties import Parties
from autostable.training.replay import aims, shapes, shares
from autostable.training.replay.finding import absorbed, vanished
from autostable.training.replay.recording import Replay
from autostable.training.replay.refused import refused
from autostable.training.replay.run import differentiated, eagerly, until_stopped, updated
from autostable.training.returned import ReturnedLosses
from autostable.training.rewind import MOST_NUMBERS, RandomState, VariableState, untracked
from autostable.training.session import ProbeDone, Session, Unstable
from autostable.training.shuffled import Drawn
from autostable.training.silence import silence
from autostable.training.snapshots import Ring
from autostable.training.step_calls import KEPT_CALLS, StepCalls, holds_rows, rows_of, spreads
from autostable.training.step_replays import Recording, StepReplays
from autostable.training.unapplied import Unapplied

_log = logging.getLogger("autostable")


class LoopTraining:
    """All steps of a program outside of `fit`, as one training."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._guard: Guard | None = None
        self._number: int | None = None
        self._began = time.monotonic()
        self._setup: Setup | None = None
        self._installations: dict[int, install.Installation] = {}
        self.replays = StepReplays(
            session.orders.capsule,
            shared=lambda: self.guard.shared,
            states=self._state,
            listener=self._sees_models,
            traced=lambda: bool(self._trains or self._trained),
        )
        self._kind = "loop"
        self._seen_inputs: list[Any] = []
        self._answers: list[Any] = []  # of the model that was asked last
        self._seen_by: Any = None  # the replay, or the recording, of whose step they are
        self._recording = Recording(session.orders.capsule, self._sees_models)
        self._goes_on = False  # the recorded step has come to its update, and is recorded to its end
        self._by_hand = _ByHand()
        self._plan: Plan = ()
        # what their file calls what they are given, if that is ever asked
        self._named: Callable[[], named_parts.NamedParts | None] | None = None
        self._calls = StepCalls()  # of functions in which an update was traced, or of blocks under a tape
        self._cheap_look = not tf.config.list_physical_devices("GPU")  # reading a flag there would wait for the device
        self._kept = KeptBatches()  # of train_on_batch
        self._trained: list[Any] = []  # models of train_on_batch
        self._train_site: Site | None = None  # where the user's code calls that
        self._within: list[Any] = []  # tf.functions that are being called, the outermost first
        self._losses = ReturnedLosses()
        self._latest_function: Any = None  # the last of them that was called
        self._trains: weakref.WeakSet[Any] = weakref.WeakSet()  # those among them in which an update was traced
        self.measuring: list[Any] | None = None  # the losses of a step that is only looked at
        self._noted = threading.local()
        self.parties = Parties()
        self._unapplied = Unapplied()
        self._stepping: Any = None  # stands for the step of a train_on_batch that is being called
        self._held: Held | None = None  # what the program's own code has beside its training
        self._unread: tuple[ArrayFacts, ...] = ()  # of that what is not finite, where it seems to have been measured on
        self._drawn: Drawn | None = None  # gives a step other rows than the program does
        self._healer: Healer | None = None
        self._patient: LoopPatient | None = None
        self._start = VariableState()  # of what is trained, by each optimizer's first update
        if session.orders.plans:
            self._prepare_plan()
        if session.orders.locate == 0:
            self._recording.begin()

    @property
    def guard(self) -> Guard:
        """The guard of all loops; made when the first update is seen."""
        if self._guard is None:
            self._guard = Guard(self._session.stepped)
            self._unapplied.forget()
            self._number = self._session.next_number()
            self._guard.state = self._state
            self._guard.rereads = True
            self._began = time.monotonic()
            with _harmless():
                self._held = Held(sys._getframe(1))
            self._plan = self._session.orders.plans.get(str(self._number), ())
            if self._plan:
                self._guard.knobs = self._setup_for(self._plan).optimizer
            self._tell_run(self._guard)
        return self._guard

    def _tell_run(self, guard: Guard) -> None:
        """A run begins."""
        names, steps = named(self._plan), self._probe

        def doing() -> Doing:
            losses = guard.losses
            last = float(losses[-1]) if losses else None
            return Doing("full" if names else "baseline", names, len(losses), steps, last)

        self._session.does(doing)

    def _state(self) -> list[Any]:
        return [variable for model in list(self._session.models) for variable in model.non_trainable_variables]

    def _setup_for(self, plan: Plan) -> Setup:
        return dataclasses.replace(registry.setup_of(plan), seed=self._session.orders.seed)

    # -- a plan from the start ---------------------------------------------------------------

    def _prepare_plan(self) -> None:
        """Before anything is traced: operations at once, models when they are first called."""
        setups = [self._setup_for(plan) for plan in self._session.orders.plans.values()]
        self._setup = setups[0]
        self._drawn = Drawn(self._setup.seed) if self._setup.shuffle_rows else None
        install.guard_operations(self._setup.operations)
        layers_called.start(self._dress)

    def leave(self) -> None:
        """The session is over: models made from now on stay as they are, those that were dressed keep what is on."""
        self._recording.close()
        if self._setup is not None:
            layers_called.stop(self._dress)
            install.guard_operations(())
            self._setup = None

    def _dress(self, proceed: Callable[..., Any], layer: Any, *args: Any, **kwargs: Any) -> Any:
        outermost = len(layers_called.stack()) == 1
        if (
            outermost and isinstance(layer, keras.Model) and id(layer) not in self._installations
            and self._session.active is None and self._setup is not None and not _symbolic(args)
            and layer not in self._session.guards  # a `fit` has put its own plan on
        ):  # fmt: skip
            # `build` marks a model as built whose layers are not: they make their weights in the first call
            if not (layer.built and all(each.built for each in seams.model_layers(layer))):
                return proceed(layer, *args, **kwargs)
            installation = install.Installation(layer, None)
            self._installations[id(layer)] = installation
            self._session.models.add(layer)  # its states are put back where a step is skipped
            setup = _as_twin(layer, _fitting(self._setup, args))
            with tf.init_scope():
                installation.draw_weights(setup)
            installation.put(setup, retrace=False)
            layers_called.stack().pop()
            try:
                return layer(*args, **kwargs)
            finally:
                layers_called.stack().append(layer)
        return proceed(layer, *args, **kwargs)

    # -- seams (called by hooks) -------------------------------------------------------------

    def note_loss(self, loss: Any, *, scaled: bool = False, whole: bool = False) -> None:
        """The loss of the step at hand; `scaled`: perhaps multiplied for half precision; `whole`: the others are its parts."""
        if self.replays.now is not None or self._recording.goes_on:
            (self.replays.now or self._recording.record).loss.append(loss)
        if tf.is_tensor(loss):
            if whole or getattr(self._noted, "taken", True):
                self._noted.losses, self._noted.taken = [], False
            self._noted.losses.append((loss, scaled))

    def apply(self, optimizer: Any, original: Any, grads: Any, variables: Any, inner: bool) -> Any:
        """One update, watched."""
        if optimizer is not self._by_hand:
            created.an_optimizer_works()
        self._trains.update(self._within[:1])
        self._draw_variables(optimizer, variables)
        self._lower_decay(optimizer)
        self._remember_start(optimizer, variables)
        known = seams.trained_variables(optimizer) if variables is None else list(variables)
        if self.replays.now is not None:
            return updated(self.replays.now, optimizer, grads, known, lambda: original(optimizer, grads, variables))
        if inner:
            self._counts(optimizer, known)
        if self._recording.goes_on and inner and tf.executing_eagerly():
            self._recorded(optimizer, grads, known)
        self.guard.withholds = not self._lets_through(optimizer, grads, inner)
        self.guard.note_loss(None)
        for loss, scaled in getattr(self._noted, "losses", ()):
            self.guard.note_loss(loss, scaled=scaled)
        self._noted.taken = True
        try:
            result = self.guard.apply(optimizer, original, grads, variables, inner)
        except Tripped as stopped:
            self._failed(stopped.trip, None)
        if tf.executing_eagerly() and inner:
            self._after(len(self.guard.losses))
        return result

    def _counts(self, optimizer: Any, variables: list[Any]) -> None:
        """An optimizer is at work; with it may begin another training of the same program, and it is the one judged."""
        step = self._stepping or next(iter(self._within), None)
        if self.parties.applied(optimizer, variables, step or (None if tf.executing_eagerly() else self)):
            with tf.init_scope():
                self.guard.since = max(self.guard.steps, len(self.guard.losses))
            self._calls.forget()
            self._kept, self._trained, self._seen_inputs = KeptBatches(), [], []
            self._kind = "loop" if self._stepping is None else "train_on_batch"
        self._all_where_they_take_turns()

    def _comes(self, step: Any) -> None:
        """A step that may have been met is called once more."""
        self.parties.called(step)
        self._all_where_they_take_turns()

    def _all_where_they_take_turns(self) -> None:
        if self._guard is not None and not self.parties.follow:
            self._guard.since = 0

    def _lets_through(self, optimizer: Any, grads: Any, inner: bool) -> bool:
        """Whether an update is only then to the bit what it is where nothing of it is touched or read.

        A step that went bad is seen all the same, by its weights; its line is found by another run, which withholds.
        """
        orders = self._session.orders
        watched_only = not self._plan and orders.locate is None and orders.probe is None
        if not watched_only or not inner or optimizer is self._by_hand or tf.executing_eagerly() or seams.in_xla():
            return False
        return not tf.distribute.has_strategy() and facts.multiplies_products(optimizer, grads)

    def _draw_variables(self, optimizer: Any, variables: Any) -> None:
        """Draw variables of the program's own anew, where the plan says so, before their first update."""
        setup = self._setup
        if setup is None or not setup.initializers or any(optimizer is one for one in self.guard.optimizers):
            return
        first = sum(len(seams.trained_variables(one)) for one in self.guard.optimizers)
        with tf.init_scope():
            install.draw_variables(variables or seams.trained_variables(optimizer), setup, first)

    def _lower_decay(self, optimizer: Any) -> None:
        """Bound an optimizer's weight decay before its first update, where the plan says so."""
        most = None if self._setup is None else self._setup.optimizer.decay
        if most is not None:
            install.lower_decay(optimizer, most)

    def _remember_start(self, optimizer: Any, variables: Any) -> None:
        """Keep the first values of what an optimizer trains, where that takes little."""
        if any(optimizer is one for one in self.guard.optimizers):
            return
        trained = list(variables or seams.trained_variables(optimizer))
        if sum(int(np.prod(variable.shape)) for variable in trained) <= MOST_NUMBERS:
            with tf.init_scope(), contextlib.suppress(tf.errors.OpError):  # some are only made in the step itself
                self._start.include(trained)

    def differentiated(self, sources: Any, grads: Any) -> Any:
        """Gradients that a tape gave; where the program has no optimizer they are its update, and are watched as such."""
        if created.optimizer_was_made():
            if self._guard is None and self.replays.now is None:
                with _harmless():
                    self._unapplied.asked(seams.variables_among(sources), frames.user_frame(3))
            return grads
        flat = tf.nest.flatten(grads)
        variables = [seams.native(each) for each in tf.nest.flatten(sources)]
        if self.replays.now is not None:
            differentiated(self.replays.now, flat, variables)
            return grads  # the update that the program makes of them itself is a part of the step
        self.guard.is_asked(frames.is_asked_by_minimizer())
        passed: list[Any] = []
        self._by_hand.variables_of_step = variables
        self.apply(self._by_hand, lambda optimizer, given, _: passed.extend(given), flat, variables, True)
        guard = self.guard
        scaled = [guard.scaled_by_hand(*each) for each in zip(passed, flat, strict=True)]
        return tf.nest.pack_sequence_as(grads, scaled)

    def traced_call(self, function: Any, original: Any, args: Any, kwargs: Any) -> Any:
        """A call of a tf.function from eager code."""
        if self.replays.now is not None:
            return original(function, *args, **kwargs)
        if self._guard is not None and self._guard.optimizers[:1] == [self._by_hand]:
            self._guard.is_asked(frames.is_asked_by_minimizer())
        if self._drawn is not None and function in self._trains and not self._within:
            args, kwargs = self._drawn.exchanged((args, kwargs))
        if self._session.orders.heals and not self._within and self._plan == () and not self._recording.goes_on:
            return self._call_healed(call_of(function, original, args, kwargs))
        outputs = self._called_under_watch(function, original, args, kwargs)
        if self._guard is not None:
            self._look(lambda: original(function, *args, **kwargs))
        return outputs

    def _called_under_watch(self, function: Any, original: Any, args: Any, kwargs: Any) -> Any:
        """Make a call, and note what is to be known of it."""
        if not self._within and self._stepping is None and self._guard is not None:
            self._comes(function)
        self._within.append(function)
        self._latest_function = function if len(self._within) == 1 else self._latest_function
        try:
            heals = self._session.orders.heals and not seams.is_traced(function)
            sees = layers_called.following(self._sees_models) if heals else contextlib.nullcontext()
            with sees, eagerly() if self._recording.goes_on else contextlib.nullcontext():
                outputs = original(function, *args, **kwargs)
        except tf.errors.InvalidArgumentError as error:
            if len(self._within) == 1 and self._guard is not None and function in self._trains:
                self._refused(error, lambda: original(function, *args, **kwargs))
            raise
        except ValueError as error:
            if len(self._within) == 1 and seams.had_no_gradients(error):
                with _harmless():
                    self._remember_call(function, original, args, kwargs)
            raise
        finally:
            self._within.pop()
        if not self._within:
            for loss in self._losses.of_call(function, outputs):
                self.note_loss(loss)
            if function in self._losses.functions and not self._trains:
                self._unapplied.stepped()
                with _harmless():
                    self._remember_call(function, original, args, kwargs)
        if self._guard is not None:
            if function in self._trains:
                with _harmless():
                    self._remember_call(function, original, args, kwargs)
        return outputs

    # -- healed in flight (see `healing`) ----------------------------------------------------

    def _call_healed(self, call: Call) -> Any:
        """A call of a function; of one that trains, and has done so before, it is healed if it fails."""
        if self._healer is not None and call.function in self._trains:
            assert self._patient is not None
            self._patient.meets(call)
            try:
                return self._healer.train(call)
            except Tripped as stopped:
                self._failed(stopped.trip, lambda: call.original(call.function, *call.args, **call.kwargs))
        outputs = self._called_under_watch(*call)
        if self._guard is None or self._healer is not None:
            return outputs
        self._look(lambda: call.original(call.function, *call.args, **call.kwargs))
        if call.function in self._trains and not self._guard.shared:  # what one process decides others would not know
            self._begin_healing(call, outputs)
        return outputs

    def _begin_healing(self, call: Call, outputs: Any) -> None:
        self._patient = LoopPatient(
            self.guard, lambda made: self._called_under_watch(*made), self.replays.found,
            lambda: list(self._session.models), self._session.orders.seed,
        )  # fmt: skip
        self._patient.meets(call)
        orders = self._session.orders
        ring = Ring(None if orders.capsule is None else Path(orders.capsule).parent)
        self._healer = Healer(
            self._patient, orders, ring, number=self._number or 0, size_of=bytes_of, watched_closely=self._cheap_look,
            told=functools.partial(self._session.healed, self._number or 0),
        )  # fmt: skip
        self._healer.came_to(outputs)

    def taped(self, tape: Any, loss: Any) -> None:
        """A step asks its tape for gradients of variables."""
        if self._within and self.replays.now is None:
            self._losses.differentiated(self._within[0], loss)
        if self.replays.now is not None or self._within or not tf.executing_eagerly():
            return
        frame = frames.user_frame(3)
        with _harmless():
            found = None if frame is None else eager_step(frame, tape)
            if found is not None:
                if self._named is None and frame is not None:
                    place = frame.f_code.co_filename, frame.f_lineno
                    self._named = functools.partial(named_parts.at_line, *place, found.names)
                self._calls.add(found.values, found.run)

    def _remember_call(self, function: Any, original: Any, args: Any, kwargs: Any) -> None:
        """A call of a tf.function in which an update was traced."""
        written = getattr(function, "python_function", None)
        self._named = self._named or functools.partial(named_parts.of_function, written, args, kwargs)
        found = None if holds_rows((args, kwargs)) else captured_step(written, args, kwargs)
        if found is not None:
            self._calls.add(found.values, found.run)
        else:
            owner = seams.owner_of_method(function)

            def again(call: Any, kept: Any = owner) -> Any:  # kept, else it may be gone when its step is looked at
                return original(function, *call[0], **call[1])

            self._calls.add((args, kwargs), again)

    def train_on_batch(self, model: Any, original: Any, args: Any, kwargs: Any) -> Any:
        """A call of train_on_batch."""
        self._kind = "train_on_batch"
        self._train_site = self._train_site or frames.call_site(2)
        self._session.models.add(model)
        names = ("x", "y", "sample_weight", "class_weight")
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        if self._drawn is not None:
            given |= self._drawn.exchanged({name: given[name] for name in names[:3] if name in given})
            args, kwargs = (), given
        self._stepping = model if getattr(model, "optimizer", None) is None else model.optimizer
        self._comes(self._stepping)
        batch = (given.get("x"), given.get("y"), given.get("sample_weight"))
        try:
            result = original(model, *args, **kwargs)
        except ValueError as error:
            if seams.had_no_gradients(error):
                self._calls.add(_tensors(batch), model.train_step)
            raise
        finally:
            self._stepping = None
        if self._guard is not None:
            self._kept.add(batch)
            if not any(model is each for each in self._trained):
                self._trained.append(model)
            tensors = _tensors(batch)
            self._look(lambda: model.train_step(tensors))
        return result

    @property
    def _probe(self) -> int | None:
        """Steps after which these loops are to end the program; None where they are not probed."""
        return self._session.orders.probe_of(-1 if self._number is None else self._number)

    def _look(self, step: Callable[[], Any]) -> None:
        try:
            orders = self._session.orders
            slow = self._probe is not None or orders.locate is not None  # what is looked for is this very step
            self.guard.look(force=slow or self._cheap_look and self.guard.tripped)
        except Tripped as stopped:
            self._failed(stopped.trip, step)
        self._after(self.guard.steps if self._probe is not None else 0)

    def _after(self, steps: int) -> None:
        if self._session.orders.locate is not None and steps == self._session.orders.locate:
            self._recording.begin()
        limit = self._probe
        if limit is not None and steps >= limit:
            self.finish()
            raise ProbeDone

    # -- recording a step of an eager loop ---------------------------------------------------

    def _recorded(self, optimizer: Any, grads: Any, known: list[Any]) -> None:
        """The update of the recorded step has come, of these variables: tell what was found."""
        self._recording.record.gradients += list(zip(grads, known, strict=False))
        found = self._recording.end(known)
        if found is None and (optimizer is self._by_hand or not self._goes_on):
            self._goes_on = True
            self._recording.begin()  # what the program does itself with its variables comes after that, in the same step
            return
        if found is None:
            found = Finding(op="Variable", born="update")
        self._guard = self._guard or self.guard
        if not any(optimizer is one for one in self._guard.optimizers):
            self._guard.optimizers.append(optimizer)
        step = self._session.orders.locate or 0
        attempt = dataclasses.replace(self._attempt("unstable", "recorded"), steps=step + 1)
        self._tell(
            Symptom(SymptomKind.NONFINITE, step, None, "gradient" if found.born == "gradient" else "loss", {}),
            found,
            attempt,
        )

    def _sees_models(self, proceed: Callable[..., Any], layer: Any, *args: Any, **kwargs: Any) -> Any:
        if len(layers_called.stack()) == 1 and isinstance(layer, keras.Model) and args:
            looking = self.replays.now or self._recording.under_way
            again = looking is not None and looking is self._seen_by
            if not again:  # later calls of a step may be about the model's own answers
                self._seen_inputs = [part for part in tree.flatten(args[0]) if hasattr(part, "numpy")]
            self._seen_by = looking
            self._session.models.add(layer)
            answer = proceed(layer, *args, **kwargs)
            self._answers = tree.flatten(answer)
            return answer
        return proceed(layer, *args, **kwargs)

    # -- how it ends -------------------------------------------------------------------------

    def finish(self, raised: BaseException | None = None) -> None:
        """At the end of the program: one more look, then the story of what was healthy."""
        if raised is not None:
            self._refused(raised, None)
            self._severed(raised)
        if self._guard is None and self._unapplied.at_fault(FEWEST_STEPS) and not self._session.stories:
            self._never_applied()
        if self._guard is None or self._number is None:
            return
        try:
            if self._healer is not None:
                self._healer.settle()
            self._guard.settle()
        except Tripped as stopped:
            self._failed(stopped.trip, None)
        if any(story.number == self._number for story in self._session.stories):
            return
        attempt = self._attempt("stable", "")
        # rows are drawn from what has come: a loss that was low while all were of one class rises with the next
        swings = self._adversaries or self._drawn is not None
        bounded = bounds.bounded(self._guard.seen_losses, swings=swings)
        if bounded.no and self._targets_move():
            bounded = bounds.bounded(self._guard.seen_losses, swings=True)
        still = self._plan and fails_still(self._guard.latest_norms, self._guard.seen_losses)
        risen = bounded.why if bounded.no else STILL if still else None
        ended = Statements(finite=yes(), bounded=bounded, still=bool(still))
        if risen is None and self._plan and self._setup_for(self._plan).changes_loss:
            falls = bounds.endless(self._guard.seen_losses)  # what the plan made of the loss has no floor
            risen = falls.why if falls.yes else None
            ended = dataclasses.replace(ended, endless=falls)
        if risen is not None:
            attempt = dataclasses.replace(
                attempt, outcome="unstable", yardstick=None, why=risen, statements=self._of_whole(ended)
            )
            symptom = Symptom(SymptomKind.DIVERGED, self._guard.steps, None, "loss", {"loss_last": attempt.loss_last})
            self._tell(symptom, None, attempt, full=attempt.steps)
        if self._probe is not None:
            self._keep(attempt, ())
            return
        judged = self._judged(bounded)
        if not self._plan and judged.judgement.reason is Reason.NOTHING_TO_FIND:
            useless = Symptom(SymptomKind.USELESS, self._guard.steps, None, "loss", {})
            judged = (
                judged.decided_by(Reason.FAULT)
                if unable(diagnose(self._evidence(useless, self._absorbed())))
                else judged
            )
        if judged.knows_better and self._crossing is not None:
            judged = judged.decided_by(Reason.BLIND_LOSS)
        why = verdict.words(judged.judgement.reason)
        attempt = dataclasses.replace(
            attempt, learning=judged.learning, learnt=not self._plan or judged.convinces, passes=judged.passes,
            why=f"finite, but {why}" if self._plan and not judged.convinces else attempt.why, statements=judged.by_output,
        )  # fmt: skip
        suspect = self._session.orders.repair and not (self._plan or judged.healthy or judged.sick)
        if judged.sick or suspect:
            seen = {"loss_last": attempt.loss_last, "judged": why, **_figures(judged), **self._put_back(judged)}
            symptom = Symptom(SymptomKind.USELESS, self._guard.steps, None, "loss", seen)
            finding = self._absorbed()
            if not (suspect and slow(judged, self._guard.seen_losses, diagnose(self._evidence(symptom, finding)))):
                self._tell(symptom, finding, attempt, suspect=suspect, full=attempt.steps)
                return
        said = () if judged.judgement.reason in (Reason.LEARNT, Reason.GOAL_MET) else (why[0].upper() + why[1:] + ".",)
        if self.parties.follow:
            said = (
                *said,
                f"{self.parties.phases} trainings followed one another in loops; the last of them was judged.",
            )
        audited = None if self._plan else self._audited
        warned = () if audited is None else warnings(audited)
        if not self._plan and judged.judgement.reason is Reason.ONLY_BOUNDED:
            warned = (*warned, *self._crossed())
        self._keep(attempt, said if audited is None else (*said, *constant_columns(audited)), warned)

    def _never_applied(self) -> None:
        """The end of a program that asks for gradients and never comes to its update."""
        symptom = Symptom(
            SymptomKind.USELESS, self._unapplied.steps, None, "gradient", {"judged": "no update was ever made"}
        )
        attempt = self._attempt("stable", "no update was ever made")
        self._tell(symptom, None, attempt, unapplied=self._unapplied.seen(), full=attempt.steps)

    def _put_back(self, judged: Judged) -> dict[str, Any]:
        """Whether the weights at the end are not those that the last step left, and what may have been measured before.

        Half of what the losses had come down is gone: a loop keeps its best weights so, and no loss is less than NaN. What they
        had come down is more than what one batch differs from another.
        """
        first, last = course.means(self.guard.latest_losses)
        with _harmless(), self.at_rest():
            now = self._losses_now()
            if not now or first is None or last is None or first - last < levels.DELTA * abs(first):
                return {}
            if np.mean(now) > (first + last) / 2:
                self._unread = () if self._held is None else self._held.as_validation(self._looked.inputs)
                return {PUT_BACK: True, "loss_means_nothing": True}
        return {}

    def _losses_now(self) -> list[float]:
        """What the latest steps would come to with the weights as they are, computed as when they are trained."""
        if self._trained:
            batches = [] if self._adversaries else list(self._kept.latest)[-KEPT_CALLS:]
            return [
                float(self.own_loss(x, y, self._trained[0](x, training=True), weight, None)) for x, y, weight in batches
            ]
        found = map(self.step_loss, self._calls.alike()[-KEPT_CALLS:]) if self._is_known else ()
        return [loss for loss in found if loss is not None]

    @functools.cached_property
    def _crossing(self) -> Crossing | None:
        """Where the wrong rows meet in the latest step of a training that cannot be judged, by its shapes."""
        replay = self._latest_replayed()
        return None if replay is None else shapes.mixed_up(replay)

    def _crossed(self) -> tuple[Cause, ...]:
        found = self._crossing
        return (
            () if found is None else warnings(Evidence(Symptom(SymptomKind.HEALTHY, self.guard.steps), crossing=found))
        )

    def _keep(self, attempt: Attempt, notes: tuple[str, ...], warned: tuple[Cause, ...] = ()) -> None:
        """Tell of a training in which nothing failed, or that was healed while it went on."""
        healer = self._healer if self._healer is not None and self._healer.interventions else None
        notes = (*notes, *(() if self._healer is None else self._healer.remarks()))
        story = Story(
            number=self._number or 0, kind=self._kind,
            verdict=Verdict.REPAIRED if self._plan or healer is not None else Verdict.HEALTHY,
            plan=self._plan, attempts=(attempt,), full=self.guard.steps, notes=notes, warnings=warned,
            seconds=time.monotonic() - self._began,
        )  # fmt: skip
        self._session.keep(story if healer is None else healer.told_by(story))

    @functools.cached_property
    def _audited(self) -> Evidence | None:
        """What a model was given by train_on_batch, by its first batches; of several models nobody says what is whose."""
        look = self._looked
        return None if look == Looked() else Evidence(
            Symptom(SymptomKind.HEALTHY, self.guard.steps), kind=self._kind, inputs=look.inputs, targets=look.targets,
            entries=look.entries, model=self._model_facts(),
            course=Course(len(self.guard.latest_losses)),
        )  # fmt: skip

    def _plain_fault(self) -> Said | None:
        evidence = self._audited
        return None if evidence is None else plain_fault(evidence, self._plan)

    @functools.cached_property
    def _looked(self) -> Looked:
        """What a model was given by its first batches: at the end of the training."""
        if self._adversaries or self._number is None:
            return Looked()
        try:
            model, x, y = self._given()
            batch = rows_of(self._kept.first[0][0] if self._kept.first else self._calls.first[0])
            return (
                Looked()
                if model is None
                else closing.facts(model, [x, y, []], y or None, self._weights(), Glance(), batch=batch)
            )
        except Exception as error:  # data of a kind that only the model can read: nothing is said of them
            _log.debug("the data of a training could not be audited", exc_info=error)
            return Looked()

    def _placed(self, look: Looked) -> Looked:
        """The same with where the user's code makes each array, as far as its text tells that."""
        flat = (*look.inputs, *look.targets)
        gaps = holding_gaps(sys._getframe(1)) if any(each.bad_row_count for each in flat) else None
        holds = [gaps if each.bad_row_count else None for each in flat]
        count = len(look.inputs)
        if self._kind == "train_on_batch":
            of = [("x", place) for place in range(count)] + [("y", place) for place in range(len(look.targets))]
            sites = [
                created.data_site(self._train_site, *each, asked, "train_on_batch")
                for each, asked in zip(of, holds, strict=True)
            ]
        else:
            named = None if self._named is None else self._named()
            places = [] if self._apart is None else [*self._apart.places[0], self._apart.places[1]]
            if named is None or None in places or len(places) != len(flat) or len(look.targets) != 1:
                return look
            sites = [named.site(place, asked) for place, asked in zip(places, holds, strict=True) if place is not None]
        put = tuple(dataclasses.replace(each, site=site) for each, site in zip(flat, sites, strict=True))
        return dataclasses.replace(look, inputs=put[:count], targets=put[count:])

    def _given(self) -> tuple[Any, list[Any], list[Any]]:
        """A model, its inputs and its targets, by its first batches; None where nobody says what is whose."""
        if len(self._trained) == 1:
            return self._trained[0], self._rows(0), self._rows(1)
        apart = None if self._trained else self._apart
        if apart is None or apart.alone is None:
            return None, [], []
        with self.at_rest():
            inputs, target = apart.given(self._calls.first_alike()[: self._sound_start()])
        return apart.alone, inputs, [target]

    @property
    def _adversaries(self) -> bool:
        """Whether several optimizers work against each other: their losses rise and fall together."""
        return self.parties.oppose

    def _targets_move(self) -> bool:
        """Whether targets are the program's own: its loss may rise as they grow.

        The latest step reads another network than the one that it trains, weighs what was chosen by advantages, or what it is
        given has more than twice the spread that the first steps were given.
        """
        replay = self._latest_replayed()
        if replay is not None and (self._reads_others(replay) or aims.weighs_both_ways(replay)):
            return True
        first, latest = self._given_first_and_last
        then, now = spreads(first[:KEPT_CALLS]), spreads(latest[-KEPT_CALLS:])
        return len(then) == len(now) and any(
            after > levels.TWICE * before for before, after in zip(then, now, strict=True)
        )

    def _targets_ran_away(self) -> bool:
        """The same of a step that failed: what it was given became absurdly larger than at first, as no data do."""
        first, latest = self._given_first_and_last
        then, each = spreads(first[:1]), [spreads([call]) for call in latest]
        alike = [now for now in each if len(now) == len(then)]
        ran = any(now[place] > scales.ABSURD**2 * before > 0 for now in alike for place, before in enumerate(then))
        return ran or self._reads_others(self.replays.last)

    def _reads_others(self, replay: Replay | None) -> bool:
        return replay is not None and aims.reads_others(replay, self._trained_variables())

    @property
    def _given_first_and_last(self) -> tuple[list[Any], list[Any]]:
        """What steps were given, the first ones and the latest."""
        kept = self._kept
        return (kept.first, list(kept.latest)) if self._trained else (self._calls.first, list(self._calls.latest))

    def _latest_replayed(self) -> Replay | None:
        """The latest step once more, every operation recorded; None where it is not known."""
        step, given = self._calls.step, self._calls.given
        if step is None:
            return None
        self.replays.found(lambda: step(given), updates=False)  # nothing of the program's is changed
        return self.replays.last

    # -- what was learnt: the patient of a judge ---------------------------------------------

    def _judged(self, bounded: Statement) -> Judged:
        found = self._judged_by_rows(bounded)
        # what was held against a constant and a plain model needs no look at its operations
        by_signal = found.learning is not None and found.learning.calibrated is None
        if not found.healthy or found.judgement.reason is Reason.GOAL_MET or not by_signal or self._adversaries:
            return found
        with self.at_rest():
            replay = self._latest_replayed()
        seen = None if replay is None else shares.as_logits(replay)
        return found.decided_by(Reason.OUT_OF_REACH) if seen is not None and seen.short else found

    def _judged_by_rows(self, bounded: Statement) -> Judged:
        goal = verdict.Goal(self._session.orders.goal)
        run = RunFacts(
            self.guard.seen_losses, time.monotonic() - self._began, bounded, plain_fault=self._plain_fault,
            still=stands_still(self.guard.latest_norms, self.guard.seen_losses),
            copied=lambda: any(install.copied_units(self._trained_variables(), self._start.first)),
            compares=bool(self._plan),
        )  # fmt: skip
        judge = Judge(self, {}, own_step=False, by_row=False, always=False, kept=lambda: self._kept.latest)
        if len(self._trained) == 1 and self._kept.latest and not self._adversaries:
            self.model = self._trained[0]
            if not seams.uses_own_train_step(self.model):
                return judge.judged(run, goal)
        apart = None if goal is verdict.Goal.FINITE or bounded.no or self._adversaries else self._apart
        if apart is not None:
            found = judge_of(apart).judged(run, goal)
            if found.seen and (found.healthy or not self._acts()):
                return found
        found = judge.judged_by_signal(run, self._step_seen, goal, adversaries=self._adversaries)
        if not found.healthy and found.judgement.reason is not Reason.LOST_IN_USE and not self._pairs_are_known():
            found = Judged(verdict.judge([run.untold]), (run.untold,))
        long = len(run.losses) >= FEWEST_STEPS and not self._adversaries
        if found.judgement.reason is not Reason.ONLY_BOUNDED or not long:
            return found
        told = run.untold
        if self._only_zeros():  # whatever rows it is given, it says the same
            told = dataclasses.replace(told, signal=no(), stuck=True)
        elif self._crossing is not None and self._crossing.sure:  # no row's answer is held against what is its own
            told = dataclasses.replace(told, blind=yes())
        return Judged(verdict.judge([told]), (told,))

    def _only_zeros(self) -> bool:
        """Whether all that is trained and has rows and columns is zero: no input gets through, and no gradient back."""
        matrices = [seams.numpy_value(variable) for _, variable in install.matrices(self._trained_variables())]
        return bool(matrices) and not any(map(np.any, matrices))

    @functools.cached_property
    def _apart(self) -> ModelStep | None:
        """The step of a loop as a model and a loss, where it is made of them: at the end of the training."""
        if not self._is_known:
            return None
        with self.at_rest():
            return taken_apart(self, self._calls.alike())

    @property
    def _is_known(self) -> bool:
        """Whether the step of a loop can be run once more."""
        return self._calls.step is not None and not self.guard.shared and not tf.distribute.has_strategy()

    @property
    def limits(self) -> Sequence[tuple[float, float] | None]:
        """What each output can give, where the model's compiled loss compares it with numbers."""
        return facts.limits(self.model)

    @property
    def probabilities(self) -> Sequence[bool]:
        """Whether each output is made of probabilities."""
        return facts.gives_probabilities(self.model)

    @property
    def data_setup(self) -> Setup:
        """The rows of a step are those that it is called with; what their targets mean a plan may have changed."""
        return Setup() if self._setup is None else Setup(put_back=self._setup.put_back)

    def own_loss(self, x: Any, y: Any, predictions: Any, weight: Any, output: int | None) -> Any:
        """The model's own loss, without what regularisers add; of one of several outputs, where Keras notes that."""
        return loss_of(self.model, x, y, predictions, weight, output)

    def step_loss(self, batch: Any) -> float | None:
        """What the step of a loop comes to when it is called with this; it is left before its first gradient."""
        step = self._calls.step
        assert step is not None
        self._rest()
        self.measuring = []
        try:
            with eagerly():
                until_stopped(lambda: step(batch))
            return float(self.measuring[0]) if self.measuring else None
        finally:
            self.measuring = None

    def trains(self, model: Any) -> bool:
        """Whether a variable of this model is trained."""
        return seams.trains(self._optimizers, model)

    def is_plain(self, batch: tuple[Any, Any, Any]) -> bool:
        """Of a step outside of `fit` nobody knows which model's compiled loss it should come to."""
        return False

    @contextlib.contextmanager
    def at_rest(self) -> Iterator[None]:
        """What happens within leaves no trace in states, random numbers and metrics."""
        metrics = [v for model in self._trained for metric in model.metrics for v in metric.variables]
        aside = [variable for model in self._session.models for variable in untracked(model)]
        states, random = VariableState([*self._state(), *metrics, *aside]), RandomState([self._calls.step])
        noted, replay = self._noted, self.replays.now

        def rest() -> None:
            states.restore()
            random.restore(kernels=False)

        self._rest = rest
        try:
            with silence():
                yield
        finally:
            self._noted, self.replays.now = noted, replay
            rest()

    def _step_seen(self, seconds: float) -> learning.Seen | None:
        """What the step of a loop shows: its tensors that share their first axis are shuffled against each other."""
        if not self._is_known:
            return None
        calls, alike = self._calls.alike(), self._calls.alike_parts()
        if len(alike) < 2:
            return None
        steps = [StepLoss(self.step_loss, calls[-KEPT_CALLS:], (each,), MOST_ROWS) for each in alike[1:]]
        found = [learning.of_step(step, seconds, first=seconds) for step in steps]
        best = max(found, key=lambda seen: seen.signal.z if seen.signal.z == seen.signal.z else -1.0)
        if best.still is Still.BLIND_LOSS and asks_of(self, calls[-1], alike[1:]):
            return None
        if best.signal.passes or contrasts(self, calls[-1]):
            return best
        if not self._pairs_are_known():
            return None
        return learning.with_reference(best, *steps[0].pair(alike[:1]))

    def _pairs_are_known(self) -> bool:
        """Whether it is known what belongs together; of three (actions and what they brought) only what is found counts."""
        return self._is_known and len(self._calls.alike_parts()) == 2 and not self._acts()

    def _acts(self) -> bool:
        """Whether the latest step draws from its own outputs, as a policy does."""
        replay = self._latest_replayed()
        return replay is not None and aims.acts(replay)

    def _rows(self, part: int) -> list[Any]:
        """Inputs (0) or labels (1) of the first batches, each array of several; none where their shapes change.

        What came once the loss had left its start may be the model's own doing: targets of Q-learning are its outputs.
        """
        batches = [tree.flatten(batch[part]) for batch in self._kept.first[: self._sound_start()]]
        shapes = {tuple(np.shape(each)[1:] if hasattr(each, "shape") else None for each in batch) for batch in batches}
        if len(shapes) != 1 or None in next(iter(shapes)):
            return []
        return [np.concatenate([np.asarray(each) for each in column]) for column in zip(*batches, strict=True)]

    def _weights(self) -> list[Any] | None:
        """The weights of the rows of the first batches that `train_on_batch` was given; None where not all have some."""
        batches = self._kept.first[: self._sound_start()] if len(self._trained) == 1 else []
        weighed = batches and all(len(batch) > 2 and batch[2] is not None for batch in batches)
        return (self._rows(2) or None) if weighed else None

    def _sound_start(self) -> int | None:
        """How many batches went by before the loss left its start; None where it did not."""
        losses = self.guard.latest_losses
        sound = next((at for at, loss in enumerate(losses) if not abs(loss) <= levels.TWICE * abs(losses[0])), None)
        return None if sound is None else max(1, sound)

    def _attempt(self, outcome: str, why: str) -> Attempt:
        guard = self.guard
        losses = guard.counted_losses
        first, last = course.means(losses)
        why = why or skipped(guard.skips)
        steps = max(guard.steps, len(guard.losses))
        kind = "probe" if self._probe is not None else "full" if self._plan else "baseline"
        return Attempt(
            plan=self._plan, kind=kind, outcome=outcome, steps=steps, seconds=round(time.monotonic() - self._began, 3),
            loss_first=first, loss_last=last, yardstick=last if outcome == "stable" else None, why=why,
            curve=stretches(losses),
        )  # fmt: skip

    def _of_whole(self, seen: Statements) -> tuple[Mapping[str, Statement], ...]:
        """What the record of a run keeps of its statements: of a probe nothing."""
        return () if self._probe is not None else (seen.by_name,)

    def _failed(self, trip: Trip, step: Callable[[], Any] | None) -> None:
        finding = None
        if self._recording.goes_on:
            finding = self._recording.end(
                [each for one in self.guard.optimizers for each in seams.trained_variables(one)]
            )
        if finding is None and step is not None:
            compiled = self._latest_function is not None and seams.is_compiled(self._latest_function)
            finding = self.replays.failure(step, compiled=compiled)
        symptom = Symptom(trip.kind, trip.step, None, trip.first_seen_in, {})
        attempt = self._attempt("unstable", f"non-finite {trip.first_seen_in} in step {trip.step}")
        fell = Statements(finite=no(why=attempt.why))
        attempt = dataclasses.replace(attempt, steps=trip.step + 1, statements=self._of_whole(fell))
        self._tell(symptom, finding, attempt)

    def _refused(self, error: BaseException, step: Callable[[], Any] | None) -> None:
        """A step refused what it was given, as a CPU does labels without an output: told if that is what it was."""
        finding = refused(error) if step is None else self.replays.found(step)
        if finding is None or finding.check is None:
            return
        if step is None and not self._session.models:  # in eager code nobody has looked who was called
            self._session.models.update(models_seen_by(error))
        symptom = Symptom(
            SymptomKind.ERROR, self.guard.steps, None, "label", {"error": str(error).splitlines()[0][:300]}
        )
        if any(cause.code is Code.LABELS_OUT_OF_RANGE for cause in diagnose(self._evidence(symptom, finding))):
            self._tell(symptom, finding, self._attempt("crashed", symptom.evidence["error"]))

    def _severed(self, error: BaseException) -> None:
        """An optimizer was given no gradient at all: told if the step shows why."""
        if not seams.had_no_gradients(error) or self._latest_replayed() is None:
            return
        seen = {"error": str(error).strip().splitlines()[-1].strip()[:300]}
        symptom = Symptom(SymptomKind.ERROR, self.guard.steps, None, "gradient", seen)
        if self._evidence(symptom, None).severed is not None:
            self._tell(symptom, None, self._attempt("crashed", seen["error"]))

    def _absorbed(self) -> Finding | None:
        """What overflowed in the latest step and vanished again, where a model computes in half precision."""
        replay = self._latest_replayed()  # which shows the models, too
        half = any(map(facts.in_half, self._session.models))
        found = absorbed(replay) if half and replay is not None else None
        return found or (None if replay is None else vanished(replay))

    def _tell(
        self, symptom: Symptom, finding: Finding | None, attempt: Attempt, *, suspect: bool = False,
        unapplied: NeverApplied | None = None, full: int = 0,
    ) -> None:  # fmt: skip
        """Tell of a training that failed, and end the program; only a plan can show that a suspect did: it goes on.

        `full` are its steps where it came to its end.
        """
        evidence = dataclasses.replace(self._evidence(symptom, finding), unapplied=unapplied)
        story = Story(
            number=self._number or 0, kind=self._kind, verdict=Verdict.HEALTHY if suspect else Verdict.UNREPAIRED,
            symptom=symptom, finding=finding, causes=diagnose(evidence), plan=self._plan, attempts=(attempt,), full=full,
            seconds=time.monotonic() - self._began, evidence=evidence, asks_fresh=not self._plan,
            interventions=() if self._healer is None else tuple(self._healer.interventions),
        )  # fmt: skip
        self._session.keep(story)
        if not suspect:
            raise Unstable(story)

    def _evidence(self, symptom: Symptom, finding: Finding | None) -> Evidence:
        if not self._seen_inputs:  # no Keras model: what the step was first called with has to do
            called = self._calls.first[0] if self._calls.first else self._calls.given
            self._seen_inputs = [part for part in tree.flatten(called) if hasattr(part, "shape")][:1]
        look, trained = self._looked, list(self._trained_variables())
        with _harmless():
            look = self._placed(look)
        equal_units = facts.said_of_units(trained, {id(variable) for variable in trained}, self._start.first)
        with self._start.in_force():  # the last weights may have blown up
            model = self._with_gates(self._model_facts(), symptom)
        if symptom.kind == SymptomKind.USELESS and self._model is not None:
            model = facts.with_frozen(model, self._model, trained)
        if symptom.kind == SymptomKind.USELESS and self.replays.last is not None:
            model = facts.as_replayed(model, self._model, self.replays.last)
        if self.replays.last is not None and self._model is not None and facts.may_call_activations(model, self._model):
            model = facts.with_called(model, self.replays.last)
        if model.bare:
            model = dataclasses.replace(model, matrices=tuple(dict(install.matrices(self._trained_variables()))))
        inputs = look.inputs or tuple(
            found
            for index, tensor in enumerate(self._seen_inputs)
            if (found := audit(f"x[{index}]" if len(self._seen_inputs) > 1 else "x", np.asarray(tensor))) is not None
        )
        targets, compared = look.targets, None
        if not targets and model.loss is None and len(self._answers) == 1:  # of several nobody says which is compared
            compared = aims.compared(self.replays.last or self._recording.record, self._answers[0])
        if compared is not None:
            seen = audit("y", np.asarray(compared[1]))
            targets, model = (() if seen is None else (seen,)), dataclasses.replace(model, loss=compared[0])
        last = self.replays.last if symptom.kind == SymptomKind.USELESS or symptom.without_gradients else None
        model = model if last is None else dataclasses.replace(model, loss_line=aims.loss_line(last))
        return Evidence(
            symptom=symptom, kind=self._kind, finding=finding, inputs=inputs, targets=targets, weights=None,
            model=model, entries=look.entries, validation=self._unread,
            course=Course(
                steps=len(self.guard.latest_losses), losses=thin(self.guard.latest_losses),
                gradients=thin(self.guard.latest_norms),
                swings=self._adversaries, moved=self._moved if symptom.kind == SymptomKind.USELESS else None,
                kept=self._kept_of_norm if symptom.kind == SymptomKind.USELESS else None,
                targets_move=bool(targets) and self._targets_ran_away(),
            ),
            **equal_units,
            **facts.said_of_zeros(None if symptom.kind == SymptomKind.USELESS else self.replays.last, trained),
            warned=created.warned(), divided=created.divided(),
            **seen_in(last),
        )  # fmt: skip

    def _with_gates(self, model: ModelFacts, symptom: Symptom) -> ModelFacts:
        """The facts with which layers are gates, where activations may be what is wrong."""
        called = self._model
        inputs = getattr(called, "inputs", None)
        if symptom.kind != SymptomKind.USELESS or not inputs:
            return model
        return with_gates(model, called, inputs[0] if len(inputs) == 1 else list(inputs))

    @property
    def _moved(self) -> float | None:
        """How far what is trained has come (see `Course.moved`)."""
        return self._start.moved(each for one in self._optimizers for each in seams.trained_variables(one))

    @property
    def _kept_of_norm(self) -> float | None:
        """What is left of the norm of what is trained (see `Course.kept`)."""
        return self._start.kept(each for one in self._optimizers for each in seams.trained_variables(one))

    @property
    def _optimizers(self) -> list[Any]:
        """Those of the training that goes on."""
        return self.parties.latest() or self.guard.optimizers

    def _trained_variables(self) -> list[Any]:
        """All that is trained, optimizer by optimizer."""
        return [variable for one in self._optimizers for variable in seams.trained_variables(one)]

    @property
    def _model(self) -> Any:
        """The model that is trained, or one of several; None where there is none."""
        apart = None if self._trained else self._apart
        if apart is not None and apart.alone is not None:
            return apart.alone
        return next((model for model in self._session.models if model.built), None)

    def _model_facts(self) -> ModelFacts:
        apart = None if self._trained else self._apart
        known = ModelFacts()
        if self._model is not None:
            known = facts.with_idle(facts.model_facts(self._model), facts.idle(self._model))
        if apart is not None and known.loss is None:
            known = dataclasses.replace(known, **self._own_loss_facts(apart))
        if not self._ends_in_a_layer:
            known = facts.without_outputs(known)
        optimizer = next(iter(self._optimizers), None)
        return known if optimizer is None else facts.with_optimizer(known, optimizer)

    @functools.cached_property
    def _ends_in_a_layer(self) -> bool:
        """Whether what the model of a step says is what its last layer gives, as far as that can be tried."""
        if self._trained or self._apart is None or self._apart.alone is None or facts.is_graph(self._apart.alone):
            return True
        with _harmless(), self.at_rest():
            inputs, _ = self._apart.given(self._calls.alike()[-1:])
            few = [part[:2] for part in inputs]
            return facts.ends_in_a_layer(self._apart.alone, few[0] if len(few) == 1 else few)
        return True

    def _own_loss_facts(self, apart: ModelStep) -> dict[str, Any]:
        """The loss of a step of the user's own, if it is one of Keras'."""
        with self.at_rest():
            name, from_logits = apart.loss()
        return {"loss": name, "from_logits": from_logits}


class _ByHand:
    """Stands for the optimizer in a program that updates its variables itself: `w.assign_sub(rate * gradient)`."""

    built, clipvalue, name, by_hand = True, None, "by hand", True

    def __init__(self) -> None:
        self.variables: list[Any] = []
        self.variables_of_step: list[Any] = []

    @property
    def _trainable_variables(self) -> list[Any]:
        return self.variables_of_step


@contextlib.contextmanager
def _harmless() -> Iterator[None]:
    """What is only noted for later must not end the user's program."""
    try:
        yield
    except Exception as error:
        _log.debug("a step could not be kept", exc_info=error)


def _figures(judged: Judged) -> dict[str, Any]:
    """The figures of a judgement that back a symptom."""
    record = judged.learning
    if record is None:
        return {}
    found: dict[str, Any] = {} if record.constant is None else {"constant_loss": record.constant}
    found |= judged.of_the_loss
    return found if record.figure is None or record.value is None else {**found, record.figure: record.value}


def _tensors(batch: Any) -> Any:
    return tree.map_structure(lambda part: None if part is None else tf.convert_to_tensor(part), batch)


def _symbolic(args: Any) -> bool:
    return any(isinstance(part, keras.KerasTensor) for part in tree.flatten(args))


def _fitting(setup: Setup, args: Any) -> Setup:
    """The setup without input knobs that do not fit what the model is called with."""
    parts = [part for part in tree.flatten(args[0] if args else []) if hasattr(part, "shape")]
    for knobs, part in zip(setup.inputs, parts, strict=False):
        rescale = knobs.rescale
        if rescale is not None and len(rescale.center) not in (1, part.shape[-1] if len(part.shape) > 1 else 1):
            return dataclasses.replace(setup, inputs=())
    return setup


def _as_twin(model: Any, setup: Setup) -> Setup:
    """The setup for a model that has none of the layers it names, where the same lines have made its own: a target network."""
    named = {*setup.activations, *setup.normalize}
    layers = seams.model_layers(model)
    if not named or any(layer.name in named for layer in layers):
        return setup
    twins: dict[str, str] = {}
    for name in named:
        site = created.site_of_layer(name)
        same = [layer.name for layer in layers if site is not None and created.site_of(layer) == site]
        if len(same) == 1:
            twins[name] = same[0]
    return dataclasses.replace(
        setup,
        activations={twins.get(name, name): activation for name, activation in setup.activations.items()},
        normalize=tuple(twins.get(name, name) for name in setup.normalize),
    )


__all__ = ["ArrayFacts", "LoopTraining", "ProbeDone"]
