"""The script of an ECR plan, run for real: against moto's ECR, and registries on loopback under the names of ECR.

Nothing in the script knows of a test. A proxy that HTTPS_PROXY names leads the hosts of ECR to local registries, whose
certificate SSL_CERT_FILE makes known; AWS_ENDPOINT_URL leads `aws` to moto.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import shutil
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from migrator.engine.outcomes import Located, Unchanged
from migrator.results.ecr_plan import EcrPlan, ecr_plan
from migrator.rule import Safety
from migrator.startup.records import replace
from tests.doses import IS_SOAK
from tests.results.quick_aws import quick_aws

ACCOUNT = "123456789012"
SOURCE = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
HOME = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"
# bcrypt of the password that moto's ECR gives out: "123456789012-auth-token"
HTPASSWD = "AWS:$2b$04$OepDRBcFrY2zyjQ/SKB/ie6H7IHjW0VIQAII8fFu3enJyBhp2lss2\n"
PASSWORD = f"{ACCOUNT}-auth-token"

_BESIDE = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
_MISSING = [tool for tool in ("bash", "aws", "jq", "docker-registry") if not shutil.which(tool, path=_BESIDE)]
try:
    import cryptography  # noqa: F401
    import moto  # noqa: F401
except ImportError as error:
    _MISSING.append(str(error.name))

pytestmark = pytest.mark.skipif(bool(_MISSING), reason=f"not installed: {', '.join(_MISSING)}")


def needs(tool: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not shutil.which(tool, path=_BESIDE), reason=f"not installed: {tool}")


@dataclass(frozen=True)
class Cloud:
    """Two registries and an AWS, as the script sees them."""

    folder: Path
    environment: dict[str, str]
    ports: dict[str, int]

    def ecr(self, operation: str, region: str = "eu-west-1", **arguments: object) -> dict[str, object]:
        """Ask ECR, in this process: starting `aws` takes a second."""
        client = importlib.import_module("boto3").client(
            "ecr",
            region,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        answer: dict[str, object] = getattr(client, operation)(**arguments)
        return answer

    def request(self, host: str, method: str, path: str, data: bytes = b"", kind: str = "") -> tuple[int, bytes]:
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        context.check_hostname = False
        url = path if path.startswith("https:") else f"https://127.0.0.1:{self.ports[host]}/v2/{path}"
        token = b64encode(f"AWS:{PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Content-Type": kind or "application/octet-stream"}
        headers["Accept"] = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"
        request = urllib.request.Request(url, data or None, headers, method=method)
        tls = urllib.request.HTTPSHandler(context=context)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), tls)
        try:
            with opener.open(request, timeout=20) as answer:
                location = answer.headers.get("Location", "")
                return answer.status, location.encode() if method == "POST" else answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def push(self, repository: str, tag: str, *architectures: str, words: str = "") -> str:
        """Put an image for several platforms into the source registry; returns its digest."""
        manifests = []
        for architecture in architectures:
            config: dict[str, object] = {"architecture": architecture, "os": "linux", "author": words}
            config["rootfs"] = {"type": "layers", "diff_ids": []}
            blob = self._blob(repository, json.dumps(config).encode())
            kind = "application/vnd.oci.image.manifest.v1+json"
            manifest = {
                "schemaVersion": 2,
                "mediaType": kind,
                "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **blob},
                "layers": [],
            }
            data = json.dumps(manifest).encode()
            digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
            assert self.request(SOURCE, "PUT", f"{repository}/manifests/{digest}", data, kind)[0] == 201
            platform = {"architecture": architecture, "os": "linux"}
            manifests.append({"mediaType": kind, "digest": digest, "size": len(data), "platform": platform})
        kind = "application/vnd.oci.image.index.v1+json"
        data = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": manifests}).encode()
        assert self.request(SOURCE, "PUT", f"{repository}/manifests/{tag}", data, kind)[0] == 201
        return f"sha256:{hashlib.sha256(data).hexdigest()}"

    def _blob(self, repository: str, data: bytes) -> dict[str, object]:
        status, location = self.request(SOURCE, "POST", f"{repository}/blobs/uploads/")
        assert status == 202
        url = location.decode().replace(SOURCE, f"127.0.0.1:{self.ports[SOURCE]}", 1)
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert self.request(SOURCE, "PUT", f"{url}&digest={digest}", data)[0] == 201
        return {"digest": digest, "size": len(data)}

    def digest(self, host: str, repository: str, version: str) -> str | None:
        status, data = self.request(host, "GET", f"{repository}/manifests/{version}")
        return f"sha256:{hashlib.sha256(data).hexdigest()}" if status == 200 else None

    def run(self, plan: EcrPlan, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        script = self.folder / "plan.sh"
        script.write_text(plan.script, encoding="utf-8")
        command = ["bash", str(script), *arguments]
        done = subprocess.run(
            command, env={**self.environment, **environment}, capture_output=True, text=True, timeout=900, check=False
        )
        assert PASSWORD not in done.stdout + done.stderr
        assert not list((self.folder / "tmp").iterdir()), "the script left files behind"
        return done


class _Proxy(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    ports: dict[str, int]


class _Tunnel(socketserver.StreamRequestHandler):
    """CONNECT to the hosts of ECR, and to nothing else."""

    def handle(self) -> None:
        assert isinstance(self.server, _Proxy)
        words = self.rfile.readline().decode().split()
        while self.rfile.readline().strip():
            pass
        port = self.server.ports.get(words[1].removesuffix(":443")) if words[:1] == ["CONNECT"] else None
        if port is None:
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", port)) as there:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=_pump, args=(there, self.connection), daemon=True)
            back.start()
            _pump(self.connection, there)
            back.join(10)


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


def _certificate(folder: Path, hosts: list[str]) -> None:
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "registries of a test")])
    now = datetime.now(UTC)
    names = [x509.DNSName(host) for host in hosts]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([*names, x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(certificate.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "a server did not start"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("a server does not answer")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("cloud")
    _certificate(folder, [SOURCE, HOME])
    (folder / "htpasswd").write_text(HTPASSWD)
    ports = {SOURCE: _free_port(), HOME: _free_port()}
    running: list[subprocess.Popen[bytes]] = []
    log = (folder / "log").open("wb")
    try:
        for index, port in enumerate(ports.values()):
            config = folder / f"registry{index}.yml"
            config.write_text(
                f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {folder}/store{index}\n"
                f"http:\n  addr: 127.0.0.1:{port}\n  relativeurls: false\n"
                f"  tls:\n    certificate: {folder}/ca.pem\n    key: {folder}/key.pem\n"
                f"auth:\n  htpasswd:\n    realm: test\n    path: {folder}/htpasswd\n"
            )
            command = ["docker-registry", "serve", str(config)]
            running.append(subprocess.Popen(command, stdout=log, stderr=log))
        moto_port = _free_port()
        server = "from moto.server import main; import sys; main(sys.argv[1:])"
        command = [sys.executable, "-W", "ignore", "-c", server, "-H", "127.0.0.1", "-p", str(moto_port)]
        running.append(subprocess.Popen(command, stdout=log, stderr=log))
        for port, process in zip([*ports.values(), moto_port], running, strict=True):
            _wait_for(port, process)
        with quick_aws(folder) as programs, _Proxy(("127.0.0.1", 0), _Tunnel) as proxy:
            proxy.ports = ports
            threading.Thread(target=proxy.serve_forever, daemon=True).start()
            (folder / "tmp").mkdir()
            environment = {
                "PATH": f"{programs}{os.pathsep}{_BESIDE}",
                "HOME": str(folder),
                "TMPDIR": str(folder / "tmp"),
                "AWS_ACCESS_KEY_ID": "testing",
                "AWS_SECRET_ACCESS_KEY": "testing",
                "AWS_DEFAULT_REGION": "ap-south-1",
                "AWS_MAX_ATTEMPTS": "1",  # moto lacks some operations; `aws` would ask again
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{moto_port}",
                "HTTPS_PROXY": f"http://127.0.0.1:{proxy.server_address[1]}",
                "SSL_CERT_FILE": str(folder / "ca.pem"),
            }
            yield Cloud(folder, environment, ports)
            proxy.shutdown()
    finally:
        for process in running:
            process.terminate()
            process.wait(10)
        log.close()


@pytest.fixture
def cloud(servers: Cloud) -> Cloud:
    """The servers with nothing of another test in AWS; images of other tests have other names."""
    url = f"{servers.environment['AWS_ENDPOINT_URL']}/moto-api/reset"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(urllib.request.Request(url, method="POST"), timeout=20).close()
    return servers


def plan_of(*images: str) -> EcrPlan:
    found = Located("distant-ecr-image", 1, 1, "", Safety.MANUAL, "f", False)
    left = tuple(replace(found, data=(("ecr-image", image),)) for image in images)
    plan = ecr_plan([Unchanged(".circleci/config.yml", left)], "us-east-1")
    assert plan is not None
    return plan


def rules_of(cloud: Cloud) -> list[dict[str, object]]:
    configuration = cloud.ecr("describe_registry")["replicationConfiguration"]
    assert isinstance(configuration, dict)
    rules: list[dict[str, object]] = configuration["rules"]
    return rules


def repositories(cloud: Cloud) -> dict[str, str]:
    found = cloud.ecr("describe_repositories", "us-east-1")["repositories"]
    assert isinstance(found, list)
    return {repository["repositoryName"]: repository["imageTagMutability"] for repository in found}


def make(cloud: Cloud, *names: str) -> None:
    for name in names:
        cloud.ecr("create_repository", repositoryName=name)


def rule(*filters: str, to: str = ACCOUNT, region: str = "us-east-1") -> dict[str, object]:
    made: dict[str, object] = {"destinations": [{"region": region, "registryId": to}]}
    if filters:
        made["repositoryFilters"] = [{"filter": name, "filterType": "PREFIX_MATCH"} for name in filters]
    return made


@needs("skopeo")
def test_it_creates_copies_and_replicates_and_a_second_run_finds_all_done(cloud: Cloud) -> None:
    make(cloud, "team/app")
    cloud.ecr("create_repository", repositoryName="team/db", imageTagMutability="IMMUTABLE")
    digest = cloud.push("team/app", "1", "amd64", "arm64")
    pinned = cloud.push("team/db", "old", "amd64", words="pinned")
    plan = plan_of(f"{SOURCE}/team/app:1", f"{SOURCE}/team/db:ignored@{pinned}")

    dry = cloud.run(plan, "--dry-run")
    assert dry.returncode == 0, dry.stderr
    for command in ("aws ecr create-repository", "skopeo copy --all", "aws ecr put-replication-configuration"):
        assert f"\n+ {command}" in f"\n{dry.stderr}"
    assert repositories(cloud) == {}
    assert rules_of(cloud) == []
    assert cloud.digest(HOME, "team/app", "1") is None

    first = cloud.run(plan)
    assert first.returncode == 0, first.stderr
    assert repositories(cloud) == {"team/app": "MUTABLE", "team/db": "IMMUTABLE"}
    assert cloud.digest(HOME, "team/app", "1") == digest
    assert cloud.digest(HOME, "team/db", pinned) == pinned
    assert cloud.digest(HOME, "team/db", "ignored") is None
    assert rules_of(cloud) == [rule("team/app", "team/db")]
    assert f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/team/app" in first.stderr
    assert 'copied = ["team/app","team/db"]' in first.stderr

    second = cloud.run(plan)
    assert second.returncode == 0, second.stderr
    assert "\n+ " not in f"\n{second.stderr}", "something was done again"
    assert second.stderr.count("already exists in us-east-1") == 4
    assert rules_of(cloud) == [rule("team/app", "team/db")]


@needs("skopeo")
@pytest.mark.parametrize(
    "number", [signal.SIGKILL, *([signal.SIGTERM] if IS_SOAK else [])], ids=lambda number: number.name
)
def test_what_was_cut_short_goes_on(cloud: Cloud, number: signal.Signals) -> None:
    names = [f"cut/{number}-{part}" for part in ("a", "b", "c")]
    make(cloud, *names)
    digests = [cloud.push(name, "1", "amd64") for name in names]
    plan = plan_of(*(f"{SOURCE}/{name}:1" for name in names))
    script = cloud.folder / "plan.sh"
    script.write_text(plan.script)
    with subprocess.Popen(["bash", str(script)], env=cloud.environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("+ skopeo copy") and names[1] in line:
                process.send_signal(number)
                break
        process.stderr.read()
    assert process.returncode == -number
    assert cloud.digest(HOME, names[0], "1") == digests[0]
    assert cloud.digest(HOME, names[2], "1") is None
    for left in (cloud.folder / "tmp").iterdir():
        assert number == signal.SIGKILL, "the script left files behind"
        shutil.rmtree(left)

    again = cloud.run(plan)
    assert again.returncode == 0, again.stderr
    assert f"{names[0]}:1: already exists in us-east-1" in again.stderr
    assert [cloud.digest(HOME, name, "1") for name in names] == digests
    assert rules_of(cloud) == [rule(*names)]


@needs("skopeo")
def test_another_image_under_the_same_tag_is_left_as_it_is(cloud: Cloud) -> None:
    make(cloud, "team/moved")
    old = cloud.push("team/moved", "latest", "amd64", words="old")
    plan = plan_of(f"{SOURCE}/team/moved")
    assert cloud.run(plan, "copy").returncode == 0
    new = cloud.push("team/moved", "latest", "amd64", words="new")
    done = cloud.run(plan, "copy")
    assert done.returncode == 0, done.stderr
    assert f"is a different image in us-east-1 ({old}) than in eu-west-1 ({new}); left unchanged" in done.stderr
    assert cloud.digest(HOME, "team/moved", "latest") == old


@needs("skopeo")
def test_what_fails_is_told_and_the_rest_is_done(cloud: Cloud) -> None:
    make(cloud, "team/there")
    digest = cloud.push("team/there", "1", "amd64")
    done = cloud.run(plan_of(f"{SOURCE}/team/gone:1", f"{SOURCE}/team/there:0", f"{SOURCE}/team/there:1"))
    assert done.returncode == 1
    assert "FAILED: team/gone: cannot be read in eu-west-1" in done.stderr
    assert "FAILED: team/there:0: cannot be read in eu-west-1" in done.stderr
    assert cloud.digest(HOME, "team/there", "1") == digest


@needs("skopeo")
def test_images_of_other_accounts_are_left_and_told(cloud: Cloud) -> None:
    other = SOURCE.replace(ACCOUNT, "999999999999")
    make(cloud, "team/app")
    plan = plan_of(f"{SOURCE}/team/app:1", f"{other}/team/app:1")
    done = cloud.run(plan, "create", "replicate")
    assert done.returncode == 0, done.stderr
    assert "images of account 999999999999; log in to it" in done.stderr
    assert rules_of(cloud) == [rule("team/app")]
    assert cloud.run(plan_of(f"{other}/team/app:1")).returncode == 2


@needs("skopeo")
def test_a_placeholder_is_the_account_that_is_logged_in_to_or_the_one_that_is_set(cloud: Cloud) -> None:
    make(cloud, "team/app")
    plan = plan_of("${AWS_ACCOUNT_ID}.dkr.ecr.eu-west-1.amazonaws.com/team/app:1")
    assert cloud.run(plan, "replicate", AWS_ACCOUNT_ID="999999999999").returncode == 2
    assert rules_of(cloud) == []
    assert cloud.run(plan, "replicate", AWS_ACCOUNT_ID="x; touch /tmp/x").returncode == 2
    assert cloud.run(plan, "replicate").returncode == 0
    assert rules_of(cloud) == [rule("team/app")]


@needs("skopeo")
def test_rules_that_are_there_stay(cloud: Cloud) -> None:
    cloud.ecr("put_replication_configuration", replicationConfiguration={"rules": [rule("team/db")]})
    plan = plan_of(f"{SOURCE}/team/app:1", f"{SOURCE}/team/db:1")
    done = cloud.run(plan, "replicate")
    assert done.returncode == 0, done.stderr
    assert rules_of(cloud) == [rule("team/db", "team/app")]
    again = cloud.run(plan, "replicate")
    assert "already has these rules" in again.stderr
    assert rules_of(cloud) == [rule("team/db", "team/app")]


DELETING = {**rule("x/"), "deleteReplication": {"enabled": True}}
FULL = rule(*(f"n{number}" for number in range(100)))


@pytest.mark.parametrize(
    ("there", "after"),
    [
        pytest.param([], [rule("team/app", "team/db")], id="none"),
        pytest.param([rule()], [rule()], id="all repositories already"),
        pytest.param([rule("team/")], [rule("team/")], id="a prefix covers them"),
        pytest.param([rule("x/"), rule()], [rule("x/"), rule()], id="the second rule covers them"),
        pytest.param([rule("team/db")], [rule("team/db", "team/app")], id="one of them is in a rule"),
        pytest.param([rule("x/")], [rule("x/", "team/app", "team/db")], id="a rule of the same kind"),
        pytest.param([DELETING], [DELETING, rule("team/app", "team/db")], id="a rule that replicates deletions"),
        pytest.param([FULL], [FULL, rule("team/app", "team/db")], id="a rule that is full"),
        pytest.param(
            [rule("team/", region="eu-central-1")],
            [rule("team/", region="eu-central-1"), rule("team/app", "team/db")],
            id="another region",
        ),
        pytest.param(
            [rule("x/", to="999999999999"), rule(to="888888888888")],
            [rule("x/", to="999999999999"), rule(to="888888888888"), rule("team/app", "team/db")],
            id="other accounts",
        ),
    ],
)
def test_wanted_rules_are_added_to_those_that_are_there(
    there: list[dict[str, object]], after: list[dict[str, object]]
) -> None:
    # moto's ECR takes one rule at most, so this asks the program that the script gives to jq.
    plan = plan_of(f"{SOURCE}/team/app:1", f"{SOURCE}/team/db:1")
    program = plan.script.partition("\nMERGE='")[2].partition("'\n")[0]
    wanted = json.dumps(plan.replication[ACCOUNT]["eu-west-1"])

    def merged(rules: list[dict[str, object]]) -> list[dict[str, object]]:
        registry = json.dumps({"registryId": ACCOUNT, "replicationConfiguration": {"rules": rules}})
        command = ["jq", "--argjson", "wanted", wanted, "--arg", "account", ACCOUNT, program]
        done = subprocess.run(command, input=registry, capture_output=True, text=True, check=True)
        found: list[dict[str, object]] = json.loads(done.stdout)["rules"]
        return found

    assert merged(there) == after
    assert merged(after) == after


@pytest.mark.parametrize("tool", [pytest.param("crane", marks=needs("crane"))])
def test_another_tool_copies_the_same(cloud: Cloud, tool: str) -> None:
    make(cloud, "team/by-crane")
    digest = cloud.push("team/by-crane", "1", "amd64", "arm64")
    plan = plan_of(f"{SOURCE}/team/by-crane:1")
    first = cloud.run(plan, "copy", COPY_TOOL=tool)
    assert first.returncode == 0, first.stderr
    assert cloud.digest(HOME, "team/by-crane", "1") == digest
    second = cloud.run(plan, "copy", COPY_TOOL=tool)
    assert second.returncode == 0, second.stderr
    assert "\n+ " not in f"\n{second.stderr}"


@needs("skopeo")
def test_words_that_it_does_not_know_stop_it(cloud: Cloud) -> None:
    done = cloud.run(plan_of(f"{SOURCE}/team/app:1"), "delete")
    assert done.returncode == 2
    assert "'delete' is unknown" in done.stderr
