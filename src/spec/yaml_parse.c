/* SPDX-License-Identifier: MIT */
/*
 * Builds the tree from libfyaml's events. Events rather than its documents, because those resolve aliases by copying, and
 * because limits must hold while the text is read, not afterwards.
 */
#include "spec/yaml.h"
#include "util/grow.h"
#include "util/text.h"

#include <libfyaml.h>
#include <string.h>

struct anchor {
  char *name;
  struct vprod__yaml_node *node;
};

struct builder {
  struct vprod__yaml *yaml;
  struct {
    struct vprod__yaml_node *node;
    char *anchor;
  } open[VPROD__YAML_MAX_DEPTH];
  size_t depth;
  struct anchor *anchors;
  size_t n_anchors;
  size_t last; /* where the last node began: an empty value has no position of its own */
  int documents;
  int foreign;
  vprod_error **err;
};

static void builder_clear (struct builder *b)
{
  while (b->depth > 0)
    free (b->open[--b->depth].anchor);
  for (size_t i = 0; i < b->n_anchors; i++)
    free (b->anchors[i].name);
  free (b->anchors);
}

/* ---- nodes ------------------------------------------------------------------------------------------------ */

static struct vprod__yaml_node *new_node (struct builder *b, enum vprod__yaml_kind kind, size_t begin, size_t end)
{
  struct vprod__yaml *yaml = b->yaml;

  if (yaml->n_nodes >= VPROD__YAML_MAX_NODES) {
    vprod__yaml_error (yaml, begin, b->err, "too much: more than %d values", VPROD__YAML_MAX_NODES);
    return NULL;
  }
  struct vprod__yaml_node *node = vprod__grow (&yaml->nodes, yaml->n_nodes) == 0 ? calloc (1, sizeof *node) : NULL;
  if (!node) {
    vprod__error_no_memory (b->err);
    return NULL;
  }
  node->kind = kind;
  node->begin = begin;
  node->end = end;
  yaml->nodes[yaml->n_nodes++] = node;
  return node;
}

static int wants_key (const struct builder *b)
{
  return b->depth > 0 && b->open[b->depth - 1].node->kind == VPROD__YAML_MAPPING
         && b->open[b->depth - 1].node->count % 2 == 0;
}

static int check_key (struct builder *b, const struct vprod__yaml_node *mapping,
                      const struct vprod__yaml_node *key, size_t at)
{
  struct vprod__yaml_node *first = NULL;

  if (key->kind != VPROD__YAML_SCALAR)
    return vprod__yaml_error (b->yaml, at, b->err, "a key must be a name, not a list or a mapping");
  if (key->plain && strcmp (key->text, "<<") == 0 && !b->foreign)
    return vprod__yaml_error (b->yaml, at, b->err,
                              "merge keys (<<) are not understood here; write the entries out");
  if (vprod__yaml_get (mapping, key->text, &first)) {
    size_t line, column;
    _cleanup_free_ char *shown = vprod__text_harmless (key->text, strnlen (key->text, 60));
    if (!shown)
      return vprod__error_no_memory (b->err);
    vprod__yaml_position (b->yaml->source, b->yaml->length, first->begin, &line, &column);
    return vprod__yaml_error (b->yaml, at, b->err, "duplicate key \"%s\"; it is in line %zu already", shown, line);
  }
  return 0;
}

static int attach (struct builder *b, struct vprod__yaml_node *node, size_t at)
{
  if (b->depth == 0) {
    b->yaml->root = node;
    return 0;
  }
  struct vprod__yaml_node *parent = b->open[b->depth - 1].node;
  int r = wants_key (b) ? check_key (b, parent, node, at) : 0;
  if (r < 0)
    return r;
  if (vprod__grow (&parent->items, parent->count) < 0)
    return vprod__error_no_memory (b->err);
  parent->items[parent->count++] = node;
  return 0;
}

/* ---- anchors ---------------------------------------------------------------------------------------------- */

/* Takes ownership of name; NULL: no anchor. It is registered at the end of its node, so that no node can contain itself. */
static int remember (struct builder *b, char *name, struct vprod__yaml_node *node)
{
  if (!name)
    return 0;
  if (vprod__grow (&b->anchors, b->n_anchors) < 0) {
    free (name);
    return vprod__error_no_memory (b->err);
  }
  b->anchors[b->n_anchors++] = (struct anchor) { name, node };
  return 0;
}

static int copy_token (struct builder *b, struct fy_token *token, char **ret)
{
  size_t length = 0;
  const char *text = token ? fy_token_get_text (token, &length) : NULL;

  *ret = NULL;
  if (!token)
    return 0;
  *ret = text ? strndup (text, length) : strdup ("");
  return *ret ? 0 : vprod__error_no_memory (b->err);
}

/* ---- events ----------------------------------------------------------------------------------------------- */

