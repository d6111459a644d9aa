"""The JSON Schema of the report, version 1, as published in report-1.schema.json.

Within a version fields are added, never changed or taken away: the schema requires what is
promised and allows whatever else there is.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

FILE = "report-1.schema.json"


def report_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that every JSON report satisfies."""
    text = resources.files("autostable.report").joinpath(FILE).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
