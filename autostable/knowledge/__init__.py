"""What is known of operations, losses, activations, optimizers and scales: one row a thing, read by all. Pure."""
