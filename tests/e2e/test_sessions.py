"""Session affinity with real servers: nobody is sent to a server that does not know him."""
import os
import threading
import time

from lib import (call, check, check_equal, check_in, check_not_in, Client, closed_port, concurrent, EchoBackend, failover,
                 forward, is_fault, limit, SOAP11, SOAP12)
from lib.stateful import drive, SessionClient, StatefulBackend

CLIENTS = 1000
# 100 for a long run: 100,000 calls for each type of session.
CALLS = int(os.environ.get("MYELIN_SESSION_CALLS", "10"))
SECRET = "a secret of the tests, thirty-two"


def server(backend, name=None, more=""):
    return (f'<endpoint name="{name or backend.name}"><address uri="http://127.0.0.1:{backend.port}"/>{more}'
            "</endpoint>")


def group(attributes, *children, timeout=60000, name="app", balance=""):
    return (f'<endpoint name="{name}"><session {attributes}><sessionTimeout>{timeout}</sessionTimeout></session>'
            f"<loadbalance {balance}>{''.join(children)}</loadbalance></endpoint>")


def servers(t, count=3, **options):
    return [t.keep(StatefulBackend(name, **options)) for name in ("alpha", "beta", "gamma", "delta")[:count]]


def wrong_answers(t, attributes, kind, nested=False, **options):
    """1,000 clients, a reload in their midst that moves, adds and drains servers; what went wrong."""
    backends = servers(t, 4, **options)
    three = [server(backend) for backend in backends[:3]]

    def config(children):
        if not nested:
            return forward(group(attributes, *children))
        halves = [group(attributes, *children[:2], name="left"), group(attributes, *children[2:], name="right")]
        return forward(group(attributes, *halves))

    engine = t.myelin(config(three))
    weight = '<property name="loadbalance.weight" value="0"/>'
    drained = server(backends[0], more=weight)
    later = [three[1], drained, three[2], server(backends[3])] if nested else [
        server(backends[3]), three[2], drained, three[1]]

    def between(done, total):
        if done == total // 2:
            engine.write(config(later))
            engine.reload()

    clients = [SessionClient(number, kind, SOAP12 if number % 2 else SOAP11) for number in range(CLIENTS)]
    drive(engine.port, clients, CALLS, between=between)
    failed = [text for client in clients for text in client.failed]
    check(not failed, f"{len(failed)} calls failed, the first: {failed[:1]}")
    used = {client.server for client in clients}
    check_equal(used, {"alpha", "beta", "gamma"}, "servers with sessions")
    shares = [sum(client.server == name for client in clients) for name in used]
    check(min(shares) > CLIENTS // 5, f"sessions are spread: {shares}")
    wrong = sum(client.wrong for client in clients) + (
        sum(backend.wrong for backend in backends) if kind in ("cookie", "soap") else 0)
    print(f"{attributes}: {len(clients)} clients, {len(clients) * CALLS} calls, {wrong} wrong-server answers")
    check_equal(wrong, 0, "answers of a wrong server")
    # A server that is being drained gets no new sessions.
    engine.wait_for_log(r"\[reload\]", seconds=10)
    fresh = [SessionClient(10_000 + number, kind) for number in range(12)]
    drive(engine.port, fresh, 2)
    check("alpha" not in {client.server for client in fresh}, "a drained server got a new session")
    return backends


@limit(300)
@concurrent
def test_learned_cookies(t):
    backends = wrong_answers(t, 'type="http"', "cookie")
    check_equal(sum(backend.opened for backend in backends), CLIENTS + 12, "sessions opened")


@limit(300)
@concurrent
def test_inserted_cookies(t):
    backends = wrong_answers(t, f'type="http" insert="true" secret="{SECRET}" cookie="route"', "cookie")
    for backend in backends:
        check_equal(set(backend.strange) - {"lang"}, set(), "cookies that a server saw")


@limit(300)
@concurrent
def test_soap_sessions(t):
    wrong_answers(t, 'type="soap"', "soap", soap=True)


@limit(300)
@concurrent
def test_row118_client_sessions_by_the_soap_header(t):
    wrong_answers(t, 'type="simpleClientSession"', "id", soap=True)


@limit(300)
def test_client_sessions_by_header_and_query(t):
    wrong_answers(t, 'type="simpleClientSession" header="X-Client"', "header")


@limit(300)
def test_client_sessions_by_the_query(t):
    wrong_answers(t, 'type="simpleClientSession" query="client"', "query")


@limit(300)
@concurrent
def test_nested_groups(t):
    wrong_answers(t, 'type="simpleClientSession"', "id", nested=True, soap=True)


@limit(300)
def test_nested_groups_with_inserted_cookies(t):
    wrong_answers(t, f'type="http" insert="true" secret="{SECRET}" cookie="route"', "cookie", nested=True)


@limit(120)
def test_inserted_cookies_survive_a_restart_and_go_to_any_node(t):
    backends = servers(t)
    config = forward(group(f'type="http" insert="true" secret="{SECRET}"', *[server(one) for one in backends]))
    first = t.myelin(config)
    clients = [SessionClient(number, "cookie") for number in range(50)]
    drive(first.port, clients, 2)
    other = t.myelin(config)
    drive(other.port, clients, 2)
    first.kill()
    again = t.myelin(config)
    drive(again.port, clients, 2)
    check_equal(sum(client.wrong + len(client.failed) for client in clients), 0, "wrong or failed calls")
    check_equal(sum(backend.wrong for backend in backends), 0, "requests with a session of another server")


def test_without_a_secret_a_restart_ends_the_sessions(t):
    backends = servers(t)
    config = forward(group('type="http" insert="true"', *[server(one) for one in backends]))
    first = t.myelin(config)
    first.wait_for_log("without a secret")
    client = SessionClient(1, "cookie")
    drive(first.port, [client], 3, threads=1)
    first.reload()
    first.wait_for_log(r"\[reload\]")
    drive(first.port, [client], 3, threads=1)
    check_equal(client.wrong, 0, "wrong answers after a reload")
    second = t.myelin(config)
    with Client(second.port) as connection:
        answer = client.call(connection)
    check(any(field.startswith("MYELIN_") for field in answer.headers.all("Set-Cookie")), "no new cookie")
    second.wait_for_log("forged session cookie ignored")


def test_a_long_body_is_not_kept_for_its_header(t):
    backends = servers(t, soap=True)
    engine = t.myelin(forward(group('type="simpleClientSession"', *[server(one) for one in backends])))
    client = SessionClient(1, "id")
    method, target, headers, body = client.request()
    long = body.replace("<hello/>", "<hello>" + "x" * 30_000_000 + "</hello>")
    names = set()
    for _ in range(4):
        answer = call(engine.port, method, target, headers, long, timeout=25)
        check_equal(answer.status, 200, "status")
        names.add(answer.headers.get("X-Served-By"))
    check_equal(len(names), 1, "servers")
    if "sanitize" in t.binary or any(name in t.binary for name in ("asan", "tsan")):
        print("not judged: the memory, most of which is a sanitizer's")
        return
    check(engine.rss() < 60_000_000, f"{engine.rss()} bytes resident")


def test_new_sessions_do_not_wait_for_a_drained_server(t):
    alpha = t.keep(EchoBackend("alpha", delay=1.5))
    rules = 'type="simpleClientSession" header="X-Id"'
    limited = (f'<address uri="http://127.0.0.1:{alpha.port}"><limit inFlight="1" queue="5" wait="8000"/></address>')
    drained = f'<endpoint name="alpha">{limited}<property name="loadbalance.weight" value="0"/></endpoint>'
    port, held = closed_port()
    beta = f'<endpoint name="beta"><address uri="http://127.0.0.1:{port}"/></endpoint>'
    engine = t.myelin(forward(group(rules, f'<endpoint name="alpha">{limited}</endpoint>')))
    check_equal(call(engine.port, "GET", "/", [("X-Id", "old")]).status, 200, "status")
    engine.write(forward(group(rules, drained, beta)))
    engine.reload()
    engine.wait_for_log("reload")
    call(engine.port, "GET", "/", [("X-Id", "new")])
    answers = []
    busy = threading.Thread(target=lambda: answers.append(call(engine.port, "GET", "/", [("X-Id", "old")]).status))
    busy.start()
    time.sleep(0.3)
    before = time.monotonic()
    check_equal(call(engine.port, "GET", "/", [("X-Id", "new")]).status, 503, "status")
    check(time.monotonic() - before < 1, f"{time.monotonic() - before} s")
    check_equal(call(engine.port, "GET", "/", [("X-Id", "old")]).status, 200, "status of one that waits")
    busy.join()
    held.close()
    check_equal(answers, [200], "status")
    check_equal(alpha.count, 3, "requests")


def test_row124_a_failover_group_serves_its_sessions(t):
    backends = servers(t, 4, soap=True)
    pairs = [failover(*[server(one) for one in pair]) for pair in (backends[:2], backends[2:])]
    engine = t.myelin(forward(group('type="simpleClientSession"', *pairs)))
    clients = [SessionClient(number, "id") for number in range(10)]
    drive(engine.port, clients, 2, threads=1)
    check_equal({client.server for client in clients}, {"alpha", "gamma"}, "servers")
    backends[0].refuse()
    for client in clients:
        client.server = "beta" if client.server == "alpha" else client.server
    drive(engine.port, clients, 3, threads=1)
    check_equal(sum(client.wrong + len(client.failed) for client in clients), 0, "wrong or failed calls")


def test_rows_121_to_123_a_dead_server_fails_its_sessions_only(t):
    backends = servers(t, soap=True)
    engine = t.myelin(forward(group('type="simpleClientSession"', *[server(one) for one in backends])))
    clients = [SessionClient(number, "id") for number in range(3)]
    drive(engine.port, clients, 1, threads=1)
    backends[0].refuse()
    method, target, headers, body = clients[0].request()
    answer = call(engine.port, method, target, headers, body)
    check(is_fault(answer.text), f"{answer!r}")
    engine.wait_for_log("309003 Failure an endpoint alpha in the current session")
    answer = call(engine.port, method, target, headers, body)
    check(is_fault(answer.text), f"{answer!r}")
    engine.wait_for_log("309001")
    drive(engine.port, clients[1:], 3, threads=1)
    fresh = [SessionClient(10 + number, "id") for number in range(4)]
    drive(engine.port, fresh, 3, threads=1)
    check_equal(sum(client.wrong + len(client.failed) for client in clients[1:] + fresh), 0, "wrong or failed calls")


def test_a_session_that_is_wanted_elsewhere_moves(t):
    backends = servers(t, soap=True)
    engine = t.myelin(forward(group('type="simpleClientSession" whenDown="rebind"', *[server(one) for one in backends])))
    client = SessionClient(1, "id")
    drive(engine.port, [client], 2, threads=1)
    check_equal(client.server, "alpha", "server")
    backends[0].refuse()
    client.server = "beta"
    drive(engine.port, [client], 3, threads=1)
    check_equal((client.wrong, client.failed), (0, []), "wrong or failed calls")


def test_row129_an_unknown_cookie_alone_is_taken_out(t):
    backends = servers(t)
    engine = t.myelin(forward(group('type="http"', *[server(one) for one in backends])))
    answer = call(engine.port, "GET", "/", [("Cookie", "a=1; JSESSIONID=elsewhere-1; b=2")])
    check_equal(answer.headers.get("X-Served-By"), "alpha", "server")
    check_in("JSESSIONID=alpha-1", "; ".join(answer.headers.all("Set-Cookie")), "new session")
    check_equal(backends[0].strange, ["a", "b"], "the other cookies")
    check_equal(backends[0].wrong, 0, "sessions of others")


def test_a_huge_cookie_is_no_trouble(t):
    backends = servers(t)
    settings = ('<myelin xmlns="http://ws.apache.org/ns/synapse"><limits headerSection="262144"/></myelin>')
    engine = t.myelin(forward(group('type="http"', *[server(one) for one in backends])), settings=settings)
    many = "; ".join(f"JSESSIONID=x{number}" for number in range(5_000))
    for cookie in (many, "JSESSIONID=" + "x" * 60_000, "=" * 60_000, ";" * 60_000, '"' * 60_000):
        answer = call(engine.port, "GET", "/", [("Cookie", cookie)])
        check(answer.status in (200, 400, 431), f"{answer!r}")
    check_equal(call(engine.port, "GET", "/").status, 200, "status afterwards")


def test_row119_without_a_session_calls_are_balanced(t):
    backends = servers(t)
    engine = t.myelin(forward(group('type="http"', *[server(one) for one in backends])))
    names = [call(engine.port, "GET", "/").headers.get("X-Served-By") for _ in range(6)]
    check_equal(names, ["alpha", "beta", "gamma"] * 2, "servers")
    check_not_in("None", repr(names))


def test_members_have_sessions_too(t):
    backends = servers(t)
    hosts = ",".join(f"127.0.0.1:{one.port}" for one in backends)
    members = "".join(f'<member hostName="127.0.0.1" httpPort="{one.port}"/>' for one in backends)
    session = '<session type="http"/>'
    for balancing in (f"<loadbalance>{members}</loadbalance>",
                      '<dynamicLoadbalance><membershipHandler class="myelin.dns">'
                      f'<property name="hosts" value="{hosts}"/></membershipHandler></dynamicLoadbalance>'):
        engine = t.myelin(forward(f'<endpoint name="app">{session}{balancing}</endpoint>'))
        clients = [SessionClient(number, "cookie") for number in range(12)]
        drive(engine.port, clients, 3)
        check_equal({client.server for client in clients}, {"alpha", "beta", "gamma"}, "servers with sessions")
        check_equal(sum(client.wrong + len(client.failed) for client in clients), 0, "wrong or failed calls")
