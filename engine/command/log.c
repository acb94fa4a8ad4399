/* log.c -- 'pqs log': what the running pqs has changed lately. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "command/ask.h"
#include "command/command.h"

#define NS_PER_S 1000000000

static const char *text(const struct json_object *row, const char *key)
{
	const char *t = json_find_text(row, key);

	return t != NULL ? t : "";
}

static void print_time(const struct json_object *row)
{
	time_t    at = time(NULL) -
	               (time_t)(json_find_number(row, "ago_ns", 0) / NS_PER_S);
	struct tm tm;
	char      clock[32] = "";

	if (localtime_r(&at, &tm) != NULL)
		strftime(clock, sizeof clock, "%H:%M:%S", &tm);
	printf("%s  ", clock);
}

/* Programs choose their names, and a terminal obeys what it is sent. */
static void print_clean(const char *format, const char *of)
{
	char clean[256];

	text_copy(clean, sizeof clean, of);
	text_clean(clean);
	printf("%s%s", format, clean);
}

static void print_who(const struct json_object *row)
{
	char    who[64], name[33];
	int64_t pid = json_find_number(row, "pid", 0);
	int64_t tid = json_find_number(row, "tid", pid);

	text_copy(name, sizeof name, text(row, "name"));
	text_clean(name);
	if (tid != pid || json_find_number(row, "main", 0))
		snprintf(who, sizeof who, "%s[%" PRId64 "/%" PRId64 "]", name,
		         pid, tid);
	else
		snprintf(who, sizeof who, "%s[%" PRId64 "]", name, pid);
	printf("%-24s ", who);
}

static void print_cause(const struct json_object *row)
{
	if (json_find_number(row, "foreign", 0)) {
		printf("  somebody else changed it");
	} else if (text(row, "rule")[0] == '\0') {
		printf("  back to what it was");
	} else {
		print_clean("  ", text(row, "of"));
		print_clean(text(row, "of")[0] != '\0' ? ": " : "",
		            text(row, "rule"));
	}
}

void log_print_change(const struct json_object *row)
{
	bool foreign = json_find_number(row, "foreign", 0) != 0;
	bool refused = strcmp(text(row, "effect"), "denied") == 0 ||
	               strcmp(text(row, "effect"), "unsupported") == 0;
	bool would = json_find_number(row, "observed", 0) != 0 && !refused;

	print_time(row);
	print_who(row);
	printf("%-14s %s -> %s  %s%s", text(row, "setting"),
	       text(row, "before"),
	       text(row, (refused || would) && !foreign ? "wanted" : "now"),
	       would && !foreign ? "would be " : "",
	       foreign ? "left alone" : text(row, "effect"));
	if (text(row, "why")[0] != '\0' && !foreign)
		printf(" (%s)", text(row, "why"));
	if (json_find_number(row, "fight", 0) > 0)
		printf(", somebody else writes it too (%" PRId64 ")",
		       json_find_number(row, "fight", 0));
	print_cause(row);
	puts("");
}

static void print_row(struct asking *a, const struct json_object *row)
{
	(void)a;
	if (strcmp(text(row, "row"), "change") == 0) {
		log_print_change(row);
	} else if (strcmp(text(row, "row"), "note") == 0) {
		print_time(row);
		print_clean("pqs: ", text(row, "text"));
		puts("");
	} else if (strcmp(text(row, "row"), "missed") == 0) {
		printf("%" PRId64 " were missed\n",
		       json_find_number(row, "count", 0));
	}
}

static int add_filters(struct asking *a, const char *name)
{
	struct task_id id;
	int64_t        ns;

	if (a->start.task != NULL) {
		if (ask_task(a->start.task, &id) < 0)
			return command_misused(name, "'%s' is no PID and no "
			                       "PID/TID", a->start.task);
		json_number(&a->json, "pid", id.pid);
		if (task_id_is_thread(id))
			json_number(&a->json, "tid", task_id_known(id).tid);
	}
	if (a->start.rule != NULL)
		json_text(&a->json, "rule", a->start.rule);
	if (a->start.since != NULL) {
		if (text_duration(a->start.since, &ns) < 0 || ns <= 0)
			return command_misused(name, "--since takes a time such "
			                       "as 10min, not '%s'",
			                       a->start.since);
		json_number(&a->json, "since_ns", ns);
	}
	if (a->start.follow)
		json_bool(&a->json, "follow", true);
	return EXIT_OK;
}

int command_log(int argc, char **argv)
{
	static struct asking a;
	int code = ask_options(&a, argc, argv);

	if (code == EXIT_OK && a.start.rest_count != 0)
		code = command_misused(argv[0], "takes no '%s'",
		                       a.start.rest[0]);
	ask_begin(&a, "log");
	if (code == EXIT_OK)
		code = add_filters(&a, argv[0]);
	if (code == EXIT_OK)
		code = ask_open(&a);
	if (code == EXIT_OK) {
		a.row = print_row;
		a.follows = a.start.follow;
		code = ask_end(&a);
	}
	ask_close(&a);
	return code;
}
