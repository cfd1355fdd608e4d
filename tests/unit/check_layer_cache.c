/* SPDX-License-Identifier: MIT */
#include "flow.h"

#include <stdio.h>

#include "checks/layer_cache/facts.h"
#include "dockerfile/dockerfile.h"
#include "dockerfile/installers.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

/* ---- which steps install dependencies ------------------------------------------------------------------ */

static const struct {
  const char *text;
  const char *manager; /* its first name begins so; NULL: installs nothing that is known */
  int project;
} installs[] = {
  { "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*", "apt-get", 0 },
  { "RUN apt-get -y --no-install-recommends install curl", "apt-get", 0 },
  { "RUN DEBIAN_FRONTEND=noninteractive apt install -y gcc", "apt-get", 0 },
  { "RUN apt-get update", NULL, 0 },
  { "RUN echo apt-get install curl", NULL, 0 },
  { "RUN apk add --no-cache gcc", "apk", 0 },
  { "RUN apk --no-cache add gcc", "apk", 0 },
  { "RUN microdnf -y install gcc", "dnf", 0 },
  { "RUN zypper --non-interactive in gcc", "dnf", 0 },
  { "RUN pip install -r requirements.txt", "pip", 0 },
  { "RUN pip3.12 install --no-cache-dir flask", "pip", 0 },
  { "RUN /venv/bin/pip install flask", "pip", 0 },
  { "RUN python3 -m pip install flask", "pip", 0 },
  { "RUN python -u -m pip --no-cache-dir install flask", "pip", 0 },
  { "RUN pip install .", "pip", 1 },
  { "RUN pip install -e .", "pip", 1 },
  { "RUN pip install --prefix /install ./dist/app.whl", "pip", 1 },
  { "RUN pip install . -r requirements.txt", "pip", 0 },
  { "RUN pip install --no-deps .", NULL, 0 },
  { "RUN pip --version", NULL, 0 },
  { "RUN pip wheel --no-cache-dir -r requirements.txt -w /wheels", "pip", 0 },
  { "RUN pip wheel --wheel-dir /wheels .", "pip", 1 },
  { "RUN pip wheel --no-deps .", NULL, 0 },
  { "RUN pip download -d /wheels -r requirements.txt", "pip", 0 },
  { "RUN pip-sync requirements.txt", "pip-sync", 0 },
  { "RUN pip-compile requirements.in", NULL, 0 },
  { "RUN pipx install httpie", "pipx", 0 },
  { "RUN --mount=type=cache,target=/root/.cache/uv uv sync --frozen --no-dev --no-install-project", "uv", 0 },
  { "RUN --mount=type=cache,target=/root/.cache/uv uv sync --frozen --no-dev", "uv", 1 },
  { "RUN uv pip install -r requirements.txt", "uv", 0 },
  { "RUN uv pip sync requirements.txt", "uv", 0 },
  { "RUN uv pip install --system .", "uv", 1 },
  { "RUN uv run pytest", NULL, 0 },
  { "RUN poetry install --no-root", "poetry", 0 },
  { "RUN poetry install", "poetry", 1 },
  { "RUN npm ci --omit=dev", "npm", 0 },
  { "RUN npm --prefix web ci", "npm", 0 },
  { "RUN npm run build", NULL, 0 },
  { "RUN yarn", "yarn", 0 },
  { "RUN yarn --frozen-lockfile", "yarn", 0 },
  { "RUN yarn install", "yarn", 0 },
  { "RUN yarn build", NULL, 0 },
  { "RUN corepack enable && pnpm i --frozen-lockfile", "pnpm", 0 },
  { "RUN pnpm fetch --prod", "pnpm", 0 },
  { "RUN pnpm install -r --offline --prod", "pnpm", 1 },
  { "RUN go mod download", "go", 0 },
  { "RUN go build ./...", NULL, 0 },
  { "RUN cargo chef cook --release --recipe-path recipe.json", "cargo", 0 },
  { "RUN cargo build --release", NULL, 0 },
  { "RUN bundle install --jobs 4", "bundle", 0 },
  { "RUN bundle exec rake", NULL, 0 },
  { "RUN composer install --no-dev --no-autoloader", "composer", 0 },
  { "RUN docker-php-ext-install pdo_pgsql", "docker-php-ext-install", 0 },
  { "RUN ./mvnw -B dependency:go-offline", "mvn", 0 },
  { "RUN mvn package", NULL, 0 },
  { "RUN ./gradlew dependencies --no-daemon", "gradle", 0 },
  { "RUN dotnet restore app.csproj", "dotnet", 0 },
  { "RUN mix do deps.get, compile", NULL, 0 },
  { "RUN mix deps.get --only prod", "mix", 0 },
  { "RUN cabal build --only-dependencies", "cabal", 0 },
  { "RUN cabal build", NULL, 0 },
  { "RUN [\"npm\", \"ci\"]", "npm", 0 },
  { "RUN sh -c 'cd web && npm ci'", "npm", 0 },
  { "RUN set -eux; if true; then apk add curl; fi", "apk", 0 },
  { "RUN mix do local.hex --force + local.rebar --force + deps.get", "mix", 0 },
  { "RUN mix do deps.get, deps.compile", "mix", 0 },
  { "RUN pip wheel --wheel-dir /wheels -r requirements.txt", "pip", 0 },
  { "RUN pip wheel -w /wheels .", "pip", 1 },
  { "RUN poetry run pip install gunicorn", "pip", 0 },
  { "RUN poetry run pytest", NULL, 0 },
  { "RUN poetry install --only-root", NULL, 0 },
  { "RUN conda run --no-capture-output -n app pip install -r requirements.txt", "pip", 0 },
  { "RUN conda run -n app python -m pip install flask", "pip", 0 },
  { "RUN conda run -n app pytest", NULL, 0 },
  { "RUN mamba env update -n base -f environment.yml && mamba clean -afy", "conda", 0 },
  { "RUN pixi install --locked", "pixi", 0 },
  { "RUN yarn --version", NULL, 0 },
  { "RUN yarn --cwd web build", NULL, 0 },
  { "RUN yarn --cwd web --immutable", "yarn", 0 },
  { "RUN yarn workspaces focus api --production", "yarn", 0 },
  { "RUN yarn workspaces foreach -A run build", NULL, 0 },
  { "RUN corepack yarn install --immutable", "yarn", 0 },
  { "RUN corepack prepare yarn@4 --activate", NULL, 0 },
  { "RUN npx -y pnpm@9 install", "pnpm", 0 },
  { "RUN npx prisma generate", NULL, 0 },
  { "RUN npm run ci", NULL, 0 },
  { "RUN deno cache deps.ts", "deno", 0 },
  { "RUN deno cache main.ts", NULL, 0 },
  { "RUN bundle -j 4", "bundle", 0 },
  { "RUN bundle --version", NULL, 0 },
  { "RUN bundle check || bundle install", "bundle", 0 },
  { "RUN php -d memory_limit=-1 composer.phar install --no-autoloader", "composer", 0 },
  { "RUN php artisan optimize", NULL, 0 },
  { "RUN mvn -B -f pom.xml clean dependency:go-offline", "mvn", 0 },
  { "RUN mvn -B clean package", NULL, 0 },
  { "RUN ./gradlew --no-daemon :app:dependencies", "gradle", 0 },
  { "RUN gradle clean build", NULL, 0 },
  { "RUN dotnet tool restore", NULL, 0 },
  { "RUN clojure -P -M:prod", "clojure", 0 },
  { "RUN stack --system-ghc build --only-dependencies", "stack", 0 },
  { "RUN pacman -Syu --noconfirm", NULL, 0 },
  { "RUN pacman -Sy --noconfirm gcc", "pacman", 0 },
  { "RUN pacman -Scc --noconfirm", NULL, 0 },
  { "RUN xx-apk add --no-cache gcc musl-dev", "apk", 0 },
  { "RUN install_packages curl", "install_packages", 0 },
  { "RUN su app -s /bin/sh -c \"npm ci\"", "npm", 0 },
  { "RUN su - app -c 'npm run build'", NULL, 0 },
  { "RUN sudo -E -u app npm ci", "npm", 0 },
  { "RUN timeout 300 npm ci || timeout 300 npm ci", "npm", 0 },
  { "RUN gosu app bundle install", "bundle", 0 },
  { "RUN for i in 1 2 3; do npm ci && break; done", "npm", 0 },
  { "RUN make deps", NULL, 0 },
  { "RUN apt-get -o Acquire::Retries=3 -qq install -y gcc", "apt-get", 0 },
  { "RUN --network=default --mount=type=bind,source=go.sum,target=go.sum go mod download -x", "go", 0 },
  { "RUN bash -euxo pipefail -c 'pip install flask'", "pip", 0 },
  { "RUN <<EOF\nset -e\napt-get update\napt-get install -y \\\n  gcc\nEOF\n", "apt-get", 0 },
  { "run pip install x", "pip", 0 },
  { "COPY pip install", NULL, 0 },
  { "WORKDIR /app", NULL, 0 },
};

