"""A mask whose value is also a real reading: told with its line, and given another value, in the model that is saved, too."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

import autostable
from autostable.evidence import MaskFacts
from autostable.records import Code, Verdict
from autostable.setup import Setup
from autostable.training import facts
from autostable.training.install import Installation
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import eagerly, run

BITS = np.array([[0, 1, 0, 0, 1, 0], [1, 0, 1, 1, 0, 0]], "float32")
TOKENS = BITS.astype("int32")


class Valid(layers.Layer):
    """Marks what is not 0 by code of its own."""

    def __init__(self):
        super().__init__(name="mask")
        self.supports_masking = True

    def compute_mask(self, inputs, mask=None):
        return ops.any(ops.not_equal(inputs, 0.0), axis=-1)

    def call(self, inputs):
        return inputs


def sequential(*made, shape=(6, 1), dtype="float32"):
    return keras.Sequential([keras.Input(shape, dtype=dtype), *made, layers.GRU(3), layers.Dense(1)])


def functional(made, shape=(6, 1), dtype="float32"):
    given = keras.Input(shape, dtype=dtype)
    return keras.Model(given, layers.Dense(1)(layers.GRU(3)(made(given))))


class Subclassed(keras.Model):
    def __init__(self, made):
        super().__init__()
        self.mask, self.rnn, self.out = made, layers.GRU(3), layers.Dense(1)

    def call(self, x):
        return self.out(self.rnn(self.mask(x)))


def mask_in(model, x):
    """What the facts say of the layer of this name, by a batch, and by a replayed step."""
    model.compile("sgd", "mse")
    y = np.zeros((len(x), 1), "float32")
    model.evaluate(x, y, verbose=0)
    loss = lambda x, y, said, weight: model.compute_loss(x, y, said, weight)  # noqa: E731
    by_batch, _ = facts.with_activity(facts.model_facts(model), model, (tf.constant(x), tf.constant(y)), loss)
    replay = Replay(updates=False)
    with eagerly():
        run(lambda: model(tf.constant(x), training=True), replay)
    replayed = facts.as_replayed(facts.model_facts(model), model, replay)
    return [next(layer.mask for layer in known.layers if layer.name == "mask") for known in (by_batch, replayed)]


@pytest.mark.slow
@pytest.mark.parametrize("made", [sequential, functional, Subclassed])
def test_steps_between_readings_are_counted(made):
    wanted = MaskFacts(0.0, 7, 3, 5, 0.0, 1.0)
    assert mask_in(made(layers.Masking(name="mask")), BITS[..., None]) == [wanted] * 2
    assert mask_in(made(layers.Embedding(2, 4, mask_zero=True, name="mask")) if made is Subclassed else made(
        layers.Embedding(2, 4, mask_zero=True, name="mask"), shape=(6,), dtype="int32"), TOKENS) == [wanted] * 2  # fmt: skip


@pytest.mark.slow
def test_what_masks_nothing_has_no_mask():
    made = layers.Embedding(2, 4, name="mask")
    assert mask_in(sequential(made, shape=(6,), dtype="int32"), TOKENS) == [None, None]


@pytest.mark.slow
def test_a_mask_of_the_users_own_is_seen_without_its_value():
    assert mask_in(functional(Valid()), BITS[..., None])[0] == MaskFacts(None, 7, 3, 5, 0.0, 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("made", [sequential, functional, Subclassed])
@pytest.mark.parametrize("tokens", [False, True])
def test_nothing_is_masked_under_the_setup_and_in_the_saved_model(made, tokens, tmp_path):
    keras.utils.set_random_seed(0)
    mask = layers.Embedding(2, 4, mask_zero=True, name="mask") if tokens else layers.Masking(name="mask")
    x = TOKENS if tokens else BITS[..., None]
    model = made(mask) if made is Subclassed or not tokens else made(mask, shape=(6,), dtype="uint8")
    before = model.predict(x, verbose=0)
    installed = Installation(model, None)
    installed.put(Setup(mask_values={"mask": None if tokens else -1.0}))
    under = model.predict(x, verbose=0)
    rnn, out = (part for part in model.layers if isinstance(part, layers.GRU | layers.Dense))
    wanted = out(rnn(mask.embeddings.numpy()[x] if tokens else x))
    assert np.allclose(under, wanted, atol=1e-6) and not np.allclose(under, before, atol=1e-6)
    if made is not Subclassed:
        model.save(tmp_path / "saved.keras")
        assert np.array_equal(keras.models.load_model(tmp_path / "saved.keras").predict(x, verbose=0), under)
    installed.take_off()
    assert np.array_equal(model.predict(x, verbose=0), before)


def rhythms(gaps=(2, 6)):
    """Ticks of a contact: a short gap before a long one, or the other way round; as many of each."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 960)
    x = np.zeros((960, 16), "float32")
    for row, kind in zip(x, y, strict=True):
        row[np.cumsum([rng.integers(0, 3), *(gaps if kind else gaps[::-1])]) + np.arange(3)] = 1.0
    return x[..., None], y


def fitted():
    keras.utils.set_random_seed(0)
    x, y = rhythms()
    model = keras.Sequential([keras.Input((16, 1)), layers.Masking(), layers.GRU(12), layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=6, batch_size=32, verbose=0).history["accuracy"][-1]


@pytest.mark.slow
def test_it_is_found_and_cured():
    train = autostable.stabilize(fitted)
    accuracy = train()
    cause = train.report.causes[0]
    assert (train.report.verdict, cause.code) == (Verdict.REPAIRED, Code.EMPTY_MASK)
    assert "layers.Masking()" in cause.site.source and "wrong where it is a reading" in cause.evidence
    assert [(step.name, step.parameters) for step in train.report.plan] == [
        ("unmask-readings", {"values": {"masking": -1.0}})
    ]
    assert accuracy > 0.95


def healthy():
    """Gaps are marked by -1 and masked on purpose, in the middle of rows."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    level = rng.random((960, 1))
    x = (level + rng.random((960, 16))).astype("float32")
    x[rng.random(x.shape) < 0.4] = -1.0
    model = keras.Sequential([keras.Input((16, 1)), layers.Masking(-1.0), layers.GRU(12), layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
    model.fit(x[..., None], level > 0.5, epochs=4, batch_size=32, verbose=0)


@pytest.mark.slow
def test_gaps_that_are_masked_on_purpose_are_no_matter():
    train = autostable.stabilize(healthy)
    train()
    assert (train.report.verdict, train.report.causes, train.report.warnings) == (Verdict.HEALTHY, (), ())
