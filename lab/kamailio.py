"""A Kamailio that answers the service's RPC as IvozProvider's users proxy does."""

from __future__ import annotations

import http.client
import json
import secrets
import socket
from pathlib import Path
from typing import Any

from .errors import LabError
from .part import Part
from .process import Process
from .programs import need
from .waiting import wait_until

CONF = Path(__file__).parent / "conf" / "kamailio.cfg"
TABLE = "AsPerCompanyId"
LOCATION = "kam_users_location"  # save() in kamailio.cfg makes it
NOT_THERE = ("AOR not found in location table", "AOR has no contacts")


class RpcError(LabError):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"Kamailio: {code} {message}")
        self.code = code
        self.message = message


class Kamailio(Part):
    def __init__(self, folder: Path, host: str, sip_port: int, rpc_port: int) -> None:
        self.folder = folder
        self.host = host
        self.sip_port = sip_port
        self.rpc_port = rpc_port
        self.rpc_url = f"http://{host}:{rpc_port}/RPC"
        super().__init__(Process("kamailio", folder / "output.log"))

    def configure(self, database_url: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        text = CONF.read_text()
        values = {"HOST": self.host, "SIP_PORT": self.sip_port, "RPC_PORT": self.rpc_port}
        for name, value in {**values, "DATABASE_URL": database_url}.items():
            text = text.replace(f"@{name}@", str(value))
        (self.folder / "kamailio.cfg").write_text(text)

    def launch(self) -> None:
        argv = [need("kamailio"), "-DD", "-E", "-f", str(self.folder / "kamailio.cfg"), "-Y", str(self.folder)]
        argv += ["-P", str(self.folder / "pid"), "-w", str(self.folder), "-m", "32", "-M", "4"]
        self.process.spawn(argv, cwd=self.folder)

    def wait_ready(self) -> None:
        self.process.wait_ready(f"Kamailio on {self.rpc_url}", self._answers)

    def _answers(self) -> bool:
        try:
            return bool(self.dispatcher())
        except (OSError, RpcError, http.client.HTTPException):
            return False

    def rpc(self, method: str, params: list[Any] | None = None, timeout: float = 5.0) -> Any:
        """The result of a JSON-RPC method; RpcError with Kamailio's own code and text if it says no."""
        connection = http.client.HTTPConnection(self.host, self.rpc_port, timeout=timeout)
        try:
            body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params or [], "id": 1})
            connection.request("POST", "/RPC", body, {"Content-Type": "application/json"})
            reply = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if "error" in reply:
            raise RpcError(reply["error"]["code"], reply["error"]["message"])
        return reply.get("result")

    def set_server(self, company: int, uri: str) -> None:
        """What a call of the company's phones leaves behind: sip:<ip>:<port>, without a check."""
        self.rpc("htable.sets", [TABLE, str(company), uri])

    def forget(self, company: int) -> None:
        """As after a restart of Kamailio: the company has no entry."""
        try:
            self.rpc("htable.delete", [TABLE, str(company)])
        except RpcError:
            pass

    def register(self, user: str, domain: str, expires: int = 3600) -> None:
        """A real REGISTER; nobody can ring its contact, which replaces the earlier one. At first nobody is registered."""
        self._register(user, domain, f"<sip:{user}@{self.host}:9>", expires)

    def unregister(self, user: str, domain: str) -> None:
        self._register(user, domain, "*", 0)

    def registered(self, user: str, domain: str) -> bool:
        try:
            return bool(self.rpc("ul.lookup", [LOCATION, f"{user}@{domain}"])["Contacts"])
        except RpcError as error:
            if error.message in NOT_THERE:
                return False
            raise

    def _register(self, user: str, domain: str, contact: str, expires: int) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.bind((self.host, 0))
            port = wire.getsockname()[1]
            request = (
                f"REGISTER sip:{domain} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {self.host}:{port};rport;branch=z9hG4bK{secrets.token_hex(8)}\r\n"
                f"Max-Forwards: 70\r\n"
                f"From: <sip:{user}@{domain}>;tag={secrets.token_hex(4)}\r\n"
                f"To: <sip:{user}@{domain}>\r\n"
                f"Call-ID: {secrets.token_hex(8)}\r\n"
                f"CSeq: 1 REGISTER\r\n"
                f"Contact: {contact}\r\n"
                f"Expires: {expires}\r\n"
                f"Content-Length: 0\r\n\r\n"
            ).encode()
            wire.settimeout(0.5)
            for _ in range(10):
                wire.sendto(request, (self.host, self.sip_port))
                try:
                    status = wire.recv(65536).split(b"\r\n", 1)[0].decode()
                except TimeoutError:
                    continue
                if not status.startswith("SIP/2.0 200"):
                    raise LabError(f"Kamailio answers a REGISTER of {user}@{domain} with {status}")
                return
        raise LabError(f"Kamailio on {self.host}:{self.sip_port} answers no REGISTER")

    def wait_probed(self) -> None:
        """Until every destination has answered a probe."""
        wait_until("Kamailio's probes of every Asterisk", lambda: set(self.dispatcher().values()) == {"AP"})

    def dispatcher(self) -> dict[str, str]:
        """Each destination's flags, such as {'sip:127.0.0.1:6060': 'AP'}."""
        sets = self.rpc("dispatcher.list")["RECORDS"]
        found = {}
        for entry in sets:
            for target in entry["SET"]["TARGETS"]:
                found[target["DEST"]["URI"]] = target["DEST"]["FLAGS"]
        return found
