"""What is sealed opens in its place, with its key, unchanged, and nowhere else; each failure says which it is."""

import base64
import hmac
import stat
import string
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from gbtui.config.profiles import read as read_profiles
from gbtui.config.secrets import VaultKeys
from gbtui.errors import Fault, GbtuiError, UsageError, VaultError
from gbtui.secret import Secret
from gbtui.security.vault import cipher, master
from gbtui.security.vault.columns import EMAIL_PASSWORD, Column, Place
from gbtui.security.vault.keyring import Keyring, wrap
from gbtui.security.vault.master import Master
from gbtui.security.vault.texts import parse
from gbtui.security.vault.vault import Vault

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
MASTER = Master(bytes(range(2, 34)))
ROW = UUID("018f0000-0000-7000-8000-000000000001")
HERE = Place(EMAIL_PASSWORD, str(ROW))
V1_KEY = {"default": KEY}

# The GCM specification's test cases 13 to 16, AES-256 and a nonce of 96 bits: key, nonce, plain, context, text, tag.
_K = "feffe9928665731c6d6a8f9467308308" * 2
_P = (
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
)
_C = (
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
)
_N = "cafebabefacedbaddecaf888"
PUBLISHED = (
    ("00" * 32, "00" * 12, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
    ("00" * 32, "00" * 12, "00" * 16, "", "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"),
    (_K, _N, _P, "", _C, "b094dac5d93471bdec1a502270e3cc6c"),
    (_K, _N, _P[:120], "feedfacedeadbeeffeedfacedeadbeefabaddad2", _C[:120], "76fc6ece0f4e1768cddf8853bb2d551b"),
)


def vault(*, active: str = "k2", master_key: Master = MASTER) -> Vault:
    wrapped = [wrap("k1", KEY, MASTER), wrap("k2", OTHER, MASTER)]
    made = Keyring(wrapped, master_key, V1_KEY)
    made.active_id = active
    return Vault(made)


@pytest.mark.parametrize("case", PUBLISHED)
def test_the_cipher_is_the_published_one(case: tuple[str, ...]) -> None:
    *parts, text, tag = case
    raw = [bytes.fromhex(part) for part in parts]
    sealed = cipher.encrypt(raw[0], raw[1], raw[2], raw[3])
    assert sealed.hex() == text + tag
    assert cipher.decrypt(raw[0], raw[1], sealed, raw[3]) == raw[2]
    assert cipher.decrypt(raw[0], raw[1], sealed, raw[3] + b"x") is None


def test_a_v2_text_is_what_the_page_says_and_stays_readable_for_ever() -> None:
    """One text made by this program, held fast: whoever changes the format breaks what is stored."""
    text = vault(active="k1").seal(HERE, Secret("s3cr3t-größe"), nonce=bytes(12))
    assert text == "2:AES-256-GCM:k1:lUg64GPoieQG:AAAAAAAAAAAAAAAA:fY_WrIZYrtp6ax_2h0n-7C8ZWTrte93vVWupK5Cg"
    parts = ("gbtui vault 2 value", "AES-256-GCM", "k1", "public.user_email_accounts", "encrypted_password", str(ROW))
    context = b"".join(len(part).to_bytes(4, "big") + part.encode() for part in parts)
    body = base64.urlsafe_b64decode(text.split(":")[-1])
    assert AESGCM(KEY).decrypt(bytes(12), body, context).decode() == "s3cr3t-größe"
    mark_key = hmac.new(KEY, b"gbtui vault 2 mark", "sha256").digest()
    assert base64.urlsafe_b64decode(text.split(":")[3]) == hmac.new(mark_key, context, "sha256").digest()[:9]
    assert vault().open(HERE, text).reveal() == "s3cr3t-größe"


def test_a_v1_text_of_the_real_server_opens_wherever_it_lies() -> None:
    nonce = bytes(range(12))
    body = cipher.encrypt(KEY, nonce, b"hunter2", b"")
    padded = f"1:AES-256-GCM:default:{base64.b64encode(nonce).decode()}:{base64.b64encode(body).decode()}"
    assert padded.endswith("=")
    for text in (padded, padded.rstrip("="), padded.replace("+", "-").replace("/", "_")):
        assert vault().open(HERE, text).reveal() == "hunter2"
        assert vault().open(Place(EMAIL_PASSWORD, "other"), text).reveal() == "hunter2"
    assert fault(padded.replace("default", "gone")) is Fault.LOST
    assert fault(padded[:-8] + "AAAAAAA=") is Fault.DAMAGED
    assert fault("1:AES-256-GCM:default::") is Fault.UNREADABLE


def fault(text: str, place: Place = HERE, where: Vault | None = None) -> Fault:
    with pytest.raises(VaultError) as error:
        (where or vault()).open(place, text)
    assert not {"s3cr3t", "hunter2"} & set(str(error.value).split())
    return error.value.fault


@settings(deadline=None)
@given(value=st.text(), table=st.text(), name=st.text(), key=st.text(max_size=50))
def test_whatever_is_sealed_comes_back_in_its_place(value: str, table: str, name: str, key: str) -> None:
    try:
        for part in (value, table, name, key):
            part.encode()
    except UnicodeEncodeError:
        return
    place = Place(Column(table, name, ""), key)
    text = vault().seal(place, Secret(value))
    assert vault().open(place, text) == Secret(value)
    assert text != vault().seal(place, Secret(value))
    assert text.isascii() and "\n" not in text


@settings(deadline=None)
@given(
    parts=st.tuples(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8)),
    at=st.integers(0, 2),
    by=st.text(max_size=8),
)
def test_no_other_place_opens_it(parts: tuple[str, str, str], at: int, by: str) -> None:
    """Also where the names run together to the same text: ("ab", "c") is not ("a", "bc")."""
    try:
        for part in (*parts, by):
            part.encode()
    except UnicodeEncodeError:
        return
    other = [*parts]
    other[at] = by
    if tuple(other) == parts:
        return
    text = vault().seal(Place(Column(parts[0], parts[1], ""), parts[2]), Secret("s3cr3t"))
    assert fault(text, Place(Column(other[0], other[1], ""), other[2])) is Fault.MOVED
    shifted = Place(Column(parts[0] + "x", parts[1][1:], ""), parts[2])
    assert fault(text, shifted) is Fault.MOVED


