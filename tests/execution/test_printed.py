from __future__ import annotations

import dataclasses

import pytest

from autostable.execution.printed import LOSS, compared, figures
from autostable.execution.supervisor import scale_of
from autostable.records import Attempt, Figure, Learning, Verdict
from autostable.story import Story

NAN = float("nan")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("test R2 0.985\n", [("test R2 #|0", 0.985)]),
        ("loss: 1.5e-3, accuracy: 0.5\n", [("loss: #, accuracy: #|0", 0.0015), ("loss: #, accuracy: #|1", 0.5)]),
        ("rows 1,024\n", [("rows #|0", 1024.0)]),
        ("loss nan\n", [("loss #|0", pytest.approx(NAN, nan_ok=True))]),
        ("\x1b[1m10/10\x1b[0m ━━━━ 0s 3ms/step - loss: 0.5\n", []),
        ("it took 3.5 s\n", []),
        ("score 0.9 /tmp/autostable-patched-ab3s/out\n", [("score #|0", 0.9)]),
        ("done in 12s\n", []),
        ("saved to runs/model_3.keras\n", []),
        ("Epoch 3/10\n", []),
        ("layer1 x2\n", []),
        ("v1.2.3\n", []),
    ],
)
def test_figures_of_a_line(text: str, found: list[tuple[str, float]]) -> None:
    assert figures(text) == found


def test_the_last_of_several_alike_counts_and_only_what_both_print() -> None:
    """A baseline that failed has printed, too; the patched program has none."""
    alone = "test R2 0.98\nonly here 3\n"
    repaired = "test R2 -3.0\nonly there 4\ntest R2 0.985\n"
    assert compared((alone, []), (repaired, [])) == (Figure("test R2", 0.98, 0.985, True),)


@pytest.mark.parametrize(
    ("alone", "repaired", "holds"),
    [
        (0.91, 0.92, True),
        (0.335, 0.92, False),
        (12.0, 10.0, True),
        (13.0, 10.0, False),
        (NAN, 0.3, False),
        (NAN, NAN, True),
    ],
)
def test_five_points_or_a_quarter(alone: float, repaired: float, holds: bool) -> None:
    (figure,) = compared((f"score {alone}", []), (f"score {repaired}", []))
    assert figure.holds is holds


@pytest.mark.parametrize(
    ("alone", "repaired", "holds"),
    [(0.1, 1.0, True), (1.2, 1.0, True), (1.3, 1.0, False), (-9.0, -10.0, True), (NAN, 1.0, False)],
)
def test_a_loss_may_be_lower(alone: float, repaired: float, holds: bool) -> None:
    assert compared(("", [9.0, alone]), ("", [7.0, repaired])) == (Figure(LOSS, alone, repaired, holds),)  # fmt: skip


def test_a_loss_that_is_next_to_nothing_may_be_twice_as_high() -> None:
    """Of seven classes a constant gets 1.95; both have learnt all of it."""
    alone, repaired = ("", [0.0148]), ("", [0.0113])
    assert not compared(alone, repaired)[0].holds
    assert compared(alone, repaired, scale=1.95)[0].holds
    assert not compared(("", [0.3]), repaired, scale=1.95)[0].holds


def test_another_draw_may_differ_twice_as_much() -> None:
    alone, repaired = ("score 0.93", [1.4]), ("score 0.85", [1.0])
    assert [figure.holds for figure in compared(alone, repaired)] == [False, False]
    assert [figure.holds for figure in compared(alone, repaired, other_seed=True)] == [True, True]


def test_another_draw_with_a_much_lower_loss_has_other_figures() -> None:
    """Nobody knows which way a figure is better; a loss is better where it is lower."""
    alone, repaired = ("error 0.1", [0.2]), ("error 0.7", [1.0])
    assert [figure.holds for figure in compared(alone, repaired, other_seed=True)] == [True, True]
    assert [figure.holds for figure in compared(alone, repaired)] == [True, False]


def test_several_figures_of_a_line_have_the_words_before_them() -> None:
    line = "loss: 0.5, accuracy: 0.9"
    assert [figure.name for figure in compared((line, []), (line, []))] == ["loss", "accuracy"]


def test_the_scale_of_a_loss_is_that_of_a_constant_or_where_it_began() -> None:
    probe = Attempt((), "probe", "stable", 9, 1.0, loss_first=7.0)
    full = Attempt((), "full", "stable", 90, 1.0, loss_first=3.0)
    judged = dataclasses.replace(full, learning=Learning("healthy", "learnt", constant=2.0))
    failed = Attempt((), "full", "unstable", 9, 1.0, loss_first=5.0)
    story = Story(0, "fit", Verdict.REPAIRED, attempts=(full, probe, failed))
    assert scale_of([story]) == 3.0
    assert scale_of([story, dataclasses.replace(story, number=1, attempts=(judged, probe))]) == 2.0
    assert scale_of([dataclasses.replace(story, attempts=(probe, failed))]) == 0.0


def test_a_line_of_more_than_200_characters_shows_no_figure() -> None:
    assert figures("x" * 198 + " 3") == [("x" * 198 + " #|0", 3.0)]
    assert figures("x" * 199 + " 3") == []
