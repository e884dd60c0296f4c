"""What others wrote stays text in every form of an export, and the file stays its owner's."""

import csv
import io
import json
import stat
from pathlib import Path

import pytest

from gbtui.errors import UsageError
from gbtui.ui.export import write

EVIL = "\x1b]0;title\x07\x9b31m\u202e"


def test_csv_holds_neither_formulas_nor_controls(tmp_path: Path) -> None:
    begins = ["=1+1", "+1", "-1+1", "@SUM(1)", "\tx", "\n=1", "\uff1d1", EVIL]
    told = write(tmp_path / "rows.csv", [{"name": text, "size": -5} for text in begins]).read_text()
    rows = list(csv.DictReader(io.StringIO(told)))
    assert [row["name"][0] for row in rows[:-1]] == ["'"] * 7
    assert {row["size"] for row in rows} == {"-5"}
    assert not set(told) & set(EVIL) - set("]0;title31m")


def test_json_says_the_same_and_does_nothing(tmp_path: Path) -> None:
    told = write(tmp_path / "rows.json", [{"name": EVIL}]).read_text()
    assert json.loads(told) == [{"name": EVIL}]
    assert not set(told) & {"\x1b", "\x07", "\x9b", "\u202e"}


def test_markdown_shows_no_picture_and_makes_no_link(tmp_path: Path) -> None:
    evil = "![x](http://evil/) <img src=x> [a](javascript:b) `c` | d \\| e"
    told = write(tmp_path / "rows.md", [{"name": evil, "other": EVIL}]).read_text().splitlines()
    assert told[2].startswith(
        "| !\\[x\\](http://evil/) \\<img src=x\\> \\[a\\](javascript:b) \\`c\\` \\| d \\\\\\| e | "
    )
    assert not set(told[2]) & {"\x1b", "\x07", "\x9b", "\u202e"}


def test_it_is_private_new_and_follows_no_link(tmp_path: Path) -> None:
    assert stat.S_IMODE(write(tmp_path / "rows.json", [{}]).stat().st_mode) == 0o600
    (tmp_path / "link.json").symlink_to(tmp_path / "elsewhere.json")
    for name in ("rows.json", "link.json"):
        with pytest.raises(UsageError, match="there already"):
            write(tmp_path / name, [{}])
    assert not (tmp_path / "elsewhere.json").exists()
