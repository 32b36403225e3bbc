"""TLS on both sides."""
import os
import re
import ssl
import subprocess
import time

from lib import (Client, ScriptedBackend, address, call, check, check_equal, check_in, concurrent, definitions, forward,
                 settings, wait_until)
from lib.wire import Reader

ECHO = definitions('<sequence name="main"><respond/></sequence>')
TEXT = [("Content-Type", "text/plain")]


def certificate(t):
    """(chain, key) for 127.0.0.1 and localhost, signed by itself."""
    folder = t.temporary()
    chain, key = os.path.join(folder, "server.pem"), os.path.join(folder, "server.key")
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                           "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                           "-keyout", key, "-out", chain], capture_output=True, text=True)
    check_equal(made.returncode, 0, "openssl: " + made.stderr)
    return chain, key


def tls_backend(t, chain, key):
    """Answers each request with its own body."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)

    def serve(connection):
        connection.sock = context.wrap_socket(connection.sock, server_side=True)
        connection.reader = Reader(connection.sock)
        while request := connection.read_request():
            connection.answer(request.body)

    return t.keep(ScriptedBackend(serve))


def https_port(engine):
    pattern = re.compile(r"^listening https \S+:(\d+)\s*$", re.MULTILINE)
    wait_until(lambda: pattern.search(engine.output()), 5, "the line of the https listener")
    return int(pattern.search(engine.output()).group(1))


@concurrent
def test_https_listener(t):
    chain, key = certificate(t)
    engine = t.myelin(ECHO, settings=settings(
        f'<listener protocol="https" port="0"><certificate chain="{chain}" key="{key}"/></listener>'))
    trusting = ssl.create_default_context(cafile=chain)
    port = https_port(engine)
    body = "x" * 100000
    with Client(port) as client:
        client.sock = trusting.wrap_socket(client.sock, server_hostname="localhost")
        client.reader = Reader(client.sock)
        for _ in range(2):
            client.request("POST", "/", TEXT, body)
            check_equal(client.expect(200).text, body, "answer")
        check_in(client.sock.version(), ("TLSv1.2", "TLSv1.3"), "version")
    # Plain HTTP on this port is not served, and the listener goes on.
    with Client(port) as plain:
        plain.request("GET")
        check(b"200 OK" not in plain.reader.rest(time.monotonic() + 5), "plain HTTP was served")
    check_equal(call(engine.port, "POST", "/", TEXT, "y").text, "y", "the plain listener beside it")


@concurrent
def test_https_backend_with_its_authority(t):
    chain, key = certificate(t)
    backend = tls_backend(t, chain, key)
    engine = t.myelin(forward(address(backend.port).replace("http:", "https:")),
                      settings=settings(upstreamTls={"ca": chain}))
    for body in ("one", "two"):
        answer = call(engine.port, "POST", "/", TEXT, body)
        check_equal((answer.status, answer.text), (200, body), "answer")


def test_https_backend_that_is_not_trusted_fails_at_once(t):
    chain, key = certificate(t)
    backend = tls_backend(t, chain, key)
    engine = t.myelin(forward(address(backend.port).replace("http:", "https:")))
    began = time.monotonic()
    answer = call(engine.port, "POST", "/", TEXT, "secret")
    check(time.monotonic() - began < 5, "it took long")
    check(answer.status in (502, 503), f"status {answer.status}")
    check_in("certificate", answer.text, "reason")
    check_equal(backend.count, 0, "requests that arrived all the same")
