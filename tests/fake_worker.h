/* fake_worker.h -- a test program that finds a pqs-rules beside itself: a copy
 * of itself, which does whatever it is told over the wire. */
#ifndef TESTS_FAKE_WORKER_H
#define TESTS_FAKE_WORKER_H

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"

static inline void whole_io(ssize_t (*step)(int, void *, size_t), int fd,
                            void *bytes, size_t n)
{
	while (n > 0) {
		ssize_t did = step(fd, bytes, n);

		if (did <= 0)
			_exit(3);
		bytes = (char *)bytes + did;
		n -= (size_t)did;
	}
}

static inline ssize_t write_step(int fd, void *bytes, size_t n)
{
	return write(fd, bytes, n);
}

static inline void say(const void *bytes, uint32_t n)
{
	char *frame = malloc(sizeof n + n);

	memcpy(frame, &n, sizeof n);
	memcpy(frame + sizeof n, bytes, n);
	whole_io(write_step, 3, frame, sizeof n + n);
	free(frame);
}

static inline void say_many(uint32_t n)
{
	char *bytes = malloc(n);

	for (uint32_t i = 0; i < n; i++)
		bytes[i] = (char)(i % 251);
	say(bytes, n);
	free(bytes);
}

/* Its open descriptors, its terminal's session, and its environment. */
static inline void say_state(void)
{
	extern char **environ;
	char          text[2000] = "fds";
	DIR          *d = opendir("/proc/self/fd");
	struct dirent *e;

	for (int fd = 0; d != NULL && fd < 64; fd++)
		if (fd != dirfd(d) && fcntl(fd, F_GETFD) >= 0)
			sprintf(text + strlen(text), " %d", fd);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (atoi(e->d_name) >= 64)
			sprintf(text + strlen(text), " %s", e->d_name);
	strcat(text, getsid(0) == getpid() ? " own" : " shared");
	for (char **v = environ; *v != NULL; v++)
		if (strstr(*v, "SAN_OPTIONS=") == NULL)
			sprintf(text + strlen(text), " %s", *v);
	say(text, (uint32_t)strlen(text));
}

static inline void obey(const char *order)
{
	static const uint32_t sizes[] = { 0, UINT32_MAX };
	unsigned n = 0;

	if (sscanf(order, "bytes %u", &n) == 1)
		say_many(n);
	else if (sscanf(order, "words %u", &n) == 1)
		for (unsigned i = 0; i < n; i++)
			say("word", 4);
	else if (strncmp(order, "echo ", 5) == 0)
		say(order + 5, (uint32_t)strlen(order + 5));
	else if (strcmp(order, "state") == 0)
		say_state();
	else if (sscanf(order, "size %u", &n) == 1)
		whole_io(write_step, 3, (void *)(uintptr_t)&sizes[n], 4);
	else if (strcmp(order, "deaf") == 0)
		close(3);
	else if (strcmp(order, "leave") == 0)
		_exit(0);
	for (; strcmp(order, "spin") == 0 || strcmp(order, "deaf") == 0;)
		if (order[0] == 'd')
			pause();
}

/* "leave-after ORDER": obeys and is gone at once. */
static inline int fake_worker(void)
{
	for (;;) {
		uint32_t n;
		char    *order;

		whole_io(read, 3, &n, sizeof n);
		order = calloc(1, (size_t)n + 1);
		whole_io(read, 3, order, n);
		if (strncmp(order, "leave-after ", 12) == 0) {
			obey(order + 12);
			_exit(0);
		}
		obey(order);
		free(order);
	}
}

static inline void copy_self(const char *to)
{
	int     from_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int     to_fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	char    bytes[65536];
	ssize_t n;

	while ((n = read(from_fd, bytes, sizeof bytes)) > 0)
		whole_io(write_step, to_fd, bytes, (size_t)n);
	close(from_fd);
	close(to_fd);
}

/* The folder is ours alone, as a home is: its worker may not walk there. */
static inline int run_in_scratch(void)
{
	char  folder[] = "/tmp/pqs-test-XXXXXX", test[64], worker[64];
	int   status = 1;
	pid_t child;

	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(test, sizeof test, "%s/test", folder);
	snprintf(worker, sizeof worker, "%s/pqs-rules", folder);
	copy_self(test);
	copy_self(worker);
	child = fork();
	if (child == 0) {
		execl(test, test, "here", NULL);
		_exit(1);
	}
	waitpid(child, &status, 0);
	unlink(test);
	unlink(worker);
	rmdir(folder);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

#endif
