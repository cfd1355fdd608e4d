/* SPDX-License-Identifier: MIT */
/* Shared by the other headers; not meant to be included alone. */
#ifndef VERIFY_PROD_MACROS_H
#define VERIFY_PROD_MACROS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
# define VPROD_BEGIN_DECLS extern "C" {
# define VPROD_END_DECLS }
#else
# define VPROD_BEGIN_DECLS
# define VPROD_END_DECLS
#endif

#if defined __GNUC__ && __GNUC__ >= 4
# define VPROD_API __attribute__ ((visibility ("default")))
#else
# define VPROD_API
#endif

/* A warning where what is returned is not used: an error, or memory that belongs to the caller. */
#if defined __GNUC__ || defined __clang__
# define VPROD_MUST_USE __attribute__ ((warn_unused_result))
#else
# define VPROD_MUST_USE
#endif

/* A warning where a NULL is passed that the function can only answer with INVALID; the numbers of such parameters, from 1.
   VPROD_NO_NONNULL leaves it out: for the library itself, which looks for NULL all the same. */
#if (defined __GNUC__ || defined __clang__) && !defined VPROD_NO_NONNULL
# define VPROD_NONNULL(...) __attribute__ ((nonnull (__VA_ARGS__)))
#else
# define VPROD_NONNULL(...)
#endif

/* What a structure with a member `size` begins with: `vprod_run_options options = VPROD_RUN_OPTIONS_INIT;`. Each such
   structure that a caller fills has its own macro beside it. */
#ifdef __cplusplus
extern "C++" {
template <typename type> inline type vprod_sized ()
{
  type zero = type ();
  zero.size = sizeof (type);
  return zero;
}
}
# define VPROD_INIT(type) vprod_sized<type> ()
#else
# define VPROD_INIT(type) { .size = sizeof (type) }
#endif

#endif
