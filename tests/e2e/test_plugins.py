"""Plugins as users drop them in: a folder, a configuration that names a class, a reload."""
import os
import shutil
import subprocess

from lib import Load, call, check_equal, check_in, definitions, wait_until
from lib.case import Skip, limit
from lib.config import settings


def library(t, kind):
    """One of the libraries that are built for the unit tests of the loader."""
    path = os.path.join(os.path.dirname(os.path.abspath(t.binary)), "tests", "plugins", f"{kind}.so")
    if not os.path.exists(path):
        raise Skip(f"{path} is not built")
    return path


def configuration(port):
    return definitions(
        '<sequence name="main"><in><send><endpoint><class name="test.Fixed">'
        f'<parameter name="address">http://127.0.0.1:{port}</parameter>'
        "</class></endpoint></send></in><out><send/></out></sequence>")


def folder_with(t, kind):
    folder = t.temporary()
    shutil.copy(library(t, kind), os.path.join(folder, "mine.so"))
    return folder


def balanced(algorithm, *ports, attributes=""):
    """A group whose algorithm comes from the plugin."""
    children = "".join(f'<endpoint name="at{port}"><address uri="http://127.0.0.1:{port}"/></endpoint>'
                       for port in ports)
    return definitions(
        f'<sequence name="main"><in><send><endpoint name="group"><loadbalance algorithm="{algorithm}" {attributes}>'
        f"{children}</loadbalance></endpoint></send></in><out><send/></out></sequence>")


def count(backend):
    with backend.lock:
        return len(backend.requests)


def taker(engine, backends):
    """Number of the backend that gets a request now."""
    before = [count(backend) for backend in backends]
    check_equal(call(engine.port).status, 200, "status")
    after = [count(backend) for backend in backends]
    return [number for number in range(len(backends)) if after[number] > before[number]]


@limit(40)
def test_a_changed_plugin_is_taken_at_reload_while_requests_run(t):
    backend = t.backend()
    folder = folder_with(t, "good")
    engine = t.myelin(configuration(backend.port), settings=settings(plugins={"folder": folder}))

    def kind_in_use(number=[0]):
        """The good one appends X-Path to its address, the changed one does not look at it."""
        number[0] += 1
        path = f"/probe{number[0]}"
        check_equal(call(engine.port, headers=[("X-Path", path)]).status, 200, "status")
        with backend.lock:
            return "good" if any(path in request.line for request in backend.requests[-200:]) else "changed"

    check_equal(kind_in_use(), "good", "the plugin at first")
    load = Load(engine.port, clients=4, pause=0.002)
    for kind in ("changed", "good", "changed"):
        # Written over in place, which would crash a process that had mapped this very file.
        shutil.copyfile(library(t, kind), os.path.join(folder, "mine.so"))
        engine.reload()
        wait_until(lambda: kind_in_use() == kind, 10, f"the {kind} plugin")
    load.stop()
    check_equal(load.failures, [], "failed calls")


def test_a_broken_plugin_at_reload_changes_nothing(t):
    backend = t.backend()
    folder = folder_with(t, "good")
    engine = t.myelin(configuration(backend.port), settings=settings(plugins={"folder": folder}))
    for kind, reason in (("other_abi", "version 999 of the plugin interface"), ("no_descriptor", "no Myelin plugin"),
                         ("throws", "not today"), ("unresolved", "undefined symbol")):
        shutil.copyfile(library(t, kind), os.path.join(folder, "mine.so"))
        engine.reload()
        engine.wait_for_log(reason)
        check_equal(call(engine.port).status, 200, "status")


def test_a_plugin_that_throws_fails_the_message_only(t):
    backend = t.backend()
    engine = t.myelin(configuration(backend.port), settings=settings(plugins={"folder": folder_with(t, "good")}))
    answer = call(engine.port, method="DELETE")
    check_equal(answer.status, 502, "status")
    engine.wait_for_log("nothing is ever deleted")
    check_equal(call(engine.port).status, 200, "the next one")


@limit(60)
def test_a_changed_algorithm_is_taken_at_reload_while_requests_run(t):
    """One build takes the first child, the other the last."""
    backends = [t.backend() for _ in range(3)]
    folder = folder_with(t, "algorithms")
    engine = t.myelin(balanced("test.OneEnd", *(backend.port for backend in backends)),
                      settings=settings(plugins={"folder": folder}))
    check_equal(taker(engine, backends), [0], "by the first build")
    load = Load(engine.port, clients=6, pause=0.002)

    def turns(to):
        """Whether requests go to `to` only."""
        counts = [count(backend) for backend in backends]
        wait_until(lambda: sum(count(backend) for backend in backends) >= sum(counts) + 30, 10, "more requests")
        return [number for number in range(3) if count(backends[number]) > counts[number]] == [to]

    for kind, to in (("algorithms_changed", 2), ("algorithms", 0), ("algorithms_changed", 2)):
        shutil.copyfile(library(t, kind), os.path.join(folder, "mine.so"))
        engine.reload()
        wait_until(lambda: turns(to), 20, f"{kind} chooses child {to}")
    # A broken one: the reload is refused with the reason, and the one in use goes on.
    shutil.copyfile(library(t, "no_descriptor"), os.path.join(folder, "mine.so"))
    engine.reload()
    engine.wait_for_log("no Myelin plugin")
    wait_until(lambda: turns(2), 20, "the old one goes on")
    load.stop()
    check_equal(load.failures, [], "failed calls")


