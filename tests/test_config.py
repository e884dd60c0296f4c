"""Settings: which place wins, what the file may say, and what a name may stand over."""

from pathlib import Path
from typing import Any

import pytest

from gbtui.config import Config, load
from gbtui.database.dsn import resolve
from gbtui.errors import UsageError
from gbtui.secret import Secret

FILE = """
theme = "file-theme"
refresh = 3
thresholds = { connections = 0.9, lag = 5 }

[profiles.prod]
dsn = "host=prod.example.com user=watch password=s3cr3t"
colour = "red"
refresh = 4
thresholds = { connections = 0.5 }

[profiles.guarded]
dsn = "host=guarded"
read_only = "always"

[profiles.staging]
dsn = "host=staging"
read_only = false
migrate = "check"
create = true
pooled = true
audit = "required"
rescue_dsn = "host=staging user=postgres password=s3cr3t"
pgbouncer = "host=staging port=6432 dbname=pgbouncer"
archive = "/srv/archive"
nodes = { b = "host=b" }
keymap = { "app.help" = "f1" }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(FILE)
    path.chmod(0o600)
    return path


def hosts(config: Config, **environ: str) -> str:
    return ",".join(map(str, resolve(config.connection, {"HOME": "/nonexistent", **environ}).hosts))


def test_flags_then_environment_then_profile_then_file_then_default(file: Path) -> None:
    everything: dict[str, Any] = {"profile": "prod", "refresh": "1.5"}
    environ = {"GBTUI_REFRESH": "2"}
    assert load(everything, environ, file).refresh == 1.5
    assert load({"profile": "prod"}, environ, file).refresh == 2
    assert load({"profile": "prod"}, {}, file).refresh == 4
    assert load({}, {}, file).refresh == 3
    config = load({}, {})
    assert config.refresh == 1
    assert config.sources["refresh"] == "default"
    assert load({"profile": "prod"}, {}, file).sources["refresh"] == f"profile prod in {file}"
    assert load({}, environ, file).sources["refresh"] == "environment GBTUI_REFRESH"


def test_tables_are_merged_entry_by_entry(file: Path) -> None:
    assert load({"profile": "prod"}, {}, file).thresholds == {"connections": 0.5, "lag": 5}


def test_everything_a_profile_may_say(file: Path) -> None:
    config = load({"profile": "staging"}, {}, file)
    assert (config.label, config.read_only, config.migrate, config.create, config.pooled) == (
        "staging",
        False,
        "check",
        True,
        True,
    )
    assert config.audit == "required"
    assert config.rescue_dsn is not None
    assert config.pgbouncer is not None
    assert config.keymap == {"app.help": "f1"}
    assert config.theme == "file-theme"
    assert config.profile is not None
    assert list(config.profile.nodes) == ["b"]
    assert load({"profile": "prod"}, {}, file).colour == "red"


def test_what_disks_hold_is_told_of_the_profiles_own_server_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[profiles.prod]\ndsn = "host=db"\ncapacity = { data = "1.5GB", wal = 1000 }')
    assert load({"profile": "prod"}, {}, path).capacity == {"data": 1.5 * 1024**3, "wal": 1000.0}
    assert load({"profile": "prod", "host": "other"}, {}, path).capacity == {}
    assert load({}, {}, path).capacity == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("refres = 1", "refres is not a setting (did you mean refresh?)"),
        ("[profiles.prod]\nhost = 'x'", "profiles.prod.host is not a setting"),
        ("[profiles.prod]\nread_only = 'sometimes'", 'profiles.prod.read_only must be true, false or "always"'),
        ("[profiles.prod]\ndsn = 5", "profiles.prod.dsn must be a text"),
        ("[profiles.prod]\naudit = 'off'", "profiles.prod.audit must be on or required"),
        ("refresh = 0", "refresh must be a number of seconds from 0.25 to 3600"),
        ("refresh = true", "refresh must be a number of seconds"),
        ("pool_size = 1000", "pool_size must be a whole number from 1 to 100"),
        ("migrate = 'always'", "migrate must be auto, check or off"),
        ("thresholds = { lag = nan }", "thresholds must be a table of names and limits"),
        ("thresholds = { lag = -inf }", "thresholds must be a table of names and limits"),
        ("thresholds = { lag = 2026-01-01 }", "thresholds must be a table of names and limits"),
        ("[profiles.prod]\ncapacity = 5", "profiles.prod.capacity must be a table of places and sizes"),
        ("[profiles.prod]\ncapacity = { data = 'much' }", "profiles.prod.capacity must be sizes such as"),
        ("[profiles.prod]\ncapacity = { data = -1 }", "profiles.prod.capacity must be sizes such as"),
        ("[profiles.prod]\ncapacity = { data = inf }", "profiles.prod.capacity must be sizes such as"),
        ("profiles = 5", "profiles are tables"),
        ("refresh = ", "Invalid value"),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        load({}, {}, path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_file_that_was_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such configuration file"):
        load({"config_file": str(tmp_path / "absent")}, {})
    with pytest.raises(UsageError, match="No such configuration file"):
        load({}, {"GBTUI_CONFIG": str(tmp_path / "absent")})


def test_the_users_folder_is_read_if_there_is_a_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(file.parent.parent))
    (file.parent / "gbtui").mkdir()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(file.parent))
    assert load({}, {}).refresh == 1
    file.rename(file.parent / "gbtui" / "config.toml")
    assert load({}, {}).refresh == 3


def test_an_unknown_profile_names_the_known_ones(file: Path) -> None:
    with pytest.raises(UsageError, match="guarded, prod, staging"):
        load({"profile": "prd"}, {}, file)


def test_read_only_is_on_unless_somebody_says_otherwise(file: Path) -> None:
    assert load({"dsn": "host=a"}, {}).read_only
    assert load({"profile": "prod"}, {}, file).read_only
    assert not load({"dsn": "host=a", "read_only": False}, {}).read_only
    assert not load({"dsn": "host=a"}, {"GBTUI_READ_ONLY": "false"}).read_only
    assert not load({"dsn": "embedded:"}, {}).read_only
    assert load({"dsn": "embedded:", "read_only": True}, {}).read_only
    assert load({"profile": "staging", "read_only": True}, {}, file).read_only


def test_always_read_only_cannot_be_loosened(file: Path) -> None:
    config = load({"profile": "guarded"}, {"GBTUI_READ_ONLY": ""}, file)
    assert config.read_only
    assert config.read_only_always
    with pytest.raises(UsageError, match="always"):
        load({"profile": "guarded", "read_only": False}, {}, file)


@pytest.mark.parametrize(
    ("flags", "environ", "named"),
    [
        ({}, {}, False),
        ({}, {"PGPASSWORD": "x", "PGSSLMODE": "require"}, False),
        ({}, {"PGHOST": "a"}, True),
        ({}, {"PGSERVICE": "a"}, True),
        ({}, {"PGDATABASE": "a"}, True),
        ({}, {"GBTUI_DSN": "host=a"}, True),
        ({"target": "host=a"}, {}, True),
        ({"dsn": "embedded:"}, {}, True),
        ({"username": "me"}, {}, True),
    ],
)
def test_whether_a_server_is_named(flags: dict[str, Any], environ: dict[str, str], named: bool) -> None:
    assert load(flags, environ).is_named is named


def test_short_flags_mean_what_psql_means() -> None:
    target = resolve(load({"host": "h", "port": "1", "username": "u", "dbname": "d"}, {}).connection, {})
    assert (str(target.hosts[0]), target.user, target.database) == ("h:1", "u", "d")
    # A connection string in -d is stronger than the single flags, as in psql.
    target = resolve(load({"host": "h", "dbname": "postgresql://x/y"}, {}).connection, {})
    assert (str(target.hosts[0]), target.database) == ("x:5432", "y")


@pytest.mark.parametrize("more", [{"dsn": "host=b"}, {"dbname": "host=b"}])
def test_two_connection_strings_are_refused(more: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="Two connection strings"):
        load({"target": "host=a", **more}, {})


def test_the_environments_server_gives_way_to_the_command_lines(file: Path) -> None:
    environ = {"GBTUI_DSN": "embedded:", "GBTUI_PROFILE": "prod"}
    config = load({"dsn": "host=a"}, environ, file)
    assert (config.is_embedded, config.label, hosts(config)) == (False, "", "a:5432")
    config = load({"profile": "staging"}, {"GBTUI_DSN": "embedded:"}, file)
    assert (config.is_embedded, config.label, hosts(config)) == (False, "staging", "staging:5432")
    assert load({}, {"GBTUI_PROFILE": "prod"}, file).label == "prod"


def test_the_profiles_server_is_not_completed_by_leftovers(file: Path) -> None:
    config = load({"profile": "prod"}, {}, file)
    assert hosts(config, PGHOST="other", PGPORT="9", PGSERVICE="other") == "prod.example.com:5432"


def test_a_profiles_name_does_not_stand_alone_over_another_server(file: Path) -> None:
    assert load({"profile": "prod", "dbname": "other"}, {}, file).label == "prod"
    config = load({"profile": "prod", "host": "other"}, {}, file)
    assert hosts(config) == "other:5432"
    assert config.label != "prod"


def test_the_demo_is_called_demo_and_takes_no_other_server(file: Path) -> None:
    config = load({}, {"GBTUI_DSN": "embedded:"})
    assert (config.is_embedded, config.label, config.connection) == (True, "DEMO", ())
    with pytest.raises(UsageError, match="embedded:"):
        load({"dsn": "embedded:", "host": "a"}, {})
    with pytest.raises(UsageError, match="embedded:"):
        load({"dsn": "embedded:", "profile": "prod"}, {}, file)


def test_no_secret_is_shown(file: Path) -> None:
    config = load(
        {"profile": "staging", "dbname": "postgresql://me:s3cr3t@h/d"}, {"GBTUI_DSN": "password=s3cr3t"}, file
    )
    assert "s3cr3t" not in repr(config)


def test_a_file_with_passwords_that_others_may_read_is_warned_of(file: Path) -> None:
    assert load({}, {}, file).file.warnings == ()
    file.chmod(0o644)
    assert "chmod 0600" in load({}, {}, file).file.warnings[0]
    file.write_text('[profiles.prod]\ndsn = "postgresql://me:s3cr3t@db.example.com/bots"\n')
    assert "chmod 0600" in load({}, {}, file).file.warnings[0]
    file.write_text('[profiles.prod]\ndsn = "postgresql://me@db.example.com:5432/bots"\n')
    assert load({}, {}, file).file.warnings == ()


@pytest.mark.parametrize(
    ("variable", "value"), [("GBTUI_REFRESH", "fast"), ("GBTUI_POOL_SIZE", "0"), ("GBTUI_READ_ONLY", "so")]
)
def test_wrong_variables_are_named(variable: str, value: str) -> None:
    with pytest.raises(UsageError, match=variable):
        load({}, {variable: value})


def test_a_typed_password_is_the_strongest(file: Path) -> None:
    flags = {"profile": "prod", "typed_password": Secret(r"it's \ typed")}
    config = load(flags, {}, file)
    target = resolve(config.connection, {"PGPASSWORD": "leftover"})
    assert target.password == Secret(r"it's \ typed")
    assert (config.label, hosts(config)) == ("prod", "prod.example.com:5432")
