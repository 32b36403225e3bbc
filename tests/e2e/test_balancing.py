"""Shares and affinity of balancing algorithms, over sockets and over all workers."""
import contextlib
import threading
import time
from collections import Counter

from lib import EchoBackend, Client, address, call, check, check_equal, concurrent, forward

NAMES = ("alpha", "beta", "gamma")


def named(backend, weight=None):
    child = address(backend.port, name=backend.name)
    if weight is None:
        return child
    return child.replace("</endpoint>", f'<property name="loadbalance.weight" value="{weight}"/></endpoint>')


def group(children, algorithm, **options):
    properties = "".join(f'<property name="loadbalance.{key}" value="{value}"/>' for key, value in options.items())
    return forward(f'<endpoint name="group">{properties}<loadbalance algorithm="{algorithm}">{"".join(children)}'
                   "</loadbalance></endpoint>")


def calls(port, clients, each):
    """As many calls of each client, on a connection of its own; by server."""
    servers = Counter()
    failures = []

    def run():
        try:
            with Client(port) as client:
                for _ in range(each):
                    client.request()
                    servers.update([client.expect(200).headers.get("X-Served-By")])
        except Exception as error:  # whatever it is, the test has to see it
            failures.append(repr(error))
    threads = [threading.Thread(target=run) for _ in range(clients)]
    for thread in threads:
        thread.start()
    return threads, servers, failures


@concurrent
def test_weights_are_exact_over_workers_and_through_a_reload(t):
    backends = [t.keep(EchoBackend(name, keep=False)) for name in NAMES]

    def config(*weights):
        return group([named(b, weight) for b, weight in zip(backends, weights)], "smoothWeighted")
    engine = t.myelin(config(1, 2, 3), workers=2)
    threads, servers, failures = calls(engine.port, 6, 100)
    # The group stays as it is, so its turns go on.
    engine.write(config(1, 2, 3).replace("<out>", '<out><property name="changed" value="yes"/>'))
    engine.reload()
    engine.wait_for_log("reload")
    for thread in threads:
        thread.join(30)
    check_equal(failures, [], "failures")
    check_equal(servers, Counter(alpha=100, beta=200, gamma=300), "calls for each server")
    # Other weights while calls run: each side keeps to its shares.
    threads, servers, failures = calls(engine.port, 6, 100)
    engine.write(config(3, 0, 3))
    engine.reload()
    for thread in threads:
        thread.join(30)
    check_equal(failures, [], "failures")
    check_equal(sum(servers.values()), 600, "calls")
    before = servers["beta"] * 3  # calls that came before it: beta had a third of them
    check(abs(servers["alpha"] - (before / 6 + (600 - before) / 2)) <= 12, f"shares around the reload: {servers}")
    servers = Counter(call(engine.port).headers.get("X-Served-By") for _ in range(20))
    check_equal(servers, Counter(alpha=10, gamma=10), "calls for each server afterwards")


def test_a_key_stays_with_its_server(t):
    backends = [t.keep(EchoBackend(name)) for name in NAMES]
    engine = t.myelin(group([named(b) for b in backends], "maglev", hashOn="header:X-User"), workers=2)
    users = [f"user-{number}" for number in range(30)]

    def server_of(user):
        return call(engine.port, headers=[("X-User", user)]).headers.get("X-Served-By")
    first = {user: server_of(user) for user in users}
    check_equal(set(first.values()), set(NAMES), "servers")
    check_equal({user: server_of(user) for user in users}, first, "servers of the users")
    # One server is down: its users go elsewhere, nobody else moves.
    backends[1].refuse()
    during = {user: server_of(user) for user in users}
    check_equal({user for user in users if during[user] != first[user]},
                {user for user in users if first[user] == "beta"}, "users who moved")
    check_equal({during[user] for user in users if first[user] == "beta"}, {"alpha", "gamma"}, "where they went")


def test_a_key_in_a_json_body(t):
    backends = [t.keep(EchoBackend(name)) for name in NAMES]
    engine = t.myelin(group([named(b) for b in backends], "maglev", hashOn="{json-eval($.customer.id)}", loadFactor=0))

    def server_of(customer, order):
        body = f'{{"order": {order}, "customer": {{"id": "{customer}"}}}}'
        answer = call(engine.port, "POST", headers=[("Content-Type", "application/json")], body=body)
        check_equal(answer.text, body, "the body as it came")
        return answer.headers.get("X-Served-By")
    servers = [{server_of(f"customer-{number}", order) for order in range(3)} for number in range(20)]
    check(all(len(one) == 1 for one in servers), f"one server for each customer: {servers}")
    check_equal(set().union(*servers), set(NAMES), "servers")


@concurrent
def test_counts_return_to_zero_after_clients_that_gave_up(t):
    backends = [t.keep(EchoBackend(name, delay=0.3, keep=False)) for name in NAMES]
    engine = t.myelin(group([named(b) for b in backends], "leastConnections"), workers=2)
    with contextlib.ExitStack() as clients:
        for _ in range(20):
            client = clients.enter_context(Client(engine.port))
            client.request()
        time.sleep(0.1)  # they are with the servers, and then their clients leave
    time.sleep(0.6)
    for backend in backends:
        backend.delay = 0
    servers = Counter(call(engine.port).headers.get("X-Served-By") for _ in range(30))
    # Whose turn it was when the clients left decides about one call; who had a count left would get none at all.
    check(all(9 <= servers[name] <= 11 for name in NAMES), f"calls for each server: {servers}")
