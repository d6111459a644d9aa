"""`@autostable.stabilize` on a function that trains: call it as ever, read the story from `train.report`."""

import keras
import numpy as np

import autostable

rng = np.random.default_rng(0)
speed = rng.uniform(0, 250, (1500, 1)).astype("float32")  # km/h
braking = (speed[:, 0] ** 2 / 150 + rng.normal(0, 5, 1500)).astype("float32")  # metres


@autostable.stabilize(max_attempts=12)
def train(config):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((1,)),
            keras.layers.Dense(config["units"], activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(config["learning_rate"]), loss="mse")
    return model.fit(speed, braking, batch_size=32, epochs=20, verbose=0)


history = train({"units": 32, "learning_rate": 0.05})
print(f"verdict {train.report.verdict}")
for cause in train.report.causes:
    print(f"cause {cause.code}: {cause.evidence}")
print("plan", *(remedy.name for remedy in train.report.plan))
print(f"final loss {history.history['loss'][-1]:.6g}")
