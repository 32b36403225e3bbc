"""What may be sent a second time: requests that a server may have seen are repeated only where the operator allows it."""
import re

from lib import (Client, QuoteBackend, address, call, check, check_equal, closed_port, definitions, failover,
                 forward, is_fault, loadbalance, quote_request, settings, soap_envelope, soap_headers)

TEXT = [("Content-Type", "text/plain")]
ORDER = soap_envelope('<o:placeOrder xmlns:o="urn:orders"><o:item>1</o:item></o:placeOrder>')


def reads_and_resets(connection):
    """The worst case: the server has the whole request, and nobody knows what it did with it."""
    connection.read_request()
    connection.reset()


def forgetful(t, name="a"):
    return t.backend(reads_and_resets, name=name)


def marked(endpoint, mark='repeatable="false"', inside=""):
    """The endpoint with an attribute on its <endpoint>, and with children."""
    return endpoint.replace("<endpoint", f"<endpoint {mark}", 1)[:-len("</endpoint>")] + inside + "</endpoint>"


def operation(name="placeOrder", repeatable="false", more=""):
    return f'<operation name="{name}" repeatable="{repeatable}" {more}/>'


def expect_once(port, first, second, body="order", headers=TEXT):
    """One call that must end with the first server; the answer says so."""
    answer = call(port, "POST", "/", headers, body)
    check(answer.status in (500, 502), f"{answer!r}")
    check_equal((first.count, second.count), (1, 0), "requests at the two servers")
    return answer


def expect_repeated(port, first, second, body="order", headers=TEXT):
    answer = call(port, "POST", "/", headers, body)
    check_equal(answer.status, 200, "status")
    check_equal((first.count, second.count), (1, 1), "requests at the two servers")
    wanted = body.encode() if isinstance(body, str) else body
    check_equal(second.requests[0].body, wanted, "body at the second server")


def test_row117_a_group_repeats_by_default_with_the_whole_body(t):
    first, second = forgetful(t), t.backend(name="b")
    engine = t.myelin(forward(failover(address(first.port), address(second.port))))
    expect_repeated(engine.port, first, second)


def test_not_with_false_on_the_endpoint(t):
    first, second = forgetful(t), t.backend(name="b")
    engine = t.myelin(forward(failover(marked(address(first.port, name="orders")), address(second.port))))
    answer = expect_once(engine.port, first, second)
    engine.wait_for_log(re.escape('not sent again: repeatable="false" on endpoint orders'))
    check_equal(answer.status, 502, "status")


def test_not_with_false_on_the_group(t):
    first, second = forgetful(t), t.backend(name="b")
    engine = t.myelin(forward(marked(loadbalance(address(first.port), address(second.port)))))
    expect_once(engine.port, first, second)


def test_not_with_false_on_a_group_further_out(t):
    first, second = forgetful(t), t.backend(name="b")
    engine = t.myelin(forward(marked(failover(loadbalance(address(first.port)), address(second.port)))))
    expect_once(engine.port, first, second)


def test_not_with_false_on_the_send(t):
    first, second = forgetful(t), t.backend(name="b")
    group = failover(address(first.port), address(second.port))
    config = forward(group).replace("<in><send>", '<in><send repeatable="false">')
    engine = t.myelin(config)
    expect_once(engine.port, first, second)
    engine.wait_for_log(re.escape("on the send in sequence main"))


def test_not_with_false_on_a_reference(t):
    first, second = forgetful(t), t.backend(name="b")
    group = failover(address(first.port), address(second.port)).replace("<endpoint>", '<endpoint name="g">', 1)
    engine = t.myelin(definitions(
        group + '<sequence name="main"><in><send><endpoint key="g" repeatable="false"/></send></in>'
        "<out><send/></out></sequence>"))
    expect_once(engine.port, first, second)


def test_a_named_operation(t):
    """placeOrder is not repeated, getQuote through the same endpoint is."""
    first, second = forgetful(t), t.keep(QuoteBackend("b"))
    group = marked(failover(address(first.port, suspend=0), address(second.port)), "", operation())
    engine = t.myelin(forward(group))
    answer = expect_once(engine.port, first, second, ORDER, soap_headers(action="urn:anything"))
    check(is_fault(answer.text), f"{answer.text}")
    engine.wait_for_log(re.escape('operation placeOrder has repeatable="false"'))
    answer = call(engine.port, "POST", "/", soap_headers(), quote_request())
    check_equal(answer.status, 200, "status of the other operation")
    check_equal((first.count, second.count), (2, 1), "requests at the two servers")


def test_a_named_operation_in_its_namespace_only(t):
    first, second = forgetful(t), t.keep(QuoteBackend("b"))
    rule = operation(more='namespace="urn:invoices"')
    engine = t.myelin(forward(marked(failover(address(first.port), address(second.port)), "", rule)))
    expect_repeated(engine.port, first, second, ORDER, soap_headers(action="urn:placeOrder"))


