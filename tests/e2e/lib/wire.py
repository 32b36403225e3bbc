"""Reading HTTP/1.1 from a socket for tests: lenient where a test wants to look, exact about framing."""
import socket
import time


class Broken(Exception):
    """The peer ended or garbled a message in its middle."""


class Reader:
    """Buffered reads from a socket with one deadline for each message."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""
        self.ended = False
        self.reset = False

    def fill(self, deadline):
        """Reads once. False at the end of the stream; a reset counts as an end and is remembered."""
        if self.ended:
            return False
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no more bytes in time; so far " + repr(self.buffer[:200]))
        self.sock.settimeout(left)
        try:
            data = self.sock.recv(65536)
        except socket.timeout:
            raise TimeoutError("no more bytes in time; so far " + repr(self.buffer[:200])) from None
        except ConnectionError:
            self.reset = True
            data = b""
        if not data:
            self.ended = True
            return False
        self.buffer += data
        return True

    def until(self, mark, deadline):
        """Bytes up to and including the mark; what is there, without a mark, at the end of the stream."""
        start = 0
        while True:
            found = self.buffer.find(mark, start)
            if found >= 0:
                end = found + len(mark)
                taken, self.buffer = self.buffer[:end], self.buffer[end:]
                return taken
            start = max(0, len(self.buffer) - len(mark))
            if not self.fill(deadline):
                taken, self.buffer = self.buffer, b""
                return taken

    def exactly(self, count, deadline):
        """`count` bytes, fewer at the end of the stream."""
        pieces, have = [], 0
        while True:
            take = self.buffer[:count - have]
            self.buffer = self.buffer[len(take):]
            pieces.append(take)
            have += len(take)
            if have == count or not self.fill(deadline):
                return b"".join(pieces)

    def rest(self, deadline):
        while self.fill(deadline):
            pass
        taken, self.buffer = self.buffer, b""
        return taken


class Headers:
    def __init__(self, lines):
        self.items = []
        for line in lines:
            name, _, value = line.partition(":")
            self.items.append((name, value.strip()))

    def all(self, name):
        return [value for key, value in self.items if key.lower() == name.lower()]

    def get(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    def __contains__(self, name):
        return bool(self.all(name))

    def __repr__(self):
        return repr(self.items)


def read_head(reader, deadline):
    """(start line, headers, raw bytes), or None when the peer closed before the first byte."""
    raw = reader.until(b"\r\n\r\n", deadline)
    if not raw:
        return None
    if not raw.endswith(b"\r\n\r\n"):
        raise Broken("head cut short: " + repr(raw[:300]))
    lines = raw[:-4].decode("latin-1").split("\r\n")
    return lines[0], Headers(lines[1:]), raw


def read_chunks(reader, deadline):
    """(body, trailers, complete) of a chunked body."""
    body = []
    while True:
        line = reader.until(b"\r\n", deadline)
        if not line.endswith(b"\r\n"):
            return b"".join(body), Headers([]), False
        try:
            size = int(line.split(b";")[0].strip(), 16)
        except ValueError:
            raise Broken("bad chunk size " + repr(line)) from None
        if size == 0:
            break
        data = reader.exactly(size, deadline)
        body.append(data)
        if len(data) < size or reader.exactly(2, deadline) != b"\r\n":
            return b"".join(body), Headers([]), False
    trailers = []
    while True:
        line = reader.until(b"\r\n", deadline)
        if line == b"\r\n":
            return b"".join(body), Headers(trailers), True
        if not line.endswith(b"\r\n"):
            return b"".join(body), Headers(trailers), False
        trailers.append(line[:-2].decode("latin-1"))


def read_body(reader, headers, until_close, deadline):
    """(body, trailers, framing, complete)."""
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        body, trailers, complete = read_chunks(reader, deadline)
        return body, trailers, "chunked", complete
    length = headers.get("Content-Length")
    if length is not None:
        body = reader.exactly(int(length), deadline)
        return body, Headers([]), "length", len(body) == int(length)
    if until_close:
        body = reader.rest(deadline)
        return body, Headers([]), "close", not reader.reset
    return b"", Headers([]), "none", True
