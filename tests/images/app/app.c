/* SPDX-License-Identifier: MIT */
/*
 * The service in the corpus of images: good unless it is told to misbehave by its arguments. It is linked statically, so
 * that it runs FROM scratch, and answers one request at a time, which is enough for a prober.
 *
 *   app [OPTION [VALUE]]...
 *
 *   --port N              8000        --bind ADDRESS        0.0.0.0
 *   --status N            200         --status-first N S    N during the first S seconds
 *   --body TEXT           ok          --redirect URL        302 with this Location
 *   --only-path PATH      404 to all others
 *   --want-host NAME      400 to every other Host           --want-https          301 to https without X-Forwarded-Proto
 *   --want-header LINE    403, with the request in its body, to one without this line ("X-Probe: abc")
 *   --also-port N         another port, open from the start, that answers 200
 *   --grpc STATUS         the health service of gRPC on the port: 0 UNKNOWN, 1 SERVING, 2 NOT_SERVING; -1: there is none
 *   --grpc-service N S    of a service of this name; others it does not know
 *   --busy-first S        a child keeps the processor busy for S seconds
 *   --log-first S         a line every 0.3 s during the first S seconds
 *   --listen-after S      opens the port only then
 *   --answer HOW          well | never | drip | drip-body | headers (endless) | endless | short (of its length) | close |
 *                         shut (without reading) | garbage | tls (an alert) | http2 (a frame) | ssh (a banner)
 *   --takes S             an answer takes so long, in a child process of its own: many at once
 *   --drain HOW           wait | leave | refuse (503) | half: what becomes of those when it is stopped
 *   --flap                503 to every second request
 *   --daemonize           goes on in the background, as daemons of old do
 *   --hog MB              takes so much memory after the first answer
 *   --crash-after N       exits 1 after N answers
 *   --exit CODE S         ends by itself with CODE after S seconds
 *   --need NAME           exits 1 unless NAME is set and not empty    --need-set NAME  … unless it is set
 *   --on-missing HOW      exit | exit-zero | run | hang: what a missing variable leads to
 *   --say TEXT            "Started server on port 8000"
 *   --say-to WHERE        stdout | stderr | nowhere | PATH (a file)
 *   --say-how HOW         line | no-newline | colour | binary | buffered (until exit)
 *   --say-after S
 *   --noise BYTES         so many bytes of other output first
 *   --access HOW          a line for each request: path | json (slashes escaped) | time (not the path) | late (once: a list of
 *                         paths, as the first request comes)
 *   --on-stop HOW         exit CODE is given by --stop-code | ignore | default | hang | kill (itself, by SIGKILL)
 *   --stop-code N         0           --stop-signal N       15        --stop-after S   how long stopping takes
 *   --child               also runs a child process that only waits
 *   --setuid UID          becomes UID after that (the child stays what it was)
 */
#ifndef _GNU_SOURCE
# define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct {
  int port, status, status_first, crash_after, exit_code, stop_code, stop_signal, child, setuid, flap, daemonize, hog,
    want_https, also_port, grpc, grpc_status, grpc_service_status;
  double status_first_s, busy_first, log_first, listen_after, exit_s, say_after, stop_after, takes;
  long noise;
  const char *only_path, *want_host, *want_header, *grpc_service;
  const char *bind, *body, *redirect, *answer, *on_missing, *say, *say_to, *say_how, *on_stop, *access, *drain;
  const char *need[16], *need_set[16];
  size_t n_need, n_need_set;
} o = {
  .port = 8000, .status = 200, .exit_code = -1, .stop_signal = SIGTERM, .bind = "0.0.0.0", .body = "{\"status\":\"ok\"}",
  .answer = "well", .drain = "wait", .on_missing = "exit", .say = "Started server on port 8000", .say_to = "stdout", .say_how = "line",
  .on_stop = "exit",
};

static volatile sig_atomic_t stopping;
static double started;

