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

#endif
