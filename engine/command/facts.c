/* facts.c -- 'pqs facts' and 'pqs settings': what a rule can look at,
 * and what it can want. */

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "command/columns.h"
#include "command/command.h"
#include "command/reference.h"
#include "command/start.h"

#define LINE_BYTES 4096
#define PACE_MAX   32

/* One of the three tables. */
struct table {
	const char *what;               /* as JSON calls a row of it          */
	int         count;
	void      (*tell)(int row, struct reference *ret);
	void      (*add)(int row, struct json *j);
};

static void fact_tell(int row, struct reference *ret)
{
	reference_fact((enum fact)row, ret);
}

static void host_tell(int row, struct reference *ret)
{
	reference_host((enum host_fact)row, ret);
}

static void setting_tell(int row, struct reference *ret)
{
	reference_setting((enum setting)row, ret);
}

static void fact_add(int row, struct json *j)
{
	const struct fact_row *f = &fact_rows[row];

	json_bool(j, "identity", f->rank == FACT_RANK_IDENTITY);
	json_bool(j, "slow", f->source == FACT_SOURCE_SLOW);
	json_number(j, "drift_ms", f->drift_ms);
	json_number(j, "step", f->step);
}

static void host_add(int row, struct json *j)
{
	json_number(j, "drift_ms", host_rows[row].drift_ms);
	json_number(j, "step", host_rows[row].step);
}

static void setting_add(int row, struct json *j)
{
	json_number(j, "low", setting_rows[row].low);
	json_number(j, "high", setting_rows[row].high);
}

static const struct table facts = { "fact", FACT_COUNT, fact_tell, fact_add };
static const struct table hosts = { "host", HOST_COUNT, host_tell, host_add };
static const struct table settings = { "setting", SETTING_COUNT, setting_tell,
                                       setting_add };

/* "a function sees" as a key. */
static const char *key_of(int line, char *out, size_t size)
{
	text_copy(out, size, reference_labels[line]);
	for (char *c = out; *c != '\0'; c++)
		if (*c == ' ')
			*c = '_';
	return out;
}

static void print_json(const struct table *t, int row)
{
	char             line[LINE_BYTES], key[REFERENCE_LINES][32];
	struct reference r;
	struct json      j;

	t->tell(row, &r);
	json_begin(&j, line, sizeof line);
	json_text(&j, "table", t->what);
	json_text(&j, "name", r.name);
	json_text(&j, "meaning", r.meaning);
	for (int i = 0; i < REFERENCE_LINES; i++)
		if (r.line[i][0] != '\0')
			json_text(&j, key_of(i, key[i], sizeof key[i]),
			          r.line[i]);
	t->add(row, &j);
	if (json_end(&j) > 0)
		fputs(line, stdout);
}

static void print_all_json(const struct table *t)
{
	for (int row = 0; row < t->count; row++)
		print_json(t, row);
}

/* All that is known of one row. */
static void print_row(const struct table *t, int row)
{
	const char      *cell[REFERENCE_LINES][2];
	struct reference r;
	char             name[64];
	size_t           n = 0;

	t->tell(row, &r);
	snprintf(name, sizeof name, "%s%s", t == &hosts ? "host." : "", r.name);
	columns_print(stdout, 0, (const char *[]){ name, r.meaning }, 2, 1);
	fputc('\n', stdout);
	for (int i = 0; i < REFERENCE_LINES; i++) {
		if (r.line[i][0] == '\0')
			continue;
		cell[n][0] = reference_labels[i];
		cell[n++][1] = r.line[i];
	}
	columns_print(stdout, 2, &cell[0][0], 2, n);
}

/* Why a row is not simply what it was when the task began. */
static const char *pace(uint32_t drift_ms, bool slow, char *out)
{
	char period[24];

	text_print_duration((int64_t)drift_ms * 1000000, period,
	                    sizeof period);
	snprintf(out, PACE_MAX, drift_ms != 0 ? "every %s" : "%s",
	         drift_ms != 0 ? period : slow ? "slow" : "");
	return out;
}

static void print_facts(enum fact_rank rank)
{
	static struct reference r[FACT_COUNT];
	static char             paces[FACT_COUNT][PACE_MAX];
	const char             *cell[FACT_COUNT][4];
	size_t                  n = 0;

	for (int f = 0; f < FACT_COUNT; f++) {
		const struct fact_row *row = &fact_rows[f];

		if (row->rank != rank)
			continue;
		reference_fact((enum fact)f, &r[n]);
		cell[n][0] = row->name;
		cell[n][1] = r[n].line[REFERENCE_KIND];
		cell[n][2] = pace(row->drift_ms,
		                  row->source == FACT_SOURCE_SLOW, paces[n]);
		cell[n][3] = row->text;
		n++;
	}
	columns_print(stdout, 2, &cell[0][0], 4, n);
}

static void print_hosts(void)
{
	static struct reference r[HOST_COUNT];
	static char             paces[HOST_COUNT][PACE_MAX];
	const char             *cell[HOST_COUNT][4];

	for (int f = 0; f < HOST_COUNT; f++) {
		reference_host((enum host_fact)f, &r[f]);
		cell[f][0] = r[f].name;
		cell[f][1] = r[f].line[REFERENCE_KIND];
		cell[f][2] = pace(host_rows[f].drift_ms, false, paces[f]);
		cell[f][3] = r[f].meaning;
	}
	columns_print(stdout, 2, &cell[0][0], 4, HOST_COUNT);
}

