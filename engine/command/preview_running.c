/* preview_running.c -- what a running pqs has in force, and would let go of if
 * other rules decided. */

#include <string.h>
#include <sys/socket.h>

#include "command/ask.h"
#include "command/command.h"
#include "command/preview.h"
#include "model/interned.h"

static const char *text_of(const struct json_object *row, const char *key)
{
	const char *t = json_find_text(row, key);

	return t != NULL ? t : "";
}

static struct task *task_of(struct preview *p, const struct json_object *row)
{
	pid_t        pid = (pid_t)json_find_number(row, "pid", 0);
	pid_t        tid = (pid_t)json_find_number(row, "tid", pid);
	struct task *who = table_find(p->by.engine.table,
	                              (struct task_id){ pid, pid, 0 });
	struct task *thread;

	if (who == NULL || tid == pid)
		return who;
	return table_meet_thread(p->by.engine.table, who, tid, &thread) < 0
	       ? NULL : thread;
}

/* A thread that no rule speaks of has what its process has. */
static bool is_wanted(struct preview *p, struct task *who, enum setting s)
{
	return want_has(&who->in_force, s) ||
	       want_has(&table_process_of(p->by.engine.table, who)->in_force, s);
}

/* What people set outranks these rules as it does the others, and stays. */
static bool stays(struct preview *p, const struct json_object *row,
                  struct task_id whom, enum setting s)
{
	if (strcmp(text_of(row, "rule"), "pqs set") != 0)
		return false;
	for (size_t i = 0; i < p->count; i++) {
		struct difference *d = &p->difference[i];

		if (d->setting == s && d->whom.pid == whom.pid &&
		    d->whom.tid == whom.tid)
			d->effect = EFFECT_ALREADY;
	}
	return true;
}

static void look_at_row(struct asking *a, const struct json_object *row)
{
	struct preview *p = a->own;
	struct task    *who;
	enum setting    s;

	if (strcmp(text_of(row, "row"), "hold") != 0 ||
	    setting_find(text_of(row, "setting"), &s) < 0)
		return;
	who = task_of(p, row);
	if (who == NULL || stays(p, row, who->id, s) || is_wanted(p, who, s) ||
	    strcmp(text_of(row, "value"), text_of(row, "origin")) == 0)
		return;
	preview_add(p, &(struct difference){
		.whom = who->id, .setting = s, .rule = RULE_NONE, .threads = 1,
		.effect = EFFECT_APPLIED,
		.name = (char *)(uintptr_t)text_of(row, "name"),
		.before = (char *)(uintptr_t)text_of(row, "value"),
		.after = (char *)(uintptr_t)text_of(row, "origin"), .why = "",
		.rule_before = (char *)(uintptr_t)text_of(row, "rule") });
}

static bool is_roots(int fd)
{
	struct ucred who;
	socklen_t    bytes = sizeof who;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &bytes) == 0 &&
	       who.uid == 0;
}

/* What we could not put back, a pqs that runs as root can. */
static void by_its_rights(struct preview *p)
{
	for (size_t i = 0; i < p->count; i++) {
		struct difference *d = &p->difference[i];

		if (d->effect != EFFECT_DENIED || d->why == NULL ||
		    strcmp(d->why, ACTUATOR_FOR_GOOD) != 0)
			continue;
		d->effect = EFFECT_APPLIED;
		d->why[0] = '\0';
	}
}

int preview_with_running(struct preview *p)
{
	static struct asking a;
	int                  code;

	a.client.fd = -1;
	a.start.ask_at = p->by.start.ask_at;
	a.start.config_path = p->by.start.config_path;
	a.start.json = false;
	a.quiet = p->by.start.ask_at == NULL;
	memcpy(a.start.socket, p->by.start.socket, sizeof a.start.socket);
	a.look = look_at_row;
	a.own = p;
	code = ask_open(&a);
	p->running = code == EXIT_OK;
	if (code == EXIT_OK && is_roots(a.client.fd))
		by_its_rights(p);
	if (code == EXIT_OK) {
		ask_begin(&a, "holds");
		code = ask_end(&a);
	} else if (code == EXIT_NOBODY && a.quiet) {
		code = EXIT_OK;
	}
	client_close(&a.client);
	return code;
}
