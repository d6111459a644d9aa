"""Every private name of Keras and TensorFlow that autostable leans on, one function or constant each.

tests/training/test_seams.py fails when a new version moves one of them.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import random
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras.src import backend as keras_backend
from keras.src import utils as keras_utils
from keras.src.backend import config as keras_settings
from keras.src.backend.common import global_state
from keras.src.backend.tensorflow.optimizer import TFOptimizer
from keras.src.backend.tensorflow.trainer import TensorFlowTrainer
from keras.src.callbacks.callback_list import CallbackList
from keras.src.losses.loss import Loss
from keras.src.ops.operation import Operation
from keras.src.optimizers.base_optimizer import BaseOptimizer
from keras.src.trainers.compile_utils import CompileLoss, get_loss
from keras.src.trainers.trainer import Trainer
from keras.src.utils import numerical_utils
from keras.src.utils import traceback_utils as keras_tracebacks
from tensorflow.python import pywrap_tfe
from tensorflow.python.eager import backprop, context
from tensorflow.python.eager.polymorphic_function import polymorphic_function
from tensorflow.python.framework import op_callbacks
from tensorflow.python.ops import (
    control_flow_util,
    gen_array_ops,
    gen_linalg_ops,
    gen_logging_ops,
    gen_math_ops,
    gen_nn_ops,
    gen_special_math_ops,
    math_ops,
)
from tensorflow.python.ops.resource_variable_ops import ResourceVariable as LocalVariable
from tensorflow.python.util import tf_stack
from tensorflow.python.util import traceback_utils as tensorflow_tracebacks

from autostable import frames

__all__ = [
    "BaseOptimizer",
    "CallbackList",
    "LocalVariable",
    "Loss",
    "Operation",
    "TFOptimizer",
    "TensorFlowTrainer",
    "Trainer",
]

# LocalVariable: made directly, a variable stays outside the distribution strategy whose scope it is made in.
TraceFunction = polymorphic_function.Function  # what tf.function returns
_OP_MODULES = (gen_math_ops, gen_array_ops, gen_nn_ops, gen_linalg_ops, gen_special_math_ops)
INITIALIZE_MADE = "_initialize_uninitialized_variables"  # of TraceFunction: between its first trace and its first run
EPOCH_LOGS = (
    "_get_metrics_result_or_logs"  # of Trainer: what an epoch of `fit` has come to; asked before anybody is told
)
COMPUTE_LOSS = "_compute_loss"  # of Trainer: what Keras' own steps call, and what calls `compute_loss`
GradientFunction = Callable[..., Any]
SUM_OVER_REPLICAS = "_all_reduce_sum_gradients"  # of TFOptimizer: what its update step does first
DEFAULT_TYPE = (keras_settings, "_FLOATX")  # the variable behind `keras.config.floatx`
# The folders whose frames Keras and TensorFlow take out of a traceback.
HIDDEN_FRAMES = ((keras_tracebacks, "_EXCLUDED_PATHS"), (tensorflow_tracebacks, "_EXCLUDED_PATHS"))
COMPILE_LOSS_BUILD = CompileLoss.build.__code__  # makes the losses that `compile` was given by name


def keras_is_on_tensorflow() -> bool:
    """Whether Keras runs on TensorFlow (autostable stands aside on other backends)."""
    return bool(keras_backend.backend() == "tensorflow")


TYPE_SETTERS = ("set_floatx", "set_dtype_policy", "set_global_policy")


def type_settings() -> list[Any]:
    """The modules in which users find the functions that set default types."""
    tf_keras = keras._tf_keras.keras
    return [
        getattr(holder, name)
        for holder in (keras, tf_keras)
        for name in ("config", "backend", "mixed_precision")
        if hasattr(holder, name)
    ]


def class_columns() -> list[Any]:
    """The modules that hold `to_categorical`."""
    original = keras.utils.to_categorical
    return [
        each for each in (keras.utils, keras_utils, numerical_utils) if vars(each).get("to_categorical") is original
    ]


def eager_random_state() -> tuple[Any, Any]:
    """TensorFlow's eager seed and the state of the generator that op seeds are drawn from."""
    ctx = context.context()
    rng = getattr(ctx, "_rng", None)
    return ctx._seed, None if rng is None else rng.getstate()


