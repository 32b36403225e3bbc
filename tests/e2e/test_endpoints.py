"""Groups of backends."""
import time
from collections import Counter

from lib import (SOAP12, Client, EchoBackend, QuoteBackend, address, call, check, check_equal, check_in, closed_port,
                 concurrent, definitions, failover, fault_reason, forward, is_fault, loadbalance, proxy, quote_request,
                 soap_headers, wait_until, Load)


def three(t):
    return [t.keep(EchoBackend(name)) for name in ("alpha", "beta", "gamma")]


def served_by(port, count, target="/"):
    with Client(port) as client:
        names = []
        for _ in range(count):
            client.request("GET", target)
            names.append(client.expect(200).headers.get("X-Served-By"))
        return names


def test_round_robin_over_three_backends(t):
    engine = t.myelin(forward(loadbalance(*[address(b.port) for b in three(t)])), workers=1)
    names = served_by(engine.port, 9)
    check_equal(sorted(names[:3]), ["alpha", "beta", "gamma"], "first lap")
    check_equal(names[3:6], names[:3], "second lap")
    check_equal(names[6:9], names[:3], "third lap")


def test_round_robin_on_soap_messages(t):
    backends = [t.keep(QuoteBackend(name)) for name in ("alpha", "beta", "gamma")]
    engine = t.myelin(forward(loadbalance(*[address(b.port, "/services/Quote") for b in backends])))
    counts = Counter()
    for _ in range(12):
        answer = call(engine.port, "POST", "/", soap_headers(), quote_request("IBM"))
        check_equal(answer.status, 200, "status")
        check_in("getQuoteResponse", answer.text, "answer")
        counts[answer.headers.get("X-Served-By")] += 1
    check_equal(sorted(counts.values()), [4, 4, 4], f"calls for each server, {counts}")
    check_equal(backends[0].requests[0].target, "/services/Quote", "target")


@concurrent
def test_round_robin_is_even_under_load(t):
    engine = t.myelin(forward(loadbalance(*[address(b.port) for b in three(t)])))
    load = Load(engine.port, clients=8)
    wait_until(lambda: load.answers >= 600, 20, "600 answers")
    load.stop()
    check_equal(load.failures, [], "failures")
    low, high = min(load.servers.values()), max(load.servers.values())
    check(len(load.servers) == 3 and high - low <= high * 0.2, f"uneven: {dict(load.servers)}")


def test_a_dead_server_costs_no_call(t):
    backends = three(t)
    engine = t.myelin(forward(loadbalance(*[address(b.port, suspend=60000) for b in backends])))
    served_by(engine.port, 6)
    backends[1].refuse()
    names = Counter(served_by(engine.port, 20))
    check_equal(set(names), {"alpha", "gamma"}, "servers")
    check_equal(sorted(names.values()), [10, 10], f"calls for each server, {names}")


def test_a_server_comes_back_after_its_suspension(t):
    backends = three(t)
    engine = t.myelin(forward(loadbalance(*[address(b.port, suspend=700) for b in backends])))
    backends[1].refuse()
    check_equal(set(served_by(engine.port, 6)), {"alpha", "gamma"}, "servers while one is down")
    backends[1].start()
    check_equal(set(served_by(engine.port, 6)), {"alpha", "gamma"}, "servers while it is suspended")
    time.sleep(1.0)
    check_equal(set(served_by(engine.port, 6)), {"alpha", "beta", "gamma"}, "servers afterwards")


def test_failover_uses_the_first_that_lives(t):
    backends = three(t)
    engine = t.myelin(forward(failover(*[address(b.port, suspend=700) for b in backends])))
    check_equal(set(served_by(engine.port, 5)), {"alpha"}, "servers")
    backends[0].refuse()
    check_equal(set(served_by(engine.port, 5)), {"beta"}, "servers without the first")
    backends[1].refuse()
    check_equal(set(served_by(engine.port, 5)), {"gamma"}, "servers without the second")
    backends[0].start()
    time.sleep(1.0)
    check_equal(set(served_by(engine.port, 5)), {"alpha"}, "servers after the first came back")


def test_load_balance_without_failover(t):
    """failover="false": the failure of the chosen child is the caller's."""
    port, holder = closed_port()
    live = t.keep(EchoBackend("alpha"))
    engine = t.myelin(forward(loadbalance(address(port, suspend=0), address(live.port),
                                          attributes='failover="false"')))
    statuses = Counter(call(engine.port).status for _ in range(8))
    check_equal(statuses[200], 4, f"good answers of {dict(statuses)}")
    holder.close()


def test_nested_groups(t):
    """A failover group of two round-robin groups: the second serves when the first is dead altogether."""
    first = [t.keep(EchoBackend(name)) for name in ("a1", "a2")]
    second = [t.keep(EchoBackend(name)) for name in ("b1", "b2")]
    engine = t.myelin(forward(failover(
        loadbalance(*[address(b.port, suspend=60000) for b in first]),
        loadbalance(*[address(b.port, suspend=60000) for b in second]))))
    check_equal(Counter(served_by(engine.port, 8)), Counter(a1=4, a2=4), "servers")
    first[0].refuse()
    check_equal(set(served_by(engine.port, 6)), {"a2"}, "servers with half of the first group")
    first[1].refuse()
    check_equal(set(served_by(engine.port, 6)), {"b1", "b2"}, "servers without the first group")


