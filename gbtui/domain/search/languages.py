"""In which language words are searched: the server's own configurations, by name or by code."""

from typing import Final

PLAIN: Final = "simple"
"""Words as they are written, upper and lower case alike: right for every language, clever in none."""

CODES: Final = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "da": "danish", "nl": "dutch", "en": "english",
    "et": "estonian", "fi": "finnish", "fr": "french", "de": "german", "el": "greek", "hi": "hindi", "hu": "hungarian",
    "id": "indonesian", "ga": "irish", "it": "italian", "lt": "lithuanian", "ne": "nepali", "no": "norwegian",
    "nb": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "es": "spanish",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""ISO 639 codes of what PostgreSQL has dictionaries for; which of them a server has, it says itself."""


def named(text: str) -> str:
    """The configuration's name that a name or a code (pt, pt-BR) means; unknown ones as they are."""
    word = text.strip().casefold()
    return CODES.get(word.replace("_", "-").partition("-")[0], word)