def set_eager_random_state(state: tuple[Any, Any], *, kernels: bool = True) -> None:
    """Put back what `eager_random_state` gave.

    The kernels of random operations hold a state of their own, so they are made anew, as `set_seed` does,
    unless `kernels` is false.
    """
    ctx = context.context()
    ctx._seed, rng_state = state
    if kernels:
        ctx.clear_kernel_cache()
    if rng_state is None:
        if hasattr(ctx, "_rng"):
            del ctx._rng
        return
    ctx._rng = random.Random()
    ctx._rng.setstate(rng_state)


def keras_seed_generator() -> Any | None:
    """Keras' global SeedGenerator, if one was made."""
    return global_state.get_global_attribute("global_seed_generator")


def name_counts() -> dict[str, int]:
    """How many objects of a kind were named so far: the next Dense is `dense_<count>`."""
    return dict(global_state.get_global_attribute("object_name_uids") or {})


def set_name_counts(counts: dict[str, int]) -> None:
    """Have names counted on from there."""
    global_state.set_global_attribute("object_name_uids", collections.defaultdict(int, counts))


def forget_keras_seed_generator() -> None:
    """Undo the making of Keras' global SeedGenerator."""
    global_state.set_global_attribute("global_seed_generator", None)


@contextlib.contextmanager
def watching_ops(callback: Callable[..., None]) -> Iterator[None]:
    """Call `callback(op_type, inputs, attrs, outputs, op_name=None, graph=None)` after every eager op."""
    op_callbacks.add_op_callback(callback)
    try:
        yield
    finally:
        op_callbacks.remove_op_callback(callback)


@contextlib.contextmanager
def wrapping_gradients(wrap: Callable[[GradientFunction], GradientFunction]) -> Iterator[None]:
    """Put `wrap(original)` in the place of the function that eager tapes call for each op's gradient."""
    pywrap_tfe.TFE_Py_RegisterGradientFunction(wrap(backprop._gradient_function))
    try:
        yield
    finally:
        pywrap_tfe.TFE_Py_RegisterGradientFunction(backprop._gradient_function)


def op_functions(name: str) -> list[Callable[..., Any]]:
    """TensorFlow's Python functions that make an operation, by the name of the function.

    Some have a twin that does not call them: those for the larger and the smaller of two, and what was wrapped for dispatch
    after TensorFlow's own modules had taken it (`log` in `tf.image.psnr`).
    """
    found = next(getattr(module, name) for module in _OP_MODULES if hasattr(module, name))
    twin = getattr(math_ops, name, found)
    apart = name in ("maximum", "minimum") or twin is getattr(found, "__wrapped__", None)
    return [found, twin] if apart and twin is not found else [found]


@contextlib.contextmanager
def without_prints() -> Iterator[None]:
    """Within, `tf.print` in eager code of this thread prints nothing; a graph that was traced before prints as ever."""
    original, thread = gen_logging_ops.print_v2, threading.get_ident()

    @functools.wraps(original)
    def printed(*args: Any, **kwargs: Any) -> Any:
        return None if threading.get_ident() == thread else original(*args, **kwargs)

    gen_logging_ops.print_v2 = printed
    try:
        yield
    finally:
        gen_logging_ops.print_v2 = original


class _WithoutFrames(tf_stack.StackTraceFilter):
    """Leaves the frames of some files out of what TensorFlow says of where an operation was made."""

    def __init__(self, files: frozenset[str]) -> None:
        super().__init__()
        self._files = files

    def get_filtered_filenames(self) -> frozenset[str]:
        """See `tf_stack.StackTraceFilter`."""
        return self._files if self.parent is None else self._files | self.parent.get_filtered_filenames()


def is_compiled(step: Any) -> bool:
    """Whether XLA compiles a model's training step, or a function of TensorFlow's."""
    return getattr(step, "jit_compile", getattr(step, "_jit_compile", None)) is True


def without_frames_of(folder: str) -> contextlib.AbstractContextManager[Any]:
    """Operations that are made within are not said to be made in the modules of a folder."""
    return _WithoutFrames(_files_of(folder))


