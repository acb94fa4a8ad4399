/* in_folder.h -- a running pqs, and the files in its folder. */
#ifndef E2E_IN_FOLDER_H
#define E2E_IN_FOLDER_H

#include <check.h>
#include <stdio.h>

#include "running.h"

static struct running r;

static inline void clear(void)
{
	running_clear(&r);
}

/* Stands until seven others were asked for. */
static inline const char *path_of(const char *name)
{
	static char paths[8][160];
	static int  next;
	char       *path = paths[next++ % 8];

	snprintf(path, sizeof paths[0], "%s/%s", r.folder, name);
	return path;
}

static inline void put(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

#endif
