/* failing_memory.h -- allocations that fail one at a time, for tests.  Where a
 * sanitizer has the allocator none does: ALLOCATOR_IS_TAKEN. */
#ifndef TESTS_FAILING_MEMORY_H
#define TESTS_FAILING_MEMORY_H

#include <stdbool.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ALLOCATOR_IS_TAKEN
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define ALLOCATOR_IS_TAKEN
#endif

static long until = -1;                 /* so many more are granted; -1: all  */
static bool has_failed;

#ifndef ALLOCATOR_IS_TAKEN
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

/* One fails, and all after it are granted again. */
static bool may_allocate(void)
{
	if (until < 0 || until-- > 0)
		return true;
	has_failed = true;
	return false;
}

void *malloc(size_t n)
{
	return may_allocate() ? __libc_malloc(n) : NULL;
}

void *calloc(size_t n, size_t size)
{
	return may_allocate() ? __libc_calloc(n, size) : NULL;
}

void *realloc(void *p, size_t n)
{
	return may_allocate() ? __libc_realloc(p, n) : NULL;
}
#endif

#endif
