"""Connection strings are read as libpq reads them; what psql says of the same string is the judge."""

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbtui.database.conninfo import is_conninfo, parse
from gbtui.database.parameters import KNOWN
from gbtui.errors import UsageError

GOLDEN = {
    "": {},
    "host=a": {"host": "a"},
    " host = a   port=1 ": {"host": "a", "port": "1"},
    r"password='it\'s' user=a\ b": {"password": "it's", "user": "a b"},
    "password=''": {"password": ""},
    "host=a host=b": {"host": "b"},
    "postgresql://": {},
    "postgres://db": {"host": "db"},
    "postgresql://me@db": {"user": "me", "host": "db"},
    "postgresql://me:p%40ss@db:1/app": {"user": "me", "password": "p@ss", "host": "db", "port": "1", "dbname": "app"},
    "postgresql://a:1,b:2/app": {"host": "a,b", "port": "1,2", "dbname": "app"},
    "postgresql://a,b:2/app": {"host": "a,b", "port": ",2", "dbname": "app"},
    "postgresql://[::1]:1/app": {"host": "::1", "port": "1", "dbname": "app"},
    "postgresql://[2001:db8::1],b": {"host": "2001:db8::1,b", "port": ","},
    "postgresql://%2Frun%2Fpg/app": {"host": "/run/pg", "dbname": "app"},
    "postgresql:///app?host=/run/pg&port=1": {"dbname": "app", "host": "/run/pg", "port": "1"},
    "postgresql://db/app?sslmode=require&options=-c%20a%3Db": {
        "host": "db",
        "dbname": "app",
        "sslmode": "require",
        "options": "-c a=b",
    },
    "postgresql://db?ssl=true": {"host": "db", "sslmode": "require"},
    "postgresql://me:@db": {"user": "me", "host": "db"},
    "postgresql://:1": {"port": "1"},
}

WRONG = {
    "host": 'without "="',
    "host=a b": 'without "="',
    "host='a": "not closed",
    "hots=a": "hots",
    "postgresql://[::1": "IPv6",
    "postgresql://[]": "IPv6",
    "postgresql://[::1]x": "IPv6",
    "postgresql://db/app?hots=a": "hots",
    "postgresql://db/app?host": 'without "="',
    "postgresql://db/app?host=a=b": "too many",
    "postgresql://db/a%zz": "%",
    "postgresql://db/a%00b": "%",
    "postgresql://db/a%4": "%",
}

PSQL_CANNOT_PARSE = (
    'missing "="',
    "unterminated quoted string",
    "invalid connection option",
    "invalid URI query parameter",
    'looking for matching "]"',
    "IPv6 host address may not be empty",
    "unexpected character",
    "missing key/value separator",
    "extra key/value separator",
    "invalid percent-encoded token",
    "forbidden value %00",
)


@pytest.mark.parametrize("text", GOLDEN)
def test_reads_what_libpq_reads(text: str) -> None:
    assert parse(text) == GOLDEN[text]


@pytest.mark.parametrize("text", WRONG)
def test_says_where_it_is_wrong(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert WRONG[text] in str(caught.value)


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
def test_psql_refuses_and_accepts_the_same() -> None:
    """psql fails to parse before it fails to connect; its sentence tells which it was."""
    for text in (*GOLDEN, *WRONG):
        if not is_conninfo(text):
            continue
        said = _psql(text)
        assert any(words in said for words in PSQL_CANNOT_PARSE) == (text in WRONG), (text, said)


def _psql(text: str) -> str:
    nowhere = {"PATH": "/usr/bin:/bin", "PGCONNECT_TIMEOUT": "2", "PGHOSTADDR": "127.0.0.1", "PGPORT": "1"}
    command = ["psql", "-X", "-w", "-d", text, "-c", ""]
    return subprocess.run(command, env=nowhere, capture_output=True, text=True, timeout=20, check=False).stderr


@given(st.dictionaries(st.sampled_from(sorted(KNOWN)), st.text(st.characters(exclude_characters="\0", codec="utf-8"))))
def test_every_quoted_value_comes_back(parameters: dict[str, str]) -> None:
    quoted = " ".join(
        f"{k}='{v.replace(chr(92), chr(92) * 2).replace(chr(39), chr(92) + chr(39))}'" for k, v in parameters.items()
    )
    assert parse(quoted) == parameters


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_nothing_but_usage_errors_and_never_the_text(text: str) -> None:
    secret = "s3cr3t-word"
    for string in (f"password={secret} {text}", f"postgresql://me:{secret}@{text}", text):
        try:
            parse(string)
        except UsageError as exc:
            assert secret not in str(exc)
