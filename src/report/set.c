/* SPDX-License-Identifier: MIT */
/* Many reports as one, in each format: piece by piece, so that one report is in memory at a time. */
#include "report/format.h"
#include "util/error.h"

VPROD_DEFINE_CLEANUP (vprod_report *, vprod_report_free);

struct piece {
  const struct vprod__format *how;
  int (*write) (void *data, const char *text, size_t length);
  void *data;
};

/* Hands on what was written, and makes room. */
static int flush (const struct piece *piece, struct vprod__out *out, vprod_error **err)
{
  if (!piece->how->gives_commands)
    vprod__out_break_commands (out, piece->how->commands_in);
  int r = out->no_memory ? vprod__error_no_memory (err) : 0;
  if (r == 0 && out->buf.length > 0 && piece->write (piece->data, out->buf.data, out->buf.length) != 0)
    r = vprod__error_set (err, VPROD_ERROR_IO, 0, "the report could not be written");
  vprod__buf_clear (&out->buf);
  return r;
}

int vprod_report_set_render (const vprod_report_set *set, const char *format, const vprod_render_options *options,
                             int (*write) (void *data, const char *text, size_t length), void *data, vprod_error **err)
{
  const vprod_render_options whole = vprod__whole_options (options);
  _cleanup_out_ struct vprod__out out = { .color = whole.color, .width = whole.width };
  struct piece piece = { .write = write, .data = data };

  if (!set || !format || !write)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_report_set_render: %s may not be NULL",
                             !set ? "set" : !format ? "format" : "write");
  int r = vprod__format_find (format, &piece.how, err);
  if (r == 0 && piece.how->set_begin)
    piece.how->set_begin (set, &out);
  for (size_t i = 0; r == 0 && i < vprod_report_set_count (set); i++) {
    _cleanup_ (vprod_report_freep) vprod_report *report = NULL;
    r = vprod_report_set_load_at (set, i, &report, err);
    if (r < 0)
      return r;
    piece.how->set_add (set, i, report, &out);
    r = flush (&piece, &out, err);
  }
  if (r == 0 && piece.how->set_end)
    piece.how->set_end (set, &out);
  return r == 0 ? flush (&piece, &out, err) : r;
}
