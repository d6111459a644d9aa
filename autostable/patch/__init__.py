"""Source edits: where an argument is written, and what a plan looks like as a change to the user's program."""

from autostable.patch.edits import edits_for, write_edits
from autostable.patch.locate import locate_argument, locate_value
from autostable.patch.origin import locate_data, locate_named, locate_reading

__all__ = [
    "edits_for",
    "locate_argument",
    "locate_data",
    "locate_named",
    "locate_reading",
    "locate_value",
    "write_edits",
]
