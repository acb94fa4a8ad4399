/* test_command_doctor.c -- the doctor tries everything and leaves nothing. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/command.h"
#include "command/remedy.h"
#include "model/setting.h"

#include "suite.h"

#define NOBODY 65534

static char top[64], config[96], said[65536];

static void begin(void)
{
	char  text[128];
	FILE *file;

	strcpy(top, "/tmp/pqs-doctor-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(chmod(top, 0755), 0);
	snprintf(config, sizeof config, "%s/pqs.yaml", top);
	snprintf(text, sizeof text, "journal: %s/journal\n", top);
	file = fopen(config, "w");
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

static void end(void)
{
	char command[96];

	snprintf(command, sizeof command, "rm -r %s", top);
	ck_assert_int_eq(system(command), 0);
}

/* What it says, in said; its exit code. */
static int doctor(char *option, bool as_nobody)
{
	char   name[] = "doctor", config_option[] = "--config";
	char  *argv[] = { name, config_option, config, option, NULL };
	int    ends[2], status;
	size_t used = 0;
	pid_t  pid;
	int    n;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		if (as_nobody && (setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
			_exit(99);
		status = command_doctor(option != NULL ? 4 : 3, argv);
		fflush(stdout);
		_exit(wait(NULL) < 0 && errno == ECHILD ? status : 98);
	}
	close(ends[1]);
	while ((n = (int)read(ends[0], said + used,
	                      sizeof said - 1 - used)) > 0)
		used += (size_t)n;
	close(ends[0]);
	said[used] = '\0';
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The state in the line of that name and detail. */
static const char *state_of(const char *name, const char *detail)
{
	static char state[32];
	char        begins[128];
	const char *line;

	snprintf(begins, sizeof begins, "\"name\":\"%s\",\"detail\":\"%s\","
	         "\"state\":\"", name, detail);
	line = strstr(said, begins);
	ck_assert_msg(line != NULL, "no line for %s %s", name, detail);
	line += strlen(begins);
	snprintf(state, sizeof state, "%.*s", (int)strcspn(line, "\""), line);
	return state;
}

START_TEST(every_setting_is_tried)
{
	char json[] = "--json", begins[64];

	ck_assert_int_eq(doctor(json, false), EXIT_OK);
	for (int s = 0; s < SETTING_COUNT; s++) {
		snprintf(begins, sizeof begins, "\"setting\",\"name\":\"%s\"",
		         setting_rows[s].name);
		ck_assert_msg(strstr(said, begins) != NULL, "%s is not tried",
		              setting_rows[s].name);
	}
	ck_assert_str_eq(state_of("sched", "batch"), "works");
	ck_assert_str_eq(state_of("sched", "fifo:1"), "works");
	ck_assert_str_eq(state_of("timer_slack", "100us"), "works");
	ck_assert_str_eq(state_of("oom_score_adj", "200"), "works");
	ck_assert_str_ne(state_of("io", "passive"), "unsupported");
	ck_assert_str_ne(state_of("suppress", "true"), "unsupported");
	ck_assert_str_eq(state_of("affinity", "efficiency"), "unsupported");
	ck_assert_str_ne(state_of("role", "foreground"), "unsupported");
	ck_assert_str_ne(state_of("slice", "1ms"), "unsupported");
	ck_assert_str_ne(state_of("precedence", "-5"), "unsupported");
	ck_assert_str_eq(state_of("affinity", "performance"), "works");
	ck_assert_str_eq(state_of("realtime", "5ms/1ms/4ms"), "works");
	ck_assert_ptr_null(strstr(said, "untried"));
	ck_assert_ptr_null(strstr(said, "\"unsupported\",\"because\":\"\""));
}
END_TEST

START_TEST(what_nobody_may_not_do_is_denied)
{
	char json[] = "--json";

	ck_assert_int_eq(doctor(json, true), EXIT_OK);
	ck_assert_str_eq(state_of("nice", "5"), "denied");
	ck_assert_str_eq(state_of("nice", "-5"), "denied");
	ck_assert_str_eq(state_of("sched", "fifo:1"), "denied");
	ck_assert_str_eq(state_of("rt_priority", "10"), "denied");
	ck_assert_str_eq(state_of("realtime", "5ms/1ms/4ms"), "denied");
	ck_assert_str_eq(state_of("timer_slack", "100us"), "denied");
	ck_assert_str_eq(state_of("sched", "batch"), "works");
	ck_assert_str_eq(state_of("qos", "utility"), "partly");
	ck_assert_str_eq(state_of("event thread", "fifo:1"), "denied");
	ck_assert_str_ne(state_of("all processes", "BPF iterator"), "works");
	ck_assert_ptr_nonnull(strstr(said, "\"kind\":\"note\""));
}
END_TEST

static bool has_remedy(const char *line, size_t n)
{
	char text[1024];

	snprintf(text, sizeof text, "%.*s", (int)n, line);
	for (size_t i = 0; i < remedy_count; i++)
		if (strstr(text, remedies[i].sign) != NULL)
			return true;
	return false;
}

START_TEST(for_every_setting_that_is_denied_there_is_a_remedy)
{
	char   json[] = "--json";
	int    denied = 0;
	size_t n;

	ck_assert_int_eq(doctor(json, true), EXIT_OK);
	for (const char *at = said; *at != '\0'; at += n + (at[n] == '\n')) {
		n = strcspn(at, "\n");
		if (strncmp(at, "{\"kind\":\"setting\"", 17) != 0 ||
		    memmem(at, n, "\"denied\"", 8) == NULL)
			continue;
		denied++;
		ck_assert_msg(has_remedy(at, n), "%.*s", (int)n, at);
	}
	ck_assert_int_gt(denied, 5);
	ck_assert_ptr_nonnull(strstr(said, "{\"kind\":\"remedy\","
	                             "\"name\":\"CAP_SYS_NICE\""));
}
END_TEST

START_TEST(the_journal_is_looked_for_and_not_made)
{
	char json[] = "--json", folder[96], file[128];

	snprintf(folder, sizeof folder, "%s/journal", top);
	snprintf(file, sizeof file, "%s/journal", folder);
	ck_assert_int_eq(doctor(json, false), EXIT_OK);
	ck_assert_str_eq(state_of("journal", file), "works");
	ck_assert_int_eq(access(folder, F_OK), -1);
	ck_assert_int_eq(doctor(json, true), EXIT_OK);
	ck_assert_str_eq(state_of("journal", file), "denied");
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	ck_assert_int_eq(chown(folder, NOBODY, NOBODY), 0);
	ck_assert_int_eq(doctor(json, true), EXIT_OK);
	ck_assert_str_eq(state_of("journal", file), "works");
	ck_assert_int_eq(doctor(json, false), EXIT_OK);
	ck_assert_str_eq(state_of("journal", file), "denied");
}
END_TEST

START_TEST(people_get_two_tables)
{
	ck_assert_int_eq(doctor(NULL, false), EXIT_OK);
	ck_assert_int_eq(strncmp(said, "setting ", 8), 0);
	ck_assert_ptr_nonnull(strstr(said, "\npart "));
	ck_assert_ptr_nonnull(strstr(said, "\nsensor "));
	ck_assert_ptr_nonnull(strstr(said, "\nrules worker "));
	ck_assert_ptr_null(strstr(said, " \n"));
}
END_TEST

START_TEST(a_wrong_command_line_or_config_is_refused)
{
	char wrong[] = "--jsno", extra[] = "extra";
	FILE *file = fopen(config, "w");

	ck_assert_int_eq(doctor(wrong, false), EXIT_USAGE);
	ck_assert_int_eq(doctor(extra, false), EXIT_USAGE);
	fputs("jurnal: /tmp\n", file);
	fclose(file);
	ck_assert_int_eq(doctor(NULL, false), EXIT_WRONG);
	ck_assert_str_eq(said, "");
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("doctor");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, every_setting_is_tried);
	tcase_add_test(tests, what_nobody_may_not_do_is_denied);
	tcase_add_test(tests,
	               for_every_setting_that_is_denied_there_is_a_remedy);
	tcase_add_test(tests, the_journal_is_looked_for_and_not_made);
	tcase_add_test(tests, people_get_two_tables);
	tcase_add_test(tests, a_wrong_command_line_or_config_is_refused);
	return run_case(tests, "command doctor");
}
