"""Ordinary HTTP/1.1 through the engine."""
import threading
import time

from lib import (Client, address, call, check, check_equal, check_in, concurrent, forward, limit, quote_request,
                 soap_headers)


def through(t, backend, **options):
    return t.myelin(forward(address(backend.port)), **options)


def test_keep_alive_on_both_sides(t):
    backend = t.backend()
    engine = through(t, backend, workers=1)
    with Client(engine.port) as client:
        for number in range(50):
            client.request("POST", f"/r{number}", [("Content-Type", "text/plain")], f"body {number}")
            check_equal(client.expect(200).text, f"body {number}", "answer")
    check_equal(backend.count, 50, "requests")
    check_equal(backend.connections, 1, "connections to the backend")


def test_connection_close_is_honoured(t):
    backend = t.backend()
    engine = through(t, backend)
    with Client(engine.port) as client:
        client.request(headers=[("Connection", "close")])
        check_equal(client.expect(200).headers.get("Connection", "").lower(), "close", "Connection")
        client.expect_closed()


def test_pipelined_requests_are_answered_in_order(t):
    backend = t.backend(delay=0.01)
    engine = through(t, backend)
    with Client(engine.port) as client:
        data = b"".join(b"POST /%d HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n%02d"
                        % (number, number) for number in range(20))
        client.send(data)
        for number in range(20):
            check_equal(client.expect(200).text, f"{number:02}", "answer")
    check_equal([r.body for r in backend.requests], [b"%02d" % n for n in range(20)], "order at the backend")


def test_request_in_single_bytes(t):
    backend = t.backend()
    engine = through(t, backend)
    data = (b"POST /a HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n")
    with Client(engine.port) as client:
        client.send(data, pieces=len(data), pause=0.0005)
        check_equal(client.expect(200).text, "hello world", "answer")
        client.request()
        client.expect(200)


def test_chunked_request(t):
    backend = t.backend()
    engine = through(t, backend)
    with Client(engine.port) as client:
        client.request("POST", "/", [("Content-Type", "text/plain")], "in chunks", chunked=True)
        check_equal(client.expect(200).text, "in chunks", "answer")
    check_equal(backend.requests[0].body, b"in chunks", "body at the backend")
    check("Content-Length" not in backend.requests[0].headers or backend.requests[0].framing == "length", "framing")


def test_chunked_answer(t):
    def script(connection):
        while connection.read_request():
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "4;ext=1\r\nfour\r\n5\r\nfive!\r\n0\r\n\r\n")
    backend = t.backend(script)
    engine = through(t, backend)
    with Client(engine.port) as client:
        for _ in range(3):
            client.request()
            answer = client.expect(200)
            check_equal(answer.text, "fourfive!", "answer")
            check(answer.framing in ("chunked", "length") and answer.complete, f"framing {answer.framing}")


def test_chunked_answer_for_http10(t):
    """An HTTP/1.0 client knows no chunks: the body ends with the connection or has a length."""
    def script(connection):
        while connection.read_request():
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "4\r\nfour\r\n0\r\n\r\n")
    backend = t.backend(script)
    engine = through(t, backend)
    with Client(engine.port) as client:
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        answer = client.expect(200)
        check_equal(answer.text, "four", "answer")
        check(answer.framing in ("close", "length"), f"framing {answer.framing}")
        client.expect_closed()


def test_answer_that_ends_with_the_connection(t):
    def script(connection):
        connection.read_request()
        connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end")
        connection.close()
    backend = t.backend(script)
    engine = through(t, backend)
    with Client(engine.port) as client:
        for _ in range(2):
            client.request()
            answer = client.expect(200)
            check_equal(answer.text, "until the end", "answer")
            check(answer.framing in ("chunked", "length"), f"framing {answer.framing}")


