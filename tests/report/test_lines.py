from __future__ import annotations

import dataclasses

import pytest

from autostable.report import concise, github, words
from tests import samples


def test_concise_is_one_line_a_cause() -> None:
    assert concise.render(samples.repaired).splitlines() == [
        "train.py:8: unsafe-log: the argument of log is 0 in 3 of 32 rows; the loss is inf there "
        "(repaired by epsilon-loss + rescale-inputs)",
        "train.py:12: possible: learning-rate-too-high: the first update changed the weights by 41 % of their norm",
        "train.py: warning: data-outliers: x has 2 entries beyond 1000 times its 99th percentile",
    ]
    assert concise.render(samples.unrepaired).endswith("in 48 % of the pairs (unrepaired)\n")


def test_concise_without_causes() -> None:
    assert concise.render(samples.healthy) == "train.py: healthy: learning is slow; slow is not sick\n"
    report = dataclasses.replace(samples.unrepaired, causes=())
    assert concise.render(report).startswith("package.train: unrepaired: by step 499 (epoch 4)")


def test_github_commands() -> None:
    first, second, third = github.render(samples.repaired).splitlines()
    assert first.startswith("::warning file=train.py,line=8,title=autostable%3A unsafe-log::the argument of log")
    assert "%0Atrain.py --epochs 5: A gradient became" in first
    assert second.startswith("::notice file=train.py,line=12,")
    assert "41 %25 of their norm" in second
    assert third.startswith("::warning title=autostable%3A data-outliers::x has")
    assert github.render(samples.unrepaired).startswith("::error title=autostable%3A labels-suspicious::")
    assert github.render(samples.failed).startswith("::error title=autostable%3A failed::train.py: The script")
    assert github.render(samples.healthy).startswith("::notice ")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (9.96, "10 s"), (83.4, "83 s"), (125, "2 min 5 s"), (7260, "2 h 1 min")]
)
def test_seconds(seconds: float, text: str) -> None:
    assert words.seconds_words(seconds) == text


def test_headlines() -> None:
    assert words.headline(samples.healthy) == "Nothing is wrong with this training; nothing was changed."
    assert words.headline(samples.unrepaired).endswith("None of the 3 attempts held.")
    checked = dataclasses.replace(samples.unrepaired, attempts=samples.unrepaired.attempts[:1], causes=())
    assert words.headline(checked).endswith("the cause was not found. Nothing was changed.")
    assert "by itself" in words.headline(samples.failed)
