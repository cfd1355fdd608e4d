/* SPDX-License-Identifier: MIT */
/* Whose fault a failed build is. The words are those of the builders, as recorded or as their sources write
   them. */
#include "unit.h"

#include <signal.h>

#include "runner/build/build.h"
#include "runner/runner.h"

enum { DOCKERFILE = 0, BUILDX = VPROD__BUILDER_BUILDX, KIT = VPROD__BUILDER_BUILDKIT,
       LEGACY = VPROD__BUILDER_LEGACY,
       PODMAN = VPROD__BUILDER_PODMAN };

#define META "[internal] load metadata for docker.io/library/debian:x"
#define SOLVE "failed to build: failed to solve: "

static const struct {
  int builder;
  int code; /* DOCKERFILE, or a vprod_error_code */
  const char *step, *error, *words, *telling, *network;
  const char *says; /* part of the message */
} failures[] = {
  /* the Dockerfile */
  { BUILDX, DOCKERFILE, "RUN make", "process \"/bin/sh -c make\" did not complete successfully: exit code: 2",
    SOLVE "process \"/bin/sh -c make\" did not complete successfully: exit code: 2\n", "main.c:3: error: x\n", "",
    "main.c:3: error: x\nexit code: 2" },
  { KIT, DOCKERFILE, "RUN make", "executor failed running [/bin/sh -c make]: exit code: 2",
    "executor failed running [/bin/sh -c make]: exit code: 2",
    "", "", "executor failed running [/bin/sh -c make]: exit code: 2" },
  { LEGACY, DOCKERFILE, "RUN make", "x", "The command '/bin/sh -c make' returned a non-zero code: 2\n", "", "",
    "x" },
  { PODMAN, DOCKERFILE, NULL, "", "building at STEP \"RUN make\": while running runtime: exit status 2\n", "", "",
    "while running runtime: exit status 2" },
  { BUILDX, DOCKERFILE, "COPY nothere /x", "failed to calculate checksum of ref a::b: \"/nothere\": not found",
    SOLVE "failed to compute cache key: failed to calculate checksum of ref a::b: \"/nothere\": not found\n", "",
      "", "\"/nothere\": not found" },
  { LEGACY, DOCKERFILE, "COPY nothere /x", "COPY failed: file not found in build context or excluded by "
                                           ".dockerignore: stat nothere: file does not exist\n",
    "COPY failed: file not found in build context or excluded by .dockerignore: stat nothere: file does not "
    "exist\n", "", "", "file not found in build context" },
  { BUILDX, DOCKERFILE, NULL, "", SOLVE "dockerfile parse error on line 2: unknown instruction: RUNN (did you "
                                        "mean RUN?)\n", "", "",
    "dockerfile parse error on line 2" },
  { BUILDX, DOCKERFILE, NULL, "", SOLVE "rpc error: code = Unknown desc = failed to solve with frontend "
                                        "dockerfile.v0: failed to create LLB definition: "
    "target stage nosuch could not be found\n", "", "", "target stage nosuch could not be found" },
  { BUILDX, DOCKERFILE, NULL, "", SOLVE "circular dependency detected on stage: a\n", "", "",
    "circular dependency" },
  { LEGACY, DOCKERFILE, NULL, "", "Error response from daemon: failed to reach build target nosuch in "
                                  "Dockerfile\n", "", "", "failed to reach build target nosuch" },
  { PODMAN, DOCKERFILE, NULL, "", "The target \"nosuch\" was not found in the provided Dockerfile\n", "", "",
    "nosuch" },
  { PODMAN, DOCKERFILE, "RUNN x", "building at STEP \"RUNN \": Build error: Unknown instruction: \"RUNN\" "
                                  "&imagebuilder.Step{Env:[]string{}}",
    "building at STEP \"RUNN \": Build error: Unknown instruction: \"RUNN\" &imagebuilder.Step{Env:[]string{}}",
      "", "", "Build error: Unknown instruction: \"RUNN\"" },
  /* a registry that answered, and has no such thing */
  { BUILDX, DOCKERFILE, META, "docker.io/library/debian:x: not found",
    SOLVE "debian:x: failed to resolve source metadata for docker.io/library/debian:x: "
    "docker.io/library/debian:x: not found\n", "", "", "not found" },
  { LEGACY, DOCKERFILE, "FROM debian:x", "manifest for debian:x not found: manifest unknown: manifest unknown",
    "", "", "", "manifest unknown" },
  { LEGACY, DOCKERFILE, "FROM ${BASE}", "base name (${BASE}) should not be blank", "", "", "", "should not be blank" },
  { LEGACY, DOCKERFILE, "COPY --from=5 /a /b", "invalid from flag value 5: index out of bounds", "", "", "",
    "out of bounds" },
  { LEGACY, DOCKERFILE, "ADD http://x/y /y", "ADD failed: failed to GET http://x/y with status 404 Not Found: z", "", "",
    "", "status 404" },
  { PODMAN, DOCKERFILE, "FROM debian:x", "creating build container: initializing source docker://debian:x: "
                                         "reading manifest x in docker.io/library/debian: manifest unknown",
    "", "", "", "manifest unknown" },
  { BUILDX, DOCKERFILE, META, "no match for platform in manifest: not found", "", "", "",
    "no match for platform" },
  { BUILDX, DOCKERFILE, "RUN x", "process \"/bin/sh -c x\" did not complete successfully: exit code: 255", "",
    "exec /bin/sh: exec format error\n", "", "exec format error" },
  { BUILDX, DOCKERFILE, "RUN [\"/nothere\"]", "process \"/nothere\" did not complete successfully: exit code: 1",
    "",
    "runc run failed: unable to start container process: error during container init: exec: \"/nothere\": stat "
    "/nothere: no such file or directory\n", "",
    "stat /nothere: no such file" },
  { LEGACY, DOCKERFILE, "RUN [\"/nothere\"]", "failed to create shim task: OCI runtime create failed: runc "
                                              "create failed: unable to start container process: "
    "exec: \"/nothere\": stat /nothere: no such file or directory: unknown", "", "", "", "/nothere" },
  { BUILDX, DOCKERFILE, "https://example.com/x", "invalid response status 404", "", "", "", "404" },

  /* a registry that could not be asked, or would not say */
  { KIT, VPROD_ERROR_REGISTRY, META, "failed to do request: Head "
                                     "\"https://registry-1.docker.io/v2/library/debian/manifests/x\": dial tcp: "
                                     "lookup "
    "registry-1.docker.io on 192.0.2.53:53: no such host", "", "", "",
      "docker.io/library/debian:x could not be had" },
  { BUILDX, VPROD_ERROR_REGISTRY, "resolve image config for docker-image://docker.io/docker/dockerfile:1",
    "failed to do request: Head \"https://r/v2/\": "
    "net/http: TLS handshake timeout", "", "", "", "docker.io/docker/dockerfile:1 could not be had" },
  { BUILDX, VPROD_ERROR_REGISTRY, META, "pull access denied, repository does not exist or may require "
                                        "authorization: server message: insufficient_scope: "
    "authorization failed", "", "", "", "docker.io/library/debian:x could not be had" },
  { BUILDX, VPROD_ERROR_REGISTRY, META, "unexpected status from HEAD request to "
                                        "https://ghcr.io/v2/x/manifests/y: 403 Forbidden", "", "", "", "403" },
  { BUILDX, VPROD_ERROR_REGISTRY, META, "unexpected status from HEAD request to https://r/v2/x/manifests/y: 503 "
                                        "Service Unavailable", "", "", "", "503" },
  { BUILDX, VPROD_ERROR_REGISTRY, META, "failed to copy: httpReadSeeker: failed open: unexpected status code 429 "
                                        "Too Many Requests - Server message: toomanyrequests", "", "", "", "429" },
  { BUILDX, VPROD_ERROR_REGISTRY, META, "error getting credentials - err: exec: \"docker-credential-desktop\": "
                                        "executable file not found in $PATH, out: ``", "", "", "",
    "docker-credential-desktop" },
  { BUILDX, VPROD_ERROR_REGISTRY, "FROM docker.io/library/debian:x@sha256:1234",
    "failed to copy: httpReadSeeker: failed open: failed to do request: Get "
    "\"https://r/v2/\": dial tcp 192.0.2.1:443: i/o timeout", "", "", "", "docker.io/library/debian:x could not" },
  { LEGACY, VPROD_ERROR_REGISTRY, "FROM --platform=linux/amd64 debian:x AS a",
    "Get \"https://registry-1.docker.io/v2/\": dial tcp: lookup x: no such host", "", "", "",
    "debian:x could not be had" },
  { LEGACY, VPROD_ERROR_REGISTRY, "ADD http://x/y /y", "ADD failed: failed to GET http://x/y with status 503 Service "
                                                       "Unavailable: z", "", "", "", "status 503" },
  { LEGACY, VPROD_ERROR_REGISTRY, "FROM x", "pull access denied for x, repository does not exist or may require "
                                            "'docker login': denied: requested access to the "
    "resource is denied", "", "", "", "x could not be had" },
  { LEGACY, VPROD_ERROR_REGISTRY, "COPY --from=nosuch /a /b", "invalid from flag value nosuch: Get "
                                                              "\"https://r/v2/\": dial tcp: lookup r: no such "
                                                              "host", "", "", "",
    "nosuch could not be had" },
  { PODMAN, VPROD_ERROR_REGISTRY, "FROM a/b", "creating build container: short-name \"a/b\" did not resolve to "
                                              "an alias and no unqualified-search registries "
    "are defined", "", "", "", "a/b could not be had" },
  { BUILDX, VPROD_ERROR_REGISTRY, "https://example.com/x", "Get \"https://example.com/x\": dial tcp: lookup "
                                                           "example.com: no such host", "", "", "", "ADD" },
  { BUILDX, VPROD_ERROR_REGISTRY, "https://example.com/x", "invalid response status 503", "", "", "", "503" },
  { KIT, VPROD_ERROR_REGISTRY, "RUN apt-get update", "executor failed running [/bin/sh -c apt-get update]: exit "
                                                     "code: 100", "", "E: x\n",
    "Temporary failure resolving 'deb.debian.org'", "was not there for RUN apt-get update: Temporary failure "
                                                    "resolving" },

  /* a command that says such words is no engine that does */
  { BUILDX, DOCKERFILE, "RUN echo Cannot connect to the Docker daemon",
    "process \"/bin/sh -c echo Cannot connect to the Docker daemon; OCI runtime create failed; no space left on "
    "device; exit code: 3\" did not complete successfully: exit code: 1",
    SOLVE "process \"/bin/sh -c echo Cannot connect to the Docker daemon; no space left on device\" did not "
          "complete "
    "successfully: exit code: 1\n", "wrong\n", "", "wrong\nexit code: 1" },

  /* the engine */
  { KIT, VPROD_ERROR_ENGINE, "RUN x", "executor failed running [/bin/sh -c x]: exit code: 1", "", "no\n", "",
    "NO-SPACE" },
  { KIT, VPROD_ERROR_ENGINE, "exporting to image", "failed to create image: layer does not exist",
    "failed to create image: layer does not exist", "", "", "layer does not exist" },
  { BUILDX, VPROD_ERROR_UNSUPPORTED, NULL, "", SOLVE "rpc error: code = Unknown desc = failed to solve with frontend "
                                                      "dockerfile.v0: unsupported frontend capability "
    "moby.buildkit.frontend.contexts\n", "", "", "too old: image.contexts needs Docker 23" },
  { BUILDX, VPROD_ERROR_IO, "[context shared] load from client", "error from sender: open x: permission denied",
    SOLVE "error from sender: open x: permission denied\n", "", "", "a named context (image.contexts) could not be read" },
  { BUILDX, VPROD_ERROR_REGISTRY, "[context base] load metadata for docker.io/library/none:1", "docker.io/library/none:1: "
    "not found", SOLVE "docker.io/library/none:1: not found\n", "", "", "a named context (image.contexts) could not be had" },
  { PODMAN, VPROD_ERROR_ENGINE, "USER 1001:1001",
    "checking if cached image exists from a previous build: getting top layer info: layer not known", "", "", "",
    "the engine failed at USER 1001:1001: checking if" },
  { LEGACY, VPROD_ERROR_ENGINE, "RUN x", "unable to find image \"sha256:029a\"", "", "", "", "unable to find image" },
  { PODMAN, DOCKERFILE, "RUN echo layer not known; exit 3",
    "building at STEP \"RUN echo layer not known; exit 3\": while running runtime: exit status 3", "", "", "",
    "exit status 3" },
  { KIT, VPROD_ERROR_ENGINE, "COPY a b", "failed to copy files: copy file range failed: no space left on device",
    "", "", "", "no space left on device" },
  { KIT, VPROD_ERROR_ENGINE, NULL, "", "failed to solve: write /var/lib/docker/x: no space left on device\n", "",
    "", "disk" },
  { BUILDX, VPROD_ERROR_ENGINE, "RUN x", "process \"/bin/sh -c x\" did not complete successfully: exit code: 1",
    "",
    "runc run failed: unable to start container process: can't get final child's PID from pipe: EOF\n", "",
      "could not run RUN x" },
  { PODMAN, VPROD_ERROR_ENGINE, "RUN x", "building at STEP \"RUN x\": while running runtime: exit status 1", "",
    "error running container: from /usr/bin/crun creating container for [/bin/sh -c x]: cgroups in hybrid mode "
    "not supported\n", "", "cgroups in hybrid mode" },
  { BUILDX, VPROD_ERROR_ENGINE, NULL, "", "", "", "", "did not say why" },
  { BUILDX, VPROD_ERROR_ENGINE, NULL, "", "something that nobody has seen\n", "", "",
    "something that nobody has seen" },
  { KIT, VPROD_ERROR_UNREACHABLE, NULL, "", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. "
                                            "Is the docker daemon running?\n", "", "", "did not answer" },
  { BUILDX, VPROD_ERROR_UNREACHABLE, NULL, "", "failed to build: failed to receive status: rpc error: code = "
                                               "Unavailable desc = error reading from server: EOF\n", "", "",
                                                 "EOF" },
  { LEGACY, VPROD_ERROR_UNREACHABLE, "RUN x", "error during connect: Post \"http://d/build\": EOF",
    "error during connect: Post \"http://d/build\": EOF", "", "", "did not answer" },

  /* the rest */
  { BUILDX, VPROD_ERROR_IO, "[internal] load build context", "error from sender: open secret: permission denied",
    "", "", "", "open secret" },
  { LEGACY, VPROD_ERROR_IO, NULL, "", "error checking context: no permission to read from '/x/secret'\n", "", "",
    "/x/secret" },
  { LEGACY, VPROD_ERROR_BUILDER, "RUN --mount=type=cache,target=/c x",
    "the --mount option requires BuildKit. Refer to https://x",
    "the --mount option requires BuildKit. Refer to https://x\n", "", "", "docker-buildx" },
  { BUILDX, VPROD_ERROR_BUILDER, NULL, "", "unknown flag: --metadata-file\nSee 'docker buildx build --help'.\n",
    "", "", "--metadata-file" },
};

