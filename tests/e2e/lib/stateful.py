"""Servers with sessions, and clients that notice when they are sent to the wrong one."""
import contextlib
import itertools
import re
import threading

from .backend import ScriptedBackend
from .client import Client
from .messages import SOAP11, soap_envelope

SERVICE_GROUP = re.compile(rb"ServiceGroupId[^>]*>\s*([^<\s]*)")
AXIS2 = "http://ws.apache.org/namespaces/axis2"
ADDRESSING = "http://www.w3.org/2005/08/addressing"


class StatefulBackend(ScriptedBackend):
    """Opens a session for each request that has none, named after itself: in a cookie (`cookie` is its name) or in the
    SOAP header of Axis2. Counts requests with a session of another server."""

    def __init__(self, name, cookie="JSESSIONID", soap=False, port=0):
        self.cookie = cookie
        self.soap = soap
        self.numbers = itertools.count(1)
        self.opened = 0
        self.wrong = 0
        self.served = 0
        self.strange = []  # Cookie fields with names that are not this server's business
        super().__init__(self._serve_sessions, name, port)

    def record(self, request):
        pass

    def _serve_sessions(self, connection):
        while True:
            request = connection.read_request(seconds=120)
            if request is None or not request.complete:
                return
            headers, header = [f"Content-Type: text/{'xml' if self.soap else 'plain'}; charset=UTF-8"], ""
            session = self._session_of(request)
            with self.lock:
                self.served += 1
                if session is None:
                    self.opened += 1
                    fresh = f"{self.name}-{next(self.numbers)}"
                    headers += self._opened(fresh)
                    header = self._reply_to(fresh)
                elif not session.startswith(self.name + "-"):
                    self.wrong += 1
            body = soap_envelope(f"<name>{self.name}</name>", header=header) if self.soap else self.name
            connection.answer(body, headers=headers)

    def _session_of(self, request):
        if self.soap:
            found = SERVICE_GROUP.search(request.body)
            return found.group(1).decode() if found else None
        for field in request.headers.all("Cookie"):
            for pair in field.split(";"):
                name, _, value = pair.strip().partition("=")
                if name == self.cookie:
                    return value
                self.strange.append(name)
        return None

    def _opened(self, session):
        if self.soap:
            return []
        return ["Set-Cookie: lang=en; Path=/", f"Set-Cookie: {self.cookie}={session}; Path=/; HttpOnly"]

    def _reply_to(self, session):
        if not self.soap:
            return ""
        return (f'<w:ReplyTo xmlns:w="{ADDRESSING}"><w:ReferenceParameters><a:ServiceGroupId xmlns:a="{AXIS2}">{session}'
                "</a:ServiceGroupId></w:ReferenceParameters></w:ReplyTo>")


class SessionClient:
    """One client; `kind` says how it tells its session: "cookie", "soap", "id" (SOAP header), "header", "query"."""

    def __init__(self, number, kind, version=SOAP11):
        self.number = number
        self.kind = kind
        self.version = version
        self.cookies = {}
        self.group = None  # Axis2's service group
        self.server = None
        self.wrong = 0
        self.failed = []

    def request(self):
        """(method, target, headers, body)"""
        if self.kind == "header":
            return "GET", "/app", [("X-Client", f"c{self.number}")], None
        if self.kind == "query":
            return "GET", f"/app?client=c{self.number}", [], None
        if self.kind == "cookie":
            fields = [("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))]
            return "GET", "/app", fields if self.cookies else [], None
        header = ""
        if self.kind == "id":
            header = f'<c:ClientID xmlns:c="http://ws.apache.org/ns/synapse">c{self.number}</c:ClientID>'
        elif self.group:
            header = f'<a:ServiceGroupId xmlns:a="{AXIS2}">{self.group}</a:ServiceGroupId>'
        kind = "text/xml" if self.version == SOAP11 else "application/soap+xml"
        return "POST", "/app", [("Content-Type", kind)], soap_envelope("<hello/>", self.version, header)

    def call(self, connection):
        connection.request(*self.request())
        answer = connection.read()
        if answer is None or answer.status != 200:
            self.failed.append(repr(answer))
            return answer
        for field in answer.headers.all("Set-Cookie"):
            name, _, value = field.split(";")[0].partition("=")
            self.cookies[name] = value
        found = SERVICE_GROUP.search(answer.body)
        if found:
            self.group = found.group(1).decode()
        server = answer.headers.get("X-Served-By")
        if self.server is None:
            self.server = server
        elif server != self.server:
            self.wrong += 1
        return answer


def drive(port, clients, calls, threads=8, between=None):
    """Each client calls so often, in turn with the others, and, if `port` is a list, through each node in turn.
    `between(done, all)` is called now and then."""
    lock, done, total = threading.Lock(), itertools.count(1), len(clients) * calls
    ports = port if isinstance(port, list) else [port]

    def work(mine):
        with contextlib.ExitStack() as stack:
            nodes = [stack.enter_context(Client(one, timeout=30)) for one in ports]
            for turn in range(calls):
                for number, client in enumerate(mine):
                    client.call(nodes[(turn + number) % len(nodes)])
                    if between:
                        with lock:
                            between(next(done), total)

    workers = [threading.Thread(target=work, args=(clients[number::threads],), daemon=True) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
