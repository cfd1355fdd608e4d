/* SPDX-License-Identifier: MIT */
/* The judging part of `restricted`: a pure function of facts. */
#include "checks/restricted/facts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "known/exit.h"
#include "session/limit.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/text.h"

#define TIME_SIZE 32
#define LINE_SHOWN 200
#define MIB ((int64_t) 1 << 20)

static const char *whose_restrictions (const struct vprod__restricted_facts *facts)
{
  return facts->as == VPROD__RESTRICTED_OPENSHIFT ? "OpenShift's" : "Kubernetes'";
}

/* ---- the kubelet --------------------------------------------------------------------------------------- */

/* 1 with a verdict: it is not started at all; 0: it is. */
static int judge_user (const struct vprod__restricted_facts *facts, vprod_result *result)
{
  const char *user = facts->run_user ? facts->run_user : facts->image_user;
  const char *whose = facts->run_user ? "run.user" : "the image's USER";
  int length = user ? (int) strcspn (user, ":") : 0;

  if (facts->user)
    return 0;
  enum vprod__kubelet says = vprod__kubelet_judge (user);
  if (says == VPROD__KUBELET_STARTS_IT)
    return 0;
  vprod__result_evidence (result, "guilty", "runAsNonRoot");
  if (facts->run_user)
    vprod__result_remedy (result, "Name the number of a user that is not root in run.user, as the pod's runAsUser does.");
  else if (says == VPROD__KUBELET_SEES_NAME)
    vprod__result_remedy (result, "End the last stage of the Dockerfile with the user's number in place of its name: `RUN useradd -u "
                          "1001 %.*s`, `USER 1001`. Or name the number in the manifest (runAsUser, here "
                          "checks.restricted.user).", length, user);
  else
    vprod__result_remedy (result, "End the last stage of the Dockerfile with a user that is a number: `USER 1001`. An entrypoint that "
                          "drops root's rights itself (gosu, su-exec, setpriv) does not help: the kubelet looks at USER alone. "
                          "Or name the number in the manifest (runAsUser, here checks.restricted.user).");
  const char *after, *before = vprod__kubelet_words (says, &after);
  if (says == VPROD__KUBELET_SEES_NAME)
    vprod__result_fail (result, "the kubelet would not start it: %s%.*s%s (it looks at %s alone, and not into /etc/passwd)", before,
                        length, user, after, whose);
  else
    vprod__result_fail (result, "the kubelet would not start it: %s%s: %s is %s%s%s", before, after, whose,
                        user && *user ? "\"" : "not set", user ? user : "", user && *user ? "\"" : "");
  return 1;
}

/* ---- words --------------------------------------------------------------------------------------------- */

/* In Kubernetes' words, with its value. */
static int add_name (const struct vprod__restricted_facts *facts, enum vprod__restriction restriction, struct vprod__buf *text)
{
  int r = vprod__text_addf (text, "%s%s", text->length > 0 ? ", " : "", vprod__restriction_name (restriction));

  if (r == 0 && restriction == VPROD__RESTRICTION_USER && facts->user)
    r = vprod__text_addf (text, ": %s", facts->user);
  if (r == 0 && restriction == VPROD__RESTRICTION_MEMORY && facts->memory > 0)
    r = facts->memory % MIB == 0 ? vprod__text_addf (text, ": %" PRId64 "Mi", facts->memory / MIB)
                                 : vprod__text_addf (text, ": %" PRId64, facts->memory);
  for (size_t i = 0; r == 0 && restriction == VPROD__RESTRICTION_MOUNTS && facts->tmpfs && facts->tmpfs[i]; i++)
    r = vprod__text_addf (text, "%s %s", i == 0 ? " at" : ",", facts->tmpfs[i]);
  return r;
}

static int add_names (const struct vprod__restricted_facts *facts, unsigned set, struct vprod__buf *text)
{
  for (int i = 0; i < VPROD__RESTRICTION_COUNT; i++)
    if (set & VPROD__BIT (i) && add_name (facts, (enum vprod__restriction) i, text) < 0)
      return -1;
  return 0;
}

