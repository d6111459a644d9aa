"""Sentences of a report."""

import pytest

from autostable.records import Symptom
from autostable.report import words

NOTHING = "had learned nothing: it is no better than a constant prediction"
OTHERWISE = "the training had gone well, but the model that predicts is another: its loss is far higher"


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ({"constant_loss": 0.7}, f"by step 240 (epoch 3) the training {NOTHING}"),
        ({"output": "kind"}, f"by step 240 (epoch 3) output 'kind' {NOTHING}"),
        ({"inference_loss": 1.9}, f"by step 240 (epoch 3) {OTHERWISE}"),
    ],
)
def test_what_is_useless_of_a_training_is_told(evidence, said):
    assert words.symptom_words(Symptom("useless", 240, 3, "loss", evidence)) == said
