/* units.h -- settings of whole systemd units, set by systemd itself.
 *
 * What a unit has is read from its control group, which takes no time; it is
 * set through pqs-units, which may take long.  A default is put back as such:
 * the unit then has nothing of its own again.
 *
 * A unit is known by a key made of its name, so that a pqs after this one finds
 * the same.  A unit may be stopped while it has a value of ours, which would
 * hold in its next life: so it can be given one by the key alone.
 */
#ifndef OS_LINUX_ACTUATOR_UNITS_H
#define OS_LINUX_ACTUATOR_UNITS_H

#include "os/linux/group/layout.h"
#include "os/os.h"

struct units;

/* Of that machine, which is lent; address as bus_new().  NULL: no memory. */
struct units *units_new(const struct layout *l, const char *address);
/* Ends the program.  NULL is fine. */
void units_free(struct units *u);

/* Why no unit here can be given s, as static text; NULL: it may be tried. */
const char *units_lack(const struct units *u, enum setting s);
/* Whether that id stands for a unit, and for no task. */
bool units_is_key(struct task_id key);

/* The unit that a process is in: 0, -ESRCH, or -ENODATA with *ret_why when it
 * is none of which properties may be set, or there are too many.  *ret_alone:
 * nobody else is in it. */
int  units_key(struct units *u, pid_t pid, struct task_id *ret_key,
               bool *ret_alone, const char **ret_why);
/* 0, -ENODATA when it does not run, or -errno.  A set of CPUs is a list in
 * ret_text. */
int  units_read(struct units *u, struct task_id key, enum setting s,
                int64_t *ret_value, char *ret_text, size_t size);

/* Whether systemd answers, for those who may wait: NULL, or why not. */
const char *units_try(struct units *u);

/* One change on its way, which may outlive what is remembered of the unit. */
struct unit_order {
	char         unit[UNIT_NAME_MAX];
	char         group[PATH_KEEP];  /* "": it does not run                */
	enum setting setting;
	int64_t      value;
	const char  *cpus;              /* of a set, as a list                */
};

/* 0, or -ENODATA: nobody knows of such a unit. */
int  units_order(struct units *u, struct task_id key, enum setting s,
                 int64_t value, const char *cpus, struct unit_order *ret_order);
/* Carries it out and reads back; waits for a bit more than UNIT_CALL_MS at
 * most. One at a time, on any thread.  False: it was refused for want of an
 * answer, and may yet come true. */
bool units_carry_out(struct units *u, const struct unit_order *o,
                     struct turned *ret);

#endif
