"""Facts about a live model for the diagnosis: layers, loss, optimizer, and what a batch does in it."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import logging
import math
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import tree

from autostable.evidence import LayerFacts, MaskFacts, ModelFacts
from autostable.knowledge import activations, optimizers
from autostable.knowledge.losses import CROSSENTROPIES, REGRESSION, SPARSE, canonical
from autostable.knowledge.operations import ACTIVATIONS
from autostable.knowledge.optimizers import usual_rate
from autostable.records import Site
from autostable.training import compiled_losses, created, held_rates, install, layers_called, seams
from autostable.training.replay.activations import called, layers_said, matrices, taken_by, units
from autostable.training.replay.births import zeros_under
from autostable.training.replay.numbers import name_of
from autostable.training.replay.recording import Replay

_log = logging.getLogger("autostable")

_REGULARIZERS = ("activity_regularizer", "kernel_regularizer", "recurrent_regularizer", "embeddings_regularizer",
                 "depthwise_regularizer", "pointwise_regularizer", "bias_regularizer")  # fmt: skip
_HANDING_ON = ("Identity", "Reshape", "Squeeze", "Cast", "Sum")
_PRODUCTS = ("SGD", "RMSprop", "Adagrad")  # optimizers that multiply a gradient by the learning rate itself
_MOST = 200_000  # entries of an activation that are looked at


def model_facts(model: Any, fit_site: Site | None = None, *, weighed: bool = True) -> ModelFacts:
    """Everything about the model that needs no data.

    Args:
        model: The model.
        fit_site: Where the user's code trains it.
        weighed: Whether the size of its weights is wanted, too.
    """
    plain = _most_telling(getattr(model, "optimizer", None))
    loss, from_logits, loss_object = _loss(model)
    outputs = output_layers(model)
    held = seams.model_layers(model)
    fed_back, looked_up = _in_cells(held), _looked_up(model, held)
    scoring = [maker for layer in outputs if _is_softmax(layer) for maker in _makers(layer)]
    return ModelFacts(
        name=str(getattr(model, "name", "")),
        layers=(
            *_own_weights(model, held, weighed),
            *(
                dataclasses.replace(
                    _layer(
                        layer,
                        outputs.index(layer) if layer in outputs else None,
                        weighed,
                        recurrent=id(layer) in fed_back,
                    ),
                    scores=layer in scoring,
                    looks_up=looked_up.get(id(layer)),
                    rows=getattr(layer, "input_dim", None) if id(layer) in looked_up else None,
                )
                for layer in held
                if _counts(layer)
            ),
        ),
        loss=loss,
        losses=losses(model),
        from_logits=from_logits,
        loss_arguments=_arguments_of_loss(model),
        loss_site=_argument_or_object(model, loss_object, "loss"),
        optimizer=None if plain is None else type(plain).__name__,
        optimizer_site=_argument_or_object(model, plain, "optimizer"),
        **_numbers_of(plain),
        schedule=_schedule(plain) is not None,
        rate_held=held_rates.held(plain) is not None,
        schedule_site=created.site_of(_schedule(plain)),
        clipnorm=min(filter(None, (_number(getattr(plain, name, None)) for name in _NORMS)), default=None),
        average_site=created.argument_site(created.site_of(plain), "ema_momentum", type(plain).__name__),
        precision=_precision(model),
        precision_site=created.half_site() if in_half(model) else None,
        casts=getattr(model, "autocast", True) is not False,
        jit_compile=getattr(model, "jit_compile", False) is True,
        metrics=tuple(metric_names(model)),
        fit_site=fit_site,
        weights_site=created.argument_site(fit_site, "sample_weight", "fit"),
    )


def _argument_or_object(model: Any, made: Any, argument: str) -> Site | None:
    """Where a loss or optimizer is made; for a name given to `compile` the line of that argument."""
    site = None if made is None else created.site_of(made)
    compiled = created.compile_site(model)
    if compiled is None or (site is not None and site.line != compiled.line):
        return site
    return created.argument_site(compiled, argument, "compile") or site or compiled


def with_rates(facts: ModelFacts, rates: Sequence[float | None], callbacks: Sequence[Any]) -> ModelFacts:
    """The facts with the highest rate that was in force, or one that is none, and the line where a callback sets it.

    Args:
        facts: What `model_facts` gave.
        rates: Those of the run, as far as they are known.
        callbacks: The user's that set the rate.
    """
    known = [rate for rate in rates if rate is not None]
    none = (rate for rate in known if not math.isfinite(rate))
    highest = next(none, max(known, default=facts.learning_rate))
    facts = dataclasses.replace(facts, learning_rate=highest)
    if not callbacks:
        return facts
    return dataclasses.replace(facts, schedule=True, schedule_site=created.rates_site(callbacks[-1]))


def learning_rate(model: Any) -> float | None:
    """The rate of a model's optimizer as it is now; None where it has none."""
    return _learning_rate(_most_telling(getattr(model, "optimizer", None)))


def highest_rate(optimizers_: Iterable[Any]) -> float | None:
    """The highest of the rates that some optimizers have now; None where none is known."""
    rates = [_learning_rate(one) for optimizer in optimizers_ for one in seams.working_optimizers(optimizer)]
    return max((rate for rate in rates if rate is not None), default=None)


def recent_rates(optimizers_: Iterable[Any], steps: int) -> list[float]:
    """The rates of the last so many steps, where a schedule gives them; else those at hand."""
    found: list[float | None] = []
    for one in (each for optimizer in optimizers_ for each in seams.working_optimizers(optimizer)):
        schedule = _schedule(one)
        if schedule is None:
            found.append(_learning_rate(one))
            continue
        done = int(one.iterations)
        found += [_number(schedule(step)) for step in range(max(0, done - steps), done + 1)]
    return [rate for rate in found if rate is not None]


