/* room.c -- bytes that grow as they come and are given back afterwards. */

#include "os/linux/room.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t whole_pages(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (bytes + page - 1) / page * page;
}

int room_fit(struct room *r, size_t bytes)
{
	size_t size = whole_pages(bytes);
	void  *at = NULL;

	if (size == r->size)
		return 0;
	if (size == 0)
		munmap(r->at, r->size);
	else if (r->size == 0)
		at = mmap(NULL, size, PROT_READ | PROT_WRITE,
		          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	else
		at = mremap(r->at, r->size, size, MREMAP_MAYMOVE);
	if (at == MAP_FAILED)
		return -ENOMEM;
	r->at = at;
	r->size = size;
	return 0;
}
