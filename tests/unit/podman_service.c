/* SPDX-License-Identifier: MIT */
/* A podman service of our own, with a program "podman" on PATH that the test has written, or that is the test itself
   (`--fake-podman`): it listens as the real one does, and ends once everybody who had connected is gone. */
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "runner/docker/podman_service.h"
#include "util/cancel.h"
#include "util/clock.h"

#define IS_TRUE_IN_MS 20000 /* a generous bound of what is waited for; no test asserts how long it took */

static char *dir;
static vprod_error *err;
static struct vprod__podman_service *service;

/* ---- the fake ----------------------------------------------------------------------------------------------- */

static void note (const char *name, const char *text)
{
  char path[512];

  snprintf (path, sizeof path, "%s/%s", getenv ("FAKE_DIR"), name);
  FILE *file = fopen (path, "a");
  if (file) {
    fputs (text, file);
    fclose (file);
  }
}

static int fake_podman (char **argv)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  struct pollfd fds[16];
  nfds_t count = 1;
  char text[64];

  snprintf (text, sizeof text, "%d\n", (int) getpid ());
  note ("pids", text);
  for (char **word = argv; *word; word++) {
    note ("args", *word);
    note ("args", " ");
  }
  note ("environment", getenv ("CONTAINER_HOST") || getenv ("NOTIFY_SOCKET") ? "not clean" : "clean");
  snprintf (address.sun_path, sizeof address.sun_path, "%s", argv[3] + strlen ("unix://"));
  fds[0] = (struct pollfd) { .fd = socket (AF_UNIX, SOCK_STREAM, 0), .events = POLLIN };
  if (bind (fds[0].fd, (struct sockaddr *) &address, sizeof address) < 0 || listen (fds[0].fd, 8) < 0)
    return 9;
  for (int anybody = 0; !anybody || count > 1;) {
    poll (fds, count, -1);
    for (nfds_t i = count; i-- > 1;) {
      char bytes[1024];
      ssize_t n = fds[i].revents ? read (fds[i].fd, bytes, sizeof bytes) : 1;
      if (n <= 0) {
        close (fds[i].fd);
        fds[i] = fds[--count];
      }
    }
    if (fds[0].revents && count < 16) {
      fds[count++] = (struct pollfd) { .fd = accept (fds[0].fd, NULL, NULL), .events = POLLIN };
      anybody = 1;
    }
  }
  note ("ended", "by itself");
  return 0;
}

/* ---- the stage ---------------------------------------------------------------------------------------------- */

static void make_dir (void)
{
  dir = unit_temp_dir ();
  setenv ("FAKE_DIR", dir, 1);
}

static void remove_dir (void)
{
  vprod__podman_service_end (service);
  service = NULL;
  unit_remove_tree (dir);
  free (dir);
}

/* script NULL: the fake above. */
static void install_podman (const char *script)
{
  char *text = NULL, *path = NULL, self[512];
  ssize_t n = readlink ("/proc/self/exe", self, sizeof self - 1);

  ck_assert_int_gt (n, 0);
  self[n] = '\0';
  ck_assert_int_gt (asprintf (&text, "#!/bin/sh\n%s exec '%s' --fake-podman \"$@\"\n", script ? script : "", self), 0);
  unit_write_file (dir, "bin/podman", text);
  ck_assert_int_gt (asprintf (&path, "%s/bin/podman", dir), 0);
  ck_assert_int_eq (chmod (path, 0755), 0);
  free (path);
  free (text);
}

static struct vprod__endpoint endpoint_at (enum vprod__endpoint_source source, const char *name)
{
  struct vprod__endpoint endpoint = { .source = source, .kind = VPROD__ENDPOINT_UNIX };

  ck_assert_int_gt (asprintf (&endpoint.socket_path, "%s/%s", dir, name), 0);
  ck_assert_int_gt (asprintf (&endpoint.url, "unix://%s", endpoint.socket_path), 0);
  endpoint.origin = strdup ("the default");
  return endpoint;
}

static void use_path (const char *name)
{
  char *path = NULL;

  ck_assert_int_gt (asprintf (&path, "%s/%s", dir, name), 0);
  setenv ("PATH", path, 1);
  free (path);
}

/* Makes the service where no engine answers; endpoint is the caller's to clear. */
static struct vprod__endpoint make_service (const char *script)
{
  struct vprod__endpoint endpoint = endpoint_at (VPROD__ENDPOINT_DEFAULT, "none.sock");

