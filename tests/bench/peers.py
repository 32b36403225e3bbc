"""The programs that tests/bench/compare measures side by side, with equivalent configurations. Everything listens on
127.0.0.1, on ports that were free, and is stopped by its own process id."""

import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import subprocess
import time

SOAP = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<m0:getQuote xmlns:m0="http://services.samples"><m0:request><m0:symbol>IBM</m0:symbol></m0:request>'
    '<m0:note>%s</m0:note></m0:getQuote></soapenv:Body></soapenv:Envelope>'
)


# What HAProxy may serve within the descriptor limit: it counts two for each connection.
CONNECTIONS = min(14_000, (resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 100) // 2)


def soap_of(size):
    return SOAP % ("x" * (size - len(SOAP % "")))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return True
        except OSError:
            time.sleep(0.02)
    return False


def process_tree(pid):
    found = [pid]
    for one in found:
        for task in pathlib.Path(f"/proc/{one}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def cpu_seconds(pid):
    """User and system time of a process tree: the scheduler's own count, in nanoseconds."""
    total = 0
    for one in process_tree(pid):
        for task in pathlib.Path(f"/proc/{one}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def resident_kib(pid):
    """Proportional set size of a process tree, so that shared pages count once."""
    total = 0
    for one in process_tree(pid):
        text = pathlib.Path(f"/proc/{one}/smaps_rollup").read_text()
        total += int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1))
    return total


class Program:
    """A started program; `pid` is the root of its process tree."""

    def __init__(self, name, command, port, folder, env=None):
        self.name, self.port, self.folder = name, port, folder
        self.log = open(folder / f"{name}.log", "wb")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, env=env)
        if not wait_for(port) or self.process.poll() is not None:
            self.stop()
            raise SystemExit(f"{name} does not serve: {pathlib.Path(self.log.name).read_text().strip()}")

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


def nginx(name, folder, http, workers):
    root = folder / name
    root.mkdir()
    (root / "nginx.conf").write_text(
        f"daemon off; worker_processes {workers}; pid {root}/pid; error_log {root}/error.log crit;\n"
        "events { worker_connections 14000; }\n"
        f"http {{ access_log off; keepalive_requests 100000000; keepalive_timeout 600s;\n"
        f"client_body_temp_path {root}/body; proxy_temp_path {root}/proxy; fastcgi_temp_path {root}/f;\n"
        f"uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;\n{http}\n}}\n"
    )
    return ["nginx", "-p", str(root), "-c", str(root / "nginx.conf"), "-e", str(root / "error.log")]


def backends(folder, answer_size, count=3):
    """nginx as backends, which answer from memory."""
    started = []
    # Workers of nginx run as another user when root starts it.
    folder.chmod(0o755)
    # A large answer is no SOAP: to a client that sent no SOAP, Myelin would convert it.
    kind = "text/xml" if answer_size <= 4096 else "application/octet-stream"
    answer = soap_of(answer_size) if answer_size >= 512 else "x" * answer_size
    for number in range(count):
        port = free_port()
        page = folder / f"page{number}"
        page.mkdir()
        (page / "answer").write_text(answer)
        location = (
            f"return 200 '{answer}';" if answer_size <= 4096
            else f"root {page}; try_files /answer =404;"
        )
        body = (
            f"server {{ listen 127.0.0.1:{port} backlog=4096; default_type {kind}; open_file_cache max=10;\n"
            f"location / {{ {location} }} }}"
        )
        command = nginx(f"backend{number}", folder, body, 1)
        started.append(Program(f"backend{number}", command, port, folder))
    return started


def certificate(folder):
    cert, key, both = folder / "cert.pem", folder / "key.pem", folder / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    both.write_text(cert.read_text() + key.read_text())
    return cert, key, both


def nginx_proxy(folder, servers, workers, tuned, tls):
    port = free_port()
    upstreams = "".join(f"server 127.0.0.1:{s.port}; " for s in servers)
    buffers = ("client_header_buffer_size 16k; proxy_buffer_size 64k; proxy_buffers 8 64k; proxy_busy_buffers_size 128k;"
               " client_body_buffer_size 64k;" if tuned else "")
    listen = f"listen 127.0.0.1:{port} backlog=4096"
    secure = ""
    if tls:
        listen += " ssl"
        secure = f"ssl_certificate {tls[0]}; ssl_certificate_key {tls[1]}; ssl_protocols TLSv1.3;"
    http = (
        f"upstream backends {{ {upstreams} keepalive 512; keepalive_requests 100000000; }}\n{buffers}\n"
        f"server {{ {listen}; {secure} location / {{ proxy_pass http://backends; proxy_http_version 1.1;\n"
        'proxy_set_header Connection ""; } }'
    )
    name = "nginx-tuned" if tuned else "nginx"
    return Program(name, nginx(name, folder, http, workers), port, folder)


def haproxy(folder, servers, workers, tls):
    port = free_port()
    bind = f"bind 127.0.0.1:{port} backlog 4096"
    if tls:
        bind += f" ssl crt {tls[2]} ssl-min-ver TLSv1.3"
    lines = "\n".join(f"  server s{i} 127.0.0.1:{s.port}" for i, s in enumerate(servers))
    config = folder / "haproxy.cfg"
    config.write_text(
        f"global\n  nbthread {workers}\n  maxconn {CONNECTIONS}\ndefaults\n  mode http\n  timeout connect 5s\n"
        "  timeout client 600s\n  timeout server 60s\n  timeout http-keep-alive 600s\n  http-reuse always\n"
        f"frontend f\n  {bind}\n  default_backend b\nbackend b\n  balance roundrobin\n{lines}\n"
    )
    return Program("haproxy", ["haproxy", "-f", str(config), "-db"], port, folder)


MYELIN_GROUP = '<loadbalance>%s</loadbalance>'


def myelin_configuration(servers, routed):
    children = "".join(
        f'<endpoint><address uri="http://127.0.0.1:{s.port}/services/SimpleStockQuoteService"/></endpoint>'
        for s in servers)
    send = f'<send><endpoint name="farm">{MYELIN_GROUP % children}</endpoint></send>'
    if routed:
        send = (
            '<filter xmlns:m0="http://services.samples" source="//m0:getQuote/m0:request/m0:symbol" regex="IBM">'
            f"<then>{send}</then><else><drop/></else></filter>")
    return (
        '<definitions xmlns="http://ws.apache.org/ns/synapse"><sequence name="main">'
        f"<in>{send}</in><out><send/></out></sequence></definitions>")


def myelin(binary, folder, servers, workers, tls, routed=False, name="myelin", prefix=()):
    port = free_port()
    config = folder / f"{name}.xml"
    config.write_text(myelin_configuration(servers, routed))
    command = [*prefix, str(binary), "run", str(config), "--workers", str(workers)]
    if tls:
        settings = folder / f"{name}-settings.xml"
        settings.write_text(tls_settings(port, tls))
        command += ["--settings", str(settings)]
    else:
        command += ["--http", str(port)]
    return Program(name, command, port, folder)


def tls_settings(port, tls):
    return (
        '<myelin xmlns="http://ws.apache.org/ns/synapse">'
        f'<listener protocol="https" address="127.0.0.1" port="{port}"><certificate chain="{tls[0]}" key="{tls[1]}"/>'
        "</listener></myelin>")


def missing(names):
    return [name for name in names if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")]
