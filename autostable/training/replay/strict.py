"""Gradients of operations as XLA has them: 0 * Inf is NaN, where TensorFlow's own kernels on a CPU give 0."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def _sqrt_gradient(inputs: Any, root: Any, incoming: Any) -> Any:
    return incoming * tf.cast(0.5, root.dtype) / root


def _rsqrt_gradient(inputs: Any, root: Any, incoming: Any) -> Any:
    return incoming * tf.cast(-0.5, root.dtype) * (root * root * root)


def _reciprocal_gradient(inputs: Any, inverse: Any, incoming: Any) -> Any:
    return -incoming * inverse * inverse


STRICT = {  # as XLA has them
    "Sqrt": _sqrt_gradient,
    "Rsqrt": _rsqrt_gradient,
    "Reciprocal": _reciprocal_gradient,
    "Inv": _reciprocal_gradient,
}
