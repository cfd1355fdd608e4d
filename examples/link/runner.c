/* SPDX-License-Identifier: MIT */
/* A runner of one's own: this one plays an engine with one image, whose history holds a secret. No engine is needed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <verify-prod.h>

static int engine_facts (void *data, const vprod_call *call, vprod_engine_facts *ret, vprod_error **err)
{
  (void) data, (void) call, (void) err;
  ret->name = strdup ("played");
  ret->version = strdup ("1");
  return 0;
}

static int image_facts (void *data, const vprod_call *call, const char *image, vprod_image_facts *ret, vprod_error **err)
{
  (void) data, (void) call;
  if (strcmp (image, "played:1") != 0)
    return vprod_error_new (err, VPROD_ERROR_NOT_FOUND, 0, "there is no such image");
  ret->id = strdup ("sha256:0000000000000000000000000000000000000000000000000000000000000000");
  return 0;
}

static int image_history (void *data, const vprod_call *call, const char *image,
                          int (*on_entry) (void *data, const vprod_history_entry *entry), void *entry_data,
                          vprod_error **err)
{
  vprod_history_entry entry = VPROD_HISTORY_ENTRY_INIT;

  (void) data, (void) call, (void) image, (void) err;
  entry.created_by = "ENV API_TOKEN=c2VjcmV0LXRva2VuLXZhbHVl";
  on_entry (entry_data, &entry);
  return 0;
}

/* An archive of an image without layers: two empty blocks end a tar. */
static int image_export (void *data, const vprod_call *call, const char *image, vprod_bytes_fn on_bytes,
                         void *bytes_data, vprod_error **err)
{
  static const char name[] = "manifest.json", content[] = "[{\"Config\":\"c.json\",\"RepoTags\":[],\"Layers\":[]}]";
  char archive[2048] = { 0 };
  unsigned sum = 0;

  (void) data, (void) call, (void) image, (void) err;
  memcpy (archive, name, sizeof name);
  memcpy (archive + 100, "0000644", 8);
  snprintf (archive + 124, 12, "%011o", (unsigned) strlen (content));
  memcpy (archive + 136, "00000000000", 12);
  memset (archive + 148, ' ', 8);
  archive[156] = '0';
  memcpy (archive + 257, "ustar\00000", 8);
  for (int i = 0; i < 512; i++)
    sum += (unsigned char) archive[i];
  snprintf (archive + 148, 8, "%06o", sum);
  memcpy (archive + 512, content, strlen (content));
  on_bytes (bytes_data, archive, sizeof archive);
  return 0;
}

static int play (vprod_runner **ret, vprod_error **err)
{
  vprod_runner_ops ops = VPROD_RUNNER_OPS_INIT;

  ops.engine_facts = engine_facts;
  ops.image_facts = image_facts;
  ops.image_history = image_history;
  ops.image_export = image_export;
  return vprod_runner_new (&ops, NULL, NULL, ret, err);
}

int main (void)
{
  vprod_runner *runner = NULL;
  vprod_spec *spec = NULL;
  vprod_session *session = NULL;
  vprod_result *result = NULL;
  vprod_error *err = NULL;
  int found = 0;

  if (play (&runner, &err) < 0 || vprod_spec_new (NULL, &spec, &err) < 0
      || vprod_spec_set (spec, "image.ref", "played:1", &err) < 0
      || vprod_session_new (spec, runner, &session, &err) < 0
      || vprod_check_no_secrets (session, &result, &err) < 0)
    fprintf (stderr, "could not be told: %s\n", vprod_error_get_message (err));
  else {
    printf ("%s: %s\n", vprod_verdict_name (vprod_result_get_verdict (result)), vprod_result_get_message (result));
    found = vprod_result_get_verdict (result) == VPROD_VERDICT_FAIL;
  }
  vprod_result_free (result);
  vprod_session_free (session);
  vprod_spec_free (spec);
  vprod_runner_free (runner);
  vprod_error_free (err);
  return !found;
}
