"""Models that share the input or the last layer of a repaired one are asked, and answer, in the user's units, too."""

import keras
import numpy as np
import pytest
from keras import layers

import autostable
from autostable.records import Verdict

pytestmark = pytest.mark.slow

SPREAD = np.array([900.0, 20.0, 4.0, 300.0, 70.0, 8.0], "float32")


def readings():
    drawn = np.random.default_rng(0)
    return ((drawn.normal(size=(960, 2)) @ drawn.normal(size=(2, 6)) + 4) * SPREAD).astype("float32")


def parts():
    """An autoencoder of two models, one of its layers alone, and models that share an end with each."""
    keras.utils.set_random_seed(0)
    whole = keras.Input((6,))
    encoder = keras.Sequential([keras.Input((6,)), layers.Dense(16, "relu"), layers.Dense(2)], name="encoder")
    decoder = keras.Sequential([keras.Input((2,)), layers.Dense(16, "relu"), layers.Dense(6)], name="decoder")
    return keras.Model(whole, decoder(encoder(whole))), encoder, decoder


def layer_by_layer():
    keras.utils.set_random_seed(0)
    whole, code = keras.Input((6,)), keras.Input((2,))
    inner = layers.Dense(2)
    outer, last = layers.Dense(16, "relu"), layers.Dense(6)
    coded = inner(layers.Dense(16, "relu")(whole))
    return keras.Model(whole, last(outer(coded))), keras.Model(whole, coded), keras.Model(code, last(outer(code)))


@pytest.mark.parametrize("made", [parts, layer_by_layer])
def test_what_shares_an_end_works_in_the_users_units(made, tmp_path):
    x = readings()
    found = []

    def program():
        model, encoder, decoder = made()
        model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "mse")
        model.fit(x, x, epochs=12, batch_size=32, verbose=0)
        found[:] = [model, encoder, decoder]
        encoder.save(tmp_path / "encoder.keras")

    report = autostable.run(program)
    assert report.verdict is Verdict.REPAIRED
    assert {"rescale-inputs", "rescale-targets"} <= {step.name for step in report.plan}
    model, encoder, decoder = found
    answers = model.predict(x, verbose=0)
    assert np.mean(np.abs(answers - x) / SPREAD) < 0.5
    np.testing.assert_allclose(decoder.predict(encoder.predict(x, verbose=0), verbose=0), answers, rtol=1e-4, atol=1e-2)
    codes = encoder.predict(x, verbose=0)
    assert np.abs(codes).max() < 100  # of rows that were rescaled
    loaded = keras.models.load_model(tmp_path / "encoder.keras")
    np.testing.assert_allclose(loaded.predict(x, verbose=0), codes, rtol=1e-4, atol=1e-4)


def test_a_model_of_other_inputs_is_left_alone():
    x = readings()
    found = []

    def program():
        model, *_ = layer_by_layer()
        other = keras.Sequential([keras.Input((6,)), layers.Dense(3, kernel_initializer="ones")])
        model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "mse")
        model.fit(x, x, epochs=12, batch_size=32, verbose=0)
        found.append(other.predict(x[:8], verbose=0))

    assert autostable.run(program).verdict is Verdict.REPAIRED
    np.testing.assert_allclose(found[-1][:, 0], x[:8].sum(axis=1), rtol=1e-5)


def line_of_steps(head):
    """How many steps are left to the end of a line, each of which costs one; what comes next is told by a target network."""
    keras.utils.set_random_seed(0)

    def build():
        return keras.Sequential([keras.Input((6,)), layers.Dense(32, "relu"), layers.Dense(1, activation=head)])

    online, target = build(), build()
    online.compile(keras.optimizers.Adam(0.01), "mse")
    here = np.eye(6, dtype="float32")
    following = np.roll(here, 1, axis=1)
    following[-1] = 0.0
    for _ in range(8):
        target.set_weights(online.get_weights())
        for _ in range(40):
            later = target.predict_on_batch(following) * following.any(axis=1, keepdims=True)
            online.train_on_batch(here, -1.0 + later)
    return online.predict(here, verbose=0)[:, 0]


def test_a_target_network_gets_the_activation_of_the_one_that_is_trained():
    found = []
    report = autostable.run(lambda: found.append(line_of_steps("relu")))
    assert report.verdict is Verdict.REPAIRED
    assert [(step.name, dict(step.parameters)["activations"]) for step in report.plan] == [
        ("fix-output-activation", {"dense_1": "linear"})
    ]
    np.testing.assert_allclose(found[-1], [-6, -5, -4, -3, -2, -1], atol=0.5)
