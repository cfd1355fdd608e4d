/* SPDX-License-Identifier: MIT */
/*
 * drain: every request that was sent before the stop signal is answered rightly and whole. It is the same stop of the same
 * app that graceful-stop judges (session/stop.h), with a load on the app (probe/load.h): first so many requests a second, as
 * clients send them that keep their connections; then, around the signal, sixteen at once, each asked again as soon as it is
 * answered, so that quick answers are under way, too.
 *
 * What is "sent before the signal"? HTTP lets a server close a connection at any time, and what was sent on one that it takes
 * for idle is lost by right: the client repeats it on another (RFC 9112, 9.3.1 and 9.5). So nothing is judged by connections
 * that are kept. Each of the sixteen requests has a connection of its own and says "Connection: close" (RFC 9112, 9.6): a
 * server is to close that one after the final answer, and at no time before may it take it for idle. So a request counts
 *  - that was wholly handed to the kernel before the engine was told to send the signal: it sends that some milliseconds
 *    later, at a time that nobody knows;
 *  - that was handed over later, but before the engine had confirmed, if the app had it in its hands and ended with it: had
 *    begun to answer it, or did nothing before its end that shows that it answers what it has (see below).
 * The app had a request in its hands if an answer began, or if the connection was closed in order without one: what it has
 * not read the kernel answers with a reset. Whoever was reset waited in the queue of the listening socket, or unread. That is
 * a request cut off only if it waited so long that an app which takes connections had taken it (a tenth of a second, and what
 * the machine kept the app waiting); else it came with the signal and was refused, as what comes after it may be. A wrong
 * answer (503) counts by the same rule.
 * All this is seen at the container's own address. Where only a proxy of the engine's is reached, it takes connections that
 * the app never does, and hides how they end: what it closes without an answer is taken for a reset.
 *
 * Where the path is quick, all that was sent before may be answered before the signal comes. Then something else must show
 * that the app did not just end: one that was sent well before was answered well after, or a connection was refused while the
 * app was still alive. If nothing does, that is an error, which asks for a slower path.
 */
#include "checks/check.h"
#include "checks/drain/facts.h"

static void take_load (const struct vprod__stop *stop, struct vprod__drain_facts *facts)
{
  const struct vprod__stop_load *load = stop->load;

  facts->path = load->path;
  facts->no_port = load->no_port;
  facts->health_bad = load->health_bad;
  facts->problem = &load->problem;
  facts->direct = load->direct;
  facts->on_ms = load->on_ms;
  facts->stalled_before_ms = load->stalled_ms;
  if (!load->is_on)
    return;
  const struct vprod__load_report *report = vprod__load_report (load->load);
  const struct vprod__drain_when when = {
    .killed_ms = stop->ended ? 0 : stop->killed_ms,
    .ended_ms = stop->ended ? stop->called_ms + stop->ended_ms : stop->seen_ms,
    .stalled_before_ms = load->stalled_ms,
    .stalled_ms = stop->stalled_ms,
    .timeout_ms = facts->timeout_ms,
  };
  facts->before = report->before;
  facts->at_once = report->at_once;
  facts->spoiled = report->spoiled;
  vprod__drain_count (report, &when, &facts->count);
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  const char *stop_id = vprod__owner_of_stop.check_id;
  const struct vprod__stop *stop;

  int r = vprod__need_stop (session, 1, result, &stop, err);
  if (r != 0)
    return r < 0 ? r : 0;
  if (stop->load->error)
    return vprod__error_copy (err, stop->load->error);
  struct vprod__drain_facts facts = {
    .signal_words = stop->signal_words,
    .grace_ms = spec->checks.graceful_stop.grace_ms,
    .timeout_ms = spec->checks.drain.timeout_ms,
    .ended = stop->ended,
    .busy = stop->busy,
    .ended_ms = stop->ended_ms,
    .stalled_ms = stop->stalled_ms,
    .stall_is_known = stop->stall_is_known,
    .end_judged_by = vprod__session_runs (session, stop_id) ? stop_id : NULL,
    .health_judged_by = vprod__owner_of_health.check_id,
    .log = stop->log,
    .log_length = stop->log_length,
  };
  take_load (stop, &facts);
  return vprod__drain_judge (&facts, result, err);
}

const struct vprod__owner vprod__owner_of_load = { "drain", "requests are answered while the app stops" };

static int line_of_signal (const struct vprod__built *built, const vprod_result *result)
{
  static const char *const words[] = { "STOPSIGNAL", NULL };
  int line = vprod__line_of_last (built, words);

  return line ? line : vprod__line_of_command (built, result);
}

const struct vprod__check vprod__check_drain = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "drain",
    .title = "Requests sent before the stop signal are answered",
    .what = "Keeps a load on one path of the app while it is stopped, in the stop that is judged by its exit code, too: `rate` "
            "requests a second at first, then 16 at once, each asked again as soon as it is answered, until the engine "
            "says that it has sent the signal. Passes when each request that was sent before it got its whole right "
            "answer; those that came with it or after it may be refused. A path that does not answer rightly before, and "
            "one so quick that no request was under way, are errors.",
    .why = "Every deployment stops the old containers while users are served by them. An app that ends at once on the "
           "signal, even with exit code 0, cuts the requests that it is working on.",
    .remedy = "On the signal close the listening socket, answer what is under way, and end only then. Most servers can: "
              "some by another signal, which STOPSIGNAL names (nginx: SIGQUIT).",
    .run = vprod_check_drain,
  },
  .app_use = VPROD__APP_ENDS,
  .needs_services = 1,
  .place = { .line = line_of_signal },
  .run = run,
};
