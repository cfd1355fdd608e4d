/* SPDX-License-Identifier: MIT */
/*
 * no-secrets: is there a secret in what everybody who has the image can read without running it? It searches environment,
 * labels, entrypoint, command, health check, the history with the build arguments of each RUN, and the files of all layers,
 * also of those that a later layer removes. Secrets are recognised by the name that they are given to, by their form, and as
 * values that the spec gives to the build and the app.
 */
#include "checks/no_secrets/facts.h"
#include "checks/check.h"
#include "checks/no_secrets/layers.h"
#include "session/hide.h"
#include "session/secrets.h"

#include <string.h>
#include "util/grow.h"
#include "util/strv.h"

#define TIMEOUT_MS (60 * 1000)
#define EXPORT_TIMEOUT_MS (15 * 60 * 1000)

struct history {
  struct vprod__history_line *list;
  size_t count;
  int no_memory;
};

static void history_clear (struct history *history)
{
  for (size_t i = 0; i < history->count; i++) {
    free (history->list[i].created_by);
    free (history->list[i].comment);
  }
  free (history->list);
}

static int on_entry (void *data, const vprod_history_entry *entry)
{
  struct history *history = data;

  if (vprod__grow (&history->list, history->count) < 0) {
    history->no_memory = 1;
    return 1;
  }
  struct vprod__history_line *line = &history->list[history->count++];
  line->created_by = strdup (entry->created_by ? entry->created_by : "");
  line->comment = strdup (entry->comment ? entry->comment : "");
  history->no_memory = !line->created_by || !line->comment;
  return history->no_memory;
}

/* The search in texts. 0 with NULL where libhs cannot run: then the layers cannot be searched either, which is an error. */
static int make_scan (vprod_session *session, struct vprod__own **ret_own, struct vprod__scan **ret, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  int r = vprod__session_own_rules (session, ret_own, &error);

  if (r == 0)
    r = vprod__scan_new (NULL, NULL, NULL, ret, &error);
  if (r == 0)
    r = vprod__scan_use (*ret, *ret_own, &error);
  return r == 0 || r == -VPROD_ERROR_UNSUPPORTED ? 0 : vprod__error_move (err, &error);
}

static int find_in_layers (vprod_session *session, const struct vprod__given *given, struct vprod__secret_allow *allow,
                           struct vprod__layer_secrets *ret, vprod_error **err)
{
  _cleanup_strv_ char **values = NULL;

  for (size_t i = 0; i < given->count; i++)
    if (vprod__strv_add (&values, given->list[i].value) < 0)
      return vprod__error_no_memory (err);
  return vprod__layer_secrets_find (session, EXPORT_TIMEOUT_MS, (const char *const *) values, allow, ret, err);
}

/* A rule of the user that takes too long may have found something: a pass would be wrong. */
static int tell_given_up (struct vprod__own *own, vprod_result *result, vprod_error **err)
{
  _cleanup_free_ char *rule = NULL;
  int r = own ? vprod__own_gave_up (own, &rule) : 0;

  if (r < 0)
    return vprod__error_no_memory (err);
  if (r > 0 && vprod_result_get_verdict (result) != VPROD_VERDICT_FAIL)
    return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0, "an own rule takes too many steps and was not looked for any more: %s; "
                                                              "make its regex simpler", rule);
  if (r > 0)
    vprod__result_evidence (result, "rule_given_up", "%s", rule);
  return 0;
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  _cleanup_ (history_clear) struct history history = { 0 };
  _cleanup_ (vprod__secret_allow_clear) struct vprod__secret_allow allow = { 0 };
  _cleanup_ (vprod__layer_secrets_clear) struct vprod__layer_secrets layers = { 0 };
  _cleanup_ (vprod__scan_freep) struct vprod__scan *scan = NULL;
  _cleanup_error_ vprod_error *unread = NULL;
  _cleanup_given_ struct vprod__given given = { 0 };
  struct vprod__own *own = NULL;
  const struct vprod__image *image;
  int r = vprod__need_image (session, result, &image, err);

  if (r != 0)
    return r < 0 ? r : 0;
  if (vprod__secret_allow_init (&allow, spec->checks.no_secrets.allow) < 0)
    return vprod__error_no_memory (err);
  r = vprod__session_image_history (session, TIMEOUT_MS, on_entry, &history, err);
  if (r < 0)
    return r;
  if (history.no_memory)
    return vprod__error_no_memory (err);
  r = vprod__session_given (session, &given, err);
  if (r < 0)
    return r;
  r = find_in_layers (session, &given, &allow, &layers, &unread);
  if (r == -VPROD_ERROR_NO_MEMORY || r == -VPROD_ERROR_CANCELLED)
    return vprod__error_move (err, &unread);
  if (make_scan (session, &own, &scan, err) < 0)
    return vprod__error_no_memory (err);
  struct vprod__no_secrets_facts facts = {
    .image = &image->facts,
    .history = history.list,
    .n_history = history.count,
    .given = &given,
    .allow = &allow,
    .layers = r == 0 ? &layers : NULL,
    .scan = scan,
    .redact = vprod__session_redact (session),
  };
  if (!facts.redact)
    return vprod__error_no_memory (err);
  if (vprod__no_secrets_judge (&facts, result, err) < 0)
    return -VPROD_ERROR_NO_MEMORY;
  if (unread) { /* a secret that was found elsewhere is a failure all the same; a pass would be wrong */
    if (vprod_result_get_verdict (result) != VPROD_VERDICT_FAIL)
      return vprod__error_move (err, &unread);
    vprod__result_evidence (result, "layers_not_read", "%s", vprod_error_get_message (unread));
  }
  r = tell_given_up (own, result, err);
  return r == 0 ? vprod__result_status (result, err) : r;
}

static int line_of_secret (const struct vprod__built *built, const vprod_result *result)
{
  static const char *const setting[] = { "ENV", "ARG", "LABEL", "RUN", NULL };
  int line = vprod__line_of_findings (built, setting, result, "variable");

  for (size_t i = 0; !line && i < vprod_result_count_findings (result); i++) {
    const char *by = vprod_finding_find_field (vprod_result_get_finding_at (result, i), "created_by");
    const char *mark = by ? strstr (by, " # buildkit") : NULL;
    _cleanup_free_ char *text = by ? strndup (by, mark ? (size_t) (mark - by) : strlen (by)) : NULL;
    line = vprod__line_of_step (built, text, NULL);
  }
  return line;
}

const struct vprod__check vprod__check_no_secrets = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "no-secrets",
    .title = "No secret in the image's configuration, history and layers",
    .what = "Reads the image's environment, labels, entrypoint, command, health check and history, with the "
            "build arguments of each RUN, and every file of every layer: of the base image too, files that a "
            "later layer removes, and files in archives. Finds literal values of names that hold secrets "
            "(API_TOKEN, DB_PASSWORD, not TOKEN_URL; SEARCH_KEY if only a machine makes such a value), credentials that "
            "are known by their form (cloud keys, tokens, private keys, passwords in URLs, headers with a token) or that "
            "rules of your own know, the values of run.env and run.files whose names say that they are secret, and all of "
            "image.secrets, plain or in base64. Values are shown redacted.",
    .why = "Whoever can pull the image can read all of this without running it: build arguments, environment "
           "variables and copied files stay in it for ever, also when a later step unsets or removes them.",
    .remedy = "Give the app its secrets when it runs; give the build what it needs by `RUN --mount=type=secret`. "
              "A secret that was in an image is known: replace it.",
    .run = vprod_check_no_secrets,
  },
  .reads_files = 1,
  .place = { .line = line_of_secret },
  .run = run,
};