static int on_scalar (struct builder *b, struct fy_event *event, size_t begin, size_t end)
{
  _cleanup_free_ char *anchor = NULL;
  struct fy_token *token = event->scalar.value;
  struct vprod__yaml_node *node = new_node (b, VPROD__YAML_SCALAR, begin, end);
  enum fy_scalar_style style;
  size_t length = 0;

  if (!node)
    return -1;
  style = token ? fy_token_scalar_style (token) : FYSS_PLAIN;
  node->plain = style == FYSS_PLAIN || style == FYSS_ANY;
  if ((style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) && begin > 0) { /* the quotes are part of it */
    node->begin--;
    node->end += node->end < b->yaml->length;
  }
  if (token)
    fy_token_get_text (token, &length);
  if (copy_token (b, token, &node->text) < 0 || copy_token (b, event->scalar.anchor, &anchor) < 0)
    return -1;
  if (!node->text && !(node->text = strdup ("")))
    return vprod__error_no_memory (b->err);
  if (strlen (node->text) != length)
    return vprod__yaml_error (b->yaml, begin, b->err, "a NUL character (\\0) cannot be part of a value");
  if (attach (b, node, begin) < 0)
    return -1;
  return remember (b, vprod__steal (&anchor), node);
}

static int on_alias (struct builder *b, struct fy_event *event, size_t begin)
{
  _cleanup_free_ char *name = NULL;

  if (copy_token (b, event->alias.anchor, &name) < 0)
    return -1;
  for (size_t i = b->n_anchors; name && i-- > 0;)
    if (strcmp (b->anchors[i].name, name) == 0)
      return attach (b, b->anchors[i].node, begin);
  _cleanup_free_ char *shown = vprod__text_harmless (name ? name : "", strnlen (name ? name : "", 60));
  if (!shown)
    return vprod__error_no_memory (b->err);
  return vprod__yaml_error (b->yaml, begin, b->err, "the alias *%s stands for nothing: no &%s before it", shown,
                            shown);
}

static int on_start (struct builder *b, enum vprod__yaml_kind kind, struct fy_token *anchor, size_t begin,
                     size_t end)
{
  struct vprod__yaml_node *node;

  if (wants_key (b))
    return vprod__yaml_error (b->yaml, begin, b->err, "a key must be a name, not a list or a mapping");
  if (b->depth >= VPROD__YAML_MAX_DEPTH)
    return vprod__yaml_error (b->yaml, begin, b->err, "nested too deep: more than %d levels",
                              VPROD__YAML_MAX_DEPTH);
  node = new_node (b, kind, begin, end);
  if (!node || attach (b, node, begin) < 0)
    return -1;
  b->open[b->depth].node = node;
  b->open[b->depth].anchor = NULL;
  b->depth++;
  return copy_token (b, anchor, &b->open[b->depth - 1].anchor);
}

static int on_end (struct builder *b)
{
  b->depth--;
  return remember (b, vprod__steal (&b->open[b->depth].anchor), b->open[b->depth].node);
}

static int on_event (struct builder *b, struct fy_event *event)
{
  const struct fy_mark *begin = fy_event_start_mark (event), *end = fy_event_end_mark (event);
  size_t from = begin && begin->input_pos <= b->yaml->length ? begin->input_pos : b->last;
  size_t to = end && end->input_pos <= b->yaml->length && end->input_pos >= from ? end->input_pos : from;

  if (!b->foreign && (event->type == FYET_SCALAR || event->type == FYET_MAPPING_START || event->type == FYET_SEQUENCE_START)
      && fy_event_get_tag_token (event))
    return vprod__yaml_error (b->yaml, from, b->err, "tags (!…) are not understood here; leave it out");
  switch (event->type) {
  case FYET_DOCUMENT_START:
    if (b->documents++ > 0)
      return vprod__yaml_error (b->yaml, from, b->err, "a second document begins here; there may be one only");
    return 0;
  case FYET_SCALAR:
    b->last = from;
    return on_scalar (b, event, from, to);
  case FYET_ALIAS:
    b->last = from;
    return on_alias (b, event, from);
  case FYET_MAPPING_START:
    return on_start (b, VPROD__YAML_MAPPING, event->mapping_start.anchor, from, to);
  case FYET_SEQUENCE_START:
    return on_start (b, VPROD__YAML_SEQUENCE, event->sequence_start.anchor, from, to);
  case FYET_MAPPING_END:
  case FYET_SEQUENCE_END:
    return on_end (b);
  default:
    return 0;
  }
}

/* ---- libfyaml --------------------------------------------------------------------------------------------- */

/* libfyaml prints to standard error unless it is given another output. */
static void swallow (struct fy_diag *diag, void *user, const char *text, size_t length)
{
  (void) diag;
  (void) user;
  (void) text;
  (void) length;
}

