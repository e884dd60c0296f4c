"""The other servers of the cluster: the DSN's hosts, each for itself, and those that the profile names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from gbtui.config.connection import ConnectionSource
from gbtui.database.dsn import resolve
from gbtui.database.target import Target
from gbtui.errors import UsageError
from gbtui.secret import Secret

CONNECT_SECONDS: Final = 2.0
"""A node that takes longer to answer the door is not waited for."""
_UNNAMED: Final = "walreceiver"
"""What a standby is called that nobody gave a name."""


@dataclass(frozen=True, slots=True)
class Nodes:
    """Other nodes by name, as a profile has them."""

    profile: str = ""
    """The profile that names them, or might; "" where none is in force."""
    named: Mapping[str, Target] = field(default_factory=lambda: MappingProxyType({}))

    def candidates(self, target: Target) -> Iterator[tuple[str, Target]]:
        """Each host to be asked, with the name it goes by: those of several in the DSN, then those of the profile.

        The node that is connected to is among them; one may be named twice: whoever asks must know them by more.
        """
        if len(target.hosts) > 1:
            yield from ((str(host), _alone(replace(target, hosts=(host,)))) for host in target.hosts)
        for name, node in self.named.items():
            several = len(node.hosts) > 1
            for host in node.hosts:
                yield (f"{name} ({host})" if several else name), _alone(replace(node, hosts=(host,)))

    def line(self, name: str, address: str) -> str:
        """What to write into the configuration file so that a node is asked."""
        short = "standby" if name == _UNNAMED else name.removeprefix("slot ")
        plain = short if short.replace("_", "").replace("-", "").isalnum() and short.isascii() else "NAME"
        return f'[profiles.{self.profile or "NAME"}.nodes] {plain} = "host={address or "ADDRESS"}"'


def _alone(target: Target) -> Target:
    return replace(target, session="any", connect_timeout=min(target.connect_timeout, CONNECT_SECONDS))


def named(
    profile: str, nodes: Mapping[str, Secret], main: tuple[ConnectionSource, ...], environ: Mapping[str, str]
) -> Nodes:
    """The profile's nodes; each takes user, password and database from the main server where it names none itself.

    UsageError, with the node's name, for a DSN that cannot be read.
    """
    found = {}
    for name, dsn in nodes.items():
        own = ConnectionSource(f"the profile's node {name}", dsn, closed=True)
        try:
            found[name] = resolve((own, *main), environ)
        except UsageError as exc:
            raise UsageError(exc.title, f"node {name} of profile {profile}: {exc.message}", exc.hint) from None
    return Nodes(profile, MappingProxyType(found))