static int print_all_facts(void)
{
	puts("Facts that say what a task is: process { NAME = ... }, p.NAME in "
	     "a function");
	print_facts(FACT_RANK_IDENTITY);
	puts("\nOther facts about it");
	print_facts(FACT_RANK_OTHER);
	puts("\nFacts about the machine: host { NAME = ... }, host.NAME in a "
	     "function");
	print_hosts();
	puts("\n'every': looked at again so often while a rule asks; 'slow': "
	     "read aside.\nWhat cannot be read is nil to a function; a match by "
	     "it keeps the rule silent.\n'pqs facts NAME' says what can be "
	     "written for one, with an example.");
	return EXIT_OK;
}

/* The first word of a sentence. */
static void first_word(const char *text, char *out, size_t size)
{
	size_t n = strcspn(text, ":; ");

	text_copy_bytes(out, size < n + 1 ? size : n + 1, text, n);
}

/* Values in a line of their own, unless the meaning lists them. */
static int print_all_settings(void)
{
	static struct reference r[SETTING_COUNT];
	static char             kind[SETTING_COUNT][16], reach[SETTING_COUNT][16];
	static char             takes[SETTING_COUNT][REFERENCE_TEXT_MAX + 8];
	const char             *cell[2 * SETTING_COUNT][5];
	size_t                  n = 0;

	for (int s = 0; s < SETTING_COUNT; s++) {
		reference_setting((enum setting)s, &r[s]);
		first_word(r[s].line[REFERENCE_KIND], kind[s], sizeof kind[s]);
		first_word(r[s].line[REFERENCE_REACHES], reach[s],
		           sizeof reach[s]);
		memcpy(cell[n++], ((const char *[]){ r[s].name, kind[s],
		       reach[s], r[s].line[REFERENCE_POWER], r[s].meaning }),
		       sizeof cell[0]);
		if (strstr(r[s].meaning, r[s].line[REFERENCE_TAKES]) != NULL)
			continue;
		snprintf(takes[s], sizeof takes[s], "takes %s",
		         r[s].line[REFERENCE_TAKES]);
		memcpy(cell[n++], ((const char *[]){ "", "", "", "",
		       takes[s] }), sizeof cell[0]);
	}
	puts("What a rule can want: want = { NAME = ... }");
	columns_print(stdout, 2, &cell[0][0], 5, n);
	puts("\nThe columns: name; intent (stands for knobs), knob, or part of "
	     "one; what one\nchange reaches; the power that a pack needs for it."
	     "\n'pqs settings NAME' says more of one, with an example.");
	return EXIT_OK;
}

static int print_one(const struct start *s, const struct table *t, int row)
{
	if (s->json)
		print_json(t, row);
	else
		print_row(t, row);
	return EXIT_OK;
}

static int nothing_so_called(const char *command, const char *what,
                             const char *name, const char *near)
{
	fprintf(stderr, "pqs %s: there is no %s '%s'", command, what, name);
	if (near != NULL)
		fprintf(stderr, "; did you mean '%s'?", near);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

/* "host.cpu" is the machine's; "cpu" is the task's if that has one. */
static int fact_named(const struct start *s, const char *name)
{
	bool           dotted = strncmp(name, "host.", 5) == 0;
	const char    *bare = dotted ? name + 5 : name, *near;
	enum fact      f;
	enum host_fact h;

	if (!dotted && fact_find(bare, &f) == 0)
		return print_one(s, &facts, (int)f);
	if (host_find(bare, &h) == 0)
		return print_one(s, &hosts, (int)h);
	near = dotted ? NULL : fact_nearest(bare);
	return nothing_so_called("facts", "fact", name,
	                         near != NULL ? near : host_nearest(bare));
}

/* At most one name; an exit code. */
static int name_of(struct start *s, int argc, char **argv,
                   const char **ret_name)
{
	int code = start_options(s, argc, argv);

	if (code == EXIT_OK && s->rest_count > 1)
		code = command_misused(argv[0], "takes one name");
	if (code == EXIT_OK)
		*ret_name = s->rest_count == 1 ? s->rest[0] : NULL;
	return code;
}

int command_facts(int argc, char **argv)
{
	struct start s;
	const char  *name;
	int          code = name_of(&s, argc, argv, &name);

	if (code != EXIT_OK)
		return code;
	if (name != NULL)
		return fact_named(&s, name);
	if (!s.json)
		return print_all_facts();
	print_all_json(&facts);
	print_all_json(&hosts);
	return EXIT_OK;
}

int command_settings(int argc, char **argv)
{
	struct start s;
	const char  *name;
	enum setting setting;
	int          code = name_of(&s, argc, argv, &name);

	if (code != EXIT_OK)
		return code;
	if (name != NULL && setting_find(name, &setting) < 0)
		return nothing_so_called("settings", "setting", name,
		                         setting_nearest(name));
	if (name != NULL)
		return print_one(&s, &settings, (int)setting);
	if (!s.json)
		return print_all_settings();
	print_all_json(&settings);
	return EXIT_OK;
}
