/* SPDX-License-Identifier: MIT */
#include "session/before_image.h"
#include "session/base.h"
#include "session/engine.h"
#include "session/hide.h"
#include "session/image.h"
#include "session/made.h"
#include "session/parts.h"
#include "util/buf.h"
#include "util/thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MS 60000

struct one {
  struct vprod__before_images *images;
  struct vprod__before_run *run;
  char *tag;
  vprod_error *error;
  int result;
  int running; /* the thread below is to be joined */
  int done;
  pthread_t thread;
};

struct vprod__before_images {
  vprod_session *session;
  struct one *list; /* one a step; those without an image are done */
  size_t count;
  int over; /* under the monitor's lock: no image is wanted any more */
};

static int is_over (void *data, const struct vprod__steps *steps)
{
  struct vprod__before_images *images = data;

  vprod__monitor_lock (images->session->monitor);
  int over = images->over;
  vprod__monitor_unlock (images->session->monitor);
  return over;
}

/* "verify-prod-session/NAME.before2:ID" */
static int make_tag (struct one *one, vprod_error **err)
{
  const vprod_session *session = one->images->session;
  int name_length = (int) (strrchr (session->image->tag, ':') - session->image->tag);

  one->tag = vprod__asprintf ("%.*s.before%zu:%s", name_length, session->image->tag, one->run->nth, session->id);
  return one->tag ? 0 : vprod__error_no_memory (err);
}

static int build (struct one *one, vprod_error **err)
{
  vprod_session *session = one->images->session;
  char shown_as[32];
  const vprod_engine_facts *engine;
  struct vprod__build_options options = {
    .image = &one->run->step->image,
    .shown_as = shown_as,
    .timeout_ms = session->spec->checks.build.timeout_ms,
    .enough = is_over,
    .enough_data = one->images,
  };

  int r = vprod__get_engine (session, &engine, err);
  if (r == 0)
    r = make_tag (one, err);
  if (r < 0)
    return r;
  options.tag = one->tag;
  snprintf (shown_as, sizeof shown_as, session->spec->run.n_before > 1 ? "before %zu" : "before", one->run->nth);
  /* registered before the build: one that is cut off may have set its tag */
  if (vprod__made_add (session, VPROD_OBJECT_IMAGE_TAG, one->tag) < 0)
    return vprod__error_no_memory (err);
  r = vprod__build_image (session, &options, 1, &one->run->build, err);
  if (r == 0 && one->run->build.withheld)
    r = vprod__build_not_told (one->run->build.withheld, err);
  if (r == 0 && one->run->build.facts.succeeded && !(one->run->image = strdup (one->tag)))
    r = vprod__error_no_memory (err);
  return r;
}

static int take_given (struct one *one, vprod_error **err)
{
  const struct vprod__spec_image *image = &one->run->step->image;

  int r = vprod__image_obtain (one->images->session, image->ref, image->platform, err);
  if (r == 0 && !(one->run->image = strdup (image->ref)))
    r = vprod__error_no_memory (err);
  return r;
}

/* What its configuration holds is not shown either. */
static int hide (struct one *one, vprod_error **err)
{
  _cleanup_image_facts_ vprod_image_facts facts = { 0 };
  vprod_session *session = one->images->session;
  vprod_call call;

  vprod__session_call (session, ANSWER_MS, &call);
  int r = vprod__runner_image_facts (session->runner, &call, one->run->image, &facts, err);
  if (r == 0 && vprod__session_hide_image (session, &facts) < 0)
    r = vprod__error_no_memory (err);
  return r;
}

static void *make (void *data)
{
  struct one *one = data;

  one->result = one->run->step->image.ref ? take_given (one, &one->error) : build (one, &one->error);
  if (one->result == 0 && one->run->image)
    one->result = hide (one, &one->error);
  return NULL;
}

int vprod__before_images_begin (vprod_session *session, struct vprod__before_run *runs, size_t count,
                                struct vprod__before_images **ret, vprod_error **err)
{
  struct vprod__before_images *images = calloc (1, sizeof *images);

  if (images)
    images->list = calloc (count + 1, sizeof *images->list);
  if (!images || !images->list) {
    free (images);
    return vprod__error_no_memory (err);
  }
  images->session = session;
  images->count = count;
  for (size_t i = 0; i < count; i++) {
    struct one *one = &images->list[i];
    *one = (struct one) { .images = images, .run = &runs[i], .done = !runs[i].step->has_image };
    /* where the machine gives no thread, it is made when it is waited for */
    one->running = !one->done && vprod__thread_start (&one->thread, make, one) == 0;
  }
  *ret = images;
  return 0;
}

int vprod__before_images_wait (struct vprod__before_images *images, size_t index, vprod_error **err)
{
  struct one *one = &images->list[index];

  if (one->running)
    pthread_join (one->thread, NULL);
  else if (!one->done)
    make (one);
  one->running = 0;
  one->done = 1;
  return one->result < 0 ? vprod__error_move (err, &one->error) : 0;
}

void vprod__before_images_end (struct vprod__before_images *images)
{
  if (!images)
    return;
  vprod__monitor_lock (images->session->monitor);
  images->over = 1;
  vprod__monitor_unlock (images->session->monitor);
  for (size_t i = 0; i < images->count; i++) {
    if (images->list[i].running)
      pthread_join (images->list[i].thread, NULL);
    vprod_error_free (images->list[i].error);
    free (images->list[i].tag);
  }
  free (images->list);
  free (images);
}
