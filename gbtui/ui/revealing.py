"""`:reveal` shows the password of the mail account under the cursor, once, to who may read it and says why."""

from typing import TYPE_CHECKING

from gbtui.errors import UsageError
from gbtui.text import clean
from gbtui.ui.live_screen import LiveScreen
from gbtui.ui.widgets.reason import Reason
from gbtui.ui.widgets.revealed import Revealed

if TYPE_CHECKING:
    from gbtui.domain.rooms.of_mail import MailAccount
    from gbtui.security.vault.columns import Place
    from gbtui.ui.app import Console


def reveal(app: "Console") -> None:
    """Ask for the reason, then show."""
    from gbtui.security.vault.columns import EMAIL_PASSWORD, Place
    from gbtui.security.vault.reveal import checked

    account = _account(app)
    what = f"The password of {clean(account.email_address)}"

    def answered(reason: str | None) -> None:
        if reason:
            app.attempt(_show(app, what, Place(EMAIL_PASSWORD, str(account.id)), reason))

    told = (
        f"{what}, a mail account of {clean(account.user) or 'nobody who is known'}, is shown for 20 seconds, once.",
        "That you saw it, and your reason, is on record before.",
    )
    app.push_screen(Reason("Reveal a password?", told, checked), answered)


async def _show(app: "Console", what: str, place: "Place", reason: str) -> None:
    revealer = app.connected.revealer if app.connected else None
    if revealer is None:
        raise UsageError("reveal", "there is nothing to reveal here")
    secret = await revealer.reveal(place, reason)
    app.head()  # the record may have had to go to a file: the head says so
    app.push_screen(Revealed(what, secret))


def _account(app: "Console") -> "MailAccount":
    """The one under the cursor of the list of mail accounts, also where it is described over the list."""
    from gbtui.domain.rooms.of_mail import MailAccount

    for screen in reversed(app.screen_stack):
        if isinstance(screen, LiveScreen):
            row = getattr(getattr(screen, "table", None), "cursor_row", None)
            if isinstance(row, MailAccount):
                return row
            break
    raise UsageError("reveal", "no mail account is under the cursor", "a user's room `mail` lists them")
