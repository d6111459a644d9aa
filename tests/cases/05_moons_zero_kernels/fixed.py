import keras
from keras import layers
from sklearn.datasets import make_moons

keras.utils.set_random_seed(0)

x, y = make_moons(1500, noise=0.2, random_state=0)
x_test, y_test = make_moons(600, noise=0.2, random_state=1)

model = keras.Sequential([keras.Input((2,))])
for _ in range(2):
    model.add(layers.Dense(24, activation="relu", kernel_initializer="he_uniform"))
model.add(layers.Dense(1, activation="sigmoid"))
model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, batch_size=32, epochs=20, verbose=2)

_, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