/* All that hold, those of the spec's `run` too. */
static int add_in_force (const struct vprod__restricted_facts *facts, struct vprod__buf *text)
{
  unsigned set = VPROD__BIT (VPROD__RESTRICTION_CAPABILITIES) | VPROD__BIT (VPROD__RESTRICTION_NO_NEW_PRIVILEGES)
               | VPROD__BIT (VPROD__RESTRICTION_LOW_PORTS) | (facts->all & ~VPROD__BIT (VPROD__RESTRICTION_IN_CLUSTER));

  if (facts->user)
    set |= VPROD__BIT (VPROD__RESTRICTION_USER);
  if (facts->read_only)
    set |= VPROD__BIT (VPROD__RESTRICTION_READ_ONLY);
  if (facts->memory > 0)
    set |= VPROD__BIT (VPROD__RESTRICTION_MEMORY);
  if (!facts->user && vprod__text_addf (text, "runAsNonRoot: true") < 0)
    return -1;
  return add_names (facts, set, text) < 0 || (facts->seccomp > 0 && vprod__text_addf (text, ", seccompProfile: RuntimeDefault") < 0)
           ? -1
           : 0;
}

/* What became of a container, after "it": "ended with exit code 1 after 0.4 s". NULL out of memory. */
static char *outcome (const struct vprod__second *second)
{
  char words[VPROD__EXIT_WORDS_SIZE], span[TIME_SIZE];

  vprod__format_ms (second->ms, span, sizeof span);
  switch (second->state) {
  case VPROD__SECOND_READY:
    return vprod__text_format ("became ready after %s", span);
  case VPROD__SECOND_NOT_STARTED:
    return vprod__text_format ("could not be started: %s", second->why ? second->why : "the engine did not say why");
  case VPROD__SECOND_ENDED:
    return vprod__text_format ("ended with %s after %s", vprod__exit_words (second->exit_code, second->oom_killed, words), span);
  case VPROD__SECOND_NOT_READY:
    return vprod__text_format ("was not ready after %s: %s", span, second->why ? second->why : "no answer");
  case VPROD__SECOND_BUSY:
    return vprod__text_format ("was not ready after %s, on a machine too busy to tell", span);
  case VPROD__SECOND_NOT_RUN:
    break;
  }
  return strdup ("was not run");
}

/* ---- who is guilty ------------------------------------------------------------------------------------- */

static int is_ready (const struct vprod__restricted_run *run)
{
  return run && run->second.state == VPROD__SECOND_READY;
}

static int is_bad (const struct vprod__restricted_run *run)
{
  return run->second.state != VPROD__SECOND_READY && run->second.state != VPROD__SECOND_BUSY
         && run->second.state != VPROD__SECOND_NOT_RUN;
}

static const struct vprod__restricted_run *find (const struct vprod__restricted_facts *facts, unsigned in_force)
{
  for (size_t i = 0; i < facts->n_runs; i++)
    if (facts->runs[i].in_force == in_force && facts->runs[i].second.state != VPROD__SECOND_NOT_RUN)
      return &facts->runs[i];
  return NULL;
}

unsigned vprod__restricted_guilty (const struct vprod__restricted_facts *facts, int *ret_alone)
{
  unsigned alone = 0;

  *ret_alone = 0;
  for (int i = 0; i < VPROD__RESTRICTION_COUNT; i++)
    if (facts->all & VPROD__BIT (i) && is_ready (find (facts, facts->all & ~VPROD__BIT (i))))
      return VPROD__BIT (i);
  *ret_alone = 1;
  for (int i = 0; i < VPROD__RESTRICTION_COUNT; i++) {
    const struct vprod__restricted_run *run = facts->all & VPROD__BIT (i) ? find (facts, VPROD__BIT (i)) : NULL;
    if (run && is_bad (run))
      alone |= VPROD__BIT (i);
  }
  return alone;
}

/* The line in which the app says so; NULL: it does not. */
static const char *told_line (const struct vprod__restricted_facts *facts, unsigned guilty, size_t *ret_length)
{
  const char *line = NULL;

  for (int i = 0; i < VPROD__RESTRICTION_COUNT && !line; i++)
    if (guilty & VPROD__BIT (i))
      line = vprod__restriction_told ((enum vprod__restriction) i, facts->full->second.log, ret_length);
  return line;
}

/* ---- findings and remedy ------------------------------------------------------------------------------- */

/* "all but X", "X alone", "none": what was in force. */
static int describe (const struct vprod__restricted_facts *facts, unsigned in_force, struct vprod__buf *text)
{
  _cleanup_buf_ struct vprod__buf names = { 0 };
  unsigned left_out = facts->all & ~in_force;
  int is_one = (in_force & (in_force - 1)) == 0;

  if (in_force == 0)
    return vprod__text_addf (text, "without any of the restrictions");
  if (is_one && left_out & (left_out - 1))
    return add_names (facts, in_force, &names) < 0 ? -1
                                                   : vprod__text_addf (text, "with %s alone", vprod__buf_string (&names));
  return add_names (facts, left_out, &names) < 0 ? -1 : vprod__text_addf (text, "without %s", vprod__buf_string (&names));
}

