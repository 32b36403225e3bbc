"""Limits of endpoints: messages under way with a bounded queue, rates, retry budgets."""
import threading
import time

from lib import Client, ScriptedBackend, call, check, check_equal, check_in, wait_until
from lib.case import concurrent, limit
from lib.config import address, failover, forward, loadbalance

SOAP = {"Content-Type": "text/xml"}


class Slow(ScriptedBackend):
    """Answers after a time, and knows how many requests it had at once."""

    def __init__(self, seconds=0.1, body=b"ok"):
        self.seconds = seconds
        self.body = body
        self.now = self.most = self.served = 0
        self.mutex = threading.Lock()
        super().__init__(self.script)

    def script(self, connection):
        while True:
            if connection.read_request() is None:
                return
            with self.mutex:
                self.now += 1
                self.served += 1
                self.most = max(self.most, self.now)
            time.sleep(self.seconds)
            with self.mutex:
                self.now -= 1
            connection.answer(self.body)


def flood(port, clients, headers=(), timeout=15.0):
    """So many clients at once; their answers."""
    answers = []
    mutex = threading.Lock()

    def one():
        answer = call(port, headers=list(headers), timeout=timeout)
        with mutex:
            answers.append(answer)

    threads = [threading.Thread(target=one) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout + 5)
    check_equal(len(answers), clients, "clients that got an answer")
    return answers


def statuses(answers):
    found = {}
    for answer in answers:
        found[answer.status] = found.get(answer.status, 0) + 1
    return found


def limits(text):
    return f"<endpointDefaults>{text}</endpointDefaults>"


@concurrent
@limit(60)
def test_xa14_never_more_than_the_limit_the_rest_waits_or_gets_503(t):
    backend = t.keep(Slow(0.3))
    engine = t.myelin(forward(address(backend.port, more='<limit inFlight="5" queue="10" wait="5000"/>')))
    answers = flood(engine.port, 50)
    found = statuses(answers)
    check_equal(backend.most, 5, "requests at once")
    # As the first end, some of those that come late may still find room.
    check(15 <= found.get(200, 0) <= 30, f"answers: {found}")
    check_equal(found.get(200, 0) + found.get(503, 0), 50, f"answers {found}, of 200 and 503")
    for answer in answers:
        if answer.status != 503:
            continue
        check_equal(answer.headers.get("retry-after"), "1", "Retry-After")
        check_in("303010", answer.text)
        check_in("no room in its queue", answer.text)
    check_equal(backend.served, found[200], "requests that the server saw")
    # Nothing is left over.
    check_equal(statuses(flood(engine.port, 15)), {200: 15}, "answers afterwards")


@concurrent
@limit(60)
def test_xa14_a_message_waits_no_longer_than_said(t):
    backend = t.keep(Slow(2.0))
    engine = t.myelin(forward(address(backend.port, more='<limit inFlight="1" queue="5" wait="300"/>')))
    first = Client(engine.port)
    first.request()
    wait_until(lambda: backend.now == 1, 5, "the first is under way")
    begun = time.monotonic()
    answer = call(engine.port)
    waited = time.monotonic() - begun
    check_equal(answer.status, 503, "status")
    check_in("none of them ended in time", answer.text)
    check(0.25 <= waited <= 1.5, f"waited {waited:.2f} s")
    first.expect(200)
    first.close()


@concurrent
@limit(60)
def test_xa18_in_a_group_the_one_with_a_free_place_is_chosen(t):
    slow, quick = t.keep(Slow(1.0)), t.keep(Slow(0.02))
    group = loadbalance(limits('<limit inFlight="2" queue="100" wait="5000"/>'),
                        address(slow.port), address(quick.port))
    engine = t.myelin(forward(group))
    answers = flood(engine.port, 40)
    check_equal(statuses(answers), {200: 40}, "answers")
    check(slow.most <= 2 and quick.most <= 2, f"at once: {slow.most} and {quick.most}")
    # Whoever waits takes the first place at any of them, so the slow one holds up nobody else.
    check(slow.served <= 6, f"the slow server got {slow.served}")


@concurrent
@limit(60)
def test_nested_groups_and_references_wait_for_the_leaves(t):
    one, two, three = t.keep(Slow(0.1)), t.keep(Slow(0.1)), t.keep(Slow(0.1))
    limited = '<limit inFlight="2" queue="50" wait="5000"/>'
    inner = loadbalance(address(one.port), address(two.port))
    group = failover(limits(limited), inner, '<endpoint key="three"/>')
    config = forward(group).replace("</definitions>", address(three.port, name="three", more=limited) + "</definitions>")
    engine = t.myelin(config)
    check_equal(statuses(flood(engine.port, 50)), {200: 50}, "answers")
    for backend in (one, two, three):
        check(backend.most <= 2, f"at once: {backend.most}")
        check(backend.served >= 10, f"served: {backend.served}")


