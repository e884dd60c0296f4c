"""A measured number, its budget, and the same thing done by a peer in the same run."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One result: `value` in `unit`; at most (or at least) `budget`; `peer` is what `peer_name` took for the same."""

    name: str
    value: float
    unit: str
    budget: float | None = None
    at_least: bool = False
    peer_name: str = ""
    peer: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the budget, if there is one, is kept."""
        if self.budget is None:
            return True
        return self.value >= self.budget if self.at_least else self.value <= self.budget

    @property
    def ratio(self) -> float | None:
        """The peer's number divided by ours: above 1 we need less."""
        return self.peer / self.value if self.peer is not None and self.value else None

    def line(self) -> str:
        """One line for a person."""
        parts = [f"{self.name:<46} {_number(self.value):>9} {self.unit:<7}"]
        if self.budget is not None:
            sign = ">=" if self.at_least else "<="
            parts.append(f"{sign} {_number(self.budget):>7}  {'kept' if self.kept else 'MISSED':<6}")
        if self.peer is not None:
            ratio = f"  ratio {self.ratio:.1f}" if self.ratio else ""
            parts.append(f"{self.peer_name} {_number(self.peer)}{ratio}")
        return "  ".join(parts)

    def row(self) -> dict[str, object]:
        """For a file of results."""
        return {**asdict(self), "kept": self.kept, "ratio": self.ratio}


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2g}"
