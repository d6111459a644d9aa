"""Room rates for a small hotel: deep Q-learning from logged evenings with a target network."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
RATES = np.array([60.0, 90.0, 130.0, 180.0])
DAYS, ROOMS = 10, 8
DISCOUNT = 0.98


class Hotel:
    """Rooms left, days left, season; each day some guests ask for the rate."""

    def __init__(self, rng, n):
        self.rng = rng
        self.left = rng.integers(1, ROOMS + 1, n)
        self.days = rng.integers(1, DAYS + 1, n)
        self.season = rng.random(n)

    def state(self):
        return np.stack([self.left / ROOMS, self.days / DAYS, self.season], axis=1).astype("float32")

    def step(self, rate):
        willing = np.clip(0.98 - RATES[rate] / (130.0 + 90.0 * self.season), 0.02, 1.0)
        sold = np.minimum(self.rng.binomial(3, willing), self.left)
        self.left = self.left - sold
        self.days = self.days - 1
        return sold * RATES[rate], (self.left == 0) | (self.days == 0)


def q_network():
    return keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(48, activation="swish"),
            keras.layers.Dense(48, activation="swish"),
            keras.layers.Dense(len(RATES)),
        ]
    )


rng = np.random.default_rng(4)
market = Hotel(rng, 6000)
s0 = market.state()
chosen = rng.integers(0, len(RATES), 6000)
income, closed = market.step(chosen)
s1 = market.state()
income, closed = income.astype("float32"), closed.astype("float32")

online, target = q_network(), q_network()
target.set_weights(online.get_weights())
optimizer = keras.optimizers.SGD(learning_rate=0.02, momentum=0.9)


@tf.function
def improve(s, a, r, s_next, end):
    goal = r + DISCOUNT * (1.0 - end) * tf.reduce_max(target(s_next), axis=1)
    with tf.GradientTape() as tape:
        q = tf.gather(online(s), a, batch_dims=1)
        loss = tf.reduce_mean((goal - q) ** 2)
    optimizer.apply_gradients(zip(tape.gradient(loss, online.trainable_variables), online.trainable_variables))
    return loss


for it in range(3000):
    i = rng.integers(0, 6000, 128)
    loss = improve(s0[i], chosen[i], income[i], s1[i], closed[i])
    if it % 100 == 0:
        target.set_weights(online.get_weights())
    if it % 500 == 499:
        print(f"iteration {it + 1}: td error {float(loss):.3f}")


def season_income(policy, n=2000):
    hotel = Hotel(np.random.default_rng(55), n)
    hotel.left[:], hotel.days[:] = ROOMS, DAYS
    total, open_ = np.zeros(n), np.ones(n, bool)
    for _ in range(DAYS):
        money, done = hotel.step(policy(hotel.state()))
        total += money * open_
        open_ &= ~done
    return total.mean()


earned = season_income(lambda s: online(s).numpy().argmax(axis=1))
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=income:{earned:.2f}")
