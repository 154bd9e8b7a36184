import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import StateError
from commonweal.live.spool import Spool

COLUMNS = ("meter_id", "register")


def lines_in(folder):
    return [
        line
        for path in sorted(folder.glob("*.csv"), key=lambda each: int(each.stem))
        for line in path.read_text("utf-8").splitlines()[1:]
    ]


def test_sealed_files_wait_in_order_with_a_header(tmp_path):
    with Spool(tmp_path, COLUMNS) as spool:
        for n in range(3):
            spool.append([["M-1", str(n)]])
            spool.seal()
        first, *_ = spool.waiting()
        assert first.read_text("utf-8") == "meter_id,register\nM-1,0\n"
        assert [path.name for path in spool.waiting()] == ["1.csv", "2.csv", "3.csv"]
        spool.retire(first)
        assert [path.name for path in spool.waiting()] == ["2.csv", "3.csv"]


def test_a_spool_is_held_by_one_process(tmp_path):
    with Spool(tmp_path, COLUMNS), pytest.raises(StateError, match="another process reads into"):
        Spool(tmp_path, COLUMNS)


@given(n_kept=st.integers(0, 400))
@settings(max_examples=60, deadline=None)
def test_a_crash_at_any_byte_leaves_whole_lines(tmp_path_factory, n_kept):
    folder = tmp_path_factory.mktemp("spool")
    lines = [f"M-{n},{n}.5" for n in range(30)]
    whole = ("meter_id,register\n" + "".join(f"{line}\n" for line in lines)).encode()
    (folder / "7.part").write_bytes(whole[:n_kept])
    with Spool(folder, COLUMNS) as spool:
        found = lines_in(folder)
        assert found == lines[: len(found)]
        n_whole = whole[:n_kept].count(b"\n") - 1
        assert len(found) == max(n_whole, 0)
        spool.append([["M-new", "1"]])
        spool.seal()
        assert lines_in(folder)[-1] == "M-new,1"


def test_what_a_sender_repeats_is_known_after_a_restart(tmp_path):
    with Spool(tmp_path, COLUMNS) as spool:
        assert spool.append([["M-1", "1"], ["M-2", "1"]]) == 2
        spool.seal()
        spool.retire(spool.waiting()[0])
    with Spool(tmp_path, COLUMNS) as spool:
        assert spool.append([["M-1", "1"], ["M-3", "1"]], is_repeat=True) == 1
        assert spool.append([["M-1", "1"]]) == 1, "sent again on purpose: a row of its own"


def test_only_the_last_files_are_kept(tmp_path):
    with Spool(tmp_path, COLUMNS) as spool:
        for n in range(5):
            spool.append([["M-1", str(n)]])
            spool.seal()
            spool.retire(spool.waiting()[0])
    assert sorted(path.name for path in tmp_path.glob("*.done")) == ["4.done", "5.done"]
