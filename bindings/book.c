/* book.c -- a rule book's life: files added, compiled once, asked, freed.
 *
 * One file's Lua stands at a time while compiling; those that hold functions
 * stay.  Whatever is wrong anywhere, there is no image.
 */

#include "book.h"

#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/nearest.h"
#include "base/text.h"
#include "model/interned.h"

#define WHY_MAX  512

/* What a book holds until it is compiled is files; after that an image, or
 * mistakes, and the states of those files that hold functions. */
struct rule_book *rule_book_new(void)
{
	struct rule_book *b = calloc(1, sizeof *b);

	if (b == NULL)
		return NULL;
	b->sets = interned_new();
	b->answer_sets = interned_new();
	if (b->sets == NULL || b->answer_sets == NULL) {
		rule_book_free(b);
		return NULL;
	}
	return b;
}

/* Only compiling needs them; an answered question names no name. */
static void names_forget(struct rule_book *b)
{
	names_clear(&b->rules);
	names_clear(&b->tags_given);
	names_clear(&b->tags_read);
	names_clear(&b->pools);
	names_clear(&b->pools_given);
	names_clear(&b->pools_read);
	names_clear(&b->regexes);
	names_clear(&b->masks);
	names_clear(&b->states);
	names_clear(&b->options_asked);
}

void rule_book_free(struct rule_book *b)
{
	if (b == NULL)
		return;
	for (struct side *s = b->sides, *next; s != NULL; s = next) {
		next = s->next;
		side_free(s);
	}
	for (size_t i = 0; i < b->files; i++) {
		free(b->file[i].path);
		free(b->file[i].source);
	}
	names_forget(b);
	mistakes_clear(&b->mistakes);
	builder_free(b->builder);
	interned_free(b->sets);
	interned_free(b->answer_sets);
	free(b->image);
	free(b->function);
	free(b->file);
	free(b);
}

/* The NUL past the end is for nobody but a debugger. */
int rule_book_add(struct rule_book *b, enum layer layer, const char *path,
                  const char *source, size_t bytes)
{
	struct rule_file  f = { .layer = layer, .bytes = bytes };
	struct rule_file *files;

	if (b->files == RULE_FILES_MAX)
		return -E2BIG;
	files = list_grow(b->file, b->files, &b->files_room, sizeof f, 16);
	if (files == NULL)
		return -ENOMEM;
	b->file = files;
	f.path = strdup(path);
	f.source = malloc(bytes + 1);
	if (f.path == NULL || f.source == NULL) {
		free(f.path);
		free(f.source);
		return -ENOMEM;
	}
	memcpy(f.source, source, bytes);
	f.source[bytes] = '\0';
	b->file[b->files++] = f;
	return 0;
}

/* A mistake without a line. */
static void blame_file(struct rule_book *b, uint32_t file, const char *sentence)
{
	book_blame(b, file, 0, NULL, sentence);
}

/* The function is known by the index that its rule has in the image. */
static int function_put(struct rule_book *b, struct side *s, int64_t rule,
                        int ref)
{
	struct rule_function *functions =
		list_grow(b->function, b->functions, &b->functions_room,
		          sizeof *functions, 16);

	if (functions == NULL)
		return -ENOMEM;
	b->function = functions;
	b->function[b->functions++] =
		(struct rule_function){ (uint32_t)rule, s, ref };
	s->has_functions = true;
	return 0;
}

/* The layer is one digit, so no two keys run together. */
void rule_key(enum layer layer, const char *name, char *out, size_t size)
{
	snprintf(out, size, "%d%s", (int)layer, name);
}

/* Rules are known by unique names within a layer. */
static void name_take(struct side *s, const struct builder_rule *r,
                      struct complaints *c)
{
	struct rule_book  *b = s->book;
	const struct name *first;
	char               key[RULE_KEY_MAX];
	int                status;

	rule_key(r->layer, r->name, key, sizeof key);
	status = names_put(&b->rules, key, s->file, c->line);
	if (status < 0)
		complain(c, "no memory for another rule");
	if (status <= 0)
		return;
	first = names_find(b->rules, key);
	complain(c, "rule '%s' was given before, at %s:%d", r->name,
	         b->file[first->file].path, first->line);
}

/* Everything r points to is lent; the builder copies it. */
int book_take(struct side *s, const struct builder_rule *read, int ref,
              struct complaints *c)
{
	struct rule_book   *b = s->book;
	struct builder_rule r = *read;
	int64_t             index;

