"""The size rules hold, and the measuring finds what breaks them."""

from tools import sizes


def test_no_file_is_longer_than_the_limit():
    longest = sizes.files(sizes.sources())
    assert [size for size in longest if size.n_lines > sizes.FILE_LINES] == []


def test_no_function_is_longer_than_the_limit():
    longest = sizes.functions(sizes.sources())
    assert [size for size in longest if size.n_lines > sizes.FUNCTION_LINES] == []


def test_no_programme_needs_more_python_than_the_limit():
    by_programme = sizes.programmes(sizes.sources())
    assert by_programme
    assert all(size.n_lines > 0 for size in by_programme)
    assert [size for size in by_programme if size.n_lines > sizes.PROGRAMME_LINES] == []


def test_sources_hold_the_package_the_tests_and_the_script():
    names = {path.name for path in sizes.sources()}
    assert {"dev", "datasets.py", "conftest.py"} <= names


def test_a_docstring_does_not_count_towards_a_function(tmp_path):
    file = tmp_path / "sample.py"
    file.write_text('def f():\n    """Say.\n\n    More.\n    """\n    x = 1\n    return x\n')
    assert [size.n_lines for size in sizes.functions([file])] == [3]
    assert [size.n_lines for size in sizes.files([file])] == [7]
