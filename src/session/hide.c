/* SPDX-License-Identifier: MIT */
/*
 * What no-secrets would find in the spec, the Dockerfile and the image's configuration is not shown either: steps are shown
 * before there is an image to look into, and where it does not build there is none.
 */
#include "session/hide.h"
#include "dockerfile/dockerfile.h"
#include "known/phrases.h"
#include "session/expand.h"
#include "session/parts.h"
#include "session/secrets.h"
#include "util/file.h"
#include "util/strv.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define MOST_BYTES (1024 * 1024) /* of a Dockerfile */

/* ---- what is found ---------------------------------------------------------------------------------------------------- */

/* Where what is found goes to, but for what checks.no-secrets.allow says is none. */
struct finding {
  struct vprod__redact *redact;
  struct vprod__scan *scan;
  struct vprod__own *own;
  struct vprod__secret_allow allow;
};

static int on_secret (void *data, const struct vprod__secret *secret)
{
  struct finding *finding = data;

  if (vprod__secret_allowed (&finding->allow, secret))
    return 0;
  return vprod__redact_add (finding->redact, secret->value, strlen (secret->value));
}

static int find_in_pairs (struct finding *finding, char *const *pairs)
{
  int r = 0;

  for (size_t i = 0; r == 0 && pairs && pairs[i]; i++)
    r = vprod__secrets_in_pair (finding->scan, pairs[i], on_secret, finding);
  return r;
}

static int on_variable (void *data, const char *name, size_t length, const char *value)
{
  (void) name;
  (void) length;
  return vprod__redact_add (data, value, strlen (value));
}

static int find_in_refs (struct finding *finding, const char *text)
{
  return vprod__secret_variables (text, on_variable, finding->redact);
}

/* A text of the spec with what its ${…} stand for, malloc'ed; NULL out of memory. */
static char *expanded (vprod_session *session, const char *text)
{
  _cleanup_error_ vprod_error *error = NULL;
  char *ret = NULL;
  int r = vprod__session_expand (session, text, &ret, &error);

  return r == 0 ? ret : r == -VPROD_ERROR_NO_MEMORY ? NULL : strdup (text);
}

/* NAME=value, where the value is more than a reference to another value of the spec. */
static int find_in_list (vprod_session *session, struct finding *finding, char *const *list)
{
  int r = 0;

  for (; r == 0 && list && *list; list++) {
    const char *equals = strchr (*list, '=');
    r = find_in_refs (finding, *list);
    if (r < 0 || !equals || (strncmp (equals + 1, "${", 2) == 0 && vprod__is_of_services (equals + 1)))
      continue;
    _cleanup_free_ char *pair = expanded (session, *list);
    r = pair ? vprod__secrets_in_pair (finding->scan, pair, on_secret, finding) : -1;
  }
  return r;
}

static int find_in_command (vprod_session *session, struct finding *finding, char *const *command)
{
  _cleanup_strv_ char **argv = NULL;
  int r = 0;

  for (size_t i = 0; r == 0 && command && command[i]; i++) {
    r = find_in_refs (finding, command[i]);
    if (r == 0)
      r = vprod__strv_take (&argv, expanded (session, command[i]));
  }
  return r == 0 ? vprod__secrets_in_argv (finding->scan, argv, on_secret, finding) : -1;
}

static int is_plain_header (const char *pair)
{
  size_t length = strcspn (pair, "=");

  for (const struct vprod__phrase *p = NULL; (p = vprod__phrase_next (VPROD__NAMES_PLAIN_HEADER, p));)
    if (strlen (p->text) == length && strncasecmp (p->text, pair, length) == 0)
      return 1;
  return 0;
}

/* "Authorization=Bearer x": the whole value, what is behind the scheme, and its last word. */
static int add_header (struct finding *finding, const char *value)
{
  const char *first = strchr (value, ' '), *last = strrchr (value, ' ');
  int r = vprod__redact_add (finding->redact, value, strlen (value));

  if (r == 0 && first)
    r = vprod__redact_add (finding->redact, first + 1, strlen (first + 1));
  return r == 0 && last != first ? vprod__redact_add (finding->redact, last + 1, strlen (last + 1)) : r;
}

