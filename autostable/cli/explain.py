"""autostable explain: the page of a cause or of a remedy."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from autostable import registry
from autostable.cli import pages
from autostable.records import Code

Name = Annotated[
    str | None, typer.Argument(metavar="CODE|NAME", help="A cause or a remedy; without it all are listed.")
]


def explain(name: Name = None) -> None:
    """Print what a cause or a remedy is, with an example; without a name list them all."""
    if name is None:
        _list()
        return
    _print_markdown(pages.page(name))


def _list() -> None:
    causes = [(code.value, pages.summary(pages.cause_page(code))) for code in Code]
    remedies = [(name, pages.summary(remedy.page())) for name, remedy in registry.remedies().items()]
    width = max(len(name) for name, _ in (*causes, *remedies))
    if not sys.stdout.isatty():
        for name, line in (*causes, *remedies):
            print(f"{name:<{width}}  {line}".rstrip())
        return
    from rich.table import Table
    from rich.text import Text

    from autostable.report.terminal import make_console

    console = make_console(sys.stdout)
    for title, rows in (("Causes", causes), ("Remedies", remedies)):
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True, min_width=width)
        table.add_column()
        for name, line in rows:
            table.add_row(Text(name, style="bold"), Text(line))
        console.print(Text(title, style="bold underline"))
        console.print(table)
        console.print()


def _print_markdown(page: str) -> None:
    """Markdown is rendered for eyes and left as it is for pipes."""
    if not sys.stdout.isatty():
        print(page)
        return
    from rich.markdown import Markdown

    from autostable.report.terminal import make_console

    make_console(sys.stdout).print(Markdown(page))
