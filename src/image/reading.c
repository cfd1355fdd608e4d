/* SPDX-License-Identifier: MIT */
#include "image/reading.h"

#include <archive.h>
#include <stdlib.h>

enum { NOT_WANTED = 0, WANTED, HAS_ENOUGH }; /* content; one that has enough is told of the end all the same */

struct reading {
  struct vprod__file_reader *readers;
  struct vprod__visible *visible;
};

/* The reader, which failed with r, is left out. */
static void leave_out (struct vprod__file_reader *reader, int r)
{
  reader->r = r;
  reader->wants = NOT_WANTED;
}

/* 0, or the last error where all readers have failed. */
static int go_on (const struct reading *reading, vprod_error **err)
{
  const struct vprod__file_reader *last = NULL;

  for (const struct vprod__file_reader *reader = reading->readers; reader; reader = reader->next) {
    if (reader->r == 0)
      return 0;
    last = reader;
  }
  return last ? vprod__error_copy (err, last->error) : 0;
}

/* ---- a file ---------------------------------------------------------------------------------------------- */

static int on_file (void *data, const struct vprod__layer_file *file, vprod_error **err)
{
  struct reading *reading = data;
  int wanted = 0;

  if (!file->has_no_name && vprod__visible_add (reading->visible, file) < 0)
    return vprod__error_no_memory (err);
  for (struct vprod__file_reader *reader = reading->readers; reader; reader = reader->next) {
    reader->wants = NOT_WANTED;
    if (reader->r < 0 || !reader->visitor || (file->has_no_name && !reader->visitor->any_name))
      continue;
    int r = reader->visitor->on_file (reader->visitor->data, file, &reader->error);
    if (r < 0)
      leave_out (reader, r);
    else if (r > 0)
      reader->wants = wanted = WANTED;
  }
  int r = go_on (reading, err);
  return r < 0 ? r : wanted;
}

/* ---- its content ----------------------------------------------------------------------------------------- */

/* Gives a block (of length 0: the end) to those that get it in pieces. */
static void give_block (void *data, const void *bytes, size_t length)
{
  struct reading *reading = data;

  for (struct vprod__file_reader *reader = reading->readers; reader; reader = reader->next) {
    if (!reader->wants || reader->visitor->take_content || (reader->wants == HAS_ENOUGH && length > 0))
      continue;
    int r = reader->visitor->on_content (reader->visitor->data, bytes, length, &reader->error);
    if (r < 0)
      leave_out (reader, r);
    else if (r > 0)
      reader->wants = HAS_ENOUGH;
  }
}

static int is_wanted (const struct reading *reading)
{
  for (const struct vprod__file_reader *reader = reading->readers; reader; reader = reader->next)
    if (reader->wants == WANTED)
      return 1;
  return 0;
}

static int take_content (void *data, const struct vprod__content *content, vprod_error **err)
{
  struct reading *reading = data;
  const struct vprod__content shown = { content->archive, give_block, reading };
  const void *bytes;
  size_t length;
  int r = ARCHIVE_OK;

  for (struct vprod__file_reader *reader = reading->readers; reader; reader = reader->next) {
    if (!reader->wants || !reader->visitor->take_content)
      continue;
    int taken = reader->visitor->take_content (reader->visitor->data, &shown, &reader->error);
    if (taken < 0)
      leave_out (reader, taken);
    reader->wants = NOT_WANTED;
    if (taken > 0)
      return 1;
  }
  /* what was not taken is for the others */
  while (is_wanted (reading) && r >= ARCHIVE_WARN && r != ARCHIVE_EOF)
    r = vprod__content_block (&shown, &bytes, &length);
  if (r < ARCHIVE_WARN)
    return 1;
  give_block (reading, "", 0);
  return go_on (reading, err);
}

/* ---- all of it ------------------------------------------------------------------------------------------- */

int vprod__image_read (struct archive *archive, const vprod_call *call, struct vprod__file_reader *readers,
                       struct vprod__visible *ret, vprod_error **err)
{
  struct reading reading = { readers, ret };
  const struct vprod__layer_visitor visitor = {
    .on_file = on_file, .take_content = take_content, .any_name = 1, .data = &reading };

  for (const struct vprod__file_reader *reader = readers; reader; reader = reader->next)
    ret->every_file |= reader->visitor && reader->visitor->every_file;
  int r = vprod__image_archive_read (archive, call, &visitor, &ret->layers, err);
  if (r < 0)
    return r;
  vprod__visible_settle (ret);
  for (struct vprod__file_reader *reader = readers; reader; reader = reader->next)
    if (reader->r == 0 && reader->visitor && reader->visitor->on_end
        && (r = reader->visitor->on_end (reader->visitor->data, ret, &reader->error)) < 0)
      leave_out (reader, r);
  return go_on (&reading, err);
}