  install_podman (script);
  use_path ("bin");
  assert_ok (vprod__podman_service_new (&endpoint, &service, &err), err);
  ck_assert_ptr_nonnull (service);
  setenv ("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
  return endpoint;
}

static char *noted (const char *name)
{
  char path[512];
  static char text[4096];

  snprintf (path, sizeof path, "%s/%s", dir, name);
  FILE *file = fopen (path, "r");
  size_t n = file ? fread (text, 1, sizeof text - 1, file) : 0;
  text[n] = '\0';
  if (file)
    fclose (file);
  return text;
}

static int is_gone (pid_t pid)
{
  for (int64_t until = vprod__deadline (IS_TRUE_IN_MS); vprod__now_ms () < until; poll (NULL, 0, 10)) {
    char path[64], state = 'Z';
    snprintf (path, sizeof path, "/proc/%d/stat", (int) pid);
    FILE *file = fopen (path, "r");
    if (!file)
      return 1;
    int n = fscanf (file, "%*d (%*[^)]) %c", &state);
    fclose (file);
    if (n == 1 && state == 'Z') /* an orphan that init has yet to reap */
      return 1;
  }
  return 0;
}

static const vprod_call no_limit = { sizeof no_limit, VPROD_NO_DEADLINE, -1 };

/* ---- when it is wanted -------------------------------------------------------------------------------------- */

static const struct {
  enum vprod__endpoint_source source;
  const char *socket; /* "none.sock": there is none; "dead.sock": nobody listens on it; "live.sock" */
  const char *path;   /* "bin" has podman */
  int wanted;
} wants[] = {
  { VPROD__ENDPOINT_DEFAULT, "none.sock", "bin", 1 },
  { VPROD__ENDPOINT_DEFAULT, "nowhere/none.sock", "bin", 1 },
  { VPROD__ENDPOINT_DEFAULT, "dead.sock", "bin", 1 },
  { VPROD__ENDPOINT_PROBED, "dead.sock", "bin", 1 },
  { VPROD__ENDPOINT_DEFAULT, "live.sock", "bin", 0 },
  { VPROD__ENDPOINT_DEFAULT, "none.sock", "empty", 0 },
  { VPROD__ENDPOINT_EXPLICIT, "none.sock", "bin", 0 },
  { VPROD__ENDPOINT_VARIABLE, "none.sock", "bin", 0 },
  { VPROD__ENDPOINT_CONTEXT, "dead.sock", "bin", 0 },
};

static int listen_at (const char *name)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  snprintf (address.sun_path, sizeof address.sun_path, "%s/%s", dir, name);
  ck_assert_int_eq (bind (fd, (struct sockaddr *) &address, sizeof address), 0);
  ck_assert_int_eq (listen (fd, 4), 0);
  return fd;
}

START_TEST (is_for_engines_that_nobody_named_and_nobody_hears)
{
  struct vprod__endpoint endpoint = endpoint_at (wants[_i].source, wants[_i].socket);
  int live = listen_at ("live.sock");

  close (listen_at ("dead.sock"));
  install_podman (NULL);
  use_path (wants[_i].path);
  assert_ok (vprod__podman_service_new (&endpoint, &service, &err), err);
  ck_assert_int_eq (service != NULL, wants[_i].wanted);
  ck_assert_int_eq (endpoint.source == VPROD__ENDPOINT_OWN, wants[_i].wanted);
  ck_assert_int_eq (strstr (endpoint.url, dir) == NULL, wants[_i].wanted);
  ck_assert_int_eq (strstr (endpoint.origin, wants[_i].socket) != NULL, wants[_i].wanted);
  vprod__endpoint_clear (&endpoint);
  close (live);
}
END_TEST

/* ---- its life ----------------------------------------------------------------------------------------------- */

static void *start_it (void *unused)
{
  vprod_error *own = NULL;

  (void) unused;
  int r = vprod__podman_service_start (service, &no_limit, &own);
  vprod_error_free (own);
  return r == 0 ? NULL : dir;
}

START_TEST (is_started_once_privately_and_ended)
{
  pthread_t threads[4];
  struct stat st;
  setenv ("CONTAINER_HOST", "unix:///elsewhere", 1);
  setenv ("NOTIFY_SOCKET", "/elsewhere", 1);
  struct vprod__endpoint endpoint = make_service (NULL);
  _cleanup_free_ char *folder = strdup (endpoint.socket_path);

  *strrchr (folder, '/') = '\0';
  ck_assert_int_eq (stat (folder, &st), 0);
  ck_assert_int_eq (st.st_mode & 07777, 0700);
  ck_assert_str_eq (noted ("pids"), ""); /* not before it is asked for */
  for (size_t i = 0; i < 4; i++)
    ck_assert_int_eq (pthread_create (&threads[i], NULL, start_it, NULL), 0);
  for (size_t i = 0; i < 4; i++) {
    void *failed;
    pthread_join (threads[i], &failed);
    ck_assert_ptr_null (failed);
  }
  pid_t pid = atoi (noted ("pids"));
  ck_assert_ptr_eq (strchr (noted ("pids"), '\n'), strrchr (noted ("pids"), '\n')); /* one line */
  ck_assert_ptr_nonnull (strstr (noted ("args"), "system service --time="));
  ck_assert_str_eq (noted ("environment"), "clean");
  ck_assert_int_eq (kill (pid, 0), 0);
  vprod__podman_service_end (service);
  service = NULL;
  ck_assert_int_eq (kill (pid, 0), -1);
  ck_assert_int_eq (stat (folder, &st), -1);
  vprod__endpoint_clear (&endpoint);
}
END_TEST

