"""Figures of a row as a whole tell trees what stands at no place of it."""

from __future__ import annotations

import numpy as np
import pytest

from autostable.judgement.kinds import Kind
from autostable.judgement.reference import Model, reference
from autostable.judgement.summaries import MOST_CHANNELS, summaries

DRAWN = np.random.default_rng(0)
LABELS = DRAWN.integers(0, 3, 600)


def rhythms() -> np.ndarray:
    """Windows of 48 steps that differ by their rhythm, from any phase on."""
    steps = np.arange(48)[None, :]
    pace = np.array([0.4, 0.8, 1.3])[LABELS][:, None]
    waves = np.sin(pace * steps + DRAWN.uniform(0, 2 * np.pi, (600, 1))) + DRAWN.normal(0, 0.5, (600, 48))
    return waves[..., None]


def clouds() -> np.ndarray:
    """Points that differ by how they lie, somewhere in a country."""
    spread = np.array([1.0, 2.0, 4.0])[LABELS][:, None, None]
    return DRAWN.normal(size=(600, 32, 3)) * spread + DRAWN.uniform(3e5, 4e5, (600, 1, 3))


def textures() -> np.ndarray:
    """Pictures that differ by how coarse they are."""
    noise = DRAWN.normal(size=(600, 16, 16))
    coarse = (noise + np.roll(noise, 1, axis=1) + np.roll(noise, 1, axis=2)) / 3**0.5
    return np.where((LABELS == 0)[:, None, None], coarse, noise)[..., None]


@pytest.mark.parametrize("made", [rhythms, clouds])
def test_what_stands_at_no_place_is_found(made) -> None:
    x = made()
    at_places = reference(Kind.CLASS, x.reshape(len(x), -1), LABELS[:, None], Model.RIDGE)
    whole = summaries(x)
    assert whole is not None and np.isfinite(whole).all()
    found = reference(Kind.CLASS, whole, LABELS[:, None], Model.SUMMARIES)
    assert at_places is not None and not at_places.sure
    assert found is not None and found.sure and found.skill > 0.5


def test_a_texture_is_found() -> None:
    whole = summaries(textures())
    assert whole is not None
    found = reference(Kind.CLASS, whole, (LABELS == 0)[:, None].astype(int), Model.SUMMARIES)
    assert found is not None and found.skill > 0.9


def test_where_there_is_nothing_nothing_is_found() -> None:
    whole = summaries(rhythms()[DRAWN.permutation(600)])
    assert whole is not None
    found = reference(Kind.CLASS, whole, LABELS[:, None], Model.SUMMARIES)
    assert found is not None and not found.sure


@pytest.mark.parametrize("shape", [(20, 5), (20, 7, 3), (20,)])
def test_a_table_and_a_few_steps_have_no_form(shape) -> None:
    assert summaries(np.zeros(shape)) is None


def test_figures_are_finite_and_bounded_in_number() -> None:
    x = np.zeros((4, 16, 100), "float32")
    x[1] = 3e38
    found = summaries(x)
    assert found is not None and np.isfinite(found).all()
    one = summaries(x[..., :1])
    assert one is not None and found.shape[1] == MOST_CHANNELS * one.shape[1]
    assert summaries(np.full((4, 16, 2), "word")) is None


def test_the_figures_of_a_row_are_these() -> None:
    ramp = np.arange(12.0)
    z = (ramp - 5.5) / ramp.std()
    left = [sum(z[at] * z[at + lag] for at in range(12 - lag)) / (12 - lag) for lag in (1, 2, 4, 8)]
    shares = [(place - 5.5) / ramp.std() for place in (1.1, 2.75, 5.5, 8.25, 9.9)]
    found = summaries(ramp[None, :, None])
    assert found is not None and found.shape == (1, 13)
    np.testing.assert_allclose(found[0], [5.5, ramp.std(), -5.5, 5.5, *shares, *left], atol=1e-12)


def test_a_form_has_as_many_steps_as_the_longest_course_that_is_looked_at() -> None:
    assert summaries(np.zeros((20, 7, 3))) is None
    known = summaries(np.zeros((20, 8, 3)))
    assert known is not None and known.shape == (20, 3 * 12)  # nothing is left of a course after all of its steps


def test_of_many_channels_some_are_looked_at() -> None:
    found = summaries(np.zeros((2, 12, 100)))
    assert found is not None and found.shape == (2, 16 * 13)


def test_a_table_has_no_steps_however_wide() -> None:
    assert summaries(np.zeros((20, 50))) is None and summaries(np.zeros((20, 50, 1))) is not None
