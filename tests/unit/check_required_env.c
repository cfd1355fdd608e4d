/* SPDX-License-Identifier: MIT */
#include "flow.h"
#include "checks/required_env/named.h"
#include "util/strv.h"

#define OUTPUT(text) .output = (char *) (uintptr_t) (text), .output_length = sizeof (text) - 1
#define EXITS(code) .started = 1, .ended = 1, .duration_ms = 300, .exit_code = code
#define GOOD(name)                                                                                                \
  {                                                                                                               \
    name, NULL,                                                                                                   \
    {                                                                                                             \
      EXITS (1), OUTPUT ("missing: " name "\n")                                                                   \
    }                                                                                                             \
  }
#define RUNS_ON(name)                                                                                             \
  {                                                                                                               \
    name, NULL,                                                                                                   \
    {                                                                                                             \
      .started = 1, .duration_ms = 5000, OUTPUT ("up\n")                                                          \
    }                                                                                                             \
  }
#define EXITS_0(name)                                                                                             \
  {                                                                                                               \
    name, NULL,                                                                                                   \
    {                                                                                                             \
      EXITS (0), OUTPUT ("please set " name "\n")                                                                 \
    }                                                                                                             \
  }

static const struct {
  struct vprod__without without[4];
  struct wanted wanted;
} cases[] = {
  { { GOOD ("KEY") }, { VPROD_VERDICT_PASS, 0, "non-zero exit code without KEY, and runs with all", "" } },
  { { GOOD ("KEY"), GOOD ("USER"), GOOD ("URL") },
    { VPROD_VERDICT_PASS, 0, "without KEY, USER and URL (each alone)", "" } },
  { { { "KEY", NULL, { EXITS (139), OUTPUT ("") } } }, { VPROD_VERDICT_PASS, 0, "without KEY", "" } },
  { { { "KEY", "baked", { EXITS (1), OUTPUT ("KEY?") } } }, { VPROD_VERDICT_PASS, 0, "without KEY", "" } },

  { { RUNS_ON ("KEY") }, { VPROD_VERDICT_FAIL, 0, "without KEY the app still ran after 5.0 s", "name each missing one" } },
  { { RUNS_ON ("KEY") }, { VPROD_VERDICT_FAIL, 0, "without KEY", "something gives a default" } },
  { { GOOD ("URL"), RUNS_ON ("KEY"), RUNS_ON ("USER") },
    { VPROD_VERDICT_FAIL, 0, "without KEY and USER (each alone) the app still ran after 5.0 s",
      "checks.required-env.vars" } },
  { { { "KEY", "baked", { .started = 1, .duration_ms = 5000 } } },
    { VPROD_VERDICT_FAIL, 0, "without KEY", "Remove the default from the image" } },
  { { { .variable = "KEY", .code_default = "app/settings.py:12", .once = { .started = 1, .duration_ms = 5000 } } },
    { VPROD_VERDICT_FAIL, 0, "without KEY the app still ran", "Remove the default that app/settings.py:12 gives to KEY" } },
  { { { .variable = "KEY", .code_default = "app/settings.py:12", .once = { EXITS (1), OUTPUT ("KEY?") } } },
    { VPROD_VERDICT_PASS, 0, "without KEY", "" } },
  { { GOOD ("URL"), { "KEY", NULL, { .started = 1, .duration_ms = 5000, OUTPUT ("KeyError: 'KEY'\nchild died\n") } } },
    { VPROD_VERDICT_FAIL, 0, "without KEY the app still ran after 5.0 s", "The output names KEY, but the container stays up" } },
  { { EXITS_0 ("KEY") }, { VPROD_VERDICT_FAIL, 0, "without KEY the app ended with exit code 0", "names KEY, but the exit code is 0" } },
  { { { "KEY", NULL, { EXITS (0), OUTPUT ("?") } } },
    { VPROD_VERDICT_FAIL, 0, "without KEY the app ended with exit code 0", "name each missing one on stderr, and exit non-zero." } },
  { { EXITS_0 ("KEY"), RUNS_ON ("USER") },
    { VPROD_VERDICT_FAIL, 0, "without USER the app still ran after 5.0 s, and without KEY it ended with exit code 0",
      NULL } },

  /* a container that could not be run says nothing; but what is surely bad is said first */
  { { GOOD ("URL"), { "PATH", NULL, { .why = (char *) (uintptr_t) "executable file not found in $PATH" } } },
    { .error = VPROD_ERROR_IMAGE,
      .message = "without PATH: the container could not be started: executable file" } },
  { { { "KEY", NULL, { EXITS (137), .oom_killed = 1 } } },
    { .error = VPROD_ERROR_ENGINE, .message = "memory ran out" } },
  { { { "PATH", NULL, { .why = NULL } }, RUNS_ON ("KEY") },
    { VPROD_VERDICT_FAIL, 0, "without KEY the app still ran", NULL } },

  /* what run.env does not set, the app is seen to do without */
  { { { "KEY", NULL, { 0 }, .unset = 1 } },
    { VPROD_VERDICT_FAIL, 0, "the app runs without KEY, which run.env does not set", "must have a value in run.env" } },
  { { { "/run/key", NULL, { 0 }, .unset = 1 } },
    { VPROD_VERDICT_FAIL, 0, "the app runs without /run/key, which run.files does not set", NULL } },
  { { GOOD ("/run/secrets/jwt-key"), RUNS_ON ("/run/b") },
    { VPROD_VERDICT_FAIL, 0, "without /run/b the app still ran", "name each missing one" } },
  { { { "KEY", "baked", { 0 }, .unset = 1 }, GOOD ("URL") },
    { VPROD_VERDICT_FAIL, 0, "the app runs without KEY, which", "Remove the default from the image" } },
  /* the machine was too busy, or may have been: others took more than half of the time for their ends */
  { { { "KEY", NULL, { .started = 1, .duration_ms = 20000, .stalled_ms = 18000, .stall_is_known = 1, .busy = 1 } } },
    { .error = VPROD_ERROR_TIMEOUT, .message = "without KEY: this machine is too busy to tell: in 20.0 s it was kept waiting" } },
  { { RUNS_ON ("KEY"), { "URL", NULL, { .started = 1, .ended = 1, .exit_code = 1, .duration_ms = 2600, OUTPUT ("URL?") } } },
    { .error = VPROD_ERROR_TIMEOUT, .message = "whether the app ends without KEY: the engine's machine is too busy" } },
  { { { "KEY", NULL, { .started = 1, .duration_ms = 5000, .stall_is_known = 1, OUTPUT ("up\n") } },
      { "URL", NULL, { .started = 1, .ended = 1, .exit_code = 1, .duration_ms = 2600, OUTPUT ("URL?") } } },
    { VPROD_VERDICT_FAIL, 0, "without KEY the app still ran", NULL } },
  { { { "KEY", NULL, { .started = 1, .busy = 1 } }, EXITS_0 ("URL") },
    { VPROD_VERDICT_FAIL, 0, "without URL the app ended with exit code 0", NULL } },

  { { EXITS_0 ("URL"), { "KEY", NULL, { 0 }, .unset = 1 }, RUNS_ON ("USER") },
    { VPROD_VERDICT_FAIL, 0,
      "without USER the app still ran after 5.0 s, and without URL it ended with exit code 0, and the app runs without KEY",
      NULL } },
};

