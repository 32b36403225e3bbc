"""What one request costs, free of noise: user instructions (callgrind) and data system calls (strace). Each figure is the
difference between two runs of different length, so that start-up does not count."""

import pathlib
import re
import shutil
import socket
import tempfile
import time

import peers

CONNECTIONS = 16
SHORT, LONG = 50 * CONNECTIONS, 250 * CONNECTIONS
GATES = [
    ("plain proxying, instructions", False, 12_000),
    ("SOAP routed by one XPath, instructions", True, 30_000),
]
DATA_CALLS = ("read", "readv", "recvfrom", "recvmsg", "write", "writev", "sendto", "sendmsg", "splice")
CALL_GATE = 4.1


def read_answer(stream):
    """The status of one answer, read to its end."""
    status = int(stream.readline().split()[1])
    length = 0
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    stream.read(length)
    return status


def drive(port, count):
    """That many requests over CONNECTIONS connections that are kept alive and are all busy at a time."""
    body = peers.soap_of(1024).encode()
    request = (b"POST /services/SimpleStockQuoteService HTTP/1.1\r\nHost: 127.0.0.1\r\n"
               b"User-Agent: gates\r\nAccept: */*\r\nContent-Type: text/xml; charset=UTF-8\r\n"
               b'SOAPAction: "urn:getQuote"\r\nContent-Length: %d\r\n\r\n%s' % (len(body), body))
    connections = [socket.create_connection(("127.0.0.1", port), 60) for _ in range(CONNECTIONS)]
    streams = [connection.makefile("rb") for connection in connections]
    for _ in range(count // CONNECTIONS):
        for connection in connections:
            connection.sendall(request)
        for stream in streams:
            if (status := read_answer(stream)) != 200:
                raise SystemExit(f"the proxy answered {status}")
    for connection in connections:
        connection.close()


def measured(binary, folder, backends, routed, count, prefix, name):
    program = peers.myelin(binary, folder, backends, 1, None, routed, name=name, prefix=prefix)
    try:
        drive(program.port, count)
    finally:
        program.stop()


def instructions(binary, folder, backends, routed, count):
    out = folder / f"callgrind.{routed}.{count}"
    prefix = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--quiet"]
    measured(binary, folder, backends, routed, count, prefix, f"callgrind-{routed}-{count}")
    return int(re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.M).group(1))


def calls(binary, folder, backends, count):
    out = folder / f"strace.{count}"
    # -D: Myelin itself is the child that is stopped; the tracer writes its table after it.
    measured(binary, folder, backends, False, count, ["strace", "-D", "-f", "-c", "-o", str(out)], f"strace-{count}")
    end = time.monotonic() + 10
    while "total" not in out.read_text() and time.monotonic() < end:
        time.sleep(0.05)
    counts = {}
    for line in out.read_text().splitlines():
        match = re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", line)
        if match:
            counts[match.group(2)] = int(match.group(1))
    return counts


def run(binary):
    """Prints the gates; the exit status is 1 when one is missed."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="myelin-gates-"))
    backends, missed = [], False
    try:
        backends = peers.backends(folder, 1024)
        print("| gate | per request | limit | |\n| --- | --- | --- | --- |")
        for title, routed, limit in GATES:
            short = instructions(binary, folder, backends, routed, SHORT)
            cost = (instructions(binary, folder, backends, routed, LONG) - short) / (LONG - SHORT)
            missed |= cost > limit
            print(f"| {title} | {cost:.0f} | {limit} | {'met' if cost <= limit else 'MISSED'} |", flush=True)
        short, long = calls(binary, folder, backends, SHORT), calls(binary, folder, backends, LONG)
        per = {name: (long.get(name, 0) - short.get(name, 0)) / (LONG - SHORT) for name in long}
        data = sum(per.get(name, 0) for name in DATA_CALLS)
        missed |= data > CALL_GATE
        others = ", ".join(f"{name} {cost:.2f}" for name, cost in sorted(per.items()) if cost >= 0.01)
        print(f"| data system calls | {data:.2f} | {CALL_GATE} | {'met' if data <= CALL_GATE else 'MISSED'} |")
        print(f"\nall system calls: {others}")
    finally:
        for backend in backends:
            backend.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if missed else 0
