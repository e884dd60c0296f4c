"""What was typed or pasted, read as a name and as an id."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbtui.domain.going.asked import LONGEST, asked

ID = UUID("4c1e0b2a-0000-4000-8000-00000000000f")


@pytest.mark.parametrize(
    "text",
    [
        str(ID), ID.hex, str(ID).upper(), f"{{{ID}}}", f'"{ID}",', f"'{ID}'", f"({ID})", f"<{ID}>;", f"  {ID}\n",
        f"urn:uuid:{ID}", f"[{ID.hex.upper()}]:",
    ],
)  # fmt: skip
def test_an_id_is_known_however_a_log_writes_it(text: str) -> None:
    assert asked(text).id == ID
    assert str(ID) in asked(text).texts


def test_the_beginning_of_an_id_means_all_that_begin_so() -> None:
    for text in ("4c1e0b2a", "4C1E0B2A…", "4c1e0b2a...", "4c1e0b2a-"):
        wanted = asked(text)
        assert wanted.id is None
        assert wanted.low is not None
        assert wanted.high is not None
        assert wanted.low <= ID <= wanted.high
        assert wanted.low.hex.startswith("4c1e0b2a0000")
        assert wanted.high.hex.startswith("4c1e0b2affff")


@pytest.mark.parametrize("text", ["4711", "decade", "feed", "ana@example.org", "4c1e0b2", f"{ID}0", "café-12345678"])
def test_what_is_no_id_is_a_name(text: str) -> None:
    assert asked(text).low is None
    assert asked(text).name == text


@given(st.text(max_size=300))
def test_any_text_becomes_one_harmless_line(text: str) -> None:
    wanted = asked(text)
    assert "\x1b" not in wanted.name
    assert "\n" not in wanted.name
    assert len(wanted.name) <= LONGEST
    assert (wanted.low is None) == (wanted.high is None)
    assert asked(wanted.name).name == wanted.name


@given(st.uuids())
def test_every_uuid_is_found_by_any_eight_digits_or_more_of_its_beginning(key: UUID) -> None:
    for length in range(8, 33):
        wanted = asked(key.hex[:length])
        assert wanted.low is not None
        assert wanted.high is not None
        assert wanted.low <= key <= wanted.high
