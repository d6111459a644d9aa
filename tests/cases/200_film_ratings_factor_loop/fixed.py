"""Film ratings by matrix factorisation: user and film vectors, their product and a last linear layer."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
USERS, FILMS, SIZE = 200, 150, 6
rng = np.random.default_rng(54)
tastes, kinds = rng.normal(0, 1, (USERS, 3)), rng.normal(0, 1, (FILMS, 3))
user, film = rng.integers(0, USERS, 14000), rng.integers(0, FILMS, 14000)
rating = (tastes[user] * kinds[film]).sum(1) / np.sqrt(3.0) + rng.normal(0, 0.2, 14000)
rating = ((rating - rating.mean()) / rating.std()).astype("float32")[:, None]

who, what = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")
u = layers.Embedding(USERS, SIZE, embeddings_initializer="normal")(who)
f = layers.Embedding(FILMS, SIZE, embeddings_initializer="normal")(what)
product = layers.Multiply()([u, f])
model = keras.Model([who, what], layers.Dense(1, name="rating")(product))
optimizer = keras.optimizers.Adam(0.01)
batches = tf.data.Dataset.from_tensor_slices((user[:12000], film[:12000], rating[:12000]))
batches = batches.shuffle(12000, seed=2).batch(200)


@tf.function
def step(users, films, ratings):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.mean_squared_error(ratings, model([users, films], training=True)))
    weights = model.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
    return loss


for epoch in range(14):
    losses = [float(step(*batch)) for batch in batches]
    print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")

guess = model.predict([user[12000:], film[12000:]], batch_size=500, verbose=0)
r2 = 1.0 - np.mean((rating[12000:] - guess) ** 2) / np.var(rating[12000:])
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
