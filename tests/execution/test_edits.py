"""The diffs of a plan, and what becomes of them where a remedy is at fault."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from autostable import registry
from autostable.evidence import ArrayFacts, Course, Evidence, ModelFacts
from autostable.execution.edits import edits_of
from autostable.patch import write_edits
from autostable.records import Remedy, Site, Symptom, Verdict
from autostable.story import Story


def repaired(number: int, *plan: Remedy, rate: float | None = 7.0) -> Story:
    """A training whose optimizer is made in line 1 and that is fitted in line 2."""
    model = ModelFacts(
        "model", (), optimizer="SGD", loss="mean_squared_error", learning_rate=rate,
        optimizer_site=Site(file="train.py", line=1),
        fit_site=Site(file="train.py", line=2),
    )  # fmt: skip
    evidence = Evidence(Symptom("nonfinite", 3), targets=(ArrayFacts("y", (9, 1), "float32", 9),), model=model)
    return Story(number, "fit", Verdict.REPAIRED, plan=plan, evidence=evidence)


def placed(story: Story, made: int, fit: int) -> Story:
    """The same training of a program in which other lines make the optimizer and fit."""
    assert story.evidence is not None
    sites = {"optimizer_site": Site(file="train.py", line=made), "fit_site": Site(file="train.py", line=fit)}
    model = dataclasses.replace(story.evidence.model, **sites)
    return dataclasses.replace(story, evidence=dataclasses.replace(story.evidence, model=model))


def lower(factor: float) -> Remedy:
    return Remedy("lower-learning-rate", {"factor": factor})


def rescaled(center: float, scale: float) -> Remedy:
    return Remedy("rescale-targets", {"targets": [{"center": [center], "scale": [scale]}]})


HEALTHY = Story(9, "fit", Verdict.HEALTHY)


def after(tmp_path: Path, program: str, *stories: Story) -> tuple[str, tuple[str, ...]]:
    """The program with the edits in it, and the notes."""
    (tmp_path / "train.py").write_text(program)
    edits, notes = edits_of(stories, tmp_path)
    write_edits(edits, tmp_path)
    return (tmp_path / "train.py").read_text(), notes


def test_a_number_that_depends_on_a_hyperparameter_stays_and_is_told(tmp_path: Path) -> None:
    program = "def build(hp): return SGD(hp.Float('lr', 1e-4, 10))\ntuner.search(x, y)\n"
    text, notes = after(tmp_path, program, repaired(0, lower(0.1)), HEALTHY)
    assert text == program
    (note,) = notes
    assert note.startswith(
        "lower-learning-rate has no source edit at train.py:1: `hp.Float('lr', 1e-4, 10)` depends on hp"
    )
    assert note.endswith("(SGD.learning_rate=0.7 held).")


BUILD = """\
def build(hp):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(SGD(hp.Float('lr', 1e-4, 10)), "mse")
    return model
