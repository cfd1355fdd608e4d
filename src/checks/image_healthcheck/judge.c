/* SPDX-License-Identifier: MIT */
/* The judging part of `image-healthcheck`: a pure function of facts. */
#include "checks/image_healthcheck/facts.h"
#include "known/phrases.h"
#include "known/programs.h"
#include "probe/listens.h"
#include "session/limit.h"
#include "util/clock.h"
#include "util/strv.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>

#define TEXT_SHOWN 120
#define LINE_SHOWN 200
#define OUTPUT_LINES 8
#define OUTPUT_BYTES 1024
#define TIME_SIZE 32

#define PODMAN_DROPS "Podman leaves HEALTHCHECK out of images in its own format, OCI; `podman build --format docker` keeps it"

/* ---- an image without one --------------------------------------------------------------------------------- */

/* Also where none is required: who has none seldom knows what it is for. HEALTHCHECK NONE is meant so. */
static void advise_one (const struct vprod__image_healthcheck_facts *facts, enum vprod__healthcheck_form form, int podman,
                        vprod_result *result)
{
  char where[96] = "at the end of the Dockerfile's last stage", ask[160] = "curl -fsS http://127.0.0.1:8000/health || exit 1";

  if (form == VPROD__HEALTHCHECK_OFF && !facts->required)
    return;
  if (podman && facts->dockerfile_line > 0) {
    vprod__result_remedy (result, "Build with `podman build --format docker`, which keeps it.");
    return;
  }
  if (facts->place_line > 0)
    snprintf (where, sizeof where, "after line %d of the Dockerfile, in the stage that is built,", facts->place_line);
  if (facts->port > 0)
    snprintf (ask, sizeof ask, "curl -fsS http://127.0.0.1:%d%.80s || exit 1", facts->port, facts->path ? facts->path : "/health");
  vprod__result_remedy (result, "Write one %s that asks the app itself, by a program that is in the image: `HEALTHCHECK CMD "
                                "[\"/app\", \"healthcheck\"]`, or `HEALTHCHECK CMD %s`.%s", where, ask,
                        podman ? " Build with `podman build --format docker`." : "");
}

static int judge_none (const struct vprod__image_healthcheck_facts *facts, enum vprod__healthcheck_form form,
                       vprod_result *result)
{
  const char *what = form == VPROD__HEALTHCHECK_OFF   ? "the image says HEALTHCHECK NONE"
                     : form == VPROD__HEALTHCHECK_ODD ? "the image has a HEALTHCHECK that no engine runs, of the kind "
                                                      : "the image has no HEALTHCHECK";
  const char *kind = form == VPROD__HEALTHCHECK_ODD ? facts->test[0] : "";
  char line[64] = "";

  if (facts->dockerfile_line > 0)
    snprintf (line, sizeof line, ", though the Dockerfile does in line %d", facts->dockerfile_line);
  const char *podman = facts->podman && form == VPROD__HEALTHCHECK_NONE ? ": " PODMAN_DROPS : "";
  advise_one (facts, form, *podman, result);
  if (!facts->required)
    return vprod__result_skip (result, "not checked: %s%s%s%s", what, kind, line, podman);
  return vprod__result_fail (result, "%s%s%s%s; checks.image-healthcheck.required wants one", what, kind, line, podman);
}

/* ---- words ------------------------------------------------------------------------------------------------ */

static const char *exit_words (const struct vprod__healthcheck_run *run, char words[static VPROD__EXIT_WORDS_SIZE])
{
  return vprod__exit_words (run->exit_code, 0, words);
}

/* The last line with words, harmless where it is put in: its length; 0: there is none. */
static size_t last_line (const struct vprod__healthcheck_run *run, const char **ret)
{
  const char *output = run->output ? run->output : "";
  size_t end = run->output ? run->output_length : 0, start;

  while (end > 0 && strchr (" \t\r\n", output[end - 1]))
    end--;
  for (start = end; start > 0 && !strchr ("\r\n", output[start - 1]);)
    start--;
  *ret = output + start;
  return end - start < LINE_SHOWN ? end - start : LINE_SHOWN;
}