START_TEST (knows_the_installs_of_package_managers)
{
  struct vprod__install install;

  ck_assert_int_eq (vprod__find_install (installs[_i].text, &install), 0);
  if (!installs[_i].manager) {
    ck_assert_msg (install.manager == NULL, "%s is of %s", installs[_i].text, install.manager);
    return;
  }
  ck_assert_msg (install.manager != NULL, "%s is not found", installs[_i].text);
  ck_assert_msg (strncmp (install.manager, installs[_i].manager, strlen (installs[_i].manager)) == 0,
                 "%s is of %s", installs[_i].text, install.manager);
  ck_assert_int_eq (install.project, installs[_i].project);
}
END_TEST

/* ---- which step takes a file --------------------------------------------------------------------------- */

static const struct {
  const char *text;
  int any;  /* something from the context */
  int main; /* app/main.py */
} takers[] = {
  { "COPY . .", 1, 1 },
  { "COPY ./ /app/", 1, 1 },
  { "COPY / /app/", 1, 1 },
  { "COPY app/ ./app/", 1, 1 },
  { "COPY ./app ./app/", 1, 1 },
  { "COPY app/main.py /app/", 1, 1 },
  { "COPY app/*.py /app/", 1, 1 },
  { "COPY *.py /app/", 1, 0 },
  { "COPY a* /app/", 1, 1 },
  { "COPY lib app/main /app/", 1, 0 },
  { "COPY requirements.txt /app/", 1, 0 },
  { "COPY --chown=1001:1001 app ./app", 1, 1 },
  { "COPY --chown=1001 --chmod=755 lib app ./", 1, 1 },
  { "COPY --from=builder /app /app", 0, 0 },
  { "COPY --exclude=*.py . .", 1, 1 }, /* "*.py" is at the top alone */
  { "COPY --exclude=app . .", 1, 0 },
  { "COPY [\"app\", \"/app\"]", 1, 1 },
  { "COPY $SOURCES /app", 1, 1 },
  { "COPY <<EOF /app/x", 0, 0 },
  { "ADD app.tar.gz /", 1, 0 },
  { "ADD https://example.org/x /", 0, 0 },
  { "RUN make", 0, 0 },
  { "RUN --mount=type=bind,target=. make", 1, 1 },
  { "RUN --mount=target=/src make", 1, 1 },
  { "RUN --mount=type=bind,source=app,target=/app make", 1, 1 },
  { "RUN --mount=type=bind,src=uv.lock,target=uv.lock uv sync", 1, 0 },
  { "RUN --mount=type=bind,from=builder,target=/x make", 0, 0 },
  { "RUN --mount=type=cache,target=/x make", 0, 0 },
  { "RUN --mount=type=secret,id=x --mount=type=bind,target=. make", 1, 1 },
  { "WORKDIR /app", 0, 0 },
};

START_TEST (knows_which_step_takes_a_file)
{
  char text[200];
  struct vprod__step step = { .text = text };

  snprintf (text, sizeof text, "%s", takers[_i].text);
  ck_assert_int_eq (vprod__step_takes (&step, NULL), takers[_i].any);
  ck_assert_int_eq (vprod__step_takes (&step, "app/main.py"), takers[_i].main);
}
END_TEST

/* ---- judging ------------------------------------------------------------------------------------------- */

#define DOCKERFILE                                                                                           \
  "FROM base AS deps\nCOPY lock .\nRUN : install-deps\nFROM base\nRUN : elsewhere\n"                         \
  "RUN <<EOF\nset -e\n: in-a-heredoc\nEOF\n"                                                              \
  "FROM base AS vars\nARG LOCK=lock\nRUN : get \\\n  # all\n   -r $LOCK\nRUN : wait for $LOCK\n"                 \
  "FROM x AS low\nFROM --platform=y low as Mid\nFROM mid AS top\nFROM round AS round\n"

/* "stage number state key<input,input text"; one a line. States: C cached, R ran, F failed, X cancelled, S
   started. */
static struct vprod__steps read_steps (const char *lines)
{
  struct vprod__steps steps = { 0 };