START_TEST (it_outlives_its_maker_only_until_it_sees_that)
{
  struct vprod__endpoint endpoint = make_service (NULL);
  int ready[2];
  char byte;

  ck_assert_int_eq (pipe (ready), 0);
  pid_t maker = fork ();
  if (maker == 0) {
    vprod_error *own = NULL;
    if (vprod__podman_service_start (service, &no_limit, &own) == 0 && write (ready[1], "x", 1) == 1)
      pause ();
    _exit (1);
  }
  close (ready[1]);
  ck_assert_int_eq (read (ready[0], &byte, 1), 1);
  close (ready[0]);
  pid_t pid = atoi (noted ("pids"));
  ck_assert_int_eq (kill (pid, 0), 0);
  ck_assert_int_eq (kill (maker, SIGKILL), 0);
  ck_assert_int_eq (waitpid (maker, NULL, 0), maker);
  ck_assert (is_gone (pid));
  ck_assert_str_eq (noted ("ended"), "by itself");
  vprod__endpoint_clear (&endpoint);
}
END_TEST

/* ---- trouble ------------------------------------------------------------------------------------------------ */

static const struct {
  const char *script;
  vprod_error_code code;
  const char *says;
} troubles[] = {
  { "echo 'Error: no subuid ranges' >&2; exit 125;", VPROD_ERROR_UNREACHABLE, "says: Error: no subuid ranges" },
  { "exit 3;", VPROD_ERROR_UNREACHABLE, "ended at once with exit code 3. Does \"podman info\" work" },
  { "exec /nonexistent/program;", VPROD_ERROR_UNREACHABLE, "exit code 127" },
};

START_TEST (one_that_ends_at_once_is_told_with_its_words)
{
  struct vprod__endpoint endpoint = make_service (troubles[_i].script);

  assert_error (vprod__podman_service_start (service, &no_limit, &err), err, troubles[_i].code, troubles[_i].says);
  /* and again, as the next call of the runner would */
  assert_error (vprod__podman_service_start (service, &no_limit, &err), err, troubles[_i].code, "none.sock");
  vprod__endpoint_clear (&endpoint);
}
END_TEST

START_TEST (one_that_never_listens_ends_at_the_deadline)
{
  struct vprod__endpoint endpoint = make_service ("echo $$ >\"$FAKE_DIR/pids\"; exec sleep 600;");
  struct vprod__cancel cancel;

  for (int64_t until = vprod__deadline (IS_TRUE_IN_MS); !*noted ("pids") && vprod__now_ms () < until;) {
    const vprod_call call = { sizeof call, vprod__deadline (50), -1 };
    assert_error (vprod__podman_service_start (service, &call, &err), err, VPROD_ERROR_TIMEOUT, "podman");
  }
  assert_ok (vprod__cancel_init (&cancel, &err), err);
  vprod__cancel_set (&cancel);
  const vprod_call cancelled = { sizeof cancelled, VPROD_NO_DEADLINE, cancel.read_fd };
  assert_error (vprod__podman_service_start (service, &cancelled, &err), err, VPROD_ERROR_CANCELLED, "podman");
  vprod__cancel_end (&cancel);
  pid_t pid = atoi (noted ("pids"));
  ck_assert_int_gt (pid, 0);
  vprod__podman_service_end (service);
  service = NULL;
  ck_assert_int_eq (kill (pid, 0), -1);
  vprod__endpoint_clear (&endpoint);
}
END_TEST

int main (int argc, char **argv)
{
  if (argc > 1 && strcmp (argv[1], "--fake-podman") == 0)
    return argc > 5 ? fake_podman (argv + 2) : 8;
  Suite *suite = suite_create ("podman_service");
  TCase *tc = tcase_create ("podman_service");

  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, make_dir, remove_dir);
  tcase_add_loop_test (tc, is_for_engines_that_nobody_named_and_nobody_hears, 0, sizeof wants / sizeof wants[0]);
  tcase_add_test (tc, is_started_once_privately_and_ended);
  tcase_add_test (tc, it_outlives_its_maker_only_until_it_sees_that);
  tcase_add_loop_test (tc, one_that_ends_at_once_is_told_with_its_words, 0, sizeof troubles / sizeof troubles[0]);
  tcase_add_test (tc, one_that_never_listens_ends_at_the_deadline);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