def test_trailers_do_not_become_headers(t):
    def script(connection):
        while connection.read_request():
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nSet-Cookie: evil=1\r\n"
                            "X-Sum: 1\r\n\r\n")
    backend = t.backend(script)
    engine = through(t, backend)
    with Client(engine.port) as client:
        for _ in range(2):
            client.send(b"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
                        b"2\r\nhi\r\n0\r\nAuthorization: evil\r\nX-Up: 1\r\n\r\n")
            answer = client.expect(200)
            check_equal(answer.text, "ok", "answer")
            check("Set-Cookie" not in answer.headers, "a trailer became a header of the answer")
    for request in backend.requests:
        check_equal(request.body, b"hi", "body at the backend")
        check("X-Up" not in request.headers, "a trailer became a header of the request")
        check("Authorization" not in request.headers, "a trailer became a header of the request")
        check("Authorization" not in request.trailers, "a trailer that may not be one was passed on")


def test_head_has_no_body(t):
    backend = t.backend()
    engine = through(t, backend)
    with Client(engine.port) as client:
        client.request("HEAD")
        answer = client.expect(200, "HEAD")
        check_equal(answer.headers.get("Content-Length"), "42", "Content-Length")
        client.expect_open()
        client.request("POST", headers=[("Content-Type", "text/plain")], body="next")
        check_equal(client.expect(200).text, "next", "answer after HEAD")
    check_equal(backend.requests[0].method, "HEAD", "method at the backend")


def test_answers_without_body(t):
    def script(connection):
        for status in ("204 No Content", "304 Not Modified", "200 OK"):
            if not connection.read_request():
                return
            length = "Content-Length: 0\r\n" if status.startswith("200") else ""
            connection.send(f"HTTP/1.1 {status}\r\n{length}ETag: x\r\n\r\n")
    backend = t.backend(script)
    engine = through(t, backend, workers=1)
    with Client(engine.port) as client:
        for status in (204, 304, 200):
            client.request()
            answer = client.expect(status)
            check_equal(answer.body, b"", f"body of {status}")
            if status == 204:
                check("Content-Length" not in answer.headers and "Transfer-Encoding" not in answer.headers,
                      "204 must not be framed")


def test_expect_100_continue(t):
    backend = t.backend()
    engine = through(t, backend)
    with Client(engine.port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\nExpect: 100-continue\r\n"
                    b"Content-Length: 5\r\n\r\n")
        interim = client.read(informational=True, timeout=3)
        check_equal(interim and interim.status, 100, "interim status")
        client.send(b"hello")
        check_equal(client.expect(200).text, "hello", "answer")
        # A client that does not wait is served as well.
        client.send(b"POST / HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\nExpect: 100-continue\r\n"
                    b"Content-Length: 5\r\n\r\nagain")
        check_equal(client.expect(200).text, "again", "answer")


def test_http10(t):
    backend = t.backend()
    engine = through(t, backend)
    with Client(engine.port) as client:
        client.send(b"POST / HTTP/1.0\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi")
        check_equal(client.expect(200).text, "hi", "answer")
        client.expect_closed()
    with Client(engine.port) as client:
        for _ in range(2):
            client.send(b"POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Type: text/plain\r\n"
                        b"Content-Length: 2\r\n\r\nhi")
            answer = client.expect(200)
            if answer.headers.get("Connection", "").lower() != "keep-alive":
                break  # an engine may refuse to keep the connections of HTTP/1.0


def test_post_without_length_has_no_body(t):
    backend = t.backend()
    engine = through(t, backend)
    with Client(engine.port) as client:
        client.send(b"POST /x HTTP/1.1\r\nHost: test\r\n\r\n")
        client.expect(200, timeout=5)
    check_equal(backend.requests[0].body, b"", "body at the backend")