def test_every_child_dead_ends_soon(t):
    ports = [closed_port() for _ in range(3)]
    tree = failover(loadbalance(*[address(port, suspend=0) for port, _ in ports]),
                    failover(*[address(port, suspend=0) for port, _ in ports]))
    engine = t.myelin(forward(tree))
    began = time.monotonic()
    answer = call(engine.port)
    check(answer.status in (502, 503), f"{answer!r}")
    check(time.monotonic() - began < 2, "the attempts do not end")
    for _, holder in ports:
        holder.close()


def test_indirect_endpoints(t):
    backend = t.keep(EchoBackend("alpha"))
    engine = t.myelin(definitions(
        address(backend.port, name="server") + '<endpoint name="alias" key="server"/>'
        '<sequence name="main"><in><send><endpoint key="alias"/></send></in><out><send/></out></sequence>'))
    check_equal(served_by(engine.port, 2), ["alpha", "alpha"], "servers")


def test_proxy_service(t):
    backend = t.keep(QuoteBackend("alpha"))
    engine = t.myelin(definitions(proxy("Quote", address(backend.port, "/services/S"))))
    answer = call(engine.port, "POST", "/services/Quote", soap_headers(), quote_request())
    check_equal(answer.status, 200, "status")
    check_equal(backend.requests[0].target, "/services/S", "target at the backend")


def test_endpoint_format_converts(t):
    """A SOAP 1.2 client, a SOAP 1.1 backend; the answer comes back in the client's version."""
    backend = t.keep(QuoteBackend("alpha"))
    endpoint = (f'<endpoint><address uri="http://127.0.0.1:{backend.port}/services/S" format="soap11"/></endpoint>')
    engine = t.myelin(forward(endpoint))
    answer = call(engine.port, "POST", "/", soap_headers(SOAP12), quote_request(version=SOAP12))
    check_equal(answer.status, 200, "status")
    sent = backend.requests[0]
    check_in("text/xml", sent.headers.get("Content-Type"), "Content-Type at the backend")
    check_in(b"http://schemas.xmlsoap.org/soap/envelope/", sent.body, "body at the backend")
    check_in(SOAP12, answer.text, "answer")
    check_in("application/soap+xml", answer.headers.get("Content-Type"), "Content-Type of the answer")


def test_error_answers_speak_the_clients_language(t):
    port, holder = closed_port()
    engine = t.myelin(forward(address(port, suspend=0)))
    answer = call(engine.port, "POST", "/", soap_headers(), quote_request())
    check_equal(answer.status, 500, "status for SOAP 1.1")
    check_in("text/xml", answer.headers.get("Content-Type"), "Content-Type for SOAP 1.1")
    check(is_fault(answer.text) and fault_reason(answer.text), f"no SOAP 1.1 fault: {answer.text}")
    answer = call(engine.port, "POST", "/", soap_headers(SOAP12), quote_request(version=SOAP12))
    check_equal(answer.status, 500, "status for SOAP 1.2")
    check_in("application/soap+xml", answer.headers.get("Content-Type"), "Content-Type for SOAP 1.2")
    check(is_fault(answer.text, SOAP12) and fault_reason(answer.text), f"no SOAP 1.2 fault: {answer.text}")
    answer = call(engine.port, "POST", "/", [("Content-Type", "application/json")], "{}")
    check(answer.status in (502, 503), f"{answer!r}")
    check_in("json", answer.headers.get("Content-Type"), "Content-Type for JSON")
    answer = call(engine.port, "POST", "/", [("Content-Type", "application/xml")], "<a/>")
    check(answer.status in (502, 503), f"{answer!r}")
    check_in("xml", answer.headers.get("Content-Type"), "Content-Type for XML")
    answer = call(engine.port)
    check(answer.status in (502, 503) and 0 < len(answer.body) < 2000, f"{answer!r}")
    holder.close()


WSDL = """<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/">
<w:service name="Quotes"><w:port name="Soap11"><s:address location="http://127.0.0.1:{}/services/S"/></w:port></w:service>
</w:definitions>"""


def test_wsdl_by_address_is_read_again_by_a_reload(t):
    import http.server
    import threading

    first, second = t.keep(QuoteBackend("alpha")), t.keep(QuoteBackend("beta"))
    wsdl, asked = [WSDL.format(first.port)], []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            body = wsdl[0].encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    use = (f'<wsdl uri="http://127.0.0.1:{server.server_port}/S?wsdl" service="Quotes" port="Soap11"/>')
    engine = t.myelin(forward(f'<endpoint><failover><endpoint>{use}</endpoint><endpoint name="again">{use}</endpoint>'
                              '</failover></endpoint>'))
    check_equal(asked, ["/S?wsdl"], "requests for the WSDL: one for a load")
    answer = call(engine.port, "POST", "/", soap_headers(SOAP12), quote_request(version=SOAP12))
    check_equal(answer.headers.get("X-Served-By"), "alpha", "server")
    check_in("text/xml", first.requests[0].headers.get("Content-Type"), "content type of SOAP 1.1")
    wsdl[0] = WSDL.format(second.port)
    engine.reload()
    wait_until(lambda: call(engine.port, "POST", "/", soap_headers(), quote_request()).headers.get("X-Served-By") == "beta",
               5, "the address of the new WSDL")
    server.shutdown()
    server.server_close()
