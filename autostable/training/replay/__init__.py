"""One step of a training run once more, every operation of it recorded, and what can be asked of the record."""
