/* file.c -- knobs that are files under /proc. */

#include "os/linux/actuator/actuator.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"

void file_drop(struct linux_actuator *a)
{
	if (a->kept.fd >= 0)
		close(a->kept.fd);
	a->kept.fd = -1;
}

bool file_foreign(const struct linux_actuator *a)
{
	return a->kept.fd >= 0 && !a->kept.writable;
}

/* Another user's file can often be read still; a descriptor of a task that left
 * answers ESRCH, whoever has its pid now. */
static int file_open(struct linux_actuator *a, pid_t tid, const char *name)
{
	char path[64];

	if (a->kept.fd >= 0 && a->kept.tid == tid && a->kept.name == name)
		return 0;
	file_drop(a);
	snprintf(path, sizeof path, "/proc/%d/%s", (int)tid, name);
	a->kept = (struct kept_file){ open(path, O_RDWR | O_CLOEXEC), tid,
	                              name, true };
	if (a->kept.fd < 0 && (errno == EACCES || errno == EPERM)) {
		a->kept.fd = open(path, O_RDONLY | O_CLOEXEC);
		a->kept.writable = false;
	}
	if (a->kept.fd >= 0)
		return 0;
	return errno == ENOENT ? -ESRCH : -errno;
}

int file_read(struct linux_actuator *a, pid_t tid, const char *name,
              char *out, size_t size)
{
	int     r = file_open(a, tid, name);
	ssize_t n;

	if (r < 0)
		return r;
	n = pread(a->kept.fd, out, size - 1, 0);
	if (n < 0)
		return -errno;
	out[n] = '\0';
	if (n > 0 && out[n - 1] == '\n')
		out[--n] = '\0';
	return (int)n;
}

int file_read_number(struct linux_actuator *a, pid_t tid, const char *name,
                     int64_t *ret_value)
{
	char text[32];
	int  r = file_read(a, tid, name, text, sizeof text);

	return r < 0 ? r : text_number(text, ret_value);
}

/* These files do not take pwrite(). */
int file_write_number(struct linux_actuator *a, pid_t tid, const char *name,
                      int64_t value)
{
	char    text[32];
	int     r = file_open(a, tid, name);
	ssize_t n;

	if (r < 0)
		return r;
	if (!a->kept.writable)
		return -EACCES;
	r = snprintf(text, sizeof text, "%lld", (long long)value);
	n = write(a->kept.fd, text, (size_t)r);
	return n < 0 ? -errno : 0;
}

int path_read(const char *path, char *out, size_t size)
{
	int     fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, out, size - 1);
	if (n < 0)
		n = -errno;
	else
		out[n] = '\0';
	close(fd);
	return (int)n;
}
