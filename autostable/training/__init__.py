"""The only wing that touches TensorFlow and Keras: watch, locate, audit, install, rewind."""
