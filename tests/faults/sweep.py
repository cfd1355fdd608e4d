#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sweep.py PROGRAM SPEC... [--part FILE | --faults A,B --kinds REGEX --nth N|last] [--jobs N] [--secret TEXT] [--table FILE]

One run of PROGRAM for each fault at each kind of request that a run without a fault makes. Prints TAP, and last
"# faults: N passed, N failed". A run is good where
  - no check that is judged pass or fail without the fault is judged the other way, and the exit code fits the verdicts,
  - nothing of it is left on the engine, in its TMPDIR, or as a process,
  - it ends in time, by itself, within bounded memory, and shows no secret.
--part: a file of lines "SPEC FAULT KIND" (SPEC: the name of the spec's folder; KIND: a regular expression, of which the
first kind that fits counts; # begins a comment). Needs a real engine: DOCKER_HOST, or docker's socket.
"""
import argparse
import asyncio
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

from engine import FAULTS, FaultyEngine, Plan

TIMEOUT = 60   # seconds that a run is given
PATIENCE = 75  # after which one that did not end hangs: removing may take a minute
MEMORY = 64    # MiB above what a run needs without a fault


class Api(http.client.HTTPConnection):
    """The true engine, for a look at what is left."""

    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)

    def ask(self, method, path):
        self.request(method, path)
        body = self.getresponse().read()
        self.close()
        return json.loads(body) if body else None


def left_by(engine, pid, folder):
    """What that run left: (kind, name) of each. Its number may have been another's in another namespace."""
    prefix = f"p{pid}-n{os.stat('/proc/self/ns/pid').st_ino}-"
    mine = urllib.parse.quote(json.dumps({"label": [f"verify-prod.pid={pid}"]}))
    left = []
    for kind, path, key in (("containers", f"/containers/json?all=1&filters={mine}", None), ("networks", f"/networks?filters={mine}", None),
                            ("volumes", f"/volumes?filters={mine}", "Volumes")):
        answer = Api(engine).ask("GET", path)
        for item in (answer[key] if key else answer) or []:
            if item["Labels"]["verify-prod.session"].startswith(prefix):
                left.append((kind, item.get("Id") or item["Name"]))
    for image in Api(engine).ask("GET", "/images/json"):
        left += [("images", tag) for tag in image["RepoTags"] or [] if "verify-prod-session/" in tag and f":{prefix}" in tag]
    return left + [("files", name) for name in os.listdir(folder)]


class Runner:
    def __init__(self, args, engine, work):
        self.program, self.engine, self.work, self.secrets = args.program, engine, work, args.secret
        self.number = 0

    async def run(self, spec, plan):
        """One run by a plan; what is known of it after."""
        self.number += 1
        folder = os.path.join(self.work, str(self.number))
        os.makedirs(folder + "/tmp")
        env = dict(os.environ, DOCKER_HOST=f"unix://{folder}/s", TMPDIR=folder + "/tmp")
        env.pop("DOCKER_CONTEXT", None)
        async with FaultyEngine(folder + "/s", self.engine, plan):
            with open(folder + "/out", "wb") as out, open(folder + "/err", "wb") as err:
                began = time.monotonic()
                process = subprocess.Popen([self.program, "run", "--format", "json", "--timeout", f"{TIMEOUT}s", spec],
                                           stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env)
                end, usage, hangs = await self.watch(process.pid, began)
                process.returncode = end
            result = self.read(folder, process.pid, end, usage, hangs, time.monotonic() - began)
            if plan.dead:  # it could not remove anything: a later run can
                plan.dead = plan.fault = None
                await asyncio.to_thread(subprocess.run, [self.program, "clean"], env=env, timeout=PATIENCE, check=False,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        result["left"] = await asyncio.to_thread(left_by, self.engine, process.pid, folder + "/tmp")
        if result["left"]:  # an engine may be about to end what it was told to remove
            await asyncio.sleep(2)
            result["left"] = await asyncio.to_thread(left_by, self.engine, process.pid, folder + "/tmp")
        for kind, name in result["left"]:
            if kind != "files":
                Api(self.engine).ask("DELETE", f"/{kind}/{name}" + ("?force=1&v=1" if kind == "containers" else ""))
        shutil.rmtree(folder)
        return result

    async def watch(self, pid, began):
        hangs = False
        while True:
            done, status, usage = os.wait4(pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status), usage, hangs
            if not hangs and time.monotonic() > began + TIMEOUT + PATIENCE:
                hangs = True
                os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(0.02)

    def read(self, folder, pid, code, usage, hangs, seconds):
        with open(folder + "/out", "rb") as f:
            out = f.read()
        with open(folder + "/err", "rb") as f:
            said = f.read().decode("utf-8", "replace")
        try:
            checks = {c["id"]: (c["verdict"], c.get("message", "")) for c in json.loads(out)["checks"]}
        except ValueError:
            checks = {}
        shown = [s for s in self.secrets if s.encode() in out or s in said]
        return {"pid": pid, "code": code, "mb": usage.ru_maxrss >> 10, "hangs": hangs, "seconds": round(seconds, 1), "checks": checks,
                "shown": shown, "said": said.strip().splitlines()}


def judge(base, r):
    """What is wrong with a run, a line each."""
    verdicts = {i: v for i, (v, _) in r["checks"].items()}
    usual = {i: v for i, (v, _) in base["checks"].items()}
    told = [v for v in usual.values() if v in ("pass", "fail")]
    wrong = [f"{i}: {usual.get(i)} became {v}: {r['checks'][i][1]}" for i, v in verdicts.items()
             if v in ("pass", "fail") and v != usual.get(i)]
    lost = [i for i, v in usual.items() if v in ("pass", "fail") and verdicts.get(i) not in ("pass", "fail")]
    if r["code"] == 0 and (lost or "fail" in told):
        wrong.append(f"exit code 0 though not told: {', '.join(lost)}")
    if r["code"] == 1 and "fail" not in verdicts.values():
        wrong.append("exit code 1 without a check that failed")
    if r["code"] == 3 and verdicts and "error" not in verdicts.values():
        wrong.append("exit code 3 without a check that could not be told")
    if not r["hangs"] and r["code"] not in (0, 1, 3):
        wrong.append(f"exit code {r['code']}: {' '.join(r['said'][-2:])}")
    if r["hangs"]:
        wrong.append(f"did not end within {TIMEOUT + PATIENCE} s")
    if r["mb"] > base["mb"] + MEMORY:
        wrong.append(f"{r['mb']} MiB of memory, {base['mb']} without the fault")
    wrong += [f"left: {kind} {name}" for kind, name in r["left"]]
    return wrong + [f"shows the secret {s}" for s in r["shown"]]


def read_part(path, spec, kinds):
    """The lines of the part for that spec: (kind, fault)."""
    name = os.path.basename(os.path.dirname(spec))
    with open(path, encoding="utf-8") as f:
        for line in f:
            words = line.partition("#")[0].split(None, 2)
            if words and words[0] == name:
                fitting = [k for k in kinds if re.search(words[2].strip(), k)]
                yield (fitting[0] if fitting else words[2].strip()), words[1]


def choose(args, spec, kinds):
    if args.part:
        return list(read_part(args.part, spec, kinds))
    return [(k, f) for k in kinds if re.search(args.kinds, k) for f in args.faults.split(",")]


async def sweep(args, engine, work):
    runner, gate, lock = Runner(args, engine, work), asyncio.Semaphore(args.jobs), asyncio.Lock()
    passed = failed = number = 0
    table = open(args.table, "w", encoding="utf-8") if args.table else None

    async def one(spec, base, statuses, kind, fault, nth, name):
        nonlocal passed, failed, number
        async with gate:
            for _ in range(2):  # on a busy machine a run may be out of time before it comes to that request
                plan = Plan(kind, fault, nth, statuses)
                r = await runner.run(spec, plan)
                if plan.met:
                    break
        wrong = judge(base, r) + ([f"there is no request {kind}"] if kind not in statuses else [])
        note = "" if plan.met or wrong else " # SKIP the run was out of time before"
        async with lock:
            number += 1
            passed, failed = passed + (not wrong), failed + bool(wrong)
            print(f"{'not ok' if wrong else 'ok'} {number} - {name} ({r['seconds']} s, exit code {r['code']}){note}", flush=True)
            for line in wrong:
                print(f"#   {line}", flush=True)
            if table:
                json.dump(dict(r, name=name, wrong=wrong), table)
                table.write("\n")

    print("TAP version 14")
    for spec in args.specs:
        for _ in range(3):  # a machine may be too busy for a moment
            plan = Plan()
            base = await runner.run(spec, plan)
            if base["code"] != 3:
                break
        name = os.path.basename(os.path.dirname(spec))
        print(f"# {name} without a fault: exit code {base['code']}, {base['seconds']} s, {base['mb']} MiB, {sum(plan.count.values())} requests of "
              f"{len(plan.count)} kinds; " + " ".join(f"{i}={v}" for i, (v, _) in base["checks"].items()), flush=True)
        if base["code"] != 0 or base["left"]:
            print(f"Bail out! {name} is no good without a fault: " + "; ".join(base["said"][-3:]))
            return 1
        runs = []
        for kind, fault in choose(args, spec, list(plan.count)):
            nth = plan.count[kind] if args.nth == "last" else int(args.nth)
            runs.append(one(spec, base, plan.seen, kind, fault, nth, f"{name}: {fault} at {kind}"))
        await asyncio.gather(*runs)
    print(f"1..{number}")
    print(f"# faults: {passed} passed, {failed} failed")
    return 1 if failed or not number else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("specs", nargs="+")
    parser.add_argument("--part")
    parser.add_argument("--faults", default=",".join(FAULTS))
    parser.add_argument("--kinds", default="")
    parser.add_argument("--nth", default="1")
    parser.add_argument("--jobs", type=int, default=3)
    parser.add_argument("--secret", action="append", default=[])
    parser.add_argument("--table")
    args = parser.parse_args()
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not host.startswith("unix://"):
        sys.exit("sweep.py: the engine must be at a unix socket")
    with tempfile.TemporaryDirectory(prefix="verify-prod-faults.") as work:
        return asyncio.run(sweep(args, host[len("unix://"):], work))


if __name__ == "__main__":
    sys.exit(main())
