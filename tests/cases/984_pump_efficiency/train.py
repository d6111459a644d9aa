"""Predict the efficiency of centrifugal pumps from the operating point and the fluid."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)

N = 6000
rpm = rng.uniform(900, 3600, N)
flow = rng.uniform(50, 900, N)            # l/min
inlet = rng.uniform(80e3, 400e3, N)       # Pa
density = rng.uniform(700, 1200, N)       # kg/m3
viscosity = rng.lognormal(3.0, 0.8, N)    # cSt

best_flow = 0.2 * rpm
eff = 78.0 - 55.0 * ((flow - best_flow) / 600.0) ** 2
eff -= 5.0 * np.log(viscosity) * (1.5 - rpm / 3600.0)
eff += 4.0 * np.tanh((inlet - 180e3) / 60e3) - 0.008 * (density - 950.0)
eff += rng.normal(0, 1.0, N)

operating = np.stack([rpm, flow, inlet], axis=1).astype("float32")
fluid = np.stack([density, viscosity], axis=1).astype("float32")
target = ((eff - eff.mean()) / eff.std()).astype("float32")

cut = 4800
op_tr, op_te = operating[:cut], operating[cut:]
fl_tr, fl_te = fluid[:cut], fluid[cut:]
y_tr, y_te = target[:cut], target[cut:]

op_in = keras.Input(shape=(3,), name="operating")
fl_in = keras.Input(shape=(2,), name="fluid")
a = layers.Dense(24, activation="sigmoid", name="op_hidden")(op_in)
b = layers.Dense(12, activation="sigmoid", name="fluid_hidden")(fl_in)
h = layers.Concatenate()([a, b])
h = layers.Dense(24, activation="sigmoid")(h)
out = layers.Dense(1)(h)

model = keras.Model([op_in, fl_in], out)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
hist = model.fit(
    {"operating": op_tr, "fluid": fl_tr},
    y_tr,
    epochs=20,
    batch_size=64,
    validation_split=0.1,
    verbose=2,
)

pred = model.predict({"operating": op_te, "fluid": fl_te}, verbose=0)[:, 0]
r2 = 1.0 - np.mean((pred - y_te) ** 2) / np.var(y_te)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
