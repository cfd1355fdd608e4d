/* SPDX-License-Identifier: MIT */
/* floor PLAN: makes the containers that a run of verify-prod needs to see an app serve and stop, one after the other where one
   needs the other, side by side where not, and asks nothing of them: no run that does the same on this engine can be quicker.
   The time is measured from outside (measure). PLAN has a line each:
     service ALIAS IMAGE PORT [NAME=VALUE...]   what runs beside the app; ready when it takes a connection
     env NAME=VALUE                             of the app, and of what runs before it
     before IMAGE [WORD...]                     in order, once the services are ready; must end with 0
     app IMAGE PORT PATH                        ready when PATH is answered with 200; then ended by SIGTERM
   A service is found by its alias. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <verify-prod.h>

enum { MOST = 16, WORDS = 32, MOST_ENV = 64, WAIT_MS = 60000, POLL_NS = 5000000 };

struct container {
  char *words[WORDS + 1]; /* of its line */
  char *id, *address;
  pthread_t thread;
};

static struct container services[MOST], befores[MOST], app;
static int n_services, n_befores, n_env;
static const char *env[MOST_ENV + 1];
static char *network;
static vprod_runner *runner;
static const vprod_runner_ops *ops;
static const vprod_call call = { .size = sizeof call, .deadline_ms = VPROD_NO_DEADLINE, .cancel_fd = -1 };
static char label[64];
static const char *const labels[] = { label, NULL };

static void die (const char *what, vprod_error *err)
{
  fprintf (stderr, "floor: %s: %s\n", what, err ? vprod_error_get_message (err) : "too late");
  exit (1); /* what it made has its label; the script removes that */
}

static void nap (void)
{
  nanosleep (&(struct timespec) { .tv_nsec = POLL_NS }, NULL);
}

static void create (struct container *one, const char *image, const char *alias, const char *const *envs,
                    const char *const *command)
{
  const char *const aliases[] = { alias, NULL };
  vprod_container_request request = { .size = sizeof request, .image = image, .env = envs, .command = command,
                                      .labels = labels, .network = network, .no_healthcheck = 1 };
  vprod_error *err = NULL;

  if (alias)
    request.aliases = aliases;
  if (ops->container_create (runner, &call, &request, &one->id, &err) < 0)
    die (image, err);
}

static void start (struct container *one)
{
  vprod_error *err = NULL;

  if (ops->container_start (runner, &call, one->id, &err) < 0)
    die ("start", err);
}

static void find (struct container *one)
{
  vprod_container_facts facts = { .size = sizeof facts };
  vprod_error *err = NULL;

  if (ops->container_facts (runner, &call, one->id, &facts, &err) < 0 || !facts.ip_address)
    die ("its address", err);
  one->address = facts.ip_address; /* the rest stays: the program is short */
}

/* A connection to it, or -1. */
static int reach (const struct container *one, const char *port)
{
  struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons ((uint16_t) atoi (port)) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (fd < 0 || inet_pton (AF_INET, one->address, &to.sin_addr) != 1 || connect (fd, (struct sockaddr *) &to, sizeof to) != 0) {
    if (fd >= 0)
      close (fd);
    return -1;
  }
  return fd;
}

static int is_well (const struct container *one, const char *port, const char *path)
{
  static const char good[] = " 200 ";
  char text[1024];
  int fd = reach (one, port);
  size_t length = 0;
  ssize_t got;

  if (fd < 0)
    return 0;
  dprintf (fd, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, one->address);
  while (length < sizeof text - 1 && (got = read (fd, text + length, sizeof text - 1 - length)) > 0)
    length += (size_t) got;
  text[length] = '\0';
  close (fd);
  return strstr (text, good) != NULL;
}

static void *serve (void *data)
{
  struct container *one = data;
  int fd, tries = WAIT_MS / 5;

  create (one, one->words[2], one->words[1], (const char *const *) one->words + 4, NULL);
  start (one);
  find (one);
  while ((fd = reach (one, one->words[3])) < 0 && --tries)
    nap ();
  if (fd < 0)
    die (one->words[1], NULL);
  close (fd);
  return NULL;
}

