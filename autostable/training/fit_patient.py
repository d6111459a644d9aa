"""A `fit` that is healed while it goes on: what the healer asks of it."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf
from keras import tree

from autostable import registry
from autostable.diagnosis import diagnose
from autostable.evidence import Course, Evidence, Finding, ModelFacts, Remainder
from autostable.records import Plan, Symptom
from autostable.setup import Setup
from autostable.story import thin
from autostable.training import compiled_losses, data, facts, remainders
from autostable.training.guard import Guard
from autostable.training.jumps import switches
from autostable.training.patients import Examined
from autostable.training.rewind import RandomState

_log = logging.getLogger("autostable")
MOST_ROWS = 20  # that are named of a batch


class Fit(Protocol):
    """What a patient must see of its fit."""

    model: Any
    guard: Guard
    arguments: dict[str, Any]

    @property
    def seed(self) -> int:
        """Of what is random in a remedy."""

    def all_variables(self) -> list[Any]:
        """Variables of the model and of all its optimizers, as far as they have been made."""

    def aside(self) -> list[Any]:
        """Variables of the user's own that Keras does not count among them."""

    def full_steps(self) -> int | None:
        """Steps of the whole training, where they are known."""

    def goes_on_under(self, setup: Setup) -> Callable[..., Any]:
        """Put a setup on in the middle of a run; gives what trains on batches from now on."""

    def replayed(self, batch: Any) -> Finding | None:
        """The first bad operation of a step on this batch, from the state at hand."""

    def model_facts(self) -> ModelFacts:
        """What there is to say of the model."""

    def is_ours(self, error: Exception) -> bool:
        """Whether an exception may have a numeric cause."""


class FitPatient:
    """One fit, batch by batch.

    Attributes:
        function: What trains on the batches of an iterator.
        spec: What the iterator of the data says of a batch; None where it says nothing.
    """

    def __init__(self, fit: Fit) -> None:
        self._fit = fit
        self.guard = fit.guard
        self.function: Any = None
        self.spec: Any = None
        self._traced: tuple[Any, Any, Callable[[Any], Any]] | None = None
        self._filter: Setup | None = None
        self._whole = 0  # batches of fewer rows are passed over
        self._first: int | None = None  # rows of the first batch
        self._logs: Any = {}
        self._changing: list[Any] | None = None
        self._slots = 0

    # -- the patient (see `patients.Patient`) -------------------------------------------------

    def changing(self) -> list[Any]:
        """All variables that a step may change."""
        fit = self._fit
        slots = sum(len(optimizer.variables) for optimizer in fit.guard.optimizers)
        if self._changing is None or self._slots != slots:
            metrics = [variable for metric in fit.model.metrics for variable in metric.variables]
            self._changing = [*fit.all_variables(), *fit.aside(), *metrics, *fit.guard.variables]
            self._slots = slots
        return self._changing

    def switches(self) -> list[Any]:
        """Those of them that the program may set between two steps."""
        metrics = [variable for metric in self._fit.model.metrics for variable in metric.variables]
        return switches(self.changing(), self.guard, metrics)

    def run(self, batch: Any) -> Any:
        """Train on a batch; one that is passed over gives what the last one gave."""
        if self._first is None:
            self._first = remainders.rows_of(batch)
        if not self._whole or not 0 < remainders.rows_of(batch) < self._whole:
            self._logs = self._trained(batch)
        return self._logs

    def _trained(self, batch: Any) -> Any:
        if self._filter is not None:
            return self.function(iter((data.batch_under(batch, self._filter),)))
        if self.spec is None or self._fit.model.run_eagerly:
            return self.function(iter((batch,)))
        if self._traced is None or self._traced[:2] != (self.function, self.spec):
            self._traced = (self.function, self.spec, _as_specified(self.function, self.spec))
        return self._traced[2](batch)

    def begin_epoch(self) -> None:
        """Another epoch begins while batches are trained on again: its figures begin anew."""
        self._fit.model.reset_metrics()

    def variables_made(self) -> None:
        """A step has made variables while it was traced."""
        self._changing = None

    def can_put(self, plan: Plan) -> bool:
        """Whether all that a plan does can be done to a fit that is under way: rows of several replicas stay."""
        setup = registry.setup_of(plan)
        changed = setup.drop_rows or setup.drop_labels_outside is not None or setup.whole_batches
        return not (tf.distribute.has_strategy() and changed)

    def put(self, plan: Plan) -> None:
        """Have a plan in force, and the step traced anew."""
        setup = dataclasses.replace(registry.setup_of(plan), seed=self._fit.seed)
        self.function = self._fit.goes_on_under(setup)
        self._changing = None  # what is made when a step is traced comes to it
        self._filter = setup if setup.drop_rows or setup.drop_labels_outside is not None else None
        self._whole = setup.whole_batches

    def is_ours(self, error: Exception) -> bool:
        """Whether an exception of a step may have a numeric cause."""
        return self._fit.is_ours(error)

    def examined(self, batch: Any, symptom: Symptom) -> Examined:
        """Look into a step from the state that it failed in."""
        batch = _plain(batch)
        random = RandomState()
        try:
            finding = self._finding(batch)
            evidence = self._evidence(batch, symptom, finding)
            causes = diagnose(evidence)
        except Exception as error:  # a step that only its own function can run
            _log.debug("a step could not be looked into", exc_info=error)
            return Examined(None, (), Evidence(symptom))
        finally:
            random.restore(kernels=False)
        finding = evidence.finding
        rows = finding.rows if finding is not None and finding.rows else self._bad_rows(batch)
        return Examined(finding, causes, evidence, rows, self._places(batch, rows))

    def _finding(self, batch: Any) -> Finding | None:
        if tf.distribute.has_strategy():
            return None
        return self._fit.replayed(batch)

    def _evidence(self, batch: Any, symptom: Symptom, finding: Finding | None) -> Evidence:
        """What the failing batch, the model and the course so far tell."""
        fit = self._fit
        x, y, weight = (
            tree.map_structure(lambda part: None if part is None else np.asarray(part), part)
            for part in keras.utils.unpack_x_y_sample_weight(batch)
        )
        audits = data.audited(fit.model, {"x": x, "y": y, "sample_weight": weight})
        rate = facts.learning_rate(fit.model)
        model = facts.with_rates(fit.model_facts(), (rate,), [])
        return Evidence(
            symptom=symptom, kind="fit", finding=finding, inputs=audits.inputs, targets=audits.targets,
            weights=audits.weights, model=model, autoencoder=audits.autoencoder,
            course=Course(
                steps=symptom.step, full=fit.full_steps(), losses=thin(self.guard.losses), gradients=thin(self.guard.norms),
            ),
            error=symptom.evidence.get("error"), remainder=self._remainder(batch),
        )  # fmt: skip

    def _remainder(self, batch: Any) -> Remainder | None:
        """The batch, where it holds fewer rows than the first one and the fit can do without it."""
        arguments, rows, whole = self._fit.arguments, remainders.rows_of(batch), self._first or 0
        if not 0 < rows < whole or not remainders.possible(arguments, data.in_memory(arguments["x"])):
            return None
        return Remainder(rows, whole)

    def _bad_rows(self, batch: Any) -> tuple[int, ...]:
        """Rows of a batch with an entry that is not finite, or a label that the model has no output for."""
        found: set[int] = set()
        x, y, _ = keras.utils.unpack_x_y_sample_weight(batch)
        for part in tree.flatten((x, y)):
            found |= set(bad_rows(np.asarray(part)))
        labels = [np.asarray(part) for part in tree.flatten(y)]
        most = facts.most_label(self._fit.model)
        if len(labels) == 1 and most is not None and labels[0].ndim:
            ignored = next(iter(compiled_losses.ignored_labels(self._fit.model)), None)
            outside = (labels[0] < 0) | (labels[0] > most)
            found |= set(_where(outside if ignored is None else outside & (labels[0] != ignored)))
        return tuple(sorted(found)[:MOST_ROWS])

    def _places(self, batch: Any, rows: Sequence[int]) -> tuple[int, ...]:
        """Which rows of the arrays that `fit` was given these are; nothing of a pipeline."""
        arguments = self._fit.arguments
        if not rows or not data.in_memory(arguments["x"]):
            return ()
        given, batched = (tree.flatten(keras.utils.unpack_x_y_sample_weight(each)[:2]) for each in (
            (arguments["x"], arguments["y"]) if arguments["y"] is not None else (arguments["x"],), batch))  # fmt: skip
        arrays = [np.asarray(each) for each in given if each is not None]
        parts = [np.asarray(each) for each in batched if each is not None]
        if len(arrays) != len(parts) or any(
            one.dtype.kind != two.dtype.kind and one.ndim != two.ndim for one, two in zip(arrays, parts, strict=True)
        ):
            return ()
        return tuple(place for row in rows for place in _same(arrays, [part[row] for part in parts]))


