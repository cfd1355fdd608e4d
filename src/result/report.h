/* SPDX-License-Identifier: MIT */
/* The data of a report. Reports in src/report/ read it through the public getters. */
#ifndef VPROD_RESULT_REPORT_H
#define VPROD_RESULT_REPORT_H

#include <verify-prod/report.h>

struct vprod_report {
  char *name;
  char *image;
  char *image_id;
  char *engine_name;
  char *engine_version;
  char *engine_api_version;
  char started_at[21];
  int64_t duration_ms;
  vprod_result **results;
  size_t n_results;
};

#endif
