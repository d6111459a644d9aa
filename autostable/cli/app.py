"""The application that the commands hang on, and how errors leave it."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer

from autostable._version import __version__
from autostable.cli import apply, check, config, explain, replay, run, show, sweep
from autostable.errors import AutostableError
from autostable.terse_help import Command, Group

EPILOG = (
    "Exit status: 0 stable (healthy or repaired), 1 unstable and not repaired, 2 usage or settings, "
    "3 the script failed by itself, 130 interrupted."
)


class _Group(Group):
    """Turns our own errors into one sentence and exit status 2, for all commands alike."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except AutostableError as error:
            print(f"error: {error}", file=sys.stderr)
            raise typer.Exit(2) from None


app = typer.Typer(
    name="autostable",
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
)
# All that follows the target is the target's own, options included.
_OWN = {"allow_interspersed_args": False}
app.command("run", cls=Command, context_settings=_OWN)(run.run)
app.command("check", cls=Command, context_settings=_OWN)(check.check)
app.command("apply", cls=Command, context_settings=_OWN)(apply.apply)
app.command("explain", cls=Command)(explain.explain)
app.command("show", cls=Command)(show.show)
app.command("replay", cls=Command)(replay.replay)
app.command("config", cls=Command)(config.config)
sweep.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"autostable {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Runs a Keras training, sees it fail, names the cause and the line, and finishes it with the smallest cure."""


def main() -> None:
    """Entry point of the `autostable` script."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us: what nobody reads must not go into another file
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    app(prog_name="autostable")
