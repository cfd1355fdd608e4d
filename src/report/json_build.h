/* SPDX-License-Identifier: MIT */
/* Helpers of the formats that are JSON. They return 0, or -1 out of memory. */
#ifndef VPROD_REPORT_JSON_BUILD_H
#define VPROD_REPORT_JSON_BUILD_H

#include <jansson.h>
#include "report/format.h"

/* Takes ownership of value; NULL means out of memory. */
int vprod__json_set (json_t *object, const char *key, json_t *value);

/* Makes key and text harmless. */
int vprod__json_set_text (json_t *object, const char *key, const char *text);
int vprod__json_set_pair (json_t *object, const char *name, const char *value);

/* The value, or NULL (and the value is freed) if anything failed. */
json_t *vprod__json_done (json_t *filled, int r);

/* A result's evidence as an object; NULL out of memory. */
json_t *vprod__json_evidence (const vprod_result *result);

/* Writes root on one line without `ends`, the brackets that it ends in, so that an empty list which is its last member can be
   filled piece by piece. Frees it. */
void vprod__json_write_open (json_t *root, int r, const char *ends, struct vprod__out *out);

/* Writes root by jansson's flags, with a newline at the end, and frees it. */
void vprod__json_write (json_t *root, int r, size_t flags, struct vprod__out *out);

#endif