def with_optimizer(facts: ModelFacts, optimizer: Any) -> ModelFacts:
    """The facts with those of an optimizer that `compile` does not know of."""
    plain = _most_telling(optimizer)
    return dataclasses.replace(
        facts,
        optimizer=type(plain).__name__,
        optimizer_site=created.site_of(plain),
        **_numbers_of(plain),
    )


def _numbers_of(optimizer: Any) -> dict[str, Any]:
    """The fields of `ModelFacts` that the optimizer at work alone tells."""
    return {
        "learning_rate": _learning_rate(optimizer),
        "epsilon": _epsilon(optimizer),
        "average": _average(optimizer),
        "decay": _decay(optimizer),
        "decay_site": created.argument_site(created.site_of(optimizer), "weight_decay", type(optimizer).__name__),
    }


def _decay(optimizer: Any) -> float | None:
    """The weight decay of an optimizer; None where it has none."""
    return _number(getattr(optimizer, "weight_decay", None)) or None


def _average(optimizer: Any) -> float | None:
    """The momentum of the average that an optimizer keeps of the weights; None where it keeps none."""
    return _number(optimizer.ema_momentum) if getattr(optimizer, "use_ema", False) else None


def _epsilon(optimizer: Any) -> float | None:
    """What an optimizer adds to what it divides by."""
    return _number(getattr(optimizer, optimizers.known(type(optimizer).__name__).epsilon or "epsilon", None))


def _most_telling(optimizer: Any) -> Any:
    """Of the optimizers at work in one the one with the highest rate for its kind, or an epsilon that is none."""
    found = seams.working_optimizers(optimizer)

    def oddity(one: Any) -> float:
        rate = _learning_rate(one)
        if rate is None or not math.isfinite(rate) or rate < 0 or getattr(one, "epsilon", None) == 0:
            return math.inf
        return rate / usual_rate(type(one).__name__)

    return max(found, key=oddity, default=None)


def metric_names(model: Any) -> list[str]:
    """Names of the compiled metrics."""
    try:
        return [str(metric.name) for metric in model.metrics]
    except Exception:  # models not compiled, metrics not built
        return []


_NORMS = ("clipnorm", "global_clipnorm")


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _learning_rate(optimizer: Any) -> float | None:
    try:
        if (held := held_rates.held(optimizer)) is not None:
            return held
        return float(keras.ops.convert_to_numpy(optimizer.learning_rate))
    except Exception:  # a schedule before the optimizer is built, or no rate at all
        return None


LAGGING = 0.1  # distance of moving averages from what they average, in parts of it, from which on they are looked at


def in_half(model: Any) -> bool:
    """Whether a model computes in float16, which ends at 65504."""
    return ModelFacts(precision=_precision(model)).in_half


def _precision(model: Any) -> str:
    return str(getattr(getattr(model, "dtype_policy", None), "name", "float32"))


def averages_lag(model: Any) -> bool:
    """Whether a batch normalisation's moving averages are still off by a good part of a spread, for want of steps.

    They begin at 0 and 1. What is left of that is little after a few hundred steps, and yet all there is where inputs are of
    order 1e-6; and at a momentum of 0.9999 they have hardly begun to move, however large the inputs are.
    """
    steps = _steps_made(model)
    return any(steps and _lag(layer, steps) > LAGGING for layer in _averaging(model))


def averaged_weights_lag(model: Any) -> bool:
    """Whether the average of the weights, which `fit` puts in at its end, is still of the first ones to a good part."""
    momentum, steps = _average(getattr(model, "optimizer", None)), _steps_made(model)
    return momentum is not None and steps > 0 and momentum**steps > LAGGING


def _steps_made(model: Any) -> int:
    iterations = getattr(getattr(model, "optimizer", None), "iterations", None)
    return 0 if iterations is None else int(iterations.numpy())


def averages_waver(model: Any, rows: int) -> float | None:
    """Over how many batches moving averages reach that are too few, so that they are off by a good part of a spread.

    Of averages that forget all but a share `momentum` with each batch the variance is (1 - momentum) / (1 + momentum) of that
    of one batch's mean (an exponentially weighted moving average: S. W. Roberts, 1959).

    Args:
        model: What was trained.
        rows: Of a batch; of a convolution's positions each counts as one more, so that this is a lower bound of what they hold.

    Returns:
        Batches; None where they reach over enough of them.
    """
    momentum = min((float(layer.momentum) for layer in _averaging(model)), default=1.0)
    if not 0.0 <= momentum < 1.0 or rows < 1:
        return None
    batches = (1.0 + momentum) / (1.0 - momentum)
    return batches if math.sqrt(1.0 / (batches * rows)) > LAGGING else None


def _averaging(model: Any) -> list[Any]:
    """Batch normalisations that keep averages while they train, of a model that is used with the weights of its training."""
    if getattr(getattr(model, "optimizer", None), "use_ema", False):
        return []  # the weights at inference are others, too, as was asked for
    found = (layer for layer in seams.model_layers(model) if isinstance(layer, keras.layers.BatchNormalization))
    return [layer for layer in found if layer.trainable]


def idle(model: Any) -> frozenset[str]:
    """Batch normalisations that are to be trained, and whose moving averages are what they began with.

    After a training that means that none of its steps has called them with `training=True`.
    """
    return frozenset(
        layer.name
        for layer in seams.model_layers(model)
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable and layer.built and _untouched(layer)
    )


def _untouched(layer: Any) -> bool:
    mean, variance = (keras.ops.convert_to_numpy(each) for each in (layer.moving_mean, layer.moving_variance))
    return bool((mean == 0.0).all() and (variance == 1.0).all())


def with_idle(facts: ModelFacts, names: Collection[str]) -> ModelFacts:
    """The facts with the normalisations that were idle throughout."""
    layers = (dataclasses.replace(layer, idle=True) if layer.name in names else layer for layer in facts.layers)
    return dataclasses.replace(facts, layers=tuple(layers)) if names else facts


