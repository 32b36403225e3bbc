"""The command line."""
import os
import re
import socket
import subprocess

from lib import (Client, QuoteBackend, address, api, call, check, check_equal, check_in, concurrent, definitions, forward,
                 loadbalance, proxy, quote_request, settings, soap_headers, wait_until)

GOOD = definitions('<sequence name="main"><in><drop/></in></sequence>')


def run(t, *arguments, timeout=15):
    done = subprocess.run([t.binary, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=timeout)
    return done.returncode, done.stdout, done.stderr


def write(t, text, name="synapse.xml"):
    path = os.path.join(t.temporary(), name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


def test_version_and_help(t):
    status, out, _ = run(t, "--version")
    check_equal(status, 0, "exit status of --version")
    check(re.search(r"\d+\.\d+\.\d+", out), f"no version in {out!r}")
    for arguments in (["--help"], ["run", "--help"], ["check", "--help"], ["show", "--help"], ["list", "--help"]):
        status, out, _ = run(t, *arguments)
        check_equal(status, 0, f"exit status of {arguments}")
        check_in("myelin", out, f"text of {arguments}")
    check_in("--http", run(t, "run", "--help")[1], "help of run")


def test_wrong_arguments(t):
    for arguments in ([], ["frobnicate"], ["run"], ["run", write(t, GOOD), "--htpt", "0"],
                      ["run", write(t, GOOD), "--http", "many"], ["list", "everything"]):
        status, out, err = run(t, *arguments)
        check(status not in (0, -6, -11), f"exit status {status} of {arguments}")
        check(out + err, f"{arguments}: no word about it")


def test_check_of_a_good_file(t):
    status, out, err = run(t, "check", write(t, GOOD))
    check_equal(status, 0, f"exit status; {out}{err}")


def test_check_names_the_place_of_every_mistake(t):
    path = write(t, definitions('<sequence name="main">\n  <sned/>\n  <log level="full" categry="INFO"/>\n'
                                '  <sequence key="nowhere"/>\n</sequence>'))
    status, out, err = run(t, "check", path)
    text = out + err
    check_equal(status, 1, "exit status")
    for place in (r"synapse\.xml:4:\d+", r"synapse\.xml:5:\d+", r"synapse\.xml:6:\d+"):
        check(re.search(place, text), f"no {place} in {text}")
    check_in("send", text, "suggestion")
    check_in("nowhere", text, "missing reference")


def test_run_refuses_what_check_refuses(t):
    for text in ("", "<a", "<definitions/>", GOOD.replace("<drop/>", '<drop frequency="often"/>')):
        status, out, err = run(t, "run", write(t, text), "--http", "0")
        check_equal(status, 1, f"exit status for {text!r}")
        check_in("synapse.xml", out + err, "message")


def test_missing_file(t):
    status, out, err = run(t, "run", "/nowhere/synapse.xml", "--http", "0")
    check_equal(status, 1, "exit status")
    check_in("/nowhere/synapse.xml", out + err, "message")


def test_port_in_use(t):
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    port = taken.getsockname()[1]
    status, out, err = run(t, "run", write(t, GOOD), "--http", str(port))
    check_equal(status, 1, "exit status")
    check_in(str(port), out + err, "message")
    check_in("is another program using the port?", out + err, "hint")
    taken.close()


def test_https_on_the_command_line_needs_a_certificate(t):
    listener = write(t, settings('<listener protocol="https"/>'), "myelin.xml")
    for arguments in ([], ["--transport", "poco"], ["--settings", listener]):
        status, out, err = run(t, "run", write(t, GOOD), "--http", "0", "--https", "0", *arguments)
        check_equal(status, 1, f"exit status with {arguments}")
        check_in("https needs a <certificate>; see conf/myelin.xml", out + err, "message")


def test_a_second_engine_on_the_same_port_is_refused(t):
    """Two engines must not share a port by accident, whatever socket options the listeners use."""
    engine = t.myelin(GOOD)
    status, out, err = run(t, "run", write(t, GOOD), "--http", str(engine.port))
    check_equal(status, 1, "exit status")
    check_in(str(engine.port), out + err, "message")


def test_list(t):
    for what, names in (("mediators", ("send", "filter", "switch", "makefault")),
                        ("endpoints", ("address", "loadbalance", "failover")), ("algorithms", ("roundRobin",))):
        status, out, _ = run(t, "list", what)
        check_equal(status, 0, f"exit status for {what}")
        for name in names:
            check_in(name, out, what)
    check("loadBalance" not in run(t, "list", "endpoints")[1].split(), "a spelling is no kind of its own")


def test_split_directory(t):
    backend = t.backend()
    engine = t.myelin({
        "sequences/main.xml": '<sequence xmlns="http://ws.apache.org/ns/synapse" name="main"><in><send>'
                              '<endpoint key="server"/></send></in><out><send/></out></sequence>',
        "endpoints/server.xml": address(backend.port, name="server").replace(
            "<endpoint", '<endpoint xmlns="http://ws.apache.org/ns/synapse"', 1),
    })
    check_equal(call(engine.port).status, 200, "status")


def test_environment_values(t):
    backend = t.backend()
    engine = t.myelin(forward(address("${ENV:E2E_PORT}")), environment={"E2E_PORT": str(backend.port)})
    check_equal(call(engine.port).status, 200, "status")


def test_start_up_tells_what_was_loaded(t):
    engine = t.myelin(definitions(proxy("Quote", address(1)) + api("Rest", "/rest", "<resource/>")))
    wait_until(lambda: "listening http 127.0.0.1" in engine.output(), 5, "the line that says where")
    check(len(engine.lines) + len(engine.errors) <= 25, "more than a screen:\n" + engine.log())
    check(len(re.findall(r"\n", engine.log())) >= 1, "nothing")


def test_readiness_for_the_service_manager(t):
    path = os.path.join(t.temporary(), "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(10)
        engine = t.myelin(GOOD, environment={"NOTIFY_SOCKET": path})
        check_equal(manager.recv(4096), b"READY=1", "after the start")
        engine.reload()
        check_in(b"RELOADING=1\nMONOTONIC_USEC=", manager.recv(4096), "on SIGHUP")
        check_equal(manager.recv(4096), b"READY=1", "after the reload")
        engine.stop()
        check_equal(manager.recv(4096), b"STOPPING=1", "after SIGTERM")


def test_api_routing(t):
    backend = t.backend()
    send = f"<inSequence><send>{address(backend.port, '/b')}</send></inSequence><outSequence><send/></outSequence>"
    engine = t.myelin(definitions(api(
        "Shop", "/shop", f'<resource methods="GET" uri-template="/item/{{id}}">{send}</resource>',
        f'<resource methods="POST" url-mapping="/order/*">{send}</resource>')))
    check_equal(call(engine.port, target="/shop/item/7").status, 200, "GET of an item")
    check_equal(call(engine.port, "POST", "/shop/order/new", [("Content-Type", "text/plain")], "x").status, 200, "POST")
    check_equal(call(engine.port, target="/shop/nothing").status, 404, "unknown path")
    refused = call(engine.port, "DELETE", "/shop/item/7")
    check_equal(refused.status, 405, "wrong method")
    check_in("GET", refused.headers.get("Allow", ""), "Allow")
    check_in("Method Not Allowed", refused.text, "body")


@concurrent
def test_transport_poco(t):
    """The server of the POCO library in front, the same mediation behind it."""
    backends = [t.keep(QuoteBackend(name)) for name in ("alpha", "beta", "gamma")]
    engine = t.myelin(forward(loadbalance(*[address(b.port, "/services/Quote") for b in backends])),
                      arguments=["--transport", "poco"])
    servers = []
    with Client(engine.port) as client:
        for _ in range(6):
            client.request("POST", "/", soap_headers(), quote_request("IBM"))
            answer = client.expect(200)
            check_in("getQuoteResponse", answer.text, "answer")
            servers.append(answer.headers.get("X-Served-By"))
        check_equal(sorted(servers[:3]), ["alpha", "beta", "gamma"], "first lap")
        check_equal(servers[3:], servers[:3], "second lap")
        engine.write(definitions('<sequence name="main"><respond/></sequence>'))
        engine.reload()
        wait_until(lambda: call(engine.port, "POST", "/", [("Content-Type", "text/plain")], "x").text == "x", 10,
                   "the new configuration")
    # SIGTERM does not wait for connections that idle.
    with Client(engine.port) as idle:
        idle.request("POST", "/", [("Content-Type", "text/plain")], "idle")
        check_equal(idle.expect(200).text, "idle", "answer")
        engine.stop(5)


def test_transport_poco_speaks_no_https(t):
    pair = os.path.join(t.temporary(), "pair.pem")
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                           "-subj", "/CN=localhost", "-keyout", pair, "-out", pair + ".crt"], capture_output=True)
    check_equal(made.returncode, 0, "openssl")
    listener = (f'<listener protocol="https" port="0"><certificate chain="{pair}.crt" key="{pair}"/></listener>')
    status, out, err = run(t, "run", write(t, GOOD), "--transport", "poco", "--settings",
                           write(t, settings(listener), "myelin.xml"))
    check_equal(status, 1, "exit status")
    check_in("https", out + err, "message")
    check_equal(run(t, "run", write(t, GOOD), "--transport", "carrier-pigeon")[0], 2, "exit status of nonsense")


def test_check_bounds(t):
    tree = loadbalance(*[address(port) for port in (1, 2, 3)])
    path = write(t, forward(tree))
    status, out, err = run(t, "check", "--bounds", path)
    check_equal(status, 0, f"exit status; {out}{err}")
    check(re.search(r"^main +3 +\S+ s\b", out, re.M), f"no line of the route in {out}")
    check_in("largest tree: ", out, "output")


def test_bounds_refuse_at_load_and_on_reload(t):
    limited = settings('<bounds attempts="2"/>')
    path = write(t, forward(loadbalance(*[address(port) for port in (1, 2, 3)])))
    for command in (["check"], ["run", "--http", "0"]):
        status, out, err = run(t, command[0], path, "--settings", write(t, limited, "myelin.xml"), *command[1:])
        check_equal(status, 1, f"exit status of {command}")
        check(re.search(r"synapse\.xml:\d+:\d+: error: .*3 attempts", out + err), f"no place in {out}{err}")
        check_in("the largest part is", out + err, "help")


def test_strict_synapse(t):
    path = write(t, definitions('<sequence name="main"><send><endpoint><loadbalance algorithm="roundRobin"><endpoint>'
                                '<address uri="http://127.0.0.1:1/"/></endpoint></loadbalance></endpoint></send>'
                                '</sequence>'))
    check_equal(run(t, "check", path)[0], 0, "exit status without the option")
    status, out, err = run(t, "check", "--strict-synapse", path)
    check_equal(status, 1, "exit status")
    check(re.search(r'synapse\.xml:\d+:\d+: error: Synapse has no algorithm "roundRobin"', out + err), out + err)
    status, out, err = run(t, "check", "--strict-synapse", write(t, GOOD))
    check_equal(status, 0, f"exit status of what is Synapse's; {out}{err}")


def test_show_loads_to_the_same(t):
    backend = t.backend()
    path = write(t, forward(loadbalance(address(backend.port)).replace("loadbalance", "loadBalance")))
    status, out, err = run(t, "show", path)
    check_equal(status, 0, f"exit status; {err}")
    check_in("<loadbalance ", out, "spelling")
    check_in("<initialDuration>30000</initialDuration>", out, "defaults")
    again = run(t, "show", write(t, out, "shown.xml"))
    check_equal(again, (0, out, ""), "what is shown, shown again")
    check_equal(call(t.myelin(out).port).status, 200, "status")
    status, out, _ = run(t, "show", write(t, GOOD.replace("drop", "dorp")))
    check_equal((status, out), (1, ""), "a configuration with errors")
