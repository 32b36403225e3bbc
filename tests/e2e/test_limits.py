"""Limits and time-outs of the settings file, each scaled down."""
import os
import time

from lib import (Client, EchoBackend, address, call, check, check_equal, forward, settings)

TEXT = [("Content-Type", "text/plain")]


def engine_with(t, backend, workers=1, endpoint=None, **sections):
    return t.myelin(forward(endpoint or address(backend.port, suspend=0)), settings=settings(**sections),
                    workers=workers)


def seconds_until_closed(client, limit=5.0):
    began = time.monotonic()
    client.reader.rest(began + limit)
    return time.monotonic() - began


def test_head_time(t):
    engine = engine_with(t, t.backend(), limits={"headTime": 400})
    with Client(engine.port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: te")
        began = time.monotonic()
        answer = client.read()
        check(answer is None or answer.status == 408, f"{answer!r}")
        check(0.3 < time.monotonic() - began < 1.5, "the moment")
        client.expect_closed()


def test_head_time_does_not_count_idleness(t):
    engine = engine_with(t, t.backend(), limits={"headTime": 300})
    with Client(engine.port) as client:
        for _ in range(2):
            time.sleep(0.6)
            client.request()
            client.expect(200)


def test_idle_time(t):
    """A kept connection is closed without a word."""
    engine = engine_with(t, t.backend(), limits={"idleTime": 400})
    with Client(engine.port) as client:
        client.request()
        client.expect(200)
        took = seconds_until_closed(client)
        check(0.3 < took < 1.5, f"closed after {took:.2f} s")
        check_equal(client.reader.buffer, b"", "last words")


def test_body_time_of_clients(t):
    backend = t.backend()
    engine = engine_with(t, backend, limits={"bodyTime": 400})
    with Client(engine.port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nhalf")
        began = time.monotonic()
        answer = client.read()
        check(answer is not None and answer.status == 408, f"{answer!r}")
        check(0.3 < time.monotonic() - began < 1.5, "the moment")
        client.expect_closed()
    check_equal(backend.complete, 0, "complete requests at the backend")


def test_f08_backend_stalls_in_its_body(t):
    def script(connection):
        connection.read_request()
        connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\nhalf")
        connection.hang()
    engine = engine_with(t, t.backend(script), upstream={"bodyTime": 400})
    with Client(engine.port) as client:
        client.request()
        began = time.monotonic()
        try:
            answer = client.read()
            check(answer is not None and (answer.status == 504 or not answer.complete), f"{answer!r}")
        except Exception as problem:
            if isinstance(problem, AssertionError):
                raise
        check(0.3 < time.monotonic() - began < 1.5, f"the moment: {time.monotonic() - began:.2f} s")


def test_f08_steady_drip_is_served(t):
    """The time for a body counts from piece to piece: a slow but steady answer arrives whole."""
    def script(connection):
        connection.read_request()
        connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 20\r\n\r\n")
        connection.drip(b"x" * 20, 0.06)
    engine = engine_with(t, t.backend(script), upstream={"bodyTime": 500})
    check_equal(call(engine.port).text, "x" * 20, "answer")


def test_response_time_of_backends(t):
    backend = t.backend(lambda c: (c.read_request(), c.hang()))
    engine = engine_with(t, backend, upstream={"responseTime": 400})
    began = time.monotonic()
    check_equal(call(engine.port).status, 504, "status")
    check(0.3 < time.monotonic() - began < 1.5, "the moment")


def test_global_time_out(t):
    backend = t.backend(lambda c: (c.read_request(), c.hang()))
    engine = engine_with(t, backend, mediation={"globalTimeout": 500})
    began = time.monotonic()
    check_equal(call(engine.port).status, 504, "status")
    check(0.4 < time.monotonic() - began < 1.6, "the moment")


def test_write_time(t):
    """A client that takes nothing of its answer is given up."""
    def script(connection):
        connection.read_request()
        connection.send(f"HTTP/1.1 200 OK\r\nContent-Length: {64 << 20}\r\n\r\n")
        for _ in range(1024):
            connection.send(b"x" * 65536)
    backend = t.backend(script)
    engine = engine_with(t, backend, limits={"writeTime": 500})
    with Client(engine.port) as client:
        client.request()
        before = engine.descriptors()
        time.sleep(2.0)
        check(engine.descriptors() < before or backend.failures, "the exchange goes on for ever")


def test_body_limit(t):
    backend = t.backend()
    engine = engine_with(t, backend, limits={"body": 1000})
    with Client(engine.port) as client:
        client.request("POST", "/", TEXT, "x" * 1000)
        client.expect(200)
        client.send(b"POST / HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\nContent-Length: 1001\r\n\r\n")
        client.expect(413)
        client.expect_closed()
    with Client(engine.port) as client:
        client.request("POST", "/", TEXT, "x" * 1001, chunked=True)
        client.expect(413)
        client.expect_closed()
    check_equal(backend.complete, 1, "complete requests at the backend")


def test_header_limits(t):
    engine = engine_with(t, t.backend(), limits={"headerCount": 5, "headerSection": 600, "startLine": 100})
    for status, lines in ((200, "X: 1\r\n" * 4), (431, "X: 1\r\n" * 5), (431, "X: " + "a" * 700 + "\r\n")):
        with Client(engine.port) as client:
            client.send(f"GET / HTTP/1.1\r\nHost: test\r\n{lines}\r\n")
            client.expect(status)
    with Client(engine.port) as client:
        client.send("GET /" + "a" * 100 + " HTTP/1.1\r\nHost: test\r\n\r\n")
        client.expect(414)


def test_connection_limit(t):
    """Beyond the limit nobody is served until one leaves; nobody who is in is harmed."""
    engine = engine_with(t, t.backend(), server={"maxConnections": 3})
    inside = [Client(engine.port) for _ in range(3)]
    for client in inside:
        client.request()
        client.expect(200)
    outside = Client(engine.port)
    outside.request()
    try:
        answer = outside.read(timeout=0.5)
        check(answer is None or answer.status == 503, f"{answer!r}")
        outside = None
    except TimeoutError:
        pass  # it waits for its turn
    inside[0].request()
    inside[0].expect(200)
    inside[1].close()
    if outside:
        outside.expect(200)
        outside.close()
    time.sleep(0.2)
    check_equal(call(engine.port).status if outside is None else 200, 200, "status afterwards")


def test_access_log(t):
    directory = t.temporary()
    path = os.path.join(directory, "access.log")
    engine = engine_with(t, t.keep(EchoBackend("alpha")), accessLog={"file": path})
    for number in range(5):
        call(engine.port, target=f"/call{number}")
    engine.stop()
    with open(path, encoding="utf-8") as log:
        lines = log.read().splitlines()
    check_equal(len(lines), 5, "lines")
    for number, line in enumerate(lines):
        check(f"/call{number}" in line and "200" in line, line)


def test_f26_disk_full_for_the_access_log(t):
    engine = engine_with(t, t.keep(EchoBackend("alpha")), accessLog={"file": "/dev/full"})
    with Client(engine.port) as client:
        for _ in range(500):
            client.request()
            client.expect(200)
    check(engine.alive(), "the engine died")
