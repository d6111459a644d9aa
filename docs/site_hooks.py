"""For mkdocs: links that lead out of docs/ (to the README, the examples) lead to the first page."""

from __future__ import annotations

import re
from typing import Any


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The page's text, with links that the site can follow."""
    depth = page.file.src_uri.count("/")
    out = "../" * (depth + 1)
    return re.sub(rf"\]\({re.escape(out)}(?!\.\.)[^)]*\)", f"]({'../' * depth}index.md)", markdown)
