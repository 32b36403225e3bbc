"""Clients that call in a loop, and backends that can be killed."""
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from .client import Client


class BackendProcess:
    """An EchoBackend in a process of its own."""

    def __init__(self, name, port=0):
        self.name = name
        self.port = port
        self.start()

    def start(self):
        self.process = subprocess.Popen([sys.executable, str(Path(__file__).with_name("serve.py")), self.name,
                                         str(self.port)], stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        if self.process.poll() is None:
            self.kill()


class Load:
    """`clients` threads that call over kept-alive connections until stop(). A connection that the engine closed
    between two requests is opened again; a request that got no proper answer is a failure."""

    def __init__(self, port, clients=8, method="GET", target="/", headers=(), body=None, pause=0.0):
        self.port = port
        self.call = (method, target, headers, body)
        self.pause = pause
        self.answers = 0
        self.servers = Counter()
        self.failures = []
        self.closing = 0  # answers that said Connection: close
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        client = None
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                client = client or Client(self.port, timeout=15)
                client.request(*self.call)
                answer = client.read(self.call[0])
                problem = None
                if answer is None:
                    problem = "closed without an answer"
                elif answer.status != 200 or not answer.complete:
                    problem = repr(answer)
            except (OSError, TimeoutError, ValueError) as error:
                answer, problem = None, repr(error)
            except Exception as error:  # a broken message; any other mistake has to show as well
                answer, problem = None, repr(error)
            with self._lock:
                if problem:
                    self.failures.append((began, problem))
                else:
                    self.answers += 1
                    self.servers[answer.headers.get("X-Served-By")] += 1
            if problem or answer.headers.get("Connection", "").lower() == "close":
                with self._lock:
                    self.closing += 0 if problem else 1
                if client:
                    client.close()
                client = None
                if problem:
                    time.sleep(0.02)
            elif self.pause:
                time.sleep(self.pause)
        if client:
            client.close()

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(20)

    def failures_begun_before(self, moment):
        with self._lock:
            return [problem for began, problem in self.failures if began < moment]
