"""What gateways promise about balancing, in the small: rows of tests/checklist.md that had no test of their own."""
import socket
import time
from collections import Counter

from lib import (Client, EchoBackend, ScriptedBackend, address, api, call, check, check_equal, check_in, closed_port,
                 concurrent, definitions, forward, limit, loadbalance, settings, wait_until)
from lib.load import Load


def servers(t, count=3):
    return [t.keep(EchoBackend(chr(ord("A") + number), keep=False)) for number in range(count)]


def weighted(backend, weight):
    return address(backend.port, name=backend.name).replace(
        "</endpoint>", f'<property name="loadbalance.weight" value="{weight}"/></endpoint>')


def balanced(backends, algorithm, weights):
    children = "".join(weighted(backend, weight) for backend, weight in zip(backends, weights))
    return forward(f'<endpoint name="group"><loadbalance algorithm="{algorithm}">{children}</loadbalance></endpoint>')


def order(port, count, target="/"):
    """Who served one call after another on one connection."""
    with Client(port) as client:
        names = []
        for _ in range(count):
            client.request("GET", target)
            names.append(client.expect(200).headers.get("X-Served-By"))
        return names


def test_dr04_and_dr05_percentages(t):
    backends = servers(t)
    engine = t.myelin(balanced(backends, "percent", (50, 30, 20)))
    check_equal(Counter(order(engine.port, 1000)), Counter(A=500, B=300, C=200), "exact shares")
    engine.write(balanced(backends, "weightedRandom", (50, 30, 20)))
    engine.reload()
    engine.wait_for_log("reload")
    seen = Counter(order(engine.port, 1000))
    for name, share in zip("ABC", (500, 300, 200)):
        check(abs(seen[name] - share) <= 70, f"by chance, but not so far off: {seen}")
    check(seen != Counter(A=500, B=300, C=200), "by chance, and yet exact")


def test_dr02_dr06_and_ia15_percentages_change_at_once_and_only_to_what_is_right(t):
    backends = servers(t, 2)
    engine = t.myelin(balanced(backends, "percent", (100, 0)))
    check_equal(set(order(engine.port, 10)), {"A"}, "servers before")
    load = Load(engine.port, clients=4, pause=0.001)
    engine.write(balanced(backends, "percent", (0, 99)))
    engine.reload()
    line = engine.wait_for_log("cannot be used here")
    check_in("99", line, "the refusal")
    check_equal(set(order(engine.port, 10)), {"A"}, "servers after a refused change")
    engine.write(balanced(backends, "percent", (0, 100)))
    engine.reload()
    engine.wait_for_log(r"INFO +\[reload\]")
    seen = {call(engine.port).headers.get("X-Served-By") for _ in range(20)}
    check_equal(seen, {"B"}, "servers of both workers after the change was announced")
    load.stop()
    check_equal(load.failures, [], "failed calls around the change")


def test_dr12_and_ws06_targets_reach_the_server_whole(t):
    backends = servers(t, 2)
    for backend in backends:
        backend.keep = True
    members = "".join(f'<member hostName="127.0.0.1" httpPort="{b.port}"/>' for b in backends)
    engine = t.myelin(definitions(api("a", "/a", '<resource methods="GET" url-mapping="/*"><inSequence><send><endpoint>'
                                      f'<http uri-template="http://127.0.0.1:{backends[0].port}/base"/>'
                                      "</endpoint></send></inSequence><outSequence><send/></outSequence></resource>")
                                  + forward(f"<endpoint><loadbalance>{members}</loadbalance></endpoint>")
                                  .split("\n", 2)[2].rsplit("\n", 2)[0]))
    check_equal(call(engine.port, target="/a/orders/7?x=1&y=%20b").status, 200, "status")
    check_equal(backends[0].requests[-1].target, "/base/orders/7?x=1&y=%20b", "target behind a base path")
    before = [backend.count for backend in backends]
    for _ in range(2):
        check_equal(call(engine.port, target="/q/r?x=1&y=%20b").status, 200, "status")
    for backend, count in zip(backends, before):
        check_equal(backend.count, count + 1, "calls of each member")
        check_equal(backend.requests[-1].target, "/q/r?x=1&y=%20b", "target at a member")


def test_xa01_any_number_of_servers(t):
    backends = [t.keep(EchoBackend(f"server{number}", keep=False)) for number in range(50)]
    for count in (1, 3, 50):
        engine = t.myelin(forward(loadbalance(*[address(b.port) for b in backends[:count]])), workers=1)
        check_equal(Counter(order(engine.port, 2 * count)), Counter({b.name: 2 for b in backends[:count]}), "calls")