static vprod_result *judge (const struct vprod__without *without, size_t count, const struct wanted *wanted)
{
  vprod_result *result = new_result ();
  vprod_error *err = NULL;
  struct vprod__required_env_facts facts = { without, count, 5000 };

  int r = vprod__required_env_judge (&facts, result, &err);
  assert_wanted (r, result, err, wanted);
  return result;
}

START_TEST (judges)
{
  size_t count = 0;

  while (count < 4 && cases[_i].without[count].variable)
    count++;
  vprod_result *result = judge (cases[_i].without, count, &cases[_i].wanted);
  ck_assert_uint_eq (vprod_result_count_findings (result), count);
  for (size_t i = 0; i < count; i++)
    ck_assert_str_eq (vprod_finding_find_field (vprod_result_get_finding_at (result, i), "variable"),
                      cases[_i].without[i].variable);
  vprod_result_free (result);
}
END_TEST

START_TEST (a_default_in_the_sources_is_told_with_its_place)
{
  const struct vprod__without without[] = {
    { .variable = "KEY", .code_default = "app/settings.py:12", .once = { .started = 1, .duration_ms = 5000 } },
  };
  const struct vprod__env_default defaults[] = { { "JWT_SECRET", "app/auth.py:3" } };
  struct vprod__required_env_facts facts = { .without = without, .count = 1, .timeout_ms = 5000, .defaults = defaults, .n_defaults = 1 };
  vprod_result *result = new_result ();

  ck_assert_int_eq (vprod__required_env_judge (&facts, result, NULL), 0);
  ck_assert_uint_eq (vprod_result_count_findings (result), 2);
  const vprod_finding *listed = vprod_result_get_finding_at (result, 0), *other = vprod_result_get_finding_at (result, 1);
  ck_assert_str_eq (vprod_finding_find_field (listed, "message"), "without KEY the app still ran after 5.0 s; app/settings.py:12 gives it a default");
  ck_assert_str_eq (vprod_finding_find_field (listed, "code_default"), "app/settings.py:12");
  ck_assert (strstr (vprod_finding_find_field (other, "message"), "JWT_SECRET") && strstr (vprod_finding_find_field (other, "message"), "app/auth.py:3"));
  vprod_result_free (result);
}
END_TEST