	s->has_rules = true;
	r.file = b->file[s->file].path;
	r.layer = b->file[s->file].layer;
	r.knows = r.is_function ? b->file[s->file].knows : 0;
	name_take(s, &r, c);
	if (r.tag != NULL &&
	    names_put(&b->tags_given, r.tag, s->file, c->line) < 0)
		complain(c, "no memory for another tag");
	b->counts.rules++;
	b->counts.functions += r.is_function;
	if (c->count > 0 || (r.match == IMAGE_NONE && !r.is_handler))
		return -EINVAL;
	index = builder_rule(b->builder, &r, b->sets);
	if (index < 0) {
		complain(c, "too many rules or tags: at most %u and %d",
		         RULES_MAX, TAGS_MAX);
		return (int)index;
	}
	return r.is_function ? function_put(b, s, index, ref) : 0;
}

/* The line on which the byte at end is. */
static int line_of(const char *source, const char *end)
{
	int line = 1;

	for (const char *p = source; p < end; p++)
		line += *p == '\n';
	return line;
}

/* Bytecode can crash Lua whatever the sandbox, so none gets as far as Lua. */
bool rule_book_source_fine(struct rule_book *b, uint32_t file)
{
	const struct rule_file *f = &b->file[file];
	const char             *zero;

	zero = memchr(f->source, '\0', f->bytes);
	if (f->bytes > RULE_FILE_MAX)
		blame_file(b, file, "is larger than 256 KiB");
	else if (f->bytes > 0 && f->source[0] == '\33')
		blame_file(b, file, "is compiled Lua; only text is read");
	else if (zero != NULL)
		book_blame(b, file, line_of(f->source, zero), NULL,
		           "has a zero byte; only text is read");
	else
		return true;
	return false;
}

/* The state is gone afterwards, unless it will be asked. */
static void file_compile(struct rule_book *b, uint32_t file)
{
	struct rule_file *f = &b->file[file];
	struct side      *s = NULL;

	if (rule_book_source_fine(b, file)) {
		s = side_new(b, file);
		if (s == NULL)
			blame_file(b, file, "no memory to read it");
		else
			side_load(s, f->source, f->bytes);
	}
	b->rule_read[0] = '\0';
	if (s != NULL && s->has_functions) {
		lua_gc(s->L, LUA_GCCOLLECT, 0);
		s->next = b->sides;
		b->sides = s;
	} else {
		side_free(s);
	}
}

/* Until then the sources tell where a mistake stands. */
static void sources_forget(struct rule_book *b)
{
	for (size_t i = 0; i < b->files; i++) {
		free(b->file[i].source);
		b->file[i].source = NULL;
	}
}

/* Where the rule is that a reason names first, as in "...: one, another". */
static const struct name *rule_in(const struct rule_book *b, const char *why)
{
	const char *list = strstr(why, ": ");
	size_t      n;

	for (struct name *r = b->rules; r != NULL && list != NULL;
	     r = r->hh.next) {
		n = strlen(r->text + 1);
		if (strncmp(list + 2, r->text + 1, n) == 0 &&
		    (list[2 + n] == ',' || list[2 + n] == '\0'))
			return r;
	}
	return NULL;
}

/* A reason from the builder names rules; so it has a place after all. */
static void image_refuse(struct rule_book *b, const char *why)
{
	const struct name *r = rule_in(b, why);

	book_blame(b, r != NULL ? r->file : FILE_NONE, r != NULL ? r->line : 0,
	           r != NULL ? r->text + 1 : NULL, why);
}

/* The core will not believe the image; what it would refuse is told here, where
 * files and lines are known. */
static void image_finish(struct rule_book *b)
{
	char why[WHY_MAX] = "";
	int  status;

	status = builder_finish(b->builder, &b->image, &b->image_bytes, why,
	                        sizeof why);
	if (status == 0)
		status = image_check(b->image, b->image_bytes, why, sizeof why);
	if (status == -ENOMEM)
		image_refuse(b, "no memory for the rules");
	else if (status < 0)
		image_refuse(b, why[0] != '\0' ? why : strerror(-status));
}

/* One that could not be kept counts as well as one that could. */
bool rule_book_has_mistakes(const struct rule_book *b)
{
	return b->mistakes.count + b->mistakes.dropped > 0;
}

int rule_book_option(struct rule_book *b, const char *name, const char *value)
{
	return options_add(&b->options, name, value);
}

void rule_book_options_partial(struct rule_book *b)
{
	b->options.partial = true;
}

void rule_book_forget_image(struct rule_book *b)
{
	free(b->image);
	b->image = NULL;
	b->image_bytes = 0;
}

void rule_book_tell(struct rule_book *b, void (*reading)(uint32_t file))
{
	b->reading = reading;
}

static uint64_t sum_add(uint64_t sum, const char *text, size_t bytes)
{
	return sum * 31 + text_sum(text, bytes);
}

static uint64_t knows(const struct rule_book *b, const struct rule_file *f)
{
	const struct rule_options *o = &b->options;
	uint64_t                   sum = sum_add(o->count, f->source, f->bytes);

	for (size_t i = 0; i < o->count; i++) {
		sum = sum_add(sum, o->option[i].name, strlen(o->option[i].name));
		sum = sum_add(sum, o->option[i].value,
		              strlen(o->option[i].value));
	}
	return sum;
}

