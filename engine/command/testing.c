/* testing.c -- the tests beside rules that were read, run
 * before these count. */

#include "command/testing.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define LIMIT_NS UINT64_C(60000000000)
#define PATH_BYTES (2 * CONFIG_PATH_MAX)

/* What the child needs, found out before the fork. */
struct trial_run {
	char   folder[CONFIG_PATH_MAX + 32];
	char   program[CONFIG_PATH_MAX];
	uid_t  uid;
	gid_t  gid;
	bool   change_user;
	size_t tests;
};

static int fail(char *why, size_t size, const char *what, int error)
{
	snprintf(why, size, "the tests of the rules cannot be run: %s: %s",
	         what, strerror(-error));
	return error;
}

static int folder_for(const struct trial_run *t, char *path)
{
	for (char *at = path + strlen(t->folder) + 1;
	     (at = strchr(at, '/')) != NULL; at++) {
		int r;

		*at = '\0';
		r = mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : 0;
		*at = '/';
		if (r < 0)
			return r;
	}
	return 0;
}

/* Where it would lie if this were the root; nothing leads out of it. */
static int place_of(const struct trial_run *t, const char *path, char *out,
                    size_t size)
{
	int n = snprintf(out, size, "%s/%s", t->folder,
	                 path[0] == '/' ? path + 1 : path);

	if (n < 0 || (size_t)n >= size)
		return -ENAMETOOLONG;
	for (char *up; (up = strstr(out, "/../")) != NULL; )
		up[1] = up[2] = '_';
	return 0;
}

static int put(const struct trial_run *t, const struct rule_source *one)
{
	char    path[PATH_BYTES];
	int     r = place_of(t, one->path, path, sizeof path), fd;
	ssize_t n;

	if (r == 0)
		r = folder_for(t, path);
	if (r < 0)
		return r;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	n = write(fd, one->text, one->bytes);
	r = n < 0 ? -errno : (size_t)n == one->bytes ? 0 : -EIO;
	close(fd);
	return r;
}

static int put_all(const struct trial_run *t, const struct sources *s)
{
	int r = 0;

	for (size_t i = 0; i < s->count && r == 0; i++)
		r = put(t, &s->source[i]);
	return r;
}

/* A file that was named has its tests beside it: a.lua in a.test.lua. */
static void beside(const char *rules, char *out, size_t size)
{
	int stem = (int)strlen(rules) - (int)strlen(".lua");

	out[0] = '\0';
	if (stem > 0 && strcmp(rules + stem, ".lua") == 0)
		snprintf(out, size, "%.*s.test.lua", stem, rules);
}

static int tests_of(struct sources *tests, const char *path, char *why,
                    size_t size)
{
	char        name[PATH_BYTES];
	struct stat st;

	if (stat(path, &st) < 0)
		return 0;               /* configured, not there              */
	if (S_ISDIR(st.st_mode))
		return sources_add(tests, LAYER_ADMIN, path, why, size);
	beside(path, name, sizeof name);
	return access(name, R_OK) < 0 ? 0
	       : sources_add(tests, LAYER_ADMIN, name, why, size);
}

static int tests_find(const struct start *s, struct sources *tests, char *why,
                      size_t size)
{
	int r = 0;

	for (int i = 0; i < s->rest_count && r == 0; i++)
		r = tests_of(tests, s->rest[i], why, size);
	for (int layer = 0; layer < LAYERS && s->rest_count == 0; layer++)
		for (size_t i = 0; i < s->config.rules[layer].count && r == 0;
		     i++)
			r = tests_of(tests, s->config.rules[layer].path[i], why,
			             size);
	return r;
}

