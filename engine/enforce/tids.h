/* tids.h -- threads that were met already. */
#ifndef ENFORCE_TIDS_H
#define ENFORCE_TIDS_H

#include <stddef.h>
#include <sys/types.h>

struct tids {
	pid_t *all;                     /* rising                             */
	size_t count, room;
};

/* 1 when it is new, 0, -ENOMEM. */
int  tids_add(struct tids *t, pid_t tid);
/* Frees what it holds, not the struct. */
void tids_clear(struct tids *t);

#endif
