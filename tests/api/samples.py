# SPDX-License-Identifier: MIT
"""samples.py SCHEMA DIR: writes a spec for each of many values of each option of the JSON Schema. Of exact-*.yaml schema and
library must say the same; of any-*.yaml the library may refuse more, as the schema does not know every rule."""
import json
import sys

ANY = [True, -1, 1.5, "", "a", [], ["a"], [[]], {"a": "b"}, {"a": []}]
number = 0


def write(kind, path, value):
    global number
    tree = value
    for name in reversed(path):
        tree = {name: tree}
    if path[:2] == ["checks", "outage"]:  # of a service that there is
        tree["services"] = {"db": {"postgres": {}}}
    number += 1
    with open(f"{sys.argv[2]}/{kind}-{number}.yaml", "w", encoding="utf-8") as file:
        json.dump({"version": 1, "name": "demo", **tree}, file)


def walk(node, path):
    if "properties" in node:
        write("exact", path + ["xyzzy"], 1)
        for name, below in node["properties"].items():
            walk(below, path + [name])
    elif path == ["services"]:
        walk(node["additionalProperties"], path + ["db"])
    else:
        limits = [node[end] for end in ("minimum", "maximum") if end in node]
        beyond = [limits[0] - 1, limits[1] + 1] if limits else []
        for value in node.get("enum", []) + node.get("examples", []) + [node[key] for key in ("default",) if key in node] + limits + beyond:
            write("exact", path, value)
        for value in ANY:
            write("any", path, value)


with open(sys.argv[1], encoding="utf-8") as schema:
    walk(json.load(schema), [])