static void *leave (void *data)
{
  struct container *one = data;
  vprod_error *err = NULL;

  if (ops->container_remove (runner, &call, one->id, &err) < 0)
    die ("remove", err);
  return NULL;
}

static void end_with (struct container *one, int wanted)
{
  vprod_error *err = NULL;
  int code = -1;

  if (ops->container_wait (runner, &call, one->id, &code, &err) < 0)
    die ("wait", err);
  if (code != wanted) {
    fprintf (stderr, "floor: %s ended with exit code %d\n", one->words[1], code);
    exit (1);
  }
}

static void read_plan (const char *path)
{
  char line[4096];
  FILE *file = fopen (path, "re");

  if (!file) {
    perror (path);
    exit (2);
  }
  while (fgets (line, sizeof line, file)) {
    char *words[WORDS + 1] = { NULL }, *rest, *copy = strdup (line);
    int n = 0;

    for (char *word = strtok_r (copy, " \n", &rest); word && n < WORDS; word = strtok_r (NULL, " \n", &rest))
      words[n++] = word;
    struct container *one = NULL;
    if (n == 2 && strcmp (words[0], "env") == 0 && n_env < MOST_ENV)
      env[n_env++] = words[1];
    else if (n >= 4 && strcmp (words[0], "service") == 0 && n_services < MOST)
      one = &services[n_services++];
    else if (n >= 2 && strcmp (words[0], "before") == 0 && n_befores < MOST)
      one = &befores[n_befores++];
    else if (n == 4 && strcmp (words[0], "app") == 0)
      one = &app;
    else {
      fprintf (stderr, "floor: a line of %s is not understood: %s", path, line);
      exit (2);
    }
    if (one)
      memcpy (one->words, words, sizeof words);
  }
  fclose (file);
}

int main (int argc, char **argv)
{
  vprod_error *err = NULL;
  int tries = WAIT_MS / 5;

  if (argc != 2) {
    fprintf (stderr, "usage: floor PLAN\n");
    return 2;
  }
  read_plan (argv[1]);
  snprintf (label, sizeof label, "verify-prod.floor=%s", getenv ("FLOOR") ? getenv ("FLOOR") : "1");
  if (vprod_runner_new_docker (NULL, &runner, &err) < 0)
    die ("the engine", err);
  ops = vprod_runner_get_ops (runner);
  char name[64];
  snprintf (name, sizeof name, "verify-prod-floor-%d", (int) getpid ());
  if (ops->network_create (runner, &call, name, labels, &network, &err) < 0)
    die ("network", err);
  for (int i = 0; i < n_services; i++)
    pthread_create (&services[i].thread, NULL, serve, &services[i]);
  create (&app, app.words[1], NULL, env, NULL); /* meanwhile */
  for (int i = 0; i < n_befores; i++)
    create (&befores[i], befores[i].words[1], NULL, env, befores[i].words[2] ? (const char *const *) befores[i].words + 2 : NULL);
  for (int i = 0; i < n_services; i++)
    pthread_join (services[i].thread, NULL);
  for (int i = 0; i < n_befores; i++) {
    start (&befores[i]);
    end_with (&befores[i], 0);
    pthread_create (&befores[i].thread, NULL, leave, &befores[i]);
  }
  start (&app);
  find (&app);
  while (!is_well (&app, app.words[2], app.words[3]) && --tries)
    nap ();
  if (tries == 0)
    die ("health", NULL);
  if (ops->container_signal (runner, &call, app.id, "SIGTERM", &err) < 0)
    die ("stop", err);
  for (int i = 0; i < n_services; i++)
    pthread_create (&services[i].thread, NULL, leave, &services[i]);
  end_with (&app, 0);
  leave (&app);
  for (int i = 0; i < n_services; i++)
    pthread_join (services[i].thread, NULL);
  for (int i = 0; i < n_befores; i++)
    pthread_join (befores[i].thread, NULL);
  if (ops->network_remove (runner, &call, network, &err) < 0)
    die ("network", err);
  vprod_runner_free (runner);
  return 0;
}
