"""What stands behind a comparison in a filter: figures with units, ages, moments. Pure."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gbtui import times
from gbtui.errors import UsageError

_QUANTITY: Final = re.compile(r"([+-]?(?:\d[\d,_]*\.?\d*|\.\d+))\s*([A-Za-zµ%]*)(?:/s)?")
_BYTES: Final = {"b": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30, "tb": 2**40, "pb": 2**50}
_SECONDS: Final = {"µs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_PRECISE: Final = re.compile(r"(?P<clock>\d:\d\d(?P<second>:\d\d)?)|\d{4}-\d\d-\d\d|today|yesterday", re.IGNORECASE)
_COUNTS: Final = {"": 1, "%": 1, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}


def quantity(text: str) -> float | None:
    """The number a person wrote: `1.5GB` in bytes, `5m` in seconds, `12k`, `41 %`, `1,204`; None where it is none."""
    found = _QUANTITY.fullmatch(text.strip())
    if found is None:
        return None
    number, unit = float(found[1].replace(",", "").replace("_", "")), found[2]
    for scale in (_COUNTS.get(unit), _SECONDS.get(unit), _BYTES.get(unit.casefold().replace("ib", "b"))):
        if scale is not None:
            return number * scale
    return None


def comparison(
    operator: str, word: str, now: datetime
) -> tuple[Callable[[object, datetime], bool] | None, datetime | None]:
    """The test that `operator` and `word` mean, and the moment if it is against one; (None, None): they mean none.

    `5m` is an age, counted from the row's own present; every other time is typed as everywhere.
    """
    wanted = quantity(word)
    moment = moment_of(word, now) if wanted is None else None
    return _test(operator, word, wanted, moment), moment


def moment_of(word: str, now: datetime) -> datetime | None:
    """The moment that was typed; None where it is none."""
    try:
        return times.parse(word, now)
    except UsageError:
        return None


def within(word: str, now: datetime) -> tuple[Callable[[object], bool] | None, datetime | None]:
    """For `at:14:10`: whether a time lies in the day, minute or second that was typed; and when that begins."""
    found = _PRECISE.search(word)
    moment = moment_of(word, now) if found else None
    if found is None or moment is None:
        return None, None
    length = timedelta(seconds=1 if found["second"] else 60) if found["clock"] else timedelta(days=1)
    return lambda value: isinstance(value, datetime) and moment <= _aware(value) < moment + length, moment


def _test(
    operator: str, word: str, wanted: float | None, moment: datetime | None
) -> Callable[[object, datetime], bool] | None:
    if moment is not None:
        return lambda value, _: isinstance(value, datetime) and _holds(operator, _aware(value), moment)
    if wanted is not None:
        return lambda value, now: (number := _number(value, now)) is not None and _holds(operator, number, wanted)
    if operator == "=":
        return lambda value, _: ("" if value is None else str(value)).casefold() == word.casefold()
    return None


def _holds(operator: str, left: Any, right: Any) -> bool:
    match operator:
        case ">":
            return bool(left > right)
        case ">=":
            return bool(left >= right)
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case _:
            return bool(left == right)


def _number(value: object, now: datetime) -> float | None:
    """What a value counts: seconds of an age for a time, the figure in a text; None where it counts nothing."""
    match value:
        case bool() | None:
            return None
        case int() | float():
            return float(value)
        case timedelta():
            return value.total_seconds()
        case datetime():
            return (_aware(now) - _aware(value)).total_seconds()
        case _:
            return quantity(str(value))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