static int tell_runs (const struct vprod__restricted_facts *facts, vprod_result *result)
{
  for (size_t i = 0; i < facts->n_runs; i++) {
    _cleanup_buf_ struct vprod__buf text = { 0 };
    const struct vprod__restricted_run *run = &facts->runs[i];
    if (run->second.state == VPROD__SECOND_NOT_RUN)
      continue;
    _cleanup_free_ char *what = outcome (&run->second);
    if (!what || describe (facts, run->in_force, &text) < 0)
      return -1;
    vprod_finding *finding = vprod__result_finding (result, "%s it %s", vprod__buf_string (&text), what);
    vprod__finding_set (finding, "kind", "run");
    if (run->in_force != 0 && is_ready (run) == ((run->in_force & (run->in_force - 1)) == 0)) /* it shows nobody's guilt */
      vprod__finding_set (finding, "group", "other starts");
    vprod__finding_set (finding, "ready", is_ready (run) ? "yes" : is_bad (run) ? "no" : "unknown");
  }
  for (size_t i = 0; facts->folders && facts->folders[i]; i++) {
    vprod_finding *finding = vprod__result_finding (result, "it writes below %s", facts->folders[i]);
    vprod__finding_set (finding, "kind", "written");
    vprod__finding_set (finding, "path", "%s", facts->folders[i]);
  }
  return 0;
}

static int set_remedy (const struct vprod__restricted_facts *facts, unsigned guilty, vprod_result *result)
{
  _cleanup_buf_ struct vprod__buf text = { 0 }, folders = { 0 };
  int writes = (guilty & (VPROD__BIT (VPROD__RESTRICTION_READ_ONLY) | VPROD__BIT (VPROD__RESTRICTION_USER))) != 0;

  for (size_t i = 0; facts->folders && facts->folders[i]; i++)
    if (vprod__text_addf (&folders, "%s%s", i ? ", " : "", facts->folders[i]) < 0)
      return -1;
  if (is_ready (facts->mounted)
      && vprod__text_addf (&text, "Mount an emptyDir at %s: with that it becomes ready (checks.restricted.tmpfs: [%s]).",
                           vprod__buf_string (&folders), vprod__buf_string (&folders)) < 0)
    return -1;
  if (!is_ready (facts->mounted) && writes && folders.length > 0
      && vprod__text_addf (&text, "It writes below %s.", vprod__buf_string (&folders)) < 0)
    return -1;
  if (is_ready (facts->mounted)) /* all is said */
    guilty &= ~VPROD__BIT (VPROD__RESTRICTION_READ_ONLY);
  for (int i = 0; i < VPROD__RESTRICTION_COUNT; i++)
    if (guilty & VPROD__BIT (i)
        && vprod__text_addf (&text, "%s%s", text.length > 0 ? " " : "",
                             vprod__restriction_remedy ((enum vprod__restriction) i)) < 0)
      return -1;
  vprod__result_remedy (result, "%s", text.length > 0 ? vprod__buf_string (&text)
                                      : "Give the app what it writes to, opens and calls under all of them: find out with one of "
                                        "them after the other what it says, with `run` in the spec.");
  return 0;
}

/* ---- verdicts ------------------------------------------------------------------------------------------ */

static int is_busy (const struct vprod__restricted_run *run, vprod_error **err)
{
  char words[VPROD__BUSY_WORDS_SIZE];

  return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "cannot tell whether the app becomes ready under these restrictions: %s",
                           vprod__busy_words (run->second.ms, run->second.stalled_ms, run->second.stall_is_known, words));
}

