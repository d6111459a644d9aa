"""Where the first weights of a layer are asked for."""

import sys

import keras

from autostable.training import facts


def test_it_is_the_line_of_the_variable_or_of_the_argument_itself(watch):
    with watch():
        first = sys._getframe().f_lineno
        start = keras.initializers.RandomUniform(0.05)
        model = keras.Sequential(
            [
                keras.Input((4,)),
                keras.layers.Dense(3, kernel_initializer=start),
                keras.layers.Dense(
                    2,
                    kernel_initializer="zeros",
                ),
                keras.layers.Dense(1),
            ]
        )
        model.compile("sgd", "mse")
        layers = facts.model_facts(model).layers
    lines = [None if layer.initializer_site is None else layer.initializer_site.line - first for layer in layers]
    assert lines == [1, 8, None]
