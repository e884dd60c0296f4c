"""Which history a server writes: what tells one server, and one run of it, from another."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class History:
    """Which history a server writes or replays, and which run of it this is.

    `timeline` changes with a failover; None on a standby, which does not tell, or where it may not be read.
    `run` and `processes` change when the server starts, also after a crash.
    """

    system_identifier: int | None = None
    timeline: int | None = None
    run: str = ""
    processes: frozenset[int] = frozenset()

    def another_cluster(self, last: "History") -> bool:
        """Whether this surely is not the cluster that `last` was."""
        known = self.system_identifier is not None and last.system_identifier is not None
        return known and self.system_identifier != last.system_identifier

    def another_timeline(self, last: "History") -> bool:
        """Whether a failover (or a restore to a point in time) surely lies between."""
        known = self.timeline is not None and last.timeline is not None
        return known and self.timeline != last.timeline

    def same_run(self, last: "History") -> bool:
        """Whether the server surely has been up since `last`: then no transaction number was handed out twice."""
        return self.run == last.run and not self.another_cluster(last) and bool(self.processes & last.processes)

    def or_else(self, last: "History") -> "History":
        """What is known now, else what was known before."""
        return replace(
            self,
            system_identifier=self.system_identifier or last.system_identifier,
            timeline=self.timeline or last.timeline,
        )
