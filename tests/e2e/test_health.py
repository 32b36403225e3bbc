"""Active health checks: servers that die, that are ill and still answer, that come back."""
import re
import threading
import time

from lib import BackendProcess, Load, ScriptedBackend, call, check, check_equal, wait_until
from lib.case import concurrent, limit
from lib.config import address, forward, loadbalance

INTERVAL, TIMEOUT = 0.3, 0.2
RISE, FALL = 2, 3
SLACK = 0.5  # for a busy machine


def group(ports, more="", attributes=""):
    check_element = (f'<healthCheck path="/health" interval="{int(INTERVAL * 1000)}" timeout="{int(TIMEOUT * 1000)}" '
                     f'rise="{RISE}" fall="{FALL}" {attributes}/>')
    children = [address(port, name=f"server{index}", suspend=0) for index, port in enumerate(ports)]
    return forward(loadbalance(check_element + more, *children))


class Patient(ScriptedBackend):
    """Serves everything, but says of its health what `healthy` says; remembers when it was asked."""

    def __init__(self):
        self.healthy = True
        self.failing = False
        self.probes = []
        self.served = 0
        self.mutex = threading.Lock()
        super().__init__(self.script)

    def script(self, connection):
        while True:
            request = connection.read_request()
            if request is None:
                return
            probe = "/health" in request.line
            with self.mutex:
                if probe:
                    self.probes.append(time.monotonic())
                else:
                    self.served += 1
            if probe and not self.healthy:
                connection.answer(b"ill", status=500)
            elif self.failing:
                connection.answer(b"busy", status=503)
            else:
                connection.answer(b"ok")


@concurrent
@limit(60)
def test_xa08_to_xa11_a_killed_server_gets_nothing_and_comes_back(t):
    servers = [t.keep(BackendProcess(name)) for name in ("A", "B", "C")]
    engine = t.myelin(group([server.port for server in servers]))
    load = Load(engine.port, clients=4, pause=0.002)
    wait_until(lambda: len(load.servers) == 3, 10, "all three serve")
    killed = time.monotonic()
    servers[1].kill()
    engine.wait_for_log("endpoint server1 goes from TRANSITIONALLY_DOWN to DOWN", 10)
    detected = time.monotonic() - killed
    check(detected <= INTERVAL * 1.1 * FALL + TIMEOUT + SLACK, f"detected after {detected:.2f} s")
    before = load.servers["B"]
    time.sleep(0.5)
    check_equal(load.servers["B"], before, "calls that a dead server answered")
    servers[1].start()
    started = time.monotonic()
    engine.wait_for_log("endpoint server1 goes from TRANSITIONALLY_UP to UP", 10)
    back = time.monotonic() - started
    check(back <= INTERVAL * 1.1 * RISE + SLACK, f"back after {back:.2f} s")
    wait_until(lambda: load.servers["B"] > before, 10, "it serves again")
    load.stop()
    check_equal(load.failures, [], "failed calls")


@limit(60)
def test_xa07_and_xa09_an_ill_server_gets_probes_only_at_the_interval(t):
    ill, well = t.keep(Patient()), t.keep(Patient())
    engine = t.myelin(group([ill.port, well.port]))
    for _ in range(10):
        check_equal(call(engine.port).status, 200, "status")
    check_equal((ill.served, well.served), (5, 5), "calls of each")
    ill.healthy = False
    engine.wait_for_log("endpoint server0 goes from TRANSITIONALLY_DOWN to DOWN: GET http://127.0.0.1:"
                        f"{ill.port}/health: the server answered 500", 10)
    for _ in range(20):
        check_equal(call(engine.port).status, 200, "status")
    check_equal(ill.served, 5, "calls of the ill one")
    start = len(ill.probes)
    wait_until(lambda: len(ill.probes) >= start + 6, 20, "more probes")
    pauses = [later - earlier for earlier, later in zip(ill.probes, ill.probes[1:])]
    mean = sum(pauses) / len(pauses)
    check(0.9 * INTERVAL <= mean <= 1.1 * INTERVAL, f"probes every {mean:.3f} s: {pauses}")
    ill.healthy = True
    engine.wait_for_log("endpoint server0 goes from TRANSITIONALLY_UP to UP", 10)
    wait_until(lambda: call(engine.port).status == 200 and ill.served > 5, 10, "calls for it again")


@limit(60)
def test_xa12_all_servers_down_is_503_at_once(t):
    patients = [t.keep(Patient()) for _ in range(3)]
    for patient in patients:
        patient.healthy = False
    engine = t.myelin(group([patient.port for patient in patients]))
    wait_until(lambda: len(re.findall(" to DOWN: ", engine.log())) == 3, 10, "all three down")
    began = time.monotonic()
    answer = call(engine.port)
    took = time.monotonic() - began
    check_equal(answer.status, 503, "status")
    check(took < 0.5, f"answered after {took:.2f} s")
    check_equal([patient.served for patient in patients], [0, 0, 0], "calls")
    patients[2].healthy = True
    wait_until(lambda: call(engine.port).status == 200, 10, "recovery by itself")
    check_equal([patient.served > 0 for patient in patients], [False, False, True], "who serves")


def test_a_reload_keeps_what_the_checks_know(t):
    ill, well = t.keep(Patient()), t.keep(Patient())
    ill.healthy = False
    engine = t.myelin(group([ill.port, well.port]))
    engine.wait_for_log("endpoint server0 goes from TRANSITIONALLY_DOWN to DOWN", 10)
    # The other one is gone, and this one has another place.
    engine.write(group([ill.port]))
    engine.reload()
    wait_until(lambda: call(engine.port).status == 503, 5, "the ill one alone")
    check_equal(ill.served, 0, "calls")


@limit(60)
def test_gv18_an_outlier_is_ejected_gets_single_trials_and_comes_back(t):
    ill, well = t.keep(Patient()), t.keep(Patient())
    ill.failing = True
    detection = '<outlierDetection consecutive="3" baseEjection="500" maxEjection="1000" panic="0"/>'
    engine = t.myelin(forward(loadbalance(detection, address(ill.port, name="ill"), address(well.port, name="well"),
                                          attributes='slowStart="0"')))
    statuses = [call(engine.port).status for _ in range(20)]
    check_equal(statuses.count(503), 3, "answers of the ill one before its ejection")
    engine.wait_for_log("ejects ill for 500 ms after 3 failures in a row, the last one: it answered 503")
    time.sleep(0.6)
    statuses = [call(engine.port).status for _ in range(20)]
    check_equal(statuses.count(503), 1, "answers at the trial")
    engine.wait_for_log("the trial of ill failed, ejected for another 1000 ms")
    ill.failing = False
    time.sleep(1.1)
    served = ill.served
    statuses = [call(engine.port).status for _ in range(10)]
    check_equal(statuses.count(200), 10, "good answers")
    engine.wait_for_log("the trial of ill succeeded")
    check_equal(ill.served, served + 5, "calls after the trial")