  for (const char *line = lines; line && *line; line += strcspn (line, "\n"), line += *line == '\n') {
    char stage[32], state, key[32], inputs[64] = "", text[200], name[300];
    char *list[4] = { 0 };
    int number, at = 0;
    ck_assert_int_eq (sscanf (line, "%31s %d %c %31[^< ]%n", stage, &number, &state, key, &at), 4);
    line += at;
    if (*line == '<') {
      ck_assert_int_eq (sscanf (line, "<%63s%n", inputs, &at), 1);
      line += at;
    }
    line += strspn (line, " ");
    snprintf (text, sizeof text, "%.*s", (int) strcspn (line, "\n"), line);
    if (strcmp (stage, "-") == 0) {
      stage[0] = '\0';
      snprintf (name, sizeof name, "%s", text);
    }
    else
      snprintf (name, sizeof name, "[%s %d/9] %s", stage, number, text);
    size_t n = 0;
    for (char *save = NULL, *input = strtok_r (inputs, ",", &save); input && n < 3;
         input = strtok_r (NULL, ",", &save))
      list[n++] = input;
    vprod_build_step step = {
      sizeof step, key, stage, text, name,
      state == 'C' ? VPROD_STEP_CACHED : state == 'F' ? VPROD_STEP_FAILED : state == 'X' ? VPROD_STEP_CANCELLED
      : state == 'S' ? VPROD_STEP_STARTED : VPROD_STEP_RAN,
      n ? (const char *const *) list : NULL };
    ck_assert_int_eq (vprod__steps_tell (&steps, &step), 0);
  }
  return steps;
}

#define CONTEXT "- 0 R ctx [internal] load build context\n"
#define GOOD                                                                                                 \
  CONTEXT "deps 1 C a FROM base\ndeps 2 C b<a,ctx COPY lock .\ndeps 3 C c<b RUN : install-deps\n"             \
  "main 2 R d<a,ctx COPY app ./app\n"