tuner.search(x, y, validation_data=(x, z))
"""


def test_what_is_right_for_all_trials_is_written_beside_what_is_not(tmp_path: Path) -> None:
    plan = rescaled(3.0, 2.0), lower(0.1), Remedy("clip-gradients", {"global_clipnorm": 1.0})
    stories = [placed(repaired(0, *plan), 3, 5), placed(repaired(1, rescaled(3.0, 2.0)), 3, 5)]
    text, notes = after(tmp_path, BUILD, *stories)
    assert "SGD(hp.Float('lr', 1e-4, 10), global_clipnorm=1.0)" in text
    assert text.count("class InTargetUnits(keras.layers.Layer):\n") == 1
    assert "    model = keras.Sequential([model, InTargetUnits()])\n    model.compile(SGD(" in text
    assert notes[1:] == ("The source edits are a part of the plan, which was found and tried as a whole.",)


def test_what_became_a_comment_only_is_told(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("opt = SGD()\nmodel.fit(dataset)\n")
    (edit,), notes = edits_of([repaired(0, rescaled(3.0, 2.0))], tmp_path)
    assert (
        "\n+# TODO(autostable): train on (target - 3.0) / 2.0, and map predictions back: prediction * 2.0 + 3.0;"
        in edit.diff
    )
    assert not edit.complete
    assert notes[0] == (
        "rescale-targets has no source edit at train.py:2: it is not clear where the model is built; "
        "a comment there says what to do."
    )


def test_an_edit_that_does_all_of_a_plan_is_complete(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("opt = SGD(7.0)\nmodel.fit(x, y)\n")
    (edit,), notes = edits_of([repaired(0, lower(0.1))], tmp_path)
    assert edit.complete and notes == ()


def test_a_remedy_that_says_nothing_of_the_source_makes_the_edit_incomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "train.py").write_text("opt = SGD(7.0)\nmodel.fit(x, y)\n")
    monkeypatch.setattr(type(registry.remedy("clip-gradients")), "edit", lambda self, parameters, evidence: ())
    plan = lower(0.1), Remedy("clip-gradients", {"global_clipnorm": 1.0})
    (edit,), notes = edits_of([repaired(0, *plan)], tmp_path)
    assert not edit.complete
    assert notes[0] == "clip-gradients has no source edit."
    assert edits_of([repaired(0, plan[1])], tmp_path) == ((), ("clip-gradients has no source edit.",))
    assert edits_of([HEALTHY], tmp_path) == ((), ())


def test_of_several_strengths_at_one_place_the_strongest_is_written(tmp_path: Path) -> None:
    program = "opt = SGD(7.0)\nmodel.fit(x, y)\n"
    stories = [repaired(number, lower(factor)) for number, factor in enumerate((0.1, 0.01, 0.03))]
    assert after(tmp_path, program, *stories) == ("opt = SGD(0.07)\nmodel.fit(x, y)\n", ())


def test_a_warm_up_ends_at_the_rate_that_the_rest_of_the_plan_left(tmp_path: Path) -> None:
    program = "import keras\nmodel.fit(x, y)\nopt = SGD(7.0)\n"
    story = repaired(0, Remedy("warm-up-learning-rate", {"steps": 20}), lower(0.1))
    assert story.evidence is not None
    model = dataclasses.replace(story.evidence.model, optimizer_site=Site(file="train.py", line=3))
    evidence = dataclasses.replace(story.evidence, model=model, course=Course(full=100))
    text, _ = after(tmp_path, program, dataclasses.replace(story, evidence=evidence))
    assert "SGD(keras.optimizers.schedules.PolynomialDecay(0.0, 20, end_learning_rate=0.7))" in text


def test_two_remedies_that_contradict_each_other_at_one_place_leave_it(tmp_path: Path) -> None:
    program = "opt = SGD(7.0)\nmodel.fit(x, y)\n"
    higher = Remedy("raise-learning-rate", {"factor": 10.0})
    text, notes = after(tmp_path, program, repaired(0, lower(0.1)), repaired(1, higher))
    assert text == program
    assert notes == (
        "lower-learning-rate has no source edit at train.py:1: its trainings need different values, 0.7 or 70.0.",
    )


FOLDS = """\
for fold in folds:
    opt = SGD(7.0)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(opt, "mse")
    model.fit(x[fold], y[fold])
"""


def folds(*plans: Remedy | None) -> list[Story]:
    return [
        dataclasses.replace(HEALTHY, number=number) if plan is None else placed(repaired(number, plan), 2, 5)
        for number, plan in enumerate(plans)
    ]


def test_folds_whose_targets_are_alike_are_rescaled_once(tmp_path: Path) -> None:
    text, notes = after(tmp_path, FOLDS, *folds(rescaled(3.0, 2.0), rescaled(3.1, 2.1)))
    assert "        center, scale = 3.0, 2.0\n" in text
    assert text.count("scale = 3.0") + text.count("scale = 3.1") == 1
    assert notes == ()


@pytest.mark.parametrize("other", [None, rescaled(3000.0, 2000.0)])
def test_numbers_of_one_training_s_data_are_not_written_for_others(other: Remedy | None, tmp_path: Path) -> None:
    text, notes = after(tmp_path, FOLDS, *folds(rescaled(3.0, 2.0), other))
    assert text == FOLDS
    assert len(notes) == 1
    assert "its numbers are those of one training's data" in notes[0]


def test_a_remedy_whose_edit_fails_leaves_a_note_and_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("opt = SGD()\nmodel.fit(x, y)\n")
    remedy = registry.remedy("clip-gradients")
    monkeypatch.setattr(type(remedy), "edit", lambda self, parameters, evidence: parameters["missing"])
    (edit,), _ = edits_of([repaired(0, Remedy("clip-gradients", {"global_clipnorm": 1.0}))], tmp_path)
    assert "+# autostable: clip-gradients is not written here, its edit failed (KeyError: 'missing')" in edit.diff
