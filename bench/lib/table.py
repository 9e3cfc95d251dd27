"""The table of budgets, on the screen and in README.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BEGIN, END = "<!-- bench/run writes from here -->", "<!-- to here -->"
HEAD = ("budget", "figure", "ratio", "met")


@dataclass(frozen=True)
class Row:
    budget: str
    figure: str
    ratio: str
    met: bool | None  # None: no budget, told for comparison

    @property
    def cells(self) -> tuple[str, str, str, str]:
        return self.budget, self.figure, self.ratio, {True: "met", False: "not met", None: ""}[self.met]


def plain(rows: Sequence[Row]) -> str:
    table = [HEAD, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEAD))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in table]
    return "\n".join([lines[0], "-+-".join("-" * width for width in widths), *lines[1:]])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _older(text: str) -> dict[str, str]:
    """The lines of a table that was written before, by their first cell."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return {line.split(" | ")[0].removeprefix("| "): line for line in lines[2:]}


def write(path: Path, rows: Sequence[Row], note: str, keep: bool = False) -> None:
    """Replaces what stands between the markers; with `keep` only the lines of the same budgets, and adds what is new."""
    text = path.read_text()
    before, _, rest = text.partition(BEGIN)
    old, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{path} lacks the lines {BEGIN} and {END}")
    lines = (_older(old) if keep else {}) | {row.budget: _line(row.cells) for row in rows}
    table = "\n".join([_line(HEAD), _line(["---"] * len(HEAD)), *lines.values()])
    path.write_text(f"{before}{BEGIN}\n{note}\n\n{table}\n{END}{after}")