/* What to do about what it says, and the line that says so; NULL: that is not known. */
static const char *remedy_of (const struct vprod__healthcheck_run *run, const char **ret_line, size_t *ret_length)
{
  const char *remedy = vprod__log_remedy_of (VPROD__SAYS_HEALTHCHECK_ABSENT, run->output, ret_line, ret_length);

  return remedy ? remedy : vprod__log_remedy_of (VPROD__SAYS_HEALTHCHECK, run->output, ret_line, ret_length);
}

/* 0, or -1 out of memory. */
static int tell_output (vprod_result *result, const char *name, const struct vprod__healthcheck_run *run)
{
  if (!run->output)
    return 0;
  _cleanup_free_ char *tail = vprod__text_tail (run->output, run->output_length, OUTPUT_LINES, OUTPUT_BYTES);
  if (tail && *tail)
    vprod__result_evidence (result, name, "%s", tail);
  return tail ? 0 : -1;
}

static void tell_end (vprod_result *result, const char *name, const struct vprod__healthcheck_run *run)
{
  if (run->end == VPROD__HEALTHCHECK_ENDED)
    vprod__result_evidence (result, name, "%d", run->exit_code);
}

/* 0, or -1 out of memory. */
static int tell (const struct vprod__image_healthcheck_facts *facts, vprod_result *result)
{
  vprod__result_evidence (result, "command", "%s", facts->text);
  vprod__result_evidence (result, "timeout_ms", "%lld", (long long) facts->limit_ms);
  vprod__result_evidence (result, "tries", "%d", facts->tries);
  tell_end (result, "exit_code", facts->in_app);
  vprod__result_evidence (result, "took_ms", "%lld", (long long) facts->in_app->took_ms);
  if (facts->elsewhere)
    tell_end (result, "exit_code_without_app", facts->elsewhere);
  return tell_output (result, "output", facts->in_app) < 0
         || (facts->elsewhere && tell_output (result, "output_without_app", facts->elsewhere) < 0) ? -1 : 0;
}

/* ---- in the app's container: not content ------------------------------------------------------------------ */

static int fail_no_program (const struct vprod__image_healthcheck_facts *facts, vprod_result *result)
{
  enum vprod__refusal refusal = vprod__refusal_of_engine (facts->in_app->why ? facts->in_app->why : "");
  int in_shell = vprod__healthcheck_form (facts->test) == VPROD__HEALTHCHECK_SHELL;
  const char *program = in_shell ? facts->shell : facts->test[1];

  vprod__result_evidence (result, "error", "%s", facts->in_app->why ? facts->in_app->why : "");
  if (facts->looks->phrase)
    vprod__result_remedy (result, "In the exec form each word is a string of its own: `HEALTHCHECK CMD [\"curl\", "
                                  "\"-f\", \"http://127.0.0.1:8000/health\"]`.");
  else if (refusal == VPROD__REFUSAL_NOT_EXECUTABLE || refusal == VPROD__REFUSAL_FORMAT)
    vprod__result_remedy (result, "%s", vprod__refusal_remedy (refusal));
  else if (in_shell)
    vprod__result_remedy (result, "The form without brackets is run by a shell. Write the one with brackets, and a "
                                  "program that is in the image: a command of the app (`HEALTHCHECK CMD [\"/app\", "
                                  "\"healthcheck\"]`) or a small program that asks it, built in a stage of its own.");
  else
    vprod__result_remedy (result, "%s", vprod__remedy ("check-no-program"));
  if (refusal == VPROD__REFUSAL_NOT_EXECUTABLE)
    return vprod__result_fail (result, "the HEALTHCHECK cannot be run in the app's container: %.*s may not be "
                                       "executed by the container's user", TEXT_SHOWN, program);
  if (refusal == VPROD__REFUSAL_NO_PROGRAM)
    return vprod__result_fail (result, "the HEALTHCHECK cannot be run in the app's container: %s%.*s is not in the "
                                       "image",
                               in_shell ? "it needs a shell, and " : "", TEXT_SHOWN, program);
  return vprod__result_fail (result, "the HEALTHCHECK cannot be run in the app's container: %s",
                             facts->in_app->why ? facts->in_app->why : "the engine did not say why");
}

