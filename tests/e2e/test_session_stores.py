"""Sessions that several nodes share by a Redis server, which may hang, die, forget and come back."""
import os
import subprocess
import threading
import time

from lib import (address, check, check_equal, check_in, check_not_in, Client, concurrent, EchoBackend, forward, limit,
                 settings, SOAP11, SOAP12, soap_envelope, soap_headers, wait_until)
from lib.redis import RedisServer
from lib.stateful import drive, SessionClient, StatefulBackend

CLIENTS = 1000
# 100 for a long run: 100,000 calls for each type of session.
CALLS = int(os.environ.get("MYELIN_SESSION_CALLS", "10"))
NAMES = ("alpha", "beta", "gamma")
WAIT = 200  # milliseconds that a message may wait for Redis
CLIENT_ID = '<c:ClientID xmlns:c="http://ws.apache.org/ns/synapse">{}</c:ClientID>'


def configuration(backends, timeout=60000):
    children = "".join(address(backend.port, name=backend.name) for backend in backends)
    return forward(f'<endpoint name="app"><session type="simpleClientSession"><sessionTimeout>{timeout}</sessionTimeout>'
                   f"</session><loadbalance>{children}</loadbalance></endpoint>")


def servers(t):
    return [t.keep(EchoBackend(name, keep=False)) for name in NAMES]


def node(t, backends, redis, arguments=(), environment=None, **sessions):
    options = {"redis": redis.url, "wait": WAIT, "trust": 300, **sessions}
    return t.myelin(configuration(backends), settings=settings(sessions=options), arguments=arguments,
                    environment=environment)


def served_by(connection, client):
    connection.request("POST", "/", soap_headers(), soap_envelope("<hello/>", header=CLIENT_ID.format(client)))
    return connection.expect(200).headers.get("X-Served-By")


def ask(engine, client):
    with Client(engine.port) as connection:
        return served_by(connection, client)


class Callers:
    """Clients that call all the time, each through the nodes in turn; what they saw is there afterwards."""

    def __init__(self, nodes, count=4, prefix="caller"):
        self.stop_now = threading.Event()
        self.lock = threading.Lock()
        self.calls = 0
        self.slowest = 0.0
        self.failures = []
        self.threads = [threading.Thread(target=self._run, args=(nodes, f"{prefix}-{number}"), daemon=True)
                        for number in range(count)]
        for thread in self.threads:
            thread.start()

    def _run(self, nodes, name):
        try:
            connections = [Client(engine.port, timeout=20) for engine in nodes]
            number = 0
            while not self.stop_now.is_set():
                for connection in connections:
                    # Old sessions and new ones.
                    number += 1
                    begin = time.monotonic()
                    served_by(connection, f"{name}-{number if number % 3 == 0 else 0}")
                    took = time.monotonic() - begin
                    with self.lock:
                        self.calls += 1
                        self.slowest = max(self.slowest, took)
        except Exception as error:  # whatever it is, the test has to see it
            self.failures.append(repr(error))

    def take_slowest(self):
        with self.lock:
            slowest, self.slowest = self.slowest, 0.0
        return slowest

    def stop(self):
        self.stop_now.set()
        for thread in self.threads:
            thread.join(30)


@limit(60)
def test_a_session_goes_to_its_server_through_every_node(t):
    redis = t.keep(RedisServer())
    backends = servers(t)
    first, second = node(t, backends, redis, wait=2000), node(t, backends, redis, wait=2000)
    clients = [f"client-{number}" for number in range(90)]
    bound, wrong = {}, 0
    with Client(first.port) as one, Client(second.port) as two:
        for number, client in enumerate(clients):
            bound[client] = served_by(one if number % 2 else two, client)
        for turn in range(10):
            for number, client in enumerate(clients):
                wrong += served_by(two if (number + turn) % 2 else one, client) != bound[client]
    print(f"two nodes, {len(clients)} clients, {len(clients) * 11} calls: {wrong} wrong-server answers")
    check_equal(wrong, 0, "answers of the wrong server")
    check_equal({*bound.values()}, {*NAMES}, "servers in use")
    check_equal(redis.command("DBSIZE"), f":{len(clients)}", "keys in Redis")
    # Neither the nodes' memory nor their time matters.
    second.stop()
    third = node(t, backends, redis, wait=2000)
    with Client(third.port) as connection:
        for client in clients:
            check_equal(served_by(connection, client), bound[client], f"server of {client} through a new node")
    check_not_in("session store", first.log(), "the log")


def wrong_answers(t, attributes, kind, **options):
    """1,000 clients with real sessions, through two nodes in turn, with a reload of both in their midst."""
    redis = t.keep(RedisServer())
    backends = [t.keep(StatefulBackend(name, **options)) for name in NAMES]
    children = "".join(address(backend.port, name=backend.name) for backend in backends)
    config = forward(f'<endpoint name="app"><session {attributes}><sessionTimeout>60000</sessionTimeout></session>'
                     f"<loadbalance>{children}</loadbalance></endpoint>")
    nodes = [t.myelin(config, settings=settings(sessions={"redis": redis.url, "wait": 2000})) for _ in range(2)]

    def between(done, total):
        if done == total // 2:
            for engine in nodes:
                engine.reload()
    clients = [SessionClient(number, kind, SOAP12 if number % 2 else SOAP11) for number in range(CLIENTS)]
    drive([engine.port for engine in nodes], clients, CALLS, between=between)
    failed = [text for client in clients for text in client.failed]
    check(not failed, f"{len(failed)} calls failed, the first: {failed[:1]}")
    wrong = sum(client.wrong for client in clients) + sum(backend.wrong for backend in backends)
    print(f"{attributes}, two nodes: {CLIENTS} clients, {CLIENTS * CALLS} calls, {wrong} wrong-server answers")
    check_equal(wrong, 0, "answers of a wrong server")
    if kind != "id":
        check_equal(sum(backend.opened for backend in backends), CLIENTS, "sessions opened")
    for engine in nodes:
        check_not_in("session store", engine.log(), "the log")


