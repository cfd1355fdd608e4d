/* SPDX-License-Identifier: MIT */
/* What every unit test program needs: TAP on standard output, and a closing line that people and CI can read. */
#ifndef VPROD_TESTS_UNIT_H
#define VPROD_TESTS_UNIT_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <verify-prod.h>

/* Runs the suite; the program's exit code. */
int unit_main (Suite *suite);

/* Asserts that a call gave 0; says the error's message if not. */
#define assert_ok(call, err)                                                                                 \
  do {                                                                                                       \
    int r_ = (call);                                                                                         \
    ck_assert_msg (r_ == 0, "%s gave %d: %s", #call, r_, (err) ? vprod_error_get_message (err) : "no error");\
  } while (0)

/* Asserts that a call failed with this code and that its message holds this text; ends and clears the error. */
#define assert_error(call, err, code, part)                                                                  \
  do {                                                                                                       \
    int r_ = (call);                                                                                         \
    ck_assert_msg (r_ == -(int) (code), "%s gave %d: %s", #call, r_,                                         \
                   (err) ? vprod_error_get_message (err) : "no error");                                      \
    ck_assert_ptr_nonnull (err);                                                                             \
    ck_assert_int_eq (vprod_error_get_code (err), (code));                                                   \
    ck_assert_msg (strstr (vprod_error_get_message (err), (part)) != NULL, "no \"%s\" in: %s", (part),       \
                   vprod_error_get_message (err));                                                           \
    vprod_error_free (err);                                                                                  \
    (err) = NULL;                                                                                            \
  } while (0)

/* A new folder for the test, in TMPDIR; remove it with unit_remove_tree. malloc'ed. */
char *unit_temp_dir (void);
void unit_remove_tree (const char *path);

/* From here on the process has no file descriptor that is free, until unit_give_descriptors. */
void unit_take_descriptors (void);
void unit_give_descriptors (void);

/* Writes a file, making its folders. */
void unit_write_file (const char *dir, const char *name, const char *content);

/* A whole file of the source tree ("tests/unit/data/x"), malloc'ed, ended by NUL. */
char *unit_read_source (const char *name, size_t *ret_length);

#endif
