/* paths.h -- the files that arguments stand for. */
#ifndef PATHS_H
#define PATHS_H

#include <stdbool.h>
#include <stddef.h>

struct paths {
	char **path;
	size_t count, room;
};

/* A file is taken as it is; of a folder, with all below it, the files whose
 * names are wanted.  Hidden ones are passed over.  0 or -errno with the path
 * that could not be read. */
int  paths_add(struct paths *p, const char *path,
               bool (*wanted)(const char *name), char *ret_bad, size_t size);
void paths_sort(struct paths *p);       /* and drops what is there twice      */
void paths_clear(struct paths *p);

/* *.lua but not *.test.lua */
bool path_is_rules(const char *name);
bool path_is_test(const char *name);

/* The whole file, malloc'd, at most max + 1 bytes.  0 or -errno. */
int path_read(const char *path, size_t max, char **ret_text, size_t *ret_bytes);

#endif
