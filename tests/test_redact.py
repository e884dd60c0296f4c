"""Masks: what is hidden, what must stay readable, and that no text takes long."""

import sys
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbtui.redact import JSON, MEASURED, cut_at, redact, redacted

if TYPE_CHECKING:
    from _typeshed import TraceFunction

CARD = "4111 1111 1111 1111"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("write to ana.baker+shop@mail.example.org.", "write to ‹e-mail›."),
        ("юлия@пример.рф, 佐藤@例え.jp", "‹e-mail›, ‹e-mail›"),
        ("ana@пример.рф", "‹e-mail›"),
        ("उपयोगकर्ता@उदाहरण.भारत", "‹e-mail›"),
        ('"ana baker"@example.org', "‹e-mail›"),
        ("ana@[192.168.0.1]", "‹e-mail›"),
        ("ana＠example．org", "‹e-mail›"),
        ("ana\u200b@exam\u2060ple.org", "‹e-mail›"),
        ("/unsubscribe?who=ana%40example.org", "/‹e-mail›"),
        ("4915112345678@s.whatsapp.net", "‹e-mail›"),
        ("שלחו אל ana@example.org תודה", "שלחו אל ‹e-mail› תודה"),
        ("\u202eana@example.org\u202c", "\u202e‹e-mail›\u202c"),
    ],
)
def test_addresses(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "number",
    [
        CARD,
        "4111111111111111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111_1111_1111_1111",
        "411111 1111111111",
        "4111 1111\n1111 1111",
        "4111 1111\r\n  1111 1111",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "4111\u00a01111\u20091111\u30001111",
        "4111\u20131111\u20141111\u22121111",
        "4111\u200d1111\u200b1111\ufeff1111",
        "4111\ufffd1111\x001111\x1b1111",
        "4\ufe0f\u20e31\ufe0f\u20e3" + "11111111111111",
        "٤١١١ ١١١١ ١١١١ ١١١١",
        "४१११ ११११ ११११ ११११",
        "４１１１１１１１１１１１１１１１",
        "𝟒𝟏𝟏𝟏 𝟏𝟏𝟏𝟏 𝟏𝟏𝟏𝟏 𝟏𝟏𝟏𝟏",
        "④①①①①①①①①①①①①①①①",
        "3782 822463 10005",
        "5105105105105100",
        "2223003122003222",
        "6011000990139424",
        "30569309025904",
        "3530111333300000",
        "4222222222222",
    ],
)
def test_cards(number: str) -> None:
    assert redact(f"my card is {number}, thanks") == "my card is ‹card›, thanks"
    assert redact(number) == "‹card›"


def test_a_card_beside_other_digits() -> None:
    assert redact(f"{CARD} 12/29 123") == "‹card› 12/29 123"
    assert redact(f"order 17 {CARD}") == "order 17 ‹card›"
    assert redact("4111 1111 1111 1112") == "4111 1111 1111 1112"  # no card has this last digit


@pytest.mark.parametrize(
    "number",
    [
        "+49 151 12345678",
        "+4915112345678",
        "+49 (0)151 1234567",
        "(+49) 151 1234567",
        "+1 (212) 555-1234",
        "+1.212.555.1234",
        "+44 20 7946 0958",
        "+7 912 345-67-89",
        "00491511234567",
        "0049 151 1234567",
        "0151 12345678",
        "0151/12345678",
        "0151-1234567",
        "01711234567",
        "(030) 1234567",
        "020 7946 0958",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "555-123-4567",
        "(555) 123-4567",
        "1-800-555-0199",
        "(11) 91234-5678",
        "138 1234 5678",
        "98765 43210",
        "612 34 56 78",
        "612 345 678",
        "8 (912) 345-67-89",
        "8 912 345 67 89",
        "٠١٥١ ١٢٣٤٥٦٧٨",
        "＋81 90-1234-5678",
        "090ー1234ー5678",
        "0151\u200b12345678",
        "0151 1234\n5678",
    ],
)
def test_phones(number: str) -> None:
    shown = redact(f"ring {number} please")
    assert shown.replace("8 ‹", "‹") == "ring ‹phone› please"
    assert not any(char.isdecimal() for char in shown.replace("8 ‹", "‹"))


@pytest.mark.parametrize(
    "text", ["call 5551234", "tel. 212555 1234", "WhatsApp: 13812345678", "手机13812345678", "моб. 9123456789"]
)
def test_a_word_makes_a_bare_number_a_telephone(text: str) -> None:
    assert "‹phone›" in redact(text)
    assert not any(char.isdecimal() for char in redact(text))