static int fail_too_slow (const struct vprod__image_healthcheck_facts *facts, vprod_result *result, vprod_error **err)
{
  char limit[TIME_SIZE], allowed[TIME_SIZE];

  vprod__format_ms (facts->limit_ms, limit, sizeof limit);
  vprod__format_ms (facts->may_take_ms, allowed, sizeof allowed);
  if (facts->may_take_ms > facts->limit_ms)
    return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0,
                             "cannot tell what the HEALTHCHECK says: it did not end in %s, and the image allows it "
                             "%s; let checks.image-healthcheck.timeout be as long", limit, allowed);
  vprod__result_remedy (result, "Let it give up sooner than the engine does (`curl --max-time 3`, `wget -T 3`), ask a "
                                "path that does little work, and end once it is answered; or allow it more time with "
                                "`HEALTHCHECK --timeout=…`.");
  return vprod__result_fail (result, "the HEALTHCHECK does not end in %s in the container of the ready app, and an "
                                     "engine that ends it says unhealthy", limit);
}

/* " in 9 tries within 30.0 s" */
static void put_tries (const struct vprod__image_healthcheck_facts *facts, char *text, size_t size)
{
  char span[TIME_SIZE];

  vprod__format_ms (facts->waited_ms, span, sizeof span);
  if (facts->tries > 1)
    snprintf (text, size, " in %d tries within %s", facts->tries, span);
  else
    snprintf (text, size, " in one try");
}

static void advise (const struct vprod__image_healthcheck_facts *facts, const char *remedy, vprod_result *result)
{
  if (facts->looks->literal)
    vprod__result_remedy (result, "The exec form has no shell, so %s stays as it is written: use the form without "
                                  "brackets, or `[\"sh\", \"-c\", \"…\"]`.", facts->looks->literal);
  else if (remedy)
    vprod__result_remedy (result, "%s", remedy);
  else
    vprod__result_remedy (result, "Run it in the container of the running app (`docker exec CONTAINER …`) and let it "
                                  "end with 0 while the app is well%s%s.",
                          facts->path ? ", as checks.health finds it at " : "", facts->path ? facts->path : "");
}

/* The port at which it asks, where nothing listens; 0: that is not seen. */
static int dead_port (const struct vprod__image_healthcheck_facts *facts)
{
  for (char *const *p = facts->listens; p && *p; p++)
    if (vprod__listen_port (*p) == facts->looks->port)
      return 0;
  return facts->listens ? facts->looks->port : 0;
}

/* By its exit code: many a HEALTHCHECK is told to be quiet. */
static const char *remedy_of_exit (const struct vprod__image_healthcheck_facts *facts)
{
  const char *line;
  size_t length;
  char text[64];

  snprintf (text, sizeof text, "%.30s: exit code %d", facts->looks->program ? facts->looks->program : "",
            facts->in_app->exit_code);
  return vprod__log_remedy_of (VPROD__SAYS_HEALTHCHECK_EXIT, text, &line, &length);
}