@limit(300)
def test_cookies_through_two_nodes(t):
    wrong_answers(t, 'type="http"', "cookie")


@limit(300)
def test_soap_sessions_through_two_nodes(t):
    wrong_answers(t, 'type="soap"', "soap", soap=True)


@limit(300)
@concurrent
def test_client_sessions_through_two_nodes(t):
    wrong_answers(t, 'type="simpleClientSession"', "id")


@limit(120)
def test_redis_may_hang_and_die(t):
    redis = t.keep(RedisServer())
    backends = servers(t)
    first, second = node(t, backends, redis), node(t, backends, redis)
    bound = {f"old-{number}": ask(first, f"old-{number}") for number in range(9)}
    for client, server in bound.items():
        check_equal(ask(second, client), server, f"server of {client}")
    callers = t.keep(Callers([first, second]))

    def said(text, times):
        return lambda: all(engine.log().count(text) == times for engine in (first, second))

    def outage(number, what, begin, end):
        time.sleep(0.5)
        callers.take_slowest()
        before = callers.calls
        begin()
        wait_until(said(" is away (", number), 10, f"both nodes notice that Redis {what}")
        time.sleep(1.0)
        slowest = callers.take_slowest()
        time.sleep(1.0)
        later = callers.take_slowest()
        print(f"Redis {what}: {callers.calls - before} calls meanwhile, the slowest {slowest * 1000:.0f} ms, "
              f"a second later {later * 1000:.0f} ms")
        check_equal(callers.failures, [], "failures")
        # A lot more than the wait, for machines that are busy; a request that hung would take seconds.
        check(slowest < 2.0, f"a call took {slowest:.3f} s")
        # What this node knows stays, and what it binds now is told later.
        for client, server in bound.items():
            check_equal(ask(second, client), server, f"server of {client} while Redis {what}")
        alone = ask(first, f"while Redis {what}")
        end()
        wait_until(said(" is back;", number), 15, "both nodes notice that Redis is back")
        check_equal(ask(first, f"while Redis {what}"), alone, "server of a session that was bound without Redis")
        check_equal(ask(second, f"while Redis {what}"), alone, "its server through the other node")
        for client, server in bound.items():
            check_equal(ask(second, client), server, f"server of {client} afterwards")
            check_equal(ask(first, client), server, f"server of {client} afterwards")

    outage(1, "hangs", redis.hang, redis.go_on)
    outage(2, "is dead", redis.kill, redis.start)
    callers.stop()
    check_equal(callers.failures, [], "failures")
    # It came back empty.
    check(int(redis.command("DBSIZE")[1:]) >= len(bound), "sessions were written again")


def test_a_password_and_tls(t):
    folder = t.temporary()
    certificate, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, capture_output=True)
    redis = t.keep(RedisServer(password="open sesame", tls=(certificate, key)))
    backends = servers(t)
    url = redis.url.replace("redis:", "rediss:")

    def secured(password):
        options = settings(sessions={"redis": url, "password": "${ENV:REDIS_PASSWORD}", "wait": 1000, "trust": 0},
                           upstreamTls={"ca": certificate})
        return t.myelin(configuration(backends), settings=options, environment={"REDIS_PASSWORD": password})
    first, second = secured("open sesame"), secured("open sesame")
    for number in range(6):
        check_equal(ask(second, f"c{number}"), ask(first, f"c{number}"), f"server of c{number}")
    check_not_in("session store", first.log() + second.log(), "the log")
    # Without the right one each node goes on alone, and says why.
    stranger = secured("wrong word")
    check_equal(ask(stranger, "c0"), ask(stranger, "c0"), "server of c0")
    line = stranger.wait_for_log("session store.* is away")
    check_in("WRONGPASS", line, "the warning")
    check_not_in("wrong word", stranger.log(), "the log")


def test_in_a_poco_server(t):
    redis = t.keep(RedisServer())
    backends = servers(t)
    first = node(t, backends, redis)
    second = node(t, backends, redis, arguments=("--transport", "poco"))
    for number in range(6):
        check_equal(ask(second, f"c{number}"), ask(first, f"c{number}"), f"server of c{number}")
    redis.kill()
    time.sleep(0.5)
    for number in range(6):
        check_equal(ask(second, f"c{number}"), ask(second, f"c{number}"), f"server of c{number} without Redis")
    second.wait_for_log("session store.* is away")
    redis.start()
    second.wait_for_log("session store.* is back;", seconds=15)
    for number in range(6):
        check_equal(ask(second, f"c{number}"), ask(first, f"c{number}"), f"server of c{number} with Redis again")
