/* strict.c -- what is doubtful about a book that is compiled and right.
 *
 * Most of it is told from the image.  A function is asked once, with no fact at
 * all: whatever it answers to that it always answers.
 */

#include "book.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "policy/doubts.h"

#define ASK_SECONDS 5           /* of CPU; then no more functions are asked   */
#define WANT_BYTES  256

struct doubter {
	struct rule_book *book;
	int               warnings;
};

static const struct image_rule *rule_of(const struct rule_book *b, uint32_t i)
{
	return IMAGE_AT(b->image, IMAGE_RULES, image_rule, i);
}

static uint32_t file_find(const struct rule_book *b, const char *path)
{
	for (uint32_t i = 0; i < b->files; i++)
		if (strcmp(b->file[i].path, path) == 0)
			return i;
	return FILE_NONE;
}

static void tell(struct doubter *d, enum severity severity, uint32_t rule,
                 const char *word, const char *sentence)
{
	struct rule_book *b = d->book;
	struct mistake    where = { .file = FILE_NONE, .severity = severity };
	const char       *name = NULL;

	d->warnings += severity == SEVERITY_WARNING;
	if (rule != IMAGE_NONE) {
		const struct image_rule *r = rule_of(b, rule);

		where.file = file_find(b, image_text_of(b->image, r->file));
		where.line = (int)r->line;
		name = image_text_of(b->image, r->name);
	}
	book_doubt(b, where, name, word, sentence);
}

static void on_doubt(void *ctx, const struct doubt *d)
{
	tell(ctx, d->may_be_meant ? SEVERITY_NOTE : SEVERITY_WARNING, d->rule,
	     d->word, d->sentence);
}

/* Pools and states belong to no rule; their names know where they stand. */
static void unread_tell(struct doubter *d, const struct name *n,
                        const char *what, const char *word)
{
	char sentence[SENTENCE_MAX];

	snprintf(sentence, sizeof sentence, what, word);
	d->warnings++;
	book_doubt(d->book, (struct mistake){ .file = n->file, .line = n->line,
	                                      .severity = SEVERITY_WARNING },
	           NULL, word, sentence);
}

static bool has_functions(const struct rule_book *b, uint32_t file)
{
	for (size_t i = 0; i < b->functions; i++)
		if (b->function[i].side->file == file)
			return true;
	return false;
}

static void names_doubt(struct doubter *d)
{
	struct rule_book *b = d->book;

	/* a function may want any pool */
	for (struct name *p = b->functions > 0 ? NULL : b->pools_given;
	     p != NULL; p = p->hh.next)
		if (names_find(b->pools_read, p->text) == NULL)
			unread_tell(d, p, "no rule here wants the pool '%.64s'",
			            p->text);
	/* a state's key is its file's number, '/' and its name */
	for (struct name *s = b->states; s != NULL; s = s->hh.next)
		if (!has_functions(b, s->file))
			unread_tell(d, s, "no function of this file can use "
			            "the state '%.64s'",
			            strchr(s->text, '/') + 1);
}

/* { nice = 5, sched = "idle" } */
static void want_print(const struct want *w, const struct interned *sets,
                       char *out, size_t size)
{
	size_t used = 0;
	char   text[VALUE_TEXT_MAX];

	for (int s = 0; s < SETTING_COUNT && used < size; s++) {
		bool bare = setting_rows[s].type == SETTING_TYPE_INT ||
		            setting_rows[s].type == SETTING_TYPE_BOOL ||
		            w->value[s] == VALUE_UNTOUCHED;
		const char *quote = bare ? "" : "\"";

		if (!want_has(w, (enum setting)s))
			continue;
		setting_print((enum setting)s, w->value[s], sets, text,
		              sizeof text);
		used += (size_t)snprintf(out + used, size - used,
		                         "%s%s = %s%s%s", used > 0 ? ", " : "",
		                         setting_rows[s].name, quote, text,
		                         quote);
	}
}

static void answer_tell(struct doubter *d, uint32_t rule,
                        const struct answer *a)
{
	char sentence[SENTENCE_MAX], want[WANT_BYTES] = "";

	switch (a->outcome) {
	case OUTCOME_WANT:
		want_print(&a->want, d->book->answer_sets, want, sizeof want);
		snprintf(sentence, sizeof sentence, "want is a function that "
		         "looks at nothing: write want = { %s }", want);
		break;
	case OUTCOME_NOTHING:
		snprintf(sentence, sizeof sentence, "want is a function that "
		         "looks at nothing and wants nothing");
		break;
	case OUTCOME_SPENT:
		snprintf(sentence, sizeof sentence, "want is a function that "
		         "never ends: it uses up its instructions and looks at "
		         "nothing");
		break;
	default:
		snprintf(sentence, sizeof sentence, "want is a function that "
		         "fails whatever it is asked about: %s", a->text);
		break;
	}
	tell(d, SEVERITY_WARNING, rule, "want", sentence);
}

/* Whatever was read is missing, so the first reading ends it. */
static void function_doubt(struct doubter *d, const struct rule_function *f)
{
	const struct message_question q = {
		.head = { .kind = MESSAGE_QUESTION }, .rule = f->rule,
		.level = IMAGE_NONE, .tasks = 1, .about = IMAGE_NONE,
	};
	struct answer a;

	decide(f->side, f->ref, &q, sizeof q, d->book->answer_sets, &a,
	       &d->book->deeds);
	if (a.outcome != OUTCOME_NEEDS && a.read.task == 0 &&
	    a.read.host == 0 && a.read.state == 0)
		answer_tell(d, f->rule, &a);
}

static bool has_time(void)
{
	struct timespec used;

	return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0 &&
	       used.tv_sec < ASK_SECONDS;
}

/* A handler is about tasks that it may have none of; only wants are asked. */
static void functions_doubt(struct doubter *d)
{
	struct rule_book *b = d->book;

	for (size_t i = 0; i < b->functions; i++) {
		const struct rule_function *f = &b->function[i];
		const struct image_rule    *r = rule_of(b, f->rule);

		if (r->is_handler || image_is_masked(b->image, r))
			continue;
		if (!has_time()) {
			tell(d, SEVERITY_NOTE, f->rule, NULL, "there was no "
			     "time to ask this function and those after it");
			return;
		}
		function_doubt(d, f);
	}
}

int rule_book_doubt(struct rule_book *b, const struct machine *machine)
{
	struct doubter d = { b, 0 };
	int            status;

	status = doubts_find(b->image, machine, on_doubt, &d);
	if (status < 0)
		return status;
	names_doubt(&d);
	functions_doubt(&d);
	mistakes_sort(&b->mistakes);
	return d.warnings;
}
