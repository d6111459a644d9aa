"""Curves as drawings."""

from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ET

from autostable.report import chart
from autostable.report.chart import Curve, axis_of
from autostable.sweeps import parallel
from tests import samples

SLOW = Curve(
    4, "full, rate x0.1: stable", "good", tuple((step, 10.0 / step) for step in (1, 10, 100, 1000)), None, True
)
WILD = Curve(0, "first run <as it is>: unstable", "bad", ((1, 2.0), (2, 1e30)), 3.0, True)


def texts(drawing: str) -> list[str]:
    return [text for _, text in re.findall(r"<text([^>]*)>([^<]*)</text>", drawing)]


def test_a_drawing_is_valid_and_says_what_it_shows() -> None:
    drawing = chart.drawn([SLOW, WILD])
    root = ET.fromstring(drawing)
    assert root.get("aria-label") == "Loss over steps of 2 attempts" and root.get("class") == "chart wide"
    assert "bad step 3" in texts(drawing) and "step (logarithmic)" in texts(drawing)
    assert "<title>4: step 100, loss 0.1</title>" in drawing and "&lt;as it is&gt;" in drawing


def test_what_ran_away_does_not_press_the_others_flat() -> None:
    drawing = chart.drawn([SLOW, WILD])
    points = re.findall(r'<g class="curve good strong"><polyline points="([^"]*)"', drawing)[0].split()
    places = [float(point.split(",")[1]) for point in points]
    assert max(places) - min(places) > 150  # of the 270 that there are


def test_without_a_finite_loss_there_is_nothing_to_draw() -> None:
    assert chart.drawn([]) == ""
    assert chart.drawn([Curve(0, "", "bad", (), 0.0)]) == ""


def test_axes() -> None:
    few = axis_of([1.0, 3.0], 100.0, 0.0, whole=False)
    assert not few.logarithmic and few.place(0.0) == 100.0 and few.place(9.0) == 0.0
    decades = axis_of([1.0, 10000.0], 0.0, 400.0, whole=True)
    assert decades.logarithmic and [text for _, text in decades.ticks(6)] == ["1", "10", "100", "1,000", "1e4"]
    assert decades.place(100.0) == 200.0
    assert axis_of([5.0, 5.0], 0.0, 100.0, whole=False).place(5.0) == 50.0


def test_the_curves_of_a_report() -> None:
    broken = dataclasses.replace(samples.BASELINE, curve=(2.5, float("nan")), steps=4)
    held = dataclasses.replace(samples.repaired.attempts[4], curve=(2.0, 0.5), steps=500)
    first, last = chart.curves(dataclasses.replace(samples.repaired, attempts=(broken, held)))
    assert (first.tone, first.points, first.broke, first.strong) == ("bad", ((2, 2.5),), 3.0, True)
    assert (last.tone, last.points, last.broke) == ("good", ((250, 2.0), (500, 0.5)), None)
    assert last.label == "full, log bound 1e-07 + x scaled: stable"


HEALED = dataclasses.replace(
    samples.healed,
    attempts=(dataclasses.replace(samples.healed.attempts[0], curve=tuple(2.0 - k / 100 for k in range(100))),),
)


def test_a_healed_run_has_a_tick_for_each_intervention_and_nothing_that_broke() -> None:
    (curve,) = chart.curves(HEALED)
    assert (curve.broke, curve.tone, curve.label) == (None, "good", "first run, healed while it went on: stable")
    assert curve.points[-1][0] == 500  # of the 544 that were trained, 44 were trained once more
    assert curve.marks[1] == (40.0, "batch 40 left out (row 1203 of the data)")
    drawing = chart.drawn([curve])
    ET.fromstring(drawing)
    assert drawing.count('<path class="heal"') == 4 and "cross" not in drawing and "bad step" not in drawing
    said = re.findall(r'<text class="heal"[^>]*>([^<]*)<title>', drawing)
    assert said == [
        "15: back to batch 0, and on", "40: batch 40 left out (row 1203 of the data)",
        "90: back to batch 64; rate times 0.5 for...", "200: back to batch 200; learning rate tim...",
    ]  # fmt: skip
    assert "<title>step 90: back to batch 64; rate times 0.5 for a while</title>" in drawing


def test_words_that_have_no_room_are_told_where_one_points() -> None:
    (curve,) = chart.curves(dataclasses.replace(HEALED, interventions=samples.INTERVENTIONS[1:2] * 20))
    drawing = chart.drawn([curve], 360, 300, kind="narrow")
    assert drawing.count('<path class="heal"') == 20 and drawing.count('<text class="heal"') < 7


def test_ticks_stand_on_the_curve_of_their_training() -> None:
    second = tuple(dataclasses.replace(each, training=1) for each in samples.INTERVENTIONS[:1])
    attempts = (*HEALED.attempts, dataclasses.replace(HEALED.attempts[0], steps=500))
    first, healed = chart.curves(dataclasses.replace(HEALED, attempts=attempts, interventions=second))
    assert (first.marks, len(healed.marks), healed.points[-1][0]) == ((), 1, 484)


def test_a_training_that_was_started_over_after_all_broke() -> None:
    over = dataclasses.replace(samples.repaired, interventions=samples.INTERVENTIONS)
    broken = dataclasses.replace(samples.BASELINE, curve=(2.5, float("nan")), steps=4)
    (curve, *_) = chart.curves(dataclasses.replace(over, attempts=(broken, *over.attempts[1:])))
    assert (curve.broke, curve.marks) == (3.0, ())


def test_configurations_of_one_kind_of_value_each() -> None:
    configs = [{"rate": 10.0**-place, "units": 8 * place, "kind": "relu<"} for place in range(1, 9)]
    lines = [parallel.Line(config, "said", None if place % 2 else place, True, 0.5 + place) for place, config in
             enumerate(configs)]  # fmt: skip
    drawing = parallel.drawn(lines, ["rate", "units", "kind"], "loss", 900, 300, "wide")
    ET.fromstring(drawing)
    assert drawing.count("<polyline") == 8 and "relu&lt;" in texts(drawing) and "loss (score)" in texts(drawing)
    assert parallel.drawn(lines, [], "loss", 900, 300, "wide") == ""
