"""GAN for two measures of pollen grains (length and roundness, standardised)."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)
NOISE, BATCH = 6, 128


def grains(n):
    a = rng.uniform(0, 1.5 * np.pi, n)
    r = 1.3 + rng.normal(0, 0.12, n)
    return np.stack([r * np.cos(a), r * np.sin(a)], 1).astype("float32")


real = grains(6000)


def build_discriminator():
    return keras.Sequential([keras.Input((2,)),
                             layers.Dense(64), layers.LeakyReLU(negative_slope=0.2),
                             layers.Dense(64), layers.LeakyReLU(negative_slope=0.2),
                             layers.Dense(1, activation="sigmoid")])


def build_generator():
    return keras.Sequential([keras.Input((NOISE,)),
                             layers.Dense(64, activation="relu"),
                             layers.Dense(64, activation="relu"),
                             layers.Dense(2)])


discriminator = build_discriminator()
discriminator.compile(loss="binary_crossentropy",
                      optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5))
generator = build_generator()
z = keras.Input((NOISE,))
discriminator.trainable = False
combined = keras.Model(z, discriminator(generator(z)))
combined.compile(loss="binary_crossentropy",
                 optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5))

ones, zeros = np.ones((BATCH, 1), "float32"), np.zeros((BATCH, 1), "float32")
for it in range(1400):
    noise = rng.normal(size=(BATCH, NOISE)).astype("float32")
    fake = generator(noise).numpy()
    batch = real[rng.integers(0, len(real), BATCH)]
    d_loss = discriminator.train_on_batch(np.concatenate([batch, fake]),
                                          np.concatenate([ones, zeros]))
    noise = rng.normal(size=(BATCH, NOISE)).astype("float32")
    g_loss = combined.train_on_batch(noise, ones)
    if it % 200 == 0:
        print(it, "d", float(d_loss), "g", float(g_loss))

fresh = grains(2000)
made = generator.predict(rng.normal(size=(2000, NOISE)).astype("float32"), verbose=0)
gaps = []
for ang in np.linspace(0, np.pi, 12, endpoint=False):
    u = np.array([np.cos(ang), np.sin(ang)])
    gaps.append(np.mean(np.abs(np.sort(fresh @ u) - np.sort(made @ u))))
print("FINAL_LOSS=%f" % float(g_loss))
print("FINAL_METRIC=sliced_distance:%f" % np.mean(gaps))
