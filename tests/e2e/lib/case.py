"""What surrounds a test: checks, marks, and the clean-up of what it started."""
import shutil
import tempfile
import time


class Failure(AssertionError):
    """The engine did not do what the test demands."""


class Skip(Exception):
    """The test cannot run here; the text says why."""


def check(condition, text):
    if not condition:
        raise Failure(text)


def check_equal(got, wanted, what="value"):
    if got != wanted:
        raise Failure(f"{what}: wanted {wanted!r}, got {got!r}")


def check_in(part, whole, what="text"):
    if part not in whole:
        raise Failure(f"{what} lacks {part!r}: {whole!r}")


def check_not_in(part, whole, what="text"):
    if part in whole:
        raise Failure(f"{what} must not hold {part!r}: {whole!r}")


def wait_until(condition, seconds, what):
    """Polls until the condition holds; a failure names what did not happen."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Failure(f"not within {seconds} s: {what}")
        time.sleep(0.01)


def limit(seconds):
    """Mark: the test may take this long instead of 30 s."""
    def mark(function):
        function.limit = seconds
        return function
    return mark


def concurrent(function):
    """Mark: worth running under ThreadSanitizer."""
    function.concurrent = True
    return function


class Directory:
    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="myelin-e2e-")

    def stop(self):
        shutil.rmtree(self.path, ignore_errors=True)


class Case:
    """Handed to each test. Starts things and stops them, last one first, whatever happens."""

    def __init__(self, binary):
        self.binary = binary
        self._started = []

    def myelin(self, config, **options):
        from .myelin import Myelin
        return self.keep(Myelin(self.binary, config, **options))

    def keep(self, thing):
        """`thing.stop()` is called when the test is over."""
        self._started.append(thing)
        return thing

    def backend(self, script=None, **options):
        from .backend import EchoBackend, ScriptedBackend
        return self.keep(ScriptedBackend(script, **options) if script else EchoBackend(**options))

    def temporary(self):
        """A directory that goes away with the test."""
        return self.keep(Directory()).path

    def finish(self):
        """Stops everything. Returns the problems that showed then (a bad exit status, a sanitizer's report)."""
        problems = []
        for thing in reversed(self._started):
            try:
                thing.stop()
            except Exception as problem:  # every other thing has to be stopped as well
                problems.append(str(problem))
        return problems
