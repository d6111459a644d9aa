"""`python -m autostable` is the command line."""

from __future__ import annotations

from autostable.cli import main

if __name__ == "__main__":
    main()