static char path[] = "/p", words[] = "/p 1.2 (BuildKit)";

START_TEST (tells_whose_fault_it_is)
{
  const struct vprod__builder builder = { .kind = (enum vprod__builder_kind) failures[_i].builder, .path = path, .words = words };
  const struct vprod__spawn_end end = { .known = 1, .exit_code = 1 };
  const struct vprod__progress_failure failure = {
    .step = failures[_i].step, .stage = "", .error = failures[_i].error, .words = failures[_i].words,
    .telling = failures[_i].telling, .network = failures[_i].network,
    .no_space = strcmp (failures[_i].says, "NO-SPACE") == 0 ? "NO-SPACE: No space left on device" : "" };
  vprod_build_facts facts = { .size = sizeof facts };
  vprod_error *err = NULL;
  int r = vprod__builder_judge (&builder, &end, &failure, &facts, &err);
  const char *says = r < 0 ? vprod_error_get_message (err) : facts.message;

  ck_assert_msg (r == -failures[_i].code, "%s | %s: %d: %s", failures[_i].error, failures[_i].words, r, says);
  ck_assert_int_eq (facts.succeeded, 0);
  ck_assert_msg (strstr (says, failures[_i].says) != NULL, "no \"%s\" in: %s", failures[_i].says, says);
  if (r == 0 && failures[_i].step)
    ck_assert_str_eq (facts.failed_step, failures[_i].step);
  vprod_error_free (err);
  vprod__build_facts_clear (&facts);
}
END_TEST

