"""Ceramic tile inspection: four kinds of surface from small grey pictures."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)

SIZE = 20


def make_tiles(n, seed):
    rng = np.random.default_rng(seed)
    yy, xx = np.mgrid[0:SIZE, 0:SIZE]
    x = np.empty((n, SIZE, SIZE, 1), "float32")
    y = rng.integers(0, 4, n)
    for i in range(n):
        tile = rng.normal(0.6, 0.08, (SIZE, SIZE))
        if y[i] == 1:          # crack
            a, c = rng.uniform(0, np.pi), rng.uniform(7, 13, 2)
            d = np.abs((xx - c[0]) * np.sin(a) - (yy - c[1]) * np.cos(a))
            tile -= 0.35 * (d < 0.9)
        elif y[i] == 2:        # pin holes
            for _ in range(rng.integers(5, 10)):
                r, c = rng.integers(1, SIZE - 1, 2)
                tile[r, c] -= 0.45
        elif y[i] == 3:        # stain
            c = rng.uniform(6, 14, 2)
            tile -= 0.25 * np.exp(-((xx - c[0]) ** 2 + (yy - c[1]) ** 2) / rng.uniform(10, 25))
        x[i, :, :, 0] = np.clip(tile, 0, 1)
    return x, y


def conv_block(x, filters, stride):
    x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
    # gamma starts at zero, as in "Bag of tricks for image classification"
    x = layers.BatchNormalization(gamma_initializer="zeros", momentum=0.9)(x)
    return layers.Activation("relu")(x)


def build():
    inputs = keras.Input((SIZE, SIZE, 1))
    x = layers.Rescaling(4.0, offset=-2.0)(inputs)
    x = conv_block(x, 16, 1)
    x = conv_block(x, 24, 2)
    x = conv_block(x, 32, 2)
    x = layers.GlobalMaxPooling2D()(x)
    return keras.Model(inputs, layers.Dense(4, activation="softmax")(x))


x_train, y_train = make_tiles(1600, seed=71)
x_test, y_test = make_tiles(600, seed=72)

model = build()
model.compile(optimizer=keras.optimizers.Adam(3e-3),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=32, epochs=8, validation_split=0.1, verbose=2,
                    callbacks=[keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=4)])

predicted = np.argmax(model.predict(x_test, verbose=0), axis=1)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(predicted == y_test)}")