/* Is the variable named by what the app wrote? */
static const struct {
  const char *variable;
  const char *output;
  int named;
} names[] = {
  { "KEY", "KeyError: 'KEY'\n", 1 },
  { "KEY", "\033[31mKEY\033[0m is missing", 1 },
  { "KEY", "\033[1;31mKEY", 1 },
  { "KEY", "/entry: line 3: KEY: parameter not set", 1 },
  { "KEY", "KEY", 1 },
  { "DATABASE_URL", "settings\ndatabase_url\n  Field required", 1 },
  { "DATABASE_URL", "Error: env:Database_Url", 1 },
  { "LOCK", "another instance holds the lock", 0 },
  { "PORT", "Port 8000 is in use", 0 },
  { "DB", "DB_HOST is not set", 0 },
  { "HOST", "DB_HOST is not set, nor HOSTS, nor mHOST", 0 },
  { "HOST", "DB_HOST is not set, nor HOST", 1 },
  { "DB_HOST", "MY_DB_HOST DB_HOSTS", 0 },
  { "KEY", "", 0 },
  { "KEY", NULL, 0 },
};

START_TEST (knows_whether_a_variable_is_named)
{
  struct vprod__without without = { names[_i].variable, NULL, { .output = (char *) (uintptr_t) names[_i].output } };

  ck_assert_msg (vprod__names_variable (&without) == names[_i].named, "%s in %s", names[_i].variable, names[_i].output);
}
END_TEST

/* What a second container with all variables did, where an app ends without a word on the variable. */
static const struct {
  struct vprod__once beside;
  struct vprod__without without[2];
  struct wanted wanted;
} beside[] = {
  { { .started = 1, .duration_ms = 2000 },
    { { "KEY", NULL, { EXITS (1), OUTPUT ("?") } } },
    { VPROD_VERDICT_PASS, 0, "without KEY", "" } },
  { { EXITS (1) },
    { { "KEY", NULL, { EXITS (1), OUTPUT ("?") } } },
    { .error = VPROD_ERROR_IMAGE, .message = "with all variables, ended too, after 300 ms with exit code 1" } },
  { { EXITS (0) }, { { "KEY", NULL, { EXITS (1), OUTPUT ("?") } } }, { .error = VPROD_ERROR_IMAGE, .message = "ended too" } },
  { { .why = (char *) (uintptr_t) "no space" },
    { { "KEY", NULL, { EXITS (1), OUTPUT ("?") } } },
    { .error = VPROD_ERROR_IMAGE, .message = "could not be started: no space" } },
  { { EXITS (1) },
    { GOOD ("URL"), { "KEY", NULL, { EXITS (1), OUTPUT ("?") } } },
    { .error = VPROD_ERROR_IMAGE, .message = "why the app ends without KEY" } },
  { { EXITS (1) }, { RUNS_ON ("URL"), { "KEY", NULL, { EXITS (1), OUTPUT ("?") } } },
    { VPROD_VERDICT_FAIL, 0, "without URL the app still ran", NULL } },

  /* a warning in passing is no reason: both end in the same words */
  { { EXITS (1), OUTPUT ("KEY: set\n12:00:01 the lock is taken\n") },
    { { "KEY", NULL, { EXITS (1), OUTPUT ("KEY: not set, using a default\n12:00:00 the lock is taken\n") } } },
    { .error = VPROD_ERROR_IMAGE, .message = "names the variable, but a second container beside the first" } },
  { { EXITS (1), OUTPUT ("Error: table is there\n    at main (app.js:3)\n\nNode.js v20.1.0\n") },
    { { "KEY", NULL, { EXITS (1), OUTPUT ("Error: no KEY\n    at main (app.js:3)\n\nNode.js v20.1.0\n") } } },
    { VPROD_VERDICT_PASS, 0, "without KEY", "" } },
  { { EXITS (2), OUTPUT ("bye\n") },
    { { "KEY", NULL, { EXITS (1), OUTPUT ("no KEY\nbye\n") } } },
    { VPROD_VERDICT_PASS, 0, "without KEY", "" } },
  { { EXITS (1), OUTPUT ("") },
    { { "KEY", NULL, { EXITS (1), OUTPUT ("no KEY\n  bye\n") } } },
    { VPROD_VERDICT_PASS, 0, "without KEY", "" } },
  { { .why = (char *) (uintptr_t) "no space" },
    { { "KEY", NULL, { EXITS (1), OUTPUT ("no KEY\nbye\n") } } },
    { VPROD_VERDICT_PASS, 0, "without KEY", "" } },
};

