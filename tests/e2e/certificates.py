"""Certificates made when the test runs, by openssl: nothing secret lies in the repository, and nothing expires."""

import pathlib
import subprocess


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")


class Authority:
    def __init__(self, directory, name):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.cert, self.key = self.directory / f"{name}.pem", self.directory / f"{name}.key"
        openssl("req", "-x509", *KEY, "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.cert)

    def issue(self, name, days=2, passphrase=None):
        """(certificate, key) for `name`, which is also its DNS name; days=-1: it has expired."""
        cert, key, request = (self.directory / f"{name}.{end}" for end in ("pem", "key", "csr"))
        names = self.directory / f"{name}.ext"
        names.write_text(f"subjectAltName=DNS:{name}\n")
        locked = ["-passout", f"pass:{passphrase}"] if passphrase else ["-nodes"]
        openssl("req", *KEY, *locked, "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self.key, "-CAcreateserial",
                "-days", days, "-extfile", names, "-out", cert)  # fmt: skip
        return cert, key