static double now (void)
{
  struct timespec t;
  clock_gettime (CLOCK_MONOTONIC, &t);
  return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static int is (const char *a, const char *b)
{
  return strcmp (a, b) == 0;
}

static void sleep_s (double seconds)
{
  double end = now () + seconds;
  for (double left; (left = end - now ()) > 0;) {
    struct timespec t = { (time_t) left, (long) ((left - (double) (time_t) left) * 1e9) };
    nanosleep (&t, NULL);
  }
}

static void on_signal (int signal)
{
  (void) signal;
  stopping = 1;
}

static void stop (void)
{
  if (is (o.on_stop, "hang"))
    for (;;)
      pause ();
  if (is (o.on_stop, "kill"))
    kill (getpid (), SIGKILL);
  sleep_s (o.stop_after);
  exit (o.stop_code);
}

static void parse (int argc, char **argv)
{
  for (int i = 1; i < argc; i++) {
    const char *name = argv[i];
#define VALUE (i + 1 < argc ? argv[++i] : (fprintf (stderr, "app: %s wants a value\n", name), exit (64), ""))
#define TEXT(option, member) else if (is (name, option)) o.member = VALUE
#define NUMBER(option, member) else if (is (name, option)) o.member = atoi (VALUE)
#define SECONDS(option, member) else if (is (name, option)) o.member = atof (VALUE)
    if (is (name, "--child"))
      o.child = 1;
    else if (is (name, "--flap"))
      o.flap = 1;
    else if (is (name, "--want-https"))
      o.want_https = 1;
    else if (is (name, "--daemonize"))
      o.daemonize = 1;
    else if (is (name, "--status-first")) {
      o.status_first = atoi (VALUE);
      o.status_first_s = atof (VALUE);
    } else if (is (name, "--grpc")) {
      o.grpc = 1;
      o.grpc_status = atoi (VALUE);
    } else if (is (name, "--grpc-service")) {
      o.grpc_service = VALUE;
      o.grpc_service_status = atoi (VALUE);
    } else if (is (name, "--exit")) {
      o.exit_code = atoi (VALUE);
      o.exit_s = atof (VALUE);
    } else if (is (name, "--need"))
      o.need[o.n_need++ % 16] = VALUE;
    else if (is (name, "--need-set"))
      o.need_set[o.n_need_set++ % 16] = VALUE;
    NUMBER ("--port", port);
    TEXT ("--bind", bind);
    NUMBER ("--status", status);
    TEXT ("--body", body);
    TEXT ("--redirect", redirect);
    TEXT ("--only-path", only_path);
    TEXT ("--access", access);
    TEXT ("--want-host", want_host);
    TEXT ("--want-header", want_header);
    NUMBER ("--also-port", also_port);
    SECONDS ("--busy-first", busy_first);
    SECONDS ("--log-first", log_first);
    SECONDS ("--listen-after", listen_after);
    TEXT ("--answer", answer);
    NUMBER ("--crash-after", crash_after);
    TEXT ("--on-missing", on_missing);
    TEXT ("--say", say);
    TEXT ("--say-to", say_to);
    TEXT ("--say-how", say_how);
    SECONDS ("--say-after", say_after);
    SECONDS ("--takes", takes);
    TEXT ("--drain", drain);
    NUMBER ("--noise", noise);
    TEXT ("--on-stop", on_stop);
    NUMBER ("--stop-code", stop_code);
    NUMBER ("--stop-signal", stop_signal);
    SECONDS ("--stop-after", stop_after);
    NUMBER ("--setuid", setuid);
    NUMBER ("--hog", hog);
    else
    {
      fprintf (stderr, "app: unknown option %s\n", name);
      exit (64);
    }
  }
}

static void check_environment (void)
{
  const char *missing = NULL;

  for (size_t i = 0; i < o.n_need && !missing; i++) {
    const char *value = getenv (o.need[i]);
    if (!value || !*value)
      missing = o.need[i];
  }
  for (size_t i = 0; i < o.n_need_set && !missing; i++)
    if (!getenv (o.need_set[i]))
      missing = o.need_set[i];
  if (!missing || is (o.on_missing, "run"))
    return;
  fprintf (stderr, "app: the variable %s is required\n", missing);
  if (is (o.on_missing, "hang"))
    for (;;)
      pause ();
  exit (is (o.on_missing, "exit-zero") ? 0 : 1);
}

static void say (void)
{
  FILE *to = is (o.say_to, "stderr") ? stderr : stdout;

  for (long i = 0; i < o.noise; i++)
    putc (i % 64 == 63 ? '\n' : "\x01\xff noise"[i % 8], stdout);
  fflush (stdout);
  if (is (o.say_to, "nowhere"))
    return;
  if (o.say_to[0] == '/' && !(to = fopen (o.say_to, "a"))) {
    perror (o.say_to);
    exit (1);
  }
  if (is (o.say_how, "buffered")) /* stdio's own buffer is written at exit */
    setvbuf (to, NULL, _IOFBF, 65536);
  fprintf (to, is (o.say_how, "colour") ? "\033[32mINFO\033[0m \033[1m%.4s\033[0m%s\n"
               : is (o.say_how, "binary") ? "\x02\xfe%.4s%s\x80\n"
               : is (o.say_how, "no-newline") ? "%.4s%s" : "%.4s%s\n", o.say, o.say + (strlen (o.say) < 4 ? strlen (o.say) : 4));
  if (!is (o.say_how, "buffered"))
    fflush (to);
}

static int open_port (int port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((uint16_t) port) };
  int yes = 1, fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  inet_pton (AF_INET, o.bind, &address.sin_addr);
  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) < 0 || listen (fd, 16) < 0) {
    perror ("app: cannot listen");
    exit (1);
  }
  return fd;
}

