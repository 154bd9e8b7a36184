"""Mail goes to the server that the configuration names, as that server hears it."""

import os
import socketserver
import subprocess
import sys
import threading

import pytest

SEND = """
import django; django.setup()
from django.core.mail import send_mail
send_mail("1 record waits", "overdue: 捐贈 DN-1", None, ["near@example.org"])
"""


class Heard(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs to hand over one message."""

    def handle(self):
        self.wfile.write(b"220 here\r\n")
        is_data = False
        for line in self.rfile:
            self.server.heard.append(line.decode().rstrip())
            if is_data:
                is_data = line != b".\r\n"
                answer = b"" if is_data else b"250 taken\r\n"
            elif line.upper().startswith(b"DATA"):
                is_data, answer = True, b"354 go on\r\n"
            else:
                answer = b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 ok\r\n"
            self.wfile.write(answer)


@pytest.fixture
def server():
    with socketserver.TCPServer(("127.0.0.1", 0), Heard) as listening:
        listening.heard = []
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield listening
        listening.shutdown()


def sent_from(home, written):
    (home / "commonweal.toml").write_text(written, "utf-8")
    settings = {"COMMONWEAL_HOME": str(home), "DJANGO_SETTINGS_MODULE": "commonweal.settings"}
    return subprocess.run(
        [sys.executable, "-c", SEND], env={**os.environ, **settings}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip


def test_a_configured_server_takes_the_message(server, tmp_path):
    port = server.server_address[1]
    done = sent_from(
        tmp_path,
        f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
        'sender = "Commonweal <energy@operator.example>"\n',
    )
    assert done.returncode == 0, done.stderr
    assert "mail FROM:<energy@operator.example>" in server.heard[1]
    assert any("near@example.org" in line for line in server.heard)
    assert "Subject: 1 record waits" in server.heard


def test_without_a_server_a_message_is_printed(tmp_path):
    done = sent_from(tmp_path, "")
    assert done.returncode == 0, done.stderr
    assert "Subject: 1 record waits" in done.stdout


def test_a_wrong_key_is_named_and_the_password_is_not_printed(tmp_path):
    done = sent_from(tmp_path, '[mail]\nhost = "h"\npassword = "hushhush"\nsendr = "x"\n')
    assert done.returncode != 0
    assert "sendr" in done.stderr
    assert "hushhush" not in done.stderr
