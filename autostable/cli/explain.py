"""autostable explain: the page of a cause or of a remedy."""

from __future__ import annotations

import sys
from importlib import resources
from typing import Annotated

import typer

from autostable import registry
from autostable.errors import UsageError, did_you_mean
from autostable.records import Code

Name = Annotated[
    str | None, typer.Argument(metavar="CODE|NAME", help="A cause or a remedy; without it all are listed.")
]


def explain(name: Name = None) -> None:
    """Print what a cause or a remedy is, with an example; without a name list them all."""
    if name is None:
        _list()
        return
    _print_markdown(_page(name))


def _page(name: str) -> str:
    codes = [code.value for code in Code]
    if name in codes:
        cures = [remedy.name for remedy in registry.remedies().values() if name in remedy.cures]
        page = _cause_page(name) or f"# {name}\n\nThis cause has no page yet."
        return f"{page.rstrip()}\n\n## Remedies\n\n{_bullets(cures)}" if cures else page
    remedies = registry.remedies()
    if name in remedies:
        page = remedies[name].page() or "This remedy has no page yet."
        title = "" if page.startswith("# ") else f"# {name}\n\n"
        return f"{title}{page.rstrip()}\n\n## Causes\n\n{_bullets([str(code) for code in remedies[name].cures])}"
    raise UsageError(
        f"there is no cause or remedy {name!r}"
        + (did_you_mean(name, [*codes, *remedies]) or "; `autostable explain` lists them")
    )


def _cause_page(code: str) -> str:
    # By way of the package above, so that looking something up does not load the diagnosis.
    page = resources.files("autostable").joinpath("diagnosis").joinpath("pages").joinpath(f"{code}.md")
    try:
        return page.read_text(encoding="utf-8")
    except OSError:
        return ""


def _bullets(names: list[str]) -> str:
    return "\n".join(f"- `{name}`" for name in names) + "\n"


def _first_line(page: str) -> str:
    """The first line that is not a heading."""
    lines = (line.strip() for line in page.splitlines())
    return next((line for line in lines if line and not line.startswith("#")), "")


def _list() -> None:
    causes = [(code.value, _first_line(_cause_page(code.value))) for code in Code]
    remedies = [(name, _first_line(remedy.page())) for name, remedy in registry.remedies().items()]
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
