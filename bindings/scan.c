/* scan.c -- what is wrong with a chunk before a line of it has run.
 *
 * A file's own lines are run when it is loaded, but a want is run only when the
 * rule is asked, and a typo in it would wait until then.  So the chunk is
 * looked through as Lua itself writes it out: every global is one instruction
 * with the name as a constant.  What is not written out by Lua 5.4 is left.
 *
 * And Lua before 5.4.7 names the culprit of an error by going back along a.b.c,
 * a call deep and the whole function long for each: far enough to crash.
 */

#include "bind.h"

#include <stdlib.h>
#include <string.h>

#include "book.h"

#define VERSION          0x54
#define HEADER_BYTES     32     /* with the count of the chunk's upvalues     */
#define OP_MOVE          0      /* R[A] = R[B]                                */
#define OP_GETTABUP      11     /* R[A] = upvalue B [constant C]              */
#define OP_GETTABLE      12     /* R[A] = R[B][R[C]]                          */
#define OP_GETI          13     /* R[A] = R[B][C]                             */
#define OP_GETFIELD      14     /* R[A] = R[B][constant C]                    */
#define OP_SETTABUP      15     /* upvalue A [constant B] = ...               */
#define REGISTERS        256
#define FIELDS_DEEP_MAX  200
#define LINE_ABSOLUTE    (-128)
#define DUMP_BYTES_MAX   ((size_t)8 << 20)
#define WORDS_MAX        128
#define WRITTEN_MAX      16
#define VIEWS_MAX        2      /* (p, host) and (tasks, host, event)         */

enum constant { CONSTANT_INTEGER = 0x03, CONSTANT_FLOAT = 0x13,
                CONSTANT_SHORT = 0x04, CONSTANT_LONG = 0x14 };

struct dump {
	unsigned char *bytes;
	size_t         used, room;
};

struct span {
	const unsigned char *at;
	size_t               n;
};

struct view_kind;

struct scan {
	const unsigned char *at, *end;
	bool                 broken;    /* it ended early                     */
	bool                 deep;      /* must not be run                    */
	const char          *words[WORDS_MAX];
	size_t               n_words;
	struct span          written[WRITTEN_MAX];      /* told of already    */
	size_t               n_written;
	/* of a want or a run alone: what its parameters are, in registers    */
	const struct view_kind *view[VIEWS_MAX];
	bool                 views;
	struct complaints   *c;
};

/* Where the parts of one function begin; counts are of elements. */
struct parts {
	struct span code, constants, lines, absolute, upvalues;
	int         line;
};

static int dump_write(lua_State *L, const void *bytes, size_t n, void *ud)
{
	struct dump   *d = ud;
	size_t         room = d->room != 0 ? d->room : 4096;
	unsigned char *more;

	(void)L;
	while (room - d->used < n)
		room *= 2;
	if (room > DUMP_BYTES_MAX)
		return 1;
	if (room > d->room) {
		more = realloc(d->bytes, room);
		if (more == NULL)
			return 1;
		d->bytes = more;
		d->room = room;
	}
	memcpy(d->bytes + d->used, bytes, n);
	d->used += n;
	return 0;
}

/* n bytes; past the end there are none, and the scan is over. */
static const unsigned char *take(struct scan *s, size_t n)
{
	const unsigned char *at = s->at;

	if (n > (size_t)(s->end - s->at)) {
		s->broken = true;
		s->at = s->end;
		return NULL;
	}
	s->at += n;
	return at;
}

/* Seven bits a byte, the highest first; the last byte has its top bit set. */
static size_t take_size(struct scan *s)
{
	const unsigned char *at;
	size_t               n = 0;

	do {
		at = take(s, 1);
		if (at == NULL)
			return 0;
		n = n << 7 | (*at & 0x7f);
	} while ((*at & 0x80) == 0);
	return n;
}

/* A text's length is written one higher; 0 is none. */
static struct span take_text(struct scan *s)
{
	size_t n = take_size(s);

	return n == 0 ? (struct span){ NULL, 0 }
	              : (struct span){ take(s, n - 1), n - 1 };
}

/* The text of one constant, or none. */
static struct span take_constant(struct scan *s)
{
	const unsigned char *type = take(s, 1);

	if (type == NULL)
		return (struct span){ NULL, 0 };
	switch (*type) {
	case CONSTANT_SHORT:
	case CONSTANT_LONG:
		return take_text(s);
	case CONSTANT_INTEGER:
	case CONSTANT_FLOAT:
		take(s, 8);
		break;
	}
	return (struct span){ NULL, 0 };
}

/* The i-th of texts that follow each other. */
static struct span text_at(struct span texts, size_t i,
                           struct span (*take_one)(struct scan *),
                           const struct scan *within)
{
	struct scan s = { .at = texts.at, .end = within->end };
	struct span t = { NULL, 0 };

	for (size_t k = 0; k <= i && k < texts.n && !s.broken; k++)
		t = take_one(&s);
	/* cppcheck-suppress returnDanglingLifetime ; it is in the dump */
	return t;
}

