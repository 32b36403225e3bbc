"""ERROR_CODE as fault sequences see it, and what a client gets from them."""
from lib import (Client, address, call, check, check_equal, check_in, closed_port, definitions, failover, fault_reason,
                 forward, is_fault, loadbalance, proxy, quote_request, soap_headers)

SHOW = """<property name="X-Code" expression="get-property('ERROR_CODE')" scope="transport"/>
<property name="X-Text" expression="get-property('ERROR_MESSAGE')" scope="transport"/>
<makefault response="true"><code xmlns:s="http://www.w3.org/2003/05/soap-envelope" value="s:Receiver"/>
<reason expression="concat('code ', get-property('ERROR_CODE'))"/></makefault><send/>"""


def soap_call(engine, target="/"):
    return call(engine.port, "POST", target, soap_headers(), quote_request())


def expect_code(t, endpoint, *codes):
    engine = t.myelin(forward(endpoint, fault=SHOW))
    answer = soap_call(engine)
    check_equal(answer.status, 500, "status")
    check(is_fault(answer.text), f"no fault: {answer!r}")
    check(answer.headers.get("X-Code") in codes, f"wanted {codes}, got {answer!r}")
    check_equal(fault_reason(answer.text), "code " + answer.headers.get("X-Code"), "reason")
    check(answer.headers.get("X-Text"), "ERROR_MESSAGE is empty")
    return engine


def test_refused_is_101503(t):
    port, holder = closed_port()
    expect_code(t, address(port), "101503")
    holder.close()


def test_time_out_is_101504(t):
    backend = t.backend(lambda c: (c.read_request(), c.hang()))
    expect_code(t, address(backend.port, timeout=300), "101504")


def test_closed_is_101505(t):
    backend = t.backend(lambda c: (c.read_request(), c.close()))
    expect_code(t, address(backend.port), "101505")


def test_garbage_is_101506(t):
    backend = t.backend(lambda c: (c.read_request(), c.send("garbage garbage\r\n\r\n"), c.wait_closed()))
    expect_code(t, address(backend.port), "101506")


def test_suspended_leaf_is_303001(t):
    port, holder = closed_port()
    engine = expect_code(t, address(port, suspend=60000), "101503")
    check_equal(soap_call(engine).headers.get("X-Code"), "303001", "code of the second call")
    holder.close()


def test_exhausted_group_is_303000(t):
    ports = [closed_port() for _ in range(2)]
    engine = expect_code(t, loadbalance(*[address(p, suspend=60000) for p, _ in ports]), "101503", "303000")
    check_equal(soap_call(engine).headers.get("X-Code"), "303000", "code of the second call")
    for _, holder in ports:
        holder.close()


def test_proxy_has_its_own_fault_sequence(t):
    port, holder = closed_port()
    inner = f"<faultSequence>{SHOW}</faultSequence>"
    text = proxy("P", address(port)).replace("<outSequence>", inner + "<outSequence>")
    engine = t.myelin(definitions(text))
    check_equal(soap_call(engine, "/services/P").headers.get("X-Code"), "101503", "code")
    holder.close()


def test_on_error_of_a_sequence(t):
    port, holder = closed_port()
    engine = t.myelin(definitions(
        f'<sequence name="mine">{SHOW}</sequence>'
        f'<sequence name="main" onError="mine"><in><send>{address(port)}</send></in><out><send/></out></sequence>'))
    check_equal(soap_call(engine).headers.get("X-Code"), "101503", "code")
    holder.close()


def test_a_fault_sequence_that_fails_still_answers(t):
    port, holder = closed_port()
    engine = t.myelin(forward(address(port), fault=f"<send>{failover(address(port))}</send>"))
    answer = soap_call(engine)
    check_equal(answer.status, 500, "status")
    check(is_fault(answer.text), f"no fault: {answer!r}")
    holder.close()


def test_a_fault_sequence_that_drops_still_answers(t):
    port, holder = closed_port()
    engine = t.myelin(forward(address(port), fault="<drop/>"))
    answer = soap_call(engine)
    check(answer.status in (202, 500), f"{answer!r}")
    holder.close()


def test_out_flow_that_drops_still_answers(t):
    backend = t.backend()
    engine = t.myelin(definitions(
        f'<sequence name="main"><in><send>{address(backend.port)}</send></in><out><drop/></out></sequence>'))
    answer = call(engine.port)
    check(answer.status == 202 and answer.body == b"", f"{answer!r}")


def test_empty_flow_answers_202(t):
    engine = t.myelin(definitions('<sequence name="main"><in><drop/></in></sequence>'))
    with Client(engine.port) as client:
        for _ in range(3):
            client.request("POST", headers=soap_headers(), body=quote_request())
            check_equal(client.expect(202).body, b"", "body")


def test_reason_of_backends_fault_passes(t):
    """A SOAP fault of the backend is an answer, not an error of the engine."""
    text = ('<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client'
            "</faultcode><faultstring>not today</faultstring></s:Fault></s:Body></s:Envelope>")

    def script(connection):
        while connection.read_request():
            connection.answer(text, status=500, headers=["Content-Type: text/xml"], reason="Internal Server Error")
    backend = t.backend(script)
    engine = t.myelin(forward(address(backend.port), fault=SHOW))
    for _ in range(2):
        answer = soap_call(engine)
        check_equal(answer.status, 500, "status")
        check_in("not today", answer.text, "answer")
        check("X-Code" not in answer.headers, "the fault sequence ran")
