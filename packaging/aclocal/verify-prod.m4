# verify-prod.m4 - for projects that have a configure of their own                            -*- Autoconf -*-
# SPDX-License-Identifier: MIT

# AX_PROG_VERIFY_PROD([MINIMUM-VERSION], [ACTION-IF-FOUND], [ACTION-IF-NOT-FOUND])
# Looks for the program; sets and substitutes VERIFY_PROD (empty where there is none, or an older one).
AC_DEFUN([AX_PROG_VERIFY_PROD], [
  AC_ARG_VAR([VERIFY_PROD], [the program verify-prod])
  AC_PATH_PROG([VERIFY_PROD], [verify-prod])
  m4_ifnblank([$1], [
    AS_IF([test -n "$VERIFY_PROD"], [
      AC_MSG_CHECKING([whether $VERIFY_PROD is version $1 or later])
      ax_verify_prod_version=`"$VERIFY_PROD" --version 2>/dev/null | sed -n '1s/.* //p'`
      AS_VERSION_COMPARE([$ax_verify_prod_version], [$1],
        [AC_MSG_RESULT([no, $ax_verify_prod_version]); VERIFY_PROD=],
        [AC_MSG_RESULT([yes])], [AC_MSG_RESULT([yes, $ax_verify_prod_version])])
    ])
  ])
  AS_IF([test -n "$VERIFY_PROD"], [m4_default([$2], [:])], [m4_default([$3], [:])])
])

# VERIFY_PROD_CHECK_LIB([MINIMUM-VERSION], [ACTION-IF-FOUND], [ACTION-IF-NOT-FOUND])
# Sets VERIFY_PROD_CFLAGS and VERIFY_PROD_LIBS; without ACTION-IF-NOT-FOUND a missing library ends configure.
AC_DEFUN([VERIFY_PROD_CHECK_LIB], [
  PKG_CHECK_MODULES([VERIFY_PROD], [verify-prod]m4_ifnblank([$1], [[ >= $1]]), [$2], m4_ifnblank([$3], [[$3]]))
])
