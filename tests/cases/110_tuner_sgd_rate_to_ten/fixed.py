"""Random search over an MLP for handwritten digits; every configuration is trained twice.

usage: python train.py [project directory]
"""
import os
import sys

import keras
import keras_tuner
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)


def build_model(hp):
    model = keras.Sequential()
    model.add(keras.Input((64,)))
    for i in range(hp.Int("num_layers", 1, 3)):
        model.add(keras.layers.Dense(hp.Int(f"units_{i}", 32, 128, step=32), activation="relu"))
    if hp.Boolean("dropout"):
        model.add(keras.layers.Dropout(0.25))
    model.add(keras.layers.Dense(10, activation="softmax"))
    learning_rate = hp.Float("lr", min_value=1e-3, max_value=1e-1, sampling="log")
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=learning_rate, momentum=0.9),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


target = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "sweep")
x, y = load_digits(return_X_y=True)
x = (x / 16.0).astype("float32")
y = keras.utils.to_categorical(y, 10)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=0)
x_train, x_val, y_train, y_val = train_test_split(x_train, y_train, test_size=0.2, random_state=0)

tuner = keras_tuner.RandomSearch(
    build_model,
    objective="val_accuracy",
    max_trials=3,
    executions_per_trial=2,
    seed=0,
    directory=os.path.dirname(target),
    project_name=os.path.basename(target),
    overwrite=True,
)
tuner.search_space_summary()
tuner.search(x_train, y_train, epochs=8, validation_data=(x_val, y_val), verbose=2)
tuner.results_summary()

best_model = tuner.get_best_models(num_models=1)[0]
loss, accuracy = best_model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={loss}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