/* Do the last words name it, and nothing else that is required? */
static const struct {
  const char *output;
  int named;
} last_words[] = {
  { "starting\nKEY is missing\n", 1 },
  { "Error: KEY is missing\n    at main (app.js:3)\n\nNode.js v20.1.0\n", 1 },
  { "1 validation error\nkey\n  Field required: KEY\n    For further information visit …\n", 1 },
  { "no KEY\nnpm ERR! code ELIFECYCLE\nnpm ERR! errno 1", 1 },
  { "KEY is not set, using a default\nthe lock is taken\n", 0 },
  { "URL: set\nKEY is missing", 1 },
  { "cannot start: are KEY and URL set?", 0 },
  { "the lock is taken", 0 },
  { "  \n", 0 },
  { "", 0 },
  { NULL, 0 },

  /* a dump of what was given beside it: pydantic's, whose texts are cut in the middle */
  { "key\n  KEY: Field required [type=missing, input_value={'URL': 'postg...gion': 'us-east-1'}, input_type=dict]\n"
    "    For further information visit https://errors.pydantic.dev/2.14/v/missing\n", 1 },
  { "KEY: required [type=missing, input_value={'URL': 'postg...'region': 'us-east-1'}, input_type=dict]\n", 1 },
  { "KEY: required {'URL': 'postg\xe2\x80\xa6'region': 1}\n", 1 },
  { "missing KEY of {URL: 'x', HOST: 'y'}\n", 1 },
  { "missing KEY of {\"URL\":\"a}b\",\"LIST\":[1,{\"C\":\"]\"}]}\n", 1 },
  { "missing KEY of {\"URL\":\"a\\\"}b\"}\n", 1 },
  { "{URL=x} [INFO] \033[31mKEY\033[0m is missing: {URL=x}\n", 1 },
  { "{\"level\":\"error\",\"msg\":\"KEY is required\"}\n", 1 },
  /* all of them in a dump, at each failure */
  { "the lock is taken {'URL': 'x', 'KEY': None}\n", 0 },
  { "{\"msg\":\"the lock is taken\",\"env\":{\"URL\":\"x\",\"KEY\":null}}\n", 0 },
  { "the lock is taken: [URL=x, KEY=]\n", 0 },
  /* others beside a dump, behind one that seems to go on, and in one that is none */
  { "KEY {URL: x} URL\n", 0 },
  { "KEY {'URL': '}'} or URL\n", 0 },
  { "KEY {'X': '{'} or URL {}\n", 0 },
  { "KEY {'A': 1, URL: 2\n", 0 },
  { "KEY {'A': 'x, URL: 2}\n", 0 },
  { "KEY {A: 1, URL: 2]\n", 0 },
  { "KEY {A: 1, URL: {2}...\n", 0 },
  { "KEY {'A': '...\n  URL: 2}\n", 0 },
  { "KEY and one of [URL, HOST] are missing\n", 0 },
  { "KEY \033[31mURL: missing] \n", 0 },
  { "KEY [[[[[[[[[[[[[[[[[URL=x]]]]]]]]]]]]]]]]]\n", 1 },
};

START_TEST (knows_whether_the_last_words_name_it)
{
  const struct vprod__without without[] = { { "URL", NULL, { 0 } },
                                            { "KEY", NULL, { .output = (char *) (uintptr_t) last_words[_i].output } } };

  ck_assert_msg (vprod__is_explained (&without[1], without, 2) == last_words[_i].named, "%s", last_words[_i].output);
}
END_TEST

START_TEST (an_end_without_a_word_counts_where_a_second_app_runs)
{
  vprod_result *result = new_result ();
  vprod_error *err = NULL;
  struct vprod__required_env_facts facts = { beside[_i].without, beside[_i].without[1].variable ? 2 : 1, 5000, NULL, 0,
                                             &beside[_i].beside };

  int r = vprod__required_env_judge (&facts, result, &err);
  assert_wanted (r, result, err, &beside[_i].wanted);
  vprod_result_free (result);
}
END_TEST

START_TEST (an_empty_value_that_is_accepted_is_told_and_not_judged)
{
  const struct vprod__without without[] = { GOOD ("A"), GOOD ("B"), GOOD ("C"), GOOD ("D") };
  const struct vprod__without empty[] = { RUNS_ON ("A"), EXITS_0 ("B"), GOOD ("C"), { "D", NULL, { .why = NULL } } };
  struct vprod__required_env_facts facts = { without, 4, 5000, empty, 4 };
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  int r = vprod__required_env_judge (&facts, result, &err);
  assert_wanted (r, result, err, &(struct wanted) { VPROD_VERDICT_PASS, 0, "without A, B, C and D", "" });
  ck_assert_uint_eq (vprod_result_count_findings (result), 6);
  assert_holds (vprod_finding_find_field (vprod_result_get_finding_at (result, 4), "message"),
                "with an empty A the app still ran after 5.0 s");
  assert_holds (vprod_finding_find_field (vprod_result_get_finding_at (result, 5), "message"), "exit code 0");
  assert_evidence (result, "empty_accepted", "A, B");
  vprod_result_free (result);
}
END_TEST

static const struct {
  struct vprod__without empty[2];
  struct wanted wanted;
} empties[] = {
  { { GOOD ("A"), GOOD ("/run/b") }, { VPROD_VERDICT_PASS, 0, "without A and /run/b", "" } },
  { { RUNS_ON ("A"), GOOD ("/run/b") }, { VPROD_VERDICT_FAIL, 0, "the app takes an empty A for a value", "non-zero code" } },
  { { EXITS_0 ("A"), RUNS_ON ("/run/b") }, { VPROD_VERDICT_FAIL, 0, "takes an empty A, /run/b for a value", NULL } },
  { { GOOD ("A"), { "/run/b", NULL, { .started = 1, .busy = 1 } } }, { .error = VPROD_ERROR_TIMEOUT, .message = "too busy" } },
  { { GOOD ("A"), { "/run/b", NULL, { .why = NULL } } },
    { .error = VPROD_ERROR_IMAGE, .message = "without /run/b: the container could not be started" } },
};

