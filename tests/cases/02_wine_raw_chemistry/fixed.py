import keras
from keras import layers
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

chemistry, cultivar = load_wine(return_X_y=True)
x, x_test, y, y_test = train_test_split(chemistry, cultivar, test_size=0.3, random_state=1, stratify=cultivar)

centre, spread = x.mean(axis=0), x.std(axis=0)
x, x_test = (x - centre) / spread, (x_test - centre) / spread

model = keras.Sequential([keras.Input((13,))])
model.add(layers.Dense(32, activation="relu"))
model.add(layers.Dense(16, activation="relu"))
model.add(layers.Dense(3, activation="softmax"))
model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
run = model.fit(x, y, batch_size=16, epochs=60, verbose=2)

_, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={run.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
