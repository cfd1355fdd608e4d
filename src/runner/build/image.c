/* SPDX-License-Identifier: MIT */
/*
 * Which image a build made. The builder leaves an id, but not always the engine's: with docker's containerd store
 * an image is known by its manifest's digest, while --iidfile holds that of its configuration. So the engine is
 * asked.
 */
#include "runner/build/build.h"

#include <ctype.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

#include "runner/runner.h"
#include "util/file.h"

#define IID_SIZE 255

int vprod__build_has_image (const struct vprod__build_files *files)
{
  struct stat st;

  return stat (files->iid, &st) == 0 && st.st_size > 0;
}

/* "sha256:HEX", whether the file has the prefix or not; NULL if it has no id. */
static char *read_iid (const char *path)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };

  if (vprod__file_read (path, IID_SIZE, &text, NULL) != 0)
    return NULL;
  while (text.length > 0 && isspace ((unsigned char) text.data[text.length - 1]))
    text.data[--text.length] = '\0';
  return text.length > 0 ? vprod__asprintf ("%s%s", strchr (text.data, ':') ? "" : "sha256:", text.data) : NULL;
}

static char *read_digest (const char *path)
{
  json_auto_t *metadata = json_load_file (path, 0, NULL);
  const char *digest = json_string_value (json_object_get (metadata, "containerimage.digest"));

  return digest ? strdup (digest) : NULL;
}

/* 1: the engine has it, and calls it *ret; 0: it has not. */
static int look_up (struct vprod__docker *docker, const vprod_call *call, const char *name, char **ret,
                    vprod_error **err)
{
  _cleanup_image_facts_ vprod_image_facts facts = { .size = sizeof facts };
  _cleanup_error_ vprod_error *own = NULL;
  int r = name ? vprod__docker_image_facts (docker, call, name, &facts, &own) : -VPROD_ERROR_NOT_FOUND;

  if (r == -VPROD_ERROR_NOT_FOUND)
    return 0;
  if (r < 0)
    return vprod__error_move (err, &own);
  *ret = vprod__steal (&facts.id);
  return *ret ? 1 : vprod__error_no_memory (err);
}

int vprod__build_image_id (struct vprod__docker *docker, const vprod_call *call,
                           const struct vprod__build_files *files, const vprod_build_request *request,
                           char **ret_id, vprod_error **err)
{
  _cleanup_free_ char *iid = read_iid (files->iid), *digest = read_digest (files->metadata), *id = NULL,
    *tagged = NULL;
  const char *tag = request->tags ? request->tags[0] : NULL;
  int r = look_up (docker, call, digest, &id, err);

  if (r == 0)
    r = look_up (docker, call, iid, &id, err);
  int of_tag = r < 0 || !tag ? 1 : look_up (docker, call, tag, &tagged, err);
  if (r < 0 || of_tag < 0)
    return r < 0 ? r : of_tag;
  if (of_tag == 0 || (!id && !tagged))
    return 0;
  /* not the tag's in the first place: another may have put it on another image by now */
  *ret_id = id ? vprod__steal (&id) : vprod__steal (&tagged);
  return 1;
}
