"""What counts of a target: no label that is ignored, no row or step of weight 0. Arrays, no training."""

import functools

import keras
import numpy as np
import pytest
from keras import layers

from autostable.judgement import levels, signal
from autostable.training import compiled_losses, counted
from autostable.training.audit import audit
from autostable.training.examine import model_loss
from autostable.training.examine.glance import Glance
from autostable.training.examine.model_loss import ModelLoss
from autostable.training.examine.rows import Rows

SPARSE = keras.losses.SparseCategoricalCrossentropy


class Mine(SPARSE):
    """A subclass of the user's."""


def model(*losses):
    inputs = keras.Input((2,))
    outputs = [layers.Dense(3, name=f"o{place}")(inputs) for place in range(max(1, len(losses)))]
    made = keras.Model(inputs, outputs)
    made.compile("sgd", losses[0] if len(losses) == 1 else {f"o{at}": loss for at, loss in enumerate(losses)})
    return made


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([SPARSE(ignore_class=255)], (255,)),
        ([SPARSE(ignore_class=0)], (0,)),
        ([Mine(ignore_class=-1)], (-1,)),
        ([SPARSE()], (None,)),
        (["sparse_categorical_crossentropy"], (None,)),
        ([SPARSE(ignore_class=-1), "mse"], (-1, None)),
        (["mse", SPARSE(ignore_class=7)], (None, 7)),
    ],
)
def test_the_label_that_each_loss_ignores(losses, expected):
    assert compiled_losses.ignored_labels(model(*losses)) == expected


def test_one_loss_for_several_outputs_and_none_at_all():
    several = model("mse", "mse")
    several.compile("sgd", SPARSE(ignore_class=3))
    assert compiled_losses.ignored_labels(several) == (3, 3)
    bare = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    assert compiled_losses.ignored_labels(bare) == ()


@pytest.mark.parametrize(
    ("target", "ignored", "weight", "expected"),
    [
        ([0, 1, 2], None, None, None),
        ([0, 1, 2], 9, [1.0, 2.0, 0.5], None),
        ([0, 1, 255], 255, None, [True, True, False]),
        ([[0], [1], [255]], 255, None, [True, True, False]),
        ([0, 1, 2], None, [1.0, 0.0, 1.0], [True, False, True]),
        ([0, 1, 255], 255, [1.0, 0.0, 1.0], [True, False, False]),
        ([[0, -1], [1, 1]], -1, None, [[True, False], [True, True]]),
        ([[-1, -1], [1, 1]], -1, None, [False, True]),  # whole rows
        ([[0, -1], [1, 1]], -1, [1.0, 0.0], [[True, False], [False, False]]),
        ([[0, 2], [1, 1]], None, [[1.0, 0.0], [1.0, 1.0]], [[True, False], [True, True]]),
        ([[0.5, 2.0], [1.0, 1.0]], None, [[1.0], [0.0]], [True, False]),
    ],
)
def test_what_counts_of_a_target(target, ignored, weight, expected):
    found = counted.labels(np.array(target), ignored, None if weight is None else np.array(weight))
    assert (found if found is None else found.tolist()) == expected


def test_rows_that_count_for_any_of_several_targets():
    one, other = np.array([True, False, False]), np.array([[False, False], [True, False], [False, False]])
    assert counted.rows([one, other]).tolist() == [True, True, False]
    assert counted.rows([one, None]) is None
    assert counted.rows([]) is None


def test_weights_of_each_output_by_itself():
    two = model(SPARSE(ignore_class=-1), "mse")
    y = {"o0": np.array([0, -1, 1]), "o1": np.array([[1.0], [2.0], [9e9]])}
    masks = counted.targets(two, y, {"o0": np.ones(3), "o1": np.array([1.0, 1.0, 0.0])})
    assert [mask.tolist() for mask in masks] == [[True, False, True], [True, True, False]]
    masks = counted.targets(two, y, np.array([0.0, 1.0, 1.0]))  # one for both
    assert [mask.tolist() for mask in masks] == [[False, False, True], [False, True, True]]


@pytest.mark.parametrize("look", [audit, Glance().at, Glance(most=100).at], ids=["audit", "glance", "a few"])
def test_the_numbers_of_what_counts_and_the_gaps_of_all(look):
    table = np.arange(30.0).reshape(10, 3)
    table[3] = 1e6, np.nan, 1e6
    table[8, 0] = np.inf
    rows = np.ones(10, bool)
    rows[3] = False
    found, plain = counted.counting_alone(look, rows)("y", table), look("y", table)
    assert (found.shape, found.rows_read, found.rows_counted, found.left_out) == ((10, 3), 10, 9, 3)
    assert (found.nan, found.inf, found.bad_rows, found.bad_columns) == (1, 1, (3, 8), (0, 1))
    assert max(found.high) == 29.0 and max(plain.high) == 1e6


def test_places_of_outliers_are_those_in_the_whole_array():
    table = np.random.default_rng(0).normal(size=(200, 2))
    table[:50], table[120, 1] = 1e9, 1e10
    rows = np.arange(200) >= 50
    (found,) = counted.counting_alone(audit, rows)("x", table).outliers
    assert found == (120, 1, 1e10)


