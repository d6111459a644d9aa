"""The version, in one place: the build reads it here, and so does an uninstalled checkout."""

__version__ = "0.1.0"
