"""Each setting from the strongest place that has it, and that place noted."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from gbtui.config import profiles
from gbtui.config.profiles import File, Profile
from gbtui.errors import UsageError

_WORDS: Final = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


class Merge:
    """Each setting from the strongest place that has it, and the place noted."""

    def __init__(
        self, given: Mapping[str, Any], environ: Mapping[str, str], settings: File, profile: Profile | None
    ) -> None:
        self._given = given
        self._environ = environ
        self._file = settings
        self._profile = profile
        self.sources: dict[str, str] = {}

    def setting(self, name: str, default: Any, kind: Callable[[str], Any]) -> Any:
        """A setting that flags, GBTUI_* and the file may give; `kind` makes a text what the file would hold."""
        variable = f"GBTUI_{name.upper()}"
        if name in self._given:
            return self._from_text(name, str(self._given[name]), f"--{name.replace('_', '-')}", kind)
        if self._environ.get(variable):
            return self._from_text(name, self._environ[variable], f"environment {variable}", kind)
        if self._profile and name in self._profile.settings:
            return self._note(name, self._profile.settings[name], self._profile_origin)
        if name in self._file.settings:
            return self._note(name, self._file.settings[name], str(self._file.path))
        return self._note(name, default, "default")

    def of_profile(self, name: str, *, default: Any) -> Any:
        """A setting that only a profile may give."""
        value = getattr(self._profile, name, None)
        return self._note(name, default, "default") if value is None else self._note(name, value, self._profile_origin)

    def table(self, name: str) -> Mapping[str, Any]:
        """The file's table with the profile's entries over it."""
        merged = dict(self._file.settings.get(name, {}))
        own = self._profile.settings.get(name, {}) if self._profile else {}
        origin = self._profile_origin if own else str(self._file.path) if merged else "default"
        merged.update(own)
        return MappingProxyType(self._note(name, merged, origin))

    def data_dir(self) -> Path | None:
        """The embedded server's folder."""
        for value, origin in (
            (self._given.get("data_dir"), "--data-dir"),
            (self._environ.get("GBTUI_DATA_DIR"), "environment GBTUI_DATA_DIR"),
        ):
            if value:
                self.sources["data_dir"] = origin
                return Path(os.fspath(value)).expanduser()
        self.sources["data_dir"] = "default"
        return None

    def flag(self, name: str) -> bool | None:
        """A yes or no from the command line or the environment; None if neither says."""
        variable = f"GBTUI_{name.upper()}"
        if name in self._given:
            self.sources[name] = "command line"
            return bool(self._given[name])
        word = self._environ.get(variable, "").lower()
        if not word:
            return None
        if word not in _WORDS:
            raise UsageError("Wrong setting", f"{variable}={word} is neither true nor false")
        self.sources[name] = f"environment {variable}"
        return _WORDS[word]

    def any_says(self, name: str) -> bool:
        """A switch that protects: on wherever one of the places says so, and nothing weaker or stronger undoes it."""
        if self.flag(name):
            return True
        own, shared = self._profile.settings.get(name) if self._profile else None, self._file.settings.get(name)
        origin = self._profile_origin if own else str(self._file.path) if shared else "default"
        return bool(self._note(name, bool(own or shared), origin))

    @property
    def _profile_origin(self) -> str:
        return f"profile {self._profile.name} in {self._file.path}" if self._profile else "default"

    def _from_text(self, name: str, text: str, origin: str, kind: Callable[[str], Any]) -> Any:
        try:
            value = profiles.SETTINGS[name](kind(text))
        except ValueError as exc:
            what = str(exc) if "must" not in str(exc) and "could not" not in str(exc) else "a number"
            raise UsageError("Wrong setting", f"{name} from {origin} must be {what}") from None
        return self._note(name, value, origin)

    def _note(self, name: str, value: Any, origin: str) -> Any:
        self.sources[name] = origin
        return value
