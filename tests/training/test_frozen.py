"""Layers that are frozen so that nothing can be learnt; a trunk that was trained or loaded before is as it should be."""

import keras
import numpy as np
import pytest
from keras import layers

import autostable
from autostable.evidence import ModelFacts
from autostable.records import Code, Verdict
from autostable.training import created, facts
from autostable.training.patches import Patches

pytestmark = pytest.mark.slow


def data():
    x = np.random.default_rng(0).normal(size=(1500, 16)).astype("float32")
    return x, (np.sin(2 * x[:, 0]) * x[:, 1] + np.sin(2 * x[:, 2]) * x[:, 3] > 0).astype("int32")


def network():
    keras.utils.set_random_seed(0)
    hidden = [layers.Dense(64, "relu"), layers.Dense(64, "relu"), layers.Dense(8, "relu")]
    trunk = keras.Sequential([keras.Input((16,)), *hidden], name="trunk")
    return trunk, keras.Sequential([keras.Input((16,)), trunk, layers.Dense(2, "softmax")])


def fitted(freeze):
    def program():
        trunk, model = network()
        freeze(trunk, model)
        model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
        model.fit(*data(), epochs=30, verbose=0)

    return program


def whole(trunk, model):
    model.trainable = False


def part(trunk, model):
    for layer in trunk.layers:
        layer.trainable = False


def test_a_model_that_is_frozen_is_told_and_nothing_is_tried():
    report = autostable.run(fitted(whole))
    assert (report.verdict, len(report.attempts)) == (Verdict.UNREPAIRED, 1)
    cause = report.causes[0]
    assert cause.code is Code.VANISHING_GRADIENT and cause.evidence.startswith("no weight of the model is trained")
    assert cause.site.source.strip() == "model.trainable = False"


def test_a_trunk_that_is_frozen_as_it_was_drawn_is_told():
    report = autostable.run(fitted(part))
    assert report.verdict is Verdict.UNREPAIRED
    told = {cause.code: cause for cause in report.causes}
    assert Code.LEARNING_RATE_TOO_LOW not in told
    cause = told[Code.VANISHING_GRADIENT]
    assert "at the 5,632 random numbers that initializers have drawn" in cause.evidence
    assert cause.site.source.strip() == "layer.trainable = False"


def tuned():
    """A trunk that was trained first, and a head that learns from it."""
    trunk, model = network()
    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    model.fit(*data(), epochs=40, verbose=0)
    trunk.trainable = False
    head = keras.Sequential([keras.Input((16,)), trunk, layers.Dense(2, "softmax")])
    head.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    head.fit(*data(), epochs=10, verbose=0)


def test_a_trunk_that_was_trained_before_is_not_told():
    report = autostable.run(tuned)
    assert (report.verdict, report.causes, report.warnings) == (Verdict.HEALTHY, (), ())


def facts_of(model):
    described = [facts.LayerFacts(layer.name, type(layer).__name__) for layer in model.layers]
    return facts.with_frozen(ModelFacts(layers=tuple(described)), model, model.trainable_variables)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Dense(8),
        layers.Dense(8, kernel_initializer=keras.initializers.HeNormal(seed=3)),
        layers.Conv1D(8, 3),
        layers.DepthwiseConv1D(3),
        layers.LSTM(8),
        layers.Bidirectional(layers.GRU(8)),
    ],
    ids=lambda layer: layer.name,
)
def test_what_an_initializer_has_drawn_is_known_until_it_changes(layer):
    layer.trainable = False
    model = keras.Sequential([keras.Input((6, 4)), layer, layers.Flatten(), layers.Dense(1, name="head")])
    found = facts_of(model)
    matrices = [weight for weight in layer.weights if "bias" not in weight.path]
    assert found.layers[0].as_drawn and found.layers[0].frozen == sum(int(np.prod(each.shape)) for each in matrices)
    assert found.trained == sum(int(np.prod(each.shape)) for each in model.layers[-1].weights)
    assert not found.layers[-1].frozen
    matrices[-1].assign_add(np.full(matrices[-1].shape, 1e-3, "float32"))  # trained, or loaded
    assert not facts_of(model).layers[0].as_drawn


def test_nothing_is_drawn_that_would_draw_otherwise_next_time():
    seed = keras.random.SeedGenerator(1)
    layer = layers.Dense(8, kernel_initializer=keras.initializers.GlorotUniform(seed=seed))
    layer.trainable = False
    model = keras.Sequential([keras.Input((4,)), layer])
    before = np.array(seed.state)
    assert not facts_of(model).layers[0].as_drawn
    assert np.array_equal(before, np.array(seed.state))


def test_the_line_that_froze_a_layer():
    patches = Patches()
    created.record(patches)
    try:
        trunk, _ = network()
        trunk.trainable = False  # frozen here
        made = layers.Dense(
            3,
            trainable=False,
        )
        assert created.frozen_site(trunk.layers[0]).source == "trunk.trainable = False  # frozen here"
        assert created.frozen_site(made).source.strip() == "trainable=False,"
        assert not trunk.layers[0].trainable and trunk.layers[0].kernel.trainable is False
        trunk.trainable = True
        assert trunk.layers[0].trainable and trunk.layers[0].kernel.trainable
    finally:
        patches.undo()


def test_whether_a_layer_is_trained_is_a_property_of_its_class_itself():
    assert isinstance(vars(keras.layers.Layer)["trainable"], property)
