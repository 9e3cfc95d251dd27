"""POST /challenge beside nginx, round by round."""

from __future__ import annotations

import urllib.request
from statistics import median

from .bench import Bench
from .programs import Nginx, Running, Service, say
from .table import Row

BUDGET = 1.15


def body_of(service: Service) -> str:
    request = urllib.request.Request(f"{service.url}/challenge", Service.BODY.encode())
    with urllib.request.urlopen(request) as reply:
        return str(reply.read().decode())


def nginx_cost(bench: Bench, nginx: Nginx, count: int = 100_000) -> float:
    """Microseconds of CPU for one request: the yardstick of this machine at this moment."""
    before = nginx.cpu()
    bench.load("challenge", "--url", f"{nginx.url}/challenge", "--body", Service.BODY, "--count", count)
    return (nginx.cpu() - before) / count * 1e6


def measure(bench: Bench) -> list[Row]:
    rounds, count = (3, 50_000) if bench.quick else (9, 200_000)
    with bench.embedded() as service, Nginx(bench.new_folder(), body_of(service)) as nginx:
        sides: dict[str, Running] = {service.url: service, nginx.url: nginx}
        spent: dict[str, list[float]] = {url: [] for url in sides}
        for number in range(rounds + 1):
            # Turn by turn, so that what else the machine does hits both alike. The first round only warms up.
            for url, server in sides.items():
                before = server.cpu()
                done = bench.load("challenge", "--url", f"{url}/challenge", "--body", Service.BODY, "--count", count)
                cost = (server.cpu() - before) / count * 1e6
                if done["statuses"] != {"200": count}:
                    raise RuntimeError(f"{url} answered {done['statuses']}")
                if number:
                    spent[url].append(cost)
            say(f"challenge, round {number} of {rounds}: " + ", ".join(f"{s[-1]:.1f} µs" for s in spent.values() if s))
        ours, theirs = median(spent[service.url]), median(spent[nginx.url])
        ratio = median(a / b for a, b in zip(spent[service.url], spent[nginx.url]))
    return [
        Row(
            "POST /challenge, CPU per request: at most 1.15 of nginx `return 200`",
            f"{ours:.1f} µs, nginx {theirs:.1f} µs",
            f"{ratio:.2f} ({min(spent[service.url]) / min(spent[nginx.url]):.2f} of the best rounds)",
            ratio <= BUDGET,
        )
    ]
