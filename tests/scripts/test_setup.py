"""The set-up: what is missing is one line and exit code 2, what is there is left alone."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def setup():
    spec = importlib.util.spec_from_file_location("set_up", ROOT / "scripts" / "_setup.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _ends_with_one_line(call, capsys) -> str:
    with pytest.raises(SystemExit) as ended:
        call()
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert error.count("\n") == 1 and error.startswith("setup: ")
    return error


def test_no_node_is_one_line(setup, monkeypatch, capsys):
    monkeypatch.setattr(setup.shutil, "which", lambda name: None)
    assert "Node 20 or later" in _ends_with_one_line(setup.check_node, capsys)


def test_no_node_is_found_out_before_anything_is_installed(setup, monkeypatch, capsys):
    monkeypatch.setattr(setup.shutil, "which", lambda name: None)
    monkeypatch.setattr(setup, "is_done", lambda stamp, value: False)
    monkeypatch.setattr(setup, "install_python_packages", lambda: pytest.fail("packages were installed"))
    assert "Node 20 or later" in _ends_with_one_line(setup.main, capsys)


def test_an_old_node_is_one_line(setup, monkeypatch, capsys):
    monkeypatch.setattr(setup, "run", lambda *command, what: "v18.20.0\n")
    assert "node is v18.20.0, at least v20" in _ends_with_one_line(setup.check_node, capsys)


@pytest.mark.parametrize("version", [(3, 10, 9), (3, 13, 0)])
def test_another_python_is_one_line(setup, monkeypatch, capsys, version):
    monkeypatch.setattr(setup.sys, "version_info", version)
    assert "3.11 or 3.12 is needed" in _ends_with_one_line(setup.main, capsys)


def test_an_unknown_platform_is_one_line(setup, monkeypatch, capsys):
    monkeypatch.setattr(setup.platform, "machine", lambda: "mips")
    assert "x86-64 and ARM64 are supported" in _ends_with_one_line(lambda: setup.foundry_binary("anvil"), capsys)


def test_a_failing_step_shows_its_last_lines_and_stops(setup, capsys):
    with pytest.raises(SystemExit) as ended:
        setup.run(sys.executable, "-c", "print('why it failed'); raise SystemExit(7)", what="the step")
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "why it failed\nsetup: the step failed with exit code 7 (its last lines are above)\n"
    )


def test_a_step_is_done_once_for_the_same_inputs(setup, tmp_path):
    stamp, value = tmp_path / "stamp", setup.stamp_of("requirements.lock")
    assert not setup.is_done(stamp, value)
    stamp.write_text(value)
    assert setup.is_done(stamp, value) and not setup.is_done(stamp, setup.stamp_of("package-lock.json"))


def test_no_download_means_the_npm_compiler(setup, monkeypatch, tmp_path):
    def refuse(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr(setup, "VENV", tmp_path)
    monkeypatch.setattr(setup.socket, "create_connection", refuse)
    setup.install_compiler()
    wrapper = tmp_path / "solcx" / "solc-v0.8.30"
    assert "NATIVE" not in wrapper.read_text()
    assert list(wrapper.parent.iterdir()) == [wrapper]


def test_locks_name_no_address():
    assert "://" not in (ROOT / "requirements.lock").read_text()
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()
