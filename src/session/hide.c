/* SPDX-License-Identifier: MIT */
#include "session/hide.h"
#include "session/parts.h"
#include "util/text.h"

#include <string.h>

/* The lock is held. The scanner is made on first demand; on a machine without one, secrets are found by names alone. */
static int get_scan (struct vprod__hiding_part *hiding, struct vprod__scan **ret)
{
  _cleanup_error_ vprod_error *error = NULL;

  if (!hiding->scan && !hiding->cannot_scan) {
    int r = vprod__scan_new (NULL, NULL, NULL, &hiding->scan, &error);
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
    const char *const words[] = { spec->services[i].name, spec->services[i].user, spec->services[i].database,
                                  spec->services[i].image };
    for (size_t w = 0; r == 0 && w < sizeof words / sizeof words[0]; w++)
      r = vprod__redact_ordinary (redact, words[w]);
  }
  for (size_t i = 0; r == 0 && i < spec->n_services; i++)
    if (spec->services[i].password)
      r = vprod__redact_add (redact, spec->services[i].password, strlen (spec->services[i].password));
  return r;
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
  if (r == 0 && (session->spec->run.env || session->spec->run.command || session->spec->image.args))
    r = get_scan (hiding, &scan);
  if (r == 0)
    r = vprod__hide_spec (&(struct vprod__hide) { hiding->redact, scan, session->spec });
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

int vprod__session_hide (vprod_session *session, const char *value)
{
  struct vprod__redact *redact = vprod__session_redact (session);

  return redact ? vprod__redact_add (redact, value, strlen (value)) : -1;
}

struct looking {
  const char *dockerfile;
  const char *instruction;
  const vprod_image_facts *facts;
};

static int look (vprod_session *session, const struct looking *at)
{
  struct vprod__hiding_part *hiding = session->hiding;
  struct vprod__scan *scan = NULL;

  pthread_mutex_lock (&hiding->lock);
  int r = hide_spec (session);
  if (r == 0)
    r = get_scan (hiding, &scan);
  struct vprod__hide hide = { hiding->redact, scan, session->spec };
  if (r == 0 && at->dockerfile)
    r = vprod__hide_dockerfile (&hide, at->dockerfile);
  if (r == 0 && at->instruction)
    r = vprod__hide_instruction (&hide, at->instruction);
  if (r == 0 && at->facts)
    r = vprod__hide_image (&hide, at->facts);
  pthread_mutex_unlock (&hiding->lock);
  return r;
}

int vprod__session_hide_dockerfile (vprod_session *session, const char *path)
{
  pthread_mutex_lock (&session->hiding->lock);
  int is_known = session->hiding->dockerfile_is_known;
  session->hiding->dockerfile_is_known = 1;
  pthread_mutex_unlock (&session->hiding->lock);
  return is_known ? 0 : look (session, &(struct looking) { .dockerfile = path });
}

int vprod__session_hide_instruction (vprod_session *session, const char *instruction)
{
  return look (session, &(struct looking) { .instruction = instruction });
}

int vprod__session_hide_image (vprod_session *session, const vprod_image_facts *facts)
{
  return look (session, &(struct looking) { .facts = facts });
}

/* ---- what leaves ----------------------------------------------------------------------------------------------------- */

char *vprod__session_clean_text (vprod_session *session, const char *text)
{
  struct vprod__redact *redact = vprod__session_redact (session);
  _cleanup_free_ char *harmless = redact ? vprod__text_harmless (text, strlen (text)) : NULL;

  return harmless ? vprod__redact_text (redact, harmless) : NULL;
}

int vprod__session_clean_result (vprod_session *session, vprod_result *result)
{
  struct vprod__redact *redact = vprod__session_redact (session);

  return redact && vprod__result_redact (result, redact) == 0 ? 0 : -VPROD_ERROR_NO_MEMORY;
}

void vprod__session_clean_error (vprod_session *session, vprod_error **err)
{
  if (!err || !*err)
    return;
  struct vprod__redact *redact = vprod__session_redact (session);
  char *message = redact ? vprod__redact_text (redact, vprod_error_get_message (*err)) : NULL;
  vprod__error_reword (err, message);
}
