"""Documents have a shape: the database and the models refuse the same ones, with the path that is wrong."""

import json
from typing import Any

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from gbtui.domain.documents import SHAPES, shape
from gbtui.resources import migrations
from tests.conftest import Connect, Connection
from tests.domain.platform import place

MIGRATION = migrations("core") / "2026-11-28-000220_document_shapes" / "up.sql"


def test_models_and_migration_say_the_same() -> None:
    made = MIGRATION.read_text()
    for (table, column), model in SHAPES.items():
        assert f"CREATE TRIGGER {column}_shape BEFORE INSERT OR UPDATE OF {column} ON {table}\n" in made
        assert f"gb_meta.check_shape('{column}',\n        '{json.dumps(shape(model))}');" in made
    assert made.count("CREATE TRIGGER") == len(SHAPES)


async def test_every_json_column_of_the_platform_has_a_shape(dsn: str, connect: Connect) -> None:
    db = await connect(dsn)
    found = await db.fetch(
        "SELECT table_schema || '.' || table_name AS name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type IN ('json', 'jsonb')"
    )
    assert {(row["name"], row["column_name"]) for row in found} == set(SHAPES)


WRONG: list[tuple[str, str, Any, str]] = [
    ("email_drafts", "attachments", [{}, {"size": 1}, {"size": "big"}], "attachments[2].size: must be a number"),
    ("email_drafts", "attachments", [{"size": -1}], "attachments[0].size: must be at least 0"),
    ("email_drafts", "attachments", ["a.pdf"], "attachments[0]: must be an object"),
    ("user_preferences", "preferences", {"language": 3}, "preferences.language: must be a text"),
    (
        "user_preferences",
        "preferences",
        {"language": "x" * 36},
        "preferences.language: must have at most 35 characters",
    ),
    ("kb_collections", "metadata", {"documents": 1.5}, "metadata.documents: must be a whole number"),
    ("kb_collections", "metadata", {"default": "no"}, "metadata.default: must be true or false"),
    ("kb_documents", "metadata", {"pages": -3}, "metadata.pages: must be at least 0"),
    ("basic_tools", "metadata", {"default": 1}, "metadata.default: must be true or false"),
    ("basic_tools", "parameters", ["city", {"type": "text"}], "parameters[1].name: is missing"),
    ("basic_tools", "parameters", [7], "parameters[0]: must be a text or an object"),
]
RIGHT: list[tuple[str, str, Any]] = [
    ("email_drafts", "attachments", [{"name": "a.pdf", "size": 3, "own": {"deep": [1]}}, {"size": 2.5, "url": None}]),
    ("user_preferences", "preferences", {"language": "pt-BR", "theme": None, "anything": [1, {"a": None}]}),
    ("kb_collections", "metadata", {"documents": 0, "bytes": 10**12, "default": False, "colour": "red"}),
    ("kb_documents", "metadata", {"source": "https://example.org", "pages": 3, "tags": ["a"]}),
    ("basic_tools", "parameters", ["city", {"name": "days", "type": "integer", "required": True}]),
    ("basic_tools", "parameters", {"type": "object", "properties": {"city": {"type": "string"}}}),
]


async def filled(db: Connection) -> None:
    at = await place(db)
    await db.execute("INSERT INTO user_preferences (user_id) SELECT id FROM users LIMIT 1 ON CONFLICT DO NOTHING")
    await db.execute("INSERT INTO email_drafts (user_id) SELECT id FROM users LIMIT 1")
    await db.execute("INSERT INTO kb_collections (id, bot_id, name) VALUES ('c', $1, 'c')", at.bot_id)
    await db.execute(
        "INSERT INTO kb_documents (collection_id, bot_id, name, content) VALUES ('c', $1, 'd', 'x')", at.bot_id
    )
    await db.execute("INSERT INTO basic_tools (bot_id, name, script) VALUES ($1, 't', 'TALK')", at.bot_id)


async def test_the_database_refuses_with_the_path_and_takes_what_is_open(dsn: str, connect: Connect) -> None:
    db = await connect(dsn)
    await filled(db)
    for table, column, document, told in WRONG:
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await db.execute(f"UPDATE {table} SET {column} = $1", json.dumps(document))
        assert (str(refused.value), refused.value.column_name) == (told, column)
        assert refused.value.table_name == table
    for table, column, document in RIGHT:
        assert await db.execute(f"UPDATE {table} SET {column} = $1", json.dumps(document)) == "UPDATE 1", document


@pytest.mark.parametrize(("table", "column", "document", "told"), WRONG)
def test_the_model_refuses_at_the_same_place(table: str, column: str, document: Any, told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        SHAPES[f"public.{table}", column].model_validate_json(json.dumps(document))
    path = told.partition(":")[0].removeprefix(column).replace("[", ".").replace("]", "").strip(".").split(".")
    places = [".".join(str(part) for part in error["loc"]) for error in refused.value.errors()]
    assert any(all(part in place for part in path if part) for place in places), places


@pytest.mark.parametrize(("table", "column", "document"), RIGHT)
def test_the_model_takes_it_too(table: str, column: str, document: Any) -> None:
    SHAPES[f"public.{table}", column].model_validate_json(json.dumps(document))


async def test_rows_from_before_stay_until_their_document_is_written(dsn: str, connect: Connect) -> None:
    db = await connect(dsn)
    await filled(db)
    await db.execute(
        "ALTER TABLE kb_documents DISABLE TRIGGER metadata_shape;"
        'UPDATE kb_documents SET metadata = \'{"pages": "x"}\';'
        "ALTER TABLE kb_documents ENABLE TRIGGER metadata_shape"
    )
    assert await db.execute("UPDATE kb_documents SET indexed = true") == "UPDATE 1"
    with pytest.raises(asyncpg.CheckViolationError, match=r"metadata\.pages: must be a whole number"):
        await db.execute("UPDATE kb_documents SET metadata = metadata || '{\"a\": 1}'")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**6) | st.floats(-10, 1e6, allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["name", "size", "url", "type", "default", "pages", "language", "other"]), inner,
                      max_size=4),
    max_leaves=8,
)  # fmt: skip


async def test_models_and_database_agree_on_anything(dsn: str, connect: Connect) -> None:
    """Many documents in one statement: what the one refuses, the other refuses."""
    db = await connect(dsn)
    documents: list[Any] = []

    @settings(max_examples=150, database=None, deadline=None)
    @given(JSON)
    def collect(document: Any) -> None:
        documents.append(document)

    collect()
    for model in SHAPES.values():
        verdicts = await db.fetchval(
            "SELECT array_agg(gb_meta.shape_problem(d::jsonb, $2::jsonb, 'x') IS NULL ORDER BY place)"
            " FROM unnest($1::text[]) WITH ORDINALITY u (d, place) WHERE d !~ '\\\\u0000'",
            texts := [text for each in documents if "\\u0000" not in (text := json.dumps(each))],
            json.dumps(shape(model)),
        )
        assert [(text, fits(model, text)) for text in texts] == list(zip(texts, verdicts, strict=True))


def fits(model: Any, text: str) -> bool:
    try:
        model.model_validate_json(text)
    except ValidationError:
        return False
    return True
