"""The cursor's file: what is written is read, and nothing else is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gbtui.domain.tail.bookmark import Bookmark, Key, Place, just_before
from gbtui.domain.tail.cursor import Cursor
from gbtui.domain.tail.cursor_file import CursorFile
from gbtui.domain.tail.history import History
from gbtui.errors import GbtuiError, UsageError

_NUMBERS = st.integers(0, 2**64 - 1)
_KEYS = st.builds(Key, st.datetimes(timezones=st.just(UTC)), st.uuids())
_CURSORS = st.builds(Cursor, _NUMBERS, st.frozensets(_NUMBERS, max_size=5), st.frozensets(_NUMBERS, max_size=5))
_HISTORIES = st.builds(
    History,
    st.none() | st.integers(1, 2**63),
    st.none() | st.integers(1, 2**31),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.frozensets(st.integers(1, 2**22), max_size=5),
)
BOOKMARKS = st.builds(
    Bookmark,
    place=st.builds(Place, _HISTORIES, st.just("app"), st.just("message_history"), st.integers(0, 2**32)),
    cursor=_CURSORS,
    begin=_CURSORS,
    places=st.dictionaries(_NUMBERS, st.uuids(), max_size=3),
    floor=_NUMBERS,
    seen=st.lists(st.tuples(_NUMBERS, st.uuids()), max_size=20).map(tuple),
    older=st.none() | _KEYS,
    again=st.lists(_KEYS, max_size=5).map(tuple),
)


@settings(deadline=None)
@given(BOOKMARKS, st.none() | st.uuids(), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_what_is_written_is_read(bookmark: Bookmark, organization: UUID | None, source: str) -> None:
    with TemporaryDirectory() as folder:
        file = CursorFile(Path(folder) / "cursor", organization, source)
        assert file.read() is None
        file.write(bookmark)
        assert file.read() == bookmark
        assert file.path.stat().st_mode & 0o777 == 0o600
        assert [path.name for path in Path(folder).iterdir()] == ["cursor"]


@given(BOOKMARKS, st.data())
@settings(deadline=None, max_examples=50)
def test_a_damaged_file_is_refused_or_says_the_same(bookmark: Bookmark, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        file = CursorFile(Path(folder) / "cursor", None, "")
        file.write(bookmark)
        whole = file.path.read_bytes()
        file.path.write_bytes(whole[: data.draw(st.integers(1, len(whole) - 3))])
        with pytest.raises(UsageError, match="is none of gbtui's, or is damaged"):
            file.read()


def test_a_link_stays_a_link_and_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    place = Place(History(1, 1, "run", frozenset((1,))), "app", "message_history", 1)
    bookmark = Bookmark(place, Cursor(5), Cursor(5), {}, 5, ())
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "cursor")
    CursorFile(link, None, "").write(bookmark)
    assert link.is_symlink()
    assert CursorFile(tmp_path / "cursor", None, "").read() == bookmark
    with pytest.raises(GbtuiError, match="The cursor cannot be kept"):
        CursorFile(tmp_path / "missing" / "cursor", None, "").write(bookmark)


def test_which_place_refuses_which() -> None:
    here = Place(History(7, 2, "run", frozenset((1,))), "app", "message_history", 5)

    def refuses(
        system: int | None = 7,
        timeline: int | None = 2,
        database: str = "app",
        table: str = "message_history",
        table_oid: int = 5,
    ) -> str:
        return here.refuses(Place(History(system, timeline, "another run", frozenset()), database, table, table_oid))

    assert refuses() == ""
    assert refuses(timeline=1) == ""  # a failover lies between: what joins is looked for
    assert refuses(system=None, timeline=None) == ""
    assert "another server" in refuses(system=8)
    assert "timeline 3" in refuses(timeline=3)
    assert "in database other" in refuses(database="other")
    assert "gb_meta.audit_log" in refuses(table="gb_meta.audit_log")
    assert "dropped" in refuses(table_oid=6)


def test_history_begins_with_the_row_itself() -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    key = just_before(at, UUID(int=9))
    assert key < Key(at, UUID(int=9))
    assert key > Key(at - timedelta(microseconds=1), UUID(int=10))
