"""What a command says beside its answer: sentences on stderr, objects on stdout; neither acts on a terminal."""

import sys
from collections.abc import Iterable
from typing import Any


def note(sentence: str) -> None:
    """Say something that is not data: one line on stderr, so that stdout holds the answer alone."""
    say(f"gbtui: {sentence}")


def say(sentence: str) -> None:
    """The same without the program's name in front. A sentence may quote what others named or wrote."""
    from gbtui.text import clean

    print(clean(sentence), file=sys.stderr, flush=True)


def print_json(objects: Iterable[dict[str, Any]]) -> None:
    """One array, one object a line."""
    print("[" + ",\n ".join(map(json_line, objects)) + "]")


def json_line(value: dict[str, Any]) -> str:
    """One object on one line."""
    import json

    from gbtui.text import harmless_json

    return harmless_json(json.dumps(value, ensure_ascii=False, allow_nan=False))
