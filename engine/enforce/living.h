/* living.h -- all living processes at one moment, with their parents. */
#ifndef ENFORCE_LIVING_H
#define ENFORCE_LIVING_H

#include "os/os.h"

struct living {
	struct task_id id;
	pid_t          ppid;
	uint64_t       start_ns;        /* since boot                         */
};

struct living_list {
	struct living *all;             /* by rising pid                      */
	size_t         count, room;
};

/* 0 or -errno. */
int  living_read(const struct sensor *door, struct living_list *ret_list);
/* Frees what it holds, not the struct. */
void living_clear(struct living_list *l);
/* NULL when nobody has that pid. */
const struct living *living_find(const struct living_list *l, pid_t pid);
/* The parent it has now, if that one is older; NULL at the top. */
const struct living *living_parent(const struct living_list *l,
                                   const struct living *p);

#endif
