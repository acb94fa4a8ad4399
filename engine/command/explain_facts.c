/* explain_facts.c -- what is known of a task and of the machine. */

#include "command/explain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Programs choose their names and arguments, and a terminal obeys what it is
 * sent. */
void explain_clean(const char *text, size_t bytes)
{
	char clean[ARGS_KEEP + 1];

	text_copy_bytes(clean, sizeof clean, text, bytes);
	text_clean(clean);
	fputs(clean, stdout);
}

static void print_list(const struct value *v)
{
	if (v->bytes == 0) {
		puts("(none)");
		return;
	}
	for (size_t at = 0; at < v->bytes; at += strlen(v->text + at) + 1) {
		fputs(at == 0 ? "" : " | ", stdout);
		explain_clean(v->text + at, strlen(v->text + at));
	}
	puts("");
}

static void print_value(enum fact fact, const struct value *v)
{
	if (fact_rows[fact].unit == FACT_UNIT_NS) {
		printf("%.3fs\n", (double)v->number / 1e9);
	} else if (v->type == FACT_TYPE_BOOL) {
		puts(v->number != 0 ? "true" : "false");
	} else if (v->type == FACT_TYPE_NUMBER) {
		printf("%lld\n", (long long)v->number);
	} else if (v->type == FACT_TYPE_TEXT) {
		explain_clean(v->text, v->bytes);
		puts("");
	} else {
		print_list(v);
	}
}

/* The tags alive are no value of the machine's. */
static void print_host(const struct explain *x)
{
	const struct host *host = &x->by.engine.host;
	char               text[VALUE_TEXT_MAX];

	for (int i = 0; i < HOST_COUNT; i++) {
		if (host_rows[i].type == HOST_TYPE_LIST)
			continue;
		printf("  %c host.%s = %s\n",
		       (x->opinion.host_reads & HOST_BIT(i)) != 0 ? '*' : ' ',
		       host_rows[i].name,
		       host_knows(host, (enum host_fact)i) ?
		       host_print((enum host_fact)i, host->value[i], text,
		                  sizeof text) : "(unreadable)");
	}
}

static const char *missing_why(struct explain *x, struct task *who,
                               enum fact fact, int r)
{
	const struct task *process = table_process_of(x->by.engine.table, who);

	if (r == -EINPROGRESS)
		return "(not read yet)";
	if (r == -ENODATA)
		return "(none)";
	return fact == FACT_exe && process->facts->foreign
	       ? "(foreign: its path is not that file's here)"
	       : "(unreadable)";
}

/* Also those that no rule reads: whatever is seen here can be matched. */
void explain_facts(struct explain *x, struct task *who)
{
	uint64_t read = x->opinion.found.reads | x->opinion.own.reads;

	puts("facts (* looked at by rules)");
	for (int i = 0; i < FACT_COUNT; i++) {
		struct value v;
		int r = table_fact(x->by.engine.table, who, (enum fact)i, &v);

		printf("  %c %-11s ", (read & FACT_BIT(i)) != 0 ? '*' : ' ',
		       fact_rows[i].name);
		if (r == 1)
			print_value((enum fact)i, &v);
		else
			puts(missing_why(x, who, (enum fact)i, r));
	}
	print_host(x);
}
