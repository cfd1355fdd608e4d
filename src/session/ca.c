/* SPDX-License-Identifier: MIT */
#include "session/ca.h"
#include "session/base.h"
#include "session/ca_path.h"
#include "session/parts.h"
#include "session/temp.h"
#include "util/buf.h"
#include "util/file.h"
#include "util/strv.h"

#include <string.h>

static int make_one (const char *name, const char *folder, struct vprod__ca *ca, vprod_error **err)
{
  int r = vprod__certificate_make (name, &ca->certificate, err);
  if (r < 0)
    return r;
  ca->file = vprod__asprintf ("%s/%s.crt", folder, name);
  if (!ca->file)
    return vprod__error_no_memory (err);
  return vprod__file_write (ca->file, ca->certificate.authority, strlen (ca->certificate.authority), err);
}

int vprod__make_cas (vprod_session *session, vprod_error **err)
{
  const vprod_spec *spec = session->spec;
  struct vprod__ca_part *part = session->ca;
  _cleanup_free_ char *folder = NULL;
  int r = 0;

  part->list = calloc (spec->n_services + 1, sizeof *part->list);
  if (!part->list)
    return vprod__error_no_memory (err);
  part->count = spec->n_services;
  for (size_t i = 0; i < spec->n_services && r == 0; i++) {
    if (!spec->services[i].is_postgres || !spec->services[i].postgres.tls)
      continue;
    if (!folder)
      r = vprod__session_temp_dir (session, &folder, err);
    if (r == 0)
      r = make_one (spec->services[i].name, folder, &part->list[i], err);
  }
  return r;
}

void vprod__cas_clear (struct vprod__ca_part *part)
{
  for (size_t i = 0; i < part->count; i++) {
    vprod__certificate_clear (&part->list[i].certificate);
    free (part->list[i].file);
  }
  free (part->list);
}

static int wants_any (const vprod_spec *spec)
{
  for (size_t i = 0; i < spec->n_services; i++)
    if (spec->services[i].is_postgres && spec->services[i].postgres.tls)
      return 1;
  return 0;
}

int vprod__ca_add_files (vprod_session *session, char ***files, vprod_error **err)
{
  char path[VPROD__CA_PATH_SIZE];

  if (!wants_any (session->spec))
    return 0;
  int r = vprod__fixture_get (session, &session->ca->fixture, err);
  for (size_t i = 0; r == 0 && i < session->ca->count; i++)
    if (vprod__ca_path (&session->spec->services[i], path)
        && vprod__strv_addf (files, "%s=%s", path, session->ca->list[i].certificate.authority) < 0)
      r = vprod__error_no_memory (err);
  return r;
}