@concurrent
@limit(60)
def test_counts_are_zero_again_after_aborts_faults_and_timeouts(t):
    """A place that is lost would be missed: two of them are all there are."""
    mode = ["hang"]

    def script(connection):
        while True:
            if connection.read_request() is None:
                return
            if mode[0] == "hang":
                return connection.hang()
            if mode[0] == "close":
                return connection.reset()
            if mode[0] == "break":
                connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nbegun")
                return connection.reset()
            if mode[0] == "drip":
                connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n")
                connection.drip(b"x" * 10_000_000, 0.01)
                return
            connection.answer(b"ok")

    backend = t.backend(script)
    engine = t.myelin(forward(address(backend.port, timeout=400, suspend=0,
                                      more='<limit inFlight="2" queue="2" wait="3000"/>')))
    check_equal({answer.status for answer in flood(engine.port, 4)}, {504}, "statuses after time-outs")
    for mode[0] in ("close", "break", "drip", "hang"):
        for _ in range(3):
            clients = [Client(engine.port) for _ in range(4)]
            for client in clients:
                client.request()
            time.sleep(0.15)
            for client in clients:
                client.reset()
    mode[0] = "answer"
    # As soon as the last time-out has passed.
    wait_until(lambda: call(engine.port).status == 200, 10, "it serves again")
    check_equal(statuses(flood(engine.port, 4)), {200: 4}, "answers in the end")


@concurrent
@limit(60)
def test_clients_that_leave_the_queue_make_room_in_it(t):
    backend = t.keep(Slow(3.0))
    engine = t.myelin(forward(address(backend.port, more='<limit inFlight="1" queue="2" wait="20000"/>')))
    first = Client(engine.port)
    first.request()
    wait_until(lambda: backend.now == 1, 5, "the first is under way")
    leaving = [Client(engine.port), Client(engine.port)]
    for client in leaving:
        client.request()
    time.sleep(0.3)
    check_equal(call(engine.port).status, 503, "status while the queue is full")
    for client in leaving:
        client.close()
    time.sleep(0.6)
    check_equal(call(engine.port).status, 200, "status when they are gone")
    check_equal(backend.served, 2, "requests that the server saw")
    first.close()


@concurrent
@limit(60)
def test_the_limit_holds_for_members_recipients_and_in_a_poco_server(t):
    backend = t.keep(Slow(0.2))
    bound = limits('<limit inFlight="3" queue="50" wait="8000"/>')
    members = loadbalance(bound, f'<member hostName="127.0.0.1" httpPort="{backend.port}"/>')
    engine = t.myelin(forward(members))
    check_equal(statuses(flood(engine.port, 12)), {200: 12}, "answers of members")
    check_equal(backend.most, 3, "requests at once at a member")
    backend.most = 0
    recipients = f"<endpoint><recipientlist>{bound}{address(backend.port)}</recipientlist></endpoint>"
    engine = t.myelin(forward(recipients))
    check_equal(statuses(flood(engine.port, 12)), {200: 12}, "answers of recipients")
    check_equal(backend.most, 3, "requests at once at a recipient")
    backend.most = 0
    engine = t.myelin(forward(loadbalance(bound, address(backend.port))), arguments=("--transport", "poco"))
    check_equal(statuses(flood(engine.port, 12)), {200: 12}, "answers over Poco's server")
    check(1 <= backend.most <= 3, f"requests at once over Poco's server: {backend.most}")


@concurrent
@limit(60)
def test_a_reload_keeps_count(t):
    backend = t.keep(Slow(1.5))

    def config(more):
        return forward(address(backend.port, name="limited", more='<limit inFlight="2" queue="0"/>' + more))

    engine = t.myelin(config(""))
    clients = [Client(engine.port), Client(engine.port)]
    for client in clients:
        client.request()
    wait_until(lambda: backend.now == 2, 5, "both are under way")
    engine.write(config("<timeout><duration>9000</duration></timeout>"))
    engine.reload()
    engine.wait_for_log("reload", 5)
    time.sleep(0.3)
    check_equal(call(engine.port).status, 503, "status after the reload")
    for client in clients:
        client.expect(200)
        client.close()
    check_equal(call(engine.port).status, 200, "status when they are over")


