"""What passes without a word in Keras, told as a warning of a healthy training: figures, and no verdict."""

import keras
import numpy as np
import pytest
from keras import layers

import autostable
from autostable.records import Code, Verdict
from autostable.training import created, seams
from autostable.training.patches import Patches

pytestmark = pytest.mark.slow


def rows(count=600):
    return np.random.default_rng(0).normal(size=(count, 4)).astype("float32")


def fitted(y, units, activation, loss, x=None, **given):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(16, "relu"), layers.Dense(units, activation)])
    model.compile(keras.optimizers.Adam(0.01), loss)
    model.fit(rows() if x is None else x, y, epochs=10, verbose=0, **given)


def told(program):
    report = autostable.run(program)
    assert report.verdict is Verdict.HEALTHY
    return {warning.evidence: warning for warning in report.warnings}


def signs_of(x):
    return (x[:, 0] > 0).astype("int32")


def split(ordered):
    def program():
        x = rows()
        x = x[np.argsort(x[:, 0])] if ordered else x
        fitted(signs_of(x), 2, "softmax", "sparse_categorical_crossentropy", x, validation_split=0.3)

    return program


def test_validation_rows_of_one_class_are_told():
    ((said, warning),) = told(split(True)).items()
    assert said.startswith("all 180 validation labels are 1, of the rows that are trained on 27% are: ")
    assert warning.code is Code.LABELS_SUSPICIOUS and "model.fit(" in warning.site.source


def test_validation_rows_of_all_classes_are_not():
    assert told(split(False)) == {}


def few():
    x = rows()
    fitted(signs_of(x), 2, "softmax", "sparse_categorical_crossentropy", x, validation_data=(x[:1], signs_of(x)[:1]))


def test_few_validation_rows_may_be_of_one_class_by_chance():
    assert told(few) == {}


def weighed(several):
    def program():
        x = rows()
        flags = (x > (0.0 if several else x.max(axis=1, keepdims=True) - 1e-6)).astype("float32")
        loss = "binary_crossentropy" if several else "categorical_crossentropy"
        fitted(flags, 4, "sigmoid" if several else "softmax", loss, x, class_weight={0: 1.0, 1: 2.0, 2: 1.0, 3: 1.0})

    return program


def test_class_weights_of_rows_with_several_classes_are_told():
    ((said, warning),) = told(weighed(True)).items()
    assert said.startswith(
        "class_weight weighs each row by one class, the first that it has; these rows have 1.9 of 4 classes"
    )
    assert "model.fit(" in warning.site.source


def test_class_weights_of_rows_with_one_class_are_not():
    assert told(weighed(False)) == {}


def columned(missing):
    def program():
        x = rows()
        labels = (x[:, 0] > 0).astype("int32") + (x[:, 0] > 1)
        labels[:missing] = -1
        fitted(keras.utils.to_categorical(labels, 3), 3, "softmax", "categorical_crossentropy", x)

    return program


def test_class_numbers_below_zero_that_became_the_last_class_are_told():
    ((said, warning),) = told(columned(20)).items()
    assert said == (
        "to_categorical was given 20 class numbers below 0 of 600 (down to -1), and counts them from the end: -1 is class 2 now"
    )
    assert "to_categorical(labels, 3)" in warning.site.source


def test_class_numbers_from_zero_on_are_not():
    assert told(columned(0)) == {}


def test_what_to_categorical_gives_is_what_it_gave():
    assert len(seams.class_columns()) == 3
    plain = keras.utils.to_categorical([0, 2, -1], 3)
    patches = Patches()
    created.record(patches)
    try:
        assert np.array_equal(keras.utils.to_categorical([0, 2, -1], 3), plain)
        assert [(each.count, each.of, each.least, each.classes) for each in created.negatives()] == [(1, 3, -1, 3)]
        keras.utils.to_categorical(np.array([0, 2]))
        assert len(created.negatives()) == 1
    finally:
        patches.undo()
    assert np.array_equal(plain[-1], [0, 0, 1])
