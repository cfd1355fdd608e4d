/* SPDX-License-Identifier: MIT */
#ifndef NOTES_NOTES_H
#define NOTES_NOTES_H

#include "database.h"

#include <jansson.h>

/* The notes that the database keeps, as JSON objects {"id", "text", "created_at"}. Each function returns a new
   reference, or NULL when the database could not do it. */

/* Makes the table where there is none. */
int notes_prepare (struct database *database);

json_t *notes_add (struct database *database, const char *text);

/* The newest hundred, in an array. */
json_t *notes_list (struct database *database);

/* JSON null where there is no such note. */
json_t *notes_get (struct database *database, const char *id);

#endif
