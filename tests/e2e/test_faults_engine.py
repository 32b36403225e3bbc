"""The fault matrix, second part: what happens to the engine itself and to whole servers. Counts are scaled down."""
import os
import signal
import subprocess
import time

from lib import (BackendProcess, Client, EchoBackend, Load, Skip, address, call, check, check_equal, concurrent,
                 definitions, forward, limit, loadbalance, proxy, quote_request, soap_headers, wait_until)

TEXT = [("Content-Type", "text/plain")]


def timed(action):
    began = time.monotonic()
    result = action()
    return result, time.monotonic() - began


@limit(40)
def test_f18_out_of_descriptors(t):
    backend = t.keep(EchoBackend("alpha", keep=False))
    engine = t.myelin(forward(address(backend.port)), workers=1,
                      wrapper=["bash", "-c", 'ulimit -n 64; exec "$0" "$@"'])
    first = Client(engine.port)
    first.request()
    first.expect(200)
    crowd = [Client(engine.port) for _ in range(100)]
    time.sleep(0.3)
    lines, used = len(engine.lines) + len(engine.errors), engine.cpu_seconds()
    time.sleep(1.5)
    check(engine.cpu_seconds() - used < 0.3, f"{engine.cpu_seconds() - used:.2f} s of processor time in 1.5 s")
    check(len(engine.lines) + len(engine.errors) - lines <= 10, "the log is flooded:\n" + engine.log()[-2000:])
    first.request()
    first.expect(200)
    for client in crowd:
        client.close()
    began = time.monotonic()
    check_equal(call(engine.port).status, 200, "status afterwards")
    check(time.monotonic() - began < 2, "recovery takes too long")
    first.close()


@concurrent
def test_f20_sigterm_under_load(t):
    backend = t.keep(EchoBackend("alpha", delay=0.2, keep=False))
    engine = t.myelin(forward(address(backend.port)))
    idle = Client(engine.port)
    idle.request()
    idle.expect(200)
    load = Load(engine.port, clients=16)
    wait_until(lambda: load.answers > 30, 10, "load")
    moment = time.monotonic()
    engine.signal(signal.SIGTERM)
    check_equal(engine.wait(10), 0, "exit status")
    took = time.monotonic() - moment
    load.stop()
    check_equal(load.failures_begun_before(moment), [], "requests in flight that failed")
    check(load.closing > 0, "no answer said Connection: close")
    check(took < 5, f"drained in {took:.1f} s")
    idle.expect_closed()


def test_f20_second_sigterm_means_now(t):
    backend = t.backend(lambda c: (c.read_request(), c.hang()))
    engine = t.myelin(forward(address(backend.port)))
    with Client(engine.port) as client:
        client.request()
        wait_until(lambda: backend.count == 1, 5, "the request at the backend")
        engine.signal(signal.SIGTERM)
        time.sleep(0.5)
        check(engine.alive(), "left with a request in flight")
        engine.signal(signal.SIGTERM)
        _, seconds = timed(lambda: engine.wait(5))
        check(seconds < 2, f"took {seconds:.1f} s")


@concurrent
@limit(40)
def test_f21_reload_under_load(t):
    backends = [t.keep(EchoBackend(name, keep=False)) for name in ("alpha", "beta")]

    def config(number):
        return forward(loadbalance(*[address(b.port) for b in backends])
                       .replace("<endpoint>", f'<endpoint name="group{number % 3}">', 1))
    engine = t.myelin(config(0))
    load = Load(engine.port, clients=8, method="POST", headers=TEXT, body="x" * 300)
    for number in range(20):
        engine.write(config(number))
        engine.reload()
        time.sleep(0.1)
    load.stop()
    check_equal(load.failures, [], "failed calls")
    check(load.answers > 200, f"{load.answers} calls only")


@concurrent
@limit(40)
def test_f22_backend_killed_under_load(t):
    backends = [t.keep(BackendProcess(name)) for name in ("alpha", "beta", "gamma")]
    engine = t.myelin(forward(loadbalance(*[address(b.port, suspend=300) for b in backends])))
    load = Load(engine.port, clients=8)
    wait_until(lambda: load.answers > 200, 10, "load")
    backends[1].kill()
    time.sleep(1.0)
    backends[1].start()
    before = load.servers["beta"]
    wait_until(lambda: load.servers["beta"] > before, 10, "the restarted server is used again")
    load.stop()
    check_equal(load.failures, [], "failed calls")


