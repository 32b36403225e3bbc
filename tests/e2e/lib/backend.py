"""Servers that stand behind the engine in a test and do exactly what a script says."""
import socket
import struct
import threading
import time

from .wire import Broken, Reader, read_body, read_head


class Request:
    def __init__(self, line, headers, raw):
        self.line = line
        self.method, self.target, self.version = (line.split(" ") + ["", ""])[:3]
        self.headers = headers
        self.raw_head = raw
        self.body = b""
        self.trailers = None
        self.framing = "none"
        self.complete = True


class Connection:
    """One accepted connection, in the hands of a script."""

    def __init__(self, backend, sock, number):
        self.backend = backend
        self.sock = sock
        self.number = number  # from 1, in the order of acceptance
        self.reader = Reader(sock)

    def read_request(self, body=True, seconds=30.0):
        """The next request, recorded; None when the engine closed the connection."""
        deadline = time.monotonic() + seconds
        head = read_head(self.reader, deadline)
        if head is None:
            return None
        request = Request(*head)
        request.complete = False
        if body:
            self.read_rest(request, seconds)
        self.backend.record(request)
        return request

    def read_rest(self, request, seconds=30.0):
        """The body of a request whose head was read alone."""
        request.body, request.trailers, request.framing, request.complete = read_body(
            self.reader, request.headers, False, time.monotonic() + seconds)

    def send(self, data):
        self.sock.settimeout(30)
        self.sock.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def answer(self, body=b"", status=200, headers=(), reason="OK"):
        """A well-formed answer with Content-Length."""
        body = body.encode() if isinstance(body, str) else body
        lines = [f"HTTP/1.1 {status} {reason}", f"X-Served-By: {self.backend.name}", *headers,
                 f"Content-Length: {len(body)}"]
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    def drip(self, data, interval):
        """Byte after byte; ends quietly when the engine has closed."""
        try:
            for position in range(len(data)):
                self.send(data[position:position + 1])
                if self.backend.wait_stop(interval):
                    return
        except OSError:
            return

    def hang(self):
        """Says nothing until the test is over."""
        self.backend.wait_stop(None)

    def wait_closed(self, seconds=10.0):
        """Whether the engine closed (or reset) in time, with whatever it still sent thrown away."""
        try:
            self.reader.rest(time.monotonic() + seconds)
        except TimeoutError:
            return False
        return True

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self):
        self.sock.close()


class ScriptedBackend:
    """Runs `script(connection)` in a thread for each accepted connection; `script` may be a list: one for each
    connection in turn, the last one for all further ones."""

    def __init__(self, script, name="backend", port=0):
        self.scripts = script if isinstance(script, list) else [script]
        self.name = name
        self.lock = threading.Lock()
        self.requests = []
        self.connections = 0
        self.failures = []
        self._stop = threading.Event()
        self._open = set()
        self._listener = None
        self.port = port
        self.start()

    def start(self):
        """Listens (again) on its port."""
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen(1024)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def refuse(self, reset=True):
        """From now on connections are refused, and those that are open are reset (or left alone)."""
        listener, self._listener = self._listener, None
        if listener:
            # shutdown wakes the thread in accept; close alone would leave the port listening until it returns.
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        if reset:
            with self.lock:
                sockets = list(self._open)
            for sock in sockets:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # its script has closed it

    def _accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.connections += 1
                number = self.connections
                self._open.add(sock)
            threading.Thread(target=self._serve, args=(sock, number), daemon=True).start()

    def _serve(self, sock, number):
        script = self.scripts[min(number, len(self.scripts)) - 1]
        try:
            script(Connection(self, sock, number))
        except (OSError, Broken, TimeoutError) as problem:
            # The engine may well hang up on a misbehaving backend; a test that minds looks here.
            self.failures.append(repr(problem))
        finally:
            with self.lock:
                self._open.discard(sock)
            sock.close()

    def record(self, request):
        with self.lock:
            self.requests.append(request)

    @property
    def count(self):
        """Requests, those included whose body has not come to its end."""
        with self.lock:
            return len(self.requests)

    @property
    def complete(self):
        with self.lock:
            return sum(request.complete for request in self.requests)

    def wait_stop(self, seconds):
        return self._stop.wait(seconds)

    def stop(self):
        self._stop.set()
        self.refuse()


class EchoBackend(ScriptedBackend):
    """Answers each request with its own body and keeps the connection. `delay` in seconds; X-Served-By is the name."""

    def __init__(self, name="backend", delay=0.0, port=0, content_type=None, close_after=None, keep=True):
        self.delay = delay
        self.content_type = content_type
        self.close_after = close_after
        self.keep = keep
        super().__init__(self._echo, name, port)

    def record(self, request):
        if self.keep:
            super().record(request)

    def body_for(self, request):
        return request.body

    def _echo(self, connection):
        served = 0
        while True:
            request = connection.read_request(body=False, seconds=120)
            if request is None:
                return
            if request.headers.get("Expect", "").lower() == "100-continue":
                connection.send("HTTP/1.1 100 Continue\r\n\r\n")
            connection.read_rest(request)
            if not request.complete:
                return
            if self.delay:
                self.wait_stop(self.delay)
            body = self.body_for(request)
            kind = self.content_type or request.headers.get("Content-Type", "text/plain")
            served += 1
            if request.method == "HEAD":
                connection.send(f"HTTP/1.1 200 OK\r\nX-Served-By: {self.name}\r\nContent-Type: {kind}\r\n"
                                "Content-Length: 42\r\n\r\n")
            else:
                connection.answer(body, headers=[f"Content-Type: {kind}"])
            if self.close_after == served or request.headers.get("Connection", "").lower() == "close":
                return


class QuoteBackend(EchoBackend):
    """Answers any SOAP request with a quote that names the server."""

    def body_for(self, request):
        version = ("http://www.w3.org/2003/05/soap-envelope" if b"2003/05/soap-envelope" in request.body
                   else "http://schemas.xmlsoap.org/soap/envelope/")
        return (f'<s:Envelope xmlns:s="{version}"><s:Body><q:getQuoteResponse xmlns:q="http://services.samples">'
                f"<q:return><q:name>{self.name}</q:name></q:return></q:getQuoteResponse></s:Body></s:Envelope>").encode()


def closed_port():
    """(port, socket): a port where connections are refused, reserved as long as the socket lives."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock.getsockname()[1], sock
