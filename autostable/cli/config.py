"""autostable config: each setting and where it comes from."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from autostable.config import Settings, load_settings


def config() -> None:
    """Print each setting with its value, and where that comes from."""
    settings, origins = load_settings({}, Path.cwd(), os.environ)
    rows = [(field.name.replace("_", "-"), shown(getattr(settings, field.name)), origins[field.name])
            for field in dataclasses.fields(Settings)]  # fmt: skip
    name_width, value_width = (max(len(row[column]) for row in rows) for column in (0, 1))
    for name, value, origin in rows:
        print(f"{name:<{name_width}}  {value:<{value_width}}  {origin}")


def shown(value: object) -> str:
    """A value as it is written in pyproject.toml; "-" where there is none."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "-"
    return str(value)
