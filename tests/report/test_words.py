"""Sentences of a report."""

import dataclasses

import pytest

from autostable.records import AloneRun, Edit, Figure, Proof, Safety, Symptom
from autostable.report import words
from tests import samples

JUDGED = "nothing was learnt: the loss is as good with the targets shuffled"
NOTHING = "had learned nothing: it is no better than a constant prediction"
OTHERWISE = "the training had gone well, but the model that predicts is another: its loss is far higher"


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ({"constant_loss": 0.7}, f"by step 240 (epoch 3) the training {NOTHING}"),
        ({"judged": JUDGED, "constant_loss": 0.7}, f"{JUDGED} (judged at step 240, epoch 3)"),
        ({"judged": JUDGED, "output": "kind"}, f"for output 'kind' {JUDGED} (judged at step 240, epoch 3)"),
        ({"judged": JUDGED, "inference_loss": 1.9}, f"by step 240 (epoch 3) {OTHERWISE}"),
        ({"output": "kind"}, f"by step 240 (epoch 3) output 'kind' {NOTHING}"),
        ({"inference_loss": 1.9}, f"by step 240 (epoch 3) {OTHERWISE}"),
    ],
)
def test_what_is_useless_of_a_training_is_told(evidence, said):
    assert words.symptom_words(Symptom("useless", 240, 3, "loss", evidence)) == said


def test_a_loop_has_no_epoch():
    symptom = Symptom("useless", 240, None, "loss", {"judged": JUDGED})
    assert words.symptom_words(symptom) == f"{JUDGED} (judged at step 240)"


def alone(seed, r2, *, holds=True):
    return AloneRun(seed, 0, 1.0, (Figure("final loss", 2.0, 2.0, True), Figure("R2", r2, 0.985, holds)), holds)


@pytest.mark.parametrize(
    ("proof", "said"),
    [
        (Proof(True, (alone(0, 0.9847),)), "the patched script alone: R2 0.9847 (repaired run 0.985)"),
        (
            Proof(False, (alone(0, -6.603, holds=False),)),
            "the patched script alone does not hold: R2 -6.603 (repaired run 0.985)",
        ),
        (
            Proof(False, (AloneRun(0, 1, 1.0, (), False, "it ended with status 1: KeyError: 'x'"),)),
            "the patched script alone does not hold: it ended with status 1: KeyError: 'x'",
        ),
        (
            Proof(True, (alone(1, 0.98), alone(2, 0.97)), varied=True),
            "the patched script alone: with other seeds it held in 2 of 2 runs "
            "(R2 0.98 (repaired run 0.985); R2 0.97 (repaired run 0.985))",
        ),
        (
            Proof(True, (alone(1, 0.985),), varied=False),
            "the patched script alone: with other seeds it held in 1 of 1 runs (R2 0.985 (repaired run 0.985)), "
            "but the seeds could not be varied: it came to the same each time",
        ),
        (Proof(None, why="the edits are incomplete"), "the patched script alone: not run, the edits are incomplete"),
    ],
)
def test_what_the_edits_are_worth(proof, said):
    assert words.proof_words(proof) == said


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (Edit("a.py", "", safety=Safety.SAFE), "(safe: what was finite is computed as before)"),
        (Edit("a.py", "", safety=Safety.CHANGES_TRAINING), "(changes training)"),
        (Edit("a.py", "", complete=False, safety=Safety.INCOMPLETE), "(incomplete: comments and notes say"),
    ],
)
def test_edits_are_marked(edit, said):
    assert said in words.edits_heading([edit])


def test_a_plan_that_is_applied_is_no_unstable_training() -> None:
    applied = dataclasses.replace(samples.repaired, symptom=None, causes=(), site=None)
    assert words.headline(applied).startswith("It trained well under its plan: argument of Log at least 1e-07")
    assert words.short_headline(applied) == "It trained well under its plan: log bound 1e-07 + x scaled."


def test_a_short_headline_is_one_short_sentence() -> None:
    assert words.short_headline(samples.unrepaired) == "Nothing learnt by step 499, no cure was found."
    assert words.short_headline(samples.healthy) == words.headline(samples.healthy)
