/* grip.c -- taking hold of one process, and proof that it is still that
 * one.
 *
 * A pid may come to mean another process between two calls.  So a pidfd is
 * opened first, the knob is turned by number, and afterwards the pidfd tells
 * whether the number still meant the same; a thread is proven by a signal 0
 * that names its process as well.
 *
 * Of a process that the kernel's list has just told of, nothing but the list
 * may ever be asked: its pidfd is opened when the first knob is looked at, and
 * must be of the number that the list had.  While a process lives nobody else
 * has its pid, so all that was read by the pid in between was of that process.
 */

#include "os/linux/actuator/actuator.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/linux/sensor/roster.h"

int thread_proven(struct task_id whom)
{
	if (!task_id_is_thread(whom))
		return 0;
	return syscall(SYS_tgkill, whom.pid, whom.tid, 0) < 0 && errno != EPERM
	       ? -ESRCH : 0;
}

void grip_let_go(struct linux_actuator *a)
{
	file_drop(a);
	if (a->pidfd >= 0)
		close(a->pidfd);
	a->pidfd = -1;
	a->number = 0;
	a->gripped = (struct task_id){ 0, 0, 0 };
	a->group = CPU_GROUP_NOT_ASKED;
	a->left.whom.pid = 0;
}

/* 0 with *ret_fd -1 where the kernel, or whoever confined us, has no pidfds. */
static int pidfd_of(pid_t pid, int *ret_fd)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0 && (errno == EINVAL || errno == ENOENT))
		return -ESRCH;
	if (fd < 0 && errno != ENOSYS && errno != EPERM)
		return -errno;
	*ret_fd = fd;
	return 0;
}

/* A thread goes by its own birth or by that of its process. */
static int birth_proven(const struct linux_actuator *a, struct task_id whom)
{
	uint64_t own;

	if (whom.born == 0 || whom.born == a->gripped.born)
		return 0;
	if (!task_id_is_thread(whom))
		return -ESRCH;
	if (task_born(whom.pid, whom.tid, &own) < 0 || own != whom.born)
		return -ESRCH;
	return 0;
}

static const struct roster_entry *entry_of(const struct linux_actuator *a,
                                           struct task_id whom)
{
	const struct roster_entry *e = NULL;

	if (whom.born != 0 && !task_id_is_thread(whom))
		e = roster_find(a->roster, whom.pid);
	return e != NULL && e->born_ns / a->tick_ns == whom.born ? e : NULL;
}

/* The number that the pidfds of that very process have; 0: not known. */
static uint64_t number_of(const struct linux_actuator *a, struct task_id whom)
{
	const struct roster_entry *e = entry_of(a, whom);

	return e == NULL ? 0 : e->number;
}

bool grip_had(const struct linux_actuator *a, struct task_id whom,
              enum setting s, int64_t value)
{
	const struct roster_entry *e = NULL;

	if (a->number != 0 && a->gripped.pid == whom.pid)
		e = entry_of(a, whom);
	return e != NULL && roster_had(e, s, value);
}

int grip_take(struct linux_actuator *a, struct task_id whom)
{
	int r;

	grip_let_go(a);
	a->number = number_of(a, whom);
	if (a->number != 0) {
		a->gripped = whom;
		return 0;
	}
	r = pidfd_of(whom.pid, &a->pidfd);
	if (r < 0)
		return r;
	a->gripped = (struct task_id){ whom.pid, whom.tid, 0 };
	if (whom.born != 0 || a->pidfd < 0)
		r = task_born(whom.pid, whom.pid, &a->gripped.born);
	if (r == 0)
		r = birth_proven(a, whom);
	if (r == 0)
		r = thread_proven(whom);
	if (r < 0)
		grip_let_go(a);
	return r;
}

/* What is looked at may be turned, so the list is not believed
 * of it any more. */
int grip_close(struct linux_actuator *a)
{
	struct stat is;
	uint64_t    number = a->number;
	int         r;

	if (number == 0)
		return 0;
	a->number = 0;
	roster_doubt(a->roster, a->gripped.pid);
	r = pidfd_of(a->gripped.pid, &a->pidfd);
	if (r == 0 && (a->pidfd < 0 || fstat(a->pidfd, &is) < 0 ||
	               is.st_ino != number))
		r = -ESRCH;
	if (r < 0)
		grip_let_go(a);
	return r;
}

int grip_proven(struct linux_actuator *a)
{
	uint64_t born;
	int      r = grip_close(a);

	if (r < 0)
		return r;
	if (a->gripped.pid == 0)
		return -ESRCH;
	if (a->pidfd >= 0) {
		if (!pidfd_lives(a->pidfd))
			return -ESRCH;
	} else if (task_born(a->gripped.pid, a->gripped.pid, &born) < 0 ||
	           born != a->gripped.born) {
		return -ESRCH;
	}
	return thread_proven(a->gripped);
}
