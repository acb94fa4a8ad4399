/* folder.c -- a folder that is ours alone to write in, and the lock in it.
 *
 * The lock is a file of its own, because what it guards is replaced by
 * renaming, and a replaced file is another file.
 */
#include "os/linux/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

int folder_split(const char *path, char *ret_folder, size_t folder_size,
                 char *ret_name, size_t name_size)
{
	const char *name = text_base_name(path);

	if (strlen(path) >= folder_size || *name == '\0' ||
	    strlen(name) >= name_size)
		return -ENAMETOOLONG;
	text_copy(ret_name, name_size, name);
	if (name == path)
		text_copy(ret_folder, folder_size, ".");
	else if (name == path + 1)
		text_copy(ret_folder, folder_size, "/");
	else    /* a slash at its end would follow a link there */
		text_copy_bytes(ret_folder, folder_size, path,
		                (size_t)(name - path - 1));
	return 0;
}

int folder_open(const char *path)
{
	struct stat st;
	int         fd, r = 0;
	bool        made = mkdir(path, 0700) == 0;

	if (!made && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* whatever the umask */
	if ((made && geteuid() == 0 && fchmod(fd, 0711) < 0) ||
	    fstat(fd, &st) < 0)
		r = -errno;
	else if (st.st_uid != geteuid() || (st.st_mode & 022) != 0)
		r = -EPERM;
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

int folder_lock(int folder, const char *name)
{
	int fd = openat(folder, name,
	                O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r;

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	r = errno == EWOULDBLOCK ? -EBUSY : -errno;
	close(fd);
	return r;
}