def _as_specified(function: Any, spec: Any) -> Callable[[Any], Any]:
    """What trains on one batch, traced for what is known of all of them, as Keras traces it: other shapes, other bits."""
    traced: Callable[[Any], Any] = tf.function(
        lambda batch: function(iter((batch,))), input_signature=[spec], autograph=False
    )
    return traced


def bad_rows(array: Any) -> list[int]:
    """Rows of an array with an entry that is not finite."""
    return _where(~np.isfinite(array)) if array.dtype.kind == "f" and array.ndim else []


def _plain(batch: Any) -> Any:
    return tree.map_structure(lambda part: None if isinstance(part, tf.experimental.Optional) else part, batch)


def _where(bad: Any) -> list[int]:
    return [int(row) for row in np.flatnonzero(bad.reshape(len(bad), -1).any(axis=1))]


def _same(arrays: Sequence[Any], row: Sequence[Any]) -> Iterator[int]:
    """The first row of the arrays that holds the same numbers, NaN at the same places."""
    alike = np.ones(len(arrays[0]), bool)
    for array, wanted in zip(arrays, row, strict=True):
        flat, value = array.reshape(len(array), -1), np.asarray(wanted).reshape(-1)
        if flat.shape[1] != value.size:
            return
        places = np.flatnonzero(alike)
        part = flat[places].astype(value.dtype)
        alike[places] = ((part == value) | ((part != part) & (value != value))).all(axis=1)
    yield from (int(place) for place in np.flatnonzero(alike)[:1])


def bytes_of(batch: Any) -> int:
    """Bytes of a batch; of one on several replicas those that can be seen."""
    return sum(
        int(np.prod(part.shape)) * int(part.dtype.size) for part in tree.flatten(batch) if isinstance(part, tf.Tensor)
    )


def saved_every(callbacks: Sequence[Any]) -> list[int]:
    """After how many batches each of these callbacks writes."""
    found = [getattr(each, "save_freq", None) for each in callbacks]
    return [each for each in found if isinstance(each, int) and each > 0]


def read_batches(callbacks: Sequence[Any]) -> bool:
    """Whether one of these callbacks is told what each batch gave."""
    names = ("on_train_batch_end", "on_batch_end")
    plain = keras.callbacks.Callback
    return any(getattr(type(each), name, None) is not getattr(plain, name) for each in callbacks for name in names)