def died(model: Any, x: Any) -> dict[str, float]:
    """The share of each relu layer's units that are zero for every one of some rows, by the layer's name.

    Args:
        model: The model at the end of its training.
        x: The rows.
    """
    seen: dict[int, Any] = {}
    with layers_called.following(_noting({}, seen)):
        model(x, training=False)
    shares = {}
    for layer in seams.model_layers(model):
        given: Any = seen.get(id(layer))
        share = _dead(activation_of(layer), np.asarray(given.numpy())) if hasattr(given, "numpy") else None
        if share is not None:
            shares[str(layer.name)] = share
    return shares


def _noting(taken: dict[int, Any], seen: dict[int, Any]) -> layers_called.Listener:
    """A listener that notes what each layer is called with first, and what it gives, by its id."""

    def listener(proceed: Any, layer: Any, *args: Any, **kwargs: Any) -> Any:
        taken[id(layer)] = args[0] if args else None
        outputs = seen[id(layer)] = proceed(layer, *args, **kwargs)
        return outputs

    return listener


def with_frozen(facts: ModelFacts, model: Any, trained: Iterable[Any]) -> ModelFacts:
    """The facts with the layers that are frozen, and whether their weights were ever trained or loaded.

    Args:
        facts: What `model_facts` gave.
        model: The model.
        trained: The variables that are trained.
    """
    known, moving = {layer.name: layer for layer in seams.model_layers(model)}, [seams.native(each) for each in trained]
    ids = {id(each) for each in moving}
    layers = (_frozen(fact, known[fact.name], ids) if fact.name in known else fact for fact in facts.layers)
    return dataclasses.replace(facts, layers=tuple(layers), trained=sum(math.prod(each.shape) for each in moving))


def _frozen(fact: LayerFacts, layer: Any, trained: Container[int]) -> LayerFacts:
    """The facts of a layer with how many numbers of its matrices are frozen, if they are."""
    drawn = [] if layer.trainable or not _known(layer) else list(_drawn_matrices(layer))
    if not drawn or any(id(seams.native(matrix)) in trained for matrix, _ in drawn):
        return fact
    return dataclasses.replace(
        fact, frozen=sum(math.prod(matrix.shape) for matrix, _ in drawn), frozen_site=created.frozen_site(layer),
        as_drawn=all(_is_as_drawn(matrix, initializer) for matrix, initializer in drawn),
    )  # fmt: skip


_MATRICES = {
    "kernel": ("kernel_initializer", "depthwise_initializer"),
    "recurrent_kernel": ("recurrent_initializer",),
    "embeddings": ("embeddings_initializer",),
}
_MOST_DRAWN = 2**22  # entries of a matrix that is drawn once more: 50 ms


def _drawn_matrices(layer: Any) -> Iterator[tuple[Any, Any]]:
    """The matrices of a layer of Keras', of its cells too, each with its initializer."""
    for holder in (layer, *install.cells(layer)):
        for name, initializers in _MATRICES.items():
            matrix = getattr(holder, name, None)
            found = next((getattr(holder, each) for each in initializers if hasattr(holder, each)), None)
            if matrix is not None and found is not None:
                yield matrix, found


def _is_as_drawn(matrix: Any, initializer: Any) -> bool:
    """Whether a matrix is what its initializer has drawn, which draws the same again where its seed is a number."""
    plain = type(initializer).__module__.startswith("keras.") and isinstance(getattr(initializer, "seed", None), int)
    if not plain or math.prod(matrix.shape) > _MOST_DRAWN:
        return False
    return np.array_equal(
        keras.ops.convert_to_numpy(initializer(matrix.shape, dtype=matrix.dtype)), seams.numpy_value(matrix)
    )


def _lag(layer: Any, steps: int) -> float:
    """How far a moving variance, or a moving mean in spreads, is from where it is bound, in the middle of its features."""
    moving, mean = (
        np.asarray(keras.ops.convert_to_numpy(each), np.float64) for each in (layer.moving_variance, layer.moving_mean)
    )
    left = float(layer.momentum) ** steps
    if left >= 1.0:
        return math.inf
    # where the variance would come to rest
    there = np.maximum((moving - left) / (1.0 - left), np.finfo(np.float32).tiny)
    off = left * np.abs(1.0 - there) / there
    aside = left / (1.0 - left) * np.abs(mean) / np.sqrt(there)
    return float(max(np.median(off), np.median(aside)))


def loss_averages_rows(model: Any) -> bool:
    """Whether all compiled losses come with Keras: those are means over rows, however many there are."""
    if type(model).compute_loss is not keras.Model.compute_loss:
        return False
    given = tree.flatten(getattr(model, "loss", None))
    return bool(given) and all(each is None or _named_loss(each)[0] not in (None, "custom") for each in given)


def _schedule(optimizer: Any) -> Any:
    """The schedule that an optimizer's learning rate follows; None where it follows none."""
    found = getattr(optimizer, "_learning_rate", None)
    return found if isinstance(found, keras.optimizers.schedules.LearningRateSchedule) else None


def rounds_otherwise_if_read(model: Any) -> bool:
    """Whether reading or masking gradients could change the last bit of an update.

    TensorFlow's graph optimiser moves constants along products (those of a schedule, or of the rows of a batch, into those in
    the gradient of a `BatchNormalization`), unless something else reads what lies between. Found by training 126 small models
    with and without the guard: 14 kinds of layers, nine optimizers.
    """
    optimizer = getattr(model, "optimizer", None)
    if type(optimizer).__name__ in _PRODUCTS and _schedule(optimizer) is not None:
        return True
    averages = any(isinstance(layer, keras.layers.BatchNormalization) for layer in seams.model_layers(model))
    return type(optimizer).__name__ == "SGD" and averages


