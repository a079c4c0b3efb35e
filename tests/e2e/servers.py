"""Real servers for a test: each in a directory of its own, on a loopback port of its own, gone when stopped."""

import getpass
import glob
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess

from waiting import wait_for

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def program(name):
    found = shutil.which(name, path=PATH)
    if not found:
        raise RuntimeError(f"{name} is not installed: run tools/setup")
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """A process that is asked to end as it wishes, then made to; its words are shown when it does not start."""

    goodbye = signal.SIGTERM

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.process = None
        self.port = 0

    def launch(self, make_argv, ready=None, tries=5):
        for _ in range(tries):  # somebody else may take the port between asking and listening
            self.port = free_port()
            argv = make_argv()
            self.log = self.directory / "server.log"
            with open(self.log, "ab") as log:
                self.process = subprocess.Popen(
                    argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/"
                )
            wait_for(
                lambda: self.process.poll() is not None or (listens(self.port) and (not ready or ready())),
                f"{argv[0]} to listen; {self.log}",
            )
            if self.process.poll() is None:
                return
        raise RuntimeError(f"{argv[0]} does not start: {self.log.read_text()[-2000:]}")

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(self.goodbye)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None


class Nginx(Server):
    """Master and worker as in production, so that `nginx -s reload` is the real thing."""

    def __init__(self, directory, inside_server):
        super().__init__(directory)
        self.conf = self.directory / "nginx.conf"
        nginx = program("nginx")

        def argv():
            self.conf.write_text(self.configuration(inside_server))
            return [nginx, "-c", str(self.conf), "-e", str(self.directory / "error.log"), "-g", "daemon off;"]

        self.launch(argv)
        # It listens before it has written the file that `nginx -s` reads.
        pid = self.directory / "nginx.pid"
        wait_for(lambda: pid.exists() and pid.read_text().endswith("\n"), "the pid of nginx")

    def configuration(self, inside_server):
        here = self.directory
        user = f"user {getpass.getuser()};\n" if os.geteuid() == 0 else ""
        temp = "".join(
            f"  {kind}_temp_path {here}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        return f"""{user}worker_processes 1;
pid {here}/nginx.pid;
error_log {here}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log {here}/access.log;
{temp}  server {{
    listen 127.0.0.1:{self.port};
{inside_server}
  }}
}}
"""

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"


class Postgres(Server):
    """A cluster with one password-protected user and database, both named `shop`."""

    password = "tr0ub4dor&3 horse"
    goodbye = signal.SIGINT  # its fast shutdown: does not wait for clients

    def __init__(self, directory):
        super().__init__(directory)
        binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[4]))
        if not binaries:
            raise RuntimeError("postgresql is not installed: run tools/setup")
        self.bin = binaries[-1]
        self.data = self.directory / "data"
        self.data.mkdir()
        password_file = self.directory / "password"
        password_file.write_text(self.password)
        self.as_user = []
        if os.geteuid() == 0:  # PostgreSQL refuses to be root
            account = pwd.getpwnam("postgres")
            for path in (self.data, password_file):
                os.chown(path, account.pw_uid, account.pw_gid)
            self.as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
            for parent in [self.directory, *self.directory.parents]:
                parent.chmod(parent.stat().st_mode | 0o011) if parent.stat().st_uid == 0 else None
        subprocess.run(
            self.as_user + [f"{self.bin}/initdb", "-D", str(self.data), "-U", "shop", "--pwfile", str(password_file),
                            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"],
            check=True, cwd="/", stdout=subprocess.DEVNULL,
        )  # fmt: skip
        self.launch(self.argv, lambda: self.try_query("select 1") is not None)
        self.query("create database shop", database="postgres")

    def argv(self):
        return self.as_user + [
            f"{self.bin}/postgres", "-D", str(self.data), "-h", "127.0.0.1", "-p", str(self.port), "-k", "",
            "-c", "fsync=off", "-c", "max_connections=20",
        ]  # fmt: skip

    def try_query(self, sql, database="postgres"):
        done = subprocess.run(
            ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql],
            env={**os.environ, "PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "shop",
                 "PGPASSWORD": self.password, "PGDATABASE": database, "PGCONNECT_TIMEOUT": "10"},
            capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout.strip() if done.returncode == 0 else None

    def query(self, sql, database="shop"):
        answer = self.try_query(sql, database)
        if answer is None:
            raise AssertionError(f"query failed: {sql}; {self.log.read_text()[-1000:]}")
        return answer


class Redis(Server):
    def __init__(self, directory):
        super().__init__(directory)
        redis = program("redis-server")
        self.launch(
            lambda: [redis, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                     "--dir", str(self.directory)]
        )  # fmt: skip


class Sshd(Server):
    """Lets the current user in with the key `client_key`, on this machine."""

    def __init__(self, directory):
        super().__init__(directory)
        sshd = program("sshd")
        here = self.directory
        for name in ("host_key", "client_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(here / name)], check=True)
        shutil.copy(here / "client_key.pub", here / "authorized_keys")
        if os.geteuid() == 0:
            pathlib.Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # it insists on its privilege separation root

        def argv():
            (here / "sshd_config").write_text(
                f"ListenAddress 127.0.0.1\nPort {self.port}\nHostKey {here}/host_key\nPidFile {here}/sshd.pid\n"
                f"AuthorizedKeysFile {here}/authorized_keys\nStrictModes no\nPasswordAuthentication no\n"
                "KbdInteractiveAuthentication no\nUsePAM no\nPermitRootLogin prohibit-password\n"
            )
            (here / "known_hosts").write_text(
                f"[127.0.0.1]:{self.port} " + (here / "host_key.pub").read_text()
            )
            return [sshd, "-D", "-e", "-f", str(here / "sshd_config")]

        self.launch(argv)

    def command(self):
        here = self.directory
        return ["ssh", "-F", "none", "-p", str(self.port), "-i", f"{here}/client_key", "-o", "BatchMode=yes",
                "-o", f"UserKnownHostsFile={here}/known_hosts", f"{getpass.getuser()}@127.0.0.1"]  # fmt: skip