static const struct judged {
  const char *second;
  const char *pattern; /* NULL: default */
  const char *control;
  int failed;
  int sent;            /* as asked: 0 not asked, 1 it is, -1 it is not */
  int caches;          /* likewise */
  struct wanted wanted;
  const char *evidence; /* a part of the finding's broken_by, or NULL */
} judged[] = {
  /* good */
  { GOOD, "install-deps",
    .wanted = { VPROD_VERDICT_PASS, 0, "`RUN : install-deps` was CACHED and `COPY app ./app` ran", "" } },
  { "deps 2 C b COPY lock .\ndeps 3 C c RUN : install-deps\nmain 2 R d COPY app .\n", "install-deps",
    .wanted = { VPROD_VERDICT_PASS, 0, "CACHED", "" } },
  { "a 2 C b RUN pip install -r x\nb 2 C c RUN npm ci\nc 3 R d COPY . .\n", NULL,
    .wanted = { VPROD_VERDICT_PASS, 0, "`RUN pip install -r x`, `RUN npm ci` were CACHED", "" } },
  { "a 2 C b RUN pip install x\na 3 R d<b,ctx RUN --mount=type=bind,target=. make\n", NULL,
    .wanted = { VPROD_VERDICT_PASS, 0, "make` ran", "" } },
  /* uv's own layout: only what finds steps by default may tell the second sync from the first */
  { "a 2 C b RUN uv sync --no-install-project\na 3 R c<b COPY . .\na 4 R d<c RUN uv sync\n", NULL,
    .wanted = { VPROD_VERDICT_PASS, 0, "`RUN uv sync --no-install-project` was CACHED", "" } },
  { "a 2 C b RUN uv sync --no-install-project\na 3 R c<b COPY . .\na 4 R d<c RUN uv sync\n", "uv sync",
    .wanted = { VPROD_VERDICT_FAIL, 0, "`RUN uv sync --no-install-project`, which installs the dependencies alone, was CACHED after a "
    "change of app/main.py; `RUN uv sync` installs the project itself behind `COPY . .`", "Leave checks.layer-cache.cached out" } },
  { "a 2 C b RUN --mount=type=cache,target=/root/.cache/uv --mount=type=bind,source=uv.lock,target=uv.lock uv sync --locked "
    "--no-install-project\na 3 R c<b COPY . .\na 4 R d<c RUN uv sync\n", "uv sync",
    .wanted = { VPROD_VERDICT_FAIL, 0, "`RUN … uv sync --locked --no-install-project`, which installs", "Leave" } },
  { "a 2 C b RUN poetry install --no-root\na 3 R c<b COPY . .\na 4 R d<c RUN poetry install\n", "poetry install",
    .wanted = { VPROD_VERDICT_FAIL, 0, "`RUN poetry install` installs the project itself", "Leave checks.layer-cache.cached out" } },
  { "a 2 C b RUN pip install -r r.txt\na 3 R c<b COPY . .\na 4 R d<c RUN pip install .\n", "pip install",
    .wanted = { VPROD_VERDICT_FAIL, 0, "`RUN pip install .` installs the project itself", "Leave checks.layer-cache.cached out" } },
  { "a 2 C b RUN pip install -r r.txt\na 3 R c<b COPY . .\na 4 R d<c RUN pip install .\n", NULL,
    .wanted = { VPROD_VERDICT_PASS, 0, "`RUN pip install -r r.txt` was CACHED", "" } },
  { "a 2 C b RUN poetry install --no-root\na 3 R c<b COPY . .\na 4 R d<c RUN poetry install\n", NULL,
    .wanted = { VPROD_VERDICT_PASS, 0, "`RUN poetry install --no-root` was CACHED", "" } },
  /* where the default finds fault, too, it is of no help: both ran, the other one is not of the project, or is another's */
  { "a 2 R b<ctx COPY . .\na 3 R c<b RUN uv sync --no-install-project\na 4 R d<c RUN uv sync\n", "uv sync",
    .wanted = { VPROD_VERDICT_FAIL, 0, "makes `RUN uv sync --no-install-project` run again: the cache is lost", "First copy" } },
  { "a 2 C b RUN pip install -r a.txt\na 3 R c<b COPY . .\na 4 R d<c RUN pip install -r b.txt\n", "pip install",
    .wanted = { VPROD_VERDICT_FAIL, 0, "makes `RUN pip install -r b.txt` run again", "First copy" } },
  { "a 2 C b RUN pip install uv\na 3 R c<b COPY . .\na 4 R d<c RUN uv sync\n", "uv",
    .wanted = { VPROD_VERDICT_FAIL, 0, "makes `RUN uv sync` run again", "First copy" } },
  /* pnpm's; without what is fetched before, an offline install is an install */
  { "a 2 C b RUN pnpm fetch\na 3 R c<b COPY . .\na 4 R d<c RUN pnpm install --offline\n", NULL,
    .wanted = { VPROD_VERDICT_PASS, 0, "`RUN pnpm fetch` was CACHED", "" } },
  { "a 2 C b RUN pnpm fetch\na 3 R c<b COPY . .\na 4 R d<c RUN pnpm install\n", NULL,
    .wanted = { VPROD_VERDICT_FAIL, 0, "makes `RUN pnpm install` run again", NULL } },
  { "a 2 R b<ctx COPY . .\na 3 R c<b RUN pnpm fetch\na 4 R d<c RUN pnpm install --offline\n", NULL,
    .wanted = { VPROD_VERDICT_FAIL, 0, "makes `RUN pnpm fetch` run again", NULL } },
  { "a 2 C b RUN apt-get install x\na 3 R c<b COPY . .\na 4 R d<c RUN apt-get install y\n", NULL,
    .wanted = { VPROD_VERDICT_FAIL, 0, "makes `RUN apt-get install y` run again", "install them in a step above `COPY . .`" } },
  { "a 2 R b<ctx COPY . .\na 3 R c<b RUN npm ci\n", NULL,
    .wanted = { VPROD_VERDICT_FAIL, 0, "makes `RUN npm ci` run again", "COPY package.json package-lock.json ./\nRUN npm ci" } },
  { "a 2 R b<ctx COPY . .\na 3 R c<b RUN go mod download\n", "go mod",
    .wanted = { VPROD_VERDICT_FAIL, 0, "makes `RUN go mod download` run again", "COPY go.mod go.sum ./" } },
  { "a 2 C b RUN pip install -r r.txt\na 3 R c<b COPY . .\na 4 R d<c RUN pip install .\n", NULL,
    .wanted = { VPROD_VERDICT_PASS, 0, "CACHED", "" } },
  { "a 3 R c COPY . .\na 4 R d<c RUN pip install .\n", NULL,
    .wanted = { VPROD_VERDICT_FAIL, 0, "pip install .` run again", "RUN pip install --no-deps ." } },
  { "a 3 R c COPY . .\na 4 R d<c RUN pip install -r r.txt\n", NULL,
    .wanted = { VPROD_VERDICT_FAIL, 0, "run again", "RUN pip install --no-cache-dir -r requirements.txt\nCOPY . ." } },
  { "a 3 R c COPY . .\na 4 R d<c RUN pip install -r r.txt\n", "pip install",
    .wanted = { VPROD_VERDICT_FAIL, 0, "run again", "RUN pip install --no-cache-dir -r requirements.txt\nCOPY . ." } },
  { "a 3 R c COPY . .\na 4 R d<c RUN uv pip install -r r.txt\n", NULL,
    .wanted = { VPROD_VERDICT_FAIL, 0, "run again", "RUN pip install --no-cache-dir -r" } },
  { "a 3 R c COPY . .\na 4 R d<c RUN uv sync\n", NULL,
    .wanted = { VPROD_VERDICT_FAIL, 0, "run again", "RUN uv sync --frozen --no-dev --no-install-project\nCOPY . ." } },
  { "a 3 R c COPY . .\na 4 R d<c RUN npm ci\n", NULL, .wanted = { VPROD_VERDICT_FAIL, 0, "run again", "npm ci --omit=dev" } },
  /* a name for the file that the text does not tell, but nothing else can have been the reason */
  { "a 2 C b RUN pip install x\na 3 R c<b,ctx COPY lib /x\n", NULL,
    .wanted = { VPROD_VERDICT_PASS, 0, "`COPY lib /x` ran", "" } },

  /* the dependency step ran */
  { "a 2 R b<ctx COPY . .\na 3 R c<b RUN : install-deps\n", "install-deps",
    .wanted = { VPROD_VERDICT_FAIL, 0, "the cache is lost at `COPY . .`, which comes before it", "First copy only" },
    "COPY . ." },
  { "a 2 C w WORKDIR /x\na 3 R b COPY . .\na 4 R x RUN true\na 5 R c RUN : install-deps\n", "install-deps",
    .wanted = { VPROD_VERDICT_FAIL, 0, "lost at `COPY . .`", NULL }, "COPY . ." },
  { "a 3 R c<ctx RUN --mount=type=bind,target=. : install-deps\n", "install-deps",
    .wanted = { VPROD_VERDICT_FAIL, 0, "it reads the file itself, through a bind mount", "--mount=type=bind,source" } },
  /* … and the stage that it is built on says why, where the builder does not */
  { "low 2 C w WORKDIR /x\nlow 3 R b COPY . .\nlow 4 R y RUN true\ntop 2 R c RUN : install-deps\n", "install-deps",
    .wanted = { VPROD_VERDICT_FAIL, 0, "lost at `COPY . .`", NULL }, "COPY . ." },
  { "round 3 R c RUN : install-deps\n", "install-deps", .control = "round 3 C c RUN : install-deps\n",
    .wanted = { VPROD_VERDICT_FAIL, 0, "makes `RUN : install-deps` run again", NULL } },
  /* … for a reason that only another build tells */
  { "a 2 R b ADD https://x/date /d\na 3 R c<b RUN : install-deps\na 4 R d<c COPY . .\n", "install-deps",
    .control = "a 1 C z WORKDIR /\na 2 R b ADD https://x/date /d\na 3 R c<b RUN : install-deps\n",
    .wanted = { VPROD_VERDICT_FAIL, 0, "`ADD https://x/date /d` runs in every build, also when nothing changed",
    "Move what changes" } },
  { "a 2 R b RUN date\na 3 R c<b RUN : install-deps\na 4 R d<c COPY . .\n", "install-deps",
    .control = "a 2 R b RUN date\na 3 R c<b RUN : install-deps\na 4 R d<c COPY . .\n", .caches = -1,
    .wanted = { 0, VPROD_ERROR_UNSUPPORTED, "this builder reuses nothing", NULL } },
  { "a 2 R b RUN date\na 3 R c<b RUN : install-deps\na 4 R d<c COPY . .\n", "install-deps",
    .control = "a 2 R b RUN date\na 3 R c<b RUN : install-deps\na 4 R d<c COPY . .\n", .caches = 1,
    .wanted = { VPROD_VERDICT_FAIL, 0, "`RUN date` runs in every build", NULL } },
  /* a file that did not change is no reason to copy it again */
  { "a 2 R b COPY lock .\na 3 R c<b RUN : install-deps\na 4 R d<c COPY . .\n", "install-deps",
    .control = "a 1 C z WORKDIR /\na 2 R b COPY lock .\na 3 R c<b RUN : install-deps\n",
    .wanted = { 0, VPROD_ERROR_ENGINE, "ran `COPY lock .` again and again", NULL } },
  { "a 3 R c RUN : install-deps\na 4 R d<c COPY . .\n", "install-deps",
    .control = "a 3 C c RUN : install-deps\na 4 C d<c COPY . .\n",
    .wanted = { VPROD_VERDICT_FAIL, 0, "a change of app/main.py makes `RUN : install-deps` run again", NULL } },

  /* nothing proven */
  { "a 2 C b RUN : install-deps\na 3 C c<b COPY . .\n", "install-deps", .sent = -1,
    .wanted = { VPROD_VERDICT_FAIL, 0, "app/main.py is not sent to the engine", ".dockerignore" } },
  { "a 2 C b RUN : install-deps\na 3 C c<b COPY lock .\n", "install-deps", .sent = 1,
    .wanted = { VPROD_VERDICT_FAIL, 0, "no step that was reached copies app/main.py", "no COPY or ADD takes it" } },
  { "a 2 C b RUN : install-deps\na 3 R c<b RUN date\n", "install-deps", .sent = 1,
    .wanted = { VPROD_VERDICT_FAIL, 0, "nothing is proven", NULL } },

  /* no dependency step */
  { "a 3 R c COPY . .\n", NULL, .wanted = { VPROD_VERDICT_SKIP, 0, "checks.layer-cache.cached", NULL } },
  { "a 2 C b RUN make\na 3 R c COPY . .\n", "install-all",
    .wanted = { VPROD_VERDICT_FAIL, 0, "no step of the build contains \"install-all\"",
    "Correct checks.layer-cache.cached" } },
  { "a 2 C b RUN npm install\na 3 R c COPY . .\n", "npm ci",
    .wanted = { VPROD_VERDICT_FAIL, 0, "the nearest is `RUN npm install`", NULL } },
  { "a 3 R c COPY . .\n", "elsewhere",
    .wanted = { VPROD_VERDICT_FAIL, 0, "\"elsewhere\" stands in the Dockerfile, but in no step of this build", "stage" } },
  { "a 3 R c COPY . .\n", ": get -r $LOCK",
    .wanted = { VPROD_VERDICT_FAIL, 0, "\": get -r $LOCK\" stands in the Dockerfile, but in no step of", "stage" } },
  { "", NULL, .wanted = { VPROD_VERDICT_SKIP, 0, "cached", NULL } },

  /* the spec has one blank where the step has many, and a variable's name where it has the value */
  { "a 2 C b RUN : get      -r lock\na 3 R c COPY . .\n", "get -r lock",
    .wanted = { VPROD_VERDICT_PASS, 0, "CACHED", "" } },
  { "a 2 C b RUN : get -r lock\na 3 R c COPY . .\n", "get\n   -r\tlock",
    .wanted = { VPROD_VERDICT_PASS, 0, "CACHED", "" } },
  { "a 2 C b RUN : get -rlock\na 3 R c COPY . .\n", "get -r lock",
    .wanted = { VPROD_VERDICT_FAIL, 0, "the nearest is `RUN : get -rlock`", NULL } },
  { "a 2 C b RUN : get lock\na 3 R c COPY . .\n", "getlock", .wanted = { VPROD_VERDICT_FAIL, 0, "no step of", NULL } },
  { "a 2 C b RUN : get\na 3 R c COPY . .\n", "get ", .wanted = { VPROD_VERDICT_FAIL, 0, "no step of", NULL } },
  { "vars 2 C b RUN : get    -r lock\na 3 R c COPY . .\n", ": get -r $LOCK",
    .wanted = { VPROD_VERDICT_PASS, 0, "CACHED", "" } },
  { "vars 3 C b RUN : wait for lock\na 3 R c COPY . .\n", ": get -r $LOCK",
    .wanted = { VPROD_VERDICT_FAIL, 0, "but in no step of this build", NULL } },
  /* a position tells nothing where what stands there has no variable */
  { "deps 3 C b RUN : of a base\na 3 R c COPY . .\n", "install-deps",
    .wanted = { VPROD_VERDICT_FAIL, 0, "but in no step of this build", NULL } },

  /* heredocs show their first line alone */
  { "a 2 C b RUN <<EOF (set -e...)\na 3 R c COPY . .\n", "in-a-heredoc",
    .wanted = { VPROD_VERDICT_PASS, 0, "RUN <<EOF", "" } },
  { "a 2 C b RUN <<EOF (set -x...)\na 3 R c COPY . .\n", "in-a-heredoc",
    .wanted = { VPROD_VERDICT_FAIL, 0, "in-a-heredoc", NULL } },

  /* FROM and the builder's own work say nothing */
  { CONTEXT "a 1 C a FROM pip-install\na 3 R c COPY . .\n", "pip-install",
    .wanted = { VPROD_VERDICT_FAIL, 0, "no step", NULL } },

  /* the second build failed */
  { "a 2 C b RUN : install-deps\na 3 R c<b COPY . .\na 4 F d<c RUN make\n", "install-deps", .failed = 1,
    .wanted = { VPROD_VERDICT_PASS, 0, "CACHED", NULL } },
  { "a 2 R b COPY . .\na 3 F c<b RUN : install-deps\n", "install-deps", .failed = 1,
    .wanted = { VPROD_VERDICT_FAIL, 0, "run again", NULL } },
  { "a 2 C b RUN : install-deps\na 3 X c<b COPY . .\nz 2 F d RUN x\n", "install-deps", .failed = 1,
    .wanted = { 0, VPROD_ERROR_ENGINE, "failed before it could be told: no room", NULL } },
  { "a 2 S b RUN : install-deps\nz 2 F d RUN x\n", "install-deps", .failed = 1,
    .wanted = { 0, VPROD_ERROR_ENGINE, "failed before it could be told", NULL } },
};

