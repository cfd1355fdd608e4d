/* SPDX-License-Identifier: MIT */
/*
 * What a build is given beside its context: secrets, SSH agents, named contexts. Whether the builder can take them is
 * told before it is started, as one that cannot says nothing of them (the legacy builder) or takes the name of a context
 * for that of an image.
 *
 * A secret's value is on no command line. A builder that reads variables is given the variable's name; for others the value
 * lies in a file in memory, which has no name, ends with this process, and is reached through /proc.
 */
#include "runner/build/build.h"
#include "util/file.h"
#include "util/grow.h"
#include "util/strv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define MOST_BYTES 500000 /* of a secret: more is refused by BuildKit */

static const char buildkit_can[] = "BuildKit can (Docker's buildx plugin, the package docker-buildx, or Docker 20.10's own "
                                   "client), and Podman";
static const char contexts_can[] = "buildx 0.8 or later can (the package docker-buildx), with an engine of Docker 23 or "
                                   "later, and Podman 4.2 or later";

/* ---- can it? -------------------------------------------------------------------------------------------------- */

static int has (const char *const *list)
{
  return list && *list;
}

static int check_builder (const struct vprod__builder *builder, const struct vprod__endpoint *endpoint,
                          const vprod_build_request *request, vprod_error **err)
{
  const char *what = has (request->secrets) ? "secrets (image.secrets)" : "SSH agent (image.ssh)";

  if (has (request->contexts) && !builder->contexts)
    return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0, "%s cannot be given named contexts (image.contexts): %s",
                             builder->words, contexts_can);
  if (builder->kind == VPROD__BUILDER_LEGACY && (has (request->secrets) || has (request->ssh)))
    return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0, "%s cannot be given %s%s: %s", builder->words,
                             has (request->secrets) ? "" : "an ", what, buildkit_can);
  if (has (request->ssh) && vprod__build_is_remote (builder, endpoint)) /* it is silent, and the step finds no agent */
    return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0,
                             "%s cannot give an SSH agent (image.ssh) to the build of another user's or machine's Podman: "
                             "run verify-prod there, as that user", builder->words);
  return 0;
}

static int ask_agent (const char *path, vprod_error **err)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  _cleanup_close_ int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (strlen (path) < sizeof address.sun_path) {
    strcpy (address.sun_path, path);
    /* an agent that is busy answers later */
    if (fd >= 0 && (connect (fd, (struct sockaddr *) &address, sizeof address) == 0 || errno == EAGAIN
                    || errno == EINPROGRESS))
      return 0;
  } else
    errno = ENAMETOOLONG;
  return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, errno,
                           "image.ssh gives the build an SSH agent, but none answers at %s, which SSH_AUTH_SOCK names",
                           path);
}

/* "default" and "ID" are the agent of SSH_AUTH_SOCK; "ID=PATH" is another's socket, or a key. */
static int check_agents (const char *const *ssh, char *const *env, vprod_error **err)
{
  const char *agent = vprod__strv_env (env, "SSH_AUTH_SOCK");

  for (; ssh && *ssh; ssh++) {
    if (strchr (*ssh, '='))
      continue;
    if (!agent || !*agent)
      return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0,
                               "image.ssh gives the build an SSH agent (%s), but there is none: SSH_AUTH_SOCK is not set. "
                               "Start one (eval \"$(ssh-agent)\"; ssh-add), or hand its socket on to where verify-prod runs",
                               *ssh);
    return ask_agent (agent, err);
  }
  return 0;
}

/* ---- secrets -------------------------------------------------------------------------------------------------- */

/* A file in memory with this value. */
static int add_memory (struct vprod__build_given *given, const char *value, size_t length, char **ret_path,
                       vprod_error **err)
{
  int fd = memfd_create ("secret", MFD_CLOEXEC);

  if (fd < 0)
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot make a file in memory for a secret of the build");
  if (vprod__grow (&given->fds, given->n_fds) < 0) {
    close (fd);
    return vprod__error_no_memory (err);
  }
  given->fds[given->n_fds++] = fd;
  fchmod (fd, 0600);
  for (size_t done = 0; done < length;) {
    ssize_t n = write (fd, value + done, length - done);
    if (n < 0 && errno != EINTR)
      return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot write a secret of the build into memory");
    done += n > 0 ? (size_t) n : 0;
  }
  *ret_path = vprod__asprintf ("/proc/%d/fd/%d", (int) getpid (), fd);
  return *ret_path ? 0 : vprod__error_no_memory (err);
}

