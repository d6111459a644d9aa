import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(307)

n_guests, n_meals, rank, n = 400, 60, 4, 9000
guest_taste = rng.normal(size=(n_guests, rank))
meal_taste = rng.normal(size=(n_meals, rank))
popular = rng.normal(size=n_meals) * 0.8

activity = rng.gamma(1.0, size=n_guests)
guest = rng.choice(n_guests, n, p=activity / activity.sum())
late_joiner = (guest >= 380) & (np.arange(n) < 7500)
guest[late_joiner] = rng.integers(0, 380, late_joiner.sum())
meal = rng.integers(0, n_meals, n)
score = 0.5 * (guest_taste[guest] * meal_taste[meal]).sum(1) + popular[meal] + rng.normal(0, 0.2, n)
guest, meal, score = guest.astype("int32"), meal.astype("int32"), score.astype("float32")
first = slice(0, 7500)
print("guests in the training months:", len(np.unique(guest[first])), "of", n_guests)

params = {
    "guest": tf.Variable(tf.random.normal((n_guests, rank), stddev=0.3, seed=1)),
    "meal": tf.Variable(tf.random.normal((n_meals, rank), stddev=0.3, seed=2)),
    "guest_bias": tf.Variable(tf.zeros(n_guests)),
    "meal_bias": tf.Variable(tf.zeros(n_meals)),
}
moment = {k: tf.Variable(tf.zeros_like(p)) for k, p in params.items()}
second = {k: tf.Variable(tf.zeros_like(p)) for k, p in params.items()}
rate, beta1, beta2 = 0.02, 0.9, 0.999


def predict(g, m):
    dot = tf.reduce_sum(tf.gather(params["guest"], g) * tf.gather(params["meal"], m), 1)
    return dot + tf.gather(params["guest_bias"], g) + tf.gather(params["meal_bias"], m)


@tf.function
def step(g, m, y, t):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(predict(g, m) - y))
    grads = tape.gradient(loss, params)
    for k, p in params.items():
        grad = tf.convert_to_tensor(grads[k])
        moment[k].assign(beta1 * moment[k] + (1 - beta1) * grad)
        second[k].assign(beta2 * second[k] + (1 - beta2) * tf.square(grad))
        m_hat = moment[k] / (1 - beta1 ** t)
        v_hat = second[k] / (1 - beta2 ** t)
        p.assign_sub(rate * m_hat / tf.sqrt(v_hat))
    return loss


for t in range(1, 1501):
    loss = step(guest[first], meal[first], score[first], tf.constant(float(t)))
    if t % 250 == 0:
        print("step", t, "mse", float(loss))

late = slice(7500, n)
pred = predict(guest[late], meal[late]).numpy()
r2 = 1 - np.mean((pred - score[late]) ** 2) / np.var(score[late])
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=r2:{r2}")
