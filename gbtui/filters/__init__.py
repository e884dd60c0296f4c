"""One grammar to narrow any list: its words (grammar), what they compare (comparing), what they become (completing)."""

from gbtui.filters.comparing import quantity
from gbtui.filters.completing import offers
from gbtui.filters.grammar import Filter, FilterError, Row, Term, parse

__all__ = ["Filter", "FilterError", "Row", "Term", "offers", "parse", "quantity"]
