/* SPDX-License-Identifier: MIT */
/* What is kept of each report of a set: enough to say of all of them together what a format begins or ends with. */
#ifndef VPROD_REPORT_SET_H
#define VPROD_REPORT_SET_H

#include <verify-prod/report_set.h>

struct vprod__set_member {
  char *name;
  char *path;            /* NULL: it is expected, and absent */
  vprod_verdict verdict;
  size_t counts[4];      /* of its results, by verdict */
  size_t untold;         /* 1: it is an error, and none of its checks is */
  char **bad;            /* ids of the checks that failed or could not be told */
  char started_at[21];
  int64_t duration_ms;
};

struct vprod_report_set {
  struct vprod__set_member *members; /* by name */
  size_t count;
};

/* How many members have this verdict. */
size_t vprod__set_count_verdict (const vprod_report_set *set, vprod_verdict verdict);

/* The results with this verdict in all members; of errors, the reports that are one without a check that is, too. */
size_t vprod__set_count_results (const vprod_report_set *set, vprod_verdict verdict);

/* The time that all of them took together, ms. */
int64_t vprod__set_duration (const vprod_report_set *set);

#endif