static int fail_unhealthy (const struct vprod__image_healthcheck_facts *facts, vprod_result *result, vprod_error **err)
{
  _cleanup_free_ char *listens = facts->listens ? vprod__strv_join (facts->listens, ", ") : NULL;
  char words[VPROD__EXIT_WORDS_SIZE], tries[80], asks[40] = "";
  int port = dead_port (facts);
  const char *line = NULL, *remedy;
  size_t length = 0;

  if (facts->listens && !listens)
    return vprod__error_no_memory (err);
  remedy = remedy_of (facts->in_app, &line, &length);
  if (!remedy)
    length = last_line (facts->in_app, &line);
  if (!remedy)
    remedy = port ? vprod__remedy ("check-refused") : remedy_of_exit (facts);
  if (length > LINE_SHOWN)
    length = LINE_SHOWN;
  if (port)
    snprintf (asks, sizeof asks, "; it asks port %d", port);
  put_tries (facts, tries, sizeof tries);
  advise (facts, remedy, result);
  const char *is = !listens || !*listens ? "" : port ? ", and the app listens on " : "; the app listens on ";
  return vprod__result_fail (result,
                             "the HEALTHCHECK says unhealthy in the container of the ready app: %s%s%s%.*s%s%s%s",
                             exit_words (facts->in_app, words), tries, length > 0 ? ": " : "", (int) length,
                             length > 0 ? line : "", asks, is, listens ? listens : "");
}

static int too_busy (const struct vprod__image_healthcheck_facts *facts, vprod_error **err)
{
  char words[VPROD__BUSY_WORDS_SIZE];

  return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "cannot tell what the HEALTHCHECK says in the app's "
                                                        "container: %s",
                           vprod__busy_words (facts->waited_ms, facts->stalled_ms, facts->stall_is_known, words));
}

static int still_starting (const struct vprod__image_healthcheck_facts *facts, vprod_error **err)
{
  char waited[TIME_SIZE], left[TIME_SIZE];

  vprod__format_ms (facts->waited_ms, waited, sizeof waited);
  vprod__format_ms (facts->start_left_ms, left, sizeof left);
  return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0,
                           "cannot tell what the HEALTHCHECK says: it was not content for %s, and the start period "
                           "that the image names goes on for %s; let checks.image-healthcheck.timeout be longer",
                           waited, left);
}

/* What is not in the image does not come with time. */
static int is_absent (const struct vprod__healthcheck_run *run)
{
  const char *line;
  size_t length;

  return vprod__log_remedy_of (VPROD__SAYS_HEALTHCHECK_ABSENT, run->output, &line, &length) != NULL;
}

/* Was the machine too busy for its failure to mean anything? */
static int is_busy (const struct vprod__image_healthcheck_facts *facts)
{
  return facts->busy || (facts->stall_is_known && facts->stalled_ms > 0 && facts->stalled_ms * 2 >= facts->waited_ms);
}

static int judge_in_app (const struct vprod__image_healthcheck_facts *facts, vprod_result *result, vprod_error **err)
{
  switch (facts->in_app->end) {
  case VPROD__HEALTHCHECK_NO_PROGRAM:
    return fail_no_program (facts, result);
  case VPROD__HEALTHCHECK_APP_ENDED:
    return vprod__result_skip (result, "not checked: the app did not stay up");
  case VPROD__HEALTHCHECK_BUSY:
    return too_busy (facts, err);
  case VPROD__HEALTHCHECK_RUNS_ON:
    if (facts->busy)
      return too_busy (facts, err);
    return facts->start_left_ms > 0 ? still_starting (facts, err) : fail_too_slow (facts, result, err);
  case VPROD__HEALTHCHECK_ENDED:
    break;
  }
  if (is_absent (facts->in_app))
    return fail_unhealthy (facts, result, err);
  if (is_busy (facts))
    return too_busy (facts, err);
  return facts->start_left_ms > 0 ? still_starting (facts, err) : fail_unhealthy (facts, result, err);
}

/* ---- where no app serves: content ------------------------------------------------------------------------- */

