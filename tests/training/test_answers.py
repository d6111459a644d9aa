"""How far the answers of a model lie apart."""

import pytest

from autostable.training.fits.answers import collapsed


@pytest.mark.parametrize(
    ("began", "ended", "told"),
    [((1.0,), (0.0101,), False), ((1.0,), (0.0099,), True), ((1.0,), (0.0,), True), ((0.0,), (0.0,), False),
     ((1.0, 2.0), (1.0, 0.0), True), ((), (), False), ((1.0,), (float("nan"),), False)],
)  # fmt: skip
def test_answers_have_come_together_where_a_hundredth_of_their_spread_is_left(began, ended, told):
    assert collapsed(began, ended) is told
