"""Inputs that were read with their bytes in the wrong order, put right at the model's boundary or where they are decoded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.evidence import MisreadFacts
from autostable.records import Code, Verdict
from autostable.setup import Affine, InputKnobs, Setup
from autostable.training import data, install, pipelines, saving
from autostable.training.audit import audit
from autostable.training.examine.glance import Glance

RNG = np.random.default_rng(0)
STEPS = np.arange(60)


def waves(count: int = 600) -> tuple[Any, Any]:
    """Sound of two kinds."""
    kind = RNG.integers(0, 2, count)
    pitch = np.where(kind, 0.09, 0.03)[:, None] * RNG.uniform(0.95, 1.05, (count, 1))
    sound = 3000 * np.sin(2 * np.pi * STEPS * pitch + RNG.uniform(0, 6, (count, 1)))
    return sound + RNG.normal(0, 100, (count, 60)), kind


X, Y = waves()


def records(stored: str) -> tf.data.Dataset:
    """Sound and its kind, of raw bytes as they were stored, decoded the last byte first."""
    held = [row.astype(stored).tobytes() for row in X]

    def parse(raw: Any, kind: Any) -> Any:
        return tf.reshape(tf.cast(tf.io.decode_raw(raw, tf.int16), tf.float32), (60,)) / 3000.0 - 1.0, kind

    return tf.data.Dataset.from_tensor_slices((held, Y)).map(parse)


def under(knobs: InputKnobs) -> tuple[keras.Model, install.Installation]:
    model = keras.Sequential([keras.Input((60,)), layers.Dense(3)])
    installation = install.Installation(model, None)
    installation.put(Setup(inputs=(knobs,)), retrace=False)
    return model, installation


@pytest.mark.parametrize(
    ("given", "swapped"),
    [
        (X.astype("f4").byteswap(), ("float32", 1.0)),
        (X.astype("i2").byteswap().astype("f4"), ("int16", 1.0)),
        (X.astype("i2").byteswap(), ("int16", 1.0)),
        ((X.astype("i2").byteswap() / 32768).astype("f4"), ("int16", 32768.0)),
    ],
)
def test_the_model_is_given_what_was_stored_in_memory_and_in_a_file(given: Any, swapped: Any, tmp_path: Path) -> None:
    unit = 3000.0 / swapped[1]
    model, installation = under(InputKnobs(swapped=swapped, rescale=Affine((0.0,), (unit,))))
    stored = X.astype(swapped[0]) / swapped[1]
    told, predicted = np.asarray(model(given)), model.predict(given, verbose=0)
    saving.portable(model).save(tmp_path / "model.keras")
    installation.take_off(retrace=False)
    expected = np.asarray(model((stored / unit).astype("f4")))
    np.testing.assert_allclose(told, expected, atol=1e-4)
    np.testing.assert_allclose(predicted, expected, atol=1e-4)
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict(given, verbose=0), expected, atol=1e-4)


def test_what_was_rounded_since_is_left_alone() -> None:
    model, installation = under(InputKnobs(swapped=("float64", 1.0)))
    told = np.asarray(model(X.astype("f4")))
    installation.take_off(retrace=False)
    np.testing.assert_array_equal(told, np.asarray(model(X.astype("f4"))))


@pytest.mark.parametrize("look", [audit, Glance().at])
@pytest.mark.parametrize("rows", [100, 4000])
def test_an_audit_says_what_the_numbers_are(look: Any, rows: int) -> None:
    values = np.tile(X.astype("i2"), (8, 1))[:rows]
    assert look("x", values).misread is None
    found = look("x", values.byteswap().astype("f4")).misread
    assert (found.stored, found.divisor, found.decoded) == ("int16", 1.0, False)
    assert -3500 < min(found.facts.low) < max(found.facts.high) < 3500


def test_a_pipeline_that_decodes_the_wrong_way_round_is_known() -> None:
    wrong, right = records(">i2").batch(50), records("<i2").batch(50)
    assert pipelines.decoded(wrong) == ("int16",)
    for dataset, stored in ((wrong, "int16"), (right, None)):
        given = data.arrays(data.read(dataset)[0])  # type: ignore[index]
        (facts,) = data.decoded_otherwise(dataset, given, (audit("x", given[0]),))  # type: ignore[arg-type]
        assert (facts.misread and facts.misread.stored) == stored
        assert facts.misread is None or isinstance(facts.misread, MisreadFacts) and facts.misread.decoded


def test_whoever_reads_a_pipeline_is_given_the_other_order_while_the_plan_is_on() -> None:
    wrong, right = records(">i2").batch(50), records("<i2").batch(50)
    _model, installation = under(InputKnobs())
    before = vars(tf.data.Dataset)["__iter__"]
    for setup, dataset in ((Setup(), right), (Setup(decoded_swapped="int16"), wrong)):
        installation.put(setup, retrace=False)
        first = next(iter(dataset))[0].numpy()
        np.testing.assert_allclose(first, X[:50].astype("i2") / 3000.0 - 1.0, atol=1e-5)
    installation.put(Setup(decoded_swapped="float32"), retrace=False)  # nothing is decoded as that
    assert not np.allclose(next(iter(wrong))[0], first)
    installation.take_off(retrace=False)
    assert vars(tf.data.Dataset)["__iter__"] is before
    assert not np.allclose(next(iter(wrong))[0], first)


def trained(dataset: tf.data.Dataset) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((60,)), layers.Reshape((60, 1)), layers.Conv1D(8, 9, activation="relu"),
         layers.GlobalMaxPooling1D(), layers.Dense(1, "sigmoid")]
    )  # fmt: skip
    model.compile(keras.optimizers.Adam(1e-2), "binary_crossentropy")
    model.fit(dataset.batch(30), epochs=6, verbose=0)
    return model


@pytest.mark.slow
@pytest.mark.parametrize(("stored", "verdict"), [(">i2", Verdict.REPAIRED), ("<i2", Verdict.HEALTHY)])
def test_a_training_on_misread_sound_is_repaired(stored: str, verdict: Verdict, stories: Any) -> None:
    (story,) = stories(lambda: trained(records(stored)), repair=True)
    assert story.verdict is verdict
    assert [step.name for step in story.plan] == ["swap-bytes"][: verdict is Verdict.REPAIRED]
    assert [cause.code for cause in (*story.causes[:1], *story.warnings)] == (
        [Code.DATA_UNSCALED_INPUTS] if verdict is Verdict.REPAIRED else []
    )