/* One field of a line of comma-separated values, in which docker's programs take quotes and podman does not. */
static int add_option (const char *id, size_t id_length, const char *key, const char *value, char ***options)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  int quote = strpbrk (value, ",\"\n") != NULL;
  int r = vprod__buf_addf (&text, "--secret=id=%.*s,%s%s=", (int) id_length, id, quote ? "\"" : "", key);

  for (; r == 0 && *value; value++)
    r = vprod__buf_add (&text, *value == '"' ? "\"\"" : value, *value == '"' ? 2 : 1);
  if (r == 0 && quote)
    r = vprod__buf_adds (&text, "\"");
  return r < 0 ? -1 : vprod__strv_add (options, text.data);
}

static int add_variable (const struct vprod__builder *builder, const char *id, size_t id_length, const char *name,
                         char *const *env, struct vprod__build_given *given, vprod_error **err)
{
  const char *value = vprod__strv_env (env, name);
  _cleanup_free_ char *path = NULL;

  if (!value)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "the secret %.*s of the build is to be had from the variable %s, "
                             "which is not set", (int) id_length, id, name);
  if (builder->secret_env)
    return add_option (id, id_length, "env", name, &given->options) < 0 ? vprod__error_no_memory (err) : 0;
  int r = add_memory (given, value, strlen (value), &path, err);
  if (r < 0)
    return r;
  return add_option (id, id_length, "src", path, &given->options) < 0 ? vprod__error_no_memory (err) : 0;
}

static int add_file (const struct vprod__builder *builder, const char *id, size_t id_length, const char *name,
                     struct vprod__build_given *given, vprod_error **err)
{
  _cleanup_free_ char *path = NULL;
  _cleanup_buf_ struct vprod__buf text = { 0 };
  int r = 0;

  if (access (name, R_OK) < 0)
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot read the secret %.*s of the build: %s", (int) id_length, id,
                             name);
  if (builder->kind == VPROD__BUILDER_PODMAN && strpbrk (name, ",\"\n=")) { /* it has no way to write such a path */
    r = vprod__file_read (name, MOST_BYTES, &text, err);
    if (r >= 0)
      r = add_memory (given, vprod__buf_string (&text), text.length, &path, err);
    if (r < 0)
      return r;
  }
  return add_option (id, id_length, "src", path ? path : name, &given->options) < 0 ? vprod__error_no_memory (err) : 0;
}

/* "id=ID,env=NAME", "id=ID,src=PATH"; the last one goes on to the end. */
static int add_secret (const struct vprod__builder *builder, const char *secret, char *const *env,
                       struct vprod__build_given *given, vprod_error **err)
{
  const char *id = strncmp (secret, "id=", 3) == 0 ? secret + 3 : "";
  size_t length = strcspn (id, ",");

  if (length > 0 && strncmp (id + length, ",env=", 5) == 0)
    return add_variable (builder, id, length, id + length + 5, env, given, err);
  if (length > 0 && strncmp (id + length, ",src=", 5) == 0)
    return add_file (builder, id, length, id + length + 5, given, err);
  return vprod__error_set (err, VPROD_ERROR_INVALID, 0,
                           "a secret of a build is neither \"id=ID,env=NAME\" nor \"id=ID,src=PATH\"");
}

/* ---- contexts ------------------------------------------------------------------------------------------------- */

static int check_contexts (const char *const *contexts, vprod_error **err)
{
  struct stat st;

  for (; contexts && *contexts; contexts++) {
    const char *path = strchr (*contexts, '=');
    if (!path || *++path != '/')
      continue;
    if (stat (path, &st) < 0)
      return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot build: the named context %s", *contexts);
    if (!S_ISDIR (st.st_mode))
      return vprod__error_set (err, VPROD_ERROR_IO, 0, "cannot build: the named context %s is not a folder", *contexts);
  }
  return 0;
}

/* ---- all ------------------------------------------------------------------------------------------------------ */

static int add_list (const char *option, const char *const *list, char ***options)
{
  for (; list && *list; list++)
    if (vprod__strv_addf (options, "%s=%s", option, *list) < 0)
      return -1;
  return 0;
}

int vprod__build_given_make (const struct vprod__builder *builder, const struct vprod__endpoint *endpoint,
                             const vprod_build_request *request, char *const *env, struct vprod__build_given *ret,
                             vprod_error **err)
{
  int r = check_builder (builder, endpoint, request, err);

  if (r == 0)
    r = check_agents (request->ssh, env, err);
  if (r == 0)
    r = check_contexts (request->contexts, err);
  for (const char *const *secret = request->secrets; r == 0 && secret && *secret; secret++)
    r = add_secret (builder, *secret, env, ret, err);
  if (r < 0)
    return r;
  if (add_list ("--ssh", request->ssh, &ret->options) < 0
      || add_list ("--build-context", request->contexts, &ret->options) < 0)
    return vprod__error_no_memory (err);
  return 0;
}

void vprod__build_given_clear (struct vprod__build_given *given)
{
  for (size_t i = 0; i < given->n_fds; i++)
    close (given->fds[i]);
  free (given->fds);
  vprod__strv_free (given->options);
  *given = (struct vprod__build_given) { 0 };
}