def test_xa03_round_robin_is_a_b_c(t):
    engine = t.myelin(forward(loadbalance(*[address(b.port) for b in servers(t)])))
    check_equal(order(engine.port, 300), ["A", "B", "C"] * 100, "order")


class Slow(ScriptedBackend):
    """Answers /slow when it is released, everything else at once."""

    def __init__(self, name):
        self.held = 0
        self.released = False
        super().__init__(self.script, name)

    def script(self, connection):
        while request := connection.read_request():
            if request.target == "/slow":
                with self.lock:
                    self.held += 1
                while not self.released and not self.wait_stop(0.01):
                    continue
                with self.lock:
                    self.held -= 1
            connection.answer()


@concurrent
@limit(60)
def test_xa04_and_xa05_a_busy_server_is_spared_and_equals_take_turns(t):
    backends = [t.keep(Slow(name)) for name in "ABC"]

    def config(*some):
        children = "".join(address(b.port, name=b.name) for b in some)
        return forward(f'<endpoint name="group"><loadbalance algorithm="leastConnections">{children}</loadbalance></endpoint>')
    engine = t.myelin(config(*backends))
    check_equal(Counter(order(engine.port, 30)), Counter(A=10, B=10, C=10), "equals take turns")
    clients = [t.keep(Client(engine.port, 30)) for _ in range(15)]
    for client in clients:
        client.stop = client.close
    for number, client in enumerate(clients, 1):
        client.request("GET", "/slow")
        wait_until(lambda n=number: sum(b.held for b in backends) == n, 10, "a slow call more")
        held = [b.held for b in backends]
        check(max(held) - min(held) <= 1, f"slow calls are level: {held}")
    # B and C let go; A is busy with five.
    for backend in backends[1:]:
        backend.released = True
    wait_until(lambda: backends[1].held + backends[2].held == 0, 10, "B and C idle")
    time.sleep(0.2)
    check_equal(Counter(order(engine.port, 20)), Counter(B=10, C=10), "calls while A is busy")
    backends[0].released = True
    wait_until(lambda: backends[0].held == 0, 10, "A idle")
    for client in clients:
        client.expect(200)
    after = Counter(order(engine.port, 30))
    check(all(9 <= after[name] <= 11 for name in "ABC"), f"A serves again: {after}")


@limit(40)
def test_xa13_servers_come_and_go_without_a_failed_call(t):
    backends = servers(t)
    engine = t.myelin(forward(loadbalance(*[address(b.port) for b in backends[:2]])))
    load = Load(engine.port, clients=6)
    wait_until(lambda: len(load.servers) == 2, 10, "two servers")
    backends[0].delay = 0.3  # what is under way with it when it is taken out comes to its end
    time.sleep(0.4)
    engine.write(forward(loadbalance(*[address(b.port) for b in backends[1:]])))
    engine.reload()
    wait_until(lambda: "C" in load.servers, 10, "the new one serves")
    time.sleep(0.6)
    before = load.servers["A"]
    time.sleep(0.5)
    check_equal(load.servers["A"], before, "calls of the one that was taken out")
    load.stop()
    check_equal(load.failures, [], "failed calls")


def test_xa17_several_apis_share_one_group(t):
    backends = servers(t, 2)
    group = ('<endpoint name="pool"><loadbalance>' + "".join(address(b.port) for b in backends)
             + "</loadbalance></endpoint>")

    def user(name):
        return api(name, f"/{name}", '<resource><inSequence><send><endpoint key="pool"/></send></inSequence>'
                   "<outSequence><send/></outSequence></resource>")
    engine = t.myelin(definitions(group + user("x") + user("y")))
    seen = [call(engine.port, target=f"/{name}").headers.get("X-Served-By") for name in "xyxy"]
    check_equal(seen, ["A", "B", "A", "B"], "one rotation for both")


def test_gv04_and_ia16_nine_to_one_and_a_canary(t):
    backends = servers(t, 2)
    engine = t.myelin(balanced(backends, "smoothWeighted", (9, 1)))
    names = order(engine.port, 1000)
    check_equal(Counter(names), Counter(A=900, B=100), "shares")
    check(all("B" in names[start:start + 10] for start in range(0, 1000, 10)), "one in each ten")
    engine.write(balanced(backends, "percent", (99, 1)))
    engine.reload()
    engine.wait_for_log("reload")
    check_equal(Counter(order(engine.port, 1000)), Counter(A=990, B=10), "the canary's share")


