"""One row of a table, as it is named."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thing:
    """One row of a table, by its key as text."""

    schema: str
    table: str
    key: tuple[str, ...]
    name: str = ""
    """How people call it."""

    @property
    def full(self) -> str:
        """Its table's schema and name, as an audit record has them."""
        return f"{self.schema}.{self.table}"

    @property
    def title(self) -> str:
        """Table and row in words."""
        where = self.table if self.schema == "public" else f"{self.schema}.{self.table}"
        return f"{where} {self.name or ', '.join(self.key)}"
