"""Recipient lists, and groups of members."""
import time
from collections import Counter

from lib import (Client, EchoBackend, address, call, check, check_equal, check_in, closed_port, definitions, forward,
                 limit, wait_until)

OUT = "<out><send/></out>"


def recipients(*children):
    return f"<endpoint name='all'><recipientlist>{''.join(children)}</recipientlist></endpoint>"


def members(*ports, attributes=""):
    inner = "".join(f'<member hostName="127.0.0.1" httpPort="{port}"/>' for port in ports)
    return f"<endpoint name='members'><loadbalance {attributes}>{inner}</loadbalance></endpoint>"


def test_every_recipient_gets_the_message_and_the_first_answer_wins(t):
    quick = t.keep(EchoBackend("quick"))
    slow = t.keep(EchoBackend("slow", delay=0.4))
    engine = t.myelin(forward(recipients(address(slow.port), address(quick.port))))
    answer = call(engine.port, "POST", "/", [("Content-Type", "text/plain")], b"hello")
    check_equal((answer.status, answer.headers.get("X-Served-By"), answer.body), (200, "quick", b"hello"), "answer")
    wait_until(lambda: len(slow.requests) == 1, 5, "the slow recipient's message")
    check_equal(slow.requests[0].body, b"hello", "body of the slow recipient")


def test_a_slow_recipient_does_not_hold_up_the_client(t):
    quick = t.keep(EchoBackend("quick"))
    slow = t.keep(EchoBackend("slow", delay=3))
    engine = t.myelin(forward(recipients(address(slow.port), address(quick.port))))
    began = time.monotonic()
    with Client(engine.port) as client:
        client.request("GET", "/")
        answer = client.expect(200)
    check(time.monotonic() - began < 2, "the answer waited for the slow recipient")
    check_equal(answer.headers.get("Connection"), "close", "Connection of an answer with recipients under way")


def test_the_connection_is_kept_when_all_have_answered(t):
    port, holder = closed_port()
    live = t.keep(EchoBackend("live"))
    engine = t.myelin(forward(recipients(address(live.port))))
    with Client(engine.port) as client:
        for _ in range(3):
            client.request("GET", "/")
            check_equal(client.expect(200).headers.get("X-Served-By"), "live", "server")
    holder.close()


def test_a_dead_recipient_does_not_overtake_an_answer(t):
    port, holder = closed_port()
    live = t.keep(EchoBackend("live", delay=0.3))
    engine = t.myelin(forward(recipients(address(port, suspend=0), address(live.port)), fault="<log/><respond/>"))
    for _ in range(3):
        answer = call(engine.port)
        check_equal((answer.status, answer.headers.get("X-Served-By")), (200, "live"), "answer")
    holder.close()


def test_all_recipients_dead(t):
    ports = [closed_port() for _ in range(2)]
    engine = t.myelin(forward(recipients(*[address(port) for port, _ in ports])))
    answer = call(engine.port)
    check_equal(answer.status, 503, "status")
    check_in("101503", answer.text, "answer")
    answer = call(engine.port)
    check_equal(answer.status, 503, "status when all are suspended")
    check_in("Recipient List endpoint : all - no ready child endpoints", answer.text, "answer")
    for _, holder in ports:
        holder.close()


def test_each_failing_copy_runs_the_error_sequence_around_the_send(t):
    ports = [closed_port() for _ in range(2)]
    live = t.keep(EchoBackend("live"))
    collector = t.keep(EchoBackend("collector"))
    failed = ('<sequence name="failed"><header name="X-Copy" scope="transport" '
              'expression="get-property(\'messageSequence\')"/><property name="OUT_ONLY" value="true"/>'
              f"<send>{address(collector.port)}</send></sequence>")
    main = ('<sequence name="main" onError="failed"><in><send>'
            f"{recipients(*[address(port) for port, _ in ports], address(live.port))}</send></in>{OUT}</sequence>")
    engine = t.myelin(definitions(failed + main))
    answer = call(engine.port)
    check_equal((answer.status, answer.headers.get("X-Served-By")), (200, "live"), "answer")
    wait_until(lambda: len(collector.requests) == 2, 5, "both copies in the error sequence")
    check_equal(sorted(request.headers.get("X-Copy") for request in collector.requests), ["0/3", "1/3"], "copies")
    for _, holder in ports:
        holder.close()


@limit(60)
def test_answers_that_are_sent_on_again_come_to_an_end(t):
    backends = [t.keep(EchoBackend(name)) for name in ("alpha", "beta")]
    engine = t.myelin(definitions(
        f'<sequence name="main"><send>{recipients(*[address(b.port) for b in backends])}</send></sequence>'))
    answer = call(engine.port, timeout=40)
    check_equal(answer.status, 500, "status")
    check(sum(len(b.requests) for b in backends) < 1000, "requests without end")


def test_recipients_named_by_the_message(t):
    backends = [t.keep(EchoBackend(name)) for name in ("alpha", "beta")]
    engine = t.myelin(forward("<endpoint><recipientlist><endpoints value=\"{$trp:X-To}\"/></recipientlist></endpoint>"))
    to = ", ".join(f"http://127.0.0.1:{b.port}/x" for b in backends)
    check_equal(call(engine.port, headers=[("X-To", to)]).status, 200, "status")
    wait_until(lambda: all(len(b.requests) == 1 for b in backends), 5, "a message for each")
    check_equal(call(engine.port).status, 202, "status when nobody is named")


def test_members_get_the_path_of_the_request(t):
    backends = [t.keep(EchoBackend(name)) for name in ("alpha", "beta")]
    engine = t.myelin(forward(members(*[b.port for b in backends])), workers=1)
    names = [call(engine.port, "GET", "/services/X?q=1").headers.get("X-Served-By") for _ in range(4)]
    check_equal(names, ["alpha", "beta", "alpha", "beta"], "servers")
    check_equal(backends[0].requests[0].target, "/services/X?q=1", "target")


def test_a_member_comes_back(t):
    backends = [t.keep(EchoBackend(name)) for name in ("alpha", "beta")]
    engine = t.myelin(forward(members(*[b.port for b in backends])), workers=1)
    backends[0].refuse()
    check_equal({call(engine.port).headers.get("X-Served-By") for _ in range(4)}, {"beta"}, "servers without the first")
    backends[0].start()
    counts = Counter()

    def both():
        counts[call(engine.port).headers.get("X-Served-By")] += 1
        return counts["alpha"] > 0

    wait_until(both, 10, "the first member's return")
    check_equal(set(counts), {"alpha", "beta"}, "servers")


def test_a_recipient_list_in_a_group_answers_as_one_outside(t):
    port, holder = closed_port()
    live = t.keep(EchoBackend("live"))
    listed = recipients(address(live.port)).replace("'all'", "'one'")
    for group in ("failover", "loadbalance"):
        engine = t.myelin(forward(f"<endpoint><{group}>{listed}</{group}></endpoint>"))
        answer = call(engine.port, "POST", "/", [("Content-Type", "text/plain")], b"hello")
        check_equal((answer.status, answer.body), (200, b"hello"), f"answer through <{group}>")
    engine = t.myelin(forward(f"<endpoint><failover>{recipients(address(port))}</failover></endpoint>"))
    check(call(engine.port).status >= 500, "a recipient that is not there gave no fault")
    nested = recipients(f"<endpoint><failover>{recipients(address(live.port)).replace('all', 'in')}</failover></endpoint>")
    check_equal(call(t.myelin(forward(nested)).port).headers.get("X-Served-By"), "live", "a list in a group in a list")
    holder.close()
