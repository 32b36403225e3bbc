"""Operators: `myelin endpoint` lists endpoints of a running engine and switches them off and on; tenants."""
import json
import os
import signal
import socket
import stat
import subprocess
import time

from lib import EchoBackend, address, call, check, check_equal, check_in, concurrent, definitions, forward, wait_until
from lib.load import Load


def servers(t, count=3):
    return [t.keep(EchoBackend(chr(ord("A") + number), keep=False)) for number in range(count)]


def group(*children, attributes=""):
    return (f'<endpoint name="quotes"><loadbalance {attributes}>{"".join(children)}</loadbalance></endpoint>')


def config(*children, more=""):
    return definitions(group(*children) + more + '<sequence name="main"><in><send><endpoint key="quotes"/></send></in>'
                       '<out><send/></out></sequence>')


def start(t, text, **options):
    path = os.path.join(t.temporary(), "control")
    return t.myelin(text, arguments=("--control", path), **options), path


def ask(t, path, *words, status=0):
    done = subprocess.run([t.binary, "endpoint", *words, "--control", path], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=20, check=False)
    check_equal(done.returncode, status, f"exit status of {words}: {done.stderr}")
    return done.stdout if status == 0 else done.stderr


def states(t, path):
    return {one["id"]: one["state"] for one in json.loads(ask(t, path, "list", "--json"))}


def served_by(engine, count=6):
    return {call(engine.port).headers.get("X-Served-By") for _ in range(count)}


def test_ws28_and_ia09_a_server_is_switched_off_and_on_while_calls_run(t):
    backends = servers(t)
    children = [address(backend.port, name=backend.name) for backend in backends]
    engine, path = start(t, config(*children))
    load = Load(engine.port, clients=4, pause=0.001)
    wait_until(lambda: len(load.servers) == 3, 10, "all three serve")
    check_in("endpoint quotes/B is switched off", ask(t, path, "off", "B"), "the answer")
    engine.wait_for_log("WARN .*endpoint quotes/B is switched off by an operator")
    time.sleep(0.1)
    before = load.servers["B"]
    time.sleep(0.3)
    check_equal(load.servers["B"], before, "calls of B")
    # A reload changes nothing about it, wherever it stands.
    engine.write(config(children[2], children[1], children[0]))
    engine.reload()
    engine.wait_for_log(r"INFO +\[reload\]")
    time.sleep(0.3)
    check_equal(load.servers["B"], before, "calls of B after a reload")
    check_equal(states(t, path)["quotes/B"], "OFF", "state")
    ask(t, path, "on", "quotes/B")
    wait_until(lambda: load.servers["B"] > before, 10, "B serves again")
    load.stop()
    check_equal(load.failures, [], "failed calls")


def test_a_group_an_inline_endpoint_and_unnamed_children_by_id(t):
    backends = servers(t, 2)
    inline = address(backends[0].port, path="/inline")
    engine, path = start(t, definitions(
        group(*[address(backend.port) for backend in backends]) +
        f'<sequence name="main"><in><filter source="$trp:X-Way" regex="inline"><then><send>{inline}</send></then>'
        '<else><send><endpoint key="quotes"/></send></else></filter></in><out><send/></out></sequence>'))
    ids = list(states(t, path))
    inline_id = f"sequence main/http://127.0.0.1:{backends[0].port}/inline"
    check_equal(set(ids), {"quotes", "sequence main/quotes", inline_id} |
                {f"quotes/http://127.0.0.1:{backend.port}" for backend in backends}, "ids")
    ask(t, path, "off", inline_id)
    check_equal(call(engine.port, headers=[("X-Way", "inline")]).status, 503, "the inline one")
    check_equal(served_by(engine), {"A", "B"}, "the group")
    ask(t, path, "off", f"quotes/http://127.0.0.1:{backends[0].port}")
    check_equal(served_by(engine), {"B"}, "the group without one")
    ask(t, path, "off", "quotes")
    check_equal(call(engine.port).status, 503, "the group switched off")
    check_in("switched off by an operator", ask(t, path, "list"), "the list")
    ask(t, path, "on", "quotes")
    check_equal(served_by(engine), {"A", "B"}, "the group again")


def test_ids_that_are_none(t):
    backends = servers(t, 1)
    engine, path = start(t, config(address(backends[0].port, name="alpha")))
    check_in('there is no endpoint "alhpa"; did you mean "alpha"?', ask(t, path, "off", "alhpa", status=1), "the error")
    check_in("on takes one name", ask(t, path, "on", status=2), "usage")
    check_in("list, off or on", ask(t, path, "of", "alpha", status=2), "usage")
    check_in("no Myelin listens", ask(t, path + "x", "list", status=1), "no process")
    check_equal(served_by(engine), {"A"}, "nothing has happened")


def raw(path, data, wait=True):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(path)
        connection.sendall(data)
        answer = b""
        while wait:
            piece = connection.recv(65536)
            if not piece:
                break
            answer += piece
        return answer