def test_f23_engine_killed(t):
    """After kill -9 a new one takes the same port at once."""
    backend = t.backend()
    engine = t.myelin(forward(address(backend.port)))
    with Client(engine.port) as client:
        client.request()
        client.expect(200)
        engine.kill()
        again, seconds = timed(lambda: t.myelin(forward(address(backend.port)), http_port=engine.port))
        check(seconds < 2, f"took {seconds:.1f} s")
        check_equal(call(again.port).status, 200, "status")


def test_f24_broken_configuration_at_reload(t):
    backend = t.keep(EchoBackend("alpha"))
    good = forward(address(backend.port))
    engine = t.myelin(good)
    check_equal(call(engine.port).status, 200, "status")
    for broken in (good.replace("<send>", "<sned>").replace("</send>", "</sned>"), "<definitions", "",
                   good.replace("</in>", '<sequence key="nowhere"/></in>')):
        said = len(engine.lines), len(engine.errors)
        engine.write(broken)
        engine.reload()
        wait_until(lambda: "synapse.xml" in "".join(engine.lines[said[0]:] + engine.errors[said[1]:]), 5,
                   "an error that names the file")
        check_equal(call(engine.port).status, 200, "status after a broken reload")
    other = t.keep(EchoBackend("beta"))
    engine.write(forward(address(other.port)))
    engine.reload()
    wait_until(lambda: call(engine.port).headers.get("X-Served-By") == "beta", 5, "the mended configuration")


SHIM = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long shift(void) {
    long seconds = 0;
    FILE* file = fopen(getenv("CLOCK_SHIFT"), "r");
    if (file) { if (fscanf(file, "%ld", &seconds) != 1) seconds = 0; fclose(file); }
    return seconds;
}
int clock_gettime(clockid_t id, struct timespec* now) {
    static int (*real)(clockid_t, struct timespec*);
    if (!real) real = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
    int status = real(id, now);
    if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) now->tv_sec += shift();
    return status;
}
int gettimeofday(struct timeval* now, void* zone) {
    struct timespec exact;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}
time_t time(time_t* out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
"""


def test_f25_clock_jumps(t):
    """The wall clock jumps by an hour either way: suspension and time-outs stay as they were."""
    if "sanitize" in t.binary or any(name in t.binary for name in ("asan", "tsan")):
        raise Skip("a preloaded clock and a sanitizer do not go together")
    live = t.keep(EchoBackend("alpha"))
    hanging = t.backend(lambda c: (c.read_request(), c.hang()))
    engine_files = t.temporary()
    source, library = os.path.join(engine_files, "shim.c"), os.path.join(engine_files, "shim.so")
    shift = os.path.join(engine_files, "shift")
    with open(source, "w", encoding="ascii") as out:
        out.write(SHIM)
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)

    def jump(seconds):
        with open(shift + ".new", "w", encoding="ascii") as out:
            out.write(str(seconds))
        os.replace(shift + ".new", shift)
    jump(0)
    engine = t.myelin(definitions(proxy("Live", address(live.port, suspend=1500))
                                  + proxy("Hang", address(hanging.port, timeout=600, suspend=0))),
                      environment={"LD_PRELOAD": library, "CLOCK_SHIFT": shift})
    live.refuse()
    check(call(engine.port, "GET", "/services/Live/x").status in (502, 503), "status of the failing call")
    live.start()
    jump(3600)
    check_equal(call(engine.port, "GET", "/services/Live/x").status, 503, "status while suspended, an hour on")
    jump(-3600)
    answer, seconds = timed(lambda: call(engine.port, "GET", "/services/Hang/x"))
    check_equal(answer.status, 504, "status of the hanging call")
    check(0.5 < seconds < 1.4, f"timed out after {seconds:.3f} s")
    time.sleep(1.2)
    check_equal(call(engine.port, "GET", "/services/Live/x").status, 200, "status after the suspension")


def test_f26_disk_full_for_logs(t):
    backend = t.keep(EchoBackend("alpha"))
    config = definitions(f'<sequence name="main"><in><log level="full"/><send>{address(backend.port)}</send></in>'
                         "<out><send/></out></sequence>")
    with open("/dev/full", "w", encoding="ascii") as full:
        engine = t.myelin(config, log_to=full)
        with Client(engine.port) as client:
            for number in range(200):
                client.request("POST", "/", soap_headers(), quote_request(f"S{number}"))
                client.expect(200)
