"""What a program may train with that autostable does not watch: seen by what it has imported."""

from __future__ import annotations

from collections.abc import Container

# Modules that train by themselves, and what people call them. Of what others bring along (spektral, tensorflow_probability
# and keras-hub import tf_keras) the one that trains counts.
TRAINERS = {
    "tf_keras": "tf_keras (Keras 2)",
    "torch": "PyTorch",
    "jax": "JAX",
    "flax": "Flax",
    "mxnet": "MXNet",
    "paddle": "PaddlePaddle",
    "mindspore": "MindSpore",
    "tinygrad": "tinygrad",
    "xgboost": "XGBoost",
    "lightgbm": "LightGBM",
    "catboost": "CatBoost",
}


def imported(modules: Container[str]) -> tuple[str, ...]:
    """The names of those that are among these modules, in the order of the table."""
    return tuple(name for module, name in TRAINERS.items() if module in modules)
