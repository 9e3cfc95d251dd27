"""A package of the same name, files and unit as IvozProvider's own service, which answers every request with its name."""

from __future__ import annotations

from pathlib import Path

from c2ctest.processes import run
from debian_root import THEIRS

FOLDER = "/opt/irontec/ivozprovider/microservices/click2call"
CONFIG = f"{FOLDER}/configs/config.yml"
UNIT = f"/lib/systemd/system/{THEIRS}.service"
SECRET = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
ANSWER = "the reference"

CONTROL = f"""\
Package: {THEIRS}
Version: 4.7.0
Architecture: all
Maintainer: nobody <nobody@localhost>
Description: stands in for IvozProvider's service
"""

SERVICE = f"""\
[Unit]
Description=Stands in for IvozProvider's service
After=network.target

[Service]
User=root
WorkingDirectory={FOLDER}
ExecStart={FOLDER}/originate
Restart=always

[Install]
WantedBy=multi-user.target
"""

# The key names, the order and the quotes are those of IvozProvider 4.7, its secrets as its postinst leaves them.
SETTINGS = """\
server:
  listen: "127.0.0.1:{port}"
  tls_cert: "{certificate}"
  tls_key: "{key}"
  allowed_origins:
    - "*"

digest:
  secret: "{secret}"
  nonce_ttl: 30

db:
  host: "127.0.0.1"
  port: 1
  name: "ivozprovider"
  user: "root"
  password: "as the installation asked for it"

ami:
  user: "ivozamiuser"
  secret: "ivozamisecret"
  port: 5038

kamailio:
  rpc_url: "http://127.0.0.1:2/RPC"

call:
  dial_timeout: 30
  max_duration: 10800000
  optimize: false

log:
  level: 4
"""

PROGRAM = f"""\
#!/usr/bin/perl
use strict;
use IO::Socket;
open(my $config, '<', 'configs/config.yml') or die;
my ($port) = join('', <$config>) =~ /listen: "127.0.0.1:(\\d+)"/;
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 5, ReuseAddr => 1) or die;
while (my $client = $listener->accept) {{
  sysread($client, my $request, 4096);
  print $client "HTTP/1.0 200 OK\\r\\nContent-Length: {len(ANSWER)}\\r\\n\\r\\n{ANSWER}";
  close $client;
}}
"""


def package(folder: Path, port: int, certificate: str = "", key: str = "") -> Path:
    tree = folder / "tree"

    def write(name: str, text: str, mode: int = 0o644) -> None:
        path = tree / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    write("DEBIAN/control", CONTROL)
    write("DEBIAN/conffiles", CONFIG + "\n")
    write(CONFIG, SETTINGS.format(port=port, certificate=certificate, key=key, secret=SECRET))
    write(UNIT, SERVICE)
    write(f"{FOLDER}/originate", PROGRAM, 0o755)
    made = folder / f"{THEIRS}_4.7.0_all.deb"
    done = run(["dpkg-deb", "--root-owner-group", "--build", tree, made])
    assert done.code == 0, done.text
    return made
