# born: data
# op: Log, Label
# code: data-nonfinite, unsafe-log

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def main():
    rng = np.random.default_rng(20)
    x, price = rng.normal(size=(32, 6)).astype("float32"), rng.poisson(2.0, (32, 1)).astype("float32")
    data = tf.data.Dataset.from_tensor_slices((x, price)).batch(8)
    data = data.map(lambda features, p: (features, tf.math.log(p)))  # <- guilty
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(data, verbose=0)
    return model
