/* judge.h -- the steps between asking the rules and turning knobs.
 *
 * Parts of the pipeline that engine.c puts in order; nobody else includes this.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "engine.h"

/* Reads what makes the row's identity complete.  0, -ESRCH, -EAGAIN: it cannot
 * be read just now. */
int  judge_learn_birth(struct engine *en, struct task *who);
/* A fork's child is born with its parent's changed values: it has the same
 * origins.  0 or -errno; the child itself is judged later. */
int  judge_birth(struct engine *en, const struct event *e);
/* Nobody has, or had a moment ago, what could be handed down. */
bool judge_hands_nothing_down(const struct engine *en);
/* The process that forked.  Who is met only now has from above what is ours,
 * too (*ret_all: as far as it could be found out); who left before anybody met
 * it is known by what is written of it.  1, 0: nobody of whom anything is
 * known, -EAGAIN: it cannot be read now. */
int  judge_forker(struct engine *en, struct task_id *forker, bool *ret_all);
/* A thread is born with what the one that started it has apart from its
 * process, or had a moment ago.  1 with its row, where it has anything of ours,
 * 0 or -errno. */
int  judge_thread_birth(struct engine *en, const struct event *e,
                        struct task **ret_thread);
/* It is leaving: what children have from it that could not be looked at so far
 * is found out while it is known what it had. */
void judge_bequeath(struct engine *en, const struct task *parent);
/* Unless its birth was seen: what it was born with is from its parent, as
 * far as it can be.  False when that cannot be read just now. */
bool judge_found(struct engine *en, struct task *who);
/* The same of those above it, the eldest first: nobody saw their births either.
 * Nobody may be gripped. */
bool judge_found_above(struct engine *en, struct task *who);
/* After all were looked at: who left without being seen to holds nothing.  0 or
 * -EAGAIN: some could not be asked. */
int  judge_deaths(struct engine *en);
/* Another program runs: its first verdict is ahead. */
void judge_renew(struct engine *en, struct task *who, uint64_t at_ns);
/* The same where it was found, and nobody had heard of it. */
void judge_renew_missed(struct engine *en, struct task *who);
/* What is kept of a task that left, and is no hold. */
void judge_forget(struct engine *en, struct task_id id);
/* It is leaving: what we held of it is over. */
int  judge_farewell(struct engine *en, const struct event *e);
/* The same of a process that a listing or the table found dead. */
void judge_dead(void *engine, struct task_id id);

/* What a child was said to be born with, or kept over an exec, is ours only if
 * it is still so: the rest is forgotten.  Of a gripped task without a
 * verdict. */
void judge_verify(struct engine *en, struct task *who);
/* Adds what the pool that the verdict names says of itself, by those rules;
 * false: nothing, and the verdict stands. */
bool grouping_claims(const struct ruleset *rules, struct opinion *o);
/* Makes a group of the pool that was settled on, or of what belongs to a group
 * and was wanted without one.  0 or -ESRCH. */
int  grouping_resolve(struct engine *en, struct task *who, struct opinion *o);

/* Forgets the places that nothing here speaks of any more, when their numbers
 * run out: between two events, when nobody but us holds one. */
void grouping_sweep(struct engine *en);

/* True when a first verdict should wait for answers; judged again in time. */
bool judge_waits(struct engine *en, struct task *who, const struct opinion *o);
/* Makes the verdict true, unless the task is protected.  0 or -errno. */
int  judge_enact(struct engine *en, struct task *who, const struct opinion *o);
/* The first rules of the system are in its voice: they are in force from now on.
 * 0 or -errno. */
int  judge_begin(struct engine *en);
/* The worker of that voice was lost. */
int  judge_loss(struct engine *en, struct voice *v);
/* The record could not be written, so nothing was changed: counted, told ever
 * more rarely, and gone on.  0. */
int  judge_unrecorded(struct engine *en, int error);
/* A call failed that was made for the task: it is judged again in a while. */
void judge_put_off(struct engine *en, struct task *who);
/* Facts about the machine changed: whoever looked at them is judged again. */
void judge_machine(struct engine *en, uint64_t facts);
/* A row's life ends: told by the table. */
void judge_gone(void *engine, struct task *who);
/* Nothing of it has lasted so far. */
void judge_forget_standing(struct engine *en, const struct task *who);
/* What all voices together need to know is kept and watched.  0 or -errno. */
int  judge_needs(struct engine *en);
/* Threads' ends are heard of as long as any has something of ours.  0 or
 * -errno. */
int  judge_threads_heard(struct engine *en);
/* Facts about the machine that rules look at are read. */
void judge_look_at_host(struct engine *en);
/* Those that could not be are looked at again, once it is time, and whoever
 * looks at them is judged again.  UINT64_MAX: there are none. */
void judge_host_due(struct engine *en, uint64_t now_ns);
uint64_t judge_host_wake_ns(const struct engine *en);
/* engine_consider() by the rules of that voice instead of the system's. */
int  consider_by(struct engine *en, struct voice *system, struct task *who,
                 struct opinion *ret_opinion);
/* One sentence for whoever runs us. */
void judge_tell(struct engine *en, const char *sentence);
/* Those whose verdict hangs on this one's: threads, and heirs of its tags. */
int  judge_kin(struct engine *en, struct task *who, const struct opinion *o);

/* Judges the task once more at that time, or earlier. */
void judge_again(struct engine *en, struct task *who, uint64_t when_ns);
/* The task that an item of the due heap is still about, or NULL. */
struct task *judge_due(struct engine *en, const struct heap_item *item);
/* The image, which was checked, is in force at once.  0 or -errno. */
int  judge_recall(struct engine *en, const struct kept *k);
int  judge_news(struct engine *en, struct voice *v, enum worker_news news);
/* Something happened to a task: if rules look at ancestors, those below it by
 * birth are judged again. */
void judge_below(struct engine *en, const struct event *e);
/* A sweep came to its end. */
int  judge_caught_up(struct engine *en);

#endif
