"""nginx and Caddy, each run as an ordinary process with the very file from deploy/, on free ports of 127.0.0.1.

Only names of ports, folders and certificates are replaced. No name is looked up: clients speak to 127.0.0.1 and give
the host's name in TLS and in the header.
"""

import datetime
import http.client
import os
import shutil
import socket
import ssl
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
LAB, RATERS = "lab.example.org", "rate.example.org"
UPSTREAM = {"127.0.0.2:8501": "lab", "127.0.0.1:8502": "raters"}
HOSTS = {"lab": LAB, "raters": RATERS}


@dataclass(frozen=True)
class Certificate:
    """Self-signed, for both hosts."""

    chain: Path
    key: Path


def make_certificate(folder: Path) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, LAB)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS.values()]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate = Certificate(folder / "chain.pem", folder / "key.pem")
    certificate.chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    certificate.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate


@dataclass
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Proxy:
    """A proxy before both processes."""

    program: str

    def __init__(
        self, folder: Path, certificate: Certificate, upstream: dict[str, int], https_port: int, http_port: int
    ) -> None:
        self.folder, self.certificate, self.upstream = folder, certificate, upstream
        self.https_port, self.http_port = https_port, http_port
        self.log = folder / "proxy.log"

    def command(self) -> list[str]:
        """Write the configuration; return what starts the proxy in the foreground."""
        raise NotImplementedError

    def start(self) -> None:
        environment = {**os.environ, "HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder / "data")}
        environment["LAB_UPSTREAM"] = f"127.0.0.1:{self.upstream['lab']}"
        environment["RATE_UPSTREAM"] = f"127.0.0.1:{self.upstream['raters']}"
        self.process = subprocess.Popen(
            self.command(), cwd=self.folder, env=environment, stdout=self.log.open("w"), stderr=subprocess.STDOUT
        )
        give_up = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.https_port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > give_up:
                    raise AssertionError(f"{self.program} did not start:\n{self.log.read_text()}") from None
                time.sleep(0.05)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def url(self, whose: str) -> str:
        return f"https://{HOSTS[whose]}:{self.https_port}"

    def tls(self) -> ssl.SSLContext:
        """Trusts our certificate, and checks the host's name as a browser does."""
        return ssl.create_default_context(cafile=str(self.certificate.chain))

    def ask(
        self, whose: str, path: str, *, method: str = "GET", body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Reply:
        """One request over TLS."""
        host = HOSTS[whose]
        raw = socket.create_connection(("127.0.0.1", self.https_port), timeout=20)
        connection = http.client.HTTPConnection(host, self.https_port, timeout=20)
        with self.tls().wrap_socket(raw, server_hostname=host) as connection.sock:
            connection.request(method, path, body=body or None, headers=headers or {})
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())

    def ask_without_tls(self, whose: str, path: str) -> Reply:
        raw = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=20)
        raw.request("GET", path, headers={"Host": HOSTS[whose]})
        answer = raw.getresponse()
        return Reply(answer.status, answer.headers, answer.read())


class Nginx(Proxy):
    program = "nginx"

    def command(self) -> list[str]:
        site = (DEPLOY / "nginx" / "atelier.conf").read_text()
        for name, whose in UPSTREAM.items():
            site = site.replace(f"server {name};", f"server 127.0.0.1:{self.upstream[whose]};")
        site = site.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{self.https_port} ssl http2;")
        site = site.replace("listen 80;", f"listen 127.0.0.1:{self.http_port};")
        for host in HOSTS.values():
            site = site.replace(f"/etc/letsencrypt/live/{host}/fullchain.pem", str(self.certificate.chain))
            site = site.replace(f"/etc/letsencrypt/live/{host}/privkey.pem", str(self.certificate.key))
        site = site.replace("/var/log/nginx/", f"{self.folder}/")
        (self.folder / "site.conf").write_text(site)
        types = "/etc/nginx/mime.types"
        temporary = "".join(
            f"{kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (self.folder / "nginx.conf").write_text(
            f"daemon off; worker_processes 1; pid {self.folder}/nginx.pid; error_log stderr warn;\n"
            f"events {{ worker_connections 1024; }}\n"
            f"http {{ include {types}; {temporary} include {self.folder}/site.conf; }}\n"
        )
        arguments = [self.program, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        checked = subprocess.run([*arguments, "-t"], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        return arguments


class Caddy(Proxy):
    program = "caddy"

    def command(self) -> list[str]:
        site = (DEPLOY / "caddy" / "Caddyfile").read_text()
        for host in HOSTS.values():  # a certificate of our own: no test asks a certificate authority
            head = f":{host}}} {{\n"
            assert head in site
            site = site.replace(head, f"{head}\ttls {self.certificate.chain} {self.certificate.key}\n")
        options = f"{{\n\tadmin off\n\thttp_port {self.http_port}\n\thttps_port {self.https_port}\n"
        options += f"\tdefault_bind 127.0.0.1\n\tstorage file_system {self.folder}/storage\n}}\n"
        path = self.folder / "Caddyfile"
        path.write_text(options + site)
        program = shutil.which(self.program) or self.program
        return [program, "run", "--adapter", "caddyfile", "--config", str(path)]


PROXIES: dict[str, type[Proxy]] = {"nginx": Nginx, "caddy": Caddy}
