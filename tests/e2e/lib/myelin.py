"""The engine as a process."""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from .case import Failure

SANITIZER = re.compile(r"(ERROR: (Address|Leak|Thread)Sanitizer|WARNING: ThreadSanitizer|runtime error:)")
LISTENING = re.compile(r"^listening http (\S+):(\d+)\s*$")


class Myelin:
    """Runs `myelin run` on the configuration (text, or {file name: text} for a directory) with HTTP on a free port."""

    def __init__(self, binary, config, settings=None, arguments=(), workers=2, start_limit=15.0, wrapper=(),
                 environment=None, log_to=None, http_port=0):
        self.directory = tempfile.mkdtemp(prefix="myelin-e2e-")
        self.lines = []
        self.errors = []
        self.port = None
        self.stopped = False
        self.config = os.path.join(self.directory, "synapse" if isinstance(config, dict) else "synapse.xml")
        self.write(config)
        command = [*wrapper, binary, "run", self.config, "--bind", "127.0.0.1", "--http", str(http_port),
                   "--workers", str(workers), *arguments]
        if settings is not None:
            path = os.path.join(self.directory, "myelin.xml")
            with open(path, "w", encoding="utf-8") as out:
                out.write(settings)
            command += ["--settings", path]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=log_to or subprocess.PIPE, env={**os.environ, **(environment or {})})
        self._serving = threading.Event()
        self._readers = [threading.Thread(target=self._read_output, daemon=True)]
        if not log_to:
            self._readers.append(threading.Thread(target=self._read_errors, daemon=True))
        for reader in self._readers:
            reader.start()
        if not self._serving.wait(start_limit) or self.port is None:
            self._discard()
            raise Failure(f"the engine does not serve:\n{self.output()}{self.error_output()}")

    def write(self, config):
        """Puts another configuration in place; reload() makes the engine read it."""
        if isinstance(config, dict):
            for name, text in config.items():
                path = os.path.join(self.config, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as out:
                    out.write(text)
            return
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(config)

    def _read_output(self):
        for raw in self.process.stdout:
            line = raw.decode("utf-8", "replace")
            self.lines.append(line)
            found = LISTENING.match(line)
            if found:
                self.port = int(found.group(2))
                self._serving.set()
        self._serving.set()

    def _read_errors(self):
        for raw in self.process.stderr:
            self.errors.append(raw.decode("utf-8", "replace"))

    def output(self):
        return "".join(self.lines)

    def error_output(self):
        return "".join(self.errors)

    def log(self):
        """All that it has said, on both streams."""
        return self.output() + self.error_output()

    def wait_for_log(self, pattern, seconds=5.0, after=0):
        """Waits until a line (from index `after` of both streams' lines on) matches."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in [*self.lines, *self.errors][after:]:
                if re.search(pattern, line):
                    return line
            time.sleep(0.02)
        raise Failure(f"no line like {pattern!r} within {seconds} s in:\n{self.log()}")

    def reload(self):
        self.signal(signal.SIGHUP)

    def signal(self, number):
        self.process.send_signal(number)

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process.poll() is None

    def rss(self):
        """Resident bytes."""
        return self._status("VmRSS") * 1024

    def threads(self):
        return self._status("Threads")

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def _status(self, key):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith(key + ":"):
                    return int(line.split()[1])
        raise Failure(f"no {key} for the engine")

    def wait(self, seconds):
        """Exit status, once it has ended."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"the engine still runs after {seconds} s") from None
        for reader in self._readers:
            reader.join(5)
        self.stopped = True
        return status

    def stop(self, seconds=15.0):
        """SIGTERM; it has to leave with status 0, and no sanitizer may have complained."""
        if self.stopped:
            self._discard()
            self._check_sanitizers()
            return
        already = self.process.poll()
        if already is None:
            self.process.terminate()
        try:
            status = self.wait(seconds)
        finally:
            self._discard()
        self._check_sanitizers()
        if already is not None:
            raise Failure(f"the engine ended by itself with status {already}:\n{self.log()[-4000:]}")
        if status != 0:
            raise Failure(f"the engine left with status {status}:\n{self.log()[-4000:]}")

    def kill(self):
        """kill -9, on purpose."""
        self.process.kill()
        self.wait(10)

    def _check_sanitizers(self):
        text = self.error_output()
        if SANITIZER.search(text):
            raise Failure("a sanitizer reports:\n" + text[-8000:])

    def _discard(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
            for reader in self._readers:
                reader.join(5)
        self.stopped = True
        shutil.rmtree(self.directory, ignore_errors=True)
