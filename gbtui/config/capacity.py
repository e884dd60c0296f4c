"""How much the server's disks hold: it cannot tell, so a profile says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from types import MappingProxyType

from gbtui.filters import quantity


@dataclass(frozen=True, slots=True)
class Capacity:
    """Bytes by place: "data", "wal", or the name of a tablespace."""

    profile: str = ""
    """The profile that says it, or might; "" where none is in force."""
    limits: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def line(self, place: str) -> str:
        """What to write into the configuration file so that a place's capacity is known."""
        name = place if place.replace("_", "").isalnum() and place.isascii() else f'"{place}"'
        return f'[profiles.{self.profile or "NAME"}.capacity] {name} = "500GB"'


def sizes(value: object) -> Mapping[str, float]:
    """The table of a profile, checked: names, and sizes as numbers of bytes or with a unit."""
    if not isinstance(value, dict):
        raise ValueError('a table of places and sizes: data = "500GB"')  # noqa: TRY004 (a check of a setting)
    found = {}
    for name, size in value.items():
        number = quantity(size) if isinstance(size, str) else size
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number < inf:
            raise ValueError(f'sizes such as "500GB", and {name} = {size!r} is none')
        found[name] = float(number)
    return MappingProxyType(found)
