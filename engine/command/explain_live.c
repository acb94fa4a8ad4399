/* explain_live.c -- an explanation by the running pqs, for people. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "command/ask.h"
#include "command/command.h"
#include "command/explain.h"

static const char *text(const struct json_object *row, const char *key)
{
	const char *t = json_find_text(row, key);

	return t != NULL ? t : "";
}

static int64_t number(const struct json_object *row, const char *key)
{
	return json_find_number(row, key, 0);
}

/* Upwards: to whole seconds what takes some, else to milliseconds. */
static int64_t rounded(int64_t ns)
{
	int64_t unit = ns >= 10000000000 ? 1000000000 : 1000000;

	return (ns + unit - 1) / unit * unit;
}

static bool is(const struct json_object *row, const char *kind)
{
	return strcmp(text(row, "row"), kind) == 0;
}

static void clean(const char *what)
{
	explain_clean(what, strlen(what));
}

static void print_task(const struct json_object *row)
{
	clean(text(row, "name"));
	printf("[%" PRId64, number(row, "pid"));
	if (json_find(row, "tid") != NULL)
		printf("/%" PRId64, number(row, "tid"));
	puts(json_find(row, "tid") == NULL ? "]"
	     : number(row, "tid") == number(row, "pid") ? "] the main thread"
	                                                : "] a thread");
	if (json_find(row, "protected") != NULL)
		printf("protected (%s): nothing is changed\n",
		       text(row, "protected"));
	if (number(row, "left_alone"))
		puts("left alone since 'pqs undo', until its next exec");
	if (number(row, "pending"))
		puts("some facts or answers are still on their way");
}

static void print_list(const struct json_field *f)
{
	const char *one = f->text;

	if (f->number == 0)
		printf("(none)");
	for (int64_t i = 0; i < f->number; i++) {
		printf("%s", i > 0 ? " | " : "");
		clean(one);
		one += strlen(one) + 1;
	}
	puts("");
}

static void print_fact(const struct json_object *row)
{
	const struct json_field *f = json_find(row, "value");

	printf("  %c %s%-11s ", number(row, "looked_at") ? '*' : ' ',
	       is(row, "host") ? "host." : "", text(row, "fact"));
	if (f == NULL) {
		printf("%.3fs\n", (double)number(row, "value_ns") / 1e9);
	} else if (f->type == JSON_LIST) {
		print_list(f);
	} else if (f->type == JSON_TEXT) {
		clean(f->text);
		puts("");
	} else if (f->type == JSON_BOOL) {
		puts(f->number ? "true" : "false");
	} else {
		printf("%" PRId64 "\n", f->number);
	}
}

static void print_name(const struct json_object *row)
{
	if (text(row, "of")[0] != '\0')
		printf("%s: ", text(row, "of"));
	printf("%s", text(row, "rule"));
}

static void print_rule(const struct json_object *row)
{
	char ends[32];

	printf("  ");
	print_name(row);
	if (number(row, "line") > 0)
		printf("  %s:%" PRId64, text(row, "file"), number(row, "line"));
	printf("   %s", text(row, "want")[0] != '\0' ? text(row, "want")
	                                            : text(row, "silent"));
	if (json_find(row, "through_tree_of") != NULL)
		printf("  through the tree of %" PRId64,
		       number(row, "through_tree_of"));
	if (number(row, "through_unit"))
		printf("  through its unit");
	if (json_find(row, "ends_in_ns") != NULL)
		printf("  kept for another %s",
		       text_print_duration(rounded(number(row, "ends_in_ns")),
		                           ends, sizeof ends));
	puts("");
}

static void print_setting(const struct json_object *row)
{
	printf("  %-14s ", text(row, "setting"));
	if (json_find(row, "wanted") == NULL)
		printf("left alone by ");
	else
		printf("%-14s by ", text(row, "wanted"));
	print_name(row);
	if (json_find(row, "held_by") != NULL)
		printf(", held by %s", text(row, "held_by"));
	printf("%s%s", number(row, "insists") ? ", insists" : "",
	       number(row, "irreversible") ? ", irreversible" : "");
	if (json_find(row, "now") != NULL)
		printf(", now %s, %s", text(row, "now"),
		       number(row, "in_force") ? "in force" : "not in force");
	if (json_find(row, "effect") != NULL)
		printf(", %s (%s)", text(row, "effect"), text(row, "why"));
	puts("");
}

static void print_again(const struct json_object *row)
{
	char in[32];

	printf("judged again in %s\n",
	       text_print_duration(rounded(number(row, "in_ns")), in,
	                           sizeof in));
}

static void print_left(const struct json_object *row, const char *key,
                       const char *of, const char **between)
{
	if (json_find(row, key) == NULL)
		return;
	printf("%s%" PRId64 " of %s", *between, number(row, key), of);
	*between = ", ";
}

static void print_limit(const struct json_object *row)
{
	const char *between = "";
	char        stays[32];

	printf("  %-14s ", text(row, "setting"));
	print_left(row, "task_left", "this task", &between);
	print_left(row, "rule_left", "its rule", &between);
	print_left(row, "machine_left", "all tasks", &between);
	if (number(row, "stays_ns") > 0)
		printf("%sstays for another %s", between,
		       text_print_duration(rounded(number(row, "stays_ns")),
		                           stays, sizeof stays));
	else if (between[0] == '\0')
		printf("no limit");
	puts("");
}

/* Each kind of row has a heading, told once. */
static const struct {
	const char *kind, *heading;
	void      (*print)(const struct json_object *row);
} kinds[] = {
	{ "task", NULL, print_task },
	{ "fact", "facts (* looked at by rules)", print_fact },
	{ "host", NULL, print_fact },
	{ "rule", "rules that matched", print_rule },
	{ "lease", "rules that reach it", print_rule },
	{ "setting", "settings", print_setting },
	{ "limiter", "changes that need not wait", print_limit },
	{ "again", NULL, print_again },
	{ "change", "the last changes", log_print_change },
};

static void print_loser(const struct json_object *row)
{
	printf("      over %s = %s by ", text(row, "setting"),
	       text(row, "wanted"));
	print_name(row);
	puts("");
}

static void print_row(struct asking *a, const struct json_object *row)
{
	uint64_t *told = a->own;

	if (is(row, "loser"))
		print_loser(row);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (!is(row, kinds[i].kind))
			continue;
		if (kinds[i].heading != NULL && (*told >> i & 1) == 0)
			puts(kinds[i].heading);
		*told |= UINT64_C(1) << i;
		kinds[i].print(row);
	}
}

int explain_live(int argc, char **argv, struct task_id id)
{
	static struct asking a;
	uint64_t told = 0;
	int      code = ask_options(&a, argc, argv);

	ask_begin(&a, "explain");
	json_number(&a.json, "pid", id.pid);
	if (task_id_is_thread(id))
		json_number(&a.json, "tid", task_id_known(id).tid);
	a.quiet = a.start.ask_at == NULL;
	if (code == EXIT_OK)
		code = ask_open(&a);
	if (code == EXIT_OK) {
		a.row = print_row;
		a.own = &told;
		code = ask_end(&a);
	}
	ask_close(&a);
	return code;
}
