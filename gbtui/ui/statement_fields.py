"""A statement as fields of a description: laid out on lines, its key words and values told apart."""

from collections.abc import Iterator

from gbtui.database.statement_text.layout import laid_out, styled
from gbtui.ui.widgets.details import Field


def statement_fields(text: str, heading: str = "statement") -> Iterator[Field]:
    """One field a line, under a heading. Nothing in the text is taken for markup: styles come from its tokens."""
    yield Field(heading, heading=True)
    for line in laid_out(text):
        runs = tuple(styled(line))
        yield Field("", "".join(piece for piece, _ in runs).rstrip(), runs=runs)
