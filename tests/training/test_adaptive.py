"""Clipping that follows the gradients' own norms."""

import numpy as np
import pytest
import tensorflow as tf

from autostable.setup import OptimizerKnobs
from autostable.training.adaptive import SETTLED, AdaptiveClip

pytestmark = pytest.mark.slow
OUTLIER = OptimizerKnobs(outlier_clip=(2.5, 1.0, 0.1))


def norm_after(clip, norm, knobs):
    """The norm that a gradient of this norm is left with."""
    (clipped,) = clip.clipped([tf.constant([norm, 0.0])], tf.constant(norm), knobs, writes=True)
    return float(tf.norm(clipped))


@pytest.mark.parametrize(("norm", "left"), [(1.0, 1.0), (1.24, 1.24), (2.0, 1.0 + 6.25 / 10 * 0.1), (1e6, 1.0)])
def test_what_lies_far_above_the_usual_norm_is_clipped(norm, left):
    """Beyond z deviations the excess is turned round: the farther out, the closer to the mean."""
    assert norm_after(AdaptiveClip(), norm, OUTLIER) == pytest.approx(left, rel=1e-4)


def test_the_usual_norm_follows_and_a_step_that_is_not_finite_moves_nothing():
    clip = AdaptiveClip()
    norm_after(clip, 1.1, OUTLIER)
    mean, variance = clip.variables[0].numpy()
    assert mean == pytest.approx(0.97 * 1.0 + 0.03 * 1.1) and variance == pytest.approx(0.97 * 0.01 + 0.03 * 0.01)
    clip.clipped([tf.constant([np.nan])], tf.constant(0.0), OUTLIER, writes=True)  # 0 stands for such a norm
    assert clip.variables[0].numpy()[0] == pytest.approx(mean)
    clip.reset()
    assert clip.variables[0].numpy().tolist() == pytest.approx([1.0, 0.01])


def test_each_gradient_is_clipped_by_its_own_norm_once_that_is_known():
    clip, knobs = AdaptiveClip(), OptimizerKnobs(growth_clip=(1.05, 10.0))
    for _ in range(SETTLED):
        clip.clipped([tf.constant([3.0]), None, tf.constant([4.0])], tf.constant(5.0), knobs, writes=True)
    one, none, other = clip.clipped(
        [tf.constant([30.0]), None, tf.constant([4.0])], tf.constant(30.3), knobs, writes=True
    )
    assert float(one[0]) == pytest.approx(3.0 * 1.05, rel=1e-4) and none is None and float(other[0]) == 4.0
    early = AdaptiveClip().clipped([tf.constant([30.0])], tf.constant(30.0), knobs, writes=True)
    assert float(early[0][0]) == pytest.approx(10.0, rel=1e-4)  # until then all are clipped together
