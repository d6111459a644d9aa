"""Sweeps: keras-tuner projects, tables of configurations and Optuna studies, watched or repaired in a batch."""
