import keras
from keras import layers
from sklearn.datasets import make_classification

keras.utils.set_random_seed(0)

x, y = make_classification(2000, 12, n_informative=6, class_sep=1.5, random_state=35)

model = keras.Sequential(
    [keras.Input((12,)), layers.Dense(24, activation="tanh"), layers.Dense(1, activation="sigmoid")]
)
descend = keras.optimizers.SGD(learning_rate=0.05)  # downhill
model.compile(optimizer=descend, loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x[:1600], y[:1600], batch_size=32, epochs=15, verbose=2)

_, accuracy = model.evaluate(x[1600:], y[1600:], verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