static void read_dockerfile (struct vprod__dockerfile *ret)
{
  ck_assert_int_eq (vprod__dockerfile_parse (DOCKERFILE, strlen (DOCKERFILE), ret), 0);
}

static void judge (const struct judged *j, vprod_result **ret)
{
  struct vprod__steps second = read_steps (j->second), control = read_steps (j->control);
  char pattern[64] = "";
  char *patterns[] = { j->pattern ? pattern : NULL, NULL };
  struct vprod__dockerfile instructions = { 0 };
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  snprintf (pattern, sizeof pattern, "%s", j->pattern ? j->pattern : "");
  read_dockerfile (&instructions);
  struct vprod__layer_cache_facts facts = {
    .touch = "app/main.py",
    .patterns = patterns,
    .dockerfile = DOCKERFILE,
    .instructions = &instructions,
    .second = &second,
    .succeeded = !j->failed,
    .message = "no room",
    .sent = j->sent == 0 ? -1 : j->sent > 0,
    .control = j->control ? &control : NULL,
    .builder_caches = j->caches == 0 ? -1 : j->caches > 0,
  };
  /* only what is asked for is known */
  ck_assert_int_eq (vprod__cache_wants_control (&facts), j->control != NULL);
  if (j->control)
    ck_assert_int_eq (vprod__cache_wants_probe (&facts), j->caches != 0);
  if (j->sent)
    ck_assert_int_eq (vprod__cache_wants_sent (&facts), 1);
  int r = vprod__layer_cache_judge (&facts, result, &err);
  assert_wanted (r, result, err, &j->wanted);
  if (j->evidence)
    ck_assert_str_eq (vprod_finding_find_field (vprod_result_get_finding_at (result, 0), "broken_by"), j->evidence);
  vprod__steps_clear (&second);
  vprod__steps_clear (&control);
  vprod__dockerfile_clear (&instructions);
  *ret = result;
}

