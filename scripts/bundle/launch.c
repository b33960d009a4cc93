/*
 * `bin/extender` and `bin/dockerfile-extender` of the portable folder: becomes Node.js on the program of the same
 * name, with the loader and the libraries of this folder, wherever the folder lies and whatever the image holds.
 *
 * It is linked statically, so that it starts where there is nothing. The loader gets the libraries' place as an
 * argument rather than by LD_LIBRARY_PATH, which children would inherit.
 *
 * Without --openssl-config, Node.js reads the image's openssl.cnf, and ends where that is not to its liking.
 *
 * Variables that an image may set for its own programs, and that our loader or Node.js would act on before our
 * program has a say, are kept under another name; `restore-environment.js` gives them back.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEPT "EXTENDER_KEPT_"

static const char *const acted_on[] = {
    "LD_", "GLIBC_TUNABLES=", "NODE_OPTIONS=", "NODE_V8_COVERAGE=", "OPENSSL_CONF=",
};

static int fail(const char *what) {
  fprintf(stderr, "extender: %s: %s\n", what, strerror(errno));
  return 1;
}

static char *join(const char *a, const char *b, const char *c) {
  char *text = malloc(strlen(a) + strlen(b) + strlen(c) + 1);
  if (text != NULL) strcat(strcat(strcpy(text, a), b), c);
  return text;
}

static char *keep(char *variable) {
  for (size_t i = 0; i < sizeof acted_on / sizeof *acted_on; i++)
    if (strncmp(variable, acted_on[i], strlen(acted_on[i])) == 0) return join(KEPT, variable, "");
  return variable;
}

int main(int argc, char **argv, char **environment) {
  static char self[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length <= 0) return fail("/proc/self/exe cannot be read, so its own folder cannot be found");
  char *name = strrchr(self, '/') + 1;
  char *folder = strndup(self, name - self - strlen("bin/"));

  for (char **at = environment; *at != NULL; at++) *at = keep(*at);

  char *loader = join(folder, "lib/", LOADER);
  char *prefix[] = {
      loader, "--argv0", name, "--inhibit-cache", "--library-path", join(folder, "lib", ""),
      join(folder, "lib/node", ""), "--openssl-config=/dev/null",
      join(folder, "dist/program/", join(name, ".js", "")),
  };
  const size_t count = sizeof prefix / sizeof *prefix;
  char **arguments = calloc(count + argc + 1, sizeof *arguments);
  if (arguments == NULL) return fail("out of memory");
  memcpy(arguments, prefix, sizeof prefix);
  for (int i = 1; i < argc; i++) arguments[count + i - 1] = argv[i];
  execve(loader, arguments, environment);
  return fail(loader);
}
