"""The evidence of a fit that failed: what its data, its model, its course and its steps tell."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from typing import Any, TypeVar

import keras
from keras import tree

from autostable.evidence import Course, Disturbance, EntryFacts, Evidence, Finding, ModelFacts, Remainder
from autostable.judgement import dummy
from autostable.records import Symptom, SymptomKind
from autostable.setup import Setup
from autostable.story import thin
from autostable.training import counted, created, data, facts, remainders, seams
from autostable.training.examine import closing
from autostable.training.examine.disturbed import disturbed
from autostable.training.examine.entries import entries
from autostable.training.examine.gates import with_gates
from autostable.training.examine.judge import Judge
from autostable.training.examine.kept import rows_in
from autostable.training.examine.last_step import seen_in
from autostable.training.fits.answers import collapsed, dead_units, spreads
from autostable.training.fits.at_rest import AtRest
from autostable.training.fits.audits import Audits
from autostable.training.fits.batches import Batches
from autostable.training.fits.described import Described
from autostable.training.fits.given import Given
from autostable.training.fits.locating import Locating
from autostable.training.fits.outcomes import Outcomes
from autostable.training.fits.record import Record
from autostable.training.fits.replays import Replays
from autostable.training.fits.stage import Stage
from autostable.training.fits.start import Start
from autostable.training.judging import Run, last_metrics
from autostable.training.replay import aims
from autostable.training.replay.finding import absorbed, vanished
from autostable.training.replay.recording import Replay

_log = logging.getLogger("autostable")
T = TypeVar("T")


class Gathering:
    """Gathers what a diagnosis goes by."""

    def __init__(
        self, given: Given, stage: Stage, start: Start, record: Record, *, batches: Batches, replays: Replays,
        locating: Locating, patient: AtRest, judge: Judge, described: Described, audits: Audits, outcomes: Outcomes,
    ) -> None:  # fmt: skip
        self._given, self._model, self._stage, self._start, self._record = given, given.model, stage, start, record
        self._batches, self._replays, self._locating = batches, replays, locating
        self._patient, self._judge, self._described = patient, judge, described
        self._audits, self._outcomes = audits, outcomes

    def with_last_step(self, symptom: Symptom, finding: Finding | None, baseline: Run) -> Evidence:
        """The evidence, with what only the last step of a training that is finite shows."""
        last = (
            self._locating.last_step(baseline)
            if symptom.kind == SymptomKind.USELESS or symptom.without_gradients
            else None
        )
        if last is not None and facts.in_half(self._model):
            finding = absorbed(last)
        if last is not None and finding is None:
            finding = vanished(last)
        shown = seen_in(last)
        return self._with_own_loss(dataclasses.replace(self.gathered(symptom, finding, baseline), **shown))

    def gathered(self, symptom: Symptom, finding: Finding | None, baseline: Run) -> Evidence:
        """What data, model and course tell; the fit is back at its start afterwards."""
        per_epoch = self._given.steps_per_epoch()
        if self._record.full is None:
            self._record.full = self._given.steps()
        with self._start.as_first_read():
            audits = data.audited(self._model, self._given.arguments, self._given.kept.first)
        inputs, targets = (self._described.with_sites(*each) for each in (("x", audits.inputs), ("y", audits.targets)))
        initial = None
        useless = symptom.kind == SymptomKind.USELESS
        trained = self._model.trainable_variables
        moved, kept = (
            (self._start.variables.moved(trained), self._start.variables.kept(trained)) if useless else (None, None)
        )
        equal_units = (
            facts.said_of_units(trained, facts.own_variables(self._model), self._start.variables.first)
            if useless
            else {}
        )  # of the last weights
        ended = self._spreads(baseline) if useless else ()
        died = self._died(baseline) if useless else {}
        failed = None if useless else self._stage.replay
        zeros = facts.said_of_zeros(failed, trained)
        self._start.rewind(Setup())
        model = self._described.model_facts()  # of its first weights: the last ones may have blown up
        batch = self._batches.at(0)
        self._start.at_entry()
        if batch is not None and symptom.kind != SymptomKind.ERROR:
            model, initial = self._at_first(model, batch, failed, useless=useless)
        disturbances = self._disturbances(baseline) if useless else ()
        rates = facts.rates_in_force(self._model, baseline.steps, baseline.history)
        setters = [each for each in self._given.callbacks if isinstance(each, created.RATE_CALLBACKS)]
        model = facts.with_rates(model, rates or (baseline.rate,), setters if rates else self._given.rate_callbacks())
        model = facts.with_idle(model, baseline.idle)
        if useless:
            model = facts.with_frozen(model, self._model, trained)
            layers = (dataclasses.replace(layer, died=died.get(layer.name)) for layer in model.layers)
            model = dataclasses.replace(model, layers=tuple(layers))
        labels = data.labels_of(self._given.arguments, self._given.kept.first)
        flat = tree.flatten(labels) if labels is not None else []
        size = max(map(rows_in, tree.flatten(batch)), default=0)  # 0 of what several replicas are given
        if len(flat) == len(targets) == 1 and closing.in_their_order(self._given.arguments) and size:
            targets = (closing.in_order(targets[0], flat[0], size, next(iter(audits.counts), None)),)
        targets = closing.aligned(self._model, targets, flat)
        units = model.outputs[0].units if model.outputs else None
        return Evidence(
            symptom=symptom, kind="fit", finding=finding, inputs=inputs, targets=targets,
            weights=audits.weights, model=model,
            course=Course(
                steps=baseline.steps, full=self._record.full, losses=thin(baseline.losses), gradients=thin(baseline.norms),
                steps_per_epoch=per_epoch, epochs=self._given.epochs, batch=size,
                metrics=tuple(last_metrics(baseline.history).items()),
                rates=rates, swings=self._outcomes.adversaries, moved=moved, kept=kept,
            ),
            constant_loss=dummy.constant_loss(model.loss, counted.kept(flat[0], next(iter(audits.counts), None)))
            if len(flat) == 1 else None,
            initial_loss=initial, chance_loss=dummy.chance_loss(model.loss, units),
            error=None if baseline.error is None else str(baseline.error), autoencoder=audits.autoencoder,
            windows=audits.windows, entries=self._entries(batch, audits),
            shuffled_apart=self._audits.shuffles_apart, altered=self._start.altered, **equal_units, **zeros,
            validation=self._audits.validated(self._audits.validation_rows()), warned=created.warned(),
            divided=created.divided(), reruns=created.reruns(),
            disturbances=disturbances,
            collapsed=bool(ended) and collapsed(self._spreads(baseline), ended), remainder=self._remainder(symptom, baseline),
        )  # fmt: skip

    def _at_first(
        self, model: ModelFacts, batch: Any, failed: Replay | None, *, useless: bool
    ) -> tuple[ModelFacts, float | None]:
        """The model with what its units give for a batch at its first weights, and its loss then.

        Args:
            model: What else is known of it.
            batch: The first one.
            failed: The replay of the step that failed.
            useless: None did.
        """
        initial = None
        try:
            with self._stage.watched():  # our own tape is no step of the program's
                model, initial = facts.with_activity(
                    model, self._model, batch,
                    lambda x, y, y_pred, weight: self._model.compute_loss(x, y, y_pred, weight),
                )  # fmt: skip
                if useless:
                    model = with_gates(model, self._model, keras.utils.unpack_x_y_sample_weight(batch)[0])
        except Exception:  # no compiled loss, or a model that cannot be called eagerly: its own step may show it
            initial = None
            shown = self._replays.shown(batch) if useless else None
            model = model if shown is None else facts.as_replayed(model, self._model, shown)
        if facts.may_call_activations(model, self._model):
            shown = self._replays.shown(batch) if useless else failed
            model = model if shown is None else facts.with_called(model, shown)
        return model, initial

    def _with_own_loss(self, evidence: Evidence) -> Evidence:
        """The evidence with the loss of a step of the user's own, if it is one of Keras'."""
        model = evidence.model
        if model.loss is not None or len(evidence.targets) != 1 or not seams.uses_own_train_step(self._model):
            return evidence
        with self._patient.at_rest():
            name, from_logits = self._judge.own_loss()
        if name is None:
            return evidence
        line = (None if self._stage.replay is None else aims.loss_line(self._stage.replay)) or model.fit_site
        return dataclasses.replace(
            evidence,
            model=dataclasses.replace(model, loss=name, from_logits=from_logits, loss_line=line, own_step=True),
        )

    def _spreads(self, baseline: Run) -> tuple[float, ...]:
        """How far the answers of the model, as it is now, lie apart; empty where it cannot be asked."""
        return _asked(lambda: spreads(self._judge, self._patient, baseline.losses), ())

    def _died(self, baseline: Run) -> dict[str, float]:
        """The share of each layer's units that give nothing any more; empty where the model cannot be asked."""
        return _asked(lambda: dead_units(self._judge, self._patient, baseline.losses), {})

    def _disturbances(self, baseline: Run) -> tuple[Disturbance, ...]:
        """Layers that change rows at random, and whether these still tell their targets then."""
        some = self._judge.rows_of(baseline.losses)
        some = None if some is None else some.that_count(self._model).finite()
        if some is None:
            return ()

        def looked_at() -> tuple[Disturbance, ...]:
            with self._patient.at_rest():
                return disturbed(self._model, some)

        return _asked(looked_at, ())

    def _remainder(self, symptom: Symptom, baseline: Run) -> Remainder | None:
        """The failing batch, where it holds fewer rows than the first one; it has been read when it was located."""
        arguments, trip = self._given.arguments, baseline.trip
        if trip is None or symptom.kind != SymptomKind.NONFINITE:
            return None
        if not remainders.possible(arguments, data.in_memory(arguments["x"])):
            return None
        # states are looked at in the update: what a step does behind it is only seen in the next one
        numbers = (trip.batch, trip.batch - 1) if trip.first_seen_in == "state" else (trip.batch,)
        whole = self._batches.rows(0)
        small = next((rows for number in numbers if 0 < (rows := self._batches.rows(number)) < whole), None)
        return None if small is None else Remainder(small, whole)

    def _entries(self, batch: Any, audits: data.Audits) -> tuple[EntryFacts | None, ...]:
        """What the model itself makes of its inputs, by a batch of them."""
        if batch is None:
            return ()
        x, y, weight = keras.utils.unpack_x_y_sample_weight(batch)
        x = counted.kept(x, counted.rows_of(self._model, y, weight))
        return entries(self._model, x, audits.inputs)


def _asked(ask: Callable[[], T], otherwise: T) -> T:
    """What a model answers when it is looked into; `otherwise` where it cannot be called so, or rows have several shapes."""
    try:
        return ask()
    except Exception as error:
        _log.debug("a model could not be asked", exc_info=error)
        return otherwise