static const struct {
  const char *line;
  int network;
} lines[] = {
  { "curl: (6) Could not resolve host: example.org", 1 },
  { "ssh: Could not resolve hostname example.org: Name or service not known", 1 },
  { "fatal: unable to access 'https://x/y.git/': Could not resolve proxy: proxy", 1 },
  { "W: Failed to fetch http://deb.debian.org/x/InRelease  Could not resolve 'deb.debian.org'", 1 },
  { "curl: (7) Failed to connect to example.org port 443 after 9 ms: Couldn't connect to server", 1 },
  { "fatal: unable to access 'https://x/y/': Failed to connect to x port 443: Connection refused", 1 },
  { "WARNING: Retrying (Retry(total=4, connect=None)) after connection broken by 'NewConnectionError("
    "'<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno 111] "
    "Connection refused')': /simple/flask/", 1 },
  { "WARNING: Retrying (Retry(total=4)) after connection broken by 'ProtocolError('Connection aborted.', "
    "ConnectionResetError(104, 'Connection reset by peer'))': /simple/flask/", 1 },
  { "  cause: client error (Connect)", 1 },
  { "  Caused by: client error (Connect)", 1 },
  { "All attempts to connect to index.example failed.", 1 },
  { "npm error code ECONNREFUSED", 1 },
  { "npm ERR! code ETIMEDOUT", 1 },
  { "npm ERR! network request to https://registry.npmjs.org/x failed, reason: getaddrinfo EAI_FAIL", 1 },
  { "npm error network This is a problem related to network connectivity.", 1 },
  { "info There appears to be trouble with your network connection. Retrying...", 1 },
  { "E: Failed to fetch http://deb.debian.org/x.deb  Hash Sum mismatch", 1 },
  { "npm error code E503", 1 },
  { "npm ERR! code E429", 1 },
  { " ERR_PNPM_META_FETCH_FAIL  GET https://registry.npmjs.org/x: request failed", 1 },
  { "ERROR: HTTP error 502 while getting https://files.example/x.whl", 1 },
  { "pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool(host='files.example', port=443): Read timed "
    "out.", 1 },
  { "  Caused by: error sending request for url (https://index.example/simple/x/)", 1 },
  { "warning: spurious network error (3 tries remaining): [28] Timeout was reached", 1 },
  { "go: a.example/b@v1: Get \"https://proxy.example/b/@v/v1.mod\": dial tcp 192.0.2.1:443: i/o timeout", 1 },
  { "go: a.example/b@v1: Get \"https://proxy.example/b/@v/v1.mod\": net/http: TLS handshake timeout", 1 },
  { "[ERROR] Could not transfer artifact a:b:pom:1 from/to central (https://repo.example): Connect to repo.example:443 "
    "failed: connect timed out", 1 },
  { "Could not transfer artifact a:b:pom:1 from/to central (https://repo.example): status code: 503", 1 },
  { "Exception in thread \"main\" java.net.UnknownHostException: services.example.org", 1 },
  { "Could not reach host index.rubygems.org. Check your network connection and try again.", 1 },
  { "          Unable to download data from https://rubygems.org/ - no such name (https://rubygems.org/x.gz)", 1 },
  { "/src/a.csproj : error NU1301: Unable to load the service index for source https://api.nuget.org/v3/index.json.", 1 },
  { "curl error 28 while downloading https://repo.example/packages.json: Timeout", 1 },
  { "CondaHTTPError: HTTP 000 CONNECTION FAILED for url <https://conda.example/repodata.json>", 1 },
  { "** (Mix) httpc request failed with: {:failed_connect, [{:to_address, {'repo.hex.pm', 443}}]}", 1 },
  { "curl: (35) OpenSSL SSL_connect: Connection reset by peer in connection to example.org:443", 1 },
  { "curl: (22) The requested URL returned error: 503", 1 },
  /* what is there is at fault */
  { "curl: (22) The requested URL returned error: 404", 0 },
  { "npm ERR! code E404", 0 },
  { "Could not find artifact com.acme:nope:jar:9 in central (https://repo.example)", 0 },
  { "Could not transfer artifact a:b:pom:1 from/to acme (https://repo.example): status code: 401, reason phrase", 0 },
  { "psycopg2.OperationalError: could not translate host name \"db\" to address: Temporary failure in name resolution",
    0 },
  { "pymysql: Can't connect to MySQL server on 'db' ([Errno -2] Name or service not known)", 0 },
  { "redis.exceptions.ConnectionError: Error -3 connecting to cache:6379. Temporary failure in name resolution.", 0 },
  { "Caused by: java.net.UnknownHostException: db", 0 },
  /* the name of a test that passed */
  { "ok 3 - a connection timed out is tried again", 0 },
  { "  \xe2\x9c\x93 tries again when a connection timed out (3 ms)", 0 },
  { "tests/test_net.py::test_it[network is unreachable] PASSED [ 10%]", 0 },
  { "\xe2\x9c\x98 [ERROR] Could not resolve \"react\"", 0 },
  { "Could not resolve './App' from src/main.js", 0 },
  { "npm ERR! ERESOLVE could not resolve", 0 },
  { "Could not resolve dependencies for project a:b:jar:1", 0 },
  { "ERROR: could not resolve dependency conflicts", 0 },
  { "curl: (7) Failed to connect to localhost port 8000 after 0 ms: Couldn't connect to server", 0 },
  { "curl: (7) Failed to connect to 127.0.0.1 port 8000: Connection refused", 0 },
  { "requests.exceptions.ConnectionError: HTTPConnectionPool(host='localhost', port=80): Failed to establish a "
    "new connection: [Errno 111] Connection refused", 0 },
  { "Error: connect ECONNREFUSED 127.0.0.1:5432", 0 },
  { "  cause: HTTP status client error (404 Not Found) for url (https://pypi.org/simple/x/)", 0 },
  { "npm ERR! code ELIFECYCLE", 0 },
};

