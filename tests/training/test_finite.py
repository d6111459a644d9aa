"""Gradients are looked at together where they are small, and withheld exactly."""

import numpy as np
import pytest
import tensorflow as tf

from autostable.training import finite


def gradients():
    large = tf.ones((finite.SMALL + 1,))
    sparse = tf.IndexedSlices(tf.ones((2, 3)), tf.constant([0, 4]), tf.constant([5, 3]))
    return [tf.ones((2, 3)), None, large, tf.fill((4,), 2.0), sparse, tf.cast(tf.ones(3), tf.float16)]


def test_small_ones_are_together_and_others_alone():
    assert [bundle.places for bundle in finite.bundles(gradients())] == [(0, 3), (2,), (4,), (5,)]
    assert [bundle.places for bundle in finite.bundles([None, tf.ones(3)])] == [(1,)]
    assert finite.bundles([None]) == []


@pytest.mark.parametrize("jit", [False, True], ids=["graph", "jit"])
@pytest.mark.parametrize("good", [False, True])
def test_withheld(good, jit):
    @tf.function(jit_compile=jit)
    def run(flag, big):
        given = [*gradients(), big]
        kept = list(given)
        for bundle in finite.bundles(given):
            for place, gradient in zip(bundle.places, bundle.withheld(flag), strict=True):
                kept[place] = gradient
        return [finite.values(gradient) for gradient in kept if gradient is not None]

    big = np.full((finite.FEW + 1,), np.nan, np.float32)
    wanted = [finite.values(gradient).numpy() for gradient in gradients() if gradient is not None] + [big]
    for before, after in zip(wanted, run(tf.constant(good), tf.constant(big)), strict=True):
        np.testing.assert_array_equal(after, before if good else np.zeros_like(before))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", range(3))
def test_one_bad_entry_shows(place, value):
    tensors = [np.ones((2, 2), np.float32), np.ones(5, np.float32), np.ones(finite.SMALL + 1, np.float32)]
    good = [tf.constant(tensor) for tensor in tensors]
    assert np.isfinite(finite.grand_total(good))
    tensors[place].flat[-1] = value
    assert not np.isfinite(finite.grand_total([tf.constant(tensor) for tensor in tensors]))
    assert not np.isfinite(finite.half_square_sum(tf.constant(tensors[place])))
