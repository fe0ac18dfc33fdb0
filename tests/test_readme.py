"""The two READMEs show the same program, and it does what they say."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
READMES = ["README.md", "README.zh-CN.md"]


def blocks(name, language):
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("language", ["python", "bash"])
def test_both_show_the_same_code(language):
    shown = [
        [re.sub(r"\s*#.*", "", block) for block in blocks(name, language)] for name in READMES
    ]
    assert shown[0] == shown[1] != []


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_links_lead_somewhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_example_learns_the_circle():
    pytest.importorskip("torch")
    found = {}
    (program,) = blocks("README.md", "python")
    exec(compile(program, "README.md", "exec"), found)
    assert found["accuracy"] > 0.9
    assert found["probabilities"].shape == (2, 1)
    assert found["probabilities"][0, 0] > 0.5 > found["probabilities"][1, 0]
    assert len(found["history"].history["acc"]) == 30