static int fail_content (const struct vprod__image_healthcheck_facts *facts, vprod_result *result)
{
  int always = facts->alone && facts->alone->end == VPROD__HEALTHCHECK_ENDED && facts->alone->exit_code == 0;
  const char *line;
  size_t length;
  const char *remedy = remedy_of (facts->in_app, &line, &length);

  if (!remedy)
    remedy = remedy_of (facts->elsewhere, &line, &length);
  if (!always) {
    vprod__result_remedy (result, "Let it ask the app in its own container, at 127.0.0.1 and the port that the app "
                                  "takes, and nothing else: what it asks now is there without the app.");
    return vprod__result_fail (result, "the HEALTHCHECK says healthy in a container where no app serves, beside the "
                                       "services, and not without a network: it asks something else than the app");
  }
  if (facts->looks->shrug)
    vprod__result_remedy (result, "Its last command, `%s`, ends with 0 whatever came before: leave it out, or let a "
                                  "failure count, as `curl -fsS http://127.0.0.1:8000/health || exit 1` does.",
                                    facts->looks->shrug);
  else
    vprod__result_remedy (result, "Let it ask the app itself, and let the answer decide the exit code: `curl -fsS "
                                  "http://127.0.0.1:8000/health || exit 1`. A file that the image ships, the "
                                  "container's first process, or a search among the processes that finds itself "
                                  "(`pgrep -f`, `ps | grep`) is there without an app that serves.");
  if (remedy)
    return vprod__result_fail (result, "the HEALTHCHECK says healthy in a container where no app serves, though it "
                                       "wrote: %.*s",
                               length > LINE_SHOWN ? LINE_SHOWN : (int) length, line);
  return vprod__result_fail (result, "the HEALTHCHECK says healthy in a container where no app serves: it is content "
                                     "with anything");
}

static int judge_elsewhere (const struct vprod__image_healthcheck_facts *facts, vprod_result *result, vprod_error **err)
{
  const struct vprod__healthcheck_run *run = facts->elsewhere;
  char span[TIME_SIZE];

  switch (run->end) {
  case VPROD__HEALTHCHECK_ENDED:
    if (run->exit_code == 0)
      return fail_content (facts, result);
    return vprod__result_pass (result, "the HEALTHCHECK says healthy in the app's container, and unhealthy (exit code "
                                       "%d) where no app serves", run->exit_code);
  case VPROD__HEALTHCHECK_RUNS_ON:
    vprod__format_ms (facts->limit_ms, span, sizeof span);
    return vprod__result_pass (result, "the HEALTHCHECK says healthy in the app's container, and does not end within "
                                       "%s where no app serves, which is unhealthy", span);
  case VPROD__HEALTHCHECK_NO_PROGRAM:
    return vprod__result_pass (result, "the HEALTHCHECK says healthy in the app's container, and cannot even be run "
                                       "where the app was not started, which is unhealthy");
  case VPROD__HEALTHCHECK_BUSY:
  case VPROD__HEALTHCHECK_APP_ENDED:
    break;
  }
  vprod__format_ms (run->took_ms, span, sizeof span);
  return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "cannot tell what the HEALTHCHECK says where no app serves: "
                                                        "this machine is too busy, it did not end in %s", span);
}

/* ---- the whole -------------------------------------------------------------------------------------------- */

static void find_mistakes (const struct vprod__image_healthcheck_facts *facts, vprod_result *result)
{
  const char *blind = facts->looks->blind;
  const struct vprod__program *program = blind ? vprod__known_program (blind) : NULL;

  if (!program || !program->options)
    return;
  vprod_finding *finding = vprod__result_finding (result, "%s ends with 0 whatever status it is answered with, so an "
                                                          "app that answers 500 is healthy: give it the option %.*s",
                                                            blind,
                                                  (int) strcspn (program->options, " "), program->options);
  vprod__finding_set (finding, "program", "%s", blind);
}

int vprod__image_healthcheck_judge (const struct vprod__image_healthcheck_facts *facts, vprod_result *result,
                                    vprod_error **err)
{
  enum vprod__healthcheck_form form = vprod__healthcheck_form (facts->test);

  if (form != VPROD__HEALTHCHECK_EXEC && form != VPROD__HEALTHCHECK_SHELL)
    return judge_none (facts, form, result);
  if (facts->app_is_unhealthy)
    return vprod__result_skip (result, "not checked: the app is not healthy");
  if (tell (facts, result) < 0)
    return vprod__error_no_memory (err);
  find_mistakes (facts, result);
  return facts->elsewhere ? judge_elsewhere (facts, result, err) : judge_in_app (facts, result, err);
}
