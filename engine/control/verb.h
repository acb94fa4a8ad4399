/* verb.h -- what can be asked: each verb with its keys, its right, its rows. */
#ifndef CONTROL_VERB_H
#define CONTROL_VERB_H

#include "control/session.h"

enum verb_right {
	VERB_ANYONE,            /* what it tells is told to everybody         */
	VERB_OWN,               /* about one's own tasks; about all, who
	                           commands                                   */
	VERB_COMMAND            /* root, the group, and the user of pqs       */
};

struct verb_key {
	const char    *name;
	enum json_type type;
	bool           must;    /* be there                                   */
	const char    *what;
};

#define VERB_KEYS_MAX 8
#define VERBS_MAX     32

struct verb {
	const char     *name;
	enum verb_right right;
	const char     *what;
	struct verb_key key[VERB_KEYS_MAX];     /* ended by one without name  */
	/* 0 or -EINVAL after session_refuse(). NULL: there is nothing to do. */
	int           (*begin)(struct session *s);
	/* NULL: there are none.  The next row: 1, 0 at the end, -EAGAIN
	 * when there is none yet and there may be (a stream), -EINVAL
	 * after session_refuse(). */
	int           (*row)(struct session *s, struct json *row);
};

extern const struct verb verbs[];
extern const size_t      verbs_count;

const char *verb_right_name(enum verb_right r);

/* Reads one line into s->ask and s->verb, and begins.  0 or -EINVAL with the
 * refusal in s. */
int verb_ask(struct session *s, const char *line, size_t bytes);

/* The living task that s->ask names with "pid" and "tid", in s->whom, if the
 * visitor may see it; NULL after session_refuse(). */
struct task *verb_task(struct session *s);
/* Whether there is anything to ask about: 0 or -EINVAL. */
int  verb_ready(struct session *s);
/* Whether all of the task's uids are the visitor's, or it commands. */
bool verb_may_see(struct session *s, struct task *who);

/* Which voices somebody means who names a rule. */
typedef bool voice_filter(const struct session *s, const struct voice *v);

/* Everybody hears of the system's rules, users of their own besides, and who
 * commands of all. */
bool rules_may_hear(const struct session *s, const struct voice *v);
/* Whether a rule of theirs that is in force is called so. */
bool rule_names_has(struct session *s, voice_filter *is_meant,
                    const char *name);
/* "no rule of <whose> is called ...", and the nearest that is: -EINVAL. */
int  rule_names_refuse(struct session *s, voice_filter *is_meant,
                       const char *whose, const char *name);

/* One file each. */
int status_row(struct session *s, struct json *row);
int log_begin(struct session *s);
int log_row(struct session *s, struct json *row);
int explain_begin(struct session *s);
int set_begin(struct session *s);
int set_row(struct session *s, struct json *row);
int undo_begin(struct session *s);
int undo_row(struct session *s, struct json *row);
int focus_begin(struct session *s);
int reload_begin(struct session *s);
int rollback_begin(struct session *s);
int reload_row(struct session *s, struct json *row);
int holds_row(struct session *s, struct json *row);
int rules_row(struct session *s, struct json *row);

#endif