def test_the_action_tells_when_the_body_does_not(t):
    first, second = forgetful(t), t.backend(name="b")
    engine = t.myelin(forward(marked(failover(address(first.port), address(second.port)), "", operation())))
    headers = soap_headers(action="http://example.org/Orders/placeOrder") + [("Content-Encoding", "gzip")]
    expect_once(engine.port, first, second, b"\x1f\x8b no XML that anybody could read", headers)


def test_unknown_operations_are_not_repeated(t):
    """Without an action an unreadable body may be any operation."""
    first, second = forgetful(t), t.backend(name="b")
    engine = t.myelin(forward(marked(failover(address(first.port), address(second.port)), "", operation())))
    expect_once(engine.port, first, second, "{}", [("Content-Type", "application/json")])
    engine.wait_for_log(re.escape("it cannot be told whether this is operation placeOrder"))


def test_the_settings_say_no(t):
    first, second = forgetful(t), t.backend(name="b")
    engine = t.myelin(forward(failover(address(first.port), address(second.port))),
                      settings=settings(retry={"repeatable": "false"}))
    expect_once(engine.port, first, second)
    engine.wait_for_log(re.escape('repeatable="false" in the engine settings'))


def test_the_endpoint_says_yes_where_the_settings_say_no(t):
    first, second = forgetful(t), t.backend(name="b")
    group = failover(marked(address(first.port), 'repeatable="true"'), address(second.port))
    engine = t.myelin(forward(group),
                      settings=settings(retry={"repeatable": "false"}))
    expect_repeated(engine.port, first, second)


def test_any_no_beats_a_yes(t):
    first, second = forgetful(t), t.backend(name="b")
    group = marked(failover(marked(address(first.port), 'repeatable="true"'), address(second.port)))
    engine = t.myelin(forward(group))
    expect_once(engine.port, first, second)


def test_a_refused_connection_is_always_tried_elsewhere(t):
    port, holder = closed_port()
    second = t.backend(name="b")
    group = marked(failover(marked(address(port)), address(second.port)), 'repeatable="false"', operation())
    engine = t.myelin(forward(group).replace("<in><send>", '<in><send repeatable="false">'),
                      settings=settings(retry={"repeatable": "false"}))
    answer = call(engine.port, "POST", "/", soap_headers(), ORDER)
    check_equal(answer.status, 200, "status")
    check_equal(second.count, 1, "requests at the second server")
    holder.close()


def test_tries_on_the_same_endpoint(t):
    """retriesBeforeSuspension repeats on one server; a server that may have seen the request is not asked again."""
    mark = ("<markForSuspension><errorCodes>101501,101505</errorCodes>"
            "<retriesBeforeSuspension>2</retriesBeforeSuspension></markForSuspension>")
    allowed, forbidden = forgetful(t), forgetful(t)
    engine = t.myelin(definitions(
        '<proxy name="yes"><target>' + failover(address(allowed.port, more=mark)) + "</target></proxy>"
        '<proxy name="no"><target>' + marked(failover(address(forbidden.port, more=mark))) + "</target></proxy>"))
    check_equal(call(engine.port, "POST", "/services/yes", TEXT, "x").status, 502, "status")
    check_equal(allowed.count, 3, "tries where they are allowed")
    check_equal(call(engine.port, "POST", "/services/no", TEXT, "x").status, 502, "status")
    check_equal(forbidden.count, 1, "tries where they are not")


def stale(connection):
    """Answers once and keeps the connection; reads the next request on it and resets. Later connections answer."""
    connection.read_request()
    connection.answer(b"one")
    if connection.number == 1:
        connection.read_request()
        connection.reset()
        return
    while connection.read_request():
        connection.answer(b"again")


def second_get(t, mark):
    backend = t.backend(stale)
    engine = t.myelin(forward(marked(address(backend.port, suspend=0), mark)), workers=1)
    with Client(engine.port) as client:
        client.request("GET", "/1")
        client.expect(200)
        client.request("GET", "/2")
        return client.read(), backend


def test_a_get_on_a_kept_connection_that_died_is_sent_again(t):
    answer, backend = second_get(t, "")
    check_equal(answer.status, 200, "status")
    check_equal([r.target for r in backend.requests], ["/1", "/2", "/2"], "requests")


def test_but_not_with_false(t):
    answer, backend = second_get(t, 'repeatable="false"')
    check_equal(answer.status, 502, "status")
    check_equal([r.target for r in backend.requests], ["/1", "/2"], "requests")


