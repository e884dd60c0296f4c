"""What is too long, and for how many."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers behind the verdicts. Ages in seconds."""

    silence: float = 60.0
    """A bot is never called silent before this."""
    silence_gaps: float = 20.0
    """Nor before so many times its usual gap."""
    silence_messages: float = 100.0
    """The usual gap is the median of so many last messages of the bot."""
    silence_pauses: float = 3.0
    """Silence warns once it is so many times the longest gap among those messages; before it is a note."""
    answered: float = 86_400.0
    """A bot that said nothing for so long is not in use: neither is it silent, nor does anybody wait for it."""
    waiting: float = 60.0
    """From here on a user who is not answered waits."""
    abandoned: float = 900.0
    """A user who said nothing for so long has gone; and a session in which nothing moved is not active."""
    waiting_sessions: float = 3.0
    """So many who wait are a finding."""
    waiting_share: float = 0.2
    """Or such a share of the bot's active sessions."""


DEFAULTS: Final = Limits()
