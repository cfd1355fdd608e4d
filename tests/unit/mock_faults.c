/* SPDX-License-Identifier: MIT */
/* Every call of a slot passes here: it is written down, and breaks where the test wants it to. */
#include "mock_inside.h"

#include <stddef.h>
#include <stdio.h>

#include "util/cancel.h"
#include "util/clock.h"

__thread int mock__own_code;

void *mock__alloc (size_t size)
{
  void *p = calloc (1, size);

  ck_assert_ptr_nonnull (p);
  return p;
}

char *mock__strdup (const char *text)
{
  char *copy = text ? strdup (text) : NULL;

  ck_assert (!text || copy);
  return copy;
}

static const char *const slots[] = {
  "engine_facts",        "build",            "image_pull",          "image_facts",     "image_history",
  "image_export",        "image_remove",     "network_create",      "network_remove",  "container_create",
  "container_start",     "container_facts",  "container_wait",      "container_signal", "container_logs",
  "container_exec",      "container_processes", "container_has_path", "container_copy", "container_remove",
  "volume_remove",       "list_objects",     "container_changes",   "container_events",
  "container_put",       "volume_create",    "network_keep_address", NULL,
};

const char *mock_slot_at (size_t index)
{
  return index < sizeof slots / sizeof slots[0] ? slots[index] : NULL;
}

static void add_fault (struct mock *mock, const char *slot, int nth, enum mock_fault_kind kind,
                       vprod_error_code code)
{
  struct mock_fault *fault = mock__alloc (sizeof *fault);
  size_t i = 0;

  while (slots[i] && strcmp (slots[i], slot) != 0)
    i++;
  ck_assert_msg (slots[i] != NULL, "no slot is called %s", slot);
  *fault = (struct mock_fault) { slots[i], nth, kind, code, NULL };
  pthread_mutex_lock (&mock->in->mutex);
  fault->next = mock->in->faults;
  mock->in->faults = fault;
  pthread_mutex_unlock (&mock->in->mutex);
}

void mock_fail (struct mock *mock, const char *slot, int nth, vprod_error_code code)
{
  add_fault (mock, slot, nth, MOCK_FAIL, code);
}

void mock_fail_after (struct mock *mock, const char *slot, int nth, vprod_error_code code)
{
  add_fault (mock, slot, nth, MOCK_FAIL_AFTER, code);
}

void mock_hang (struct mock *mock, const char *slot, int nth)
{
  add_fault (mock, slot, nth, MOCK_HANG, VPROD_ERROR_CANCELLED);
}

void mock_hang_after (struct mock *mock, const char *slot, int nth)
{
  add_fault (mock, slot, nth, MOCK_HANG_AFTER, VPROD_ERROR_CANCELLED);
}

void mock_lie (struct mock *mock, const char *slot, int nth)
{
  add_fault (mock, slot, nth, MOCK_LIE, VPROD_ERROR_ENGINE);
}

static struct mock_record *record_call (struct mock_inside *in, const char *slot, const char *argument)
{
  struct mock_record *record = mock__alloc (sizeof *record);

  record->slot = slot;
  record->argument = mock__strdup (argument ? argument : "");
  record->began_ms = vprod__now_ms ();
  in->records = realloc (in->records, (in->n_records + 1) * sizeof *in->records);
  ck_assert_ptr_nonnull (in->records);
  in->records[in->n_records++] = record;
  return record;
}

static struct mock_fault *find_fault (struct mock_inside *in, const char *slot)
{
  int nth = 0;

  for (size_t i = 0; i < in->n_records; i++)
    nth += strcmp (in->records[i]->slot, slot) == 0;
  for (struct mock_fault *fault = in->faults; fault; fault = fault->next)
    if (strcmp (fault->slot, slot) == 0 && (fault->nth == 0 || fault->nth == nth))
      return fault;
  return NULL;
}

static int hang (const vprod_call *call, vprod_error **err)
{
  int r;

  do
    r = vprod__call_sleep (call, 60000, MOCK_FAULT, err);
  while (r == 0);
  return r;
}

static int break_call (const struct mock_fault *fault, const vprod_call *call, vprod_error **err)
{
  if (fault->kind == MOCK_HANG || fault->kind == MOCK_HANG_AFTER)
    return hang (call, err);
  return vprod__error_set (err, fault->code, 0, "%s: " MOCK_FAULT, fault->slot);
}

/* Gives the call's result to the record, and to the caller. */
static int ended (struct mock_visit *visit, int result)
{
  pthread_mutex_lock (&visit->mock->in->mutex);
  visit->record->ended_ms = vprod__now_ms ();
  visit->record->result = result;
  pthread_mutex_unlock (&visit->mock->in->mutex);
  mock__own_code--;
  return result;
}

int mock__enter (struct mock *mock, const char *slot, const char *argument, const vprod_call *call,
                 struct mock_visit *visit, vprod_error **err)
{
  struct mock_inside *in = mock->in;
  struct mock_fault *fault;
  int r = 0;

  mock__own_code++;
  pthread_mutex_lock (&in->mutex);
  visit->mock = mock;
  visit->call = call;
  visit->after = NULL;
  visit->record = record_call (in, slot, argument);
  fault = find_fault (in, slot);
  pthread_mutex_unlock (&in->mutex);

  if (fault && (fault->kind == MOCK_FAIL_AFTER || fault->kind == MOCK_HANG_AFTER))
    visit->after = fault;
  else if (fault && fault->kind != MOCK_LIE)
    r = break_call (fault, call, err);
  if (r == 0)
    r = mock->latency_ms > 0 ? vprod__call_sleep (call, mock->latency_ms, slot, err)
                             : vprod__call_check (call, slot, err);
  if (r == 0 && fault && fault->kind == MOCK_LIE) {
    ended (visit, 0);
    return 1;
  }
  return r < 0 ? ended (visit, r) : 0;
}

int mock__leave (struct mock_visit *visit, int result, vprod_error **err)
{
  if (visit->after)
    result = break_call (visit->after, visit->call, err);
  return ended (visit, result);
}

static int is_asked_for (const struct mock_record *record, const char *slot, const char *argument)
{
  return strcmp (record->slot, slot) == 0 && (!argument || strstr (record->argument, argument));
}

int mock_count (struct mock *mock, const char *slot, const char *argument)
{
  int n = 0;

  pthread_mutex_lock (&mock->in->mutex);
  for (size_t i = 0; i < mock->in->n_records; i++)
    n += is_asked_for (mock->in->records[i], slot, argument);
  pthread_mutex_unlock (&mock->in->mutex);
  return n;
}

int mock_nth_call (struct mock *mock, const char *slot, const char *argument, int nth, struct mock_call *ret)
{
  int n = 0;

  pthread_mutex_lock (&mock->in->mutex);
  for (size_t i = 0; i < mock->in->n_records && n < nth; i++) {
    const struct mock_record *record = mock->in->records[i];
    if (is_asked_for (record, slot, argument) && ++n == nth)
      *ret = (struct mock_call) { record->slot, record->argument, record->began_ms, record->ended_ms,
                                  record->result };
  }
  pthread_mutex_unlock (&mock->in->mutex);
  return n == nth;
}

void mock_wait_called (struct mock *mock, const char *slot, const char *argument, int times)
{
  int64_t deadline = vprod__deadline (10000);

  while (mock_count (mock, slot, argument) < times) {
    ck_assert_msg (vprod__now_ms () < deadline, "%s was not called %d times", slot, times);
    usleep (1000);
  }
}
