"""What a model under a setup is saved as: the setup's transforms are in it, it is compiled, and its rate is the one in force.

The saved model is one of Keras' own layers and operations around the user's; loading it does not need autostable. What the
user's own code does not save either (a custom loss, say) is asked for by Keras as it would be without us.
"""

from __future__ import annotations

import contextlib
import dataclasses
import warnings
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras import tree

from autostable.knowledge import losses as known_losses
from autostable.knowledge.schedules import SCHEDULES
from autostable.setup import InputKnobs, OptimizerKnobs, Setup
from autostable.training import facts, install, seams


def save(original: Callable[..., Any], model: Any, *args: Any, **kwargs: Any) -> Any:
    """Stand in for `Model.save` and `Model.export`."""
    setup = install.setup_on(model) or install.shared_setup(model)
    if setup is None:
        return original(model, *args, **kwargs)
    with optimizer_in_force(model, setup.optimizer):
        if not (setup.inputs or any(setup.targets) or setup.label_offset or setup.normalize):
            return original(model, *args, **kwargs)
        file = str(args[0] if args else kwargs.get("filepath", ""))
        try:
            whole = in_layers(model, setup) if file.endswith((".h5", ".hdf5")) else portable(model)
        except Exception as error:
            warnings.warn(
                f"autostable could not put its plan into {file or 'the saved model'} ({error}); the file holds the model "
                "without the rescaling that it was trained with, see stable.json", stacklevel=3,
            )  # fmt: skip
            return original(model, *args, **kwargs)
        with seams.compiled_in_place_of(whole, model):
            return original(whole, *args, **kwargs)


def portable(model: Any) -> Any:
    """A functional model that does what `model` does under its setup, for saving.

    Raises:
        ValueError: If the shapes of the model's inputs are not known.
    """
    packed = _inputs_like(model)
    with install.written_out(_degrees(model)) as told:
        outputs = _named(model, model(packed), {each.name for each in tree.flatten(packed)})
        whole = keras.Model(packed, outputs, name=f"{model.name}_stable")
        told(whole)
    return whole


def in_layers(model: Any, setup: Setup) -> Any:
    """The same of layers alone, for a format that knows no operations (.h5); its gradients are those of the user's units.

    Raises:
        ValueError: If layers cannot do what the setup does, or the shapes of the model's inputs are not known.
    """
    rescales = [knobs.rescale for knobs in setup.inputs]
    bare = dataclasses.replace(setup, inputs=tuple(InputKnobs(rescale=each) for each in rescales))
    if bare != setup or setup.label_offset or setup.normalize or setup.since_last is not None:
        raise ValueError("an .h5 file holds layers alone; save the model as .keras")
    packed = _inputs_like(model)
    given = tree.flatten(packed)
    for place, rescale in enumerate(rescales[: len(given)]):
        if rescale is not None:
            variance = [scale**2 for scale in rescale.scale]
            given[place] = keras.layers.Normalization(mean=list(rescale.center), variance=variance)(given[place])
    with install.without(model):
        outputs = tree.flatten(model(tree.pack_sequence_as(packed, given)))
    for place, target in enumerate(setup.targets[: len(outputs)]):
        if target is not None:
            outputs[place] = keras.layers.Rescaling(list(target.scale), list(target.center))(outputs[place])
    packed_outputs = tree.pack_sequence_as(getattr(model, "_outputs_struct", outputs[0]), outputs)
    named = _named(model, packed_outputs, {each.name for each in tree.flatten(packed)})
    return keras.Model(packed, named, name=f"{model.name}_stable")


def _inputs_like(model: Any) -> Any:
    symbolic = getattr(model, "inputs", None)
    if not symbolic:
        raise ValueError("the shapes of its inputs are not known")
    fresh = [keras.Input(batch_shape=each.shape, dtype=each.dtype, name=each.name) for each in symbolic]
    structure = getattr(model, "_inputs_struct", None)
    return tree.pack_sequence_as(structure, fresh) if structure is not None else fresh[0]


def lost_by_keras(model: Any) -> Iterator[str]:
    """What Keras itself does not keep of a model that is saved, with us and without us."""
    optimizer = getattr(model, "optimizer", None)
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        yield (
            f"Of {model.name}, which was saved, Keras keeps the scale of the loss only where it is loaded under the global "
            "policy mixed_float16; loaded under float32 it trains on without one."
        )
    for each in seams.working_optimizers(optimizer):
        if seams.spares_some_of_decay(each):
            yield f"Keras does not save exclude_from_weight_decay of {each.name}: call it again after loading."
    for layer in seams.model_layers(model):
        if seams.forgets_its_numbers(layer):
            yield (
                f"{layer.name} does not normalise by the numbers in its variables (they came by set_weights or a checkpoint, "
                "not by adapt); loaded from a file it will."
            )


