"""Limits of endpoints where several come together: in each other, in chains of sends, with reloads and switches."""
import subprocess
import threading
import time

from lib import Client, call, check, check_equal, wait_until
from lib.case import concurrent, limit
from lib.config import address, definitions, failover, forward, loadbalance
from test_endpoint_limits import Slow, flood, limits, statuses


def queue(most, room=20, wait=5000):
    return f'<limit inFlight="{most}" queue="{room}" wait="{wait}"/>'


@concurrent
@limit(60)
def test_places_are_taken_from_the_outside_inwards(t):
    """A group, a limited group in it, a limited leaf in that: nobody waits for a place that waits for his."""
    backend = t.keep(Slow(0.1))
    inner = loadbalance(queue(1, wait=3000), address(backend.port, more=queue(1, wait=3000)))
    engine = t.myelin(forward(loadbalance(inner)))
    begun = time.monotonic()
    check_equal(statuses(flood(engine.port, 8)), {200: 8}, "answers")
    took = time.monotonic() - begun
    check(took <= 2.5, f"took {took:.1f} s")
    check_equal(backend.most, 1, "requests at once")


@concurrent
@limit(60)
def test_an_answer_that_is_sent_on_does_not_wait_for_its_own_place(t):
    backend = t.keep(Slow(0.05))
    for most in (1, 4):
        for group in (False, True):
            limited = address(backend.port, more=queue(most))
            named = (loadbalance(limited) if group else limited).replace("<endpoint>", '<endpoint name="E">', 1)
            to = '<send receive="{}"><endpoint key="E"/></send>'
            engine = t.myelin(definitions(
                named + f'<sequence name="main"><in>{to.format("two")}</in><out><send/></out></sequence>'
                f'<sequence name="two">{to.format("three")}</sequence><sequence name="three"><send/></sequence>'))
            check_equal(statuses(flood(engine.port, 8)), {200: 8}, f"answers with {most}, in a group: {group}")


@concurrent
@limit(60)
def test_answers_that_are_sent_on_crosswise_do_not_wait_for_each_other(t):
    one, two = t.keep(Slow(0.1)), t.keep(Slow(0.1))
    engine = t.myelin(definitions(
        address(one.port, name="A", more=queue(1)) + address(two.port, name="B", more=queue(1)) +
        '<sequence name="main"><in><filter source="get-property(\'transport\', \'X-First\')" regex="B"><then>'
        '<send receive="toA"><endpoint key="B"/></send></then><else><send receive="toB"><endpoint key="A"/></send>'
        '</else></filter></in></sequence>'
        '<sequence name="toA"><send receive="back"><endpoint key="A"/></send></sequence>'
        '<sequence name="toB"><send receive="back"><endpoint key="B"/></send></sequence>'
        '<sequence name="back"><send/></sequence>'))
    answers = []
    threads = [threading.Thread(target=lambda first=first: answers.append(
        call(engine.port, headers=[("X-First", first)], timeout=15))) for first in "ABABAB"]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    check_equal(statuses(answers), {200: 6}, "answers")
    check(time.monotonic() - begun <= 4, "nobody waited for his time to end")


@limit(60)
def test_a_limit_that_is_raised_lets_those_in_that_wait(t):
    backend = t.keep(Slow(3.0))

    def config(most):
        return forward(address(backend.port, name="limited", more=queue(most, wait=20000)))

    engine = t.myelin(config(1))
    clients = [Client(engine.port) for _ in range(3)]
    for client in clients:
        client.request()
    wait_until(lambda: backend.now == 1, 5, "the first is under way")
    engine.write(config(10))
    engine.reload()
    engine.wait_for_log("reload", 5)
    clients.append(Client(engine.port))
    clients[-1].request()
    wait_until(lambda: backend.now == 4, 2, "all are under way")
    for client in clients:
        client.expect(200)
        client.close()


