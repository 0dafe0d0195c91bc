"""Outputs that are stored under tests/data/golden and compared byte for byte."""

from __future__ import annotations

import difflib
import itertools
import json
import re
from dataclasses import dataclass
from typing import Any

from helpers.paths import DATA

FOLDER = DATA / "golden"
SHOWN = 60
"""Lines of a difference that a failing test shows."""
DIGITS = 7
"""Significant digits kept of a number: the last ones differ between processors and versions of NumPy, and more of them
where large numbers almost cancel."""


@dataclass(frozen=True)
class Golden:
    """Compares texts with stored ones or, with ``update``, stores them."""

    update: bool

    def check(self, name: str, text: str) -> None:
        """Fail with the difference if ``text`` is not what ``tests/data/golden/<name>`` holds."""
        path = FOLDER / name
        if self.update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        stored = path.read_text(encoding="utf-8") if path.exists() else ""
        if text == stored:
            return
        lines = difflib.unified_diff(stored.splitlines(), text.splitlines(), f"stored/{name}", "now", lineterm="", n=1)
        raise AssertionError(
            "\n".join(itertools.islice(lines, SHOWN))
            + "\n\nIf the change is meant: pytest tests/cli/test_golden.py --update-golden, and commit the difference."
        )


def stable_json(text: str) -> str:
    """JSON, one key a line, without times of this machine and with numbers rounded to ``DIGITS`` digits."""
    return json.dumps(_stable(json.loads(text)), indent=1, ensure_ascii=False) + "\n"


def _stable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _stable(item) for key, item in value.items() if not key.startswith("seconds_")}
    if isinstance(value, list):
        return [_stable(item) for item in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def stable_table(text: str) -> str:
    """A table without the line that says how long the command took."""
    return re.sub(r"^took .*\n", "", text, flags=re.MULTILINE)


def stable_qasm(text: str) -> str:
    """OpenQASM 3 whose metadata comment is stable JSON, too."""
    return re.sub(
        r"^// distq: (.*)$", lambda found: f"// distq: {json.dumps(_stable(json.loads(found[1])))}", text, flags=re.M
    )
