import numpy as np
import keras
from sklearn.metrics import balanced_accuracy_score
from sklearn.preprocessing import RobustScaler

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)


def shifts(n):
    alarm = rng.random(n) < 0.012
    vibration = rng.lognormal(0.0, 0.4, n) * np.where(alarm, 2.1, 1.0)
    oil_temp = rng.normal(61, 4, n) + 9 * alarm
    flow = rng.normal(120, 10, n) - 14 * alarm * rng.random(n)
    starts = rng.poisson(3, n) + alarm * rng.poisson(2, n)
    return np.column_stack([vibration, oil_temp, flow, starts]), alarm.astype(int)


x, y = shifts(9000)
x_check, y_check = shifts(6000)
scaler = RobustScaler().fit(x)

n_alarm = int(y.sum())
weights = {0: 1.0, 1: float((len(y) - n_alarm) / n_alarm)}
print("alarms:", n_alarm, "weights:", weights)

model = keras.Sequential([
    keras.Input((4,)),
    keras.layers.Dense(24, activation="gelu"),
    keras.layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.RMSprop(1e-3), loss="binary_crossentropy", metrics=["accuracy"])
log = model.fit(scaler.transform(x), y, class_weight=weights, batch_size=64, epochs=10, verbose=2)

alarm_found = model.predict(scaler.transform(x_check), batch_size=256, verbose=0)[:, 0] > 0.5
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=balanced_accuracy:{balanced_accuracy_score(y_check, alarm_found)}")