@functools.cache
def _files_of(folder: str) -> frozenset[str]:
    return frozenset(map(str, Path(folder).rglob("*.py")))


def is_traced(function: Any) -> bool:
    """Whether a `tf.function` was traced already."""
    return bool(function.experimental_get_tracing_count())


def clone_of(function: Any) -> Any:
    """A `tf.function` like this one, not traced yet."""
    return function._clone(None)


def owner_of_method(function: Any) -> Any:
    """The object whose traced method a `tf.function` is, which holds it weakly; None of any other function."""
    bound = getattr(function._python_function, "__original_wrapped__", None)
    return getattr(getattr(bound, "__self__", None), "target", None)


def mapped_stack() -> list[tuple[str, int]]:
    """(file, line) of the stack, outermost first, with AutoGraph's generated code mapped to its source."""
    return [(frame.filename, frame.lineno) for frame in tf_stack.extract_stack()]


def user_place() -> tuple[str, int] | None:
    """The innermost (file, line) of the user's on that stack; None where there is none."""
    return next((place for place in reversed(mapped_stack()) if frames.is_user_file(place[0])), None)


def model_layers(model: Any) -> list[Any]:
    """All layers of a model, nested ones too, in the order they are held in, parents first, the model itself left out.

    Keras' own `_flatten_layers` turns the order round in nested models.
    """
    found: dict[int, Any] = {}
    todo = list(reversed(model._layers))
    while todo:
        layer = todo.pop()
        if id(layer) not in found:
            found[id(layer)] = layer
            todo += reversed(layer._layers)
    return list(found.values())


def pipeline_chain(dataset: Any) -> list[Any]:
    """A dataset and those that it is made from, the source first."""
    found = [dataset]
    for parent in dataset._inputs():
        found = [*pipeline_chain(parent), *found]
    return found


_IN_ORDER = frozenset({
    "_TensorSliceDataset", "_ZipDataset", "_BatchDataset", "_ParallelBatchDataset", "_PrefetchDataset", "CacheDataset",
    "_TakeDataset", "_OptionsDataset",
})  # fmt: skip  # stages behind which a row has the place that it has in the arrays


def keeps_rows_in_place(dataset: Any) -> bool:
    """Whether the rows that a pipeline gives are those of the arrays that it is made of, in their order."""
    return all(type(stage).__name__ in _IN_ORDER for stage in pipeline_chain(dataset))


def shuffled_apart(dataset: Any) -> bool:
    """Whether a pipeline pairs inputs and targets that it shuffles each by itself, in orders of their own."""
    for stage in pipeline_chain(dataset):
        plain = isinstance(stage.element_spec, tuple) and all(
            isinstance(each, tf.TensorSpec) for each in stage.element_spec
        )
        if type(stage).__name__ == "_ZipDataset" and plain:
            orders = [tuple(map(_order, _shuffles(branch))) for branch in stage._inputs()]
            if len(set(orders)) > 1:
                return True
    return False


def _shuffles(dataset: Any) -> list[Any]:
    return [stage for stage in pipeline_chain(dataset) if type(stage).__name__ == "_ShuffleDataset"]


def _order(stage: Any) -> tuple[int, ...]:
    """What the order of a shuffle follows from."""
    return tuple(int(each) for each in (stage._seed, stage._seed2, stage._buffer_size))


def pipeline_bytes(dataset: Any) -> int:
    """Bytes of the tensors that the sources of a pipeline hold."""
    held = [tensor for stage in pipeline_chain(dataset) for tensor in getattr(stage, "_tensors", ())]
    return sum(tensor.dtype.size * int(np.prod(tensor.shape.as_list())) for tensor in held if tf.is_tensor(tensor))


def pipeline_variables(dataset: Any) -> list[tf.Variable]:
    """Variables that the functions of a pipeline read or assign: a generator's state, the seed of an augmenting layer."""
    functions = [function for stage in pipeline_chain(dataset) for function in stage._functions()]
    return [variable for function in functions for variable in function.function.graph.variables]


def pipeline_may_call(dataset: Any, op: str) -> bool:
    """Whether the functions of a pipeline hold an operation of this type, or call functions that may."""
    functions = [function for stage in pipeline_chain(dataset) for function in stage._functions()]
    types = {each.type for function in functions for each in function.function.graph.get_operations()}
    return op in types or any(type_.endswith("PartitionedCall") for type_ in types)


