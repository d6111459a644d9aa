"""Reports: one renderer a file.

terminal   for people, with the guilty line
concise    one line a cause
json       version 1 of the JSON report (its schema is in report-1.schema.json)
github     workflow commands that become annotations
html       one self-contained page
"""

from __future__ import annotations
