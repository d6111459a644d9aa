"""Cleans jittery key points: the whole skeleton goes through a funnel and comes out smoothed."""
import math

import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
JOINTS = 14
PARENT = [-1, 0, 1, 2, 3, 1, 5, 6, 0, 8, 9, 0, 11, 12]
BONE = [0, 0.5, 0.2, 0.3, 0.28, 0.2, 0.3, 0.28, 0.15, 0.45, 0.42, 0.15, 0.45, 0.42]
REST = [0, 90, 180, 250, 250, 0, 290, 290, 190, 265, 268, -10, 275, 272]


def skeletons(count, gen):
    mood = gen.normal(size=(count, 5))
    mix = np.random.default_rng(99).normal(0, 0.35, (5, JOINTS))
    angle = np.radians(REST) + np.tanh(mood) @ mix
    place = np.zeros((count, JOINTS, 2))
    for j in range(1, JOINTS):
        step = np.stack([np.cos(angle[:, j]), np.sin(angle[:, j])], -1) * BONE[j]
        place[:, j] = place[:, PARENT[j]] + step
    place -= place.mean(axis=1, keepdims=True)
    return (place / 0.45).reshape(count, -1).astype("float32")


class JitterFeed(keras.utils.PyDataset):
    def __init__(self, poses, size, sigma):
        super().__init__()
        self.poses, self.size, self.sigma = poses, size, sigma
        self.gen = np.random.default_rng(4)

    def __len__(self):
        return math.ceil(len(self.poses) / self.size)

    def __getitem__(self, i):
        clean = self.poses[i * self.size:(i + 1) * self.size]
        return clean + self.sigma * self.gen.normal(size=clean.shape).astype("float32"), clean


class Funnel(keras.Model):
    def __init__(self, widths):
        super().__init__()
        self.steps = [layers.Dense(w, activation="selu", kernel_initializer="lecun_normal") for w in widths]
        self.place = layers.Dense(2 * JOINTS)

    def call(self, pose):
        for step in self.steps:
            pose = step(pose)
        return self.place(pose)


def joint_error(true, guess):
    gap = ops.reshape(true - guess, (-1, JOINTS, 2))
    return ops.mean(ops.sum(ops.square(gap), -1), -1)


gen = np.random.default_rng(0)
train, test = skeletons(3000, gen), skeletons(600, gen)
net = Funnel([64, 48, 32, 24, 16, 16, 24, 32, 48, 64])
net.compile(optimizer=keras.optimizers.Adamax(2e-3), loss=joint_error)
run = net.fit(JitterFeed(train, 50, 0.05), epochs=15, verbose=2)

noisy = test + 0.05 * gen.normal(size=test.shape).astype("float32")
r2 = 1 - np.sum((net.predict(noisy, verbose=0) - test) ** 2) / np.sum((test - test.mean(0)) ** 2)
print(f"FINAL_LOSS={run.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
