"""From an e-mail address to what was said, on a real server, counting the keys."""

from textual import events

from gbtui.database.database import Database
from gbtui.domain.conversation import Conversations
from gbtui.domain.going.look_up import LookUp
from gbtui.domain.rooms.reading import Rooms
from gbtui.monitor.monitor import Monitor
from gbtui.ui.connected import Connected
from gbtui.ui.list_screen import ListScreen
from screens.conversation import Conversation
from tests.conftest import Connect
from tests.ui.fakes import console, text
from tests.waiting import until

_TALKATIVE = """
SELECT u.email, (SELECT s.id FROM user_sessions s WHERE s.user_id = u.id ORDER BY s.updated_at DESC, s.id DESC LIMIT 1)
FROM users u JOIN message_history m ON m.user_id = u.id
GROUP BY u.id HAVING count(DISTINCT m.session_id) > 1 ORDER BY count(*) DESC, u.id LIMIT 1
"""


async def test_from_a_pasted_address_to_the_newest_conversation_in_five_keys(sample_dsn: str, connect: Connect) -> None:
    found = await (await connect(sample_dsn)).fetchrow(_TALKATIVE)
    assert found is not None
    email, newest = found
    async with Database(sample_dsn) as database:
        monitor = Monitor(database)
        app = console(
            Connected(
                monitor, "prod-eu", lambda: "primary", conversations=Conversations(database),
                look_up=LookUp(database), rooms=Rooms(database),
            )
        )  # fmt: skip
        await monitor.start()
        async with app.run_test(size=(120, 40)) as pilot:
            keys = 0

            async def press(key: str) -> None:
                nonlocal keys
                keys += 1
                await pilot.press(key)

            await until(lambda: app.current_mode == "overview" and app.screen.is_mounted)
            app.screen.post_message(events.Paste(f"<{email.upper()}>\n"))
            await until(lambda: "user  " in text(app) and email in text(app))
            assert app.place.panel == ""  # nothing ran by itself
            await press("enter")
            await until(lambda: app.place.panel.startswith("user ") and "conversations" in text(app))
            await press("enter")
            await until(lambda: app.place.panel.endswith(" sessions") and "newest activity first" in text(app))
            await until(lambda: isinstance(app.screen, ListScreen) and app.screen.table.cursor_row is not None)
            await press("enter")
            await until(lambda: isinstance(app.screen, Conversation) and app.screen.turn is not None)
            assert isinstance(app.screen, Conversation)
            assert app.screen.session_id == newest
            assert keys <= 5
        await monitor.stop()
    assert app.failures == []
