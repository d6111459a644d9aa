"""Every private name of Keras and TensorFlow that autostable leans on: here a new version that moves one fails first."""

import contextlib
import inspect
import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.training import logarithms, seams

METHODS = [
    (seams.TensorFlowTrainer, "fit", ["self", "x", "y", "batch_size", "epochs", "verbose", "callbacks"]),
    (seams.TensorFlowTrainer, "_make_function", ["self", "step_function"]),
    (seams.TensorFlowTrainer, "train_on_batch", ["self", "x", "y", "sample_weight", "class_weight"]),
    (seams.TensorFlowTrainer, "train_step", ["self", "data"]),
    (seams.Trainer, seams.COMPUTE_LOSS, ["self", "x", "y", "y_pred", "sample_weight", "training"]),
    (seams.Trainer, seams.EPOCH_LOGS, ["self", "logs"]),
    (seams.CallbackList, "on_epoch_begin", ["self", "epoch"]),
    (seams.Trainer, "compute_loss", ["self", "x", "y", "y_pred", "sample_weight", "training"]),
    (seams.BaseOptimizer, "apply", ["self", "grads", "trainable_variables"]),
    (keras.optimizers.LossScaleOptimizer, "apply", ["self", "grads", "trainable_variables"]),
    (seams.TFOptimizer, "_backend_update_step", ["self", "grads", "trainable_variables", "learning_rate"]),
    (tf.GradientTape, "gradient", ["self", "target", "sources"]),
    (seams.TraceFunction, "__call__", ["self"]),
    (seams.Operation, "__new__", ["cls"]),
    (seams.Operation, "__call__", ["self"]),
    (seams.Loss, "__call__", ["self", "y_true", "y_pred", "sample_weight"]),
]


ROWS = tf.data.Dataset.from_tensor_slices((np.zeros((8, 2)), np.zeros(8)))


@pytest.mark.parametrize(
    ("dataset", "in_place"),
    [
        (ROWS, True),
        (ROWS.batch(2).prefetch(1), True),
        (ROWS.batch(2, num_parallel_calls=2), True),
        (ROWS.cache().take(4).with_options(tf.data.Options()), True),
        (tf.data.Dataset.zip((ROWS, ROWS)), True),
        (ROWS.shuffle(8), False),
        (ROWS.map(lambda x, y: (x, y)), False),
        (ROWS.map(lambda x, y: (x, y), num_parallel_calls=2), False),
        (ROWS.filter(lambda x, y: y > 0), False),
        (ROWS.skip(2), False),
        (ROWS.repeat(), False),
        (tf.data.Dataset.from_generator(lambda: iter([1]), output_signature=tf.TensorSpec((), tf.int32)), False),
    ],
)
def test_in_which_pipelines_a_row_keeps_its_place(dataset, in_place):
    assert seams.keeps_rows_in_place(dataset) is in_place


@pytest.mark.parametrize("holder, name, parameters", METHODS, ids=lambda value: getattr(value, "__name__", None))
def test_wrapped_methods_are_defined_where_they_are_wrapped(holder, name, parameters):
    assert name in vars(holder), f"{holder.__qualname__} does not define {name} itself any more"
    found = list(inspect.signature(getattr(holder, name)).parameters)
    assert found[: len(parameters)] == parameters


def test_which_optimizers_override_apply():
    kinds = [kind for kind in vars(keras.optimizers).values() if inspect.isclass(kind)]
    own = {kind.__name__ for kind in kinds if "apply" in vars(kind)}
    assert own <= {"LossScaleOptimizer", "MultiOptimizer"}  # the latter only calls the apply of its parts
    assert {"inner_optimizer", "initial_scale"} <= set(
        inspect.signature(keras.optimizers.LossScaleOptimizer.__init__).parameters
    )


def test_keras_optimizers_are_of_these_classes():
    assert issubclass(keras.optimizers.SGD, seams.BaseOptimizer)
    assert issubclass(keras.optimizers.SGD, seams.TFOptimizer)
    assert issubclass(keras.Model, seams.TensorFlowTrainer)
    assert issubclass(layers.Layer, seams.Operation)
    assert issubclass(keras.losses.MeanSquaredError, seams.Loss)


def test_scaled_optimizer_keeps_its_scale_in_a_variable():
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD())
    optimizer.build([keras.Variable([1.0])])
    assert float(optimizer.dynamic_scale) == optimizer.initial_scale
    assert isinstance(seams.native(optimizer.dynamic_scale), tf.Variable)
    assert optimizer.inner_optimizer._trainable_variables


