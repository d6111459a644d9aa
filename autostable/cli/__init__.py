"""The command line: one command a file, thin. Nothing here, nor what it imports at the top, pays for TensorFlow."""

from __future__ import annotations

from autostable.cli.app import app, main

__all__ = ["app", "main"]
