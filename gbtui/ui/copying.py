"""Copying over any distance: to tmux's buffer and the terminal behind it, else by OSC 52."""

import asyncio
import os
from collections.abc import Callable
from typing import Final

OSC52_LIMIT: Final = 74_000
"""Bytes: many terminals drop longer sequences (xterm's and hterm's limit is 100,000 in base64)."""


async def copy(text: str, by_terminal: Callable[[str], None]) -> str:
    """Send `text` on its way; the sentence says what was sent and how, since nobody can know that it arrived."""
    size = len(text.encode())
    what = f"{len(text):,} characters" if "\n" in text or len(text) > 40 else f"“{text}”"
    if os.environ.get("TMUX") and await _to_tmux(text):
        return f"sent {what} to tmux's buffer and its terminal"
    if size > OSC52_LIMIT:
        return f"{size:,} bytes are more than terminals take: x writes them to a file"
    by_terminal(text)
    return f"sent {what} to the terminal (OSC 52); x writes a file"


async def _to_tmux(text: str) -> bool:
    try:
        process = await asyncio.create_subprocess_exec(
            "tmux", "load-buffer", "-w", "-",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(2):
            await process.communicate(text.encode())
    except (OSError, TimeoutError):
        return False
    return process.returncode == 0
