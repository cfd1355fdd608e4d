/* SPDX-License-Identifier: MIT */
/* The table of formats, and rendering by name. */
#include "report/format.h"
#include "util/error.h"

#include <string.h>

const struct vprod__format *const vprod__formats[] = {
  &vprod__format_text, &vprod__format_json, &vprod__format_junit, &vprod__format_tap,
  &vprod__format_sarif, &vprod__format_github, &vprod__format_html, &vprod__format_in_toto, NULL,
};

size_t vprod_report_count_formats (void)
{
  return sizeof vprod__formats / sizeof vprod__formats[0] - 1;
}

const char *vprod_report_get_format_at (size_t index)
{
  return index < vprod_report_count_formats () ? vprod__formats[index]->name : NULL;
}

static int unknown_format (const char *name, vprod_error **err)
{
  _cleanup_out_ struct vprod__out names = { 0 };

  for (size_t i = 0; vprod__formats[i]; i++)
    vprod__out_f (&names, "%s%s", i ? ", " : "", vprod__formats[i]->name);
  return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "there is no report format \"%s\"; there are %s",
                           name ? name : "", vprod__buf_string (&names.buf));
}

int vprod__format_find (const char *name, const struct vprod__format **ret, vprod_error **err)
{
  for (size_t i = 0; name && vprod__formats[i]; i++)
    if (strcmp (vprod__formats[i]->name, name) == 0) {
      *ret = vprod__formats[i];
      return 0;
    }
  return unknown_format (name, err);
}

vprod_render_options vprod__whole_options (const vprod_render_options *options)
{
  vprod_render_options whole = { 0 };

  if (options)
    memcpy (&whole, options, options->size < sizeof whole ? options->size : sizeof whole);
  whole.size = sizeof whole;
  return whole;
}

void vprod__out_break_commands (struct vprod__out *out, enum vprod__commands_in in)
{
  struct vprod__buf broken = { 0 };

  if (vprod__commands_break (vprod__buf_string (&out->buf), in, &broken) < 0)
    out->no_memory = 1;
  vprod__buf_clear (&out->buf);
  out->buf = broken;
}

/* Hands the text to the caller. */
static int finish (struct vprod__out *out, char **ret_text, size_t *ret_length, vprod_error **err)
{
  size_t length = out->buf.length;
  char *text = out->no_memory ? NULL : vprod__buf_steal (&out->buf);

  if (!text)
    return vprod__error_no_memory (err);
  if (ret_length)
    *ret_length = length;
  *ret_text = text;
  return 0;
}

int vprod_report_render (const vprod_report *report, const char *format, const vprod_render_options *options,
                         char **ret_text, size_t *ret_length, vprod_error **err)
{
  const vprod_render_options whole = vprod__whole_options (options);
  const struct vprod__format *how;
  _cleanup_out_ struct vprod__out out = { .color = whole.color, .width = whole.width };

  if (!report)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "cannot render a report that is NULL");
  if (!ret_text)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_report_render: ret_text may not be NULL");
  int r = vprod__format_find (format, &how, err);
  if (r < 0)
    return r;
  how->render (report, &whole, &out);
  if (!how->gives_commands)
    vprod__out_break_commands (&out, how->commands_in);
  return finish (&out, ret_text, ret_length, err);
}

int vprod_result_render (const vprod_result *result, const vprod_render_options *options, char **ret_text,
                         size_t *ret_length, vprod_error **err)
{
  const vprod_render_options whole = vprod__whole_options (options);
  _cleanup_out_ struct vprod__out out = { .color = whole.color, .width = whole.width };

  if (!result)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "cannot render a result that is NULL");
  if (!ret_text)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_result_render: ret_text may not be NULL");
  vprod__text_result (result, &out);
  vprod__out_break_commands (&out, VPROD__COMMANDS_TEXT);
  return finish (&out, ret_text, ret_length, err);
}