START_TEST (judges)
{
  vprod_result *result;

  judge (&judged[_i], &result);
  vprod_result_free (result);
}
END_TEST

/* When is the build after the change told enough of? */
#define FIRST                                                                                                \
  "b 1 C x FROM base\nb 2 R a RUN : install-deps\nb 3 R c COPY . .\nb 4 R d RUN make\n"                    \
  "main 2 R e RUN : install-deps more\nmain 3 R f<e,d COPY --from=b /x /x\n"
#define REACHED "b 2 C a RUN : install-deps\nb 3 R c COPY . .\nb 4 S d RUN make\n"

#define FILE_OF "FROM base AS b\nRUN : install-deps\nCOPY . .\nRUN make\n"

static const struct told {
  const char *first;
  const char *second;
  int told;
  const char *dockerfile; /* NULL: the one above, of which the target needs none */
  const char *target;
} told[] = {
  { FIRST, REACHED, 1 },
  { FIRST, "b 2 C a RUN : install-deps\nb 3 R c COPY . .\n", 1 },
  { FIRST, REACHED "main 2 C e RUN : install-deps more\n", 1 },
  /* the step that takes the file has not run yet, or is no such step */
  { FIRST, "b 2 C a RUN : install-deps\nb 3 S c COPY . .\n", 0 },
  { FIRST, "b 2 C a RUN : install-deps\nb 3 C c COPY . .\n", 0 },
  { FIRST, "b 2 C a RUN : install-deps\nb 3 R c COPY lock .\n", 0 },
  { FIRST, "", 0 },
  /* a dependency step runs, or may still run */
  { FIRST, "b 2 S a RUN : install-deps\nb 3 R c COPY . .\n", 0 },
  { FIRST, "b 2 R a RUN : install-deps\nb 3 R c COPY . .\n", 0 },
  { FIRST, REACHED "main 2 S e RUN : install-deps more\n", 0 },
  { FIRST, REACHED "new 2 S e RUN : install-deps new\n", 0 },
  { FIRST "b 5 R g RUN : install-deps last\n", REACHED, 0 },
  /* the same words once more, before the sources in one place and after them in the other */
  { FIRST "b 5 R g RUN : install-deps\n", REACHED, 0 },
  { FIRST "main 5 R g RUN : install-deps\n", REACHED, 0 },
  { FIRST "main 5 R g RUN : install-deps\n", REACHED "main 5 S g RUN : install-deps\n", 0 },
  /* none was seen CACHED */
  { "main 2 R e RUN : install-deps\n", "b 3 R c COPY . .\n", 0 },
  { "b 3 R c COPY . .\n", "b 3 R c COPY . .\n", 0 },
  /* the stage beside it takes something itself, or what it takes is not known */
  { FIRST "o 2 R g COPY lock .\no 3 R h RUN : install-deps o\n", REACHED, 0 },
  { FIRST "o 2 R g COPY --from=b /x .\no 3 R h RUN : install-deps o\n", REACHED, 0 },
  { FIRST "o 2 R g ADD https://x/y .\no 3 R h RUN : install-deps o\n", REACHED, 0 },
  { FIRST "o 2 R g RUN --mount=type=bind,target=/s : install-deps o\n", REACHED, 0 },
  { FIRST "o 2 R g RUN --mount=target=/s,from=b : install-deps o\n", REACHED, 0 },
  { FIRST "o 2 R g RUN --mount=type=cache,from=b,target=/s : install-deps o\n", REACHED, 0 },
  { FIRST "o 2 R g RUN --mount=type=cache,target=/s : install-deps o\n", REACHED, 1 },
  { FIRST "o 2 R g RUN true\no 3 R h WORKDIR /x\no 4 R i RUN : install-deps o\n", REACHED, 1 },
  { FIRST "o 4 R i RUN : install-deps o\n", REACHED, 0 },
  /* on another stage, or on scratch, there is no FROM to count */
  { FIRST "o 1 R g RUN true\no 2 R h RUN : install-deps o\n", REACHED, 0 },
  { FIRST "o 1 R g RUN : install-deps o\n", REACHED, 0 },
  /* two builds at once: the builder told the other one of a step of the first, or all is told, here or by another's name */
  { FIRST, REACHED, 0, FILE_OF "RUN : install-deps later\n", NULL },
  { FIRST, REACHED, 0, FILE_OF "RUN <<EOF\n: install-deps later\nEOF\n", NULL },
  { FIRST, REACHED, 0, "FROM base AS low\nRUN : install-deps low\n" FILE_OF "COPY --from=low /x /x\n", NULL },
  { FIRST, REACHED, 0, FILE_OF "RUN : install-deps later\nFROM base AS last\n", "b" },
  { FIRST, REACHED, 1, FILE_OF, NULL },
  { FIRST, REACHED, 1, FILE_OF "RUN echo later\n", NULL },
  { FIRST, REACHED, 1, FILE_OF "RUN   : \\\n  install-deps\n", NULL },
  { FIRST, REACHED, 1, FILE_OF "FROM base AS last\nRUN : install-deps last\n", "b" },
  { FIRST, REACHED, 1, "FROM base AS low\nRUN : install-deps low\n" FILE_OF, NULL },
  /* a builder whose names hold no numbers */
  { FIRST "- 0 R g RUN : install-deps o\n", REACHED, 0 },
};

START_TEST (knows_when_enough_is_told)
{
  struct vprod__steps first = read_steps (told[_i].first), second = read_steps (told[_i].second);
  char pattern[] = "install-deps";
  char *patterns[] = { pattern, NULL };
  struct vprod__dockerfile instructions = { 0 };
  struct vprod__layer_cache_facts facts = {
    .touch = "app/main.py", .patterns = patterns, .dockerfile = DOCKERFILE, .instructions = &instructions,
    .first = &first, .second = &second,
    .target = told[_i].target, .sent = -1, .builder_caches = -1 };

  if (told[_i].dockerfile)
    ck_assert_int_eq (
      vprod__dockerfile_parse (told[_i].dockerfile, strlen (told[_i].dockerfile), &instructions), 0);
  else
    read_dockerfile (&instructions);
  ck_assert_int_eq (vprod__cache_is_told (&facts), told[_i].told);
  if (told[_i].told) { /* … then it is a pass */
    vprod_result *result = new_result ();
    vprod_error *err = NULL;
    facts.succeeded = 1;
    int r = vprod__layer_cache_judge (&facts, result, &err);
    assert_wanted (r, result, err, &(struct wanted) { VPROD_VERDICT_PASS, 0, "CACHED and `COPY . .` ran", "" });
    vprod_result_free (result);
  }
  vprod__steps_clear (&first);
  vprod__steps_clear (&second);
  vprod__dockerfile_clear (&instructions);
}
END_TEST

