#!/usr/bin/env bash
# Keras 3.15.1 with TensorFlow 2.21.0: a layer whose `__init__` goes through a decorator of the usual kind (`functools.wraps` around a
# function of `*args, **kwargs`: timing, logging, checks of arguments) cannot be made. Before `__init__` is called Keras writes down what
# the layer was made with, and asks for the names of its arguments twice: once of the decorated function, which leads to those of the one
# within, and once of the decorator's own function, which has `args` alone. It raises "list index out of range" (KeyError: 'args' where
# the decorator names `self`), in a frame of Keras, without a word of the layer or the decorator. With `__signature__` set on the
# decorator's function both answers are the same, and the layer is made.
#
# Output seen:
#   by itself: made, 3 units, config {'units': 3}
#   decorated: IndexError: list index out of range
#   decorated, with self: KeyError: 'args'
#   decorated, with __signature__: made, 3 units, config {'units': 3}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tensorflow==2.21.0 keras==3.15.1
CUDA_VISIBLE_DEVICES= TF_CPP_MIN_LOG_LEVEL=3 KERAS_BACKEND=tensorflow "$folder/venv/bin/python" - <<'PYTHON'
import functools
import inspect

import keras


def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def timed_method(function):
    @functools.wraps(function)
    def wrapper(self, *args, **kwargs):
        return function(self, *args, **kwargs)

    return wrapper


def told(function):
    wrapper = timed(function)
    wrapper.__signature__ = inspect.signature(function)
    return wrapper


def made(words, decorate):
    class Scaled(keras.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units

        __init__ = decorate(__init__)

    try:
        layer = Scaled(3)
        found = f"made, {layer.units} units, config {{'units': {layer.get_config()['units']}}}"
    except LookupError as error:
        found = f"{type(error).__name__}: {error}"
    print(f"{words}: {found}")
    return found


whole = "made, 3 units, config {'units': 3}"
assert made("by itself", lambda function: function) == whole
assert made("decorated", timed) == "IndexError: list index out of range"
assert made("decorated, with self", timed_method) == "KeyError: 'args'"
assert made("decorated, with __signature__", told) == whole
PYTHON
