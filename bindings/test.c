/* test.c -- pqs-rules test: do these rules do what their tests say?
 *
 * All files are read first.  Then each folder is played in a sealed child; when
 * a test ends the child, that test has failed, and another child plays on from
 * the next one.
 */

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "command.h"
#include "seal.h"

#define CPU_SECONDS 60

/* No clock stops a rule here: only what it does counts, which is the same in
 * every run.  Behind that is the limit of CPU time. */
static int child_run(struct test_folder *folder, const char *filter,
                     struct tally *tally)
{
	int status = seal_printing(CPU_SECONDS);

	if (status == 0) {
		test_folder_play(folder, filter, tally);
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

/* It did not come to its end: whatever was being done has failed. */
static void step_over(struct test_folder *folder, struct tally *tally, int end)
{
	if (tally->step == TEST_STEP_TEST && !tally->playing)
		return;                 /* killed from outside, between two   */
	printf("%s: ended its process%s%s\n", tally->place,
	       end > 128 ? " in signal " : "",
	       end > 128 ? strsignal(end - 128) : "");
	tally->played++;
	tally->failed++;
	if (tally->step == TEST_STEP_RULES) {
		tally->file = (uint32_t)folder->count;
	} else if (tally->step == TEST_STEP_FILE) {
		tally->file++;
		tally->test = 0;
	} else {
		tally->test++;
		tally->playing = false;
	}
	if (tally->file >= folder->count)
		tally->step = TEST_STEP_DONE;
}

/* 0, or EXIT_UNSEALED. */
static int folder_run(struct test_folder *folder, const char *filter,
                      struct tally *tally)
{
	tally->file = tally->test = 0;
	tally->step = TEST_STEP_RULES;
	while (tally->step != TEST_STEP_DONE) {
		pid_t child;
		int   end;

		fflush(NULL);
		child = fork();
		if (child == 0)
			_exit(child_run(folder, filter, tally));
		end = child < 0 ? EXIT_UNSEALED : child_end(child);
		if (end == EXIT_UNSEALED)
			return end;
		if (tally->step != TEST_STEP_DONE)
			step_over(folder, tally, end);
	}
	return 0;
}

static int summarize(const struct tally *tally, size_t files,
                     const char *filter)
{
	if (tally->failed > 0)
		printf("%u of %u test%s failed\n", tally->failed, tally->played,
		       text_plural(tally->played));
	else if (tally->played > 0)
		printf("%u test%s in %zu file%s passed\n", tally->played,
		       text_plural(tally->played), files, text_plural(files));
	else if (files > 0 && filter != NULL)
		printf("no test's name contains \"%s\"\n", filter);
	else
		printf("there are no tests: they are in files named "
		       "*.test.lua\n");
	fflush(stdout);
	return tally->failed > 0 || tally->played == 0 ? EXIT_FAILURE
	                                               : EXIT_SUCCESS;
}

static int folders_run(struct test_folders *all, const char *filter)
{
	struct tally *tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE,
	                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	size_t        files = 0;
	int           result = 0;

	if (tally == MAP_FAILED) {
		fprintf(stderr, "pqs-rules test: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < all->count && result == 0; i++) {
		files += all->folder[i].count;
		result = folder_run(&all->folder[i], filter, tally);
	}
	if (result == 0)
		result = summarize(tally, files, filter);
	munmap(tally, sizeof *tally);
	return result;
}

static int test(int n, char **arguments, const char *filter)
{
	char               *here = (char[]){ "." };
	struct test_folders all = { 0 };
	int                 result = EXIT_FAILURE;

	if (rule_language_load() < 0)
		fputs("pqs-rules test: cannot start\n", stderr);
	else if (test_folders_read(&all, n > 0 ? n : 1,
	                           n > 0 ? arguments : &here) == 0)
		result = folders_run(&all, filter);
	test_folders_clear(&all);
	return result;
}

static int usage(void)
{
	fputs("usage: pqs-rules test [--filter TEXT] [--] [FILES or "
	      "FOLDERS...]\n", stderr);
	return EXIT_USAGE;
}

int command_test(int argc, char **argv)
{
	const char *filter = NULL;
	int         at = 1;

	for (; at < argc && argv[at][0] == '-'; at++) {
		if (strncmp(argv[at], "--filter=", 9) == 0)
			filter = argv[at] + 9;
		else if (strcmp(argv[at], "--filter") == 0 && at + 1 < argc)
			filter = argv[++at];
		else if (strcmp(argv[at], "--") == 0)
			return test(argc - at - 1, argv + at + 1, filter);
		else
			return usage();
	}
	return test(argc - at, argv + at, filter);
}
