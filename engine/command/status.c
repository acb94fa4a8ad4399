/* status.c -- 'pqs status': how the running pqs does, in numbers. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "command/ask.h"
#include "command/command.h"

#define NS_PER_S UINT64_C(1000000000)

static int64_t number(const struct json_object *row, const char *key)
{
	return json_find_number(row, key, 0);
}

static const char *text(const struct json_object *row, const char *key)
{
	const char *t = json_find_text(row, key);

	return t != NULL ? t : "-";
}

/* "3d 4h", "12min 5s": two units are enough. */
static void print_span(int64_t ns)
{
	static const struct { const char *unit; int64_t s; } units[] = {
		{ "d", 86400 }, { "h", 3600 }, { "min", 60 }, { "s", 1 },
	};
	int64_t left = ns / (int64_t)NS_PER_S;
	int     said = 0;

	for (int i = 0; i < 4 && said < 2; i++) {
		if ((i < 3 || said > 0) && left < units[i].s)
			continue;
		printf("%s%" PRId64 "%s", said > 0 ? " " : "",
		       left / units[i].s, units[i].unit);
		left %= units[i].s;
		said++;
	}
}

static void print_rate(const struct json_object *row, const char *what,
                       const char *key)
{
	int64_t rate = json_find_number(row, key, -1);

	printf("%-10s %" PRId64, what, number(row, what));
	if (rate >= 0)
		printf(", %" PRId64 ".%" PRId64 " a second lately", rate / 1000,
		       rate % 1000 / 100);
	puts("");
}

static void print_pqs(const struct json_object *row)
{
	char size[32];

	printf("pqs %s, process %" PRId64 ", up ", text(row, "version"),
	       number(row, "pid"));
	print_span(number(row, "uptime_ns"));
	puts(number(row, "observe") ? ", turning nothing" : "");
	if (number(row, "ready"))
		printf("%-10s %" PRId64 " in force (generation %" PRId64 ")%s\n",
		       "rules", number(row, "rules"),
		       number(row, "generation"),
		       number(row, "caught_up") ? "" : ", looking at what ran "
		       "before");
	else
		printf("%-10s none in force yet\n", "rules");
	printf("%-10s %" PRId64 " known, by the %s; %" PRId64 " leases\n",
	       "tasks", number(row, "tasks"), text(row, "sensor"),
	       number(row, "leases"));
	print_rate(row, "events", "events_per_1000s");
	print_rate(row, "judgings", "judgings_per_1000s");
	if (json_find(row, "rss_bytes") != NULL)
		printf("%-10s %s of memory, %" PRId64 ".%02" PRId64
		       " s of CPU time\n", "uses",
		       text_print_size(number(row, "rss_bytes"), size,
		                       sizeof size),
		       number(row, "cpu_ns") / (int64_t)NS_PER_S,
		       number(row, "cpu_ns") / 10000000 % 100);
}

/* In whole microseconds, as the numbers are good to a fifth. */
static int64_t in_us(const struct json_object *row, const char *key)
{
	return number(row, key) / 1000;
}

static void print_loop(const struct json_object *row)
{
	printf("%-10s %" PRId64 " steps, half of them up to %" PRId64 "us, "
	       "99 %% up to %" PRId64 "us, 99.99 %% up to %" PRId64 "us; %"
	       PRId64 " past 1ms, %" PRId64 " of CPU time\n", "loop",
	       number(row, "steps"), in_us(row, "p50_ns"),
	       in_us(row, "p99_ns"), in_us(row, "p9999_ns"),
	       number(row, "past_1ms"), number(row, "past_1ms_cpu"));
	printf("%-10s %" PRId64 "us, %" PRId64 "us of CPU time, %" PRId64
	       "us of it at %s\n", "longest", in_us(row, "longest_ns"),
	       in_us(row, "longest_cpu_ns"), in_us(row, "longest_at_ns"),
	       text(row, "longest_at"));
	printf("%-10s %" PRId64 "us of CPU time, %" PRId64 "us by the clock, %"
	       PRId64 "us of it at %s\n", "dearest",
	       in_us(row, "dearest_cpu_ns"), in_us(row, "dearest_ns"),
	       in_us(row, "dearest_at_ns"), text(row, "dearest_at"));
}

