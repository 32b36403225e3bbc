"""A raw HTTP client: sends any bytes, and says how the answer was framed."""
import socket
import struct
import time

from .case import Failure
from .wire import Broken, Reader, read_body, read_head


class Answer:
    def __init__(self, line, headers, raw):
        parts = line.split(" ", 2)
        if not parts[0].startswith("HTTP/") or len(parts) < 2 or not parts[1].isdigit():
            raise Broken("not a status line: " + repr(line))
        self.version = parts[0]
        self.status = int(parts[1])
        self.reason = parts[2] if len(parts) > 2 else ""
        self.headers = headers
        self.raw_head = raw
        self.body = b""
        self.trailers = None
        self.framing = "none"  # or length, chunked, close
        self.complete = True

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def __repr__(self):
        return f"{self.version} {self.status} {self.headers!r} {self.body[:300]!r}"


class Client:
    """One connection to 127.0.0.1:port. Every wait is bounded by `timeout` seconds."""

    def __init__(self, port, timeout=10.0):
        self.timeout = timeout
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = Reader(self.sock)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data, pieces=1, pause=0.0):
        """Sends the bytes, cut into that many pieces with a pause between them."""
        if isinstance(data, str):
            data = data.encode("latin-1")
        size = max(1, -(-len(data) // pieces))
        self.sock.settimeout(self.timeout)
        for start in range(0, len(data), size):
            self.sock.sendall(data[start:start + size])
            if pause and start + size < len(data):
                time.sleep(pause)
        return self

    def request(self, method="GET", target="/", headers=(), body=None, chunked=False):
        """Sends a well-formed request; Host and the framing fields are added."""
        lines = [f"{method} {target} HTTP/1.1", "Host: test"]
        lines += [f"{name}: {value}" for name, value in headers]
        body = body.encode() if isinstance(body, str) else body
        if chunked:
            lines.append("Transfer-Encoding: chunked")
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
        elif body is not None:
            lines.append(f"Content-Length: {len(body)}")
        return self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b""))

    def read(self, method="GET", informational=False, timeout=None):
        """The next final answer (with `informational`: the next answer of any kind), or None when the server closed."""
        deadline = time.monotonic() + (timeout or self.timeout)
        while True:
            head = read_head(self.reader, deadline)
            if head is None:
                return None
            answer = Answer(*head)
            if 100 <= answer.status < 200 and not informational:
                continue
            break
        if method == "HEAD" or answer.status < 200 or answer.status in (204, 304):
            return answer
        answer.body, answer.trailers, answer.framing, answer.complete = read_body(
            self.reader, answer.headers, True, deadline)
        return answer

    def expect(self, status, method="GET", timeout=None):
        answer = self.read(method, timeout=timeout)
        if answer is None:
            raise Failure(f"closed without an answer; wanted {status}")
        if answer.status != status:
            raise Failure(f"wanted {status}, got {answer!r}")
        return answer

    def expect_closed(self, timeout=3.0):
        """The server has to close without another byte."""
        try:
            rest = self.reader.rest(time.monotonic() + timeout)
        except TimeoutError:
            raise Failure("the connection stays open; it has to be closed") from None
        if rest:
            raise Failure("bytes after the last answer: " + repr(rest[:300]))

    def expect_open(self, seconds=0.1):
        try:
            data = self.reader.fill(time.monotonic() + seconds)
        except TimeoutError:
            return
        raise Failure("closed" if not data else "unexpected bytes: " + repr(self.reader.buffer[:300]))

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self):
        self.sock.close()


def exchange(port, data, method="GET", timeout=10.0, pieces=1, pause=0.0):
    """Sends bytes on a new connection and reads one answer; (answer or None, client still open)."""
    client = Client(port, timeout)
    try:
        client.send(data, pieces, pause)
    except ConnectionError:
        pass  # the server may answer and close before it took everything
    return client.read(method), client


def call(port, method="GET", target="/", headers=(), body=None, timeout=10.0, chunked=False):
    """One well-formed request on a connection of its own."""
    with Client(port, timeout) as client:
        client.request(method, target, [*headers, ("Connection", "close")], body, chunked)
        answer = client.read(method)
        if answer is None:
            raise Failure(f"{method} {target}: closed without an answer")
        return answer
