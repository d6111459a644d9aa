"""How the figure of a loss is written."""

import math

import pytest

from autostable.figures import loss_figure
from autostable.records import Attempt, Verdict
from autostable.report import chart, ending, words
from tests import samples


@pytest.mark.parametrize(
    ("value", "said"),
    [(4.0861e28, "4.086e+28"), (0.12345, "0.1235"), (2.3, "2.3"), (None, "-"), (math.nan, "nan"), (math.inf, "inf")],
)
def test_four_digits(value, said):
    assert loss_figure(value) == said


def test_one_loss_is_one_number_in_ending_show_and_page():
    attempt = Attempt((), "baseline", "unstable", 4, 1.0, 2.0, 4.0861e28, curve=(2.0, 4.0861e28))
    report = samples.Report(Verdict.UNREPAIRED, {}, attempts=(attempt,))
    told = [ending.worth_words(report, attempt), words.loss_words(attempt), words.number(attempt.loss_last)]
    assert all("4.086e+28" in each for each in told)
    assert "loss 4.086e+28" in chart.drawn(chart.curves(report))
