# SPDX-License-Identifier: MIT
"""What a runner does with a step of a composite action: its inputs become variables, and bash runs its script.
action.py FILE STEP [NAME=VALUE...] | FILE STEP --show | FILE --look"""
import os
import re
import sys

import yaml

action = yaml.safe_load(open(sys.argv[1]))
steps = action["runs"]["steps"]
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")

if sys.argv[2] == "--look":
    bad = [step["name"] for step in steps if "${{" in step["run"] or step["shell"] != "bash"]
    used = {name for step in steps for value in step["env"].values() for name in EXPRESSION.findall(value)}
    odd = used ^ {"inputs." + name for name in action["inputs"]}
    print(*bad, *odd)
    sys.exit(1 if bad or odd else 0)

step = next(step for step in steps if step["name"] == sys.argv[2])
if sys.argv[3:] == ["--show"]:
    print(step["run"])
    sys.exit()
given = dict(word.split("=", 1) for word in sys.argv[3:])
assert given.keys() <= action["inputs"].keys(), given
inputs = {"inputs." + name: given.get(name, one["default"]) for name, one in action["inputs"].items()}
for name, value in step["env"].items():
    os.environ[name] = EXPRESSION.sub(lambda found: inputs[found[1]], value)
os.execvp("bash", ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]])
