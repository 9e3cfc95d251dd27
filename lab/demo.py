"""scripts/demo: a click's worth of HTTP rings a real phone through a real Asterisk, told as it happens."""

from __future__ import annotations

import argparse
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from .ami import Message
from .errors import LabError
from .lab import Lab
from .terminals import Terminal, by_name

DESTINATION = "+34900000000"
PATIENCE = 20.0
TALK = 1.0  # seconds between an act's climax and its end
CALLER = by_name("alice")
RINGS_ON = by_name("dave")


class Story:
    """Says each step with the time since the click, and knows which steps are still missing."""

    def __init__(self, missing: Sequence[str] = ()) -> None:
        self.clicked = time.monotonic()
        self.missing = list(missing)

    def tell(self, text: str) -> None:
        print(f"  {(time.monotonic() - self.clicked) * 1000:7.1f} ms  {text}", flush=True)

    def step(self, name: str, text: str) -> None:
        if name in self.missing:
            self.missing.remove(name)
            self.tell(text)


def start_service(build: Path, lab: Lab, folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """The embedded default: terminals in SQLite, one application server, no Kamailio, no MariaDB."""
    terminals, config, log = folder / "terminals.db", folder / "config.yml", folder / "click2calld.log"
    daemon = build / "click2calld"
    for who in (CALLER, RINGS_ON):
        subprocess.run(
            [daemon, "terminal", "add", who.aor, "--db", terminals, "--endpoint", who.sorcery_id]
            + ["--extension", who.extension],
            input=f"{who.password}\n".encode(), check=True, stdout=subprocess.DEVNULL,
        )
    written = lab.write_service_config(config, db={"driver": "sqlite", "path": str(terminals)})
    with log.open("wb") as errors:
        service = subprocess.Popen([daemon, "--config", config], stderr=errors, start_new_session=True)
    deadline = time.monotonic() + PATIENCE
    while b"listens on" not in log.read_bytes():
        if service.poll() is not None or time.monotonic() > deadline:
            raise LabError(f"click2calld did not start:\n{log.read_text()}")
        time.sleep(0.01)
    return service, f"http://{written['server']['listen']}"


def client_environment(url: str, who: Terminal) -> dict[str, str]:
    return os.environ | {
        "CLICK2CALL_URL": url, "CLICK2CALL_AOR": who.aor, "CLICK2CALL_PASSWORD": who.password,
        "XDG_CONFIG_HOME": "/nonexistent", "XDG_STATE_HOME": "/nonexistent",
    }


def tell_event(story: Story, lab: Lab, iden: str, event: Message) -> None:
    """Leg 1 is dialled by the second half of the Local channel, leg 2 by the first."""
    name, dialler = event.get("Event"), event.get("Uniqueid", "").lower()
    leg = {f"{iden}-2".lower(): 1, iden.lower(): 2}.get(dialler)
    if name == "DialBegin" and leg == 2:
        header = wait_for(lambda: leg2_iden(lab, iden), "the second phone's INVITE")
        story.step("leg 2 goes out", f"leg 2 goes out to {DESTINATION} with X-Info-Click2Dial-iden: {header}")
    elif name == "DialState" and event.get("DialStatus") == "RINGING" and leg:
        who = f"{CALLER.name}'s phone" if leg == 1 else f"the phone of {DESTINATION}"
        story.step(f"leg {leg} rings", f"leg {leg} rings: {who}")
    elif name == "DialEnd" and event.get("DialStatus") == "ANSWER" and leg:
        story.step(f"leg {leg} answers", f"leg {leg} answers")
    elif name == "BridgeEnter" and leg == 2 and "leg 2 answers" not in story.missing:
        story.step("connected", "connected: both phones are in one bridge")


def leg2_iden(lab: Lab, iden: str) -> str | None:
    seen = [invite.header("X-Info-Click2Dial-iden") for invite in lab.phones["callee"].received("INVITE")]
    return iden if iden in seen else None


def wait_for(probe: Callable[[], str | None], what: str) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := probe():
            return found
        time.sleep(0.005)
    raise LabError(f"{what} did not come within {PATIENCE:.0f} s")


class Client:
    """click2call with its lines as they come."""

    def __init__(self, build: Path, url: str, who: Terminal, iden: str) -> None:
        print(f"\n$ click2call call {DESTINATION}      # {who.aor}, its password in the environment", flush=True)
        argv = [build / "click2call", "call", DESTINATION, "--iden", iden]
        self.process = subprocess.Popen(argv, env=client_environment(url, who), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip())

    def tell(self, story: Story) -> None:
        """Whatever it has said since."""
        while not self._lines.empty():
            story.tell(f"click2call: {self._lines.get()}")

    def hang_up(self, story: Story) -> None:
        """A little later Ctrl-C; then it says how the call ended."""
        until = time.monotonic() + TALK
        while time.monotonic() < until:
            self.tell(story)
            time.sleep(0.005)
        story.tell("^C")
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        self.tell(story)


def see_through(build: Path, lab: Lab, url: str) -> None:
    """The first act: both legs, as Asterisk tells of them and as the client does, and a hang-up."""
    iden = f"demo{int(time.time())}"
    story = Story(["leg 1 rings", "leg 1 answers", "leg 2 goes out", "leg 2 rings", "leg 2 answers", "connected"])
    with lab.asterisk[0].ami(events="call") as ami:
        client = Client(build, url, CALLER, iden)
        deadline = time.monotonic() + PATIENCE
        while story.missing and time.monotonic() < deadline:
            client.tell(story)
            if client.process.poll() is not None:
                raise LabError(f"click2call ended with exit code {client.process.returncode}")
            try:
                event = ami.events.popleft() if ami.events else ami.read(timeout=0.01)
            except TimeoutError:
                continue
            if iden.lower() in (event.get("Linkedid", "").lower(), event.get("DestLinkedid", "").lower()):
                tell_event(story, lab, iden, event)
    if story.missing:
        raise LabError(f"within {PATIENCE:.0f} s there was no: {', '.join(story.missing)}")
    client.hang_up(story)


def take_back(build: Path, lab: Lab, url: str) -> None:
    """The second act: the phone rings, nobody answers, the click is taken back."""
    iden = f"back{int(time.time())}"
    phone = lab.phones["ring"]
    story = Story()
    client = Client(build, url, RINGS_ON, iden)
    wait_for(lambda: iden if phone.received("INVITE", RINGS_ON.name) else None, "the phone's INVITE")
    story.tell(f"{RINGS_ON.name}'s phone got an INVITE and rings")
    client.hang_up(story)
    wait_for(lambda: iden if phone.received("CANCEL", RINGS_ON.name) else None, "the phone's CANCEL")
    story.tell(f"{RINGS_ON.name}'s phone got a CANCEL and is silent")


def stop(service: subprocess.Popen[bytes]) -> None:
    service.send_signal(signal.SIGTERM)
    if service.wait(timeout=PATIENCE) != 0:
        raise LabError(f"click2calld ended with exit code {service.returncode}")


def how_to_go_on(build: Path, url: str, lab: Lab, folder: Path, pid: int) -> None:
    print(f"""
Everything keeps running. To call again:
  export CLICK2CALL_URL={url} CLICK2CALL_AOR={CALLER.aor} CLICK2CALL_PASSWORD='{CALLER.password}'
  {build / 'click2call'} call {DESTINATION}
The service's log: {folder / 'click2calld.log'}
To stop:
  kill {pid}; scripts/lab down --dir {lab.dir}""")


def run(build: Path, keep: bool) -> None:
    folder = Path(tempfile.mkdtemp(prefix="click2call-demo-"))
    print("demo: starting Asterisk and the phones", flush=True)
    lab = Lab.start(full=False, dir=folder / "lab")
    service: subprocess.Popen[bytes] | None = None
    try:
        service, url = start_service(build, lab, folder)
        print(f"demo: click2calld listens on {url}, terminals in SQLite, application server {lab.asterisk[0].host}")
        see_through(build, lab, url)
        take_back(build, lab, url)
        if keep:
            how_to_go_on(build, url, lab, folder, service.pid)
            return
        stop(service)
    except BaseException:
        if service is not None and service.poll() is None:
            service.kill()
        lab.down()
        raise
    lab.down()
    print("\ndemo: both legs were seen, and the second click was taken back; all is stopped")


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/demo", description="Places two calls and shows each leg as it happens.")
    parser.add_argument("--build", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--keep", action="store_true", help="leave everything running and say how to call and how to stop")
    options = parser.parse_args()
    try:
        run(options.build.resolve(), options.keep)
    except (LabError, subprocess.SubprocessError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
