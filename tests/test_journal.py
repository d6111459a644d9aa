"""A journal: what was added is there, whatever happens to the file the good prefix is."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autostable import journal
from autostable.errors import StoreError
from autostable.journal import Journal

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
RECORDS = st.lists(st.dictionaries(st.text(max_size=6), VALUES, max_size=3), min_size=1, max_size=8)
OFTEN = settings(
    max_examples=int(os.environ.get("EXAMPLES", "15")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def written(path: Path, records: list[Any]) -> bytes:
    path.unlink(missing_ok=True)
    log = Journal(path, "test")
    for record in records:
        log.add(record)
    log.close()
    return path.read_bytes()


def is_prefix(found: list[Any], of: list[Any]) -> bool:
    return found == json.loads(json.dumps(of))[: len(found)]


@OFTEN
@given(RECORDS)
def test_what_was_added_is_there(tmp_path: Path, records: list[Any]) -> None:
    path = tmp_path / "journal.jsonl"
    written(path, records)
    assert journal.read(path, "test") == records
    assert journal.read(path, "test", most=1) == records[:1]
    again = Journal(path, "test")
    assert (again.records, again.lost) == (records, 0)
    again.add({"one": "more"})
    again.close()
    assert journal.read(path, "test") == [*records, {"one": "more"}]


@OFTEN
@given(RECORDS, st.data())
def test_of_a_damaged_file_the_good_prefix_counts(tmp_path: Path, records: list[Any], data: st.DataObject) -> None:
    path = tmp_path / "journal.jsonl"
    whole = written(path, records)
    head = whole.index(b"\n") + 1
    at = data.draw(st.integers(head, len(whole) - 1))
    kind = data.draw(st.sampled_from(["cut", "changed", "put in", "left out"]))
    if kind == "cut":
        spoilt = whole[:at]
    elif kind == "changed":
        spoilt = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    elif kind == "put in":
        spoilt = whole[:at] + data.draw(st.binary(min_size=1, max_size=9)) + whole[at:]
    else:
        spoilt = whole[:at] + whole[at + data.draw(st.integers(1, 9)) :]
    path.write_bytes(spoilt)
    before = whole[head:at].count(b"\n")
    found = journal.read(path, "test")
    assert is_prefix(found, records) and len(found) >= before, "all that lies before the damage counts, nothing else"
    again = Journal(path, "test")
    assert again.records == found
    again.add({"one": "more"})
    again.close()
    assert journal.read(path, "test") == [*found, {"one": "more"}]


def test_lines_that_are_moved_or_missing_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    head, one, two, three = written(path, [{"n": 1}, {"n": 2}, {"n": 3}]).splitlines(keepends=True)
    for lines, good in (([one, three], 1), ([two, one, three], 0), ([one, one, two], 1), ([one, two, three], 3)):
        path.write_bytes(b"".join([head, *lines]))
        assert len(journal.read(path, "test")) == good


@pytest.mark.parametrize("text", [b"", b"12", b"5f0c3a91 {"])
def test_a_kill_in_the_first_line_leaves_an_empty_journal(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(text)
    log = Journal(path, "test")
    log.add({"n": 1})
    log.close()
    assert journal.read(path, "test") == [{"n": 1}]


def test_what_is_no_journal_of_ours_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text("dear diary\nof today\n")
    with pytest.raises(StoreError, match="damaged from its first line"):
        Journal(path, "test")
    assert path.read_text() == "dear diary\nof today\n"
    written(path, [{"n": 1}])
    with pytest.raises(StoreError, match="not a journal that this version can go on with"):
        Journal(path, "another")


def test_a_full_disk_is_one_sentence_and_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.jsonl"
    log = Journal(path, "test")
    log.add({"n": 1})
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real(file, data[:5]))
    with pytest.raises(StoreError, match=r"cannot write .*journal\.jsonl: the disk is full"):
        log.add({"n": 2})
    monkeypatch.undo()
    log.add({"n": 3})
    log.close()
    assert journal.read(path, "test") == [{"n": 1}, {"n": 3}]


def test_a_folder_that_is_gone_or_unreadable_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot write"):
        Journal(tmp_path / "nowhere" / "journal.jsonl", "test")
    with pytest.raises(StoreError, match="cannot read"):
        journal.read(tmp_path, "test")
    assert journal.read(tmp_path / "none", "test") == []
