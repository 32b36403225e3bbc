"""myelin simulate: calls in virtual time."""
import json
import os
import subprocess
import time

from lib import address, call, check, check_equal, check_in, closed_port, definitions, forward, loadbalance

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "samples")
PORTS = {"BACKEND1_PORT": "9001", "BACKEND2_PORT": "9002", "BACKEND3_PORT": "9003"}


def write(t, text, name):
    path = os.path.join(t.temporary(), name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


def simulate(t, configuration, *arguments, script=None, status=0):
    """Exit status checked; what it printed, and the JSON."""
    path = configuration if os.path.exists(configuration) else write(t, configuration, "synapse.xml")
    report = os.path.join(t.temporary(), "report.json")
    words = [t.binary, "simulate", path, "--json", report, *arguments]
    if script is not None:
        words += ["--script", script if os.path.exists(script) else write(t, script, "script.xml")]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                          env={**os.environ, **PORTS})
    check_equal(done.returncode, status, f"exit status; {done.stdout}{done.stderr}")
    if status == 2 or not os.path.exists(report):
        return done.stdout + done.stderr, None
    with open(report, "rb") as file:
        return done.stdout + done.stderr, file.read()


def script(body, seed=1):
    return f'<simulation xmlns="http://ws.apache.org/ns/synapse" seed="{seed}">{body}</simulation>'


def shares(report):
    return [child["observed"] for child in json.loads(report)["groups"][0]["children"]]


def test_the_sample_script(t):
    svg = os.path.join(t.temporary(), "shares.svg")
    text, report = simulate(t, os.path.join(SAMPLES, "01_round_robin", "synapse.xml"), "--calls", "2400", "--svg", svg,
                            script=os.path.join(SAMPLES, "simulations", "outage.xml"))
    check_in("quotes, roundRobin: exact", text, "report")
    result = json.loads(report)
    check_equal(result["statuses"], {"200": 2400}, "what clients got")
    events = result["groups"][0]["events"]
    check_equal(events[0]["child"], "beta", "the server that is gone")
    check(30 <= events[0]["at"] < 31, f"gone at {events[0]['at']}")
    check_equal(events[-1]["available"], True, "in the end it is back")
    with open(svg, encoding="utf-8") as file:
        drawing = file.read()
    check(drawing.startswith("<svg ") and drawing.endswith("</svg>\n"), "a drawing")
    check_in("127.0.0.1:9002 is out", drawing, "shaded outage")


def test_a_suspended_endpoint_is_left_alone_for_its_thirty_seconds(t):
    """initialDuration 30000: refused at 10 s, asked again at 40 s, then at 70 s, when it is back."""
    group = loadbalance(address(9001, suspend=30000), address(9002, suspend=30000))
    _, report = simulate(t, forward(group), "--calls", "1200",
                         script=script('<arrivals rate="10/s"/><backend address="127.0.0.1:9002">'
                                       '<outage from="10s" to="60s"/></backend>'))
    result = json.loads(report)
    times = [event["at"] for event in result["groups"][0]["events"]]
    check_equal(result["backends"]["127.0.0.1:9002"]["refused"], 2, "attempts in vain")
    check_equal(len(times), 4, f"changes at {times}")
    for at, expected in zip(times, (10, 40, 40, 70)):
        check(expected <= at < expected + 0.5, f"changes at {times}")


def test_two_processes_write_the_same_bytes(t):
    configuration = forward(loadbalance(address(9001), address(9002), address(9003)).replace(
        "<loadbalance", '<loadbalance policy="random"', 1))
    plan = script('<arrivals rate="50/s" pattern="poisson" clients="20"/>'
                  '<backend address="*" latency="20ms" jitter="15ms" failures="0.02"/>', seed=42)
    first = simulate(t, configuration, "--calls", "20000", script=plan)
    check_equal(simulate(t, configuration, "--calls", "20000", script=plan), first, "the second run")
    other = simulate(t, configuration, "--calls", "20000", "--seed", "43", script=plan)
    check(other != first, "another seed, another result")
    check_in("chi-squared p=", first[0], "verdict")


def test_a_day_takes_seconds(t):
    began = time.monotonic()
    _, report = simulate(t, forward(loadbalance(address(9001), address(9002), address(9003))), "--calls", "86400",
                         script=script('<arrivals rate="1/s"/>'))
    check_equal(shares(report), [28800] * 3, "shares of a day")
    check(json.loads(report)["seconds"] > 86398, "it was a day")
    check(time.monotonic() - began < 30, "a day takes more than 30 seconds")


def test_health_checks_run_in_virtual_time(t):
    """Nothing is ever suspended here, so it is the check that takes the server out, at most 5 s after it went."""
    check_element = '<healthCheck type="tcp" interval="5000" rise="1" fall="1" jitter="0"/>'
    group = loadbalance(check_element, address(9001, suspend=0), address(9002, suspend=0))
    _, report = simulate(t, forward(group), "--calls", "1200",
                         script=script('<arrivals rate="10/s"/><backend address="127.0.0.1:9002">'
                                       '<outage from="31s" to="62s"/></backend>'))
    result = json.loads(report)
    counts = result["backends"]["127.0.0.1:9002"]
    check(23 <= counts["tcpOnly"] <= 25, f"{counts['tcpOnly']} probes in two minutes, one every 5 s")
    check(1 <= counts["refused"] <= 51, f"{counts['refused']} attempts before the check said so")
    gone, back = (event["at"] for event in result["groups"][0]["events"])
    check(31 < gone < 36.5 and 62 < back < 67.5, f"gone at {gone}, back at {back}")


def test_mistakes(t):
    text, _ = simulate(t, forward(address(1)), script=script('<arrivals rate="often"/>'), status=1)
    check_in("script.xml:1:", text, "place")
    check_in('"often" is no rate', text, "message")
    text, _ = simulate(t, definitions(address(1, name="quotes")), "--endpoint", "qotes", status=2)
    check_in('did you mean "quotes"?', text, "suggestion")
    simulate(t, forward(address(1)), "--calls", "0", status=2)


def test_a_live_run_gives_the_same_shares(t):
    """Round robin over three servers, the second one not there and suspended for longer than the run takes."""
    alive = [t.backend(), t.backend()]
    dead, reserved = closed_port()
    configuration = forward(loadbalance(address(alive[0].port), address(dead, suspend=600000), address(alive[1].port)))
    with reserved:
        engine = t.myelin(configuration)
        for _ in range(60):
            check_equal(call(engine.port).status, 200, "status")
    _, report = simulate(t, configuration, "--calls", "60",
                         script=script(f'<backend address="127.0.0.1:{dead}"><outage/></backend>'))
    simulated = shares(report)
    check_equal([simulated[0], simulated[2]], [backend.count for backend in alive], "shares simulated and live")
    check_equal(simulated[1], 1, "attempts at the dead server")
