"""The guardian's small duties."""

from pathlib import Path

import pytest

from gbtui.demo import guardian


def test_a_log_that_floods_is_cut_and_others_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guardian, "_LOG_LIMIT", 100)
    (tmp_path / "postgresql-05.log").write_text("x" * 101)
    (tmp_path / "postgresql-06.log").write_text("y" * 100)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("z" * 500)
    (tmp_path / "link.log").symlink_to(elsewhere / "precious")
    guardian._trim(str(tmp_path))
    assert (tmp_path / "postgresql-05.log").read_text() == ""
    assert len((tmp_path / "postgresql-06.log").read_text()) == 100
    assert len((elsewhere / "precious").read_text()) == 500
    guardian._trim(str(tmp_path / "gone"))


def test_no_server_is_stopped_already(tmp_path: Path) -> None:
    assert guardian._stop("/nowhere/pg_ctl", str(tmp_path), "fast")