static int prepare(struct trial_run *t, const struct start *s)
{
	const struct passwd *who;
	int r = linux_find_program("pqs-rules", t->program, sizeof t->program);

	if (r < 0)
		return r;
	t->change_user = geteuid() == 0;
	who = t->change_user ? getpwnam(s->config.worker.user) : NULL;
	if (t->change_user && (who == NULL || who->pw_uid == 0))
		return -ENOENT;
	if (who != NULL) {
		t->uid = who->pw_uid;
		t->gid = who->pw_gid;
	}
	snprintf(t->folder, sizeof t->folder, "/tmp/pqs-tests-XXXXXX");
	return mkdtemp(t->folder) == NULL || chmod(t->folder, 0755) < 0 ? -errno
	                                                                : 0;
}

static int remove_one(const char *path, const struct stat *st, int kind,
                      struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

/* A copy of a process with threads: nothing here takes a lock. */
__attribute__((noreturn))
static void be_tests(const struct trial_run *t, int out, pid_t parent)
{
	static char  test[] = "test";
	char *const  argv[] = { (char *)(uintptr_t)t->program, test,
	                        (char *)(uintptr_t)t->folder, NULL };
	static char  lang[] = "LANG=C";
	char *const  env[] = { lang, NULL };
	sigset_t     none;
	int          null = open("/dev/null", O_RDONLY);

	sigemptyset(&none);
	if (dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
	    sigprocmask(SIG_SETMASK, &none, NULL) < 0 ||
	    (t->change_user &&
	     (setgroups(0, NULL) < 0 || setresgid(t->gid, t->gid, t->gid) < 0 ||
	      setresuid(t->uid, t->uid, t->uid) < 0)) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent ||
	    chdir("/") < 0)
		_exit(126);
	execve(t->program, argv, env);
	_exit(127);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* What it says, as far as there is room; false: it took too long. */
static bool listen_to(int from, char *text, size_t size)
{
	uint64_t end_ns = now_ns() + LIMIT_NS;
	size_t   used = 0;
	char     spare[4096];

	for (;;) {
		struct pollfd p = { from, POLLIN, 0 };
		uint64_t      now = now_ns();
		bool          full = used + 1 >= size;
		ssize_t       n;

		text[used] = '\0';
		if (now >= end_ns)
			return false;
		if (poll(&p, 1, (int)((end_ns - now) / 1000000) + 1) <= 0)
			continue;
		n = full ? read(from, spare, sizeof spare)
		         : read(from, text + used, size - 1 - used);
		if (n == 0)
			return true;
		if (n > 0 && !full)
			used += (size_t)n;
	}
}

/* The paths that people know. */
static void strip_folder(char *text, const char *folder)
{
	size_t n = strlen(folder);

	for (char *at; (at = strstr(text, folder)) != NULL; )
		memmove(at, at + n, strlen(at + n) + 1);
}

static int run(const struct trial_run *t, char *why, size_t size)
{
	pid_t parent = getpid(), child;
	int   pipes[2], status = 0;
	bool  in_time;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return fail(why, size, "pipe", -errno);
	child = fork();
	if (child == 0)
		be_tests(t, pipes[1], parent);
	close(pipes[1]);
	in_time = child > 0 && listen_to(pipes[0], why, size);
	close(pipes[0]);
	if (child < 0)
		return fail(why, size, "fork", -EAGAIN);
	if (!in_time)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	strip_folder(why, t->folder);
	if (!in_time)
		text_copy(why, size, "the tests of the rules took longer than "
		          "a minute");
	return in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0
	       ? 0 : -EINVAL;
}

int testing_run(const struct start *s, const struct sources *rules, char *why,
                size_t size)
{
	struct trial_run t = { .uid = 0 };
	struct sources   tests = { .tests = true };
	int              r = tests_find(s, &tests, why, size);

	if (r == 0 && tests.count > 0) {
		r = prepare(&t, s);
		if (r == 0)
			r = put_all(&t, rules);
		if (r == 0)
			r = put_all(&t, &tests);
		r = r < 0 ? fail(why, size, t.folder, r)
		          : run(&t, why, size);
		if (t.folder[0] != '\0')
			nftw(t.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	}
	sources_clear(&tests);
	return r;
}
