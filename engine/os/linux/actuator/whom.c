/* whom.c -- what tells one process from another with the same pid. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/linux/actuator/actuator.h"

int pidfd_signal(int pidfd, int signal)
{
	if (pidfd < 0)
		return -ENOSYS;
	return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0
	       ? -errno : 0;
}

/* Who may not be sent a signal is there all the same. */
bool pidfd_lives(int pidfd)
{
	int r = pidfd_signal(pidfd, 0);

	return r == 0 || r == -EPERM;
}

bool leader_lives(pid_t pid)
{
	char  path[64], text[1024], *name;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (path_read(path, text, sizeof text) < 0)
		return false;
	name = strrchr(text, ')');
	return name != NULL && strncmp(name, ") Z", 3) != 0 &&
	       strncmp(name, ") X", 3) != 0;
}

/* The 22nd field; the second may hold spaces and parentheses of its own. */
int task_born(pid_t pid, pid_t tid, uint64_t *ret_born)
{
	char  path[64], text[1024], *p;
	int   r;

	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)pid,
	         (int)tid);
	r = path_read(path, text, sizeof text);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	p = strrchr(text, ')');
	for (int field = 2; p != NULL && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (p == NULL)
		return -EBADMSG;
	*ret_born = strtoull(p + 1, NULL, 10);
	return 0;
}
