"""One `fit` under watch, a job a file: its start, its steps and batches, what a run came to, why, and what is told of it."""
