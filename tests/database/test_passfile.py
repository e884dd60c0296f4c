"""The password file, line by line as libpq's documentation has it."""

from pathlib import Path

import pytest

from gbtui.database.passfile import password, problem
from gbtui.database.target import Host

FILE = r"""# a comment: host:5432:db:me:no
db.example.com:5432:app:me:exact
db.example.com:*:app:me:any port
db.example.com:5432:*:other:any database
\*:5432:app:me:a literal star
with\:colon:5432:app:me:escaped host
localhost:5432:app:me:socket
/srv/pg:5432:app:me:own folder
::1:5432:app:me:not matched, colons are not escaped
\:\:1:5432:app:me:six
tricky:5432:app:me:a\:b\\c:d
short:line
*:*:*:*:fallback
"""


@pytest.mark.parametrize(
    ("host", "port", "who", "expected"),
    [
        ("db.example.com", 5432, "me@app", "exact"),
        ("db.example.com", 6543, "me@app", "any port"),
        ("db.example.com", 5432, "other@x", "any database"),
        ("db.example.com", 5432, "me@x", "fallback"),
        ("*", 5432, "me@app", "a literal star"),
        ("with:colon", 5432, "me@app", "escaped host"),
        ("/tmp", 5432, "me@app", "socket"),
        ("/srv/pg", 5432, "me@app", "own folder"),
        ("::1", 5432, "me@app", "six"),
        ("tricky", 5432, "me@app", r"a:b\c:d"),
        ("DB.example.com", 5432, "me@app", "fallback"),
    ],
)
def test_first_line_that_fits(tmp_path: Path, host: str, port: int, who: str, expected: str) -> None:
    file = tmp_path / "pgpass"
    file.write_text(FILE)
    file.chmod(0o600)
    user, _, database = who.partition("@")
    found = password(file, Host(host, host, port), database, user)
    assert found is not None
    assert found.reveal() == expected


def test_no_line_no_file_no_password(tmp_path: Path) -> None:
    file = tmp_path / "pgpass"
    host = Host("a", "a", 1)
    assert password(file, host, "b", "c") is None
    assert problem(file) is None
    file.write_text("b:1:b:c:x\n")
    file.chmod(0o600)
    assert password(file, host, "b", "c") is None
    assert "not a plain file" in str(problem(tmp_path))
