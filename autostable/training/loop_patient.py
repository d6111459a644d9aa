"""A loop of the user's own whose step is a `tf.function`, healed while it goes on: what the healer asks of it.

A batch is a call of the function: the same arguments can be given to it once more. What a step may change its graph tells, for
it has captured it. Steps of eager loops are no functions, and cannot be called again: they are not healed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from keras import tree

from autostable import registry
from autostable.diagnosis import diagnose
from autostable.evidence import ArrayFacts, Course, Evidence, Finding, ModelFacts
from autostable.records import Plan, Symptom
from autostable.story import thin
from autostable.training import facts, install, seams
from autostable.training.audit import audit
from autostable.training.fit_patient import MOST_ROWS, bad_rows
from autostable.training.guard import Guard
from autostable.training.jumps import switches
from autostable.training.patients import Examined
from autostable.training.rewind import RandomState
from autostable.training.snapshots import put_back

_log = logging.getLogger("autostable")


class Call(NamedTuple):
    """One call of a step.

    Attributes:
        original: TensorFlow's own way to call a function.
    """

    function: Any
    original: Callable[..., Any]
    args: Any
    kwargs: Any


def call_of(function: Any, original: Callable[..., Any], args: Any, kwargs: Any) -> Call:
    """A call that can be made again: arrays that a program may fill anew are copied."""
    args, kwargs = tree.map_structure(_own, (args, kwargs))
    return Call(function, original, args, kwargs)


def _own(part: Any) -> Any:
    return part.copy() if isinstance(part, np.ndarray) else part


class LoopPatient:
    """The steps of a program's loops, call by call.

    Args:
        guard: What watches them.
        call: Makes a call under watch.
        replayed: The first bad operation of a step.
        models: The program's models.
    """

    def __init__(
        self, guard: Guard, call: Callable[[Call], Any], replayed: Callable[[Callable[[], Any]], Finding | None],
        models: Callable[[], list[Any]], seed: int,
    ) -> None:  # fmt: skip
        self.guard = guard
        self._call, self._replayed, self._models, self._seed = call, replayed, models, seed
        self._known: dict[int, tuple[Any, list[Any]]] = {}  # variables by function
        self._anew: dict[int, Any] = {}  # functions that are called in place of the user's
        self._traces_anew = False
        self._installations: list[install.Installation] = []

    # -- the patient (see `patients.Patient`) -------------------------------------------------

    def changing(self) -> list[Any]:
        """All variables that the steps so far may change."""
        found = [variable for _, variables in self._known.values() for variable in variables]
        slots = [variable for optimizer in self.guard.optimizers for variable in optimizer.variables]
        states = [variable for model in self._models() for variable in model.variables]
        everything = [*found, *map(seams.native, [*slots, *states]), *self.guard.variables]
        return list({_identity(variable): variable for variable in everything}.values())

    def switches(self) -> list[Any]:
        """Those of them that the program may set between two steps."""
        return switches(self.changing(), self.guard)

    def meets(self, call: Call) -> None:
        """Remember what a function that was traced may change."""
        if id(call.function) not in self._known:
            concrete = call.function.get_concrete_function(*call.args, **call.kwargs)
            self._known[id(call.function)] = (call.function, list(concrete.variables))

    def run(self, batch: Call) -> Any:
        """Make a call."""
        if self._traces_anew:
            key = id(batch.function)
            if key not in self._anew:
                self._anew[key] = seams.clone_of(batch.function)
            batch = batch._replace(function=self._anew[key])
        return self._call(batch)

    def begin_epoch(self) -> None:
        """Nobody knows where the epochs of a loop begin."""

    def can_put(self, plan: Plan) -> bool:
        """Whether all that a plan does can be done to a loop."""
        setup = registry.setup_of(plan)
        rows = setup.drop_rows or setup.drop_labels_outside is not None or setup.mask_labels_outside is not None
        return not (rows or setup.ignore_missing or setup.whole_batches)

    def put(self, plan: Plan) -> None:
        """Have a plan in force, and the steps traced anew."""
        setup = dataclasses.replace(registry.setup_of(plan), seed=self._seed)
        for installation in self._installations:
            installation.take_off(retrace=False)
        self._installations = [install.Installation(model, None) for model in self._models() if model.built]
        for installation in self._installations:
            installation.put(setup, retrace=False)
        install.guard_operations(setup.operations)
        self.guard.knobs = setup.optimizer
        self._traces_anew = True
        self._anew.clear()

    def is_ours(self, error: Exception) -> bool:
        """Whether an exception of a step may have a numeric cause."""
        return isinstance(error, tf.errors.InvalidArgumentError | tf.errors.InternalError | FloatingPointError)

    def examined(self, batch: Call, symptom: Symptom) -> Examined:
        """Look into a step from the state that it failed in."""
        random = RandomState()
        rows = self._bad_rows(batch)
        try:
            with put_back(self.changing):
                finding = self._finding(batch)
            evidence = self._evidence(batch, symptom, finding)
            causes = diagnose(evidence)
        except Exception as error:  # a step that cannot be run by itself
            _log.debug("a step could not be looked into", exc_info=error)
            return Examined(None, (), Evidence(symptom, kind="loop"), rows)
        finally:
            random.restore(kernels=False)
        return Examined(finding, causes, evidence, (finding.rows if finding is not None else ()) or rows)

    def _finding(self, batch: Call) -> Finding | None:
        if tf.distribute.has_strategy():
            return None
        return self._replayed(lambda: batch.original(batch.function, *batch.args, **batch.kwargs))

    def _evidence(self, batch: Call, symptom: Symptom, finding: Finding | None) -> Evidence:
        guard = self.guard
        return Evidence(
            symptom=symptom, kind="loop", finding=finding, inputs=tuple(self._audits(batch)), model=self._model_facts(),
            course=Course(steps=symptom.step, losses=thin(guard.losses), gradients=thin(guard.norms)),
            error=symptom.evidence.get("error"),
        )  # fmt: skip

    def _audits(self, batch: Call) -> Iterator[ArrayFacts]:
        arrays = [part for part in _arrays(batch) if part.dtype.kind == "f" and part.ndim]
        for place, array in enumerate(arrays):
            found = audit(f"x[{place}]" if len(arrays) > 1 else "x", array)
            if found is not None:
                yield found

    def _model_facts(self) -> ModelFacts:
        models = [model for model in self._models() if model.built]
        known = facts.model_facts(models[0]) if len(models) == 1 else ModelFacts()
        optimizer = next(iter(self.guard.optimizers), None)
        return (
            known
            if optimizer is None or not hasattr(optimizer, "learning_rate")
            else facts.with_optimizer(known, optimizer)
        )

    def _bad_rows(self, batch: Call) -> tuple[int, ...]:
        return tuple(sorted({row for array in _arrays(batch) for row in bad_rows(array)})[:MOST_ROWS])


def _parts(call: Call) -> list[Any]:
    """The tensors and arrays that a call is given."""
    return [part for part in tree.flatten((call.args, call.kwargs)) if isinstance(part, tf.Tensor | np.ndarray)]


def _arrays(call: Call) -> list[Any]:
    """What a call is given, as arrays."""
    found = []
    for part in _parts(call):
        with contextlib.suppress(ValueError, TypeError):  # of a kind that NumPy has no array for
            found.append(np.asarray(part))
    return found


def _identity(variable: Any) -> int:
    """What is the same for all objects that stand for one variable."""
    return id(getattr(variable, "handle", variable))


def bytes_of(call: Call) -> int:
    """Bytes of what a call is given."""
    return sum(int(np.prod(part.shape)) * int(part.dtype.size if isinstance(part, tf.Tensor) else part.dtype.itemsize)
               for part in _parts(call))  # fmt: skip
