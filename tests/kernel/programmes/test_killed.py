"""A process killed in the middle of many actions, and two editors at once: nothing half."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")

SETUP = """
    import os, sys, django
    django.setup()
    from django.core.management import call_command
    from datetime import UTC, date, datetime
    from commonweal.kernel.accounts.scopes import owner_scope
    from commonweal.kernel.org.models import Node
    from commonweal.kernel.programmes.registry import record_type
    from commonweal.kernel.programmes.services import *
    from commonweal.kernel.records.models import Event
    from commonweal.kernel.records.selectors import chain_verify
    NOW = datetime(2024, 5, 6, 2, 0, tzinfo=UTC)
    KIND, WHO = record_type("donations.donation"), owner_scope("cli:owner")
    VALUES = {"purpose": "border", "recipient": "School", "project": "Library",
              "amount_cny": "53000.00", "pledge_date": date(2024, 3, 1)}
"""
OPEN = """
    call_command("migrate", verbosity=0)
    node = Node.objects.create(code="north", kind="province", place="CN", name_zh_hant="n",
                               name_zh_hans="n", name_en="n")
    records_open(KIND, [Opening(node=node, values=VALUES) for _ in range(600)], scope=WHO, now=NOW)
"""
KILLED = """
    import commonweal.kernel.records.services as services
    told = services.rows_insert
    def rows_insert(events):
        told(events[:300])
        os.kill(os.getpid(), 9)
    services.rows_insert = rows_insert
    records_act(KIND, list(KIND.model.objects.values_list("pk", flat=True)), "pledge",
                context=Context(WHO, NOW))
"""
EDIT = """
    record = KIND.model.objects.order_by("pk").first()
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        record_change(record, values={"project": sys.argv[1]}, version=1, scope=WHO, now=NOW)
        print("kept")
    except ConflictError as conflict:
        print("refused", conflict.theirs["project"][1])
"""
COUNT = """
    states = sorted(set(KIND.model.objects.values_list("state", flat=True)))
    print(states, Event.objects.count(), chain_verify().holds)
"""


def python(code, home, *arguments):
    """A Python process of its own on the same register."""
    environment = {
        **os.environ, "COMMONWEAL_HOME": str(home), "DJANGO_SETTINGS_MODULE": "commonweal.settings"
    }  # fmt: skip
    program = textwrap.dedent(SETUP) + textwrap.dedent(code)
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def done(process, answer=""):
    output, _ = process.communicate(answer, timeout=120)
    return process.returncode, output.strip()


def test_a_batch_killed_in_the_middle_leaves_nothing_and_two_editors_do_not_overwrite(tmp_path):
    assert done(python(OPEN, tmp_path))[0] == 0
    assert done(python(KILLED, tmp_path))[0] == -signal.SIGKILL
    assert done(python(COUNT, tmp_path)) == (0, "['draft'] 600 True")
    editors = [python(EDIT, tmp_path, name) for name in ("Ward", "School")]
    assert [each.stdout.readline() for each in editors] == ["ready\n"] * 2
    said = sorted(done(each, "\n")[1] for each in editors)
    assert said in [["kept", "refused Ward"], ["kept", "refused School"]]
    assert done(python(COUNT, tmp_path)) == (0, "['draft'] 601 True")