/* It did not become ready, and it is not said why yet: may it be due to something else? 0: no; else an error. */
static int doubt (const struct vprod__restricted_facts *facts, unsigned guilty, int alone, vprod_error **err)
{
  const struct vprod__restricted_run *control = find (facts, 0);
  _cleanup_free_ char *what = control ? outcome (&control->second) : strdup ("was not run");

  if (!what)
    return vprod__error_no_memory (err);
  if (is_ready (facts->again))
    return vprod__error_set (err, VPROD_ERROR_IMAGE, 0,
                             "cannot tell whether the app becomes ready under these restrictions: it did not, and when it was "
                             "started again, it did");
  if (guilty == VPROD__BIT (VPROD__RESTRICTION_IN_CLUSTER))
    return vprod__error_set (err, VPROD_ERROR_IMAGE, 0,
                             "cannot tell whether the app becomes ready in a cluster: with %s set it does not, and the API that it "
                             "asks for is not here. %s", vprod__restriction_name (VPROD__RESTRICTION_IN_CLUSTER),
                             vprod__restriction_remedy (VPROD__RESTRICTION_IN_CLUSTER));
  if (!alone || is_ready (control))
    return 0;
  if (control && control->second.state == VPROD__SECOND_BUSY)
    return is_busy (control, err);
  return vprod__error_set (err, VPROD_ERROR_IMAGE, 0,
                           "cannot tell whether the app becomes ready under these restrictions: a second container beside the "
                           "first, without any of them, %s", what);
}

static int judge_bad (const struct vprod__restricted_facts *facts, vprod_result *result, vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf names = { 0 }, text = { 0 };
  _cleanup_free_ char *what = outcome (&facts->full->second);
  int alone = 0, r;
  size_t length = 0;

  unsigned guilty = vprod__restricted_guilty (facts, &alone);
  r = doubt (facts, guilty, alone, err);
  if (r < 0)
    return r;
  if (guilty & (guilty - 1)) /* each of the others is enough */
    guilty &= ~VPROD__BIT (VPROD__RESTRICTION_IN_CLUSTER);
  const char *line = told_line (facts, guilty, &length);
  if (!what || add_names (facts, guilty ? guilty : facts->all & ~VPROD__BIT (VPROD__RESTRICTION_IN_CLUSTER), &names) < 0
      || tell_runs (facts, result) < 0 || set_remedy (facts, guilty, result) < 0)
    return vprod__error_no_memory (err);
  vprod__result_evidence (result, "guilty", "%s", guilty ? vprod__buf_string (&names) : "none alone");
  vprod__result_log_tail (result, facts->full->second.log ? facts->full->second.log : "", facts->full->second.log_length);
  if (!guilty)
    r = vprod__text_addf (&text, "no single restriction keeps it from that, but together they do: %s", vprod__buf_string (&names));
  else if (!alone)
    r = vprod__text_addf (&text, "without %s it becomes ready", vprod__buf_string (&names));
  else
    r = vprod__text_addf (&text, "%s %s it from that", vprod__buf_string (&names),
                          guilty & (guilty - 1) ? "each alone keep" : "alone keeps");
  if (r < 0)
    return vprod__error_no_memory (err);
  return vprod__result_fail (result, "under %s restrictions the app does not become ready: it %s; %s%s%.*s%s", whose_restrictions (facts), what,
                             vprod__buf_string (&text), line ? ". It said: \"" : "",
                             (int) (line && length < LINE_SHOWN ? length : LINE_SHOWN), line ? line : "", line ? "\"" : "");
}

int vprod__restricted_judge (const struct vprod__restricted_facts *facts, vprod_result *result, vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf names = { 0 };
  char span[TIME_SIZE];

  vprod__result_evidence (result, "as", "%s", facts->as == VPROD__RESTRICTED_OPENSHIFT ? "openshift" : "kubernetes");
  if (judge_user (facts, result))
    return 0;
  if (!facts->full)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "cannot tell whether the app becomes ready: it was not started");
  const char *user = facts->user ? facts->user : facts->run_user ? facts->run_user : facts->image_user;
  if (add_in_force (facts, &names) < 0)
    return vprod__error_no_memory (err);
  vprod__result_evidence (result, "user", "%s", user ? user : "");
  vprod__result_evidence (result, "restrictions", "%s", vprod__buf_string (&names));
  vprod__result_evidence (result, "seccomp", facts->seccomp > 0   ? "RuntimeDefault"
                                             : facts->seccomp < 0 ? "not the engine's default"
                                                                  : "the engine does not say");
  if (facts->full->second.state == VPROD__SECOND_BUSY)
    return is_busy (facts->full, err);
  if (!is_ready (facts->full))
    return judge_bad (facts, result, err);
  vprod__format_ms (facts->full->second.ms, span, sizeof span);
  vprod__result_evidence (result, "ready_ms", "%" PRId64, facts->full->second.ms);
  return vprod__result_pass (result, "under %s restrictions the app becomes ready as well, after %s (%s)", whose_restrictions (facts), span,
                             vprod__buf_string (&names));
}
