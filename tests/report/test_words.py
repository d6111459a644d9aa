"""Sentences of a report."""

import pytest

from autostable.records import Symptom
from autostable.report import words

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