START_TEST (an_empty_value_that_is_accepted_fails_where_the_spec_says_so)
{
  const struct vprod__without without[] = { GOOD ("A"), GOOD ("/run/b") };
  struct vprod__required_env_facts facts = { without, 2, 5000, empties[_i].empty, 2, .empty_fails = 1 };
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  int r = vprod__required_env_judge (&facts, result, &err);
  assert_wanted (r, result, err, &empties[_i].wanted);
  vprod_result_free (result);
}
END_TEST

static const struct {
  struct vprod__without without;
  const char *message;
  const char *last_line;
  const char *named;
  const char *image_default;
} findings[] = {
  { { "OWNER_NAME", NULL, { EXITS (1), OUTPUT ("Traceback\n  owner_name\n    Field required\n\n") } },
    "without OWNER_NAME the app ended with exit code 1 after 300 ms",
    "    Field required",
    "yes",
    NULL },
  { { "KEY", NULL, { EXITS (3), OUTPUT ("connection refused\r\n") } },
    "without KEY the app ended with exit code 3 after 300 ms; its output does not name the variable",
    "connection refused",
    "no",
    NULL },
  { { "KEY", "", { .started = 1, .duration_ms = 5000, OUTPUT ("") } },
    "without KEY the app still ran after 5.0 s; the image's own ENV gives it a default",
    "",
    "no",
    "empty" },
  { { "KEY", "x", { .started = 1, .duration_ms = 5000, OUTPUT ("up") } },
    "without KEY the app still ran after 5.0 s; the image's own ENV gives it a default",
    "up",
    "no",
    "set" },
  { { "KEY", NULL, { EXITS (0) } }, "without KEY the app ended with exit code 0 after 300 ms", "", "no", NULL },
};

static void assert_pair (const vprod_finding *finding, const char *name, const char *value)
{
  const char *is = vprod_finding_find_field (finding, name);

  if (!value)
    ck_assert_ptr_null (is);
  else
    ck_assert_msg (is && strcmp (is, value) == 0, "%s is %s, not %s", name, is ? is : "not there", value);
}

START_TEST (each_variable_is_a_finding)
{
  vprod_result *result = new_result ();
  vprod_error *err = NULL;
  struct vprod__required_env_facts facts = { &findings[_i].without, 1, 5000 };

  assert_ok (vprod__required_env_judge (&facts, result, &err), err);
  const vprod_finding *finding = vprod_result_get_finding_at (result, 0);
  assert_pair (finding, "message", findings[_i].message);
  assert_pair (finding, "last_line", findings[_i].last_line);
  assert_pair (finding, "named_in_output", findings[_i].named);
  assert_pair (finding, "image_default", findings[_i].image_default);
  vprod_result_free (result);
}
END_TEST

START_TEST (evidence_counts_how_many_were_named)
{
  const struct vprod__without without[] = { GOOD ("KEY"),
                                            GOOD ("USER"),
                                            { "URL", NULL, { EXITS (1), OUTPUT ("?") } } };
  vprod_result *result = judge (without, 3, &(struct wanted) { VPROD_VERDICT_PASS, 0, "", "" });

  assert_evidence (result, "variables", "3");
  assert_evidence (result, "named_in_output", "2 of 3");
  vprod_result_free (result);
}
END_TEST

START_TEST (no_variable_is_never_a_pass)
{
  vprod_result_free (judge (NULL, 0, &(struct wanted) { .error = VPROD_ERROR_INVALID, .message = "no variable" }));
}
END_TEST

/* ---- in a session ------------------------------------------------------------------------------------------ */

#define HEAD "version: 1\nrun:\n  env: {A: \"1\", B: \"2\", C: \"3\", D: \"4\", E: \"5\", F: \"6\"}\n"
#define YAML(options) HEAD "checks: {required-env: {" options "}}\n"

static int misses (const vprod_container_request *request, const char *name)
{
  return !vprod__strv_env ((char **) (uintptr_t) request->env, name);
}

static int misses_any (const vprod_container_request *request)
{
  return misses (request, "A") || misses (request, "B") || misses (request, "C") || misses (request, "D")
      || misses (request, "E") || misses (request, "F");
}

/* As a good app: with all it runs, without one it names it and ends. */
static void is_good (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
#define MISSING(name) { { 0, VPROD_STREAM_STDERR, name " is missing\n", 0 }, { 0 } }
  static const struct mock_output output[][2] = { MISSING ("A"), MISSING ("B"), MISSING ("C"),
                                                  MISSING ("D"), MISSING ("E"), MISSING ("F") };

  if (behaviour->role != MOCK_ONCE)
    return;
  behaviour->ends_after_ms = misses_any (request) ? 100 : MOCK_NEVER;
  behaviour->exit_code = 1;
  for (size_t i = 0; i < sizeof output / sizeof output[0]; i++)
    if (misses (request, (const char[]) { (char) ('A' + i), '\0' }))
      behaviour->output = output[i];
}