START_TEST (knows_what_programs_say_of_a_network_that_is_away)
{
  ck_assert_msg (vprod__line_tells_network (lines[_i].line) == lines[_i].network, "%s", lines[_i].line);
}
END_TEST

START_TEST (program_that_was_killed_is_the_engines_matter)
{
  const struct vprod__builder builder = { .kind = VPROD__BUILDER_BUILDX, .path = path, .words = words };
  const struct vprod__spawn_end end = { .known = 1, .exit_code = -1, .signal = SIGKILL };
  const struct vprod__progress_failure failure = { "RUN x", "", "exit code: 1", "", "", "", "" };
  vprod_build_facts facts = { .size = sizeof facts };
  vprod_error *err = NULL;

  assert_error (vprod__builder_judge (&builder, &end, &failure, &facts, &err), err, VPROD_ERROR_ENGINE, "signal 9");
}
END_TEST

START_TEST (message_can_harm_no_terminal)
{
  const struct vprod__builder builder = { .kind = VPROD__BUILDER_BUILDX, .path = path, .words = words };
  const struct vprod__spawn_end end = { .known = 1, .exit_code = 1 };
  const struct vprod__progress_failure failure = { "RUN \033[31mx", "", "exit code: 1", "",
                                                   "\033]0;t\007error: \001\n", "", "" };
  vprod_build_facts facts = { .size = sizeof facts };
  vprod_error *err = NULL;

  assert_ok (vprod__builder_judge (&builder, &end, &failure, &facts, &err), err);
  ck_assert_str_eq (facts.failed_step, "RUN x");
  ck_assert_str_eq (facts.message, "error: \\x01\nexit code: 1");
  vprod__build_facts_clear (&facts);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("build_judge");
  TCase *tc = tcase_create ("build_judge");

  tcase_add_loop_test (tc, tells_whose_fault_it_is, 0, sizeof failures / sizeof failures[0]);
  tcase_add_loop_test (tc, knows_what_programs_say_of_a_network_that_is_away, 0, sizeof lines / sizeof lines[0]);
  tcase_add_test (tc, program_that_was_killed_is_the_engines_matter);
  tcase_add_test (tc, message_can_harm_no_terminal);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