def test_backend_is_tensorflow():
    assert seams.keras_is_on_tensorflow()


def test_local_variable_stays_outside_of_a_strategy():
    with tf.distribute.OneDeviceStrategy("CPU:0").scope():
        variable = seams.LocalVariable(np.zeros(2, np.int64), trainable=False)
    assert type(variable) is seams.LocalVariable
    assert isinstance(variable, tf.Variable)


def test_tf_functions_are_trace_functions():
    assert isinstance(tf.function(lambda: 1), seams.TraceFunction)


@pytest.mark.parametrize("op", ["log", "sqrt", "real_div", "_pow", "exp", "rsqrt", "xdivy", "reciprocal"])
def test_op_functions(op):
    assert seams.op_functions(op)


def test_compiled_loss_makes_its_losses_in_build():
    assert seams.COMPILE_LOSS_BUILD.co_name == "build"
    assert "_user_loss" in inspect.getsource(seams.COMPILE_LOSS_BUILD)
    assert seams.COMPILE_LOSS_BUILD.co_varnames[0] == "self"


def test_eager_random_state_there_and_back():
    tf.random.set_seed(4)
    tf.random.uniform(())
    state = seams.eager_random_state()
    first = [float(tf.random.uniform(())) for _ in range(3)]
    seams.set_eager_random_state(state)
    assert [float(tf.random.uniform(())) for _ in range(3)] == first
    assert state[0] == 4
    assert isinstance(state[1], type(random.Random().getstate()))


def test_keras_seed_generator():
    keras.backend.clear_session()
    assert seams.keras_seed_generator() is None
    keras.random.uniform(())
    assert seams.keras_seed_generator() is not None
    seams.forget_keras_seed_generator()
    assert seams.keras_seed_generator() is None


def test_watching_ops():
    seen = []
    with seams.watching_ops(
        lambda kind, inputs, attrs, outputs, op_name=None, graph=None: seen.append((kind, len(outputs)))
    ):
        tf.math.log(tf.constant([1.0]))
    tf.math.exp(tf.constant([1.0]))
    assert [(k.decode() if isinstance(k, bytes) else k, n) for k, n in seen] == [("Log", 1)]


def test_wrapping_gradients():
    seen = []

    def wrap(original):
        def gradient(name, attrs, count, inputs, outputs, out_grads, *rest):
            seen.append((name, len(outputs), len(out_grads)))
            return original(name, attrs, count, inputs, outputs, out_grads, *rest)

        return gradient

    x = tf.constant(4.0)
    with seams.wrapping_gradients(wrap), tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.sqrt(x)
        assert float(tape.gradient(y, x)) == 0.25
    assert seen == [("Sqrt", 1, 1)]
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.sqrt(x)
    assert float(tape.gradient(y, x)) == 0.25
    assert len(seen) == 1


def test_mapped_stack_ends_here():
    file, line = seams.mapped_stack()[-2]
    assert (file, line) == (__file__, inspect.currentframe().f_lineno - 1)


def nested():
    inner = keras.Sequential([keras.Input((2,)), layers.Dense(3, name="deep")])
    model = keras.Sequential([keras.Input((2,)), inner, layers.Dense(1, name="last")])
    model.compile("sgd", "mse")
    return model


def test_model_layers_hold_nested_ones():
    assert {"deep", "last"} <= {layer.name for layer in seams.model_layers(nested())}


def test_model_layers_are_in_order_in_nested_models_too():
    class Coder(keras.Model):
        def __init__(self):
            super().__init__()
            self.encoder = keras.Sequential([keras.layers.Dense(4, name="first"), keras.layers.Dense(2, name="second")])
            self.decoder = keras.Sequential([keras.layers.Dense(4, name="third"), keras.layers.Dense(5, name="fourth")])

        def call(self, x):
            return self.decoder(self.encoder(x))

    model = Coder()
    model(np.ones((2, 5), "float32"))
    names = [layer.name for layer in seams.model_layers(model) if isinstance(layer, keras.layers.Dense)]
    assert names == ["first", "second", "third", "fourth"]


def test_compiled_loss():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    assert not seams.has_compiled_loss(model)
    assert seams.has_compiled_loss(nested())