/* A header's value may be a secret, which the server may repeat, unless it is known to be none. */
static int find_in_headers (vprod_session *session, struct finding *finding, char *const *headers)
{
  int r = find_in_list (session, finding, headers);

  for (; r == 0 && headers && *headers; headers++) {
    const char *equals = strchr (*headers, '=');
    if (!equals || is_plain_header (*headers))
      continue;
    _cleanup_free_ char *value = expanded (session, equals + 1);
    r = value ? add_header (finding, value) : -1;
  }
  return r;
}

static int on_known (void *data, const struct vprod__secret *secret)
{
  return vprod__redact_add_secret (data, secret->value, strlen (secret->value));
}

static int on_text (void *data, const struct vprod__given_text *text)
{
  struct finding *finding = data;

  if (!text->is_sure)
    return vprod__given_text_scan (text, finding->own, on_secret, finding);
  /* a file of the app may hold what a test of the app uses: an ordinary word is none then */
  int r = text->by == VPROD__GIVEN_IMAGE_SECRETS ? vprod__redact_add_secret (finding->redact, text->text, strlen (text->text))
                                                 : vprod__redact_add (finding->redact, text->text, strlen (text->text));
  if (r == 0 && text->by == VPROD__GIVEN_IMAGE_SECRETS)
    return vprod__given_text_scan (text, finding->own, on_known, finding->redact);
  return r == 0 ? vprod__given_text_scan (text, finding->own, on_secret, finding) : r;
}

static int find_in_spec (vprod_session *session, struct finding *finding)
{
  const vprod_spec *spec = session->spec;
  char *const *const lists[] = { spec->run.env, spec->image.args, spec->image.contexts };
  int r = vprod__session_each_text (session, on_text, finding);

  for (size_t k = 0; r == 0 && k < sizeof lists / sizeof lists[0]; k++)
    r = find_in_list (session, finding, lists[k]);
  if (r == 0)
    r = find_in_headers (session, finding, spec->checks.health.headers);
  if (r == 0)
    r = find_in_command (session, finding, spec->run.command);
  if (r == 0)
    r = find_in_command (session, finding, spec->checks.health.command);
  for (size_t i = 0; r == 0 && i < spec->run.n_before; i++) {
    r = find_in_list (session, finding, spec->run.before[i].image.args);
    if (r == 0)
      r = find_in_list (session, finding, spec->run.before[i].image.contexts);
    if (r == 0)
      r = find_in_command (session, finding, spec->run.before[i].command);
  }
  for (size_t i = 0; r == 0 && i < spec->checks.n_own; i++) {
    r = find_in_list (session, finding, spec->checks.own[i].env);
    if (r == 0)
      r = find_in_command (session, finding, spec->checks.own[i].command);
  }
  for (size_t i = 0; r == 0 && i < spec->n_services; i++) {
    r = find_in_list (session, finding, spec->services[i].container.env);
    if (r == 0)
      r = find_in_command (session, finding, spec->services[i].container.command);
    if (r == 0)
      r = find_in_command (session, finding, spec->services[i].container.ready.command);
  }
  return r;
}

static int find_in_instructions (struct finding *finding, const struct vprod__dockerfile *dockerfile)
{
  int r = 0;

  for (size_t i = 0; r == 0 && i < dockerfile->count; i++) {
    const struct vprod__instruction *instruction = &dockerfile->list[i];
    _cleanup_free_ char *line = NULL;
    if (asprintf (&line, "%s %s", instruction->name, instruction->text) < 0) {
      line = NULL;
      return -1;
    }
    r = vprod__secrets_in_instruction (finding->scan, line, on_secret, finding);
    if (r == 0 && instruction->body)
      r = vprod__secrets_in_instruction (finding->scan, instruction->body, on_secret, finding);
  }
  return r;
}

