/* own_files.c -- which files may be held at their start, and which not: those
 * that pqs itself needs to go on. */

#include "os/linux/guard/own_files.h"

#include <dirent.h>
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"

bool file_same(struct file_id a, struct file_id b)
{
	return a.device == b.device && a.inode == b.inode;
}

/* From linux/magic.h, as far as it has them: over the network, or out of a
 * program. */
static bool is_served_by_others(int fd)
{
	static const uint32_t others[] = {
		0x6969 /* nfs */, 0xff534d42 /* cifs */, 0xfe534d42 /* smb2 */,
		0x517b /* smb */, 0x65735546 /* fuse */, 0x01021997 /* 9p */,
		0x5346414f /* afs */, 0x6b414653 /* afs */,
		0x00c36400 /* ceph */, 0x73757245 /* coda */,
		0x0bd00bd0 /* lustre */, 0x01161970 /* gfs2 */,
		0x7461636f /* ocfs2 */, 0x47504653 /* gpfs */,
		0x786f4256 /* vboxsf */, 0x0187 /* autofs */,
	};
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return true;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if ((uint32_t)fs.f_type == others[i])
			return true;
	return false;
}

bool file_holdable(int fd, struct file_id *ret_id)
{
	char        head[SELFMAG];
	struct stat is;

	if (fstat(fd, &is) < 0 || !S_ISREG(is.st_mode) ||
	    (is.st_mode & 0111) == 0 || is_served_by_others(fd) ||
	    pread(fd, head, sizeof head, 0) != sizeof head ||
	    memcmp(head, ELFMAG, SELFMAG) != 0)
		return false;
	*ret_id = (struct file_id){ is.st_dev, is.st_ino };
	return true;
}

static void add(struct own_files *own, const char *path)
{
	struct stat is;

	if (own->count < OWN_FILES_MAX && stat(path, &is) == 0)
		own->id[own->count++] = (struct file_id){ is.st_dev,
		                                          is.st_ino };
}

/* The first is the program itself; what loads it is named in its headers. */
static int add_loader(struct dl_phdr_info *program, size_t size, void *own)
{
	const char *path;

	(void)size;
	for (int i = 0; i < program->dlpi_phnum; i++) {
		ElfW(Addr) at = program->dlpi_addr +
		                program->dlpi_phdr[i].p_vaddr;

		if (program->dlpi_phdr[i].p_type != PT_INTERP)
			continue;
		memcpy(&path, &at, sizeof path);
		add(own, path);
	}
	return 1;
}

static bool is_our_name(const char *name)
{
	return strcmp(name, "pqs") == 0 || strncmp(name, "pqs-", 4) == 0;
}

static void add_folder(struct own_files *own, const char *folder)
{
	DIR           *d = opendir(folder);
	struct dirent *e;
	char           path[PATH_KEEP + NAME_KEEP];

	while (d != NULL && (e = readdir(d)) != NULL)
		if (is_our_name(e->d_name) &&
		    snprintf(path, sizeof path, "%s/%s", folder,
		             e->d_name) < (int)sizeof path)
			add(own, path);
	if (d != NULL)
		closedir(d);
}

void own_files_find(struct own_files *own)
{
	char    self[PATH_KEEP];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	own->count = 0;
	add(own, "/proc/self/exe");
	add(own, "/proc/1/exe");
	add(own, "/bin/sh");
	dl_iterate_phdr(add_loader, own);
	add_folder(own, PQS_LIBEXEC);
	if (n <= 0)
		return;
	self[n] = '\0';
	self[text_base_name(self) - self] = '\0';
	add_folder(own, self);
}

bool own_files_have(const struct own_files *own, struct file_id id)
{
	for (size_t i = 0; i < own->count; i++)
		if (file_same(own->id[i], id))
			return true;
	return false;
}
