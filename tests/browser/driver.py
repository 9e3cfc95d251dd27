"""A browser in a process of its own, driven by extension/tests/browser/driver.mjs."""

from __future__ import annotations

import itertools
import json
import queue
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EXTENSION = ROOT / "extension"
ANSWER_SECONDS = 90
START_SECONDS = 120


def built_extension() -> dict[str, Path]:
    """The folder to load in each browser. Chromium's is the package with leave to reach this machine from the start: the browser's
    question could not be answered. Firefox can be told to answer it itself, so it gets what is shipped."""
    subprocess.run(["node", "scripts/build.mjs", "--test-hosts"], cwd=EXTENSION, check=True, capture_output=True, timeout=START_SECONDS)
    return {"chromium": EXTENSION / "dist" / "test-chromium", "firefox": EXTENSION / "dist" / "firefox"}


class Browser:
    """Every verb of the driver is a method: browser.open(url)."""

    def __init__(self, kind: str, extension: Path, options: Mapping[str, str]) -> None:
        self.kind = kind
        command = ["node", str(EXTENSION / "tests" / "browser" / "driver.mjs"), kind, str(extension)]
        self._process = subprocess.Popen(
            [*command, *(f"{name}={value}" for name, value in options.items())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._numbers = itertools.count(1)
        threading.Thread(target=self._read, daemon=True).start()
        self._answer(0, START_SECONDS)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(json.loads(line))
        self._answers.put({"id": None, "error": "the driver ended"})

    def _answer(self, number: int, seconds: float) -> Any:
        answer = self._answers.get(timeout=seconds)
        assert answer["id"] in (number, None), answer
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def do(self, verb: str, *given: Any) -> Any:
        number = next(self._numbers)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": number, "do": verb, "with": given}) + "\n")
        self._process.stdin.flush()
        return self._answer(number, ANSWER_SECONDS)

    def __getattr__(self, verb: str) -> Any:
        if verb.startswith("_"):
            raise AttributeError(verb)
        return lambda *given: self.do(verb, *given)

    def buttons(self) -> list[str]:
        return [button["name"] for button in self.do("looks")["buttons"]]

    def close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
