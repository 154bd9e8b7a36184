"""The key that signs sessions: made once, whole, for its owner's eyes only."""

import os
import subprocess
import sys

ASK = "from commonweal.settings.config import secret_key; print(secret_key())"


def test_processes_that_start_together_share_one_key(tmp_path):
    home = tmp_path / "home"
    environment = {**os.environ, "COMMONWEAL_HOME": str(home)}
    asked = [
        subprocess.Popen([sys.executable, "-c", ASK], env=environment, stdout=subprocess.PIPE)
        for _ in range(6)
    ]
    keys = {process.communicate()[0].decode().strip() for process in asked}
    assert len(keys) == 1
    assert len(keys.pop()) == 64
    assert [path.name for path in home.iterdir()] == ["secret_key"]
    assert (home / "secret_key").stat().st_mode & 0o777 == 0o600