@limit(60)
def test_a_message_that_waited_does_not_go_to_what_was_switched_off_meanwhile(t):
    limited = queue(1, wait=9000)
    session = '<session type="simpleClientSession" header="S"><sessionTimeout>60000</sessionTimeout></session>'
    for wrap in ("<endpoint><recipientlist>{}</recipientlist></endpoint>",
                 f"<endpoint>{session}<loadbalance>{{}}</loadbalance></endpoint>",
                 "{}"):
        backend = t.keep(Slow(1.0))
        control = t.temporary() + "/c"
        engine = t.myelin(forward(wrap.format(address(backend.port, name="a", more=limited))),
                          arguments=("--control", control))
        check_equal(call(engine.port, headers=[("S", "1")]).status, 200, "status of the first")
        clients = [Client(engine.port) for _ in range(3)]
        for client in clients:
            client.request(headers=[("S", "1")])
        wait_until(lambda: backend.now == 1, 5, "the first is under way")
        time.sleep(0.2)
        subprocess.run([t.binary, "endpoint", "off", "a", "--control", control], check=True, capture_output=True,
                       timeout=10)
        answers = sorted(client.read("GET").status for client in clients)
        check_equal(answers, [200, 503, 503], f"statuses in {wrap}")
        check_equal(backend.served, 2, "requests that the server saw")
        for client in clients:
            client.close()


@limit(60)
def test_a_static_failover_stays_with_a_child_that_is_only_full(t):
    one, two = t.keep(Slow(0.3)), t.keep(Slow(0.0))
    group = failover(address(one.port, more='<limit inFlight="1"/>'), address(two.port))
    engine = t.myelin(forward(group.replace("<failover>", '<failover dynamic="false">')))
    check_equal(statuses(flood(engine.port, 4)), {200: 4}, "answers")
    before = two.served
    check(before >= 1, "the other one helped out")
    for _ in range(3):
        check_equal(call(engine.port).status, 200, "status")
    check_equal(two.served, before, "what the other one gets afterwards")


@limit(60)
def test_f30_where_there_is_nobody_else_no_budget_is_spent(t):
    def script(connection):
        if connection.read_request() is not None:
            connection.reset()

    ill, well = t.backend(script), t.keep(Slow(0.0))
    inner = loadbalance(address(ill.port, suspend=0), attributes='retryBudget="0%" retryMinimum="0"')
    engine = t.myelin(forward(failover(inner, address(well.port))))
    for _ in range(5):
        check_equal(call(engine.port).status, 200, "status")
    check_equal((ill.connections, well.served), (5, 5), "requests")


@limit(60)
def test_members_by_name_have_queues_for_the_groups_around_them(t):
    one, two = t.keep(Slow(0.3)), t.keep(Slow(0.3))
    members = ('<endpoint><dynamicLoadbalance><membershipHandler class="myelin.dns">'
               f'<property name="hosts" value="127.0.0.1:{one.port}"/></membershipHandler>'
               f'{limits(queue(1))}</dynamicLoadbalance></endpoint>')
    engine = t.myelin(forward(loadbalance(members, address(two.port, more='<limit inFlight="1"/>'))))
    check_equal(call(engine.port).status, 200, "status")
    check_equal(statuses(flood(engine.port, 8)), {200: 8}, "answers")
    check(one.most <= 1 and two.most <= 1, f"at once: {one.most} and {two.most}")


@limit(60)
def test_what_is_refused_further_in_costs_nothing_of_a_groups_rate(t):
    backend = t.keep(Slow(0.5))
    for by in ("", ' by="client"'):
        group = loadbalance(f'<rateLimit calls="3" per="60000"{by}/>',
                            address(backend.port, more='<limit inFlight="1"/>'))
        engine = t.myelin(forward(group))
        check_equal(statuses(flood(engine.port, 6)), {200: 1, 503: 5}, "answers")
        check_equal([call(engine.port).status for _ in range(3)], [200, 200, 503], "statuses afterwards")


@limit(60)
def test_what_a_limited_endpoint_behind_a_key_says_of_errors_is_not_for_its_refusals_in_a_group(t):
    backend = t.keep(Slow(0.0))
    limited = '<rateLimit calls="1" per="60000" by="client"/>'
    named = "".join(address(backend.port, name=name, more=limited)
                    .replace("<endpoint ", '<endpoint onError="mine" ') for name in "AB")
    mine = '<sequence name="mine"><log level="custom"><property name="mine" value="ran"/></log></sequence>'
    engine = t.myelin(forward(loadbalance('<endpoint key="A"/>', '<endpoint key="B"/>'),
                              '<log level="custom"><property name="fault" value="ran"/></log>')
                      .replace("</definitions>", named + mine + "</definitions>"))
    check_equal([call(engine.port).status for _ in range(3)], [200, 200, 503], "statuses")
    engine.wait_for_log("fault = ran", 5)
    check("mine = ran" not in engine.log(), "the endpoints' onError did not run")
