"""Whether this console may act: read-only is the rule, the exception ends by itself."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from gbtui.errors import DeniedError
from gbtui.times import awake

if TYPE_CHECKING:
    from gbtui.database.database import Database

UNLOCKED_SECONDS: Final = 600.0


class Guard:
    """Locked: nothing is changed here. `unlock()` opens a read-only console for ten minutes, `lock()` ends that.

    `name` is what must be typed to unlock it. `always`: nothing does. One that was opened to write is never locked.
    """

    def __init__(
        self,
        database: "Database | None",
        *,
        read_only: bool,
        name: str = "unlock",
        always: bool = False,
        clock: Callable[[], float] = awake,
    ) -> None:
        self._database = database
        self._read_only = read_only
        self.name = name
        self.always = always
        self._clock = clock
        self._until: float | None = None

    @property
    def remaining(self) -> float | None:
        """Seconds until it locks itself; None while it is not unlocked for a time."""
        if self._until is None:
            return None
        left = self._until - self._clock()
        if left <= 0:
            self.lock()
            return None
        return left

    @property
    def locked(self) -> bool:
        """Whether acting is refused now."""
        return self._read_only and self.remaining is None

    def unlock(self) -> None:
        """Allow acts for ten minutes from now. DeniedError where the profile forbids it."""
        if self.always:
            raise DeniedError("Read-only", 'the profile says read_only = "always"')
        if self._read_only:
            self._until = self._clock() + UNLOCKED_SECONDS
            self._tell(read_only=False)

    def lock(self) -> None:
        """Refuse acts again."""
        self._until = None
        self._tell(read_only=self._read_only)

    def _tell(self, *, read_only: bool) -> None:
        if self._database is not None:
            self._database.read_only = read_only
