"""The JSON report, version 1."""

from __future__ import annotations

import json

from autostable.records import Report, to_json


def render(report: Report) -> str:
    """Render a report as strict JSON: non-finite numbers are the strings "nan", "inf" and "-inf"."""
    value = to_json(report)
    return json.dumps({"schema": value.pop("schema"), **value}, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
