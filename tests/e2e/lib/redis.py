"""A Redis server of the test's own, in a directory of its own, never the system's."""
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from .backend import closed_port
from .case import Failure


class RedisServer:
    """On a free port of 127.0.0.1, nothing kept on disk. With `tls` (certificate, key) it speaks nothing else."""

    def __init__(self, password=None, tls=None):
        self.port, reserved = closed_port()
        reserved.close()
        self.directory = tempfile.mkdtemp(prefix="myelin-redis-")
        self.arguments = ["--bind", "127.0.0.1", "--dir", self.directory, "--save", "", "--appendonly", "no",
                          "--daemonize", "no"]
        if tls:
            self.arguments += ["--port", "0", "--tls-port", str(self.port), "--tls-cert-file", tls[0], "--tls-key-file",
                               tls[1], "--tls-ca-cert-file", tls[0], "--tls-auth-clients", "no"]
        else:
            self.arguments += ["--port", str(self.port)]
        if password:
            self.arguments += ["--requirepass", password]
        self.process = None
        try:
            self.start()
        except Exception:
            self.stop()
            raise

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self, seconds=10.0):
        """Also again, on the same port, with nothing remembered."""
        self.process = subprocess.Popen(["redis-server", *self.arguments], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + seconds
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise Failure("redis-server does not start") from None
                time.sleep(0.02)

    def hang(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def command(self, *words):
        """The first line of the answer (a text's second one), or None for nothing."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            parts = "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
            connection.sendall(f"*{len(words)}\r\n{parts}".encode())
            answer = connection.makefile("rb")
            line = answer.readline().decode().strip()
            if line.startswith("$"):
                return None if line == "$-1" else answer.readline().decode().strip()
            return line

    def stop(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)
