/* SPDX-License-Identifier: MIT */
/* An engine that is played, in C as runners of one's own are: one image, whose history holds a secret; what else is asked of it
   is UNSUPPORTED. For the tests of the Python module. */
#include <stdio.h>
#include <string.h>
#include <verify-prod.h>

vprod_runner *played_runner (void);

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

vprod_runner *played_runner (void)
{
  vprod_runner_ops ops = VPROD_RUNNER_OPS_INIT;
  vprod_runner *runner = NULL;

  ops.engine_facts = engine_facts;
  ops.image_facts = image_facts;
  ops.image_history = image_history;
  ops.image_export = image_export;
  return vprod_runner_new (&ops, NULL, NULL, &runner, NULL) < 0 ? NULL : runner;
}
