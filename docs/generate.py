"""Writes what in the documentation is made from the code: the pages of causes and remedies, and the README's table.

    python docs/generate.py

A test fails where a file is not what this makes.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- made by docs/generate.py -->\n", "<!-- end -->\n"


def files() -> Mapping[Path, str]:
    """Every file with what it should hold."""
    from autostable import registry
    from autostable.cli import pages
    from autostable.records import Code
    from autostable.repair import ladders

    remedies = [remedy for remedy in registry.remedies() if registry.remedies()[remedy] not in registry.third_party()]
    made = {}
    causes = ["# Causes\n", "What `autostable` can find out about a training that fails.\n"]
    for code in Code:
        text = pages.cause_page(code, link="[`{}`](../remedies/{}.md)")
        made[ROOT / "docs" / "causes" / f"{code}.md"] = text
        causes.append(f"- [`{code}`]({code}.md): {pages.summary(text)}")
    made[ROOT / "docs" / "causes" / "README.md"] = "\n".join(causes) + "\n"
    cures = ["# Remedies\n", "What `autostable` can change about a training so that it holds.\n"]
    for name in remedies:
        text = pages.remedy_page(name, link="[`{}`](../causes/{}.md)")
        made[ROOT / "docs" / "remedies" / f"{name}.md"] = text
        cures.append(f"- [`{name}`]({name}.md): {pages.summary(registry.remedy(name).page())}")
    made[ROOT / "docs" / "remedies" / "README.md"] = "\n".join(cures) + "\n"
    rows = ["| cause | remedies, in the order in which they are tried |", "| --- | --- |"]
    for code in Code:
        names = [name for name in ladders.remedies_for(code) if name in remedies]
        if not names:  # a warning, no cause
            continue
        links = ", ".join(f"[{name}](docs/remedies/{name}.md)" for name in names)
        rows.append(f"| [`{code}`](docs/causes/{code}.md) | {links} |")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    made[ROOT / "README.md"] = before + BEGIN + "\n".join(rows) + "\n" + END + after
    return made


def main() -> None:
    """Write them, and remove pages of what is no more."""
    made = files()
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for folder in ("causes", "remedies"):
        for path in (ROOT / "docs" / folder).glob("*.md"):
            if path not in made:
                path.unlink()


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "strategies")]
    main()
