"""The steps of tests/run: each with its own log, its time and its count of cases."""
import argparse
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build" / "test-logs"
JOBS = str(min(os.cpu_count() or 2, 8))
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.MULTILINE)
BOOST = re.compile(r"(\d+) test cases? out of (\d+) passed")
BOOST_FAILED = re.compile(r"(\d+) test cases? out of (\d+) failed")
BOOST_TIMED = re.compile(r"(\d+) test cases? out of (\d+) (?:aborted|timed out)")
# What runs threads or fibers, and so is worth ThreadSanitizer's time.
THREADED_UNITS = ("engine_base", "engine_runtime", "engine_http", "engine_observe", "engine_redis", "endpoints",
                  "engine_dispatch", "engine_poco")


class Count:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def environment(preset):
    """Sanitizers stop at the first report, with a status that no test takes for success."""
    values = dict(os.environ)
    values.setdefault("CCACHE_DIR", str(Path.home() / ".cache" / "ccache"))
    if preset == "asan":
        values["ASAN_OPTIONS"] = "detect_stack_use_after_return=0:abort_on_error=0:exitcode=99"
        values["UBSAN_OPTIONS"] = "print_stacktrace=1"
    if preset == "tsan":
        values["TSAN_OPTIONS"] = ("halt_on_error=1:exitcode=66:second_deadlock_stack=1:"
                                  f"suppressions={ROOT / 'tests' / 'tsan.suppressions'}")
    values["BOOST_TEST_REPORT_LEVEL"] = "short"
    return values


def run(command, log, preset="release"):
    """Exit status; the output is appended to the log."""
    with open(log, "ab") as out:
        out.write(("$ " + " ".join(command) + "\n").encode())
        out.flush()
        return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                              env=environment(preset)).returncode


def summary_of(log, status):
    """What a runner of ours said in its last line; a runner that died without it has failed once."""
    found = SUMMARY.findall(log.read_text(errors="replace"))
    if not found:
        return Count(failed=1)
    count = Count(*(int(number or 0) for number in found[-1]))
    if status != 0 and count.failed == 0:
        count.failed = 1
    return count


def script(*command):
    def step(log):
        return summary_of(log, run(list(command), log))
    return step


def build(preset, *targets):
    def step(log):
        directory = ROOT / "build" / preset
        if not (directory / "build.ninja").exists() and run(["cmake", "--preset", preset], log) != 0:
            return Count(failed=1)
        wanted = [target for target in targets if target in known_targets(preset)] if targets else []
        if run(["ninja", "-C", str(directory), "-j", JOBS, *wanted], log) != 0:
            return Count(failed=1)
        return Count()
    return step


def known_targets(preset):
    listed = subprocess.run(["ninja", "-C", str(ROOT / "build" / preset), "-t", "targets", "all"], capture_output=True,
                            text=True, check=True).stdout
    return {line.split(":")[0].rsplit("/", 1)[-1] for line in listed.splitlines() if ": " in line}


def cases_of(test):
    """Cases in one program that ctest ran: Boost.Test's report, a closing line of ours, or the program as one."""
    output = "".join(part.text or "" for part in test.iter("system-out"))
    state = test.get("status")
    if state in ("disabled", "notrun"):
        return Count(skipped=1) if state == "disabled" else Count(failed=1)
    good = state == "run"
    boost, failed = BOOST.search(output), BOOST_FAILED.search(output)
    timed = BOOST_TIMED.search(output)
    ours = SUMMARY.findall(output)
    if boost or failed:
        passed_cases = int(boost.group(1)) if boost else 0
        failed_cases = int(failed.group(1)) if failed else 0
        failed_cases += int(timed.group(1)) if timed else 0
        return Count(passed_cases, max(failed_cases, 0 if good else 1))
    if ours:
        count = Count(*(int(number or 0) for number in ours[-1]))
        count.failed = max(count.failed, 0 if good else 1)
        return count
    return Count(passed=1) if good else Count(failed=1)


def ctest(preset, pattern=None):
    def step(log):
        report = log.with_suffix(".xml")
        report.unlink(missing_ok=True)
        command = ["ctest", "--test-dir", str(ROOT / "build" / preset), "-j", JOBS, "--output-on-failure",
                   "--output-junit", str(report), "--test-output-size-passed", "4000000",
                   "--test-output-size-failed", "4000000", "--no-tests=error"]
        if pattern:
            command += ["-R", pattern]
        status = run(command, log, preset)
        if not report.exists():
            return Count(failed=1)
        try:
            tests = list(ElementTree.parse(report).getroot().iter("testcase"))
        except ElementTree.ParseError as problem:  # bytes in a test's output that XML cannot carry
            log.write_text(log.read_text(errors="replace") + f"\n{report.name}: {problem}\n")
            return Count(failed=1)
        count = Count()
        for test in tests:
            count.add(cases_of(test))
        if status != 0 and count.failed == 0:
            count.failed = 1
        return count
    return step


def e2e(preset, *arguments):
    def step(log):
        slow = "1" if preset == "release" else "4"
        return summary_of(log, run(["tests/e2e/run", "--binary", f"build/{preset}/myelin", "--slow", slow, *arguments],
                                   log, preset))
    return step


