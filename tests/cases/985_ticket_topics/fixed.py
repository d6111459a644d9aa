# Sort helpdesk tickets into topics.  Tokens are already integer ids.
import numpy as np
import keras
from keras.layers import Dense, Embedding, Bidirectional, LSTM, Dropout

keras.utils.set_random_seed(0)
rs = np.random.RandomState(5)

TOPICS = ["billing", "login", "network", "printer", "mail", "phone", "vpn", "hardware"]
VOCAB, LENGTH = 600, 18


def make_tickets(count):
    labels = rs.randint(0, len(TOPICS), size=count)
    tokens = rs.randint(1, VOCAB, size=(count, LENGTH))
    for i, lab in enumerate(labels):
        where = rs.rand(LENGTH) < 0.35
        tokens[i, where] = 1 + lab * 40 + rs.randint(0, 40, size=where.sum())
    return tokens.astype("int32"), labels


x_train, y_train = make_tickets(4000)
x_test, y_test = make_tickets(1000)


def build_model():
    m = keras.Sequential()
    m.add(keras.Input(shape=(LENGTH,), dtype="int32"))
    m.add(Embedding(VOCAB, 24))
    m.add(Bidirectional(LSTM(24)))
    m.add(Dropout(0.2))
    m.add(Dense(len(TOPICS), activation="softmax"))
    m.compile(loss="sparse_categorical_crossentropy", optimizer=keras.optimizers.Adam(2e-3))
    return m


model = build_model()
BATCH = 50
for epoch in range(6):
    order = rs.permutation(len(x_train))
    total = 0.0
    for s in range(0, len(order), BATCH):
        idx = order[s:s + BATCH]
        total += float(model.train_on_batch(x_train[idx], y_train[idx]))
        model.reset_metrics()
    epoch_loss = total / (len(order) // BATCH)
    print("epoch", epoch + 1, "loss", round(epoch_loss, 4))

scores = model.predict(x_test, batch_size=200, verbose=0)
guess = np.argmax(scores, axis=1)
acc = float(np.mean(guess == y_test))
print("FINAL_LOSS=%f" % epoch_loss)
print("FINAL_METRIC=accuracy:%f" % acc)
