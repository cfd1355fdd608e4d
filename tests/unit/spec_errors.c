/* SPDX-License-Identifier: MIT */
/* What is wrong with a spec is said with its exact place and with what to write instead. */
#include "unit.h"

#include <stdio.h>

#include "spec/yaml.h"

static const struct {
  const char *yaml;
  const char *message; /* how it begins, after "t.yaml:" */
} wrong[] = {
  /* the file */
  { "", "1:1: the spec is empty; write at least:\nversion: 1\n" },
  { "# nothing\n\n", "1:1: the spec is empty" },
  { "---\n...\n", "1:1: the spec is empty" },
  { "hello", "1:1: a spec is a mapping of names to values" },
  { "- version: 1\n", "1:1: a spec is a mapping" },
  { "name: x\n", "1:1: version is missing; begin the file with `version: 1`" },
  { "\n# c\nname: x\n", "3:1: version is missing" },
  { "version: 2\n", "1:10: version: must be 1, the only one that this release knows, not \"2\"" },
  { "version: \"1\"\n", "1:10: version: must be 1 without quotes, the only one" },
  { "version: 1\nrun: {port: '80'}\n", "2:13: run.port: must be a number without quotes from 1 to 65535, not \"80\"" },
  { "version:\n", "1:1: version: must be 1, the only one that this release knows, not nothing" },
  { "version: 1\n---\nversion: 1\n", "2:1: a second document begins here" },
  { "version: 1\n...\n---\n", "3:1: a second document begins here" },

  /* keys */
  { "version: 1\nnmae: x\n", "2:1: unknown key \"nmae\"; did you mean \"name\"?" },
  { "version: 1\nzebra: x\n",
    "2:1: unknown key \"zebra\"; known here: version, name, image, services, run, checks" },
  { "version: 1\nport: 80\n", "2:1: unknown key \"port\" here; did you mean run.port?" },
  { "version: 1\nrun.port: 80\n", "2:1: unknown key \"run.port\"" },
  { "version: 1\n\"*\": 80\n", "2:1: unknown key \"*\"" },
  { "version: 1\nchecks:\n  helth: {}\n", "3:3: checks: unknown check \"helth\"; did you mean \"health\"?" },
  { "version: 1\nchecks:\n  health:\n    paht: /\n",
    "4:5: checks.health: unknown key \"paht\"; did you mean \"path\"?" },
  { "version: 1\nchecks: {health: {exit-code: 1}}\n",
    "2:19: checks.health: unknown key \"exit-code\" here; did you mean checks.graceful-stop.exit-code?" },
  { "version: 1\nchecks: {non_root: {}}\n",
    "2:10: checks: unknown check \"non_root\"; did you mean \"non-root\"?" },
  { "version: 1\nimage: {dockerfil: x}\n", "2:9: image: unknown key \"dockerfil\"; did you mean \"dockerfile\"?" },
  { "version: 1\nservices: {db: {mysql: {}}}\n",
    "2:17: services.db: unknown key \"mysql\"; known here: postgres, container" },
  { "version: 1\nservices: {db: {image: x}}\n",
    "2:17: services.db: unknown key \"image\" here; did you mean services.db.postgres.image?" },
  { "version: 1\nservices: {db: {postgres: {usr: x}}}\n",
    "2:28: services.db.postgres: unknown key \"usr\"; did you mean \"user\"?" },
  { "version: 1\nname: x\nname: y\n", "3:1: duplicate key \"name\"; it is in line 2 already" },
  { "version: 1\nrun:\n  env: {A: 1, B: 2, A: 3}\n", "3:21: duplicate key \"A\"; it is in line 3 already" },
  { "version: 1\nrun: {env: {\"A\": 1, A: 3}}\n", "2:21: duplicate key \"A\"" },
  { "version: 1\n? [a]\n: 1\n", "2:3: a key must be a name" },
  { "version: 1\n? {a: 1}\n: 1\n", "2:3: a key must be a name" },
  { "version: 1\nrun:\n  env: &e {A: 1}\n  <<: *e\n", "4:3: merge keys (<<) are not understood here" },

  /* kinds */
  { "version: 1\nname: [a]\n", "2:7: name: must be text, not a list" },
  { "version: 1\nname: {a: 1}\n", "2:7: name: must be text, not a mapping" },
  { "version: 1\nname:\nrun: {}\n", "2:1: name: is empty" },
  { "version: 1\nname: ''\n", "2:7: name: is empty" },
  { "version: 1\nname: ~\n", "2:7: name: is empty" },
  { "version: 1\nrun: 8000\n", "2:6: run: must be a mapping, not \"8000\"" },
  { "version: 1\nimage: nginx\n",
    "2:8: image: must be a mapping, not \"nginx\"; an image that exists is written {ref: \"nginx\"}" },
  { "version: 1\nrun: [port]\n", "2:6: run: must be a mapping, not a list" },
  { "version: 1\nservices: [db]\n", "2:11: services: must be a mapping, not a list" },
  { "version: 1\nservices: {db: }\n", "2:12: services.db: does not say what it is; write `postgres: {}` below it" },
  { "version: 1\nservices: {db: {}}\n", "2:12: services.db: does not say what it is" },
  { "version: 1\nservices: {db: postgres}\n", "2:12: services.db: must be a mapping, not \"postgres\"" },
  { "version: 1\nchecks: false\n", "2:9: checks: must be a mapping, not \"false\"" },
  { "version: 1\nchecks: {health: no}\n",
    "2:18: checks.health: must be a mapping of options, or false to leave the check out, not \"no\"" },
  { "version: 1\nchecks: {health: \"false\"}\n", "2:18: checks.health: must be a mapping of options" },
  { "version: 1\nchecks: {health: [/health]}\n", "2:18: checks.health: must be a mapping of options" },

  /* sections with items */
  { "version: 1\nservices: {env: {postgres: {}}}\n", "2:12: services.env: is no name for a service" },
  { "version: 1\nservices: {a: {postgres: {}, container: {image: x}}}\n", "2:12: services.a: is either a postgres or a container" },
  { "version: 1\nservices: {a: {container: }}\n", "2:12: services.a.container: names no image" },
  { "version: 1\nservices: {a: {container: {image: x, ready: {tcp: true}}}}\n",
    "2:38: services.a.container.ready: asks a port, and container.port names none" },
  { "version: 1\nservices: {a: {container: {image: x, port: 1, ready: {tcp: true, log: x}}}}\n",
    "2:47: services.a.container.ready: write one of tcp, log, http and command" },
  { "version: 1\nimage: {secrets: {a: {}}}\n", "2:19: image.secrets.a: write exactly one of env and file" },
  { "version: 1\nimage: {secrets: {a: {env: X, file: y}}}\n", "2:19: image.secrets.a: write exactly one of env and file" },
  { "version: 1\nimage: {secrets: {a: {env: NOT_SET}}}\n",
    "2:19: image.secrets.a: NOT_SET is not set in the environment of verify-prod" },
  { "version: 1\nimage: {secrets: {a: {file: /nonexistent/x}}}\n",
    "2:19: image.secrets.a: cannot read /nonexistent/x: No such file or directory" },
  { "version: 1\nimage: {secrets: {a: {file: /dev}}}\n", "2:19: image.secrets.a: /dev is a folder, not a regular file" },
  { "version: 1\nrun: {before: [{image: {dockerfile: d, secrets: {a: {env: NOT_SET}}}, command: [a]}]}\n",
    "2:50: run.before[0].image.secrets.a: NOT_SET is not set" },
  { "version: 1\nimage: {secrets: {a b: {env: X}}}\n", "2:19: image.secrets.a b: is no id of a secret" },
  { "version: 1\nimage: {ref: x, ssh: default}\n", "2:17: image.ssh and image.ref exclude each other" },
  { "version: 1\nrun: {before: [python, x.py]}\n", "2:15: run.before: must be a list of steps, each a list or a mapping" },
  { "version: 1\nrun: {before: migrate}\n", "2:15: run.before: must be a list of steps" },
  { "version: 1\nrun: {before: [[a], {cmd: [x]}]}\n", "2:22: run.before[1]: unknown key \"cmd\"" },
  { "version: 1\nrun: {before: [[a], {image: {ref: x, target: y}}]}\n",
    "2:38: run.before[1].image.target and run.before[1].image.ref exclude each other" },
  { "version: 1\nrun: {before: [{command: x}]}\n", "2:26: run.before[0].command: must be a list of a program" },
  { "version: 1\nchecks: {health: {grpc: \"\", status: 200}}\n", "2:29: checks.health.status: means nothing beside `grpc`" },
  { "version: 1\nchecks: {health: {tcp: true, body: ok}}\n", "2:30: checks.health.body: means nothing beside `tcp`" },
  { "version: 1\nchecks: {health: {tcp: true, scheme: https}}\n", "2:30: checks.health.scheme: means nothing beside `tcp`" },
  { "version: 1\nchecks: {health: {command: [a], port: 1}}\n", "2:33: checks.health.port: means nothing beside `command`" },
  { "version: 1\nchecks: {health: {command: [a], headers: {A: b}}}\n", "2:33: checks.health.headers: means nothing beside `command`" },
  { "version: 1\nchecks: {health: {path: /h, headers: {A: \"b\\nc\"}}}\n",
    "2:39: checks.health.headers.A: its value must be one line" },
  { "version: 1\nchecks: {health: {path: /h, tcp: true}}\n", "2:10: checks.health: write one of path, grpc, tcp and command" },
  { "version: 1\nrun: {tmpfs: [/tmp, /a], volumes: [/b, /a]}\n", "2:7: run.tmpfs: /a stands in run.volumes, too" },
  { "version: 1\nrun: {tmpfs: [/a], files: {/a: b}}\n", "2:7: run.tmpfs: /a stands in run.files, too" },
  { "version: 1\nrun: {volumes: [/a], files: {/a: b}}\n", "2:7: run.volumes: /a stands in run.files, too" },

  /* forms */
  { "version: 1\nrun: {files: {a: b}}\n", "2:15: run.files: must be the absolute path of a file" },
  { "version: 1\nrun: {files: {/a/: b}}\n", "2:15: run.files: is no path of a file" },
  { "version: 1\nrun: {files: {/a=b: c}}\n", "2:15: run.files: holds '='" },
  { "version: 1\nrun: {tmpfs: [/tmp:size=1]}\n", "2:15: run.tmpfs: \"/tmp:size=1\" holds ':' or ','" },
  { "version: 1\nrun: {volumes: data}\n", "2:16: run.volumes: \"data\" must be the absolute path of a folder" },
  { "version: 1\nrun: {cap-drop: [net-raw]}\n", "2:18: run.cap-drop: \"net-raw\" is no capability" },
  { "version: 1\nrun: {memory: 512}\n", "2:15: run.memory: must be a size such as 512MiB" },
  { "version: 1\nrun: {memory: 512 mb}\n", "2:15: run.memory: must be a size" },
  { "version: 1\nrun: {memory: 0B}\n", "2:15: run.memory: must be a size" },
  { "version: 1\nrun: {extra-hosts: {a b: x}}\n", "2:21: run.extra-hosts: cannot be a host name" },
  { "version: 1\nchecks: {health: {headers: {\"a b\": x}}}\n", "2:29: checks.health.headers: cannot be the name of a header" },
  { "version: 1\nchecks: {health: {status: [200, 99]}}\n", "2:33: checks.health.status: must be a number from 100 to 599" },
  { "version: 1\nchecks: {health: {status: []}}\n", "2:27: checks.health.status: is an empty list" },
  { "version: 1\nchecks: {required-env: {empty: maybe}}\n", "2:32: checks.required-env.empty: must be false, report or fail" },
  { "version: 1\nimage: {ssh: [\"a b\"]}\n", "2:15: image.ssh: \"a b\" must be" },
  { "version: 1\nimage: {contexts: {A: x}}\n", "2:20: image.contexts: cannot be the name of a context" },

  /* the environment */
  { "version: 1\nrun: {env: {A: \"${env.VPROD_NOT_SET}\"}}\n",
    "2:17: run.env.A: ${env.VPROD_NOT_SET} is not set in the environment of verify-prod" },
  { "version: 1\nrun: {env: {A: \"${env.a-b}\"}}\n", "2:17: run.env.A: ${env.a-b} is written ${env.NAME}" },
  { "version: 1\nservices: {c: {container: {image: x}}}\nrun: {env: {A: \"${c.port}\"}}\n",
    "3:17: run.env.A: unknown ${c.port}; did you mean ${c.host}" },

  /* several at once, in the order of the file */
  { "version: 1\nrun: {port: x}\nservices: {db: {}}\nchecks: {helth: {}}\n", "2:13: run.port: must be a number from 1 to 65535, not \"x\"\n"
    "t.yaml:3:12: services.db: does not say what it is" },

  /* numbers */
  { "version: 1\nrun: {port: 0}\n", "2:13: run.port: must be a number from 1 to 65535, not \"0\"" },
  { "version: 1\nrun: {port: 65536}\n", "2:13: run.port: must be a number from 1 to 65535" },
  { "version: 1\nrun: {port: -1}\n", "2:13: run.port: must be a number" },
  { "version: 1\nrun: {port: \"80\"}\n", "2:13: run.port: must be a number" },
  { "version: 1\nrun: {port: 0x50}\n", "2:13: run.port: must be a number" },
  { "version: 1\nrun: {port: 8e3}\n", "2:13: run.port: must be a number" },
  { "version: 1\nrun: {port: 99999999999999999999}\n", "2:13: run.port: must be a number" },
  { "version: 1\nrun: {port: [80]}\n", "2:13: run.port: must be a number from 1 to 65535, not a list" },
  { "version: 1\nrun: {port: }\n", "2:7: run.port: must be a number from 1 to 65535, not nothing" },
  { "version: 1\nchecks: {health: {status: 99}}\n",
    "2:27: checks.health.status: must be a number from 100 to 599" },
  { "version: 1\nchecks: {health: {status: 600}}\n", "2:27: checks.health.status" },
  { "version: 1\nchecks: {health: {consecutive: 0}}\n",
    "2:32: checks.health.consecutive: must be a number from 1" },
  { "version: 1\nchecks: {graceful-stop: {exit-code: 256}}\n",
    "2:37: checks.graceful-stop.exit-code: must be a number from 0 to 255" },
  { "version: 1\nchecks: {non-root: {uid: 0}}\n",
    "2:26: checks.non-root.uid: must be a number from 1 to 4294967294" },
  { "version: 1\nchecks: {non-root: {uid: root}}\n", "2:26: checks.non-root.uid: must be a number" },
  { "version: 1\nchecks: {start: {uses-database: yes}}\n",
    "2:33: checks.start.uses-database: must be true or false, not \"yes\"" },
  { "version: 1\nchecks: {start: {uses-database: \"true\"}}\n",
    "2:33: checks.start.uses-database: must be true or" },

  /* durations */
  { "version: 1\nchecks: {health: {timeout: 3x}}\n",
    "2:28: checks.health.timeout: must be a duration such as 500ms, 30s, 15m or 1m30s, at most 24h, not \"3x\"" },
  { "version: 1\nchecks: {health: {timeout: 0}}\n", "2:28: checks.health.timeout: must be longer than 0" },
  { "version: 1\nchecks: {health: {timeout: 0.1ms}}\n",
    "2:28: checks.health.timeout: must be longer than 0" },
  { "version: 1\nchecks: {health: {timeout: -1s}}\n", "2:28: checks.health.timeout: must be a duration" },
  { "version: 1\nchecks: {health: {timeout: 25h}}\n", "2:28: checks.health.timeout: must be a duration" },
  { "version: 1\nchecks: {health: {timeout: }}\n", "2:19: checks.health.timeout: must be a duration" },
  { "version: 1\nchecks: {health: {timeout: [1s]}}\n", "2:28: checks.health.timeout: must be a duration" },

  /* words and texts */
  { "version: 1\nchecks: {startup-logs: {stream: stdin}}\n",
    "2:33: checks.startup-logs.stream: must be any, stdout or stderr, not \"stdin\"" },
  { "version: 1\nchecks: {graceful-stop: {signal: SIGTREM}}\n",
    "2:34: checks.graceful-stop.signal: \"SIGTREM\" is no signal that Linux has; did you mean \"SIGTERM\"?" },
  { "version: 1\nchecks: {graceful-stop: {signal: 65}}\n",
    "2:34: checks.graceful-stop.signal: \"65\" is no signal" },
  { "version: 1\nchecks: {graceful-stop: {signal: 0}}\n",
    "2:34: checks.graceful-stop.signal: \"0\" is no signal" },
  { "version: 1\nchecks: {graceful-stop: {signal: RTMIN+31}}\n",
    "2:34: checks.graceful-stop.signal: \"RTMIN+31\"" },
  { "version: 1\nchecks: {graceful-stop: {signal: kill}}\n",
    "2:34: checks.graceful-stop.signal: no program can catch that signal" },
  { "version: 1\nchecks: {graceful-stop: {signal: 19}}\n", "2:34: checks.graceful-stop.signal: no program can" },
  { "version: 1\nchecks: {graceful-stop: {signal: }}\n", "2:26: checks.graceful-stop.signal: must be a signal" },
  { "version: 1\nname: Foo\n", "2:7: name: \"Foo\" cannot be an image's name" },
  { "version: 1\nname: a--b..c\n", "2:7: name: \"a--b..c\" cannot be" },
  { "version: 1\nname: -a\n", "2:7: name: \"-a\" cannot be" },
  { "version: 1\nname: a-\n", "2:7: name: \"a-\" cannot be" },
  { "version: 1\nname: a/b\n", "2:7: name: \"a/b\" cannot be" },
  { "version: 1\nname: a:b\n", "2:7: name: \"a:b\" cannot be" },
  { "version: 1\nimage: {ref: \"a b\"}\n", "2:14: image.ref: \"a b\" is no image reference" },
  { "version: 1\nimage: {ref: --all}\n", "2:14: image.ref: \"--all\" is no image reference" },
  { "version: 1\nimage: {target: -x}\n", "2:17: image.target: \"-x\" is no name of a build stage" },
  { "version: 1\nimage: {platform: linux/}\n", "2:19: image.platform: \"linux/\" is no platform" },
  { "version: 1\nimage: {platform: a/b/c/d}\n", "2:19: image.platform: \"a/b/c/d\" is no platform" },
  { "version: 1\nchecks: {health: {path: health}}\n",
    "2:25: checks.health.path: \"health\" must begin with a slash" },
  { "version: 1\nchecks: {health: {path: \"/a b\"}}\n", "2:25: checks.health.path: \"/a b\" holds a character" },
  { "version: 1\nchecks: {health: {path: \"http://x/\"}}\n",
    "2:25: checks.health.path: \"http://x/\" is a whole URL" },
  { "version: 1\nservices: {db: {postgres: {password: \"a@b\"}}}\n",
    "2:38: services.db.postgres.password: \"a@b\" would not be the same inside a database URL" },
  { "version: 1\nservices: {DB: {postgres: {}}}\n", "2:12: services.DB: cannot be a host name" },
  { "version: 1\nservices: {localhost: {postgres: {}}}\n", "2:12: services.localhost: would hide" },
  { "version: 1\nservices: {a.b: {postgres: {}}}\n", "2:12: services.a.b: cannot be a host name" },

  /* one excludes the other */
  { "version: 1\nimage:\n  ref: a\n  dockerfile: b\n",
    "4:3: image.dockerfile and image.ref exclude each other: what exists is not built" },
  { "version: 1\nimage:\n  context: .\n  ref: a\n", "3:3: image.context and image.ref exclude" },
  { "version: 1\nimage: {ref: a, target: b}\n", "2:17: image.target and image.ref exclude" },
  { "version: 1\nimage: {ref: a, args: {B: c}}\n", "2:17: image.args and image.ref exclude" },

  /* lists */
  { "version: 1\nchecks: {build-context: {exclude: {a: b}}}\n",
    "2:35: checks.build-context.exclude: must be a list, not a mapping" },
  { "version: 1\nchecks: {build-context: {exclude: }}\n",
    "2:26: checks.build-context.exclude: must be a list, not no" },
  { "version: 1\nchecks: {build-context: {exclude: [a, [b]]}}\n",
    "2:39: checks.build-context.exclude: must be text" },
  { "version: 1\nchecks: {build-context: {exclude: [a, '']}}\n", "2:39: checks.build-context.exclude: is empty" },
  { "version: 1\nchecks: {build-context: {exclude: /etc}}\n",
    "2:35: checks.build-context.exclude: \"/etc\" must be relative to the build context" },
  { "version: 1\nchecks: {build-context: {exclude: [a, ../b]}}\n",
    "2:39: checks.build-context.exclude: \"../b\" leaves the build context" },
  { "version: 1\nchecks: {build-context: {exclude: a/../../b}}\n",
    "2:35: checks.build-context.exclude: \"a/../../b\" l" },
  { "version: 1\nchecks: {layer-cache: {touch: /main.c}}\n",
    "2:31: checks.layer-cache.touch: \"/main.c\" must be rel" },
  { "version: 1\nchecks: {layer-cache: {touch: ../main.c}}\n",
    "2:31: checks.layer-cache.touch: \"../main.c\" leaves" },
  { "version: 1\nchecks: {layer-cache: {touch: ./}}\n",
    "2:31: checks.layer-cache.touch: \"./\" is the whole build" },
  { "version: 1\nchecks: {layer-cache: {cached: []}}\n", "2:32: checks.layer-cache.cached: is an empty list" },
  { "version: 1\nchecks: {required-env: {vars: []}}\n", "2:31: checks.required-env.vars: is an empty list" },
  { "version: 1\nchecks: {required-env: {vars: [A=b]}}\n", "2:32: checks.required-env.vars: \"A=b\" holds '='" },
  { "version: 1\nchecks: {dev-deps-absent: {paths: gcc}}\n",
    "2:35: checks.dev-deps-absent.paths: \"gcc\" must be absolute" },
  { "version: 1\nchecks: {dev-deps-absent: {commands: gcc}}\n",
    "2:38: checks.dev-deps-absent.commands: must be a list of commands, each a list" },
  { "version: 1\nchecks: {dev-deps-absent: {commands: [gcc, -v]}}\n",
    "2:39: checks.dev-deps-absent.commands: must be a list of a program and its arguments" },
  { "version: 1\nchecks: {dev-deps-absent: {commands: [[a], []]}}\n",
    "2:44: checks.dev-deps-absent.commands: an empty command" },
  { "version: 1\nchecks: {dev-deps-absent: {commands: [['', a]]}}\n",
    "2:40: checks.dev-deps-absent.commands: the program's name is empty" },
  { "version: 1\nchecks: {dev-deps-absent: {commands: [[a, {b: c}]]}}\n",
    "2:43: checks.dev-deps-absent.commands: must be text, not a mapping" },
  { "version: 1\nrun: {command: serve --fast}\n",
    "2:16: run.command: must be a list of a program and its arguments" },

  /* names with strings, and what ${…} stands for */
  { "version: 1\nrun: {env: [A=b]}\n", "2:12: run.env: must be a mapping of names to values, not a list" },
  { "version: 1\nrun:\n  env:\n    A: [b]\n", "4:8: run.env.A: must be text, not a list" },
  { "version: 1\nrun:\n  env:\n    A: {b: c}\n", "4:8: run.env.A: must be text, not a mapping" },
  { "version: 1\nrun: {env: {A=B: c}}\n", "2:13: run.env: holds '='" },
  { "version: 1\nrun: {env: {'': c}}\n", "2:13: run.env: a variable without a name" },
  { "version: 1\nrun: {env: {A B: c}}\n", "2:13: run.env: holds a space" },
  { "version: 1\nrun: {env: {\"A${x}\": c}}\n", "2:13: run.env: holds '$'" },
  { "version: 1\nimage: {args: {A: [b]}}\n", "2:19: image.args.A: must be text" },
  { "version: 1\nrun:\n  env:\n    A: x${db.user}\n",
    "4:9: run.env.A: unknown ${db.user}: the spec names no services" },
  { "version: 1\nservices: {db: {postgres: {}}}\nrun:\n  env:\n    A: \"${db.user}:${db.usr}\"\n",
    "5:20: run.env.A: unknown ${db.usr}; did you mean ${db.user}?" },
  { "version: 1\nservices: {db: {postgres: {}}}\nrun:\n  env:\n    A: ab$${db.usr}${db.usr}\n",
    "5:20: run.env.A: unknown" },
  { "version: 1\nservices: {db: {postgres: {}}}\nrun:\n  env:\n    A: ${}\n",
    "5:8: run.env.A: unknown ${}; known are "
                                                                              "${db.user}, ${db.password}" },
  { "version: 1\nservices: {db: {postgres: {}}}\nrun:\n  env:\n    A: >\n      a\n      ${x}\n",
    "7:7: run.env.A: unknown ${x}" },
  { "version: 1\nrun:\n  env:\n    A: 'x ${db.user'\n",
    "4:11: run.env.A: a ${ without }; a literal ${ is written $${" },
  { "version: 1\nrun:\n  command: [a, \"${x}\"]\n", "3:17: run.command: unknown ${x}" },
  { "version: 1\nimage:\n  args: {A: \"${x}\"}\n", "3:14: image.args.A: unknown ${x}" },

  /* YAML */
  { "version: 1\nname: [a, b\n", "2:7: not valid YAML: flow sequence without a closing bracket" },
  { "version: 1\nname: \"a\n", "2:8: not valid YAML: double-quoted scalar without closing quote" },
  { "version: 1\nrun:\n\tport: 1\n", "3:1: not valid YAML: tab character may not be used as indentation" },
  { "version: 1\nname: a: b\n", "2:8: not valid YAML: " },
  { "version: 1\nname: @a\n", "2:7: not valid YAML: " },
  { "version: 1\nname: !!str a\n", "2:13: tags (!…) are not understood here" },
  { "version: 1\nrun: !run {port: 1}\n", "2:11: tags (!…) are not understood here" },
  { "version: 1\nname: *a\n", "2:8: the alias *a stands for nothing" },
  { "version: 1\nrun: &r {env: {A: *r}}\n", "2:20: the alias *r stands for nothing" },
  { "version: 1\nname: \"a\\0b\"\n", "2:8: a NUL character (\\0) cannot be part of a value" },

  /* bytes */
  { "version: 1\nname: \xff\n", "2:7: the byte 0xff is not valid UTF-8" },
  { "version: 1\nname: \xc0\xaf\n", "2:7: the byte 0xc0 is not valid UTF-8" },
  { "version: 1\nname: \xed\xa0\x80\n", "2:7: the byte 0xed is not valid UTF-8" },
  { "\xff\xfe" "v", "1:1: this is UTF-16; save the file as UTF-8" },
  { "version: 1\nname: a\033[31m\n", "2:8: the control character 0x1b; write it as \"\\x1b\" in quotes" },
  { "version: 1\nname: \"\\e[31m\"\n", "2:7: name: \"\" cannot be an image's name" },

  /* columns are characters, lines end as any system ends them */
  { "version: 1\nrun: {env: {A: \"ü\", B: [x]}}\n", "2:24: run.env.B: must be text" },
  { "version: 1\r\nrun:\r\n  prot: 1\r\n", "3:3: run: unknown key \"prot\"; did you mean \"port\"?" },
  { "version: 1\rrun:\r  prot: 1\r", "3:3: run: unknown key \"prot\"" },
  { "\xef\xbb\xbfnmae: 1\n", "1:1: unknown key \"nmae\"" },
};

