"""What one request costs, free of noise: user instructions (callgrind) and data system calls (strace). Each figure is the
difference between two runs of different length, so that start-up does not count."""

import http.client
import pathlib
import re
import shutil
import tempfile

import peers

SHORT, LONG = 500, 2500
GATES = [
    ("plain proxying, instructions", False, 12_000),
    ("SOAP routed by one XPath, instructions", True, 30_000),
]
DATA_CALLS = ("read", "readv", "recvfrom", "recvmsg", "write", "writev", "sendto", "sendmsg", "splice")
CALL_GATE = 4.1


def drive(port, count):
    body = peers.soap_of(1024)
    headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '"urn:getQuote"', "Host": "127.0.0.1"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(count):
        connection.request("POST", "/services/SimpleStockQuoteService", body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"the proxy answered {answer.status}")
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
    measured(binary, folder, backends, False, count, ["strace", "-f", "-c", "-o", str(out)], f"strace-{count}")
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
