import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)

# used vans: year of first registration, mileage in thousand km, engine power in hp, payload in kg
gen = np.random.default_rng(12)
n = 4000
year = gen.integers(2005, 2024, n)
km = gen.gamma(3.0, 35.0, n)
hp = gen.normal(130, 25, n)
payload = gen.normal(950, 180, n)
price = (2.0 + 0.9 * (year - 2005) - 0.035 * km + 0.05 * hp + 0.004 * payload
         + gen.normal(0, 1.2, n))          # thousand euros

X = np.column_stack([year, km, hp, payload]).astype("float32")
X = (X - X[:3200].mean(axis=0)) / X[:3200].std(axis=0)
Y = price.astype("float32").reshape(-1, 1)
X_train, Y_train = X[:3200], Y[:3200]
X_test, Y_test = X[3200:], Y[3200:]

linreg = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(1)])
mse = keras.losses.MeanSquaredError()
sgd = keras.optimizers.SGD(learning_rate=0.01)

batches = tf.data.Dataset.from_tensor_slices((X_train, Y_train)).shuffle(3200, seed=2).batch(32)


@tf.function
def update(xb, yb):
    with tf.GradientTape() as tape:
        value = mse(yb, linreg(xb))
    grads = tape.gradient(value, linreg.trainable_variables)
    sgd.apply_gradients(zip(grads, linreg.trainable_variables))
    return value


for epoch in range(20):
    total = 0.0
    for xb, yb in batches:
        total += float(update(xb, yb))
    mean_loss = total / len(batches)
    print(f"epoch {epoch:2d}  mse {mean_loss:.4f}")

guess = linreg(X_test).numpy()
rmse = float(np.sqrt(np.mean((guess - Y_test) ** 2)))
print(f"(std of test prices {Y_test.std():.2f})")
print(f"FINAL_LOSS={mean_loss:.6g}")
print(f"FINAL_METRIC=rmse:{rmse:.4f}")
