"""scripts/lab: up, status, down."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from . import state
from .errors import LabError
from .lab import LOAD_TERMINALS, Lab, default_folder

NOT_ALL_RUN = 3


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def _up(options: argparse.Namespace) -> int:
    # A lab that is told to end while it starts must take what has started with it.
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    began = time.monotonic()
    lab = Lab.start(full=options.full, dir=options.dir, load_terminals=options.load_terminals)
    if options.json:
        print((lab.dir / state.FILE).read_text(), end="")
        return 0
    print(f"lab: {'full' if lab.full else 'embedded'} set ready in {time.monotonic() - began:.1f} s in {lab.dir}")
    _describe(lab)
    print(f"Variables for a shell: {lab.dir / 'lab.env'}\nTo end it: scripts/lab down{_dir_flag(options)}")
    return 0


def _dir_flag(options: argparse.Namespace) -> str:
    return f" --dir {options.dir}" if options.dir else ""


def _describe(lab: Lab) -> None:
    rows = [(a.name, a, f"AMI {a.host}:{a.ami_port}, SIP {a.host}:{a.sip_port}") for a in lab.asterisk]
    rows += [(f"phone {p.name}", p, f"SIP {p.host}:{p.port}, {p.kind.does}") for p in lab.phones.values()]
    if lab.full:
        rows.append(("MariaDB", lab.mariadb, f"{lab.mariadb.host}:{lab.mariadb.port}, socket {lab.mariadb.socket}"))
        rows.append(("Kamailio", lab.kamailio, lab.kamailio.rpc_url))
    if lab.redis is not None:
        rows.append(("Redis", lab.redis, lab.redis.url))
    for name, part, where in rows:
        how = f"pid {part.process.pid}" if part.process.alive() else "not running"
        print(f"  {name:14} {how:12} {where}")


def _status(options: argparse.Namespace) -> int:
    lab = Lab.attach(options.dir)
    alive = {part.process.name: part.process.alive() for part in lab.parts}
    if options.json:
        print(json.dumps(alive, indent=2))
    else:
        _describe(lab)
    return 0 if all(alive.values()) else NOT_ALL_RUN


def _down(options: argparse.Namespace) -> int:
    folder = Path(options.dir) if options.dir else default_folder()
    if not (folder / state.FILE).exists():
        print(f"lab: none in {folder}")
        return 0
    Lab.attach(folder).down()
    print(f"lab: down; its logs stay in {folder}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/lab", description="The real parts that click2call is tested with.")
    verbs = parser.add_subparsers(required=True, metavar="up|status|down")
    up = verbs.add_parser("up", help="start the parts and wait until each answers")
    up.add_argument("--full", action="store_true", help="also MariaDB, Kamailio, a second Asterisk and, if installed, Redis")
    up.add_argument("--load-terminals", type=int, default=LOAD_TERMINALS, metavar="N", help="u00001 to N (%(default)s)")
    up.add_argument("--json", action="store_true", help="print lab.json instead of a summary")
    up.set_defaults(run=_up)
    status = verbs.add_parser("status", help="say what runs; exit 3 if a part does not run")
    status.add_argument("--json", action="store_true", help="print {part: running}")
    status.set_defaults(run=_status)
    down = verbs.add_parser("down", help="end every part; again does no harm")
    down.set_defaults(run=_down)
    for verb in (up, status, down):
        verb.add_argument("--dir", metavar="DIR", help=f"the lab's folder ({default_folder()})")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except BrokenPipeError:
        # Whoever read the list has seen enough. Nothing more may be written, not even by Python as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted; what had started is ended", file=sys.stderr)
        return 130
