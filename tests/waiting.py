"""Waiting for what a test expects, instead of sleeping for a while and hoping."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")


@overload
async def until(condition: Callable[[], Awaitable[T | None]], timeout: float = 10.0, *, step: float = 0.01) -> T: ...


@overload
async def until(condition: Callable[[], T | None], timeout: float = 10.0, *, step: float = 0.01) -> T: ...


async def until(condition: Callable[[], Any], timeout: float = 10.0, *, step: float = 0.01) -> Any:
    """The first true value of `condition` (plain or a coroutine function); fails after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        found = await value if inspect.isawaitable(value) else value
        if found:
            return found
        assert time.monotonic() < deadline, f"not true within {timeout:g} s: {_told(condition)}"
        await asyncio.sleep(step)


def until_now(condition: Callable[[], T], timeout: float = 10.0, *, step: float = 0.01) -> T:
    """The same for a test that is no coroutine."""
    deadline = time.monotonic() + timeout
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not true within {timeout:g} s: {_told(condition)}"
        time.sleep(step)
    return found


def _told(condition: object) -> str:
    try:
        return inspect.getsource(condition).strip()  # type: ignore[arg-type]
    except (OSError, TypeError):
        return repr(condition)
