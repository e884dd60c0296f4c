"""`gbtui report`: what stands on the page, what does not, and that it comes when the server has trouble."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gbtui.__main__ import main
from gbtui.commands.markdown import block, code, prose, table
from gbtui.monitor.finding import Severity
from gbtui.monitor.ignored import Ignored
from gbtui.monitor.ignored_file import IgnoredFile
from tests.conftest import Connect, Connection, Server, execute
from tests.monitor.sessions import cast

MARKDOWN = MarkdownIt("commonmark", {"linkify": False}).enable("table").enable("strikethrough")
HOSTILE = st.text("ab_*`|<>[]()!#~&\\\n\r\t -.:/@\x1b\u202e", max_size=30)


def report(dsn: str, capsys: pytest.CaptureFixture[str], code: int = 0) -> str:
    assert main(["report", "--dsn", dsn]) == code
    return capsys.readouterr().out


async def test_an_incident_is_told_with_its_cause_and_its_end(
    empty_dsn: str, connect: Connect, capsys: pytest.CaptureFixture[str]
) -> None:
    async with cast(empty_dsn) as scene:
        await scene.enter("CREATE TABLE bots (a int)", "INSERT INTO bots VALUES (1)")
        reader = await scene.enter("BEGIN", "SELECT 'hunter2', a FROM bots", application="nightly")
        root = reader.get_server_pid()
        alter = await scene.wait("ALTER TABLE bots ADD b text DEFAULT 'hunter2'", application="migrator")
        for _ in range(10):
            await scene.wait("/*tenant='acme'*/ SELECT a FROM bots WHERE 'hunter2' <> ''")
        told = await asyncio.to_thread(report, empty_dsn, capsys)
    assert "**CRITICAL - " in told
    assert "## CRITICAL blocked" in told
    assert "10 sessions (all acme's) wait" in told
    assert f"SELECT pg_cancel_backend({alter});" in told
    tree = told.partition("## Who waits for whom")[2]
    assert tree.index(f"`{root}`") < tree.index(f"`> {alter}`") < tree.index("`> > ")
    assert "2 more are not listed." in tree
    assert "| ALTER TABLE | `public.bots` | `migrator` |" in tree
    assert "`acme`" in tree
    assert "hunter2" not in told, "no text of a statement"
    assert "Left out on purpose" in told


def test_a_quiet_server_is_a_short_page(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = report(dsn, capsys)
    assert told.startswith("# ")
    assert "PostgreSQL 18" in told
    assert "## Largest tables" in told
    for title in ("Who waits", "Activity", "Followers", "As a standby", "Replication slots"):
        assert f"## {title}" not in told
    unseen = told.partition("## Not seen\n\n")[2].partition("\n\n")[0].splitlines()
    # Other tests may have had the configuration of the run's server loaded anew.
    usual = (
        "- not judged: pgbouncer",
        "- not judged: growth: no size was sampled yet",
        "- settings: the server does not tell what changed before gbtui watched",
    )
    assert [line for line in unseen if not line.startswith(usual)] == []


def test_what_was_put_aside_is_told_apart_with_its_reason(
    dsn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f"[profiles.prod]\ndsn = '{dsn}'\n")
    words = ["report", "--profile", "prod", "--config", str(config)]
    assert main(words) == 0
    before = capsys.readouterr().out
    assert "## INFO archiver" in before
    assert "Put aside" not in before
    now = datetime.now(UTC)
    entry = Ignored("archiver", "archiver", now + timedelta(days=1), now, "ann", "a test server", Severity.INFO)
    IgnoredFile(tmp_path / "ignored.json", "prod").add(entry)
    assert main(words) == 0
    after = capsys.readouterr().out
    assert "## INFO archiver" not in after
    assert "by ann: a test server" in after.partition("## Put aside")[2]


def test_what_the_role_may_not_see_is_said_and_the_rest_is_there(
    server: Server, dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(execute(server.dsn, "CREATE ROLE report_plain LOGIN"))
    told = report(server.of(dsn.partition("@/")[2].partition("?")[0], "report_plain"), capsys)
    assert "## Not seen" in told
    assert "- activity: Not enough rights: " in told
    assert 'GRANT pg_monitor TO "report_plain"' in told
    assert "## Largest tables" in told


async def test_statements_are_told_by_kind_and_id(
    empty_dsn: str, connect: Connect, capsys: pytest.CaptureFixture[str]
) -> None:
    worker = await connect(empty_dsn)
    await worker.execute("CREATE EXTENSION pg_stat_statements; CREATE ROLE report_secret")
    working = asyncio.create_task(work(worker))
    told = await asyncio.to_thread(report, empty_dsn, capsys)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await execute(empty_dsn, "DROP ROLE report_secret")
    section = told.partition("## Statements that took most of the time")[2].partition("\n## ")[0]
    assert "| ALTER ROLE |" in section
    assert "hunter2" not in told


async def work(worker: Connection) -> None:
    """Statements whose texts the server keeps as they are."""
    while True:
        await worker.execute("ALTER ROLE report_secret PASSWORD 'hunter2'")


async def test_locked_tables_take_their_section_alone(
    filled_dsn: str, connect: Connect, capsys: pytest.CaptureFixture[str]
) -> None:
    await (await connect(filled_dsn)).execute("BEGIN; LOCK TABLE message_history, bots, user_sessions")
    told = await asyncio.to_thread(report, filled_dsn, capsys)
    unseen = told.partition("## Not seen")[2]
    assert "- bots: " in unseen
    assert "message_history" in unseen
    assert "## Largest tables" in told
    assert "## Activity" in told


def test_a_server_that_is_not_there_is_a_page_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "ticket.md"
    assert main(["report", "--dsn", "host=/nowhere dbname=x user=y password=hunter2", "--output", str(page)]) == 1
    told = page.read_text()
    assert "**CRITICAL - " in told
    assert "/nowhere" in told
    assert "hunter2" not in told + "".join(capsys.readouterr())


def test_a_file_that_cannot_be_written_is_told(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--dsn", dsn, "--output", "/nowhere/ticket.md"]) == 2
    assert "/nowhere/ticket.md" in capsys.readouterr().err


def test_without_a_target_it_is_unknown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE", "GBTUI_DSN", "GBTUI_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    assert main(["report"]) == 3
    printed = capsys.readouterr()
    assert (printed.out, len(printed.err.splitlines())) == ("", 1)


def kinds(markdown: str) -> set[str]:
    """What a reader of Markdown makes of it, beside text."""
    found = set()
    for token in MARKDOWN.parse(markdown):
        found |= {token.type, *(child.type for child in token.children or ())}
    return found


@given(HOSTILE)
def test_prose_stays_text(sentence: str) -> None:
    line = f"- what: {prose(sentence)}"
    allowed = {"bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close", "inline", "text"}
    assert kinds(line) <= allowed | {"paragraph_open", "paragraph_close", "text_special"}


@given(HOSTILE, HOSTILE)
def test_names_stay_in_their_cells(first: str, second: str) -> None:
    lines = table(["a", "b"], [[code(first), prose(second)]], [False, True])
    (body,) = [token for token in MARKDOWN.parse("\n".join(lines)) if token.type == "tbody_open"]
    assert body
    cells = [token for token in MARKDOWN.parse("\n".join(lines)) if token.type == "td_open"]
    assert len(cells) == 2
    assert not kinds("\n".join(lines)) & {"link_open", "image", "html_inline", "html_block", "em_open", "strong_open"}


@given(HOSTILE)
def test_a_statement_stays_in_its_block(statement: str) -> None:
    assert kinds("\n".join(block(statement))) == {"fence"}