def multiplies_products(optimizer: Any, gradients: Sequence[Any]) -> bool:
    """Whether an optimizer multiplies what is a product already, so that reading or masking gradients could round otherwise.

    The same as `rounds_otherwise_if_read`, told of the step that is being traced: the model may be none of Keras', and
    gradients that were clipped by hand are products as well.
    """
    name = type(optimizer).__name__
    scales = name == "SGD" or (name in _PRODUCTS and _schedule(optimizer) is not None)
    return scales and any(map(_is_product, gradients))


def _is_product(gradient: Any) -> bool:
    tensor = gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient
    op = None if tensor is None else getattr(tensor, "op", None)
    while op is not None and op.type in _HANDING_ON and len(op.inputs):
        op = op.inputs[0].op
    return op is not None and op.type in ("Mul", "RealDiv")


def scheduled_rates(model: Any, steps: int) -> tuple[float, ...]:
    """What the optimizer's schedule gives at every tenth of `steps`, from 0 to their end; empty without a schedule."""
    schedule = _schedule(_most_telling(getattr(model, "optimizer", None)))
    if schedule is None:
        return ()
    try:
        return tuple(float(keras.ops.convert_to_numpy(schedule(steps * tenth // 10))) for tenth in range(11))
    except Exception:  # a schedule of the user's that works in a graph only
        return ()


def classifies(model: Any, output: int) -> bool:
    """Whether the loss of an output is one for classes."""
    given = losses(model)
    name = (
        given[output]
        if output < len(given)
        else _named_loss(next(iter(tree.flatten(getattr(model, "loss", None))), None))[0]
    )
    return name in CROSSENTROPIES


def rates_in_force(model: Any, steps: int, history: Any) -> tuple[float, ...]:
    """The learning rate at every tenth of a run: a schedule's, else what callbacks made of it; empty where it stayed.

    Args:
        model: What was trained.
        steps: Steps of the run.
        history: What `fit` returned: callbacks that change the rate log it there, one value an epoch.
    """
    planned = scheduled_rates(model, steps)
    logged = (getattr(history, "history", None) or {}).get("learning_rate") or []
    if planned or len(logged) < 2 or len(set(logged)) == 1:
        return planned
    return tuple(float(logged[min(len(logged) - 1, len(logged) * tenth // 10)]) for tenth in range(11))


def _loss(model: Any) -> tuple[str | None, bool, Any]:
    """Name, from_logits and object of the compiled loss."""
    given = getattr(model, "loss", None)
    if given is None:
        return None, False, None
    flat = tree.flatten(given)
    return _named_loss(next((entry for entry in flat if entry is not None), None))


def _arguments_of_loss(model: Any) -> tuple[str, ...]:
    """Names of what the user's own loss takes first and second, targets and predictions to Keras; empty for other losses."""
    given = tree.flatten(getattr(model, "loss", None))
    name, _, _ = _named_loss(given[0]) if len(given) == 1 else (None, False, None)
    if name != "custom" or isinstance(given[0], str):
        return ()
    function = given[0].call if isinstance(given[0], keras.losses.Loss) else given[0]
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return ()
    return tuple(each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD)[:2]


def loss_name(model: Any) -> str | None:
    """Name of the compiled loss; None where there is none."""
    return _loss(model)[0]


def _named_loss(first: Any) -> tuple[str | None, bool, Any]:
    if first is None:
        return None, False, None
    if isinstance(first, str):
        try:
            found = keras.losses.get(first)
        except ValueError:
            return "custom", False, None
        return canonical(getattr(found, "__name__", None) or type(found).__name__), False, None
    if isinstance(first, keras.losses.Loss) and type(first).__module__.startswith("keras."):
        config = getattr(first, "_fn_kwargs", {})
        return (
            canonical(type(first).__name__),
            bool(getattr(first, "from_logits", config.get("from_logits", False))),
            first,
        )
    module = getattr(first, "__module__", "") or ""
    if module.startswith("keras.") and callable(first):
        return canonical(getattr(first, "__name__", None) or type(first).__name__), False, None
    return "custom", False, first if isinstance(first, keras.losses.Loss) else None


def most_label(model: Any) -> int | None:
    """The largest class label that the model's only output has a place for; None where its loss takes no such labels."""
    found = output_layers(model)
    if loss_name(model) != SPARSE or len(found) != 1:
        return None
    units = _width(found[0])
    return None if units is None else units - 1


def losses(model: Any) -> tuple[str, ...]:
    """Names of the compiled losses of a model with several outputs, in their order; empty where that is not known."""
    parts = compiled_losses.of_outputs(model)
    if len(parts) < 2:
        return ()
    return tuple(_named_loss(part)[0] or "" for part in parts)


def limits(model: Any, loss: str | None = None) -> tuple[tuple[float, float] | None, ...]:
    """The least and the most that each output of a graph of layers can give, where a loss compares it with numbers.

    Args:
        model: A functional or sequential model; of another it is not known what comes behind its last layer.
        loss: The loss, where the model is not compiled with it.
    """
    if not is_graph(model):
        return ()
    layers = output_layers(model)
    names = losses(model) if len(layers) > 1 else (loss or _loss(model)[0] or "",)
    if len(names) != len(layers):
        return ()
    return tuple(_range_of(layer) if name in REGRESSION else None for layer, name in zip(layers, names, strict=True))


def _range_of(layer: Any) -> tuple[float, float] | None:
    """What a layer can give, by its activation; of one of the user's own that tells of none it is not known."""
    found = activation_of(layer)
    if found is None and type(layer).__module__.startswith("keras."):
        found = "linear"
    return None if found is None else activations.RANGES.get(found)


def gives_probabilities(model: Any) -> tuple[bool, ...]:
    """Of each output of a graph of layers whether its last activation makes probabilities; empty of another model."""
    if not is_graph(model):
        return ()
    return tuple(activation_of(layer) in activations.PROBABILITIES for layer in output_layers(model))


def _counts(layer: Any) -> bool:
    return type(layer).__name__ not in ("InputLayer",) and not isinstance(layer, keras.Model)


def output_layers(model: Any) -> list[Any]:
    """The layers whose outputs are the model's: by the graph of a functional model, else the last one that is called."""
    outputs = getattr(model, "_outputs", None) or getattr(getattr(model, "_functional", None), "_outputs", None)
    if outputs:
        found: list[Any] = []
        for operation in map(_maker, tree.flatten(outputs)):
            found += output_layers(operation) if isinstance(operation, keras.Model) else [operation]
        return [layer for layer in found if layer is not None]
    layers = [layer for layer in seams.model_layers(model) if _counts(layer)]
    ordered = [layer for layer in layers if hasattr(layer, "activation") or layer.weights]
    return ordered[-1:]


def _maker(tensor: Any) -> Any:
    """The layer that a symbolic tensor of a graph of layers comes from; None of any other tensor."""
    return getattr(getattr(tensor, "_keras_history", None), "operation", None)


def _makers(layer: Any) -> list[Any]:
    """The layers that a layer of a graph is fed by."""
    try:
        return [_maker(tensor) for tensor in tree.flatten(layer.input)]
    except (AttributeError, ValueError):  # no graph, or called several times
        return []


def _is_softmax(layer: Any) -> bool:
    """Whether a layer does nothing but turn scores into shares."""
    return not getattr(layer, "weights", None) and activation_of(layer) == "softmax"


def is_graph(model: Any) -> bool:
    """Whether a model is a graph of layers, so that its outputs are theirs; what another one does is its own code."""
    return bool(getattr(model, "_functional", None) or getattr(model, "_outputs", None))


def ends_in_a_layer(model: Any, x: Any) -> bool:
    """Whether what a model says of some rows is what its last layer gives; where that cannot be tried it is taken for true.

    Args:
        model: The model; it is called, so it has to be at rest.
        x: A few rows of its inputs, a structure of arrays.
    """
    last = output_layers(model)
    if is_graph(model) or not last:
        return True
    given: list[Any] = []

    def listen(proceed: Any, layer: Any, *args: Any, **kwargs: Any) -> Any:
        made = proceed(layer, *args, **kwargs)
        if layer is last[0]:
            given.append(made)
        return made

    try:
        with layers_called.following(listen):
            said = model(x, training=False)
        pairs = [(np.asarray(said).ravel(), np.asarray(made).ravel()) for made in given]
    except Exception as error:  # several outputs, inputs that only `fit` can prepare
        _log.debug("what comes behind the last layer of a model could not be seen", exc_info=error)
        return True
    return not pairs or any(one.shape == two.shape and np.array_equal(one, two) for one, two in pairs)


def without_outputs(facts: ModelFacts) -> ModelFacts:
    """The facts of a model behind whose last layer the user's own code goes on: no layer's output is the model's."""
    layers = tuple(dataclasses.replace(layer, is_output=False) for layer in facts.layers)
    return dataclasses.replace(facts, layers=layers)


def activation_of(layer: Any) -> str | None:
    """Name of a layer's activation (of a recurrent layer's cell), "custom" for a function of the user's."""
    for holder in (layer, *install.cells(layer)):
        found = getattr(holder, "activation", None)
        if found is not None:
            name = getattr(found, "__name__", None) or type(found).__name__
            known = getattr(found, "__module__", "").startswith("keras.")
            return activations.canonical(name) if known else "custom"
    return activations.CLASSES.get(type(layer).__name__)


def _own_weights(model: Any, layers: Sequence[Any], weighed: bool) -> Iterator[LayerFacts]:
    """The model itself, where weights that are none of its layers' begin non-finite."""
    theirs = {id(variable) for layer in layers for variable in layer.trainable_weights}
    own = [variable for variable in model.trainable_weights if id(variable) not in theirs] if weighed else []
    bad = sum(map(_nonfinite, own))
    if bad:
        yield LayerFacts(model.name, type(model).__name__, builtin=False, site=created.site_of(model), nonfinite=bad)


def _in_cells(layers: Sequence[Any]) -> set[int]:
    """The ids of layers within the cells of recurrent layers: what they give is fed back."""
    cells = [layer.cell for layer in layers if isinstance(layer, keras.layers.RNN)]
    return {id(each) for cell in cells for each in seams.model_layers(cell)}


def _layer(layer: Any, place: int | None, weighed: bool, *, recurrent: bool = False) -> LayerFacts:
    """What is known of a layer; `place` is its place among the outputs of the model, None where it is none."""
    kernel, quantized = getattr(layer, "kernel", None), _is_quantized(layer)
    weight = None if kernel is None or quantized or not weighed else _norm(kernel)
    own = _own_recurrence(layer)
    statistics = np.stack(seams.statistics_of(layer))
    return LayerFacts(
        name=layer.name,
        kind=type(layer).__name__,
        activation=activation_of(layer),
        initializer=None if quantized else _initializer(layer),
        units=getattr(layer, "units", getattr(layer, "filters", None if place is None else _width(layer))),
        is_output=place is not None,
        place=place or 0,
        recurrent=recurrent or isinstance(layer, keras.layers.RNN | keras.layers.Bidirectional),
        builtin=type(layer).__module__.startswith("keras."),
        site=created.site_of(layer),
        activation_site=_activation_site(layer),
        initializer_site=_initializer_site(layer),
        weight=weight,
        gain=None if weight is None else _gain(kernel, weight),
        bias=_mean_size(getattr(layer, "bias", None)) if weighed else None,
        recurrent_gain=_recurrent_gain(layer) if weighed else None,
        recurrent_site=next(map(created.variable_site, own), None),
        ungated=bool(own) or any(isinstance(cell, keras.layers.SimpleRNNCell) for cell in install.cells(layer)),
        momentum=float(layer.momentum) if isinstance(layer, keras.layers.BatchNormalization) else None,
        momentum_site=_momentum_site(layer),
        nonfinite=sum(map(_nonfinite, layer.trainable_weights)) if weighed and layer.built else 0,
        statistics=statistics.size // 2,
        gaps=int(np.sum(~np.isfinite(statistics).all(axis=0))),
        adapted_site=created.adapted_site(layer),
        value_range=_value_range(layer),
    )


def _initializer(layer: Any) -> str | None:
    """Of a layer's kernel or embeddings, or a normalisation's scale that begins at zero; ones are its usual ones."""
    found = getattr(layer, "kernel_initializer", getattr(layer, "embeddings_initializer", None))
    scale = getattr(layer, "gamma_initializer", None)
    found = scale if found is None and isinstance(scale, keras.initializers.Zeros) else found
    if found is None:
        return None
    return "Constant" if _without_spread(found) else type(found).__name__


def _is_quantized(layer: Any) -> bool:
    """Whether a layer's kernel or embeddings are whole numbers: these were trained before, and nothing can draw them anew."""
    held = (seams.stored(layer, name) for name in ("kernel", "embeddings"))
    return any(seams.in_whole_numbers(each) for each in held if each is not None)


def _without_spread(initializer: Any) -> bool:
    """Whether it draws one number alone: RandomUniform(0.05) goes from there to its own usual end, which is 0.05."""
    config = initializer.get_config() if isinstance(initializer, keras.initializers.Initializer) else {}
    low, high = config.get("minval"), config.get("maxval")
    return config.get("stddev") == 0.0 or (low is not None and low == high)


def _mean_size(variable: Any) -> float | None:
    return None if variable is None else float(np.abs(seams.numpy_value(variable)).mean())


def _nonfinite(variable: Any) -> int:
    """Entries of a variable that are NaN or Inf."""
    return int(tf.size(variable)) - int(tf.math.count_nonzero(tf.math.is_finite(tf.cast(variable, tf.float32))))


def _width(layer: Any) -> int | None:
    """The last axis of a layer's output."""
    try:
        return layer.output.shape[-1]  # type: ignore[no-any-return]
    except (AttributeError, IndexError, ValueError):  # called on nothing yet, or several times
        return None


def _recurrent_gain(layer: Any) -> float | None:
    """The largest ratio of a recurrent kernel's Frobenius norm to that of an orthogonal one (Saxe et al. 2014)."""
    kernels = [kernel for cell in install.cells(layer) for kernel in install.recurrent_kernels(cell)]
    matrices = [kernel for kernel in kernels if len(kernel.shape) == 2]
    return max(
        (norm / math.sqrt(each.shape[0]) for each in matrices if (norm := _norm(each)) is not None), default=None
    )


def _looked_up(model: Any, layers: Sequence[Any]) -> dict[int, int]:
    """The ids of the embeddings that an input of the model goes into as it is, each with the place of that input."""
    places = {id(tensor): place for place, tensor in enumerate(tree.flatten(getattr(model, "inputs", None) or []))}
    found = {}
    for layer in layers:
        if isinstance(layer, keras.layers.Embedding):
            with contextlib.suppress(AttributeError, ValueError, KeyError):  # called on nothing yet, or several times
                found[id(layer)] = places[id(layer.input)]
    return found


def _value_range(layer: Any) -> tuple[float, float] | None:
    """What a layer of Keras' that changes pictures takes them to lie in; as it is used it gives them as they are."""
    given = getattr(layer, "value_range", None)
    known = type(layer).__module__.startswith("keras.") and isinstance(given, tuple | list) and len(given) == 2
    return (float(given[0]), float(given[1])) if known and given is not None else None


def _own_recurrence(layer: Any) -> list[Any]:
    """The recurrent kernels of cells of the user's own."""
    own = (cell for cell in install.cells(layer) if not type(cell).__module__.startswith("keras."))
    return [kernel for cell in own for kernel in install.recurrent_kernels(cell)]


def _activation_site(layer: Any) -> Site | None:
    """Where the layer's activation is written; a wrapper's is that of the layer in it."""
    for holder in (layer, *install.cells(layer)):
        site = created.argument_site(created.site_of(layer), "activation", type(holder).__name__)
        if site is not None:
            return site
    return None


def _momentum_site(layer: Any) -> Site | None:
    """Where a BatchNormalization is given its momentum; None where it has Keras' own, and of other layers."""
    if not isinstance(layer, keras.layers.BatchNormalization):
        return None
    return created.argument_site(created.site_of(layer), "momentum", type(layer).__name__)


def _initializer_site(layer: Any) -> Site | None:
    """Where the initializer of the layer's kernel or table is made or written."""
    name = "embeddings_initializer" if isinstance(layer, keras.layers.Embedding) else "kernel_initializer"
    return created.value_site(created.site_of(layer), name, type(layer).__name__)


def _gain(kernel: Any, norm: float) -> float | None:
    """The norm of a kernel over that of Glorot's initializer (Glorot and Bengio 2010); None of what is no matrix."""
    shape = tuple(kernel.shape)
    if len(shape) < 2 or not math.prod(shape):
        return None
    field = math.prod(shape[:-2])
    return norm / math.sqrt(2.0 * math.prod(shape) / (field * (shape[-2] + shape[-1])))


def _norm(value: Any) -> float | None:
    """The norm of a variable, or of a gradient; None where there is none."""
    if value is None:
        return None
    try:
        return float(np.linalg.norm(np.asarray(getattr(value, "values", value).numpy(), np.float64)))
    except Exception:  # a variable that is not initialised yet
        return None


def with_activity(facts: ModelFacts, model: Any, data: Any, training_loss: Any) -> tuple[ModelFacts, float | None]:
    """Add what one batch does: outputs, saturation, dead units, gradients.

    Args:
        facts: What `model_facts` gave.
        model: The model at the state of interest.
        data: One batch (x, y, sample_weight).
        training_loss: Function of (x, y, y_pred, sample_weight) giving the loss.

    Returns:
        The fuller facts and the loss of the batch.
    """
    seen: dict[int, Any] = {}
    taken: dict[int, Any] = {}
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    variables = [seams.native(variable) for variable in model.trainable_variables]
    loss_value, gradients = None, [None] * len(variables)
    with layers_called.following(_noting(taken, seen)), tf.GradientTape() as tape:
        y_pred = model(x, training=False)
        loss = training_loss(x, y, y_pred, sample_weight)
    if loss is not None:
        loss_value = float(loss)
        gradients = tape.gradient(loss, variables)
    norms = {id(v): g for v, g in zip(variables, gradients, strict=True) if g is not None}
    layers = {layer.name: layer for layer in seams.model_layers(model)}
    known = [(fact, layers.get(fact.name)) for fact in facts.layers]
    fuller = [
        fact if layer is None else _penalized(_seen_active(fact, layer, seen, norms), layer) for fact, layer in known
    ]
    fuller = [
        fact if layer is None else dataclasses.replace(fact, mask=_mask(layer, taken.get(id(layer))))
        for fact, (_, layer) in zip(fuller, known, strict=True)
    ]
    return dataclasses.replace(facts, layers=tuple(fuller)), loss_value


def _mask(layer: Any, given: Any) -> MaskFacts | None:
    """The mask that a layer makes of the numbers that it is given; None of a layer that makes none."""
    value = _mask_value(layer)
    if value is None and (_known(layer) or type(layer).compute_mask is keras.Layer.compute_mask):
        return None
    if not hasattr(given, "numpy"):  # nothing, or several tensors
        return None
    try:
        mask = np.asarray(layer.compute_mask(given, None), bool)
        numbers = np.asarray(given.numpy(), np.float64)
    except Exception as error:  # code of the user's: one that wants the mask of a layer before it, say
        _log.debug("a layer makes no mask of what it is given alone", exc_info=error)
        return None
    if mask.ndim < 2 or not numbers.size:
        return None
    after = np.logical_or.accumulate(mask, axis=-1)
    before = np.flip(np.logical_or.accumulate(np.flip(mask, -1), axis=-1), -1)
    return MaskFacts(
        value, int((~mask).sum()), int((~mask & after & before).sum()), int(mask.sum()), float(numbers.min()),
        float(numbers.max()),
    )  # fmt: skip


def _but_weights(layer: Any, taken: Sequence[Any]) -> Any:
    """Of the tensors that go into a layer the largest that is none of its weights; None where there is none."""
    shapes = [tuple(weight.shape) for weight in layer.weights]
    given = [tensor for tensor in taken if len(tensor.shape) and tuple(tensor.shape) not in shapes]
    return max(given, key=lambda tensor: math.prod(tensor.shape), default=None)


def _mask_value(layer: Any) -> float | None:
    """The number by which a layer of Keras' knows time steps that do not count; None of one that masks nothing."""
    if isinstance(layer, keras.layers.Masking) and isinstance(layer.mask_value, int | float):
        return float(layer.mask_value)
    return 0.0 if isinstance(layer, keras.layers.Embedding) and layer.mask_zero else None


def _known(layer: Any) -> bool:
    return type(layer).__module__.startswith("keras.")


def _penalized(fact: LayerFacts, layer: Any) -> LayerFacts:
    """The facts of a layer with what its own regularizers have added to the loss."""
    added = sum(float(each) for each in layer.losses) if layer.losses and not seams.model_layers(layer) else 0.0
    if not added:
        return fact
    written = (
        created.argument_site(fact.site, name, fact.kind) for name in _REGULARIZERS if getattr(layer, name, None)
    )
    return dataclasses.replace(fact, penalty=added, penalty_site=next(filter(None, written), fact.site))


def _seen_active(fact: LayerFacts, layer: Any, seen: dict[int, Any], gradients: dict[int, Any]) -> LayerFacts:
    """The facts of a layer with what it gave and its kernel's gradient, by the ids of layers and variables."""
    kernel = getattr(layer, "kernel", None)
    gradient = None if kernel is None else gradients.get(id(seams.native(kernel)))
    outputs = seen.get(id(layer))
    flat = [tensor for tensor in tree.flatten(outputs) if tensor is not None] if outputs is not None else []
    return _active(fact, layer, flat[0] if flat else None, gradient)


def _active(fact: LayerFacts, layer: Any, given: Any, gradient: Any) -> LayerFacts:
    norm = _norm(gradient)
    if not hasattr(given, "numpy") or not given.dtype.is_floating:
        return dataclasses.replace(fact, gradient=norm)
    values = np.asarray(given.numpy(), np.float64)
    averaged = _averaged(layer, values)
    values = values[: max(1, _MOST // max(1, values[0].size))] if values.ndim else values
    return dataclasses.replace(
        fact,
        gradient=norm,
        averaged=averaged,
        saturated=_saturated(fact.activation, values),
        dead=_dead(fact.activation, values),
        magnitude=float(np.mean(np.abs(values))) if values.size else None,
        given_range=None if fact.value_range is None or not values.size else (float(values.min()), float(values.max())),
    )


def _averaged(layer: Any, values: Any) -> int | None:
    """How many numbers a normalization has for each mean that it takes, by what it gives; None of other layers."""
    if not values.ndim:
        return None
    if isinstance(layer, keras.layers.BatchNormalization):
        return int(values.size // max(1, values.shape[layer.axis]))
    if isinstance(
        layer, keras.layers.LayerNormalization | keras.layers.RMSNormalization | keras.layers.UnitNormalization
    ):
        axes = [layer.axis] if isinstance(layer.axis, int) else list(layer.axis)
        return int(np.prod([values.shape[axis] for axis in axes]))
    return None


def as_replayed(facts: ModelFacts, model: Any, replay: Replay) -> ModelFacts:
    """The facts with what a replayed step shows of each layer: what it gave, and the gradient of its kernel.

    Args:
        facts: Of the model.
        model: The model; None where there is none, and the activations that the code calls stand for layers.
        replay: The step.
    """
    if model is None:
        return dataclasses.replace(facts, layers=tuple(_bare_layers(replay)), bare=True)
    gradients = {
        id(seams.native(variable)): gradient for gradient, variable in replay.gradients if gradient is not None
    }
    said, layers = layers_said(replay), {layer.name: layer for layer in seams.model_layers(model)}
    known = [(fact, layers.get(fact.name)) for fact in facts.layers]
    masking = keras.layers.Masking | keras.layers.Embedding
    taken = {id(layer): _but_weights(layer, given) for layer, given in taken_by(replay, masking)}
    fuller = [
        fact
        if layer is None
        else dataclasses.replace(_seen_active(fact, layer, said, gradients), mask=_mask(layer, taken.get(id(layer))))
        for fact, layer in known
    ]
    return dataclasses.replace(facts, layers=tuple(fuller))


def _bare_layers(replay: Replay) -> Iterator[LayerFacts]:
    """The activations that the code calls, each as the layer of the matrix that came last before it, and the last product."""
    weights, taken = matrices(replay), set[int]()
    for number, unit in enumerate(units(replay)):
        variable, gradient = (None, None) if unit.behind in taken else weights.get(unit.behind, (None, None))
        taken.add(unit.behind)
        name = ACTIVATIONS[unit.kind]
        fact = LayerFacts(
            f"{unit.kind} {number}", unit.kind, name, site=unit.site, activation_site=unit.site, weight=_norm(variable)
        )
        yield _active(fact, None, unit.given, gradient)
    last = max(weights, default=-1)
    if last not in taken | {-1}:
        variable, gradient = weights[last]
        yield LayerFacts(
            "the last product", "MatMul", "linear", is_output=True, weight=_norm(variable), gradient=_norm(gradient)
        )


def may_call_activations(facts: ModelFacts, model: Any) -> bool:
    """Whether code of the user's own stands between the inputs and the outputs of a model."""
    return not is_graph(model) or any(not layer.builtin for layer in facts.layers)


def with_called(facts: ModelFacts, replay: Replay) -> ModelFacts:
    """The facts with the activations that the user's own code calls within a model, as layers without weights."""
    known = [
        _active(
            LayerFacts(
                f"{ACTIVATIONS[each.kind]} at {each.site.file}:{each.site.line}", each.kind, ACTIVATIONS[each.kind],
                builtin=False, site=each.site, activation_site=each.site,
                recurrent=each.recurrent, gate=each.gate,
            ), None, each.given, None,
        )
        for each in called(replay) if not each.is_output
    ]  # fmt: skip
    return dataclasses.replace(facts, layers=(*known, *facts.layers))


def _saturated(activation: str | None, values: Any) -> float | None:
    if activation not in activations.SATURATING or not values.size:
        return None
    low, high = activations.RANGES[activation]
    near = 0.01 * (high - low)
    return float(np.mean((values < low + near) | (values > high - near)))


def _dead(activation: str | None, values: Any) -> float | None:
    if activation not in ("relu", "relu6") or not values.size or values.ndim < 2:
        return None
    return float(np.mean((values.reshape(-1, values.shape[-1]) == 0).all(axis=0)))


def finite(value: float | None) -> bool:
    """Whether a number is there and finite."""
    return value is not None and math.isfinite(value)


def own_variables(model: Any) -> set[int]:
    """The ids of what is trained in layers of the user's own making."""
    builtin = {
        id(variable)
        for layer in seams.model_layers(model)
        if type(layer).__module__.startswith("keras.") and not isinstance(layer, keras.Model)
        for variable in layer.trainable_variables
    }  # fmt: skip
    return {id(variable) for variable in model.trainable_variables} - builtin


def said_of_units(trained: Sequence[Any], own: Container[int], first: install.First) -> dict[str, Any]:
    """The fields of `Evidence` that tell of matrices whose units are one, each with its place.

    Args:
        trained: All that is trained, with its last values.
        own: The ids of those that the user made himself: what a layer of Keras begins with its initializer says.
        first: What they began with.
    """
    alike = {place: each for place, each in install.alike(trained, first) if id(each) in own}
    copied = dict(install.copied_units(trained, first))
    mine = {place: each for place, each in copied.items() if id(each) in own}
    leaning = dict(install.leaning(trained, first))
    return {
        "alike": tuple(str(each.name) for each in alike.values()),
        "alike_places": tuple(alike),
        "alike_site": next(map(created.variable_site, alike.values()), None),
        "copied": tuple(map(name_of, copied.values())),
        "copied_places": tuple(mine),
        "copied_site": next(map(created.variable_site, (mine or copied).values()), None),
        "leaning": tuple(dict.fromkeys(map(name_of, leaning.values()))),
        "leaning_site": next((created.variable_site(each) for each in leaning.values() if id(each) in own), None),
    }


def said_of_zeros(replay: Replay | None, trained: Sequence[Any]) -> dict[str, Any]:
    """The fields of `Evidence` that tell of variables of zeros under what failed, each with its place among what is trained."""
    under = [] if replay is None or replay.born is None else zeros_under(replay, replay.born.forward or replay.born)
    places = {id(variable): f"variable {place}" for place, variable in enumerate(trained)}
    found = [each for each in under if id(each) in places]
    return {
        "zeros": tuple(map(name_of, found)),
        "zero_places": tuple(places[id(each)] for each in found),
        "zero_sites": tuple(dict.fromkeys(site for each in found if (site := created.variable_site(each)) is not None)),
    }