START_TEST (a_step_that_stands_on_itself_ends)
{
  struct vprod__steps steps = read_steps ("a 2 R b<b RUN x\na 3 R c<d RUN y\na 4 R d<c RUN z\n");

  ck_assert_ptr_eq (vprod__step_breaker (&steps, &steps.list[0], DOCKERFILE), &steps.list[0]);
  ck_assert_ptr_nonnull (vprod__step_breaker (&steps, &steps.list[1], DOCKERFILE));
  vprod__steps_clear (&steps);
}
END_TEST

/* The classic builder and Podman tell of no graph, but number what they do. */
START_TEST (knows_what_lost_the_cache_from_the_numbers_alone)
{
  static char names[][2][32] = { { "Step 2/4 : x", "Step 3/4 : x" }, { "STEP 2/4: x", "STEP 3/4: x" },
                                 { "[1/2] STEP 2/4: x", "[1/2] STEP 3/4: x" }, { "[2/4] x", "[3/4] x" } };
  static char stage[] = "", copy[] = "COPY . .", run[] = "RUN pip install x";
  struct vprod__step list[] = {
    { .stage = stage, .text = copy, .name = names[_i][0], .state = VPROD_STEP_RAN },
    { .stage = stage, .text = run, .name = names[_i][1], .state = VPROD_STEP_RAN },
  };
  const struct vprod__steps steps = { list, 2 };
  ck_assert_ptr_eq (vprod__step_breaker (&steps, &list[1], ""), &list[0]);
}
END_TEST

/* ---- in a session -------------------------------------------------------------------------------------- */

#define YAML(options) "version: 1\nname: subject\nchecks:\n  layer-cache: {" options "}\n"

static char changed[4096]; /* app/main.py in the context of the second build */
static int dockerfile_is_copy;

static void looks_at_context (void *data, const vprod_build_request *request, struct mock_build *build)
{
  char path[4096];

  (void) data;
  if (build->nth != 2)
    return;
  snprintf (path, sizeof path, "%s/app/main.py", request->context_dir);
  FILE *file = fopen (path, "r");
  ck_assert_ptr_nonnull (file);
  changed[fread (changed, 1, sizeof changed - 1, file)] = '\0';
  fclose (file);
  dockerfile_is_copy = strncmp (request->dockerfile, request->context_dir, strlen (request->context_dir)) == 0;
}

static void prepare_look (struct mock *mock)
{
  mock->data = mock;
  mock->on_build = looks_at_context;
}

START_TEST (builds_again_with_one_file_changed_by_blanks)
{
  struct mock *mock = mock_new ();
  struct flow flow = { vprod_check_layer_cache, YAML ("touch: app/main.py"), prepare_look };
  static const char original[] = "print ('hello')\n";

  prepare_look (mock);
  vprod_result *result = flow_run (&flow, mock, &(struct wanted) { VPROD_VERDICT_PASS, 0, "pip install", "" });
  vprod_result_free (result);
  ck_assert_int_eq (strncmp (changed, original, strlen (original)), 0);
  const char *added = changed + strlen (original);
  ck_assert_uint_ge (strlen (added), 64);
  ck_assert_uint_eq (strspn (added, " \n"), strlen (added));
  ck_assert_int_eq (added[strlen (added) - 1], '\n');
  ck_assert_int_eq (dockerfile_is_copy, 1);

  char first[4096];
  strcpy (first, changed);
  flow_says (&flow, &(struct wanted) { VPROD_VERDICT_PASS, 0, "pip install", "" });
  ck_assert_str_ne (first, changed);
}
END_TEST

START_TEST (own_files_are_never_changed)
{
  struct mock *mock = mock_new ();
  vprod_result *result = NULL;
  vprod_error *err = NULL;
  char *path = NULL, text[100] = "";
  vprod_session *session = mock_session (mock, YAML ("touch: app/main.py"));

  assert_ok (vprod_check_layer_cache (session, &result, &err), err);
  ck_assert_int_gt (asprintf (&path, "%s/app/main.py", mock_folder (mock)), 0);
  FILE *file = fopen (path, "r");
  ck_assert_uint_gt (fread (text, 1, sizeof text - 1, file), 0);
  fclose (file);
  ck_assert_str_eq (text, "print ('hello')\n");
  free (path);
  vprod_result_free (result);
  vprod_session_free (session);
  mock_free (mock);
}
END_TEST

static void all_cached (void *data, const vprod_build_request *request, struct mock_build *build)
{
  static const struct mock_step steps[] = {
    { "3", "stage-0", "RUN pip install -r requirements.txt", "[2/3] RUN pip", VPROD_STEP_CACHED, NULL },
    { "4", "stage-0", "COPY app app", "[3/3] COPY app app", VPROD_STEP_CACHED, NULL },
    { 0 },
  };
  static const char *const without[] = { "requirements.txt", NULL };

  (void) request;
  build->steps = steps;
  if (data)
    build->files = without;
}

static void prepare_cached (struct mock *mock)
{
  mock->on_build = all_cached;
}

static void prepare_not_sent (struct mock *mock)
{
  unit_write_file (mock_folder (mock), "Dockerfile.prod.dockerignore", "app\n");
  mock->on_build = all_cached;
  mock->data = mock;
}

static void never_cached (void *data, const vprod_build_request *request, struct mock_build *build)
{
  static const struct mock_step steps[] = {
    { "2", "stage-0", "RUN date", "[1/3] RUN date", VPROD_STEP_RAN, NULL },
    { "3", "stage-0", "RUN pip install -r requirements.txt", "[2/3] RUN pip", VPROD_STEP_RAN, NULL },
    { "4", "stage-0", "COPY app app", "[3/3] COPY app app", VPROD_STEP_RAN, NULL },
    { 0 },
  };
  static const struct mock_step probe[] = {
    { "9", "stage-0", "COPY content /", "[1/1] COPY content /", VPROD_STEP_CACHED, NULL }, { 0 }
  };

  (void) request;
  build->steps = data && build->nth == 5 ? probe : steps;
}

static void prepare_no_cache (struct mock *mock)
{
  mock->on_build = never_cached;
}

static void prepare_date (struct mock *mock)
{
  mock->on_build = never_cached;
  mock->data = mock;
}

