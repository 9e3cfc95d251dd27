"""One Asterisk with folders, ports and accounts of its own."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path
from string import Template

from .ami import Ami
from .errors import LabError
from .part import Part
from .phones import PHONES
from .process import Process
from .root import AsteriskHome
from .terminals import TERMINALS, Terminal, load_terminal

CONF = Path(__file__).parent / "conf"
AMI_USER, AMI_SECRET = "ivozamiuser", "ivozamisecret"
AMI_DEAF_USER, AMI_MUTE_USER, AMI_POWERLESS_USER = "noevents", "nooriginate", "nohangup"
FILES = ("asterisk.conf", "modules.conf", "logger.conf", "manager.conf", "rtp.conf", "pjsip.conf", "extensions.conf")
# Asterisk complains of each of these that it cannot find, and runs well with an empty one.
EMPTY_FILES = ("acl", "ccss", "cel", "features", "indications", "pjproject", "stasis", "udptl")
LEG2_TIMEOUT = 5

# Mounts made here are seen by this one Asterisk only and vanish with it: the root folder stays as it was for all others.
# It is bound onto itself first, so that there is a mount of our own to make private where the system's root cannot be.
_ENTER = """set -e
mount --bind "$1" "$1"
mount --make-private "$1"
mount --rbind /proc "$1/proc"
mount --rbind /dev "$1/dev"
mount --bind "$2" "$1/mnt"
mount --bind "$2/hosts" "$1/etc/hosts"
mount --bind "$2/resolv.conf" "$1/etc/resolv.conf"
exec chroot "$1" /usr/sbin/asterisk -f -C /mnt/etc/asterisk.conf
"""


class _AtSigns(Template):
    """@NAME@ as the placeholder, for ${NAME} is the dialplan's."""

    pattern = r"@(?P<named>[A-Z0-9_]+)@|(?P<escaped>(?!))|(?P<braced>(?!))|(?P<invalid>(?!))"


def fill(template: Path, values: dict[str, str]) -> str:
    return _AtSigns(template.read_text()).substitute(values)


def _propagation(as_root: list[str]) -> str:
    """Private, but in a chroot whose folder is no mount point the kernel refuses that for the root."""
    trial = ["unshare", *as_root, "--mount", "--propagation", "private", "true"]
    return "private" if subprocess.run(trial, capture_output=True, check=False).returncode == 0 else "unchanged"


def _endpoint(terminal: Terminal, host: str, ports: dict[str, int]) -> str:
    lines = [f"[{terminal.sorcery_id}](phone)", f"aors = {terminal.sorcery_id}", f"[{terminal.sorcery_id}](location)"]
    if terminal.phone is not None:
        lines.append(f"contact = sip:{terminal.name}@{host}:{ports[terminal.phone]}")
    return "\n".join(lines)


def _destinations(host: str, ports: dict[str, int]) -> str:
    options = f"{LEG2_TIMEOUT},b(click2dial-target-headers^s^1)U(click2dial-target-response)"
    lines = []
    for terminal in TERMINALS:
        if terminal.company == 1 and terminal.in_asterisk and terminal.extension:
            lines.append(f"exten => {terminal.extension},1,Dial(PJSIP/{terminal.sorcery_id},{options})")
            lines.append(" same => n,Hangup(${HANGUPCAUSE})")
    pattern = "_[+*0-9]!"
    lines.append(f'exten => {pattern},1,GotoIf($["${{EXTEN:-3}}" = "020"]?nobody)')
    lines.append(' same => n,ExecIf($["${EXTEN:-3}" = "021"]?Hangup())')
    lines.append(' same => n,ExecIf($["${EXTEN:-3}" = "030"]?Answer())')
    lines.append(' same => n,ExecIf($["${EXTEN:-3}" = "030"]?Wait(2))')
    lines.append(' same => n,ExecIf($["${EXTEN:-3}" = "030"]?Hangup())')
    lines.append(' same => n,ExecIf($["${EXTEN:-3}" = "031"]?Wait(60))')
    lines.append(' same => n,ExecIf($["${EXTEN:-3}" = "182"]?Wait(1))')
    lines.append(f" same => n,Set(PORT={ports['callee']})")
    for name, kind in PHONES.items():
        if kind.suffix:
            lines.append(f' same => n,ExecIf($["${{EXTEN:-3}}" = "{kind.suffix}"]?Set(PORT={ports[name]}))')
    lines.append(f" same => n,Dial(PJSIP/callee/sip:${{EXTEN}}@{host}:${{PORT}},{options})")
    lines.append(" same => n,Hangup(${HANGUPCAUSE})")
    lines.append(f" same => n(nobody),Dial(PJSIP/{next(t for t in TERMINALS if t.name == 'frank').sorcery_id},{options})")
    lines.append(" same => n,Hangup(20)")
    return "\n".join(lines)


