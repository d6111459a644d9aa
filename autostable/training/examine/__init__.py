"""Looks at data and model of a training that is at rest: nothing of it is changed."""