static int find_in_dockerfile (struct finding *finding, const char *path)
{
  _cleanup_dockerfile_ struct vprod__dockerfile dockerfile = { 0 };
  _cleanup_buf_ struct vprod__buf text = { 0 };
  int r = vprod__file_read (path, MOST_BYTES, &text, NULL);

  if (r == -VPROD_ERROR_NO_MEMORY)
    return -1;
  if (r != 0) /* the builder says so */
    return 0;
  if (vprod__dockerfile_parse (vprod__buf_string (&text), text.length, &dockerfile) < 0)
    return -1;
  return find_in_instructions (finding, &dockerfile);
}

static int find_in_image (struct finding *finding, const vprod_image_facts *facts)
{
  char *const *const argvs[] = { facts->entrypoint, facts->cmd, facts->healthcheck };
  int r = find_in_pairs (finding, facts->env);

  if (r == 0)
    r = find_in_pairs (finding, facts->labels);
  for (size_t i = 0; r == 0 && i < sizeof argvs / sizeof argvs[0]; i++)
    r = vprod__secrets_in_argv (finding->scan, argvs[i], on_secret, finding);
  return r;
}

/* ---- the register ----------------------------------------------------------------------------------------------------- */

/* The lock is held. */
static int get_own (vprod_session *session, vprod_error **err)
{
  struct vprod__hiding_part *hiding = session->hiding;

  return hiding->own || !session->spec->rules ? 0 : vprod__own_new (session->spec->rules, &hiding->own, err);
}

int vprod__session_own_rules (vprod_session *session, struct vprod__own **ret, vprod_error **err)
{
  pthread_mutex_lock (&session->hiding->lock);
  int r = get_own (session, err);
  *ret = session->hiding->own;
  pthread_mutex_unlock (&session->hiding->lock);
  return r;
}

/* The lock is held. The scanner is made on first demand; on a machine without one, secrets are found by names alone. */
static int get_scan (vprod_session *session, struct vprod__scan **ret)
{
  struct vprod__hiding_part *hiding = session->hiding;
  _cleanup_error_ vprod_error *error = NULL;

  if (!hiding->scan && !hiding->cannot_scan) {
    int r = get_own (session, &error);
    if (r == 0)
      r = vprod__scan_new (NULL, NULL, NULL, &hiding->scan, &error);
    if (r == 0)
      r = vprod__scan_use (hiding->scan, hiding->own, &error);
    if (r == -VPROD_ERROR_NO_MEMORY)
      return -1;
    hiding->cannot_scan = r < 0;
  }
  *ret = hiding->scan;
  return 0;
}

/* Words that appear in texts for other reasons, and are not hidden. */
static int know_ordinary (struct vprod__redact *redact, const vprod_spec *spec)
{
  int r = vprod__redact_ordinary (redact, spec->name);

  for (size_t i = 0; r == 0 && i < spec->n_services; i++) {
    const char *const words[] = { spec->services[i].name, spec->services[i].postgres.user, spec->services[i].postgres.database,
                                  spec->services[i].postgres.image };
    for (size_t w = 0; r == 0 && w < sizeof words / sizeof words[0]; w++)
      r = vprod__redact_ordinary (redact, words[w]);
  }
  for (size_t i = 0; r == 0 && i < spec->n_services; i++)
    if (spec->services[i].postgres.password)
      r = vprod__redact_add (redact, spec->services[i].postgres.password, strlen (spec->services[i].postgres.password));
  return r;
}

/* Only then is a search made, which takes a moment. */
static int gives_anything (const vprod_spec *spec)
{
  return spec->run.env || spec->run.command || spec->image.args || spec->image.contexts || spec->run.n_before || spec->n_services
         || spec->checks.health.headers || spec->checks.health.command || spec->checks.n_own;
}

/* The lock is held. */
static int hide_spec (vprod_session *session)
{
  struct vprod__hiding_part *hiding = session->hiding;
  struct vprod__scan *scan = NULL;
  int r = 0;

  if (hiding->spec_is_known)
    return 0;
  if (!hiding->redact && vprod__redact_new (&hiding->redact, NULL) < 0)
    return -1;
  r = know_ordinary (hiding->redact, session->spec);
  if (r == 0 && gives_anything (session->spec))
    r = get_scan (session, &scan);
  if (r == 0)
    r = find_in_spec (session, &(struct finding) { .redact = hiding->redact, .scan = scan, .own = hiding->own });
  hiding->spec_is_known = r == 0;
  return r;
}

