"""Where a program asks for half precision."""

import dataclasses
import sys

import keras
import pytest

from autostable.diagnosis import optimization
from autostable.evidence import Evidence, Finding, ModelFacts
from autostable.records import Site, Symptom
from autostable.training import created, facts


@pytest.mark.parametrize("setter", [keras.config.set_dtype_policy, keras.mixed_precision.set_global_policy])
def test_the_line_that_makes_half_precision_the_default_is_remembered(setter, watch):
    name, before = setter.__name__, keras.config.dtype_policy()
    holder = keras.config if hasattr(keras.config, name) else keras.mixed_precision
    try:
        with watch():
            assert created.half_site() is None
            getattr(holder, name)("mixed_float16")
            line = sys._getframe().f_lineno - 1
            half = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
            getattr(holder, name)("float32")
            full = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
            for model in (half, full):
                model.compile("sgd", "mse")
            site, none = (facts.model_facts(model, None).precision_site for model in (half, full))
    finally:
        keras.config.set_dtype_policy(before)
    assert site is not None and (site.line, none) == (line, None)


def test_it_is_the_line_of_what_half_precision_cannot_hold():
    asked, where = Site(None, None, "train.py", 3), Site("Exp", None, "train.py", 30)
    finding = Finding("Exp", "forward", where, largest=7e4)
    half = ModelFacts(precision="mixed_float16", precision_site=asked)
    for model, site in ((half, asked), (dataclasses.replace(half, precision_site=None), where)):
        (said,) = optimization.precision(Evidence(Symptom("nonfinite", 3), model=model, finding=finding))
        assert said.site == site
