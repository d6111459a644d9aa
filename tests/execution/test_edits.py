"""The diffs of a plan, and what becomes of them where a remedy is at fault."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from autostable import registry
from autostable.evidence import Evidence, ModelFacts
from autostable.execution.edits import edits_of
from autostable.records import Remedy, Site, Symptom, Verdict
from autostable.story import Story


def test_a_remedy_whose_edit_fails_leaves_a_note_and_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("model.fit(x, y)\n")
    remedy = registry.remedy("clip-gradients")
    monkeypatch.setattr(type(remedy), "edit", lambda self, parameters, evidence: parameters["missing"])
    site = Site(None, None, "train.py", 1, "model.fit(x, y)")
    evidence = Evidence(Symptom("nonfinite", 3), model=dataclasses.replace(ModelFacts("model", ()), fit_site=site))
    story = Story(
        0, "fit", Verdict.REPAIRED, plan=(Remedy("clip-gradients", {"global_clipnorm": 1.0}),), evidence=evidence
    )
    (edit,) = edits_of([story], tmp_path)
    assert "+# autostable: clip-gradients is not written here, its edit failed (KeyError: 'missing')" in edit.diff