@concurrent
def test_bad_input_on_the_control_socket(t):
    backends = servers(t, 1)
    engine, path = start(t, config(address(backends[0].port, name="alpha")))
    check_equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "permissions")
    for data in (b"\n", b"of alpha\n", b"off\n", b"off \n", b"\x00\xff\xfe\n", b"list xml\n", b"off " + b"\xff" * 3000 + b"\n",
                 b"x" * 100_000 + b"\n"):
        try:
            answer = raw(path, data)
        except (BrokenPipeError, ConnectionResetError):
            continue  # what is too long is not read to its end
        check(answer.startswith(b"error "), f"{data[:20]!r} is answered with {answer[:80]!r}")
    for _ in range(10):
        raw(path, b"list", wait=False)  # goes away in the middle of a line
    began = time.monotonic()
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(path)
        check_in("quotes/alpha", ask(t, path, "list"), "the next one is served")
    check(time.monotonic() - began < 10, "somebody who says nothing holds up others for long")
    check_equal(served_by(engine), {"A"}, "calls")


def test_silent_clients_hold_up_nobody_and_stopping_waits_for_none(t):
    backends = servers(t, 1)
    engine, path = start(t, config(address(backends[0].port, name="alpha")))
    silent = []
    for _ in range(100):
        one = socket.socket(socket.AF_UNIX)
        one.connect(path)
        one.settimeout(10)
        silent.append(one)
    began = time.monotonic()
    check_in("quotes/alpha", ask(t, path, "list"), "the list")
    check(time.monotonic() - began < 1.5, "silent clients hold up another one")
    check_equal(silent[0].recv(1), b"", "the oldest of them")
    wait_until(lambda: silent[-1].recv(1) == b"", 10, "the others go, too")
    for one in silent:
        one.close()
    last = [socket.socket(socket.AF_UNIX) for _ in range(3)]
    for one in last:
        one.connect(path)
    began = time.monotonic()
    engine.stop()
    check(time.monotonic() - began < 1.5, "silent clients hold up the end")
    for one in last:
        one.close()


def test_an_answer_that_is_cut_short_is_an_error(t):
    path = os.path.join(t.temporary(), "control")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(4)
        for answer, error in ((b"ok 20\n[{", "cut short"), (b"ok\n[]\n", "cut short"), (b"", "no answer"),
                              (b"error 3\nno\n", "no")):
            asking = subprocess.Popen([t.binary, "endpoint", "list", "--json", "--control", path],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            connection, _ = listener.accept()
            with connection:
                connection.recv(100)
                connection.sendall(answer)
            out, err = asking.communicate(timeout=20)
            check_equal((asking.returncode, out), (1, ""), f"exit status and output for {answer}")
            check_in(error, err, "the reason")


def test_a_long_list_arrives_whole_at_a_slow_reader(t):
    children = [address(1, path=f"/{number}/{'x' * 1000}") for number in range(900)]
    engine, path = start(t, config(*children))
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(path)
        connection.sendall(b"list json\n")
        received = b""
        for _ in range(6):  # longer than the patience with one that takes nothing
            time.sleep(0.5)
            received += connection.recv(65536)
        while piece := connection.recv(65536):
            received += piece
    first, text = received.split(b"\n", 1)
    check_equal(first, b"ok %d" % len(text), "the first line")
    check_equal(len(json.loads(text)), 902, "endpoints")


def test_a_socket_of_another_process_is_left_alone(t):
    backends = servers(t, 1)
    text = config(address(backends[0].port, name="alpha"))
    engine, path = start(t, text)
    os.unlink(path)
    other = t.myelin(text, arguments=("--control", path))
    engine.stop()
    check_in("alpha", ask(t, path, "list"), "the list of the other one")
    other.stop()
    check(not os.path.exists(path), "the socket is still there")


def test_one_process_for_a_socket_and_a_stale_one_is_replaced(t):
    backends = servers(t, 1)
    text = config(address(backends[0].port, name="alpha"))
    engine, path = start(t, text)
    second = subprocess.run([t.binary, "run", engine.config, "--http", "0", "--control", path], capture_output=True,
                            text=True, stdin=subprocess.DEVNULL, timeout=20, check=False)
    check_equal(second.returncode, 1, "exit status")
    check_in("another process listens on it", second.stderr, "the reason")
    engine.signal(signal.SIGKILL)
    engine.wait(10)
    check(os.path.exists(path), "the killed one left its socket")
    third = t.myelin(text, arguments=("--control", path))
    check_in("alpha", ask(t, path, "list"), "the list")
    third.stop()
    check(not os.path.exists(path), "the socket is still there")


def test_gv23_tenants(t):
    backends = servers(t)
    children = [address(backends[0].port).replace("<endpoint", '<endpoint tenants="eu"', 1),
                address(backends[1].port).replace("<endpoint", '<endpoint tenants="us, asia"', 1), address(backends[2].port)]
    for arguments, expected in ((("--tenant", "EU"), {"A", "C"}), (("--tenant", "us"), {"B", "C"}), ((), {"A", "B", "C"})):
        engine = t.myelin(config(*children), arguments=arguments)
        check_equal(served_by(engine), expected, f"who serves with {arguments}")
        engine.stop()
    settings = '<myelin xmlns="http://ws.apache.org/ns/synapse"><server tenant="asia"/></myelin>'
    check_equal(served_by(t.myelin(config(*children), settings=settings)), {"B", "C"}, "who serves by the settings")
    wrong = subprocess.run([t.binary, "check", "x.xml", "--tenant", "eu,us"], capture_output=True, text=True, timeout=20,
                           stdin=subprocess.DEVNULL, check=False)
    check_equal(wrong.returncode, 2, "exit status")
    check_in("--tenant takes one name", wrong.stderr, "usage")