def black_hole():
    """A port that answers no SYN: its queue of connections is full and nobody accepts."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    fillers = []
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
        fillers.append(filler)
    return listener.getsockname()[1], [listener, *fillers]


def test_gv06_the_connect_time_is_the_time_to_connect(t):
    port, holders = black_hole()
    slow = t.keep(EchoBackend("slow", delay=0.8))
    engine = t.myelin(definitions(
        "".join(api(name, f"/{name}", f"<resource><inSequence><send>{address(to)}</send></inSequence><outSequence><send/>"
                    "</outSequence></resource>") for name, to in (("hole", port), ("slow", slow.port)))),
        settings=settings(upstream={"connectTime": 500}))
    began = time.monotonic()
    answer = call(engine.port, target="/hole")
    took = time.monotonic() - began
    check_equal(answer.status, 504, "status")
    check(0.45 <= took <= 1.0, f"gave up after {took:.2f} s instead of 0.5 s")
    check_equal(call(engine.port, target="/slow").status, 200, "an answer that takes longer than connecting may")
    for holder in holders:
        holder.close()


def test_ia01_a_groups_name_is_no_host(t):
    backends = servers(t, 2)
    children = "".join(address(b.port) for b in backends)
    engine = t.myelin(definitions(f'<endpoint name="no.such.host.invalid"><loadbalance>{children}</loadbalance></endpoint>'
                                  '<sequence name="main"><in><send><endpoint key="no.such.host.invalid"/></send></in>'
                                  "<out><send/></out></sequence>"))
    check_equal(order(engine.port, 4), ["A", "B", "A", "B"], "servers")


def test_ia02_weights_are_relative(t):
    engine = t.myelin(balanced(servers(t), "smoothWeighted", (100, 200, 0)))
    check_equal(Counter(order(engine.port, 300)), Counter(A=100, B=200), "shares")


def test_ia06_one_path_over_two_servers(t):
    backends = servers(t, 2)
    for backend in backends:
        backend.keep = True
    children = "".join(address(b.port, path="/api/atelier") for b in backends)
    engine = t.myelin(definitions(api(
        "atelier", "/api/atelier", f'<resource url-mapping="/*"><inSequence><send><endpoint><loadbalance>{children}'
        "</loadbalance></endpoint></send></inSequence><outSequence><send/></outSequence></resource>")))
    check_equal(order(engine.port, 4, "/api/atelier/"), ["A", "B", "A", "B"], "servers")
    check_equal({request.target for backend in backends for request in backend.requests}, {"/api/atelier/"}, "target")


def test_ia17_either_of_two_is_enough(t):
    backends = servers(t, 2)
    engine = t.myelin(forward(loadbalance(*[address(b.port, suspend=300) for b in backends])))
    for down in (0, 1):
        backends[down].refuse()
        check_equal(set(order(engine.port, 10)), {"AB"[1 - down]}, "servers while the other is down")
        backends[down].start()
        time.sleep(0.5)
        check_equal(Counter(order(engine.port, 10)), Counter(A=5, B=5), "servers when both are up")


def test_dr13_and_ws04_without_failover_the_failure_is_the_callers(t):
    port, holder = closed_port()
    live = t.keep(EchoBackend("live"))
    engine = t.myelin(forward(loadbalance(address(port, suspend=0), address(live.port), attributes='failover="false"')))
    check_equal([call(engine.port).status for _ in range(6)], [503, 200] * 3, "the turn goes on")
    check_equal(live.count, 3, "calls of the other one")
    engine.write(forward(loadbalance(address(port, suspend=0), address(live.port))))
    engine.reload()
    engine.wait_for_log("reload")
    check_equal([call(engine.port).status for _ in range(6)], [200] * 6, "with failover")
    holder.close()


def test_ws05_endpoints_or_members(t):
    member = '<member hostName="127.0.0.1" httpPort="1"/>'
    engine = t.myelin(forward(loadbalance(address(1))))
    for children, why in ((address(1) + member, "both <endpoint> and <member>"), ("", "has no children")):
        engine.write(forward(loadbalance(children)))
        engine.reload()
        check_in("synapse.xml:", engine.wait_for_log(why), "the refusal")


def test_ws27_properties_reach_the_message_and_the_algorithm(t):
    backends = servers(t, 2)
    for backend in backends:
        backend.keep = True
    children = "".join(weighted(b, w) for b, w in zip(backends, (1, 3)))
    engine = t.myelin(forward('<endpoint name="group"><property name="X-Group" value="g" scope="transport"/>'
                              f'<loadbalance algorithm="smoothWeighted">{children}</loadbalance></endpoint>'))
    check_equal(Counter(order(engine.port, 8)), Counter(A=2, B=6), "shares")
    for backend in backends:
        check_equal({request.headers.get("X-Group") for request in backend.requests}, {"g"}, "the header field")
        check_equal({request.headers.get("loadbalance.weight") for request in backend.requests}, {None}, "options")


class Patient(ScriptedBackend):
    """Ill by its own word, and serves all the same."""

    def __init__(self, name):
        self.probes = Counter()
        super().__init__(self.script, name)

    def script(self, connection):
        while request := connection.read_request():
            if request.target.startswith("/health"):
                self.probes[request.target] += 1
                connection.answer(status=500)
            else:
                connection.answer()


def test_gv13_and_ia09_a_check_for_the_group_another_for_one_and_none_for_one(t):
    backends = [t.keep(Patient(name)) for name in "ABC"]
    own = ("", '<healthCheck path="/health/own" interval="100" fall="1"/>', '<healthCheck enabled="false"/>')
    children = "".join(address(b.port, name=b.name).replace("</endpoint>", check_of + "</endpoint>")
                       for b, check_of in zip(backends, own))
    engine = t.myelin(forward(loadbalance('<healthCheck path="/health" interval="100" fall="1"/>', children)))
    for name in "AB":
        engine.wait_for_log(f"endpoint {name} goes from .* to DOWN", 10)
    check_equal(set(order(engine.port, 6)), {"C"}, "servers")
    check_equal([set(b.probes) for b in backends], [{"/health"}, {"/health/own"}, set()], "probes")


def test_gv20_a_single_server_that_is_down_gets_a_reason(t):
    backend = t.keep(Patient("A"))
    engine = t.myelin(forward(loadbalance('<healthCheck path="/health" interval="100" fall="1"/>', address(backend.port))))
    engine.wait_for_log("to DOWN", 10)
    answer = call(engine.port)
    check_equal(answer.status, 503, "status")
    check_in("health check", answer.text, "the reason")


def test_gv22_a_server_more_changes_nothing_for_the_others(t):
    backends = servers(t)
    backends[0].refuse()

    def config(*some):
        children = "".join(address(b.port, name=b.name, suspend=60000) for b in some)
        return forward(f'<endpoint name="group"><loadbalance>{children}</loadbalance></endpoint>')
    engine = t.myelin(config(*backends[:2]))
    check_equal(set(order(engine.port, 4)), {"B"}, "servers while A is suspended")
    backends[0].start()
    engine.write(config(*backends))
    engine.reload()
    wait_until(lambda: call(engine.port).headers.get("X-Served-By") == "C", 5, "the new one serves")
    check_equal(Counter(order(engine.port, 10)), Counter(B=5, C=5), "A is suspended as before")


def test_ia21_what_is_in_use_cannot_be_taken_away(t):
    backend = t.keep(EchoBackend("A"))
    pool = address(backend.port, name="pool")
    user = '<sequence name="main"><in><send><endpoint key="pool"/></send></in><out><send/></out></sequence>'
    engine = t.myelin(definitions(pool + user))
    engine.write(definitions(user))
    engine.reload()
    check_in("synapse.xml:", engine.wait_for_log('there is no endpoint "pool"'), "the place of its use")
    check_equal(call(engine.port).status, 200, "status afterwards")


def test_ws10_static_failover_stays_where_it_is(t):
    backends = servers(t, 2)
    children = "".join(address(b.port, suspend=200) for b in backends)
    engine = t.myelin(forward(f'<endpoint><failover dynamic="false">{children}</failover></endpoint>'))
    check_equal(set(order(engine.port, 3)), {"A"}, "servers")
    backends[0].refuse()
    check_equal(set(order(engine.port, 3)), {"B"}, "servers without the first")
    backends[0].start()
    time.sleep(0.4)
    check_equal(set(order(engine.port, 3)), {"B"}, "servers when the first is back")


def test_ws25_a_package_is_sent_again_byte_for_byte(t):
    def read_and_reset(connection):
        if connection.read_request():
            connection.reset()
    dying, live = t.backend(read_and_reset), t.keep(EchoBackend("live"))
    body = (b'--b\r\nContent-Type: application/xop+xml; type="text/xml"\r\nContent-ID: <r>\r\n\r\n'
            b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><x/></s:Body></s:Envelope>\r\n--b\r\n'
            b"Content-ID: <a>\r\n\r\n" + bytes(range(256)) * 400 + b"\r\n--b--\r\n")
    kind = 'multipart/related; type="application/xop+xml"; start="<r>"; start-info="text/xml"; boundary=b'
    engine = t.myelin(forward(loadbalance(address(dying.port), address(live.port))))
    check_equal(call(engine.port, "POST", headers=[("Content-Type", kind)], body=body).status, 200, "status")
    check_equal([b.requests[-1].body == body for b in (dying, live)], [True, True], "the same bytes for both")
    check_equal([b.requests[-1].headers.get("Content-Type") for b in (dying, live)], [kind, kind], "types")
