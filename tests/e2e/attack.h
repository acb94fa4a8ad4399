/* attack.h -- the files of tests/attacks: what each must come to, and its text.
 *
 * The first line says how it ends: "-- ENDS: why", ENDS being one of the words
 * below, or some with "or" between them.  The rest is what a stranger would
 * write: Lua that makes a function attack (p, host), or just bytes.  A line
 *
 *      --* 3 "a%d "
 *
 * stands for "a1 a2 a3 ": no file in here is as large as its attack. */
#ifndef E2E_ATTACK_H
#define E2E_ATTACK_H

#include <check.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "policy/question.h"

#define ATTACK_BYTES_MAX (1 << 20)

/* The file cannot be read as rules at all. */
#define ENDS_REFUSED OUTCOMES

static const char *const attack_ends[] = {
	[OUTCOME_WANT] = "want",     [OUTCOME_NOTHING] = "nothing",
	[OUTCOME_SPENT] = "spent",   [OUTCOME_NOMEM] = "memory",
	[OUTCOME_ERROR] = "error",   [ENDS_REFUSED] = "refused",
	[OUTCOME_NEEDS] = "needs",
};

struct attack {
	char     name[64];              /* "loop-while"                       */
	unsigned ends;                  /* 1 << outcome, any of               */
	char    *text;
	size_t   bytes;
};

/* Not asserted: an assertion that holds writes down that it did, each time. */
static inline void attack_put(struct attack *a, const char *bytes, size_t n)
{
	if (a->bytes + n > ATTACK_BYTES_MAX)
		ck_abort_msg("%s is too long", a->name);
	memcpy(a->text + a->bytes, bytes, n);
	a->bytes += n;
}

/* "%d" in it is the number of the turn, "\n" the end of a line. */
static inline void attack_repeat(struct attack *a, const char *what, size_t n,
                                 unsigned turn)
{
	char number[16];

	for (size_t i = 0; i < n; i++) {
		if (what[i] == '%' && what[i + 1] == 'd') {
			snprintf(number, sizeof number, "%u", turn);
			attack_put(a, number, strlen(number));
			i++;
		} else if (what[i] == '\\' && what[i + 1] == 'n') {
			attack_put(a, "\n", 1);
			i++;
		} else {
			attack_put(a, &what[i], 1);
		}
	}
}

static inline void attack_line(struct attack *a, const char *line, size_t n)
{
	const char *first = memchr(line, '"', n);
	const char *last = memrchr(line, '"', n);
	unsigned    turns;

	if (sscanf(line, " --* %u \"", &turns) != 1) {
		attack_put(a, line, n);
		return;
	}
	ck_assert_ptr_ne(first, last);
	for (unsigned i = 1; i <= turns; i++)
		attack_repeat(a, first + 1, (size_t)(last - first - 1), i);
	attack_put(a, "\n", 1);
}

/* "spent or memory" */
static inline unsigned ends_read(const char *line, const char *path)
{
	unsigned ends = 0;
	char     words[128], *rest = words, *word;

	snprintf(words, sizeof words, "%.*s", (int)strcspn(line, ":"), line);
	while ((word = strtok_r(rest, " ", &rest)) != NULL) {
		unsigned i = 0;

		if (strcmp(word, "or") == 0)
			continue;
		while (i <= ENDS_REFUSED && strcmp(attack_ends[i], word) != 0)
			i++;
		ck_assert_msg(i <= ENDS_REFUSED, "%s: '%s' is no end", path,
		              word);
		ends |= 1u << i;
	}
	ck_assert_msg(ends != 0, "%s does not say how it ends", path);
	return ends;
}

static inline struct attack attack_read(const char *path)
{
	struct attack a = { .text = malloc(ATTACK_BYTES_MAX) };
	char         *line = NULL;
	size_t        room = 0;
	ssize_t       n;
	FILE         *f = fopen(path, "re");

	ck_assert(f != NULL && a.text != NULL);
	text_copy(a.name, sizeof a.name, text_base_name(path));
	a.name[strlen(a.name) - strlen(".lua")] = '\0';
	ck_assert_int_gt(getline(&line, &room, f), 3);
	ck_assert_int_eq(strncmp(line, "-- ", 3), 0);
	a.ends = ends_read(line + 3, path);
	while ((n = getline(&line, &room, f)) > 0)
		attack_line(&a, line, (size_t)n);
	free(line);
	fclose(f);
	return a;
}

/* Their files, sorted by name. */
static inline size_t attacks_find(glob_t *ret_files)
{
	return glob(PQS_TREE "/tests/attacks/*.lua", 0, NULL, ret_files) == 0
	       ? ret_files->gl_pathc : 0;
}

#endif
