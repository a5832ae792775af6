"""The linter knows what may never be called on bytes or words from outside."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.tidy.tree import ROOT

DANGEROUS = {
    "S602": "import subprocess\nsubprocess.run('ls', shell=True, check=True)\n",
    "S605": "import os\nos.system(input())\n",
    "S301": "import pickle\npickle.loads(b'')\n",
    "S506": "import yaml\nyaml.load('')\n",
    "S307": "eval(input())\n",
    "S501": "import requests\nrequests.get('https://a', verify=False, timeout=1)\n",
}


@pytest.mark.parametrize("rule", DANGEROUS)
@pytest.mark.parametrize(
    "path", ["central/app.py", "terminal/loop.py", "provisioning/enrol.py", "tests/laid.py"]
)
def test_the_linter_refuses(rule: str, path: str) -> None:
    linted = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--stdin-filename", path, "-"],
        cwd=ROOT,
        input=DANGEROUS[rule],
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 1
    assert rule in linted.stdout
