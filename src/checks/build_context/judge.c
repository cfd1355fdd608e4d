/* SPDX-License-Identifier: MIT */
/* The judging part of `build-context`, and the counting of what was sent. */
#include "checks/build_context/facts.h"
#include "result/result.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "util/buf.h"
#include "util/path.h"
#include "util/size_text.h"
#include "util/text.h"

int vprod__context_count (struct vprod__build_context_facts *facts, const char *path, int folder, uint64_t bytes)
{
  path = vprod__path_relative (path);
  if (!*path)
    return 0;
  if (!folder) {
    facts->files++;
    facts->bytes += bytes;
  }
  for (size_t i = 0; i < facts->n_excluded; i++) {
    struct vprod__context_excluded *e = &facts->excluded[i];
    if (!vprod__path_is_under (path, e->pattern))
      continue;
    if (folder) {
      e->folders++;
      continue;
    }
    e->files++;
    e->bytes += bytes;
    if (!e->example && !(e->example = strdup (path)))
      return -1;
  }
  return 0;
}

/* The remedy: the lines to add, and where. */
static int suggest (const struct vprod__build_context_facts *facts, vprod_result *result)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  int r;

  r = vprod__text_addf (&text,
                       facts->ignore_file->there ? "Add to %s:\n" : "Write the file %s, with these lines:\n",
                       facts->ignore_file->path);
  for (size_t i = 0; r == 0 && i < facts->n_excluded; i++)
    if (facts->excluded[i].files > 0)
      r = vprod__text_addf (&text, "%s\n", vprod__path_relative (facts->excluded[i].pattern));
  if (r == 0 && facts->ignore_file->shadows)
    r = vprod__text_addf (&text, "The builder reads %s instead of .dockerignore, not both.\n",
                         facts->ignore_file->path);
  if (r == 0 && facts->ignore_file->negates)
    r = vprod__buf_adds (&text,
                         "It has lines that begin with \"!\", which take paths in again: the last line that "
                         "matches a path decides.\n");
  if (r < 0)
    return -1;
  text.data[text.length - 1] = '\0'; /* the last newline */
  vprod__result_remedy (result, "%s", text.data);
  return 0;
}

int vprod__build_context_judge (const struct vprod__build_context_facts *facts, vprod_result *result,
                                vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf names = { 0 };
  _cleanup_buf_ struct vprod__buf sent = { 0 };
  _cleanup_buf_ struct vprod__buf absent = { 0 };
  _cleanup_buf_ struct vprod__buf empty = { 0 };
  char size[VPROD__SIZE_TEXT];
  size_t bad = 0;
  int r = 0;

  for (size_t i = 0; i < facts->n_excluded && r == 0; i++) {
    const struct vprod__context_excluded *e = &facts->excluded[i];
    r = vprod__text_addf (&names, "%s%s", i == 0 ? "" : ", ", e->pattern);
    if (r == 0 && !e->in_context && e->files == 0)
      r = vprod__text_addf (&absent, "%s%s", absent.length ? ", " : "", e->pattern);
    if (r == 0 && e->files == 0 && e->folders > 0)
      r = vprod__text_addf (&empty, "%s%s", empty.length ? ", " : "", e->pattern);
    if (e->files == 0)
      continue;
    bad++;
    vprod__size_text (e->bytes, size);
    if (r == 0)
      r = vprod__text_addf (&sent, "%s%s (%" PRIu64 " file%s, %s)", sent.length ? ", " : "", e->pattern,
                           e->files, e->files == 1 ? "" : "s", size);
    vprod_finding *finding = vprod__result_finding (
      result, "%s is sent to the engine: %" PRIu64 " file%s, %s; one of them is %s", e->pattern,
      e->files, e->files == 1 ? "" : "s", size, e->example ? e->example : "?");
    vprod__finding_set (finding, "path", "%s", e->example ? e->example : e->pattern);
    vprod__finding_set (finding, "exclude", "%s", e->pattern);
    vprod__finding_set (finding, "files", "%" PRIu64, e->files);
    vprod__finding_set (finding, "bytes", "%" PRIu64, e->bytes);
  }
  if (r < 0)
    return vprod__error_no_memory (err);

  vprod__result_evidence (result, "files_sent", "%" PRIu64, facts->files);
  vprod__result_evidence (result, "bytes_sent", "%" PRIu64, facts->bytes);
  vprod__result_evidence (result, "ignore_file", "%s",
                          facts->ignore_file->there ? facts->ignore_file->path : "none");
  if (absent.length)
    vprod__result_evidence (result, "not_in_context", "%s", absent.data);
  if (empty.length)
    vprod__result_evidence (result, "sent_without_files", "%s", empty.data);

  vprod__size_text (facts->bytes, size);
  if (bad > 0) {
    vprod__result_fail (result,
                        "sent to the engine, though to be excluded: %s; in all %" PRIu64 " file%s, %s are sent",
                        sent.data, facts->files, facts->files == 1 ? "" : "s", size);
    return suggest (facts, result) < 0 ? vprod__error_no_memory (err) : 0;
  }
  return vprod__result_pass (result, "no file of %s is sent to the engine, which gets %" PRIu64 " file%s, %s%s%s",
                             names.data, facts->files, facts->files == 1 ? "" : "s", size,
                             absent.length ? "; not in the context at all: " : "", absent.length ? absent.data : "");
}

void vprod__build_context_facts_clear (struct vprod__build_context_facts *facts)
{
  for (size_t i = 0; i < facts->n_excluded; i++)
    free (facts->excluded[i].example);
  free (facts->excluded);
  *facts = (struct vprod__build_context_facts) { 0 };
}
