"""The question on a terminal: profiles, the demo, or a connection string."""

from argparse import Namespace
from pathlib import Path

import pytest

from gbtui.commands.choosing import choose
from gbtui.config import Config, load
from gbtui.errors import NoTargetError


@pytest.fixture
def arguments(tmp_path: Path) -> Namespace:
    file = tmp_path / "c.toml"
    file.write_text("[profiles.staging]\ndsn='host=staging'\n[profiles.prod]\ndsn='host=prod'\n")
    return Namespace(config_file=str(file), dsn=None, profile=None)


def chosen(arguments: Namespace, answer: str) -> Config:
    return choose(arguments, load(arguments, {}), lambda _prompt: answer)


@pytest.mark.parametrize(
    ("answer", "label"), [("1", "prod"), ("2", "staging"), ("staging", "staging"), ("3", "DEMO"), ("demo", "DEMO")]
)
def test_answers(arguments: Namespace, answer: str, label: str) -> None:
    config = chosen(arguments, answer)
    assert config.is_named
    assert config.label == label


def test_a_connection_string(arguments: Namespace, capsys: pytest.CaptureFixture[str]) -> None:
    config = chosen(arguments, "postgresql://me@db/app")
    assert config.connection[0].dsn is not None
    assert config.connection[0].dsn.reveal() == "postgresql://me@db/app"
    shown = capsys.readouterr().out
    assert shown.index("prod") < shown.index("staging") < shown.index("the demo on this machine")


def test_nothing(arguments: Namespace) -> None:
    with pytest.raises(NoTargetError):
        chosen(arguments, "")