def _degrees(model: Any) -> list[int]:
    """For each output the power of its targets' unit by which its loss grows, where that is known."""
    named = facts.losses(model) or (facts.loss_name(model) or "",)
    outputs = max(1, len(getattr(model, "outputs", None) or ()))
    of_each = list(named) if len(named) == outputs else [named[0]] * outputs if len(named) == 1 else []
    return [known_losses.DEGREES.get(each, 0) for each in of_each]


def _named(model: Any, outputs: Any, taken: set[str]) -> Any:
    """The outputs under the names by which losses and metrics mean them."""
    names, flat = seams.output_names(model), tree.flatten(outputs)
    if len(names) != len(flat) or taken & set(names) or len(set(names)) < len(names):
        return outputs
    return tree.pack_sequence_as(
        outputs, [keras.layers.Identity(name=name)(tensor) for name, tensor in zip(names, flat, strict=True)]
    )


_as_made: weakref.WeakKeyDictionary[Any, float] = (
    weakref.WeakKeyDictionary()
)  # rates of optimizers that show another one


# -- the optimizer --------------------------------------------------------------------------------


@contextlib.contextmanager
def optimizer_in_force(model: Any, knobs: OptimizerKnobs) -> Iterator[None]:
    """Within, a model's optimizers say the rate and the bound that are in force, not those that they were made with."""
    undo: list[Callable[[], object]] = []
    for optimizer in seams.working_optimizers(getattr(model, "optimizer", None)):
        undo += _shown(optimizer, knobs)
    try:
        yield
    finally:
        for each in reversed(undo):
            each()


def _shown(optimizer: Any, knobs: OptimizerKnobs) -> Iterator[Callable[[], object]]:
    held = seams.held_rate(optimizer)
    if optimizer in _as_made:
        pass  # its variable holds the rate in force already
    elif isinstance(held, keras.Variable):
        before = float(seams.numpy_value(held))
        if knobs.in_force(before) != before:
            held.assign(knobs.in_force(before))
            yield lambda: held.assign(before)
    elif knobs.rate_factor != 1.0 or knobs.rate_floor is not None or knobs.rate is not None:
        changed = multiplied(held, knobs.rate_factor) if knobs.rate_floor is None and knobs.rate is None else None
        if changed is None:
            warnings.warn(
                "autostable: the saved optimizer holds its schedule as it was written, without the plan's learning rate; "
                "before training goes on from this file make the edit that the report shows", stacklevel=6,
            )  # fmt: skip
        else:
            seams.hold_rate(optimizer, changed)
            yield lambda: seams.hold_rate(optimizer, held)
    bound, clipped = knobs.global_clipnorm, getattr(optimizer, "global_clipnorm", None)
    if (
        bound is not None
        and getattr(optimizer, "clipnorm", None) is None
        and getattr(optimizer, "clipvalue", None) is None
    ):
        optimizer.global_clipnorm = bound if clipped is None else min(bound, clipped)
        yield lambda: setattr(optimizer, "global_clipnorm", clipped)


@contextlib.contextmanager
def rate_in_force(model: Any, knobs: OptimizerKnobs) -> Iterator[None]:
    """Within, callbacks read the rate in force and set it: what they log is what the training goes by.

    A rate that stays is put back to the bit; of one that a callback sets, what the optimizer holds follows from it.
    """
    shown: list[tuple[Any, Any, float]] = []
    if knobs.rate is None and knobs.rate_floor is None:
        for optimizer in seams.working_optimizers(getattr(model, "optimizer", None)):
            held = seams.held_rate(optimizer)
            if isinstance(held, keras.Variable):
                _as_made[optimizer] = float(seams.numpy_value(held))
                held.assign(knobs.in_force(_as_made[optimizer]))
                shown.append((optimizer, held, float(seams.numpy_value(held))))
    try:
        yield
    finally:
        for optimizer, held, before in shown:
            now, made = float(seams.numpy_value(held)), _as_made.pop(optimizer)
            held.assign(made if now == before else now / knobs.rate_factor)


@contextlib.contextmanager
def optimizer_as_made(model: Any) -> Iterator[None]:
    """Within `rate_in_force`: the optimizer as it was made once more, for files beside which the plan is kept."""
    held = [
        (seams.held_rate(optimizer), _as_made[optimizer])
        for optimizer in seams.working_optimizers(getattr(model, "optimizer", None))
        if optimizer in _as_made
    ]
    shown = [float(seams.numpy_value(variable)) for variable, _ in held]
    for variable, made in held:
        variable.assign(made)
    try:
        yield
    finally:
        for (variable, _), rate in zip(held, shown, strict=True):
            variable.assign(rate)


def multiplied(schedule: Any, factor: float) -> Any | None:
    """A schedule of Keras' own times a factor; None of another one."""
    rates = SCHEDULES.get(type(schedule).__name__) if type(schedule).__module__.startswith("keras.") else None
    if rates is None:
        return None
    config = dict(schedule.get_config())
    for rate in rates:
        value = config.get(rate.name)
        if value is not None:
            config[rate.name] = [factor * each for each in value] if isinstance(value, list | tuple) else factor * value
    return type(schedule).from_config(config)
