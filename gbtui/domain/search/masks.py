"""What was found as it may be shown where addresses and numbers of people are masked. Pure.

A search must not tell what a mask hides: a match that stands in something masked is none.
"""

import re
from collections.abc import Collection, Sequence
from typing import Final

from gbtui.domain.search.hits import Span
from gbtui.domain.search.words import parted
from gbtui.redact import MASKS, redact

_BEGUN: Final = re.compile(r"\A[\d \t\r\n.\-_/()+]{0,40}\S{0,320}\s?")
"""What may be the end of an address or a number where a text begins in its middle."""
_MASK: Final = re.compile("|".join(map(re.escape, MASKS)))
_BEGINNING: Final = 3
"""Signs with which a form of a word begins as the word does: what a language takes for one differs at its end."""


def masked(
    text: str,
    spans: Sequence[Span],
    figures: Collection[str],
    wanted: Collection[str] = (),
    *,
    name: str = "",
    before: bool,
    behind: bool,
) -> tuple[str, list[Span]] | None:
    """A piece of a text with masks, and where its matches stand then; None if one of them is masked.

    `figures` are words with digits that were looked for: they must be seen, in the piece or in `name`. So must a form
    of each word that is `wanted`: what stands far off may be masked, and the mask's own words are none. `before` and
    `behind` say whether there is more of the text around the piece.
    """
    words = {text[first:last].casefold() for first, last in spans}
    shown = redact(_BEGUN.sub("", text) if before else text, cut=behind)
    seen = _MASK.sub("\n", f"{shown}\n{redact(name)}").casefold()
    told = parted(seen)
    if not all(word in seen for word in (*words, *figures)) or not all(
        any(one.startswith(word[:_BEGINNING]) for one in told) for word in wanted
    ):
        return None
    if shown == text:
        return text, list(spans)
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True) if word)
    return shown, [match.span() for match in re.finditer(pattern, shown, re.IGNORECASE)] if pattern else []