def pipeline_function(dataset: Any) -> Callable[..., Any] | None:
    """What a stage of a pipeline calls for each element (the user's own function); None where it calls nothing."""
    wrapped = getattr(dataset, "_map_func", None)
    function = getattr(wrapped, "_func", None)
    return function if callable(function) else None


def first_operations(model: Any, place: int) -> Generator[tuple[Any, Callable[[Any], Any] | None], None, bool]:
    """What a functional model does with one of its inputs, step by step, as long as it is one thing after the other.

    Args:
        model: The model; a model within it is entered.
        place: Of the input, counted over all inputs.

    Yields:
        Each operation (a layer, or one of `keras.ops`) and a function that applies it to a value; None for the function where
        it takes other things as well.

    Returns:
        Whether the model's output was reached.
    """
    graph = getattr(model, "_functional", None) or model
    inputs = getattr(graph, "_inputs", None) or []
    nodes = [node for each in (getattr(graph, "_nodes_by_depth", None) or {}).values() for node in each]
    tensor = inputs[place] if place < len(inputs) else None
    while tensor is not None:
        users = [node for node in nodes if any(tensor is each for each in node.input_tensors)]
        if not users:
            return True
        if len(users) > 1 and all(isinstance(node.operation, keras.Layer) for node in users):
            users = users[:1]  # several layers take it: one of them will do
        if len(users) != 1:
            return False
        node = users[0]
        if len(node.input_tensors) != 1 or len(node.output_tensors) != 1:
            yield node.operation, None
            return False
        if not isinstance(node.operation, keras.Model):
            yield node.operation, _applied(node, tensor)
        elif not (yield from first_operations(node.operation, 0)):
            return False
        tensor = node.output_tensors[0]
    return False


def _applied(node: Any, tensor: Any) -> Callable[[Any], Any]:
    def apply(value: Any) -> Any:
        args, kwargs = node.arguments.fill_in({id(tensor): value})
        return node.operation(*args, **kwargs)

    return apply


def mask_comparisons(layer: Any) -> Iterator[Any]:
    """What makes the masks of a layer in graphs of layers, which hold it as operations beside the layer.

    Yields:
        The arguments of each comparison: the tensor, and the number by which a step is masked.
    """
    for node in layer._inbound_nodes:
        for output in node.output_tensors:
            made = getattr(getattr(output, "_keras_mask", None), "_keras_history", None)
            while made is not None and type(made.operation).__name__ != "NotEqual":
                given = made.operation._inbound_nodes[made.node_index].input_tensors
                made = getattr(given[0], "_keras_history", None) if given else None
            if made is not None:
                arguments = made.operation._inbound_nodes[made.node_index].arguments
                if len(arguments.args) == 2 and isinstance(arguments.args[1], int | float):
                    yield arguments


def shared_ends(one: Any, other: Any) -> tuple[list[int | None], list[int | None]]:
    """Which inputs of one graph of layers are inputs of another, and which of its outputs the same last layer gives.

    An input is shared where it is the same one, or where the model is a layer of the other and is given it as it comes; an
    output where one layer gives both, or the model itself gives the other's.

    Returns:
        For each input and each output of `one` its place in `other`; None where it has none there.
    """
    ends = [getattr(model, name, None) or [] for model in (one, other) for name in ("inputs", "outputs")]
    if not all(ends):
        return [], []
    own_inputs, own_outputs, inputs, outputs = ends
    passed = next((node.input_tensors for node in one._inbound_nodes
                   if all(any(given is each for each in inputs) for given in node.input_tensors)), own_inputs)  # fmt: skip
    made = [each._keras_history.operation for each in outputs]
    return (
        [next((place for place, each in enumerate(inputs) if each is given), None) for given in passed],
        [next((place for place, by in enumerate(made) if by is one or by is each._keras_history.operation), None)
         for each in own_outputs],
    )  # fmt: skip


def self_attentions(layer: Any) -> Iterator[Any]:
    """The arguments of each call of a layer in graphs of layers in which it attends to what it asks for."""
    for node in layer._inbound_nodes:
        if attends_to_itself(node.arguments.args, node.arguments.kwargs):
            yield node.arguments


