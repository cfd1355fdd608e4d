/* SPDX-License-Identifier: MIT */
/* What the formats that are JSON share. 0, or -1 out of memory. */
#ifndef VPROD_REPORT_JSON_BUILD_H
#define VPROD_REPORT_JSON_BUILD_H

#include <jansson.h>
#include "report/format.h"

/* Takes value; NULL is out of memory. */
int vprod__json_set (json_t *object, const char *key, json_t *value);

/* Both key and text made harmless where they are what a report says. */
int vprod__json_set_text (json_t *object, const char *key, const char *text);
int vprod__json_set_pair (json_t *object, const char *name, const char *value);

/* What was filled, or NULL (and it is ended) where anything failed on the way. */
json_t *vprod__json_done (json_t *filled, int r);

/* An object of a result's evidence; NULL out of memory. */
json_t *vprod__json_evidence (const vprod_result *result);

/* Writes root, indented, with a newline at the end, and ends it. */
void vprod__json_write (json_t *root, int r, struct vprod__out *out);

#endif
