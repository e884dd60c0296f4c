"""What is searched for: from what a person types to the server's query. Pure.

    refund late        both words somewhere in it
    "refund late"      one behind the other
    refund or return   either
    !refund -refund    not this word
    ref*               words that begin so

A word is a run of letters and digits; every other sign parts words, in what is typed as in what is searched. So
a.baker@example.com is found by baker and, as the four words stand side by side, by itself.
"""

import re
from typing import Final

from gbtui.errors import UsageError

SEPARATORS: Final = (
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
    "¡¿«»“”„‘’‚‹›…–—·•、。，！？：；（）「」『』【】《》〈〉"
)  # fmt: skip
"""What parts words for us. The server's own reading of addresses, numbers and tags takes a time that grows with the
square of their length: 20,000 signs of `1.1.1-` took 7 s, which with an index every INSERT of such a message would."""
CUT: Final = 100_000
"""Characters of a text that are searched: its words must stay under the server's limit of 1 MB whatever they are."""
_MOST: Final = 50
"""Words in a search at most."""

_PARTED: Final = str.maketrans(dict.fromkeys(SEPARATORS, " "))
_TOKEN: Final = re.compile(r'([-!]*)"([^"]*)"?|(\S+)')
_UNSEARCHABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_WORDLESS: Final = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)


def parted(text: str) -> list[str]:
    """The words of a text, as the server is made to see them."""
    return _UNSEARCHABLE.sub(" ", text).translate(_PARTED).split()


def wordless(text: str) -> bool:
    """Whether it holds Chinese, Japanese, Thai, Lao, Khmer, Burmese or Tibetan: they put no space between words.

    The server then takes a whole sentence for one word, and finds nothing inside it.
    """
    return _WORDLESS.search(text) is not None


def query(text: str) -> str:
    """The server's query (for to_tsquery) of what was typed; UsageError where there is nothing to look for.

    Words alone go into it, each between quotes that no word can hold: nothing that is typed can be anything else.
    """
    terms: list[str] = []
    joined = ""
    for match in _TOKEN.finditer(text):
        signs, phrase, bare = match.groups()
        if bare is not None and bare.casefold() == "or" and terms:
            joined = " | "
            continue
        term = _term(signs, phrase) if bare is None else _bare(bare)
        if term:
            terms += [joined, term] if terms else [term]
            joined = " & "
        if len(terms) > 2 * _MOST:
            raise UsageError("Too much to search for", f"more than {_MOST} words")
        joined = joined or " & "
    if not terms:
        raise UsageError("Nothing to search for", "", 'write words: refund "late parcel" !thanks ref*')
    return "".join(terms)


def figures(text: str) -> tuple[str, ...]:
    """The words with digits in them that are looked for, in lower case."""
    wanted = [match[2] if match[3] is None else match[3] for match in _TOKEN.finditer(text) if _is_wanted(match)]
    return tuple(word.casefold() for told in wanted for word in parted(told) if any(map(str.isdecimal, word)))


def wanted(text: str) -> tuple[str, ...] | None:
    """The words that must all be in it, in lower case; None where some must not be (`!`), or need not (`or`)."""
    found: list[str] = []
    for match in _TOKEN.finditer(text):
        told = match[2] if match[3] is None else match[3]
        if not _is_wanted(match) or (match[3] is not None and told.casefold() == "or"):
            return None
        found += parted(told.casefold())
    return tuple(found)


def _is_wanted(match: re.Match[str]) -> bool:
    signs = match[1] if match[3] is None else match[3][: len(match[3]) - len(match[3].lstrip("-!"))]
    return len(signs) % 2 == 0


def _bare(token: str) -> str:
    word = token.lstrip("-!")
    return _term(token[: len(token) - len(word)], word.rstrip("*"), prefix=word.endswith("*"))


def _term(signs: str, text: str, *, prefix: bool = False) -> str:
    words = parted(text)
    if not words:
        return ""
    told = " <-> ".join(f"'{word}'" for word in words) + ":*" * prefix
    negated = len(signs) % 2 == 1
    return f"!({told})" if negated else f"({told})" if len(words) > 1 else told