@pytest.mark.parametrize(
    "make", [keras.optimizers.SGD, lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD())]
)
def test_an_optimizer_knows_what_it_was_built_for(make):
    optimizer, variables = make(), [keras.Variable([1.0]), keras.Variable([2.0, 3.0])]
    assert seams.trained_variables(optimizer) == []
    optimizer.build(variables)
    assert [each.path for each in seams.trained_variables(optimizer)] == [each.path for each in variables]
    assert seams.trained_variables(object()) == []


def test_native_and_numpy_value():
    variable = keras.Variable([1.0, 2.0])
    assert isinstance(seams.native(variable), tf.Variable)
    value = seams.numpy_value(variable)
    variable.assign([0.0, 0.0])
    np.testing.assert_array_equal(value, [1.0, 2.0])


def test_stale_functions_are_made_anew():
    model = nested()
    model.fit(np.zeros((4, 2)), np.zeros((4, 1)), verbose=0)
    before = model.train_function
    assert before is not None
    seams.trainer_function_is_stale(model)
    model.fit(np.zeros((4, 2)), np.zeros((4, 1)), verbose=0)
    assert model.train_function is not before


def test_own_train_step():
    class Own(keras.Model):
        def train_step(self, batch):
            return {}

    assert seams.uses_own_train_step(Own())
    assert not seams.uses_own_train_step(nested())


def test_sources_that_hold_variables():
    assert seams.holds_variables([keras.Variable(1.0)])
    assert seams.holds_variables({"w": tf.Variable(1.0)})
    assert not seams.holds_variables(tf.constant(1.0))


def test_build_before_training():
    class Lazy(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = layers.Dense(2)

        def call(self, x):
            return self.inner(x)

    model = Lazy()
    model.compile("adam", "mse")
    seams.build_before_training(model, (tf.TensorSpec((None, 3)), tf.TensorSpec((None, 2))))
    assert model.built
    assert model.optimizer.built
    assert len(model.trainable_variables) == 2


def test_pipeline_chain_begins_at_the_source():
    source = tf.data.Dataset.range(4)
    last = source.map(lambda x: x).batch(2)
    chain = seams.pipeline_chain(last)
    assert chain[0] is source
    assert chain[-1] is last
    assert len(chain) == 3


@pytest.mark.parametrize("jit", [False, True])
def test_in_xla(jit):
    found = []

    @tf.function
    def inner():
        found.append(seams.in_xla())

    tf.function(inner, jit_compile=jit)()
    assert set(found) == {jit}


def test_handles_that_a_trace_captures():
    read, assigned, met = tf.Variable([1.0]), tf.Variable(2), []

    @tf.function
    def inner():
        assigned.assign_add(1)
        met.extend(seams.captured_handles(tf.compat.v1.get_default_graph()))
        return read * 2.0

    @tf.function
    def outer():
        return inner()

    outer()
    assert {id(handle) for handle in met} == {id(assigned.handle)}  # the other is read behind it
    assert seams.type_behind(assigned.handle) == tf.int32 and seams.type_behind(tf.constant(1.0)) is None


def test_what_xla_compiles():
    def step():
        return tf.constant(1.0)

    assert [seams.is_compiled(tf.function(step, jit_compile=jit)) for jit in (True, False, None)] == [
        True,
        False,
        False,
    ]
    model = keras.Sequential([layers.Dense(1)])
    model.compile(jit_compile=True)
    assert seams.is_compiled(model)


def test_iterations_are_read_once():
    optimizer = keras.optimizers.Adam()
    weights = [keras.Variable([1.0]), keras.Variable([2.0])]
    optimizer.build(weights)
    kept = optimizer._iterations

    def reads(scope):
        @tf.function
        def update():
            with scope(optimizer):
                optimizer._backend_update_step([tf.ones(1)] * 2, weights, tf.constant(0.1))

        graph = update.get_concrete_function().graph
        handle = next(inner for outer, inner in graph.captures if outer is kept.value.handle)
        return sum(op.type == "ReadVariableOp" and op.inputs[0] is handle for op in graph.get_operations())

    assert reads(lambda _: contextlib.nullcontext()) == 2
    assert reads(seams.iterations_read_once) == 1
    assert optimizer._iterations is kept
    assert optimizer.iterations is kept


def test_iterations_of_a_users_own_optimizer_are_left_alone():
    class Own(keras.optimizers.SGD):
        def update_step(self, gradient, variable, learning_rate):
            seen.append(self.iterations)

    seen = []
    optimizer = Own()
    optimizer.build([keras.Variable([1.0])])

    @tf.function
    def update():
        with seams.iterations_read_once(optimizer):
            optimizer.update_step(None, None, None)

    update()
    assert seen == [optimizer._iterations]


def test_sums_over_replicas():
    assert callable(vars(seams.TFOptimizer)[seams.SUM_OVER_REPLICAS])
    weight, optimizer = keras.Variable([1.0]), keras.optimizers.SGD(0.1)
    optimizer.build([weight])
    found = seams.summed_over_replicas(optimizer, [tf.constant([2.0]), tf.constant(3.0)], [weight])
    assert [float(tf.reduce_sum(each)) for each in found] == [2.0, 3.0]


def test_variables_of_a_first_trace_are_initialised_before_its_first_run():
    assert list(inspect.signature(vars(seams.TraceFunction)[seams.INITIALIZE_MADE]).parameters) == [
        "self",
        "initializers",
    ]


def test_working_optimizers():
    adam, sgd = keras.optimizers.Adam(), keras.optimizers.SGD()
    multi = keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(adam, {"a": sgd}))
    assert seams.dispatches(multi)
    assert not seams.dispatches(adam)
    assert seams.working_optimizers(adam) == [adam]
    assert seams.working_optimizers(None) == []
    assert {id(one) for one in seams.working_optimizers(multi)} == {id(adam), id(sgd)}
    assert seams.working_optimizers(keras.optimizers.LossScaleOptimizer(adam)) == [adam]