class Asterisk(Part):
    def __init__(self, name: str, folder: Path, host: str, ami_port: int, sip_port: int) -> None:
        self.name = name
        self.folder = folder
        self.host = host
        self.ami_port = ami_port
        self.sip_port = sip_port
        super().__init__(Process(name, folder / "output.log"))
        self.ledger = folder / "ledger.log"

    def configure(self, home: AsteriskHome, phone_host: str, phone_ports: dict[str, int], load_terminals: int) -> None:
        for sub in ("etc", "cache", "lib", "spool", "run", "log"):
            (self.folder / sub).mkdir(parents=True, exist_ok=True)
        people = [t for t in TERMINALS if t.in_asterisk] + [load_terminal(n + 1) for n in range(load_terminals)]
        values = {
            "VIEW": str(self.folder) if home.is_system else "/mnt",
            "MODULES": home.modules,
            "DATA": "/usr/share/asterisk",
            "NAME": self.name,
            "HOST": self.host,
            "AMI_PORT": str(self.ami_port),
            "SIP_PORT": str(self.sip_port),
            "AMI_USER": AMI_USER,
            "AMI_DEAF_USER": AMI_DEAF_USER,
            "AMI_MUTE_USER": AMI_MUTE_USER,
            "AMI_POWERLESS_USER": AMI_POWERLESS_USER,
            "AMI_SECRET": AMI_SECRET,
            "PHONES": "\n\n".join(_endpoint(t, phone_host, phone_ports) for t in people),
            "DESTINATIONS": _destinations(phone_host, phone_ports),
        }
        for file in FILES:
            (self.folder / "etc" / file).write_text(fill(CONF / file, values))
        for name in EMPTY_FILES:
            (self.folder / "etc" / f"{name}.conf").touch()
        (self.folder / "etc" / "cdr.conf").write_text("[general]\nenable = no\n")
        # Without the machine's own name here, or with a name server to ask, each call waits on look-ups that time out.
        (self.folder / "hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()}\n")
        (self.folder / "resolv.conf").touch()
        (self.folder / "home").write_text(str(home.root))

    def launch(self) -> None:
        root = (self.folder / "home").read_text()
        if root == "/":
            argv = ["/usr/sbin/asterisk", "-f", "-C", str(self.folder / "etc" / "asterisk.conf")]
        else:
            as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
            argv = ["unshare", *as_root, "--mount", "--propagation", _propagation(as_root)]
            argv += ["/bin/sh", "-c", _ENTER, "sh", root, str(self.folder)]
        self.process.spawn(argv, cwd=self.folder)

    def wait_ready(self) -> None:
        self.process.wait_ready(f"{self.name} (AMI on {self.host}:{self.ami_port})", self._booted)

    def _booted(self) -> bool:
        try:
            with self.ami(events="system") as session:
                while session.read(timeout=2).get("Event") != "FullyBooted":
                    pass
                return True
        except (OSError, LabError):
            return False

    def ami(self, user: str = AMI_USER, events: str = "off", secret: str = AMI_SECRET) -> Ami:
        return Ami(self.host, self.ami_port, user, secret, events)

    def cli(self, command: str) -> str:
        """An Asterisk console command, such as 'dialplan remove context click2dial-user' or 'dialplan reload'."""
        with self.ami() as session:
            return session.command(command)

    def channels(self) -> list[str]:
        """The names of the channels that live now."""
        lines = self.cli("core show channels concise").splitlines()
        return [line.split("!")[0] for line in lines if "!" in line]
