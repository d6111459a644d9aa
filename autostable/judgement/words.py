"""Rows of words, or of the ids that stand for words: what a plain model is given of them.

The size of an id means nothing, so neither a line nor a threshold finds what a text says; which words are in it does. Weights
are those of the vector space model (term frequency damped by a logarithm, times inverse document frequency, rows of unit
length: G. Salton and C. Buckley, 1988).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autostable.judgement.kinds import Array

FEWEST_COLUMNS = 4  # of ids in a row: fewer are codes of a table
FEWEST_WORDS = 20
MOST_WORDS = 5000  # the most frequent
SHARED = 0.5  # share of what stands in one half of the columns that has to be met in the other, too: one alphabet
_Words = NDArray[Any]


def words_of(part: Any) -> _Words | None:
    """The words of each row (rows, columns) as texts or as ids; None where these are no words.

    Args:
        part: One input of a model, rows first.
    """
    table = np.asarray(part)
    if table.dtype.kind in "OUS":
        texts = table.reshape(len(table), -1)
        return texts if texts.size and isinstance(texts.flat[0], str | bytes) else None
    if table.dtype.kind not in "iuf" or table.ndim != 2 or table.shape[1] < FEWEST_COLUMNS:
        return None
    if not np.isfinite(table).all() or table.min() < 0 or (table != np.round(table)).any():
        return None
    return table.astype(np.int64) if _one_alphabet(table) else None


def _one_alphabet(table: _Words) -> bool:
    """Whether the columns hold the same things: what stands in one of them may stand in any other."""
    one, other = table[:, ::2], table[:, 1::2]
    if len(np.unique(table)) < FEWEST_WORDS:
        return False
    return bool(min(np.isin(one, other).mean(), np.isin(other, one).mean()) >= SHARED)


def weights(words: _Words) -> Array:
    """Weights (rows, at most `MOST_WORDS` words) of what stands in each row, as large as if columns were standardised."""
    from scipy import sparse

    rows, ids = _ids(words)
    if not ids.size:
        return np.zeros((len(words), 0))
    counts = sparse.coo_matrix((np.ones(len(ids)), (rows, ids)), shape=(len(words), int(ids.max()) + 1)).tocsr()
    counts.sum_duplicates()
    met = np.asarray((counts > 0).sum(axis=0)).ravel()
    telling = np.flatnonzero((met > 1) & (met < counts.shape[0]))  # a word of one row tells nothing of another
    telling = np.sort(telling[np.argsort(-met[telling], kind="stable")][:MOST_WORDS])
    some = counts[:, telling].toarray()
    some = np.where(some > 0, 1 + np.log(np.maximum(some, 1)), 0.0) * (np.log(len(some) / met[telling]) + 1)
    length = np.maximum(np.sqrt((some**2).sum(axis=1, keepdims=True)), 1e-300)
    return np.asarray(some / length * np.sqrt(some.shape[1]))


def _ids(words: _Words) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and word, as a number, of each word that there is."""
    if words.dtype.kind not in "OUS":
        _, ids = np.unique(words, return_inverse=True)
        return np.repeat(np.arange(len(words)), words.shape[1]), ids.ravel()
    from sklearn.feature_extraction.text import CountVectorizer

    texts = [
        " ".join(each.decode(errors="replace") if isinstance(each, bytes) else str(each) for each in row)
        for row in words
    ]
    try:
        found = CountVectorizer(token_pattern=r"(?u)\b\w+\b").fit_transform(texts).tocoo()
    except ValueError:  # no word in any row
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    counts = found.data.astype(np.int64)
    return np.repeat(found.row.astype(np.int64), counts), np.repeat(found.col.astype(np.int64), counts)