def test_an_algorithm_that_fails_is_contained_and_named(t):
    backends = [t.backend() for _ in range(2)]
    engine = t.myelin(balanced("test.ThrowsInPick", *(backend.port for backend in backends)),
                      settings=settings(plugins={"folder": folder_with(t, "algorithms")}))
    takers = [taker(engine, backends) for _ in range(4)]
    check_equal(takers, [[0], [1], [0], [1]], "in turn")
    engine.wait_for_log("test.ThrowsInPick of the plugin test-algorithms: pick\\(\\) failed: no idea")


def test_a_library_is_named_by_its_path_beside_the_configuration(t):
    """Without any folder of plugins; the path is relative to the file that has it."""
    backends = [t.backend() for _ in range(2)]
    engine = t.myelin(balanced("roundRobin", *(backend.port for backend in backends)))
    os.makedirs(os.path.join(engine.directory, "lib"))
    shutil.copy(library(t, "algorithms_changed"), os.path.join(engine.directory, "lib", "mine.so"))
    engine.write(balanced("test.OneEnd", *(backend.port for backend in backends),
                          attributes='library="lib/mine.so"'))
    engine.reload()
    file = engine.config
    wait_until(lambda: [taker(engine, backends) for _ in range(3)] == [[1]] * 3, 10, "the library decides")
    shown = subprocess.run([t.binary, "show", file], capture_output=True, text=True, timeout=20)
    check_in(f'library="{engine.directory}/lib/mine.so"', shown.stdout, "shown from anywhere else")
    strict = subprocess.run([t.binary, "check", "--strict-synapse", file], capture_output=True, text=True, timeout=20)
    check_in('Synapse has no attribute "library" on <loadbalance>', strict.stderr, "strict")
    os.chmod(os.path.join(engine.directory, "lib", "mine.so"), 0o666)
    refused = subprocess.run([t.binary, "check", file], capture_output=True, text=True, timeout=20)
    check_equal(refused.returncode, 1, "status of a file that everybody may write to")
    check_in("everybody may write to it", refused.stderr, "reason")


def test_a_mediator_of_a_plugin(t):
    backend = t.backend()

    def does(what, more=""):
        return f'<class name="test.Does"><property name="what" value="{what}"/>{more}</class>'

    replaced = does("body", '<property name="with" value="[1,2]"/>')
    sequence = (f'<sequence name="main"><in><switch source="$trp:X-Do"><case regex="fault">{does("throw")}</case>'
                f'<case regex="stop">{does("stop")}</case><default>{replaced}</default></switch><send><endpoint>'
                f'<address uri="http://127.0.0.1:{backend.port}"/></endpoint></send></in><out><send/></out></sequence>')
    engine = t.myelin(definitions(sequence), settings=settings(plugins={"folder": folder_with(t, "mediators")}))
    answer = call(engine.port, method="POST", headers=[("Content-Type", "text/xml")], body=b"<a/>")
    check_equal(answer.status, 200, "status")
    with backend.lock:
        request = backend.requests[-1]
    check_equal(request.body, b"[1,2]", "body at the backend")
    check_equal(call(engine.port, method="POST", headers=[("X-Do", "fault")], body=b"x").status, 500, "fault")
    engine.wait_for_log("class test.Does of the plugin test-mediators failed: out of order")
    check_equal(call(engine.port, method="POST", headers=[("X-Do", "stop")], body=b"x").status, 202, "stopped")
    check_equal(count(backend), 1, "requests that reached the backend")


def test_list_prints_what_plugins_have(t):
    folder = t.temporary()
    for kind in ("good", "algorithms", "mediators"):
        shutil.copy(library(t, kind), os.path.join(folder, kind + ".so"))
    file = os.path.join(t.temporary(), "myelin.xml")
    with open(file, "w", encoding="utf-8") as out:
        out.write(settings(plugins={"folder": folder}))

    def listed(what, *more):
        return subprocess.run([t.binary, "list", what, *more], capture_output=True, text=True, timeout=20)

    for what, own, plugged in (
            ("mediators", "send", f"test.Does  (class of the plugin test-mediators 1.0, {folder}/mediators.so)"),
            ("endpoints", "address", f"test.Fixed  (class of the plugin test 1.0, {folder}/good.so)"),
            ("algorithms", "roundRobin",
             f"test.Recorder  (of the plugin test-algorithms 1.0, {folder}/algorithms.so)"),
            ("membership", "myelin.dns", f"test.One  (of the plugin test 1.0, {folder}/good.so)")):
        lines = listed(what, "--settings", file).stdout.splitlines()
        check_in(own, lines, what)
        check_in(plugged, lines, what)
        check_in(own, listed(what).stdout.splitlines(), f"{what} without settings")
    shutil.copy(library(t, "other_abi"), os.path.join(folder, "old.so"))
    broken = listed("algorithms", "--settings", file)
    check_equal(broken.returncode, 1, "status with a plugin that cannot be loaded")
    check_in("version 999 of the plugin interface", broken.stderr, "reason")
    check_in("test.Recorder", broken.stdout, "the others")
