# Forecast the conversion rate of an advertising campaign from its settings.
# The rate is modelled on the logit scale so that forecasts stay between 0 and 1.
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)

CHANNELS = ["search", "social", "display", "mail"]
n = 4000
channel = rng.integers(0, 4, n)
bid = rng.gamma(4.0, 0.25, n)
audience = rng.normal(0, 1, n)
creative_age = rng.uniform(0, 60, n)
weekend = rng.integers(0, 2, n)
effect = np.array([0.9, 0.0, -0.6, 0.4])[channel]
score = (-2.6 + effect + 0.7 * np.log(bid + 0.2) + 0.6 * audience
         - 0.015 * creative_age + 0.3 * weekend * (channel == 1) - 0.25 * audience ** 2)
true_rate = 1 / (1 + np.exp(-score))
clicks = rng.poisson(350, n) + 20
conversions = rng.binomial(clicks, true_rate)

features = np.column_stack([np.eye(4)[channel], bid, audience, creative_age, weekend])
split = 3000
centre, spread = features[:split].mean(0), features[:split].std(0)
features = ((features - centre) / spread).astype("float32")

rate = conversions / clicks
target = np.log(rate / (1 - rate)).astype("float32")

x_train, x_test = features[:split], features[split:]
y_train = target[:split]

model = keras.Sequential([
    keras.Input((features.shape[1],)),
    layers.Dense(64, activation="gelu"),
    layers.Dense(64, activation="gelu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse")
stop = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=4, factor=0.5)
history = model.fit(x_train, y_train, epochs=20, batch_size=64,
                    callbacks=[stop], verbose=2)

logit = model.predict(x_test, verbose=0)[:, 0]
forecast = 1 / (1 + np.exp(-logit))
real = true_rate[split:]
r2 = 1 - np.sum((forecast - real) ** 2) / np.sum((real - real.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
