/* test.c -- pqs-rules test: do these rules do what their tests say?
 *
 * All files are read first.  Then each folder is played in a sealed child that
 * tells how it goes; when a test ends the child, that test has failed, and
 * another child plays on from the next one.
 */

#include "test.h"

#include <errno.h>
#include <getopt.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "book.h"
#include "command.h"
#include "seal.h"
#include "test_news.h"
#include "test_report.h"

#define CPU_SECONDS 60
#define KEPT_BYTES  (64 << 20)
#define REPORTS_MAX 2
#define PATIENCE    5

struct report {
	const struct report_style *style;
	FILE                      *out;
};

struct counting {
	struct test_run   run;
	struct report     report[REPORTS_MAX];
	size_t            reports;
	struct play_order order;        /* what comes next                    */
	/* the folder that is played */
	const struct test_folder *folder;
	struct news       begun;        /* announced, and not yet ended       */
	bool              open;         /* there is such a thing              */
	char              name[TEST_NAME_MAX + 1];      /* of it              */
	size_t            first_rule;   /* of the folder, in the run          */
	bool              done;
};

/* Each test has a machine of its own, of much the same size as the one before:
 * to give its memory back in between took as long as playing. */
static void memory_keep(void)
{
#ifdef __GLIBC__
	mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
	mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
#endif
}

/* What a rule does counts, which is the same in every run; the clock ends only
 * what takes five times as long as that ever should.  Behind both is the
 * limit of CPU time. */
static int child_run(struct test_folder *folder, const struct play_order *order,
                     int out)
{
	int status = dup2(out, STDOUT_FILENO) < 0 ? -errno
	                                          : rule_clock_start(PATIENCE);

	if (status == 0)
		status = seal_printing(CPU_SECONDS);
	if (status == 0) {
		memory_keep();
		test_folder_play(folder, order, stdout);
		return EXIT_SUCCESS;
	}
	fprintf(stderr, "pqs-rules test: cannot be sealed: %s\n",
	        strerror(-status));
	fflush(stderr);
	return EXIT_UNSEALED;
}

