"""Requests that must not get through: the exact status, the connection closed, and nothing of them at the backend."""
from lib import Client, address, check, check_equal, check_in, definitions, exchange, forward, limit

HEAD = b"Host: test\r\n"
POST = b"POST / HTTP/1.1\r\n" + HEAD
# What a confused server would take for a second request.
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: test\r\n\r\n"


def fields(count):
    return b"".join(b"X-%d: v\r\n" % number for number in range(count))


# name, statuses that are right, bytes
REFUSED = [
    ("length_and_chunked", 400, POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("chunked_and_length", 400, POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
    ("two_lengths", 400, POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
    ("same_length_twice", 400, POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
    ("length_list", 400, POST + b"Content-Length: 5, 5\r\n\r\nhello"),
    ("length_plus", 400, POST + b"Content-Length: +5\r\n\r\nhello"),
    ("length_minus", 400, POST + b"Content-Length: -5\r\n\r\nhello"),
    ("length_hex", 400, POST + b"Content-Length: 0x5\r\n\r\nhello"),
    ("length_words", 400, POST + b"Content-Length: 5 5\r\n\r\nhello"),
    ("length_empty", 400, POST + b"Content-Length: \r\n\r\nhello"),
    ("length_overflow", (400, 413), POST + b"Content-Length: 18446744073709551621\r\n\r\nhello"),
    ("space_before_colon", 400, POST + b"Content-Length : 5\r\n\r\nhello"),
    ("bare_lf_lines", 400, b"GET / HTTP/1.1\nHost: test\n\n"),
    ("bare_lf_in_head", 400, b"GET / HTTP/1.1\r\nHost: test\nX: y\r\n\r\n"),
    ("folded_field", 400, b"GET / HTTP/1.1\r\nHost: test\r\nX: a\r\n b\r\n\r\n"),
    ("folded_by_tab", 400, b"GET / HTTP/1.1\r\nHost: test\r\nX: a\r\n\tb\r\n\r\n"),
    ("space_before_first_field", 400, b"GET / HTTP/1.1\r\n Host: test\r\n\r\n"),
    ("no_host", 400, b"GET / HTTP/1.1\r\n\r\n"),
    ("two_hosts", 400, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    ("host_with_space", 400, b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
    ("host_with_path", 400, b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    ("host_list", 400, b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
    ("host_with_user", 400, b"GET / HTTP/1.1\r\nHost: u@b\r\n\r\n"),
    ("coding_xchunked", (400, 501), POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    ("coding_gzip_chunked", (400, 501), POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    ("coding_gzip_and_length", (400, 501), POST + b"Transfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"),
    ("coding_chunked_gzip", (400, 501), POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
    ("coding_chunked_twice", (400, 501), POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    ("coding_two_fields", (400, 501),
     POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
    ("coding_empty", (400, 501), POST + b"Transfer-Encoding: \r\n\r\n"),
    ("coding_quoted", (400, 501), POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n'),
    ("coding_vertical_tab", 400, POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"),
    ("chunked_in_http10", 400, b"POST / HTTP/1.0\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("chunk_size_letters", 400, POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"),
    ("chunk_size_empty", 400, POST + b"Transfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n"),
    ("chunk_size_minus", 400, POST + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n"),
    ("chunk_size_prefix", 400, POST + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n"),
    ("chunk_size_overflow", (400, 413),
     POST + b"Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n"),
    ("chunk_without_end", 400, POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n"),
    ("chunk_bare_lf", 400, POST + b"Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n"),
    ("chunk_extension_bare_lf", 400, POST + b"Transfer-Encoding: chunked\r\n\r\n5;a\nhello\r\n0\r\n\r\n"),
    ("chunk_extension_too_long", (400, 431),
     POST + b"Transfer-Encoding: chunked\r\n\r\n5;" + b"a" * 5000 + b"\r\nhello\r\n0\r\n\r\n"),
    ("trailers_too_long", (400, 431),
     POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: " + b"a" * 9000 + b"\r\n\r\n"),
    ("trailers_with_length", 400,
     POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nContent-Length: 99\r\n\r\n"),
    ("bare_cr_in_value", 400, b"GET / HTTP/1.1\r\nHost: test\r\nX: a\rb\r\n\r\n"),
    ("nul_in_value", 400, b"GET / HTTP/1.1\r\nHost: test\r\nX: a\0b\r\n\r\n"),
    ("nul_in_name", 400, b"GET / HTTP/1.1\r\nHost: test\r\nX\0: a\r\n\r\n"),
    ("empty_name", 400, b"GET / HTTP/1.1\r\nHost: test\r\n: a\r\n\r\n"),
    ("name_with_space", 400, b"GET / HTTP/1.1\r\nHost: test\r\nX Y: a\r\n\r\n"),
    ("name_not_ascii", 400, b"GET / HTTP/1.1\r\nHost: test\r\nX\xc3\xa4: a\r\n\r\n"),
    ("line_without_colon", 400, b"GET / HTTP/1.1\r\nHost: test\r\nnonsense\r\n\r\n"),
    ("method_with_bracket", 400, b"G(T / HTTP/1.1\r\n" + HEAD + b"\r\n"),
    ("no_method", 400, b" / HTTP/1.1\r\n" + HEAD + b"\r\n"),
    ("target_missing", 400, b"GET  HTTP/1.1\r\n" + HEAD + b"\r\n"),
    ("target_with_space", 400, b"GET /a b HTTP/1.1\r\n" + HEAD + b"\r\n"),
    ("target_with_nul", 400, b"GET /a\0b HTTP/1.1\r\n" + HEAD + b"\r\n"),
    ("target_relative", 400, b"GET a/b HTTP/1.1\r\n" + HEAD + b"\r\n"),
    ("target_with_fragment", 400, b"GET /a#b HTTP/1.1\r\n" + HEAD + b"\r\n"),
    ("tab_between_parts", 400, b"GET\t/\tHTTP/1.1\r\n" + HEAD + b"\r\n"),
    ("two_spaces", 400, b"GET  / HTTP/1.1\r\n" + HEAD + b"\r\n"),
    ("no_version", (400, 505), b"GET /\r\n\r\n"),
    ("version_lower_case", 400, b"GET / http/1.1\r\n" + HEAD + b"\r\n"),
    ("version_misspelt", 400, b"GET / HTP/1.1\r\n" + HEAD + b"\r\n"),
    ("version_words", 400, b"GET / HTTP/1.1 x\r\n" + HEAD + b"\r\n"),
    ("version_2", 505, b"GET / HTTP/2.0\r\n" + HEAD + b"\r\n"),
    ("version_3", 505, b"GET / HTTP/3.0\r\n" + HEAD + b"\r\n"),
    ("version_0_9", (400, 505), b"GET / HTTP/0.9\r\n" + HEAD + b"\r\n"),
    ("version_long", (400, 505), b"GET / HTTP/1.10\r\n" + HEAD + b"\r\n"),
    ("http2_preface", (400, 505), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("connect", (400, 405, 501), b"CONNECT example:443 HTTP/1.1\r\nHost: example:443\r\n\r\n"),
    ("unknown_expectation", 417, POST + b"Expect: 200-ok\r\nContent-Length: 5\r\n\r\nhello"),
    ("line_too_long", 414, b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n"),
    ("field_too_long", 431, b"GET / HTTP/1.1\r\n" + HEAD + b"X: " + b"a" * 40000 + b"\r\n\r\n"),
    ("head_too_long", 431, b"GET / HTTP/1.1\r\n" + HEAD + (b"X: " + b"a" * 1000 + b"\r\n") * 40 + b"\r\n"),
    ("too_many_fields", 431, b"GET / HTTP/1.1\r\n" + HEAD + fields(101) + b"\r\n"),
    ("too_many_fields_by_far", 431, b"GET / HTTP/1.1\r\n" + HEAD + fields(2000) + b"\r\n"),
]


def refusal(statuses, data):
    wanted = statuses if isinstance(statuses, tuple) else (statuses,)

    def test(t):
        backend = t.backend()
        engine = t.myelin(forward(address(backend.port)))
        answer, client = exchange(engine.port, data + SMUGGLED)
        check(answer is not None, "closed without an answer")
        check(answer.status in wanted, f"wanted {wanted}, got {answer!r}")
        check_equal(answer.headers.get("Connection", "").lower(), "close", "Connection")
        client.expect_closed()
        check_equal([r.line for r in backend.requests], [], "requests at the backend")
        check_equal(engine_still_serves(engine), 200, "next request")
    return test


def engine_still_serves(engine):
    answer, client = exchange(engine.port, b"GET /after HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
    client.close()
    return answer.status


for name_, statuses_, data_ in REFUSED:
    globals()["test_" + name_] = refusal(statuses_, data_)


def test_every_split_of_a_bad_length(t):
    """The verdict may not depend on where the network cut the bytes."""
    backend = t.backend()
    engine = t.myelin(forward(address(backend.port)))
    for pieces in (2, 3, 7, 30):
        answer, client = exchange(engine.port, POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", pieces=pieces,
                                  pause=0.002)
        check_equal(answer and answer.status, 400, f"status in {pieces} pieces")
        client.close()
    check_equal(backend.count, 0, "requests at the backend")


def test_tls_on_the_plain_port(t):
    backend = t.backend()
    engine = t.myelin(forward(address(backend.port)))
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) * 2
    with Client(engine.port) as client:
        client.send(hello)
        client.half_close()
        answer = client.read()
        check(answer is None or answer.status == 400, f"{answer!r}")
    check_equal(engine_still_serves(engine), 200, "next request")


def test_leading_empty_line_is_tolerated_or_refused(t):
    backend = t.backend()
    engine = t.myelin(forward(address(backend.port)))
    answer, client = exchange(engine.port, b"\r\nGET / HTTP/1.1\r\nHost: test\r\n\r\n")
    check(answer is not None and answer.status in (200, 400), f"{answer!r}")
    client.close()


def test_upgrade_is_ignored(t):
    backend = t.backend()
    engine = t.myelin(forward(address(backend.port)))
    with Client(engine.port) as client:
        client.request(headers=[("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"),
                                ("HTTP2-Settings", "AAMAAABkAAQAAP__")])
        answer = client.expect(200)
        check("Upgrade" not in answer.headers, "the answer offers an upgrade")
        client.request()
        client.expect(200)
    check("Upgrade" not in backend.requests[0].headers, "Upgrade went through")
    check("HTTP2-Settings" not in backend.requests[0].headers, "a field named in Connection went through")


def test_body_too_large_to_look_into(t):
    """A mediator that needs the whole body: 413 beyond 10 MiB, long before the client has sent it all."""
    backend = t.backend()
    engine = t.myelin(definitions(
        f'<sequence name="main"><in><filter xpath="//a"><then><drop/></then></filter>'
        f'<send>{address(backend.port)}</send></in><out><send/></out></sequence>'))
    client = Client(engine.port)
    client.send(b"POST / HTTP/1.1\r\nHost: test\r\nContent-Type: application/xml\r\nContent-Length: 50000000\r\n\r\n<r>")
    try:
        for _ in range(50):
            client.send(b"x" * 1_000_000)
    except (ConnectionError, TimeoutError):
        pass  # refused in the middle, as it should be
    try:
        answer = client.read()
    except TimeoutError:
        answer = None
    check(answer is not None and answer.status == 413, f"{answer!r}")
    check_equal(backend.count, 0, "requests at the backend")
    check(engine.rss() < 300 << 20, f"{engine.rss()} bytes resident")
    client.close()


def test_malformed_xml_is_the_clients_fault(t):
    """A body that is not XML blames the client, not the backend."""
    backend = t.backend()
    engine = t.myelin(definitions(
        f'<sequence name="main"><in><filter xpath="//a"><then><drop/></then></filter>'
        f'<send>{address(backend.port)}</send></in><out><send/></out></sequence>'))
    with Client(engine.port) as client:
        client.request("POST", headers=[("Content-Type", "application/xml")], body="<a><b></a>")
        answer = client.read()
        check(answer is not None and answer.status in (400, 500), f"{answer!r}")
        client.request("POST", headers=[("Content-Type", "text/xml")], body="<a><b></a>")
        answer = client.expect(500)
        check_in("Fault", answer.text, "answer")
    check_equal(backend.count, 0, "requests at the backend")


@limit(25)
def test_slow_head_is_cut_off(t):
    """Ten seconds for a whole head, however busily it drips."""
    import time
    backend = t.backend()
    engine = t.myelin(forward(address(backend.port)))
    client = Client(engine.port, timeout=20)
    began = time.monotonic()
    client.send(b"GET / HTTP/1.1\r\nHost: test\r\nX: ")
    try:
        while time.monotonic() - began < 15:
            client.send(b"a")
            time.sleep(0.2)
    except ConnectionError:
        pass  # that is what we want; the answer may be lost in the reset
    took = time.monotonic() - began
    check(8 < took < 13, f"cut off after {took:.1f} s")
    check_equal(backend.count, 0, "requests at the backend")
    client.close()