def test_replica_context():
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    with seams.replica_context(strategy, 0) as _:
        assert tf.distribute.get_replica_context().replica_id_in_sync_group == 0


def test_names_are_counted_on_from_where_they_are_put_back():
    keras.layers.Dense(1)
    counts = seams.name_counts()
    first = keras.layers.Dense(1).name
    assert first == f"dense_{counts['dense']}" and seams.name_counts() == {**counts, "dense": counts["dense"] + 1}
    seams.set_name_counts(counts)
    assert keras.layers.Dense(1).name == first
    seams.set_name_counts({})
    assert keras.layers.Dense(1).name == "dense"


def test_functions_that_another_one_does_not_call_have_a_twin():
    names = ("maximum", "minimum", "log", "real_div", "exp", "sqrt", "squared_difference")
    assert [len(seams.op_functions(name)) for name in names] == [2, 2, 2, 2, 1, 1, 1]


@pytest.mark.parametrize("name", sorted(logarithms.RULES))
def test_functions_that_are_computed_in_logarithms(name):
    assert seams.op_functions(name)


def test_both_libraries_hide_the_frames_of_folders_that_they_name():
    for module, name in seams.HIDDEN_FRAMES:
        assert all(isinstance(folder, str) for folder in getattr(module, name))
        assert module.include_frame("/home/somebody/train.py")
        assert not module.include_frame(module.__file__)


def test_a_clone_of_a_function_is_traced_anew():
    traces = []

    @tf.function(jit_compile=True)
    def double(x):
        traces.append(x)
        return 2.0 * x

    double(tf.ones(2))
    clone = seams.clone_of(double)
    assert clone is not double and clone(tf.ones(2)).numpy().tolist() == [2.0, 2.0] and len(traces) == 2
    assert seams.is_compiled(clone)


def test_a_fit_trains_on_batches_of_any_iterator():
    """Healing takes the batches itself: `_make_function` has to accept what is no iterator of tf.data's."""
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    train = seams.made_anew(model)
    before = model.get_weights()[0].copy()
    logs = train(iter([(tf.ones((4, 2)), tf.zeros((4, 1)))]))
    assert float(logs["loss"]) >= 0.0 and (model.get_weights()[0] != before).any()
    assert model.train_function is train


def test_a_value_at_hand_is_on_the_host_and_its_size_is_known():
    variable = keras.Variable(np.ones((3, 2), "float16"))
    assert seams.value_now(variable).numpy().tolist() == [[1.0, 1.0]] * 3 and seams.size_of(variable) == 12


class Traced:
    @tf.function
    def step(self, x):
        return x + 1.0


def test_whose_method_a_traced_function_is():
    owner = Traced()
    assert seams.owner_of_method(owner.step) is owner
    owner.step(tf.constant(1.0))
    assert seams.owner_of_method(owner.step) is owner
    assert seams.owner_of_method(tf.function(lambda x: x)) is None
