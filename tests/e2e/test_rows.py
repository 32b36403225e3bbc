"""Rows of the table of expected behaviour of endpoints that are about more than the endpoint itself: what the client
and the fault sequences see. Where we differ from Synapse, endpoints/README.md says why."""
import time

from lib import (Client, address, call, check, check_equal, check_in, closed_port, definitions, failover,
                 forward, loadbalance, quote_request, soap_headers)

TEXT = [("Content-Type", "text/plain")]
RESPOND = ('<makefault version="soap11"><code xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" value="s:Server"/>'
           '<reason value="{}"/></makefault><header name="To" action="remove"/>'
           '<property name="RESPONSE" value="true"/><send/>')


def respond(text):
    """Mediators that answer the client with a SOAP fault of that reason."""
    return RESPOND.format(text)


def respond_with(expression):
    return RESPOND.replace('<reason value="{}"/>', f'<reason expression="{expression}"/>')


def main(flow, *artifacts):
    return definitions("".join(artifacts) + f'<sequence name="main"><in>{flow}</in><out><send/></out></sequence>')


def refused(t):
    port, holder = closed_port()
    t.keep(Holder(holder))
    return address(port)


class Holder:
    def __init__(self, sock):
        self.sock = sock

    def stop(self):
        self.sock.close()


def soap_call(engine):
    return call(engine.port, "POST", "/", soap_headers(), quote_request())


def test_row66_a_bad_message_suspends_nobody(t):
    first, second = t.backend(name="a"), t.backend(name="b")
    to_soap12 = [address(b.port, suspend=60000).replace("<address", '<address format="soap12"') for b in (first, second)]
    engine = t.myelin(forward(failover(*to_soap12)))
    answer = call(engine.port, "POST", "/", soap_headers(), "<s:Envelope")
    check(answer.status in (400, 500), f"{answer!r}")
    check_equal((first.count, second.count), (0, 0), "requests")
    check_equal(soap_call(engine).headers.get("X-Served-By"), "a", "server of the next message")


def test_row67_nobody_hears_of_messages_without_answer(t):
    backend = t.backend()
    backend.refuse()
    one_way = '<property name="OUT_ONLY" value="true"/>'
    to = address(backend.port, suspend=60000, name="to")
    send = '<send><endpoint key="to"/></send>'
    engine = t.myelin(definitions(
        to + f'<sequence name="fault">{respond("nobody")}</sequence>'
        f'<proxy name="oneWay"><target><inSequence>{one_way}{send}</inSequence></target></proxy>'
        f'<proxy name="twoWay"><target><inSequence>{send}</inSequence><outSequence><send/></outSequence></target>'
        "</proxy>"))
    for _ in range(3):
        check_equal(call(engine.port, "POST", "/services/oneWay", TEXT, "x").status, 202, "status of a lost message")
    engine.wait_for_log("a message without answer was lost: 101503")
    backend.start()
    check_equal(call(engine.port, "POST", "/services/twoWay", TEXT, "x").status, 200, "the endpoint was not suspended")


def test_row103_the_fault_sequence_answers(t):
    text = "COULDN'T SEND THE MESSAGE TO THE SERVER."
    engine = t.myelin(forward(failover(refused(t), refused(t), refused(t)), fault=respond(text)))
    answer = soap_call(engine)
    check_in(text, answer.text.replace("&apos;", "'").replace("&#39;", "'"), "answer")


def test_row113_a_broken_answer_is_the_clients(t):
    def dies(connection):
        connection.read_request()
        connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\n" + "x" * 5000)
        time.sleep(0.2)
        connection.reset()
    first, second = t.backend(dies, name="a"), t.backend(name="b")
    engine = t.myelin(forward(failover(address(first.port), address(second.port))))
    for _ in range(2):  # the second call goes to the first server again: it was not suspended
        with Client(engine.port) as client:
            client.request()
            try:
                answer = client.read()
                check(answer is None or not answer.complete, f"a clean end: {answer!r}")
            except Exception as problem:  # broken framing is what the client has to see
                print(f"broken as it should be: {problem}")
    check_equal((first.count, second.count), (2, 0), "requests")


