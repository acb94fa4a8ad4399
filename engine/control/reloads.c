/* reloads.c -- the verbs "reload" and "rollback": other rules,
 * and how it went. */

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "control/verb.h"

/* s->until is 0 until it has ended. */
static bool is_waiting(const struct session *s)
{
	return s->token != 0 && s->until == 0;
}

static int refuse_reload(struct session *s, int error)
{
	if (error == -ENOENT && json_find(&s->ask, "generation") == NULL)
		return session_refuse(s, REFUSAL_UNREADY, "there are no earlier "
		                      "rules to go back to");
	if (error == -ENOENT)
		return session_refuse(s, REFUSAL_UNKNOWN, "that generation is "
		                      "not kept");
	return session_refuse(s, REFUSAL_UNREADY, error == -EOPNOTSUPP
	                      ? "no rules are in force yet"
	                      : "%s", strerror(-error));
}

int reload_begin(struct session *s)
{
	int64_t               shadow_ns = json_find_number(&s->ask,
	                                                   "shadow_ns", 0);
	bool                  dry = shadow_ns != 0 ||
	                            json_find_number(&s->ask, "dry_run", 0);
	struct reload_request q = { .dry_run = dry,
	                            .shadow_ns = (uint64_t)shadow_ns };
	int                   r;

	if (shadow_ns < 0 || (uint64_t)shadow_ns > SPAN_NS_MAX)
		return session_refuse(s, REFUSAL_WRONG, "a shadow is at most a "
		                      "week long");
	if (dry || json_find_number(&s->ask, "wait", 0))
		s->token = q.token = ++s->control->tokens;
	r = reload_ask(s->control->engine, &q);
	return r < 0 ? refuse_reload(s, r) : 0;
}

int rollback_begin(struct session *s)
{
	int64_t n = json_find_number(&s->ask, "generation", 0);
	int     r;

	if (n < 0 || n > UINT32_MAX)
		return refuse_reload(s, -ENOENT);
	/* It may have ended before we hear that it began. */
	s->token = ++s->control->tokens;
	r = reload_rollback(s->control->engine, (uint32_t)n, s->token);
	return r < 0 ? refuse_reload(s, r) : 0;
}

int reload_row(struct session *s, struct json *row)
{
	int r = kept_row(s, row);

	return r == 0 && is_waiting(s) ? -EAGAIN : r;
}

static struct session *waiting_for(struct control *c, uint64_t token)
{
	for (uint32_t i = 0; token != 0 && i < VISITS_MAX; i++)
		if (c->session[i] != NULL && c->session[i]->token == token)
			return c->session[i];
	return NULL;
}

/* A line each: what is wrong has a place, and may be wrong in many. */
static void tell_why(struct session *s, const char *lines)
{
	char        line[2048];
	struct json row;

	for (size_t n; *lines != '\0'; lines += n + (lines[n] == '\n')) {
		n = strcspn(lines, "\n");
		text_copy_bytes(line, sizeof line, lines, n);
		kept_begin(s, &row, "why");
		json_text(&row, "text", line);
		kept_end(s, &row);
	}
}

void control_reloaded(struct control *c, const struct reload_result *r)
{
	struct session *s = waiting_for(c, r->token);
	struct json     row;

	if (s == NULL)
		return;
	tell_why(s, r->why);
	kept_begin(s, &row, "reload");
	json_text(&row, "ended", reload_end_name(r->end));
	json_number(&row, "generation", r->generation);
	json_number(&row, "tried", r->tried);
	json_number(&row, "rules", (int64_t)r->rules);
	json_number(&row, "compared", (int64_t)r->compared);
	json_number(&row, "undecided", (int64_t)r->undecided);
	json_number(&row, "differ", (int64_t)r->differ);
	json_number(&row, "aside_ns", (int64_t)r->aside_ns);
	kept_end(s, &row);
	s->until = 1;
	control_stir(c);
}

static void put_value(struct json *row, const char *key,
                      const struct reload_difference *d, bool has,
                      int64_t value, const struct interned *sets)
{
	char text[VALUE_TEXT_MAX];

	json_text(row, key, !has ? NULL
	          : setting_print(d->setting, value, sets, text, sizeof text));
}

void control_differs(struct control *c, const struct reload_difference *d)
{
	struct session *s = waiting_for(c, d->token);
	struct json     row;

	if (s == NULL)
		return;
	kept_begin(s, &row, "difference");
	json_number(&row, "pid", d->whom.pid);
	json_number(&row, "tid", task_id_known(d->whom).tid);
	if (task_id_is_main(d->whom))
		json_bool(&row, "main", true);
	json_text(&row, "name", d->name);
	json_text(&row, "setting", setting_rows[d->setting].name);
	put_value(&row, "before", d, d->had, d->before, c->engine->sets);
	put_value(&row, "after", d, d->has, d->after, c->engine->sets);
	json_text(&row, "rule_before", d->rule_before);
	json_text(&row, "rule", d->rule_after);
	json_text(&row, "file", d->file_after);
	json_number(&row, "line", d->line_after);
	kept_end(s, &row);
	control_stir(c);
}