def test_hop_by_hop_fields_stay_behind(t):
    def script(connection):
        while connection.read_request():
            connection.answer(b"ok", headers=["Connection: X-Private", "X-Private: 1", "Keep-Alive: timeout=5",
                                              "Proxy-Authenticate: Basic", "X-Public: 1"])
    backend = t.backend(script)
    engine = through(t, backend)
    answer = call(engine.port, headers=[("TE", "trailers"), ("Keep-Alive", "300"), ("Proxy-Connection", "keep-alive"),
                                        ("Proxy-Authorization", "Basic eDp5"), ("X-Kept", "1")])
    sent = backend.requests[0].headers
    for name in ("TE", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Trailer", "Upgrade"):
        check(name not in sent, f"{name} went to the backend")
    check_equal(sent.get("X-Kept"), "1", "X-Kept")
    check("X-Private" not in answer.headers, "a field named in the backend's Connection went to the client")
    check_equal(answer.headers.get("X-Public"), "1", "X-Public")


def test_client_cannot_strip_the_framing_through_connection(t):
    backend = t.backend()
    engine = through(t, backend)
    with Client(engine.port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n"
                    b"Connection: content-length, host\r\n\r\nhello")
        answer = client.read()
        check(answer is not None and (answer.status == 400 or answer.text == "hello"), f"{answer!r}")
    for request in backend.requests:
        check_equal(request.body, b"hello", "body at the backend")
        check("Host" in request.headers, "Host is gone")


def test_raw_target_and_values_are_forwarded_untouched(t):
    backend = t.backend()
    engine = through(t, backend)
    target = "/a%2Fb/%c3%a9;p=1/x+y?q=%20&r=a+b&r=%26"
    value = "=?utf-8?B?YQ0KRXZpbDogMQ==?="
    with Client(engine.port) as client:
        client.request("GET", target, [("X-Word", value), ("X-Twice", "1"), ("X-Twice", "2")])
        client.expect(200)
    request = backend.requests[0]
    check_equal(request.target, target, "target")
    check_equal(request.headers.get("X-Word"), value, "a value that looks like an encoded word")
    check("Evil" not in request.headers, "a header was injected")
    check_equal(", ".join(request.headers.all("X-Twice")), "1, 2", "a repeated field")


def test_repeated_answer_fields_are_kept(t):
    def script(connection):
        while connection.read_request():
            connection.answer(b"ok", headers=["Set-Cookie: a=1", "Set-Cookie: b=2", "WWW-Authenticate: A",
                                              "WWW-Authenticate: B"])
    backend = t.backend(script)
    engine = through(t, backend)
    answer = call(engine.port)
    check_equal(answer.headers.all("Set-Cookie"), ["a=1", "b=2"], "Set-Cookie")
    check_equal(answer.headers.all("WWW-Authenticate"), ["A", "B"], "WWW-Authenticate")


def test_absolute_target(t):
    backend = t.backend()
    engine = through(t, backend)
    with Client(engine.port) as client:
        client.send(b"GET http://test/p?q HTTP/1.1\r\nHost: test\r\n\r\n")
        answer = client.read()
        check(answer is not None and answer.status in (200, 400), f"{answer!r}")


def test_statuses_of_backends_pass(t):
    def script(connection):
        while request := connection.read_request():
            status = int(request.target.rsplit("/", 1)[1])
            connection.answer(b"said so", status=status, reason="Odd Words Here")
    backend = t.backend(script)
    engine = through(t, backend)
    for status in (201, 301, 400, 404, 418, 451, 500, 502, 503, 599):
        answer = call(engine.port, target=f"/{status}")
        check_equal(answer.status, status, "status")
        check_equal(answer.text, "said so", "body")


def test_large_bodies_stream_in_little_memory(t):
    """64 MiB up, then down again, neither of which the engine may keep."""
    size, piece = 64 << 20, b"0123456789abcdef" * 4096
    received = []

    def script(connection):
        request = connection.read_request(body=False)
        length = int(request.headers.get("Content-Length", "0"))
        left = length
        while left:
            data = connection.reader.exactly(min(left, 1 << 20), time.monotonic() + 30)
            if not data:
                return
            left -= len(data)
        received.append(length)
        connection.send(f"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {size}\r\n\r\n")
        for _ in range(size // len(piece)):
            connection.send(piece)
    backend = t.backend(script)
    engine = through(t, backend)
    with Client(engine.port, timeout=25) as client:
        client.send(f"POST /big HTTP/1.1\r\nHost: test\r\nContent-Type: application/octet-stream\r\n"
                    f"Content-Length: {size}\r\n\r\n")
        before = engine.rss()
        highest = before
        for _ in range(size // len(piece)):
            client.send(piece)
        highest = max(highest, engine.rss())
        check_equal(client.reader.until(b"\r\n\r\n", time.monotonic() + 25)[:12], b"HTTP/1.1 200", "status line")
        got = 0
        while got < size:
            data = client.reader.exactly(min(1 << 20, size - got), time.monotonic() + 25)
            check(data, f"ended after {got} bytes")
            got += len(data)
            if got % (8 << 20) == 0:
                highest = max(highest, engine.rss())
    check_equal(received, [size], "bytes at the backend")
    check(highest - before < 24 << 20, f"{highest - before} bytes more resident")


def test_slow_reader_holds_the_backend_back(t):
    """Back-pressure: what a client does not take is not taken from the backend either."""
    sent = [0]

    def script(connection):
        connection.read_request()
        connection.send(f"HTTP/1.1 200 OK\r\nContent-Length: {256 << 20}\r\n\r\n")
        try:
            for _ in range(4096):
                connection.send(b"x" * 65536)
                sent[0] += 65536
        except OSError:
            return
    backend = t.backend(script)
    engine = through(t, backend)
    with Client(engine.port) as client:
        client.request()
        time.sleep(1.0)
        before = sent[0]
        time.sleep(0.5)
        check(sent[0] < 64 << 20, f"{sent[0]} bytes left the backend for a client that reads none")
        check(sent[0] - before < 1 << 20, "the backend is still being read")
        check(engine.rss() < 200 << 20, f"{engine.rss()} bytes resident")


@concurrent
def test_many_clients_get_their_own_answers(t):
    backend = t.backend(keep=False)
    engine = through(t, backend)
    problems = []

    def run(number):
        try:
            with Client(engine.port, timeout=20) as client:
                for turn in range(30):
                    text = f"client {number} turn {turn} " + "x" * (number * 97 % 3000)
                    client.request("POST", "/", [("Content-Type", "text/plain")], text, chunked=turn % 2 == 0)
                    answer = client.read()
                    if answer is None or answer.text != text:
                        problems.append(f"{number}/{turn}: {answer!r}")
        except Exception as problem:  # shown below
            problems.append(f"{number}: {problem!r}")
    threads = [threading.Thread(target=run, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check_equal(problems, [], "problems")


@concurrent
def test_clients_that_leave_early(t):
    """Half a request, a reset in the middle of an answer, silence: nobody else notices."""
    backend = t.backend(delay=0.02, keep=False)
    engine = through(t, backend)
    for number in range(60):
        client = Client(engine.port)
        client.send(b"POST / HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n")
        if number % 3:
            client.send(b"hello"[:number % 6])
        client.reset() if number % 2 else client.close()
    for _ in range(5):
        check_equal(call(engine.port, "POST", "/", [("Content-Type", "text/plain")], "well").text, "well", "answer")


def test_soap_passes_untouched(t):
    """A message that nobody looks into leaves byte for byte as it came."""
    backend = t.backend()
    engine = through(t, backend)
    text = "<?xml version='1.0'?>\n<!-- odd  spaces -->" + quote_request("IBM").replace("<s:Body>", "<s:Body >\r\n ")
    answer = call(engine.port, "POST", "/services/x", soap_headers(), text)
    check_equal(backend.requests[0].body.decode(), text, "body at the backend")
    check_equal(backend.requests[0].headers.get("SOAPAction"), '"urn:getQuote"', "SOAPAction")
    check_equal(answer.text, text, "answer")
    check_in("text/xml", answer.headers.get("Content-Type"), "Content-Type")


@limit(40)
def test_idle_connections_cost_little(t):
    backend = t.backend()
    engine = through(t, backend)
    call(engine.port)
    before = engine.rss()
    clients = [Client(engine.port) for _ in range(300)]
    for client in clients:
        client.request()
    for client in clients:
        client.expect(200)
    time.sleep(0.3)
    used = engine.cpu_seconds()
    time.sleep(1.0)
    check(engine.cpu_seconds() - used < 0.2, "idle connections burn processor time")
    check(engine.rss() - before < 40 << 20, f"{engine.rss() - before} bytes for 300 idle connections")
    for client in clients[:20]:
        client.request()
        client.expect(200)
    for client in clients:
        client.close()
