# SPDX-License-Identifier: MIT
"""What the tests of reports ask Python: look.py COMMAND ARGUMENT...

schema SCHEMA FILE...       each file keeps to the JSON schema
picture FILE COLOR [LEAST]  the PNG's first pixel has the colour; others are at least LEAST pixels
count FILE COLOR            how many pixels of the PNG have the colour
contrast PAGE               in both colour schemes text and its ground are as far apart as WCAG AA asks for (4.5)
requests NETLOG             the addresses that pages asked Chromium for, a line each; not what it asks for by itself
"""
import json
import re
import struct
import sys
import zlib


def schema(path, *files):
    import jsonschema
    with open(path, encoding="utf-8-sig") as file:
        rules = json.load(file)
    validator = jsonschema.validators.validator_for(rules)(rules)
    bad = 0
    for name in files:
        with open(name, encoding="utf-8") as file:
            for error in validator.iter_errors(json.load(file)):
                print(f"{name}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
                bad += 1
    return bad == 0


def pixels(path):
    """Rows of RGB triples of a PNG with 8 bits a sample and no interlacing."""
    with open(path, "rb") as file:
        data = file.read()
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, color = struct.unpack(">IIBB", body[:10])
        if kind == b"IDAT":
            packed += body
        at += 12 + length
    step = {2: 3, 6: 4}[color]
    assert depth == 8
    raw, before, stride = zlib.decompress(packed), bytes(width * step), width * step
    for y in range(height):
        how, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride if how else 0):
            a, b, c = line[i - step] if i >= step else 0, before[i], before[i - step] if i >= step else 0
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            line[i] = (line[i] + (0, a, b, (a + b) // 2, paeth)[how]) & 255
        before = bytes(line)
        yield [tuple(before[i:i + 3]) for i in range(0, stride, step)]


def rgb(text):
    text = text.lstrip("#")
    text = text if len(text) == 6 else "".join(c * 2 for c in text)
    return tuple(bytes.fromhex(text))


def count(path, color):
    return sum(row.count(rgb(color)) for row in pixels(path))


def picture(path, color, least="1000"):
    first, others = None, 0
    for row in pixels(path):
        first = first or row[0]
        others += len(row) - row.count(first)
    if first != rgb(color):
        print(f"{path}: the ground is {first}, not {rgb(color)}")
    if others < int(least):
        print(f"{path}: only {others} pixels differ from the ground")
    return first == rgb(color) and others >= int(least)


def luminance(color):
    parts = [c / 255 for c in rgb(color)]
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(path):
    with open(path, encoding="utf-8") as file:
        roots = re.findall(r":root\{([^}]*)\}", file.read())
    good = len(roots) == 2
    pairs = [(text, ground) for text in ("text", "soft", "pass", "fail", "error", "skip")
             for ground in ("page", "card", "code")]
    pairs += [("on", verdict) for verdict in ("pass", "fail", "error", "skip")]
    for name, root in zip(("light", "dark"), roots):
        colors = dict(re.findall(r"--([a-z]+):(#[0-9a-f]+)", root))
        for text, ground in pairs:
            high, low = sorted((luminance(colors[text]), luminance(colors[ground])), reverse=True)
            if (high + 0.05) / (low + 0.05) < 4.5:
                print(f"{name}: {text} on {ground}: {(high + 0.05) / (low + 0.05):.2f}")
                good = False
    return good


def requests(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        asked = [event.get("params") or {} for event in json.load(file)["events"]]
    for url in sorted({one["url"] for one in asked if one.get("initiator", "not an origin") != "not an origin"}):
        print(url)
    return True


if __name__ == "__main__":
    command, arguments = sys.argv[1], sys.argv[2:]
    if command == "count":
        print(count(*arguments))
        sys.exit(0)
    sys.exit(0 if {"schema": schema, "picture": picture, "contrast": contrast,
                   "requests": requests}[command](*arguments) else 1)