static int child_end(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_UNSEALED;
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

/* What was announced went so; its name is "" for a whole file. */
static void count(struct counting *c, const struct news *end)
{
	bool        of_rules = c->begun.kind == NEWS_RULES;
	const char *file = of_rules ? c->folder->path
	                 : c->folder->files->file[c->begun.file].path;
	struct test_result r = {
		.file = (char *)file, .name = c->name,
		.line = end->line > 0 ? end->line : c->begun.line,
		.passed = end->well, .ns = end->ns,
		.sentence = (char *)end->sentence, .lines = (char *)end->lines,
	};

	c->open = false;
	if (c->begun.kind == NEWS_TEST) {
		c->order.test = c->begun.index + 1;
	} else {
		c->order.file = of_rules ? (uint32_t)c->folder->count
		                         : c->begun.file + 1;
		c->order.test = 0;
	}
	if (!run_add(&c->run, &r)) {
		fputs("pqs-rules test: no memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	for (size_t i = 0; i < c->reports; i++)
		if (c->report[i].style->one != NULL)
			c->report[i].style->one(c->report[i].out, &c->run);
}

/* Nothing that was played comes again.  False: it does. */
static bool announced(struct counting *c, const struct news *n)
{
	if (n->kind != NEWS_RULES &&
	    (n->file < c->order.file || n->file >= c->folder->count))
		return false;
	if (n->kind == NEWS_TEST &&
	    (n->file != c->order.file || n->index < c->order.test))
		return false;
	if (n->kind != NEWS_RULES && n->file > c->order.file) {
		c->order.file = n->file;
		c->order.test = 0;
	}
	snprintf(c->name, sizeof c->name, "%s",
	         n->kind == NEWS_TEST ? n->name : "");
	c->begun = *n;
	c->open = true;
	return true;
}

/* Another child of the same folder tells the same rules again. */
static bool rule_told(struct counting *c, const struct news *n)
{
	size_t              at = c->first_rule + n->index;
	struct rule_reached r = { .file = (char *)n->sentence,
	                          .name = (char *)n->name, .line = n->line };

	return at < c->run.rules ||
	       (at == c->run.rules && run_add_rule(&c->run, &r));
}

static bool rule_reached(struct counting *c, const struct news *n)
{
	size_t at = c->first_rule + n->index;

	if (at >= c->run.rules)
		return false;
	c->run.rule[at].matched = true;
	c->run.rule[at].decided |= n->well;
	return true;
}

/* False: there is no sense in it. */
static bool hear(struct counting *c, const struct news *n)
{
	switch (n->kind) {
	case NEWS_RULES:
	case NEWS_FILE:
	case NEWS_TEST:
		return announced(c, n);
	case NEWS_END:
		if (c->open)
			count(c, n);
		return true;
	case NEWS_RULE:
		return rule_told(c, n);
	case NEWS_REACHED:
		return rule_reached(c, n);
	case NEWS_DONE:
		c->done = true;
		c->open = false;
		return true;
	case NEWS_KINDS:
		break;
	}
	return false;
}

/* It did not come to its end: whatever was being done has failed. */
static void step_over(struct counting *c, int end)
{
	char        sentence[128];
	struct news n = { .sentence = sentence, .lines = "" };

	if (!c->open)
		return;                 /* killed from outside, between two   */
	snprintf(sentence, sizeof sentence, "ended its process%s%s",
	         end > 128 ? " in signal " : "",
	         end > 128 ? strsignal(end - 128) : "");
	count(c, &n);
	c->done = c->order.file >= c->folder->count;
}

/* One child, from the first thing that is left.  Its exit code. */
static int child_hear(struct counting *c, struct test_folder *folder)
{
	struct news_reader reader = { NULL, NULL };
	struct news        n;
	int                ends[2];
	pid_t              child;

	if (pipe(ends) < 0)
		return EXIT_UNSEALED;
	fflush(NULL);
	child = fork();
	if (child == 0)
		_exit(child_run(folder, &c->order, ends[1]));
	close(ends[1]);
	reader.in = fdopen(ends[0], "r");
	if (child < 0 || reader.in == NULL) {
		close(ends[0]);
		return EXIT_UNSEALED;
	}
	while (!c->done && news_next(&reader, &n) > 0 && hear(c, &n))
		continue;
	news_close(&reader);
	return child_end(child);
}

/* 0, or EXIT_UNSEALED. */
static int folder_run(struct counting *c, struct test_folder *folder)
{
	c->folder = folder;
	c->order.file = c->order.test = 0;
	c->first_rule = c->run.rules;
	c->done = false;
	while (!c->done) {
		int end;

		announced(c, &(struct news){ .kind = NEWS_RULES });
		end = child_hear(c, folder);
		if (end == EXIT_UNSEALED)
			return end;
		if (!c->done)
			step_over(c, end);
	}
	return 0;
}

static int reports_end(struct counting *c)
{
	int result = c->run.failed > 0 || c->run.results == 0 ? EXIT_FAILURE
	                                                      : EXIT_SUCCESS;

	for (size_t i = 0; i < c->reports; i++) {
		FILE *out = c->report[i].out;

		c->report[i].style->end(out, &c->run);
		if (ferror(out) != 0) {
			perror("pqs-rules test: the report");
			result = EXIT_SYSTEM;
		}
	}
	return result;
}

static int folders_run(struct counting *c, struct test_folders *all)
{
	int result = 0;

	for (size_t i = 0; i < all->count; i++)
		c->run.files += all->folder[i].count;
	for (size_t i = 0; i < all->count && result == 0; i++)
		result = folder_run(c, &all->folder[i]);
	return result == 0 ? reports_end(c) : result;
}

static int test(struct counting *c, int n, char **arguments)
{
	char               *here = (char[]){ "." };
	struct test_folders all = { 0 };
	int                 result = EXIT_FAILURE;

	if (rule_language_load() < 0)
		fputs("pqs-rules test: cannot start\n", stderr);
	else if (test_folders_read(&all, n > 0 ? n : 1,
	                           n > 0 ? arguments : &here) == 0)
		result = folders_run(c, &all);
	test_folders_clear(&all);
	return result;
}

static const struct report_style *style_find(const char *name)
{
	static const struct report_style *const styles[] = {
		&report_text, &report_tap, &report_junit, &report_json
	};

	for (size_t i = 0; i < sizeof styles / sizeof styles[0]; i++)
		if (strcmp(styles[i]->name, name) == 0)
			return styles[i];
	return NULL;
}

static void report_add(struct counting *c, const struct report_style *style,
                       FILE *out)
{
	c->report[c->reports++] = (struct report){ style, out };
}

/* With a file, the terminal has the text all the same. */
static int reports_open(struct counting *c, const char *format,
                        const char *output)
{
	const struct report_style *style = style_find(format);
	FILE                      *out = stdout;

	if (style == NULL) {
		fprintf(stderr, "pqs test: --format takes text, tap, junit or "
		        "json, not '%s'\n", format);
		return EXIT_USAGE;
	}
	if (output != NULL) {
		out = fopen(output, "we");
		if (out == NULL) {
			fprintf(stderr, "%s: %s\n", output, strerror(errno));
			return EXIT_SYSTEM;
		}
		report_add(c, &report_text, stdout);
	}
	report_add(c, style, out);
	return 0;
}

static int usage(void)
{
	fputs("usage: pqs-rules test [--filter TEXT] [--coverage] "
	      "[--format text|tap|junit|json]\n"
	      "                      [--output FILE] [--] [FILES or "
	      "FOLDERS...]\n", stderr);
	return EXIT_USAGE;
}

static const struct option options[] = {
	{ "filter", required_argument, NULL, 'f' },
	{ "coverage", no_argument, NULL, 'c' },
	{ "format", required_argument, NULL, 'r' },
	{ "output", required_argument, NULL, 'o' },
	{ NULL, 0, NULL, 0 }
};

int command_test(int argc, char **argv)
{
	static struct counting c;
	const char *format = "text", *output = NULL;
	int         option, result;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'f': c.order.filter = c.run.filter = optarg; break;
		case 'c': c.order.covering = c.run.covering = true; break;
		case 'r': format = optarg; break;
		case 'o': output = optarg; break;
		default:  return usage();
		}
	}
	result = reports_open(&c, format, output);
	if (result == 0)
		result = test(&c, argc - optind, argv + optind);
	if (c.reports == REPORTS_MAX && fclose(c.report[1].out) != 0) {
		perror(output);
		result = EXIT_SYSTEM;
	}
	run_clear(&c.run);
	return result;
}