struct vprod__redact *vprod__session_redact (vprod_session *session)
{
  pthread_mutex_lock (&session->hiding->lock);
  int r = hide_spec (session);
  pthread_mutex_unlock (&session->hiding->lock);
  return r == 0 ? session->hiding->redact : NULL;
}

struct looking {
  const char *dockerfile;
  const char *instruction;
  const vprod_image_facts *facts;
  const char *text;
};

static int find (struct finding *finding, const struct looking *at)
{
  int r = at->dockerfile ? find_in_dockerfile (finding, at->dockerfile) : 0;

  if (r == 0 && at->instruction)
    r = vprod__secrets_in_instruction (finding->scan, at->instruction, on_secret, finding);
  if (r == 0 && at->text)
    r = vprod__secrets_in_text (finding->scan, at->text, on_secret, finding);
  return r == 0 && at->facts ? find_in_image (finding, at->facts) : r;
}

static int look (vprod_session *session, const struct looking *at)
{
  struct vprod__hiding_part *hiding = session->hiding;
  struct finding finding = { 0 };

  pthread_mutex_lock (&hiding->lock);
  int r = hide_spec (session);
  if (r == 0)
    r = get_scan (session, &finding.scan);
  if (r == 0)
    r = vprod__secret_allow_init (&finding.allow, session->spec->checks.no_secrets.allow);
  finding.redact = hiding->redact;
  if (r == 0)
    r = find (&finding, at);
  vprod__secret_allow_clear (&finding.allow);
  pthread_mutex_unlock (&hiding->lock);
  return r;
}

int vprod__session_hide_dockerfile (vprod_session *session, const char *path)
{
  pthread_mutex_lock (&session->hiding->lock);
  int is_known = vprod__strv_has (session->hiding->dockerfiles, path);
  int r = is_known ? 0 : vprod__strv_add (&session->hiding->dockerfiles, path);
  pthread_mutex_unlock (&session->hiding->lock);
  return is_known || r < 0 ? r : look (session, &(struct looking) { .dockerfile = path });
}

int vprod__session_hide_instruction (vprod_session *session, const char *instruction)
{
  return look (session, &(struct looking) { .instruction = instruction });
}

int vprod__session_hide_image (vprod_session *session, const vprod_image_facts *facts)
{
  return look (session, &(struct looking) { .facts = facts });
}

/* What a program says may hold a secret that nobody told of, or that no-secrets has not come to yet: its form tells. A search
   is not made for that alone; there is one once a Dockerfile or an image was looked at, before either says anything. */
static int hide_words (vprod_session *session, const char *text)
{
  pthread_mutex_lock (&session->hiding->lock);
  int can_scan = session->hiding->scan != NULL;
  pthread_mutex_unlock (&session->hiding->lock);
  return can_scan && text ? look (session, &(struct looking) { .text = text }) : 0;
}

/* ---- what leaves ----------------------------------------------------------------------------------------------------- */

char *vprod__session_clean_text (vprod_session *session, const char *text)
{
  struct vprod__redact *redact = vprod__session_redact (session);
  _cleanup_free_ char *harmless = redact ? vprod__text_harmless (text, strlen (text)) : NULL;

  return harmless && hide_words (session, harmless) == 0 ? vprod__redact_text (redact, harmless) : NULL;
}

int vprod__session_clean_result (vprod_session *session, vprod_result *result)
{
  struct vprod__redact *redact = vprod__session_redact (session);
  int r = redact ? hide_words (session, vprod_result_find_evidence (result, "log_tail")) : -1;

  return r == 0 && vprod__result_redact (result, redact) == 0 ? 0 : -VPROD_ERROR_NO_MEMORY;
}

void vprod__session_clean_error (vprod_session *session, vprod_error **err)
{
  if (!err || !*err)
    return;
  struct vprod__redact *redact = vprod__session_redact (session);
  const char *said = vprod_error_get_message (*err);
  char *message = redact && hide_words (session, said) == 0 ? vprod__redact_text (redact, said) : NULL;
  vprod__error_reword (err, message);
}
