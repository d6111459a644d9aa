"""Will the patient get worse in the next six hours?  Course of the vital signs (GRU) and the
admission sheet (dense), joined.  The sequences are long, so the gradients are clipped."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(339)

HOURS, SIGNS = 24, 4     # pulse, breathing rate, saturation, temperature


def patients(n):
    worse = rng.random(n) < 0.4
    age = rng.normal(64, 14, n) + 6 * worse
    surgery = rng.random(n) < 0.5
    chart = np.empty((n, HOURS, SIGNS))
    usual = np.array([82, 17, 96.5, 36.9])
    spread = np.array([9, 2.5, 1.2, 0.35])
    drift = np.array([0.9, 0.25, -0.12, 0.02])
    for i in range(n):
        base = usual + rng.normal(0, 1, SIGNS) * spread
        walk = np.cumsum(rng.normal(0, 0.12, (HOURS, SIGNS)), axis=0) * spread
        onset = rng.integers(6, 16) if worse[i] else HOURS
        slope = np.clip(np.arange(HOURS) - onset, 0, None)[:, None] * drift
        chart[i] = base + walk + slope * rng.uniform(0.6, 1.6)
    sheet = np.column_stack([age, surgery]).astype("float32")
    return chart.astype("float32"), sheet, worse.astype("float32")


chart, sheet, worse = patients(2000)
chart_test, sheet_test, worse_test = patients(500)

see_chart = layers.Normalization()
see_chart.adapt(chart)
see_sheet = layers.Normalization()
see_sheet.adapt(sheet)

vitals = keras.Input((HOURS, SIGNS), name="vitals")
admission = keras.Input((2,), name="admission")
g = layers.GRU(24)(see_chart(vitals))
a = layers.Dense(8, activation="relu")(see_sheet(admission))
x = layers.Concatenate()([g, a])
x = layers.Dense(24, activation="relu")(x)
alarm = layers.Dense(1, activation="sigmoid")(x)
model = keras.Model([vitals, admission], alarm)

model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.005, momentum=0.9, clipnorm=1.0),
    loss="binary_crossentropy",
    metrics=["accuracy", keras.metrics.AUC(name="auc")],
)
history = model.fit([chart, sheet], worse, batch_size=40, epochs=12, verbose=2)

prob = model.predict([chart_test, sheet_test], verbose=0)[:, 0]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean((prob > 0.5) == (worse_test > 0.5))}")