def samples(preset):
    def step(log):
        return summary_of(log, run(["samples/run", "--preset", preset, "--check", "all"], log, preset))
    return step


TSAN_TARGETS = ["myelin", *("unit_" + name for name in THREADED_UNITS)]
QUICK = [
    ("format", "every C++ file as clang-format leaves it", script("tests/format_check")),
    ("includes", "includes point down the layers", script("tests/include_check")),
    ("build", "release build", build("release")),
    ("unit", "unit tests, fuzz corpus, golden configurations", ctest("release")),
    ("e2e", "end-to-end tests", e2e("release")),
    ("samples", "every sample tries itself", samples("release")),
]
FULL = QUICK + [
    ("asan-build", "build with AddressSanitizer and UBSan", build("asan")),
    ("asan-unit", "unit tests, fuzz corpus, golden configurations with ASan+UBSan", ctest("asan")),
    ("asan-e2e", "end-to-end tests with ASan+UBSan", e2e("asan")),
    ("asan-samples", "samples with ASan+UBSan", samples("asan")),
    ("tsan-build", "build with ThreadSanitizer", build("tsan", *TSAN_TARGETS)),
    ("tsan-unit", "unit tests of the threaded layers with TSan",
     ctest("tsan", "^unit_(" + "|".join(THREADED_UNITS) + ")$")),
    ("tsan-e2e", "concurrent end-to-end tests with TSan", e2e("tsan", "--concurrent")),
]


def show_tail(log):
    lines = log.read_text(errors="replace").splitlines()
    interesting = [line for line in lines if re.search(r"\*\*\*|FAIL|error:|Error|Sanitizer|not formatted", line)]
    for line in [*interesting[:20], "...", *lines[-40:]]:
        print("      " + line[:240])
    print(f"      (everything: {log.relative_to(ROOT)})")


def announce(text, stop):
    """Says every half minute that a long step still runs."""
    began = time.monotonic()
    while not stop.wait(30):
        print(f"      {text}: {time.monotonic() - began:.0f} s so far", flush=True)


def perform(steps):
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    total, rows, broken = Count(), [], set()
    for number, (name, what, action) in enumerate(steps, 1):
        preset = name.split("-")[0] if "-" in name else "release"
        print(f"[{number}/{len(steps)}] {what}", flush=True)
        if preset in broken and not name.startswith(("format", "includes")):
            print("      left out: its build failed")
            rows.append((name, "left out", 0.0))
            continue
        log = LOGS / f"{name}.log"
        log.touch()
        began = time.monotonic()
        done = threading.Event()
        ticker = threading.Thread(target=announce, args=(name, done), daemon=True)
        ticker.start()
        count = action(log)
        done.set()
        seconds = time.monotonic() - began
        total.add(count)
        if name.endswith("build") and count.failed:
            broken.add(preset)
        text = ("built" if name.endswith("build") and not count.failed else str(count))
        rows.append((name, text, seconds))
        print(f"      {text} in {seconds:.0f} s", flush=True)
        if count.failed:
            show_tail(log)
    print()
    for name, text, seconds in rows:
        print(f"  {name:14} {text:36} {seconds:6.0f} s")
    print(f"  {'together':14} {'':36} {sum(row[2] for row in rows):6.0f} s")
    print()
    print(total, flush=True)
    return 1 if total.failed or broken else 0


def only(name, filters):
    """One step, with its output on the terminal."""
    preset = name.split("-")[0] if "-" in name else "release"
    kind = name.rsplit("-", 1)[-1]
    log = LOGS / f"{name}.log"
    LOGS.mkdir(parents=True, exist_ok=True)
    if kind in ("e2e", "unit", "samples"):
        targets = TSAN_TARGETS if preset == "tsan" else []
        if build(preset, *targets)(log).failed:
            show_tail(log)
            return 1
    if kind == "e2e":
        slow = "1" if preset == "release" else "4"
        command = ["tests/e2e/run", "--binary", f"build/{preset}/myelin", "--slow", slow]
        command += ["--concurrent"] if preset == "tsan" else []
        command += ["--filter", "|".join(filters), "--verbose"] if filters else []
    elif kind == "unit":
        command = ["ctest", "--test-dir", f"build/{preset}", "--output-on-failure"]
        command += ["-R", "|".join(filters)] if filters else []
    elif kind == "samples":
        command = ["samples/run", "--preset", preset, "--check", *(filters or ["all"])]
    else:
        steps = [step for step in FULL if step[0] == name]
        return perform(steps)
    return subprocess.run(command, cwd=ROOT, env=environment(preset)).returncode


def main():
    parser = argparse.ArgumentParser(prog="tests/run", description="Passes every test. Last line: N passed, N failed.")
    parser.add_argument("mode", nargs="?", choices=["quick"], help="source checks and the release build only")
    parser.add_argument("--only", nargs="+", metavar=("STEP", "FILTER"))
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        for name, what, _ in FULL:
            print(f"{name:14} {what}")
        return 0
    if options.only:
        if options.only[0] not in [step[0] for step in FULL]:
            parser.error(f"no step {options.only[0]}; tests/run --list shows them")
        return only(options.only[0], options.only[1:])
    return perform(QUICK if options.mode == "quick" else FULL)


if __name__ == "__main__":
    sys.exit(main())