def test_every_single_changed_bit_shows() -> None:
    text = vault().seal(HERE, Secret("s3cr3t"))
    sealed = parse(text)
    for name in ("mark", "nonce", "body"):
        raw = getattr(sealed, name)
        for bit in range(len(raw) * 8):
            flipped = bytearray(raw)
            flipped[bit // 8] ^= 1 << bit % 8
            changed = type(sealed)(
                **{field: getattr(sealed, field) for field in type(sealed).__slots__} | {name: bytes(flipped)}
            )
            assert fault(str(changed)) is Fault.DAMAGED, (name, bit)


def changed_characters(text: str) -> Iterator[str]:
    for at, char in enumerate(text):
        yield text[:at] + ("A" if char != "A" else "B") + text[at + 1 :]
        yield text[:at] + text[at + 1 :]


def test_no_changed_or_missing_character_goes_unnoticed() -> None:
    text = vault().seal(HERE, Secret("s3cr3t"))
    faults = {fault(changed) for changed in changed_characters(text)}
    assert faults == {Fault.DAMAGED, Fault.UNREADABLE, Fault.LOST}


@given(st.text())
def test_a_text_that_is_none_is_said_to_be_none(text: str) -> None:
    assert fault(text) is Fault.UNREADABLE


@pytest.mark.parametrize(
    "text", ["", "hunter2", "2:AES-256-GCM:k1", "3:AES-256-GCM:k1:AAAA:AAAA:AAAA", "2:AES-128-GCM:k1:A:A:A"]
)
def test_texts_of_others_are_not_sealed(text: str) -> None:
    assert fault(text) is Fault.UNREADABLE


def test_keys_that_are_lost_or_others_are_told_apart() -> None:
    text = vault().seal(HERE, Secret("s3cr3t"))
    assert fault(text.replace("k2", "k3")) is Fault.LOST
    assert fault(text, where=vault(master_key=Master(KEY))) is Fault.WRONG
    # Another value's key id in front: the key is there, and is not the one.
    assert fault(text.replace("k2", "k1")) in (Fault.MOVED, Fault.DAMAGED)
    first, second = wrap("k1", KEY, MASTER), wrap("k2", OTHER, MASTER)
    swapped = [type(first)("k1", second.wrapped, second.master, active=False)]
    assert fault(text.replace("k2", "k1"), where=Vault(Keyring(swapped, MASTER))) is Fault.DAMAGED
    for broken in ("", "AAAA", second.wrapped[:-4]):
        ring = Keyring([type(first)("k2", broken, second.master, active=True)], MASTER)
        assert fault(text, where=Vault(ring)) is Fault.DAMAGED


def test_nothing_tells_a_key() -> None:
    told = f"{MASTER!r} {wrap('k1', KEY, MASTER)!r} {vault().keys!r}"
    assert KEY.hex() not in told
    assert repr(KEY) not in told
    assert repr(MASTER.key) not in told
    assert wrap("k1", KEY, MASTER).wrapped not in told


# --- where the master key comes from ------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "master.key"


def test_a_key_is_made_for_its_owner_alone_and_never_over_another(file: Path) -> None:
    made = master.generate(VaultKeys(file=file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert master.read(VaultKeys(file=file), {}) == made
    with pytest.raises(UsageError, match="is there already"):
        master.generate(VaultKeys(file=file))
    assert master.read(VaultKeys(file=file), {}) == made


@pytest.mark.parametrize("spelled", [KEY.hex(), KEY.hex().upper(), base64.b64encode(KEY).decode(),
                                     base64.urlsafe_b64encode(KEY).decode().rstrip("=")])  # fmt: skip
def test_a_file_a_command_and_the_environment_hold_the_same_key(tmp_path: Path, spelled: str) -> None:
    file = tmp_path / "key"
    file.write_text(f"{spelled}\n")
    file.chmod(0o600)
    sources = (VaultKeys(file=file), VaultKeys(command=("cat", str(file))), VaultKeys(env="THE_KEY"))
    assert {master.read(source, {"THE_KEY": spelled}).key for source in sources} == {KEY}


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (None, "nothing says where it is"),
        (VaultKeys(file=Path("/nowhere/key")), "Cannot read the master key: /nowhere/key: No such file"),
        (VaultKeys(file=Path("/dev/zero")), "/dev/zero is no plain file"),
        (VaultKeys(command=("false",)), "false ended with 1"),
        (VaultKeys(command=("/nowhere/program",)), "/nowhere/program: No such file"),
        (VaultKeys(command=("echo", "hunter2hunter2")), "echo does not hold 32 random bytes"),
        (VaultKeys(env="NOT_SET"), "environment NOT_SET is not set"),
        (VaultKeys(env="SHORT"), "environment SHORT does not hold 32 random bytes"),
        (VaultKeys(env="ZEROS"), "environment ZEROS does not hold 32 random bytes"),
    ],
)
def test_without_a_key_it_says_why_and_quotes_nothing(source: VaultKeys | None, sentence: str) -> None:
    with pytest.raises(GbtuiError) as error:
        master.read(source, {"SHORT": "hunter2hunter2", "ZEROS": "00" * 32})
    assert sentence in str(error.value)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o602])