static void parser_destroyp (struct fy_parser **parser)
{
  if (*parser)
    fy_parser_destroy (*parser);
}

static void diag_destroyp (struct fy_diag **diag)
{
  if (*diag)
    fy_diag_destroy (*diag);
}

/* libfyaml's message; for a bracket that is never closed, with the position where it was opened. */
static int syntax_error (const struct builder *b, struct fy_diag *diag)
{
  const struct vprod__yaml *yaml = b->yaml;
  struct fy_diag_error *first = NULL, *error;
  size_t line, column;
  void *iterator = NULL;

  while ((error = fy_diag_errors_iterate (diag, &iterator)) && !first)
    if (error->type == FYET_ERROR)
      first = error;
  if (!first)
    return vprod__yaml_error (yaml, b->last, b->err, "not valid YAML");
  _cleanup_free_ char *what = vprod__text_harmless (first->msg, strlen (first->msg));
  if (!what)
    return vprod__error_no_memory (b->err);
  if (!yaml->label)
    return vprod__error_set (b->err, VPROD_ERROR_SPEC, 0, "not valid YAML: %s", what);
  if (b->depth > 0 && strstr (what, "without a closing")) {
    vprod__yaml_position (yaml->source, yaml->length, b->open[b->depth - 1].node->begin, &line, &column);
    return vprod__error_set (b->err, VPROD_ERROR_SPEC, 0, "%s:%zu:%zu: not valid YAML: %s", yaml->label, line,
                             column, what);
  }
  return vprod__error_set (b->err, VPROD_ERROR_SPEC, 0, "%s:%d:%d: not valid YAML: %s", yaml->label,
                           first->line > 0 ? first->line : 1, first->column > 0 ? first->column : 1, what);
}

static int build (struct builder *b)
{
  struct fy_diag_cfg diag_cfg;
  struct fy_parse_cfg cfg = { .flags = FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE };
  _cleanup_ (diag_destroyp) struct fy_diag *diag = NULL;
  _cleanup_ (parser_destroyp) struct fy_parser *parser = NULL;
  struct fy_event *event;
  int r = 0;

  fy_diag_cfg_default (&diag_cfg);
  diag_cfg.fp = NULL;
  diag_cfg.output_fn = swallow;
  diag_cfg.level = FYET_ERROR;
  diag_cfg.colorize = false;
  diag = fy_diag_create (&diag_cfg);
  if (!diag)
    return vprod__error_no_memory (b->err);
  fy_diag_set_collect_errors (diag, true);
  cfg.diag = diag;
  parser = fy_parser_create (&cfg);
  if (!parser || fy_parser_set_string (parser, b->yaml->source, b->yaml->length) < 0)
    return vprod__error_no_memory (b->err);
  while (r == 0 && (event = fy_parser_parse (parser))) {
    r = on_event (b, event) < 0 ? -1 : 0;
    fy_parser_event_free (parser, event);
  }
  if (r == 0 && fy_parser_get_stream_error (parser))
    r = syntax_error (b, diag);
  return r;
}

static int parse (const char *bytes, size_t length, const char *label, int foreign, struct vprod__yaml **ret,
                  vprod_error **err)
{
  _cleanup_yaml_ struct vprod__yaml *yaml = calloc (1, sizeof *yaml);
  _cleanup_error_ vprod_error *why = NULL;
  _cleanup_ (builder_clear) struct builder b = { .yaml = yaml, .foreign = foreign, .err = &why };

  if (!yaml || (label && !(yaml->label = strdup (label))))
    return vprod__error_no_memory (err);
  if (length > VPROD__YAML_MAX_BYTES)
    return vprod__yaml_error (yaml, 0, err, "too long: more than %d KiB", VPROD__YAML_MAX_BYTES / 1024);
  if (length >= 3 && memcmp (bytes, "\xef\xbb\xbf", 3) == 0) {
    bytes += 3;
    length -= 3;
  }
  yaml->source = calloc (1, length + 1);
  if (!yaml->source)
    return vprod__error_no_memory (err);
  if (length)
    memcpy (yaml->source, bytes, length);
  yaml->length = length;
  int r = vprod__yaml_check_text (yaml, err);
  if (r < 0)
    return r;
  if (length > 0 && build (&b) < 0)
    return vprod__error_move (err, &why);
  *ret = vprod__steal (&yaml);
  return 0;
}

int vprod__yaml_parse (const char *bytes, size_t length, const char *label, struct vprod__yaml **ret,
                       vprod_error **err)
{
  return parse (bytes, length, label, 0, ret, err);
}

int vprod__yaml_parse_foreign (const char *bytes, size_t length, const char *label, struct vprod__yaml **ret,
                               vprod_error **err)
{
  return parse (bytes, length, label, 1, ret, err);
}
