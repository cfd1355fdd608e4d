# SPDX-License-Identifier: MIT
"""schema.py SCHEMA SPEC...: prints "good SPEC", or "bad SPEC: why", as the JSON Schema has it."""
import json
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """YAML 1.2's core schema: `on` is a text, and so is 12:30."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in ("tag:yaml.org,2002:timestamp",)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    if first not in tuple("oOyY")
}

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
for name in sys.argv[2:]:
    with open(name, encoding="utf-8") as file:
        tree = yaml.load(file, Loader)
    error = next(validator.iter_errors(tree), None)
    place = ".".join(str(part) for part in error.absolute_path) if error else ""
    print(f"bad {name}: {place}: {error.message}" if error else f"good {name}")