def test_a_key_that_others_can_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "key"
    file.write_text(KEY.hex())
    file.chmod(mode)
    for source in (VaultKeys(file=file), VaultKeys(env="x", v1_keys=file)):
        with pytest.raises(UsageError, match=r"Others may read .*mode 06.*chmod 0600"):
            master.read_v1_keys(source) if source.v1_keys else master.read(source, {})


def test_keys_of_v1_stand_in_a_file_by_their_ids(tmp_path: Path) -> None:
    file = tmp_path / "v1"
    file.write_text(f"# of the old server\n\ndefault {KEY.hex()}\nkey-2 = {base64.b64encode(OTHER).decode()}\n")
    file.chmod(0o600)
    assert master.read_v1_keys(VaultKeys(env="x", v1_keys=file)) == {"default": KEY, "key-2": OTHER}
    file.write_text(f"default {KEY.hex()}\nhunter2\n")
    with pytest.raises(UsageError, match="line 2") as error:
        master.read_v1_keys(VaultKeys(env="x", v1_keys=file))
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("{}", "a table of"),
        ('{ file = "/x", env = "Y" }', "with one of file, command and env"),
        ('{ v1_keys = "/x" }', "with one of file, command and env"),
        ('{ file = "relative" }', "file is a path from / or ~"),
        ('{ command = "pass show" }', "command is a list of words"),
        ('{ key = "abc" }', "a table of command, env, file, v1_keys"),
    ],
)
def test_what_a_profile_says_of_the_vault_is_checked(tmp_path: Path, table: str, why: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"[profiles.prod]\nvault = {table}\n")
    with pytest.raises(UsageError, match=r"profiles\.prod\.vault must be") as error:
        read_profiles(file, must_exist=True)
    assert why in str(error.value)
    file.write_text('[profiles.prod.vault]\nfile = "~/master.key"\nv1_keys = "/etc/v1"\n')
    found = read_profiles(file, must_exist=True).profiles["prod"].vault
    assert found == VaultKeys(file=Path.home() / "master.key", v1_keys=Path("/etc/v1"))


def test_ids_of_keys_do_not_meet() -> None:
    from gbtui.security.vault.keyring import new_id

    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(set(one) <= set(string.ascii_lowercase + string.digits + "-") for one in ids)
    assert str(uuid4()) not in ids
