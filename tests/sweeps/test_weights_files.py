"""A repaired model's setup goes with its weights."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from autostable.setup import Affine, InputKnobs, Setup
from autostable.training import install, weights_files

pytestmark = pytest.mark.slow
SETUP = Setup(
    inputs=(InputKnobs(rescale=Affine((3.0,), (2.0,))),), targets=(Affine((10.0,), (5.0,)),),
    activations={"hidden": "tanh"},
)  # fmt: skip


def model(names=("hidden", "out")):
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, activation="relu", name=names[0])])
    made.add(keras.layers.Dense(1, name=names[1]))
    return made


@pytest.fixture
def following():
    weights_files.follow()
    yield
    weights_files.leave()


def test_put_back_on_a_model_built_anew(tmp_path, following):
    x = np.random.default_rng(0).normal(size=(5, 2)).astype("float32")
    repaired = model()
    install.Installation(repaired, None).put(SETUP)
    wanted = repaired.predict(x, verbose=0)
    path = tmp_path / "checkpoint.weights.h5"
    repaired.save_weights(path)
    for names in (("hidden", "out"), ("dense_7", "dense_8")):
        again = model(names)
        again.load_weights(path)
        assert again.predict(x, verbose=0) == pytest.approx(wanted)


def test_weights_of_a_model_as_it_is(tmp_path, following):
    path = tmp_path / "checkpoint.weights.h5"
    first, plain = model(), model()
    installation = install.Installation(first, None)
    installation.put(SETUP)
    first.save_weights(path)
    assert weights_files.sidecar(path).exists()
    plain.load_weights(path)
    assert install.setup_on(plain) == SETUP
    installation.take_off()
    first.save_weights(path)
    assert not weights_files.sidecar(path).exists()
    plain.load_weights(path)
    assert install.setup_on(plain) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"schema": "autostable/weights-1", "la', "Unterminated string starting at line 1, column 36"),
        ("[]", "it is no autostable/weights-1"),
        ('{"schema": "autostable/weights-1", "layers": [], "setup": 3}', "it holds no setup"),
        (
            '{"schema": "autostable/weights-1", "layers": [], "setup": {"activations": {"hidden": "nonesuch"}}}',
            "what it holds cannot be put on this model",
        ),
    ],
)
def test_sound_weights_beside_a_damaged_file_are_loaded_with_a_word(text, told, tmp_path, following):
    path = tmp_path / "checkpoint.weights.h5"
    saved, loaded = model(), model()
    saved.save_weights(path)
    weights_files.sidecar(path).write_text(text)
    with pytest.warns(UserWarning) as said:
        loaded.load_weights(path)
    (warning,) = said
    assert told in str(warning.message)
    assert "The weights are loaded without it." in str(warning.message)
    assert warning.filename == __file__
    for ours, theirs in zip(loaded.get_weights(), saved.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert install.setup_on(loaded) is None


def test_nothing_is_left_of_it():
    before = keras.Model.save_weights, keras.Model.load_weights
    weights_files.follow()
    weights_files.leave()
    assert (keras.Model.save_weights, keras.Model.load_weights) == before