/* The longest that each took in one step. */
static void print_phases(const struct json_object *row)
{
	const char *between = " ";

	printf("%-10s", "at most");
	for (size_t i = 0; i < row->count; i++) {
		const struct json_field *f = &row->field[i];

		if (f->type != JSON_NUMBER || f->number < 1000)
			continue;
		printf("%s%s %" PRId64 "us", between, f->key,
		       f->number / 1000);
		between = ", ";
	}
	puts("");
}

static void print_reload(const struct json_object *row)
{
	char ago[32];

	printf("%-10s %" PRId64 " of rules, %" PRId64 " refused, %" PRId64
	       " taken back; %s%s", "reloads", number(row, "reloads"),
	       number(row, "refused"), number(row, "taken_back"),
	       text(row, "stage"),
	       number(row, "on_probation") ? ", on probation" : "");
	if (text(row, "kept")[0] != '\0')
		printf("; kept: %s", text(row, "kept"));
	puts("");
	if (json_find(row, "last_refusal") == NULL)
		return;
	text_print_duration(number(row, "refused_ago_ns") / 1000000000 *
	                    1000000000, ago, sizeof ago);
	printf("%-10s %s ago: %s\n", "refused", ago,
	       text(row, "last_refusal"));
}

/* Every number of the row that is not 0, under its own name. */
static void print_counts(const struct json_object *row)
{
	const char *between = " ";

	printf("%-10s", text(row, "row"));
	for (size_t i = 0; i < row->count; i++) {
		const struct json_field *f = &row->field[i];
		char                     name[64];

		if (f->type != JSON_NUMBER || f->number == 0)
			continue;
		text_copy(name, sizeof name, f->key);
		for (char *c = name; *c != '\0'; c++)
			*c = *c == '_' ? ' ' : *c;
		printf("%s%" PRId64 " %s", between, f->number, name);
		between = ", ";
	}
	puts(between[0] == ' ' ? " nothing to tell" : "");
}

static void print_worker(const struct json_object *row)
{
	printf("%-10s of %s: %" PRId64 " rules%s, %" PRId64 " asked, %" PRId64
	       " answered", "worker", text(row, "of"), number(row, "rules"),
	       number(row, "refused") ? " (the last ones were wrong)" : "",
	       number(row, "asked"), number(row, "answered"));
	if (number(row, "lost") > 0)
		printf(", lost %" PRId64 " times", number(row, "lost"));
	if (number(row, "files_switched_off") > 0)
		printf(", %" PRId64 " files switched off",
		       number(row, "files_switched_off"));
	if (json_find(row, "files") != NULL &&
	    strcmp(text(row, "files"), "watched") != 0)
		printf(", files %s", text(row, "files"));
	puts("");
	if (json_find(row, "why") != NULL)
		printf("%-10s %s: %s\n", "refused", text(row, "of"),
		       text(row, "why"));
}

static void print_row(struct asking *a, const struct json_object *row)
{
	(void)a;
	if (strcmp(text(row, "row"), "pqs") == 0)
		print_pqs(row);
	else if (strcmp(text(row, "row"), "loop") == 0)
		print_loop(row);
	else if (strcmp(text(row, "row"), "phases") == 0)
		print_phases(row);
	else if (strcmp(text(row, "row"), "reload") == 0)
		print_reload(row);
	else if (strcmp(text(row, "row"), "worker") == 0)
		print_worker(row);
	else
		print_counts(row);
}

int command_status(int argc, char **argv)
{
	static struct asking a;
	int code = ask_options(&a, argc, argv);

	if (code == EXIT_OK && a.start.rest_count != 0)
		code = command_misused(argv[0], "takes no '%s'",
		                       a.start.rest[0]);
	if (code == EXIT_OK)
		code = ask_open(&a);
	if (code == EXIT_OK) {
		a.row = print_row;
		ask_begin(&a, "status");
		code = ask_end(&a);
	}
	ask_close(&a);
	return code;
}
