# SPDX-License-Identifier: MIT

# VPROD_PKG(NAME, MODULES, DEBIAN, FEDORA, ALPINE): PKG_CHECK_MODULES, but a missing module is only noted, so that
# VPROD_PKG_END can name them all at once.
AC_DEFUN([VPROD_PKG], [
  PKG_CHECK_MODULES([$1], [$2], [], [
    vprod_missing="$vprod_missing
    $2"
    vprod_missing_debian="$vprod_missing_debian $3"
    vprod_missing_fedora="$vprod_missing_fedora $4"
    vprod_missing_alpine="$vprod_missing_alpine $5"
  ])
])

AC_DEFUN([VPROD_PKG_END], [
  if test -n "$vprod_missing"; then
    AC_MSG_ERROR([these libraries are missing:$vprod_missing
  Debian, Ubuntu:  apt-get install$vprod_missing_debian
  Fedora:          dnf install$vprod_missing_fedora
  Alpine:          apk add$vprod_missing_alpine
  or let ./bootstrap --install do it.])
  fi
])

# VPROD_PKG_LINK(HEADER, CFLAGS, LIBS): can the compiler link what pkg-config names? When cross compiling, the build
# machine's own pkg-config names libraries of the build machine, which only the linker would find out.
AC_DEFUN([VPROD_PKG_LINK], [
  AC_MSG_CHECKING([whether $CC links the libraries that $PKG_CONFIG names])
  vprod_save_CPPFLAGS=$CPPFLAGS
  vprod_save_LIBS=$LIBS
  CPPFLAGS="$CPPFLAGS $2"
  LIBS="$3 $LIBS"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([@%:@include <$1>], [return curl_global_init (CURL_GLOBAL_ALL)])],
    [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
     AC_MSG_FAILURE([$CC cannot link the libraries that $PKG_CONFIG names.
  They may be of another architecture than ${host:-this one}. When cross compiling, name the pkg-config of that architecture
  (PKG_CONFIG=${host_alias:-ARCHITECTURE}-pkg-config, or PKG_CONFIG_LIBDIR) and install its libraries.])])
  CPPFLAGS=$vprod_save_CPPFLAGS
  LIBS=$vprod_save_LIBS
])

# AX_VPROD_THREADS: -pthread where it is needed
AC_DEFUN([AX_VPROD_THREADS], [
  AC_SEARCH_LIBS([pthread_create], [pthread], [], [AC_MSG_ERROR([POSIX threads are needed])])
])

# VPROD_ADD_FLAG(VARIABLE, FLAG...): appends each flag that compiler and linker take
AC_DEFUN([VPROD_ADD_FLAG], [
  for vprod_flag in $2; do
    AC_MSG_CHECKING([whether $CC takes $vprod_flag])
    vprod_save=$CFLAGS
    CFLAGS="$CFLAGS -Werror $vprod_flag"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes]); $1="$[]$1 $vprod_flag"], [AC_MSG_RESULT([no])])
    CFLAGS=$vprod_save
  done
])

# VPROD_FLAGS: warnings, hardening, sanitizers and coverage in VPROD_CFLAGS and VPROD_LDFLAGS; CFLAGS stays the user's
AC_DEFUN([VPROD_FLAGS], [
  AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [treat warnings as errors])], [], [enable_werror=no])
  AC_ARG_ENABLE([asan], [AS_HELP_STRING([--enable-asan], [build with AddressSanitizer])], [], [enable_asan=no])
  AC_ARG_ENABLE([ubsan], [AS_HELP_STRING([--enable-ubsan], [build with UndefinedBehaviorSanitizer])], [], [enable_ubsan=no])
  AC_ARG_ENABLE([coverage], [AS_HELP_STRING([--enable-coverage], [build for gcov])], [], [enable_coverage=no])
  AC_ARG_ENABLE([hardening], [AS_HELP_STRING([--disable-hardening], [without hardening flags])], [], [enable_hardening=yes])
  AC_ARG_ENABLE([analyzer], [AS_HELP_STRING([--enable-analyzer], [build with gcc's -fanalyzer])], [], [enable_analyzer=no])

  VPROD_ADD_FLAG([VPROD_CFLAGS], [-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
    -Wpointer-arith -Wwrite-strings -Wcast-qual -Wformat=2 -Wundef -Wvla -Wduplicated-cond -Wlogical-op -Wnull-dereference \
    -Wno-missing-field-initializers -Wno-unused-parameter -fvisibility=hidden])
  AS_IF([test "$enable_hardening" = yes], [
    VPROD_ADD_FLAG([VPROD_CFLAGS], [-fstack-protector-strong -fstack-clash-protection -fcf-protection])
    VPROD_ADD_FLAG([VPROD_LDFLAGS], [-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed])
    # _FORTIFY_SOURCE wants optimisation, and is the user's business once CFLAGS or CPPFLAGS name it
    AS_CASE(["$CFLAGS $CPPFLAGS"], [*_FORTIFY_SOURCE*|*-O0*], [],
      [*-O*], [AS_IF([test "$enable_asan" = no], [VPROD_CPPFLAGS="$VPROD_CPPFLAGS -D_FORTIFY_SOURCE=2"])])
  ])
  AS_IF([test "$enable_asan" = yes], [
    VPROD_CFLAGS="$VPROD_CFLAGS -fsanitize=address -fno-omit-frame-pointer"; VPROD_LDFLAGS="$VPROD_LDFLAGS -fsanitize=address"])
  AS_IF([test "$enable_ubsan" = yes], [
    VPROD_CFLAGS="$VPROD_CFLAGS -fsanitize=undefined -fno-sanitize-recover=undefined"
    VPROD_LDFLAGS="$VPROD_LDFLAGS -fsanitize=undefined"])
  AS_IF([test "$enable_coverage" = yes], [VPROD_CFLAGS="$VPROD_CFLAGS --coverage"; VPROD_LDFLAGS="$VPROD_LDFLAGS --coverage"])
  AS_IF([test "$enable_analyzer" = yes], [VPROD_ADD_FLAG([VPROD_CFLAGS], [-fanalyzer])])
  AS_IF([test "$enable_werror" = yes], [VPROD_CFLAGS="$VPROD_CFLAGS -Werror"])
  AM_CONDITIONAL([SANITIZED], [test "$enable_asan$enable_ubsan" != nono])
  AC_SUBST([VPROD_CPPFLAGS])
  AC_SUBST([VPROD_CFLAGS])
  AC_SUBST([VPROD_LDFLAGS])

  AC_CACHE_CHECK([whether the linker takes a version script], [vprod_cv_version_script], [
    echo 'V { global: main; local: *; };' >conftest.sym
    vprod_save=$LDFLAGS
    LDFLAGS="$LDFLAGS -Wl,--version-script=conftest.sym"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [vprod_cv_version_script=yes], [vprod_cv_version_script=no])
    LDFLAGS=$vprod_save
    rm -f conftest.sym
  ])
  AM_CONDITIONAL([HAVE_VERSION_SCRIPT], [test "$vprod_cv_version_script" = yes])
])