def attends_to_itself(args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether an attention layer that is called so is given one tensor as query and value; some take both as a list."""
    given = [*args, *(kwargs[name] for name in ("inputs", "query", "value") if name in kwargs)]
    if given and isinstance(given[0], list | tuple):
        given = list(given[0])
    return len(given) > 1 and given[0] is given[1]


def output_names(model: Any) -> list[str]:
    """Names by which targets and losses mean a functional model's outputs, in their order; empty for other models."""
    outputs = getattr(model, "_outputs_struct", None)
    if isinstance(outputs, dict):
        return sorted(outputs)
    return [str(name) for name in getattr(model, "output_names", None) or ()]


def target_names(model: Any, y: Any) -> list[str] | None:
    """The keys of targets in the order of the outputs that they are for; None where they are not given by name."""
    names = output_names(model)
    return names if isinstance(y, dict) and set(y) == set(names) else None


def target_parts(model: Any, y: Any) -> list[Any]:
    """The parts of a target, in the order of the outputs that they are for."""
    names = target_names(model, y)
    return keras.tree.flatten(y) if names is None else [y[name] for name in names]


def target_places(model: Any, y: Any) -> list[int]:
    """Where the target of each output lies among the flat parts of a target."""
    names = target_names(model, y)
    return list(range(len(keras.tree.flatten(y)))) if names is None else [sorted(names).index(name) for name in names]


def loss_of_output(model: Any, output: int) -> Any | None:
    """The metric in which Keras notes the loss of one of several outputs; None where it notes none."""
    names = output_names(model)
    wanted = f"{names[output]}_loss" if output < len(names) else None
    noted = getattr(getattr(model, "_compile_loss", None), "metrics", None) or ()
    return next((metric for metric in noted if metric.name == wanted), None)


def loss_named(name: str) -> Any:
    """A loss of Keras' as `compile` makes it of its name: it takes targets of one axis less, and weights."""
    return get_loss(name, None, None)


@contextlib.contextmanager
def other_losses(
    model: Any, losses: Sequence[str | None], y: Any, y_pred: Any, *, exchanged: bool = False, negated: bool = False
) -> Iterator[None]:
    """Within, some of a model's outputs have another loss of Keras': that at their place in `losses`.

    If `exchanged`, the losses that stay are called with predictions first; if `negated`, they are scores,
    and what they lack of 1 is the loss.
    """
    compiled = getattr(model, "_compile_loss", None)
    if compiled is None or not (any(losses) or exchanged or negated):
        yield
        return
    if not compiled.built:
        compiled.build(y, y_pred)
    wanted = {name: loss_named(loss) for name, loss in zip(output_names(model), losses, strict=False) if loss}
    before = compiled._flat_losses
    compiled._flat_losses = [
        each._replace(loss=wanted.get(each.name) or _turned(each.loss, exchanged=exchanged, negated=negated))
        for each in before
    ]
    try:
        yield
    finally:
        compiled._flat_losses = before


def _turned(loss: Any, *, exchanged: bool, negated: bool) -> Any:
    if not (exchanged or negated):
        return loss

    def turned(y_true: Any, y_pred: Any, *weights: Any) -> Any:
        value = loss(y_pred, y_true, *weights) if exchanged else loss(y_true, y_pred, *weights)
        return 1.0 - value if negated else value

    return turned


def has_compiled_loss(model: Any) -> bool:
    """Whether `compile` was given a loss."""
    return getattr(model, "_compile_loss", None) is not None


def trained_variables(optimizer: Any) -> list[Any]:
    """What an optimizer was built for; nothing before that, and of one that keeps no such list."""
    return list(getattr(optimizer, "_trainable_variables", None) or ())


def trains(optimizers: Iterable[Any], model: Any) -> bool:
    """Whether one of these optimizers works on a variable of the model; yes where none tells what it works on."""
    trained = {id(native(each)) for one in optimizers for each in trained_variables(one)}
    return not trained or any(id(native(each)) in trained for each in model.variables)


def native(variable: Any) -> Any:
    """The tf.Variable behind a Keras variable (or the tf.Variable itself)."""
    return variable.value if isinstance(variable, keras.Variable) else variable


def numpy_value(variable: Any) -> np.ndarray[Any, Any]:
    """A variable's value as an array of its own."""
    return np.array(native(variable).numpy(), copy=True)


def stored(layer: Any, name: str) -> Any | None:
    """The variable that holds a layer's `kernel` or `embeddings`; None where there is none, or the layer is not built.

    With LoRA, and in quantised layers, the name itself gives a tensor that is computed of it each time.
    """
    found = getattr(layer, name, None)
    if isinstance(found, keras.Variable | tf.Variable):
        return found
    behind = getattr(layer, f"_{name}", None)
    return behind if isinstance(behind, keras.Variable | tf.Variable) else None


def is_overwritten(variable: Any) -> bool:
    """Whether a variable is given its "gradient" as its value, as the scales of float8 layers are."""
    return bool(getattr(variable, "overwrite_with_gradient", False))


def in_whole_numbers(variable: Any) -> bool:
    """Whether a variable holds whole numbers: those of a quantised layer mean nothing without their scale."""
    return not tf.as_dtype(native(variable).dtype).is_floating


def value_now(variable: Any) -> Any:
    """A variable's value as a tensor that no later update of it changes, without a copy where it lies in main memory."""
    with tf.device("CPU:0"):
        return tf.identity(variable.read() if hasattr(variable, "read") else native(variable))


def size_of(variable: Any) -> int:
    """Bytes of a variable's value."""
    value = native(variable)
    return int(np.prod([side or 1 for side in value.shape])) * int(tf.as_dtype(value.dtype).size)


def type_behind(handle: Any) -> Any:
    """The type of the variable behind a handle; None where it is no variable's."""
    data = getattr(handle, "_handle_data", None)
    if data is None or not data.is_set or len(data.shape_and_type) != 1:
        return None
    return tf.dtypes.as_dtype(data.shape_and_type[0].dtype)


def captured_handles(graph: Any) -> list[Any]:
    """Handles of the variables outside that a function's graph, or one around it, has captured."""
    found: dict[int, Any] = {}
    while graph is not None:
        for outer, _ in getattr(graph, "captures", ()):
            eager = isinstance(outer, tf.__internal__.EagerTensor)
            if eager and outer.dtype == tf.resource and type_behind(outer) is not None:
                found[id(outer)] = outer
        graph = getattr(graph, "outer_graph", None)
    return list(found.values())


def forget_sequences(model: Any) -> None:
    """Let recurrent layers that keep their state from batch to batch begin at zero; what is no model has none."""
    for layer in model_layers(model) if isinstance(model, keras.Model) else ():
        if isinstance(layer, keras.layers.RNN) and layer.stateful and layer.built:
            layer.reset_state()


def statistics_of(layer: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Means and variances that a Normalization has been adapted to; empty of another layer, or one that was given them."""
    if not isinstance(layer, keras.layers.Normalization) or not layer.built or layer.input_mean is not None:
        return np.zeros(0), np.zeros(0)
    return numpy_value(layer.adapt_mean), numpy_value(layer.adapt_variance)


def forgets_its_numbers(layer: Any) -> bool:
    """Whether a Normalization divides by other numbers than its variables hold: only `adapt` takes them over."""
    mean, variance = statistics_of(layer)
    if not mean.size:
        return False
    used = [keras.ops.convert_to_numpy(each) for each in (layer.mean, layer.variance)]
    held = [np.reshape(each, one.shape) for each, one in zip((mean, variance), used, strict=True)]
    return not all(np.array_equal(one, other) for one, other in zip(used, held, strict=True))


def spares_some_of_decay(optimizer: Any) -> bool:
    """Whether some variables were excluded from an optimizer's weight decay."""
    excluded = getattr(optimizer, "_exclude_from_weight_decay", None)
    return bool(excluded or getattr(optimizer, "_exclude_from_weight_decay_pattern", None))


def adapt_to(layer: Any, mean: Any, variance: Any) -> None:
    """Have a Normalization subtract and divide by these."""
    for variable, value in ((layer.adapt_mean, mean), (layer.adapt_variance, variance)):
        variable.assign(np.reshape(np.asarray(value, np.float32), variable.shape))
    layer.finalize_state()


_FUNCTIONS = ("train_function", "test_function", "predict_function")


def taken_off(model: Any) -> Callable[[], None]:
    """Take what belongs to the `fit` that is under way off a model, so that another one may be run within it.

    Returns:
        What puts it back.
    """
    names = (*_FUNCTIONS, "_eval_epoch_iterator")
    kept = {name: vars(model)[name] for name in names if name in vars(model)}

    def put_back() -> None:
        for name in names:
            if name in kept:
                setattr(model, name, kept[name])
            elif name in vars(model):
                delattr(model, name)

    model._eval_epoch_iterator = None
    return put_back


def trainer_function_is_stale(model: Any) -> None:
    """Have a model trace its train, test and predict functions anew."""
    for name in _FUNCTIONS:
        setattr(model, name, None)


def made_anew(model: Any) -> Callable[..., Any]:
    """What trains on the batches of an iterator, made anew in the middle of a `fit`, which calls it from now on."""
    model.make_train_function(force=True)
    function: Callable[..., Any] = model.train_function
    return getattr(function, "trains_on", function)


def called_before_steps(model: Any, call: Callable[[], None]) -> None:
    """Have something called before each call of the train function that the next `fit` of a model uses."""
    function = made_anew(model)

    def told(iterator: Any) -> Any:
        call()
        return function(iterator)

    model.train_function = told


def in_xla() -> bool:
    """Whether code is being traced for XLA to compile as a whole."""
    return bool(control_flow_util.GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph()))


@contextlib.contextmanager
def iterations_read_once(optimizer: Any) -> Iterator[None]:
    """Within a traced update of one of Keras' own optimizers, its count of updates is read once, not for each weight.

    What the optimizer computes from it (powers of Adam's betas) is then the same subexpression for
    all weights, which TensorFlow computes once: the same numbers from fewer operations.
    """
    own = type(optimizer).update_step.__module__.startswith("keras.src.optimizers.")
    count = vars(optimizer).get("_iterations")
    if not own or tf.executing_eagerly() or tf.distribute.has_strategy() or not isinstance(count, keras.Variable):
        yield
        return
    # not by setattr, which would track the tensor as a part of the optimizer
    vars(optimizer)["_iterations"] = tf.convert_to_tensor(count.value)
    try:
        yield
    finally:
        vars(optimizer)["_iterations"] = count


def holds_variables(sources: Any) -> bool:
    """Whether what a tape differentiates by holds a variable."""
    return bool(variables_among(sources))


def variables_among(sources: Any) -> list[Any]:
    """The variables among what a tape differentiates by."""
    return [each for each in keras.tree.flatten(sources) if isinstance(each, keras.Variable | tf.Variable)]


def summed_over_replicas(optimizer: Any, tensors: list[Any], variables: list[Any]) -> list[Any]:
    """Each gradient added up over all replicas, as an optimizer's update does; more tensors may come along."""
    names = [*variables, *[None] * (len(tensors) - len(variables))]
    return [pair[0] for pair in getattr(optimizer, SUM_OVER_REPLICAS)(list(zip(tensors, names, strict=True)))]


def working_optimizers(optimizer: Any) -> list[Any]:
    """The optimizers that do the work of one: those inside a MultiOptimizer, a LossScaleOptimizer or a wrapper."""
    if optimizer is None:
        return []
    held = [value for value in vars(optimizer).values() if isinstance(value, BaseOptimizer)]
    if dispatches(optimizer):
        held = list(optimizer.optimizers)
    found = [one for inner in held if inner is not optimizer for one in working_optimizers(inner)]
    return list({id(one): one for one in found or [optimizer]}.values())


def dispatches(optimizer: Any) -> bool:
    """Whether an optimizer's `apply` is nothing but those of others, each with a share of the variables."""
    return isinstance(optimizer, keras.optimizers.MultiOptimizer)


def sums_gradients(optimizer: Any) -> bool:
    """Whether each `apply` of an optimizer is one update, which adds up the gradients of all replicas."""
    return (
        isinstance(optimizer, TFOptimizer) and not dispatches(optimizer) and not optimizer.gradient_accumulation_steps
    )


def replica_context(strategy: Any, number: int) -> Any:
    """The context of one replica of this process (counted from 0), for a call in this very thread."""
    return tf.distribute.ReplicaContext(strategy, strategy.extended._get_replica_id_in_sync_group(number))


def uses_own_train_step(model: Any) -> bool:
    """Whether the model's class overrides `train_step`."""
    return type(model).train_step is not TensorFlowTrainer.train_step


def is_of_user(model: Any, name: str) -> bool:
    """Whether a model's method is none of Keras'."""
    return not str(getattr(type(model), name).__module__).startswith("keras.")


def uses_own_loss(model: Any) -> bool:
    """Whether the model's class overrides `compute_loss`."""
    return type(model).compute_loss is not Trainer.compute_loss


def _build_only_makes(optimizer: Any) -> bool:
    """Whether an optimizer's `build` only makes variables: it is Keras' own and assigns nothing.

    That of ScheduleFreeAdamW does, and what it assigns when it is called in a traced step is assigned in every step.
    """
    builds = [vars(kind)["build"] for kind in type(optimizer).__mro__ if "build" in vars(kind)]
    return all(build.__module__.startswith("keras.") and "assign" not in build.__code__.co_names for build in builds)


def build_before_training(model: Any, element_spec: Any) -> None:
    """Make a model's and its optimizer's variables before the first step is traced, from the shapes of a batch.

    This is what Keras itself does under a distribution strategy; a subclassed model would
    otherwise be built inside the traced step, where initial values cannot be read. What a training step of the
    user's own calls its model with may be of another shape than the batch: there it is left to that step.

    Args:
        model: A compiled model.
        element_spec: Structure of tf.TypeSpec of a batch (x, y, sample_weight).
    """
    built = all(layer.built for layer in (model, *model_layers(model)))
    if not built and uses_own_train_step(model):
        return
    if not built:
        x = keras.utils.unpack_x_y_sample_weight(element_spec)[0]
        symbolic = keras.tree.map_structure(
            lambda spec: keras.KerasTensor(
                tuple(spec.shape),
                keras_backend.standardize_dtype(spec.dtype),
                name="batch",  # a name that is not counted
            ),
            x,
        )
        keras_backend.compute_output_spec(model, symbolic, training=True)
    own = uses_own_train_step(model) or uses_own_loss(model)
    if own and not all(layer.built for layer in model_layers(model)):
        return  # only its own step knows which variables there will be
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None or not all(map(_build_only_makes, [optimizer, *working_optimizers(optimizer)])):
        return  # a `build` that does more than make variables is called where Keras calls it
    if model.built and not optimizer.built and model.trainable_variables:
        with keras_backend.name_scope(optimizer.name, caller=optimizer):
            optimizer.build(model.trainable_variables)


def resumed_epoch(model: Any) -> int | None:
    """The epoch that a backup has the next fit begin with."""
    found: int | None = model._initial_epoch
    return found


def set_resumed_epoch(model: Any, epoch: int | None) -> None:
    """Have the next fit begin with an epoch."""
    model._initial_epoch = epoch


@contextlib.contextmanager
def compiled_in_place_of(model: Any, inner: Any) -> Iterator[None]:
    """Within, a model says that it is compiled as the one inside it with the same variables is, which says that it is not.

    An optimizer is saved with the model that is walked through first, and read with the outermost one.
    """
    if not getattr(inner, "compiled", False) or not hasattr(inner, "_compile_config"):
        yield
        return
    optimizer = inner.optimizer
    model.optimizer, model._compile_config, model.compiled = optimizer, inner._compile_config, True
    inner.optimizer, inner.compiled = None, False
    try:
        yield
    finally:
        inner.optimizer, inner.compiled = optimizer, True


def held_rate(optimizer: Any) -> Any:
    """What an optimizer takes its learning rate from: a variable, a schedule, or a function."""
    return optimizer._learning_rate


def hold_rate(optimizer: Any, rate: Any) -> None:
    """Have an optimizer take its learning rate from something else."""
    optimizer._learning_rate = rate


def had_no_gradients(error: BaseException | None) -> bool:
    """Whether an optimizer has raised this because it was given no gradient at all, in Keras' words for it."""
    return isinstance(error, ValueError) and "No gradients provided for any variable" in str(error)
