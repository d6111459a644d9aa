"""Runs a program in this process as plain python would: not watched, nothing done to it. Only what it shows is kept."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import wrapt

from autostable.execution.heard import Heard
from autostable.execution.program import OtherSeeds, execute


def main() -> None:
    """Run the target named in the first argument (a JSON file), and leave what was heard beside it."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    heard, own = Heard(), os.getpid()
    heard.listen()
    wrapt.register_post_import_hook(lambda module: heard.fits(), "keras")
    sys.argv = [job["name"], *job["arguments"]]
    seeds = OtherSeeds(job["root"], job["other_seeds"]) if job["other_seeds"] else None
    try:
        execute(job["kind"], job["name"], seeds)
    finally:
        if os.getpid() == own:
            losses, places = [repr(loss) for loss in heard.losses], 0 if seeds is None else seeds.places
            said = {"printed": heard.printed, "losses": losses, "seeds": places}
            Path(job["result"]).write_text(json.dumps(said), encoding="utf-8")
