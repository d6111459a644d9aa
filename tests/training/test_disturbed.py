"""Layers that change rows at random: measured by what a plain model tells behind them, weakened where they leave nothing."""

import keras
import numpy as np
import pytest
from keras import layers

import autostable
from autostable.judgement.calibrated import Calibrated
from autostable.judgement.kinds import Kind
from autostable.judgement.reference import Model, Reference, tells_as_much
from autostable.records import Code, Verdict
from autostable.setup import Setup
from autostable.training.examine.disturbed import LEFT, disturbed
from autostable.training.examine.rows import Rows
from autostable.training.install import Installation

pytestmark = pytest.mark.slow


def sides(rows=600, seed=0):
    """Pictures with a bright column on the left or on the right."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    x = rng.normal(0, 0.3, (rows, 8, 8, 1))
    x[np.arange(rows), :, np.where(y, 6, 1), 0] += 1
    return x.astype("float32"), y


def halves(rows=600):
    """Pictures whose upper or lower half is bright: which it is does not change in a mirror."""
    x, y = sides(rows)
    return x.transpose(0, 2, 1, 3), y


def model_of(*before, width=8):
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [keras.Input((8, 8, 1)), *before, layers.Conv2D(width, 3, activation="relu"), layers.Flatten(), layers.Dense(2)]
    )


def looked(model, x, y):
    return {each.name: each for each in disturbed(model, Rows(x, y, None, 32))}


def test_a_mirror_leaves_nothing_of_sides():
    found = looked(model_of(layers.RandomFlip("horizontal", name="mirror")), *sides())["mirror"]
    assert found.told > 0.9 and found.left < 0.1
    assert (found.kind, found.mode, found.destroys, found.spared) == ("RandomFlip", "horizontal", True, (True,))


def test_a_mirror_leaves_all_of_halves():
    found = looked(model_of(layers.RandomFlip("horizontal", name="mirror")), *halves())["mirror"]
    assert found.told > 0.9 and found.left > 0.9 and not found.destroys and found.spared == ()


def test_a_noise_beyond_the_spread_is_told_with_what_would_do():
    x, y = sides()
    found = looked(model_of(layers.GaussianNoise(1.0, name="noise")), x * 0.01, y)["noise"]
    assert found.destroys and found.settings == (("stddev", (1.0,)),)
    assert found.spared == (False, True, True) and found.kept < 0.01  # a tenth is too much still


def test_a_noise_that_is_to_be_taken_away_again_is_left_alone():
    x = sides()[0].reshape(-1, 64)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((64,)), layers.GaussianNoise(1.0), layers.Dense(8), layers.Dense(64)])
    assert looked(model, x, x) == {}


def test_heavy_dropout_of_a_wide_table_leaves_most_of_what_it_tells():
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(600, 3))
    x = (hidden @ rng.normal(size=(3, 200)) + rng.normal(size=(600, 200))).astype("float32")
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((200,)), layers.Dropout(0.8, name="drop"), layers.Dense(2)])
    found = looked(model, x, (hidden[:, 0] > 0).astype(int))["drop"]
    assert found.told > 0.5 and not found.destroys


@pytest.mark.parametrize(("share", "destroys"), [(0.20, True), (0.26, True), (0.44, False), (0.6, False)])
def test_next_to_nothing_is_about_a_third(share, destroys):
    def of(skill):
        rows = Calibrated(Kind.NUMBER, skill, 0.0, np.zeros((50, 1)), np.full(50, 1 - skill), np.ones(50))
        return Reference(Kind.NUMBER, Model.RIDGE, skill, 0.0, np.zeros((50, 1)), True, rows)

    assert tells_as_much(of(share * 0.8), of(0.8), LEFT) is not destroys


def test_layers_behind_weights_are_left_alone():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(4), layers.Dropout(0.99), layers.Dense(2)]
    )
    assert looked(model, *sides()) == {}


@pytest.mark.parametrize(
    ("layer", "settings", "expected"),
    [
        (layers.RandomRotation(0.35), {"factor": 0.05}, {"factor": (-0.05, 0.05)}),
        (layers.RandomBrightness((-30, 30)), {"factor": [-0.1, 0.1]}, {"factor": (-0.1, 0.1)}),
        (
            layers.RandomZoom(0.5, 0.4),
            {"height_factor": 0.05, "width_factor": 0.04},
            {"height_upper": 0.05, "width_upper": 0.04},
        ),
        (layers.GaussianNoise(0.5), {"stddev": 0.0}, {"stddev": 0.0}),
        (layers.RandomFlip(), {"mode": "vertical"}, {"mode": "vertical"}),
    ],
)
def test_a_layer_is_set_as_one_that_was_made_so_and_set_back(layer, settings, expected):
    before = layer.get_config()
    installation = Installation(model_of(layer), None)
    installation.put(Setup(disturbances={layer.name: settings}))
    assert {name: getattr(layer, name) for name in expected} == expected
    config = layer.get_config()
    assert {name: config[name] for name in settings} != {name: before[name] for name in settings}
    installation.take_off()
    assert layer.get_config() == before


def test_a_layer_that_is_switched_off_leaves_rows_as_they_are():
    x, _ = sides(40)
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.RandomFlip("horizontal", name="mirror")])
    installation = Installation(model, None)
    assert not np.array_equal(model(x, training=True), x)
    installation.put(Setup(disturbances={"mirror": {}}))
    assert np.array_equal(model(x, training=True), x)
    installation.take_off()
    assert not np.array_equal(model(x, training=True), x)


def fitted(*before, data=sides, validated=False, epochs=8):
    def train():
        (x, y), (x_new, y_new) = data(), sides(300, 1)
        model = model_of(*before)
        model.compile(
            keras.optimizers.Adam(5e-3),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )
        new = (x_new, y_new) if validated else None
        model.fit(x, y, batch_size=32, epochs=epochs, validation_data=new, verbose=0)
        return float(np.mean(np.argmax(model.predict(x_new, verbose=0), axis=1) == y_new))

    return train


@pytest.mark.parametrize("validated", [True, False])
def test_sides_in_a_mirror_are_repaired(validated):
    train = autostable.stabilize(seed=0)(fitted(layers.RandomFlip("horizontal", name="mirror"), validated=validated))
    value = train()
    assert (train.report.verdict, train.report.causes[0].code) == (Verdict.REPAIRED, Code.LABELS_SUSPICIOUS)
    assert [(step.name, step.parameters) for step in train.report.plan] == [
        ("weaken-augmentation", {"layers": {"mirror": {}}})
    ]
    assert value > 0.95
    kept_back = any("kept back" in note for note in train.report.notes)
    assert kept_back is not validated  # rows that were trained on say nothing of learning by heart


def test_halves_in_a_mirror_are_left_alone():
    train = autostable.stabilize(seed=0)(fitted(layers.RandomFlip("horizontal"), data=halves))
    train()
    assert train.report.verdict is Verdict.HEALTHY and not train.report.plan