def test_labels_of_pixels_are_pooled():
    labels = np.array([[[0, 255], [1, 2]], [[255, 255], [2, 2]]])
    found = counted.counting_alone(audit, labels != 255)("y", labels)
    assert (found.shape, found.low, found.high, found.left_out) == ((2, 2, 2), (0.0,), (2.0,), 3)
    assert found.classes == ((0.0, 1), (1.0, 1), (2.0, 3))


def test_where_nothing_counts_there_is_nothing_to_say():
    found = counted.counting_alone(audit, np.zeros(4, bool))("y", np.array([7, 7, 7, np.nan]))
    assert (found.rows_counted, found.low, found.nan, found.left_out) == (0, (), 1, 4)


def test_of_a_large_array_evenly_spaced_rows_are_copied(monkeypatch):
    monkeypatch.setattr(counted, "MOST_ENTRIES", 100)
    values, rows = np.arange(1000.0), np.arange(1000) % 2 == 0
    seen = []
    found = counted.counting_alone(lambda name, array: seen.append(len(array)) or audit(name, array), rows)("y", values)
    assert (seen, found.rows_counted, found.left_out) == ([1000, 50], 500, 500)


@pytest.mark.parametrize(
    ("weight", "by_class", "expected"),
    [
        (None, None, None),
        (None, {0: 1.0, 1: 3.0}, None),  # none of which is 0
        (None, {0: 0.0, 1: 3.0}, [0.0, 3.0, 1.0]),
        ([1.0, 1.0, 1.0], {0: 0.0}, [1.0, 1.0, 1.0]),
    ],
)
def test_class_weights_stand_for_weights(weight, by_class, expected):
    found = counted.weighed(np.array([0, 1, 2]), weight, by_class)
    assert (found if found is None else list(found)) == expected


def answers(x, y, weight=None, ignored=None, masked=False):
    """A model's own loss of answers that are its inputs: logits of two classes, at one place or at several."""
    inputs = keras.Input(x.shape[1:])
    outputs = layers.Masking(-77.0)(inputs) if masked else inputs
    made = keras.Model(inputs, layers.Activation("linear")(outputs))
    made.compile("sgd", SPARSE(from_logits=True, ignore_class=ignored))
    return ModelLoss(
        made, Rows(x, y, weight), functools.partial(model_loss.loss_of, made), places=[0], by_row=True, seconds=9.0
    )


def far_off_where_nothing_counts(shape, share, value):
    """Logits that tell nothing of labels drawn at random; where nothing counts they are as sure as can be."""
    drawn = np.random.default_rng(0)
    x, y, hidden = drawn.normal(size=(*shape, 2)), drawn.integers(0, 2, shape), drawn.random(shape) < share
    x[hidden] = value
    return x.astype("float32"), y, hidden


@pytest.mark.parametrize("shape", [(400,), (200, 6), (100, 4, 4)], ids=["rows", "steps", "pixels"])
@pytest.mark.parametrize("way", ["ignored", "weight", "mask"])
def test_what_a_network_says_where_nothing_counts_is_no_signal(shape, way):
    if way == "mask" and len(shape) != 2:
        pytest.skip("only steps are masked")
    x, y, hidden = far_off_where_nothing_counts(shape, 0.3, -77.0 if way == "mask" else (-40.0, 40.0))
    if way == "mask":  # what pads the labels is the rarer class, and the answers know that
        y = np.where(np.random.default_rng(1).random(shape) < 0.9, 1, 0)
        x[~hidden] += np.array([-1.0, 1.0], "float32")
    given = {
        "ignored": {"y": np.where(hidden, 7, y), "ignored": 7},
        "weight": {"y": y, "weight": np.where(hidden, 0.0, 1.0).astype("float32")},
        "mask": {"y": np.where(hidden, 0, y), "masked": True},
    }[way]
    loss = answers(x, **given)
    found = signal.permutation(loss.shuffled(0), len(loss.counting(0)))
    assert abs(found.z) < levels.SIGNAL and not found.passes
    known = ~hidden
    logits = x - np.logaddexp(x[..., :1], x[..., 1:])
    own = -np.take_along_axis(logits, y[..., None], -1)[..., 0]
    wanted = np.where(known, own, 0.0).sum() / (known.size if way == "weight" else known.sum())
    assert loss.true(0) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("shape", [(400,), (200, 6)], ids=["rows", "steps"])
def test_what_is_told_where_labels_count_is_signal(shape):
    x, y, hidden = far_off_where_nothing_counts(shape, 0.3, (-40.0, 40.0))
    x[~hidden] += 2.0 * np.eye(2, dtype="float32")[y[~hidden]]
    loss = answers(x, np.where(hidden, 7, y), ignored=7)
    found = signal.permutation(loss.shuffled(0), len(loss.counting(0)))
    assert found.passes and found.z > levels.SIGNAL


def test_one_answer_for_all_is_moved_by_nothing_however_labels_are_strewn():
    x, y, hidden = far_off_where_nothing_counts((200, 6), 0.3, (0.0, 0.0))
    x[:] = np.float32(0.5)
    loss = answers(x, np.where(hidden, 7, y), ignored=7)
    assert signal.permutation(loss.shuffled(0), len(loss.counting(0))).moves_nothing