static void does_without_b (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  is_good (data, request, behaviour);
  if (behaviour->role == MOCK_ONCE && misses (request, "B"))
    behaviour->ends_after_ms = MOCK_NEVER;
}

static void ends_well_without_c (void *data, const vprod_container_request *request,
                                 struct mock_behaviour *behaviour)
{
  is_good (data, request, behaviour);
  if (misses (request, "C"))
    behaviour->exit_code = 0;
}

static void cannot_run_without_d (void *data, const vprod_container_request *request,
                                  struct mock_behaviour *behaviour)
{
  is_good (data, request, behaviour);
  if (behaviour->role == MOCK_ONCE && misses (request, "D"))
    behaviour->start_error = VPROD_ERROR_IMAGE;
}

/* Ends with 1 whatever it is given: without the control, a good app. */
static void always_ends (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->ends_after_ms = 0;
  behaviour->exit_code = 1;
}

/* It runs beside others, and says the same at each failure. */
static void hints_at_all (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  static const struct mock_output output[] = { { 0, VPROD_STREAM_STDERR, "failed: are A and B set?\n", 0 }, { 0 } };

  is_good (data, request, behaviour);
  if (behaviour->role == MOCK_ONCE)
    behaviour->output = output;
}

/* It warns of what it lacks, and ends where there is another, whatever it is given. */
static void warns_and_runs_once (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  static const struct mock_output output[] = { { 0, VPROD_STREAM_STDERR, "B is not set\nlock taken\n", 0 }, { 0 } };

  is_good (data, request, behaviour);
  if (behaviour->role != MOCK_ONCE)
    return;
  behaviour->ends_after_ms = 100;
  behaviour->output = output;
}

static const struct mock_output silence[] = { { 0, VPROD_STREAM_STDERR, "?\n", 0 }, { 0 } };

/* As a good app, but it does not say what it lacks. */
static void is_silent (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  is_good (data, request, behaviour);
  if (behaviour->role == MOCK_ONCE)
    behaviour->output = silence;
}

/* It runs but once: a second one ends, whatever it is given. */
static void runs_once (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  is_silent (data, request, behaviour);
  if (behaviour->role == MOCK_ONCE)
    behaviour->ends_after_ms = 100;
}

/* It ends by itself, a little later than the run without a variable does. */
static void ends_later (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  is_silent (data, request, behaviour);
  behaviour->ends_after_ms = behaviour->role == MOCK_ONCE ? 1500 : 1800;
  behaviour->exit_code = 1;
}

static const struct {
  const char *yaml;
  void (*on_container) (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour);
  int runs; /* without a variable, and one with all where an end is not explained */
  struct wanted wanted;
} sessions[] = {
  { HEAD, is_good, 6, { VPROD_VERDICT_PASS, 0, "without A, B, C, D, E and F (each alone)", "" } },
  { YAML ("vars: [B, C]"), is_good, 2, { VPROD_VERDICT_PASS, 0, "without B and C (each alone)", "" } },
  { YAML ("vars: [B, B]"), is_good, 1, { VPROD_VERDICT_PASS, 0, "without B,", "" } },
  { YAML ("vars: [A, B], timeout: 300ms"),
    does_without_b,
    2,
    { VPROD_VERDICT_FAIL, 0, "without B the app still ran after 300 ms", NULL } },
  { YAML ("vars: [A, C]"),
    ends_well_without_c,
    2,
    { VPROD_VERDICT_FAIL, 0, "without C the app ended with exit code 0", NULL } },
  { YAML ("vars: [A, D]"), cannot_run_without_d, 2, { .error = VPROD_ERROR_IMAGE, .message = "without D" } },
  { YAML ("vars: [B]"), is_silent, 2, { VPROD_VERDICT_PASS, 0, "without B,", "" } },
  { YAML ("vars: [B]"),
    runs_once,
    2,
    { .error = VPROD_ERROR_IMAGE, .message = "does not name the variable, and a second container beside the first" } },
  { YAML ("vars: [A, B]"), hints_at_all, 3, { VPROD_VERDICT_PASS, 0, "without A and B", "" } },
  { YAML ("vars: [B]"),
    warns_and_runs_once,
    2,
    { .error = VPROD_ERROR_IMAGE, .message = "with all variables, ended too" } },
  { YAML ("vars: [B]"), ends_later, 2, { VPROD_VERDICT_SKIP, 0, "with all variables it ended too, with exit code 1", "" } },
  { HEAD, always_ends, 0, { VPROD_VERDICT_SKIP, 0, "not checked: the app did not stay up", "" } },
  { YAML ("vars: [A, Z]"),
    is_good,
    1,
    { VPROD_VERDICT_FAIL, 0, "the app runs without Z, which run.env does not set", NULL } },
  { "version: 1\n", is_good, 0, { VPROD_VERDICT_SKIP, 0, "checks.required-env.vars", "" } },
};

