/* test_report.h -- how tests went, and the ways to write that down. */
#ifndef TEST_REPORT_H
#define TEST_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct test_result {
	char    *file;
	char    *name;                  /* "": the file as a whole            */
	int      line;                  /* where it failed, else where it is;
	                                   0: nowhere                         */
	bool     passed;
	uint64_t ns;
	char    *sentence;              /* why it failed                      */
	char    *lines;                 /* more on that, each line ended      */
};

/* A rule beside the tests, and what the tests had to do with it. */
struct rule_reached {
	char *file, *name;
	int   line;
	bool  matched;                  /* some task                          */
	bool  decided;                  /* a setting, a bound or a tag        */
};

/* All that was played. */
struct test_run {
	struct test_result  *result;
	size_t               results, results_room;
	struct rule_reached *rule;
	size_t               rules, rules_room;
	size_t               failed;
	size_t               files;     /* of tests                           */
	const char          *filter;    /* NULL: none                         */
	bool                 covering;  /* whoever reads wants to know        */
};

/* Copies what it is given.  False: no memory. */
bool run_add(struct test_run *run, const struct test_result *r);
bool run_add_rule(struct test_run *run, const struct rule_reached *r);
/* Frees what it holds. */
void run_clear(struct test_run *run);
/* How many rules that file (NULL: all) has, and of them how many did so. */
struct reached {
	size_t rules, matched, decided;
};
struct reached run_reached(const struct test_run *run, const char *file);
/* The same in words: "2 rules: 2 matched a task (100 %), ...".  Returns out. */
const char *reached_print(struct reached n, char *out, size_t size);
/* What all of it comes to, in one sentence.  Returns out. */
const char *run_summary(const struct test_run *run, char *out, size_t size);
/* What no test has shown of it, or NULL. */
const char *rule_unshown(const struct rule_reached *r);

/* A way to write it down.  'one' is called for the newest result at once and
 * may be NULL, 'end' when there will be no more. */
struct report_style {
	const char *name;
	void (*one)(FILE *out, const struct test_run *run);
	void (*end)(FILE *out, const struct test_run *run);
};

extern const struct report_style report_text, report_tap, report_junit,
                                 report_json;

#endif
