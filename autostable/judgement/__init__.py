"""How a training is judged: figures in, statements out. Pure; knows neither TensorFlow nor Keras.

Each statement answers yes, no or "cannot be told" and names the figure that it rests on. Whoever has
a live model hands over numbers, or a function from an order of rows to a loss.
"""
