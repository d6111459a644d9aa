"""What each of several outputs has of the evidence."""

from __future__ import annotations

import dataclasses

from autostable.evidence import ArrayFacts, Evidence, LayerFacts, ModelFacts
from autostable.records import Symptom

TARGETS = tuple(ArrayFacts(f"y[{place}]", (8, 1), "float32", 8) for place in range(2))
LAYERS = (
    LayerFacts("hidden", "Dense"), LayerFacts("price", "Dense", is_output=True, place=1),
    LayerFacts("kind", "Dense", is_output=True, place=0),
)  # fmt: skip
BOTH = Evidence(
    Symptom("useless", 40), targets=TARGETS,
    model=ModelFacts(layers=LAYERS, losses=("binary_crossentropy", "mean_squared_error")),
)  # fmt: skip


def test_each_output_has_its_layer_its_loss_and_its_target() -> None:
    first, second = BOTH.views
    assert (first.targets, second.targets) == (TARGETS[:1], TARGETS[1:])
    assert (first.model.loss, second.model.loss) == ("binary_crossentropy", "mean_squared_error")
    assert [[layer.name for layer in view.model.outputs] for view in (first, second)] == [["kind"], ["price"]]


def test_what_is_whose_is_not_known_where_their_numbers_differ() -> None:
    fewer = dataclasses.replace(BOTH, targets=TARGETS[:1])
    unnamed = dataclasses.replace(BOTH, model=dataclasses.replace(BOTH.model, losses=()))
    alone = Evidence(Symptom("useless", 40), targets=TARGETS[:1], model=ModelFacts(layers=LAYERS[:2], losses=("mse",)))
    for evidence in (fewer, unnamed, alone):
        assert evidence.views == (evidence,)