def test_row115_on_error_replaces_failover(t):
    second = t.backend(name="b")
    first = refused(t).replace("<endpoint", '<endpoint onError="seqE"')
    engine = t.myelin(main(f"<send>{failover(first, address(second.port))}</send>",
                           f'<sequence name="seqE">{respond("from seqE")}</sequence>',
                           f'<sequence name="fault">{respond("from fault")}</sequence>'))
    check_in("from seqE", soap_call(engine).text, "answer")
    check_equal(second.count, 0, "requests at the second child")


def stalls(seconds):
    def script(connection):
        connection.read_request()
        time.sleep(seconds)
        connection.answer(b"late")
    return script


def test_row138_discard_marks_the_leaf_and_answers(t):
    """A stalled server behind action discard: the group goes on, and a lone leaf gives the client an answer."""
    slow, live = t.backend(stalls(2.0)), t.backend(name="b")
    discard = "<timeout><duration>200</duration><responseAction>discard</responseAction></timeout>"
    engine = t.myelin(definitions(
        f'<proxy name="alone"><target>{address(slow.port, more=discard)}</target></proxy>'
        f'<proxy name="group"><target>{failover(address(slow.port, more=discard), address(live.port))}'
        "<outSequence><send/></outSequence></target></proxy>"))
    check_equal(call(engine.port, "GET", "/services/alone").status, 504, "status without a group")
    check_equal(call(engine.port, "GET", "/services/group").headers.get("X-Served-By"), "b", "server")
    check_equal(call(engine.port, "GET", "/services/alone").status, 503, "status once it is suspended")


def test_rows_140_and_141_a_late_answer_is_dropped_and_the_body_is_whole(t):
    slow, live = t.backend(stalls(0.8)), t.backend(name="b")
    engine = t.myelin(forward(failover(address(slow.port, timeout=200), address(live.port))))
    with Client(engine.port) as client:
        client.request("POST", "/", TEXT, "order")
        answer = client.expect(200)
        check_equal((answer.headers.get("X-Served-By"), answer.text), ("b", "order"), "answer")
        time.sleep(1.0)
        client.request("POST", "/", TEXT, "second")
        answer = client.expect(200)
        check_equal((answer.headers.get("X-Served-By"), answer.text), ("b", "second"), "answer after the late one")
    check_equal((slow.count, live.count), (1, 2), "requests")


def test_row142_a_client_always_gets_an_answer(t):
    engine = t.myelin(forward(refused(t)))
    check_equal(call(engine.port, "POST", "/", TEXT, "x").status, 503, "status")
    answer = soap_call(engine)
    check_equal(answer.status, 500, "status for a SOAP client")
    check_in("Fault", answer.text, "answer")


def test_row143_the_inner_error_sequence_runs_alone(t):
    seen = '<property name="seen" value="{}" scope="transport"/>'
    engine = t.myelin(main('<sequence key="outer"/>',
                           f'<sequence name="outer" onError="e1"><sequence key="inner"/></sequence>'
                           f'<sequence name="inner" onError="e2"><send>{refused(t)}</send></sequence>',
                           f'<sequence name="e1">{seen.format("outer")}{respond("outer")}</sequence>'
                           f'<sequence name="e2">{respond("inner")}</sequence>'))
    answer = soap_call(engine)
    check_in("inner", answer.text, "answer")
    check_equal(answer.headers.get("seen"), None, "mark of the outer sequence")


def test_row144_an_error_in_the_inner_error_sequence_goes_to_the_outer_one(t):
    engine = t.myelin(main('<sequence key="outer"/>',
                           '<sequence name="outer" onError="e1"><sequence key="inner"/></sequence>'
                           f'<sequence name="inner" onError="e2"><send>{refused(t)}</send></sequence>',
                           f'<sequence name="e1">{respond("outer")}</sequence>'
                           f'<sequence name="e2"><send>{refused(t)}</send></sequence>'))
    check_in("outer", soap_call(engine).text, "answer")


def test_row145_the_code_is_one_number(t):
    """Two groups tell of it, one inside of the other, before anything was sent."""
    backend = t.backend(lambda c: c.read_request() and c.reset())
    inner = loadbalance(address(backend.port, suspend=60000))
    engine = t.myelin(forward(failover(inner), fault=respond_with("concat(get-property('ERROR_CODE'), ';')")))
    soap_call(engine)
    check_in(">303000;<", soap_call(engine).text, "answer")
    check_equal(backend.count, 1, "requests")