START_TEST (says_where_and_what_is_wrong)
{
  vprod_error *err = NULL;
  vprod_spec *spec = NULL;
  char *wanted = NULL;
  int r = vprod_spec_parse (wrong[_i].yaml, strlen (wrong[_i].yaml), "t.yaml", "/", &spec, &err);

  ck_assert_msg (r == -VPROD_ERROR_SPEC, "%d for: %s", r, wrong[_i].yaml);
  ck_assert_ptr_null (spec);
  ck_assert_int_gt (asprintf (&wanted, "t.yaml:%s", wrong[_i].message), 0);
  ck_assert_msg (strncmp (vprod_error_get_message (err), wanted, strlen (wanted)) == 0,
                 "for: %s\nwanted: %s\ngot:    %s", wrong[_i].yaml, wanted, vprod_error_get_message (err));
  free (wanted);
  vprod_error_free (err);
}
END_TEST

START_TEST (works_without_an_error_to_fill)
{
  vprod_spec *spec = NULL;
  int r = vprod_spec_parse (wrong[_i].yaml, strlen (wrong[_i].yaml), NULL, "/", &spec, NULL);

  ck_assert_int_eq (r, -VPROD_ERROR_SPEC);
  ck_assert_ptr_null (spec);
}
END_TEST

START_TEST (refuses_a_nul_byte_where_it_is)
{
  static const char yaml[] = "version: 1\nname: a\0b\n";
  vprod_error *err = NULL;
  vprod_spec *spec = NULL;

  assert_error (vprod_spec_parse (yaml, sizeof yaml - 1, "t.yaml", "/", &spec, &err), err, VPROD_ERROR_SPEC,
                "t.yaml:2:8: a NUL byte");
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("spec_errors");
  TCase *tc = tcase_create ("spec_errors");

  tcase_add_loop_test (tc, says_where_and_what_is_wrong, 0, sizeof wrong / sizeof wrong[0]);
  tcase_add_loop_test (tc, works_without_an_error_to_fill, 0, sizeof wrong / sizeof wrong[0]);
  tcase_add_test (tc, refuses_a_nul_byte_where_it_is);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
