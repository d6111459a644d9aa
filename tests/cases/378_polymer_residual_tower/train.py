"""Glass transition temperature of polymers from descriptors, with a deep residual network."""
import numpy as np
import keras
from keras import layers
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)

BLOCKS = 12
WIDTH = 64


def make_polymers(n=2400, seed=11):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 18))
    rigidity = 1.4 * x[:, 0] - 0.8 * x[:, 1] * x[:, 2]
    side_chain = np.tanh(x[:, 3] + x[:, 4]) - 0.5 * np.abs(x[:, 5])
    polarity = 0.6 * x[:, 6] + 0.4 * np.sin(2 * x[:, 7])
    tg = 370 + 40 * (rigidity + side_chain + polarity) + rng.normal(0, 8, n)
    units = rng.uniform(0.5, 200, 18)
    return (x * units + units).astype("float32"), tg.astype("float32")


def residual_block(x, i):
    h = layers.Dense(WIDTH, activation="relu", kernel_initializer="he_normal",
                     name=f"block{i}_in")(x)
    h = layers.Dense(WIDTH, kernel_initializer="he_normal", name=f"block{i}_out")(h)
    return layers.Add(name=f"block{i}_add")([x, h])


def build(n_features):
    inputs = keras.Input((n_features,))
    x = layers.Dense(WIDTH, activation="relu")(inputs)
    for i in range(BLOCKS):
        x = residual_block(x, i)
    x = layers.Activation("relu")(x)
    return keras.Model(inputs, layers.Dense(1)(x))


x, tg = make_polymers()
x_train, x_test, y_train, y_test = train_test_split(x, tg, test_size=0.25, random_state=0)
scaler_x = StandardScaler().fit(x_train)
x_train, x_test = scaler_x.transform(x_train), scaler_x.transform(x_test)
scaler_y = StandardScaler().fit(y_train[:, None])
t_train = scaler_y.transform(y_train[:, None])

model = build(x.shape[1])
model.compile(optimizer=keras.optimizers.SGD(0.001, momentum=0.9), loss="mse")
history = model.fit(x_train, t_train, batch_size=64, epochs=12, validation_split=0.1, verbose=2)

pred = scaler_y.inverse_transform(model.predict(x_test, verbose=0))[:, 0]
score = r2_score(y_test, pred) if np.all(np.isfinite(pred)) else float("nan")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{score}")
