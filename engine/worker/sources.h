/* sources.h -- rule files and folders, read into the list a worker is given. */
#ifndef WORKER_SOURCES_H
#define WORKER_SOURCES_H

#include <stdbool.h>

#include "worker/worker.h"

struct sources {
	struct rule_source *source;
	size_t              count;
	struct source_file *file;       /* which file each one was            */
	/* What is looked for in a folder; a file that is named is taken. */
	bool                tests;      /* *.test.lua instead of rules        */
	bool                flat;       /* not the folders in it              */
	size_t              most;       /* files; 0: RULE_FILES_MAX           */
};

/* Adds one rule file, or every *.lua in a folder and the folders in it, sorted
 * by path: not *.test.lua, nor names that begin with a dot, nor folders that
 * are symbolic links.  A file that is in the list already is not added again;
 * one over RULE_FILE_MAX is cut one byte after that, for the reader to refuse.
 * Starts from a struct that is zero but for what is looked for.  0, or -errno
 * with one sentence that names the path in why; then the list is as it was. */
int  sources_add(struct sources *s, enum layer layer, const char *path,
                 char *why, size_t why_size);
void sources_clear(struct sources *s);

/* The path of a file that is not what it was when it was read, or may have been
 * read while it was written to, or is still open to somebody who has written to
 * it lately; NULL: none. */
const char *sources_unsettled(const struct sources *s);

/* Frees the text, if it is there; a sum of it stays. */
void source_forget(struct rule_source *s);
/* The same file with the same text, as far as sums tell where
 * one is forgotten. */
bool source_same(const struct rule_source *a, const struct rule_source *b);

/* *.test.lua, which lies beside the rules that it is about. */
bool source_is_test(const char *path);

#endif