static void files_compile(struct rule_book *b)
{
	for (uint32_t i = 0; i < b->files; i++) {
		if (b->reading != NULL)
			b->reading(i);
		b->file[i].knows = knows(b, &b->file[i]);
		file_compile(b, i);
	}
	if (b->reading != NULL)
		b->reading((uint32_t)b->files);
}

void rule_book_strict(struct rule_book *b)
{
	b->strict = true;
}

/* Files in the order they were added: "defined last" is an order of rules. */
int rule_book_compile(struct rule_book *b)
{
	b->builder = builder_new();
	if (b->builder == NULL)
		blame_file(b, 0, "no memory for the rules");
	else
		files_compile(b);
	book_check(b);
	if (!rule_book_has_mistakes(b))
		image_finish(b);
	builder_free(b->builder);
	b->builder = NULL;
	b->counts.files = b->files;
	b->counts.tags = HASH_COUNT(b->tags_given);
	if (!b->strict) {
		names_forget(b);
		sources_forget(b);
	}
	mistakes_sort(&b->mistakes);
	if (rule_book_has_mistakes(b)) {
		rule_book_forget_image(b);
		b->functions = 0;
	}
#ifdef __GLIBC__
	malloc_trim(0);                 /* sources and garbage are most of it */
#endif
	return rule_book_has_mistakes(b) ? -EINVAL : 0;
}

static const char *file_name(const struct rule_book *b, uint32_t file)
{
	if (file == FILE_OPTIONS)
		return "pqs.yaml";
	return file < b->files ? b->file[file].path : "rules";
}

/* One more than there are stands for those past the bound. */
bool rule_book_mistake(const struct rule_book *b, size_t i,
                       struct rule_mistake *ret_mistake)
{
	const struct mistakes *m = &b->mistakes;
	const struct mistake  *at;

	if (i == m->count && m->dropped > 0) {
		*ret_mistake = (struct rule_mistake){
			.file = "rules",
			.severity = b->image != NULL ? SEVERITY_NOTE
			                             : SEVERITY_ERROR,
			.sentence = "there are more mistakes than these" };
		return true;
	}
	if (i >= m->count)
		return false;
	at = &m->item[i];
	*ret_mistake = (struct rule_mistake){
		.file = file_name(b, at->file), .line = at->line,
		.column = at->column, .severity = at->severity,
		.rule = at->rule, .sentence = at->sentence };
	return true;
}

const void *rule_book_image(const struct rule_book *b, size_t *ret_bytes)
{
	*ret_bytes = b->image_bytes;
	return b->image;
}

struct rule_counts rule_book_counts(const struct rule_book *b)
{
	return b->counts;
}

/* Rules got rising indexes, so the list is sorted as it stands. */
static const struct rule_function *function_find(const struct rule_book *b,
                                                 uint32_t rule)
{
	size_t low = 0, high = b->functions;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (b->function[middle].rule < rule)
			low = middle + 1;
		else
			high = middle;
	}
	return low < b->functions && b->function[low].rule == rule
	               ? &b->function[low] : NULL;
}

static void function_ask(struct rule_book *b, const struct rule_function *f,
                         const void *question, size_t bytes,
                         struct answer *ret_answer)
{
	if (f != NULL && b->answer_sets != NULL) {
		decide(f->side, f->ref, question, bytes, b->answer_sets,
		       ret_answer, &b->deeds);
		return;
	}
	memset(ret_answer, 0, sizeof *ret_answer);
	ret_answer->outcome = f == NULL ? OUTCOME_ERROR : OUTCOME_NOMEM;
	snprintf(ret_answer->text, sizeof ret_answer->text, "%s",
	         f == NULL ? "that rule is no function" : "no memory");
}

/* Sets are never forgotten one by one, and answers may name ever new ones. */
static void answer_sets_renew(struct rule_book *b)
{
	interned_free(b->answer_sets);
	b->answer_sets = interned_new();
}

/* The head is copied out: a message lies in its buffer at any address. */
int64_t rule_book_ask(struct rule_book *b, const void *question, size_t bytes,
                      void *out, size_t size)
{
	struct message_question q;
	struct answer           a;
	int64_t                 n;

	if (question_head(question, bytes, &q) < 0)
		return -EINVAL;
	function_ask(b, function_find(b, q.rule), question, bytes, &a);
	n = answer_write(q.head.id, q.generation, q.rule, &a,
	                 q.moment == MOMENT_NONE ? NULL : &b->deeds,
	                 b->answer_sets, out, size);
	if (want_has(&a.want, SETTING_affinity) || q.moment != MOMENT_NONE)
		answer_sets_renew(b);
	return n;
}