START_TEST (says_in_a_session)
{
  struct mock *mock = mock_new ();
  vprod_session *session;
  vprod_result *result = NULL;
  vprod_error *err = NULL;

  mock->on_container = sessions[_i].on_container;
  session = mock_session (mock, sessions[_i].yaml);
  int r = vprod_check_required_env (session, &result, &err);
  assert_wanted (r, result, err, &sessions[_i].wanted);
  ck_assert_int_eq (mock_count (mock, "container_start", "once"), sessions[_i].runs);
  vprod_result_free (result);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}
END_TEST

START_TEST (each_run_lacks_one_variable_and_has_all_others)
{
  struct mock *mock = mock_new ();
  vprod_session *session;
  vprod_result *result = NULL;
  vprod_error *err = NULL;
  int lacking[6] = { 0 };

  mock->on_container = is_good;
  session = mock_session (mock, HEAD);
  assert_ok (vprod_check_required_env (session, &result, &err), err);
  for (int n = 1; n <= 6; n++) {
    char id[16], name[2] = "A";
    snprintf (id, sizeof id, "once%d", n);
    char **env = mock_container_env (mock, id);
    ck_assert_uint_eq (vprod__strv_length (env), 5);
    for (; name[0] <= 'F'; name[0]++)
      lacking[name[0] - 'A'] += vprod__strv_env (env, name) == NULL;
  }
  for (int i = 0; i < 6; i++)
    ck_assert_int_eq (lacking[i], 1);
  vprod_result_free (result);
  vprod_session_free (session);
  mock_free (mock);
}
END_TEST

/* How many of these calls were under way when the nth began. */
static int under_way (struct mock *mock, int nth)
{
  struct mock_call call, other;
  int count = 0;

  ck_assert (mock_nth_call (mock, "container_wait", "once", nth, &call));
  for (int n = 1; mock_nth_call (mock, "container_wait", "once", n, &other); n++)
    count += other.began_ms <= call.began_ms && other.ended_ms > call.began_ms;
  return count;
}

static void takes_a_while (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  is_good (data, request, behaviour);
  if (behaviour->ends_after_ms == 100)
    behaviour->ends_after_ms = 1000;
}

static const int processors[] = { 0, 1, 3 }; /* of the engine; 0: it does not say */

START_TEST (runs_side_by_side_but_not_all_at_once)
{
  struct mock *mock = mock_new ();
  vprod_session *session;
  vprod_result *result = NULL;
  vprod_error *err = NULL;
  int most = 0;

  mock->engine.processors = processors[_i];
  mock->on_container = takes_a_while;
  session = mock_session (mock, HEAD);
  assert_ok (vprod_check_required_env (session, &result, &err), err);
  for (int n = 1; n <= mock_count (mock, "container_wait", "once"); n++)
    most = under_way (mock, n) > most ? under_way (mock, n) : most;
  ck_assert_int_ge (most, 2);
  ck_assert_int_le (most, processors[_i] > 2 ? processors[_i] : 2);
  vprod_result_free (result);
  vprod_session_free (session);
  mock_free (mock);
}
END_TEST

START_TEST (the_second_with_all_starts_last)
{
  struct mock *mock = mock_new ();
  struct mock_call whole = { 0 }, other;
  vprod_session *session;
  vprod_result *result = NULL;
  vprod_error *err = NULL;

  mock->on_container = is_silent; /* no end is explained: the second is needed */
  session = mock_session (mock, HEAD);
  assert_ok (vprod_check_required_env (session, &result, &err), err);
  for (int n = 1; n <= 7; n++) {
    char id[16];
    snprintf (id, sizeof id, "once%d", n);
    if (vprod__strv_length (mock_container_env (mock, id)) == 6)
      ck_assert (mock_nth_call (mock, "container_start", id, 1, &whole));
  }
  /* what made one of the others end would make this one end, too */
  ck_assert_int_gt (whole.began_ms, 0);
  for (int n = 1; n <= 7; n++)
    if (mock_nth_call (mock, "container_start", "once", n, &other))
      ck_assert_int_le (other.began_ms, whole.began_ms);
  vprod_result_free (result);
  vprod_session_free (session);
  mock_free (mock);
}
END_TEST

START_TEST (the_next_are_made_while_others_run)
{
  struct mock *mock = mock_new ();
  int64_t first_ms = INT64_MAX;
  struct mock_call call;
  vprod_session *session;
  vprod_result *result = NULL;
  vprod_error *err = NULL;
  int made = 0, started = 0;

  mock->engine.processors = 2;
  mock->on_container = takes_a_while;
  session = mock_session (mock, HEAD);
  assert_ok (vprod_check_required_env (session, &result, &err), err);
  for (int n = 1; mock_nth_call (mock, "container_wait", "once", n, &call); n++)
    first_ms = call.ended_ms < first_ms ? call.ended_ms : first_ms;
  for (int n = 1; mock_nth_call (mock, "container_create", NULL, n, &call); n++)
    made += call.began_ms < first_ms;
  for (int n = 1; mock_nth_call (mock, "container_start", "once", n, &call); n++)
    started += call.began_ms < first_ms;
  ck_assert_int_eq (started, 2);
  ck_assert_int_ge (made, 1 + 4); /* the app, too */
  vprod_result_free (result);
  vprod_session_free (session);
  mock_free (mock);
}
END_TEST