/* Sends piece by piece; stops early when the peer is gone or we are told to stop. */
static int drip (int fd, const char *text, double pause_s)
{
  for (; *text && !stopping; text++) {
    if (send (fd, text, 1, MSG_NOSIGNAL) != 1)
      return -1;
    sleep_s (pause_s);
  }
  return 0;
}

/* Takes memory and uses it. */
static void hog (void)
{
  for (int i = 0; i < o.hog; i++) {
    char *more = malloc (1 << 20);
    if (!more)
      exit (1);
    memset (more, i | 1, 1 << 20);
  }
  o.hog = 0;
}

static void send_text (int fd, const char *text)
{
  send (fd, text, strlen (text), MSG_NOSIGNAL);
}

/* What comes of a request's path, Host and X-Forwarded-Proto. 1: it is answered. */
static int refuses (int fd, const char *request)
{
  const char *host = strstr (request, "\r\nHost: ");
  char head[512], long_head[5000], path[256] = "", name[128] = "";

  sscanf (request, "%*s %255s", path);
  if (host)
    sscanf (host + 8, "%127[^\r]", name);
  if (o.only_path && !is (path, o.only_path)) {
    send_text (fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\nConnection: close\r\n\r\nnot found");
    return 1;
  }
  if (o.want_host && strncmp (name, o.want_host, strlen (o.want_host)) != 0) {
    send_text (fd, "HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbad");
    return 1;
  }
  if (o.want_header && !strstr (request, o.want_header)) {
    snprintf (long_head, sizeof long_head, "HTTP/1.1 403 Forbidden\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
              strlen (request), request);
    send_text (fd, long_head);
    return 1;
  }
  if (o.want_https && !strstr (request, "X-Forwarded-Proto: https")) {
    snprintf (head, sizeof head, "HTTP/1.1 301 Moved\r\nLocation: https://%s%s\r\nContent-Length: 0\r\n"
              "Connection: close\r\n\r\n", name, path);
    send_text (fd, head);
    return 1;
  }
  return 0;
}

/* ---- gRPC: HTTP/2 as far as one call needs it ------------------------------------------------------------- */

/* Fills text with what comes until the frame that ends stream 1; where its bytes are, or NULL. */
static const unsigned char *read_message (int fd, unsigned char *text, size_t size, size_t *ret_length)
{
  size_t have = 0, at = 24; /* after the preface */

  for (;;) {
    while (at + 9 <= have) {
      size_t length = (size_t) text[at] << 16 | (size_t) text[at + 1] << 8 | text[at + 2];
      if (at + 9 + length > have)
        break;
      if (text[at + 3] == 0 && (text[at + 4] & 1)) {
        *ret_length = length;
        return text + at + 9;
      }
      at += 9 + length;
    }
    ssize_t n = have < size ? recv (fd, text + have, size - have, 0) : 0;
    if (n <= 0)
      return NULL;
    have += (size_t) n;
  }
}

static void send_frame (int fd, int type, int flags, const void *payload, size_t length)
{
  unsigned char frame[256] = { 0, (unsigned char) (length >> 8), (unsigned char) length, (unsigned char) type,
                               (unsigned char) flags, 0, 0, 0, type != 4 };

  memcpy (frame + 9, payload, length);
  send (fd, frame, 9 + length, MSG_NOSIGNAL);
}

/* The status of the call, and of the service with it. */
static void send_call (int fd, int status, int serving)
{
  static const char head[] = "\x88\0\x0c" "content-type\x10" "application/grpc";
  char all[128], trailer[32], message[] = { 0, 0, 0, 0, 2, 8, (char) serving };
  int n = snprintf (trailer, sizeof trailer, "_\x0bgrpc-status%c%d", status > 9 ? 2 : 1, status);

  trailer[0] = '\0'; /* a literal that is not kept */
  send_frame (fd, 4, 0, "", 0);
  send_frame (fd, 4, 1, "", 0);
  if (status == 0) {
    send_frame (fd, 1, 4, head, sizeof head - 1);
    send_frame (fd, 0, 0, message, sizeof message);
    send_frame (fd, 1, 5, trailer, (size_t) n);
    return;
  }
  memcpy (all, head, sizeof head - 1);
  memcpy (all + sizeof head - 1, trailer, (size_t) n);
  send_frame (fd, 1, 5, all, sizeof head - 1 + (size_t) n);
}

static void answer_grpc (int fd)
{
  unsigned char text[4096];
  size_t length = 0;
  struct pollfd gone = { .fd = fd, .events = POLLIN };
  const unsigned char *message = read_message (fd, text, sizeof text, &length);
  char name[128] = "";

  if (!message)
    return;
  if (length > 7 && length - 7 < sizeof name)
    memcpy (name, message + 7, length - 7);
  if (o.grpc_status < 0)
    send_call (fd, 12, 0);
  else if (!*name)
    send_call (fd, 0, o.grpc_status);
  else if (o.grpc_service && is (name, o.grpc_service))
    send_call (fd, 0, o.grpc_service_status);
  else
    send_call (fd, 5, 0);
  while (poll (&gone, 1, 1000) > 0 && recv (fd, text, sizeof text, 0) > 0)
    ;
}

/* The other port. */
static void answer_also (int fd)
{
  char request[4096];
  ssize_t ignored = recv (fd, request, sizeof request, 0);

  (void) ignored;
  send_text (fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
}

static void keep_busy (void)
{
  if (fork () != 0)
    return;
  while (now () - started < o.busy_first)
    ;
  _exit (0);
}

static void log_request (const char *request)
{
  static int requests;
  char path[256] = "";

  sscanf (request, "%*s %255s", path);
  if (!path[0] || !o.access)
    return;
  requests++;
  if (is (o.access, "path"))
    printf ("127.0.0.1 - \"\033[1mGET %s HTTP/1.1\033[0m\" 200\n", path);
  else if (is (o.access, "time"))
    printf ("request %d for /healthz took 3 ms\n", requests);
  else if (is (o.access, "late") && is (path, "/orders/7") && requests > 0) {
    requests = -1000000;
    printf ("serving /health and /orders/7\n");
  }
  else if (is (o.access, "json")) {
    printf ("{\"path\":\"");
    for (const char *p = path; *p && *p != '?'; p++)
      printf (*p == '/' ? "\\/" : "%c", *p);
    printf ("\"}\n");
  }
  fflush (stdout);
}

static void answer (int fd)
{
  static int requests;
  char request[4096] = "", head[512];

  if (o.grpc) {
    answer_grpc (fd);
    return;
  }
  if (is (o.answer, "shut"))
    return;
  int status = o.status_first_s > 0 && now () - started < o.status_first_s ? o.status_first : o.status;
  ssize_t ignored = recv (fd, request, sizeof request - 1, 0);

  (void) ignored;
  log_request (request);
  if (refuses (fd, request))
    return;
  if (is (o.answer, "tls")) { /* fatal, unexpected_message */
    send (fd, "\x15\x03\x01\x00\x02\x02\x0a", 7, MSG_NOSIGNAL);
    return;
  }
  if (is (o.answer, "http2")) { /* SETTINGS, none; to who speaks it also 200, in HEADERS that end stream 1 */
    send (fd, "\0\0\0\x04\0\0\0\0\0", 9, MSG_NOSIGNAL);
    if (strncmp (request, "PRI * HTTP/2.0", 14) == 0)
      send (fd, "\0\0\x01\x01\x05\0\0\0\x01\x88", 10, MSG_NOSIGNAL);
    return;
  }
  if (is (o.answer, "ssh")) {
    send_text (fd, "SSH-2.0-OpenSSH_9.2\r\n");
    return;
  }
  if (is (o.answer, "close"))
    return;
  if (is (o.answer, "never")) {
    struct pollfd gone = { .fd = fd, .events = POLLIN };
    while (!stopping && !(poll (&gone, 1, 100) > 0 && recv (fd, request, sizeof request, 0) <= 0))
      ;
    return;
  }
  if (is (o.answer, "garbage")) {
    send (fd, "\x16\x03\x01 no http\n", 14, MSG_NOSIGNAL);
    return;
  }
  if (is (o.answer, "headers")) {
    send (fd, "HTTP/1.1 200 OK\r\n", 17, MSG_NOSIGNAL);
    while (!stopping && send (fd, "X-More: and more\r\n", 18, MSG_NOSIGNAL) == 18)
      ;
    return;
  }
  if (o.flap && ++requests % 2 == 0)
    status = 503;
  if (is (o.answer, "endless")) {
    send (fd, "HTTP/1.1 200 OK\r\n\r\nok", 21, MSG_NOSIGNAL);
    while (!stopping && send (fd, " and more", 9, MSG_NOSIGNAL) == 9)
      ;
    return;
  }
  if (is (o.answer, "short")) {
    send (fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok", 42, MSG_NOSIGNAL);
    return;
  }
  if (o.redirect)
    snprintf (head, sizeof head, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
              o.redirect);
  else
    snprintf (head, sizeof head, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", status,
              strlen (o.body), o.body);
  if (is (o.answer, "drip"))
    drip (fd, head, 1);
  else if (is (o.answer, "drip-body")) {
    size_t body = strlen (head) - strlen (o.body);
    if (send (fd, head, body, MSG_NOSIGNAL) == (ssize_t) body)
      drip (fd, head + body, 1);
  } else
    send (fd, head, strlen (head), MSG_NOSIGNAL);
  hog ();
  if (o.crash_after > 0 && --o.crash_after == 0)
    exit (1);
}

/* In a process of its own. */
static void answer_late (int fd)
{
  char request[4096];
  ssize_t ignored = recv (fd, request, sizeof request, 0);
  double end = now () + o.takes;

  (void) ignored;
  if (is (o.drain, "half"))
    send_text (fd, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nok");
  while (now () < end && !(stopping && is (o.drain, "refuse")))
    poll (NULL, 0, 5);
  if (is (o.drain, "half"))
    send_text (fd, "ok");
  else if (stopping && is (o.drain, "refuse"))
    send_text (fd, "HTTP/1.1 503 Bye\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  else
    send_text (fd, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nokok");
  exit (0);
}

static void answer_in_child (int fd, int listener)
{
  while (waitpid (-1, NULL, WNOHANG) > 0)
    ;
  if (fork () != 0)
    return;
  close (listener);
  answer_late (fd);
}

/* Of those that still answer. */
static void wait_for_children (void)
{
  if (is (o.drain, "refuse"))
    kill (0, o.stop_signal);
  while (waitpid (-1, NULL, 0) > 0 || errno == EINTR)
    ;
}

static void handle_stop_signal (void)
{
  struct sigaction action = { .sa_handler = on_signal };

  if (is (o.on_stop, "ignore"))
    action.sa_handler = SIG_IGN;
  else if (is (o.on_stop, "default"))
    action.sa_handler = SIG_DFL;
  sigaction (o.stop_signal, &action, NULL);
}

int main (int argc, char **argv)
{
  int fd = -1, also = -1, said = 0;
  double next_line = 0;

  started = now ();
  parse (argc, argv);
  handle_stop_signal ();
  check_environment ();
  if (o.daemonize && fork () != 0)
    return 0;
  if (o.child && fork () == 0)
    for (;;)
      pause ();
  if (o.setuid > 0 && (setgid ((gid_t) o.setuid) < 0 || setuid ((uid_t) o.setuid) < 0)) {
    perror ("app: cannot change user");
    return 1;
  }
  if (o.busy_first > 0)
    keep_busy ();
  if (o.also_port > 0)
    also = open_port (o.also_port);
  while (!stopping) {
    double age = now () - started;
    if (o.exit_code >= 0 && age >= o.exit_s)
      return o.exit_code;
    if (!said && age >= o.say_after) {
      say ();
      said = 1;
    }
    if (fd < 0 && age >= o.listen_after)
      fd = open_port (o.port);
    if (age < o.log_first && age >= next_line) {
      printf ("still starting, after %.1f s\n", age);
      fflush (stdout);
      next_line = age + 0.3;
    }
    struct pollfd ready[] = { { .fd = fd, .events = POLLIN }, { .fd = also, .events = POLLIN } };
    if (poll (ready, 2, 20) <= 0) /* what is not open yet is passed over */
      continue;
    int is_main = ready[0].revents != 0;
    int peer = accept (is_main ? fd : also, NULL, NULL);
    if (peer < 0)
      continue;
    if (o.takes > 0)
      answer_in_child (peer, fd);
    else {
      (is_main ? answer : answer_also) (peer);
      shutdown (peer, SHUT_WR);
    }
    close (peer);
  }
  if (o.takes > 0 && (is (o.drain, "wait") || is (o.drain, "refuse"))) {
    close (fd);
    wait_for_children ();
  }
  stop ();
}
