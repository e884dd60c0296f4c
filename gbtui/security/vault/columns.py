"""Which columns hold sealed values. Another one is an entry here and three statements in queries/secrets/vault."""

from dataclasses import dataclass
from typing import Final

from gbtui.database.sql import Statement, statement


@dataclass(frozen=True, slots=True)
class Column:
    """A column of sealed values in a table with a UUID for its key. `folder` holds its statements."""

    table: str
    name: str
    folder: str

    def __str__(self) -> str:
        return f"{self.table}.{self.name}"

    def statement(self, name: str) -> Statement:
        """One of its statements: `page`, `named`, `replace`."""
        return statement(f"secrets/vault/{self.folder}/{name}")


EMAIL_PASSWORD: Final = Column("public.user_email_accounts", "encrypted_password", "email_password")
COLUMNS: Final = (EMAIL_PASSWORD,)


@dataclass(frozen=True, slots=True)
class Place:
    """One value's place: its column and the key of its row. A value opens only in the place it was sealed for."""

    column: Column
    key: str

    def __str__(self) -> str:
        return f"{self.column} of {self.key}"