/* Without A it says so, after a while; without B it ends at once and without a word. A second one ends between the two. */
static void is_slow_where_it_explains (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  is_good (data, request, behaviour);
  if (behaviour->role != MOCK_ONCE)
    return;
  if (misses (request, "B"))
    behaviour->output = silence;
  behaviour->ends_after_ms = misses (request, "A") ? 1500 : misses (request, "B") ? 100 : 1300;
}

START_TEST (the_second_outlives_those_that_do_not_explain_themselves)
{
  struct flow flow = { vprod_check_required_env, YAML ("vars: [A, B]"), NULL };
  struct mock *mock = mock_new ();

  mock->on_container = is_slow_where_it_explains;
  vprod_result_free (flow_run (&flow, mock, &(struct wanted) { VPROD_VERDICT_PASS, 0, "without A and B", NULL }));
}
END_TEST

/* Health after 700 ms; without a variable it takes 1200 ms to end, more than the timeout of 1 s. */
static void is_slow (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  is_good (data, request, behaviour);
  if (behaviour->role == MOCK_APP)
    behaviour->answers_after_ms = 700;
  if (behaviour->ends_after_ms == 100)
    behaviour->ends_after_ms = 1200;
}

START_TEST (a_slow_control_gives_the_others_time)
{
  struct flow flow = { vprod_check_required_env,
                       "version: 1\nname: subject\nrun: {port: 8000, env: {A: a, B: b, C: c, D: d, E: e, F: f}}\n"
                       "checks: {health: {path: /health}, required-env: {vars: [A, B], timeout: 1s}}\n",
                       NULL };
  struct mock *mock = mock_new ();

  mock->on_container = is_slow;
  vprod_result_free (flow_run (&flow, mock, &(struct wanted) { VPROD_VERDICT_PASS, 0, "without A and B", NULL }));
}
END_TEST

static void app_is_good (struct mock *mock)
{
  mock->on_container = is_good;
}

START_TEST (no_failure_of_a_slot_becomes_a_verdict)
{
  static const char *const may_fail[] = { "container_logs", NULL };

  flow_sweep (&(struct flow) { vprod_check_required_env, YAML ("vars: [A, B]"), app_is_good }, may_fail);
}
END_TEST

START_TEST (ends_on_cancel_and_in_time)
{
  struct flow flow = { vprod_check_required_env, YAML ("vars: [A, B]"), app_is_good };

  flow_is_cancelled (&flow, "container_start", 2);
  flow_runs_out_of_time (&flow, "container_start", 2);
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("check_required_env");
  TCase *tcase = tcase_create ("judge");

  tcase_add_test (tcase, an_empty_value_that_is_accepted_is_told_and_not_judged);
  tcase_add_loop_test (tcase, an_empty_value_that_is_accepted_fails_where_the_spec_says_so, 0,
                       sizeof empties / sizeof empties[0]);
  tcase_add_test (tcase, a_default_in_the_sources_is_told_with_its_place);
  tcase_add_loop_test (tcase, judges, 0, COUNT (cases));
  tcase_add_loop_test (tcase, an_end_without_a_word_counts_where_a_second_app_runs, 0, COUNT (beside));
  tcase_add_loop_test (tcase, each_variable_is_a_finding, 0, COUNT (findings));
  tcase_add_loop_test (tcase, knows_whether_a_variable_is_named, 0, (int) (sizeof names / sizeof names[0]));
  tcase_add_loop_test (tcase, knows_whether_the_last_words_name_it, 0, COUNT (last_words));
  tcase_add_test (tcase, evidence_counts_how_many_were_named);
  tcase_add_test (tcase, no_variable_is_never_a_pass);
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("session");
  tcase_set_timeout (tcase, 120);
  tcase_add_loop_test (tcase, says_in_a_session, 0, COUNT (sessions));
  tcase_add_test (tcase, each_run_lacks_one_variable_and_has_all_others);
  tcase_add_loop_test (tcase, runs_side_by_side_but_not_all_at_once, 0, COUNT (processors));
  tcase_add_test (tcase, the_second_with_all_starts_last);
  tcase_add_test (tcase, the_next_are_made_while_others_run);
  tcase_add_test (tcase, the_second_outlives_those_that_do_not_explain_themselves);
  tcase_add_test (tcase, a_slow_control_gives_the_others_time);
  tcase_add_test (tcase, no_failure_of_a_slot_becomes_a_verdict);
  tcase_add_test (tcase, ends_on_cancel_and_in_time);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