@pytest.mark.parametrize("text", ["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "de89370400440532013000"])
def test_ibans(text: str) -> None:
    assert redact(f"to {text} today") == "to ‹iban› today"


@pytest.mark.parametrize(
    "text",
    [
        "order 10023456",
        "order number 123456789012",
        "call me about order 12345678",
        "ORD-2026-1234-5678",
        "RE-2026-000123-45",
        "302-1234567-1234567",
        "parcel 00340434161094042557",
        "1Z999AA10123456784",
        "#0151123456",
        "45345678-1234-4123-8123-123456789012",
        "550e8400-e29b-41d4-a716-446655440000",
        "2026-11-28 14:15:30.123456+01:00",
        "2026-11-28T14:15:30Z",
        "28.11.2026 14:15, 11/28/2026",
        "01.02.2026 10:30",
        "20261128141530",
        "1732800000",
        "1732800000.123456",
        "1732800000000",
        "192.168.100.200:5432",
        "10.0.0.9/24",
        "2001:db8::151:1234",
        "0/300151234",
        "000000010000000000000001",
        "52.520008, 13.404954",
        "1.234.567.890 and 12,345,678",
        "0.15112345678",
        "9:00-17:00, 2 x 3 = 6",
        "978-3-16-148410-0",
        "PostgreSQL 18.6 (20260811)",
        "@ana, see support@acme",
        "5 4 3 2 1 0",
        "",
    ],
)
def test_what_is_none_of_these_stays(text: str) -> None:
    assert redact(text) == text


def test_what_a_cut_text_ends_with_may_be_the_start_of_something() -> None:
    assert redact("my card is 4111 1111 1111 1", cut=True) == "my card is …"
    assert redact("write to ana.bak", cut=True) == "write to …"
    assert redact("カードは4111 1111 111", cut=True) == "カードは …"


@dataclass(frozen=True, slots=True)
class _Told:
    text: str = field(metadata=MEASURED)
    length: int
    start: str = field(default="", metadata=cut_at(10))
    names: tuple[str, ...] = ()
    data: str | None = field(default=None, metadata=JSON)

    @property
    def cut(self) -> bool:
        return self.length > len(self.text)


def test_a_record_tells_the_length_of_what_is_shown() -> None:
    whole = redacted(_Told(f"a {CARD}", 21))
    assert (whole.text, whole.length, whole.cut) == ("a ‹card›", 8, False)
    part = redacted(_Told(f"a {CARD}", 5000))
    assert part.cut
    assert not any(char.isdecimal() for char in part.text)


def test_every_text_of_a_record_and_json_as_json() -> None:
    shown = redacted(
        _Told(
            "",
            0,
            "0123456 78",
            ("ana@example.org",),
            '{"card": 4111111111111111, "n": 7, "ana@example.org": "\\u0040"}',
        )
    )
    assert shown.start == " …"
    assert shown.names == ("‹e-mail›",)
    assert shown.data == '{"card": "‹card›", "n": "7", "‹e-mail›": "@"}'
    plain = _Told("", 0, data='{"n": 7}')
    assert redacted(plain) is plain


_SIGNS = st.text(st.sampled_from("0123456789 +-.()/\n@:,a٤１\u200d\u0301%ü‹›#x"), max_size=80)


@given(_SIGNS)
def test_masking_twice_is_masking_once(text: str) -> None:
    shown = redact(text)
    assert redact(shown) == shown


@given(_SIGNS, _SIGNS)
def test_a_card_is_hidden_whatever_stands_around_it(before: str, after: str) -> None:
    assert "4111 1111 1111 1111" not in redact(f"{before} {CARD} {after}")


@given(st.text(max_size=200))
def test_without_an_at_sign_and_digits_nothing_changes(text: str) -> None:
    plain = "".join(char for char in text if not char.isnumeric() and char not in "@＠﹫%")
    assert redact(plain) == plain


@pytest.mark.parametrize(
    "piece",
    ["1 2", "1", "@", "a@b.", "4 1 1 1", "DE89 ", "tel ", "(((+", "1.111.", "0 -----", "%40", "+1 ", "a.",
     "call 123456 ", "12-34-", "::1", "\u200d1"],
)  # fmt: skip
def test_work_grows_with_the_text_and_no_faster(piece: str) -> None:
    """Counted in steps of the interpreter, not in seconds: a busy machine is slow for all."""

    def steps(times: int) -> int:
        count = 0

        def trace(_frame: FrameType, _event: str, _value: object) -> "TraceFunction":
            nonlocal count
            count += 1
            return trace

        text = piece * times
        sys.settrace(trace)
        try:
            redact(text)
        finally:
            sys.settrace(None)
        return count

    assert steps(600) <= 8 * steps(150)  # four times the text; a square would be sixteen
