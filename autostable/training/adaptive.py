"""Clipping that follows the gradients' own norms: ZClip (arXiv 2504.02507) and AdaGC (arXiv 2502.11034).

What a norm has been of late is kept on the device, in variables of the guard's. A step whose gradients are not finite, which
is withheld, moves none of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from autostable.setup import OptimizerKnobs
from autostable.training import finite, seams

KEPT = 0.97  # of mean and variance of the joint norm, a step: ZClip's alpha
KEPT_EACH = 0.98  # of each weight's norm, a step: AdaGC's beta
SETTLED = 100  # steps after which AdaGC takes over from the joint bound
LEAST = 1e-12  # a norm that something is divided by


class AdaptiveClip:
    """The norms of one training of late, and gradients clipped by them."""

    def __init__(self) -> None:
        self._joint: Any = None  # mean, variance
        self._each: dict[int, tuple[Any, Any]] = {}  # by the number of gradients: norms, steps seen
        self._began: tuple[float, float] = (0.0, 0.0)

    @property
    def variables(self) -> tuple[Any, ...]:
        """What it has seen of the steps so far."""
        joint = () if self._joint is None else (self._joint,)
        return (*joint, *(variable for pair in self._each.values() for variable in pair))

    def reset(self) -> None:
        """Forget all steps."""
        if self._joint is not None:
            self._joint.assign(self._began)
        for norms, seen in self._each.values():
            norms.assign(tf.zeros_like(norms))
            seen.assign(0)

    def clipped(self, grads: list[Any], norm: Any, knobs: OptimizerKnobs, *, writes: bool) -> list[Any]:
        """The gradients of a step, clipped.

        Args:
            grads: Gradients (tensors, IndexedSlices or None).
            norm: That of all of them together; 0 where it is not finite.
            knobs: What is asked for.
            writes: Whether this replica remembers the step.
        """
        if knobs.outlier_clip is not None:
            factor = self._outlying(norm, *knobs.outlier_clip, writes=writes)
            grads = [None if gradient is None else finite.scaled(gradient, factor) for gradient in grads]
            norm = norm * factor
        if knobs.growth_clip is not None:
            grads = self._growing(grads, norm, *knobs.growth_clip, writes=writes)
        return grads

    def _outlying(self, norm: Any, most: float, mean: float, deviation: float, *, writes: bool) -> Any:
        """What all gradients are multiplied by: beyond z deviations the excess is turned round, as ZClip does."""
        if self._joint is None:
            self._began = (mean, deviation * deviation)
            with tf.init_scope():
                self._joint = seams.LocalVariable(np.array(self._began, np.float32), trainable=False, name="joint_norm")
        usual = self._joint.read_value()
        deviations = tf.sqrt(tf.maximum(usual[1], LEAST))
        far = (norm - usual[0]) / deviations
        bound = usual[0] + most * most / tf.maximum(far, most) * deviations
        kept = tf.where(far > most, bound, norm)
        if writes:
            known = norm > 0.0
            moved = tf.stack([kept, tf.square(kept - usual[0])])
            self._joint.assign(tf.where(known, KEPT * usual + (1.0 - KEPT) * moved, usual))
        return kept / tf.maximum(norm, LEAST) + tf.cast(norm <= LEAST, norm.dtype)

    def _growing(self, grads: list[Any], norm: Any, ratio: float, bound: float, *, writes: bool) -> list[Any]:
        """Each gradient clipped to `ratio` times what its norm has been, as AdaGC does."""
        places = [place for place, gradient in enumerate(grads) if gradient is not None]
        if len(places) not in self._each:
            with tf.init_scope():
                self._each[len(places)] = (
                    seams.LocalVariable(np.zeros(len(places), np.float32), trainable=False, name="norms"),
                    seams.LocalVariable(np.int64(0), trainable=False, name="norms_seen"),
                )
        usual, seen = self._each[len(places)]
        before, settled = usual.read_value(), seen.read_value() >= SETTLED
        joint = bound / tf.maximum(norm, bound)
        norms = tf.stack([tf.sqrt(2.0 * finite.half_square_sum(finite.values(grads[place]))) for place in places])
        own = tf.minimum(1.0, ratio * before / tf.maximum(norms, LEAST))
        factors = tf.where(settled & (before > 0.0), own, joint)
        if writes:
            kept = norms * factors
            # while it settles the least is kept: of the first steps of a training none is usual
            first = tf.where(before > 0.0, tf.minimum(before, kept), kept)
            new = tf.where(settled, KEPT_EACH * before + (1.0 - KEPT_EACH) * kept, first)
            usual.assign(tf.where((norm > 0.0) & tf.math.is_finite(new), new, before))
            seen.assign_add(tf.cast(norm > 0.0, tf.int64))
        clipped = list(grads)
        for index, place in enumerate(places):
            clipped[place] = finite.scaled(grads[place], factors[index])
        return clipped