static bool is_text(struct span t, const char *text)
{
	return t.at != NULL && t.n == strlen(text) &&
	       memcmp(t.at, text, t.n) == 0;
}

static bool is_known(const struct scan *s, struct span name)
{
	for (size_t i = 0; i < s->n_words; i++)
		if (is_text(name, s->words[i]))
			return true;
	return false;
}

/* A forgotten 'local' is one mistake, however often the name is used then. */
static bool is_written_before(const struct scan *s, struct span name)
{
	for (size_t i = 0; i < s->n_written; i++)
		if (s->written[i].n == name.n &&
		    memcmp(s->written[i].at, name.at, name.n) == 0)
			return true;
	return false;
}

static void name_check(struct scan *s, struct span name, int line,
                       bool is_written)
{
	char copy[64], clause[128];

	if (name.at == NULL || name.n >= sizeof copy ||
	    is_written_before(s, name))
		return;
	memcpy(copy, name.at, name.n);
	copy[name.n] = '\0';
	s->c->line = line;
	s->c->word = copy;
	if (is_written && s->n_written < WRITTEN_MAX)
		s->written[s->n_written++] = name;
	if (is_written) {
		complain(s->c, "'%s' is not local: write local %s = ...", copy,
		         copy);
	} else if (!is_known(s, name)) {
		if (belongs_global(copy, clause, sizeof clause) == NULL)
			did_you_mean(copy, s->words, s->n_words, clause,
			             sizeof clause);
		complain(s->c, "nobody knows '%s'%s", copy, clause);
	}
	s->c->word = NULL;
}

/* The instruction's name for a global, if it is about one. */
static void instruction_check(struct scan *s, const struct parts *p,
                              uint32_t i, int line)
{
	uint32_t    op = i & 0x7f, a = i >> 7 & 0xff, b = i >> 16 & 0xff;
	bool        is_written = op == OP_SETTABUP;
	struct span upvalue;

	if (op != OP_GETTABUP && op != OP_SETTABUP)
		return;
	upvalue = text_at(p->upvalues, is_written ? a : b, take_text, s);
	if (is_text(upvalue, "_ENV"))
		name_check(s, text_at(p->constants, is_written ? b : i >> 24,
		                      take_constant, s), line, is_written);
}

static bool is_fact(const char *name)
{
	enum fact f;

	return fact_find(name, &f) == 0;
}

static bool is_host_fact(const char *name)
{
	enum host_fact f;

	return host_find(name, &f) == 0;
}

static const struct view_kind {
	const char *who;
	bool      (*has)(const char *name);
	const char *(*near)(const char *name);
} process_view = { "a process", is_fact, fact_nearest },
  host_view = { "the host", is_host_fact, host_nearest };

/* What it says when it is asked is said now. */
static void view_field_check(struct scan *s, const struct view_kind *v,
                             struct span name, int line)
{
	char copy[64], clause[96];

	if (name.at == NULL || name.n >= sizeof copy)
		return;
	memcpy(copy, name.at, name.n);
	copy[name.n] = '\0';
	if (v->has(copy))
		return;
	s->c->line = line;
	s->c->word = copy;
	complain(s->c, "%s has no '%s'%s", v->who, copy,
	         did_you_mean_it(v->near(copy), clause, sizeof clause));
	s->c->word = NULL;
}

/* Whether it leaves another value in R[A]: loads and moves, fields that are
 * read, sums, closures. */
static bool is_assignment(uint32_t op)
{
	return op <= 9 || (op >= 11 && op <= 14) || (op >= 19 && op <= 45) ||
	       (op >= 49 && op <= 53) || op == 67 || op == 79 || op == 80;
}

/* A parameter is in its own register until something else is assigned to it.  A
 * method is one of a handler's; whose it is not is told when it is called. */
static void view_check(struct scan *s, const struct parts *p, uint32_t i,
                       int line)
{
	uint32_t op = i & 0x7f, a = i >> 7 & 0xff, b = i >> 16 & 0xff;

	if (op == OP_GETFIELD && b < VIEWS_MAX && s->view[b] != NULL)
		view_field_check(s, s->view[b],
		                 text_at(p->constants, i >> 24, take_constant,
		                         s), line);
	if (a < VIEWS_MAX && is_assignment(op))
		s->view[a] = NULL;
}

/* How many fields of fields a register holds the end of. */
static uint16_t instruction_depth(uint32_t i, const uint16_t *depth)
{
	uint16_t table = depth[i >> 16 & 0xff], key = depth[i >> 24];

	switch (i & 0x7f) {
	case OP_GETTABLE:
		return (uint16_t)((table > key ? table : key) + 1);
	case OP_MOVE:
	case OP_GETI:
	case OP_GETFIELD:
		return (uint16_t)(table + 1);
	default:
		return 0;
	}
}

