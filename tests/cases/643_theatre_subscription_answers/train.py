"""Will a visitor of the theatre take a subscription? The answers were typed in by hand at the box office."""
import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(40)


def visitors(n):
    age = rng.integers(18, 85, n)
    visits = rng.poisson(3.0, n)
    distance = rng.gamma(2.0, 6.0, n)
    children = rng.integers(0, 4, n)
    seat = rng.choice(["stalls", "circle", "gallery"], n)
    score = (0.9 * (visits - 3) - 0.12 * (distance - 12) + 0.05 * (age - 50)
             - 0.5 * children + 0.9 * (seat == "stalls"))
    took = score + rng.logistic(size=n) * 0.6 > 0.2
    frame = pd.DataFrame({"age": age, "visits": visits, "distance": distance,
                          "children": children, "seat": seat})
    return frame, took


train_frame, train_took = visitors(3500)
test_frame, test_took = visitors(1200)

answer = np.where(train_took, "yes", "no").astype(object)
typed = rng.uniform(size=len(answer))
answer[typed < 0.02] = [a.capitalize() for a in answer[typed < 0.02]]
answer[typed > 0.985] = [a + " " for a in answer[typed > 0.985]]
train_frame["subscribed"] = answer

numeric = ["age", "visits", "distance", "children"]
mean, std = train_frame[numeric].mean(), train_frame[numeric].std()


def features(frame):
    scaled = (frame[numeric] - mean) / std
    dummies = pd.get_dummies(frame["seat"]).astype(float)
    return pd.concat([scaled, dummies], axis=1).to_numpy("float32")


X_train, X_test = features(train_frame), features(test_frame)
y_train = train_frame["subscribed"].map({"yes": 1.0, "no": 0.0}).to_numpy("float32")
y_test = test_took.astype("float32")

model = keras.Sequential([
    keras.Input((X_train.shape[1],)),
    layers.Dense(32, activation="tanh"),
    layers.Dense(16, activation="tanh"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(X_train, y_train, epochs=15, batch_size=32, verbose=2)

prob = model.predict(X_test, verbose=0)[:, 0]
accuracy = float(np.mean((prob > 0.5) == (y_test > 0.5))) if np.isfinite(prob).all() else float("nan")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
