import numpy as np
import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(13)


def catchments(n):
    """moisture, uplift and shear of a day, and the rain [cm] that fell."""
    z = rng.normal(size=(n, 3))
    middle = 1.1 * z[:, 0] + 0.6 * z[:, 1]
    spread = np.exp(-0.6 + 0.7 * z[:, 2] + 0.3 * z[:, 0])
    rain = np.maximum(middle + spread * rng.normal(size=n), 0.0)
    return z.astype("float32"), rain[:, None].astype("float32"), np.log(spread)


x, rain, _ = catchments(3000)
xt, rain_t, spread_t = catchments(1000)


def mlp(activation=None):
    return keras.Sequential([
        keras.Input((3,)),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(1, activation=activation),
    ])


mean_net, spread_net = mlp("relu"), mlp()
opt_mean, opt_spread = keras.optimizers.Adam(2e-3), keras.optimizers.Adam(2e-3)
days = tf.data.Dataset.from_tensor_slices((x, rain)).shuffle(3000, seed=7).batch(100)


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        mean_loss = tf.reduce_mean(tf.square(y - mean_net(x, training=True)))
    g = tape.gradient(mean_loss, mean_net.trainable_variables)
    opt_mean.apply_gradients(zip(g, mean_net.trainable_variables))

    residual = y - mean_net(x)
    with tf.GradientTape() as tape:
        log_var = spread_net(x, training=True)
        spread_loss = tf.reduce_mean(tf.square(log_var - tf.math.log(tf.square(residual) + 1e-2)))
    g = tape.gradient(spread_loss, spread_net.trainable_variables)
    opt_spread.apply_gradients(zip(g, spread_net.trainable_variables))
    return mean_loss


for epoch in range(25):
    history = [float(train_step(a, b)) for a, b in days]
    if epoch % 5 == 4:
        print("epoch %d: mse of the mean %.4f" % (epoch + 1, np.mean(history)))

wet = rain_t[:, 0] > 0
log_sd = 0.5 * spread_net.predict(xt, verbose=0)[:, 0]
print("FINAL_LOSS=%f" % np.mean(history))
print("FINAL_METRIC=spread_correlation:%.4f" % np.corrcoef(log_sd[wet], spread_t[wet])[0, 1])
