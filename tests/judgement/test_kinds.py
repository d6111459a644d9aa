"""What targets are, and outputs as scores of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from autostable.judgement.kinds import Kind, are_shares, one_length, scores_of, targets_of, what_kind

rng = np.random.default_rng(0)
marks = np.array([0.0, 1, 1, 0, 1, 0])
labels = np.array([0, 1, 2, 0, 1, 2])
numbers = rng.normal(size=(6, 2))


@pytest.mark.parametrize(
    ("targets", "outputs", "kind"),
    [
        (labels, np.zeros((6, 3)), Kind.CLASS),
        (labels[:, None], np.zeros((6, 4)), Kind.CLASS),
        (labels, np.zeros((6, 2)), None),  # a label without an output
        (labels - 1, np.zeros((6, 3)), None),
        (labels, np.zeros((6, 1)), Kind.NUMBER),
        (np.eye(3)[labels], np.zeros((6, 3)), Kind.CLASS),
        (np.array([[1, 1], [0, 1], [0, 0]]), np.zeros((3, 2)), Kind.NUMBER),  # several labels a row
        (marks, np.zeros((6, 1)), Kind.CLASS),
        (marks, np.zeros(6), Kind.CLASS),
        (2 * marks - 1, np.zeros(6), Kind.NUMBER),
        (marks.astype(bool), np.zeros(6), Kind.CLASS),
        (numbers, np.zeros((6, 2)), Kind.NUMBER),
        (numbers, np.zeros((6, 3)), None),
        (numbers, np.zeros((5, 2)), None),
        (np.zeros((6, 1)), np.zeros((6, 1)), None),  # a dummy target
        (np.zeros((6, 4, 3)), np.zeros((6, 4, 3)), None),
        (np.zeros((6, 4)), np.zeros((6, 4, 3)), None),  # sequences of labels
        (np.array([1.0, math.nan]), np.zeros(2), None),
        (np.array(["a", "b"]), np.zeros(2), None),
        (np.float64(1), np.zeros(1), None),
    ],
)
def test_what_kind(targets: np.ndarray, outputs: np.ndarray, kind: Kind | None) -> None:
    assert what_kind(targets, outputs) is kind


def test_an_autoencoder_has_no_kind() -> None:
    assert what_kind(numbers, numbers, inputs=numbers) is None
    assert what_kind(numbers, numbers, inputs=numbers + 1) is Kind.NUMBER


def test_targets_in_one_form() -> None:
    assert targets_of(Kind.CLASS, np.eye(3)[labels])[:, 0].tolist() == labels.tolist()
    assert targets_of(Kind.CLASS, labels).shape == (6, 1)
    assert targets_of(Kind.NUMBER, numbers) is not None and targets_of(Kind.NUMBER, numbers).shape == (6, 2)


def test_scores() -> None:
    p = np.array([[0.2], [0.9]])
    two = scores_of(Kind.CLASS, p)
    assert (two[:, 1] - two[:, 0]) == pytest.approx(np.log([0.25, 9.0]))
    assert scores_of(Kind.CLASS, [[-2.0], [3.0]])[:, 1].tolist() == [-1.0, 1.5]
    assert scores_of(Kind.CLASS, [[0.5, 0.5], [1.0, 0.0]])[0] == pytest.approx(np.log([0.5, 0.5]))
    assert scores_of(Kind.NUMBER, [1.0, 0.5]).tolist() == [[1.0], [0.5]]
    assert np.isfinite(scores_of(Kind.CLASS, [[0.0], [1.0]])).all()


def test_vectors_of_one_length_are_no_scores_of_classes() -> None:
    """An embedding of 4 places for labels of 3 classes; shares that are as good as sure have that length, too."""
    drawn = np.random.default_rng(0).normal(size=(30, 4))
    places, labels = drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.arange(30) % 3
    assert what_kind(labels, places) is None
    assert what_kind(labels, places.astype("float16")) is None
    assert what_kind(labels, drawn) is Kind.CLASS
    assert what_kind(labels, np.eye(4)[labels]) is Kind.CLASS
    assert what_kind(labels, np.ones((30, 4))) is Kind.CLASS, "all the same: it has learnt nothing"


@pytest.mark.parametrize(("targets", "outputs", "kind"), [
    (marks, np.zeros((6, 2)), Kind.CLASS),
    (rng.normal(size=(6, 4, 3)), np.zeros((6, 4, 3)), None),  # sequences
    (np.arange(200), np.zeros((200, 200)), Kind.CLASS),
    (np.arange(201), np.zeros((201, 201)), None),
    (np.eye(200), np.zeros((200, 200)), Kind.CLASS),
    (np.eye(201), np.zeros((201, 201)), Kind.NUMBER),
])  # fmt: skip
def test_what_kind_at_the_borders(targets: np.ndarray, outputs: np.ndarray, kind: Kind | None) -> None:
    assert what_kind(targets, outputs) is kind


@pytest.mark.parametrize(("outputs", "shares"), [
    ([[0.5, 0.5]], True),
    ([0.5, 0.5], False),  # of no rows
    ([[1.0], [1.0]], False),  # of nothing else
    ([[0.5, 0.5009]], True),
    ([[0.5, 0.5011]], False),
])  # fmt: skip
def test_shares_of_one_whole(outputs: list[float], shares: bool) -> None:
    assert are_shares(np.array(outputs)) is shares


@pytest.mark.parametrize(("outputs", "length"), [
    ([[0.6, 0.8], [1.0, 0.0]], 1.0),
    ([1.0, -1.0], None),
    ([[1.0], [-1.0]], None),
    ([[1.0, 0.0], [0.0, 1.0019]], 1.00095),
    ([[1.0, 0.0], [0.0, 1.0022]], None),
])  # fmt: skip
def test_vectors_of_one_length(outputs: list[float], length: float | None) -> None:
    assert one_length(np.array(outputs)) == (None if length is None else pytest.approx(length))


def test_scores_at_the_borders() -> None:
    assert targets_of(Kind.CLASS, np.eye(2)).tolist() == [[0.0], [1.0]]
    assert scores_of(Kind.CLASS, [[1.01], [0.5]])[:, 1].tolist() == [0.505, 0.25]  # no shares
    assert scores_of(Kind.CLASS, [[1.00005], [0.5]])[:, 1] == pytest.approx([math.log(1e6) / 2, 0.0], abs=1e-6)
    assert scores_of(Kind.CLASS, [[0.0, 1.0]]) == pytest.approx(np.array([[math.log(1e-6), 0.0]]))
