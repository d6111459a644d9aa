import numpy as np
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(23)

# crane trolley with a swinging load; the policy imitates the best tenth of its own random trips
DT, STEPS, TRIPS = 0.1, 80, 80


def reset(n):
    return np.stack([rng.uniform(-3, 3, n), np.zeros(n), rng.normal(0, 0.1, n), np.zeros(n)], 1)


def move(s, a):
    push = np.array([-1.0, 0.0, 1.0])[a]
    x, v, th, w = s.T
    acc = push - 0.2 * v
    v = v + DT * acc
    w = w + DT * (-2.0 * np.sin(th) - acc * np.cos(th) - 0.1 * w)
    return np.stack([x + DT * v, v, th + DT * w, w], 1)


model = keras.Sequential([
    keras.Input((4,)),
    keras.layers.Dense(32, activation="tanh"),
    keras.layers.Dense(3, activation="softmax"),
])
model.compile(keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy")


def trips(n, greedy=False):
    s = reset(n)
    S, A, cost = [], [], np.zeros(n)
    for _ in range(STEPS):
        p = model.predict_on_batch(s.astype("float32"))
        a = p.argmax(1) if greedy else (np.log(p + 1e-9) + rng.gumbel(size=p.shape)).argmax(1)
        S.append(s); A.append(a)
        s = move(s, a)
        cost += np.abs(s[:, 0]) + 0.5 * np.abs(s[:, 2])
    return np.stack(S, 1), np.stack(A, 1), -cost / STEPS


first = trips(200)[2].mean()
for r in range(35):
    S, A, score = trips(TRIPS)
    # starts differ, so a trip is judged against what its start allows
    merit = score + 0.45 * np.abs(S[:, 0, 0])
    elite = np.argsort(merit)[-TRIPS // 8:]
    xs, ys = S[elite].reshape(-1, 4).astype("float32"), A[elite].reshape(-1)
    for _ in range(4):
        loss = model.train_on_batch(xs, ys)
    if r % 5 == 0:
        print(f"round {r}: loss {float(loss):.3f} mean score {score.mean():.3f}")

last = trips(200, greedy=True)[2].mean()
print("score of the untrained policy", round(float(first), 3))
print(f"FINAL_LOSS={float(loss):.6f}")
print(f"FINAL_METRIC=mean_score:{last:.4f}")
