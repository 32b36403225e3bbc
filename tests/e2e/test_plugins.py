"""Plugins as users drop them in: a folder, a configuration that names a class, a reload."""
import os
import shutil

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