static void depth_check(struct scan *s, const struct parts *p)
{
	uint16_t depth[REGISTERS] = { 0 };
	uint32_t i;

	for (size_t pc = 0; pc < p->code.n && !s->deep; pc++) {
		memcpy(&i, p->code.at + 4 * pc, sizeof i);
		depth[i >> 7 & 0xff] = instruction_depth(i, depth);
		s->deep = depth[i >> 7 & 0xff] > FIELDS_DEEP_MAX;
	}
	s->c->line = p->line;
	if (s->deep)
		complain(s->c, "takes a field of a field more than %d times in "
		         "one expression", FIELDS_DEEP_MAX);
}

/* Lines are steps from one instruction to the next, with now and then one that
 * is written whole. */
static void code_check(struct scan *s, const struct parts *p)
{
	struct scan absolute = { .at = p->absolute.at, .end = s->end };
	int         line = p->line;

	for (size_t pc = 0; pc < p->code.n && pc < p->lines.n; pc++) {
		int      step = p->lines.at[pc];
		uint32_t i;

		if (step > INT8_MAX)
			step -= 256;
		if (step == LINE_ABSOLUTE) {
			take_size(&absolute);
			line = (int)take_size(&absolute);
		} else {
			line += step;
		}
		memcpy(&i, p->code.at + 4 * pc, sizeof i);
		if (s->views)
			view_check(s, p, i, line);
		else
			instruction_check(s, p, i, line);
	}
}

static struct span take_counted(struct scan *s, size_t each)
{
	size_t n = take_size(s);

	if (n > (size_t)(s->end - s->at))       /* each is a byte at least */
		s->broken = true;
	return (struct span){ take(s, s->broken ? 0 : n * each), n };
}

/* What tells lines and names, at the end of each function. */
static void debug_take(struct scan *s, struct parts *p)
{
	size_t n;

	p->lines = take_counted(s, 1);
	p->absolute.n = take_size(s);
	p->absolute.at = s->at;
	for (size_t i = 0; i < p->absolute.n && !s->broken; i++) {
		take_size(s);
		take_size(s);
	}
	n = take_size(s);               /* local variables */
	for (size_t i = 0; i < n && !s->broken; i++) {
		take_text(s);
		take_size(s);
		take_size(s);
	}
	p->upvalues.n = take_size(s);
	p->upvalues.at = s->at;
	for (size_t i = 0; i < p->upvalues.n && !s->broken; i++)
		take_text(s);
}

/* The chunk itself is at depth 0 and is run anyway. */
static void function_scan(struct scan *s, int depth)
{
	struct parts p;
	size_t       n;

	take_text(s);                   /* source */
	p.line = (int)take_size(s);
	take_size(s);                   /* last line */
	take(s, 3);                     /* parameters, varargs, stack */
	p.code = take_counted(s, 4);
	p.constants.n = take_size(s);
	p.constants.at = s->at;
	for (size_t i = 0; i < p.constants.n && !s->broken; i++)
		take_constant(s);
	take_counted(s, 3);             /* upvalues */
	n = take_size(s);
	for (size_t i = 0; i < n && !s->broken; i++)
		function_scan(s, depth + 1);
	debug_take(s, &p);
	if (!s->broken && (depth > 0) != s->views)
		code_check(s, &p);
	if (!s->broken && !s->deep && !s->views)
		depth_check(s, &p);
}

/* "\33Lua", version, format, data to catch conversions, sizes, an integer, a
 * float. */
static bool header_take(struct scan *s)
{
	const unsigned char *h = take(s, HEADER_BYTES);

	return h != NULL && h[4] == VERSION && h[5] == 0 && h[12] == 4 &&
	       h[13] == 8 && h[14] == 8;
}

bool scan_chunk(lua_State *L)
{
	struct complaints c = complaints_to_book(L);
	struct dump       d = { 0 };
	struct scan       s = { .c = &c };

	if (lua_dump(L, dump_write, &d, 0) == 0) {
		s.at = d.bytes;
		s.end = d.bytes + d.used;
		s.n_words = sandbox_words(L, s.words, WORDS_MAX);
		if (header_take(&s))
			function_scan(&s, 0);
	}
	free(d.bytes);
	return !s.deep;
}

void scan_views(lua_State *L, bool task_is_first, struct complaints *c)
{
	struct dump d = { 0 };
	struct scan s = { .c = c, .views = true,
	                  .view = { task_is_first ? &process_view : NULL,
	                            &host_view } };
	int         line = c->line;

	if (lua_dump(L, dump_write, &d, 0) == 0) {
		s.at = d.bytes;
		s.end = d.bytes + d.used;
		if (header_take(&s))
			function_scan(&s, 0);
	}
	free(d.bytes);
	c->line = line;
}
