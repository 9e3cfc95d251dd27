"""What every real part can do: start until it is ready, die, freeze, go on."""

from __future__ import annotations

from abc import ABC, abstractmethod

from .process import Process


class Part(ABC):
    def __init__(self, process: Process) -> None:
        self.process = process

    @abstractmethod
    def launch(self) -> None:
        """Starts the program and returns at once."""

    @abstractmethod
    def wait_ready(self) -> None:
        """Returns when it answers; LabError if it ends or stays silent."""

    def start(self) -> None:
        self.launch()
        self.wait_ready()

    def end(self) -> None:
        """Asks it to end and waits until it has."""
        self.process.terminate()

    def kill(self) -> None:
        """kill -9; back when nothing of it is left."""
        self.process.kill()

    def stop(self) -> None:
        """Freezes it: its sockets stay open, nobody answers."""
        self.process.stop()

    def cont(self) -> None:
        """Lets a frozen one go on."""
        self.process.cont()
