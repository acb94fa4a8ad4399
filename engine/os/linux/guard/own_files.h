/* own_files.h -- which files may be held at their start, and which not: those
 * that pqs itself needs to go on. */
#ifndef OS_LINUX_GUARD_OWN_FILES_H
#define OS_LINUX_GUARD_OWN_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file_id {
	uint64_t device, inode;
};

bool file_same(struct file_id a, struct file_id b);
/* A program that the kernel starts itself, on a file system of this kernel's
 * own: looking at it waits for nobody else.  Of a file open for reading. */
bool file_holdable(int fd, struct file_id *ret_id);

#define OWN_FILES_MAX 16

struct own_files {
	struct file_id id[OWN_FILES_MAX];
	size_t         count;
};

/* Our programs, what loads them, the shell, and what pid 1 runs, as of now. */
void own_files_find(struct own_files *own);
/* Whether it is one of them. */
bool own_files_have(const struct own_files *own, struct file_id id);

#endif
