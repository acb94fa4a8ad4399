/* fight.h -- two who write the same value: when to look again.
 *
 * Where a rule insists, a task is looked at now and then, and what somebody
 * else wrote meanwhile is set again.  Each time that happens the wait doubles,
 * so two writers alternate ever more rarely; when the other one has let go for
 * a while, the wait is as short as at first.
 */
#ifndef LIMIT_FIGHT_H
#define LIMIT_FIGHT_H

#include <stddef.h>
#include <stdint.h>

#include "model/task_id.h"

struct fight_counts {
	size_t   watched;               /* tasks of which some rule insists   */
	size_t   fought;                /* of them, who is fought over now    */
	uint64_t rounds;                /* times that somebody else had written */
	uint64_t crowded;               /* past FIGHTS_MAX; not looked at     */
};

struct fights;

struct fights *fights_new(void);                /* NULL: no memory            */
void fights_free(struct fights *f);             /* NULL is fine               */

/* From now on the task is looked at every FIGHT_SAMPLE_NS, if it is not yet. */
void fights_watch(struct fights *f, struct task_id who, uint64_t now_ns);
/* It left, or no rule insists of it any more. */
void fights_forget(struct fights *f, struct task_id who);
/* Somebody else had written a value of it: how often in this fight, from 1 on;
 * 0: it is not watched. */
uint32_t fights_round(struct fights *f, struct task_id who, uint64_t now_ns);

/* When somebody is to be looked at; UINT64_MAX: never. */
uint64_t fights_wake_ns(const struct fights *f);
/* Those that are due, at most max, each once until it is due again. */
size_t   fights_due(struct fights *f, uint64_t now_ns,
                    struct task_id *ret_who, size_t max);

/* So far, but 'watched': now. */
struct fight_counts fights_counts(const struct fights *f);

#endif
