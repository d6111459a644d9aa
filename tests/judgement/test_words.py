"""What a plain model is given of words: which rows hold any, and what it finds in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autostable.judgement import words
from autostable.judgement.kinds import Kind
from autostable.judgement.reference import Model, reference

RNG = np.random.default_rng(0)
ROWS = 400
LABELS = RNG.integers(0, 2, ROWS)
IDS = RNG.integers(1, 300, (ROWS, 12))
IDS[:, :3] = 300 + 40 * LABELS[:, None] + RNG.integers(0, 40, (ROWS, 3))  # three words of the row's own kind
IDS = np.stack([RNG.permutation(row) for row in IDS])
TEXTS = np.array([" ".join(f"w{word}," for word in row) for row in IDS], dtype=object)


def alphabets(shared: float) -> Any:
    """Two columns of each of two alphabets; so many of what stands in either half are words of both."""
    own = np.arange(400).reshape(100, 4) + 1000
    own[: round(100 * shared)] = np.arange(4 * round(100 * shared)).reshape(-1, 4) % 7
    return own


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (IDS, True),
        (IDS.astype("float32"), True),
        (TEXTS, True),
        (TEXTS.astype(str)[:, None], True),
        (np.char.encode(TEXTS.astype(str)), True),
        (IDS - 1000, False),
        (IDS + 0.5, False),
        (np.where(IDS[0, 0] == IDS, np.nan, IDS), False),
        (IDS[:, :3], False),  # codes of a table
        (IDS[:, :4], True),
        (IDS % 19, False),  # as few as of classes
        (IDS % 20, True),
        (alphabets(0.45), False),
        (alphabets(0.55), True),
        (IDS + 1000 * np.arange(12), False),  # each column has an alphabet of its own
        (IDS[..., None], False),
        (np.array([1, None, "a"], dtype=object), False),
    ],
)
def test_which_inputs_are_words(part: Any, expected: bool) -> None:
    assert (words.words_of(part) is not None) is expected


def test_the_size_of_an_id_means_nothing_and_which_it_is_does() -> None:
    y = LABELS[:, None].astype(float)
    by_size = [reference(Kind.CLASS, IDS.astype(float), y, Model.RIDGE)]
    by_word = [reference(Kind.CLASS, words.words_of(part), y, Model.WORDS) for part in (IDS, TEXTS)]  # type: ignore[arg-type]
    assert [each is not None and each.sure for each in by_size] == [False]
    assert [each is not None and each.sure and each.skill > 0.8 for each in by_word] == [True, True]


def test_shuffled_labels_are_not_found_in_words() -> None:
    other = RNG.permutation(LABELS)[:, None].astype(float)
    found = reference(Kind.CLASS, words.words_of(IDS), other, Model.WORDS)  # type: ignore[arg-type]
    assert found is not None and not found.sure


def test_weights_are_of_rows_of_one_length_and_of_words_that_may_tell() -> None:
    table = np.array([[1, 2, 2, 2], [1, 3, 3, 4], [1, 2, 5, 6]])
    weights = words.weights(table)
    assert weights.shape == (3, 1)  # 1 is everywhere, 3 to 6 in one row: only 2 tells rows from each other
    assert weights[:, 0].tolist() == pytest.approx([1.0, 0.0, 1.0])
    assert words.weights(np.array(["", " "], dtype=object)[:, None]).shape == (2, 0)


def test_ridge_is_the_same_by_rows_and_by_columns() -> None:
    x, y = RNG.normal(size=(40, 30)), RNG.normal(size=(40, 1))
    wide = np.concatenate([x, np.zeros((40, 30))], axis=1)  # more columns than rows, and nothing in them
    from autostable.judgement.plain_models import _ridge

    one, other = _ridge(Kind.NUMBER, x, y), _ridge(Kind.NUMBER, wide, y)
    assert one.singly == pytest.approx(other.singly, abs=1e-3)
    assert one.in_blocks == pytest.approx(other.in_blocks, abs=1e-3)


@pytest.mark.parametrize(("count", "kept"), [(4999, 4999), (5000, 5000), (5001, 5000)])
def test_no_more_words_are_weighed_than_these(count: int, kept: int) -> None:
    table = np.stack([np.arange(count), np.arange(count), np.full(count, -1), np.full(count, -2)])
    assert words.weights(table).shape == (4, kept)


def test_weights_are_those_of_the_vector_space_model() -> None:
    """A logarithm of how often, times one of how rarely; rows of one length."""
    found = words.weights(np.array([[0, 1, 1, 1], [0, 2, 2, 9], [2, 1, 8, 9]]))
    often, rare = 1 + np.log([1, 2, 3]), 1 + np.log(3 / 2)
    rows = (
        np.array([[often[0], often[2], 0, 0], [often[0], 0, often[1], often[0]], [0, often[0], often[0], often[0]]])
        * rare
    )
    np.testing.assert_allclose(found, rows / np.linalg.norm(rows, axis=1, keepdims=True) * 2)