/* The first build from the copy takes tool for another file than the original. */
static void copy_differs (void *data, const vprod_build_request *request, struct mock_build *build)
{
  static struct mock_step steps[] = {
    { "2", "stage-0", "COPY tool tool", "[1/3] COPY tool tool", VPROD_STEP_RAN, NULL },
    { "3", "stage-0", "RUN pip install -r requirements.txt", "[2/3] RUN pip", VPROD_STEP_RAN, NULL },
    { "4", "stage-0", "COPY app app", "[3/3] COPY app app", VPROD_STEP_RAN, NULL },
    { 0 },
  };

  (void) data;
  (void) request;
  steps[0].state = steps[1].state = build->nth > 2 ? VPROD_STEP_CACHED : VPROD_STEP_RAN;
  steps[2].state = build->nth == 3 ? VPROD_STEP_CACHED : VPROD_STEP_RAN;
  build->steps = steps;
}

static void prepare_copy_differs (struct mock *mock)
{
  mock->on_build = copy_differs;
}

static void second_fails (void *data, const vprod_build_request *request, struct mock_build *build)
{
  (void) data;
  (void) request;
  if (build->nth == 2) {
    static const struct mock_step none[] = { { 0 } };
    build->steps = none;
    build->failed = 1;
    build->message = "the disk of the builder is full";
  }
}

static void prepare_second_fails (struct mock *mock)
{
  mock->on_build = second_fails;
}

static void does_not_build (void *data, const vprod_build_request *request, struct mock_build *build)
{
  (void) data;
  (void) request;
  build->failed = 1;
}

static void prepare_no_image (struct mock *mock)
{
  mock->on_build = does_not_build;
}

static const struct {
  struct flow flow;
  struct wanted wanted;
} flows[] = {
  { { .yaml = YAML ("touch: app/main.py") }, { VPROD_VERDICT_PASS, 0, "after a change of app/main.py", "" } },
  { { .yaml = YAML ("touch: ./app//main.py, cached: [pip install]") },
    { VPROD_VERDICT_PASS, 0, "after a change of app/main.py", "" } },
  { { .yaml = YAML ("") }, { VPROD_VERDICT_SKIP, 0, "checks.layer-cache.touch", NULL } },
  { { .yaml = "version: 1\nimage: {ref: x}\n" }, { VPROD_VERDICT_SKIP, 0, "an image that exists, x", NULL } },
  { { .yaml = YAML ("touch: app/nowhere.py") }, { 0, VPROD_ERROR_SPEC, "app/nowhere.py", NULL } },
  { { .yaml = YAML ("touch: app") }, { 0, VPROD_ERROR_SPEC, "a folder", NULL } },
  { { NULL, YAML ("touch: app/main.py"), prepare_no_image }, { VPROD_VERDICT_SKIP, 0, "did not build", NULL } },
  { { NULL, YAML ("touch: app/main.py"), prepare_cached },
    { VPROD_VERDICT_FAIL, 0, "no step that was reached copies", NULL } },
  { { NULL, YAML ("touch: app/main.py"), prepare_not_sent },
    { VPROD_VERDICT_FAIL, 0, "is not sent to the engine", "Dockerfile.prod.dockerignore leaves it out" } },
  { { NULL, YAML ("touch: app/main.py"), prepare_no_cache },
    { 0, VPROD_ERROR_UNSUPPORTED, "reuses nothing", NULL } },
  { { NULL, YAML ("touch: app/main.py"), prepare_date },
    { VPROD_VERDICT_FAIL, 0, "`RUN date` runs in every build", NULL } },
  { { NULL, YAML ("touch: app/main.py"), prepare_copy_differs },
    { VPROD_VERDICT_PASS, 0, "`RUN pip install -r requirements.txt` was CACHED and `COPY app app` ran", "" } },
  { { NULL, YAML ("touch: app/main.py"), prepare_second_fails },
    { 0, VPROD_ERROR_ENGINE, "the disk of the builder is full", NULL } },
};

START_TEST (says_in_a_session)
{
  struct flow flow = flows[_i].flow;

  flow.check = vprod_check_layer_cache;
  flow_says (&flow, &flows[_i].wanted);
}
END_TEST

START_TEST (refuses_a_file_outside_of_the_context)
{
  struct mock *mock = mock_new ();
  struct flow flow = { vprod_check_layer_cache, YAML ("touch: out/hosts"), NULL };
  char *link = NULL;

  ck_assert_int_gt (asprintf (&link, "%s/out", mock_folder (mock)), 0);
  ck_assert_int_eq (symlink ("/etc", link), 0);
  free (link);
  flow_run (&flow, mock, &(struct wanted) { 0, VPROD_ERROR_SPEC, "outside of the build context", NULL });
}
END_TEST

START_TEST (no_failure_of_a_slot_becomes_a_verdict)
{
  static const char *const may_fail[] = { NULL };

  flow_sweep (&(struct flow) { vprod_check_layer_cache, YAML ("touch: app/main.py"), NULL }, may_fail);
  flow_sweep (&(struct flow) { vprod_check_layer_cache, YAML ("touch: app/main.py"), prepare_date }, may_fail);
  flow_sweep (&(struct flow) { vprod_check_layer_cache, YAML ("touch: app/main.py"), prepare_cached }, may_fail);
  flow_sweep (&(struct flow) { vprod_check_layer_cache, YAML ("touch: app/main.py"), prepare_copy_differs }, may_fail);
}
END_TEST

START_TEST (ends_on_cancel_and_in_time)
{
  struct flow flow = { vprod_check_layer_cache, YAML ("touch: app/main.py"), NULL };

  flow_is_cancelled (&flow, "build", 2);
  flow_runs_out_of_time (&flow, "build", 2);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("check_layer_cache");
  TCase *tcase = tcase_create ("judge");

  tcase_add_loop_test (tcase, knows_the_installs_of_package_managers, 0, COUNT (installs));
  tcase_add_loop_test (tcase, knows_which_step_takes_a_file, 0, COUNT (takers));
  tcase_add_loop_test (tcase, judges, 0, COUNT (judged));
  tcase_add_loop_test (tcase, knows_when_enough_is_told, 0, COUNT (told));
  tcase_add_test (tcase, a_step_that_stands_on_itself_ends);
  tcase_add_loop_test (tcase, knows_what_lost_the_cache_from_the_numbers_alone, 0, 4);
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("session");
  tcase_set_timeout (tcase, 120);
  tcase_add_test (tcase, builds_again_with_one_file_changed_by_blanks);
  tcase_add_test (tcase, own_files_are_never_changed);
  tcase_add_loop_test (tcase, says_in_a_session, 0, COUNT (flows));
  tcase_add_test (tcase, refuses_a_file_outside_of_the_context);
  tcase_add_test (tcase, no_failure_of_a_slot_becomes_a_verdict);
  tcase_add_test (tcase, ends_on_cancel_and_in_time);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