def test_a_body_beyond_what_is_kept_is_the_fault(t):
    """Never a truncated request: the second server hears nothing of it."""
    first, second = forgetful(t), t.backend(name="b")
    engine = t.myelin(forward(failover(address(first.port), address(second.port))),
                      settings=settings(mediation={"retryBody": 65536}))
    answer = expect_once(engine.port, first, second, b"x" * 300_000, TEXT)
    check_equal(answer.status, 502, "status")
    check_equal(len(first.requests[0].body), 300_000, "body at the first server")
    engine.wait_for_log(re.escape("larger than what is kept"))


def test_a_body_that_is_just_kept_is_repeated_whole(t):
    first, second = forgetful(t), t.backend(name="b")
    engine = t.myelin(forward(failover(address(first.port), address(second.port))),
                      settings=settings(mediation={"retryBody": 65536}))
    expect_repeated(engine.port, first, second, b"y" * 65536)


def elsewhere(sequence, first, second, size):
    """A call whose fault handler sends the message to the second server: status, and the bodies that it got."""
    answer = call(sequence.port, "POST", "/services/p", TEXT, b"z" * size)
    check_equal(len(first.requests[-1].body), size, "body at the first server")
    return answer.status, [len(r.body) for r in second.requests]


def rescuing(t, how, first, second):
    rescue = f'<sequence name="rescue"><send>{address(second.port)}</send></sequence>'
    if how == "fault sequence":
        proxy = f'<target faultSequence="rescue">{address(first.port, suspend=0)}</target>'
    elif how == "onError of a sequence":
        rescue += f'<sequence name="flow" onError="rescue"><send>{address(first.port, suspend=0)}</send></sequence>'
        proxy = '<target inSequence="flow"/>'
    else:
        leaf = address(first.port, suspend=0).replace("<endpoint", '<endpoint onError="rescue"', 1)
        proxy = f"<target>{leaf}</target>"
    return t.myelin(definitions(f'<proxy name="p">{proxy}</proxy>{rescue}'))


def check_rescue(t, how):
    """Whole up to what is kept, and beyond that not at all: never an empty or shortened message."""
    first, second = forgetful(t), t.backend(name="b")
    engine = rescuing(t, how, first, second)
    for size in (200, 20_000, 200_000):
        status, bodies = elsewhere(engine, first, second, size)
        check_equal((status, bodies[-1]), (200, size), "status and body at the second server")
    status, bodies = elsewhere(engine, first, second, 400_000)
    check(status >= 500, f"status {status}")
    check_equal(len(bodies), 3, "requests at the second server")


def test_a_fault_sequence_can_send_the_message_elsewhere(t):
    check_rescue(t, "fault sequence")


def test_the_on_error_of_a_sequence_can_send_the_message_elsewhere(t):
    check_rescue(t, "onError of a sequence")


def test_the_on_error_of_an_endpoint_can_send_the_message_elsewhere(t):
    check_rescue(t, "onError of an endpoint")


def test_a_message_that_a_mediator_makes_anew_is_no_lost_one(t):
    first, second = forgetful(t), t.backend(name="b")
    made = ('<makefault version="soap11"><code value="soap11Env:Server" '
            'xmlns:soap11Env="http://schemas.xmlsoap.org/soap/envelope/"/><reason value="alarm"/></makefault>')
    engine = t.myelin(definitions(
        f'<proxy name="p"><target faultSequence="rescue">{address(first.port)}</target></proxy>'
        f'<sequence name="rescue">{made}<send>{address(second.port)}</send></sequence>'))
    check_equal(call(engine.port, "POST", "/services/p", soap_headers(), b"<a>" + b"x" * 400_000 + b"</a>").status, 200,
                "status")
    check(b"alarm" in second.requests[0].body, f"{second.requests[0].body!r}")


def test_a_refused_token_is_renewed_only_where_repeating_is_allowed(t):
    def issue(connection):
        while connection.read_request():
            connection.answer(b'{"access_token":"t","expires_in":3600}')

    def refuse(connection):
        while connection.read_request():
            connection.answer(b"", status=401)

    tokens = t.backend(issue, name="tokens")
    for mark, times in (("", 2), ('repeatable="false"', 1)):
        backend = t.backend(refuse, name="api")
        oauth = (f"<authentication><oauth><clientCredentials><clientId>c</clientId><clientSecret>s</clientSecret>"
                 f"<tokenUrl>http://127.0.0.1:{tokens.port}/</tokenUrl></clientCredentials></oauth></authentication>")
        engine = t.myelin(forward(f'<endpoint {mark}><http method="post" uri-template="http://127.0.0.1:{backend.port}/">'
                                  f"{oauth}</http></endpoint>"))
        check_equal(call(engine.port, "POST", "/", TEXT, "x").status, 401, "status")
        check_equal(backend.count, times, "requests" + (" with " + mark if mark else ""))
