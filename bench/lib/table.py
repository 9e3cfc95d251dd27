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


def markdown(rows: Sequence[Row], note: str) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in [HEAD, tuple("---" for _ in HEAD), *(r.cells for r in rows)]]
    return f"{note}\n\n" + "\n".join(lines)


def write(path: Path, rows: Sequence[Row], note: str) -> None:
    """Replaces what stands between the markers."""
    text = path.read_text()
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{path} lacks the lines {BEGIN} and {END}")
    path.write_text(f"{before}{BEGIN}\n{markdown(rows, note)}\n{END}{after}")