@concurrent
@limit(60)
def test_xa15_a_flood_stays_at_the_rate_while_another_client_is_served(t):
    backend = t.keep(Slow(0.0))
    group = loadbalance('<rateLimit calls="20" per="1000" burst="5" by="header:X-Client"/>', address(backend.port))
    engine = t.myelin(forward(group))
    end = time.monotonic() + 3.0
    refused = []

    def flooder():
        while time.monotonic() < end:
            answer = call(engine.port, headers=[("X-Client", "mallory")])
            if answer.status == 503:
                refused.append(answer)

    threads = [threading.Thread(target=flooder) for _ in range(4)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    honest = []
    while time.monotonic() < end:
        honest.append(call(engine.port, headers=[("X-Client", "alice")]).status)
        time.sleep(0.2)
    for thread in threads:
        thread.join(10)
    took = time.monotonic() - begun
    check_equal(set(honest), {200}, "statuses of the honest client")
    flooded = backend.served - len(honest)
    check(flooded <= 20 * took + 6, f"{flooded} of the flood came through in {took:.1f} s")
    check(flooded >= 20 * 3.0 * 0.6, f"only {flooded} of the flood came through in {took:.1f} s")
    check(len(refused) > 50, f"{len(refused)} refused")
    check_equal({answer.headers.get("retry-after") for answer in refused}, {"1"}, "Retry-After")
    check_in("303011", refused[0].text)


@limit(60)
def test_retry_after_says_when_and_the_fault_sequence_sees_why(t):
    backend = t.keep(Slow(0.0))
    limited = address(backend.port, name="slow lane", more='<rateLimit calls="1" per="30000"/>')
    fault = ('<log level="custom"><property name="why" expression="get-property(\'ERROR_CODE\')"/>'
             '<property name="text" expression="get-property(\'ERROR_DETAIL\')"/></log>')
    engine = t.myelin(forward(limited, fault))
    check_equal(call(engine.port).status, 200, "first status")
    answer = call(engine.port)
    check_equal(answer.status, 503, "status")
    check(28 <= int(answer.headers.get('retry-after')) <= 30, f"Retry-After: {answer.headers.get('retry-after')}")
    engine.wait_for_log("why = 303011.*endpoint slow lane gets no more than 1 message in 30000 ms", 5)
    # Nobody's failure: it is not suspended.
    check_equal(call(engine.port).status, 503, "status of the third")
    check("is now SUSPENDED" not in engine.log(), "the endpoint is not suspended")


@limit(60)
def test_over_the_rate_another_child_is_chosen(t):
    one, two = t.keep(Slow(0.0)), t.keep(Slow(0.0))
    group = failover(address(one.port, more='<rateLimit calls="3" per="60000"/>'), address(two.port))
    engine = t.myelin(forward(group))
    for _ in range(8):
        check_equal(call(engine.port).status, 200, "status")
    check_equal((one.served, two.served), (3, 5), "served")


@concurrent
@limit(60)
def test_f30_a_retry_budget_bounds_what_a_dying_tier_gets(t):
    def script(connection):
        if connection.read_request() is not None:
            connection.reset()

    ill = [t.backend(script) for _ in range(3)]
    attributes = 'retryBudget="20%" retryMinimum="0"'
    group = loadbalance(*[address(one.port, suspend=0) for one in ill], attributes=attributes)
    engine = t.myelin(forward(group))
    answers = [call(engine.port) for _ in range(100)]
    check_equal({answer.status for answer in answers}, {502}, "statuses")
    total = sum(one.connections for one in ill)
    check(100 <= total <= 120, f"{total} requests for 100 messages")
    check_in("the retry budget of 20% of the messages is used up", answers[0].text)


@limit(60)
def test_gv17_max_attempts(t):
    def script(connection):
        if connection.read_request() is not None:
            connection.reset()

    ill = [t.backend(script) for _ in range(4)]
    group = loadbalance(*[address(one.port, suspend=0) for one in ill], attributes='maxAttempts="2"')
    engine = t.myelin(forward(group))
    answer = call(engine.port)
    check_equal(answer.status, 502, "status")
    check_in("after 2 attempts: that is as often as maxAttempts allows", answer.text)
    check_equal(sum(one.connections for one in ill), 2, "attempts")


@limit(60)
def test_gv07_and_gv08_what_the_group_says_counts_unless_an_endpoint_wants_nothing_of_it(t):
    """The group's time-out counts for a; b has inherit="false", and its own."""
    backend = t.keep(Slow(0.6))

    def config(duration, switch):
        a = address(backend.port, name="a", suspend=0)
        b = address(backend.port, name="b", suspend=0).replace('name="b"', f'name="b" inherit="{switch}"')
        defaults = limits(f"<timeout><duration>{duration}</duration></timeout>")
        return forward(loadbalance(defaults, a, b, attributes='failover="false"'))

    def two(engine):
        return sorted(call(engine.port).status for _ in range(2))

    engine = t.myelin(config(200, "false"))
    check_equal(two(engine), [200, 504], "statuses: b inherits nothing")
    for duration, switch, wanted in ((200, "true", [504, 504]), (5000, "false", [200, 200]), (200, "false", [200, 504])):
        engine.write(config(duration, switch))
        before = len(engine.lines) + len(engine.errors)
        engine.reload()
        engine.wait_for_log("reload", 5, after=before)
        wait_until(lambda: two(engine) == wanted, 10, f"{wanted} with {duration} ms and inherit={switch}")
