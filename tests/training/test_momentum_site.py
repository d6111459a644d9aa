"""Where a batch normalization is given the momentum of its averages."""

import sys

import keras

from autostable.diagnosis import optimization
from autostable.evidence import Course, Evidence
from autostable.records import Symptom
from autostable.training import facts


def test_it_is_the_line_of_the_argument_or_of_the_dictionary_that_holds_it(watch):
    with watch():
        first = sys._getframe().f_lineno
        options = dict(momentum=0.9997, epsilon=1e-3)
        model = keras.Sequential(
            [
                keras.Input((4,)),
                keras.layers.BatchNormalization(**options),
                keras.layers.BatchNormalization(
                    momentum=0.5,
                ),
                keras.layers.BatchNormalization(),
                keras.layers.Dense(1),
            ]
        )
        model.compile("sgd", "mse")
        known = facts.model_facts(model)
    lines = [layer.momentum_site and layer.momentum_site.line - first for layer in known.layers]
    assert lines == [1, 7, None, None]
    lagging = Evidence(
        Symptom("useless", 200, 9, "loss", {"inference_loss": 8.0}), model=known, course=Course(200, 200)
    )
    (said,) = optimization.batchnorm(lagging)
    assert (said.sign, said.site.line - first) == (optimization.LAGS, 1)
