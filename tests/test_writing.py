"""Which script a text is written in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbtui.writing import script


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Where is my parcel?", "Latin"),
        ("Ünïcödé", "Latin"),
        ("Ｆｕｌｌ ｗｉｄｔｈ", "Latin"),
        ("Где посылка?", "Cyrillic"),
        ("مرحبا", "Arabic"),
        ("שלום", "Hebrew"),
        ("नमस्ते", "Devanagari"),
        ("汉字", "Han"),
        ("佐藤さくら", "Japanese"),
        ("ありがとう", "Japanese"),
        ("한국어", "Korean"),
        ("Где мой iPhone", "mixed: Cyrillic, Latin"),
        ("12:30 😊 …", ""),
        ("", ""),
    ],
)
def test_the_script_of_the_letters(text: str, name: str) -> None:
    assert script(text) == name


@given(st.text(max_size=300))
def test_any_text_has_one_or_none(text: str) -> None:
    assert script(text).isprintable()
