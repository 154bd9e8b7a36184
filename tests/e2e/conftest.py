"""The product served as a user serves it, and a real browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
COMMONWEAL = "from commonweal.cli import main; main()"


def python_in(home, code, *arguments):
    """The command that runs Python code in a home folder, and its environment."""
    settings = {"COMMONWEAL_HOME": str(home), "DJANGO_SETTINGS_MODULE": "commonweal.settings"}
    return [sys.executable, "-c", code, *arguments], {**os.environ, **settings}


def done_in(home, code, *arguments):
    """Run code to its end; the test fails if it does."""
    command, env = python_in(home, code, *arguments)
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{arguments}: {done.stderr[-2000:]}"
    return done.stdout


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(home):
    """Serve a home folder and give its address."""
    port = free_port()
    command, env = python_in(home, COMMONWEAL, "serve", "--port", str(port), "--workers", "1")
    log = (home / "served.log").open("w+", encoding="utf-8")  # a pipe that nobody reads fills up
    server = subprocess.Popen(command, env=env, stderr=log, text=True)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 90
        while True:
            assert server.poll() is None, Path(log.name).read_text("utf-8")
            try:
                urllib.request.urlopen(f"{address}/sign-in/", timeout=5).close()  # noqa: S310 - http
                break
            except OSError:
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.3)
        yield address
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def follow(link):
    """Click what leads to another page, and wait for that page.

    A click alone returns before the browser has left the page it was made on.
    """
    with link.page.expect_navigation():
        link.click()


@pytest.fixture(scope="module")  # while it runs, Django believes that the thread is asynchronous
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def signed_in(chromium):
    """Open a page as an account; the test fails if a script does."""
    contexts, faults = [], []

    def heard(said):
        is_refusal = any(f"status of {code} " in said.text for code in (409, 422))
        if said.type == "error" and not is_refusal:
            faults.append(said.text)

    def opened(site, user, *, password="", width=1280, language="en-US", scheme="light"):
        context = chromium.new_context(
            base_url=site,
            viewport={"width": width, "height": 900},
            locale=language,
            color_scheme=scheme,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", heard)
        page.goto("/sign-in/")
        page.fill("input[name=username]", user)
        page.fill("input[name=password]", password or user)
        follow(page.locator(".login .button").first)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []
