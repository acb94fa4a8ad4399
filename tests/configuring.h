/* configuring.h -- a pqs.yaml in a folder of its own, read or refused. */
#ifndef TESTS_CONFIGURING_H
#define TESTS_CONFIGURING_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "config/config.h"
#include "model/interned.h"
#include "suite.h"

static char             folder[] = "/tmp/pqs-test-XXXXXX";
static char             file[64];
static struct interned *sets;
static struct config    c, before;
static char             why[4096];

static inline void set_up(void)
{
	strcpy(folder, "/tmp/pqs-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/pqs.yaml", folder);
	sets = interned_new();
	config_defaults(&c, true);
	before = c;
}

static inline void tear_down(void)
{
	interned_free(sets);
	unlink(file);
	rmdir(folder);
}

static inline void write_bytes(const char *bytes, size_t n)
{
	FILE *f = fopen(file, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
}

static inline int read_text(const char *text)
{
	write_bytes(text, strlen(text));
	return config_read(file, sets, &c, why, sizeof(why));
}

static inline void accept(const char *text)
{
	int r = read_text(text);

	ck_assert_msg(r == 0, "%s", why);
	ck_assert_str_eq(why, "");
}

#endif
