"""The pages of causes and remedies: what `autostable explain` shows and what docs/ is made from."""

from __future__ import annotations

import re
from importlib import resources

from autostable import registry
from autostable.errors import UsageError, did_you_mean
from autostable.knowledge.signs import counts
from autostable.records import Code


def page(name: str) -> str:
    """The page of a cause or a remedy (Markdown).

    Raises:
        UsageError: If there is neither of that name.
    """
    codes = [code.value for code in Code]
    if name in codes:
        return cause_page(Code(name))
    if name in registry.remedies():
        return remedy_page(name)
    raise UsageError(
        f"there is no cause or remedy {name!r}"
        + (did_you_mean(name, [*codes, *registry.remedies()]) or "; `autostable explain` lists them")
    )


def cause_page(code: Code, link: str = "`{}`") -> str:
    """A cause's page with what it was recognised by in the cases, and its remedies, the one that is tried first first.

    Args:
        code: The cause.
        link: How a remedy is named, `{}` stands for its name.
    """
    # By way of the package above, so that looking something up does not load the diagnosis.
    file = resources.files("autostable").joinpath("diagnosis").joinpath("pages").joinpath(f"{code}.md")
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:
        text = f"# {code}\n\nThis cause has no page yet."
    from autostable.repair import ladders  # late: --help is not to wait for what the diagnosis needs

    names = ladders.remedies_for(code)
    remedies = f"## Remedies\n\n{_bullets(names, link)}" if names else ""
    return "\n\n".join(part for part in (text.rstrip(), _recognised(code), remedies) if part)


def _recognised(code: Code) -> str:
    """How often which sign of a cause was right; nothing where no case had one."""
    met = [(name, row[code]) for name, row in counts().signs.items() if code in row]
    if not met:
        return ""
    rows = [
        f"- {name}: right in {each.right} of {each.seen}" for name, each in sorted(met, key=lambda row: -row[1].seen)
    ]
    told = "By its signs, and how often it was among the right answers in the failing programs of tests/cases:"
    return "\n".join(["## How it is recognised", told, "", *rows])


def remedy_page(name: str, link: str = "`{}`") -> str:
    """A remedy's page with the causes that it is for (see `cause_page`)."""
    remedy = registry.remedy(name)
    text = remedy.page() or "This remedy has no page yet."
    title = "" if text.startswith("# ") else f"# {name}\n\n"
    return f"{title}{text.rstrip()}\n\n## Causes\n\n{_bullets(tuple(map(str, remedy.cures)), link)}"


def summary(text: str) -> str:
    """The first sentence of a page."""
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return re.split(r"(?<=[.:])\s+(?=[A-Z`])", first, maxsplit=1)[0].rstrip(":")


def _bullets(names: tuple[str, ...], link: str) -> str:
    return "\n".join("- " + link.replace("{}", name) for name in names) + "\n"
