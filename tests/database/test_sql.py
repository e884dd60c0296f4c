"""SQL by name: the header, the declared variants, and the quoting of identifiers."""

from pathlib import Path

import pytest

from gbtui.database import sql
from gbtui.errors import UsageError
from tests.conftest import Connect, Server

FILE = """-- purpose: list things
-- privilege: pg_monitor
-- cost: nothing
-- needs: extension hstore
SELECT id -- a comment inside stays
FROM things AS t
WHERE true /*where*/
/*order*/
LIMIT $1;
-- where: org
AND t.org_id = $2
-- where: young
AND t.created_at > $3
-- order: newest
ORDER BY t.id DESC
"""


@pytest.fixture(autouse=True)
def things(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "area").mkdir()
    (tmp_path / "area" / "things.sql").write_text(FILE)
    (tmp_path / "area" / "plain.sql").write_text("-- purpose: one\nSELECT 1\n")
    monkeypatch.setattr(sql, "QUERIES", tmp_path)
    sql._read.cache_clear()
    sql._assemble.cache_clear()


def test_header_and_base() -> None:
    statement = sql.statement("area/things")
    assert statement.header == {
        "purpose": "list things",
        "privilege": "pg_monitor",
        "cost": "nothing",
        "needs": "extension hstore",
    }
    assert statement.privilege == "pg_monitor"
    assert statement.text.startswith("SELECT id -- a comment inside stays\n")
    assert "/*" not in statement.text
    assert "ORDER" not in statement.text
    assert statement.text.endswith("LIMIT $1")


def test_variants_go_to_their_places() -> None:
    text = sql.statement("area/things", where=("org", "young"), order="newest").text
    assert "WHERE true AND t.org_id = $2\nAND t.created_at > $3\nORDER BY t.id DESC\nLIMIT $1" in text


def test_all_variants_and_names_can_be_listed() -> None:
    assert sql.variants("area/things") == (("where", "org"), ("where", "young"), ("order", "newest"))
    assert sql.names("area") == ("area/plain", "area/things")


@pytest.mark.parametrize(
    ("name", "where", "order"),
    [
        ("area/absent", (), None),
        ("area/things", ("org; DROP TABLE x",), None),
        ("area/things", (), "org"),
        ("area/plain", ("org",), None),
    ],
)
def test_only_what_is_declared(name: str, where: tuple[str, ...], order: str | None) -> None:
    with pytest.raises(LookupError):
        sql.statement(name, where=where, order=order)


@pytest.mark.parametrize("name", ["plain", 'with "quotes"', "a;b--c", "Große Tabelle", "new\nline"])
async def test_identifiers_survive_ddl(name: str, server: Server, connect: Connect) -> None:
    connection = await connect(server.dsn)
    await connection.execute(f"CREATE TEMP TABLE {sql.identifier(name)} ()")
    assert await connection.fetchval("SELECT count(*) FROM pg_class WHERE relname = $1", name) == 1


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_what_cannot_be_an_identifier(name: str) -> None:
    with pytest.raises(UsageError):
        sql.identifier(name)
